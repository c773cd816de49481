"""The lexical leg: BM25 by tantivy over our own terms. A cache of the store's rows, rebuilt from them when in doubt."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import tantivy

from rag.text import content_terms
from rag.text.terms import ANALYSIS

# An index of other terms than ours has no such row: it looks as if it had never been filled, and is rebuilt.
_GENERATION_ROW = f"generation of analysis {ANALYSIS}"
_WRITER_HEAP = 32_000_000
# A term longer than tantivy takes would be dropped with a warning; nobody searches for one.
_LONGEST_TERM = 200


class LexicalRow(NamedTuple):
    """What is indexed of one passage."""

    id: str
    title: str
    text: str


class LexicalHit(NamedTuple):
    """A row found, with its BM25 score (k1 1.2, b 0.75; Robertson and Zaragoza 2009)."""

    id: str
    score: float


def index_terms(title: str, text: str) -> list[str]:
    """The terms of a passage; the title counts twice because it holds names that the abstract never repeats."""
    head = content_terms(title)
    return [t for t in (*head, *head, *content_terms(text)) if len(t) <= _LONGEST_TERM]


class LexicalIndex:
    """A tantivy index in a folder. One writer (the library's lock sees to it), any number of readers."""

    def __init__(self, folder: Path) -> None:
        builder = tantivy.SchemaBuilder()
        builder.add_text_field("row", stored=True, tokenizer_name="raw", index_option="basic")
        builder.add_text_field("body", stored=False, tokenizer_name="whitespace", index_option="freq")
        builder.add_text_field("generation", stored=True, tokenizer_name="raw", index_option="basic")
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._schema = builder.build()
        try:
            self._index = tantivy.Index(self._schema, path=str(folder), reuse=True)
        except ValueError:
            # A torn or foreign index: it is only a cache, so start an empty one; its generation then shows that
            # it has to be rebuilt from the store.
            shutil.rmtree(folder)
            folder.mkdir(parents=True)
            self._index = tantivy.Index(self._schema, path=str(folder), reuse=True)

    def reload(self) -> None:
        """See what has been committed since the index was opened, also by other processes."""
        self._index.reload()

    @property
    def generation(self) -> int | None:
        """The generation of the library that this index holds; None when it was never filled."""
        searcher = self._index.searcher()
        query = tantivy.Query.term_query(self._schema, "row", _GENERATION_ROW)
        found = searcher.search(query, 1).hits
        if not found:
            return None
        value = searcher.doc(found[0][1]).get_first("generation")
        return int(str(value)) if value is not None else None

    def apply(self, add: Iterable[LexicalRow], remove: Iterable[str], generation: int) -> None:
        """Add and remove rows and note the generation, in one commit."""
        self._write(add, remove, generation, clear=False)

    def rebuild(self, rows: Iterable[LexicalRow], generation: int) -> None:
        """Replace everything by these rows, in one commit."""
        self._write(rows, (), generation, clear=True)

    def _write(self, add: Iterable[LexicalRow], remove: Iterable[str], generation: int, *, clear: bool) -> None:
        writer = self._index.writer(heap_size=_WRITER_HEAP, num_threads=1)
        if clear:
            writer.delete_all_documents()
        for row_id in (*remove, _GENERATION_ROW):
            writer.delete_documents_by_term("row", row_id)
        for row in add:
            writer.delete_documents_by_term("row", row.id)
            body = " ".join(index_terms(row.title, row.text))
            writer.add_document(tantivy.Document(row=row.id, body=body))
        writer.add_document(tantivy.Document(row=_GENERATION_ROW, generation=str(generation)))
        writer.commit()
        writer.wait_merging_threads()
        self._index.reload()

    def search(self, terms: Sequence[str], n: int, allowed: Sequence[str] | None = None) -> list[LexicalHit]:
        """The n best rows for the terms (repeats count), best first; ties in order of id. ``allowed`` limits rows."""
        if not terms or n < 1:
            return []
        clauses = []
        for term in dict.fromkeys(terms):
            query = tantivy.Query.term_query(self._schema, "body", term)
            clauses.append((tantivy.Occur.Should, tantivy.Query.boost_query(query, float(terms.count(term)))))
        query = tantivy.Query.boolean_query(clauses)
        if allowed is not None:
            within = tantivy.Query.term_set_query(self._schema, "row", list(allowed))
            limit = tantivy.Query.const_score_query(within, 0.0)
            query = tantivy.Query.boolean_query([(tantivy.Occur.Must, query), (tantivy.Occur.Must, limit)])
        searcher = self._index.searcher()
        hits = [LexicalHit(str(searcher.doc(a).get_first("row")), float(s)) for s, a in searcher.search(query, n).hits]
        return sorted(hits, key=lambda h: (-h.score, h.id))

    def document_frequency(self, term: str) -> int:
        """In how many rows a term stands."""
        return int(self._index.searcher().doc_freq("body", term))

    @property
    def size(self) -> int:
        """Rows in the index, the generation's own row not counted."""
        return max(int(self._index.searcher().num_docs) - 1, 0)
