"""What is asked of a written claim beside its quote and its judge: no numbers of the prompt, nothing said twice, and,
where the writer gave no quote, a sentence that carries the claim.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from rag.answer import Citation, Claim
from rag.answering.evidence import Span
from rag.paper import Paper
from rag.text import content_terms

CARRIED: Final = 0.6
"""Share of a claim's terms that the sentences chosen for it, with the titles, have to hold."""
_ALIKE: Final = 0.7
_NUMBERED = re.compile(
    r"\b(?:sources?|papers?|abstracts?|documents?|refs?\.?)\s+#?\d{1,2}\b(?![.,]?\d|%|\s*(?:x|times)\b)", re.I
)
_NAME_OR_FIGURE = re.compile(r"\w*\d\w*|\w*[a-z]\w*[A-Z]\w*|[A-Z]{2,}\w*")


def numbered_source(text: str, papers: Iterable[Paper]) -> str | None:
    """The words by which a claim names a source by its number in the prompt ("Source 2"), which no reader knows.

    Not words that a cited paper uses itself.
    """
    found = _NUMBERED.search(text)
    if found is None:
        return None
    words = found.group().casefold()
    return None if any(words in f"{p.title} {p.abstract}".casefold() for p in papers) else found.group()


def is_carried(text: str, chosen: Sequence[tuple[Paper, Span]]) -> bool:
    """Whether sentences that were chosen for a claim hold its figures and at least CARRIED of its terms.

    The closest sentence of a paper may be close to nothing: a quote that the writer did not give proves no more than
    the words it shares.
    """
    wanted = set(content_terms(text))
    held = {t for p, (field, start, end) in chosen for t in content_terms(f"{p.title} {getattr(p, field)[start:end]}")}
    missing = wanted - held
    return not any(t[0].isdigit() for t in missing) and len(missing) <= (1 - CARRIED) * len(wanted)


def repeated(claim: Claim, given: Sequence[Claim]) -> int | None:
    """The place, from 1, of the claim that says this already in other words; None where none does.

    It says it already where the same words are quoted, most terms are shared, and no name or figure is new.
    """
    terms, told = set(content_terms(claim.text)), set(_NAME_OR_FIGURE.findall(claim.text))
    for place, other in enumerate(given, 1):
        others = set(content_terms(other.text))
        alike = len(terms & others) >= _ALIKE * len(terms | others)
        if alike and told <= set(_NAME_OR_FIGURE.findall(other.text)) and _same_quotes(claim, other):
            return place
    return None


def _same_quotes(claim: Claim, other: Claim) -> bool:
    return bool(claim.citations) and all(any(_overlap(c, o) for o in other.citations) for c in claim.citations)


def _overlap(one: Citation, other: Citation) -> bool:
    if (one.paper_id, one.field) != (other.paper_id, other.field):
        return False
    shared = min(one.end, other.end) - max(one.start, other.start)
    return 2 * shared > min(one.end - one.start, other.end - other.start)
