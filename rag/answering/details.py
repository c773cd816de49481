"""Details that questions ask for and abstracts often leave out: a learning rate, a price, a duration.

Each detail is recognised in a question by one pattern and in a text by another. Where a question asks for a detail and
no sentence of the paper states it, the answer says so instead of quoting something else as if it were the answer.
"""

from __future__ import annotations

import re
from typing import NamedTuple


class Detail(NamedTuple):
    """A kind of detail: its name with article, how a question asks for it, how a text states it."""

    name: str
    asked: re.Pattern[str]
    stated: re.Pattern[str]


def _detail(name: str, asked: str, stated: str) -> Detail:
    return Detail(name, re.compile(asked, re.I), re.compile(stated, re.I))


_UNITS_OF_TIME = r"(?:seconds?|minutes?|hours?|days?|weeks?|months?|years?|GPU-?hours?)"

DETAILS: tuple[Detail, ...] = (
    _detail("a learning rate", r"\blearning rate", r"\blearning rate"),
    _detail(
        "a batch size",
        r"\b(?:what|which) (?:\w+ and )?batch ?size|\band batch size",
        r"\bbatch ?(?:size)?s? (?:of|up to)?\s*\d|\d+\s*batch",
    ),
    _detail("the optimizer", r"\b(?:which|what) optimi[sz]er\b", r"\b(?:Adam\w*|SGD|optimi[sz]er|Adafactor|LAMB)\b"),
    _detail("a clock frequency", r"\bclock (?:frequency|speed|rate)|\bwhat frequency", r"\d\s*[GMk]Hz\b|\bclock\b"),
    _detail("a sampling temperature", r"\b(?:which|what) (?:\w+ )?temperature", r"\btemperature"),
    _detail("a wavelength", r"\bwavelength", r"\bwavelength|\d\s*nm\b"),
    _detail("the lines of code", r"\blines of (?:\w+ )?code", r"\blines of (?:\w+ )?code|\d\s*(?:k?LOC|lines)\b"),
    _detail(
        "a price", r"\bin dollars\b|\bwhat price|\bhow expensive|\bUSD\b", r"[$€£]\s*\d|\bdollars?\b|\bprices?\b|\bUSD"
    ),
    _detail(
        "how long it took",
        rf"\bhow long (?:did|does|do|was|were)\b.*\b(?:take|took|train\w*|run|last)|\bhow many {_UNITS_OF_TIME}\b",
        rf"(?:\d|\b(?:one|two|three|four|five|six|seven|several|few|under an?))[\d.,]*[- ]?{_UNITS_OF_TIME}\b",
    ),
    _detail("the licence", r"\blicen[cs]e\b", r"\blicen[cs]e|\bApache|\bMIT\b|\bGPL"),
    _detail("a random seed", r"\b(?:random )?seeds?\b", r"\bseeds?\b"),
    _detail("a chipset", r"\bchip ?sets?\b", r"\bchip ?sets?\b"),
    _detail("who funded it", r"\bfund(?:ed|ing)\b", r"\bfund(?:ed|ing)\b|\bgrant"),
    _detail("a confidence interval", r"\bconfidence intervals?\b|\bstandard deviation", r"\bconfidence|±|\+/-"),
)


def missing_details(question: str, text: str) -> list[str]:
    """The details that the question asks for and the text does not state, by name."""
    return [d.name for d in DETAILS if d.asked.search(question) and not d.stated.search(text)]
