"""A table without a model: rows from the papers on a topic, cells from their own sentences, each checked as a claim."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rag.answer import Cell, Claim, Row, Table
from rag.answering.compose import Numbering
from rag.answering.naming import names_subject, short_name
from rag.grounding import Judge, RawCitation, RawClaim, check_claim
from rag.library.embedders import Embedder
from rag.paper import Paper
from rag.retrieval.analysis import Analyser
from rag.tabling.columns import Column
from rag.tabling.extract import Found, extract_cell
from rag.tabling.setups import Setup, compare_setups, setup_of
from rag.text import Sentence, display
from rag.text.quantities import find_quantities


class TableBuilder:
    """Builds tables over one library with one judge."""

    def __init__(self, analyser: Analyser, embedder: Embedder, judge: Judge) -> None:
        self._analyser, self._embedder, self._judge = analyser, embedder, judge

    def build(
        self,
        topic: str,
        columns: Sequence[Column],
        papers: Sequence[tuple[Paper, str | None]],
        read: int,
        written: Mapping[tuple[str, str], tuple[str, Claim]] | None = None,
    ) -> tuple[Table, tuple[Paper, ...]]:
        """The table and its papers in order of number.

        ``papers`` are (paper, group), best first; ``written`` are checked cells of a model by (paper id, column), which
        go before the paper's own sentences.
        """
        numbering = Numbering()
        rows: list[Row] = []
        setups: list[list[Setup | None]] = []
        for paper, group in papers:
            number = numbering.number(paper)
            made = [
                self._written(c, given)
                if (given := (written or {}).get((paper.id, c.name)))
                else self._cell(c, paper, topic, number)
                for c in columns
            ]
            rows.append(
                Row(
                    number=number,
                    paper_id=paper.id,
                    name=short_name(paper),
                    group=group,
                    cells=tuple(cell for cell, _ in made),
                )
            )
            setups.append([setup for _, setup in made])
        rows, notes = mark_setups(columns, rows, setups)
        table = Table(topic=topic, columns=tuple(c.name for c in columns), rows=tuple(rows), notes=notes, read=read)
        return table, numbering.sources

    @staticmethod
    def _written(column: Column, given: tuple[str, Claim]) -> tuple[Cell, Setup | None]:
        value, claim = given
        cell = Cell(column=column.name, text=display(value), claim=claim)
        if column.kind != "result":
            return cell, None
        # What the value leaves out of its setup may stand in the sentence that it quotes.
        text = f"{value} {' '.join(c.quote for c in claim.citations)}"
        return cell, setup_of(Found(value, Sentence(text, 0, len(text)), tuple(find_quantities(value))))

    def _cell(self, column: Column, paper: Paper, topic: str, number: int) -> tuple[Cell, Setup | None]:
        if column.kind == "record":
            return Cell(column=column.name, text=record_text(paper, column.about)), None
        found = extract_cell(column, paper, topic, self._analyser, self._embedder)
        if found is None:
            return Cell(column=column.name), None
        checked = check_claim(_raw(found, paper, number), self._judge)
        if not checked.accepted:
            return Cell(column=column.name), None
        cell = Cell(column=column.name, text=display(found.text), claim=checked.claim)
        return cell, setup_of(found) if column.kind == "result" else None


def record_text(paper: Paper, field: str) -> str | None:
    """A field of the paper's record as text; None where the record does not hold it."""
    if field == "authors":
        return ", ".join(paper.authors) or None
    if field == "year":
        return f"{paper.year}{' (inferred)' if paper.published_inferred else ''}" if paper.year else None
    value = getattr(paper, field)
    return None if value is None else str(value)


def mark_setups(
    columns: Sequence[Column], rows: Sequence[Row], setups: Sequence[Sequence[Setup | None]]
) -> tuple[list[Row], tuple[str, ...]]:
    """The rows with figures of other setups marked, and a line for each column that holds such."""
    notes: list[str] = []
    grid = [list(row.cells) for row in rows]
    for at, column in enumerate(columns):
        with_figures = [(i, s) for i, made in enumerate(setups) if (s := made[at]) is not None]
        marked, note = compare_setups([(grid[i][at], s) for i, s in with_figures])
        for (i, _), cell in zip(with_figures, marked, strict=True):
            grid[i][at] = cell
        if note:
            notes.append(f"{column.name}: {note}")
    return [row.model_copy(update={"cells": tuple(c)}) for row, c in zip(rows, grid, strict=True)], tuple(notes)


def _raw(found: Found, paper: Paper, number: int) -> RawClaim:
    """The sentence as a claim on its own; the quote is the whole sentence."""
    sentence, name = found.sentence, short_name(paper)
    text = display(sentence.text)
    if not names_subject(sentence.text, name):
        text = f"{name}: {text}"
    return RawClaim(text, (RawCitation(number, paper, sentence.text, ("abstract", sentence.start, sentence.end)),))
