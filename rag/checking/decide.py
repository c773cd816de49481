"""From verdicts to a label and a citation state. The policy, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from rag.answer import Verdict
from rag.answering.naming import short_name
from rag.checking.evidence import Near
from rag.checking.figures import says_instead
from rag.checking.reading import Part, Read
from rag.checking.records import CheckLabel, CitationState
from rag.grounding.judge import rank
from rag.paper import Paper

# Chosen on the development half of eval/data/checks (`rag eval check --split dev`); results are the same from 0.55 to
# 0.75 for the first, and nearly so for every value tried of the others.
WORTH_JUDGING: Final = 0.65
"""A paper that a sentence neither cites nor names is judged from this nearness on."""
NEAR_ENOUGH: Final = 0.8
"""From this nearness on such a paper is about the sentence, even if it does not say it."""
SAME_SUBJECT: Final = 0.95
"""From this nearness on such a paper may even contradict it."""


class Judged(NamedTuple):
    """A candidate with its verdict; ``given`` where the sentence cites, names or goes on about the paper."""

    near: Near
    verdict: Verdict
    given: bool


class Outcome(NamedTuple):
    """What was decided of a sentence or of a part; ``evidence`` has the deciding papers first."""

    label: CheckLabel
    score: float | None
    reason: str
    evidence: tuple[Judged, ...] = ()


def decide_part(
    part: Part,
    judged: Sequence[Judged],
    joint: Verdict | None,
    unknown: Sequence[str],
    *,
    foreign: Sequence[str] = (),
) -> Outcome:
    """One assertion. ``joint`` is the verdict on several papers together; ``unknown`` are systems that it names and
    that no paper of the library mentions; ``foreign`` are names of papers that it cites from outside the library: only
    a paper that speaks of them can say it."""
    judged = [_figures_read(part, j) for j in judged]
    named = {p.id for p in part.named}
    if part.carried and not (part.cited or part.named or part.guessed):
        judged = [j for j in judged if j.given]  # "It ..." is the paper before, and no other
    # Of a named system only its own paper, or one that names it too, can say something.
    able = [j for j in judged if j.given or not named or _mentions(j.near.paper, part)]
    able = [j for j in able if j.given or _holds(j.near.paper, foreign)]
    able.sort(key=lambda j: (rank(j.verdict)[0], j.given, j.verdict.score), reverse=True)
    supporters = tuple(j for j in able if j.verdict.label == "supported")
    if supporters and not (unknown and not any(j.given for j in supporters)):
        best = supporters[0]
        return Outcome("supported", best.verdict.score, best.verdict.reason, supporters[:3])
    if unknown:
        return Outcome("not covered", None, f"no paper of the library mentions {' or '.join(unknown)}")
    if joint is not None and joint.label == "supported":
        together = tuple(j for j in able if j.verdict.label == "partial")[:3]
        return Outcome("supported", joint.score, joint.reason, together)
    against = [j for j in able if j.verdict.label == "contradicted" and (j.given or _is_subject(j, judged, part))]
    partial = [j for j in able if j.verdict.label == "partial" and (j.given or j.near.nearness >= NEAR_ENOUGH)]
    if against and not any(j.given for j in partial if not against[0].given):
        return Outcome("contradicted", against[0].verdict.score, against[0].verdict.reason, (against[0],))
    if partial:
        return Outcome("partial", partial[0].verdict.score, partial[0].verdict.reason, tuple(partial[:2]))
    about = [j for j in able if j.given] or [j for j in able if j.near.nearness >= NEAR_ENOUGH]
    if not about:
        return Outcome("not covered", None, "no paper of the library is about this")
    best = about[0] if about[0].given else max(about, key=lambda j: j.near.nearness)
    label: CheckLabel = "unsure" if best.verdict.label == "unsure" else "unsupported"
    return Outcome(label, best.verdict.score, best.verdict.reason, (best,))


def _figures_read(part: Part, found: Judged) -> Judged:
    """A figure that is only missing for the judge, and that the paper gives otherwise, contradicts the claim."""
    if not found.given or found.verdict.label not in {"unsupported", "partial"}:
        return found
    instead = says_instead(part.claim, found.near.paper)
    if instead is None:
        return found
    ahead = len(found.near.paper.title) + 2  # as in the passage that the judge read
    changed = {
        "label": "contradicted",
        "reason": f"the paper says {instead.stated}, not {instead.claimed}",
        "start": instead.sentence.start + ahead,
        "end": instead.sentence.end + ahead,
    }
    return found._replace(verdict=found.verdict.model_copy(update=changed))


def _mentions(paper: Paper, part: Part) -> bool:
    text = f"{paper.title} {paper.abstract}"
    return any(short_name(p) in text for p in part.named)


def _holds(paper: Paper, names: Sequence[str]) -> bool:
    text = f"{paper.title} {paper.abstract}"
    return all(re.search(rf"\b{re.escape(name)}\b", text) for name in names)


def _is_subject(found: Judged, judged: Sequence[Judged], part: Part) -> bool:
    """Whether a paper that the sentence neither cites nor names is what it is about all the same."""
    if part.given or found.near.nearness < SAME_SUBJECT:
        return False
    return found.near.nearness >= max(j.near.nearness for j in judged)


_WORST_FIRST: Final[tuple[CheckLabel, ...]] = ("contradicted", "unsupported", "unsure", "not covered")


def combine(parts: Sequence[Outcome]) -> Outcome:
    """A sentence out of its parts: supported where all are, contradicted where one is."""
    labels = {p.label for p in parts}
    evidence = tuple({(j.near.paper.id, j.verdict.reason): j for p in parts for j in p.evidence}.values())
    scores = [p.score for p in parts if p.score is not None]
    score = min(scores) if scores else None
    if labels == {"supported"}:
        return Outcome("supported", score, "; ".join(dict.fromkeys(p.reason for p in parts)), evidence)
    if "contradicted" not in labels and labels & {"supported", "partial"}:
        lacking = [p for p in parts if p.label != "supported"]
        return Outcome("partial", score, f"not all of it: {lacking[0].reason}", evidence)
    label = next(label for label in _WORST_FIRST if label in labels)
    worst = next(p for p in parts if p.label == label)
    return Outcome(label, worst.score, worst.reason, worst.evidence or evidence)


class CitationVerdict(NamedTuple):
    """The citation state with its reason, and the papers to cite instead or besides."""

    state: CitationState
    reason: str
    suggested: tuple[Paper, ...] = ()


def judge_citation(
    read: Read, outcome: Outcome, verdicts: Mapping[str, Verdict], papers: Mapping[str, Paper]
) -> CitationVerdict:
    """What the sentence's citation is worth. ``verdicts`` are those of single papers on the whole or a part of it."""
    saying = [j.near.paper for j in outcome.evidence] if outcome.label in {"supported", "partial"} else []
    supporting = [j.near.paper for j in outcome.evidence] if outcome.label == "supported" else []
    markers = read.markers
    if not markers:
        if any(c.how == "carried" for c in read.cites) and (not supporting or _same(supporting, read)):
            return CitationVerdict("carried", "goes on about the paper cited before")
        if not supporting:
            return CitationVerdict("none", "cites nothing")
        return CitationVerdict(
            "missing", "cites nothing, though the library holds a paper that says it", tuple(supporting)
        )
    held = [c for c in markers if c.paper_id is not None]
    if not held:
        known = [c for c in markers if c.reference is not None]
        extra = tuple(supporting)
        named = [p for p in supporting if p.id in {c.paper_id for c in read.cites}]
        if named and not known:
            return CitationVerdict("right", f"names a paper that says it; nothing says what {markers[0].text} is")
        if known:
            return CitationVerdict(
                "not in library", f"the library does not hold {_shown(known[0].reference or '')}", extra
            )
        return CitationVerdict("unresolved", f"nothing says what {markers[0].text} is", extra)
    cited = {c.paper_id for c in held if c.paper_id is not None}
    good = [p for p in saying if p.id in cited]
    if good:
        others = [papers[c] for c in cited if c in papers and c not in {p.id for p in good}]
        silent = [p for p in others if _denied(verdicts.get(p.id))]
        note = f"but {_shown(silent[0].title)} does not say it" if silent else "a cited paper says it"
        return CitationVerdict("right", note)
    if supporting:
        return CitationVerdict(
            "wrong", f"{_shown(held[0].text)} does not say it; another paper does", tuple(supporting)
        )
    return CitationVerdict("unsupported", f"{_shown(held[0].text)} does not say it")


def _same(supporting: Sequence[Paper], read: Read) -> bool:
    return bool({p.id for p in supporting} & {c.paper_id for c in read.cites})


def _denied(verdict: Verdict | None) -> bool:
    return verdict is not None and verdict.label in {"unsupported", "contradicted"}


def _shown(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= 80 else plain[:77].rsplit(" ", 1)[0] + " ..."
