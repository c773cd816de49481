"""Checks of paragraphs: is every sentence rightly told supported, contradicted, unsupported, not covered, or no claim?

A line of a checks file holds ``id``, ``split`` (dev or test, by paragraph), ``text``, optionally ``bib``, and
``sentences`` in order: ``text`` (as it stands in the paragraph), ``label``, ``citation`` (the state), ``papers``
(titles that it is about; of a supported sentence one of them has to be quoted). Whole paragraphs are resampled.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field

from eval.figures import MEAN_HEADER, Estimate, estimate, mean_row
from eval.jsonl import REMEDY, read_records
from eval.records import LibraryFacts, Stored, library_facts
from rag.checking import CHECK_LABELS, CITATION_STATES, CheckedSentence, CheckReport
from rag.corpus import title_key
from rag.errors import InputError
from rag.paper import Paper, Record

if TYPE_CHECKING:
    from eval.report import Page

_WORST_SHOWN: Final = 40


class Labelled(BaseModel):
    """One sentence with what is known of it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: str = Field(min_length=1)
    label: Literal["supported", "partial", "contradicted", "unsupported", "not covered", "not a claim"]
    citation: str
    papers: tuple[str, ...] = ()


class Paragraph(BaseModel):
    """A text with its labelled sentences. Frozen; unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(min_length=1)
    split: Literal["dev", "test"]
    text: str = Field(min_length=1)
    bib: str | None = None
    sentences: tuple[Labelled, ...]


class SentenceResult(Record):
    """One labelled sentence and what was said of it; ``got`` is "not read" where no sentence of the check covers it.

    ``cites_right`` says whether a quoted paper is one of the labelled ones; None where none is labelled or quoted.
    """

    paragraph: str
    text: str
    label: str
    got: str
    citation: str
    got_citation: str
    reason: str
    cites_right: bool | None = None


class CheckRun(Stored):
    """The checks of all paragraphs, sentence by sentence."""

    started: str
    source: str
    split: str
    library: LibraryFacts
    system: dict[str, str]
    judge: str
    seed: int
    sentences: tuple[SentenceResult, ...]
    extra: int = 0
    """Sentences that the check found and no label knows."""


class Checking(Protocol):
    """What can check: :class:`rag.Assistant`, or anything else with this verb."""

    def check(self, text: str, *, judge: Any = None, bib: str | Path | None = None) -> CheckReport:
        """The report on a text."""


def bundled_checks() -> Path:
    """Where the paragraphs of this repository lie; they are about the bundled notes."""
    return Path(str(resources.files("eval") / "data" / "checks" / "checks.jsonl"))


def load_checks(path: str | Path, split: str = "all") -> tuple[Paragraph, ...]:
    """Read paragraphs.

    Raises:
        InputError: no file, a line that is no paragraph, a sentence that does not stand in its text in this order, a
            state that does not exist, or nothing left of the split.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"there are no checks at {path}", "Name a JSONL file")
    found: list[Paragraph] = []
    for where, paragraph in read_records(path, Paragraph):
        at = 0
        for s in paragraph.sentences:
            at = paragraph.text.find(s.text, at)
            if at < 0:
                raise InputError(f"{where}: the sentence {s.text[:50]!r} does not stand in the text", REMEDY)
            if s.citation not in CITATION_STATES:
                raise InputError(f"{where}: {s.citation!r} is no citation state", REMEDY)
        if split in ("all", paragraph.split):
            found.append(paragraph)
    if not found:
        raise InputError(f"{path} holds no paragraph of the split {split}", "Choose another split or file")
    return tuple(found)


def run_checks(
    system: Checking, paragraphs: Sequence[Paragraph], papers: Iterable[Paper], *, judge: Any = None, source: str = "",
    split: str = "all", seed: int = 0, described: Mapping[str, str] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> CheckRun:  # fmt: skip
    """Check every paragraph.

    Raises:
        InputError: a paragraph names papers that the library lacks.
    """
    papers = tuple(papers)
    titles = {title_key(p.title) for p in papers}
    missing = sorted({t for p in paragraphs for s in p.sentences for t in s.papers if title_key(t) not in titles})
    if missing:
        raise InputError(
            f"the library lacks {len(missing)} papers, such as {missing[0]!r}", "Choose the library that holds them"
        )
    rows: list[SentenceResult] = []
    extra, name = 0, ""
    with tempfile.TemporaryDirectory(prefix="rag-eval-") as folder:
        bib = Path(folder) / "references.bib"
        for done, paragraph in enumerate(paragraphs, 1):
            bib.write_text(paragraph.bib or "", encoding="utf-8")
            report = system.check(paragraph.text, judge=judge, bib=bib if paragraph.bib else None)
            results, unlabelled = _align(paragraph, report)
            rows += results
            extra += unlabelled
            name = report.judge
            if progress:
                progress(done, len(paragraphs))
    return CheckRun(
        started=datetime.now(UTC).isoformat(timespec="seconds"), source=source, split=split,
        library=library_facts(papers), system=dict(described or {}), judge=name, seed=seed, sentences=tuple(rows),
        extra=extra,
    )  # fmt: skip


def _align(paragraph: Paragraph, report: CheckReport) -> tuple[list[SentenceResult], int]:
    """Each labelled sentence with the checked one that covers most of it."""
    rows: list[SentenceResult] = []
    at, used = 0, set[int]()
    for gold in paragraph.sentences:
        start = paragraph.text.index(gold.text, at)
        at = start + len(gold.text)
        shared = [(min(s.end, at) - max(s.start, start), i) for i, s in enumerate(report.sentences)]
        most, i = max(shared, default=(0, -1))
        if most <= 0:
            rows.append(_row(paragraph, gold, None))
            continue
        used.update(n for length, n in shared if length > 0)
        rows.append(_row(paragraph, gold, report.sentences[i]))
    return rows, len(report.sentences) - len(used)


def _row(paragraph: Paragraph, gold: Labelled, found: CheckedSentence | None) -> SentenceResult:
    wanted = {title_key(t) for t in gold.papers}
    quoted = {title_key(c.title) for c in found.evidence} if found is not None else set()
    return SentenceResult(
        paragraph=paragraph.id,
        text=gold.text,
        label=gold.label,
        got="not read" if found is None else found.label,
        citation=gold.citation,
        got_citation="not read" if found is None else found.citation,
        reason="" if found is None else found.reason,
        cites_right=bool(wanted & quoted) if wanted and quoted else None,
    )


def check_figures(run: CheckRun) -> list[Estimate]:
    """Accuracy, precision and recall per label and per citation state, and of "something is wrong here"."""
    rows = run.sentences
    found: list[Estimate | None] = [_share("accuracy", "labels", rows, lambda r: r.got == r.label, run.seed)]
    for label in CHECK_LABELS:
        found += _both(label, rows, lambda r: r.label, lambda r: r.got, run.seed)
    claims = [r for r in rows if r.label != "not a claim"]
    found.append(_share("accuracy", "citations", claims, lambda r: r.got_citation == r.citation, run.seed))
    for state in CITATION_STATES:
        found += _both(f"citation: {state}", claims, lambda r: r.citation, lambda r: r.got_citation, run.seed)
    # What sets the exit code: is a sentence called out that should be?
    bad = {"contradicted", "unsupported"}
    found.append(
        _share("recall", "called out", [r for r in claims if r.label in bad], lambda r: r.got in bad, run.seed)
    )
    found.append(
        _share("precision", "called out", [r for r in claims if r.got in bad], lambda r: r.label in bad, run.seed)
    )
    sound = [r for r in claims if r.label == "supported"]
    found.append(_share("false alarms", "called out", sound, lambda r: r.got in bad, run.seed))
    quoted = [r for r in claims if r.cites_right is not None]
    found.append(_share("right paper", "quotes", quoted, lambda r: bool(r.cites_right), run.seed))
    return [f for f in found if f is not None]


_Field = Callable[[SentenceResult], str]


def _both(name: str, rows: Sequence[SentenceResult], gold: _Field, got: _Field, seed: int) -> list[Estimate | None]:
    value = name.removeprefix("citation: ")
    return [
        _share("precision", name, [r for r in rows if got(r) == value], lambda r: gold(r) == value, seed),
        _share("recall", name, [r for r in rows if gold(r) == value], lambda r: got(r) == value, seed),
    ]


def _share(
    metric: str, group: str, rows: Sequence[SentenceResult], holds: Callable[[SentenceResult], bool], seed: int
) -> Estimate | None:
    values = [float(holds(r)) for r in rows]
    return estimate(metric, values, group=group, clusters=[r.paragraph for r in rows], seed=seed)


def checks_page(run: CheckRun) -> Page:
    """The report: figures, the confusion of labels, and every sentence that was misjudged."""
    from eval.report import Page, Table

    labels = [*CHECK_LABELS, "not read"]
    seen = [label for label in labels if any(label in (r.label, r.got) for r in run.sentences)]
    confusion = tuple(
        (gold, *(str(sum(r.label == gold and r.got == got for r in run.sentences)) for got in seen))
        for gold in seen
        if any(r.label == gold for r in run.sentences)
    )
    wrong = [
        r for r in run.sentences if r.got != r.label or (r.got_citation != r.citation and r.label != "not a claim")
    ]
    listed = tuple(
        (r.paragraph, f"{r.label}, {r.citation}", f"{r.got}, {r.got_citation}", r.text[:90], r.reason[:80])
        for r in wrong[:_WORST_SHOWN]
    )
    facts = (
        f"{len(run.sentences)} sentences of {len({r.paragraph for r in run.sentences})} paragraphs ({run.split}), "
        f"labelled by the authors; {run.extra} sentences were found besides",
        f"judge: {run.judge}; {run.library.n_papers} papers ({', '.join(run.library.text_kinds)})",
    )
    return Page(
        "Checks",
        facts,
        (
            Table("Figures", MEAN_HEADER, tuple(mean_row(f) for f in check_figures(run)), "Paragraphs are resampled."),
            Table("Labels: rows as labelled, columns as checked", ("", *seen), confusion),
            Table("Misjudged", ("paragraph", "labelled", "checked", "sentence", "reason"), listed),
        ),
    )
