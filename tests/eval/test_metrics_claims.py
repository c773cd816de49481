"""What is read out of single claims: do they answer the question, and can they be read on their own?"""

from __future__ import annotations

import pytest

from eval.metrics import Ratio, evaluate, parse
from eval.metrics.asked import asked_for, read_claim
from eval.metrics.standalone import leans_on
from rag.paper import Paper
from tests.eval.build import ABSTENTION, BREAD, CACHE, ODD, RING, SHELF, answer, case, cite, claim, seen

# -- does it answer the question


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        ("How much faster is FastRing?", "figure"), ("By what factor does it shrink?", "figure"),
        ("What speedup does it give?", "figure"), ("How many nodes?", "figure"),
        ("Which system evicts entries?", "system"), ("Are there any tools for sorting?", "system"),
        ("why does a quiet mode help?", "reason"), ("What explains the waste?", "reason"),
        ("What does LazyCache evict?", "fact"), ("How does DoughPlan work?", "fact"),
    ],
)  # fmt: skip
def test_what_a_question_asks_for(question: str, asked: str) -> None:
    assert asked_for(question) == asked


@pytest.mark.parametrize(
    ("question", "paper", "sentence", "why"),
    [
        ("How much faster is FastRing than PlainRing?", RING, 2, ""),
        ("How much faster is FastRing than PlainRing?", RING, 0, "a figure is asked for"),
        ("How much faster is FastRing than PlainRing?", RING, 1, "another sentence of the paper"),
        ("How much memory does LazyCache save?", CACHE, 2, ""),
        ("How much memory does LazyCache save?", RING, 2, "the paper is about something else"),
        ("What does LazyCache evict?", CACHE, 1, ""),
        ("What does LazyCache evict?", CACHE, 0, "another sentence of the paper"),
        ("Which schedule keeps ovens warm?", BREAD, 1, ""),
        ("Which method keeps ovens warm?", BREAD, 2, "a name is asked for"),
        ("Why does odd sorting need no memory at all?", ODD, 2, "a reason is asked for"),
    ],
)
def test_a_claim_gives_what_is_asked_for_or_the_reading_says_why_not(
    question: str, paper: Paper, sentence: int, why: str
) -> None:
    # "Waste falls" opens with a capital that is no name.
    words = cite(paper, sentence).quote
    text = words[0].lower() + words[1:] if why.startswith("a name") else words
    reading = read_claim(question, claim(cite(paper, sentence), text=text), SHELF)
    assert reading.why.startswith(why) if why else reading.why == ""
    assert 0.0 <= reading.score <= 1.0
    assert reading.answers == (not why)


def test_a_claim_that_cites_nothing_known_answers_nothing() -> None:
    assert read_claim("What?", claim(text="Something."), SHELF).score == 0.0
    assert not read_claim("What?", claim(text="Something."), SHELF).answers


def test_answering_is_any_claim_and_being_on_the_question_is_each() -> None:
    about = case(question="How much faster is FastRing than PlainRing?")
    what = answer(claim(cite(RING, 2)), claim(cite(RING, 0)))
    assert evaluate(parse("AnswersQuestion(form)"), seen(what, about)).value == 1.0
    assert evaluate(parse("OnQuestion(form)"), seen(what, about)).value == 0.5
    for name in ("AnswersQuestion(form)", "OnQuestion(form)", "AnswersQuestion(gold)"):
        assert evaluate(parse(name), seen(ABSTENTION, about)).value == 0.0
        assert evaluate(parse(name), seen(what, case("nonsense"))).value is None


def test_gold_is_quoted_or_a_nugget_is_stated() -> None:
    name = "AnswersQuestion(gold)"
    assert evaluate(parse(name), seen(answer(claim(cite(RING, 2))))).value == 1.0
    assert evaluate(parse(name), seen(answer(claim(cite(RING, 0))))).value == 0.0
    stated = claim(cite(RING, 0), text="On 8 nodes FastRing is 3.5x faster than PlainRing.")
    assert evaluate(parse(name), seen(answer(stated))).value == 1.0
    other = claim(cite(RING, 0), text="On 8 nodes FastRing is 4.5x faster than PlainRing.")
    assert evaluate(parse(name), seen(answer(other))).value == 0.0
    touching = case(relevant={CACHE.title: 2, RING.title: 1}, nuggets=["something else entirely"])
    assert evaluate(parse(name), seen(answer(claim(cite(RING, 2))), touching)).value == 0.0


# -- does the claim stand alone


@pytest.mark.parametrize(
    "text",
    [
        "FastRing sums vectors in 2 steps.",
        "FastRing: It sums vectors in 2 steps.",
        "FastRing: We sum vectors in 2 steps.",
        "FastRing: The method sums vectors.",
        "Both FastRing and PlainRing sum vectors.",
        "On 8 nodes, the authors measured FastRing.",
        "FastRing is a method, and the method is quick.",
        "Quick sums over rings take 2 steps.",
        "The method of halving vectors makes quick sums possible.",
        "In the US, FastRing is popular.",
    ],
)
def test_a_claim_that_stands_alone(text: str) -> None:
    assert leans_on(text, [RING]) is None


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("It sums vectors in 2 steps.", "names nobody"),
        ("They are slow over rings.", "names nobody"),
        ("This method takes 2 steps.", "points to what is not there"),
        ("These quick sums take 2 steps.", "points to what is not there"),
        ("In addition, FastRing is quick.", "continues"),
        ("FastRing: However, it is slow.", "continues"),
        ("On 8 nodes we are quicker than FastRing.", "'we' does not say who"),
        ("On 8 nodes the method is quicker than FastRing.", "is not named before"),
        ("The authors report quick sums.", "could be of any paper"),
        ("The latter takes 2 steps in FastRing.", "points elsewhere"),
        ("As described above, FastRing is quick.", "points elsewhere"),
        ("Waste falls by half in most towns.", "names no subject"),
        ("Both are slow over rings.", "names nobody"),
    ],
)
def test_a_claim_that_leans_says_on_what(text: str, why: str) -> None:
    assert why in (leans_on(text, [RING]) or "")


def test_standing_alone_is_a_share_of_claims() -> None:
    what = answer(claim(cite(RING, 1)), claim(cite(CACHE, 2, 2)))
    assert evaluate(parse("StandsAlone"), seen(what)).ratio == Ratio(1, 2)
