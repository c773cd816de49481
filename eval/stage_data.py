"""Questions with their candidates as the second stage measures them: what it is fitted and tested on."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from eval.beir import read_beir, shelve
from eval.cases import Case, Split, bundled_cases, load_cases
from rag import Assistant, Settings
from rag.corpus import read_sources
from rag.corpus.identity import title_key
from rag.library.embedders import Embedder
from rag.library.location import notes_file
from rag.paper import Paper
from rag.retrieval import Retriever
from rag.retrieval.filters import Selection
from rag.retrieval.retriever import query_terms
from rag.retrieval.second import Measured

Floats = NDArray[np.float64]

CUT: Final = 10


class Question(NamedTuple):
    """A question with grades by paper id; none where nothing answers it."""

    id: str
    kind: str
    text: str
    grades: Mapping[str, int]


class Corpus(NamedTuple):
    """Papers and questions about them."""

    name: str
    papers: Sequence[Paper]
    questions: Sequence[Question]


class Example(NamedTuple):
    """A question with its candidates in the order of the fusion; ``grades`` has shape (candidates,).

    ``ideal`` are the grades of all its relevant papers, best first, found or not.
    """

    question: Question
    measured: Measured
    grades: Floats
    ideal: tuple[int, ...]


def notes_corpus(split: Split = "dev") -> Corpus:
    """The bundled notes with the cases of one half."""
    return Corpus(f"notes {split}", *_cased(read_sources([notes_file()]).papers, bundled_cases(split)))


def cased_corpus(name: str, papers: Sequence[Path], cases: Path) -> Corpus:
    """Papers in any format that the library reads, with a file of cases."""
    return Corpus(name, *_cased(read_sources(papers).papers, load_cases(cases)))


def _cased(papers: Sequence[Paper], cases: Iterable[Case]) -> tuple[Sequence[Paper], list[Question]]:
    by_title = {title_key(p.title): p.id for p in papers}
    questions = []
    for case in cases:
        grades = {by_title[title_key(t)]: int(g) for t, g in case.relevant.items() if title_key(t) in by_title}
        if grades or not case.answerable:
            questions.append(Question(case.id, case.kind, case.question, grades))
    return papers, questions


def beir_corpus(folder: Path) -> Corpus:
    """A collection in the form of BEIR, its documents shelved as papers."""
    collection = read_beir(folder)
    shelved = shelve(collection.documents)
    home = {doc: paper for paper, docs in shelved.documents_of.items() for doc in docs}
    questions = [
        Question(q, "beir", text, {home[d]: g for d, g in collection.qrels[q].items() if d in home and g > 0})
        for q, text in collection.queries.items()
    ]
    return Corpus(folder.name, shelved.papers, [q for q in questions if q.grades])


def together(corpora: Sequence[Corpus], name: str = "all on one shelf") -> Corpus:
    """The papers of several corpora in one library, with all their questions: a broad library."""
    papers = {p.id: p for c in corpora for p in c.papers}
    questions = [q._replace(id=f"{c.name}/{q.id}") for c in corpora for q in c.questions]
    return Corpus(name, list(papers.values()), questions)


@contextmanager
def _assistant(corpus: Corpus, embedder: Embedder) -> Iterator[Assistant]:
    with (
        tempfile.TemporaryDirectory(prefix="rag-eval-", ignore_cleanup_errors=True) as place,
        Assistant.open(
            Path(place) / "library", llm="off", embedder=embedder, settings=Settings.from_env(), for_writing=True
        ) as made,
    ):
        made.library.write(corpus.papers)
        yield made


def collect(corpus: Corpus, embedder: Embedder) -> list[Example]:
    """Index a corpus into a temporary library and measure the candidates of every question."""
    examples = []
    with _assistant(corpus, embedder) as assistant:
        settings = assistant.settings
        retriever = Retriever(assistant.library, settings)
        for question in corpus.questions:
            asked = query_terms(question.text, assistant.library)
            pool = [r.fused for r in retriever.fused(question.text, asked, Selection(None, 0), settings.pool)][
                : settings.rerank
            ]
            measured = retriever.second.measure(question.text, asked, pool)
            if measured is None:
                continue
            papers = [pool[place].id.rsplit(":", 2)[0] for place in measured.places]
            grades = np.array([float(question.grades.get(p, 0)) for p in papers])
            ideal = tuple(sorted(question.grades.values(), reverse=True))
            examples.append(Example(question, measured, grades, ideal))
    return examples


class Values(NamedTuple):
    """nDCG@10, MRR@10 and recall@10 of one ranking."""

    ndcg: float
    mrr: float
    recall: float


def value(example: Example, scores: Floats) -> Values:
    """The ranking of the candidates by ``scores``, shape (candidates,); what the pool misses counts as not found."""
    ranked = example.grades[np.argsort(-scores, kind="stable")][:CUT]
    best = _gain(example.ideal[:CUT])
    first = np.flatnonzero(ranked > 0)
    return Values(
        _gain(ranked) / best if best else 0.0,
        1 / (first[0] + 1) if len(first) else 0.0,
        float((ranked > 0).sum()) / max(len(example.ideal), 1),
    )


def _gain(grades: Sequence[int] | Floats) -> float:
    return sum(float(g) / math.log2(i + 2) for i, g in enumerate(grades))
