"""What looks like a fault and is none: bounds in signs, attributions, undone opposites, contrasts, alternatives."""

from __future__ import annotations

import pytest

from rag.grounding import OfflineJudge
from rag.grounding.alignment import Alignment, align
from rag.grounding.directions import directions
from rag.grounding.edits import edits
from rag.grounding.exchanges import Exchanges, exchanges
from rag.grounding.marks import marks
from rag.grounding.order import order
from rag.grounding.parity import parity
from rag.grounding.polarity import polarity
from rag.grounding.replaced import replaced
from rag.grounding.roles import roles
from rag.grounding.signals import bounding, bounds, missing, scope
from rag.grounding.slots import slots
from rag.grounding.smallwords import SmallWords, small_words
from rag.grounding.tokens import read_text
from rag.text.quantities import find_quantities


def aligned(claim: str, source: str) -> Alignment:
    return align(read_text(claim), read_text(source))


def small(claim: str, source: str) -> SmallWords:
    s = slots(aligned(claim, source))
    return small_words(s, polarity(s))


def exchanged(claim: str, source: str) -> Exchanges:
    a = aligned(claim, source)
    tokens = [a.token(r) for r in range(len(a.content))]
    names, figures = ([getattr(t, kind) for t in tokens] for kind in ("is_name", "is_number"))
    return exchanges(slots(a), names, figures)


@pytest.mark.parametrize(
    ("text", "bound"),
    [
        ("a set of rules (<100)", "under"),
        ("a loss of >50%", "over"),
        ("on ≤ 4 boards", "max"),
        (r"$\leq 3$ points", "max"),
        ("at leq 3 points", "max"),
        (">= 3x", "min"),
        ("geq 3x", "min"),
        ("from 32 -> 8 bits", "exact"),
        ("a model of 8 bits", "exact"),
    ],
)
def test_a_sign_bounds_the_figure_behind_it(text: str, bound: str) -> None:
    assert find_quantities(text)[-1].bound == bound


def test_no_word_before_a_sign_bounds_a_figure() -> None:
    assert not bounding(read_text("a set of small rules (<100)"))
    assert bounding(read_text("a set of fewer than 100 rules"))


@pytest.mark.parametrize("text", [r"1.8\times \sim 4.5\times faster", "1.8times sim 4.5times faster"])
def test_a_tilde_that_a_page_spells_out_joins_a_range(text: str) -> None:
    assert [(q.value, q.high, q.unit) for q in find_quantities(text)] == [(1.8, 4.5, "x")]


def test_two_words_with_sim_in_them_join_no_range() -> None:
    assert [q.high for q in find_quantities("10 simple tasks and 4 similar ones")] == [None, None]


def test_fewer_than_is_what_a_sign_says() -> None:
    source = "We write a minimal set of rules (<100) and combine them."
    assert not bounds(aligned("Kestrel starts from fewer than 100 rules.", source)).strength
    assert bounds(aligned("Kestrel starts from more than 100 rules.", source)).strength == 1


SOURCE = "Kestrel. Kestrel caches the parsed queries of each tenant and halves the median latency of the gateway."


@pytest.mark.parametrize(
    "claim",
    [
        "The Kestrel authors note that Kestrel caches the parsed queries of tenants.",
        "The Kestrel paper observes that, for each tenant, the parsed queries are cached.",
        "Parsed queries of each tenant are cached, the Kestrel paper says, and median latency is halved.",
        "According to the Kestrel study, the parsed queries of each tenant are cached.",
        "It was observed that Kestrel caches the parsed queries of each tenant.",
        "In what the authors call Kestrel, the parsed queries of each tenant are cached.",
    ],
)
def test_who_says_it_is_no_part_of_what_is_said(claim: str) -> None:
    verdict = OfflineJudge().judge(claim, SOURCE)
    assert verdict.label == "supported"
    assert not any(f"'{word}'" in verdict.reason for word in ("According", "note", "observes", "says", "call"))


@pytest.mark.parametrize(
    "claim",
    [
        "The Heron authors note that Heron caches the parsed queries of each tenant.",
        "According to the Heron study, the parsed queries of each tenant are cached.",
        "Parsed queries of each tenant are cached, the Heron paper says, and median latency is halved.",
    ],
)
def test_whose_it_is_is_still_looked_for(claim: str) -> None:
    assert "Heron" in OfflineJudge().judge(claim, SOURCE).reason


def test_an_opposite_that_is_undone_turns_nothing_round() -> None:
    source = "Composed parts much reduce the difficulty of harder recipes."
    undone = directions(slots(aligned("With composed parts the recipes are easier.", source)))
    assert undone.other != "difficulty"
    plain = directions(
        slots(aligned("With composed parts the recipes are easier.", "Composed parts keep the difficulty of recipes."))
    )
    assert (plain.word, plain.other) == ("easier", "difficulty")


def test_an_opposite_that_the_claim_has_too_turns_nothing_round() -> None:
    source = "The planner runs a looped block over and over and so goes to any depth."
    with_it = directions(slots(aligned("A looped block allows going to any depth.", source)))
    assert "block" not in (with_it.other, with_it.turned_other)
    without = directions(
        slots(aligned("The firewall allows the packets of guests.", "The firewall blocks the packets of guests."))
    )
    assert "blocks" in (without.other, without.turned_other)


def test_what_a_source_sets_itself_apart_from_counts_as_denied() -> None:
    claim = "Kestrel sends its notes step by step rather than layer by layer."
    apart = "Unlike earlier tools that send notes by layer, Kestrel sends notes by step."
    assert not polarity(slots(aligned(claim, apart))).here.strength
    turned = polarity(slots(aligned(claim, "Kestrel sends its notes by layer. Steps are not sent.")))
    assert turned.here.strength


def test_lacking_behind_a_thing_is_a_soft_denial_of_it() -> None:
    s = slots(aligned("Brio is still a poor choice.", "Alba and Cora score high, whereas Brio is still lacking."))
    assert polarity(s).there.strength < 0.5


@pytest.mark.parametrize(
    ("claim", "source", "pair"),
    [
        (
            "A letter goes through the small press or the big one.",
            "Letters pass through either small or big presses on every floor.",
            {"small", "big"},
        ),
        (
            "On 64 boards, Tarn kept its load between 50% and 62%.",
            "Tarn achieves 50% to 62% load on 64 boards.",
            {"50%", "62%"},
        ),
    ],
)
def test_alternatives_and_the_ends_of_a_range_have_not_changed_places(claim: str, source: str, pair: set[str]) -> None:
    assert set(exchanged(claim, source).pair) != pair


def test_a_word_for_ones_own_work_may_be_described() -> None:
    rest = "runs many small independent searches in parallel and lets them share the best partial plans"
    source = f"Parallel route planning for ferries. The method {rest}. The timetable was given."
    assert not replaced(aligned(f"The ferries planning {rest}.", source)).here
    other = f"Parallel route planning for ferries. The timetable {rest}. The method was given."
    assert replaced(aligned(f"The ferries planning {rest}.", other)).here


def test_a_figure_whose_neighbour_in_a_list_went_is_not_replaced() -> None:
    source = "Tarn outperforms the earlier gateway Merle by 1.56 and 6.92 in recall and precision."
    assert not edits(aligned("Tarn outperforms the earlier gateway Merle by 1.56 points in recall.", source)).figure
    assert edits(
        aligned("Tarn outperforms the earlier gateway Merle by 2.71 and 6.92 in recall and precision.", source)
    ).figure


@pytest.mark.parametrize(("text", "marked"), [("It falls only slightly.", False), ("It works only on Sundays.", True)])
def test_only_before_a_degree_says_that_it_is_little(text: str, marked: bool) -> None:
    assert bool(marks(read_text(text)).get("only")) == marked


def test_limited_to_answers_only() -> None:
    claim = "Earlier tools only work with widths that are powers of two."
    limited = small(claim, "Earlier tools are limited to widths that are powers of two.").added["only"].strength
    assert limited < small(claim, "Earlier tools work with widths that are powers of two.").added["only"].strength


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("The press spots unsorted slugs and puts sorted ones in their place.",
         "The press detects unsorted slugs and replaces them with trays that are sorted by hand."),
        ("It leaves out pages with non-square margins.", "Earlier presses exclude pages, such as those with non-square margins."),
    ],
)  # fmt: skip
def test_a_word_that_denies_by_its_form_is_kept_where_the_source_has_it(claim: str, source: str) -> None:
    assert polarity(slots(aligned(claim, source))).here.strength < 0.1


def test_no_more_of_a_thing_does_not_deny_the_thing() -> None:
    source = "The press prints the same pages with an equal number of passes over the paper."
    assert (
        polarity(slots(aligned("The press prints the same pages in no more passes than before.", source))).here.strength
        < 0.3
    )


def test_means_is_no_average() -> None:
    assert "average" not in marks(read_text("The pages are sorted by automated means."))
    assert "average" in marks(read_text("The mean of all pages is shown."))


def test_one_who_does_not_depend_is_independent() -> None:
    found = directions(
        slots(aligned("The two axes do not depend on each other.", "The two axes are independent of each other."))
    )
    assert not found.turned and not found.against


def test_a_name_for_the_work_itself_may_stand_for_we() -> None:
    source = "Finally, we design a recovery scheme that uses the fast trays of the press."
    assert not edits(
        aligned("The type foundry study designs a recovery scheme that uses the fast trays of the press.", source)
    ).altered
    assert edits(
        aligned("Earlier foundry work designs a recovery scheme that uses the fast trays of the press.", source)
    ).altered


@pytest.mark.parametrize(
    ("name", "text", "marked"),
    [
        ("proof", "Wren proves useful in port.", False),
        ("proof", "Wren proved both broader and cheaper.", False),
        ("proof", "Wren proved to be faster.", False),
        ("proof", "Wren proved no worse than Otter.", False),
        ("proof", "They prove convergence of the scheme.", True),
        ("proof", "The scheme is proved optimal.", True),
        ("proof", "Wren measures speed, and was measured against Otter.", False),
        ("proof", "It was measured on ten boards.", True),
        ("only", "It gains more than sharing alone brings.", False),
        ("only", "Lack of water alone does not explain it.", False),
        ("only", "The path is only about a metre wide.", False),
        ("only", "It runs on phones alone.", True),
        ("only", "It runs only on phones.", True),
        ("all", "64% of all objects were kept.", False),
        ("all", "The universality result stands.", False),
        ("all", "All objects were kept.", True),
        ("can", "On 1 May 2012 the toll was dropped.", False),
        ("can", "The town may drop the toll.", True),
        ("guess", "It gives ten suggestions for each prompt.", False),
    ],
)
def test_a_small_word_counts_only_where_it_means_that(name: str, text: str, marked: bool) -> None:
    assert (name in marks(read_text(text))) is marked


def test_alone_in_a_comparison_still_answers_alone() -> None:
    assert "only softly" in marks(read_text("It gains more than sharing alone brings."))


@pytest.mark.parametrize(
    ("claim", "source", "stronger"),
    [
        ("Wren takes any mix of formats.", "Wren takes arbitrary mixes of formats.", False),
        ("Wren takes any mix of formats.", "Wren takes mixes of formats.", True),
        ("Wren takes all mixes of formats.", "Wren takes arbitrary mixes of formats.", True),
        ("Certain ports close in winter.", "Some ports could close in winter.", False),
        ("Ports certainly close in winter.", "Ports could close in winter.", True),
        ("Every sender is told its share.", "It tells how many bytes a sender has.", True),
    ],
)
def test_any_may_stand_for_arbitrary_and_certain_for_some(claim: str, source: str, stronger: bool) -> None:
    assert (scope(aligned(claim, source)).strength > 0) is stronger


def test_how_many_is_no_weak_word() -> None:
    told = scope(aligned("Wren tells every sender its share.", "Wren tells a sender how many bytes it may send."))
    assert told.strength == 0.5


def test_what_is_verified_is_there_as_verification() -> None:
    source = "The draft is grown as a tree with tree verification in Wren."
    assert small("Wren verifies its draft trees.", source).added["proof"].strength == 0
    assert (
        small("Wren verifies its draft trees.", "The draft is grown as a tree in Wren.").added["proof"].strength > 0.4
    )


def test_a_member_taken_out_of_a_list_brings_its_figure() -> None:
    source = "At week 12 the mean score had fallen by 9.8 points with Otter, 7.1 with Wren and 3.4 with salt."
    assert not edits(aligned("At week 12 the mean score had fallen by 7.1 points with Wren.", source)).decides
    assert edits(aligned("At week 12 the mean score had fallen by 7.1 points with Otter.", source)).decides


def test_a_date_in_may_is_no_hedge_that_was_lost() -> None:
    source = "On 1 May 2012 the toll on the north bridge was dropped, while that on the south bridge remained."
    claim = "The toll on the north bridge was dropped, while that on the south bridge remained."
    assert edits(aligned(claim, source)).limits == 0


@pytest.mark.parametrize(
    "claim",
    [
        "Ports plan, the Wren paper recalls, at night.",
        "Ports plan, so the Wren paper says, at night.",
        "Ports, Wren's authors concede, plan at night.",
        "Ports plan at night, says the Wren paper.",
        "Ports plan at night, in the view of Wren's authors.",
        "In the Wren authors' judgement, ports plan at night.",
        "Ports plan at night, by the account of Wren's authors.",
        "Ports plan at night, as the analysis behind Wren shows.",
        "As far as its authors are aware, ports plan at night.",
    ],
)
def test_whose_view_it_is_is_no_part_of_what_is_said(claim: str) -> None:
    source = "Wren is a planner. At night, all ports plan their berths with it."
    verdict = OfflineJudge().judge(claim, source)
    assert not {"recalls", "concede", "view", "account", "analysis", "aware", "judgement"} & set(
        verdict.reason.split("'")
    )
    assert verdict.label == "supported"


def test_another_papers_view_is_looked_for() -> None:
    source = "Wren is a planner. At night, all ports plan their berths with it."
    assert "Heron" in OfflineJudge().judge("Ports plan at night, in the view of Heron's authors.", source).reason


@pytest.mark.parametrize(
    ("claim", "source", "stands"),
    [
        ("They were worn flat in under two days.", "They were worn flat in 40 hours.", True),
        ("They were worn flat in under three days.", "They were worn flat in 20 hours.", False),
        ("They were found after nearly three weeks.", "They were found after 19 days.", True),
        ("They were found after nearly three weeks.", "They were found after 11 days.", False),
        ("The lamp burned for over two minutes.", "The lamp burned for 2.3 minutes.", True),
        ("Volunteers were 18 to 50 years old.", "Volunteers are aged 18 to 50.", True),
        ("Volunteers were 18 to 60 years old.", "Volunteers are aged 18 to 50.", False),
        ("Wren comes out ahead twice over.", "Wren is ahead in speed and in room.", True),
        ("Wren is twice as fast.", "Wren is ahead in speed and in room.", False),
    ],
)
def test_a_whole_number_may_stand_for_what_another_unit_says(claim: str, source: str, stands: bool) -> None:
    assert (not missing(aligned(claim, source)).figures) is stands


def test_than_the_figure_of_another_thing_is_no_bound() -> None:
    source = "Wren has speedups of up to 3.8 times on merging and 6.5 times on sorting."
    claim = "Wren speeds up sorting by as much as 6.5 times, more than the 3.8 times it has on merging."
    assert bounds(aligned(claim, source)).strength < 0.5
    assert bounds(aligned("Wren speeds up merging by more than 3.8 times.", source)).strength == 1


def test_up_to_a_size_or_beyond_is_no_upper_bound() -> None:
    source = "Wren equals Otter at sizes of at least 2.7B."
    assert bounds(aligned("Wren equals Otter at sizes up to 2.7B or beyond.", source)).strength == 0
    assert bounds(aligned("Wren equals Otter at sizes up to 2.7B.", source)).strength == 1


def test_equal_in_one_thing_and_ahead_in_another() -> None:
    source = "Wren uses fewer tokens than Otter at quality parity."
    assert not parity(aligned("Wren equals Otter in quality but needs fewer tokens.", source)).strength
    assert parity(aligned("Wren equals Otter in tokens.", "Wren uses fewer tokens than Otter.")).strength == 1


def test_names_side_by_side_have_not_changed_places() -> None:
    source = "Implemented on ABX FPGA platforms (VHK158 and VCK190), Wren has a 2.2x speedup over GPU baselines."
    claim = (
        "Two ABX platforms, the VHK158 and the VCK190, carried the FPGA implementation from which Wren's figures come."
    )
    assert set(exchanged(claim, source).pair) != {"ABX", "FPGA"}


def test_an_increase_that_is_less_is_compared_by_less() -> None:
    source = "Wren has a 22 times less memory increase compared to widening that has the same gain."
    claim = "For the same gain, the memory increase of Wren is 22 times smaller than that of widening."
    assert roles(aligned(claim, source)).turned == 0


def test_held_equal_compares_nothing() -> None:
    source = (
        "On tidal tasks, ports with our new layer outperform dense ports, as well as mixture ports when matched for "
        "both memory and power."
    )
    claim = "With memory and power held equal, ports with the new layer surpass mixture ports on tidal tasks."
    assert order(aligned(claim, source)).compared_turned == 0
