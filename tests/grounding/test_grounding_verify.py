"""The one verification: what is accepted, what is left out, and what the reader is told."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from rag.answer import Label, Verdict
from rag.grounding import Checked, OfflineJudge, RawCitation, RawClaim, acheck_claim, check_claim
from rag.paper import Paper

PAPER = Paper(
    id="p1", revision="r1", title="RopeWeave: Scheduling for Ropes",
    abstract="Ropes are slow to dry. RopeWeave overlaps twisting with drying and saves 35% of the time.",
)  # fmt: skip
OTHER = Paper(
    id="p2", revision="r2", title="Hemp at Sea", text_kind="note",
    abstract="Hemp ropes rot in salt water. Tar protects them for two years.",
)  # fmt: skip
QUOTE = "RopeWeave overlaps twisting with drying"


class FixedJudge:
    """Gives the labels it was told, in turn, and keeps what it was asked."""

    name = "fixed@1"

    def __init__(self, *labels: Label, start: int | None = None, end: int | None = None) -> None:
        self.labels, self.asked, self.place = list(labels), list[tuple[str, str | Sequence[str]]](), (start, end)

    async def ajudge(self, claim: str, evidence: str | Sequence[str]) -> Verdict:
        self.asked.append((claim, evidence))
        label = self.labels.pop(0)
        return Verdict(
            label=label, score=0.5, reason="told so", judge=self.name, start=self.place[0], end=self.place[1]
        )


def both(raw: RawClaim, *labels: Label) -> Checked:
    """The verdict of the sync and the async verb, which are one policy."""
    sync = check_claim(raw, FixedJudge(*labels))
    assert asyncio.run(acheck_claim(raw, FixedJudge(*labels))) == sync
    return sync


def claim(*citations: RawCitation, text: str = "RopeWeave dries while it twists.") -> RawClaim:
    return RawClaim(text, citations)


def test_a_good_claim() -> None:
    checked = both(claim(RawCitation(1, PAPER, QUOTE.lower().replace("ropeweave", "RopeWeave"))), "supported")
    assert checked.accepted
    assert checked.problems == ()
    (citation,) = checked.claim.citations
    assert citation.quote == QUOTE == PAPER.abstract[citation.start : citation.end]
    assert (citation.number, citation.paper_id, citation.revision, citation.text_kind) == (1, "p1", "r1", "abstract")
    assert checked.claim.verdict.judge == citation.verdict.judge == "fixed@1"


@pytest.mark.parametrize(
    ("label", "accepted"),
    [("supported", True), ("partial", True), ("unsure", False), ("unsupported", False), ("contradicted", False)],
)
def test_labels(label: Label, accepted: bool) -> None:
    checked = both(claim(RawCitation(1, PAPER, QUOTE)), label)
    assert checked.accepted is accepted
    assert checked.claim.verdict.label == label
    assert checked.claim.citations, "a refused claim keeps its citations, so that the reader sees why"
    assert bool(checked.problems) is not accepted


def test_unsure_is_enough_for_the_sources_own_words() -> None:
    assert both(claim(RawCitation(1, PAPER, QUOTE), text=f"{QUOTE}."), "unsure").accepted
    assert both(claim(RawCitation(1, PAPER, QUOTE), text=f"RopeWeave: {QUOTE}."), "unsure").accepted
    assert not both(claim(RawCitation(1, PAPER, QUOTE), text=f"RopeWeave: {QUOTE}."), "contradicted").accepted


@pytest.mark.parametrize(
    ("citation", "problem"),
    [
        (RawCitation(7, None, QUOTE), "source 7 was not among the evidence"),
        (RawCitation(1, PAPER, None), "source 1 is cited without a quote"),
        (RawCitation(1, PAPER, "  "), "source 1 is cited without a quote"),
        (
            RawCitation(1, PAPER, "RopeWeave overlaps twisting with cooling"),
            "the quote is not in RopeWeave: Scheduling",
        ),
        (RawCitation(1, OTHER, QUOTE), "the quote is not in Hemp at Sea"),
        (RawCitation(1, PAPER, "twisting"), "the quote is too short"),
        (RawCitation(1, PAPER, None, ("abstract", 5, 500)), "the quote is not at its place"),
        (RawCitation(1, PAPER, QUOTE, ("abstract", 0, 10)), "the quote is not at its place"),
    ],
)
def test_a_bad_citation_is_named_and_left_out(citation: RawCitation, problem: str) -> None:
    alone = both(claim(citation))
    assert not alone.accepted
    assert alone.claim.citations == ()
    assert problem in alone.problems[0]
    assert alone.claim.verdict.judge == "citation-check"
    beside = both(claim(citation, RawCitation(2, PAPER, QUOTE)), "supported")
    assert beside.accepted
    assert [c.number for c in beside.claim.citations] == [2]
    assert problem in beside.problems[0]


def test_no_citation_at_all() -> None:
    checked = both(claim())
    assert not checked.accepted
    assert checked.problems == ("the claim cites nothing",)


def test_duplicates_collapse_and_a_paper_is_judged_once() -> None:
    twice = claim(
        RawCitation(1, PAPER, QUOTE),
        RawCitation(1, PAPER, f"“{QUOTE}…”"),
        RawCitation(1, PAPER, "saves 35% of the time"),
    )
    judge = FixedJudge("supported")
    checked = check_claim(twice, judge)
    assert len(checked.claim.citations) == 2
    assert judge.asked == [(twice.text, f"{PAPER.title}. {PAPER.abstract}")]


def test_the_best_paper_counts_and_both_together_where_none_is_enough() -> None:
    raw = claim(RawCitation(1, PAPER, QUOTE), RawCitation(2, OTHER, "Hemp ropes rot in salt water"))
    best = both(raw, "unsupported", "supported")
    assert best.accepted
    assert [c.verdict.label for c in best.claim.citations] == ["unsupported", "supported"]
    together = both(raw, "unsupported", "unsupported", "supported")
    assert together.accepted
    assert together.claim.verdict.label == "supported"
    assert {c.verdict.label for c in together.claim.citations} == {"unsupported"}
    assert not both(raw, "unsupported", "unsupported", "contradicted").accepted


def test_offsets_of_the_verdict_are_those_of_the_field() -> None:
    ahead = len(PAPER.title) + 2
    for start, end, place in [
        (ahead + 5, ahead + 9, ("abstract", 5, 9)),
        (0, len(PAPER.title) + 1, ("title", 0, len(PAPER.title))),
        (3, ahead + 4, (None, None, None)),
    ]:
        verdict = check_claim(
            claim(RawCitation(1, PAPER, QUOTE)), FixedJudge("supported", start=start, end=end)
        ).claim.verdict
        assert (verdict.field, verdict.start, verdict.end) == place


def test_an_extracted_span_is_taken_as_it_is() -> None:
    start = PAPER.abstract.index(QUOTE)
    raw = RawClaim(
        f"RopeWeave: {QUOTE}", (RawCitation(1, PAPER, QUOTE, ("abstract", start, start + len(QUOTE))),), group="related"
    )
    checked = check_claim(raw, OfflineJudge())
    assert checked.accepted
    assert checked.claim.group == "related"
    assert checked.claim.verdict.score == 0.99


@pytest.mark.parametrize("kind", ["connective", "limitation"])
def test_what_asserts_nothing_is_never_called_supported(kind: str) -> None:
    checked = both(RawClaim("In short, two lines of work stand out.", (), kind))  # type: ignore[arg-type]
    assert checked.accepted
    assert (checked.claim.verdict.label, checked.claim.verdict.judge, checked.claim.kind) == ("unsure", "none", kind)


def test_a_connective_with_a_figure_is_a_claim() -> None:
    checked = both(RawClaim("In short, drying falls by 35%.", (), "connective"))
    assert not checked.accepted
    assert checked.claim.kind == "claim"


def test_other_evidence_may_be_given() -> None:
    judge = FixedJudge("supported", start=40, end=44)
    checked = check_claim(claim(RawCitation(1, PAPER, QUOTE)), judge, evidence=lambda p: p.abstract[:22])
    assert judge.asked[0][1] == f"{PAPER.title}. Ropes are slow to dry."
    assert checked.claim.verdict.start is None


def test_a_wrong_claim_is_refused_by_the_offline_judge_although_its_quote_is_true() -> None:
    checked = check_claim(claim(RawCitation(1, PAPER, QUOTE), text="RopeWeave saves 45% of the time."), OfflineJudge())
    assert not checked.accepted
    assert "45%" in checked.problems[0]
    assert checked.claim.citations[0].quote == QUOTE
