"""The one verification through which every claim passes, extractive or written by a model.

A claim is accepted when
- at least one of its citations names a paper of the evidence and a quote that stands in it (rag.grounding.quotes), and
- the judge finds it "supported" or "partial" by the best of its papers, or by all of them together; "unsure" is enough
  only where the claim's own words stand in one of its quotes, since then there is nothing left for a judge to decide.
"unsupported" and "contradicted" are refused. A citation that fails is left out and named in ``problems``; it does not
refuse the claim unless none is left.

That a quote is verbatim and that a claim is judged supported are two marks: the first is the citation's existence, the
second its verdict. A "connective" or a "limitation" asserts nothing about a paper: it is accepted with the label
"unsure" and the judge "none", never "supported", so that no score can count it as grounded. A connective with a figure
or a citation does assert something, and is checked as a claim.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Sequence
from typing import Final, Literal, NamedTuple

from rag.answer import Claim, ClaimKind, RemovedCitation, Verdict, cite
from rag.grounding import quotes
from rag.grounding.judge import Judge, aask_all, ask_all, rank
from rag.paper import Paper
from rag.text.quantities import find_quantities

CHECK: Final = "citation-check"
"""Stands as the judge's name where a claim was refused before any judge was asked."""

Evidence = Callable[[Paper], str]
Request = tuple[str, str | Sequence[str]]
Policy = Generator[list[Request], list[Verdict], "Checked"]


class RawCitation(NamedTuple):
    """A citation as it was made: ``paper`` is None where no source has this number; ``span`` is given by extraction."""

    number: int
    paper: Paper | None
    quote: str | None
    span: tuple[Literal["title", "abstract"], int, int] | None = None


class RawClaim(NamedTuple):
    """A claim as it was made, before any check."""

    text: str
    citations: tuple[RawCitation, ...]
    kind: ClaimKind = "claim"
    group: str | None = None


class Checked(NamedTuple):
    """The claim with its verdicts, whether it may stand, and in plain lines what was wrong with it or its citations."""

    claim: Claim
    accepted: bool
    problems: tuple[str, ...]


class _Quoted(NamedTuple):
    number: int
    paper: Paper
    span: quotes.Span


def abstract_of(paper: Paper) -> str:
    """What a judge reads of a paper beside its title, unless the caller gives something else."""
    return paper.abstract


def check_claim(raw: RawClaim, judge: Judge, *, evidence: Evidence = abstract_of) -> Checked:
    """Check one claim, waiting for the judge. The judge reads "<title>. <evidence(paper)>"."""
    policy = _policy(raw, evidence)
    try:
        requests = next(policy)
        while True:
            requests = policy.send(ask_all(judge, requests))
    except StopIteration as done:
        return _checked(done)


async def acheck_claim(raw: RawClaim, judge: Judge, *, evidence: Evidence = abstract_of) -> Checked:
    """The same check with any judge; its papers are judged side by side."""
    policy = _policy(raw, evidence)
    try:
        requests = next(policy)
        while True:
            requests = policy.send(await aask_all(judge, requests))
    except StopIteration as done:
        return _checked(done)


def _checked(done: StopIteration) -> Checked:
    result: Checked = done.value
    return result


def _policy(raw: RawClaim, evidence: Evidence) -> Policy:
    """The whole policy; yields what it wants judged and is sent the verdicts, so that it is written once."""
    found, removed = _quoted(raw.citations)
    problems = tuple(dict.fromkeys(r.reason for r in removed))
    kind: ClaimKind = "claim" if raw.kind == "connective" and (raw.citations or _has_figure(raw.text)) else raw.kind
    if kind != "claim":
        verdict = Verdict(label="unsure", score=0.5, reason=f"nothing to check: {kind}", judge="none")
        return Checked(
            _claim(raw, kind, found, removed, dict.fromkeys((q.paper.id for q in found), verdict), verdict),
            True,
            problems,
        )
    if not found:
        problems = problems or ("the claim cites nothing",)
        refusal = Verdict(label="unsupported", score=0.0, reason=problems[0], judge=CHECK)
        return Checked(_claim(raw, kind, (), removed, {}, refusal), False, problems)
    papers = list({q.paper.id: q.paper for q in found}.values())
    texts = [_passage(paper, evidence) for paper in papers]
    verdicts = yield [(raw.text, text) for text in texts]
    placed = {p.id: _placed(v, p, evidence) for p, v in zip(papers, verdicts, strict=True)}
    best = max(placed.values(), key=rank)
    if best.label != "supported" and len(papers) > 1:
        (joint,) = yield [(raw.text, texts)]
        best = max(best, joint, key=rank)  # a tie goes to the single paper, which is the plainer evidence
    accepted = best.label in {"supported", "partial"} or (best.label == "unsure" and _is_verbatim(raw.text, found))
    if not accepted:
        problems = (*problems, f"{best.label}: {best.reason}")
    return Checked(_claim(raw, kind, found, removed, placed, best), accepted, problems)


def _has_figure(text: str) -> bool:
    return any(any(c.isdigit() for c in text[q.start : q.end]) for q in find_quantities(text))


def _passage(paper: Paper, evidence: Evidence) -> str:
    return f"{paper.title}. {evidence(paper)}"


def _quoted(citations: Sequence[RawCitation]) -> tuple[tuple[_Quoted, ...], tuple[RemovedCitation, ...]]:
    """The citations whose quote stands in their paper, each once, and the others with what is wrong with them."""
    found: dict[tuple[int, quotes.Span], _Quoted] = {}
    removed: list[RemovedCitation] = []
    for citation in citations:
        span = _span(citation)
        if isinstance(span, str):
            paper_id = citation.paper.id if citation.paper is not None else None
            removed.append(
                RemovedCitation(number=citation.number, paper_id=paper_id, quote=citation.quote, reason=span)
            )
        elif citation.paper is not None:
            found.setdefault((citation.number, span), _Quoted(citation.number, citation.paper, span))
    return tuple(found.values()), tuple(dict.fromkeys(removed))


def _span(citation: RawCitation) -> quotes.Span | str:
    """Where the quote stands, or what is wrong with the citation."""
    paper, quote = citation.paper, (citation.quote or "").strip()
    if paper is None:
        return f"source {citation.number} was not among the evidence"
    if citation.span is not None:
        field, start, end = citation.span
        text = getattr(paper, field)
        if not 0 <= start < end <= len(text) or (quote and text[start:end].strip() != quote):
            return f"the quote is not at its place in {paper.title}: {_shown(quote)}"
        return quotes.Span(field, start, end)
    if not quote:
        return f"source {citation.number} is cited without a quote: {paper.title}"
    span = quotes.locate(quote, paper)
    if span is None and quotes.too_short(quote):
        return f"the quote is too short to prove anything: {_shown(quote)}"
    return span or f"the quote is not in {paper.title}: {_shown(quote)}"


def _shown(quote: str) -> str:
    plain = " ".join(quote.split())
    return f"'{plain if len(plain) <= 120 else plain[:117] + '...'}'"


def _placed(verdict: Verdict, paper: Paper, evidence: Evidence) -> Verdict:
    """The verdict with its offsets in a field of the paper instead of in the passage that the judge read."""
    if verdict.start is None or verdict.end is None:
        return verdict
    ahead = len(paper.title) + 2
    # The judge read the title's sentence too, with the full stop that we put behind it.
    if verdict.start < ahead:
        if verdict.end <= ahead:
            return verdict.model_copy(update={"field": "title", "end": min(verdict.end, len(paper.title))})
        return verdict.model_copy(update={"start": None, "end": None})
    if evidence(paper) != paper.abstract:
        return verdict.model_copy(update={"start": None, "end": None})
    return verdict.model_copy(update={"field": "abstract", "start": verdict.start - ahead, "end": verdict.end - ahead})


def _claim(
    raw: RawClaim,
    kind: ClaimKind,
    found: Sequence[_Quoted],
    removed: tuple[RemovedCitation, ...],
    verdicts: dict[str, Verdict],
    verdict: Verdict,
) -> Claim:
    citations = tuple(
        cite(q.paper, (q.span.field, q.span.start, q.span.end), q.number, verdicts[q.paper.id]) for q in found
    )
    return Claim(text=raw.text, citations=citations, verdict=verdict, kind=kind, group=raw.group, removed=removed)


def _is_verbatim(text: str, found: Sequence[_Quoted]) -> bool:
    """Whether the claim, without a "<Name>: " before it, stands in one of its quotes."""
    wordings = [text, re.sub(r"^[^:\n]{1,80}:\s+", "", text)]
    return any(
        quotes.find(w, getattr(q.paper, q.span.field)[q.span.start : q.span.end]) for w in wordings for q in found
    )
