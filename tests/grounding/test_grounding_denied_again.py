"""Denials met by what the source says in other words: each detector on wordings that fire and wordings that must not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rag.grounding.alignment import Alignment, align
from rag.grounding.attributes import attribute
from rag.grounding.clefts import cleft
from rag.grounding.confined import confined
from rag.grounding.granted import granted
from rag.grounding.necessity import needed, needless
from rag.grounding.rarely import rarely
from rag.grounding.resultatives import resultative
from rag.grounding.signals import Signal
from rag.grounding.tokens import read_text
from rag.grounding.undone import undone

Look = Callable[[Alignment], Signal]


def _strength(look: Look, claim: str, source: str) -> float:
    return look(align(read_text(claim), read_text(source))).strength


@pytest.mark.parametrize(
    ("look", "claim", "source"),
    [
        (attribute, "The build pipelines of Larder are not opaque.", "Larder has opaque build pipelines."),
        (attribute, "The weaving method is not a simple one.", "We propose a simple weaving method for looms."),
        (attribute, "In Larder the arrival times are known.", "Larder orders jobs by their unknown arrival times."),
        (granted, "Larder can scale to large barns.", "Larder cannot scale to large barns."),
        (
            granted,
            "Larder is able to repair torn sacks overnight.",
            "Larder is not able to repair torn sacks overnight.",
        ),
        (
            needless,
            "Loading grain does not oblige the driver to weigh each sack.",
            "When loading grain the driver must weigh each sack.",
        ),
        (
            needless,
            "Users of Larder need not label their sacks.",
            "Larder requires that users label their sacks by hand.",
        ),
        (
            cleft,
            "It is not damp storage that spoils the grain in Larder.",
            "Damp storage spoils the grain that Larder holds.",
        ),
        (cleft, "Small barns are not what Larder was built for.", "Larder was built for small barns."),
        (
            confined,
            "The pruning in Larder is confined to training.",
            "Larder does its pruning during both training and inference.",
        ),
        (confined, "Larder runs on more than one server.", "Larder runs on a single server."),
        (resultative, "Larder does not make sorting easier for farmers.", "Larder makes sorting easier for farmers."),
        (resultative, "Larder does not leave the grain intact.", "Larder sorts quickly while preserving the grain."),
        (rarely, "Mechanical sorting has scarcely been studied.", "Mechanical sorting has been widely studied."),
        (rarely, "Sacks are often reused in barns.", "In barns sacks are rarely reused."),
        (needed, "There is no way around a second barn for Larder.", "Larder fills a second barn."),
        (undone, "Larder does not fail to adapt to the damp harvest.", "Larder does not adapt to the damp harvest."),
        (undone, "Larder is not unable to sort wet grain.", "Larder cannot sort wet grain."),
    ],
)
def test_a_plain_contradiction_is_seen(look: Look, claim: str, source: str) -> None:
    assert _strength(look, claim, source) > 0


@pytest.mark.parametrize(
    ("look", "claim", "source"),
    [
        (attribute, "The build pipelines of Larder are not opaque.", "Larder has no opaque build pipelines."),
        (attribute, "Larder drops grain which is not dry.", "Larder keeps dry grain."),
        (attribute, "The networks are not fully connected.", "Larder copes with non-fully connected networks."),
        (attribute, "A fall from the loft can be fatal.", "Most are nonfatal falls."),
        (attribute, "The window of Larder is finite.", "Larder overcomes the limits of a finite window."),
        (granted, "Larder can scale to large barns.", "Older stores cannot scale to large barns; Larder can."),
        (granted, "Larder can only scale to small barns.", "Larder cannot scale to large barns."),
        (needless, "Users of Larder need not label sacks.", "Existing stores require that users label sacks."),
        (needless, "Users of Larder need not label sacks.", "Larder sorts without requiring users to label sacks."),
        (cleft, "It is not damp that spoils the grain.", "Mice rather than damp spoil the grain."),
        (cleft, "It is not clear that damp spoils the grain.", "Damp may spoil the grain."),
        (confined, "The pruning is not confined to training.", "Larder prunes during both training and inference."),
        (confined, "Larder is confined to barns and stables.", "Larder works in both barns and stables."),
        (confined, "Larder runs on no more than one server.", "Larder runs on a single server."),
        (resultative, "Larder does not make sorting harder.", "Larder makes sorting easier."),
        (resultative, "Larder does not leave the grain intact.", "Larder sorts quickly without preserving the grain."),
        (rarely, "Mechanical sorting has scarcely been studied.", "Mechanical sorting has not been widely studied."),
        (rarely, "Mechanical sorting is widely used.", "Mechanical sorting is often used."),
        (needed, "Larder stores grain, not without sorting it.", "Larder stores grain and sorts it."),
        (undone, "LoftNet does not lack dry air.", "CellarNet lacks dry air. LoftNet does have it."),
        (undone, "Providers do not run both in one barn.", "Providers run a separate barn for each."),
    ],
)
def test_what_is_no_contradiction_passes(look: Look, claim: str, source: str) -> None:
    assert _strength(look, claim, source) == 0
