"""A digest as Markdown."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

from rag.answer import Claim
from rag.answering.export import KIND_NAMES, describe, escape_markdown, markers
from rag.answering.naming import short_name
from rag.digesting.record import KINDS, DigestPaper, DigestReport, Relation
from rag.paper import Paper
from rag.text import display

_SAID: Final = {
    "repeats": "Repeats",
    "may contradict": "May contradict",
    "competes": "Competes with",
    "builds on": "Builds on",
    "names": "Mentions, or is mentioned by,",
    "same topic": "Same topic as",
}
# Sides are quoted where the two texts meet; a mention by itself is its one sentence.
_MOST_REJECTED: Final = 20


def counts(report: DigestReport) -> str:
    """The counts in one line; they add up to the records read."""
    changed = sum(k.change in {"text changed", "abstract in place of a note"} for k in report.known)
    parts = [f"{len(report.papers)} new", f"{len(report.known)} already there"]
    if changed:
        parts[-1] += f" ({changed} with another text)"
    if report.repeated:
        parts.append(f"{report.repeated} twice on the pages")
    if report.rejected:
        parts.append(f"{len(report.rejected)} rejected")
    return f"{report.records} record{'s' * (report.records != 1)}: {', '.join(parts)}"


def digest_markdown(report: DigestReport) -> str:
    """Counts, a line on how the new papers stand to the shelf, the themes, what was known or rejected, the sources."""
    lines = ["# Digest", "", f"{counts(report)}.", "", *_standing(report)]
    if report.fallback_from:
        lines += ["", f"*Extractive, because {escape_markdown(report.fallback_from)}*"]
    papers = {p.id: p for p in report.sources}
    for theme in report.themes:
        n = len(theme.papers)
        lines += ["", f"## {escape_markdown(theme.name)} ({n} paper{'s' * (n != 1)})"]
        for entry in theme.papers:
            lines += ["", *_entry(entry, papers)]
    lines += _known(report)
    if report.rejected:
        lines += ["", "## Rejected", ""]
        lines += [f"- {escape_markdown(str(r))}" for r in report.rejected[:_MOST_REJECTED]]
        if (more := len(report.rejected) - _MOST_REJECTED) > 0:
            lines += [f"- and {more} more"]
    if report.sources:
        lines += ["", "## Sources", ""]
        lines += [_source(n, p) for n, p in enumerate(report.sources, 1)]
    return "\n".join(lines).rstrip() + "\n"


def _standing(report: DigestReport) -> list[str]:
    if not report.papers:
        return (
            ["Nothing on these pages is new to the shelf."] if report.known else ["There is no paper on these pages."]
        )
    if not report.shelf:
        return ["This is the first digest: the shelf was empty, so everything is new and nothing is compared."]
    kinds = Counter(min((r.kind for r in p.relations), key=KINDS.index) for p in report.papers if p.relations)
    said = [f"{kinds[k]} {_PLURAL[k]}" for k in KINDS if kinds[k]]
    none = sum(not p.relations for p in report.papers)
    said += [f"{none} without a relation that could be shown"] if none else []
    how = "is found by patterns and nearness, and not judged; what stands beside it is quoted"
    return [
        f"Beside the {report.shelf} papers of the shelf: {', '.join(said)}. How a paper stands to the shelf {how}.",
        *([] if report.ingested else ["", "*Compared only; nothing was taken in.*"]),
    ]


_PLURAL: Final = {
    "repeats": "repeat a work that is there",
    "may contradict": "may contradict it",
    "competes": "compared with a system that is there",
    "builds on": "build on one",
    "names": "mention or are mentioned by one",
    "same topic": "on the topic of one",
}


def _entry(entry: DigestPaper, papers: dict[str, Paper]) -> Iterator[str]:
    paper = papers[entry.paper_id]
    yield f"### \\[{entry.number}\\] {escape_markdown(paper.title)}"
    yield ""
    for claim in entry.claims:
        yield f"- {_said(claim)}"
    for relation in entry.relations:
        yield from _relation(relation, papers)
    if not entry.relations and entry.nearest_id is not None:
        near = papers[entry.nearest_id]
        yield f"- nearest on the shelf: {escape_markdown(short_name(near))} \\[{list(papers).index(near.id) + 1}\\]"
    if not entry.claims and not entry.relations:
        yield "- no sentence of it passed the check"


def _said(claim: Claim) -> str:
    verdict = "" if claim.verdict.label == "supported" else f" _({claim.verdict.label})_"
    text = f"{escape_markdown(claim.text)} {escape_markdown(markers(claim))}{verdict}"
    # A written claim is not its quote.
    quotes = [c for c in claim.citations if display(c.quote) not in claim.text]
    return text + "".join(f" — “{escape_markdown(display(c.quote))}”" for c in quotes)


def _relation(relation: Relation, papers: dict[str, Paper]) -> Iterator[str]:
    other = papers[relation.paper_id]
    number = list(papers).index(other.id) + 1
    why = f": {escape_markdown(relation.why)}" if relation.kind not in {"same topic"} else ""
    shared = f" (both dwell on {escape_markdown(', '.join(relation.shared))})" if relation.shared else ""
    yield f"- **{_SAID[relation.kind]} {escape_markdown(short_name(other))}** \\[{number}\\]{why}{shared}"
    for side, claim in (("page", relation.new), ("shelf", relation.shelf)):
        if claim is not None:
            yield f"  - {side}: {_said(claim)}"


def _known(report: DigestReport) -> list[str]:
    if not report.known:
        return []
    lines = ["", "## Already there", ""]
    for known in report.known:
        note = {"unchanged": "", "other fields changed": " (same text; its record is filled in)"}.get(
            known.change, f" ({known.change})"
        )
        lines.append(f"- {escape_markdown(known.title)}{note}")
    return lines


def _source(number: int, paper: Paper) -> str:
    about = describe(paper)
    link = f" <{paper.url}>" if paper.url and re.fullmatch(r"https?://[^\s<>]+", paper.url) else ""
    kind = f" ({KIND_NAMES['note']})" if paper.text_kind == "note" else ""
    return f"{number}. {escape_markdown(paper.title)}{kind}{'. ' + escape_markdown(about) if about else ''}{link}"


__all__ = ["counts", "digest_markdown"]
