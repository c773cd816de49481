"""Sizes: which figures of a text are near enough in size to a figure to be compared with it.

A table has thousands of figures, and a claim may have a hundred: of most pairs it is plain by their size that neither
may stand for the other. What is looked up here is every figure that could, and some that cannot; see
``rag.text.quantities.is_stated`` and ``rag.grounding.figures.agrees`` for what decides.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from typing import Final

from rag.grounding.tokens import Text, of_text
from rag.text.quantities import Quantity

_FEW: Final = 40
"""Up to so many figures of a text, to compare with all takes less time than to look up some."""
_NEAR: Final = 0.25
"""More than any tolerance: the largest is that of "about a fifth"."""
_ROUNDING: Final = 1e-6
_SMALL: Final = 13
"""Below it, whole numbers may stand for what lies less than one from them."""
_DECADE: Final = 10
_LARGEST: Final = 300
"""Powers of ten that are told apart."""


def of_like_size(text: Text, quantity: Quantity) -> tuple[Quantity, ...]:
    """The quantities of a text that may be the same figure as one of another text, or one that it is a fair word for,
    in order; where the text has few, all."""
    if len(text.quantities) <= _FEW:
        return text.quantities
    sizes, owners = _by_size(text)
    found: set[int] = set()
    for size in set(_sizes(quantity)):
        slack = _NEAR * abs(size) + _ROUNDING
        found.update(owners[bisect_left(sizes, size - slack) : bisect_right(sizes, size + slack)])
    whole = abs(quantity.value / quantity.factor) < _SMALL
    slack = (_DECADE if quantity.unit == "decade" else abs(quantity.factor) if whole else 0.0) * (1 + _NEAR)
    if slack:
        found.update(owners[bisect_left(sizes, quantity.value - slack) : bisect_right(sizes, quantity.value + slack)])
    return tuple([text.quantities[n] for n in sorted(found)])


@of_text
def _by_size(text: Text) -> tuple[list[float], list[int]]:
    """The sizes of all quantities of a text, ascending, and to which of them each belongs."""
    pairs = sorted({(size, n) for n, quantity in enumerate(text.quantities) for size in _sizes(quantity)})
    return [size for size, _ in pairs], [n for _, n in pairs]


def _sizes(quantity: Quantity) -> Iterator[float]:
    """Each end of a quantity in all units in which it may be compared: the canonical one, as it was written, as a
    factor, and in hundredths."""
    for end in quantity.ends:
        factor = 10.0 ** min(end, _LARGEST) if quantity.unit == "magnitude" else end
        yield from (end, end / quantity.factor, factor, factor * 100)
