"""Claims over invented passages: well formed, halved by passage, and fitted on in one half only."""

from __future__ import annotations

from collections import Counter

from eval.judge_training import answer_examples
from eval.judging.passages import answer_requests, passage_answers, passage_twins, passages
from eval.split import split_of_title
from rag.corpus.identity import title_key
from rag.text.terms import content_terms


def test_every_claim_has_its_passage_and_the_halves_share_none() -> None:
    texts = passages()
    for half in ("dev", "test"):
        named = {c.paper for c in (*passage_twins(half), *passage_answers(half))}
        assert named <= set(texts)
        assert {split_of_title(title) for title in named} == {half}
    assert sum(len(passage_twins(half)) for half in ("dev", "test")) == 2 * 1230


def test_words_shared_with_the_passage_do_not_tell_twins_apart() -> None:
    texts = passages()

    def shared(claim: str, text: str) -> float:
        words, there = set(content_terms(claim)), set(content_terms(text))
        return len(words & there) / max(len(words), 1)

    share: dict[str, list[float]] = {"supported": [], "unsupported": []}
    for half in ("dev", "test"):
        for twin in passage_twins(half):
            share[twin.label].append(shared(twin.claim, texts[twin.paper]))
    true, false = (sum(v) / len(v) for v in share.values())
    assert abs(true - false) < 0.05


def test_the_fit_takes_no_passage_that_is_measured() -> None:
    fitted = {example.paper for example in answer_examples()}
    assert fitted and not fitted & {title_key(c.paper) for c in passage_twins("test")}
    assert not fitted & {request.cluster.removeprefix("answers:") for request in answer_requests("test")}


def test_answers_are_about_as_often_true_as_false() -> None:
    count = Counter(c.label for half in ("dev", "test") for c in passage_answers(half))
    assert abs(count["supported"] - count["unsupported"]) < 30
