"""Where two papers of a summary say the same of one thing, or may contradict each other; none rather than a false one.

Two papers agree here only where a sentence of each says nearly the same, in words that tell it apart in the library and
in meaning; or where they are on one topic by the measure of :mod:`rag.digesting.compare` and each states, in figures,
that it gained in the same quantity. What may contradict is found there too; between papers that do not name
each other it takes a pair of sentences on the same thing that the judge finds contrary whichever is read first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Final, NamedTuple

import numpy as np

from rag.answer import Claim
from rag.answering.naming import freed, names_subject, short_name
from rag.digesting.compare import NEAREST, Comparer, Finding
from rag.digesting.kinship import Kinship
from rag.digesting.themes import COMMON, spelled
from rag.grounding import Judge, RawClaim, check_claim
from rag.grounding.judge import ask_all, rank
from rag.library.embedders import Embedder
from rag.paper import Paper
from rag.retrieval.analysis import Analyser
from rag.summing.tell import Teller, citing
from rag.summing.themes import AGREE, CONTRADICT
from rag.text import Sentence, content_terms, display
from rag.text.quantities import find_quantities

MOST: Final = 5
"""Most claims of each of the two kinds."""
_LEAST_WORDS: Final = 3
_NAMED_WORDS: Final = 3
_ALIGNED: Final = 0.6
# Sentences are alike from this sum of the weight of their shared words, in [0, 1], and the cosine of their vectors, and
# this much of each. What lies below shares a tool or a word of the trade (seen over all pairs of the bundled notes).
_ALIKE, _LEAST_OVERLAP, _LEAST_COSINE = 1.1, 0.45, 0.5
_TELLING_SHARE: Final = 0.1
_LEAST_TELLING: Final = 2
_EACH: Final = "each side against its own paper"
# What is measured, and which way is a gain. "Memory" alone is no quantity: memory-bound kernels measure none.
_LESS, _MORE = "less", "more"
_MEASURES: Final[tuple[tuple[str, str, re.Pattern[str]], ...]] = tuple(
    (name, way, re.compile(rf"\b(?:{pattern})\b", re.I))
    for name, way, pattern in (
        ("latency", _LESS, r"latenc(?:y|ies)|time[- ]to[- ]first[- ]token|response times?"),
        ("throughput", _MORE, r"throughput"),
        ("memory use", _LESS, r"memory (?:usage|use|consumption|footprints?|requirements?|overheads?|demands?|costs?)"),
        ("energy", _LESS, r"energy(?: (?:use|usage|consumption|costs?))?"),
        ("energy efficiency", _MORE, r"energy efficiency"),
        ("training time", _LESS, r"training times?|time to train"),
        (
            "training speed",
            _MORE,
            r"(?:faster|accelerat\w+|speeds? up|speed-?ups? (?:in|of|for)) (?:\w+ ){0,2}training",
        ),
        ("accuracy", _MORE, r"accurac(?:y|ies)"),
        ("communication", _LESS, r"communication (?:volume|overheads?|costs?|times?)"),
    )
)
_FALLS: Final = re.compile(
    r"\b(?:reduc|lower|cut|decreas|shrink|shorten|sav|halv|minimi[sz]|less|fewer|smaller|drop)\w*", re.I
)
_RISES: Final = re.compile(
    r"\b(?:increas|improv|rais|boost|gain|higher|greater|better|speed|faster|accelerat|more|doubl|tripl|outperform)\w*",
    re.I,
)
_DENIES: Final = re.compile(
    r"\b(?:not|no|without|never|neither|only|despite|although|however|at the cost of|trade-?offs?)\b|n['’]t\b", re.I
)
_NEAR: Final = 60
"""Characters between a quantity and the word that says which way it went."""


class _Gain(NamedTuple):
    """What a sentence says was gained, and the words of it that are shown."""

    measures: frozenset[str]
    sentence: Sentence
    shown: str


class _Alike(NamedTuple):
    """Two sentences that say nearly the same, each with its paper, and their telling words as they are written."""

    score: float
    one: tuple[Paper, Sentence]
    other: tuple[Paper, Sentence]
    shared: tuple[str, ...]


class Across:
    """Compares the papers of one summary with each other."""

    def __init__(self, analyser: Analyser, embedder: Embedder, judge: Judge) -> None:
        self._analyser, self._embedder, self._judge = analyser, embedder, judge
        self._teller = Teller(analyser, embedder)

    def claims(self, papers: Sequence[Paper]) -> Iterator[tuple[Claim, tuple[Paper, Paper]]]:
        """Claims that cite two papers with a quote from each, agreements first; the papers in order of citation."""
        found: dict[str, list[tuple[float, Claim, tuple[Paper, Paper]]]] = {AGREE: [], CONTRADICT: []}
        told: set[frozenset[str]] = set()
        for paper, finding in self._findings(papers):
            claim = self._contrary(paper, finding) or self._agreement(paper, finding)
            if claim is not None and claim.group is not None:
                found[claim.group].append((-finding.score, claim, (paper, finding.paper)))
                told.add(frozenset((paper.id, finding.paper.id)))
        for alike in self._alike(papers):
            both = frozenset((alike.one[0].id, alike.other[0].id))
            claim = None if both in told else self._same(alike)
            if claim is not None:
                told.add(both)
                found[AGREE].append((-alike.score, claim, (alike.one[0], alike.other[0])))
        for kind in found.values():
            for _, claim, pair in sorted(kind, key=lambda f: (f[0], f[1].text))[:MOST]:
                yield claim, pair

    def _findings(self, papers: Sequence[Paper]) -> Iterator[tuple[Paper, Finding]]:
        """How the papers stand to each other, each pair once."""
        if len(papers) < 2:
            return
        kinship = Kinship(papers, self._analyser, self._embedder)
        comparer = Comparer(papers, papers, kinship, self._analyser, self._judge)
        seen: set[frozenset[str]] = set()
        for paper, near in zip(papers, kinship.nearest(papers, NEAREST + 1), strict=True):
            for finding in comparer.findings(paper, [k for k in near if k.paper.id != paper.id], ()):
                pair = frozenset((paper.id, finding.paper.id))
                if len(pair) == 2 and not _one_work(paper, finding.paper) and pair not in seen:
                    seen.add(pair)
                    yield paper, finding

    # -- agreements

    def _alike(self, papers: Sequence[Paper]) -> list[_Alike]:
        """Pairs of sentences of different papers that say nearly the same, the most alike first."""
        analyse = self._analyser.analysis
        rows = [(p, s, t) for p in papers for s, t in zip(analyse(p).sentences, analyse(p).sentence_terms, strict=True)]
        if len(rows) < _LEAST_WORDS:
            return []
        vectors = np.vstack(self._analyser.vectors_of(papers))
        telling = self._analyser.telling(_TELLING_SHARE)
        holders: dict[str, list[int]] = {}
        for at, (_, _, terms) in enumerate(rows):
            for term in terms:
                if self._analyser.idf(term) >= telling and term not in COMMON and not term[0].isdigit():
                    holders.setdefault(term, []).append(at)
        shared: dict[tuple[int, int], set[str]] = {}
        for term, held in holders.items():
            for pair in combinations(held, 2):
                shared.setdefault(pair, set()).add(term)
        found = []
        for (i, j), words in shared.items():
            (one, a, mine), (other, b, theirs) = rows[i], rows[j]
            if (
                len(words) < _LEAST_TELLING
                or one.id == other.id
                or one.id in other.same_work
                or other.id in one.same_work
            ):
                continue
            overlap, cosine = self._overlap(mine, theirs), float(vectors[i] @ vectors[j])
            if overlap >= _LEAST_OVERLAP and cosine >= _LEAST_COSINE and overlap + cosine >= _ALIKE:
                rarest = sorted(words, key=lambda t: (-self._analyser.idf(t), t))
                found.append(_Alike(overlap + cosine, (one, a), (other, b), spelled(rarest, [one, other])))
        return sorted(found, key=lambda x: (-x.score, x.one[0].id, x.one[1].start, x.other[0].id, x.other[1].start))

    def _overlap(self, mine: frozenset[str], theirs: frozenset[str]) -> float:
        """IDF mass that two sentences share, over that of the lighter one."""
        least = min(sum(map(self._analyser.idf, mine)), sum(map(self._analyser.idf, theirs)))
        return sum(map(self._analyser.idf, mine & theirs)) / least if least else 0.0

    def _same(self, alike: _Alike) -> Claim | None:
        """The claim of two sentences that are alike; None where they may be contrary or name nothing shared."""
        (one, a), (other, b) = alike.one, alike.other
        if len(alike.shared) < _LEAST_TELLING or bool(_DENIES.search(a.text)) != bool(_DENIES.search(b.text)):
            return None
        if _other_figures(a.text, b.text):
            return None
        if any(v.label == "contradicted" for v in ask_all(self._judge, [(a.text, b.text), (b.text, a.text)])):
            return None
        said = f"On {', '.join(alike.shared[:_NAMED_WORDS])}"
        return self._two_sided(said, [(one, a, a.text), (other, b, b.text)], AGREE)

    def _agreement(self, paper: Paper, finding: Finding) -> Claim | None:
        if finding.kind != "same topic" or len(finding.shared) < _LEAST_WORDS:
            return None
        mine, theirs = self._gain(paper), self._gain(finding.paper)
        if mine is None or theirs is None:
            return None
        both = sorted(mine.measures & theirs.measures)
        if not both:
            return None
        about = ", ".join(finding.shared[:_NAMED_WORDS])
        said = f"On {about}, both report gains in {' and '.join(both)}"
        sides = [(paper, mine.sentence, mine.shown), (finding.paper, theirs.sentence, theirs.shown)]
        return self._two_sided(said, sides, AGREE)

    def _gain(self, paper: Paper) -> _Gain | None:
        """The main result of a paper where it is a gain in quantities that are known here, stated in figures."""
        found = self._teller.result(paper, None)
        if found is None or _DENIES.search(found.text):
            return None
        measures = gains(found.text)
        return _Gain(measures, found.sentence, found.text) if measures else None

    # -- contradictions

    def _contrary(self, paper: Paper, finding: Finding) -> Claim | None:
        if finding.new is None or finding.shelf is None:
            return None
        if finding.kind == "same topic" and not self._denied(finding.new, finding.shelf):
            return None
        if finding.kind not in {"same topic", "may contradict"}:
            return None
        one, other = short_name(paper), short_name(finding.paper)
        sides = [(paper, finding.new, finding.new.text), (finding.paper, finding.shelf, finding.shelf.text)]
        return self._two_sided(f"{one} and {other} may contradict each other", sides, CONTRADICT)

    def _denied(self, one: Sentence, other: Sentence) -> bool:
        """Whether two sentences on the same thing deny each other, whichever is read first."""
        mine, theirs = frozenset(content_terms(one.text)), frozenset(content_terms(other.text))
        if len(mine & theirs) < _LEAST_WORDS or len(mine & theirs) < _ALIGNED * min(len(mine), len(theirs)):
            return False
        if _other_figures(one.text, other.text):
            return False  # two systems with two figures deny nothing
        verdicts = ask_all(self._judge, [(one.text, other.text), (other.text, one.text)])
        return all(v.label == "contradicted" for v in verdicts)

    # -- both

    def _two_sided(self, said: str, sides: Sequence[tuple[Paper, Sentence, str]], group: str) -> Claim | None:
        """A claim of two sides, each judged against its own paper; None where the judge refuses one of them.

        Its verdict is that of the weaker side.
        """
        checked = []
        for paper, sentence, shown in sides:
            words, name = freed(display(shown)).rstrip(".;, "), short_name(paper)
            side = words if names_subject(words, name) else f"{name}: {words}"
            one = check_claim(RawClaim(side, (citing(paper, sentence),), "claim", group), self._judge)
            if not one.accepted or one.claim.verdict.label != "supported":
                return None
            checked.append(one.claim)
        weaker = min((c.verdict for c in checked), key=rank)
        verdict = weaker.model_copy(
            update={
                "reason": f"each side against its own paper: {weaker.reason}",
                "field": None,
                "start": None,
                "end": None,
            }
        )
        text = f"{said}: {'; '.join(c.text for c in checked)}."
        return Claim(
            text=text, citations=tuple(c for side in checked for c in side.citations), verdict=verdict, group=group
        )


def _one_work(one: Paper, other: Paper) -> bool:
    return one.id in other.same_work or other.id in one.same_work


def _other_figures(one: str, other: str) -> bool:
    """Whether both texts state figures and have none in common: they are of two different things then."""
    mine, theirs = ({(q.ends, q.unit) for q in find_quantities(text)} for text in (one, other))
    return bool(mine and theirs) and not mine & theirs


def gains(text: str) -> frozenset[str]:
    """The quantities that a text says were gained in: a name of one beside a word that says that it went the good way.

    >>> sorted(gains("It cuts latency by 37% and doubles throughput."))
    ['latency', 'throughput']
    """
    found: set[str] = set()
    for name, way, pattern in _MEASURES:
        for match in pattern.finditer(text):
            if name == "energy" and re.match(r"energy[- ]effic", text[match.start() :], re.I):
                continue
            before = text[max(0, match.start() - _NEAR) : match.start()]
            after = text[match.end() : match.end() + _NEAR]
            good, bad = (_FALLS, _RISES) if way == _LESS else (_RISES, _FALLS)
            near = [m.end() - len(before) for m in good.finditer(before)] or [m.start() for m in good.finditer(after)]
            other = [m.end() - len(before) for m in bad.finditer(before)]
            if name == "training speed" or (near and (not other or abs(near[-1]) < abs(other[-1]))):
                found.add(name)
    return frozenset(found)


__all__ = ["MOST", "Across", "gains"]
