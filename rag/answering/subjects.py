"""The named things of a question, and what the papers have to do with them.

A name is *owned* by a paper whose title or text introduces it, *in passing* where papers only mention it (a baseline, a
model that was tried), and *absent* where no paper has it. A question about the workings of a name that no paper owns is
near what the library holds, and not answered by it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from rag.answering.asked import word_lists
from rag.answering.naming import short_name
from rag.answering.paper_reading import Reading, bare, squash, words_of
from rag.answering.question import name_terms, names_in
from rag.library import Library
from rag.text.terms import QUESTION_WORDS, STOP_WORDS

_ACRONYM: Final = re.compile(r"[A-Z]{2,6}s?")
_MARKED: Final = re.compile(r"\d|^[A-Z]\w*-[A-Z]")
# CamelCase and its like, or letters with a figure: written so only for names.
COINED: Final = re.compile(r"[A-Z]?[a-z0-9]+[A-Z][A-Za-z0-9]*|[A-Z]{2,}(?!s$)[a-z]+\w*|[A-Za-z]{2,}-?\d[\w.]*")
_SUBJECT: Final = r"(?P<subject>[^\W_][\w*+.-]*)(?:['’]s?)?"
_AUXILIARY: Final = r"(?:do|does|did|is|are|was|were|can|has|have)"
# What a question is about: "how does X", "what features does X's", "explain X", "X:" or "X's" at the head.
_SLOTS: Final = (
    re.compile(
        r"\b(?:how(?! (?:much|many|long|often|large|far|fast)\b)|why|when|where|what|which)\b[^?,;:]*?"
        rf"\b{_AUXILIARY}\s+{_SUBJECT}",
        re.I,
    ),
    re.compile(rf"\b(?:explain|describe|how|why)\s+{_SUBJECT}", re.I),
    re.compile(rf"\bby how much\s+{_AUXILIARY}\s+{_SUBJECT}", re.I),
    re.compile(r"^\s*(?P<subject>[^\W_][\w*+.-]*)(?:['’]s\s+[\w*+.-]+)?(?:\s[\w*+.-]+)?\s*(?::|-|–|—)\s"),
    re.compile(r"^\s*(?P<subject>[^\W_][\w*+.-]*)['’]s?\s"),
)
_INTRODUCES: Final = (
    r"\b(?:introduc|present|propos|develop|call|nam|dubb|term)(?:e[sd]?|ing|s|ed)?\b"
    r"(?:\s+(?!in|on|with|for|by|to|of|than)[^\s.;]+){0,6}?\W+"
)
_SHAPING: Final = STOP_WORDS | QUESTION_WORDS


class Mention(NamedTuple):
    """A name in a question as written; ``slot``: the question is about it; ``coined``: written as only names are."""

    name: str
    slot: bool
    coined: bool


def mentions(question: str) -> tuple[Mention, ...]:
    """The names of a question, in order. A plain word counts where it is capitalised inside a sentence."""
    slots = {bare(m["subject"]).lower() for p in _SLOTS for m in p.finditer(question)}
    found: dict[str, Mention] = {}
    at = 0
    for word in words_of(question):
        at = question.find(word, at)
        starts = not question[:at].strip() or bool(re.search(r"[.:?!]\s*[\"'(]?$", question[:at]))
        at += len(word)
        name = _without_tail(bare(word))
        if name.lower() in _SHAPING or len(name) < 2 or name[0].isdigit():
            continue
        slot = name.lower() in slots
        coined = bool(COINED.fullmatch(name)) or bool(set(names_in(name)) & {name} and _MARKED.search(name))
        if not slot and name in word_lists()["everybody's names"]:
            continue
        capital = name[0].isupper() and (not starts or slot) and not _ACRONYM.fullmatch(name)
        acronym = bool(_ACRONYM.fullmatch(name)) and (slot or name.removesuffix("s") not in word_lists()["acronyms"])
        if coined or capital or acronym:
            found.setdefault(name.lower(), Mention(name, slot, coined))
    return tuple(found.values())


def _without_tail(name: str) -> str:
    """The name in an ad hoc compound: AMD of "AMD-powered"; none in "PyTorch-like", "Q/K/V" or "CPU-and-RAM"."""
    parts = re.split(r"[-/]", name)
    if len(parts) == 1:
        return name
    if parts[0].islower():
        return parts[-1]  # "non-GPU", "in-SRAM"
    if parts[-1] in {"like", "style", "series", "class"} or "and" in parts or max(len(p) for p in parts) <= 2:
        return ""
    return parts[0] if parts[-1].islower() and len(parts[-1]) > 2 else name


def absent(mention: Mention, readings: Sequence[Reading], library: Library) -> bool:
    """Whether no paper of the library holds a name, in any spelling that its terms or the nearest papers show."""
    if any(r.mentions(mention.name) for r in readings):
        return False
    return not any(library.lexical.document_frequency(t) for t in name_terms(mention.name))


def unknown_names(text: str, library: Library) -> list[str]:
    """Coined names of a text that no paper of the library contains."""
    return [m.name for m in mentions(text) if m.coined and absent(m, (), library)]


def owns(reading: Reading, name: str) -> bool:
    """Whether a paper introduces a name: in its title, as its short name, or as what it proposes."""
    folded = squash(name)
    if folded == squash(short_name(reading.paper)) or 0 in reading.rows_with(name):
        return True
    introduced = re.compile(_INTRODUCES + re.escape(name), re.I)
    return any(introduced.search(s.text) for s in reading.sentences)
