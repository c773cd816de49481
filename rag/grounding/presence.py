"""What of a claim stands in the evidence, in what company, and what of the evidence would suit its places better."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rag.grounding.alignment import KIN, Alignment, Floats
from rag.grounding.exchanges import STRONG
from rag.grounding.figures import kinds, may_replace
from rag.grounding.lexicon import general
from rag.grounding.slots import Slots, layout
from rag.grounding.tokens import Text, of_text
from rag.text.clean import display

MATCHED: Final = 0.55
_CLAUSE_WORDS, _CLAUSE_WEIGHT, _NOWHERE, _THERE = 3, 2.0, 0.45, 0.7
_CLAUSE_COUNTS: Final = 1.5
_MIDDLING: Final = float(np.float32(0.4))


class Rows(NamedTuple):
    """Which rows of the alignment are names, figures and ordinary words; shapes (n,)."""

    name: NDArray[np.bool_]
    figure: NDArray[np.bool_]
    plain: NDArray[np.bool_]


def rows_of(a: Alignment) -> Rows:
    """Tell the rows apart."""
    content, own = a.content, layout(a.claim)
    name, figure = np.array([own.names[i] for i in content]), np.array([own.figures[i] for i in content])
    return Rows(name, figure, ~(name | figure))


def clauses_of(a: Alignment) -> list[list[int]]:
    """The rows of each clause of the claim, in order."""
    found: defaultdict[int, list[int]] = defaultdict(list)
    tokens = a.claim.tokens
    for row, i in enumerate(a.content):
        found[tokens[i].clause].append(row)
    return list(found.values())


def presence(s: Slots, rows: Rows) -> dict[str, float]:
    """How much of the claim stands anywhere, in its best sentences, or nowhere."""
    a, best, n = s.a, s.best, len(s.best)
    w = a.weights
    held = _held(s)
    absent = best < MATCHED
    longest = run = 0.0
    for weight, lacks in zip(w.tolist(), (absent & ~rows.figure).tolist(), strict=True):
        run = run + weight if lacks else 0.0
        longest = max(longest, run)
    tail = slice(-max(1, n // 3), None)
    return {
        "found": float(w @ np.maximum(best, a.anywhere)) / a.total,
        "found_exactly": float(w @ (best >= 0.99)) / a.total,
        "best_sentence": max(held.tolist(), default=0.0),
        "best_two": a.best_window(2)[0],
        "unfound": float(w @ (absent & rows.plain)) / 4,
        "unfound_things": min(float(w @ (absent & rows.plain & _things(s))), 4.0) / 2,
        "unfound_tail": float(w[tail] @ absent[tail]) / max(float(np.add.reduce(w[tail])), 1e-6),
        "longest_gap": min(longest, 8.0) / 4,
    }


def _things(s: Slots) -> NDArray[np.bool_]:
    """Which rows hold no word of general language; shape (n,)."""
    own = _own_things(s.a.claim)
    return np.array([i in own for i in s.a.content], dtype=bool)


_SHORTEST: Final = 3


@of_text
def _own_things(text: Text) -> frozenset[int]:
    """Indices of the words of a text, of three letters at least, that are not of general language."""
    known = general()
    return frozenset(
        i
        for i, t in enumerate(text.tokens)
        if t.weight > 0 and len(t.low) >= _SHORTEST and t.low not in known and t.key not in known
    )


def _held(s: Slots) -> Floats:
    """Share of the claim's weight that stands in each sentence of the evidence, resemblances included."""
    if not len(s.places):
        return np.zeros(0)
    held: Floats = s.a.weights @ np.maximum.reduceat(s.match, s.sentence_starts, axis=1) / s.a.total
    return held


def lone_clause(s: Slots, clauses: Sequence[Sequence[int]]) -> bool:
    """Whether one clause of the claim stands nowhere, while the rest of it does."""
    if len(clauses) < 2:
        return False
    best, w = np.maximum(s.best, s.a.anywhere), s.a.weights
    for group in clauses:
        if len(group) < _CLAUSE_WORDS:
            continue
        inside = np.zeros(len(w), dtype=bool)
        inside[group] = True
        mine, rest = float(w[inside].sum()), float(w[~inside].sum())
        if mine < _CLAUSE_WEIGHT or not rest:
            continue
        if w[inside] @ best[inside] < _NOWHERE * mine and w[~inside] @ best[~inside] >= _THERE * rest:
            return True
    return False


def company(s: Slots, rows: Rows, clauses: Sequence[Sequence[int]]) -> dict[str, float]:
    """How well what stands there fits its slots: all, the names, the figures, the least fitting words and clause."""
    a, own, best, w = s.a, s.own, s.best, s.a.weights
    there = best > MATCHED
    weights, fits, bests = w.tolist(), own.tolist(), best.tolist()
    groups = [
        (sum([weights[r] * fits[r] for r in g]) / total, sum([weights[r] * bests[r] for r in g]) / total)
        for g in clauses
        if (total := sum([weights[r] for r in g])) > _CLAUSE_COUNTS
    ]
    weighed = w * own
    fit = float(np.add.reduce(weighed)) / a.total
    sure, lowest = best > STRONG, np.sort(own)[:3]
    return {
        "fit": fit,
        "fit_found": float(np.add.reduce(weighed[there])) / max(float(np.add.reduce(w[there])), 1e-6),
        "fit_name": _least(fits, rows.name & sure),
        "fit_figure": _least(fits, rows.figure & sure),
        "fit_low": float(np.add.reduce(lowest) / len(lowest)),
        "fit_clause": min((g[0] for g in groups), default=fit),
        "found_clause": min((g[1] for g in groups), default=float(w @ best) / a.total),
    }  # fmt: skip


def _least(fits: Sequence[float], chosen: NDArray[np.bool_]) -> float:
    """The lowest of the chosen fits, and never more than 0.4."""
    return min([_MIDDLING, *(fit for fit, counts in zip(fits, chosen.tolist(), strict=True) if counts)])


def rivals(s: Slots, rows: Rows) -> dict[str, float]:
    """Another figure, or another name, suits the slot of one of the claim's better than its own place does."""
    found = {"rival_figure": 0.0, "other_figure": 0.0, "other_name": 0.0}
    wanted = (~rows.plain).nonzero()[0].tolist()
    if not wanted:
        return found
    there = layout(s.a.evidence)
    figures, names = np.array(there.figures)[s.places], np.array(there.names)[s.places]
    names = names & ~np.logical_or.reduce(s.match >= STRONG, axis=0)
    for row in wanted:
        if rows.name[row] and s.best[row] < KIN <= s.a.anywhere[row]:
            continue  # written apart, or as its initials: in no one place
        kind = names
        if rows.figure[row]:
            kind = figures & _of_its_kind(s, row) & ~_other_end(s, row)
        columns = (kind & (s.match[row] < STRONG)).nonzero()[0]
        if not len(columns):
            continue
        fit = float(np.maximum.reduce(s.fit[row].take(columns)))
        if s.best[row] > STRONG:
            name, value = "rival_figure", fit - float(s.own[row]) if rows.figure[row] else 0.0
        else:
            name, value = ("other_figure" if rows.figure[row] else "other_name"), fit
        found[name] = max(found[name], value)
    return found


def _of_its_kind(s: Slots, row: int) -> NDArray[np.bool_]:
    """Which places hold a figure that could stand for that of a row; shape (m,)."""
    here, there = kinds(s.a.claim)[s.a.content[row]], kinds(s.a.evidence)
    fits = {kind: bool(kind) and may_replace(here, kind) for kind in set(there)}
    return np.array([fits[there[p]] for p in s.places.tolist()], dtype=bool)


def _other_end(s: Slots, row: int) -> NDArray[np.bool_]:
    """Which places belong to the range in which the figure of a row stands; shape (m,)."""
    tokens, column = s.a.evidence.tokens, int(s.chosen[row])
    at = tokens[int(s.places[column])].start if column >= 0 else -1
    span = next((q for q in s.a.evidence.quantities if q.high is not None and q.start <= at < q.end), None)
    if span is None:
        return np.zeros(len(s.places), dtype=bool)
    return np.array([span.start <= tokens[p].start < span.end for p in s.places.tolist()], dtype=bool)


def in_its_place(s: Slots, rows: Rows) -> str:
    """The figure that suits the slot of the first absent figure of the claim best."""
    tokens = [s.a.evidence.tokens[p] for p in s.places]
    columns = [c for c, t in enumerate(tokens) if t.is_number]
    for row in np.flatnonzero(rows.figure & (s.best < STRONG)):
        alike = _of_its_kind(s, int(row))
        of_kind = [c for c in columns if alike[c]]
        if of_kind:
            at = max(of_kind, key=lambda c: float(s.fit[row, c]))
            if float(s.fit[row, at]) > 0.1:
                token = tokens[at]
                whole = [q for q in s.a.evidence.quantities if q.start <= token.start < q.end]
                return display(s.a.evidence.text[whole[0].start : whole[0].end]) if whole else token.surface
    return ""
