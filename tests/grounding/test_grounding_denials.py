"""What a text denies, which small words it means, and whether claim and evidence deny the same; nothing here hangs on a fit."""

from __future__ import annotations

import pytest

from rag.grounding.alignment import align
from rag.grounding.cues import cues
from rag.grounding.marks import marks
from rag.grounding.paraphrases import base_of
from rag.grounding.polarity import Polarity, polarity
from rag.grounding.signals import scope
from rag.grounding.slots import slots
from rag.grounding.smallwords import SmallWords, small_words
from rag.grounding.tokens import read_text


def denied(text: str) -> list[set[str]]:
    read = read_text(text)
    return [{read.tokens[i].surface for i in cue.scope} for cue in cues(read)]


def words(text: str, name: str) -> list[str]:
    read = read_text(text)
    return [read.tokens[i].surface for i in marks(read).get(name, ())]


def compare(claim: str, evidence: str) -> Polarity:
    return polarity(slots(align(read_text(claim), read_text(evidence))))


def small(claim: str, evidence: str) -> SmallWords:
    s = slots(align(read_text(claim), read_text(evidence)))
    return small_words(s, polarity(s))


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("The loom does not weave silk.", "weave"),
        ("The loom fails to weave silk.", "weave"),
        ("The loom does without silk.", "silk"),
        ("The loom takes wool rather than silk.", "silk"),
        ("The loom leaves silk out.", "silk"),
        ("The silk was omitted.", "silk"),
        ("Wool was woven, but silk was not.", "silk"),
        ("The weaver works unaided.", "unaided"),
        ("The loom is no faster than the wheel.", "faster"),
        ("The loom stops unless silk is supplied.", "silk"),
    ],
)
def test_what_a_denial_denies(text: str, word: str) -> None:
    assert any(word in scope for scope in denied(text))


@pytest.mark.parametrize(
    "text",
    [
        "The loom not only weaves silk but also wool.",
        "The loom does not weave silk alone.",
        "It breaks no more than 3 threads.",
        "Weavers work with or without silk.",
        "Nothing but silk is woven.",
        "The pattern can be informed and improved by an input.",
        "Hard silk needs few looms.",
        "It takes all but two looms.",
    ],
)
def test_what_denies_nothing(text: str) -> None:
    assert not denied(text)


def test_not_all_denies_no_more_than_the_all() -> None:
    assert not denied("Not all looms weave silk.")
    assert words("Not all looms weave silk.", "all") == []
    assert words("Not all looms weave silk.", "some") == ["all"]


@pytest.mark.parametrize(
    ("word", "base"),
    [("unaided", "aid"), ("lossless", "loss"), ("inaccurate", "accur"), ("unreported", "report")]
    + [
        (word, "") for word in ("improve", "informed", "input", "impart", "discover", "uniform", "regardless", "unless")
    ],
)
def test_words_that_deny_by_their_form(word: str, base: str) -> None:
    assert base_of(word) == base


@pytest.mark.parametrize(
    ("text", "name", "found"),
    [
        ("The all-to-all exchange is fast.", "all", []),
        ("Looms run without any oil.", "all", []),
        ("Any loom will do.", "all", ["Any"]),
        ("Nearly all looms run.", "all", []),
        ("At least 30% of looms run.", "least", ["At", "least"]),
        ("The least oil is best.", "least", []),
        ("They draw up a plan.", "upto", []),
        ("It saves up to 30%.", "upto", ["up", "to"]),
        ("It saves as much as 30%.", "upto", ["as", "much", "as"]),
        ("It is as much as it was.", "upto", []),
        ("It not only saves oil.", "only", []),
        ("The cause is not proven.", "proof", []),
        ("The most powerful is the most costly.", "some", []),
    ],
)
def test_small_words_count_where_they_mean_it(text: str, name: str, found: list[str]) -> None:
    assert words(text, name) == found


SOURCE = "RopeWeave dries ropes without extra oil. Ropes from the harbour were not measured. HempLine needs wind."


@pytest.mark.parametrize(
    ("true", "false"),
    [
        ("HempLine does need wind.", "HempLine does not need wind."),
        ("HempLine cannot do without wind.", "HempLine does without wind."),
    ],
)
def test_a_denial_of_what_the_source_says(true: str, false: str) -> None:
    assert compare(false, SOURCE).here.strength > 0.3 > compare(true, SOURCE).here.strength


@pytest.mark.parametrize(
    ("true", "false"),
    [
        ("RopeWeave dries ropes with no extra oil.", "RopeWeave dries ropes with extra oil."),
        ("Ropes from the harbour went unmeasured.", "Ropes from the harbour were measured."),
    ],
)
def test_a_denial_of_the_source_that_is_lost(true: str, false: str) -> None:
    assert compare(false, SOURCE).there.strength > 0.3 > compare(true, SOURCE).there.strength


def test_two_denials_undo_each_other() -> None:
    source = "The guards did not notice the boats."
    assert compare("The boats went unnoticed by the guards.", source).here.strength == 0
    assert compare("The boats did not go unnoticed by the guards.", source).worst.strength > 0.3


def test_what_the_source_does_not_speak_of_is_no_contradiction() -> None:
    found = compare("A limited ropewalk is no more powerful than a handcart.", "A limited ropewalk equals a handcart.")
    assert found.worst.strength == 0
    assert found.alone == 0


def test_a_denial_that_is_kept_is_neither_added_nor_dropped() -> None:
    found = small("RopeWeave dries ropes with no extra oil.", SOURCE)
    assert "deny" not in found.added
    assert small("RopeWeave does not dry ropes.", "RopeWeave dries ropes with oil.").added["deny"].strength > 0.1


def test_a_hedge_that_is_dropped() -> None:
    source = "We suspect that the ropes shrink in the rain."
    assert small("The ropes shrink in the rain.", source).dropped["guess"].strength > 0.2
    assert small("The ropes perhaps shrink in the rain.", source).dropped["guess"].strength == 0
    assert small("It is possible that the ropes shrink in the rain.", source).dropped["guess"].strength < 0.1


@pytest.mark.parametrize(
    ("claim", "more"),
    [
        ("All ropes shrink.", True),
        ("Not all ropes shrink.", False),
        ("Ropes shrink without any rain.", False),
        ("The test cannot prove that ropes shrink.", False),
        ("The test proves that ropes shrink.", True),
        ("Nothing shrinks.", False),
    ],
)
def test_a_universal_that_the_source_lacks(claim: str, more: bool) -> None:
    assert bool(scope(align(read_text(claim), read_text("Ropes shrink in rain, a test shows."))).strength) is more


def test_no_longer_denies_what_follows_it_and_not_a_length() -> None:
    assert denied("The loom no longer weaves silk.") == [{"weaves", "silk"}]
    assert denied("The loom is no longer than the bench.") == []
    assert compare("The Arden loom no longer weaves silk.", "The Arden loom weaves silk.").here.strength > 0.5


def test_nor_denies_its_verb_before_its_subject_and_does_not_undo_neither() -> None:
    source = "The loom weaves without any wax on the yarn or grease in the bearings."
    true = compare("The loom weaves without wax on the yarn, nor does it use grease in the bearings.", source)
    assert true.worst.strength < 0.3
    source = "The press works without needing auxiliary rollers or cloth covers."
    assert compare("The press needs neither auxiliary rollers nor cloth covers.", source).worst.strength < 0.3


def test_a_universal_denied_at_the_end_of_its_clause() -> None:
    source = "The caves have not yet been fully explored."
    assert compare("The caves have not been explored in full.", source).worst.strength < 0.3
    assert words("The caves have not been explored fully.", "all softly") == []


def test_what_a_denial_denies_behind_an_or() -> None:
    assert any("grease" in scope for scope in denied("It weaves without any wax on the fine yarn or grease."))


@pytest.mark.parametrize(
    "source",
    [
        "The Arden loom restricts the weaving of silk.",
        "The Arden loom struggles with the weaving of silk.",
        "The Corin loom is the first for the weaving of silk, long after the Arden loom.",
    ],
)
def test_a_denial_may_stand_for_a_limit(source: str) -> None:
    plain = compare("The Arden loom cannot weave silk.", "The Arden loom excels at the weaving of silk.").here.strength
    assert compare("The Arden loom cannot weave silk.", source).here.strength < 0.6 * plain


def test_what_both_sides_say_is_no_sign_of_a_denial() -> None:
    source = "Weaving silk often comes at a cost in a hard winter."
    plain = compare("Weaving silk does not often come at a cost in a hard winter.", source)
    assert plain.here.strength > 0.5


def test_words_that_deny_by_the_same_base_answer_each_other() -> None:
    source = "The loom suffers from imbalanced loads."
    assert compare("The loom suffers from unbalanced loads.", source).worst.strength < 0.3
