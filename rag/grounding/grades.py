"""Grades of figures: whether each is an average, the most or the least, wherever its sentence says so.

"Drops by 30% on average and in the best case by 61%" gives 30% as an average and 61% as the most. A claim that gives a
source's average or most as the least says more than it (``overstated``). Two figures of a claim that have each its own
grade in the source have not changed places, and one that has is bounded as there.
"""

from __future__ import annotations

import re
from typing import Final

from rag.grounding.alignment import Alignment
from rag.grounding.figures import kind_of, may_bound
from rag.grounding.keeping import Remembered
from rag.grounding.tokens import Text, of_text
from rag.text.quantities import Quantity, is_stated

_OWN: Final = r"(?:(?:the|its|their|an?)\s+)?(?:(?:very|absolute|bare)\s+)?"
_CASE: Final = r"(?:case|cases|setting|settings|scenario|instance|run|runs|workload|workloads|experiment|experiments)"
_WORDS: Final = {
    "least": re.compile(
        rf"\bat\s+{_OWN}(?:minimum|least|lowest|smallest|worst|weakest|slightest)\b|\bas\s+a\s+(?:bare\s+)?minimum\b"
        rf"|\bin\s+(?:the|its|their)\s+(?:very\s+)?(?:worst|weakest|smallest|least\s+\w+)\s+{_CASE}\b"
        rf"|\bin\s+(?:every|each|any|all)\s+(?:\w+\s+)?{_CASE}\b|\bwithout\s+exception\b|\bor\s+more\b|\binvariably\b"
        r"|\b(?:the|a)\s+(?:minimum|least|smallest|lowest|worst)(?=\s+(?:is|was|being|of)\b)|\bguarantee\w*\b|\balways\b"
        r"|\b(?:never|no|not)\s+(?:less|fewer|lower|smaller)\s+than\b|\bas\s+(?:little|few|low)\s+as\b"
    ),
    "most": re.compile(
        rf"\bup\s+to\b|\bat\s+{_OWN}(?:best|most|peak|maximum|max|largest|highest|greatest|biggest|strongest)\b"
        rf"|\bin\s+(?:the|its|their)\s+(?:very\s+)?(?:best|strongest|largest|most\s+\w+)\s+{_CASE}\b"
        r"|\bas\s+(?:much|many|high|large|great|big)\s+as\b|\breach(?:es|ed|ing)?\b|\bpeak(?:s|ed|ing)?\s+at\b"
        r"|\b(?:can|may|might|could)\s+(?:reach|amount\s+to|come\s+to|attain|go\s+(?:up\s+)?to|hit|rise\s+to)\b"
        r"|\b(?:max|maximum|maximal|peak)\b|\b(?:no|not)\s+(?:more|higher|greater)\s+than\b"
        r"|\b(?:the|a)\s+(?:best|most|highest|largest)(?=\s+(?:is|was|being|of)\b)"
    ),
    "average": re.compile(
        r"\bon\s+average\b|\baverag(?:e|es|ed|ing)\b|\b(?:geo)?means?\b|\btypical(?:ly)?\b|\bmedian\b"
    ),
}
_HAVING: Final = {
    "least": re.compile(
        r"minimum|least|smallest|lowest|worst|weakest|slightest|every|each|any|all|exception|more|invariably|guarantee"
        r"|always|less|fewer|lower|smaller|little|few|low"
    ),
    "most": re.compile(
        r"up|best|most|peak|max|largest|highest|greatest|biggest|strongest|much|many|high|large|great|big|reach|amount|come"
        r"|attain|go|hit|rise|more"
    ),
    "average": re.compile(r"averag|mean|typical|median"),
}
"""What the patterns above need a word to have."""


def _grades_of(low: str) -> tuple[str, ...]:
    """The grades that a word may say alone or in company."""
    return tuple([grade for grade, having in _HAVING.items() if having.search(low)])


_GRADES_OF: Final = Remembered(_grades_of, 50_000)
_PREFIX: Final = ("least", "most", "average")
_OF_BOUND: Final = {"average": "average", "max": "most", "min": "least"}
_ENDS: Final = re.compile(r"[.;](?:\s|$)|:\s+\w")
_JOINS: Final = re.compile(r"\b(?:and|but|while|whereas)\b")
_FARTHEST: Final = 70
"""Code points between a figure and the words that grade it."""
_BESIDE: Final = 45
"""Code points from one figure to another of the same thing."""
_DEAREST: Final = 10
_MARK, _JOIN, _OTHER = 2, 3, 6
"""What a comma, a conjunction or a bracket, and another figure between the two add to the words between them."""


@of_text
def grades(text: Text) -> tuple[tuple[Quantity, frozenset[str]], ...]:
    """Each quantity of a text with its grades: "least", "most", "average", none or several."""
    found: list[set[str]] = [{_OF_BOUND[q.bound]} if q.bound in _OF_BOUND else set() for q in text.quantities]
    heard = {grade for low in text.words for grade in _GRADES_OF[low]} if found else set[str]()
    for grade in [grade for grade in _PREFIX if grade in heard]:
        for match in _WORDS[grade].finditer(text.low):
            costs = [(_cost(text, q, match.start(), match.end()), n) for n, q in enumerate(text.quantities)]
            cost, nearest = min(costs)
            if cost <= _DEAREST:
                found[nearest].add(grade)
    return tuple((q, frozenset(own)) for q, own in zip(text.quantities, found, strict=True))


def _cost(text: Text, q: Quantity, start: int, end: int) -> int:
    """How far the words at text[start:end] are from a figure."""
    low, high = (q.end, start) if q.end <= start else (end, q.start)
    between = text.low[low:high]
    if high < low or high - low > _FARTHEST or _ENDS.search(between):
        return _DEAREST + 1
    words = len(between.split())
    cost = words + _MARK * (words > 0 and "," in between) + _JOIN * bool(_JOINS.search(between))
    cost += _JOIN * (")" in between or (words > 0 and between.strip().startswith("(")))
    return cost + _OTHER * any(low <= other.start < high for other in text.quantities)


def twins_of(a: Alignment, quantity: Quantity, kind: str) -> list[tuple[Quantity, frozenset[str]]]:
    """The quantities of the source that state one of the claim, with their grades."""
    return [
        (q, theirs)
        for q, theirs in grades(a.evidence)
        if is_stated(quantity, (q,)) and may_bound(kind, kind_of(a.evidence, q))
    ]


def keep_their_grades(a: Alignment, one: int, other: int) -> bool:
    """Whether two figures of the claim, by their offsets, have different grades, and each its own in the source, which
    gives both of one thing: "up to 61% (30% on average)"."""
    found = [(q, own) for q, own in grades(a.claim) if own and (q.start <= one < q.end or q.start <= other < q.end)]
    if len(found) != 2 or found[0][1] & found[1][1]:
        return False
    first, last = ([q for q, theirs in twins_of(a, q, kind_of(a.claim, q)) if own & theirs] for q, own in found)
    return any(abs(p.start - q.start) <= _BESIDE for p in first for q in last)


def keeps_its_grade(a: Alignment, quantity: Quantity) -> bool:
    """Whether a figure of the claim has one grade, which is the one that the source gives it."""
    own = next((found for q, found in grades(a.claim) if q is quantity), frozenset[str]())
    return len(own) == 1 and any(own == theirs for _, theirs in twins_of(a, quantity, kind_of(a.claim, quantity)))
