"""Pages of papers copied from a browser: which line is a title, which belongs to an abstract, which is a footer.

Nothing marks the parts, blank lines may be lost and abstracts broken over lines, so the lines between two footers
are read as a whole: of all ways to call each line title or abstract, the one with the least improbable parts is taken
(a shortest path over two states, linear in the number of lines).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final, NamedTuple

from rag.corpus.dates import PageDate, parse_page_date
from rag.corpus.record import numbered_lines

_BANNER: Final = re.compile(
    r"new|subscribe|daily papers|trending papers|(?:by\s*)?ak and the research community"
    r"|get trending papers in your email inbox.*|\d+",
    re.IGNORECASE,
)
# The button's label stands against the title after it: "SubscribeAdaptive ...", but "Subscribers ..." is a word.
_GLUED: Final = re.compile(r"Subscribe(?!(?:rs?|d)\b)(?=\S)")
_DOT: Final = "·"
_AUTHORS: Final = re.compile(r"[•*-]?\s*(\d[\d,]*)\s+authors?")
_SENTENCE_END: Final = re.compile(r"[.!?…][\"'”’)\]}]*$")
_INNER_SENTENCE_END: Final = re.compile(r"(?<!\bvs)[a-z0-9)\]]\.\s+[A-Z]")
# Words that sentences open with and that no title ends with: a line broken off there goes on in the next one.
_OPENER: Final = re.compile(
    r"(?:we|our|this paper|this work|this article|these|they|however|moreover|furthermore|additionally|consequently"
    r"|importantly|finally|specifically|in this|in particular|in addition|in contrast|to address|as a result|thus"
    r"|therefore|while|although|since|experiments|experimental results|results)\b",
    re.IGNORECASE,
)
_SPEAKER: Final = re.compile(r"(?<!^)\b(?:we|our)\b|, (?:which|where|but)\b")
_DANGLING: Final = re.compile(
    r"(?:[,;:-]|\b(?:a|an|and|are|as|at|be|been|but|by|can|for|from|has|have|in|into|is|its|of|on|or|our|than|that|the"
    r"|their|these|this|to|we|which|while|with))$"
)
# "AxLLM: accelerator architecture ..."
_NAMED: Final = re.compile(r"[^\s:]*[A-Z0-9][^\s:]*: \S")
_MAX_ORGANISATION_WORDS: Final = 10
_IMPOSSIBLE: Final = 1e9
_NO_ABSTRACT: Final = 4.0


class Line(NamedTuple):
    """A line with text: its number in the file, whether a gap precedes it, whether a label proves it a title."""

    number: int
    text: str
    after_gap: bool
    surely_title: bool


@dataclass(slots=True)
class Footer:
    """What stands under a paper: authors' count or organisation line, and the date."""

    n_authors: int | None = None
    organisation: str | None = None
    date: PageDate | None = None


@dataclass(slots=True)
class Block:
    """One paper of a page; ``title`` or ``abstract`` is empty where the page lacks it."""

    title: str
    line: int
    parts: list[str] = field(default_factory=list)
    footer: Footer | None = None

    @property
    def abstract(self) -> str:
        """Its lines as one text."""
        return " ".join(self.parts)


def read_blocks(text: str) -> Iterator[Block]:
    """The papers of a page, in its order."""
    segment: list[Line] = []
    for item in _items(text):
        if isinstance(item, Line):
            segment.append(item)
            continue
        # Where every paper has its footer, a second title before one is rare.
        blocks = _split(segment, title_cost=3.0)
        if blocks:
            blocks[-1].footer = item
        yield from blocks
        segment = []
    yield from _split(segment, title_cost=1.0)


def _items(text: str) -> Iterator[Line | Footer]:
    """Lines and footers; banners and blank lines remain only as gaps."""
    lines = list(_text_lines(text))
    index = 0
    open_text = False
    while index < len(lines):
        footer, used = _footer_at(lines, index, open_text)
        if footer is None:
            if not _is_noise(lines[index].text):
                open_text = True
                yield lines[index]
            index += 1
        else:
            if footer.n_authors is not None or footer.date is not None or footer.organisation is not None:
                open_text = False
                yield footer
            index += used


def _text_lines(text: str) -> Iterator[Line]:
    gap = True
    for number, raw in numbered_lines(text):
        line = " ".join(raw.split())
        if not line or _BANNER.fullmatch(line):
            gap = True
            continue
        glued = _GLUED.match(line)
        yield Line(number, line[glued.end() :] if glued else line, gap, glued is not None)
        gap = False


def _is_noise(line: str) -> bool:
    """Whether the line is neither text nor part of a footer: a dot or the date of the page itself."""
    return line == _DOT or parse_page_date(line) is not None


def _footer_at(lines: list[Line], index: int, open_text: bool) -> tuple[Footer | None, int]:
    """The footer that begins at this line and the number of its lines, or (None, 0).

    An organisation can only stand under a text, so without ``open_text`` the line before a dot is a title.
    """
    head, *tail = (part.strip() for part in lines[index].text.split(f" {_DOT} "))
    count = _AUTHORS.fullmatch(head)
    dot_follows = index + 1 < len(lines) and lines[index + 1].text == _DOT
    one_line = bool(tail) and parse_page_date(tail[0]) is not None
    if count is None and head != _DOT and not (open_text and (dot_follows or one_line) and _may_be_organisation(head)):
        return None, 0
    footer = Footer()
    if count is not None:
        footer.n_authors = int(count[1].replace(",", ""))
    elif head != _DOT:
        footer.organisation = display_name(head)
    if one_line:
        footer.date = parse_page_date(tail[0])
        return footer, 1
    used = 1
    if head != _DOT and dot_follows:
        used += 1
    if index + used < len(lines):
        footer.date = parse_page_date(lines[index + used].text)
        used += footer.date is not None
    return footer, used


def _may_be_organisation(text: str) -> bool:
    """Whether the line before a dot can name an organisation, rather than end the abstract."""
    return len(text.split()) <= _MAX_ORGANISATION_WORDS and not text.endswith((".", "!", "?")) and not _is_noise(text)


def display_name(line: str) -> str:
    """The name for people out of ``PekingUniversity Peking University``: a slug, then the name.

    A first word that looks like no slug and has nothing to do with the rest is part of the name.
    """
    slug, _, name = line.partition(" ")
    if not name:
        return slug
    bare_slug, bare_name = (re.sub(r"[\W_]+", "", part).casefold() for part in (slug, name))
    initials = "".join(word[0] for word in name.split() if word[0].isupper()).casefold()
    related = bare_slug.startswith(bare_name) or bare_name.startswith(bare_slug) or bare_slug == initials
    plain_word = slug.isalpha() and (slug.istitle() or slug.isupper())
    return name if related or not plain_word else line


def _split(segment: list[Line], title_cost: float) -> list[Block]:
    """The papers in the lines between two footers."""
    blocks: list[Block] = []
    for line, is_title in zip(segment, _titles(segment, title_cost), strict=True):
        if is_title:
            blocks.append(Block(line.text, line.number))
        else:
            if not blocks:
                blocks.append(Block("", line.number))
            blocks[-1].parts.append(line.text)
    return blocks


def _titles(segment: list[Line], title_cost: float) -> list[bool]:
    """For each line whether it is a title, by the cheapest path over the states abstract (0) and title (1)."""
    if not segment:
        return []
    costs = [8.0 + _abstract_cost(segment[0]), _title_cost(segment[0])]
    came_from: list[tuple[int, int]] = []
    for previous, line in pairwise(segment):
        best = []
        for state, own in enumerate((_abstract_cost(line), _title_cost(line) + title_cost)):
            paths = [costs[before] + _step_cost(before, state, previous, line) for before in (0, 1)]
            origin = 0 if paths[0] <= paths[1] else 1
            best.append((paths[origin] + own, origin))
        costs = [cost for cost, _ in best]
        came_from.append((best[0][1], best[1][1]))
    state = 0 if costs[0] <= costs[1] + _NO_ABSTRACT else 1
    path = [state]
    for origins in reversed(came_from):
        state = origins[state]
        path.append(state)
    return [state == 1 for state in reversed(path)]


def _step_cost(before: int, state: int, previous: Line, line: Line) -> float:
    """How improbable it is that a line of kind ``state`` follows one of kind ``before``."""
    ended = _SENTENCE_END.search(previous.text) is not None
    goes_on = _goes_on(line.text)
    if before == 1:
        return _NO_ABSTRACT if state == 1 else 6.0 * goes_on
    if state == 1:
        return 0.0 if ended else 8.0 if _DANGLING.search(previous.text) else 3.0
    if ended:
        return 1.5 + 0.5 * line.after_gap
    return 0.0 if goes_on or _DANGLING.search(previous.text) else 2.5 + 0.5 * line.after_gap


def _title_cost(line: Line) -> float:
    if line.surely_title:
        return 0.0
    text = line.text
    n_words = len(text.split())
    cost = 12.0 if n_words > 45 else 2.0 if n_words > 25 else 0.0
    if text.endswith("."):
        cost += 6.0
    elif _DANGLING.search(text):
        cost += 8.0
    if _goes_on(text):
        cost += 4.0
    if _OPENER.match(text):
        cost += 2.0
    if _SPEAKER.search(text):
        cost += 3.0
    if n_words >= 8 and _capitals(text) < 0.3:
        cost += 1.5
    if _INNER_SENTENCE_END.search(text):
        cost += 4.0
    return cost


def _abstract_cost(line: Line) -> float:
    if line.surely_title:
        return _IMPOSSIBLE
    n_words = len(line.text.split())
    cost = 0.0 if n_words >= 40 else 1.0 if n_words >= 20 else 3.0 if n_words >= 8 else 4.0
    if line.text.endswith("."):
        cost = max(0.0, cost - 3.0)
    if n_words < 40 and _capitals(line.text) >= 0.6:
        cost += 4.0
    elif _NAMED.match(line.text):
        cost += 2.5
    return cost


def _capitals(text: str) -> float:
    """The share of longer words that begin with a capital, as most do in a title; 0 where there are under two."""
    long_words = [word for word in text.split() if len(word) > 3]
    return sum(word[0].isupper() for word in long_words) / len(long_words) if len(long_words) >= 2 else 0.0


def _goes_on(line: str) -> bool:
    """Whether the line begins in the middle of a sentence: with a word in small letters, a bracket or a sign."""
    first = re.split(r"[\s-]", line, maxsplit=1)[0].rstrip(",.;:)")
    return first[:1] in "(,;)&%+=" or (first.isalpha() and first.islower() and first.isascii())
