"""Fit the reading of papers: ``python -m eval.fit_reading [--cases FILE --library PATH]... [--write]``.

Fits which papers answer a survey, which sentences answer a question, and which questions are surveys
(rag.answering.relevance, .sentences, .form), on the dev half of the bundled cases over the bundled notes, and, where
given, on other development cases over a library of their papers, which the repository does not carry. With both, each
is also predicted by what was fitted on the other alone: those figures are written down beside the weights, and say what
to expect of questions that were never seen.

Papers: two logistic regressions with an L2 penalty by Newton's method; a paper of grade 1 counts .6. The second sees
the first's predictions for questions of other folds. Sentences: the probability that a softmax over the sentences of a
question's ten best papers gives to its gold sentences is maximised, with an L2 penalty (listwise, after Cao et al.
2007). Form: one logistic regression.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from eval.cases import Case, bundled_cases, load_cases
from eval.metrics.evidence import covers, spans_of
from rag import Assistant, Settings
from rag.answering.form import FEATURES as FORM
from rag.answering.form import asks_plainly, form_features, names_several
from rag.answering.question import Question, read_question
from rag.answering.reading import Reading
from rag.answering.relevance import FIRST, SECOND, first_features, second_features, sigmoid
from rag.answering.sentences import FEATURES, sentence_features
from rag.answering.shelf import Shelf, Shelves
from rag.answering.survey import ANSWERS
from rag.corpus.identity import title_key
from rag.retrieval import Retriever

Floats = NDArray[np.float64]

FOLDS: Final = 5
L2_PAPERS: Final = 3.0
L2_FEEDBACK: Final = 1.0
L2_SENTENCES: Final = 0.02
STEPS: Final = 400
PAPERS_READ: Final = 10
L2_FORM: Final = 1.0
FORM_WEIGHT: Final = {"survey": 4.0, "finding": 1.0, "named": 1.0, "topical": 0.3}
TOUCHES: Final = 0.6
"""What a paper of grade 1 counts beside one that answers."""
MOST: Final = 12
KIND_WEIGHT: Final = {"finding": 1.0, "named": 1.0, "topical": 0.5, "survey": 1.0}
ANSWERING: Final = 2
"""The grade of a paper that answers."""
ROOT: Final = Path(__file__).resolve().parent.parent
TARGET: Final = ROOT / "rag" / "answering" / "data" / "reading_1.json"


class Survey(NamedTuple):
    """A survey question: features of every paper, and its grades (0, 1, 2)."""

    x: Floats
    grades: Floats
    shelf: Shelf


class Fact(NamedTuple):
    """A question about a fact: features of the sentences read, and whether each is gold."""

    x: Floats
    gold: NDArray[np.bool_]
    kind: str


class Asked(NamedTuple):
    """A question as it was read, to tell its form."""

    question: Question
    reading: Reading
    kind: str
    x: Floats


class Corpus(NamedTuple):
    """The questions of one set of cases."""

    surveys: tuple[Survey, ...]
    facts: tuple[Fact, ...]
    telling: tuple[Fact, ...]
    """The sentences of each gold paper of a survey."""
    asked: tuple[Asked, ...]


def read_corpus(cases: Sequence[Case], assistant: Assistant) -> Corpus:
    """Features of all answerable questions over an assistant's library."""
    retriever = Retriever(assistant.library, assistant.settings)
    shelf = Shelves(retriever.analyser).shelf(assistant.papers())
    place = {p.id: d for d, p in enumerate(shelf.papers)}
    by_title = {title_key(p.title): d for d, p in enumerate(shelf.papers)}
    surveys, facts, telling, asked = [], [], [], []
    for case in cases:
        if case.kind not in KIND_WEIGHT:
            continue
        question = read_question(case.question, assistant.library, retriever.analyser)
        reading = Reading(question, shelf)
        asked.append(Asked(question, reading, case.kind, first_features(reading)))
        if case.kind == "survey":
            grades = np.zeros(len(shelf))
            for title, grade in case.relevant.items():
                grades[by_title[title_key(title)]] = grade
            surveys.append(Survey(first_features(reading), grades, shelf))
            telling += [f for d in np.flatnonzero(grades == ANSWERING) for f in _fact(case, reading, [int(d)])]
            continue
        hits = retriever.retrieve(case.question, 4 * PAPERS_READ)
        facts += _fact(case, reading, [place[i] for i in dict.fromkeys(h.paper.id for h in hits)][:PAPERS_READ])
    return Corpus(tuple(surveys), tuple(facts), tuple(telling), tuple(asked))


def _fact(case: Case, reading: Reading, papers: list[int]) -> list[Fact]:
    """The sentences of some papers, where one of them is gold."""
    shelf = reading.shelf
    gold = [_is_gold(case, shelf, d, i) for d in papers for i in range(len(shelf.sentences[d]))]
    return [Fact(sentence_features(reading, papers), np.array(gold), case.kind)] if any(gold) else []


def _is_gold(case: Case, shelf: Shelf, d: int, i: int) -> bool:
    paper, sentence = shelf.papers[d], shelf.sentences[d][i]
    wanted = [e for t, es in case.evidence.items() if title_key(t) == title_key(paper.title) for e in es]
    spans = [(sentence.start, sentence.end)]
    return any(covers(spans, gold, paper.abstract) for e in wanted for gold in spans_of(e, paper.abstract))


def fit_logistic(x: Floats, y: Floats, l2: float, weight: Floats | float = 1.0) -> Floats:
    """Weights and, last, the intercept, shape (features + 1,). ``y`` in [0, 1]; features are standardised inside."""
    mean, spread = x.mean(0), x.std(0) + 1e-9
    z = np.column_stack([(x - mean) / spread, np.ones(len(x))])
    penalty = np.append(np.full(x.shape[1], l2), 1e-6)
    beta = np.zeros(z.shape[1])
    for _ in range(30):
        p = sigmoid(z @ beta)
        hessian: Floats = (z.T * (weight * p * (1 - p))) @ z + np.diag(penalty)
        beta -= np.linalg.solve(hessian, z.T @ (weight * (p - y)) + penalty * beta)
    weights = beta[:-1] / spread
    fitted: Floats = np.append(weights, beta[-1] - weights @ mean)
    return fitted


def predict(beta: Floats, x: Floats) -> Floats:
    """P(answers), shape (n,)."""
    return sigmoid(x @ beta[:-1] + beta[-1])


def fit_papers(surveys: Sequence[Survey]) -> tuple[Floats, Floats]:
    """The two steps."""
    first = _fit_first(surveys)
    fold = np.arange(len(surveys)) % FOLDS
    x = []
    for i, survey in enumerate(surveys):
        beta = _fit_first([s for s, f in zip(surveys, fold, strict=True) if f != fold[i]])
        x.append(second_features(predict(beta, survey.x), survey.shelf))
    return first, fit_logistic(np.vstack(x), _targets(surveys), L2_FEEDBACK)


def _fit_first(surveys: Sequence[Survey]) -> Floats:
    return fit_logistic(np.vstack([s.x for s in surveys]), _targets(surveys), L2_PAPERS)


def _targets(surveys: Sequence[Survey]) -> Floats:
    grades = np.concatenate([s.grades for s in surveys])
    return np.where(grades == 2, 1.0, TOUCHES * (grades == 1))


def fit_sentences(facts: Sequence[Fact]) -> Floats:
    """Weights of the sentence features, shape (features,), by Adam on the whole set."""
    everything = np.vstack([f.x for f in facts])
    mean, spread = everything.mean(0), everything.std(0) + 1e-9
    sets = [((f.x - mean) / spread, f.gold / f.gold.sum(), KIND_WEIGHT[f.kind]) for f in facts]
    w, m, v = (np.zeros(everything.shape[1]) for _ in range(3))
    for step in range(1, STEPS + 1):
        gradient = -L2_SENTENCES * w
        for x, gold, weight in sets:
            s = x @ w
            p = np.exp(s - s.max())
            gradient += weight * (x.T @ (gold - p / p.sum())) / len(sets)
        m, v = 0.9 * m + 0.1 * gradient, 0.999 * v + 0.001 * gradient**2
        w += 0.05 * (m / (1 - 0.9**step)) / (np.sqrt(v / (1 - 0.999**step)) + 1e-8)
    weights: Floats = w / spread
    return weights


def fit_form(model: tuple[Floats, Floats], asked: Sequence[Asked]) -> Floats:
    """Weights and intercept of the form's features; surveys weigh FORM_WEIGHT times as much as they are rare."""
    y = np.array([float(a.kind == "survey") for a in asked])
    weight = np.array([FORM_WEIGHT[a.kind] for a in asked])
    return fit_logistic(_form_matrix(model, asked), y, L2_FORM, weight)


def _form_matrix(model: tuple[Floats, Floats], asked: Sequence[Asked]) -> Floats:
    rows = []
    for a in asked:
        likely = predict(model[1], second_features(predict(model[0], a.x), a.reading.shelf))
        rows.append(form_features(a.question, a.reading, likely))
    return np.array(rows)


def form_figures(model: tuple[Floats, Floats], beta: Floats, asked: Sequence[Asked]) -> dict[str, Any]:
    """By kind: how many questions are taken for surveys, by the wording or by the model."""
    p = predict(beta, _form_matrix(model, asked))
    plain = np.array([asks_plainly(a.question.text) or names_several(a.question.text) for a in asked])
    kinds = np.array([a.kind for a in asked])
    says = plain | (p >= 0.5)
    return {k: {"n": int((kinds == k).sum()), "surveys": int(says[kinds == k].sum())} for k in FORM_WEIGHT}


def paper_figures(model: tuple[Floats, Floats], surveys: Sequence[Survey]) -> dict[str, float]:
    """Mean precision (grade 1 is not wrong) and recall (of grade 2) of the papers shown as an answer, at least one."""
    precision, recall = [], []
    for s in surveys:
        p = predict(model[1], second_features(predict(model[0], s.x), s.shelf))
        cited = np.argsort(-p, kind="stable")[: min(MOST, max(1, int((p >= ANSWERS).sum())))]
        precision.append(float((s.grades[cited] > 0).mean()))
        recall.append(float((s.grades[cited] == 2).sum() / (s.grades == 2).sum()))
    return {"n": len(surveys), "precision": _mean(precision), "recall": _mean(recall)}


def sentence_figures(w: Floats, facts: Sequence[Fact]) -> dict[str, Any]:
    """By kind: the share of questions whose first sentence is gold, and of which one of the first four is."""
    found: dict[str, Any] = {}
    for kind in dict.fromkeys(f.kind for f in facts):
        ranks = [f.gold[np.argsort(-(f.x @ w), kind="stable")] for f in facts if f.kind == kind]
        found[kind] = {
            "n": len(ranks),
            "first": _mean([bool(r[0]) for r in ranks]),
            "first four": _mean([bool(r[:4].any()) for r in ranks]),
        }
    return found


def _mean(values: Sequence[float]) -> float:
    return round(float(np.mean(values)), 3) if values else 0.0


def train(corpora: dict[str, Corpus]) -> dict[str, Any]:
    """The weights as they are written down, with the figures of each corpus predicted from the others."""
    surveys = [s for c in corpora.values() for s in c.surveys]
    facts = [f for c in corpora.values() for f in c.facts]
    unseen = {}
    for name, corpus in corpora.items():
        others = [c for n, c in corpora.items() if n != name]
        if others:
            model = fit_papers([s for c in others for s in c.surveys])
            w = fit_sentences([f for c in others for f in c.facts])
            form = fit_form(model, [a for c in others for a in c.asked])
            unseen[name] = {
                "form": form_figures(model, form, corpus.asked),
                "papers": paper_figures(model, corpus.surveys),
                "sentences": sentence_figures(w, corpus.facts),
                "telling": sentence_figures(fit_sentences([f for c in others for f in c.telling]), corpus.telling),
            }
    first, second = fit_papers(surveys)
    return {
        "fitted_on": {n: {"surveys": len(c.surveys), "facts": len(c.facts)} for n, c in corpora.items()},
        "predicted_from_the_others": unseen,
        "papers": _named(first, FIRST),
        "feedback": _named(second, SECOND),
        "form": _named(fit_form((first, second), [a for c in corpora.values() for a in c.asked]), FORM),
        "sentences": _weights(fit_sentences(facts)),
        "telling": _weights(fit_sentences([f for c in corpora.values() for f in c.telling])),
    }


def _weights(w: Floats) -> dict[str, float]:
    return {n: _short(x) for n, x in zip(FEATURES, w, strict=True)}


def _named(beta: Floats, names: Sequence[str]) -> dict[str, float]:
    return {"": _short(beta[-1]), **{n: _short(w) for n, w in zip(names, beta[:-1], strict=True)}}


def _short(value: float) -> float:
    return float(f"{value:.4g}")


def main(argv: Sequence[str] | None = None) -> int:
    """Fit, print, and with --write replace the packaged weights."""
    parser = argparse.ArgumentParser(prog="python -m eval.fit_reading", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--cases", type=Path, action="append", default=[], help="more development cases, JSONL")
    parser.add_argument("--library", type=Path, action="append", default=[], help="the library that they are about")
    parser.add_argument("--write", action="store_true", help=f"replace {TARGET.name}")
    args = parser.parse_args(argv)
    if len(args.cases) != len(args.library):
        parser.error("--cases and --library belong together")
    corpora = {}
    with Assistant.open(None, llm="off", settings=Settings()) as notes:
        corpora["notes"] = read_corpus(bundled_cases("dev"), notes)
    for cases, library in zip(args.cases, args.library, strict=True):
        with Assistant.open(library, llm="off", settings=Settings()) as other:
            corpora[cases.stem] = read_corpus(load_cases(cases), other)
    text = json.dumps(train(corpora), indent=1) + "\n"
    if args.write:
        TARGET.write_text(text, encoding="utf-8")
    sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
