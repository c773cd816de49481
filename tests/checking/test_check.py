"""``Assistant.check``: labels, citation states, quotes, filters, and the record that comes out."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from pydantic import ValidationError

from rag import Assistant, CheckReport, Settings, Verdict
from rag.checking import CHECK_LABELS, CITATION_STATES, CheckedSentence
from rag.errors import InputError, UnknownPaperError

RINGFOLD = "RingFold: Folding Collectives for Small Messages"
QUILT = "Quilt: Patchwise Caching for Long Prompts"
TIDE = "Tide: Draining Queues of Inference Requests in Waves"
ABSTRACTS = {
    RINGFOLD: "Small collectives wait on latency rather than on bandwidth. RingFold folds the ring of an all-reduce in "
    "half. On 64 GPUs RingFold cuts all-reduce latency by 37% over the plain ring.",
    QUILT: "Long prompts repeat themselves. Quilt caches attention keys by patches and reuses them across requests. "
    "Quilt lowers time to first token by up to 2.4x on shared prompts.",
    TIDE: "Bursts of requests overrun inference servers. Tide drains its queues in waves of equal length. Tide needs no "
    "change to the model.",
}


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("library")
    file = folder / "papers.jsonl"
    rows = [{"title": t, "abstract": a, "published": 2020 + i} for i, (t, a) in enumerate(ABSTRACTS.items())]
    file.write_text("".join(json.dumps(r) + "\n" for r in rows), encoding="utf-8")
    settings = Settings(cache_dir=str(folder / "cache"), llm="off", offline=True)
    with Assistant.open(folder / "library", settings=settings, for_writing=True) as opened:
        opened.ingest([file])
        yield opened


def check_one(
    assistant: Assistant, sentence: str, references: Sequence[str] = (), **options: object
) -> CheckedSentence:
    listed = "".join(f"[{n}] {r}\n" for n, r in enumerate(references, 1))
    text = f"{sentence}\n\n## References\n\n{listed}" if listed else sentence
    report = assistant.check(text, **options)
    assert len(report.sentences) == 1, [s.text for s in report.sentences]
    return report.sentences[0]


def test_a_supported_sentence_names_its_paper_and_quotes_it(assistant: Assistant) -> None:
    found = check_one(assistant, "RingFold cuts all-reduce latency by 37% over the plain ring [1].", [RINGFOLD])
    assert (found.label, found.citation) == ("supported", "right")
    (quote,) = found.evidence
    assert quote.title == RINGFOLD
    assert ABSTRACTS[RINGFOLD][quote.start : quote.end] == quote.quote
    assert "37%" in quote.quote
    assert quote.verdict.label == "supported"


def test_another_figure_is_contradicted_by_the_one_that_stands_there(assistant: Assistant) -> None:
    found = check_one(assistant, "RingFold cuts all-reduce latency by 73% over the plain ring [1].", [RINGFOLD])
    assert (found.label, found.citation) == ("contradicted", "unsupported")
    assert "there it says 37%" in found.reason
    assert "37%" in found.evidence[0].quote, "the quote of what it says instead"
    assert found.fails


def test_a_paper_that_is_about_it_and_does_not_say_it(assistant: Assistant) -> None:
    found = check_one(assistant, "Tide was deployed in hospitals to train nurses [1].", [TIDE])
    assert (found.label, found.citation) == ("unsupported", "unsupported")
    assert found.evidence[0].title == TIDE


def test_what_no_paper_is_about_is_not_covered(assistant: Assistant) -> None:
    found = check_one(assistant, "Medieval monasteries brewed beer for travelling pilgrims.")
    assert (found.label, found.citation, found.evidence) == ("not covered", "none", ())
    assert not found.fails
    assert found.fails_strictly


def test_a_supported_sentence_without_citation_gets_one_suggested(assistant: Assistant) -> None:
    found = check_one(assistant, "Quilt caches attention keys by patches and reuses them across requests.")
    assert (found.label, found.citation) == ("supported", "missing")
    assert [assistant.library.paper(p).title for p in found.suggested] == [QUILT]
    assert not found.fails
    assert found.fails_strictly


def test_the_wrong_paper_is_told_from_the_right_one(assistant: Assistant) -> None:
    found = check_one(assistant, "Quilt caches attention keys by patches [1].", [RINGFOLD])
    assert (found.label, found.citation) == ("supported", "wrong")
    assert [assistant.library.paper(p).title for p in found.suggested] == [QUILT]
    assert found.fails


def test_a_cited_paper_outside_the_library_is_not_judged_by_others(assistant: Assistant) -> None:
    found = check_one(
        assistant, "Estuary cuts all-reduce latency by 99% over the plain ring [1].", ["Estuary: Other Rings. 2020."]
    )
    assert (found.label, found.citation) == ("not covered", "not in library")
    assert "Estuary: Other Rings" in found.citation_reason
    unknown = check_one(assistant, "Attention keys are cached by patches and reused across requests [7].")
    assert unknown.citation == "unresolved"
    assert "[7]" in unknown.citation_reason
    named = check_one(assistant, "Quilt caches attention keys by patches [7].")
    assert named.citation == "right", "its name says what [7] is meant to be"


def test_what_follows_goes_on_about_the_paper_before(assistant: Assistant) -> None:
    report = assistant.check(
        "Quilt caches attention keys by patches. It lowers time to first token by up to 2.4x. It needs 9 TB."
    )
    first, second, third = report.sentences
    assert (second.label, second.citation) == ("supported", "carried")
    assert {c.paper_id for c in second.cites} == {first.evidence[0].paper_id}
    assert third.label in {"unsupported", "contradicted"}


def test_two_halves_are_judged_by_their_own_papers(assistant: Assistant) -> None:
    references = [RINGFOLD, QUILT]
    both = check_one(
        assistant,
        "RingFold folds the ring of an all-reduce in half [1], while Quilt caches attention keys by patches [2].",
        references,
    )
    assert (both.label, both.citation) == ("supported", "right")
    assert {c.title for c in both.evidence} == {RINGFOLD, QUILT}
    half = check_one(
        assistant, "Quilt caches attention keys by patches and was trained on 9 million recipes [2].", references
    )
    assert half.label == "partial"
    assert half.reason.startswith("not all of it")


def test_each_of_a_list_of_systems_is_judged_alone(assistant: Assistant) -> None:
    found = check_one(assistant, "RingFold [1] and Tide [2] both need no change to the model.", [RINGFOLD, TIDE])
    assert found.label in {"partial", "unsupported"}
    assert TIDE in {c.title for c in found.evidence}


def test_bib_keys_are_looked_up(assistant: Assistant, tmp_path: Path) -> None:
    bib = tmp_path / "refs.bib"
    bib.write_text(f"@misc{{fold, title={{{RINGFOLD}}}}}\n", encoding="utf-8")
    found = check_one(assistant, r"It folds the ring of an all-reduce in half~\cite{fold}.", bib=bib)
    assert (found.label, found.citation) == ("supported", "right")
    with pytest.raises(InputError, match="cannot be read"):
        assistant.check("A sentence about rings.", bib=tmp_path / "none.bib")
    bib.write_text("nothing", encoding="utf-8")
    with pytest.raises(InputError, match="holds no BibTeX entry"):
        assistant.check("A sentence about rings.", bib=bib)


def test_filters_leave_papers_out(assistant: Assistant) -> None:
    sentence = "Quilt caches attention keys by patches and reuses them across requests."
    assert assistant.check(sentence, since=2021).sentences[0].label == "supported"
    assert assistant.check(sentence, until=2020).sentences[0].label != "supported"
    with pytest.raises(InputError, match="no filter is called"):
        assistant.check(sentence, colour="red")
    with pytest.raises(UnknownPaperError):
        assistant.check(sentence, papers=["nobody"])


@pytest.mark.parametrize("text", ["", "  \n", "--- ###"])
def test_a_text_without_words_is_refused(assistant: Assistant, text: str) -> None:
    with pytest.raises(InputError, match="holds no words"):
        assistant.check(text)
    with pytest.raises(InputError, match="the text has"):
        assistant.check("word " * 200_000)


class Yes:
    """Finds everything supported; says what it was asked."""

    name = "yes@1"

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []

    async def ajudge(self, claim: str, evidence: str | Sequence[str]) -> Verdict:
        self.asked.append((claim, str(evidence)))
        return Verdict(label="supported", score=0.9, reason="so be it", judge=self.name)


def test_any_judge_may_be_given(assistant: Assistant) -> None:
    judge = Yes()
    report = assistant.check("Tide was deployed in hospitals to train nurses.", judge=judge)
    assert report.judge == "yes@1"
    assert report.sentences[0].label == "supported"
    assert report.sentences[0].evidence[0].verdict.judge == "yes@1"
    assert judge.asked[0][0] == "Tide was deployed in hospitals to train nurses."
    assert judge.asked[0][1].startswith(f"{TIDE}. ")
    quote = report.sentences[0].evidence[0]
    assert ABSTRACTS[TIDE][quote.start : quote.end] == quote.quote, "a judge without offsets gets the nearest sentence"


TEXT = """# Related work

RingFold cuts all-reduce latency by 73% [1]. Is it used?
Quilt caches attention keys by patches.

# References

[1] RingFold: Folding Collectives for Small Messages.
"""


def test_the_record_survives_json_and_is_frozen(assistant: Assistant) -> None:
    report = assistant.check(TEXT)
    assert CheckReport.model_validate_json(report.model_dump_json()) == report
    with pytest.raises(ValidationError, match="frozen"):
        report.judge = "another"
    with pytest.raises(ValidationError, match="Extra inputs"):
        CheckReport.model_validate({**report.model_dump(), "colour": "red"})
    assert tuple(report.counts) == CHECK_LABELS
    assert tuple(report.citation_counts) == CITATION_STATES
    assert sum(report.counts.values()) == len(report.sentences) == 3
    assert [s.label for s in report.sentences] == ["contradicted", "not a claim", "supported"]
    assert [s.line for s in report.sentences] == [3, 3, 4]
    assert all(TEXT[s.start : s.end] == s.text for s in report.sentences)
    assert not report.holds()
    assert [p.id for p in report.sources] == list(
        dict.fromkeys(c.paper_id for s in report.sentences for c in s.evidence)
    )
    for s in report.sentences:
        for c in s.evidence:
            paper = report.sources[c.number - 1]
            assert getattr(paper, c.field)[c.start : c.end] == c.quote
    assert any("1 list of references" in n for n in report.notices), "what is skipped is said aloud"


def test_holding_is_stricter_when_asked(assistant: Assistant) -> None:
    report = assistant.check("Quilt caches attention keys by patches.")
    assert report.holds()
    assert not report.holds(strict=True)


def test_the_twin_runs_on_a_loop(assistant: Assistant) -> None:
    report = asyncio.run(assistant.acheck(TEXT))
    assert [s.label for s in report.sentences] == [s.label for s in assistant.check(TEXT).sentences]


def test_markdown_and_html_show_text_as_text(assistant: Assistant) -> None:
    report = assistant.check("Quilt caches <b>attention</b> keys [by](javascript:x) patches & more *keys*.")
    markdown, html = report.to_markdown(), report._repr_html_()
    assert r"\<b\>" in markdown
    assert "<b>" not in html
    assert "&lt;b&gt;" in html
    assert "verbatim" in assistant.check(TEXT).to_markdown()
