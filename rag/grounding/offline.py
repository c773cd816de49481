"""The offline judge: deterministic, without a network, a few milliseconds per pair.

A claim that stands word for word in the evidence is supported. Any other is laid beside its best sentences
(rag.grounding.alignment); every word of it is a slot whose company must stand about its counterpart too
(rag.grounding.slots); order, direction, denial, scope and hedges are compared in their slots. A logistic combination of
these features, fitted on claims of our own, gives P(supported). It reads words, not meaning: a paraphrase in wholly
other words, or a fault that needs knowledge of the world, is beyond it, and "unsure" says so.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from operator import itemgetter
from typing import Final, NamedTuple

from rag.answer import Label, Verdict
from rag.errors import InputError
from rag.grounding.alignment import Alignment, align
from rag.grounding.calibration import NAME, Calibration, Precision, load
from rag.grounding.features import Evidence, measure_many
from rag.grounding.judge import rank
from rag.grounding.openings import without_opening
from rag.grounding.reasons import Fault, faults
from rag.grounding.series import in_source_order
from rag.grounding.signals import LOST_MOST
from rag.grounding.spread import processes_for, spread
from rag.grounding.tokens import REFERENCE, read_text, references
from rag.grounding.wording import fold, is_verbatim, unattributed, without_head

MAX_EVIDENCE: Final = 50_000
"""Code points of evidence that are read; an abstract has about 1,500."""
MAX_CLAIM: Final = 2_000
"""A claim is one sentence; of a longer one only its being verbatim is judged."""
VERBATIM_SCORE: Final = 0.99
_DENIED: Final = 0.6
"""Strength of a denial on one side only from which a claim that is not sure (_SURE) is refused."""
_SURE: Final = 0.8
_TURNED_BOUND: Final = 1.0
"""Strength of "at least" where the source says "up to"."""
_PLAIN_FAULT: Final = 1.0
"""Log-odds from which one contradiction refuses a claim that is not supported, however much else of it is found."""
_LEAST_SAID: Final = 0.55
"""Share of a claim that has to stand in the source for it to be supported: below it, what fits are common words."""
_HALF_SAID: Final = 0.4
"""Share below which a claim that is not supported is unsupported, and not unsure."""
_PARTLY_SAID: Final = 0.6
"""Share from which a claim may be supported in part."""
_TERSE: Final = 3
"""Weighty words up to which every one of a claim has to stand in the source: "X runs on phones"."""
_TOGETHER: Final = 64
"""Pairs that are judged step by step together; more keep more in memory and save no more time."""
_TOGETHER_LENGTH: Final = 200_000
"""Code points of evidence in them."""
_MARGIN: Final = 0.0001
"""By which the score of a claim that is not supported stays below the threshold."""
_DENIES_ALL: Final = re.compile(
    r"^(?:it\s+is\s+)?(?:false|wrong|untrue|not\s+(?:true|the\s+case))(?::|\s+that\b)", re.I
)


class _Found(NamedTuple):
    label: Label
    score: float
    reason: str
    start: int | None = None
    end: int | None = None


class _Open(NamedTuple):
    """A claim that has to be weighed, without what is no part of it, and the evidence; ``cut``: not all of that."""

    claim: str
    evidence: str
    cut: bool


class OfflineJudge:
    """Judges by words, figures, names, order and denial; see the module.

    Evidence of several texts is judged one by one and all together, and the best verdict counts: offsets are given only
    where the evidence is one string.
    """

    def __init__(self, calibration: Calibration | None = None, *, processes: int | None = None) -> None:
        """``calibration`` is for fitting; by default the one that ships with the package.

        ``processes``: how many judge together in ``judge_many``; by default as many as its pairs are worth on this
        machine, and 1 where threads run.

        Raises:
            InputError: ``processes`` is not positive.
        """
        if processes is not None and processes < 1:
            raise InputError(f"processes is {processes}", "Use at least one, or None for as many as are worth it")
        self._given = calibration
        self._processes = processes
        self.name: str = NAME

    @property
    def _calibration(self) -> Calibration:
        """Read when first needed, so that a fit can start where there is none yet."""
        return self._given or load()

    def precision(self, label: Label) -> Precision | None:
        """How often this label was right on claims about papers that were not fitted on; None where it never occurred.

        Measured with as many true claims as false ones, of the hard sort that differ in one thing.
        """
        return self._calibration.precision.get(label)

    def judge(self, claim: str, evidence: str | Sequence[str]) -> Verdict:
        """The verdict on one claim; never raises for odd text."""
        if isinstance(evidence, str):
            return self._verdict(self._one(claim, evidence), offsets=True)
        texts = [e for e in evidence if e.strip()]
        if len(texts) < 2:
            return self._verdict(self._one(claim, "".join(texts)), offsets=False)
        found = [self._verdict(self._one(claim, text), offsets=False) for text in texts]
        if not any(v.label == "supported" for v in found):
            joint = self._one(claim, "\n\n".join(texts))
            found.append(self._verdict(joint._replace(reason=f"taken together: {joint.reason}"), offsets=False))
        return max(found, key=rank)

    def judge_many(self, pairs: Sequence[tuple[str, str | Sequence[str]]]) -> list[Verdict]:
        """One verdict per pair, in order; a verdict never depends on the other pairs.

        The claims on one evidence are judged one after another, so that it is read once however they are given; some
        hundreds of pairs and more by several processes, where that can be done (rag.grounding.spread).
        """
        groups: defaultdict[str | tuple[str, ...], list[int]] = defaultdict(list)
        for i, (_, evidence) in enumerate(pairs):
            groups[evidence if isinstance(evidence, str) else tuple(evidence)].append(i)
        order = [i for group in groups.values() for i in group]
        processes = processes_for(len(pairs)) if self._processes is None else self._processes
        # The tables that the first one reads are there for all copies.
        first = 1 if processes > 1 else 0
        found = self._in_turn([pairs[i] for i in order[:first]])
        found += spread(self._in_turn, [pairs[i] for i in order[first:]], processes)
        return [verdict for _, verdict in sorted(zip(order, found, strict=True), key=itemgetter(0))]

    def _in_turn(self, pairs: Sequence[tuple[str, str | Sequence[str]]]) -> list[Verdict]:
        """The verdicts on some pairs, in order, by this process alone."""
        plain = [(i, claim, text) for i, (claim, text) in enumerate(pairs) if isinstance(text, str)]
        verdicts = {i: self.judge(claim, text) for i, (claim, text) in enumerate(pairs) if not isinstance(text, str)}
        for batch in _batches(plain):
            found = self._several([(claim, text) for _, claim, text in batch])
            verdicts.update((i, self._verdict(f, offsets=True)) for (i, _, _), f in zip(batch, found, strict=True))
        return [verdicts[i] for i in range(len(pairs))]

    async def ajudge(self, claim: str, evidence: str | Sequence[str]) -> Verdict:
        """The seam of all judges; the work is milliseconds of CPU, so it stays on the loop's thread."""
        return self.judge(claim, evidence)

    def _verdict(self, found: _Found, *, offsets: bool) -> Verdict:
        return Verdict(
            label=found.label,
            score=round(found.score, 4),
            reason=found.reason,
            judge=self.name,
            start=found.start if offsets else None,
            end=found.end if offsets else None,
        )

    def _one(self, claim: str, evidence: str) -> _Found:
        return self._several([(claim, evidence)])[0]

    def _several(self, pairs: Sequence[tuple[str, str]]) -> list[_Found]:
        """What is found in each of some pairs, step by step; see :func:`measure_many`."""
        found = [_at_once(claim.strip(), evidence) for claim, evidence in pairs]
        read = [(read_text(f.claim), read_text(f.evidence)) for f in found if isinstance(f, _Open)]
        weighed = iter(self._weigh([align(in_source_order(claim, evidence), evidence) for claim, evidence in read]))
        return [f if isinstance(f, _Found) else _noted(next(weighed), cut=f.cut) for f in found]

    def _weigh(self, aligned: Sequence[Alignment]) -> list[_Found]:
        windows = [_window(a) for a in aligned]
        measured = iter(measure_many([a for a in aligned if _tells(a)]))
        calibration = self._calibration
        return [
            self._judged(a, next(measured), window, calibration)
            if _tells(a)
            else _Found("unsure", 0.5, "the claim says too little to be checked", *window)
            for a, window in zip(aligned, windows, strict=True)
        ]

    def _judged(
        self, a: Alignment, evidence: Evidence, window: tuple[int | None, int | None], calibration: Calibration
    ) -> _Found:
        contributions = calibration.contributions(evidence.values)
        p = calibration.probability(contributions)
        label, reason = self._label(a, evidence, p, faults(evidence, contributions))
        if label != "supported":
            p = min(p, calibration.supported - _MARGIN)
        return _Found(label, p, reason, *window)

    def _label(self, a: Alignment, evidence: Evidence, p: float, found: list[Fault]) -> tuple[Label, str]:
        if evidence.missing.figures:
            return ("contradicted" if found[0].contradicts else "unsupported"), found[0].line
        if evidence.edits.decides and found:
            return ("contradicted" if found[0].contradicts else "unsupported"), found[0].line
        if evidence.replaced.here:
            return "contradicted", next(f.line for f in found if evidence.replaced.here in f.line)
        if evidence.otherwise.strength:
            return ("contradicted" if evidence.otherwise.strength == 1 else "unsupported"), evidence.otherwise.reason
        denial = evidence.polarity.worst
        if denial.strength >= _DENIED and p < _SURE:
            return "contradicted", denial.reason
        if evidence.surely_exchanged:
            return "contradicted", next((f.line for f in found if f.exchanged), "the roles are swapped")
        covered, overstated = a.recall(a.focus), evidence.bounds.strength >= LOST_MOST
        share = f"{covered:.0%} of what the claim says stands in the source"
        words = ", ".join([f"'{w}'" for w in dict.fromkeys(evidence.unmatched[:4])])
        lacking = f"{share}; not there: {words}" if words else share
        unsaid = bool(words) and len(a.content) <= _TERSE
        if p >= self._calibration.supported and covered >= _LEAST_SAID and not overstated and not unsaid:
            if evidence.foreign:
                return "unsure", evidence.foreign
            return ("partial" if evidence.lone_clause and words else "supported"), lacking
        reason = evidence.bounds.reason if overstated else found[0].line if found else lacking
        says_otherwise = bool(found) and found[0].contradicts and not overstated
        if (
            evidence.bounds.strength >= _TURNED_BOUND
            or self._refuses(p, covered)
            or (says_otherwise and found[0].cost >= _PLAIN_FAULT)
        ):
            return ("contradicted" if says_otherwise else "unsupported"), reason
        if words and not overstated and self._in_part(evidence, p, covered, found):
            return "partial", lacking
        return "unsure", reason if found or words else f"{share}, but perhaps not in this sense"

    def _refuses(self, p: float, covered: float) -> bool:
        return p < self._calibration.unsupported or covered < _HALF_SAID

    def _in_part(self, evidence: Evidence, p: float, covered: float, found: Sequence[Fault]) -> bool:
        """Whether most of a claim is said and what is not is merely missing: nothing that the source says otherwise,
        and no figure or name of the claim's own."""
        made_up = evidence.missing.figures or evidence.missing.names or evidence.missing.subject
        halfway = (self._calibration.supported + self._calibration.unsupported) / 2
        return covered >= _PARTLY_SAID and p >= halfway and not made_up and not any(f.contradicts for f in found)


def _batches(pairs: Sequence[tuple[int, str, str]]) -> Iterator[Sequence[tuple[int, str, str]]]:
    """The pairs, in order, as many together as may be."""
    start = length = 0
    for end, (_, _, evidence) in enumerate(pairs):
        length += len(evidence)
        if end > start and (end - start == _TOGETHER or length > _TOGETHER_LENGTH):
            yield pairs[start:end]
            start, length = end, len(evidence)
    if pairs:
        yield pairs[start:]


def _at_once(claim: str, evidence: str) -> _Found | _Open:
    """What can be said of a claim before its words are laid beside the evidence."""
    if not claim:
        return _Found("unsure", 0.5, "the claim is empty")
    if not evidence.strip():
        return _Found("unsupported", 0.0, "there is no evidence")
    cut, evidence = len(evidence) > MAX_EVIDENCE, evidence[:MAX_EVIDENCE]
    if _DENIES_ALL.match(claim):
        return _Found("unsure", 0.3, "the claim denies what follows in it; judge that by itself")
    plain = without_opening(REFERENCE.sub("", claim) if references(claim, 0, len(claim)) else claim)
    found = _verbatim(claim, evidence) or (_verbatim(plain, evidence) if plain != claim else None)
    if found is not None:
        return _noted(found, cut=cut)
    if len(claim) > MAX_CLAIM:
        return _Found(
            "unsure", 0.5, f"the claim is longer than {MAX_CLAIM:,} characters; judge its sentences one by one"
        )
    return _Open(unattributed(without_head(plain, evidence), evidence), evidence, cut)


def _noted(found: _Found, *, cut: bool) -> _Found:
    """With a word on evidence of which only the beginning was read."""
    if not cut:
        return found
    return found._replace(reason=f"{found.reason}; only the first {MAX_EVIDENCE:,} characters were read")


def _tells(a: Alignment) -> bool:
    """Whether a claim says enough to be checked."""
    return len(a.content) > 1 or (len(a.content) == 1 and bool(a.claim.quantities))


def _window(a: Alignment) -> tuple[int | None, int | None]:
    """Offsets of the shortest run of one to three sentences that holds nearly as much as the best run of three."""
    most, _ = a.best_windows[-1]
    if not most:
        return None, None
    sentences = next(run for recall, run in a.best_windows if recall >= most - 0.05)
    return a.evidence.sentences[sentences[0]].start, a.evidence.sentences[sentences[-1]].end


def _verbatim(claim: str, evidence: str) -> _Found | None:
    """Supported where the claim, or what follows "<Name>: ", stands word for word in the evidence."""
    text = fold(evidence)
    for wording in dict.fromkeys((claim, without_head(claim, evidence))):
        if is_verbatim(wording, text):
            # Where a whole page of words stands need not be said, and would take half a minute.
            short = len(wording) <= MAX_CLAIM
            start, end = _window(align(read_text(wording), read_text(evidence))) if short else (None, None)
            return _Found("supported", VERBATIM_SCORE, "the source says it word for word", start, end)
    return None
