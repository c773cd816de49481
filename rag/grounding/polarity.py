"""Denials: the claim says what the evidence denies, or denies what it says."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from rag.grounding.alignment import KIN, Alignment
from rag.grounding.lexicon import (
    NEGATIONS,
    NEGATIVE_CONCEPTS,
    SOFT_NEGATIONS,
    classes,
    denies_by_prefix,
    stems,
)
from rag.grounding.signals import NONE, Signal
from rag.grounding.tokens import Text, concepts_of

_SOFT: Final = stems(SOFT_NEGATIONS) | classes()["deny softly"]
_NO_NEGATION: Final = re.compile(
    r"\b(?:not\s+(?:only|just|merely)|no\s+(?:less|fewer|more|later|longer|better|worse|further|bigger|larger|smaller|slower|faster|higher|lower|weaker)\s+than|whether\s+or\s+not|with\s+or\s+without|if\s+not)\b",
    re.I,
)
_CLAUSE_END: Final = re.compile(r"[,;:()]|\b(?:but|and|while|whereas|although|though|because)\b", re.I)
_CONTRASTS: Final = frozenset({"instead", "rather"})


@lru_cache(maxsize=512)
def _cues(text: Text) -> list[tuple[int, tuple[int, ...]]]:
    """(index of a negation, indices of the content words that it denies)."""
    excused = [m.span() for m in _NO_NEGATION.finditer(text.text)]
    found: list[tuple[int, tuple[int, ...]]] = []
    for i, token in enumerate(text.tokens):
        if token.surface.lower().replace("’", "'") not in NEGATIONS or any(x <= token.start < y for x, y in excused):
            continue
        scope: list[int] = []
        if token.joined and token.surface.lower() == "free":
            found.append((i, (i - 1,)))  # "training-free"
            continue
        for j in range(i + 1, min(i + 9, len(text.tokens))):
            other = text.tokens[j]
            if other.sentence != token.sentence or _CLAUSE_END.search(text.text, text.tokens[j - 1].end, other.end):
                break
            if other.weight > 0:
                scope.append(j)
            if len(scope) == 3:
                break
        found.append((i, tuple(scope)))
    return found


def negation(a: Alignment) -> Signal:
    """The claim denies what the evidence says, or says what the evidence denies."""
    claim_cues, evidence_cues = _cues(a.claim), _cues(a.evidence)
    denied_there = {j for _, scope in evidence_cues for j in scope}
    denied_here = {j for _, scope in claim_cues for j in scope}
    rows = {token: row for row, token in enumerate(a.content)}
    focus = set(a.focus)
    best = NONE
    for cue, scope in claim_cues:
        signal = _denied_only_here(a, cue, [rows[j] for j in scope if j in rows], denied_there, focus)
        best = max(best, signal)
    for cue, scope in evidence_cues:
        if not claim_cues and a.evidence.tokens[cue].sentence in focus:
            signal = _denied_only_there(a, cue, scope, denied_here)
            best = max(best, signal)
    return best


def _denied_only_here(a: Alignment, cue: int, rows: list[int], denied: set[int], focus: set[int]) -> Signal:
    """Strength: the share of the denied words that stand in the focus, none of them denied there."""
    tokens = a.evidence.tokens
    if rows and concepts_of(a.token(rows[0])) & NEGATIVE_CONCEPTS:
        return NONE
    hits = 0.0
    for row in rows:
        near = [p for p in a.places[row] if tokens[p].sentence in focus]
        if any(a.places[row][p] > KIN and (p in denied or _softly_denied(a.evidence, p)) for p in near):
            return NONE
        hits += max((a.places[row][p] for p in near), default=0.0)
    if not rows or not hits:
        return NONE
    word = a.claim.tokens[cue].surface
    strength = hits / len(rows)
    if word.lower() in _CONTRASTS or any(tokens[c].sentence in focus for c, _ in _cues(a.evidence)):
        strength *= 0.6  # a contrast, or the denial may be put otherwise in the source
    return Signal(strength, f"the claim says '{word} {a.token(rows[0]).surface}', which the source does not deny")


def _denied_only_there(a: Alignment, cue: int, scope: tuple[int, ...], denied: set[int]) -> Signal:
    """Strength: the share of the words denied by the source that stand in the claim, none of them denied there."""
    hits = 0.0
    for place in scope:
        rows = [row for row, places in enumerate(a.places) if place in places]
        if any(a.content[row] in denied or _softly_denied(a.claim, a.content[row]) for row in rows):
            return NONE
        hits += max((a.places[row][place] for row in rows), default=0.0)
    if not scope or not hits:
        return NONE
    word = a.evidence.tokens[cue].surface
    return Signal(
        0.6 * hits / len(scope),
        f"the source says '{word} {a.evidence.tokens[scope[0]].surface}', the claim leaves the denial out",
    )


def _softly_denied(text: Text, at: int) -> bool:
    """Whether "avoid" or a denial stands close before a word, or a denying prefix in it."""
    for j in range(max(0, at - 5), at):
        token = text.tokens[j]
        if token.sentence == text.tokens[at].sentence and (token.key in _SOFT or token.surface.lower() in NEGATIONS):
            return True
    return denies_by_prefix(text.tokens[at].surface)


def denials(a: Alignment) -> float:
    """1 where the claim denies something and the sentences that it rests on deny nothing in any way, else 0."""
    here = len(_cues(a.claim))
    focus = set(a.focus)
    there = sum(
        t.surface.lower() in NEGATIONS or t.key in _SOFT or denies_by_prefix(t.surface)
        for t in a.evidence.tokens
        if t.sentence in focus
    )
    return float(here > 0 and there == 0)
