"""Answers as Markdown and as BibTeX."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

from rag.answer import Answer, Citation, Claim
from rag.answering.naming import short_name
from rag.paper import Paper
from rag.text import display

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|!~])")
_NAME_WORDS: Final = 2
KIND_NAMES = {"note": "our note on the paper", "abstract": "abstract"}


def escape_markdown(text: str) -> str:
    """Text that Markdown shows as it is: no links, images, emphasis or HTML from titles, quotes or models."""
    return _SPECIAL.sub(r"\\\1", text)


def markers(claim: Claim) -> str:
    """The citation markers of a claim, for example ``[1][3]``; each number once."""
    return "".join(f"[{n}]" for n in dict.fromkeys(c.number for c in claim.citations))


def repairs(claim: Claim) -> list[str]:
    """What the checks changed of a claim that stands, a line each: citations taken away, and that it is rewritten."""
    lines = []
    if claim.removed:
        n, why = len(claim.removed), "; ".join(dict.fromkeys(r.reason for r in claim.removed))
        lines.append(f"{n} citation{'s' if n != 1 else ''} removed: {why}")
    if claim.replaces is not None:
        lines.append(f"rewritten once, because at first: {claim.replaces.verdict.reason}")
    return lines


def verdict_marks(claim: Claim) -> str:
    """The two marks of a claim, never one: that its quotes are verbatim, and what the judge says."""
    quoted = "verbatim quote" if claim.citations else "no quote"
    return f"{quoted}; judged {claim.verdict.label} {claim.verdict.score:.2f}"


def describe(paper: Paper) -> str:
    """Authors, organisation, date and venue in one line; what is not known is left out."""
    parts: list[str] = []
    if paper.authors:
        parts.append(", ".join(paper.authors[:3]) + (" and others" if len(paper.authors) > 3 else ""))
    elif paper.n_authors:
        parts.append(f"{paper.n_authors} author{'s' if paper.n_authors > 1 else ''}")
    if paper.organisation:
        parts.append(paper.organisation)
    if paper.venue:
        parts.append(paper.venue)
    if paper.published:
        parts.append(paper.published + (" (year inferred)" if paper.published_inferred else ""))
    return "; ".join(parts)


def read_line(answer: Answer) -> str | None:
    """What a survey or an exhaustive answer says of itself: how many papers were read, answer, and are only related."""
    read = answer.library.get("read")
    if not isinstance(read, dict):
        return None
    if read.get("form") == "exhaustive":
        return f"Read {read['papers']} of {read['of']} papers: {read['answer']} shown as answers."
    if answer.abstained or read.get("form") not in {"survey", "summary"}:
        return None
    if "of" in read:
        return f"Read {read['papers']} of {read['of']} papers: {read['answer']} cited{_near(read)}.{_left_out(read)}"
    scope = "all" if read["whole_library"] else "the nearest"
    said = f"Read every sentence of {scope} {read['papers']} papers: {read['answer']} shown as answers{_near(read)}."
    return said + _left_out(read)


def _near(read: dict[str, Any]) -> str:
    return f", {read['related']} only related" if read["related"] else ""


def _left_out(read: dict[str, Any]) -> str:
    """What the limit of a summary left out, with a leading space; empty where that is nothing."""
    count, first = read.get("left_out", 0), read.get("left_out_first", [])
    if not count:
        return ""
    named = ", ".join(first) + (f" and {count - len(first)} more" if count > len(first) else "")
    return f" Left out for the limit: {named}."


def answer_markdown(answer: Answer) -> str:
    """Claims with their markers, then each source with the quotes that were checked against it."""
    lines = [f"## {escape_markdown(answer.question)}", ""]
    if answer.abstained:
        lines += [f"**The abstracts do not say.** {escape_markdown(answer.reason or '')}".rstrip(), ""]
    if answer.fallback_from:
        lines += [f"*Extractive, because {escape_markdown(answer.fallback_from)}*", ""]
    group: str | None = None
    for claim in answer.claims:
        if claim.group != group and claim.group is not None:
            lines += ["", f"### {escape_markdown(claim.group)}", ""]
        group = claim.group
        marks = "" if claim.kind != "claim" else f" _({verdict_marks(claim)})_"
        lines.append(f"- {escape_markdown(claim.text)} {escape_markdown(markers(claim))}{marks}")
        if claim.kind == "claim" and claim.verdict.label != "supported":
            lines.append(f"  - {escape_markdown(claim.verdict.reason)}")
        lines += [f"  - {escape_markdown(line)}" for line in repairs(claim)]
    if (read := read_line(answer)) is not None:
        lines += ["", f"*{escape_markdown(read)}*"]
    if answer.table is not None:
        lines += [answer.table.to_markdown().rstrip("\n")]
    if answer.dropped:
        lines += ["", f"{len(answer.dropped)} removed:"]
        lines += [f"- {escape_markdown(c.text)}: {escape_markdown(c.verdict.reason)}" for c in answer.dropped]
    if answer.sources:
        lines += ["", "### Sources", ""]
        for number, paper in enumerate(answer.sources, 1):
            lines += _source_markdown(number, paper, _citations(answer, number))
    if answer.nearest:
        lines += ["", "### Nearest papers", ""]
        lines += [f"- {escape_markdown(p.title)}" for p in answer.nearest]
    return "\n".join(lines).rstrip() + "\n"


def cell_claims(answer: Answer) -> list[Claim]:
    """The claims behind the cells of an answer's table, row by row."""
    rows = answer.table.rows if answer.table else ()
    return [cell.claim for row in rows for cell in row.cells if cell.claim is not None]


def _citations(answer: Answer, number: int) -> list[Citation]:
    claims = [*answer.claims, *cell_claims(answer)]
    found = [c for claim in claims for c in claim.citations if c.number == number]
    return list({(c.field, c.start, c.end): c for c in found}.values())


def _source_markdown(number: int, paper: Paper, citations: Iterable[Citation]) -> list[str]:
    about = describe(paper)
    link = f" <{paper.url}>" if paper.url and re.fullmatch(r"https?://[^\s<>]+", paper.url) else ""
    kind = f" ({KIND_NAMES['note']})" if paper.text_kind == "note" else ""
    lines = [f"{number}. {escape_markdown(paper.title)}{kind}{'. ' + escape_markdown(about) if about else ''}{link}"]
    lines += [f"   > {escape_markdown(display(c.quote))}" for c in citations]
    return lines


def answer_bibtex(answer: Answer) -> str:
    """The cited papers as BibTeX, in order of number."""
    return papers_bibtex(answer.sources)


def papers_bibtex(papers: Iterable[Paper]) -> str:
    """Papers as BibTeX entries with unique keys; empty fields are left out."""
    from bibtexparser.entrypoint import write_string
    from bibtexparser.library import Library
    from bibtexparser.middlewares import LatexEncodingMiddleware
    from bibtexparser.model import Block, Entry, Field

    class _EncodeProse(LatexEncodingMiddleware):
        """LaTeX in prose only: an address or identifier is itself."""

        def transform_entry(self, entry: Entry, library: Library) -> Block:
            whole = list(entry.fields)
            entry.fields = [f for f in whole if f.key not in _VERBATIM]
            block: Block = super().transform_entry(entry, library)
            entry.fields = whole  # the encoding is done in place
            return block

    library = Library()
    used: set[str] = set()
    for paper in papers:
        fields = [Field(k, v) for k, v in _bibtex_fields(paper).items() if v]
        library.add(Entry("article" if paper.venue else "misc", bibtex_key(paper, used), fields))
    text = str(write_string(library, prepend_middleware=[_EncodeProse()]))
    # A second pair of braces keeps the capitals of names; it has to come after the encoding, which escapes braces.
    return re.sub(r"(?m)^(\ttitle = )(\{.*\})(,?)$", r"\1{\2}\3", text)


_VERBATIM = frozenset({"url", "doi", "eprint", "archiveprefix"})


def _bibtex_fields(paper: Paper) -> dict[str, str | None]:
    note = ["year inferred"] if paper.published_inferred else []
    note += ["the library holds a note on it, not its abstract"] if paper.text_kind == "note" else []
    return {
        "title": paper.title,
        "author": " and ".join(paper.authors) or None,
        "year": str(paper.year) if paper.year else None,
        "journal": paper.venue,
        "doi": paper.doi,
        "eprint": paper.arxiv_id,
        "archiveprefix": "arXiv" if paper.arxiv_id else None,
        "url": paper.url,
        "note": "; ".join(note) or None,
        "annote" if paper.text_kind == "note" else "abstract": paper.abstract,
    }


def bibtex_key(paper: Paper, used: set[str]) -> str:
    """A key that is not among those ``used``, to which it is added: author, year and first long word of the title.

    Without an author, the name of its system (TPI-LLM gives tpillm), or else three long words of its title.
    """
    long = [w for w in re.findall(r"[a-z0-9]+", paper.title.lower()) if len(w) > 3] or ["paper"]
    author = re.sub(r"[^a-z]", "", (paper.authors[0].split()[-1] if paper.authors else "").lower())
    if author:
        base = f"{author}{paper.year or ''}{long[0]}"
    else:
        name = short_name(paper)
        called = re.sub(r"[^a-z0-9]", "", name.lower()) if len(name.split()) <= _NAME_WORDS else ""
        base = (called or "".join(long[:3])) + str(paper.year or "")
    key, n = base, 1
    while key in used:
        n += 1
        key = f"{base}{n}"
    used.add(key)
    return key
