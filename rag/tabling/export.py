"""Tables as Markdown and as comma-separated values."""

from __future__ import annotations

import csv
import io
from typing import Final

from rag.answer import Cell, Row, Table

NOT_STATED: Final = "not stated"
# A spreadsheet takes a cell that opens with one of these for a formula.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def cell_text(cell: Cell) -> str:
    """What a cell shows: its words, its verdict where that is not "supported", and why it may not be compared."""
    if cell.text is None:
        return NOT_STATED
    marks: list[str] = []
    if cell.claim is not None and cell.claim.verdict.label != "supported":
        marks.append(cell.claim.verdict.label)
    if cell.not_comparable:
        marks.append("not comparable")
    return cell.text + (f" ({'; '.join(marks)})" if marks else "")


def table_markdown(table: Table) -> str:
    """A Markdown table with the notes on its columns below it."""
    from rag.answering.export import escape_markdown

    def row(cells: list[str]) -> str:
        return "| " + " | ".join(escape_markdown(" ".join(c.split())) for c in cells) + " |"

    lines = [row(["paper", *table.columns]), "|" + " --- |" * (len(table.columns) + 1)]
    lines += [row([_label(r), *map(cell_text, r.cells)]) for r in table.rows]
    if table.notes:
        lines += ["", *(f"- {escape_markdown(n)}" for n in table.notes)]
    return "\n".join(lines) + "\n"


def _label(row: Row) -> str:
    return f"[{row.number}] {row.name}" + (f" ({row.group})" if row.group else "")


def table_csv(table: Table) -> str:
    """One line a paper; each column gives its text, quote, verdict and why it is not comparable."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    parts = ("", " quote", " verdict", " not comparable")
    writer.writerow(["number", "paper", "paper id", "group", *(f"{c}{p}" for c in table.columns for p in parts)])
    for row in table.rows:
        cells = [value for cell in row.cells for value in _values(cell)]
        writer.writerow([_safe(v) for v in [str(row.number), row.name, row.paper_id, row.group or "", *cells]])
    return out.getvalue()


def _values(cell: Cell) -> tuple[str, str, str, str]:
    if cell.text is None:
        return NOT_STATED, "", "", ""
    quotes = " ... ".join(c.quote for c in cell.claim.citations) if cell.claim else ""
    return cell.text, quotes, cell.claim.verdict.label if cell.claim else "", cell.not_comparable or ""


def _safe(value: str) -> str:
    return f"'{value}" if value.startswith(_FORMULA) else value
