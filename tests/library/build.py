"""Literal papers and libraries for the tests of the library."""

from __future__ import annotations

from pathlib import Path

from rag.corpus import paper_id, revision
from rag.library import Library, Location
from rag.library.embedders import Embedder
from rag.paper import Paper
from tests.fakes.embedder import HashingEmbedder

TEXTS = ["Rings fold in half.", "", "Caches keep keys.", " \n\t ", "Mossy compilers 🧵 grow.", "x" * 3_000]
BLANK = [1, 3]
"""Which of the texts hold no word."""


def paper(title: str, abstract: str, **more: object) -> Paper:
    kind = str(more.get("text_kind", "abstract"))
    fields = {"id": paper_id(title), "revision": revision(title, abstract, kind), **more}
    return Paper(title=title, abstract=abstract, **fields)  # type: ignore[arg-type]


def numbered(n: int, *, version: int = 1) -> Paper:
    """Paper n, with words of its own and several passages at a small budget."""
    own = " ".join(f"word{n}x{i}" for i in range(12))
    sentences = [f"Sentence {i} of subject{n} speaks of topic{n}part{i} in version{version}." for i in range(4)]
    return paper(f"Subject{n} studied", f"{own}. " + " ".join(sentences))


def open_at(folder: Path, *, embedder: Embedder | None = None, tokens: int = 32, wait: float = 0.2) -> Library:
    location = Location("folder", str(folder), folder)
    return Library(location, embedder or HashingEmbedder(), tokens, wait=wait, check_embedder=True)


def assert_whole(library: Library) -> None:
    """The invariants: store, lexical index and papers say the same, and every paper is found by its own words."""
    rows = list(library.store.rows())
    expected = sorted(library.rows_of(p.id for p in library.papers()))
    assert sorted(r.id for r in rows) == expected, "the store holds exactly the passages of the papers"
    assert library.lexical.size == len(expected), "the lexical index holds as many"
    assert library.lexical.generation == library.generation
    for p in library.papers():
        passages = library.passages(p.id)
        assert all(p.abstract[q.start : q.end] == q.text for q in passages)
        found = library.lexical.search(_own_terms(p), 50)
        assert {h.id for h in found} & set(library.rows_of([p.id])), f"{p.title} is found by its words"
        vectors = library.store.vectors(library.rows_of([p.id]))
        assert len(vectors) == len(passages), "every passage has its vector"


def _own_terms(p: Paper) -> list[str]:
    from rag.text import content_terms

    return content_terms(p.title)
