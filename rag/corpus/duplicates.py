"""Near duplicates: one work under two titles. Both papers stay, each knowing the other.

Two signs, both found through exact indexes whose buckets are bounded, so the time grows with the text and not with the
number of pairs: long runs of equal words in the abstracts, and a title that is the other one with a name before it.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from rag.corpus.identity import title_key
from rag.corpus.similarity import AGREEMENT, content_words, overlap, words
from rag.paper import Paper

_RUN: Final = 5
# A run of words in more papers than this is a set phrase ("code is available at https ..."), not a sign of one work.
_MAX_BEARERS: Final = 20
# Over 176 abstracts of one field, different works share under 4 % of their runs, the one true pair shares 89 %.
_SHARED_RUNS: Final = 0.5
_MIN_RUNS: Final = 8
# Where this many content words are left on both sides, they too must be about one thing, else it is boilerplate.
_MIN_REST: Final = 8
_MIN_TITLE_WORDS: Final = 4
_MAX_TITLE_WORDS: Final = 60
_MAX_NAME_WORDS: Final = 4
_STRONG_AGREEMENT: Final = 0.6
_NAME: Final = re.compile(r"\s*(?::|--|[–—])\s+|\s+-\s+")


def near_duplicates(papers: Sequence[Paper]) -> list[tuple[str, str]]:
    """Pairs (later id, earlier id) of one work, in the order of ``papers``; no pair twice."""
    texts = [words(paper.abstract) for paper in papers]
    pairs = set(_by_runs(texts)) | set(_by_title(papers))
    titles = [title_key(paper.title) for paper in papers]
    # Papers of one title that were not merged were kept apart on purpose.
    return [(papers[b].id, papers[a].id) for a, b in sorted(pairs) if titles[a] != titles[b]]


def link_near_duplicates(papers: Sequence[Paper]) -> list[Paper]:
    """The same papers in the same order, ``same_work`` holding exactly the near duplicates among them, sorted."""
    links: dict[str, set[str]] = defaultdict(set)
    for later, earlier in near_duplicates(papers):
        links[later].add(earlier)
        links[earlier].add(later)
    linked = []
    for paper in papers:
        same = tuple(sorted(links.get(paper.id, ())))
        linked.append(paper if paper.same_work == same else paper.model_copy(update={"same_work": same}))
    return linked


def _by_runs(texts: Sequence[Sequence[str]]) -> Iterator[tuple[int, int]]:
    """Index pairs whose texts share most of the runs of the shorter one."""
    runs = [_runs(text) for text in texts]
    bearers: dict[int, list[int]] = defaultdict(list)
    for index, own in enumerate(runs):
        for run in own:
            bearers[run].append(index)
    shared: Counter[tuple[int, int]] = Counter()
    telling = [0] * len(texts)
    for holders in bearers.values():
        if len(holders) > _MAX_BEARERS:
            continue
        for position, first in enumerate(holders):
            telling[first] += 1
            for second in holders[position + 1 :]:
                shared[first, second] += 1
    for (first, second), count in shared.items():
        enough = max(_MIN_RUNS, _SHARED_RUNS * min(telling[first], telling[second]))
        if count >= enough and _rest_agrees(texts[first], texts[second], runs[first] & runs[second]):
            yield first, second


def _runs(text: Sequence[str]) -> set[int]:
    # Hashes of tuples of strings take a fifth of the memory; a clash could only add one to a count.
    return {hash(tuple(text[start : start + _RUN])) for start in range(len(text) - _RUN + 1)}


def _rest_agrees(first: Sequence[str], second: Sequence[str], shared: set[int]) -> bool:
    """Whether what two texts do not share word for word is about one thing, as far as there is anything left."""
    rests = [content_words(" ".join(_uncovered(text, shared))) for text in (first, second)]
    return min(map(len, rests)) < _MIN_REST or overlap(rests[0], rests[1]) >= AGREEMENT / 2


def _uncovered(text: Sequence[str], shared: set[int]) -> list[str]:
    covered = [False] * len(text)
    for start in range(len(text) - _RUN + 1):
        if hash(tuple(text[start : start + _RUN])) in shared:
            covered[start : start + _RUN] = [True] * _RUN
    return [word for word, is_covered in zip(text, covered, strict=True) if not is_covered]


def _by_title(papers: Sequence[Paper]) -> Iterator[tuple[int, int]]:
    """Index pairs where one title is the other without the name before it, or stands inside it, and the texts agree.

    A name before a title ("QiMeng-MuPa: ...") leaves the work the same, so there it is enough that the texts do not
    disagree, as for two notes in different words. Anywhere else the longer title may narrow or answer the shorter one
    ("... for code", "... : a critique"), and the texts must be alike.
    """
    keys = [title_key(paper.title) for paper in papers]
    bearers: dict[str, list[int]] = defaultdict(list)
    for index, key in enumerate(keys):
        if _MIN_TITLE_WORDS <= key.count(" ") + 1 <= _MAX_TITLE_WORDS:
            bearers[key].append(index)
    for index, paper in enumerate(papers):
        own = content_words(paper.abstract)
        nameless = _without_name(paper.title)
        for inner in _inner_titles(keys[index]):
            others = bearers.get(inner, ())
            for other in others if len(others) <= _MAX_BEARERS else ():
                needed = AGREEMENT if inner == nameless else _STRONG_AGREEMENT
                if overlap(own, content_words(papers[other].abstract)) >= needed:
                    yield min(index, other), max(index, other)


def _inner_titles(key: str) -> Iterator[str]:
    """Every shorter run of words of a title that is long enough to be a title of its own."""
    parts = key.split()[:_MAX_TITLE_WORDS]
    for size in range(_MIN_TITLE_WORDS, len(parts)):
        for start in range(len(parts) - size + 1):
            yield " ".join(parts[start : start + size])


def _without_name(title: str) -> str | None:
    """The key of what follows a short name and a colon or dash, or None."""
    name, *rest = _NAME.split(title, maxsplit=1)
    return title_key(rest[0]) if rest and len(name.split()) <= _MAX_NAME_WORDS else None
