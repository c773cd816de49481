"""What a text denies: its words of denial, and which other words each of them denies.

Denial is plain (not, no, without, nobody), put by a phrase (fails to, rather than, does without, leaves out), or part
of a word (unaided, lossless). "Not only", "no more than 30%" and "with or without" deny nothing.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable
from typing import Final, NamedTuple

from rag.grounding.keeping import Remembered
from rag.grounding.lexicon import NEGATIONS, classes
from rag.grounding.paraphrases import denies_by_prefix
from rag.grounding.tokens import Text, Token, of_text
from rag.grounding.words import main_key

_BARE: Final = frozenset({"instead", "rather", "free", "zero", "failed", "failing", "fails", "fail", "non"})
"""Words of NEGATIONS that deny only in company: "rather than", "fails to", "free of"."""
_EXCUSED: Final = re.compile(
    r"\b(?:not\s+(?:only|just|merely|simply|solely|exclusively|least|to\s+mention)|no\s+(?:less|fewer|more|later|earlier|longer|shorter|further|"
    r"bigger|larger|smaller|greater|lower|higher)\s+than|no\s+(?:sooner|doubt|matter|wonder)|whether\s+or\s+not"
    r"|with\s+or\s+without|with\s+and\s+without|if\s+not|or\s+not|nothing\s+(?:but|short\s+of)|none\s+other|not\s+until"
    r"|(?:not|n't|n’t)\s+(?:\w+\s+){1,5}(?:alone|only|merely|solely|exclusively|just))\b"
)
_PLAINLY: Final = frozenset("no not none nothing never".split())
"""Of these words, or of "n't", the patterns around them need one; most texts have none."""
_COMPARED: Final = re.compile(
    r"\b(?:no|not|never|any)\s+(?:more\s+|less\s+|any\s+)?(?P<word>\w+)\s+than\b|\bno\s+(?P<end>\w+er)\b"
)
""" "No better than", "no more powerful than": at most as good, which a source may say as "equal"."""
_PHRASE: Final = re.compile(
    r"\b(?:fail(?:s|ed|ing)?\s+to|unable\s+to|refus(?:es?|ed|ing)\s+to|declin(?:es?|ed|ing)\s+to|ceas(?:es?|ed|ing)\s+to|"
    r"stop(?:s|ped|ping)?\s+(?=\w+ing\b)|instead\s+of|rather\s+than|in\s+place\s+of|(?:in\s+the\s+)?absence\s+of|"
    r"(?:do|does|did|doing|done)\s+(?:away\s+with|without)|dispens(?:es?|ed|ing)\s+with|"
    r"(?:rul|leav)(?:es?|ed|ing)\s+(?:\w+\s+){0,3}out(?:\s+of)?|left\s+(?:\w+\s+){0,3}out(?:\s+of)?|left\s+aside|"
    r"free\s+(?:of|from)|devoid\s+of|clear\s+of|far\s+from|anything\s+but|blind\s+to|beyond\s+what|outside\s+what|"
    r"(?:pass|passes|passed|passing)\s+over|(?:give|gives|gave|given|giving)\s+up|(?:call|calls|called)\s+off)\b"
)
_IN_PHRASES: Final = frozenset(
    "fail fails failed failing unable refuse refuses refused refusing decline declines declined declining cease ceases "
    "ceased ceasing stop stops stopped stopping instead rather place absence away without dispense dispenses dispensed "
    "dispensing rule rules ruled ruling leave leaves leaved leaving left free devoid clear far anything blind beyond "
    "outside pass passes passed passing give gives gave given giving call calls called".split()
)
"""Of these words every phrase has one."""
_CLAUSE_END: Final = re.compile(
    r"[,;:()—–]|\b(?:but|and|while|whereas|although|though|because|since)\b|(?<!not\s)(?<!n['’]t\s)\b(?:so|(?<!as\s)yet)\b"
)
""" "Not yet" and "not so" go on with what they deny."""
_TURNS_BACK: Final = ("out", "off", "over", "up", "with", "aside")
"""Ends of phrases that deny what stands before them where they are passive: "was left out", not "is free of"."""
_UNIVERSAL: Final = re.compile(
    r"\b(?:not|n't|n’t|rather\s+than|instead\s+of|never)\s+(?:(?:have|need)\s+to\s+)?(?:\w+\s+){0,2}?"
    r"(?P<word>all|every\w*|always|entire\w*|whole|wholly|full|fully|complete|completely|both|everywhere|necessarily|invariably|"
    r"altogether|totally|exclusively|throughout|each)\b(?!\s+but\b)"
    r"|\b(?:not|n't|n’t|never)\s+(?:\w+\s+){1,3}?(?P<end>in\s+full|entirely|fully|completely|wholly|altogether|well)(?=\s*(?:[,.;:]|\Z))"
)
""" "Not all": some; it denies none of what follows."""
_MORE_OR_LESS: Final = frozenset(
    "more fewer less larger smaller greater higher lower longer slower faster worse better".split()
)
_STATES: Final = frozenset("absent missing gone unknown unclear unseen impossible lacking".split())
_BE: Final = frozenset(
    "is are was were be been being gets get got remains remain remained stays stay stayed went go".split()
)
_AUXILIARIES: Final = frozenset(
    "do does did is are was were has have had can could will would may might must should need".split()
)
_REACH: Final = 11
_MOST: Final = 3


class Cue(NamedTuple):
    """A denial. ``at``: index of its word; ``scope``: indices of the weighty words it denies, the nearest first."""

    at: int
    scope: tuple[int, ...]
    kind: str
    """ "plain" (not, without), "phrase" (fails to), "soft" (avoids), "compared" (no better than) or "prefix"."""


@of_text
def partial(text: Text) -> frozenset[int]:
    """Indices of the universals that a text denies: "all" in "not all"."""
    return frozenset(bisect_left(text.starts, m.start("word" if m["word"] else "end")) for m in _universals(text))


def _universals(text: Text) -> Iterable[re.Match[str]]:
    may_be = _denies_plainly(text) or "rather" in text.low or "instead" in text.low
    return _UNIVERSAL.finditer(text.low) if may_be else ()


@of_text
def _denies_plainly(text: Text) -> bool:
    return not _PLAINLY.isdisjoint(text.runs) or "n't" in text.low or "n’t" in text.low


@of_text
def cues(text: Text) -> tuple[Cue, ...]:
    """All denials of a text, in order."""
    plainly = _denies_plainly(text)
    excused = [m.span() for m in _EXCUSED.finditer(text.low)] if plainly or "without" in text.low else []
    found: dict[int, Cue] = {}
    starts = text.starts
    for match in _COMPARED.finditer(text.low) if plainly else ():
        name = "word" if match.group("word") else "end"
        if match.group(0).split()[0] == "any" or _within(match.start(), excused):
            continue
        at, end = bisect_left(starts, match.start()), bisect_left(starts, match.start(name))
        if match.group(name) not in {"longer", "other", "further"} and end < len(text.tokens):
            found[at] = Cue(at, (end,) if text.tokens[end].weight > 0 else (), "compared")
    for match in _universals(text):
        found[bisect_left(starts, match.start())] = Cue(0, (), "part")
    for match in () if _IN_PHRASES.isdisjoint(text.runs) else _PHRASE.finditer(text.low):
        at, last = bisect_left(starts, match.start()), bisect_left(starts, match.end()) - 1
        inside = tuple(j for j in range(at + 1, last) if text.tokens[j].weight > 0)
        turned = match.group(0).endswith(_TURNS_BACK) and _passive(text, at)
        back = () if inside or match.group(0)[-3:] not in {"out", "off"} else _before(text, at)
        for j in range(at, last + 1):
            found.setdefault(j, Cue(j, (), "part"))
        if found[at].kind == "part" and found[at].at == 0 and at:
            continue
        found[at] = Cue(at, back if turned else (*inside, *_after(text, last))[:_MOST], "phrase")
    may_deny = _MAY_DENY
    for i in [i for i, surface in enumerate(text.columns["surface"]) if may_deny[surface]]:
        token = text.tokens[i]
        if i not in found and not _within(token.start, excused):
            cue = _cue(text, i, token)
            if cue is not None:
                found[i] = cue
    return tuple(found[i] for i in sorted(found) if found[i].kind != "part")


def _may_deny(surface: str) -> bool:
    """Whether a word denies in any company; nearly none does, and :func:`_cue` need not look at it."""
    low, key = surface.lower().replace("’", "'"), main_key(surface)
    listed = low == "unless" or low in NEGATIONS or low in _BARE or low in _STATES
    return listed or key in classes()["deny softly"] or denies_by_prefix(low)


_MAY_DENY: Final = Remembered[str, bool](_may_deny, 50_000)


def _within(place: int, spans: list[tuple[int, int]]) -> bool:
    return any(x <= place < y for x, y in spans)


def _cue(text: Text, i: int, token: Token) -> Cue | None:
    low = token.low.replace("’", "'")
    if low in {"hard", "least", "less", "few", "unlike"}:
        return None
    joined_on = i + 1 < len(text.tokens) and text.tokens[i + 1].joined
    if low == "unless":
        return Cue(i, _after(text, i), "phrase")
    if low == "no" and i + 1 < len(text.tokens) and text.tokens[i + 1].low == "longer":
        # "No longer holds"; "no longer than" is excused.
        return Cue(i, _after(text, i + 1), "plain")
    if low == "no" and i + 1 < len(text.tokens) and text.tokens[i + 1].low in _MORE_OR_LESS:
        # "No more steps than before" denies that there are more, not the steps.
        return Cue(i, (i + 1,) if text.tokens[i + 1].weight > 0 else (), "compared")
    if low in _STATES and not _after(text, i):
        return Cue(i, _before(text, i), "soft")  # "is still lacking"
    if low == "nor" and i + 1 < len(text.tokens) and text.tokens[i + 1].low in _AUXILIARIES:
        # "Nor does the loom weave silk": its subject, which stands first, is denied least.
        scope = _after(text, i)
        return Cue(i, (*scope[1:], *scope[:1]), "plain")
    if low in NEGATIONS and low not in _BARE:
        return None if joined_on and low in {"no", "not"} else Cue(i, _after(text, i) or _before(text, i), "plain")
    if low == "free" and token.joined:
        return Cue(i, (i - 1,), "plain")  # "training-free"
    if low == "non" and i + 1 < len(text.tokens):
        return Cue(i, (i + 1,), "prefix")
    if low == "zero" and not joined_on:
        return Cue(i, _after(text, i)[:1], "soft")
    if low in _STATES:
        return Cue(i, _before(text, i), "soft")
    if token.key in classes()["deny softly"] or low in _BARE - {"instead", "rather", "free", "zero", "non"}:
        back = _passive(text, i)
        return Cue(i, _before(text, i) if back else _after(text, i), "soft")
    if denies_by_prefix(low):
        return Cue(i, (i,), "prefix")
    return None


def _passive(text: Text, i: int) -> bool:
    """Whether a form of "be" stands close before: "was omitted" denies what stands before it."""
    return any(t.low in _BE and t.clause == text.tokens[i].clause for t in text.tokens[max(0, i - 3) : i])


def _after(text: Text, i: int) -> tuple[int, ...]:
    scope: list[int] = []
    words = 0
    for j in range(i + 1, min(i + _REACH, len(text.tokens))):
        other = text.tokens[j]
        if other.sentence != text.tokens[i].sentence or _CLAUSE_END.search(text.low, text.tokens[j - 1].end, other.end):
            break
        if other.weight > 0:
            scope.append(j)
        words += other.weight > 0 and not other.joined
        if words == _MOST and not (j + 1 < len(text.tokens) and text.tokens[j + 1].joined):
            return (*scope, *_or_else(text, i, j))
    return tuple(scope)


def _or_else(text: Text, i: int, last: int) -> tuple[int, ...]:
    """What a denial at ``i`` whose scope ends at ``last`` denies behind an "or": "without a word of thanks or hope"."""
    for j in range(last + 1, min(last + 5, len(text.tokens))):
        if text.tokens[j].clause != text.tokens[last].clause and text.tokens[j].low != "or":
            break
        if text.tokens[j].low == "or":
            behind = (k for k in range(j + 1, min(j + 4, len(text.tokens))) if text.tokens[k].weight > 0)
            return tuple(behind)[:1] if text.tokens[i].sentence == text.tokens[j].sentence else ()
    return ()


def _before(text: Text, i: int) -> tuple[int, ...]:
    scope: list[int] = []
    for j in range(i - 1, max(-1, i - _REACH), -1):
        token = text.tokens[j]
        if token.sentence != text.tokens[i].sentence or token.clause != text.tokens[i].clause:
            break
        if token.weight > 0:
            scope.append(j)
        if len(scope) == _MOST:
            break
    if scope:
        return tuple(scope)
    # "The effect is strong in A and absent in B": what the sentence is about.
    first = next(j for j in range(i, -1, -1) if j == 0 or text.tokens[j - 1].sentence != text.tokens[i].sentence)
    return tuple(j for j in range(first, i) if text.tokens[j].weight > 0)[:2]
