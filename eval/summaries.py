"""Summaries: topics with the papers that belong to them, and what a summary cites of these.

A line of a topics file holds ``id``, ``topic`` and ``relevant`` (title -> grade: 2 belongs to it, 1 touches on it).
A summary that cites a paper of grade 1 is not wrong; one that leaves it out has not missed anything. Topics are
resampled.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Final, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field

from eval.figures import MEAN_HEADER, Estimate, estimate, mean_row
from eval.jsonl import REMEDY, read_records
from eval.metrics import RELATED, Shelf
from eval.metrics.citations import faithful
from eval.records import LibraryFacts, Stored, library_facts
from rag.answer import Answer, Claim
from rag.errors import InputError
from rag.paper import Paper, Record
from rag.text import content_terms

if TYPE_CHECKING:
    from eval.report import Page

REPEATED: Final = 0.8
"""Share of a claim's content terms which, standing in one earlier claim, makes it a repetition."""
ABOUT: Final[dict[str, str]] = {
    "CitationPrecision": "cited papers that the topic names (grade 1 or 2), of all cited as belonging",
    "CitationRecall": "papers of grade 2 that are cited",
    "Coverage": "named papers of both grades that are cited anywhere, those under 'related' too",
    "Redundancy": f"claims whose words stand to {REPEATED:.0%} in one earlier claim (lower is better)",
    "QuoteFidelity": "quotes that stand in the paper as cited",
    "Claims": "claims of the summary (control)",
    "Words": "words of the claims (control)",
    "ClaimsPerPaper": "claims for each paper cited (control)",
    "Seconds": "time of the summary (control)",
}
# What a summary that failed, or that says nothing, counts as. Controls have no value then.
_WORST: Final = {"CitationPrecision": 0.0, "CitationRecall": 0.0, "Coverage": 0.0, "Redundancy": 1.0}
_UNBOUNDED: Final = frozenset({"Claims", "Words", "ClaimsPerPaper", "Seconds"})


class Topic(BaseModel):
    """A topic and the papers that belong to it. Frozen; unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(min_length=1)
    topic: str = Field(min_length=1)
    relevant: Mapping[str, Literal[1, 2]]


class TopicResult(Record):
    """One topic: the summary, or why there is none, and its values (absent = the metric does not apply)."""

    topic_id: str
    topic: str
    answer: Answer | None
    failure: str | None
    values: dict[str, float]


class SummaryRun(Stored):
    """Summaries of all topics, in their order, whatever became of them."""

    started: str
    source: str
    library: LibraryFacts
    system: dict[str, str]
    seed: int
    limit: int
    topics: tuple[TopicResult, ...]


class Summariser(Protocol):
    """What can sum up: :class:`rag.Assistant`, or anything else with this verb, callable from threads."""

    def summarize(self, topic: str, *, limit: int = 20) -> Answer:
        """A summary of at most ``limit`` papers."""


def load_topics(path: str | Path) -> tuple[Topic, ...]:
    """Read topics from a JSONL file.

    Raises:
        InputError: no file, a line that is no topic (with file and line), no paper of grade 2, an id used twice.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"there are no topics at {path}", "Name a JSONL file")
    found: dict[str, Topic] = {}
    for where, topic in read_records(path, Topic):
        if 2 not in topic.relevant.values():
            raise InputError(f"{where}: no paper of the topic has grade 2", REMEDY)
        if topic.id in found:
            raise InputError(f"{where}: the id {topic.id!r} stands there twice", REMEDY)
        found[topic.id] = topic
    if not found:
        raise InputError(f"{path} holds no topics", "Name a JSONL file that holds some")
    return tuple(found.values())


def bundled_topics() -> Path:
    """Where the topics of this repository lie; they are about the bundled notes."""
    return Path(str(resources.files("eval") / "data" / "topics.jsonl"))


def run_summaries(
    system: Summariser, topics: Sequence[Topic], papers: Iterable[Paper], *, limit: int = 20, workers: int = 2,
    source: str = "", seed: int = 0, described: Mapping[str, str] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> SummaryRun:  # fmt: skip
    """Sum up every topic and score what is cited.

    Raises:
        InputError: no topics, or some that name papers the library lacks.
    """
    shelf = Shelf(papers)
    missing = sorted({t for topic in topics for t in topic.relevant if shelf.by_title(t) is None})
    if not topics or missing:
        lack = f"the library lacks {len(missing)} papers, such as {missing[0]!r}" if missing else "there are no topics"
        raise InputError(lack, "Choose the library that holds the topics' papers, or other topics")
    results: list[TopicResult] = []
    with ThreadPoolExecutor(workers) as pool:
        for done, result in enumerate(pool.map(lambda t: _one(system, t, shelf, limit), topics), 1):
            results.append(result)
            if progress is not None:
                progress(done, len(topics))
    return SummaryRun(
        started=datetime.now(UTC).isoformat(timespec="seconds"), source=source, library=library_facts(shelf.papers),
        system=dict(described or {}), seed=seed, limit=limit, topics=tuple(results),
    )  # fmt: skip


def score_summary(answer: Answer | None, topic: Topic, shelf: Shelf, seconds: float = 0.0) -> dict[str, float]:
    """The values of :data:`ABOUT` for one summary. A missing or empty one counts as the worst, never as nothing."""
    claims = [] if answer is None else [c for c in answer.claims if c.kind == "claim"]
    own = [c for c in claims if c.group != RELATED]
    cited = {c.paper_id for claim in own for c in claim.citations}
    if not cited:
        return dict(_WORST)
    grades = {shelf.id_of(t): g for t, g in topic.relevant.items()}
    core = {i for i, g in grades.items() if g == 2}
    shown = {c.paper_id for claim in claims for c in claim.citations}
    quotes = [c for claim in claims for c in claim.citations]
    return {
        "CitationPrecision": len(cited & grades.keys()) / len(cited),
        "CitationRecall": len(cited & core) / len(core),
        "Coverage": len(shown & grades.keys()) / len(grades),
        "Redundancy": redundancy(claims),
        "QuoteFidelity": sum(faithful(c, shelf) for c in quotes) / len(quotes),
        "Claims": float(len(claims)),
        "Words": float(sum(len(c.text.split()) for c in claims)),
        "ClaimsPerPaper": len(claims) / len(shown),
        "Seconds": seconds,
    }


def redundancy(claims: Sequence[Claim]) -> float:
    """Share of the claims that repeat one earlier claim; 0 of no claims."""
    seen: list[set[str]] = []
    repeated = 0
    for claim in claims:
        words = set(content_terms(claim.text))
        repeated += any(words and len(words & old) >= REPEATED * len(words) for old in seen)
        seen.append(words)
    return repeated / len(claims) if claims else 0.0


def figures(run: SummaryRun) -> list[Estimate]:
    """The means over topics, with intervals."""
    found = (
        estimate(name, values, bounded=name not in _UNBOUNDED, seed=run.seed)
        for name in ABOUT
        if (values := [t.values[name] for t in run.topics if name in t.values])
    )
    return [f for f in found if f is not None]


def summaries_page(run: SummaryRun) -> Page:
    """The report of a run over topics."""
    from eval.report import Page, Table

    failed = [t for t in run.topics if t.failure is not None]
    facts = (
        f"{run.started}; {len(run.topics)} topics from {run.source}; at most {run.limit} papers each; library: "
        f"{run.library.n_papers} papers (digest {run.library.digest[:12]}); "
        + ", ".join(f"{k} {v}" for k, v in run.system.items()),
        f"failed: {len(failed)} (counted as wrong)"
        + (f"; the first: {failed[0].topic_id}, {failed[0].failure}" if failed else ""),
        f"intervals: 95 %, bootstrap over topics (seed {run.seed})",
    )
    names = ("CitationPrecision", "CitationRecall", "Coverage", "Redundancy", "Claims")
    rows = tuple(
        (t.topic_id, t.topic[:60], *(f"{t.values[n]:.2f}" if n in t.values else "-" for n in names))
        for t in sorted(run.topics, key=lambda t: (t.values["CitationRecall"], t.values["CitationPrecision"]))
    )
    return Page(
        "Summaries",
        facts,
        (
            Table("Means over topics", MEAN_HEADER, tuple(mean_row(f) for f in figures(run))),
            Table("By topic, worst recall first", ("topic", "about", *names), rows),
            Table("Definitions", ("metric", "is"), tuple(ABOUT.items()), reference=True),
        ),
    )


def _one(system: Summariser, topic: Topic, shelf: Shelf, limit: int) -> TopicResult:
    answer, failure, began = None, None, perf_counter()
    try:
        answer = system.summarize(topic.topic, limit=limit)
    # As in eval.runner: whatever a system under test raises is its result for this topic.
    except Exception as error:  # noqa: BLE001
        failure = f"{type(error).__name__}: {error}"
    values = score_summary(answer, topic, shelf, perf_counter() - began)
    return TopicResult(topic_id=topic.id, topic=topic.topic, answer=answer, failure=failure, values=values)
