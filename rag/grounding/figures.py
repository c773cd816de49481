"""What kind of figure a number is, and whether a claim's figure stands in the evidence in other words.

Only figures of one kind can stand in one another's place: a year never for a percentage, the day of a date never for a
count, the number of a chapter or a version never for either.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left, bisect_right
from collections.abc import Collection
from itertools import combinations
from typing import Final, NamedTuple

from rag.grounding.sizes import of_like_size
from rag.grounding.tokens import Text, Token, of_text
from rag.grounding.words import squash
from rag.text.dates import find_dates
from rag.text.quantities import Quantity, is_stated
from rag.text.units import canonical_unit

BARE: Final = "bare"
"""The kind of a figure of which the text does not say what it counts ("rather than 17"): it may be of most kinds."""
_COUNT: Final = "count"
_OF_ITS_OWN: Final = ("year", "day", "month", "clock", "mark ")
_SHARES: Final = frozenset({"%", "fraction", "x", "magnitude"})
_FIRST_YEAR, _LAST_YEAR, _OF_NOW = 1500, 2039, 1900
_YEAR_AFTER: Final = frozenset(
    "in since by during until till before after from to early late mid year spring summer autumn fall winter circa "
    "around between through and or season".split()
)  # fmt: skip
_NUMBERED: Final = frozenset(
    "figure fig table section chapter part step stage phase type grade season episode round volume vol no nos number "
    "week day page article act class category tier rank group version level line row column question item note "
    "reference ref appendix equation eq lemma theorem mach highway route channel room gate".split()
)  # fmt: skip
_MONEY: Final = re.compile(r"[$€£¥]\s?$")
_MONEY_AFTER: Final = frozenset("dollar dollars euro euros pound pounds yen cent cents usd eur gbp yuan rupees".split())
_MEASURES: Final = {
    word: kind
    for kind, words in (
        ("length", "mm cm m km metre metres meter meters kilometre kilometres kilometer kilometers mile miles foot "
         "feet ft inch inches in yard yards nm µm micron microns millimetre millimetres centimetre centimetres"),
        ("mass", "kg g mg ton tons tonne tonnes pound pounds lb lbs kilogram kilograms gram grams ounce ounces"),
        ("degrees", "degree degrees °c °f celsius fahrenheit kelvin"),
        ("speed", "mph kph knots rpm"),
        ("area", "hectare hectares acre acres"),
        ("volume", "litre litres liter liters ml gallon gallons nl"),
    )
    for word in words.split()
}  # fmt: skip
_ORDINAL_WORDS: Final = {
    word: n + 1
    for n, word in enumerate(
        "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth "
        "fifteenth sixteenth seventeenth eighteenth nineteenth twentieth".split()
    )
}
_WORDS: Final = {
    word: n + 1
    for n, word in enumerate(
        "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
        "eighteen nineteen twenty".split()
    )
}
_TOLD: Final = frozenset({*_WORDS, *_ORDINAL_WORDS})
_ORDINAL: Final = re.compile(r"(\d{1,4})(?:st|nd|rd|th)", re.I)
_NEAR_ENOUGH: Final = 0.1
"""How far a figure may lie beyond "more than 60,000" for that to be a fair word for it."""
_LONGEST_MARK: Final = 3
"""Code points of a number that is part of the name before it: "Formula 1", "Gull 747", "Llama 3.1"."""
_DIGITS_KEPT: Final = 2
_SMALL_WHOLE, _NEARLY = 12, 0.35
_ABOUT: Final = 0.05
_YEAR: Final = canonical_unit("years")[0]
"""Seconds."""
_DIFFERENCE: Final = re.compile(
    r"\b(?:points?|more|less|fewer|above|below|behind|ahead|short|older|younger|longer|shorter|later|earlier|sooner|"
    r"higher|lower|faster|slower|cheaper|larger|smaller|gap|gain(?:s|ed)?|lead|margin|difference|fell|falls?|rose|rises?|"
    r"climb(?:s|ed)?|drop(?:s|ped)?|cuts?|rais(?:es|ed)|lift(?:s|ed)?|lost|loses?|add(?:s|ed)|grew|grows?|by|since|"
    r"after|ago)\b",
    re.I,
)
_MOST_COMPARED: Final = 60
"""Figures between which differences are looked for; a table has thousands."""
_NEAR: Final = 60
"""Code points from a figure within which the claim must say that it is a difference."""


@of_text
def kinds(text: Text) -> tuple[str, ...]:
    """The kind of every word of a text that is a number or begins a quantity; "" for the others."""
    dates = {d.start: d.part for d in find_dates(text.text)}
    openings = set(_quantity_starts(text))
    found = [""] * len(text.tokens)
    for i, token in enumerate(text.tokens):
        if token.is_number or token.start in openings:
            found[i] = dates.get(token.start) or _kind(text, i, _quantity_at(text, token.start))
    return tuple(found)


@of_text
def _quantity_starts(text: Text) -> tuple[int, ...]:
    return tuple(q.start for q in text.quantities)


def _quantity_at(text: Text, start: int) -> Quantity | None:
    """The quantity in which a place lies."""
    before = bisect_right(_quantity_starts(text), start) - 1
    return text.quantities[before] if before >= 0 and start < text.quantities[before].end else None


def may_replace(one: str, other: str) -> bool:
    """Whether a figure of one kind could stand where one of the other does."""
    if one == other:
        return True
    if one.startswith(_OF_ITS_OWN) or other.startswith(_OF_ITS_OWN):
        return False
    return BARE in (one, other) or {one, other} <= _SHARES


def may_bound(one: str, other: str) -> bool:
    """As ``may_replace``, and a factor may be a count: "16 times" for 16 iterations."""
    return may_replace(one, other) or (bool({one, other} & {_COUNT, BARE}) and bool({one, other} & _SHARES))


def _kind(text: Text, i: int, quantity: Quantity | None) -> str:
    token = text.tokens[i]
    if quantity is not None and quantity.unit == "decade":
        return "year"
    if quantity is not None and quantity.unit:
        return quantity.unit
    if re.match(r":\d\d", text.text[token.end : token.end + 3]) or re.search(
        r"\d:$", text.text[max(0, token.start - 2) : token.start]
    ):
        return "clock"
    if _ORDINAL.fullmatch(token.surface):
        return "mark th"
    end = token.end if quantity is None else max(token.end, quantity.end)
    then = next(iter(_tokens_from(text, end)), None)
    after = text.tokens[then] if then is not None and text.tokens[then].sentence == token.sentence else None
    follower = ""
    if after is not None and text.text[end : after.start] in {" ", "-", "‑"}:
        follower = after.surface
    if _MONEY.search(text.text, max(0, token.start - 2), token.start) or follower.lower() in _MONEY_AFTER:
        return "money"
    if follower.lower() in _MEASURES:
        return _MEASURES[follower.lower()]
    counts = after is not None and bool(follower) and after.weight > 0 and not after.is_number
    plural = counts and follower.islower() and follower.endswith("s") and not follower.endswith("ss")
    before = text.tokens[i - 1] if i and text.tokens[i - 1].sentence == token.sentence else None
    if _is_year(text, i, plural=plural):
        return "year"
    if before is not None and not plural and text.text[before.end : token.start] in {" ", "-", ". ", " #", "‑"}:
        if before.low in _NUMBERED:
            return f"mark {before.low}"
        if _belongs_to_a_name(text, i) or (before.is_name and len(token.surface) <= _LONGEST_MARK and not counts):
            return f"mark {before.key}"
    return _COUNT if counts else BARE


def _belongs_to_a_name(text: Text, i: int) -> bool:
    """ "GPT-4", "F-16": a number joined to a name or to capitals."""
    before = text.tokens[i - 1] if i else None
    return before is not None and text.tokens[i].joined and (before.is_name or before.surface.isupper())


def _is_year(text: Text, i: int, *, plural: bool) -> bool:
    """ "In 2014", "(2016)", "the 2018 film"; not "2048 cores" and not "$2000"."""
    token = text.tokens[i]
    if not (token.surface.isdecimal() and len(token.surface) == 4 and _FIRST_YEAR <= int(token.surface) <= _LAST_YEAR):
        return False
    before = text.tokens[i - 1] if i and text.tokens[i - 1].sentence == token.sentence else None
    told = before is not None and before.low in _YEAR_AFTER
    told = told or text.text[max(0, token.start - 1) : token.start] == "("
    return not plural and (told or int(token.surface) >= _OF_NOW)


def is_its_own(kind: str) -> bool:
    """Whether a figure of this kind names a day, a year, a chapter or a version, and measures nothing."""
    return kind.startswith(_OF_ITS_OWN)


def kind_of(text: Text, quantity: Quantity) -> str:
    """The kind of a quantity: of its first word that is a number, else what its unit tells."""
    found = kinds(text)
    for i in _tokens_from(text, quantity.start):
        if text.tokens[i].start >= quantity.end:
            break
        if found[i]:
            return found[i]
    return quantity.unit or _COUNT


def _tokens_from(text: Text, start: int) -> range:
    return range(bisect_left(text.starts, start), len(text.tokens))


@of_text
def _numbers(text: Text) -> dict[int, tuple[int, ...]]:
    """Whole number -> indices of the words that write it; negative for ordinals; a day of a date is under both.

    Figures inside names are left out ("GPT-4"), and so are those with a zero at their head, but for dates.
    """
    of_token = kinds(text)
    found: dict[int, list[int]] = {}
    for i, token in enumerate(text.tokens):
        for number in _written(text, i, of_token[i]) if writes_a_number(token) else ():
            found.setdefault(number, []).append(i)
    return {number: tuple(places) for number, places in found.items()}


def writes_a_number(token: Token) -> bool:
    """Whether a word has a digit at its head, or is one of the few for numbers; no other writes any."""
    return token.is_number or token.low in _TOLD


def _written(text: Text, i: int, kind: str) -> tuple[int, ...]:
    """What whole number a word writes: 8 for "8" and "eight", -8 for "8th" and "eighth", nothing for other words."""
    token = text.tokens[i]
    low = token.low
    if low in _WORDS:
        return (_WORDS[low],)
    if low in _ORDINAL_WORDS:
        before = text.tokens[i - 1].low if i else ""
        share = _quantity_at(text, token.start) is not None  # "a third of the time"
        unit = low == "second" and (before in _WORDS or before in {"per", "a"} or before.isdecimal())
        return () if share or unit else (-_ORDINAL_WORDS[low],)
    dated = kind in {"day", "month", "year"}
    ordinal = _ORDINAL.fullmatch(low)
    if ordinal:
        number = int(ordinal.group(1))
        return (number, -number) if dated else (-number,)
    if not (low.isascii() and low.isdigit() and len(low) <= 4) or (low[0] == "0" and not dated):
        return ()
    if _belongs_to_a_name(text, i) and not dated:
        return ()
    return (int(low), -int(low)) if kind == "day" else (int(low),)


def written_otherwise(claim: Text, i: int, evidence: Text) -> tuple[int, ...]:
    """Indices of the words of the evidence that write the whole number of the claim's word i: "eight" for 8."""
    kind = kinds(claim)[i]
    written = _written(claim, i, kind)
    if not written:
        return ()
    there, numbers = kinds(evidence), _numbers(evidence)
    places = {p for n in written for p in numbers.get(n, ())}
    return tuple(sorted(p for p in places if not kind or not there[p] or may_replace(kind, there[p])))


def stands(quantity: Quantity, claim: Text, evidence: Text, focus: Collection[int]) -> bool:
    """Whether the evidence has a claim's figure: as it is, in words or as an ordinal, rounded, or as a difference.

    ``focus``: the sentences of the evidence that hold most of the claim; a difference must be taken there.
    """
    near = of_like_size(evidence, quantity)
    if quantity.unit != "decade" and is_stated(quantity, near):
        return True
    if squash(claim.text[quantity.start : quantity.end]) in evidence.forms:
        return True
    if any(agrees(quantity, other, claim, evidence) for other in near):
        return True
    if not quantity.unit and quantity.high is None:
        kind = kind_of(claim, quantity)
        for n in _keys(quantity, kind):
            there = [kinds(evidence)[p] for p in _numbers(evidence).get(n, ())]
            if any(not other or may_replace(kind, other) for other in there):
                return True
    return _is_a_difference(quantity, claim, evidence, focus)


def _keys(quantity: Quantity, kind: str) -> tuple[int, ...]:
    if not quantity.value.is_integer():
        return ()
    return (int(quantity.value), -int(quantity.value)) if kind == "day" else (int(quantity.value),)


def agrees(quantity: Quantity, other: Quantity, claim: Text, evidence: Text) -> bool:
    """Whether a figure of the claim is one of the evidence: the same, the same with its unit left to the reader ("aged
    25", "26 minutes rather than 17"), or one that it is a fair word for ("more than 60,000" for 63,000)."""
    if quantity.unit == "decade" != other.unit and kind_of(evidence, other) != "year":
        return False
    if is_stated(quantity, (other,)):
        return True
    if (quantity.unit == "") != (other.unit == "") and quantity.high is None and other.high is None:
        text, bare = (claim, quantity) if not quantity.unit else (evidence, other)
        if math.isclose(quantity.value / quantity.factor, other.value / other.factor, rel_tol=1e-6):
            return kind_of(text, bare) == BARE
    if (quantity.unit == "") != (other.unit == "") and quantity.high is not None and other.high is not None:
        text, bare = (claim, quantity) if not quantity.unit else (evidence, other)
        ends = zip(quantity.ends, other.ends, strict=True)
        alike = all(math.isclose(x / quantity.factor, y / other.factor, rel_tol=1e-6) for x, y in ends)
        return alike and kind_of(text, bare) == BARE
    return _is_fair_for(quantity, other) and not is_its_own(kind_of(claim, quantity))


def _is_fair_for(quantity: Quantity, other: Quantity) -> bool:
    if quantity.unit != other.unit or quantity.high is not None or other.high is not None:
        return False
    if quantity.unit == "decade" or not quantity.value or not other.value:
        return False
    if _is_whole_of(quantity, other):
        return True
    far = other.value / quantity.value - 1
    if quantity.bound in {"over", "min"}:
        return 0 <= far <= _NEAR_ENOUGH and other.bound in {"exact", "about", quantity.bound}
    if quantity.bound in {"under", "max"}:
        return -_NEAR_ENOUGH <= far <= 0 and other.bound in {"exact", "about", quantity.bound}
    digits = _significant(quantity.value / quantity.factor)
    return digits >= _DIGITS_KEPT and float(f"{other.value:.{digits - 1}e}") == quantity.value


def _is_whole_of(quantity: Quantity, other: Quantity) -> bool:
    """Whether a small whole number of one unit is a fair word for what the evidence gives in another, or with a point:
    "less than two weeks" for eleven days, "nearly three weeks" for 19 days, "over two minutes" for 2.3."""
    whole, exact = quantity.value / quantity.factor, other.value / quantity.factor
    if not (quantity.unit or exact % 1) or not whole.is_integer() or not 0 < whole <= _SMALL_WHOLE or exact == whole:
        return False
    if other.bound not in {"exact", "about"} or (quantity.factor == other.factor and exact.is_integer()):
        return False
    if quantity.bound in {"under", "max"}:
        return whole - 1 < exact < whole
    if quantity.bound in {"over", "min"}:
        return whole < exact < whole + 1
    return quantity.bound == "about" and abs(exact - whole) <= _NEARLY


def _significant(value: float) -> int:
    """How many figures a number was written with, zeros at its end left out: 6.3 and 63,000 have two."""
    return len(f"{value:.9g}".split("e")[0].replace(".", "").strip("0"))


def _is_a_difference(quantity: Quantity, claim: Text, evidence: Text, focus: Collection[int]) -> bool:
    """Whether the claim says by how much two figures of the evidence differ, or how many times the one is the other.

    Both must stand in one sentence or in neighbouring ones, one of them where the claim stands, be of one kind, and
    count the same thing, as far as the text says what they count: for a factor one that the claim names. Only years
    have years between them.
    """
    around = claim.text[max(0, quantity.start - _NEAR) : quantity.end + _NEAR]
    factor, years = quantity.unit == "x", quantity.factor == _YEAR
    if quantity.high is not None or not (factor or years or _DIFFERENCE.search(around)):
        return False
    tolerance = _ABOUT if factor or quantity.bound == "about" else 1e-6
    around_focus = {number + step for number in focus for step in (-1, 0, 1)}
    near = [m for m in _measured(evidence) if m.sentence in around_focus][:_MOST_COMPARED]
    for one, other in combinations(near, 2):
        if abs(one.sentence - other.sentence) > 1 or not (one.sentence in focus or other.sentence in focus):
            continue
        dates = (one.kind == "year") + (other.kind == "year")
        if not may_replace(one.kind, other.kind) or (dates and not years) or (years and dates == 1):
            continue
        counted = {one.counted, other.counted} - {""}
        if len(counted) > 1 or (factor and _COUNT in (one.kind, other.kind) and counted.isdisjoint(claim.positions)):
            continue
        low, high = sorted((one.value, other.value))
        if low and low != high:
            value = high / low if factor else high - low
            wanted = quantity.value if factor else quantity.value / quantity.factor
            if abs(value - wanted) <= tolerance * wanted:
                return True
    return False


class _Measured(NamedTuple):
    sentence: int
    kind: str
    value: float
    """As it is written, before any unit."""
    counted: str
    """The unit, or the stem of the word behind a plain count; "" where the text leaves it to the reader."""


@of_text
def _measured(text: Text) -> tuple[_Measured, ...]:
    """The figures of a text between which there may be a difference: no days, chapters or versions."""
    starts = [s.start for s in text.sentences]
    found = []
    for quantity in text.quantities:
        kind = kind_of(text, quantity)
        if kind == "year" or not is_its_own(kind):
            number = bisect_right(starts, quantity.start) - 1
            counted = quantity.unit or (_follower(text, quantity.end) if kind == _COUNT else "")
            found += [_Measured(number, kind, value / quantity.factor, counted) for value in quantity.ends]
    return tuple(found)


def _follower(text: Text, end: int) -> str:
    return next((text.tokens[i].key for i in _tokens_from(text, end)), "")
