"""Calendar dates in a text, in the spellings of news, encyclopedias and file names.

``2018-04-24``, ``2018.04.24``, ``4/24/2018``, ``April 24, 2018``, ``Apr. 24th``, ``24 April 2018``, ``12 to 18 April``,
``in April 2018``. A month in words begins with a capital: "may 12" is no date.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, Literal, NamedTuple

MONTHS: Final = (
    "january february march april may june july august september october november december".split()
)  # fmt: skip
Part = Literal["year", "month", "day"]


class DatePart(NamedTuple):
    """One number of a date, at text[start:end]; an ordinal's ending belongs to it ("24th")."""

    part: Part
    value: int
    start: int
    end: int
    numeric: bool
    """Whether the whole date is in digits, so that the dashes within are no ranges."""


_MONTH: Final = (
    r"\b(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?"
    r"|Nov(?:ember)?|Dec(?:ember)?|JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC)\b\.?"
)
_DAY: Final = r"\d{1,2}(?:st|nd|rd|th)?(?![\w:%]|[.,]\d)"
_YEAR: Final = r"[12]\d{3}(?![\w%]|[.,]\d)"
_UNTIL: Final = r"\s?(?:-|–|—|to|and|,)\s?"
_NUMERIC: Final = (
    re.compile(r"(?<![\w.,/-])(?P<year>[12]\d{3})(?P<s>[-./])(?P<month>\d{1,2})(?P=s)(?P<day>\d{1,2})(?!\d|[.,/-]\d)"),
    re.compile(r"(?<![\w.,/-])(?P<month>\d{1,2})(?P<s>[./])(?P<day>\d{1,2})(?P=s)(?P<year>[12]\d{3})(?!\d|[.,/-]\d)"),
)
_WRITTEN: Final = (
    re.compile(rf"{_MONTH}\s+(?P<day>{_DAY})(?:{_UNTIL}(?P<day2>{_DAY}))?(?:,?\s+(?P<year>{_YEAR}))?"),
    re.compile(
        rf"(?<![\w.,])(?P<day>{_DAY})(?:{_UNTIL}(?P<day2>{_DAY}))?\s+(?:of\s+)?{_MONTH}(?:,?\s+(?P<year>{_YEAR}))?"
    ),
    re.compile(rf"{_MONTH},?\s+(?:of\s+)?(?P<year>{_YEAR})"),
)


_DIGIT: Final = re.compile(r"\d")
# These open with a class of characters and look behind after that: such a search is several times as fast.
_JOINED_DIGITS: Final = re.compile(r"[-./](?<=\d.)\d{1,2}[-./]\d")
_MONTHS_BEGIN: Final = re.compile(
    r"[JFMASOND](?:an|eb|ar|pr|ay|un|ul|ug|ep|ct|ov|ec|AN|EB|AR|PR|AY|UN|UL|UG|EP|CT|OV|EC)"
)


_MONTH_ALONE: Final = re.compile(_MONTH)


def _has_month(text: str) -> bool:
    return _MONTHS_BEGIN.search(text) is not None and _MONTH_ALONE.search(text) is not None


def find_dates(text: str) -> list[DatePart]:
    """The numbers of all dates of a text, in order of place, none overlapping another.

    Of ``3/4/2018`` either of the two may be the month; both are given as they stand.
    """
    return list(_dates(text))


@lru_cache(maxsize=128)
def _dates(text: str) -> tuple[DatePart, ...]:
    """As :func:`find_dates`; the latest texts are kept, as each is asked for twice."""
    digits = _DIGIT.search(text) is not None
    found: dict[int, DatePart] = {}
    # A search for a few letters is many times as fast as the patterns, and most texts have no date.
    told = (
        (True, _NUMERIC if digits and _JOINED_DIGITS.search(text) else ()),
        (False, _WRITTEN if digits and _has_month(text) else ()),
    )
    for numeric, patterns in told:
        for pattern in patterns:
            for match in pattern.finditer(text):
                for part in _parts(match, numeric=numeric):
                    found.setdefault(part.start, part)
    return tuple(found[start] for start in sorted(found))


def _parts(match: re.Match[str], *, numeric: bool) -> list[DatePart]:
    values = {name: shown for name, shown in match.groupdict().items() if shown and name != "s"}
    parts: list[DatePart] = []
    for name, shown in values.items():
        value = int(re.sub(r"\D", "", shown))
        part: Part = "year" if name == "year" else "month" if name == "month" else "day"
        if part != "year" and not 1 <= value <= 31:
            return []
        parts.append(DatePart(part, value, match.start(name), match.end(name), numeric))
    if numeric and min(int(values["month"]), int(values["day"])) > 12:
        return []
    return parts
