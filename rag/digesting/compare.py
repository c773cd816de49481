"""How a new paper stands to the shelf. Cautious: what is near is "same topic", a conflict "may contradict"."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from rag.digesting.kinship import Kin, Kinship
from rag.digesting.mentions import Mention, Names, own_name
from rag.digesting.record import KINDS, Kind
from rag.digesting.themes import COMMON, spelled
from rag.grounding.judge import Judge, ask_all
from rag.paper import Paper
from rag.retrieval.analysis import Analyser
from rag.text import Sentence, content_terms
from rag.text.quantities import Quantity, find_quantities

NEAREST: Final = 8
"""Papers of the shelf that are looked at for one new paper, besides those that name each other."""
# "Same topic" is said of papers that share this much, by the number of telling words that they dwell on. Set on the two
# pages of development, where what lies below is mostly a shared word or two.
_SAME_TOPIC: Final = {2: 0.24, 3: 0.2}
_LEAST_SHARED: Final = 2
_MOST_SHARED: Final = 6
_TELLING_SHARE: Final = 0.1
_MOST_RELATIONS: Final = 3
_MOST_ON_TOPIC: Final = 2
# Two sentences are about one thing only where they share most of their telling words and a system's name.
_ALIGNED: Final = 0.6
_SIDE_WEIGHT: Final[dict[Kind, float]] = {k: float(i) for i, k in enumerate(KINDS)}


class Finding(NamedTuple):
    """A relation before its two sides are made into claims."""

    kind: Kind
    paper: Paper
    why: str
    new: Sentence | None
    shelf: Sentence | None
    shared: tuple[str, ...]
    score: float


class Comparer:
    """Compares new papers with one shelf, which does not change meanwhile."""

    def __init__(
        self, shelf: Sequence[Paper], new: Sequence[Paper], kinship: Kinship, analyser: Analyser, judge: Judge
    ) -> None:
        texts = [p.abstract for p in (*shelf, *new)]
        self._shelf = {p.id: p for p in shelf}
        self._on_shelf, self._among_new = Names(shelf, texts), Names(new, texts)
        self._kinship, self._analyser, self._judge = kinship, analyser, judge
        # A word of a tenth of the shelf tells papers apart; on a small shelf, one of a single paper.
        one_bearer = math.log(1 + (max(len(shelf) - 1, 0) + 0.5) / 1.5)
        self._telling = min(math.log(1 + 1 / _TELLING_SHARE), one_bearer)
        self._named_by: dict[str, dict[str, Mention]] = {}
        for paper in shelf:
            for new_id, mention in self._among_new.named_in(paper).items():
                self._named_by.setdefault(new_id, {})[paper.id] = mention

    def findings(self, paper: Paper, near: Sequence[Kin], same_work: Sequence[str]) -> list[Finding]:
        """Its relations to the shelf, the strongest kind first, at most three."""
        kin = {k.paper.id: k for k in near}
        names, named_by = self._on_shelf.named_in(paper), self._named_by.get(paper.id, {})
        found: list[Finding] = []
        for other_id in dict.fromkeys([*same_work, *names, *named_by, *kin]):
            other = self._shelf.get(other_id)
            if other is None:
                continue
            known = kin.get(other_id) or Kin(other, 0.0)
            finding = self._finding(paper, known, other_id in same_work, names.get(other_id), named_by.get(other_id))
            if finding is not None:
                found.append(finding)
        found.sort(key=lambda f: (_SIDE_WEIGHT[f.kind], -f.score, f.paper.id))
        strong = [f for f in found if f.kind != "same topic"]
        return (strong + [f for f in found if f.kind == "same topic"][:_MOST_ON_TOPIC])[:_MOST_RELATIONS]

    def _finding(
        self, paper: Paper, kin: Kin, same: bool, names: Mention | None, named_by: Mention | None
    ) -> Finding | None:
        other = kin.paper
        shared = self._salient(paper, other)
        if same:
            return Finding("repeats", other, "one work under two titles", None, None, shared, 1.0)
        conflict = self._conflict(paper, other, bool(names or named_by))
        if conflict is not None:
            return conflict._replace(shared=shared, score=kin.score)
        if names is not None:
            why = f"it {_verb(names)} {names.name}, which is on the shelf"
            return Finding(names.sense, other, why, names.sentence, None, shared, kin.score)
        if named_by is not None:
            # What the shelf builds on came earlier; the page's paper is then the older one.
            why = f"{own_name(other) or 'a paper of the shelf'} {_verb(named_by)} {named_by.name}"
            kind: Kind = "competes" if named_by.sense == "competes" else "names"
            return Finding(kind, other, why, None, named_by.sentence, shared, kin.score)
        if len(shared) < _LEAST_SHARED or kin.score < _SAME_TOPIC[min(len(shared), max(_SAME_TOPIC))]:
            return None
        pair = self._kinship.closest_sentences(paper, other)
        mine, theirs = pair or (None, None)
        return Finding("same topic", other, "neither names the other", mine, theirs, shared, kin.score)

    def _salient(self, one: Paper, other: Paper) -> tuple[str, ...]:
        """Telling words that both papers use and at least one dwells on, as they are written, the rarest first.

        Empty where there is none that both dwell on: then what they share is only the way they speak.
        """
        first, second = self._dwelt_on(one), self._dwelt_on(other)
        both = self._analyser.analysis(one).terms & self._analyser.analysis(other).terms
        telling = [t for t in both if self._analyser.idf(t) >= self._telling and t not in COMMON and len(t) > 2]
        if not any(t in first and t in second for t in telling):
            return ()
        kept = [t for t in telling if t in first or t in second]
        kept.sort(key=lambda t: (not (t in first and t in second), -self._analyser.idf(t), t))
        return spelled(kept, [one, other])[:_MOST_SHARED]

    def _dwelt_on(self, paper: Paper) -> frozenset[str]:
        """Terms of the title, and those of two or more sentences."""
        analysis = self._analyser.analysis(paper)
        seen: set[str] = set()
        again: set[str] = set(analysis.title_terms)
        for terms in analysis.sentence_terms:
            again |= terms & seen
            seen |= terms
        return frozenset(again)

    # -- conflicts

    def _conflict(self, paper: Paper, other: Paper, related: bool) -> Finding | None:
        """A pair of sentences about the same system of which one denies the other; the judge has to see it both ways.

        Only papers of which one names the other's system can be in conflict: two systems with two figures are not.
        """
        if not related:
            return None
        subjects = [n for p in (paper, other) if (n := own_name(p)) is not None]
        pairs = [
            (a, b, subject)
            for subject in subjects
            for a in self._about(paper, subject)
            for b in self._about(other, subject)
            if self._aligned(a, b, subject)
        ]
        verdicts = ask_all(self._judge, [(a.text, b.text) for a, b, _ in pairs])
        for (a, b, subject), verdict in zip(pairs, verdicts, strict=True):
            # Both figures say more than a judge's reason, which names one.
            why = _other_figure(a.text, b.text) or (verdict.reason if verdict.label == "contradicted" else None)
            if why:
                return Finding("may contradict", other, f"about {subject}: {why}", a, b, (), 0.0)
        return None

    def _about(self, paper: Paper, subject: str) -> list[Sentence]:
        return [s for s in self._analyser.analysis(paper).sentences if subject in s.text]

    def _aligned(self, a: Sentence, b: Sentence, subject: str) -> bool:
        own = frozenset(content_terms(subject))
        one, other = frozenset(content_terms(a.text)) - own, frozenset(content_terms(b.text)) - own
        plain = [frozenset(t for t in terms if not t[0].isdigit()) for terms in (one, other)]
        return len(plain[0] & plain[1]) >= 3 and self._kinship.overlap(*plain) >= _ALIGNED


def _verb(mention: Mention) -> str:
    return {"competes": "compares itself with", "builds on": "builds on", "names": "mentions"}[mention.sense]


def _other_figure(one: str, other: str) -> str | None:
    """What two sentences about the same thing state differently, where each states one figure of one unit."""
    mine, theirs = _by_unit(one), _by_unit(other)
    for unit in mine.keys() & theirs.keys():
        a, b = mine[unit], theirs[unit]
        if len(a) == len(b) == 1 and a[0].ends != b[0].ends and a[0].bound == b[0].bound:
            return f"{one[a[0].start : a[0].end]} here, {other[b[0].start : b[0].end]} there"
    return None


def _by_unit(text: str) -> Mapping[str, list[Quantity]]:
    found: dict[str, list[Quantity]] = {}
    for quantity in find_quantities(text):
        if quantity.unit:
            found.setdefault(quantity.unit, []).append(quantity)
    return found


__all__ = ["NEAREST", "Comparer", "Finding"]
