"""Where a citation leads: through the text's own list of references, a .bib file, or the library's BibTeX keys."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from rag.checking.citations import Key
from rag.corpus import normalise_arxiv_id, normalise_doi, title_key
from rag.errors import InputError
from rag.paper import Paper

_LABEL: Final = re.compile(
    r"^\s*(?:[-*+]\s+)?(?:\\bibitem(?:\[[^\]\n]*\])?\{([^}]*)\}|\[(\^?[\w-]{1,40})\]:?|(\d{1,3})[.)])\s*"
)
_DOI: Final = re.compile(r"10\.\d{4,9}/[^\s\"<>{},;]+")
_ARXIV: Final = re.compile(r"(?:arxiv(?:\.org/(?:abs|pdf)/|\s*[:.]\s*|\s+))(\d{4}\.\d{4,5})", re.I)
_YEAR: Final = re.compile(r"\b((?:19|20)\d{2})[a-z]?\b")
_BIB_KEY: Final = re.compile(r"@\w+\s*[{(]\s*([^\s,{}]+)\s*,")
_LEAST_TITLE: Final = 12
_ENOUGH: Final = 0.9
"""Share of a title's words that an entry has to hold where the title does not stand in it whole."""


class Reference(NamedTuple):
    """An entry of a reference list; ``paper`` is None where the library does not hold it."""

    text: str
    paper: Paper | None


@dataclass(frozen=True)
class Shelfmark:
    """The library's papers by everything that a citation may give."""

    doi: Mapping[str, Paper]
    arxiv: Mapping[str, Paper]
    title: Mapping[str, Paper]
    by_word: Mapping[str, Sequence[tuple[str, Paper]]]
    """title key under its first two words"""
    author: Mapping[str, Sequence[Paper]]


def shelfmark(papers: Iterable[Paper]) -> Shelfmark:
    """Index papers by DOI, arXiv id, title and first author."""
    doi: dict[str, Paper] = {}
    arxiv: dict[str, Paper] = {}
    title: dict[str, Paper] = {}
    by_word: dict[str, list[tuple[str, Paper]]] = {}
    author: dict[str, list[Paper]] = {}
    for paper in papers:
        if clean := normalise_doi(paper.doi):
            doi[clean] = paper
        if number := normalise_arxiv_id(paper.arxiv_id) or normalise_arxiv_id(paper.doi):
            arxiv[number] = paper
        key = title_key(paper.title)
        title[key] = paper
        by_word.setdefault(" ".join(key.split()[:2]), []).append((key, paper))
        if paper.authors:
            author.setdefault(title_key(paper.authors[0].split()[-1]), []).append(paper)
    return Shelfmark(doi, arxiv, title, by_word, author)


def match_entry(entry: str, shelf: Shelfmark) -> Paper | None:
    """The library's paper that an entry of a reference list is: by DOI, arXiv id, or its title in the entry."""
    for doi in _DOI.findall(entry):
        found = shelf.doi.get(normalise_doi(doi.rstrip(".")) or "") or shelf.arxiv.get(
            normalise_arxiv_id(doi.rstrip(".")) or ""
        )
        if found:
            return found
    for number in _ARXIV.findall(entry):
        if number in shelf.arxiv:
            return shelf.arxiv[number]
    return title_in(entry, shelf)


def title_in(text: str, shelf: Shelfmark) -> Paper | None:
    """The paper whose title stands in a text, the longest one; a one-word title has to be most of the text."""
    words = title_key(re.sub(r"[{}\\]", "", text)).split()
    folded = f" {' '.join(words)} "
    best: tuple[int, Paper] | None = None
    for pair in (" ".join(words[i : i + 2]) for i in range(len(words))):
        for key, paper in shelf.by_word.get(pair, ()):
            if len(key) >= _LEAST_TITLE and f" {key} " in folded and (best is None or len(key) > best[0]):
                best = (len(key), paper)
    if best is None and len(words) >= 4:
        best = _nearly(frozenset(words), shelf)
    return best[1] if best else None


def _nearly(words: frozenset[str], shelf: Shelfmark) -> tuple[int, Paper] | None:
    """A title of five words or more of which the entry lacks at most one in ten, or only what follows its colon."""
    best: tuple[float, int, Paper] | None = None
    for key, paper in shelf.title.items():
        have = frozenset(key.split())
        if len(have) < 5 or len(have & words) < _ENOUGH * len(have):
            continue
        share = len(have & words) / len(have)
        if best is None or (share, len(key)) > best[:2]:
            best = (share, len(key), paper)
    return None if best is None else (best[1], best[2])


@dataclass(frozen=True)
class Bibliography:
    """Everything that a text's keys may lead to."""

    entries: Mapping[str, Reference]
    """by "3", "^note" or BibTeX key"""
    authors: Sequence[tuple[str, str | None, Reference]]
    """folded first lines of entries with their year, for (Ada, 2024)"""
    shelf: Shelfmark
    listed: Sequence[Reference]
    """the entries of the text's own list"""

    def resolve(self, key: Key) -> Reference | None:
        """What a key leads to; None where nothing is known of it."""
        if key.kind == "link":
            paper = match_entry(key.value, self.shelf)
            return Reference(key.value, paper)
        if key.kind in ("number", "key"):
            return self.entries.get(key.value)
        return self._by_author(key)

    def _by_author(self, key: Key) -> Reference | None:
        name, year = title_key(key.value), (key.year or "")[:4]
        listed = [r for head, y, r in self.authors if f" {name} " in f" {head} " and (not year or y == year)]
        if listed:
            # The first author stands first; of several entries that one is meant whose name comes earliest.
            return min(listed, key=lambda r: f" {title_key(r.text)} ".find(f" {name} "))
        held = [p for p in self.shelf.author.get(name, ()) if not year or p.year is None or str(p.year) == year]
        if len(held) == 1:
            return Reference(f"{key.value} ({key.year})" if key.year else key.value, held[0])
        return None


def read_bibliography(
    entries: Sequence[str], bib: str | None, papers: Sequence[Paper], bib_name: str = "bib"
) -> Bibliography:
    """Read a text's entries, the text of a .bib file (None: none), and the library's own BibTeX keys.

    Raises:
        InputError: the .bib file holds no entry.
    """
    shelf = shelfmark(papers)
    found: dict[str, Reference] = {}
    authors: list[tuple[str, str | None, Reference]] = []
    for key, paper in bibtex_keys(papers).items():
        found[key] = Reference(paper.title, paper)
    if bib is not None:
        given = _bib_entries(bib, bib_name, shelf)
        if not given:
            raise InputError(
                f"{bib_name} holds no BibTeX entry", "Give the .bib file that the text cites from with --bib"
            )
        for key, reference, head, year in given:
            found[key] = reference
            authors.append((head, year, reference))
    listed: list[Reference] = []
    for number, entry in enumerate(entries, 1):
        label = _LABEL.match(entry)
        text = " ".join(entry[label.end() if label else 0 :].split())
        reference = Reference(text, match_entry(text, shelf))
        name = next((g for g in label.groups() if g), None) if label else None
        found[name or str(number)] = reference
        dated = _YEAR.search(text)
        authors.append((title_key(text[:200]), dated.group(1) if dated else None, reference))
        listed.append(reference)
    return Bibliography(found, authors, shelf, listed)


def _bib_entries(bib: str, name: str, shelf: Shelfmark) -> list[tuple[str, Reference, str, str | None]]:
    from rag.corpus.bibtex import read
    from rag.corpus.record import RawRecord

    lines = bib.splitlines()
    rows: list[tuple[str, Reference, str, str | None]] = []
    for record in read(bib, name):
        if not isinstance(record, RawRecord) or record.line is None:
            continue
        # The reader gives the line of an entry, not its key, which may stand on the next line.
        key = _BIB_KEY.search("\n".join(lines[record.line - 1 : record.line + 2]))
        if key is None:
            continue
        identifiers = " ".join(filter(None, (record.doi, record.arxiv_id and f"arXiv:{record.arxiv_id}")))
        paper = match_entry(f"{record.title} {identifiers}", shelf) or shelf.title.get(title_key(record.title))
        shown = ". ".join(filter(None, (", ".join(record.authors[:3]), record.title, (record.published or "")[:4])))
        head = title_key(" ".join(record.authors))
        rows.append((key.group(1), Reference(shown, paper), head, (record.published or "")[:4] or None))
    return rows


def bibtex_keys(papers: Iterable[Paper]) -> dict[str, Paper]:
    """The keys under which ``rag papers export --format bibtex`` writes the library's papers."""
    from rag.answering.export import bibtex_key

    used: set[str] = set()
    return {bibtex_key(paper, used): paper for paper in papers}
