"""The Evaluate tab: the newest report of a run, and readers' judgements as draft cases."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import gradio as gr

from eval.drafting import Draft, from_feedback
from eval.html import run_html
from eval.journal import read_any
from rag.errors import InputError
from ui import render
from ui.actions import INNER, SAVE, board, button, file, saved
from ui.feedback import Feedback
from ui.markup import escape, isolated
from ui.session import Answering, outcome
from ui.turn import Problem

MOST_BYTES: Final = 60_000_000
_LOOKED_AT: Final = 30
_MOST_ROWS: Final = 50
_NO_LINKS: Final = "nav { display: none } a[href^='#'] { pointer-events: none; color: inherit; text-decoration: none }"
_NO_REPORT: Final = (
    '<section class="gw-welcome gw-check-welcome"><h2>No report yet</h2><p>A run over the bundled cases, its record '
    "written where this page was started, is shown here with its figures, plots and worst items:</p>"
    "<p><code>rag eval run --out run.json</code></p></section>"
)


def evaluate_tab(assistant: Answering, feedback: Feedback, report: Path | None, tab: gr.Tab) -> None:
    """Lay out the tab and wire it; call it inside ``gr.Blocks``.

    Args:
        report: a record of a run, or a folder of them, of which the newest is shown; None = no report is shown.
        tab: it is filled when it is gone to, so that the newest report is the newest.
    """
    judged = board(elem_id="gw-judged")
    shown = gr.HTML(_NO_REPORT, apply_default_css=False, elem_id="gw-evaluation")
    held = saved()
    tab.select(lambda: (judgements(feedback), newest(report)), None, [judged, shown], **INNER)
    judged.select(lambda: drafts_file(assistant, feedback), None, [held], **INNER).then(None, [held], None, js=SAVE)


def newest(report: Path | None) -> str:
    """The newest report as HTML, in a frame of its own: its style is its own, and nothing in it runs."""
    if report is None:
        return _NO_REPORT

    def made() -> Iterator[str]:
        for path in records(report):
            try:
                page = run_html(read_any(path))
            except InputError:
                if path == report:
                    raise
                continue  # a file of another kind among the records
            yield (
                f'<p class="gw-colophon">{isolated(path.name)}</p><iframe class="gw-frame" sandbox="" '
                f'title="The newest report" srcdoc="{escape(_framed(page))}"></iframe>'
            )
            return
        yield _NO_REPORT

    return render.told(made)


def _framed(page: str) -> str:
    """A report for a frame: links within it would lead to places of our page, which may not be framed."""
    return page.replace("</head>", f"<style>{_NO_LINKS}</style></head>", 1)


def records(report: Path) -> Sequence[Path]:
    """The files that may be records, the newest first."""
    if not report.is_dir():
        return [report]
    files = [p for p in report.glob("*.json") if p.is_file() and p.stat().st_size <= MOST_BYTES]
    return sorted(files, key=lambda p: p.stat().st_mtime, reverse=True)[:_LOOKED_AT]


def judgements(feedback: Feedback) -> str:
    """What readers said of answers, and the way to draft cases of it; nothing where nothing was said."""
    rows = feedback.rows()
    if not rows:
        return ""
    listed = "".join(_row(r) for r in rows[:_MOST_ROWS])
    save = button(f"Save {len(rows)} draft case{'' if len(rows) == 1 else 's'}", "drafts", style="gw-back")
    summary = f"<summary>What readers said of answers: {len(rows)}</summary>"
    return (
        f'<details class="gw-judgements" id="gw-judgements">{summary}'
        f"<ul>{listed}</ul><p class='gw-why'>A draft is a case once a person has approved it: set its "
        f"<code>status</code>, then <code>rag eval cases add</code>. {save}</p></details>"
    )


def _row(row: Mapping[str, Any]) -> str:
    said = "helps" if row.get("thumbs") == "up" else "does not help"
    return f"<li>{isolated(str(row['question']))} <span class='gw-kind'>{said}</span></li>"


def drafts_file(assistant: Answering, feedback: Feedback) -> str:
    """The drafts as a file for the browser; nothing where there is no feedback."""

    def made() -> Iterator[tuple[Draft, ...]]:
        yield from_feedback(feedback.file, assistant.papers()) if feedback.file is not None else ()

    got = next(outcome(made))
    if isinstance(got, Problem) or not got:
        return ""
    lines = [json.dumps(d.model_dump(mode="json", exclude_none=True), ensure_ascii=False) + "\n" for d in got]
    return file("draft-cases", "jsonl", "".join(lines))
