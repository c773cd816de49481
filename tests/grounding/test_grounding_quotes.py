"""Quotes: what is located slices to the source's own words; a changed word is never found."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from rag.grounding.quotes import Span, find, locate, normalise
from rag.paper import Paper

ABSTRACT = (
    "We cut the waiting time by 24\\% and reach 2.15times the rate of “plain” all–reduce. "
    "Naïve cafe\u0301 schedules, 𝒜-stable ones included, cost 1.5\\,TB  of\nmemory; they don’t finish early."
)


def paper(abstract: str = ABSTRACT, title: str = "Waiting Less: A Study of Ropes") -> Paper:
    return Paper(id="p", revision="r", title=title, abstract=abstract)


def quoted(quote: str, source: Paper) -> str | None:
    span = locate(quote, source)
    return None if span is None else getattr(source, span.field)[span.start : span.end]


def test_exact() -> None:
    assert locate("We cut the waiting time", paper()) == Span("abstract", 0, 23)
    assert quoted("A Study of Ropes", paper()) == "A Study of Ropes"


@pytest.mark.parametrize(
    ("quote", "source_words"),
    [
        ("we cut the waiting time by 24%", "We cut the waiting time by 24\\%"),
        ("reach 2.15x the rate of", "reach 2.15times the rate of"),
        ('the rate of "plain" all-reduce', "the rate of “plain” all–reduce"),
        ("cost 1.5 TB of memory; they don't finish", "cost 1.5\\,TB  of\nmemory; they don’t finish"),
        ("…the waiting time by...", "the waiting time by"),
        ("“the waiting time by 24%.”", "the waiting time by 24\\%"),
        ("Na\u0131\u0308ve".replace("\u0131\u0308", "i\u0308") + " caf\u00e9 schedules", "Naïve cafe\u0301 schedules"),
        ("A-stable ones included", "𝒜-stable ones included"),
        ("the rate of 'plain' all-reduce", None),
        ("We cut the waiting time by 25%", None),
        ("We trim the waiting time by 24%", None),
        ("We cut waiting time by 24%", None),
        ("we CUT the waiting time", None),
        ("e cut the waiting tim", None),
        ("the waiting time", "the waiting time"),
        ("waiting time", None),
        ("", None),
        ("...", None),
    ],
)
def test_normalising_lookup(quote: str, source_words: str | None) -> None:
    assert quoted(quote, paper()) == source_words


def test_a_short_title_may_be_quoted_whole() -> None:
    assert quoted("Tilus", paper(title="Tilus")) == "Tilus"
    assert quoted("tilus.", paper(title="Tilus")) == "Tilus"
    assert quoted("Waiting Less", paper()) is None


def test_a_quote_does_not_begin_inside_a_letter() -> None:
    source = paper("cafe\u0301 life goes on and on")
    assert locate("\u0301 life goes on", source) is None
    assert locate("cafe life goes on", source) is None


def test_a_huge_abstract_is_searched_exactly() -> None:
    source = paper("word " * 1_000_000 + "the needle in the stack")
    assert quoted("the needle in the stack", source) == "the needle in the stack"
    assert quoted("The needle in the stack.", source) is None


WORDS = st.lists(
    st.text(st.characters(codec="utf-8", categories=("Ll", "Lu", "Lo", "Mn", "So", "Nd")), min_size=1, max_size=8),
    min_size=8,
    max_size=30,
)


@given(WORDS, st.data())
def test_what_is_located_says_the_same(words: list[str], data: st.DataObject) -> None:
    source = paper(" ".join(words))
    start = data.draw(st.integers(0, len(words) - 5))
    end = data.draw(st.integers(start + 4, len(words)))
    quote = data.draw(st.sampled_from([" ", "  ", "\n", "\u00a0"])).join(words[start:end])
    quote = data.draw(
        st.sampled_from([quote, unicodedata.normalize("NFC", quote), unicodedata.normalize("NFD", quote)])
    )
    found = quoted(quote, source)
    if found is not None:
        same = {normalise(found), normalise(found)[:1].swapcase() + normalise(found)[1:]}
        assert same & {normalise(quote), normalise(quote).strip("\"' .")}


@given(st.lists(st.from_regex(r"[a-z]{2,9}", fullmatch=True), min_size=6, max_size=20), st.data())
def test_every_run_of_plain_words_is_found_exactly(words: list[str], data: st.DataObject) -> None:
    text = " ".join(words)
    start = data.draw(st.integers(0, len(words) - 4))
    quote = " ".join(words[start : start + 4])
    assume(len(quote) >= 12)
    assert quoted(quote, paper(text)) == quote


@given(st.lists(st.from_regex(r"[a-z]{3,9}", fullmatch=True), min_size=5, max_size=12), st.data())
def test_any_word_changed_is_not_found(words: list[str], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(words) - 1))
    changed = [*words[:at], words[at] + data.draw(st.sampled_from(["s", "ed", "q"])), *words[at + 1 :]]
    assume(" ".join(changed) not in " ".join(words))
    assert locate(" ".join(changed), paper(" ".join(words), title="Nothing of it")) is None


@given(st.text(max_size=80), st.text(max_size=200))
def test_any_text_may_be_looked_for(quote: str, text: str) -> None:
    found = find(quote, text)
    if found:
        assert 0 <= found[0] < found[1] <= len(text)


@given(st.text(max_size=120))
def test_normalising_twice_changes_nothing_in_plain_prose(text: str) -> None:
    plain = re.sub(r"[^\w\s.,;:-]", "", text)
    assert normalise(normalise(plain)) == normalise(plain)
