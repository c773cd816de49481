"""Retrieval over a collection in the form of BEIR: ``corpus.jsonl``, ``queries.jsonl``, ``qrels/*.tsv``, read directly.

The documents go into a library of their own through the same shelf as any paper, so what is measured is what users get.
Two documents that the library takes for one paper stand at that paper's place one after the other, in the order of the
corpus: none is lost from a ranking. A document without text is indexed by its title, one without title by its opening.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from rag.corpus import Shelf
from rag.corpus.identity import paper_id, revision
from rag.errors import InputError
from rag.paper import Paper

_REMEDY: Final = "A BEIR folder holds corpus.jsonl, queries.jsonl and qrels/test.tsv (query-id, corpus-id, score)"
_OPENING_WORDS: Final = 12
_COLUMNS: Final = 3


class Document(NamedTuple):
    """One document of the corpus; title or text may be empty, not both."""

    id: str
    title: str
    text: str


class Collection(NamedTuple):
    """A collection: documents, queries by id, and grades by query and document (absent = not judged).

    ``notices`` says what was found and cannot be scored: nothing is left out silently.
    """

    name: str
    split: str
    documents: tuple[Document, ...]
    queries: dict[str, str]
    qrels: dict[str, dict[str, int]]
    notices: tuple[str, ...]


class Shelved(NamedTuple):
    """Papers made of documents, and for each paper's id the documents that it stands for."""

    papers: tuple[Paper, ...]
    documents_of: dict[str, tuple[str, ...]]


def read_beir(folder: str | Path, *, split: str = "test") -> Collection:
    """Read a folder in the form of BEIR.

    Args:
        split: which file of ``qrels`` to score against.

    Raises:
        InputError: a file is missing or a line cannot be read (with file and line), or nothing is judged.
    """
    folder = Path(folder)
    notices: list[str] = []
    documents = _documents(folder / "corpus.jsonl", notices)
    queries = {str(r["_id"]): str(r.get("text") or "") for _, r in _records(folder / "queries.jsonl")}
    qrels = _qrels(_qrels_file(folder, split))
    known = {d.id for d in documents}
    if absent := sum(doc not in known for grades in qrels.values() for doc in grades):
        notices.append(f"{absent} judgements name documents that the corpus lacks; they count as never found")
    if strangers := [q for q in qrels if q not in queries]:
        notices.append(f"{len(strangers)} judged queries have no text and are not asked, such as {strangers[0]!r}")
    if unjudged := [q for q in queries if not any(g > 0 for g in qrels.get(q, {}).values())]:
        notices.append(f"{len(unjudged)} queries have no relevant document and are not scored, such as {unjudged[0]!r}")
    kept = {q: qrels[q] for q in queries if any(g > 0 for g in qrels.get(q, {}).values())}
    if not kept:
        raise InputError(f"{folder} judges no document relevant for any of its queries", _REMEDY)
    return Collection(folder.name, split, documents, {q: queries[q] for q in kept}, kept, tuple(notices))


def shelve(documents: Sequence[Document]) -> Shelved:
    """Make papers of documents, by the rules of the library's own shelf, and remember which stands for which."""
    shelf = Shelf()
    homes: dict[str, list[str]] = {}
    for document in documents:
        paper, _ = shelf.put(_paper(document))
        homes.setdefault(paper.id, []).append(document.id)
    return Shelved(tuple(shelf.papers.values()), {i: tuple(found) for i, found in homes.items()})


def expand(paper_ids: Sequence[str], documents_of: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """The ranking of documents that a ranking of papers stands for, each document once."""
    return tuple(dict.fromkeys(doc for paper in paper_ids for doc in documents_of.get(paper, ())))


def _paper(document: Document) -> Paper:
    text = document.text or document.title
    title = document.title or " ".join(text.split()[:_OPENING_WORDS])
    return Paper(id=paper_id(title), revision=revision(title, text, "abstract"), title=title, abstract=text)


def _documents(path: Path, notices: list[str]) -> tuple[Document, ...]:
    found: dict[str, Document] = {}
    empty = bare = 0
    for number, record in _records(path):
        key = str(record["_id"])
        title, text = (" ".join(str(record.get(name) or "").split()) for name in ("title", "text"))
        if key in found:
            raise InputError(f"{path}:{number}: the id {key!r} stands there twice", _REMEDY)
        if not title and not text:
            empty += 1
            continue
        bare += not text
        found[key] = Document(key, title, text)
    if bare:
        notices.append(f"{bare} documents have no text and are indexed by their titles")
    if empty:
        notices.append(f"{empty} documents have neither title nor text, so they cannot be found")
    if not found:
        raise InputError(f"{path} holds no documents", _REMEDY)
    return tuple(found.values())


def _records(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Line numbers with JSON objects that have an ``_id``."""
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}", _REMEDY) from None
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8 (byte {error.start})", "Save it as UTF-8") from None
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except json.JSONDecodeError as error:
            raise InputError(f"{path}:{number}: not JSON: {error.msg} at column {error.colno}", _REMEDY) from None
        if not isinstance(record, dict) or "_id" not in record:
            raise InputError(f"{path}:{number}: not a JSON object with an _id", _REMEDY)
        yield number, record


def _qrels_file(folder: Path, split: str) -> Path:
    there = sorted(p.stem for p in (folder / "qrels").glob("*.tsv"))
    if split not in there:
        held = f"it holds {', '.join(there)}" if there else "it holds none"
        raise InputError(f"{folder / 'qrels'} has no {split}.tsv; {held}", _REMEDY)
    return folder / "qrels" / f"{split}.tsv"


def _qrels(path: Path) -> dict[str, dict[str, int]]:
    """Grades by query and document. A first line that is a header is passed over."""
    grades: dict[str, dict[str, int]] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE), 1):
            if not row or (number == 1 and row[-1].strip().lower() == "score"):
                continue
            try:
                query, document, grade = row[0], row[1], int(row[2])
            except (IndexError, ValueError):
                raise InputError(f"{path}:{number}: not query, document and a whole grade", _REMEDY) from None
            if len(row) != _COLUMNS:
                raise InputError(f"{path}:{number}: {len(row)} columns, not {_COLUMNS}", _REMEDY)
            grades.setdefault(query, {})[document] = grade
    return grades
