"""Dates in the forms that bibliographies and web pages use, as ISO strings of day, month or year precision."""

from __future__ import annotations

import datetime
import re
from typing import Final, NamedTuple

_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NAME: Final = (
    r"(?P<name>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_YEAR: Final = r"(?P<year>1[5-9]\d\d|2[01]\d\d)"
_FORMS: Final = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        rf"{_YEAR}(?:\.0)?",  # a spreadsheet writes 2024 as 2024.0
        rf"{_YEAR}[-/.](?P<month>\d{{1,2}})(?:[-/.](?P<day>\d{{1,2}})(?:[T ].*)?)?",
        rf"{_YEAR}(?P<month>\d\d)(?P<day>\d\d)",
        rf"{_NAME}\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+{_YEAR}",
        rf"(?:[a-z]{{3,9}},?\s+)?(?P<day>\d{{1,2}})(?:st|nd|rd|th)?[\s-]+{_NAME},?[\s-]+{_YEAR}(?:\s.*)?",
        rf"{_NAME},?\s+{_YEAR}",
        rf"{_YEAR}[\s,-]+{_NAME}",
    )
)
# "Nov 2, 2023 3": the last number is a count of votes. Without a comma a plausible year is taken for a year.
_PAGE_DATE: Final = re.compile(
    rf"{_NAME}\s+(?P<day>\d{{1,2}})(?:,?\s+(?P<year>(?:19|20)\d\d))?(?:\s+\d[\d.,]*k?)?", re.IGNORECASE
)


class PageDate(NamedTuple):
    """A date as a page prints it: month 1 to 12, day 1 to 31, and the year only where the page gives one."""

    month: int
    day: int
    year: int | None


def month_number(name: str) -> int | None:
    """1 to 12 for an English month name, its abbreviation or a number; None for anything else."""
    word = name.strip().lower().rstrip(".")
    if word.isascii() and word.isdigit():
        return int(word) if 1 <= int(word[:4]) <= 12 else None
    return _MONTHS.index(word[:3]) + 1 if re.fullmatch(_NAME, word) else None


def iso_date(year: int, month: int | None = None, day: int | None = None) -> str:
    """The ISO string, cut back to the part that exists: an impossible day leaves the month, a bad month the year."""
    if month is None or not 1 <= month <= 12:
        return f"{year:04d}"
    try:
        return datetime.date(year, month, day or 0).isoformat()
    except ValueError:
        return f"{year:04d}-{month:02d}"


def parse_date(text: str) -> str | None:
    """An ISO date, month or year for what a file writes, or None where it is not understood."""
    for form in _FORMS:
        match = form.fullmatch(" ".join(text.split()))
        if match is None:
            continue
        parts = match.groupdict()
        named = parts.get("name")
        month = month_number(named) if named else int(parts["month"]) if parts.get("month") else None
        return iso_date(int(parts["year"]), month, int(parts["day"]) if parts.get("day") else None)
    return None


def parse_page_date(line: str) -> PageDate | None:
    """The date line under a paper of a page (``Mar 7``, ``Nov 2, 2023 3``), or None for any other line."""
    match = _PAGE_DATE.fullmatch(line.strip())
    if match is None:
        return None
    month = month_number(match["name"])
    return PageDate(month or 1, int(match["day"]), int(match["year"]) if match["year"] else None)


def inferred_year(dates: list[PageDate], today: datetime.date) -> int:
    """The year that a page means where it prints none.

    Such pages leave the year out for the current one, so it is the year after the largest printed one. Where none is
    printed it is the latest year in which none of the dates lies after ``today``.
    """
    printed = [date.year for date in dates if date.year is not None]
    if printed:
        return max(printed) + 1
    latest = max(((date.month, date.day) for date in dates), default=(1, 1))
    return today.year if latest <= (today.month, today.day) else today.year - 1
