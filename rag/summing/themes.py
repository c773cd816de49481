"""Themes of a summary: the clusters of :mod:`rag.digesting.themes`, the most central first, and what a summary holds
where only some papers of each can be shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from rag.digesting.themes import OTHERS, UNNAMED, WHOLE, group
from rag.library.embedders import Embedder
from rag.paper import Paper
from rag.retrieval.analysis import Analyser

AGREE: Final = "where papers agree"
CONTRADICT: Final = "what may contradict"
"""Groups of the claims that set two papers side by side."""
GENERAL: Final = "in general"
"""The theme of papers that belong to none of the others, where they are the most central ones."""
# A word of a theme's name stands in at most this share of the library's papers.
_TELLING_SHARE: Final = 0.1


class Theme(NamedTuple):
    """Papers of one theme in the order given; ``name`` is None where all papers are one theme."""

    name: str | None
    papers: tuple[Paper, ...]


class Themes:
    """Finds the themes of papers of one library."""

    def __init__(self, analyser: Analyser, embedder: Embedder) -> None:
        self._analyser, self._embedder = analyser, embedder

    def of(self, papers: Sequence[Paper]) -> list[Theme]:
        """Every paper in just one theme. ``papers`` come best first: the theme whose best three stand foremost leads.

        What belongs to no theme, or to one without a name, is "in general" where it leads, else "others", last.
        """
        found: dict[str, list[int]] = {}
        telling = self._analyser.telling(_TELLING_SHARE)
        for name, members in group(papers, self._analyser, self._embedder, telling=telling):
            found.setdefault(OTHERS if name in {UNNAMED, WHOLE} else name, []).extend(members)
        if len(found) < 2:
            return [Theme(None, tuple(papers))] if papers else []

        def place(members: list[int]) -> float:
            best = sorted(members)[:3]
            return sum(best) / len(best)

        ordered = sorted(found.items(), key=lambda theme: (place(theme[1]), theme[0]))
        if ordered[0][0] == OTHERS:
            ordered[0] = (GENERAL, ordered[0][1])
        ordered.sort(key=lambda theme: theme[0] == OTHERS)
        return [Theme(name, tuple(papers[i] for i in sorted(members))) for name, members in ordered]

    def spread(self, papers: Sequence[Paper], most: int) -> list[Paper]:
        """At most ``most`` papers, of each theme a share of its size and of these the most typical.

        A paper is the more typical, the nearer its words' mass is to that of its theme: the mean share of its terms
        that other papers of the theme use too.
        """
        if len(papers) <= most:
            return list(papers)
        themes = [(sorted(self._typical([papers[i] for i in members]))) for _, members in self._large_first(papers)]
        ranked = [
            ((place + 0.5) / len(theme), at, paper)
            for at, theme in enumerate(themes)
            for place, (_, _, paper) in enumerate(theme)
        ]
        # The share of a theme that is already taken is kept level over all themes (Webster's way of apportioning).
        ranked.sort(key=lambda r: r[:2])
        kept = sorted(ranked[:most], key=lambda r: (r[1], r[0]))
        return [paper for _, _, paper in kept]

    def _large_first(self, papers: Sequence[Paper]) -> list[tuple[str, list[int]]]:
        return sorted(group(papers, self._analyser, self._embedder), key=lambda g: (g[0] == OTHERS, -len(g[1])))

    def _typical(self, papers: Sequence[Paper]) -> list[tuple[float, str, Paper]]:
        counts: dict[str, int] = {}
        for paper in papers:
            for term in self._analyser.analysis(paper).terms:
                counts[term] = counts.get(term, 0) + 1
        scored = []
        for paper in papers:
            terms = self._analyser.analysis(paper).terms
            shared = sum(counts[t] - 1 for t in terms) / max(len(terms), 1)
            scored.append((-shared, paper.id, paper))
        return scored


__all__ = ["AGREE", "CONTRADICT", "GENERAL", "Theme", "Themes"]
