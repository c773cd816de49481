"""Parsing claims out of replies, whole and broken, in pieces of any size."""

from __future__ import annotations

import json
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.answering.claimfields import load_object, source_numbers
from rag.answering.claimstream import CannotAnswer, ClaimStream, Malformed, Parsed, ParsedCitation, ParsedClaim
from tests.answering.parsing import claim, fed


def run(text: str, size: int = 1) -> list[Parsed]:
    return fed(ClaimStream(), text, size)


A = '{"text": "A folds.", "sources": [1], "quotes": [{"source": 1, "quote": "folds"}]}'
B = '{"text": "B sews.", "sources": [2], "quotes": [{"source": 2, "quote": "sews"}]}'
AB = [claim("A folds.", (1, "folds")), claim("B sews.", (2, "sews"))]


@pytest.mark.parametrize(
    "reply",
    [
        f"{A}\n{B}\n",
        f"{A}{B}",
        f"Sure! Here are the claims:\n```json\n{A}\n{B}\n```\nI hope this helps.",
        f"[{A}, {B}]",
        f"[\n  {A},\n  {B}\n]",
        f'{{"claims": [{A}, {B}], "cannot_answer": null}}',
        json.dumps({"answer": {"claims": [json.loads(A), json.loads(B)]}}, indent=4),
        json.dumps(json.loads(A), indent=2) + "\n" + json.dumps(json.loads(B), indent=2),
        f"The set {{x, y}} and \\texttt{{z}} first.\n{A}\n{B}",
        f"<think>Perhaps {A}? No.</think>\n{A}\n{B}",
        f"{{{A}}}\n{{{B}}}",
        A.replace("]}", "],}").replace('folds"}', 'folds",}') + B,
        f"data: {A}\r\n\r\ndata: {B}",
    ],
)
@pytest.mark.parametrize("size", [1, 2, 7, 10_000])
def test_two_claims_in_every_dress(reply: str, size: int) -> None:
    assert run(reply, size) == AB


def test_claims_come_as_their_braces_close() -> None:
    parser = ClaimStream()
    assert parser.feed('{"claims": [' + A[:-1]) == []
    assert parser.feed("}") == AB[:1]
    assert parser.feed(", " + B[:40]) == []
    assert parser.feed(B[40:]) == AB[1:]
    assert parser.feed("]}") == parser.finish() == []


@pytest.mark.parametrize(
    ("sources", "numbers"),
    [
        (1, [1]),
        ("1", [1]),
        ("[1]", [1]),
        ("Source 2", [2]),
        ("[1, 3]", [1, 3]),
        ("2-4", [2, 3, 4]),
        ([1, "[2]", "3"], [1, 2, 3]),
        ([1, 1], [1]),
        ([{"source": 2}], [2]),
        (2.0, [2]),
        (True, []),
        (None, []),
        ("2020 study", [0]),
        (["RingFold"], [0]),
        ([10**30], [0]),
        (-1, [0]),
        (1.5, [0]),
    ],
)
def test_sources_in_every_shape(sources: object, numbers: list[int]) -> None:
    assert source_numbers(sources) == numbers


@pytest.mark.parametrize(
    ("record", "citations"),
    [
        ({"sources": [1]}, [(1, None)]),
        ({"sources": [1], "quote": "q"}, [(1, "q")]),
        ({"sources": 1, "quotes": ["q", "r"]}, [(1, "q"), (1, "r")]),
        ({"sources": [1, 2], "quotes": ["q", "r"]}, [(1, "q"), (2, "r")]),
        ({"sources": [1, 2], "quotes": ["q", "r", "s"]}, [(1, None), (2, None), (0, "q"), (0, "r"), (0, "s")]),
        ({"sources": [1], "quotes": [{"source": "2", "quote": "q"}]}, [(1, None), (2, "q")]),
        ({"sources": [1], "quotes": {"1": "q"}}, [(1, "q")]),
        ({"sources": [1], "quotes": [{"source": 1, "quote": ["q", "r"]}]}, [(1, "q"), (1, "r")]),
        ({"sources": [1], "quotes": [{"source": 1, "text": "q"}]}, [(1, "q")]),
        ({"citations": [{"source": 1, "quote": "q"}]}, [(1, "q")]),
        ({"sources": [1], "quotes": [{"source": 1, "quote": ""}]}, [(1, None)]),
        ({"sources": [1], "quotes": 7}, [(1, None)]),
        ({"sources": []}, []),
        ({}, []),
    ],
)
def test_quotes_in_every_shape(record: dict[str, object], citations: list[tuple[int, str | None]]) -> None:
    assert run(json.dumps({"text": "A does x.", **record})) == [claim("A does x.", *citations)]


def test_markers_in_the_text_are_taken_out_and_used_where_no_source_is_given() -> None:
    assert run('{"text": "A does x [1], y [2]."}') == [claim("A does x, y.", (1, None), (2, None))]
    assert run('{"text": "A does x [3].", "sources": [1]}') == [claim("A does x.", (1, None))]


def test_a_repair_names_what_it_repairs() -> None:
    assert run(A[:-1] + ', "repairs": 2}') == [AB[0]._replace(repairs=2)]


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (r'{"text": "saves 24\% and 2\times more"}', r"saves 24\% and 2\times more"),
        (r'{"text": "saves 24\\% and 2\\times more"}', r"saves 24\% and 2\times more"),
        ('{"text": "a \\ud83d\\ude00 b"}', "a \U0001f600 b"),
        ('{"text": "a \\ud83d b"}', "a \ufffd b"),
        ('{"text": "a\\u0000b"}', "a\ufffdb"),
        ('{"text": "say \\"so\\" {now} [x]"}', 'say "so" {now} [x]'),
        ('{"text": "two\nlines"}', "two lines"),
        ('{"text": "a <think> b"}', "a <think> b"),
    ],
)
@pytest.mark.parametrize("size", [1, 3, 1000])
def test_escapes_split_anywhere(raw: str, text: str, size: int) -> None:
    assert run(raw, size) == [claim(text)]


def test_a_quote_keeps_its_latex() -> None:
    assert load_object(r'{"quote": "2.15\times and \textbf{x}, 5\%"}') == {"quote": r"2.15\times and \textbf{x}, 5\%"}


@pytest.mark.parametrize(
    ("reply", "reasons"),
    [
        (A[:-30], ["cut off"]),
        ('{"te', ["cut off"]),
        ('{"claims": [' + A[:-1], ["cut off"]),
        ('{"text": "A", "sources": [1', ["cut off"]),
        ('{"text": "A", "sources": [1}', ["brackets do not match"]),
        ('{"text": "", "sources": [1]}', ["a claim without text"]),
        ('{"text": "A" "sources": [1]}', ["no JSON"]),
        ('{"text": "' + "a " * 1500 + '"}', ["a claim of 2,999 characters"]),
        ('{"text": "' + "a" * 70_000 + '"}', ["longer than 65,536 characters"]),
        ('{"text": ' + "[" * 40, ["nested deeper than 32"]),
    ],
)
def test_what_cannot_be_read_is_told(reply: str, reasons: list[str]) -> None:
    found = run(reply, 5)
    assert [p.reason for p in found if isinstance(p, Malformed)] == reasons
    assert all(isinstance(p, Malformed) and len(p.excerpt) <= 80 for p in found)


@pytest.mark.parametrize(
    "broken",
    [
        '{"text": "A folds", "sources": [1',
        '{"text": "A folds", "sources": [1]',
        '{"text": "A folds',
        '{"text": "A says "folds" loudly", "sources": [1]}',
        '{"text": "A folds", "quotes": [{"source": 1, "quote": "x"]}',
    ],
)
@pytest.mark.parametrize("size", [1, 4, 1000])
def test_a_broken_line_costs_one_claim_only(broken: str, size: int) -> None:
    found = run(f"{broken}\n{B}\n", size)
    assert [type(p) for p in found].count(Malformed) == 1
    assert found[-1] == AB[1]


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        ('{"cannot_answer": "No source says so."}', "No source says so."),
        ('{"claims": [], "cannot_answer": "No source says so."}', "No source says so."),
        ('{"cannot_answer": true}', "the sources do not answer"),
        ('```json\n{"cannot_answer": ""}\n```', "the sources do not answer"),
    ],
)
def test_the_model_says_that_it_cannot(reply: str, reason: str) -> None:
    assert run(reply) == [CannotAnswer(reason)]


@pytest.mark.parametrize(
    "reply", ["", "No.", "[1] [2]", '{"a": 1}', "[]", "null", "}{", "]]]", '{"text": 3}', "<think>"]
)
def test_no_claim_at_all(reply: str) -> None:
    assert run(reply) == []


@pytest.mark.parametrize("start", ["", "{", '{"text": "', '{"claims": [', "[[[", "\\", "<think>"])
def test_five_megabytes_of_garbage_cost_bounded_memory(start: str) -> None:
    parser = ClaimStream()
    parser.feed(start)
    tracemalloc.start()
    for _ in range(80):
        assert len(parser.feed("x" * 65_536)) <= 1
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    parser.finish()
    assert peak < 4_000_000


@given(st.text(alphabet='{}[]",:\\ \nabtext1<>/k', max_size=200), st.integers(1, 9))
def test_no_text_breaks_the_parser_and_pieces_do_not_matter(text: str, size: int) -> None:
    assert run(text, size) == run(text, len(text) or 1)


RECORDS = st.lists(
    st.tuples(
        st.text(st.characters(exclude_categories=["Cs", "Cc", "Z"]), min_size=1, max_size=40), st.integers(1, 99)
    ),
    min_size=1,
    max_size=5,
)


@given(RECORDS, st.integers(1, 30), st.sampled_from([None, 2]), st.booleans())
def test_what_json_writes_is_read_back(
    records: list[tuple[str, int]], size: int, indent: int | None, ascii_: bool
) -> None:
    made = [{"text": f"A {t}", "sources": [n], "quotes": [{"source": n, "quote": t}]} for t, n in records]
    wrapped = json.dumps({"claims": made}, indent=indent, ensure_ascii=ascii_)
    quotes = [p.citations for p in run(wrapped, size) if isinstance(p, ParsedClaim)]
    assert quotes == [(ParsedCitation(n, t),) for t, n in records]
