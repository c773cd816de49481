"""Small words in other words: only and all."""

from __future__ import annotations

import pytest

from rag.grounding.alignment import align
from rag.grounding.features import measure
from rag.grounding.marks import marks
from rag.grounding.tokens import read_text


@pytest.mark.parametrize(
    ("text", "name", "marked"),
    [
        ("The driver alone holds the key.", "only", True),
        ("The update leaves the settings alone.", "only", False),
        ("It works only on Sundays.", "only", True),
        ("It works for only a handful of users.", "only", False),
        ("It took only 30% of the time.", "only", False),
        ("The walls are entirely dry.", "all", True),
        ("The walls were completed in May.", "all", False),
        ("A total of nine boats came.", "all", False),
    ],
)
def test_a_small_word_is_of_its_class_only_where_it_means_it(text: str, name: str, marked: bool) -> None:
    assert bool(marks(read_text(text)).get(name)) == marked


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("The new driver is written solely in Ada.", "The new driver is written in pure Ada."),
        ("The gate opens only for members.", "The gate opens just for members of the club."),
        ("The choir rehearses an entire mass.", "The choir rehearses a full mass."),
        ("The choir knows the mass entirely by heart.", "The choir knows the mass completely by heart."),
    ],
)
def test_a_limit_said_in_other_words_is_no_universal(claim: str, source: str) -> None:
    found = measure(align(read_text(claim), read_text(source)))
    assert found.scope.strength == 0.0
    assert found.words.added.get("only", None) is None or found.words.added["only"].strength < 0.3


PHRASES = {
    "upto": "up to|at most|at the most|at best|a maximum of|maximum|its peak of|peak|or less|or fewer|no more than|no later than"
    "|as much as 5|as far as $3|as little as two",
    "least": "at least|at the very least|at worst|no less than|not fewer than|a minimum of|minimum of|or more,|or higher.",
    "some": "almost all|nearly every|virtually always|practically fully|close to all|the majority of|bulk of|greater part of"
    "|in part|for the most part|at times|a third of|half of|quarter of|tenth of|a fraction of|subset of|a handful of",
    "all": "without exception|no matter|across the board|each and every|the whole|in every case",
    "proof": "in fact|beyond doubt|without doubt|no doubt|no longer in doubt|is certain|for certain",
    "guess": "an open question|a open question|in principle|not certain|not sure|remains to be seen",
}


@pytest.mark.parametrize(("name", "phrase"), [(n, p) for n, phrases in PHRASES.items() for p in phrases.split("|")])
def test_every_phrase_of_a_class_is_found_whatever_word_it_begins_with(name: str, phrase: str) -> None:
    read = read_text(f"Loom and wheel {phrase} and wool")
    assert 3 in marks(read).get(name, ())


@pytest.mark.parametrize(
    "phrase",
    "not only|not merely|all but|after all|above all|most of all|first of all|at all|all the better|of course|not solely".split(
        "|"
    ),
)
def test_a_phrase_of_no_class_takes_its_words_from_every_class(phrase: str) -> None:
    read = read_text(f"Loom and wheel {phrase} and wool")
    assert not {3, 4} & {i for name in ("all", "only", "some", "least", "upto") for i in marks(read).get(name, ())}


@pytest.mark.parametrize(
    ("claim", "marked"),
    [
        ("Price, weight and size of the pump are all things that Ash can lower.", False),
        ("The pump was tried with price, weight and size all varied.", False),
        ("Gains level off, most of all where pumps are small.", False),
        ("Ash, Birch and Cedar, all of which need oil, are pumps.", True),
        ("Ash is quick, and its pumps are all tested.", True),
        ("The pumps are cheap, and all of them are small.", True),
        ("All pumps were tried.", True),
    ],
)
def test_an_all_that_sums_up_a_list_of_the_claim_says_no_more_than_the_list(claim: str, marked: bool) -> None:
    assert bool(marks(read_text(claim)).get("all")) == marked
