"""Figures of one kind only stand for one another, and a figure told in other words is still there."""

from __future__ import annotations

import pytest

from rag.grounding.alignment import Alignment, align
from rag.grounding.features import NAMES, measure
from rag.grounding.figures import kinds, may_replace
from rag.grounding.signals import LOST_MOST, Missing, missing
from rag.grounding.tokens import read_text


def _align(claim: str, evidence: str) -> Alignment:
    return align(read_text(claim), read_text(evidence))


def _missing(claim: str, evidence: str) -> Missing:
    return missing(_align(claim, evidence))


def _feature(name: str, claim: str, evidence: str) -> float:
    return float(measure(_align(claim, evidence)).values[NAMES.index(name)])


@pytest.mark.parametrize(
    ("claim", "evidence"),
    [
        ("The mill burnt down on April 9, 2011.", "On April 9th of that year, 2011, the mill burnt down."),
        ("It was sold on 11 June 2003.", "Sold: 2003.06.11, to a brewer."),
        ("It was sold on 24 April 2018.", "2018-04-24 09:30 The barge is sold."),
        ("The name changed in the 2018–19 season.", "The name changed for the season 2018-2019."),
        ("The harbour grew in the 1850s.", "The harbour grew after 1852."),
        ("The top eight clubs go through.", "The top-8 clubs go through."),
        ("The brewer paid $44 billion.", "The brewer paid $44bn."),
        ("Lena Orth is 25 years old.", "Lena Orth, 25, is a weaver."),
        ("Cutting took 17 minutes before.", "Cutting takes 26 minutes rather than 17."),
        ("More than 60,000 people came to the fair.", "The fair drew 63,000 people."),
        ("It took under 20 minutes to open the vault.", "The vault was opened within 19 minutes."),
        ("About 6.3 million litres were lost.", "In all 6,274,000 litres were lost, or 6.274 million."),
        ("Tern was three points above Gull.", "Tern reached 94%, Gull 91%."),
        ("Parts took nine minutes longer.", "Parts took 26 minutes rather than 17."),
        ("Gull raised almost nine times as many alarms.", "Tern raised 212 alarms and Gull 1,870."),
        ("The trees were some thirteen years old then.", "In 2022 we visited trees planted in 2009."),
        ("One job in nine was late.", "About 11% of jobs were late."),
        ("The half-dozen mills were closed.", "All six mills were closed."),
        ("Oil of a hundred times the viscosity was used.", "Oil of a hundredfold viscosity was used."),
        ("The court split 5-4.", "The court split by a 5-to-4 vote."),
    ],
)
def test_a_figure_told_in_other_words_is_there(claim: str, evidence: str) -> None:
    found = _missing(claim, evidence)
    assert (found.figures, found.counts) == ((), ())


@pytest.mark.parametrize(
    ("claim", "evidence"),
    [
        ("It was sold on 25 April 2018.", "2018-04-24 09:30 The barge is sold."),
        ("The harbour grew in the 1860s.", "The harbour grew after 1852."),
        ("The brewer paid $44 million.", "The brewer paid $44bn."),
        ("Lena Orth is 26 years old.", "Lena Orth, 25, is a weaver."),
        ("Writing it took five weeks.", "Writing it took seven weeks and five people."),
        ("More than 60,000 people came to the fair.", "The fair drew 53,000 people."),
        ("More than 60,000 people came to the fair.", "The fair drew 90,000 people."),
        ("It took under 20 minutes to open the vault.", "The vault was opened within 31 minutes."),
        ("Tern was five points above Gull.", "Tern reached 94%, Gull 91%."),
        ("Gull raised almost six times as many alarms.", "Tern raised 212 alarms and Gull 1,870."),
        ("It holds 13 pieces more.", "It was built in 2009 and opened in 2022."),
        ("The firm was founded in 1890.", "The firm was founded in 1886."),
        ("It won four prizes.", "The F-4 won prizes."),
        ("It won two prizes.", "It won its second prize."),
    ],
)
def test_another_figure_is_not(claim: str, evidence: str) -> None:
    found = _missing(claim, evidence)
    assert found.figures or found.counts


def test_a_mark_of_a_source_is_no_figure() -> None:
    claim = read_text("The barge was sold in 1970 [2][4, 7].")
    assert [t.surface for t in claim.tokens if t.is_number] == ["1970"]
    assert [q.value for q in claim.quantities] == [1970]
    assert [q.value for q in read_text("3. The barge sank.").quantities] == []
    assert [q.value for q in read_text("a weight in [1, 5] and x[3]").quantities] == [1, 5, 3]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("in 2014 it", "year"), ("the 1950s were", "year"), ("2048 cores ran", "count"), ("April 24, then", "day"),
        ("the 24th of April", "day"), ("at 8:36 it", "clock"), ("44 calls were", "count"), ("than 17.", "bare"),
        ("63% of", "%"), ("about $500 a", "money"), ("some 40 metres up", "length"), ("see Figure 3.", "mark figure"),
        ("flew the Tarn F-16.", "mark f"), ("his 26th of", "mark th"), ("a 2-fold rise", "x"), ("20 minutes", "second"),
    ],
)  # fmt: skip
def test_the_kind_of_a_figure(text: str, kind: str) -> None:
    assert next(k for k in kinds(read_text(text)) if k) == kind


def test_only_figures_of_one_kind_stand_for_one_another() -> None:
    assert may_replace("%", "fraction")
    assert may_replace("count", "bare")
    assert not may_replace("year", "%")
    assert not may_replace("year", "bare")
    assert not may_replace("count", "length")
    assert not may_replace("mark figure", "mark table")


def test_a_year_is_no_rival_of_a_share() -> None:
    evidence = "In 2016 the census counted the barges. Of the barges of Orle, 67% carry salt."
    claim = "Of the barges of Orle in 2016, 67% carry salt."
    assert _feature("rival_figure", claim, evidence) == 0
    assert _feature("exchange_figure", claim, evidence) == 0


def test_another_share_is_a_rival() -> None:
    evidence = "Of the barges of Orle 67% carry salt. Of the rafts of Merin 31% carry timber."
    assert _feature("rival_figure", "Of the barges of Orle 31% carry salt.", evidence) > 0.1
    assert _feature("rival_figure", "Of the barges of Orle 67% carry salt.", evidence) == 0


def test_the_ends_of_a_range_are_no_rivals() -> None:
    text = "Between 1.5 and 5 litres, plugs formed at every speed of the pump."
    assert _feature("rival_figure", text, text) == 0


def test_what_stands_in_the_place_of_an_absent_figure_is_of_its_kind() -> None:
    evidence = "In 2016, of the barges of Orle, 67% carried salt."
    assert _feature("other_figure", "In 2016, of the barges of Orle, 48% carried salt.", evidence) > 0.1
    assert measure(_align("In 2016, of the barges of Orle, 48% carried salt.", evidence)).in_its_place == "67%"
    assert _feature("other_figure", "Of the barges of Orle, 48 carried salt in 1850.", "In March Orle rose.") == 0


def test_dates_have_no_bounds() -> None:
    assert _feature("bounds", "The school opened in 2016.", "2016-08-25 The school opened in 2016.") == 0
    assert _feature("bounds", "It takes at least 40 litres.", "It takes up to 40 litres.") == 1


def test_an_absent_year_weighs_less_where_the_evidence_has_no_year() -> None:
    claim = "The mill burnt down in 2011."
    assert _missing(claim, "The mill burnt down this year.").own_figures == 0.5
    assert _missing(claim, "The mill burnt down in 2014.").own_figures == 1
    assert _missing("In 2011 it rose, and in 2011 it fell.", "It rose in 1999.").own_figures == 1


@pytest.mark.parametrize(
    ("claim", "evidence"),
    [
        (
            "The sales have doubled.",
            "The firm has 40 shops in Norway and 20 shops in Sweden; sales have hardly changed.",
        ),
        ("The chip is 2x faster than its rival.", "The chip has 8 cores; its rival has 4 cores and is about as fast."),
        ("The yard grew in the 1850s.", "The yard grew after 1861 and has 1853 members."),
        ("The crew counted 30 more gulls.", "The crew counted 80 terns and 50 gulls."),
    ],
)
def test_what_two_figures_of_other_things_give_is_not_there(claim: str, evidence: str) -> None:
    found = _missing(claim, evidence)
    assert found.figures or found.counts


@pytest.mark.parametrize(
    "claim", ["In ²²²² the mill burnt.", "The mill had " + "7" * 400 + " cats.", "² orders of magnitude."]
)
def test_odd_figures_raise_nothing(claim: str) -> None:
    _feature("figures", claim, "The mill had 3 cats in 1901.")


@pytest.mark.parametrize(
    ("claim", "evidence", "turned"),
    [
        ("More than 1,000 people signed.", "About 960 people signed.", True),
        ("More than 1,000 people signed.", "About 1,040 people signed.", False),
        ("At least 1,000 people signed.", "About 960 people signed.", True),
    ],
)
def test_about_a_figure_beyond_the_bound_is_no_support(claim: str, evidence: str, turned: bool) -> None:
    assert (_feature("bounds", claim, evidence) >= LOST_MOST) == turned
