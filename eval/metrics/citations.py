"""Do citations resolve, and are quotes verbatim? Recomputed from the library's papers, never read off the answer.

Every citation that a reader sees is checked, those of limitations too. Abstentions without citations do not count (they
are scored as abstentions), and ``QuoteCoverage`` stands beside, so that citing nothing passes nothing.
"""

from __future__ import annotations

import re
from typing import Final

from eval.metrics.base import Metric, Observation, Ratio, Shelf, always
from rag.answer import Answer, Citation, Claim
from rag.text import content_terms, terms

CLAIM_COVERAGE: Final = 0.5
"""Share of a claim's content terms that its own quotes and titles have to hold."""
_WORD: Final = re.compile(r"\w+(?:[.,/'\u2019_+-]\w+)*")
_NAME: Final = re.compile(r"[A-Z].*[A-Z]|[a-z][A-Z]|[A-Z].*\d|\d.*[A-Z]")
_FIGURE: Final = re.compile(r"\d+(?:[.,]\d+)*")


def faithful(citation: Citation, shelf: Shelf) -> bool:
    """Whether the quote stands exactly there: ``getattr(paper, field)[start:end] == quote``, both ends in range.

    Python slices forgive negative and overlong offsets; a citation does not get to use that.
    """
    paper = shelf.by_id(citation.paper_id)
    if paper is None or citation.field not in ("title", "abstract"):
        return False
    text = paper.title if citation.field == "title" else paper.abstract
    in_range = 0 <= citation.start < citation.end <= len(text)
    return in_range and text[citation.start : citation.end] == citation.quote


def resolves(citation: Citation, answer: Answer, shelf: Shelf) -> bool:
    """Whether the citation leads to the paper it names: on the shelf, same revision and title, its number its source's.

    Numbers are 1-based and checked at both ends: [0] and [-1] lead nowhere, whatever a list index would make of them.
    """
    paper = shelf.by_id(citation.paper_id)
    if paper is None or paper.revision != citation.revision or paper.title != citation.title:
        return False
    if paper.text_kind != citation.text_kind or not 1 <= citation.number <= len(answer.sources):
        return False
    return answer.sources[citation.number - 1].id == citation.paper_id


def is_valid(citation: Citation, answer: Answer, shelf: Shelf) -> bool:
    """Whether the citation leads to its paper and its quote stands there."""
    return resolves(citation, answer, shelf) and faithful(citation, shelf)


def _citations(answer: Answer | None) -> list[Citation]:
    return [] if answer is None else [c for claim in answer.claims for c in claim.citations]


def _validity(seen: Observation) -> Ratio:
    assert seen.answer is not None  # evaluate() scores failed items itself
    found = _citations(seen.answer)
    return Ratio(sum(is_valid(c, seen.answer, seen.shelf) for c in found), len(found))


def _raw_validity(seen: Observation) -> Ratio:
    """Over all that was ever written: shown, dropped, and what a repair replaced; a citation taken away is invalid.

    A claim that is not shown has no source numbers of this answer, so its citations are held to the rest.
    """
    assert seen.answer is not None
    shown, dropped = seen.answer.claims, seen.answer.dropped
    replaced = [c.replaces for c in (*shown, *dropped) if c.replaces is not None]
    held = [c for claim in (*dropped, *replaced) for c in claim.citations]
    kept = _citations(seen.answer)
    valid = sum(is_valid(c, seen.answer, seen.shelf) for c in kept) + sum(faithful(c, seen.shelf) for c in held)
    removed = sum(len(claim.removed) for claim in (*shown, *dropped, *replaced))
    # A claim that never cited anything lacks the one citation that it owes.
    bare = sum(not c.citations and not c.removed and c.kind == "claim" for c in (*dropped, *replaced))
    return Ratio(valid, len(kept) + len(held) + removed + bare)


def _uncited(seen: Observation) -> Ratio:
    assert seen.answer is not None
    bare = [c for c in seen.claims if not any(is_valid(x, seen.answer, seen.shelf) for x in c.citations)]
    return Ratio(len(bare), len(seen.claims))


def _fidelity(seen: Observation) -> Ratio:
    found = _citations(seen.answer)
    return Ratio(sum(faithful(c, seen.shelf) for c in found), len(found))


def _coverage(seen: Observation) -> Ratio:
    quoted = [claim for claim in seen.claims if any(faithful(c, seen.shelf) for c in claim.citations)]
    return Ratio(len(quoted), len(seen.claims))


def _echo(seen: Observation) -> Ratio:
    return Ratio(sum(_echoes(claim, seen.shelf) for claim in seen.claims), len(seen.claims))


def _echoes(claim: Claim, shelf: Shelf) -> bool:
    wanted = set(content_terms(claim.text))
    held = {t for c in claim.citations if faithful(c, shelf) for t in content_terms(f"{c.title} {c.quote}")}
    return bool(wanted) and len(wanted & held) >= CLAIM_COVERAGE * len(wanted)


def _names(seen: Observation) -> Ratio:
    return Ratio(sum(not foreign_names(claim, seen.shelf) for claim in seen.claims), len(seen.claims))


def foreign_names(claim: Claim, shelf: Shelf) -> set[str]:
    """Names and figures of a claim that its evidence does not hold.

    A name is a word with two capitals, a capital inside, or a capital and a digit (NVRAR, TokenWeave, T3); it has to
    stand somewhere in a paper that the claim quotes. A figure is a number outside names; its digits have to stand in
    the quotes or titles themselves. Units are not compared.
    """
    quoted = [c for c in claim.citations if faithful(c, shelf)]
    papers = [p for c in quoted if (p := shelf.by_id(c.paper_id)) is not None]
    shown = _figures(" ".join(f"{c.title} {c.quote}" for c in quoted))
    written = {t for p in papers for t in terms(f"{p.title} {p.abstract}")}
    words = _WORD.findall(claim.text)
    names = [w for w in words if _NAME.search(w)]
    figures = _figures(" ".join(w for w in words if not _NAME.search(w)))
    return {w for w in names if not _held(w, written)} | (figures - shown)


def _figures(text: str) -> set[str]:
    """Numbers as strings of digits: 1,000 is 1000, and 10-40% holds 10 and 40."""
    return {number.replace(",", "") for number in _FIGURE.findall(text)}


def _held(word: str, pool: set[str]) -> bool:
    """Whether a pool of terms holds a word: its joined form (the last term of all-reduce is allreduc), or all parts."""
    found = terms(word)
    return not found or found[-1] in pool or set(found) <= pool


def _supported(seen: Observation) -> Ratio:
    return Ratio(sum(claim.verdict.supported for claim in seen.claims), len(seen.claims))


CITATION_METRICS: Final = (
    Metric("CitationValidity", "share of the citations that lead to their paper: known id, same revision and title, "
           "right number, and the field's slice equal to the quote", "after ALCE and TREC RAG 2024, stricter: "
           "out-of-range counts as invalid", "citation", always, _validity, empty=None, worst=0.0),
    Metric("CitationValidity(raw)", "the same before the checks: over all that was written, also what was dropped or "
           "replaced by a repair; each citation that the checks took away counts as invalid, and so does a refused "
           "claim that cites nothing", "our contract, before checks",
           "citation", always, _raw_validity, empty=None, worst=0.0),
    Metric("UnderCitation", "share of the claims without a valid citation", "uncited sentences of TREC RAG 2024",
           "citation", always, _uncited, empty=None, worst=1.0, higher_is_better=False),
    Metric("QuoteFidelity", "share of the quotes that equal the slice of the paper's text at their offsets, exactly",
           "our contract", "citation", always, _fidelity, empty=None, worst=0.0),
    Metric("QuoteCoverage", "share of the claims that carry at least one faithful quote", "guards the two above "
           "against passing for want of quotes", "citation", always, _coverage, empty=None, worst=0.0),
    Metric("QuoteEchoesClaim", f"share of the claims of whose words their own quotes and titles hold "
           f"{CLAIM_COVERAGE:.0%}: shows citations that were moved, not whether a claim is true", "word overlap",
           "citation", always, _echo, empty=None, worst=0.0),
    Metric("NamesAndFigures", "share of the claims all of whose names (NVRAR, TokenWeave) stand in a paper that they "
           "quote, and all of whose figures in the quotes or titles", "after the missing-name and missing-number "
           "features that weigh most against support on WiCE", "citation", always, _names, empty=None, worst=0.0),
    Metric("SupportedShare(self-scored)", "share of the claims that the system's own judge calls supported: says what "
           "readers are shown, proves nothing", "the answer's own verdicts", "citation", always, _supported,
           empty=None, worst=0.0, self_scored=True),
)  # fmt: skip
