"""A text as sentences with what each cites and names, ready to be judged."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

from rag.checking.citations import Key, Marker, find_markers, without_markers
from rag.checking.claims import Clause, clauses, leans, own_clause, why_no_claim, without_aside
from rag.checking.layout import Layout, Span, lay_out
from rag.checking.mentions import Mention, Names
from rag.checking.records import Cited
from rag.checking.references import Bibliography, Reference, read_bibliography
from rag.paper import Paper
from rag.text import split_sentences

_LOWER_FOLLOWS: Final = re.compile(r"\s+(?:[a-z]\w+)")
_NOUN_PHRASE: Final = re.compile(r"(?:and|but)\s+([A-Z][\w-]*(?:\s+[\w-]+){0,2})\s*\Z")
_LOOSE_END: Final = re.compile(r"[\s,;]+(?:(?:and|but|or|while|whereas)[\s,;]*)?$")
_LIST_GAP: Final = re.compile(r"^[\s,]*(?:and|or|&)?[\s,]*$")


@dataclass(frozen=True)
class Part:
    """One assertion: its wording, and the papers that it cites, names or goes on about (of the library, in order).

    ``guessed``: the papers carried are those that were found for the sentence before, which named none itself.
    """

    claim: str
    cited: tuple[Paper, ...]
    named: tuple[Paper, ...]
    carried: tuple[Paper, ...]
    guessed: bool = False

    @property
    def given(self) -> tuple[Paper, ...]:
        """All of them, each once."""
        return tuple({p.id: p for p in (*self.cited, *self.named, *self.carried)}.values())


@dataclass(frozen=True)
class Read:
    """One sentence. ``parts`` begins with the whole; it is empty where there is nothing to check (``why``).

    ``adrift``: it goes on about something that the sentence before neither cites nor names.
    """

    start: int
    end: int
    claim: str
    why: str | None
    cites: tuple[Cited, ...]
    parts: tuple[Part, ...]
    adrift: bool = False

    @property
    def markers(self) -> tuple[Cited, ...]:
        """What it cites in so many words; a name alone cites nothing."""
        return tuple(c for c in self.cites if c.how in {"marker", "author"})


def anchored(read: Read, papers: tuple[Paper, ...]) -> Read:
    """A sentence that is adrift, as going on about these papers."""
    parts = tuple(replace(p, carried=papers, guessed=True) for p in read.parts)
    carried = (Cited(text="", start=read.start, end=read.start, how="carried", paper_id=p.id) for p in papers)
    return replace(read, cites=(*read.cites, *carried), parts=parts)


@dataclass(frozen=True)
class Document:
    """The sentences of a text in order, and how it was laid out."""

    sentences: tuple[Read, ...]
    layout: Layout
    references: int
    unmatched: int


def read_document(text: str, papers: Sequence[Paper], *, bib: str | None, bib_name: str) -> Document:
    """Read a text against a library's papers.

    Raises:
        InputError: ``bib`` holds no entry.
    """
    layout = lay_out(text)
    entries = [_plain_entry(text[a:b]) for a, b in layout.references]
    bibliography = read_bibliography(entries, bib, papers, bib_name)
    reader = _Reader(layout, bibliography, Names(papers, bibliography.shelf))
    unmatched = sum(entry.paper is None for entry in bibliography.listed)
    return Document(tuple(reader.sentences()), layout, len(entries), unmatched)


def _plain_entry(entry: str) -> str:
    kept = re.sub(r"\\(?!bibitem)[A-Za-z]+\*?|[~]", " ", entry)
    return kept if entry.lstrip().startswith("\\bibitem") else re.sub(r"[{}]", "", kept)


class _Reader:
    def __init__(self, layout: Layout, bibliography: Bibliography, names: Names) -> None:
        self._shadow, self._bibliography, self._names = layout.shadow, bibliography, names
        self._blocks = layout.blocks
        # "Brook (2024)" names a system of the library; that is no author.
        found = [m for m in find_markers(layout.shadow) if not (m.noun and self._named(m.keys[0]))]
        self._markers = [self._as_noun(m) for m in found]
        self._starts = [m.start for m in self._markers]
        self._carried: tuple[Paper, ...] = ()

    def _named(self, key: Key) -> Paper | None:
        return self._names.paper(key.value) if key.kind == "author" else None

    def _resolve(self, key: Key) -> Reference | None:
        """What a key leads to; in (Brook, 2024) the name of a system stands where authors do."""
        found = self._bibliography.resolve(key)
        named = self._named(key) if found is None else None
        return Reference(key.value, named) if named is not None else found

    def _as_noun(self, marker: Marker) -> Marker:
        """ "[3] proposes ..." begins a sentence: there the marker is its subject."""
        before = self._shadow[max(0, marker.start - 80) : marker.start].rstrip()
        opens = not before or before[-1] in ".!?:"
        if opens and not marker.noun and _LOWER_FOLLOWS.match(self._shadow, marker.end):
            return marker._replace(noun=True)
        return marker

    def _within(self, start: int, end: int) -> list[Marker]:
        i = bisect_right(self._starts, start - 1)
        found: list[Marker] = []
        while i < len(self._markers) and self._markers[i].start < end:
            found.append(self._markers[i])
            i += 1
        return found

    def sentences(self) -> list[Read]:
        """Every sentence of every block."""
        found: list[Read] = []
        for block in self._blocks:
            self._carried = ()
            found += [self._read(start, end) for start, end in self._spans(block)]
        return found

    def _spans(self, block: Span) -> list[tuple[int, int]]:
        markers = self._within(block.start, block.end)
        bare = list(self._shadow[block.start : block.end])
        for m in markers:
            a, b = m.start - block.start, min(m.end, block.end) - block.start
            bare[a:b] = ("X" + "x" * (b - a - 1)) if m.noun else " " * (b - a)
        spans = [(block.start + s.start, block.start + s.end) for s in split_sentences("".join(bare))]
        ends = [start for start, _ in spans[1:]] + [block.end]
        joined: list[tuple[int, int]] = []
        for i, (start, end) in enumerate(spans):
            # A marker behind the full stop belongs to the sentence that has just ended.
            trailing = [m.end for m in markers if end <= m.start < ends[i]]
            first = [m.start for m in markers if i == 0 and m.end <= start]
            joined.append((min([start, *first]), min(max([end, *trailing]), block.end)))
        return joined

    def _read(self, start: int, end: int) -> Read:
        markers = self._within(start, end)
        claim = without_markers(self._shadow, start, end, markers)
        cites = [c for m in markers for c in self._cited(m)]
        mentions = self._names.find(self._shadow, start, end)
        known = {c.paper_id for c in cites}
        cites += [
            Cited(text=self._shadow[m.start : m.end], start=m.start, end=m.end, how="name", paper_id=m.paper.id)
            for m in mentions
            if m.paper.id not in known and not any(k.start < m.end and m.start < k.end for k in markers)
        ]
        goes_on = leans(claim) and not cites
        why = why_no_claim(claim, cites=bool(cites))
        if why is not None:
            return Read(start, end, claim, why, tuple(cites), ())
        parts = self._parts(start, end, claim, markers, mentions, self._carried if goes_on else ())
        if goes_on:
            cites += [Cited(text="", start=start, end=start, how="carried", paper_id=p.id) for p in self._carried]
        elif any(p.given for p in parts) or any(c.how != "name" for c in cites):
            self._carried = tuple({p.id: p for part in parts for p in part.given}.values())
        else:
            self._carried = ()
        return Read(start, end, claim, None, tuple(cites), tuple(parts), goes_on and not any(p.given for p in parts))

    def _cited(self, marker: Marker) -> list[Cited]:
        found: list[Cited] = []
        for key in marker.keys:
            reference = self._resolve(key)
            how = "author" if key.kind == "author" and key.year is None else "marker"
            found.append(
                Cited(
                    text=self._shadow[marker.start : marker.end],
                    start=marker.start,
                    end=marker.end,
                    how="author" if how == "author" else "marker",
                    paper_id=reference.paper.id if reference and reference.paper else None,
                    reference=reference.text if reference else None,
                )
            )
        return found

    def _papers(self, markers: Sequence[Marker]) -> tuple[Paper, ...]:
        references = (self._resolve(k) for m in markers for k in m.keys)
        return tuple({r.paper.id: r.paper for r in references if r is not None and r.paper is not None}.values())

    def _parts(
        self,
        start: int,
        end: int,
        claim: str,
        markers: list[Marker],
        mentions: list[Mention],
        carried: tuple[Paper, ...],
    ) -> list[Part]:
        whole = Part(claim, self._papers(markers), tuple(m.paper for m in mentions), carried)
        if listed := self._listed(start, end, markers, mentions):
            return [whole, *listed]
        ends = [m.end - start for m in markers if m.end <= end]
        cut = clauses(self._shadow[start:end], ends, self._subjects(start, markers, mentions))
        if len(cut) < 2:
            return [whole]
        return [whole, *self._clauses(start, cut, markers, mentions, whole)]

    def _subjects(self, start: int, markers: list[Marker], mentions: list[Mention]) -> list[int]:
        """Where another paper may become the subject: at its name, or at the capital letter shortly before its marker
        ("... and Lookahead decoding [7] ...")."""
        found = [m.start - start for m in mentions[1:]]
        for marker in markers:
            if phrase := _NOUN_PHRASE.search(self._shadow, max(start, marker.start - 60), marker.start):
                found.append(phrase.start(1) - start)
        return found

    def _clauses(
        self, start: int, cut: list[Clause], markers: list[Marker], mentions: list[Mention], whole: Part
    ) -> list[Part]:
        parts: list[Part] = []
        for clause in cut:
            a, b = start + clause.start, start + clause.end
            own = [m for m in markers if a <= m.start < b]
            text = without_aside(_LOOSE_END.sub("", without_markers(self._shadow, a, b, own)))
            if own_clause(text) or why_no_claim(text, cites=True):
                continue
            named = tuple(m.paper for m in mentions if a <= m.start < b and m.end <= b)
            if clause.headless and parts:
                subject = next(
                    (self._shadow[m.start : m.end] for m in mentions if m.end <= a and m.end - m.start < 40), "It"
                )
                text = f"{subject} {text}"
            # A part without a marker of its own shares the one at the end of the sentence.
            later = own or [m for m in markers if m.start >= b][:1]
            before = parts[-1].given if parts and not named and not own else ()
            parts.append(Part(text, self._papers(later), named, before or whole.carried))
        return parts

    def _listed(self, start: int, end: int, markers: list[Marker], mentions: list[Mention]) -> list[Part]:
        """ "A [1], B [2] and C [3] do so": each does so."""
        if len(mentions) < 2 or self._shadow[start : mentions[0].start].strip():
            return []
        last = 0
        for left, right in pairwise(mentions):
            gap = self._shadow[left.end : right.start]
            for m in self._within(left.end, right.start):
                gap = gap.replace(self._shadow[m.start : m.end], " ")
            if not _LIST_GAP.match(gap):
                break
            last += 1
        members = mentions[: last + 1]
        if len(members) < 2:
            return []
        rest = without_markers(self._shadow, members[-1].end, end, [m for m in markers if m.start >= members[-1].end])
        rest = re.sub(r"^\s*(?:both|all|each)\s+", "", rest)
        parts: list[Part] = []
        for i, member in enumerate(members):
            until = members[i + 1].start if i + 1 < len(members) else member.end + 1
            own = self._within(member.end, until if i + 1 < len(members) else self._next_word(member.end, end))
            name = self._shadow[member.start : member.end]
            shared = own or [m for m in markers if m.start >= members[-1].end]
            parts.append(Part(f"{name} {rest}", self._papers(shared), (member.paper,), ()))
        return parts

    def _next_word(self, at: int, end: int) -> int:
        """Where the predicate begins: behind the markers that stand directly at the name."""
        for m in self._within(at, end):
            if self._shadow[at : m.start].strip():
                break
            at = m.end
        return max(at, 0)
