"""Follow-ups made standalone by rule: one row of the table per way of leaning, over papers made up for it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag import Assistant, Settings
from rag.answer import Answer, Claim, Verdict, cite
from rag.conversations import wording
from rag.conversations.rewrite import Understood, understand
from rag.paper import Paper
from rag.text import content_terms

VERDICT = Verdict(label="supported", score=1.0, reason="verbatim", judge="none")


def paper(title: str, abstract: str) -> Paper:
    return Paper(id=title.split(":")[0].lower(), revision="1", title=title, abstract=abstract)


RING = paper(
    "RingFold: Folding Collectives for Small Messages",
    "RingFold folds the ring of an all-reduce. On 64 NVIDIA cards RingFold cuts latency by 37% and uses RDMA.",
)
QUILT = paper(
    "Quilt: Patchwise Caching for Long Prompts",
    "Quilt caches attention keys by patches. Quilt lowers time to first token by 2.4x with small models.",
)
MEND = paper("Mend: Caching Keys on AMD", "Mend caches keys on AMD cards and saves memory for long prompts.")
SHELF = (RING, QUILT, MEND)


class Knowing:
    """A shelf of three papers: coverage is the share of different words, a search the paper with most of them."""

    def coverage(self, question: str, paper: Paper) -> float:
        asked = set(content_terms(question, question=True))
        return len(asked & set(content_terms(f"{paper.title} {paper.abstract}"))) / len(asked) if asked else 0.0

    def _ranked(self, question: str) -> list[Paper]:
        return sorted(SHELF, key=lambda p: -self.coverage(question, p))

    def elsewhere(self, question: str, but: object) -> float:
        known = {p.id for p in but}  # type: ignore[attr-defined]
        return max(self.coverage(question, p) for p in SHELF if p.id not in known)

    def reaches(self, question: str, asked: str, but: Paper) -> float:
        return self.coverage(asked, next(p for p in self._ranked(question) if p.id != but.id))

    def called(self, name: str) -> Paper | None:
        return next((p for p in SHELF if p.title.lower().startswith(name.lower())), None)

    def about(self, phrase: str) -> Paper | None:
        best = self._ranked(phrase)[0]
        return best if self.coverage(phrase, best) >= 0.6 else None

    def mentions(self, paper: Paper, name: str) -> bool:
        return name.lower() in f"{paper.title} {paper.abstract}".lower()

    def frequency(self, name: str) -> int:
        return sum(self.mentions(p, name) for p in SHELF)


def turn(question: str, *papers: Paper) -> tuple[str, Answer]:
    claims = tuple(
        Claim(
            text=p.abstract.split(". ")[-1],
            citations=(cite(p, ("abstract", 0, len(p.abstract)), i, VERDICT),),
            verdict=VERDICT,
        )
        for i, p in enumerate(papers, 1)
    )  # fmt: skip
    return question, Answer(question=question, mode="extractive", claims=claims, sources=papers)


ABOUT_RING = (turn("What is RingFold?", RING),)
BOTH = (turn("Compare RingFold with Quilt.", RING, QUILT),)
LIST = (turn("Which papers cache keys?", QUILT, MEND),)
RING_THEN_QUILT = (turn("What is RingFold?", RING), turn("How fast is Quilt with small models?", QUILT))


@pytest.mark.parametrize(
    ("turns", "question", "standalone", "papers"),
    [
        # pronouns
        (ABOUT_RING, "how much latency does it cut?", "how much latency does RingFold cut?", [RING]),
        (ABOUT_RING, "what do they fold?", "what does RingFold fold?", [RING]),
        (ABOUT_RING, "what is its latency?", "what is RingFold's latency?", [RING]),
        (ABOUT_RING, "does that method use RDMA?", "does RingFold use RDMA?", [RING]),
        (ABOUT_RING, "ok, and does that one use RDMA?", "does RingFold use RDMA?", [RING]),
        # places in a list
        (BOTH, "what does the latter lower?", "what does Quilt lower?", [QUILT]),
        (BOTH, "and the former, what does it cut?", "RingFold, what does it cut?", [RING]),
        (LIST, "what about the second one?", "what about Mend?", [MEND]),
        (LIST, "does the last paper save memory?", "does Mend save memory?", [MEND]),
        (LIST, "what does source 1 lower?", "what does Quilt lower?", [QUILT]),
        (LIST, "what does [2] save?", "what does Mend save?", [MEND]),
        # descriptions, several, figures
        (LIST, "does the one on AMD save memory?", "does the one on AMD save memory? (Mend)", [MEND]),
        (LIST, "does the AMD one save memory?", "does Mend save memory?", [MEND]),
        (LIST, "which of them saves memory?", "which of them saves memory? (Quilt; Mend)", [QUILT, MEND]),
        (RING_THEN_QUILT, "which of the two is faster?", "which of the two is faster? (Quilt; RingFold)", [QUILT, RING]),
        (RING_THEN_QUILT, "where does the 37% come from?", "where does the 37% come from? (RingFold)", [RING]),
        # ellipsis
        (RING_THEN_QUILT, "and with long prompts?", "How fast is Quilt with long prompts?", [QUILT]),
        (ABOUT_RING, "what about latency?", "what about latency? (RingFold)", [RING]),
        (ABOUT_RING, "how much?", "How much? (What is RingFold)", [RING]),
        (ABOUT_RING, "why?", "Why? (What is RingFold)", [RING]),
        (RING_THEN_QUILT, "and RingFold?", "How fast is RingFold with small models?", [RING]),
        (ABOUT_RING, "what about Quilt?", "What is RingFold?", None),
        # more, correction, return
        (ABOUT_RING, "tell me more", "What does RingFold do, and how?", [RING]),
        (LIST, "tell me more about the second one", "What does Mend do, and how?", [MEND]),
        (RING_THEN_QUILT, "more about the other one please", "What does RingFold do, and how?", [RING]),
        (RING_THEN_QUILT, "no, I meant with long prompts", "How fast is Quilt with long prompts?", [QUILT]),
        (RING_THEN_QUILT, "back to RingFold: does it use RDMA?", "does RingFold use RDMA?", [RING]),
        (RING_THEN_QUILT, "RingFold again: does it use RDMA?", "does RingFold use RDMA?", [RING]),
        # another subject
        (ABOUT_RING, "Different question: who caches attention keys?", "who caches attention keys?", []),
        (ABOUT_RING, "Switching topics, who caches attention keys?", "who caches attention keys?", []),
        (ABOUT_RING, "which methods cache attention keys for prompts?", None, []),
    ],
)  # fmt: skip
def test_a_follow_up_names_what_it_leans_on(
    turns: tuple[tuple[str, Answer], ...], question: str, standalone: str | None, papers: list[Paper] | None
) -> None:
    found = understand(question, turns, Knowing())
    if papers is None:
        assert "RingFold" in found.question
        return
    assert found.question == (standalone or question)
    assert [p.id for p in found.papers] == [p.id for p in papers]


def test_a_bare_ordinal_after_one_paper_points_within_it() -> None:
    found = understand("what is the second for?", ABOUT_RING, Knowing())
    assert (found.question, found.papers) == ("what is the second for? (RingFold)", (RING,))


def test_the_second_of_a_comparison_is_found_behind_a_turn_on_the_first() -> None:
    turns = (*BOTH, turn("does RingFold use RDMA?", RING))
    assert understand("does the second one?", turns, Knowing()).papers == (QUILT,)


def test_something_similar_is_another_paper() -> None:
    found = understand("is there something similar for AMD?", (turn("What is Quilt?", QUILT),), Knowing())
    assert found.without == (QUILT,)
    assert found.papers == ()


def test_a_name_that_the_paper_lacks_lets_other_papers_in() -> None:
    found = understand("how does it differ from Mend?", (turn("What is Quilt?", QUILT),), Knowing())
    assert "Quilt" in found.question
    assert "Mend" in found.question


def test_what_was_declined_leaves_the_subject_where_it_was() -> None:
    declined = ("what does RingFold cost?", Answer(question="what does it cost?", mode="extractive", abstained=True))
    found = understand("does it use RDMA?", (*ABOUT_RING, declined), Knowing())
    assert found == Understood("does RingFold use RDMA?", (RING,), only=True)


@pytest.mark.parametrize(
    "question",
    ["is it possible to fold rings?", "Tell me which methods fold the ring of an all-reduce", "(", "[99]", "the 0th?"],
)
def test_words_that_only_look_like_pointers_change_nothing(question: str) -> None:
    assert understand(question, (), Knowing()) == Understood(question)


TALKS = st.sampled_from([(), ABOUT_RING, BOTH, LIST, RING_THEN_QUILT])
WORDS = st.sampled_from(
    "it they that the second one former and on AMD what about why RingFold ( ) [2] 37% ? , : no I meant back to again "
    "more other those two \\1 \\g<0> {0} é 二".split()
)


@given(TALKS, st.one_of(st.lists(WORDS, max_size=9).map(" ".join), st.text(max_size=60)))
def test_any_question_has_a_standalone_form(turns: tuple[tuple[str, Answer], ...], question: str) -> None:
    found = understand(question, turns, Knowing())
    assert found.question or not question
    assert set(found.papers) <= set(SHELF)
    if not turns:
        assert found == Understood(question)


@given(st.text(max_size=80))
def test_reading_the_wording_never_fails(text: str) -> None:
    for read in (
        wording.opened, wording.corrected, wording.returned, wording.wants_more, wording.about, wording.ordinal,
        wording.other, wording.described, wording.points_back, wording.coordinated, wording.topic, wording.core,
    ):  # fmt: skip
        read(text)
    assert wording.put_in(text, []) == text


def test_papers_asked_about_come_alone_or_first(notes: Assistant) -> None:
    talk = notes.conversation()
    talk.ask("What is HipKittens?")
    assert {p.title.split(":")[0] for p in talk.ask("how much faster is it?").sources} == {"HipKittens"}
    compared = talk.ask("how does it differ from ThunderKittens?")
    assert {"HipKittens", "ThunderKittens"} <= {p.title.split(":")[0] for p in compared.sources}


def test_filters_hold_for_the_papers_asked_about(notes: Assistant) -> None:
    other = next(p.id for p in notes.papers() if p.title.startswith("Tilus"))
    talk = notes.conversation()
    talk.ask("What is HipKittens?")
    assert {p.id for p in talk.ask("how much faster is it?", papers=[other]).sources} <= {other}


def test_a_paper_that_has_left_the_library_is_passed_over(tmp_path: Path) -> None:
    file = tmp_path / "papers.jsonl"
    file.write_text("".join(json.dumps({"title": p.title, "abstract": p.abstract}) + "\n" for p in SHELF))
    with Assistant.open(tmp_path / "library", settings=Settings.from_env({}, llm="off")) as assistant:
        assistant.ingest([file])
        talk = assistant.conversation()
        first = talk.ask("what does RingFold do?")
        assert first.sources[0].title == RING.title
        assistant.remove([first.sources[0].id])
        answer = talk.ask("how much latency does it cut?")
    assert first.sources[0].id not in {p.id for p in answer.sources}


def test_a_long_question_is_read_in_no_time() -> None:
    hostile = "the one on " + "a " * 9_000 + "back to " * 500
    assert understand(hostile, ABOUT_RING, Knowing()).question
