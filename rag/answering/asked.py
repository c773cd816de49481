"""What kind of thing a question asks for: a count, an amount, a time, a price, a person, a named thing, a reason.

A question is read as one or more wants. A want has a kind and the noun phrase of what is asked for, as it was typed
("learning rate", "T4 nodes"); the last word of the phrase is its head. The reading is shallow: words up to the next
verb or preposition, by closed lists of English words (``data/asked.txt``).
"""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.resources import files
from typing import Final, Literal, NamedTuple

WantKind = Literal["count", "amount", "duration", "price", "date", "person", "place", "reason", "thing"]


class Want(NamedTuple):
    """One thing asked for; ``words`` is its noun phrase without articles, possibly empty ("how long", "who")."""

    kind: WantKind
    words: tuple[str, ...]

    @property
    def head(self) -> str:
        """The noun that says what is asked for, or an empty text."""
        return self.words[-1] if self.words else ""


@lru_cache(maxsize=1)
def word_lists() -> dict[str, frozenset[str]]:
    """The closed lists by name, as they stand in the data file."""
    found: dict[str, set[str]] = {}
    name = ""
    for line in files("rag.answering").joinpath("data/asked.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            name = line.strip("[]")
        elif line.strip() and not line.startswith("#"):
            found.setdefault(name, set()).update(line.split())
    return {key: frozenset(words) for key, words in found.items()}


_WORD: Final = re.compile(r"[A-Za-z0-9][\w+*%'’./-]*[\w+*%]|[A-Za-z0-9]|[,;:?()\"]")
_BREAKS: Final = frozenset(',;:?()"')
_PRICE: Final = re.compile(
    r"\bin (?:US )?(?:dollars|euros|USD|EUR|cents)\b|\bhow expensive\b|\b(?:list|retail|market|purchase|street) price\b"
    r"|\bhow much money\b|\bhow much (?:was|were|is|are|did|do|does)\b[^?,;]*\b(?:paid|charged?|earn(?:ed)?)\b"
    r"|\b(?:how much|what) (?:does|did|would|will) (?!it\b|this\b|that\b)[^?,;]*\bcost"
    r"(?=\s*(?:\?|$|per\b|to\b|in dollars))",
    re.I,
)
_LONG_JOB: Final = (
    r"(?:did|does|do|was|were|will|would)\b[^?,;]*?"
    r"\b(?:tak(?:e|es|en|ing)|last(?:s|ed)?|run|running|train(?:ed|ing)?|collected)\b"
)
_MADE_BY: Final = (
    r"(?:fund|sponsor|develop|design|invent|own|annotat|label|maintain|writ|wrot|found|creat|pa(?:id|y)|review)\w*"
)
_BEFORE_WH: Final = (
    "and|or|but|so|then|also|for|in|on|at|by|with|from|to|of|under|per|over|after|than|into|against|along"
)
_OPENERS: Final = re.compile(
    rf"\bhow\s+(?P<many>many)\b|\bhow\s+(?P<much>much)\b|\bhow\s+(?P<long>long)\s+(?={_LONG_JOB})"
    r"|^\W*(?:the\s+)?(?P<number>number)\s+of\b"
    rf"|\b(?P<who>who)\s+(?={_MADE_BY})|\b(?P<when>when)\s+(?:was|were|did)\b"
    r"|\b(?:in|since)\s+(?:what|which)\s+(?P<year>year|month)\b"
    r"|\b(?P<where>where)\s+(?=(?:was|were|is|are|did)\b[^?]*"
    r"\b(?:located|held|conducted|collected|recruited|hosted|based)\b)"
    r"|\b(?P<why>why)\b|\b(?P<wh>what|which)\b|^\W*(?P<name>name|list|give|state)\b(?!\s+(?:me\s+)?an?\s+overview)",
    re.I,
)  # fmt: skip
# Where a question may begin to ask: at its head, behind a mark, or behind a preposition that stands there.
_CLAUSE_HEAD: Final = re.compile(
    r"(?:^|[.,:;?!()\"–—]|\s-\s|\b(?:and|or|but)\b)\s*(?:[\"'(]\s*)?"
    rf"(?:(?:{_BEFORE_WH}|up to|out of)\s+)*$",
    re.I,
)
_SIMPLE: Final[dict[str, WantKind]] = {
    "who": "person", "when": "date", "year": "date", "where": "place", "why": "reason", "long": "duration",
}  # fmt: skip
_LINKS: Final = frozenset("number lines pieces rounds hours".split())
_KINDS: Final = frozenset("kind kinds type types sort sorts class classes".split())
_COMPARATIVE: Final = re.compile(r"more|less|fewer|better|worse|\w{2,}er")
# Ends in -ed and is a noun all the same.
_NO_PARTICIPLE: Final = frozenset("seed speed feed need bed hundred testbed embed word-embed".split())
_LONGEST: Final = 6


def read_wants(question: str) -> tuple[Want, ...]:
    """The things that a question asks for, in its order; empty where it only describes a topic."""
    wants: list[Want] = []
    end = 0
    if priced := _PRICE.search(question):
        wants.append(Want("price", ()))
    for match in _OPENERS.finditer(question):
        if match.start() < end or not _CLAUSE_HEAD.search(question[: match.start()]):
            continue
        found, end = _want(question, match)
        wants += [w for w in found if not (priced and w.head.lower() in {"price", "cost", "costs"})]
    return tuple(dict.fromkeys(wants))


def _want(question: str, match: re.Match[str]) -> tuple[list[Want], int]:
    kind = (match.lastgroup or "").lower()
    if kind in _SIMPLE:
        return [Want(_SIMPLE[kind], ())], match.end()
    rest = question[match.end() :]
    counted = kind in {"many", "number"}
    if rest.startswith(("'s", "’s")):
        return [], match.end()
    phrases, used = _phrases(rest, of=counted)
    if kind == "wh" and not phrases:
        phrases, used = _what_is(rest)
    end = match.end() + used
    if counted:
        times = word_lists()["units of time"]
        return [
            Want("duration" if p[-1].lower() in times else "count" if i == 0 else _kind_of(p), p)
            for i, p in enumerate(phrases)
        ], end
    if kind == "much":
        things = [p for p in phrases if not _COMPARATIVE.fullmatch(p[0].lower())]
        return [Want("amount", p) for p in (things or [()])], end
    return [Want(_kind_of(p), p) for p in phrases], end


def _kind_of(phrase: tuple[str, ...]) -> WantKind:
    return "amount" if phrase[-1].lower() in word_lists()["measures"] else "thing"


def _what_is(rest: str) -> tuple[list[tuple[str, ...]], int]:
    """ "What is the random seed of ...": the phrase behind the auxiliary."""
    match = re.match(r"\s*(?:is|are|was|were|'s)\s+(?=(?:the|its|their)\b)", rest, re.I)
    if not match:
        return [], 0
    phrases, used = _phrases(rest[match.end() :], of=False)
    return phrases, match.end() + used


def _phrases(rest: str, *, of: bool) -> tuple[list[tuple[str, ...]], int]:
    """The noun phrases at the head of a text, parted at "and"/"or", up to a verb or a preposition; and the end."""
    lists = word_lists()
    stop = lists["auxiliaries"] | lists["joints"] | _BREAKS | {"of"}
    found: list[tuple[str, ...]] = []
    words: list[str] = []
    end = 0
    for match in _WORD.finditer(rest):
        word, low = match.group(), match.group().lower()
        if low in {"and", "or"} and words:
            found.append(tuple(words))
            words = []
            continue
        if not words and not found and _is_verb(low):
            return [], 0  # "what makes", "what happens"
        if low == "of" and words and words[-1].lower() in _KINDS:
            words = []
            continue
        if low == "of" and words and (of or words[-1].lower() in _LINKS):
            words.append(low)
            continue
        if low in stop or (words and (_is_verb(low) or low in lists["articles"] or low in lists["predicates"])):
            break
        if low in lists["articles"]:
            continue
        words.append(word)
        end = match.end()
        if len(words) > _LONGEST:
            break
    if words:
        found.append(tuple(words))
    return [p for p in map(_without_participle, found) if p], end


def _without_participle(phrase: tuple[str, ...]) -> tuple[str, ...]:
    """ "datasets supplied" asks for datasets."""
    if len(phrase) > 1 and phrase[-1].endswith("ed") and phrase[-1].lower() not in _NO_PARTICIPLE:
        return phrase[:-1]
    return phrase


@lru_cache(maxsize=10_000)
def _is_verb(word: str) -> bool:
    verbs, nouns = word_lists()["verbs"], word_lists()["nouns like verbs"]
    if word in nouns:
        return False
    if word in verbs:
        return True
    endings = (("ies", "y"), ("es", ""), ("es", "e"), ("s", ""), ("ed", ""), ("ed", "e"), ("d", ""))
    return any(word.endswith(e) and word[: -len(e)] + put in verbs for e, put in endings)
