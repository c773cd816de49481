"""Does the answer rest on the right papers and sentences? Scored against gold, without any judge.

Only quotes that the harness itself has found in the library's text count: what an answer says about its own quotes is
not believed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from eval.cases import Case
from eval.metrics.base import Metric, Observation, Ratio, Shelf, answerable
from eval.metrics.citations import faithful
from rag.answer import Claim
from rag.text import content_terms, terms

OVERLAP: Final = 0.8
"""Share of a gold sentence's characters that the quotes of its paper have to cover."""
LEAST_WORDS: Final = 5
"""A quote inside a gold sentence counts from this many words on; a lone "the" would not show anything."""
NUGGET_COVERAGE: Final = 0.6
"""Share of a nugget's content terms that one claim with its quotes has to hold."""

Span = tuple[int, int]


def spans_of(sentence: str, text: str) -> list[Span]:
    """Where a sentence stands in a text (code points, half open), white space being equal to white space."""
    words = sentence.split()
    if not words:
        return []
    return [m.span() for m in re.finditer(r"\s+".join(map(re.escape, words)), text)]


def covers(quotes: Iterable[Span], gold: Span, text: str) -> bool:
    """Whether quoted spans show a gold sentence: together they cover 80 % of it, or one inside it says enough."""
    start, end = gold
    inside = [(max(a, start), min(b, end)) for a, b in quotes if a < end and b > start]
    covered = {at for a, b in inside for at in range(a, b)}
    if len(covered) >= OVERLAP * (end - start):
        return True
    return any(a >= start and b <= end and len(text[a:b].split()) >= LEAST_WORDS for a, b in quotes)


def gold_found(seen: Observation) -> dict[str, list[bool]]:
    """Per gold title, for each of its gold sentences, whether the answer quotes it.

    A paper that answers (grade 2) has to be quoted as an answer; one that touches on it may also stand under "related".
    """
    found: dict[str, list[bool]] = {}
    for title, sentences in seen.case.evidence.items():
        paper = seen.shelf.by_title(title)
        claims = seen.answering_claims if seen.case.relevant.get(title) == 2 else seen.claims
        quotes = [] if paper is None else _quoted(claims, paper.id, seen.shelf)
        text = "" if paper is None else paper.abstract
        found[title] = [any(covers(quotes, gold, text) for gold in spans_of(s, text)) for s in sentences]
    return found


def gold_in_library(case: Case, shelf: Shelf) -> bool:
    """Applies where the library holds the text that the gold sentences come from (notes and abstracts differ)."""
    return case.answerable and any(gold_presence(case, shelf))


def gold_presence(case: Case, shelf: Shelf) -> list[bool]:
    """For each gold sentence of a case, whether the library's text of its paper holds it."""
    return [
        (paper := shelf.by_title(title)) is not None and bool(spans_of(sentence, paper.abstract))
        for title, sentences in case.evidence.items()
        for sentence in sentences
    ]


def _quoted(claims: Iterable[Claim], paper_id: str, shelf: Shelf) -> list[Span]:
    return [
        (c.start, c.end)
        for claim in claims
        for c in claim.citations
        if c.paper_id == paper_id and c.field == "abstract" and faithful(c, shelf)
    ]


def _sentences(seen: Observation) -> Ratio:
    flat = [hit for hits in gold_found(seen).values() for hit in hits]
    return Ratio(sum(flat), len(flat))


def _papers(seen: Observation) -> Ratio:
    found = gold_found(seen)
    return Ratio(sum(any(hits) for hits in found.values()), len(found))


def _any(seen: Observation) -> float:
    return float(any(any(hits) for hits in gold_found(seen).values()))


def _all(seen: Observation) -> float:
    return float(all(all(hits) for hits in gold_found(seen).values()))


def _nuggets(seen: Observation) -> Ratio:
    pools = [
        set(terms(claim.text)).union(*(terms(c.quote) for c in claim.citations if faithful(c, seen.shelf)))
        for claim in seen.answering_claims
    ]
    return Ratio(sum(any(holds_nugget(pool, n) for pool in pools) for n in seen.case.nuggets), len(seen.case.nuggets))


def holds_nugget(pool: set[str], nugget: str) -> bool:
    """60 % of the content terms, and every term with a digit: a fact with another figure is another fact."""
    wanted = set(content_terms(nugget)) or set(terms(nugget))
    figures = {t for t in wanted if any(ch.isdigit() for ch in t)}
    return bool(wanted) and figures <= pool and len(wanted & pool) >= NUGGET_COVERAGE * len(wanted)


def _cited(seen: Observation) -> dict[str, int]:
    """Ids of the papers cited as an answer, each with the grade that the case gives it (0 = not named)."""
    grades = {seen.shelf.id_of(t): g for t, g in seen.case.relevant.items()}
    return {c.paper_id: grades.get(c.paper_id, 0) for claim in seen.answering_claims for c in claim.citations}


def _cited_precision(seen: Observation) -> Ratio:
    cited = _cited(seen)
    return Ratio(sum(g > 0 for g in cited.values()), len(cited))


def _cited_recall(seen: Observation) -> Ratio:
    return Ratio(sum(g == 2 for g in _cited(seen).values()), sum(g == 2 for g in seen.case.relevant.values()))


_GOLD: Final = "our cases' evidence sentences; quotes checked by the harness"
_MATCH: Final = f"found = its paper's quotes cover {OVERLAP:.0%} of it, or a quote of {LEAST_WORDS}+ words lies inside"

EVIDENCE_METRICS: Final = (
    Metric("EvidenceHit", f"share of the gold sentences that the answer quotes ({_MATCH})", _GOLD, "evidence",
           gold_in_library, _sentences, empty=0.0, worst=0.0),
    Metric("EvidenceHit(any)", "1 where at least one gold sentence is quoted", _GOLD, "evidence",
           gold_in_library, _any, empty=0.0, worst=0.0),
    Metric("EvidenceHit(all)", "1 where every gold sentence is quoted", _GOLD, "evidence",
           gold_in_library, _all, empty=0.0, worst=0.0),
    Metric("EvidenceHit(papers)", "share of the gold papers of which a gold sentence is quoted", _GOLD, "evidence",
           gold_in_library, _papers, empty=0.0, worst=0.0),
    Metric("NuggetRecall(lexical)", f"share of the nuggets whose words ({NUGGET_COVERAGE:.0%}) and figures (all) stand "
           "in one claim with its quotes: word overlap, not understanding", "after AutoNuggetizer's A_strict, "
           "TREC RAG 2024, with a lexical matcher in the model's place", "evidence",
           answerable, _nuggets, empty=0.0, worst=0.0),
    Metric("CitedPrecision", "share of the papers cited as an answer that the case names", "set precision", "evidence",
           answerable, _cited_precision, empty=0.0, worst=0.0),
    Metric("CitedRecall", "share of the papers of grade 2 that are cited as an answer", "set recall", "evidence",
           answerable, _cited_recall, empty=0.0, worst=0.0),
)  # fmt: skip
