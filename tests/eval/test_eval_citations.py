"""Validity and fidelity of citations: recomputed, both ends checked, never vacuous."""

from __future__ import annotations

import pytest

from eval.metrics import Ratio, evaluate, parse
from eval.metrics.citations import foreign_names
from rag.answer import Answer, Claim, RemovedCitation
from tests.eval.build import (
    ABSTENTION,
    CACHE,
    LIMITATION,
    RING,
    SHELF,
    VERDICT,
    answer,
    cite,
    claim,
    seen,
)


def value(name: str, what: Answer | None, about: object = None, ranking: object = ()) -> float | None:
    return evaluate(parse(name), seen(what, about, ranking)).value  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "changes",
    [
        {"paper_id": "p000000000000"},
        {"paper_id": CACHE.id},
        {"revision": "old"},
        {"title": "Another title"},
        {"text_kind": "abstract"},
        {"number": 0},
        {"number": -1},
        {"number": 2},
        {"number": 99},
        {"start": 1},
        {"field": "title"},
        {"quote": "FastRing is faster."},
    ],
    ids=str,
)
def test_a_citation_that_leads_nowhere_is_invalid(changes: dict[str, object]) -> None:
    fine = answer(claim(cite(RING, -1)))
    assert value("CitationValidity", fine) == 1.0
    bad = answer(claim(cite(RING, -1, **changes)), sources=[RING])
    assert value("CitationValidity", bad) == 0.0


def test_negative_and_overlong_offsets_are_not_forgiven() -> None:
    text = RING.abstract
    end = cite(RING, -1)
    backwards = end.model_copy(update={"start": end.start - len(text), "end": len(text)})
    beyond = end.model_copy(update={"end": len(text) + 7})
    nothing = end.model_copy(update={"quote": "", "start": 5, "end": 5})
    for bad in (backwards, beyond, nothing):
        # Python's slice would give the quote back in the first two; the metric must not.
        assert value("QuoteFidelity", answer(claim(bad), sources=[RING])) == 0.0


def test_saying_nothing_passes_no_citation_check() -> None:
    """The vacuous pass: no citation is no evidence of validity."""
    for name in ("CitationValidity", "QuoteFidelity", "QuoteCoverage", "QuoteEchoesClaim", "NamesAndFigures"):
        assert value(name, ABSTENTION) is None
    uncited = answer(Claim(text="FastRing is fast.", verdict=VERDICT))
    assert value("CitationValidity", uncited) is None
    assert value("QuoteCoverage", uncited) == 0.0


def test_citations_of_limitations_are_checked_too() -> None:
    bad = claim(cite(RING, -1, quote="not there"), kind="limitation")
    assert value("QuoteFidelity", answer(claim(cite(RING, 0)), bad)) == 0.5


def test_connectives_and_limitations_stay_out_of_the_claims_that_are_counted() -> None:
    bridge = Claim(text="In short:", verdict=VERDICT, kind="connective")
    what = answer(bridge, claim(cite(RING, -1)), LIMITATION)
    assert evaluate(parse("QuoteCoverage"), seen(what)).ratio == Ratio(1, 1)


def test_valid_citations_at_the_wrong_claims_are_seen() -> None:
    right = answer(claim(cite(RING, 1)), claim(cite(CACHE, 1, 2)))
    turned = answer(
        claim(cite(CACHE, 1, 2), text=cite(RING, 1).quote), claim(cite(RING, 1), text=cite(CACHE, 1).quote),
        sources=[RING, CACHE],
    )  # fmt: skip
    assert value("CitationValidity", turned) == 1.0
    assert value("QuoteEchoesClaim", right) == 1.0
    assert value("QuoteEchoesClaim", turned) == 0.0


@pytest.mark.parametrize(
    ("text", "foreign"),
    [
        ("FastRing is 3.5x faster than PlainRing on 8 nodes.", set()),
        ("FastRing is 3.5 times faster than PlainRing.", set()),
        ("SlowRing is 3.5x faster than PlainRing.", {"SlowRing"}),
        ("FastRing is 4.5x faster than PlainRing.", {"4.5"}),
        ("FastRing sums in 2 steps.", {"2"}),  # the figure stands in the paper, but not in what is quoted
        ("It is faster than PlainRing.", set()),
    ],
)
def test_names_and_figures_of_a_claim_come_from_its_evidence(text: str, foreign: set[str]) -> None:
    assert foreign_names(claim(cite(RING, -1), text=text), SHELF) == foreign


def test_before_the_checks_everything_that_was_written_counts() -> None:
    gone = RemovedCitation(number=99, reason="source 99 was not among the evidence")
    first = claim(cite(RING, -1, number=0)).model_copy(update={"removed": (gone,)})
    rewritten = claim(cite(RING, -1)).model_copy(update={"replaces": first})
    bare = claim(text="Gone.")
    halved = claim(cite(RING, -1)).model_copy(update={"removed": (gone,)})
    raw = "CitationValidity(raw)"
    assert evaluate(parse(raw), seen(answer(halved))).ratio == Ratio(1, 2)
    assert evaluate(parse(raw), seen(answer(rewritten))).ratio == Ratio(2, 3)
    dropped = answer(claim(cite(RING, -1))).model_copy(update={"dropped": (first, bare)})
    assert evaluate(parse(raw), seen(dropped)).ratio == Ratio(2, 4)
    assert value("CitationValidity", answer(halved)) == 1.0
