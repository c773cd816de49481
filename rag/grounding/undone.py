"""Undone ills: "is not restricted to X" where the source says "is restricted to X".

A word that denies by its meaning ("lacks", "limits", "suffers") or its form ("underused") and is denied in turn says
the opposite: two denials undo each other. Where the source says such a word of the same things, and denies it in no
way, the claim says otherwise. What relieves an ill ("overcomes the limit", "unlike earlier, limited ones") counts as
denying it. The same holds where the source has the denial once in other words: "not without X" of what it does
"without X".
A verb of doing ("allows", "achieves") that the claim denies and the source says, in that word or another, is judged
likewise, but only where no sentence about it denies or restricts anything: what is done here may not be done there.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final

import numpy as np

from rag.grounding.alignment import KIN, Alignment
from rag.grounding.lexicon import stems
from rag.grounding.paraphrases import denies_by_prefix
from rag.grounding.polarity import signs
from rag.grounding.signals import NONE, Signal
from rag.grounding.tokens import Text

DENIES: Final = re.compile(
    r"\b(?:not|cannot|\w+n['’]t|no(?:\s+longer)?|never|hardly|scarcely|by\s+no\s+means|in\s+no\s+way|far\s+from)\b"
)
"""Denials of the word that follows them."""
_PLAINLY: Final = frozenset("not cannot no never hardly scarcely far".split())
NEEDED: Final = (re.compile(rf"\A(?:{'|'.join(sorted(_PLAINLY))})\Z|n['’]t\Z"),)
"""Of each of these kinds the claim needs a word."""
_EXCUSED: Final = re.compile(
    r"\b(?:not|n['’]t)\s+(?:only|just|merely|simply|solely|until|before|once|necessarily|always|all|every\w*|entirely|fully|"
    r"wholly|so\s+much|as)\b|\bno\s+(?:less|fewer|more|later|earlier|sooner|further|doubt|matter|wonder)\b|\b(?:or|if)\s+not\b"
    r"|\b(?:un)?less\b|\bif\b|\bwhe(?:n|ther)\b|\bonce\b|\bwithout\b|\bnor\b|\bfree\b"
)
"""With these in its clause a denial may be none, or a condition, or undone by another."""
_KINDS: Final = (
    "harm damage hurt degrade degradation deteriorate worsen negative negatively detrimental adverse adversely harmful "
    "undermine compromise sacrifice impair loss lose suffer penalty",
    "difficult difficulty hard trouble struggle challenge challenging problem issue obstacle barrier hurdle suffer",
    "bottleneck bottlenecked hamper hinder impede",
    "limit limited limitation restrict restricted restriction constrain constrained constraint confine confined narrow",
    "lack absent absence miss missing insufficient scarce scarcity",
    "prevent preclude hinder impede hamper obstruct inhibit prohibit",
    "avoid bypass circumvent eliminate dispense obviate forgo",
    "underused underutilized underutilised underutilization underutilisation underexploited idle",
    "independent independently agnostic oblivious decoupled regardless irrespective",
    "fail failure break breaks",
    "slow slowdown stall",
    "poor poorly bad badly weak weakness inferior",
    "unclear unknown open unexplored underexplored",
    "redundant redundancy superfluous needless wasteful waste",
    "vulnerable susceptible prone",
    "excessive excessively overly",
)
_DEEDS: Final = (
    "preserve maintain retain keep ensure guarantee conserve uphold",
    "allow permit enable support admit facilitate",
    "use employ leverage exploit utilize utilise adopt",
    "achieve attain reach obtain deliver yield gain",
    "improve boost enhance raise increase",
    "reduce lower cut decrease shrink lessen",
    "process manage cope deal serve run execute",
    "work apply applicable compatible integrate combine",
    "grow scale rise increase",
)
_CONFINES: Final = re.compile(
    r"\b(?:no[rtn]?|neither|none|nothing|cannot|\w+n['’]t|never|hardly|without|refus\w*|restrict\w*|limit\w*|only|fail\w*|lack\w*|"
    r"unable|instead|rather|unlike|but|although|though|however|whereas|separate\w*|apart)\b"
)
_RELIEF: Final = re.compile(
    r"\b(?:not|cannot|\w+n['’]t|no|never|neither|nor|none|nothing|nobody|without|hardly|scarcely|avoid\w*|overc[oa]m\w+|"
    r"eliminat\w*|remov\w*|reduc\w*|mitigat\w*|alleviat\w*|address\w*|solv\w*|resolv\w*|tackl\w*|free|freed|unlike|instead|rather|"
    r"despite|even|minimi[sz]\w*|minimal\w*|negligib\w*|minor|less|fewer|little|few|low|lower|prevent\w*|circumvent\w*|lift\w*|"
    r"relax\w*|beyond|although|though|if|whether|handl\w*|cop(?:e|es|ed|ing)|hid(?:e|es|ing|den)|surmount\w*|against|toler\w*|"
    r"robust\w*|remed\w*|fix\w*|eas(?:e|es|ed|ing)|reliev\w*|far|lack\w*|fail\w*|counter\w*|combat\w*|lessen\w*)\b"
)
OTHERS: Final = re.compile(
    r"\b(?:others?|existing|prior|previous(?:ly)?|earlier|before|traditional(?:ly)?|conventional(?:ly)?|current(?:ly)?|today['’]?s?|"
    r"most|many|standard|usual(?:ly)?|typical(?:ly)?|classical|naive(?:ly)?|state-of-the-art|recent|past|old|older)\b"
)
"""Whose ill it is: not that of the thing the claim speaks of, unless the claim has such a word too."""
_TWICE: Final = re.compile(
    r"\b(?:not|never|cannot|\w+n['’]t|no|by\s+no\s+means|hardly)\b(?:\s+\w+)?\s+(?:lack(?:s|ing)?(?:\s+in)?|without|"
    r"fail(?:s|ed|ing)?\s+(?:to|at|in)|unable\s+to|incapable\s+of|devoid\s+of|free\s+(?:of|from)|miss(?:es|ed|ing)?|short\s+of)\b"
)
""" "Does not lack X": X is there."""
_NO_STATEMENT: Final = frozenset("if unless when whether only just".split())
_REACH, _MOST = 8, 3
"""Words behind such a double denial, and how many weighty ones of them, that say what is there."""
_BEFORE, _BEHIND = 6, 4
"""Words around an ill of the source among which it may be relieved."""
_DENIED: Final = re.compile(r"\b(?:without|no|not|never|nor|free\s+(?:of|from)|avoid\w*|negligible)\b")
_JUST_BEFORE: Final = 3
"""Words before an ill of the source, anywhere, among which it may be denied."""
_HELD: Final = 0.4
"""Share of the rest of the clause that has to stand in the sentence."""
_AS_GOOD: Final = 0.05
_ABOUT: Final = 0.35
"""By how much less of the clause may stand in a sentence that is about it."""
_PREPOSITIONS: Final = frozenset("to of from for by with in on at as through because due".split())
_ADVERBS: Final = 2
_PHRASE_WORDS: Final = 3


@lru_cache(maxsize=1)
def _mates() -> dict[str, frozenset[str]]:
    """Stem of an ill -> the stems that say the same."""
    return _grouped(_KINDS)


@lru_cache(maxsize=1)
def _deeds() -> dict[str, frozenset[str]]:
    """Stem of a verb of doing -> the stems that say the same."""
    return _grouped(_DEEDS)


def _grouped(kinds: Sequence[str]) -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for kind in kinds:
        group = stems(kind.split())
        found |= {key: found.get(key, frozenset()) | group for key in group}
    return found


def undone(a: Alignment) -> Signal:
    """Strength 1 where the claim denies an ill that the source states, with a line for people."""
    if _PLAINLY.isdisjoint(a.claim.words) and not any(w.endswith(("n't", "n’t")) for w in a.claim.words):
        return NONE
    for match in _TWICE.finditer(a.claim.low):
        place = _denied_once(a, match)
        if place >= 0:
            word = _shown(a.evidence, place)
            return Signal(1.0, f"the claim says '{match.group()}', and the source denies '{word}'")
    for match in DENIES.finditer(a.claim.low):
        for i, clause in _ill_behind(a.claim, match):
            place = _stated(a, i, clause)
            if place >= 0:
                here = a.claim.text[match.start() : a.claim.tokens[i].end]
                return Signal(1.0, f"the claim says '{here}' where the source says '{_shown(a.evidence, place)}'")
    return NONE


def _denied_once(a: Alignment, match: re.Match[str]) -> int:
    """Index of a word of the evidence that it denies, and the claim denies twice; or -1."""
    tokens = a.claim.tokens
    at, first = bisect_left(a.claim.starts, match.start()), bisect_left(a.claim.starts, match.end())
    clause = clause_of(a.claim, at) if at < len(tokens) else range(0)
    if any(tokens[j].low in _NO_STATEMENT for j in clause):
        return -1
    behind = [j for j in range(first, min(first + _REACH, len(tokens))) if j in clause and j in a.row][:_MOST]
    named = [j for j in clause if j < at and j in a.row and tokens[j].is_name]
    for number in a.focus:
        standing = [_places(a, j, number) for j in behind]
        if not any(standing) or (named and not any(_places(a, j, number) for j in named)):
            continue  # denied of something else
        once = [p for places in standing for p in places if signs(a.evidence).get(p, 1) < 0]
        if once and 2 * len(once) >= sum(map(len, standing)):
            return once[0]
    return -1


def _places(a: Alignment, j: int, number: int) -> list[int]:
    """Where a word of the claim stands best in a sentence of the evidence."""
    found = {p: quality for p, quality in a.places[a.row[j]].items() if a.evidence.sentence_of[p] == number}
    least = max(KIN, max(found.values(), default=0.0))
    return [p for p, quality in found.items() if quality >= least]


def _shown(text: Text, i: int) -> str:
    return text.tokens[i].surface


def clause_of(text: Text, i: int) -> range:
    """Indices of the words of the clause of a word."""
    first = last = i
    while first and text.tokens[first - 1].clause == text.tokens[i].clause:
        first -= 1
    while last + 1 < len(text.tokens) and text.tokens[last + 1].clause == text.tokens[i].clause:
        last += 1
    return range(first, last + 1)


def _ill_behind(text: Text, match: re.Match[str]) -> Iterator[tuple[int, range]]:
    """The ill that a denial denies, if it denies one and nothing else does, with its clause."""
    tokens = text.tokens
    at = bisect_left(text.starts, match.start())
    first = bisect_left(text.starts, match.end())
    if first >= len(tokens) or tokens[at].start != match.start():
        return
    clause = clause_of(text, at)
    said = text.low[tokens[clause[0]].start : tokens[clause[-1]].end]
    if first not in clause or _EXCUSED.search(said) or len(DENIES.findall(said)) > 1:
        return
    inside = [j for j in range(first, clause[-1] + 1) if tokens[j].weight > 0 and not tokens[j].low.endswith("ly")]
    if match.group().startswith("no") and match.group() not in {"not", "no longer"}:
        # "No fundamental scaling problems": the ill may be the last word of a phrase.
        phrase = [j for n, j in enumerate(inside[:_PHRASE_WORDS]) if j - first <= n]
        ills = [j for j in phrase if is_ill(text, j)][-1:] or [j for j in phrase[:1] if tokens[j].key in _deeds()]
    elif tokens[first].low in _PREPOSITIONS:
        ills = []  # "not to poor eyesight" sets something apart
    else:
        ills = [j for j in inside[:1] if j - first <= _ADVERBS and (is_ill(text, j) or tokens[j].key in _deeds())]
    for j in ills:
        on = j + 1 < len(tokens) and tokens[j + 1].joined
        if not on:
            yield j, clause


def is_ill(text: Text, i: int) -> bool:
    """Whether a word denies by what it means or by its form."""
    token = text.tokens[i]
    return token.key in _mates() or denies_by_prefix(token.low)


def _stated(a: Alignment, i: int, clause: range) -> int:
    """Index of a word of the evidence that states the ill at ``i`` of the claim, undenied; or -1."""
    rows = [a.row[j] for j in clause if j in a.row and j != i]
    if not rows:
        return -1
    held = a.held_of(rows)
    best, there = float(held.max(initial=0.0)), a.evidence
    own, ill = set(a.claim.tokens[i].keys), is_ill(a.claim, i)
    same = (_mates() if ill else _deeds()).get(a.claim.tokens[i].key, frozenset())
    near = a.places[a.row[i]] if i in a.row else {}
    if best < _HELD:
        return -1
    of_others = OTHERS.search(a.claim.low) is not None
    about = [there.sentences[number] for number in np.flatnonzero(held >= best - _ABOUT).tolist()]
    if not ill and any(_CONFINES.search(there.low, x.start, x.end) for x in about):
        return -1
    said: dict[int, list[int]] = {}
    for p, token in enumerate(there.tokens):
        if near.get(p, 0.0) >= KIN or token.key in same or not own.isdisjoint(token.keys):
            said.setdefault(token.sentence, []).append(p)
    # What the source denies anywhere it does not state: the ill is that of another thing.
    if ill and any(_DENIED.search(there.low, *_ahead(there, p)) for places in said.values() for p in places):
        return -1
    for number in np.flatnonzero(held >= best - _AS_GOOD).tolist():
        places, inside = said.get(number, []), there.sentence_tokens[number]
        if places and not any(_is_relieved(there, p, inside, of_others) for p in places):
            return places[0]
    return -1


def _ahead(text: Text, place: int) -> tuple[int, int]:
    """Where the few words before a place begin and end, in its sentence."""
    first = max(text.sentence_tokens[text.tokens[place].sentence][0], place - _JUST_BEFORE)
    return text.tokens[first].start, text.tokens[place].start


def _is_relieved(text: Text, place: int, inside: tuple[int, ...], of_others: bool) -> bool:
    first, last = max(inside[0], place - _BEFORE), min(inside[-1], place + _BEHIND)
    before = text.low[text.tokens[first].start : text.tokens[place].start]
    behind = text.low[text.tokens[place].end : text.tokens[last].end]
    others = not of_others and OTHERS.search(before) is not None
    return others or _RELIEF.search(before) is not None or DENIES.search(behind) is not None
