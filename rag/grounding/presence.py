"""What of a claim stands in the evidence, in what company, and what of the evidence would suit its places better."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from rag.grounding.alignment import KIN, Alignment, Floats
from rag.grounding.exchanges import STRONG, STRONG_AS_FLOAT
from rag.grounding.figures import kinds, may_replace
from rag.grounding.lexicon import general
from rag.grounding.slots import Slots, layout
from rag.grounding.tokens import Text, of_text
from rag.text.clean import display
from rag.text.quantities import Quantity

MATCHED: Final = 0.55
# As numbers of four bytes are compared with them, which 0.7 is not.
MATCHED_AS_FLOAT, KIN_AS_FLOAT = (float(np.float32(x)) for x in (MATCHED, KIN))
_CLAUSE_WORDS, _CLAUSE_WEIGHT, _NOWHERE, _THERE = 3, 2.0, 0.45, 0.7
_SURELY_THERE: Final = 0.5
"""Where every word is matched so well, no clause stands nowhere, whatever the rounding."""
_CLAUSE_COUNTS: Final = 1.5
_MIDDLING: Final = float(np.float32(0.4))


class Rows(NamedTuple):
    """Which rows of the alignment are names and figures, n of each; the others are ordinary words."""

    name: list[bool]
    figure: list[bool]


def rows_of(a: Alignment) -> Rows:
    """Tell the rows apart."""
    content, own = a.content, layout(a.claim)
    names, figures = own.names, own.figures
    return Rows([names[i] for i in content], [figures[i] for i in content])


def clauses_of(a: Alignment) -> list[list[int]]:
    """The rows of each clause of the claim, in order."""
    clauses, found, last = a.claim.columns["clause"], list[list[int]](), -1
    for row, i in enumerate(a.content):
        if clauses[i] != last:
            last = clauses[i]
            found.append([])
        found[-1].append(row)
    return found


def presence(s: Slots, rows: Rows) -> dict[str, float]:
    """How much of the claim stands anywhere, in its best sentences, or nowhere."""
    a, best = s.a, s.best
    w = a.weights
    found = {
        "found": float(w.dot(np.maximum(best, a.anywhere))) / a.total,
        "found_exactly": float(w.dot(best >= 0.99)) / a.total,
        "best_sentence": max(_held(s).tolist(), default=0.0),
        "best_two": a.best_windows[1][0],
        "unfound": 0.0, "unfound_things": 0.0, "unfound_tail": 0.0, "longest_gap": 0.0,
    }  # fmt: skip
    if min(s.bests, default=1.0) < MATCHED_AS_FLOAT:
        _add_absent(found, s, rows)
    return found


def _add_absent(found: dict[str, float], s: Slots, rows: Rows) -> None:
    """What of the claim stands nowhere, where something does not."""
    w, n = s.a.weights, len(s.bests)
    weights: list[float] = w.tolist()
    absent = [row for row, best in enumerate(s.bests) if best < MATCHED_AS_FLOAT]
    longest = run = 0.0
    last = -1
    for row in absent:
        if not rows.figure[row]:
            run = run + weights[row] if row == last + 1 else weights[row]
            longest, last = max(longest, run), row
    found["longest_gap"] = min(longest, 8.0) / 4
    plain = [row for row in absent if not (rows.name[row] or rows.figure[row])]
    if plain:
        own, content = _own_things(s.a.claim), s.a.content
        found["unfound"] = _weight_of(plain, w, weights) / 4
        found["unfound_things"] = min(_weight_of([r for r in plain if content[r] in own], w, weights), 4.0) / 2
    start = n - max(1, n // 3)
    if absent[-1] >= start:
        tail = w[start:]
        lacking = _weight_of([row - start for row in absent if row >= start], tail, weights[start:])
        found["unfound_tail"] = lacking / max(float(np.add.reduce(tail)), 1e-6)


def _weight_of(rows: Sequence[int], w: Floats, weights: Sequence[float]) -> float:
    """The weight of some rows together, as their dot product with ``w``; ``weights``: the same as plain numbers."""
    if len(rows) <= 2:  # rounded once, in whatever order
        return sum([weights[row] for row in rows], 0.0)
    chosen = np.zeros(len(w))
    chosen[rows] = 1.0
    return float(w.dot(chosen))


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
    a = s.a
    if s.is_whole and all(a.places) and len(s.sentence_starts) == a.match.shape[1]:
        # As the best of each sentence was found already, but for the resemblances.
        best = a.match.astype(np.float32)
        for row, place in s.alike:
            sentence = a.evidence.sentence_of[place]
            best[row, sentence] = max(best[row, sentence], s.match[row, place])
    else:
        best = np.maximum.reduceat(s.match, s.sentence_starts, axis=1)
    held: Floats = a.weights.dot(best) / a.total
    return held


def lone_clause(s: Slots, clauses: Sequence[Sequence[int]]) -> bool:
    """Whether one clause of the claim stands nowhere, while the rest of it does."""
    if len(clauses) < 2:
        return False
    if min(s.bests, default=1.0) >= _SURELY_THERE:
        return False
    best, w = np.maximum(s.best, s.a.anywhere), s.a.weights
    for group in clauses:
        if len(group) < _CLAUSE_WORDS or min([s.bests[row] for row in group]) >= _SURELY_THERE:
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
    a, own, w = s.a, s.own, s.a.weights
    weights, fits, bests = w.tolist(), own.tolist(), s.bests
    groups = [
        (sum([weights[r] * fits[r] for r in g]) / total, sum([weights[r] * bests[r] for r in g]) / total)
        for g in clauses
        if (total := sum([weights[r] for r in g])) > _CLAUSE_COUNTS
    ]
    weighed = w * own
    whole = float(np.add.reduce(weighed))
    fit, found = whole / a.total, whole / max(a.total, 1e-6)
    if not min(bests, default=1.0) > MATCHED_AS_FLOAT:
        there = s.best > MATCHED
        found = float(np.add.reduce(weighed[there])) / max(float(np.add.reduce(w[there])), 1e-6)
    lowest = np.sort(own)[:3]
    return {
        "fit": fit,
        "fit_found": found,
        "fit_name": _least(fits, bests, rows.name),
        "fit_figure": _least(fits, bests, rows.figure),
        "fit_low": float(np.add.reduce(lowest) / len(lowest)),
        "fit_clause": min([g[0] for g in groups], default=fit),
        "found_clause": min([g[1] for g in groups]) if groups else float(w.dot(s.best)) / a.total,
    }


def _least(fits: Sequence[float], bests: Sequence[float], chosen: Sequence[bool]) -> float:
    """The lowest of the chosen fits, of words that are surely there, and never more than 0.4."""
    if True not in chosen:
        return _MIDDLING
    return min([
        _MIDDLING,
        *[f for f, best, counts in zip(fits, bests, chosen, strict=True) if counts and best > STRONG_AS_FLOAT],
    ])  # fmt: skip


def rivals(s: Slots, rows: Rows) -> dict[str, float]:
    """Another figure, or another name, suits the slot of one of the claim's better than its own place does."""
    found = {"rival_figure": 0.0, "other_figure": 0.0, "other_name": 0.0}
    if not (True in rows.figure or True in rows.name):
        return found
    bests = s.bests
    names: list[int] | None = None
    for row, (is_name, is_figure) in enumerate(zip(rows.name, rows.figure, strict=True)):
        if not (is_name or is_figure) or (is_name and bests[row] < KIN_AS_FLOAT and s.a.anywhere[row] >= KIN):
            continue  # written apart, or as its initials: in no one place
        sure = bests[row] > STRONG_AS_FLOAT
        if is_figure:
            columns = _other_figures(s, row)
            name = "rival_figure" if sure else "other_figure"
        elif sure:
            continue
        else:
            columns = names = _other_names(s) if names is None else names
            name = "other_name"
        if columns:
            fit = float(np.maximum.reduce(s.fit[row].take(columns)))
            found[name] = max(found[name], fit - float(s.own[row]) if sure else fit)
    return found


def _other_names(s: Slots) -> list[int]:
    """The columns of names that no word of the claim is."""
    column, there = s.column, layout(s.a.evidence)
    named = [column[p] for p in there.name_places if p in column]
    if named:
        taken = (np.maximum.reduce(s.match.take(named, axis=1), axis=0) >= STRONG).tolist()
        named = [c for c, is_taken in zip(named, taken, strict=True) if not is_taken]
    return named


def _other_figures(s: Slots, row: int) -> list[int]:
    """The columns of figures that could stand for that of a row, but are not that, nor of the same range."""
    column, there = s.column, layout(s.a.evidence).figure_places
    here, of_place = kinds(s.a.claim)[s.a.content[row]], kinds(s.a.evidence)
    figures = [(p, column[p]) for p in there if p in column and of_place[p] and may_replace(here, of_place[p])]
    span = _range_of(s, row) if figures else None
    if span is not None:
        starts = s.a.evidence.starts
        figures = [(p, c) for p, c in figures if not span.start <= starts[p] < span.end]
    if not figures:
        return []
    columns = [c for _, c in figures]
    return [c for c, match in zip(columns, s.match[row].take(columns).tolist(), strict=True) if match < STRONG_AS_FLOAT]


def _range_of(s: Slots, row: int) -> Quantity | None:
    """The range in which the figure of a row stands in the evidence."""
    column = s.columns_chosen[row]
    at = s.a.evidence.starts[int(s.places[column])] if column >= 0 else -1
    return next((q for q in s.a.evidence.quantities if q.high is not None and q.start <= at < q.end), None)


def in_its_place(s: Slots, rows: Rows) -> str:
    """The figure that suits the slot of the first absent figure of the claim best."""
    tokens, of_place = s.a.evidence.tokens, kinds(s.a.evidence)
    column, there = s.column, layout(s.a.evidence).figure_places
    figures = [(column[p], p) for p in there if p in column and of_place[p]]
    for row, is_figure in enumerate(rows.figure):
        if not is_figure or s.bests[row] >= STRONG_AS_FLOAT:
            continue
        here = kinds(s.a.claim)[s.a.content[row]]
        of_kind = [(c, p) for c, p in figures if may_replace(here, of_place[p])]
        if of_kind:
            at, place = max(of_kind, key=lambda c: float(s.fit[row, c[0]]))
            if float(s.fit[row, at]) > 0.1:
                token = tokens[place]
                whole = [q for q in s.a.evidence.quantities if q.start <= token.start < q.end]
                return display(s.a.evidence.text[whole[0].start : whole[0].end]) if whole else token.surface
    return ""
