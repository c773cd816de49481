"""The wording of a claim: what it says without who says it and without a head, and where that stands word for word."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

from rag.grounding.lexicon import HEDGES, NEGATIONS
from rag.text.clean import display, lowered

_MIN_VERBATIM_WORDS: Final = 3
_SOURCE: Final = r"(?:authors?|researchers|paper|study|article|abstract|work|survey|review|report)"
_SAYS: Final = (
    r"(?:reports?|states?|says?|notes?|finds?|shows?|observes?|writes?|adds?|points\s+out|"
    r"reported|stated|said|noted|found|observed|wrote|(?:sees?|puts?)\s+it|"
    r"argues?|recalls?|concedes?|explains?|mentions?|points?\s+out|maintains?|stress(?:es)?|admits?|warns?|tells?\s+us)"
)
_WHOSE: Final = r"(?:(?!(?:in|of|on|for|by|to|with|and|or|that|the)\b)[^\s,;:.]+\s+){0,4}?"
_FRAME: Final = re.compile(
    rf"^(?:(?:yes|no)[.,:;]\s+|according\s+to\s+(?:(?:the|this)\s+(?P<own>{_WHOSE}){_SOURCE}|(?P<teller>[^,;:.]{{2,60}})),\s+"
    r"|as\s+(?:its|the)\s+authors\s+(?:have|put)\s+it,\s+"
    r"|it\s+(?:is|was)\s+(?:stated|reported|said|noted|observed|found)\s+that\s+"
    rf"|(?:the|its|this)\s+(?P<subject>{_WHOSE}){_SOURCE}\s+{_SAYS}\s+(?:the\s+following:|that,?)\s+)",
    re.I,
)
"""An attribution before a claim, which says nothing that an abstract could confirm but for whose it is (``own``,
``subject``); "according to" anything else than a paper (``teller``) hedges the claim."""
_ASIDE: Final = re.compile(
    rf",\s+(?:as\s+|so\s+)?(?:(?:the|its)\s+|(?=(?:\S+\s+){{0,2}}?\S+['’]s\s+authors))(?P<own>{_WHOSE}){_SOURCE}\s+{_SAYS}(?=[,.;]|$)"
    rf"|,\s+{_SAYS}\s+the\s+(?P<whose>{_WHOSE}){_SOURCE}(?=[,.;]|$)"
    rf"|\b(?:in\s+)?what\s+(?:the|its)\s+(?P<subject>{_WHOSE}){_SOURCE}\s+calls?\b",
    re.I,
)
"""An attribution within a claim: ", the authors note,", "in what the authors call"."""
_VIEW: Final = r"(?:view|account|opinion|judge?ment|words|reading|estimation|knowledge|eyes)"
_TOLD: Final = (
    "author", "researchers", "paper", "study", "article", "abstract", "work", "survey", "review", "report", "account",
    "analysis",
)  # fmt: skip
"""One of what a claim needs, in small letters, for all that follows but what it begins with: most claims have none."""
_VIEWED: Final = re.compile(
    rf"(?:(?<=,\s)|(?<=^)|,\s+|\s+)(?:"
    rf"(?:in|by|to|from)\s+the\s+{_VIEW}\s+of\s+(?:the\s+|its\s+)?(?P<own>{_WHOSE}){_SOURCE}"
    rf"|(?:in|by|to|from)\s+(?:(?:the|its)\s+)?(?P<subject>{_WHOSE}){_SOURCE}['’]s?\s+(?:own\s+)?{_VIEW}"
    rf"|(?:in|by)\s+(?P<teller>[\w-]+)['’]s\s+(?:own\s+)?account(?:\s+of\s+(?:the|its|their)\s+\w+)?"
    rf"|according\s+to\s+the\s+{_SOURCE}\s+(?:of|on|behind)\s+(?P<maker>[\w-]+)"
    rf"|as\s+the\s+(?:analysis|{_SOURCE})\s+(?:of|behind|on)\s+(?P<told>[\w-]+)\s+{_SAYS}"
    rf"|as\s+far\s+as\s+(?:the|its)\s+authors\s+(?:know|are\s+aware)"
    r")(?=[,.;]|$)",
    re.I,
)
"""Whose view a claim gives: ", in the view of its authors," and "by the paper's own account"."""
_CITED: Final = re.compile(
    r"\b(is|are|was|were)\s+(?:cited|named|described|mentioned|listed|given|regarded|presented|identified|seen)\s+by\s+"
    rf"(?:the|its)\s+(?P<own>{_WHOSE}){_SOURCE}\s+as\b",
    re.I,
)
""" "Are cited by the paper as" says "are"."""
_POSSESSIVE: Final = re.compile(r"['’]s?$")
_HEAD: Final = re.compile(r":\s+(?=\S)")
_LONGEST_HEAD: Final = 300
"""Code points before a colon that may be a title; the longest of the pages have about 200."""
_NAME_WORDS: Final = 8
_STATES: Final = re.compile(r"\b(?:is|are|was|were|has|have|had|does|did)\b", re.I)
"""A head with a verb is a part of the claim, not a name."""

_WEAKENING: Final = (
    NEGATIONS | HEDGES | {"whether", "if", "false", "wrong", "untrue", "denies", "claim", "claims", "believed"}
)


@lru_cache(maxsize=512)
def fold(text: str) -> str:
    """A text as its words are compared with others: cleaned, in NFKC, with plain quotation marks and dashes."""
    plain = " ".join(text.split())
    if _is_odd(plain):
        plain = " ".join(display(plain).split())
    if plain.isascii():
        return plain.replace("`", "'")
    plain = unicodedata.normalize("NFKC", plain)
    # In a tenth of the time of str.translate.
    for mark, plainly in _PLAIN:
        if mark in plain:
            plain = plain.replace(mark, plainly)
    return " ".join(plain.split())


def _has(text: str, parts: tuple[str, ...]) -> bool:
    """Whether one of some strings stands in a text; in a third of the time of any()."""
    for part in parts:  # noqa: SIM110
        if part in text:
            return True
    return False


def _is_odd(text: str) -> bool:
    """Whether ``display`` may change a text whose words are parted by single spaces: a quick look for what its rules
    look for."""
    if _has(text, _ODD):
        return True
    if ("times" in text or "sim" in text) and _DIGIT.search(text):
        return True
    return "url" in text.lower()


_ODD: Final = ("\\", "$", "{", " ,", " .", " ;", " :")
_DIGIT: Final = re.compile(r"\d")
_PLAIN: Final = tuple({**dict.fromkeys("‘’`´", "'"), **dict.fromkeys("“”", '"'), **dict.fromkeys("‐‑–—−", "-")}.items())


def unattributed(claim: str, evidence: str) -> str:
    """What a claim says, without who says it; a name that the evidence does not have stays."""

    def bare(match: re.Match[str]) -> str:
        whose = next((name for name in match.groupdict().values() if name), "").strip()
        return "" if _stands(whose, evidence) else whose

    low = lowered(claim)
    told = _has(low, _TOLD)
    if told:
        claim = _CITED.sub(lambda m: f"{m[1]} {bare(m)}", claim)
    if _FRAME.match(claim):
        claim = _FRAME.sub(lambda m: f"{m['teller']} suggests that " if m["teller"] else f"{bare(m)} ", claim)
    claim = claim.lstrip()
    for pattern in (_ASIDE, _VIEWED) if told else ():
        claim = pattern.sub(lambda m: f", {bare(m)}" if bare(m) else "", claim)
    return claim.lstrip(" ,")


def _stands(words: str, evidence: str) -> bool:
    """Whether each of some words stands in the evidence."""
    text = fold(evidence).lower() if words else ""
    return all(_find_words(text, _POSSESSIVE.sub("", word.lower())) >= 0 for word in words.split())


@lru_cache(maxsize=512)
def without_head(claim: str, evidence: str) -> str:
    """What follows "<Name or title>: ", where that head is the source's own; else the whole claim.

    A head is its own where the evidence begins with it, as a passage does with its title (whatever words that has: "X
    without Y"), or where it is a name that stands there and neither denies nor hedges. Of several colons the last such
    counts, since titles have colons too.
    """
    if ":" not in claim:
        return claim
    text = fold(evidence).lower()
    rest = claim
    for colon in _HEAD.finditer(claim, 0, _LONGEST_HEAD):
        head = claim[: colon.start()]
        name = fold(head).lower().removesuffix("...").strip(" \"'")
        after = claim[colon.end() :]
        if name and len(after.split()) >= _MIN_VERBATIM_WORDS and _is_own(name, head, text):
            rest = after
    return rest


def _is_own(name: str, head: str, text: str) -> bool:
    if _find_words(text, name) < 0:
        return False
    return text.startswith(name) or (
        len(name.split()) <= _NAME_WORDS and not _weakens(head) and not _STATES.search(head)
    )


def _find_words(text: str, words: str) -> int:
    at = text.find(words)
    while at >= 0:
        end = at + len(words)
        if not (at and text[at - 1].isalnum()) and not (end < len(text) and text[end].isalnum()):
            return at
        at = text.find(words, at + 1)
    return -1


def is_verbatim(wording: str, text: str) -> bool:
    """Whether some words stand, as they are, in one or more whole sentences of a folded text.

    A part of a sentence counts only where nothing before it in that sentence denies or hedges it.
    """
    words = fold(wording).rstrip(".").strip(" \"'")
    if len(words.split()) < _MIN_VERBATIM_WORDS:
        return False
    if words[1:] not in text:
        return False
    found = [_find_words(text, form) for form in (words, words[:1].swapcase() + words[1:])]
    return any(at >= 0 and not _weakens(_before(text, at)) for at in found)


def _before(text: str, at: int) -> str:
    return re.split(r"[.!?]\s", text[max(0, at - 400) : at])[-1]


def _weakens(text: str) -> bool:
    return not _WEAKENING.isdisjoint(re.findall(r"[a-z']+", text.lower()))
