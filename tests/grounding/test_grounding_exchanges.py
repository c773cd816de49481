"""Two things that changed places, and two that only seem to have."""

from __future__ import annotations

from rag.grounding import OfflineJudge
from rag.grounding.alignment import align
from rag.grounding.exchanges import Exchanges, exchanges
from rag.grounding.features import measure
from rag.grounding.mutual import mutual
from rag.grounding.slots import slots
from rag.grounding.tokens import read_text


def exchanged(claim: str, source: str) -> Exchanges:
    a = align(read_text(claim), read_text(source))
    tokens = [a.token(r) for r in range(len(a.content))]
    names, figures = ([getattr(t, kind) for t in tokens] for kind in ("is_name", "is_number"))
    return exchanges(slots(a), names, figures)


def test_words_of_one_kind_that_changed_places_are_exchanged() -> None:
    source = "Parents preferred the blue paper, whereas teachers preferred the green tablets. A week passed."
    claim = "Parents preferred the green paper, whereas teachers preferred the blue tablets."
    assert exchanged(claim, source).word or exchanged(claim, source).parallel
    assert not exchanged(source, source).word


def test_words_of_other_kinds_are_not_exchanged() -> None:
    source = (
        "The inability to find the leaking pipes quickly wastes much water. With the sensors Dowser quickly finds the "
        "leaking pipes and closes the valves, which avoids the waste of water by late repairs."
    )
    claim = "Dowser finds leaking pipes quickly, so that closed valves waste less water."
    assert exchanged(claim, source).word == 0.0
    a = align(read_text(claim), read_text(source))
    assert measure(a).exchanged == ("", "")


def test_names_that_changed_places_are_exchanged() -> None:
    source = "On the lake Heron overtook Bittern, while on the river Grebe was slower than Teal by a day."
    claim = "On the river Heron overtook Bittern, while on the lake Grebe was slower than Teal by a day."
    same = exchanged(source, source)
    assert same.name == 0.0
    assert exchanged(claim.replace("Heron", "Teal").replace("than Teal", "than Heron"), source).name > 0


MUTUAL = (
    "The loop holds two parts, a Weaver and a Dyer. In every round the Weaver and the Dyer prepare yarn for each other "
    "and improve together."
)


def test_two_that_do_something_for_each_other_have_no_sides() -> None:
    claim = "The two parts prepare yarn mutually: the Weaver does so for the Dyer, and the Dyer for the Weaver."
    assert "changed places" not in OfflineJudge().judge(claim, MUTUAL).reason
    text = read_text(MUTUAL)
    assert mutual(text) == {1}
    assert not mutual(read_text(MUTUAL.replace("for each other", "for each loom")))
