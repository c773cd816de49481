"""Quantities: every spelling of one figure is one figure, and what bounds it is seen."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.text.clean import lowered
from rag.text.quantities import find_quantities, is_stated

SAME = [
    ("2.15times", "2.15x"), ("2.15 times", "2.15x"), (r"2.15\times", "2.15×"), ("twofold", "2x"), ("two-fold", "twice"),
    ("two times", "2 times"), ("doubles", "2x"), (r"24\%", "24 percent"), ("24 per cent", "24%"), ("34.0", "34"),
    ("1,024", "1024"), ("70B", "70 billion"), ("a million", "1M"), ("1.5 TB", "1500 GB"), (r"1.5\,TB", "1.5 TB"),
    ("128 KB", "128 kilobytes"), ("half", "50%"), ("half", "0.5x"), ("a third", "33%"), ("a quarter", "25%"),
    ("an order of magnitude", "10x"), ("two orders of magnitude", "100x"), ("1.9x-3.6x", "1.9 to 3.6 times"),
    ("forty-three", "43"), ("0.5 s", "500 ms"), ("200Mb/s", "200 Mbps"), ("8-bit", "8 bits"), ("3 GHz", "3000 MHz"),
    ("about 20%", "19.6%"), ("44bn", "44 billion"), ("3 mn", "3 million"), ("a hundredfold", "100x"), ("502 petaFLOP/s", "502 PFLOP/s"), ("2 KiB", "2048 bytes"), ("1.59", "1.59x"),
]  # fmt: skip
DIFFERENT = [
    ("2x", "3x"), ("24%", "24.5%"), ("1.5 TB", "1.5 GB"), ("70B", "70 million"), ("2x", "2%"), ("5 ms", "5 minutes"),
    ("1.9x-3.6x", "1.9x-3.7x"), ("about 20%", "24%"), ("half", "third"), ("8 bits", "8 bytes"), ("44bn", "44 million"), ("1850s", "1860s"),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other"), SAME)
def test_spellings_of_one_figure(one: str, other: str) -> None:
    (a,), (b,) = find_quantities(f"it is {one} here"), find_quantities(f"it is {other} here")
    assert len(a.ends) == len(b.ends)
    assert is_stated(a, [b])
    assert is_stated(b, [a])


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_other_figures(one: str, other: str) -> None:
    a, b = find_quantities(f"it is {one} here"), find_quantities(f"it is {other} here")
    assert not (a and b and is_stated(a[0], b[:1]) and is_stated(b[0], a[:1]))


@pytest.mark.parametrize(
    ("text", "bound"),
    [
        ("up to 3x", "max"), ("as much as 3x", "max"), ("no more than 3x", "max"), ("3x at most", "max"),
        ("at least 3x", "min"), ("3x or more", "min"), ("no less than 3x", "min"), ("over 3x", "over"),
        ("more than 3x", "over"), ("by over 3x", "over"), ("less than 3x", "under"), ("about 3x", "about"),
        ("nearly 3x", "about"), ("~3x", "about"), ("3x on average", "average"), ("an average of 3x", "average"),
        ("exactly so, 3x", "exact"), ("over seven benchmarks", "exact"),
    ],
)  # fmt: skip
def test_bounds(text: str, bound: str) -> None:
    assert [q.bound for q in find_quantities(text)] == [bound]


def test_figures_inside_names_are_no_quantities() -> None:
    assert find_quantities("GPT-4o, H100, CIFAR10, x86_64, BF16 and 3D") == []


def test_a_range_has_two_ends_and_neighbours_do_not() -> None:
    assert find_quantities("1.9x-3.6x faster")[0].ends == (1.9, 3.6)
    assert [q.ends for q in find_quantities("4 and 8 GPUs")] == [(4.0,), (8.0,)]
    assert find_quantities("between 59% and 72%")[0].ends == (59.0, 72.0)
    assert [q.unit for q in find_quantities("13.75 points to 71.25%")] == ["%", "%"]


@given(st.text(max_size=300))
def test_places_are_in_order_and_within(text: str) -> None:
    at = 0
    for quantity in find_quantities(text):
        assert at <= quantity.start < quantity.end <= len(text)
        at = quantity.end


@given(
    st.floats(min_value=0, max_value=1e6, allow_nan=False).map(lambda v: round(v, 2)),
    st.sampled_from(["%", "x", " GB"]),
)
def test_a_figure_is_read_back(value: float, unit: str) -> None:
    (found,) = find_quantities(f"reaches {value:.2f}{unit} there")
    assert found.value == pytest.approx(value * (1e9 if "GB" in unit else 1))


@pytest.mark.parametrize("text", ["1" * 100_000, "1," * 50_000, "12 and 13 to " * 5_000, "order of " * 10_000])
def test_hostile_text_is_quick(text: str) -> None:
    start = time.process_time()
    find_quantities(text)
    assert time.process_time() - start < 10


@pytest.mark.parametrize(
    ("text", "value", "high", "bound"),
    [
        ("1.48--2.16x faster", 1.48, 2.16, "exact"),
        ("at best, it beats the others by more than 317%", 317.0, None, "max"),
        ("at its best it runs 25.5 times as fast", 25.5, None, "max"),
    ],
)
def test_ranges_with_two_dashes_and_what_is_reached_at_best(
    text: str, value: float, high: float | None, bound: str
) -> None:
    (found,) = find_quantities(text)
    assert (found.value, found.high, found.bound) == (value, high, bound)


def test_about_a_fraction_is_said_of_what_comes_near_it() -> None:
    (about,), (plain,), (near,) = map(find_quantities, ("about a fifth less", "a fifth less", "22% less"))
    assert is_stated(about, [near])
    assert not is_stated(plain, [near])


def test_places_are_those_of_the_text_whatever_its_letters() -> None:
    for text in ("Twofold, TWICE and up to 30% of İstanbul", "İİ: Half of it, ONE THIRD", "SEVENTY ſecondſ, 3ſ"):
        assert len(lowered(text)) == len(text)
        found = find_quantities(text)
        assert [(q.start, q.end, q.value) for q in found] == [
            (q.start, q.end, q.value) for q in find_quantities(lowered(text))
        ]
        assert found


@pytest.mark.parametrize("text", ["a fifth season", "a third cousin", "a third GPU", "the second half", "both halves"])
def test_what_tells_parts_apart_is_no_share(text: str) -> None:
    assert find_quantities(text) == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("cut by a third", 1 / 3), ("a fifth of users", 0.2), ("a quarter less", 0.25), ("a tenth the size", 0.1),
        ("one task in seven, no more", 1 / 7), ("1 in 5 is late", 0.2), ("every tenth server", 0.1), ("half of it", 0.5),
    ],
)  # fmt: skip
def test_shares_in_words(text: str, value: float) -> None:
    (found,) = find_quantities(text)
    assert found.value == pytest.approx(value)
    assert found.unit == "fraction"


@pytest.mark.parametrize("text", ["one GPU in eight nodes", "one model in 4 ms", "one paper in 2019"])
def test_one_thing_in_several_places_is_no_share(text: str) -> None:
    assert not any(q.unit == "fraction" for q in find_quantities(text))


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("2018-04-24 12:00", [(2018,), (4,), (24,), (12,), (0,)]), ("2003.06.11", [(2003,), (6,), (11,)]),
        ("4/24/2018", [(4,), (24,), (2018,)]), ("April 9th, 2011", [(9,), (2011,)]), ("the 1850s", [(1850,)]),
        ("12 to 18 April 2015", [(12, 18), (2015,)]), ("2018–19", [(2018, 2019)]), ("1999-03", [(1999, 2003)]),
        ("2018 - 9:14", [(2018,), (9,), (14,)]), ("5-to-4", [(4, 5)]), ("may 12 runs", [(12,)]), ("40-50", [(40, 50)]),
    ],
)  # fmt: skip
def test_dates_and_the_ranges_that_they_are_not(text: str, ends: list[tuple[float, ...]]) -> None:
    assert [q.ends for q in find_quantities(text)] == ends


def test_a_decade_holds_its_years_and_not_the_other_way_round() -> None:
    (decade,), (year,) = find_quantities("the 1850s"), find_quantities("in 1852")
    assert is_stated(decade, [year])
    assert not is_stated(year, [decade])


@pytest.mark.parametrize("mark", [" ($", " ~", "\t", "\x1f", "\xa0", " a factor of "])
@pytest.mark.parametrize(
    ("words", "bound"),
    [
        ("up to", "max"),
        ("≤", "max"),
        ("at least", "min"),
        ("beyond", "over"),
        ("approx.", "about"),
        ("under", "under"),
    ],
)
def test_a_bound_is_seen_whatever_marks_stand_between_it_and_the_figure(words: str, bound: str, mark: str) -> None:
    (found,) = find_quantities(f"It took {words}{mark}25 ms.")
    assert found.bound == bound
