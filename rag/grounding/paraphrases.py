"""The dictionary of paraphrase: which words may stand for a word, which turn a sentence round, which are broader.

``data/paraphrases.txt`` is our own: a line per word, ``word = synonyms | ! opposites | < broader words``. A word that a
line gives as its synonym has that line's word for a synonym too, and so with opposites; where two lines disagree, the
opposite counts. Inflections follow from the stem.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from typing import Final, NamedTuple

from rag.grounding.keeping import Remembered
from rag.grounding.lexicon import concepts, opposites, stem, synonyms
from rag.text.terms import is_stop_word, stem_plain

_NONE: Final[frozenset[str]] = frozenset()
_PREFIXES: Final = ("un", "non")
_DOUBTFUL_PREFIXES: Final = ("in", "im", "ir", "il", "dis", "mis")
"""These stand as often for something else: improve, inform, discover."""
_NO_DENIALS: Final = frozenset(
    "unless unlock unlocks unlocked unlocking unfold unfolds unfolding unpack unpacks unroll unrolls unrolled "
    "unrolling unveil unveils unveiled unload unloads regardless nevertheless nonetheless doubtless wireless".split()
)
_SHORTEST: Final = 4


class Relations(NamedTuple):
    """Stem -> stems, each way."""

    synonyms: dict[str, frozenset[str]]
    opposites: dict[str, frozenset[str]]
    narrower: dict[str, frozenset[str]]
    """Of a word of a claim: the words of a source for which it may stand, though not they for it."""


@lru_cache(maxsize=1)
def relations() -> Relations:
    """The whole dictionary, read once."""
    same: dict[str, set[str]] = {}
    turned: dict[str, set[str]] = {}
    narrow: dict[str, set[str]] = {}
    for line in files("rag.grounding").joinpath("data/paraphrases.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("#") or "=" not in line:
            continue
        head, _, rest = line.partition("=")
        key = _key(head.strip())
        for field in rest.split("|"):
            mark = field.strip()[:1]
            others = {_key(word) for word in field.strip("!< ").split()} - {key}
            # "When" may stand for "time", but stands in every text.
            others = {other for other in others if not is_stop_word(other)} if mark != "!" else others
            for other in others:
                if mark == "<":
                    narrow.setdefault(other, set()).add(key)
                else:
                    table = turned if mark == "!" else same
                    table.setdefault(key, set()).add(other)
                    table.setdefault(other, set()).add(key)
    kept = {key: frozenset(words - turned.get(key, set())) for key, words in same.items()}
    below = {key: frozenset(words - turned.get(key, set())) for key, words in narrow.items()}
    return Relations(kept, {key: frozenset(words) for key, words in turned.items()}, below)


def _key(word: str) -> str:
    """As :func:`stem`, several times as fast for a plain word: there are forty thousand."""
    return stem_plain(word) if word.isalpha() and not word.endswith("s") else stem(word)


def synonyms_of(key: str) -> frozenset[str]:
    """Stems that a paraphrase may put in the place of this one."""
    return relations().synonyms.get(key, _NONE)


def opposites_of(key: str) -> frozenset[str]:
    """Stems in whose place this one makes a sentence false."""
    return relations().opposites.get(key, _NONE)


def narrower_than(key: str) -> frozenset[str]:
    """Stems that are a kind of this one."""
    return relations().narrower.get(key, _NONE)


def base_of(word: str) -> str:
    """The stem that a word denies by its own form, as "unaided" does "aid" and "lossless" "loss"; or ""."""
    return _BASES[word]


def _base(word: str) -> str:
    low = word.lower()
    if low in _NO_DENIALS:
        return ""
    for prefix in _PREFIXES:
        if low.startswith(prefix) and len(low) >= len(prefix) + _SHORTEST:
            rest = stem(low[len(prefix) :])
            if _is_known(rest):
                return rest
    if low.endswith("less") and len(low) >= 4 + _SHORTEST and _is_known(stem(low[:-4])):
        return stem(low[:-4])
    for prefix in _DOUBTFUL_PREFIXES:
        if low.startswith(prefix) and len(low) >= len(prefix) + _SHORTEST:
            rest = stem(low[len(prefix) :])
            if _are_opposites(stem(low), rest):
                return rest
    return ""


_BASES: Final = Remembered[str, str](_base, 50_000)


def denies_by_prefix(word: str) -> bool:
    """Whether a word is a known word with a denial in it: unaffected, inaccurate, lossless; not: inference, improve."""
    return bool(base_of(word))


def _is_known(key: str) -> bool:
    table = relations()
    return key in concepts() or key in synonyms() or key in table.synonyms or key in table.opposites


def _are_opposites(one: str, other: str) -> bool:
    names, others = concepts().get(one, _NONE), concepts().get(other, _NONE)
    return other in opposites_of(one) or any(opposites().get(name, _NONE) & others for name in names)
