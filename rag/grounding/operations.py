"""Operations: what turns the words of a sentence of the evidence into those of a claim, as difflib gives it.

As ``difflib.SequenceMatcher(None, there, here, autojunk=False).get_opcodes()``, in a third of its time: the runs of
words that both have are found once, and only cut where another run was taken, rather than found again on either side
of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rag.grounding.tokens import Text, of_text

Operation = tuple[str, int, int, int, int]
"""(tag, from, to, from, to): the words of the sentence, and those of the claim."""
_Run = tuple[int, int, int]
"""(-words, index in the sentence, index in the claim) of words that follow one another in both: the longest run, and of
several the first in the sentence, then in the claim, is the least."""


def operations_of(there: Sequence[str], here: Sequence[str]) -> tuple[Operation, ...]:
    """What turns the words of a sentence into those of a claim."""
    places: dict[str, list[int]] = {}
    for j, key in enumerate(here):
        places.setdefault(key, []).append(j)
    return _operations(there, len(here), places)


def operations_to(there: Sequence[str], claim: Text) -> tuple[Operation, ...]:
    """As :func:`operations_of`, for the main stems of all words of a claim."""
    return _operations(there, len(claim.tokens), _places(claim))


@of_text
def _places(text: Text) -> dict[str, list[int]]:
    """Main stem -> indices of its words."""
    found: dict[str, list[int]] = {}
    for i, key in enumerate(text.main_keys):
        found.setdefault(key, []).append(i)
    return found


def kept_words(operations: Sequence[Operation]) -> int:
    """How many words stand on both sides of some operations, in the same order."""
    return sum([o[4] - o[3] for o in operations if o[0] == "equal"])


def _operations(there: Sequence[str], length: int, places: Mapping[str, Sequence[int]]) -> tuple[Operation, ...]:
    found: list[Operation] = []
    i = j = 0
    blocks = _blocks(_runs(there, places))
    blocks.append((len(there), length, 0))
    equal: Operation | None = None
    for first, second, size in blocks:
        if i < first or j < second:
            if equal is not None:
                found.append(equal)
                equal = None
            tag = "replace" if i < first and j < second else "delete" if i < first else "insert"
            found.append((tag, i, first, j, second))
        i, j = first + size, second + size
        if size:
            # Blocks that touch are one.
            equal = ("equal", first, i, second, j) if equal is None else ("equal", equal[1], i, equal[3], j)
    if equal is not None:
        found.append(equal)
    return tuple(found)


def _runs(there: Sequence[str], places: Mapping[str, Sequence[int]]) -> list[_Run]:
    """The longest runs of words that stand in both one after the other, wherever they do."""
    runs: list[list[int]] = []
    # How much further on in the claim than in the sentence -> the last run there: [begins, ends, further on].
    latest: dict[int, list[int]] = {}
    for i, key in enumerate(there):
        if key in places:
            for j in places[key]:
                further = j - i
                if further in latest and latest[further][1] == i:
                    latest[further][1] = i + 1
                else:
                    latest[further] = run = [i, i + 1, further]
                    runs.append(run)
    return [(start - end, start, start + further) for start, end, further in runs]


def _blocks(runs: list[_Run]) -> list[tuple[int, int, int]]:
    """(index in the sentence, index in the claim, words) of the runs that are taken, in order: the longest, then the
    longest of what stands before both of its sides, and of what stands behind them."""
    found: list[tuple[int, int, int]] = []
    waiting = [runs] if runs else []
    while waiting:
        runs = waiting.pop()
        if len(runs) == 1:
            size, i, j = runs[0]
            found.append((i, j, -size))
            continue
        size, i, j = min(runs)
        found.append((i, j, -size))
        end, behind = i - size, j - size
        before: list[_Run] = []
        after: list[_Run] = []
        for run in runs:
            less, x, y = run
            if x < i and y < j:
                # Cut at the end, where it goes on beside the run that was taken.
                before.append(run if x - less <= i and y - less <= j else (max(x - i, y - j), x, y))
            if x - less > end and y - less > behind:
                if x >= end and y >= behind:
                    after.append(run)
                else:
                    cut = max(end - x, behind - y)
                    after.append((less + cut, x + cut, y + cut))
        if before:
            waiting.append(before)
        if after:
            waiting.append(after)
    found.sort()
    return found
