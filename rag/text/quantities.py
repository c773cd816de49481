"""Numbers with their units, in every spelling that papers and their readers use.

``2.15times``, ``2.15x`` and ``2.15 times`` are one quantity; so are ``twofold``, ``twice``, ``2x`` and ``two times``;
``24\\%`` and ``24 percent``; ``70B`` and ``70 billion``; ``1.5 TB`` and ``1500 GB``. Figures inside names (GPT-4o,
H100, CIFAR10) are no quantities. What stands before a figure bounds it: up to, at least, over, about, on average.
The parts of a date (``rag.text.dates``) are quantities of their own, ``1850s`` is a decade, "a third cousin" no share.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from operator import attrgetter
from typing import Final, Literal, NamedTuple

from rag.text.clean import lowered
from rag.text.dates import find_dates
from rag.text.units import PATTERN as UNIT
from rag.text.units import canonical_unit

Bound = Literal["exact", "max", "min", "over", "under", "about", "average"]


class Quantity(NamedTuple):
    """A number with its unit and place.

    ``value`` is in the canonical ``unit``: "" (a plain count), "x" (a factor), "%", "fraction", "magnitude" (powers of
    ten), "byte", "bit", "second", "byte/s", "bit/s", "flop", "flop/s", "hertz", "watt", "joule", "decade" (its
    first year). ``high`` is the upper end of a range, else None. ``start`` and ``end`` are code points of the text,
    half open. ``factor`` is what the figure as written was multiplied by to come to the canonical unit.
    """

    value: float
    high: float | None
    unit: str
    bound: Bound
    start: int
    end: int
    factor: float = 1.0

    @property
    def ends(self) -> tuple[float, ...]:
        """The figures that it states: one, or both ends of a range."""
        return (self.value,) if self.high is None else (self.value, self.high)


_SMALL: Final = {
    "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11,
    "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18,
    "nineteen": 19,
}  # fmt: skip
_TENS: Final = {
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
}  # fmt: skip
_SCALES: Final = {"hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12}
_LETTER_SCALES: Final = {
    "K": 1e3, "k": 1e3, "M": 1e6, "B": 1e9, "T": 1e12, "MN": 1e6, "MLN": 1e6, "BN": 1e9, "TN": 1e12,
}  # fmt: skip
_IDIOMS: Final[dict[str, tuple[float, str]]] = {
    **dict.fromkeys(("twice", "double", "doubles", "doubled", "doubling"), (2.0, "x")),
    **dict.fromkeys(("thrice", "triple", "triples", "tripled", "tripling"), (3.0, "x")),
    **dict.fromkeys(("quadruple", "quadruples", "quadrupled"), (4.0, "x")),
    **dict.fromkeys(("half", "halve", "halves", "halved", "halving"), (0.5, "fraction")),
    "dozen": (12.0, ""),
}
_FRACTIONS: Final = {"third": 1 / 3, "quarter": 1 / 4, "fifth": 1 / 5, "sixth": 1 / 6, "tenth": 1 / 10}
_IN_FRACTIONS: Final = tuple(_FRACTIONS)

_MOST_IN_ONE_IN: Final = 1_000
"""Beyond it, "one in 2019" is a year."""
_ABOUT: Final = 0.05
_ABOUT_A_FRACTION: Final = 0.12
"""Of "about a fifth", which people say of 22 %."""

_DIGITS = r"\d+(?:,\d{3})*(?:\.\d+)?"
_SCALE = (
    r"(?:[KkMBT](?![A-Za-z0-9])|\s?(?:mn|mln|bn|tn)(?![A-Za-z0-9])"
    r"|\s?-?(?:hundred|thousand|million|billion|trillion)(?:\b|(?=fold)))"
)
_NUMBER_WORD = (
    r"(?:" + "|".join(_TENS) + r")(?:[-\s](?:one|" + "|".join(_SMALL) + r"))?|(?:" + "|".join(_SMALL) + r")"
    r"|(?:a|one)(?=\s(?:hundred|thousand|million|billion|trillion)(?:\b|fold))"
    r"|one(?=-?\s?(?:times|fold|percent|per\scent)\b)"
)


def _number_pattern(suffix: str) -> str:
    word = rf"\b(?P<word{suffix}>{_NUMBER_WORD})(?:\b|(?=fold))"
    return rf"(?:(?P<digits{suffix}>{_DIGITS})|{word})(?P<scale{suffix}>{_SCALE})?"


# "1.8times sim 4.5times" is how a page has "1.8\times \sim 4.5\times".
_DASH = r"\s?(?:-to-|-{1,3}|–|—|‑|~|\\?sim(?=[\s\d])|to|and)\s?"
_LEFT_EDGE = r"(?<![A-Za-z0-9_.,])(?<![A-Za-z]-)(?<![A-Za-z]_)"
_QUANTITY = re.compile(
    _LEFT_EDGE
    + _number_pattern("")
    + rf"(?:(?:\\[,;:! ]|[\s-])?(?P<unit>{UNIT}))?"
    + rf"(?:{_DASH}"
    + _number_pattern("2")
    + rf"(?:(?:\\[,;:! ]|[\s-])?(?P<unit2>{UNIT}))?)?"
    + r"(?![A-Za-z0-9_]|[.,]\d)",
    re.IGNORECASE,
)
_SINGLE = re.compile(
    _LEFT_EDGE + _number_pattern("") + rf"(?:(?:\\[,;:! ]|[\s-])?(?P<unit>{UNIT}))?(?![A-Za-z0-9_]|[.,]\d)",
    re.IGNORECASE,
)
# Where a quantity may begin, in lowered text: a digit, or the first letters of a word for a number.
_BEGINNING = re.compile(
    r"\d|\b(?:one|t(?:w[eo]|h(?:re|ir)|en)|f(?:o(?:ur|rt)|i[vf])|s(?:ix|ev)|e(?:ig|le)|nin|a\s[htmb])"
)
# Without one of these words, whole or before "fold", only digits begin a quantity; most texts have none.
_WORDS: Final = frozenset(form for word in ("one", *_SMALL, *_TENS, *_SCALES) for form in (word, f"{word}fold"))
_DIGIT = re.compile(r"\d")
_LETTERS = re.compile(r"[a-z]+")
# Looked for before the pattern itself, which takes many times as long; so are the words before others below.
_IN_IDIOMS: Final = ("twice", "doubl", "thrice", "tripl", "quadrupl", "half", "halv", "dozen")
_IDIOM = re.compile(r"\b(" + "|".join(_IDIOMS) + r")\b")
# "A fifth season" is no share of anything: behind "a fifth" of something stands no noun of its own.
_BEHIND_A_SHARE = (
    r"(?=[-\s]*(?:$|[^\w\s-]|\d|(?:of|the|as|less|more|than|to|in|on|at|by|for|from|and|or|but|nor|when|while|with|"
    r"without|within|over|under|off|its|their|his|her|our|that|this|these|those|which|who|what|is|are|was|were|be|has|"
    r"have|had|can|may|did|do|does|compared|relative|again|each|every|if|so|not|only|after|before|worse|better|"
    r"here|there|then|now|today|fewer|lower|higher|longer|shorter|faster|slower|smaller|larger|greater|bigger|"
    r"cheaper|quicker|cooler|warmer|hotter|heavier|lighter|deeper|wider|later|earlier|sooner|stronger|weaker|older|"
    r"younger|thinner|thicker|\w+ed)\b))"
)
_FRACTION = re.compile(
    r"\b(?:(?P<n>one|a|two|three|four)[-\s](?P<d>"
    + "|".join(_FRACTIONS)
    + r")(?:s\b|(?<=quarter)\b|\b"
    + _BEHIND_A_SHARE
    + r")(?!\s+(?:of\s+the\s+)?part(?:y|ies)))",
)
_ONE_IN = re.compile(
    # As \b(?:one|1), in a fraction of the time.
    rf"[o1](?<=\b.)(?:(?<=1)|ne)(?P<what>\s+[a-z-]+)?\s+in\s+(?P<n>{_NUMBER_WORD}|\d+)(?=[-\s]*(?:$|[^\w\s.,%-]|[.,](?!\d)"
    r"|(?(what)(?!)|of\b)|"
    r"(?:is|are|was|were|has|have|had|did|does|do|that|which|who|and|or|but|with|without|when|while)\b))",
)
_EVERY = re.compile(r"\bevery\s+(?P<d>third|fourth|fifth|sixth|seventh|eighth|ninth|tenth)\b")
_ORDINALS: Final = ("third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
_HALF_A_DOZEN = re.compile(r"\bhalf[-\s](?:a[-\s])?dozen\b")
_ENDS_OF_DECADES: Final = ("0s", "0'", "0’")
_DECADE = re.compile(r"(?<![\w.,$€£])(?P<y>1\d|20)(?P<t>\d)0['’]?s\b")
# "The second half" and "both halves" tell parts apart and say nothing of how large they are.
_A_PART = re.compile(r"\b(?:first|second|latter|other|both|top|bottom|upper|lower|each|either|final)[-\s]$")
_MAGNITUDE = re.compile(r"\b(?:(?P<n>\w+)\s+)?orders?[-\s]of[-\s]magnitude\b")

_BOUND_WORDS: Final[dict[Bound, str]] = {
    "max": r"up\s+to|as\s+(?:much|many|high|large|great|far)\s+as|at\s+(?:the\s+)?most|maximum|max|peak"
    r"|(?:no|not)\s+(?:more|higher|greater|further)\s+than|<=|≤|⩽|\\?\bleq(?:slant)?",
    "min": r"at\s+(?:the\s+)?least|minimum|as\s+(?:few|little|low)\s+as|(?:no|not)\s+(?:less|fewer|lower)\s+than"
    r"|>=|≥|⩾|\\?\bgeq(?:slant)?",
    # Not the head of an arrow, "->".
    "over": r"(?:more|greater|higher)\s+than|above|beyond|upwards?\s+of|surpass(?:es|ed|ing)?|in\s+excess|(?<![-=>])>",
    "under": r"under|below|(?:less|fewer|lower|smaller)\s+than|<",
    "about": r"about|approximately|approx\.?|around|nearly|close\s+to|almost|roughly|some|circa|an\s+estimated|sim|~|≈"
    r"|≃|∼|\\?\bapprox(?:eq)?|\$?\\sim",
    "average": r"average[sd]?|averaging|mean",
}
_BETWEEN = r"[\s(]*(?:of\s+|by\s+|an?\s+|the\s+|a\s+factor\s+of\s+|its\s+)*[~$+]?\s*$"
_BEFORE: Final = {bound: re.compile(rf"(?:{words}){_BETWEEN}") for bound, words in _BOUND_WORDS.items()}
# What each of them needs before a figure, found in a fraction of the time.
_IN_BEFORE: Final[dict[Bound, tuple[str, ...]]] = {
    "max": ("up", "most", "as", "max", "peak", "than", "<=", "≤", "⩽", "leq"),
    "min": ("least", "min", "as", "than", ">=", "≥", "⩾", "geq"),
    "over": ("than", "above", "beyond", "upward", "surpass", "excess", ">"),
    "under": ("under", "below", "than", "<"),
    "about": ("about", "approx", "around", "near", "close", "almost", "rough", "some", "circa", "estimated", "sim", "~",
              "≈", "≃", "∼"),
    "average": ("averag", "mean"),
}  # fmt: skip
# What stands right before a figure that any of them bounds, but for "~" and these marks.
_MARKS_BEFORE: Final = "($+~ \t\n\r\f\v\x1c\x1d\x1e\x1f"
_LAST_BEFORE: Final = (
    "of", "by", "a", "an", "the", "its", "to", "as", "most", "max", "maximum", "peak", "than", "<=", "≤", "⩽", "leq",
    "leqslant", "least", "minimum", ">=", "≥", "⩾", "geq", "geqslant", "above", "beyond", "surpass", "surpasses",
    "surpassed", "surpassing", "excess", ">", "under", "below", "<", "about", "approximately", "approx", "approx.",
    "around", "nearly", "almost", "roughly", "some", "circa", "estimated", "sim", "~", "≈", "≃", "∼", "approxeq",
    "average", "averages", "averaged", "averaging", "mean",
)  # fmt: skip
_IN_BEFORE_MAX: Final = ("best", "peak", "greatest", "highest")
_AFTER_AVERAGE = re.compile(r"^[\s-]*(?:[a-z-]+\s+){0,3}?(?:on\s+average|average\b|in\s+the\s+mean)")
_AFTER_MIN = re.compile(r"^(?:\+|\s*(?:or\s+more|at\s+(?:the\s+)?least)\b)")
_AFTER_MAX = re.compile(r"^\s*(?:or\s+(?:less|fewer)|at\s+(?:the\s+)?(?:most|maximum|best))\b")
# "over seven benchmarks" means across them; "over 20%" and "over 1,000 GPUs" mean more.
_OVER = re.compile(r"\b(?:over|exceed(?:s|ed|ing)?)\s+(?:a\s+factor\s+of\s+)?[~$+]?\s*$")
# "At best, it is more than three times as fast": the most that was seen, whatever stands before the figure.
_BEFORE_MAX = re.compile(r"\bat\s+(?:(?:its|their|the)\s+)?(?:very\s+)?(?:best|peak|greatest|highest)\b[^.;:\d]{0,80}$")
_BEFORE_AVERAGE = re.compile(r"(?:on\s+average|average[sd]?|averaging|mean)\b[^.;,]{0,45}$")


_JUST_BEFORE: Final = 40


def find_quantities(text: str) -> list[Quantity]:
    """All quantities of a text in order of place, none overlapping another."""
    low = lowered(text)
    taken = bytearray(len(text))
    kept: list[Quantity] = []
    for found in (_dates(text), _magnitudes(low), _fractions(low), _numbers(text, low), _idioms(low)):
        for quantity in found:
            if not any(taken[quantity.start : quantity.end]):
                taken[quantity.start : quantity.end] = b"\x01" * (quantity.end - quantity.start)
                kept.append(quantity)
    return sorted(kept, key=_START) if len(kept) > 1 else kept


_START: Final = attrgetter("start")


def _has(text: str, words: tuple[str, ...]) -> bool:
    """Whether one of some strings stands in a text; in a third of the time of any()."""
    for word in words:  # noqa: SIM110
        if word in text:
            return True
    return False


def is_stated(quantity: Quantity, among: Iterable[Quantity]) -> bool:
    """Whether every figure of ``quantity`` stands in one of ``among`` (ends of a range may stand apart).

    2x = twofold, 34.0 = 34, half = 50%, 70B = 70 billion. A figure without a unit agrees with the same figure with one
    ("a speedup of 1.59" = "1.59x"), and a decade with a year of it, not the other way round. A figure given as "about"
    agrees with what rounds to it, within 5 %, and about a fraction ("about a fifth" for 22 %) within 12 %.
    """
    others = among if isinstance(among, tuple) else tuple(among)
    for x in quantity.ends:
        for other in others:
            if _equal(x, quantity, other.value, other):
                break
            if other.high is not None and _equal(x, quantity, other.high, other):
                break
        else:
            return False
    return True


def _equal(x: float, a: Quantity, y: float, b: Quantity) -> bool:
    if a.unit == "decade":
        return x == y if b.unit == "decade" else not b.unit and x <= y < x + 10
    if b.unit == "decade":
        return False
    if x != y and a.unit == b.unit and a.unit not in {"fraction", "magnitude"} and "about" not in (a.bound, b.bound):
        return math.isclose(x, y, rel_tol=1e-6, abs_tol=1e-9)
    x, unit_a = _comparable(x, a.unit)
    y, unit_b = _comparable(y, b.unit)
    if unit_a != unit_b and "" not in (a.unit, b.unit):
        if {unit_a, unit_b} != {"x", "%"} or "fraction" not in (a.unit, b.unit):
            return False
        x, y = (x * 100 if unit_a == "x" else x), (y * 100 if unit_b == "x" else y)
    about, fraction = "about" in (a.bound, b.bound), "fraction" in (a.unit, b.unit)
    tolerance = _ABOUT_A_FRACTION if about and fraction else _ABOUT if about or fraction else 1e-6
    return math.isclose(x, y, rel_tol=tolerance, abs_tol=1e-9)


def _comparable(value: float, unit: str) -> tuple[float, str]:
    if unit == "magnitude":
        return (10.0**value if value < 300 else math.inf), "x"
    return (value, "x") if unit == "fraction" else (value, unit)


def _numbers(text: str, low: str) -> list[Quantity]:
    found: list[Quantity] = []
    at = 0
    begins = _DIGIT if _WORDS.isdisjoint(_LETTERS.findall(low)) else _BEGINNING
    while beginning := begins.search(low, at):
        match = _QUANTITY.match(text, beginning.start())
        if match is None:
            at = beginning.start() + 1
            continue
        quantity = _from_match(text, low, match)
        found.append(quantity)
        at = max(quantity.end, match.start() + 1)
    return found


def _from_match(text: str, low: str, match: re.Match[str]) -> Quantity:
    if (match.group("digits2") or match.group("word2")) and not _is_range(text, match):
        single = _SINGLE.match(text, match.start())
        # The shorter reading always exists where the edge allows it; else the range reading stands.
        match = single or match
    digits, word, scale, unit1 = match.group("digits", "word", "scale", "unit")
    digits2 = word2 = scale2 = unit2 = None
    if match.re is _QUANTITY:
        digits2, word2, scale2, unit2 = match.group("digits2", "word2", "scale2", "unit2")
    second = digits2 or word2
    shown = unit1 or unit2
    factor, unit = canonical_unit(shown) if shown else (1.0, "")
    value = _number(digits, word, scale or (scale2 if second and not unit1 else None)) * factor
    high: float | None = None
    if second:
        factor2, _ = canonical_unit(unit2 or unit1 or "")
        high = _number(digits2, word2, scale2) * factor2
        if _shortened_year(digits, digits2):
            high = _year_after(value, high)
        value, high = min(value, high), max(value, high)
    bound = _bound(low, match.start(), match.end(), unit)
    return Quantity(value, high, unit, bound, match.start(), match.end(), factor)


_YEAR = re.compile(r"1[5-9]\d\d|20\d\d")


def _shortened_year(first: str | None, second: str | None) -> bool:
    """ "2018-19": the second figure lacks its century."""
    return bool(_YEAR.fullmatch(first or "") and re.fullmatch(r"\d\d", second or ""))


def _year_after(first: float, short: float) -> float:
    century = first - first % 100
    return century + short + (100 if short < first % 100 else 0)


def _is_range(text: str, match: re.Match[str]) -> bool:
    """ "1.9x-3.6x", "5 to 9 ms" and "between 2 and 3" are ranges; "20 and 30 GPUs", or "two and a half", are not."""
    second_start = match.start("digits2") if match.group("digits2") else match.start("word2")
    first_end = match.end("unit") if match.group("unit") else match.end("scale")
    if first_end < 0:
        first_end = match.end("digits") if match.group("digits") else match.end("word")
    joint = text[first_end:second_start].strip().lower()
    unit, unit2 = match.group("unit"), match.group("unit2")
    if (
        unit
        and unit2
        and (
            canonical_unit(unit)[1] != canonical_unit(unit2)[1]
            or ("point" in unit.lower()) != ("point" in unit2.lower())
        )
    ):
        return False
    first, digits2 = match.group("digits") or "", match.group("digits2") or ""
    if _YEAR.fullmatch(first) and not unit and (len(digits2) == 1 or text[match.end() : match.end() + 1] == ":"):
        return False  # "2018 - 9:14"
    # Only what stands right before: of a long text the whole would be searched for every figure.
    before = text[max(0, match.start() - _JUST_BEFORE) : match.start()]
    if joint == "and":
        return bool(re.search(r"\bbetween\s+$", before, re.I))
    if joint == "to" and not re.search(r"\bfrom\s+$", before, re.I):
        return not (unit and not unit2)
    return True


def _number(digits: str | None, word: str | None, scale: str | None) -> float:
    if digits:
        value = float(digits.replace(",", ""))
    else:
        value = float(
            sum(
                _SMALL.get(w, 0) + _TENS.get(w, 0) + (w in {"a", "one"})
                for w in re.split(r"[-\s]", (word or "").lower())
            )
        )
    if scale:
        name = scale.strip().lstrip("-")
        value *= _LETTER_SCALES.get(name) or _LETTER_SCALES.get(name.upper()) or _SCALES.get(name.lower(), 1.0)
    return value


def _bound(low: str, start: int, end: int, unit: str = "x") -> Bound:
    before, after = low[max(0, start - 60) : start], low[end : end + 40]
    if _AFTER_MAX.match(after):
        return "max"
    farther = low[max(0, start - 100) : start]
    if _has(farther, _IN_BEFORE_MAX) and _BEFORE_MAX.search(low, max(0, start - 100), start):
        return "max"
    if unit and ("over" in before or "exceed" in before) and _OVER.search(before):
        return "over"
    if _may_bound(before):
        for bound, pattern in _BEFORE.items():
            if _has(before, _IN_BEFORE[bound]) and pattern.search(before):
                return bound
    if _AFTER_MIN.match(after):
        return "min"
    if _has(after, _IN_BEFORE["average"]) and _AFTER_AVERAGE.match(after):
        return "average"
    if _has(before, _IN_BEFORE["average"]) and _BEFORE_AVERAGE.search(before):
        return "average"
    return "exact"


def _may_bound(before: str) -> bool:
    """Whether what stands right before a figure may bound it: no pattern of ``_BEFORE`` is met where this is false."""
    words = before.rstrip(_MARKS_BEFORE)
    return words.endswith(_LAST_BEFORE) or not before.isascii() or "~" in before[len(words) :]


def _dates(text: str) -> list[Quantity]:
    """The numbers of dates in digits, which are no ranges, ordinal days ("April 9th"), and decades."""
    found = [
        Quantity(float(d.value), None, "", "exact", d.start, d.end)
        for d in find_dates(text)
        if d.numeric or not text[d.start : d.end].isdigit()
    ]
    for m in _DECADE.finditer(text) if any(end in text for end in _ENDS_OF_DECADES) else ():
        found.append(Quantity(float(m.group("y") + m.group("t") + "0"), None, "decade", "exact", m.start(), m.end()))
    return found


def _idioms(low: str) -> list[Quantity]:
    return [
        Quantity(
            *_IDIOMS[m.group()][:1], None, _IDIOMS[m.group()][1], _bound(low, m.start(), m.end()), m.start(), m.end()
        )
        for m in (_IDIOM.finditer(low) if _has(low, _IN_IDIOMS) else ())
        if not (m.group() in {"half", "halves"} and _A_PART.search(low, max(0, m.start() - 8), m.start()))
    ]


def _fractions(low: str) -> list[Quantity]:
    counts = {"a": 1, "one": 1, "two": 2, "three": 3, "four": 4}
    told: list[tuple[float, str, re.Match[str]]] = [
        (counts[m.group("n")] * _FRACTIONS[m.group("d")], "fraction", m)
        for m in (_FRACTION.finditer(low) if _has(low, _IN_FRACTIONS) else ())
    ]
    for m in _ONE_IN.finditer(low) if "one" in low or "1" in low else ():
        n = m.group("n")
        count = _number(n if n[0].isdigit() else None, n, None)
        if 2 <= count < _MOST_IN_ONE_IN:
            told.append((1 / count, "fraction", m))
    if "every" in low:
        told += [(1 / (_ORDINALS.index(m.group("d")) + 3), "fraction", m) for m in _EVERY.finditer(low)]
    if "dozen" in low:
        told += [(6.0, "", m) for m in _HALF_A_DOZEN.finditer(low)]
    return [Quantity(value, None, unit, _bound(low, m.start(), m.end()), m.start(), m.end()) for value, unit, m in told]


def _magnitudes(low: str) -> list[Quantity]:
    found = []
    for m in _MAGNITUDE.finditer(low) if "magnitude" in low else ():
        count = m.group("n") or ""
        known = _SMALL.get(count) or (int(count) if count.isdecimal() else None)
        start = m.start() if known or count in {"an", "one"} else m.start() + len(m.group("n") or "")
        found.append(Quantity(float(known or 1), None, "magnitude", _bound(low, start, m.end()), start, m.end()))
    return found
