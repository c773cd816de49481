"""What is looked up by size is all that the checks of a figure could find."""

from __future__ import annotations

from typing import get_args

from hypothesis import example, given, settings
from hypothesis import strategies as st

from rag.grounding.figures import agrees
from rag.grounding.sizes import of_like_size
from rag.grounding.tokens import Text, read_text
from rag.text.quantities import Bound, Quantity, is_stated

_UNITS = ("", "x", "%", "fraction", "magnitude", "byte", "second", "decade")
_VALUES = st.one_of(
    st.sampled_from(
        [0.0, 0.2, 0.22, 1 / 3, 0.5, 1.0, 2.3, 3.0, 7.0, 11.5, 12.0, 20.0, 22.0, 50.0, 63_000.0, 60_000.0, 400.0]
    ),
    st.floats(0, 100_000),
    st.integers(0, 2_030).map(float),
)


@st.composite
def _quantities(draw: st.DrawFn) -> Quantity:
    factor = draw(st.sampled_from([1.0, 60.0, 1e3, 0.01]))
    value = draw(_VALUES)
    high = draw(st.one_of(st.none(), _VALUES))
    unit, bound = draw(st.sampled_from(_UNITS)), draw(st.sampled_from(get_args(Bound)))
    return Quantity(value * factor, high if high is None else high * factor, unit, bound, 0, 1, factor)


def _text_of(quantities: list[Quantity]) -> Text:
    """A text whose figures are these, behind so many others that they are looked up."""
    others = [Quantity(1e9 + n * 1e7, None, "joule", "exact", 0, 1) for n in range(50)]
    plain = read_text("7 parts")
    return Text(plain.text, plain.sentences, plain.tokens, (*others, *quantities), plain.positions)


@settings(max_examples=200)
@given(_quantities(), st.lists(_quantities(), max_size=12))
@example(Quantity(400.0, None, "magnitude", "exact", 0, 1), [Quantity(500.0, None, "magnitude", "exact", 0, 1)])
@example(Quantity(0.2, None, "fraction", "about", 0, 1), [Quantity(22.0, None, "%", "exact", 0, 1)])
@example(Quantity(120.0, None, "second", "over", 0, 1, 60.0), [Quantity(139.0, None, "second", "exact", 0, 1)])
@example(Quantity(1850.0, None, "decade", "exact", 0, 1), [Quantity(1859.0, None, "", "exact", 0, 1)])
def test_no_figure_that_could_agree_is_passed_over(quantity: Quantity, among: list[Quantity]) -> None:
    claim, text = read_text("8 of them"), _text_of(among)
    near = of_like_size(text, quantity)
    assert is_stated(quantity, near) == is_stated(quantity, text.quantities)
    assert [q for q in near if agrees(quantity, q, claim, text)] == [
        q for q in text.quantities if agrees(quantity, q, claim, text)
    ]
    assert list(near) == [q for q in text.quantities if q in near]


def test_most_figures_of_a_table_are_passed_over() -> None:
    text = read_text("; ".join(f"{n * 37} looms" for n in range(1, 2_000)) + ".")
    (figure,) = read_text("It has 5,000 looms.").quantities
    assert 0 < len(of_like_size(text, figure)) < 0.2 * len(text.quantities)
