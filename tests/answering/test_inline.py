"""Parsing claims out of running text with [n] markers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.answering.claimfields import expand
from rag.answering.claimstream import CannotAnswer, Malformed, Parsed
from rag.answering.inline import InlineStream, read_inline
from tests.answering.parsing import claim, fed


def run(text: str, size: int = 1) -> list[Parsed]:
    return fed(InlineStream(), text, size)


@pytest.mark.parametrize(
    ("reply", "claims"),
    [
        ("A folds rings [1].", [claim("A folds rings.", (1, None))]),
        (
            "A folds rings. [1] B sews patches.[2]",
            [claim("A folds rings.", (1, None)), claim("B sews patches.", (2, None))],
        ),
        ("A folds rings [1][2].", [claim("A folds rings.", (1, None), (2, None))]),
        ("A folds rings [1, 2].", [claim("A folds rings.", (1, None), (2, None))]),
        ("A folds rings [1-3].", [claim("A folds rings.", (1, None), (2, None), (3, None))]),
        ("A folds rings [1][1].", [claim("A folds rings.", (1, None))]),
        ("A folds rings [0].", [claim("A folds rings.", (0, None))]),
        ("A folds rings [99].", [claim("A folds rings.", (99, None))]),
        ("A folds rings [2020 study].", [claim("A folds rings [2020 study].")]),
        ("A folds rings [2020].", [claim("A folds rings [2020].")]),
        ("A folds rings [Source 2] quickly.", [claim("A folds rings quickly.", (2, None))]),
        ('A does this: "folds the ring" [1].', [claim('A does this: "folds the ring".', (1, "folds the ring"))]),
        (
            "A “folds the ring” [1], and B sews [2].",
            [claim("A “folds the ring”, and B sews.", (1, "folds the ring"), (2, None))],
        ),
        (
            "- **A** folds rings [1]\n2. B sews patches [2]",
            [claim("A folds rings", (1, None)), claim("B sews patches", (2, None))],
        ),
        ("Here are the claims:\nA folds rings [1].", [claim("A folds rings.", (1, None))]),
        (
            "A is 2.5x faster, e.g. on H100s [1]. B is not [2].",
            [claim("A is 2.5x faster, e.g. on H100s.", (1, None)), claim("B is not.", (2, None))],
        ),
        ("A folds rings [1].\n\nReferences:\n[1] The A paper on rings.", [claim("A folds rings.", (1, None))]),
        ("A folds rings by itself.", [claim("A folds rings by itself.")]),
    ],
)
@pytest.mark.parametrize("size", [1, 3, 1000])
def test_sentences_with_markers(reply: str, claims: list[Parsed], size: int) -> None:
    assert run(reply, size) == claims


def test_inline_refusal_and_cut() -> None:
    assert read_inline("CANNOT ANSWER: no source says so") == [CannotAnswer("no source says so")]
    assert read_inline("A folds rings [1]. B was about to") == [
        claim("A folds rings.", (1, None)),
        Malformed("cut off", "B was about to"),
    ]


def test_a_range_is_capped() -> None:
    assert expand("1-999") == list(range(1, 21))
    assert expand("3-1") == [3, 1]


def test_inline_claims_come_sentence_by_sentence() -> None:
    parser = InlineStream()
    assert parser.feed("A folds rings [1]. B ") == [claim("A folds rings.", (1, None))]
    assert parser.feed("sews. [2]") == []
    assert parser.finish() == [claim("B sews.", (2, None))]


def test_five_megabytes_on_one_line() -> None:
    parser = InlineStream()
    found = [p for _ in range(80) for p in parser.feed("x" * 65_536)] + parser.finish()
    assert all(isinstance(p, Malformed) for p in found)


@given(st.text(alphabet='ab [].1-2"\n*', max_size=120))
def test_no_text_breaks_the_inline_parser(text: str) -> None:
    assert run(text, 7) is not None
