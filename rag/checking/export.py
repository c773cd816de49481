"""A check as Markdown, as HTML for notebooks, and the words and signs that every face uses for it."""

from __future__ import annotations

from html import escape
from typing import Final

from rag.answering.export import KIND_NAMES, describe, escape_markdown
from rag.checking.records import CheckedSentence, CheckLabel, CheckReport, CitationState
from rag.paper import Paper
from rag.text import display

SIGNS: Final[dict[CheckLabel, str]] = {
    "supported": "+", "partial": "~", "contradicted": "x", "unsupported": "-", "not covered": "o", "unsure": "?",
    "not a claim": " ",
}  # fmt: skip
QUIET: Final[frozenset[CitationState]] = frozenset({"right", "carried", "none"})
"""States that need no remark."""


def citation_line(sentence: CheckedSentence, report: CheckReport) -> str | None:
    """The citation state in words, with what to cite instead; None where there is nothing to remark."""
    silent = sentence.citation in QUIET and not (
        sentence.citation == "right" and sentence.citation_reason.startswith("but")
    )
    if silent or sentence.label == "not a claim":
        return None
    papers = [p.title for i in sentence.suggested if (p := report.paper(i)) is not None]
    suggestion = f"; cite {' or '.join(papers)}" if papers else ""
    return f"citation {sentence.citation}: {sentence.citation_reason}{suggestion}"


def summary_line(report: CheckReport) -> str:
    """Counts of the labels that occur, then of the citation states that need a remark."""
    total = len(report.sentences)
    labels = ", ".join(f"{n} {label}" for label, n in report.counts.items() if n)
    states = ", ".join(f"{n} {state}" for state, n in report.citation_counts.items() if n and state not in QUIET)
    line = f"{total} sentence{'' if total == 1 else 's'}: {labels}" if total else "no sentence to check"
    return line + (f"; citations: {states}" if states else "")


def report_markdown(report: CheckReport) -> str:
    """Each sentence with its verdict, the quote behind it, the reason and the citation state; then the sources."""
    name = f" of {escape_markdown(report.name)}" if report.name else ""
    lines = [
        f"## Check{name}",
        "",
        f"{escape_markdown(summary_line(report))}. Judge: {escape_markdown(report.judge)}.",
        "",
    ]
    for s in report.sentences:
        score = "" if s.score is None else f" {s.score:.2f}"
        lines.append(f"- **{s.label}{score}** (line {s.line}): {escape_markdown(display(s.text))}")
        if s.label == "not a claim":
            continue
        lines.append(f"  - why: {escape_markdown(s.reason)}")
        lines += [f"  - [{c.number}] verbatim: “{escape_markdown(display(c.quote))}”" for c in s.evidence]
        if (remark := citation_line(s, report)) is not None:
            lines.append(f"  - {escape_markdown(remark)}")
    if report.sources:
        lines += ["", "### Sources", ""]
        lines += [f"{n}. {escape_markdown(_source(paper))}" for n, paper in enumerate(report.sources, 1)]
    if report.notices:
        lines += ["", *(f"*{escape_markdown(n)}*" for n in report.notices)]
    return "\n".join(lines).rstrip() + "\n"


def _source(paper: Paper) -> str:
    kind = f" ({KIND_NAMES['note']})" if paper.text_kind == "note" else ""
    about = describe(paper)
    return f"{paper.title}{kind}" + (f". {about}" if about else "")


def report_html(report: CheckReport) -> str:
    """A table for notebooks; everything escaped, no script, no style from outside."""
    rows = "".join(
        f"<tr><td>{escape(s.label)}</td><td>{escape(display(s.text))}</td><td>{escape(s.reason)}</td>"
        f"<td>{'<br>'.join(escape(f'[{c.number}] {display(c.quote)}') for c in s.evidence)}</td>"
        f"<td>{escape(citation_line(s, report) or '')}</td></tr>"
        for s in report.sentences
    )
    head = "".join(f"<th>{h}</th>" for h in ("verdict", "sentence", "why", "quote", "citation"))
    sources = "".join(f"<li>{escape(_source(p))}</li>" for p in report.sources)
    return f"<p>{escape(summary_line(report))}</p><table><tr>{head}</tr>{rows}</table><ol>{sources}</ol>"
