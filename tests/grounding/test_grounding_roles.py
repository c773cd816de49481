"""Who is said to be ahead, what belongs to what in lists, and what of a sentence was replaced or turned round."""

from __future__ import annotations

import pytest

from rag.grounding.alignment import Alignment, align
from rag.grounding.features import NAMES, measure
from rag.grounding.lists import pairs
from rag.grounding.replaced import replaced
from rag.grounding.roles import roles
from rag.grounding.tokens import read_text
from rag.grounding.turned import turned_round

EVIDENCE = (
    "The tuner Vole is 12% faster than the tuner Shrew on reduction kernels. The survey preceded the experiment by "
    "eight months in three towns. Written notes shortened the time to fall asleep in young adults. Spoken notes and "
    "long walks did not. The index is rebuilt before the cache has been emptied by hand, because the disk is slow."
)


def lay(claim: str, evidence: str = EVIDENCE) -> Alignment:
    return align(read_text(claim), read_text(evidence))


@pytest.mark.parametrize(
    ("claim", "turned"),
    [
        ("The tuner Vole is faster than the tuner Shrew.", False),
        ("The tuner Shrew is slower than the tuner Vole.", False),
        ("The tuner Vole outperforms the tuner Shrew.", False),
        ("The tuner Shrew is faster than the tuner Vole.", True),
        ("The tuner Vole is slower than the tuner Shrew.", True),
        ("The tuner Vole trails the tuner Shrew.", True),
    ],
)
def test_the_sides_of_a_comparison(claim: str, turned: bool) -> None:
    found = roles(lay(claim))
    assert (found.turned > 0.1) == turned
    assert (found.kept > 0.1) != turned


def test_comparisons_by_different_things_say_nothing() -> None:
    evidence = "The engine Vole needs less memory than the engine Shrew."
    found = roles(lay("The engine Vole needs more time than the engine Shrew.", evidence))
    assert found.turned == 0
    assert roles(lay("The engine Vole needs more memory than the engine Shrew.", evidence)).turned > 0.1


def test_lists_in_step() -> None:
    text = read_text("Vole and Shrew take 4 and 9 seconds, respectively.")
    ((one, other),) = pairs(text)
    assert [[text.tokens[i].surface for i in item] for item in one] == [["Vole"], ["Shrew", "take"]]
    assert [[text.tokens[i].surface for i in item][:1] for item in other] == [["4"], ["9"]]
    assert not pairs(read_text("Vole and Shrew eat seeds and drink water."))


def test_figures_of_lists_in_step_are_given_to_their_owners() -> None:
    evidence = "Against the baselines Quern, Loam and Marl, Vole gained 4%, 9% and 17%, respectively."
    right = "Against Quern, Loam and Marl, Vole gained 4%, 9% and 17%, respectively."
    wrong = "Against Loam, Quern and Marl, Vole gained 4%, 9% and 17%, respectively."
    at = NAMES.index("exchange_name")
    assert measure(lay(right, evidence)).values[at] == 0
    assert measure(lay(wrong, evidence)).values[at] > 0.03


@pytest.mark.parametrize(
    ("claim", "here"),
    [
        ("Written notes shortened the time to fall asleep in young adults.", ""),
        ("Written notes cut the time to fall asleep in young adults.", ""),
        ("Spoken notes shortened the time to fall asleep in young adults.", "Spoken"),
        ("The index is rebuilt after the cache has been emptied by hand, because the disk is slow.", "after"),
        ("The index is rebuilt before the cache has been emptied by hand, since the disk is slow.", ""),
        ("The index is rebuilt before the cache has been emptied by hand, although the disk is slow.", "although"),
    ],
)
def test_what_took_the_place_of_another_thing(claim: str, here: str) -> None:
    assert replaced(lay(claim)).here == here


def test_replacing_needs_a_claim_near_its_sentence() -> None:
    assert not replaced(lay("With spoken notes young adults were asleep sooner.")).here


@pytest.mark.parametrize(
    ("claim", "turned"),
    [
        ("The survey preceded the experiment by eight months in three towns.", False),
        ("In three towns the survey preceded the experiment by eight months.", False),
        ("The experiment preceded the survey by eight months in three towns.", True),
        ("The experiment was preceded by the survey by eight months in three towns.", False),
    ],
)
def test_runs_that_changed_places(claim: str, turned: bool) -> None:
    assert all(turned_round(lay(claim))) == turned
    assert measure(lay(claim)).surely_exchanged == turned


def test_members_of_one_list_may_stand_in_any_order() -> None:
    evidence = "Vole was tried on heat maps, tax forms and road signs in spring."
    assert not all(turned_round(lay("Vole was tried on road signs, tax forms and heat maps in spring.", evidence)))


PORTS = "KelpNet achieves 1.9x lower latency than MusselDB for long and short messages. With caching, LimpetQ outperforms WhelkQ by 4%."


@pytest.mark.parametrize(
    ("claim", "turned"),
    [
        ("For long and short messages, on every network that was tried, MusselDB achieves 1.9x lower latency than KelpNet.", True),
        ("For long and short messages, on every network that was tried, KelpNet achieves 1.9x lower latency than MusselDB.", False),
        ("With caching, WhelkQ scores 4% above LimpetQ.", True),
        ("With caching, LimpetQ scores 4% above WhelkQ.", False),
        ("With caching, WhelkQ scores 4% below LimpetQ.", False),
    ],
)  # fmt: skip
def test_names_are_on_the_side_of_a_comparison_where_the_source_has_them(claim: str, turned: bool) -> None:
    assert (roles(lay(claim, PORTS)).turned >= 0.25) is turned
