"""``rag ask``, ``search``, ``chat`` and ``summarize``: what they print where, and their exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import bibtexparser
import pytest

from rag import Answer, Assistant, Hit, Settings
from rag.cli.options import announce_model
from tests.cli.conftest import ABSTRACTS, QUILT, RINGFOLD, Run
from tests.fakes.openai_server import FakeOpenAI, Reply
from tests.fakes.scripted import quoting_model

QUESTION = "which methods reduce all-reduce latency?"
THREE = ("LLM Inference Beyond a Single Node", "TPI-LLM", "TokenWeave")
NOWHERE = "how many calories are in a croissant?"


# -- ask


def test_ask_prints_claims_with_both_marks_then_sources(rag: Run) -> None:
    ran = rag("ask", QUESTION)
    assert ran.code == 0
    claims, sources = ran.out.split("\nSources\n")
    for number in (1, 2, 3):
        assert f"[{number}]" in claims
        assert any(f"  [{number}] {title}" in sources for title in THREE)
    assert all(title in sources for title in THREE)
    assert claims.count("verbatim quote; judged supported") == 3
    assert " ".join(sources.split()).count("(our note on the paper)") == 3, "a note is called a note"
    assert ran.err.count("\n") == 1, "one line"
    assert "OPENAI_API_KEY" in ran.err
    assert "\x1b" not in ran.out, "no styling where the output is no terminal"


def test_the_judge_s_reason_is_given_on_demand(rag: Run) -> None:
    plain, explained = rag("ask", QUESTION), rag("ask", QUESTION, "--explain")
    reasons = [c["verdict"] for c in rag("ask", QUESTION, "--json").json["claims"]]
    assert len(reasons) >= 3
    for verdict in reasons:
        assert f"{verdict['reason']} ({verdict['judge']})" in " ".join(explained.out.split())
        assert verdict["label"] != "supported" or verdict["reason"] not in " ".join(plain.out.split())


def test_markdown_shows_both_marks(rag: Run) -> None:
    assert rag("ask", QUESTION, "--markdown").out.count("_(verbatim quote; judged supported") >= 3


def test_ask_json_is_the_record_alone(rag: Run) -> None:
    ran = rag("ask", QUESTION, "--json")
    assert ran.code == 0
    answer = Answer.model_validate(ran.json)
    assert sorted(next(t for t in THREE if p.title.startswith(t)) for p in answer.sources) == sorted(THREE)
    assert answer.model_dump_json() == ran.out.rstrip("\n")


def test_ask_markdown_has_claims_sources_and_quotes(rag: Run) -> None:
    ran = rag("ask", QUESTION, "--markdown")
    assert ran.code == 0
    assert ran.out.startswith("## which methods reduce")
    _, sources = ran.out.split("### Sources")
    assert sources.count("\n   > ") == 3
    assert all(t in sources for t in THREE)
    assert "INFO" not in ran.out


def test_ask_abstains_with_3_and_the_nearest_papers(rag: Run) -> None:
    plain, document = rag("ask", NOWHERE), rag("ask", NOWHERE, "--json")
    assert plain.code == document.code == 3
    assert "Nearest papers" in plain.out
    assert "Sources" not in plain.out
    answer = Answer.model_validate(document.json)
    assert answer.abstained
    assert answer.reason
    assert answer.reason in " ".join(plain.out.split())
    assert rag("ask", NOWHERE, "--markdown").code == 3
    assert rag("ask", NOWHERE, "--bibtex").out.strip() == ""


@pytest.mark.parametrize("verb", ["ask", "summarize"])
@pytest.mark.parametrize("form", [[], ["--json"], ["--markdown"]])
def test_undated_papers_are_counted_on_stderr(rag: Run, verb: str, form: list[str]) -> None:
    ran = rag(verb, QUESTION, "--since", "2024", *form)
    assert ran.code == 0
    assert "112 undated papers were kept; --dated-only leaves them out" in ran.err
    assert "undated" not in ran.out
    assert "undated" not in rag(verb, QUESTION, *form).err
    assert "undated" not in rag(verb, QUESTION, "--since", "2024", "--dated-only", *form).err


def test_filters_reach_the_answer(rag: Run) -> None:
    everything = rag("papers", "list", "--json").json
    one = next(p["id"] for p in everything if p["title"].startswith("TokenWeave"))
    answer = Answer.model_validate(rag("ask", QUESTION, "--paper", one, "--json").json)
    assert [p.id for p in answer.sources] == [one]
    early = Answer.model_validate(rag("ask", "language models", "--until", "2022", "--dated-only", "--json").json)
    assert all(int(p.published[:4]) <= 2022 for p in (*early.sources, *early.nearest))
    assert len(rag("ask", QUESTION, "--max-claims", "2", "--json").json["claims"]) == 2


@pytest.mark.parametrize("form", [[], ["--json"], ["--markdown"], ["--bibtex"]])
def test_a_model_without_a_key_says_so(rag: Run, form: list[str]) -> None:
    ran = rag("ask", QUESTION, "--llm", "gpt-4o", *form)
    assert ran.code == 0
    if form != ["--bibtex"]:
        assert "OPENAI_API_KEY" in ran.out.replace("\\", "")
        assert "gpt-4o" in ran.out
    if form == ["--json"]:
        assert ran.json["mode"] == "extractive"
        assert "gpt-4o" in ran.json["fallback_from"]


def test_a_written_answer_says_who_writes(rag: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeOpenAI(quoting_model(limit=3)) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
        monkeypatch.setenv("OPENAI_API_KEY", "test-key-0123456789")
        ran = rag("ask", QUESTION, "--llm", "tiny-7b")
        assert server.requests[0].body["model"] == "tiny-7b"
        off = rag("ask", QUESTION, "--llm", "off", "--json")
        offline = rag("ask", QUESTION, "--offline", "--json")
        assert len(server.requests) == 1, "neither sends anything"
    assert ran.code == 0
    assert "writing with tiny-7b at 127.0.0.1" in ran.err
    assert ran.out.count("judged supported") == 3
    assert off.json["mode"] == offline.json["mode"] == "extractive"


def test_what_leaves_the_machine_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    for url, said in (("https://models.example/v1", "leave this machine"), ("http://127.0.0.1:1/v1", "stay on this")):
        with Assistant.open(settings=Settings.from_env(base_url=url, api_key="test-key-0123456789")) as assistant:
            announce_model(assistant)
        out, err = capsys.readouterr()
        assert out == ""
        assert said in err
        assert "test-key" not in err


def test_what_a_model_began_is_withdrawn_aloud_when_it_fails(rag: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The numbers begin anew, so a claim that stands above must not be read with the sources below."""
    whole = quoting_model()

    def breaks(request: object) -> Reply:
        lines = tuple(line + "\n" for line in whole(request).text.splitlines())
        return Reply(chunks=lines[::-1], cut_after=2)

    with FakeOpenAI(breaks) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
        monkeypatch.setenv("RAG_RETRIES", "0")
        ran = rag("ask", QUESTION)
    assert ran.code == 0
    before, after = ran.out.split("withdrawn")
    assert before.count("judged supported") == 2
    assert after.count("judged supported") == 3
    assert "cut the reply off" in ran.err
    assert "Sources" not in before


def test_bibtex_parses_and_gives_each_cited_paper(rag: Run) -> None:
    ran = rag("ask", QUESTION, "--bibtex")
    assert ran.code == 0
    parsed = bibtexparser.parse_string(ran.out)
    assert parsed.failed_blocks == []
    assert {e.key for e in parsed.entries} == {"tpillm", "nvrar", "tokenweave"}
    titles = [e.fields_dict["title"].value.strip("{}") for e in parsed.entries]
    assert sorted(next(w for w in THREE if t.startswith(w)) for t in titles) == sorted(THREE)
    assert all("note" in e.fields_dict["note"].value for e in parsed.entries)


# -- search


def test_search_explains_each_hit(rag: Run) -> None:
    ran = rag("search", QUESTION, "--k", "3")
    assert ran.code == 0
    assert ran.err == ""
    assert ran.out.count("words ") == ran.out.count("meaning ") == ran.out.count("matched: ") == 3
    assert ran.out.lstrip().startswith("1. LLM Inference Beyond a Single Node")


def test_search_json_is_a_list_of_hits(rag: Run) -> None:
    ran = rag("search", QUESTION, "--k", "4", "--json")
    hits = [Hit.model_validate(h) for h in ran.json]
    assert ran.code == 0
    assert len(hits) == 4
    assert hits[0].explain["lexical"]["rank"] == 1
    assert "allreduc" in hits[0].explain["matched_terms"]
    assert [Hit.model_validate(h) for h in rag("search", QUESTION, "--json").json][:4] == hits


def test_search_finds_nothing_with_3(rag: Run, tmp_path: Path) -> None:
    ran = rag("search", QUESTION, "--library", tmp_path / "empty", "--json")
    assert (ran.code, ran.json) == (3, [])
    ran = rag("search", QUESTION, "--until", "1900", "--dated-only")
    assert (ran.code, ran.out) == (3, "")


# -- chat


def test_chat_answers_line_by_line_and_understands_follow_ups(rag: Run) -> None:
    ran = rag("chat", stdin="what does NVRAR do?\n\nhow much faster than NCCL is it?\n")
    assert ran.code == 0
    first, second = ran.out.split("? how much faster than NCCL is it?")
    assert "? what does NVRAR do?" in first
    assert "recursive doubling" in first
    assert "1.9x-3.6x" in " ".join(second.split())
    assert "LLM Inference Beyond a Single Node" in second


def test_chat_goes_on_after_a_question_without_words(rag: Run) -> None:
    ran = rag("chat", stdin="!!\nwhat does NVRAR do?\n")
    assert ran.code == 0
    assert "the question holds no words" in ran.err
    assert "recursive doubling" in ran.out


def test_chat_without_input_ends(rag: Run) -> None:
    ran = rag("chat", stdin="")
    assert (ran.code, ran.out) == (0, "")


# -- summarize


def test_summarize_in_its_three_forms(rag: Run) -> None:
    plain = rag("summarize", "reducing all-reduce latency")
    document = rag("summarize", "reducing all-reduce latency", "--json")
    markdown = rag("summarize", "reducing all-reduce latency", "--markdown")
    assert plain.code == document.code == markdown.code == 0
    answer = Answer.model_validate(document.json)
    assert all(c.citations for c in answer.claims)
    assert all(title in plain.out and title in markdown.out for title in THREE)
    assert len(rag("summarize", "GPU kernels", "--limit", "4", "--json").json["sources"]) == 4


def test_summarize_with_nothing_to_say_exits_with_3(rag: Run) -> None:
    ran = rag("summarize", NOWHERE, "--json")
    assert ran.code == 3
    assert ran.json["abstained"]


# -- the reader's own papers


def bib() -> str:
    entries = (
        f"@article{{k{i},\n  title = {{{t}}},\n  year = {{202{i}}},\n  abstract = {{{a.replace('%', chr(92) + '%')}}}\n}}"
        for i, (t, a) in enumerate(ABSTRACTS.items())
    )
    return "\n".join(entries) + "\n"


def csv() -> str:
    return "title,abstract\n" + "".join(f'"{t}","{a}"\n' for t, a in ABSTRACTS.items())


def lines() -> str:
    return "".join(json.dumps({"title": t, "abstract": a}) + "\n" for t, a in ABSTRACTS.items())


@pytest.mark.parametrize(("name", "content"), [("own.bib", bib), ("own.csv", csv), ("own.jsonl", lines)])
def test_own_files_are_ingested_asked_about_and_ingested_again(
    rag: Run, tmp_path: Path, name: str, content: object
) -> None:
    path = tmp_path / name
    path.write_text(content(), encoding="utf-8")  # type: ignore[operator]
    at = ["--library", tmp_path / "library"]
    report = rag("ingest", path, *at, "--json")
    assert report.code == 0
    assert len(report.json["added"]) == 2
    assert report.json["rejected"] == []
    ran = rag("ask", "How much does RingFold cut all-reduce latency?", *at, "--json")
    assert ran.code == 0
    answer = Answer.model_validate(ran.json)
    (source,) = answer.sources
    assert (source.title, source.text_kind, source.abstract) == (RINGFOLD, "abstract", ABSTRACTS[RINGFOLD])
    assert any("37%" in c.text for c in answer.claims)
    again = rag("ingest", path, *at, "--json").json
    assert (again["added"], again["updated"], len(again["unchanged"])) == ([], [], 2)
    assert "2 papers in" in rag("papers", "list", *at).out
    assert rag("ask", QUESTION, *at, "--json").json["library"]["papers"] == 2
    assert QUILT not in rag("ask", "How much does RingFold cut all-reduce latency?", *at).out


def test_search_says_what_the_filters_did(rag: Run, library: Path) -> None:
    ran = rag("search", "latency", "--library", library, "--since", "2024", "--json")
    assert ran.code == 0 and len(ran.json) == 2
    assert "2 undated papers were kept" in ran.err
    ran = rag("search", "latency", "--library", library, "--source", "owm.jsonl")
    assert ran.code == 3
    assert "no paper of the library has the source 'owm.jsonl'; near: own.jsonl" in ran.err
    assert rag("search", "latency", "--library", library, "--source", "*.jsonl", "--json").code == 0


def test_chat_takes_filters(rag: Run, library: Path) -> None:
    ran = rag("chat", "--library", library, "--since", "2024", "--dated-only", stdin="what cuts latency?\n")
    assert ran.code == 0
    assert "The abstracts do not say" in ran.out
