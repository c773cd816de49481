"""Summaries without a model: themes, two sentences a paper, both sides of an agreement, what the limit left out."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag import Answer, Assistant
from rag.answer import Claim
from rag.answering.compose import RELATED
from rag.cli.main import main
from rag.errors import EmptyQuestionError, InputError, UnknownPaperError
from rag.summing.across import gains
from rag.summing.tell import SENTENCES
from rag.summing.themes import AGREE, CONTRADICT, Themes
from tests.summing.holding import assert_cited

PAPERS = {
    "RingFold: Folding Collectives for Small Messages": "Small collectives wait on latency. RingFold folds the ring of an "
    "all-reduce in half. On 64 GPUs RingFold cuts all-reduce latency of small messages by 37% over the plain ring.",
    "A Second Look at Folding": "We ran RingFold anew. On 64 GPUs RingFold does not cut all-reduce latency of small "
    "messages over the plain ring. Folding pays for large messages only.",
    "Quilt: Patchwise Caching for Long Prompts": "Serving long prompts recomputes attention keys of shared prefixes over "
    "and over. Quilt caches attention keys by patches. Quilt lowers time to first token by up to 2.4x on shared prompts.",
    "Sewn: Caching Prefixes of Prompts": "Serving long prompts recomputes the attention keys of shared prefixes. Sewn "
    "keeps prefixes on disk. Sewn loads a prefix in 3 ms.",
    "Mossy Compilers": "Mossy grows kernels from sketches. It needs no tuning and compiles kernels in under 9 seconds.",
    "Ferny Compilers": "Ferny grows kernels from grammars. It compiles kernels in 12 seconds.",
    "Whale Songs of the North": "Whales sing in winter. Microphones under the ice recorded 412 songs in one season.",
    "Seal Songs of the South": "Seals sing in summer. Microphones on the ice recorded 57 songs in one season.",
}  # fmt: skip


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Assistant]:
    page = tmp_path / "page.jsonl"
    lines = ({"title": t, "abstract": a, "organisation": "Lab North"} for t, a in PAPERS.items())
    page.write_text("".join(json.dumps(line) + "\n" for line in lines))
    with Assistant.open(tmp_path / "library", llm="off") as opened:
        opened.ingest([page])
        yield opened


@pytest.fixture(scope="module")
def notes() -> Iterator[Assistant]:
    with Assistant.open(llm="off") as opened:
        yield opened


def of_group(answer: Answer, group: str) -> list[Claim]:
    return [c for c in answer.claims if c.group == group]


# -- of a topic


def test_themes_stand_together_each_with_few_sentences_of_each_paper(notes: Assistant) -> None:
    answer = notes.summarize("programming abstractions for fast GPU kernels")
    assert_cited(answer)
    own = [c for c in answer.claims if c.group not in {RELATED, AGREE, CONTRADICT, None}]
    groups = [c.group for c in own]
    assert len(set(groups)) >= 2
    assert sum(a != b for a, b in itertools.pairwise(groups)) == len(set(groups)) - 1, "each in one run"
    papers = Counter((c.group, c.citations[0].paper_id) for c in own)
    assert max(papers.values()) <= SENTENCES
    assert len({paper for _, paper in papers}) == len(papers), "a paper belongs to one theme"
    assert max(papers.values()) == 2, "some paper gives what it does and its figure"
    assert [c.group for c in answer.claims].index(RELATED) > len(own) - 1


def test_a_summary_cites_the_papers_of_a_survey_and_no_others(notes: Assistant) -> None:
    topic = "scaling laws of language models"
    small, large = notes.summarize(topic, limit=4), notes.summarize(topic, limit=20)
    own = {c.paper_id for claim in large.claims if claim.group != RELATED for c in claim.citations}
    kept = {p.id for p in small.sources}
    assert len(kept) == 4
    assert kept <= own
    read = small.library["read"]
    assert read["left_out"] == len(own) - 4
    assert len(read["left_out_first"]) == min(5, read["left_out"])
    assert "Left out for the limit: " in small.to_markdown()
    assert "Left out" not in large.to_markdown()


def test_what_is_streamed_is_the_answer(notes: Assistant) -> None:
    events = list(notes.stream_summary("speculative decoding", limit=6))
    assert tuple(e.payload for e in events if e.kind == "claim") == events[-1].payload.claims


# -- two papers side by side


def test_an_agreement_quotes_both_sides(shelf: Assistant) -> None:
    answer = shelf.summarize(None, organisation="north")
    assert_cited(answer)
    (claim,) = of_group(answer, AGREE)
    titles = {c.title.split(":")[0] for c in claim.citations}
    assert titles == {"Quilt", "Sewn"}
    assert claim.text.startswith("On ")
    assert claim.verdict.label == "supported"
    assert all("recomputes" in c.quote for c in claim.citations)


def test_what_may_contradict_is_called_so_and_quotes_both_sides(shelf: Assistant) -> None:
    (claim,) = of_group(shelf.summarize(None, organisation="north"), CONTRADICT)
    assert "may contradict" in claim.text
    assert {c.title.split(":")[0] for c in claim.citations} == {"RingFold", "A Second Look at Folding"}
    assert sorted("does not cut" in c.quote for c in claim.citations) == [False, True]


def test_different_figures_of_different_systems_neither_agree_nor_contradict(shelf: Assistant) -> None:
    compilers = [p.id for p in shelf.papers() if "Compilers" in p.title or "Songs" in p.title]
    answer = shelf.summarize(None, papers=compilers)
    assert len(answer.sources) == 4
    assert not of_group(answer, AGREE)
    assert not of_group(answer, CONTRADICT)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("It cuts latency by 37% and doubles throughput.", {"latency", "throughput"}),
        ("It raises latency by 37%.", set()),
        ("Latency is reduced by 37%.", {"latency"}),
        ("It is memory-bound.", set()),
        ("It improves energy efficiency by 2x.", {"energy efficiency"}),
        ("It lowers the memory footprint by 3x while throughput drops.", {"memory use"}),
    ],
)
def test_gains_go_the_good_way(text: str, found: set[str]) -> None:
    assert gains(text) == found


# -- of a filter, of a list


def test_a_list_of_papers_is_summed_up_whole(shelf: Assistant) -> None:
    chosen = [p.id for p in shelf.papers() if p.title.startswith(("Quilt", "Whale"))]
    answer = shelf.summarize(None, papers=chosen)
    assert {p.id for p in answer.sources} == set(chosen)
    assert answer.question == "2 chosen papers"
    assert answer.library["read"]["left_out"] == 0
    assert "Read 2 of 2 papers: 2 cited." in answer.to_markdown()


def test_what_is_beyond_the_limit_is_named(shelf: Assistant) -> None:
    answer = shelf.summarize(None, source="page.jsonl", limit=3)
    read = answer.library["read"]
    assert len(answer.sources) == 3
    assert (read["papers"], read["of"], read["left_out"]) == (3, 8, 5)
    assert len(read["left_out_first"]) == 5
    assert answer.question == "all papers from page.jsonl"


def test_a_spread_takes_of_every_large_theme(notes: Assistant) -> None:
    themes = Themes(notes._retriever.analyser, notes.library.embedder)
    papers = notes.papers()
    kept = themes.spread(papers, 40)
    assert len({p.id for p in kept}) == 40
    assert kept == themes.spread(papers, 40), "the same every time"
    of_all = [theme for theme in themes.of(papers) if len(theme.papers) > 10]
    ids = {p.id for p in kept}
    assert of_all
    assert all(any(p.id in ids for p in theme.papers) for theme in of_all)
    assert themes.spread(papers[:5], 9) == papers[:5]


def test_a_filter_that_nothing_passes_says_so(shelf: Assistant) -> None:
    answer = shelf.summarize(None, organisation="nobody")
    assert answer.abstained
    assert answer.reason == "No paper passes the filters."


def test_neither_topic_nor_filter_is_refused_with_the_remedy(shelf: Assistant) -> None:
    with pytest.raises(InputError, match="nothing to sum up"):
        shelf.summarize(None)
    with pytest.raises(InputError, match="limit is 0"):
        shelf.summarize(None, limit=0, source="page.jsonl")
    with pytest.raises(EmptyQuestionError):
        shelf.summarize("", source="page.jsonl")
    with pytest.raises(UnknownPaperError):
        shelf.summarize(None, papers=["p-none"])


def test_the_verb_without_a_topic(shelf: Assistant, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shelf.close()
    place = ["--library", str(tmp_path / "library"), "--llm", "off"]
    assert main(["summarize", "--organisation", "Lab North", "--limit", "6", *place]) == 0
    shown = capsys.readouterr().out
    assert "Left out for the limit: " in shown
    assert main(["summarize", *place]) != 0
    assert "Give a topic, or a filter" in capsys.readouterr().err
