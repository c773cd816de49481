"""One plain phrase for a verdict: what disagrees most, by what it cost the claim."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from operator import itemgetter
from typing import Final, NamedTuple

from rag.grounding.alignment import Floats
from rag.grounding.features import AGAINST, NAMES, Evidence

Cost = Callable[..., float]
_AT: Final = {name: i for i, name in enumerate(NAMES)}
_EDITS: Final = tuple(name for name in AGAINST if name.startswith("edit_"))
_NOTICED: Final = 0.15
"""Log-odds that a fault must have cost to be named."""


class Fault(NamedTuple):
    """``cost`` in log-odds, at least 0; ``contradicts`` where the source says otherwise, not merely less."""

    cost: float
    line: str
    contradicts: bool
    exchanged: bool = False
    """Two things have changed places."""


def faults(e: Evidence, contributions: Floats) -> list[Fault]:
    """All that was noticed, the costliest first."""

    added: list[float] = contributions.tolist()

    def cost(*names: str) -> float:
        return -sum([min(0.0, added[_AT[name]]) for name in names])

    found = [*_edited(e, cost), *_figures(e, cost), *_turned(e, cost), *_strength(e, cost)]
    if len(found) > 1:
        found.sort(key=itemgetter(0), reverse=True)  # equals stay in their order
    return [f for f in found if f.cost >= _NOTICED and f.line]


def _edited(e: Evidence, cost: Cost) -> Iterator[Fault]:
    if e.edits.line:
        otherwise = bool(e.edits.opposite or e.edits.exchanged or e.edits.denied or e.edits.figure)
        edited = cost(*_EDITS)
        # An edit of a sentence that is otherwise the source's own decides whatever its weight.
        yield Fault(max(edited, _NOTICED) + 5 if e.edits.decides else edited, e.edits.line, otherwise)


def _figures(e: Evidence, cost: Cost) -> Iterator[Fault]:
    if e.missing.figures:
        there = f"; there it says {e.in_its_place}" if e.in_its_place else ""
        # A missing figure decides whatever its weight.
        yield Fault(
            max(cost("figures", "other_figure"), _NOTICED) + 9,
            f"the figure {e.missing.figures[0]} is not in the source{there}",
            bool(there),
        )


def _turned(e: Evidence, cost: Cost) -> Iterator[Fault]:
    if e.missing.names:
        yield Fault(cost("names", "other_name") + 0.5, f"the name {e.missing.names[0]} is not in the source", False)
    if all(e.exchanged):
        one, other = e.exchanged
        line = f"the roles are swapped: '{one}' and '{other}' seem to have changed places"
        yield Fault(
            cost("exchange_figure", "exchange_name", "exchange_word", "exchange_parallel", "crossed", "rival_figure"),
            line,
            True,
            True,
        )
    if e.order.word:
        line = f"the roles are swapped: the sides of '{e.order.word}' seem to have changed places"
        yield Fault(cost("order_turned", "compared_turned"), line, True)
    if e.roles.word:
        line = f"the roles are swapped: the sides of '{e.roles.word}' seem to have changed places"
        yield Fault(cost("roles_turned"), line, True, True)
    if e.replaced.here:
        line = f"the claim says '{e.replaced.here}' where the source says '{e.replaced.there}'"
        # Not fitted on, since replaced words are how the fit makes paraphrases; it decides whatever else is found.
        yield Fault(_NOTICED + 4, line, True)
    if e.directions.word:
        line = f"the claim says '{e.directions.word}' where the source says '{e.directions.other}'"
        yield Fault(cost("opposite", "harm"), line, True)
    if e.directions.turned_word:
        line = f"the claim says '{e.directions.turned_word}' where the source says '{e.directions.turned_other}'"
        yield Fault(cost("turned"), line, True)
    here, there = e.polarity.here, e.polarity.there
    if here.reason:
        yield Fault(cost("denial", "denials", "added_deny"), here.reason, True)
    if there.reason:
        yield Fault(cost("denial_lost", "dropped_deny"), there.reason, True)


def _strength(e: Evidence, cost: Cost) -> Iterator[Fault]:
    if e.scope.reason:
        yield Fault(cost("strengthened", "universal"), e.scope.reason, False)
    if e.bounds.reason:
        of_bounds = ("bounds", "added_least", "opposed_least", "opposed_upto", "opposed_average")
        yield Fault(cost(*of_bounds), e.bounds.reason, False)
    for name, word in e.words.opposed.items():
        if word.other:
            line = f"the claim says '{word.word}' where the source says '{word.other}'"
            yield Fault(cost(f"opposed_{name}"), line, True)
    for name, word in e.words.added.items():
        if f"added_{name}" in _AT and word.word:
            yield Fault(cost(f"added_{name}"), f"the claim's '{word.word}' does not stand in the source", False)
    for name, word in e.words.dropped.items():
        if f"dropped_{name}" in _AT and word.word:
            yield Fault(cost(f"dropped_{name}"), f"the source says '{word.word}', which the claim leaves out", False)
