"""Sentences of a text with their offsets: ``text[s.start:s.end] == s.text``, nothing but white space between them."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import NamedTuple

from rag.text.terms import is_stop_word


class Sentence(NamedTuple):
    """A sentence and its place, in code points, half open."""

    text: str
    start: int
    end: int


# Ends with a full stop that is no end of a sentence (compared in lower case, without the final stop).
_ABBREVIATIONS = frozenset(
    "e.g i.e cf vs etc al fig figs eq eqs sec secs tab no nos vol pp p ch ref refs resp approx ca dr mr mrs ms prof "
    "st inc ltd co corp dept est incl excl max min avg std dev viz w.r.t s.t a.k.a u.s u.k ph.d jan feb mar apr jun "
    "jul aug sep sept oct nov dec".split()
)
# A candidate end: closing punctuation, closing quotes or brackets, white space, then what starts a sentence.
# Possessive, and only at the start of a run of stops, so that no run is read twice. It opens with a class of characters
# and looks behind after that, since a search for one of a few characters is many times as fast.
_END = re.compile(r"""[.!?](?<![.!?]{2})[.!?]*+["'”’)\]]*+(?=\s)""")
_STARTER = re.compile(r"""\s+["'“‘(\[]*([^\s])""")
_BREAK = re.compile(r"\n\s*\n|\n(?=\s*[-*•]\s)")
_INITIALS = re.compile(r"(?:[a-z]\.)*[a-z]")
_ITEM = re.compile(r"\(?\d{1,2}|\(?[ivx]{1,4}")
_LOOK_BACK = 80
_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz")
_ALWAYS_CONTINUES = frozenset("etc al".split())


def split_sentences(text: str) -> list[Sentence]:
    """Split into sentences; decimals, abbreviations, initials and numbered lists do not end one.

    A line break preceded by closing punctuation ends a sentence; so does a blank line or a bullet in any case.
    """
    sentences: list[Sentence] = []
    for block_start, block_end in _blocks(text):
        start = block_start
        for match in _END.finditer(text, block_start, block_end):
            if _ends_here(text, start, match):
                _append(sentences, text, start, match.end())
                start = match.end()
        _append(sentences, text, start, block_end)
    return sentences


def _blocks(text: str) -> list[tuple[int, int]]:
    if "\n" not in text:
        return [(0, len(text))] if text else []
    cuts = [0, *(m.end() for m in _BREAK.finditer(text)), len(text)]
    return [(a, b) for a, b in pairwise(cuts) if a < b]


def _ends_here(text: str, start: int, match: re.Match[str]) -> bool:
    follower = _STARTER.match(text, match.end())
    if follower is None:
        return False
    first = follower.group(1)
    lower = first.islower() and not _coined_start(text, match.end())
    if match.group()[0] in "!?":
        return not lower and not _in_a_name(text, start, match)
    # A short look back is enough for the last word, and keeps a text without sentence ends from being read again.
    before = text[max(start, match.start() - _LOOK_BACK) : match.start()]
    last = _last_word(before).lstrip("([\"'“‘").lower()
    if last in _ABBREVIATIONS:
        # "etc." and "et al." often do end a sentence; the others are followed by what they introduce.
        return last in _ALWAYS_CONTINUES and first.isupper() and not _looks_cited(text, match.end())
    if last in _LETTERS and first.isupper() and len(before.strip()) <= 1:
        return False  # "A. Smith" at the start of a sentence
    if "." in last and first.isupper() and _INITIALS.fullmatch(last):
        return False  # initials such as J.K.
    if before.strip().lower() == last and _ITEM.fullmatch(last):
        return False  # "1. First" opens a numbered item
    return not lower


def _last_word(text: str) -> str:
    """What stands behind the last white space of a text, a line break at its end left out."""
    text = text.removesuffix("\n")
    return "" if not text or text[-1].isspace() else text.rsplit(None, 1)[-1]


def _in_a_name(text: str, start: int, match: re.Match[str]) -> bool:
    """Whether an exclamation mark belongs to a name, as in "Hogwild! Inference": between two words with capitals, of
    which the second is none that commonly begins a sentence."""
    if match.group() != "!":
        return False
    before = re.search(r"\b[A-Z][A-Za-z]*[a-z]\Z", text[max(start, match.start() - _LOOK_BACK) : match.start()])
    after = re.match(r"[ \t]+([A-Z]\w+)", text[match.end() : match.end() + _LOOK_BACK])
    return before is not None and after is not None and not is_stop_word(after.group(1).lower())


def _coined_start(text: str, at: int) -> bool:
    """A name that begins in lower case and goes on in capitals (vLLM, phi-Decoding) may open a sentence."""
    word = re.match(r"\s*([\w-]+)", text[at:])
    return bool(word and re.search(r"[A-Z]", word.group(1)))


def _looks_cited(text: str, at: int) -> bool:
    return bool(re.match(r"\s*[(\[]", text[at:]))


def _append(sentences: list[Sentence], text: str, start: int, end: int) -> None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if start < end:
        sentences.append(Sentence(text[start:end], start, end))
