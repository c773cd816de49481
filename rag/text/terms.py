"""Terms: what the lexical leg indexes and what sentences are compared by.

``all-reduce``, ``AllReduce``, ``all_reduce`` and ``allreduce`` are one term; the parts of a compound are terms too.
Figures keep their multiplier: ``2.15times`` and ``2.15x`` are one term. Words are stemmed (Snowball, English); acronyms
lose the s of their plural first (GPUs, fpgas, LLMs, H100s), since the stemmer keeps it behind some letters.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

import Stemmer

ANALYSIS: Final = 2
"""Step this whenever :func:`terms` gives something else for a text: libraries then rebuild what they stored of it."""
STOP_WORDS: Final = frozenset(
    """a about above after again against all also although am an and any are as at be because been before being below
    between both but by can cannot could did do does doing down during each either else ever few for from further had
    has have having he her here hers him his how however i if in into is it its itself just let many may me might
    more most much must my no nor not of off on once only or other our out over own per same shall she should so some
    such than that the their them then there these they this those through thus to too under until up upon us very via
    was we were what when where whether which while who whom whose why will with within without would yet you your
    don t s ll re ve d m""".split()
)
# Words that shape a question without saying what it is about.
QUESTION_WORDS: Final = frozenset(
    """paper papers study studies work works method methods approach approaches technique techniques way ways show
    shows propose proposes proposed present presents introduce introduces describe describes described use uses used
    using give gives given tell list explain discuss discussed find found know known make makes made exist exists
    existing there's any anyone anything someone something thing things kind kinds type types example examples
    article articles abstract abstracts literature research researchers author authors get gets getting want looking
    look please help recent new idea ideas done available according say says said claim claims claimed report
    reports reported actually exactly really rather instead like good best well""".split()
)

_stem_word = Stemmer.Stemmer("english", 0).stemWord
_STEMS: Final[dict[str, str]] = {}
_TERMS: Final[dict[str, tuple[str, ...]]] = {}
"""What was found of each word. Plain dicts of strings, which the collection of garbage passes by: it would look at each
entry of an lru_cache five times."""
_MOST_STEMS: Final = 200_000
_MOST_TERMS: Final = 100_000


def _stem(word: str) -> str:
    found = _STEMS.get(word)
    if found is None:
        if len(_STEMS) >= _MOST_STEMS:
            _STEMS.clear()
        found = _STEMS[word] = _stem_word(word)
    return found


# A word may hold letters and digits joined by - _ ' / . + in the middle (all-reduce, x86_64, GPT-4o, 1.9x-3.6x).
_WORD = re.compile(r"\b[A-Za-z](?:\+\+|#)|\d+(?:[.,]\d+)*(?:\\?[a-z%]+)?|[^\W_]+(?:['’][^\W\d_]+)?", re.I)
# The look-behind keeps one long word from being tried again at each of its letters.
_COMPOUND = re.compile(r"(?<![^\W_])[^\W_]+(?:[-_‐‑–/][^\W_]+)+")
_CAMEL = re.compile(r"[A-Z]+(?![a-z])s?|[A-Z]?[a-z]+|\d+")
# An s behind a capital (GPUs, SoCs, APIs) or behind consonants alone (llms, h100s).
_CAPITALS_PLURAL = re.compile(r"\w+[A-Z]s")
_ACRONYM_PLURAL = re.compile(r"[^aeiouy\W]{2,}s")
# Or behind a vowel after consonants that begin no English word (gpus, fpgas; not plus, this).
_BEGINNINGS = (
    "bl br ch cl cr dr dw fl fr gh gl gn gr kl kn kr ph pl pr ps qu rh sc sh sk sl sm sn sp sq st sw th tr ts tw wh wr"
)
_SPELLED_PLURAL = re.compile(rf"(?!{'|'.join(_BEGINNINGS.split())})[^aeiouy\W\d_]{{2,}}[aeiou]s")
_TIMES = re.compile(r"^(\d+(?:[.,]\d+)*)\\?(?:times|x|×)$", re.I)


def terms(text: str) -> list[str]:
    """All terms of a text in order, stop words included; compounds add their joined form after their parts."""
    if text.isascii() and text.isalpha():
        return list(_word_terms(text))  # one plain word
    text = unicodedata.normalize("NFKC", text)
    found: list[str] = []
    joined_ends: dict[int, str] = {}
    for match in _COMPOUND.finditer(text):
        parts = re.split(r"[-_‐‑–/]", match.group())
        if not all(p.isdigit() for p in parts) and len(parts) <= 4:
            if is_acronym_plural(parts[-1]):
                parts[-1] = parts[-1][:-1]  # multi-GPUs
            joined_ends[match.end()] = "".join(parts).lower()
    for match in _WORD.finditer(text):
        found.extend(_word_terms(match.group()))
        if match.end() in joined_ends:
            found.append(_stem(joined_ends[match.end()]))
    return found


def stem_plain(word: str) -> str:
    """The term of a word of small letters a to z that is no plural of an acronym."""
    return _stem(word)


def is_acronym_plural(word: str) -> bool:
    """Whether a word is an acronym with the s of the plural, as it is written: GPUs, fpgas, H100s; not plus, gas."""
    if _CAPITALS_PLURAL.fullmatch(word):
        return True
    lower = word.lower()
    return bool(_ACRONYM_PLURAL.fullmatch(lower) or _SPELLED_PLURAL.fullmatch(lower))


def _word_terms(word: str) -> tuple[str, ...]:
    found = _TERMS.get(word)
    if found is None:
        if len(_TERMS) >= _MOST_TERMS:
            _TERMS.clear()
        found = _TERMS[word] = _find_terms(word)
    return found


def _find_terms(word: str) -> tuple[str, ...]:
    times = _TIMES.match(word)
    if times:
        return (times.group(1).replace(",", "") + "x",)
    if word[0].isdigit():
        return (word.lower().replace(",", "").replace("\\", ""),)
    word = re.sub(r"['’]s$", "", word)
    lower = word.lower()
    if is_acronym_plural(word):
        lower, word = lower[:-1], word[:-1]
    pieces = _CAMEL.findall(word) if word != lower and not word.isupper() else []
    parts = tuple(_stem(p.lower()) for p in pieces if len(p) > 2) if len(pieces) > 1 else ()
    # The parts come first and the whole last, so that "AllReduce" ends in the same term as "all-reduce".
    return (*parts, _stem(lower))


_STOP_STEMS: Final = frozenset(_stem(w) for w in STOP_WORDS) | STOP_WORDS
_QUESTION_STEMS: Final = frozenset(_stem(w) for w in QUESTION_WORDS) | QUESTION_WORDS


def content_terms(text: str, *, question: bool = False) -> list[str]:
    """The terms of a text without stop words; with ``question`` also without words that only shape a question."""
    drop = _STOP_STEMS | _QUESTION_STEMS if question else _STOP_STEMS
    return [t for t in terms(text) if t not in drop]


def stems(text: str) -> list[str]:
    """One stem for each word of a text, in order, stop words included; the parts of a compound are words."""
    return [_word_terms(m.group())[-1] for m in _WORD.finditer(unicodedata.normalize("NFKC", text))]


def is_stop_word(stem: str, *, question: bool = False) -> bool:
    """Whether a stem says nothing alone; with ``question`` also whether it only shapes a question."""
    return stem in _STOP_STEMS or (question and stem in _QUESTION_STEMS)
