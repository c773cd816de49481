"""Answers into HTML: claims, citation chips, marks, abstentions, what was dropped. Pure functions of a turn."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

from rag.answer import Answer, Citation, Claim, Verdict
from rag.paper import Paper
from rag.text import display
from ui import export
from ui.markup import escape, isolated
from ui.session import outcome
from ui.turn import Problem, Turn

RELATED = "Related, not an answer"
NOT_STATED = "The abstracts do not say"
_NAMED_WHILE_READING = 3
_THUMBS = {
    "up": '<span aria-hidden="true">helps</span>',
    "down": '<span aria-hidden="true">does not help</span>',
}


def source_id(turn_id: str, number: int) -> str:
    """The anchor of a source: it belongs to its answer."""
    return f"{turn_id}-s{number}"


def quote_id(turn_id: str, citation: Citation) -> str:
    """The anchor of a quote in its source; the same words cited twice share it."""
    return f"{source_id(turn_id, citation.number)}-{citation.field}-{citation.start}-{citation.end}"


def is_verbatim(citation: Citation, paper: Paper) -> bool:
    """Whether the quote stands in the paper, sign for sign, where the citation says."""
    text: str = getattr(paper, citation.field)
    return citation.quote != "" and text[citation.start : citation.end] == citation.quote


def score(value: float) -> str:
    """A probability in two digits that never claims certainty."""
    return ">0.99" if value > 0.99 else "<0.01" if value < 0.01 else f"{value:.2f}"


def welcome() -> str:
    """What stands in the place of the first answer: how to read one."""
    return (
        '<section class="gw-welcome"><h2>Ask the shelf</h2>'
        "<p>Every sentence of an answer cites the papers it comes from. Choose a citation to see the quoted words lit "
        "in their abstract.</p>"
        "<dl><dt>verbatim</dt><dd>the quote stands in the abstract, sign for sign</dd>"
        "<dt>judged</dt><dd>a judge finds that the quote supports the sentence, with its probability</dd></dl>"
        "</section>"
    )


def turn(shown: Turn, *, tools: bool = True) -> str:
    """A question and its answer, as far as it has come; ``tools``: with what can be done with it."""
    parts = [f'<h2 class="gw-question">{isolated(shown.question)}</h2>', *_preamble(shown)]
    if shown.answer is not None and shown.answer.abstained:
        parts.append(abstention(shown))
    parts += _groups(shown)
    if shown.dropped:
        parts.append(dropped(shown.id, shown.dropped))
    fallback = shown.answer.fallback_from if shown.answer is not None else None
    parts += [f'<p class="gw-notice">{isolated(n)}</p>' for n in shown.notices if not fallback or fallback not in n]
    if shown.problem is not None:
        parts.append(problem(shown.problem))
    elif shown.stopped:
        parts.append('<p class="gw-notice">Stopped. What stands above was checked, but the answer is not whole.</p>')
    elif shown.answer is None:
        parts.append(working("working"))
    if shown.answer is not None:
        parts.append(colophon(shown.answer))
    if shown.over and tools:
        parts.append(toolbar(shown))
    busy = "false" if shown.over else "true"
    return f'<article class="gw-turn" id="{escape(shown.id)}" aria-busy="{busy}">{"".join(parts)}</article>'


def working(what: str) -> str:
    """That something is being done."""
    return f'<p class="gw-busy"><span class="gw-pulse" aria-hidden="true"></span> {escape(what)}</p>'


def told(made: Callable[[], Iterator[str]]) -> str:
    """The HTML that is made, or what went wrong."""
    got = next(outcome(made))
    return problem(got) if isinstance(got, Problem) else got


def turns(shown: Sequence[Turn]) -> str:
    """Turns one after the other."""
    return "".join(turn(t) for t in shown)


def toolbar(shown: Turn) -> str:
    """What can be done with an answer that is over: copy, save, judge it, ask again."""
    again = f'<button type="button" class="gw-quiet" data-ask="{escape(shown.question)}">Ask again</button>'
    if shown.answer is None:
        return f'<p class="gw-tools">{again}</p>'
    copy = '<button type="button" class="gw-quiet gw-copy">Copy</button>'
    thumbs = "".join(_thumb(shown, which) for which in ("up", "down")) if shown.can_judge else ""
    saving = f'<span class="gw-saving">Save as {export.buttons(shown.id, shown.answer)}</span>'
    return f'<p class="gw-tools">{copy}{saving}{again}{thumbs}</p>'


def _thumb(shown: Turn, which: str) -> str:
    label = "This answer helps" if which == "up" else "This answer does not help"
    pressed = "true" if shown.thumb == which else "false"
    return (
        f'<button type="button" class="gw-quiet gw-thumb" data-act="thumb" data-turn="{escape(shown.id)}"'
        f' data-value="{which}" aria-pressed="{pressed}" aria-label="{label}" title="{label}">'
        f"{_THUMBS[which]}</button>"
    )


def _preamble(shown: Turn) -> Iterator[str]:
    answer = shown.answer
    if answer is not None and answer.standalone_question and answer.standalone_question != shown.question:
        yield f'<p class="gw-aside">Read as: {isolated(answer.standalone_question)}</p>'
    if shown.read and not shown.over:
        yield reading(shown.read)
    if answer is not None and answer.fallback_from:
        yield f'<p class="gw-notice">Not a written answer: {isolated(answer.fallback_from)}</p>'


def reading(papers: Sequence[Paper]) -> str:
    """What is being read, before any prose."""
    named = "; ".join(isolated(p.title) for p in papers[:_NAMED_WHILE_READING])
    more = len(papers) - _NAMED_WHILE_READING
    rest = f"; and {more} more" if more > 0 else ""
    return f'<p class="gw-aside">Reading {_count(len(papers), "paper")}: {named}{rest}</p>'


def _groups(shown: Turn) -> Iterator[str]:
    numbered = list(enumerate(shown.claims, 1))
    for name, members in groupby(numbered, key=lambda item: item[1].group):
        kind = "gw-claims gw-related" if name == "related" else "gw-claims"
        if name:
            heading = RELATED if name == "related" else name[:1].upper() + name[1:]
            yield f'<h3 class="gw-group">{isolated(heading)}</h3>'
        yield f'<ul class="{kind}">{"".join(claim(shown, c, n) for n, c in members)}</ul>'


def claim(shown: Turn, said: Claim, number: int) -> str:
    """One claim: its text, its chips, its marks."""
    chips = "".join(chip(shown.id, c) for c in said.citations)
    label = f'<span class="gw-label">{NOT_STATED}</span>' if said.kind == "limitation" else ""
    marks = "" if said.kind == "connective" else _marks(shown, said, number)
    text = f'<p class="gw-sentence">{label}{isolated(said.text)}<span class="gw-chips"> {chips}</span></p>'
    kind = "" if said.kind == "claim" else f" gw-{escape(said.kind)}"
    return f'<li class="gw-claim{kind}">{text}{marks}</li>'


def chip(turn_id: str, citation: Citation) -> str:
    """A citation: a button that opens its source and lights the quote. A note says that it is one."""
    kind = ", our note on the paper" if citation.text_kind == "note" else ""
    source, quote = source_id(turn_id, citation.number), quote_id(turn_id, citation)
    return (
        f'<button type="button" class="gw-chip" data-answer="{escape(turn_id)}"'
        f' data-source="{escape(source)}" data-cite="{escape(quote)}"'
        f' aria-label="{escape(f"source {citation.number}: {citation.title}{kind}")}" title="{escape(citation.quote)}">'
        f"[{citation.number}{note_tag(citation)}]</button>"
    )


def _marks(shown: Turn, said: Claim, number: int) -> str:
    """Two marks, never one: the quotes are exact; a judge finds that they support the claim."""
    # While an answer is being written, a cited paper may not be known to the page yet.
    known = [(c, shown.sources[c.number]) for c in said.citations if c.number in shown.sources]
    exact = [is_verbatim(c, paper) for c, paper in known]
    marks: list[str] = []
    if exact:
        found = "verbatim" if all(exact) else f"{_count(exact.count(False), 'quote')} not found in the source"
        tip = "Every quote stands in its source, sign for sign" if all(exact) else "The source has changed since"
        marks.append(f'<span class="gw-mark" title="{tip}">{found}</span>')
    if said.verdict.judge != "none":  # what is absent is stated, not judged
        marks.append(_judged(said.verdict))
    if not marks:
        return ""
    judge = f'<span class="gw-judge">{isolated(said.verdict.judge)}</span>'
    why = f'<p class="gw-why">{isolated(said.verdict.reason)} {judge}</p>'
    anchor = f"{escape(shown.id)}-c{number}"
    marks += [f'<span class="gw-mark gw-repair">{name}</span>' for name in _repaired(said)]
    summary = f"<summary>{' '.join(marks)}</summary>"
    return f'<details class="gw-marks" id="{anchor}">{summary}{why}{repairs(said)}</details>'


def _repaired(said: Claim) -> Iterator[str]:
    """What the checks changed of a claim that stands, in a word or two each."""
    if said.removed:
        yield f"{_count(len(said.removed), 'citation')} removed"
    if said.replaces is not None:
        yield "reworded by the check"


def repairs(said: Claim) -> str:
    """Citations that the checks took away with the reason of each, and what the model wrote at first."""
    rows = "".join(
        f"<li>{f'“{isolated(display(r.quote))}”: ' if r.quote else ''}{isolated(r.reason)}</li>" for r in said.removed
    )
    removed = f"<p>{_count(len(said.removed), 'citation')} removed:</p><ul>{rows}</ul>" if rows else ""
    first = said.replaces
    written = "" if first is None else (
        f'<p>Reworded by the check. The model wrote: <span class="gw-struck">{isolated(first.text)}</span> '
        f"Refused: {isolated(first.verdict.reason)}</p>"
    )  # fmt: skip
    return f'<div class="gw-why gw-repairs">{removed}{written}</div>' if removed or written else ""


def _judged(verdict: Verdict) -> str:
    said = f"judged: {verdict.label} {score(verdict.score)}"
    return f'<span class="gw-mark gw-{escape(verdict.label)}" title="{escape(verdict.reason)}">{escape(said)}</span>'


def abstention(shown: Turn) -> str:
    """An answer that is none: why, and the papers that come nearest."""
    answer = shown.answer
    reason = "" if answer is None or not answer.reason else f"<p>{isolated(answer.reason)}</p>"
    papers = () if answer is None else answer.nearest
    near = "".join(
        f'<li><button type="button" class="gw-near" data-source="{escape(f"{shown.id}-n{n}")}">{isolated(p.title)}'
        f"{note_tag(p)}</button></li>"
        for n, p in enumerate(papers, 1)
    )
    nearest = f'<p class="gw-label">Nearest papers</p><ol class="gw-nearest">{near}</ol>' if near else ""
    return f'<section class="gw-abstention"><h3>{NOT_STATED}</h3>{reason}{nearest}</section>'


def note_tag(of: Paper | Citation) -> str:
    """Says of a note that it is one."""
    return '<span class="gw-kind"> note</span>' if of.text_kind == "note" else ""


def dropped(turn_id: str, claims: Sequence[Claim]) -> str:
    """What the model wrote and checks refused, each with its reason, folded away."""
    rows = "".join(
        f'<li><span class="gw-struck">{isolated(c.text)}</span>'
        f' <span class="gw-why">{isolated(c.verdict.reason)}</span>{repairs(c)}</li>'
        for c in claims
    )
    return (
        f'<details class="gw-dropped" id="{escape(turn_id)}-dropped">'
        f"<summary>{len(claims)} removed: why</summary><ul>{rows}</ul></details>"
    )


def problem(failure: Problem) -> str:
    """A failure: one clear line and its remedy."""
    remedy = f"<p>{isolated(failure.remedy)}</p>" if failure.remedy else ""
    return f'<section class="gw-problem" role="alert"><p><b>{isolated(failure.message)}</b></p>{remedy}</section>'


def colophon(answer: Answer) -> str:
    """One quiet line on how the answer was made."""
    facts: list[str] = [answer.mode]
    facts += [f"{role}: {answer.models[role]}" for role in ("writer", "judge") if role in answer.models]
    tokens = sum(answer.usage.get(k) or 0 for k in ("prompt_tokens", "completion_tokens"))
    if tokens:
        cost = answer.usage.get("cost")
        facts.append(f"{tokens:,} tokens" + ("" if cost is None else f", cost {cost:.4f}"))
    if (seconds := answer.timings.get("total_s")) is not None:
        facts.append(f"{seconds:.2f} s")
    return f'<p class="gw-colophon">{" · ".join(escape(f) for f in facts)}</p>'


def _count(n: int, noun: str) -> str:
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"
