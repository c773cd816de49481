"""Speed and quality beside a plain LlamaIndex pipeline, measured in one run on one machine.

    python -m tests.perf.bench [--json FILE] [--quick]

The plain pipeline is what LlamaIndex's documentation shows for hybrid search over Chroma: its default splitter, a
``VectorStoreIndex`` over ``ChromaVectorStore``, ``BM25Retriever``, and ``QueryFusionRetriever`` with reciprocal-rank
fusion. It gets the same papers and the same embedder, so that what differs is the pipeline. Questions are asked of both
systems in turn, so that a busy machine slows both alike. Never part of the tests: a figure of speed is no pass or fail.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
from rich import box
from rich.console import Console
from rich.table import Table

from eval.cases import KINDS, Case, bundled_cases, load_cases
from eval.metrics import parse_all
from eval.records import Run
from eval.runner import run
from eval.statistics import mean_interval, paired_difference
from rag import Assistant, Paper, Settings
from rag.corpus import read_sources
from rag.library.embedders import Embedder, WordLlamaEmbedder
from rag.library.location import notes_file
from tests.perf.judging import JudgeCost, judge_cost
from tests.perf.plain import K, PlainPipeline, RetrievalOnly
from tests.perf.processes import REPO, Cost, process_costs

SHARED = REPO.parent / "shared"
METRICS = ("nDCG@10", "MRR@10")

# -- what is measured and kept


@dataclass(frozen=True)
class Timed:
    """Seconds of one step on both sides. ``plain`` is empty where the plain pipeline has no such step."""

    what: str
    unit: str
    ours: list[float]
    plain: list[float]

    def figures(self) -> list[tuple[str, float, float | None]]:
        """Rows of the table: (label, ours, plain), a median and, of many values, a 95th percentile."""
        rows = [("median" if self.unit == "s" else "p50", 0.5)] + ([("p95", 0.95)] if self.unit == "ms" else [])
        scale = 1000 if self.unit == "ms" else 1
        return [
            (
                f"{self.what}, {label}",
                scale * float(np.quantile(self.ours, q)),
                scale * float(np.quantile(self.plain, q)) if self.plain else None,
            )
            for label, q in rows
        ]


@dataclass(frozen=True)
class Quality:
    """One metric over the cases of one kind: both means and their paired difference, ours minus plain."""

    metric: str
    kind: str
    n: int
    ours: float
    plain: float
    difference: float
    low: float
    high: float
    p: float


@dataclass
class Corpus:
    """Papers with the cases over them, and what was measured on them."""

    name: str
    papers: list[Paper]
    cases: list[Case]
    splitter: str = ""
    timed: list[Timed] = field(default_factory=list)
    quality: list[Quality] = field(default_factory=list)


# -- in this process


def measure(corpus: Corpus, embedder: Embedder, folder: Path, repeats: int, progress: Callable[[str], None]) -> None:
    """Index, retrieve and answer on one corpus, ours and plain in turn, and score both on its cases."""
    ours_s, plain_s = [], []
    for i in range(repeats):
        progress(f"{corpus.name}: indexing, {i + 1} of {repeats}")
        began = time.perf_counter()
        assistant = Assistant.open(folder / f"ours-{i}", embedder=embedder, llm="off", settings=Settings())
        assistant.library.write(corpus.papers)
        ours_s.append(time.perf_counter() - began)
        began = time.perf_counter()
        plain = PlainPipeline(corpus.papers, embedder, folder / f"plain-{i}")
        plain_s.append(time.perf_counter() - began)
    corpus.splitter = plain.splitter
    corpus.timed.append(Timed(f"index {len(corpus.papers)} papers", "s", ours_s, plain_s))

    for paper in corpus.papers:  # what a running program knows by then: its papers' sentences, not these questions
        assistant.ask(paper.title)
        plain.retrieve(paper.title)
    questions = [c.question for c in corpus.cases]
    progress(f"{corpus.name}: retrieving for {len(questions)} questions")
    corpus.timed.append(Timed(f"retrieve {K} passages", "ms", *_in_turn(questions, assistant.retrieve, plain.retrieve)))
    for what, kinds in (("answer from one paper", ("topical", "finding", "named")), ("survey answer", ("survey",))):
        asked = [c.question for c in corpus.cases if c.kind in kinds]
        progress(f"{corpus.name}: {what}, {len(asked)} questions")
        corpus.timed.append(Timed(what, "ms", list(_clock(assistant.ask, asked)), []))
    progress(f"{corpus.name}: scoring")
    corpus.quality = compare(corpus, assistant, plain)
    assistant.close()


def _in_turn(questions: Sequence[str], *ask: Callable[[str], object]) -> list[list[float]]:
    spent: list[list[float]] = [[] for _ in ask]
    for i, question in enumerate(questions):
        order = list(range(len(ask)))
        for at in order if i % 2 else reversed(order):
            spent[at].extend(_clock(ask[at], [question]))
    return spent


def _clock(call: Callable[[str], object], questions: Sequence[str]) -> Iterator[float]:
    for question in questions:
        began = time.perf_counter()
        call(question)
        yield time.perf_counter() - began


def compare(corpus: Corpus, assistant: Assistant, plain: PlainPipeline) -> list[Quality]:
    """Both systems through the evaluation harness on the cases that a paper answers."""
    answerable = [c for c in corpus.cases if c.answerable]
    first, second = (
        run(system, answerable, assistant.papers(), metrics=parse_all(METRICS), workers=1)
        for system in (plain, RetrievalOnly(assistant))
    )
    return [
        _quality(first, second, metric, kind) for metric in METRICS for kind in (*KINDS, "all") if _has(first, kind)
    ]


def _has(scored: Run, kind: str) -> bool:
    return any(kind in ("all", i.kind) for i in scored.items)


def _quality(plain: Run, ours: Run, metric: str, kind: str) -> Quality:
    items = [(p, o) for p, o in zip(plain.items, ours.items, strict=True) if kind in ("all", p.kind)]
    first, second = ([float(run.values[metric] or 0.0) for run in side] for side in zip(*items, strict=True))
    clusters = [p.cluster for p, _ in items]
    d = paired_difference(first, second, clusters=clusters)
    mean = [mean_interval(v, clusters=clusters).value for v in (second, first)]
    return Quality(metric, kind, d.n, mean[0], mean[1], d.value, d.low, d.high, d.p)


# -- showing it


def show(costs: Sequence[Cost], judging: JudgeCost, corpora: Sequence[Corpus], console: Console) -> None:
    """The tables, for a reader."""
    if costs:
        table = _table("In a fresh process", "", "wall s", "CPU s")
        for cost in costs:
            table.add_row(cost.what, f"{cost.wall_s:.2f}", f"{cost.cpu_s:.2f}")
        console.print(table)
    table = _table(judging.judge, "", "ms a pair")
    table.add_row(f"CPU, bundled claims, the first time, n={judging.pairs}", f"{judging.first_ms:.2f}")
    table.add_row("CPU, the same again, the words known, median", f"{judging.later_ms:.2f}")
    table.add_row(f"wall, the same by {judging.processes} process(es), median", f"{judging.wall_ms:.2f}")
    console.print(table)
    for corpus in corpora:
        table = _table(f"Speed over {corpus.name}", "", "Groundwork", "plain", "plain / Groundwork")
        for timed in corpus.timed:
            for label, ours, plain in timed.figures():
                digits = 1 if timed.unit == "ms" else 2
                sides = [f"{v:.{digits}f} {timed.unit}" if v is not None else "-" for v in (ours, plain)]
                table.add_row(label, *sides, f"{plain / ours:.1f} x" if plain is not None else "needs a model")
        console.print(table)
        table = _table(
            f"Quality over {corpus.name}", "", "n", "Groundwork", "plain", "difference", "95 % interval", "p"
        )
        for q in corpus.quality:
            table.add_row(
                f"{q.metric} {q.kind}",
                str(q.n),
                f"{q.ours:.3f}",
                f"{q.plain:.3f}",
                f"{q.difference:+.3f}",
                f"{q.low:+.3f} to {q.high:+.3f}",
                f"{q.p:.4f}",
                end_section=q.kind == "all",
            )
        console.print(table)
        console.print(f"plain: {corpus.splitter}, ChromaVectorStore, BM25Retriever, reciprocal-rank fusion\n")


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, box=box.SIMPLE_HEAD, title_justify="left", title_style="bold")
    for column in columns:
        table.add_column(column, justify="right" if column else "left", no_wrap=True)
    return table


def conditions() -> dict[str, str | int | float]:
    """What the figures depend on."""
    names = ("llama-index-core", "chromadb", "tantivy", "wordllama", "llama-index-retrievers-bm25")
    load, cores = os.getloadavg()[0], os.cpu_count() or 0
    found: dict[str, str | int | float] = {"python": platform.python_version(), "cores": cores, "load": round(load, 1)}
    return found | {name: metadata.version(name) for name in names}


def _corpora(quick: bool) -> list[Corpus]:
    # A quarter of the questions, of every kind.
    step = 4 if quick else 1
    found = [Corpus("the bundled notes", read_sources([notes_file()]).papers, list(bundled_cases("dev"))[::step])]
    pages, cases = sorted((SHARED / "corpus").glob("*.txt")), SHARED / "eval" / "questions.jsonl"
    if pages and cases.exists():
        found.append(Corpus("the pages", read_sources(pages).papers, list(load_cases(cases))[::step]))
    return found


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print the tables, and write the figures where asked."""
    parser = argparse.ArgumentParser(prog="python -m tests.perf.bench", description=__doc__.split("\n")[0])
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every figure there")
    parser.add_argument("--quick", action="store_true", help="one repetition and a quarter of the questions")
    options = parser.parse_args(argv)
    for name in [n for n in os.environ if n.startswith(("RAG_", "OPENAI_"))]:
        del os.environ[name]
    repeats = 1 if options.quick else 3
    console, before = Console(width=110), conditions()
    with tempfile.TemporaryDirectory() as temporary, Console(stderr=True).status("starting") as status:
        folder = Path(temporary)
        status.update("fresh processes")
        costs = process_costs(repeats, folder)
        status.update("judging")
        judging = judge_cost(repeats)
        embedder, corpora = WordLlamaEmbedder(), _corpora(options.quick)
        _import_both()
        for i, corpus in enumerate(corpora):
            measure(corpus, embedder, folder / str(i), repeats, status.update)
    console.print(", ".join(f"{k} {v}" for k, v in before.items()), style="dim", highlight=False)
    show(costs, judging, corpora, console)
    if options.json:
        kept = [{"name": c.name, "splitter": c.splitter, "papers": len(c.papers), **_figures(c)} for c in corpora]
        processes = [asdict(c) for c in costs]
        record = {"conditions": before, "processes": processes, "judge": asdict(judging), "corpora": kept}
        options.json.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    return 0


def _figures(corpus: Corpus) -> dict[str, Any]:
    return {"speed": [asdict(t) for t in corpus.timed], "quality": [asdict(q) for q in corpus.quality]}


def _import_both() -> None:
    """Imports are measured on their own; they belong to neither side's indexing time."""
    import chromadb  # noqa: F401
    import llama_index.core
    import llama_index.retrievers.bm25
    import llama_index.vector_stores.chroma  # noqa: F401

    logging.getLogger("bm25s").setLevel(logging.WARNING)  # it logs every index at DEBUG, on standard error


if __name__ == "__main__":
    sys.exit(main())
