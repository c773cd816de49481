"""The Check tab: a text on the left with a verdict under each sentence, the papers that say so on the right."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import gradio as gr

from rag.answer import Citation
from rag.checking import CheckedSentence, CheckReport
from rag.checking.export import QUIET, summary_line
from rag.paper import Paper
from rag.text import display
from ui import render, sources
from ui.actions import INNER
from ui.drawer import Drawer, Reader
from ui.markup import escape, isolated
from ui.session import outcome
from ui.turn import Problem

_LONGEST = 100_000
_PLACEHOLDER = (
    "Paste a paragraph of your related work, with its list of references if it has one (Shift+Enter checks it)"
)

_BACK = "back to the text"

_Update = tuple[Any, ...]


class _Parts(NamedTuple):
    box: gr.Textbox
    send: gr.Button
    result: gr.HTML
    papers: gr.HTML
    turn: gr.State


def check_tab(drawer: Drawer) -> None:
    """Lay out the tab and wire it; call it inside ``gr.Blocks``."""
    with gr.Row(elem_id="gw-check", equal_height=False):
        with gr.Column(scale=3, min_width=300):
            box = gr.Textbox(
                label="Your text",
                placeholder=_PLACEHOLDER,
                show_label=False,
                container=False,
                lines=7,
                max_lines=20,
                max_length=_LONGEST,
                elem_id="gw-check-text",
            )
            send = gr.Button("Check", variant="primary", min_width=72, scale=0, elem_id="gw-check-send")
            result = gr.HTML(welcome(), elem_id="gw-check-result", apply_default_css=False)
        with gr.Column(scale=2, min_width=300, elem_id="gw-check-papers"):
            papers = gr.HTML(placeholder(), apply_default_css=False)
    parts = _Parts(box, send, result, papers, gr.State(0))

    def respond(text: str, count: int, *given: Any) -> Iterator[_Update]:
        yield from checked(drawer.reader(given), text, count + 1)

    gr.on(
        [box.submit, send.click],
        respond,
        [parts.box, parts.turn, *drawer.given],
        [parts.send, parts.result, parts.papers, parts.turn],
        **INNER,
    )


def checked(reader: Reader, text: str, number: int) -> Iterator[_Update]:
    """What the page shows while a text is checked: that it is, and then the report. ``number`` keeps anchors apart."""
    if not text.strip():
        yield gr.skip(), welcome(), placeholder(), number
        return
    yield gr.Button(interactive=False), render.working("checking"), placeholder(), number
    for got in outcome(lambda: iter([reader.assistant().check(text, **reader.filters())])):
        again = gr.Button(interactive=True)
        if isinstance(got, Problem):
            yield again, render.problem(got), placeholder(), number
        else:
            yield again, report(got, f"k{number}"), panel(got, f"k{number}"), number


def welcome() -> str:
    """What stands in the place of the first report: how to read one."""
    return (
        '<section class="gw-welcome gw-check-welcome"><h2>Check a text</h2>'
        "<p>Each sentence is held against the papers of the library: do they say it, say otherwise, or not say it at "
        "all? And does it cite the right one?</p>"
        "<dl><dt>quote verbatim</dt><dd>the quote stands in the abstract, sign for sign</dd>"
        "<dt>judged</dt><dd>a judge finds that the papers support the sentence, or not</dd>"
        "<dt>not covered</dt><dd>no paper of the library is about it, which says nothing against it</dd></dl></section>"
    )


def placeholder() -> str:
    """What stands in the panel before the first report."""
    return '<section class="gw-panel gw-empty"><p>The papers behind the verdicts appear here.</p></section>'


def report(shown: CheckReport, anchor: str) -> str:
    """Every sentence in order, with its verdict."""
    rows = "".join(_sentence(shown, s, anchor) for s in shown.sentences)
    notices = "".join(f'<p class="gw-notice">{isolated(n)}</p>' for n in shown.notices)
    summary = f"{isolated(summary_line(shown))}{_first_failing(shown, anchor)}"
    return (
        f'<article class="gw-turn gw-report" id="{escape(anchor)}" aria-busy="false">'
        f'<p class="gw-aside" role="status">{summary}</p><ol class="gw-claims gw-checked">{rows}</ol>{notices}'
        f'<p class="gw-colophon">judge: {escape(shown.judge)}</p></article>'
    )


def _first_failing(shown: CheckReport, anchor: str) -> str:
    """The way to the first sentence that fails; nothing where none does."""
    first = next((s for s in shown.sentences if s.fails), None)
    if first is None:
        return ""
    target = f"{escape(anchor)}-at{first.start}"
    return f' <button type="button" class="gw-quiet gw-go" data-to="{target}">Show the first that fails</button>'


def _sentence(shown: CheckReport, sentence: CheckedSentence, anchor: str) -> str:
    text = isolated(display(sentence.text))
    if sentence.label == "not a claim":
        why = f"not a claim: {sentence.reason}"
        return f'<li class="gw-claim gw-no-claim"><p class="gw-sentence" title="{escape(why)}">{text}</p></li>'
    chips = "".join(render.chip(anchor, c) for c in sentence.evidence)
    kind = "gw-check-" + sentence.label.replace(" ", "-") + (" gw-fails" if sentence.fails else "")
    return (
        f'<li class="gw-claim {kind}"><p class="gw-sentence">{text}<span class="gw-chips"> {chips}</span></p>'
        f"{_marks(shown, sentence, anchor)}{_remark(shown, sentence, anchor)}</li>"
    )


def _marks(shown: CheckReport, sentence: CheckedSentence, anchor: str) -> str:
    """Two marks, never one: the quotes are exact; a judge finds that they support the sentence, or what else."""
    marks: list[str] = []
    if sentence.evidence:
        exact = all(_is_verbatim(shown, c) for c in sentence.evidence)
        marks.append(f'<span class="gw-mark">{"quote verbatim" if exact else "the source has changed since"}</span>')
    if sentence.label == "not covered":
        marks.append('<span class="gw-mark gw-not-covered">not covered</span>')
    else:
        said = f"judged: {sentence.label}" + ("" if sentence.score is None else f" {render.score(sentence.score)}")
        title = escape(sentence.reason)
        marks.append(f'<span class="gw-mark gw-{escape(sentence.label)}" title="{title}">{escape(said)}</span>')
    quotes = "".join(f'<p class="gw-why">“{isolated(display(c.quote))}”</p>' for c in sentence.evidence)
    why = f'<p class="gw-why">{isolated(sentence.reason)}</p>{quotes}'
    # What speaks against a sentence is shown at once; what supports it, on demand.
    unfolded = "" if sentence.label in {"supported", "not covered"} else " open"
    identity = f"{escape(anchor)}-at{sentence.start}"
    return f'<details class="gw-marks" id="{identity}"{unfolded}><summary>{" ".join(marks)}</summary>{why}</details>'


def _is_verbatim(shown: CheckReport, citation: Citation) -> bool:
    paper = shown.paper(citation.paper_id)
    return paper is not None and render.is_verbatim(citation, paper)


def _remark(shown: CheckReport, sentence: CheckedSentence, anchor: str) -> str:
    """What is wrong with the citation, and the papers to cite."""
    if sentence.citation in QUIET and not sentence.citation_reason.startswith("but"):
        return ""
    papers = [p for i in sentence.suggested if (p := shown.paper(i)) is not None]
    near = "".join(
        f' <button type="button" class="gw-near" data-source="{escape(_card_id(shown, p, anchor))}">'
        f"{isolated(p.title)}</button>"
        for p in papers
    )
    if sentence.citation == "missing" and near:  # often every sentence of a draft: a suggestion, not a reproach
        told = escape(sentence.citation_reason)
        return f'<p class="gw-remark gw-uncited" title="{told}">cites nothing; could cite{near}</p>'
    cite = f"; cite{near}" if near else ""
    return f'<p class="gw-remark">citation {escape(sentence.citation)}: {isolated(sentence.citation_reason)}{cite}</p>'


def _card_id(shown: CheckReport, paper: Paper, anchor: str) -> str:
    ids = [p.id for p in shown.sources]
    if paper.id in ids:
        return render.source_id(anchor, ids.index(paper.id) + 1)
    return f"{anchor}-n{[p.id for p in shown.suggestions].index(paper.id) + 1}"


def panel(shown: CheckReport, anchor: str) -> str:
    """The quoted papers with their quotes lit, then those that are only suggested."""
    quotes = [c for s in shown.sentences for c in s.evidence if _is_verbatim(shown, c)]
    cards = [
        sources.card(render.source_id(anchor, n), n, p, [c for c in quotes if c.number == n], anchor, back=_BACK)
        for n, p in enumerate(shown.sources, 1)
    ]
    cards += [
        sources.card(f"{anchor}-n{n}", None, p, (), anchor, back=_BACK) for n, p in enumerate(shown.suggestions, 1)
    ]
    if not cards:
        return placeholder()
    heading = f'<h3 class="gw-panel-heading">Papers <span class="gw-count">{len(cards)}</span></h3>'
    return f'<section class="gw-panel" data-answer="{escape(anchor)}">{heading}{"".join(cards)}</section>'
