"""Tables: columns, cells, setups, exports, a model's cells, and the verb."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rag import Answer, Assistant, Settings
from rag.answer import Table
from rag.errors import InputError
from rag.paper import Paper
from rag.tabling.columns import read_columns
from rag.tabling.lexicon import phrases
from tests.fakes.openai_server import FakeOpenAI, Reply
from tests.fakes.scripted import sources_of
from tests.fakes.shelf import MOSSY, QUILT, RINGFOLD

TOPIC = "all-reduce latency"
COLUMNS = "method, interconnect, baseline, speedup"


@pytest.fixture
def assistant() -> Iterator[Assistant]:
    with Assistant.open(llm="off") as opened:
        yield opened


def table_of(answer: Answer) -> Table:
    assert answer.table is not None
    return answer.table


def assert_quotes_hold(answer: Answer) -> int:
    papers = {p.id: p for p in answer.sources}
    seen = 0
    for row in table_of(answer).rows:
        assert answer.sources[row.number - 1].id == row.paper_id
        for cell in row.cells:
            assert (cell.claim is None) or cell.text is not None
            for c in cell.claim.citations if cell.claim else ():
                assert getattr(papers[c.paper_id], c.field)[c.start : c.end] == c.quote
                assert c.number == row.number
                seen += 1
    return seen


def test_columns_are_read_into_kinds() -> None:
    kinds = {c.name: c.kind for c in read_columns("method, interconnect,baseline, speedup, year, colour of the box")}
    assert kinds == {
        "method": "method",
        "interconnect": "entity",
        "baseline": "baseline",
        "speedup": "result",
        "year": "record",
        "colour of the box": "other",
    }


@pytest.mark.parametrize("wrong", ["", " , ", "???", ",".join(f"c{i}" for i in range(13))])
def test_columns_that_cannot_be_read_say_so(wrong: str) -> None:
    with pytest.raises(InputError) as caught:
        read_columns(wrong)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("about", "text", "expected"),
    [
        ("baseline", "Zorp cuts cost by 20% over the plain ring on 8 nodes.", ["the plain ring"]),
        ("baseline", "Zorp is 2.27x faster than GPU baselines and 2.85x better than prior FPGA work.",
         ["GPU baselines", "prior FPGA work"]),
        ("baseline", "The model fits in less than 160 GB.", []),
        ("baseline", "Zorp runs branches to hedge against likely rejections.", []),
        ("baseline", "Against Quux, Zorp saves half the memory.", ["Quux"]),
        ("hardware", "Measured on four NVIDIA H100 GPUs and an AMD U280 FPGA.", ["four NVIDIA H100 GPUs", "AMD U280 FPGA"]),
        ("interconnect", "on the HPE Slingshot and InfiniBand interconnects", ["HPE Slingshot", "InfiniBand"]),
        ("hardware", "We proved the theorem in general.", []),
    ],
)  # fmt: skip
def test_phrases(about: str, text: str, expected: list[str]) -> None:
    assert [text[a:b] for a, b in phrases(about, text)] == expected


def test_the_users_table_over_the_notes(assistant: Assistant) -> None:
    answer = assistant.table(TOPIC, COLUMNS)
    table = table_of(answer)
    assert table.columns == ("method", "interconnect", "baseline", "speedup")
    first = {row.name: {c.column: c for c in row.cells} for row in table.rows if row.group is None}
    assert {"NVRAR", "TPI-LLM", "TokenWeave"} <= first.keys()
    assert "Slingshot" in (first["NVRAR"]["interconnect"].text or "")
    assert first["NVRAR"]["baseline"].text == "NCCL"
    speedup = first["NVRAR"]["speedup"]
    assert "up to" in (speedup.text or ""), "a figure keeps its up to"
    assert speedup.not_comparable, "figures of other setups are marked"
    assert assert_quotes_hold(answer) >= 6
    assert table.read == 176
    assert not answer.claims
    assert Answer.model_validate_json(answer.model_dump_json()) == answer


def test_what_no_sentence_states_is_not_stated(shelf: Assistant) -> None:
    answer = shelf.table("all-reduce latency", ["licence fee", "interconnect", "hardware"])
    row = next(r for r in table_of(answer).rows if r.paper_id == RINGFOLD.id)
    texts = {c.column: c.text for c in row.cells}
    assert texts == {"licence fee": None, "interconnect": None, "hardware": "64 GPUs"}
    assert "not stated" in answer.to_markdown()


def test_fields_of_the_record_need_no_quote(tmp_path: Path) -> None:
    dated = RINGFOLD.model_copy(
        update={"published": "2024", "published_inferred": True, "authors": ("A. Ring", "B. Fold")}
    )
    with Assistant.open(tmp_path / "library", llm="off") as opened:
        opened.library.write([dated, QUILT])
        row = table_of(opened.table("all-reduce", "year, authors, venue")).rows[0]
    assert [c.text for c in row.cells] == ["2024 (inferred)", "A. Ring, B. Fold", None]
    assert all(c.claim is None for c in row.cells)


def test_figures_measured_alike_are_comparable(tmp_path: Path) -> None:
    made = [
        Paper(id=f"p-{n}", revision="r", title=f"{n}: Faster Rings",
              abstract=f"{n} speeds up ring all-reduce by {x}x over NCCL on eight H100 GPUs.")
        for n, x in (("Zorp", 2), ("Blip", 3))
    ]  # fmt: skip
    with Assistant.open(tmp_path / "library", llm="off") as opened:
        opened.library.write(made)
        table = table_of(opened.table("ring all-reduce", "speedup"))
    assert [c.not_comparable for r in table.rows for c in r.cells] == [None, None]
    assert table.notes == ()


def test_csv_has_quotes_and_no_formulas(tmp_path: Path) -> None:
    nasty = Paper(
        id="p-x", revision="r", title="=cmd|' /C calc'!A0", abstract="We present a ring that cuts latency by 9%."
    )
    with Assistant.open(tmp_path / "library", llm="off") as opened:
        opened.library.write([nasty])
        rows = list(csv.reader(io.StringIO(table_of(opened.table("ring latency", "result, venue")).to_csv())))
    assert rows[0][:4] == ["number", "paper", "paper id", "group"]
    line = dict(zip(rows[0], rows[1], strict=True))
    assert line["paper"].startswith("'=")
    assert line["result quote"] == nasty.abstract
    assert line["result verdict"] == "supported"
    assert line["venue"] == "not stated"


def test_markdown_from_hostile_text_is_plain(tmp_path: Path) -> None:
    nasty = Paper(
        id="p-x", revision="r", title="Rings <script>alert(1)</script> | pipes",
        abstract="We present ![x](http://e.vil/x.png) a ring | with <img onerror=x> latency.",
    )  # fmt: skip
    with Assistant.open(tmp_path / "library", llm="off") as opened:
        opened.library.write([nasty])
        shown = opened.table("ring latency", "method").to_markdown()
    assert not re.search(r"(?<!\\)<(?:script|img)", shown)
    assert "![" not in shown
    table = [line for line in shown.splitlines() if line.startswith("|")]
    assert len({len(re.findall(r"(?<!\\)\|", line)) for line in table}) == 1, "every line has as many columns"


def test_off_topic_abstains(assistant: Assistant) -> None:
    answer = assistant.table("calories in a croissant", "method")
    assert answer.abstained
    assert answer.table is None
    assert answer.nearest


# -- with a model


def cell(source: int, column: str, value: str | None, quote: str | None) -> str:
    return json.dumps({"source": source, "column": column, "value": value, "quote": quote}) + "\n"


def filling(prompt: str) -> str:
    """A model that fills one cell well, one with a made-up quote, one with a wrong figure, one in a fence."""
    ringfold = next(s.number for s in sources_of(prompt) if s.title == RINGFOLD.title)
    return (
        "Here it is:\n```json\n"
        + cell(ringfold, "speedup", "37% lower all-reduce latency over the plain ring on 64 GPUs",
               "On 64 GPUs RingFold cuts all-reduce latency by 37% over the plain ring.")
        + cell(ringfold, "baseline", "a torus", "RingFold is compared with a torus.")
        + cell(ringfold, "hops", "RingFold halves the hops of the ring", "which halves its hops")
        + cell(99, "speedup", "5x", "five times") + cell(ringfold, "colour", "red", "red")
        + '{"broken": \n'
        + cell(ringfold, "venue", None, None)
    )  # fmt: skip


@pytest.fixture
def written(tmp_path: Path) -> Iterator[tuple[Assistant, FakeOpenAI]]:
    with FakeOpenAI(default=lambda request: Reply(filling(request.prompt))) as fake:
        settings = Settings(base_url=fake.base_url, api_key="key-for-tests-only")
        with Assistant.open(tmp_path / "library", settings=settings) as opened:
            opened.library.write([RINGFOLD, QUILT, MOSSY])
            yield opened, fake


def test_a_models_cells_are_checked_one_by_one(written: tuple[Assistant, FakeOpenAI]) -> None:
    assistant, _ = written
    answer = assistant.table("all-reduce latency", "speedup, baseline, hops")
    assert answer.mode == "generative"
    row = next(r for r in table_of(answer).rows if r.paper_id == RINGFOLD.id)
    cells = {c.column: c for c in row.cells}
    assert cells["speedup"].text == "37% lower all-reduce latency over the plain ring on 64 GPUs"
    assert cells["baseline"].text == "the plain ring", "the paper's own words where the model's quote is made up"
    assert [d.verdict.reason for d in answer.dropped if "torus" in d.text]
    assert_quotes_hold(answer)
    assert answer.prompts["table"].startswith("table@1")


def test_a_model_that_fails_leaves_the_papers_own_words(tmp_path: Path) -> None:
    with FakeOpenAI(default=Reply(status=401)) as fake:
        settings = Settings(base_url=fake.base_url, api_key="key-for-tests-only")
        with Assistant.open(tmp_path / "library", settings=settings) as opened:
            opened.library.write([RINGFOLD, QUILT])
            answer = opened.table("all-reduce latency", "speedup")
    assert answer.mode == "extractive"
    assert answer.fallback_from
    assert "37%" in (table_of(answer).rows[0].cells[0].text or "")
    assert "key-for-tests-only" not in answer.model_dump_json()


# -- the verb


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    from rag.cli.main import main

    code = main(["table", *arguments, "--offline"])
    return code, capsys.readouterr().out


def test_the_verb_in_every_form(capsys: pytest.CaptureFixture[str]) -> None:
    code, shown = run(capsys, TOPIC, "--columns", COLUMNS)
    assert code == 0
    assert "NVRAR" in shown
    assert "not stated" in shown
    assert "not comparable" in shown
    code, shown = run(capsys, TOPIC, "--columns", COLUMNS, "--json")
    record: dict[str, Any] = json.loads(shown)
    assert record["table"]["columns"] == ["method", "interconnect", "baseline", "speedup"]
    code, shown = run(capsys, TOPIC, "--columns", COLUMNS, "--csv")
    assert len(list(csv.reader(io.StringIO(shown)))) == 1 + len(record["table"]["rows"])
    code, shown = run(capsys, TOPIC, "--columns", COLUMNS, "--markdown")
    assert shown.count("\n|") >= 4
    assert "### Sources" in shown


def test_the_verbs_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "calories in a croissant")[0] == 3
    assert run(capsys, TOPIC, "--columns", " , ")[0] == 2
