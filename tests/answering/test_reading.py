"""Reading papers for a question: what meets a word, which questions are surveys, which papers and sentences answer."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from eval.fit_reading import fit_logistic, predict
from rag import Answer, Assistant, Settings
from rag.answering.derivation import DERIVED, is_derived
from rag.answering.fitted import FILE, fitted
from rag.answering.form import asks_plainly, names_several
from rag.answering.naming import called, freed, names_subject, short_name
from rag.answering.question import read_question
from rag.answering.reading import Reading
from rag.answering.relevance import FIRST, SECOND, relevance
from rag.answering.sentences import FEATURES
from rag.answering.shelf import Shelf
from rag.paper import Paper
from rag.text.concepts import SAME, spelling

# Whoever fits anew (python -m eval.fit_reading --cases FILE --library PATH --write) pins here.
PINNED = "8598d8b57403004aa620acc55fb96c8d1f0b7e47bdb046e092178daafb87884b"

PAPERS = {
    "Kettle: Boiling on FPGAs": "Tea takes long to boil. We present Kettle, an FPGA accelerator for boiling water, and "
    "run FPGA designs on three FPGA boards. However, it leaks. Kettle boils 4.2x faster than a stove on one FPGA.",
    "Steeping Leaves with Reconfigurable Boards": "Leaves are steeped by hand. This work steeps leaves on a field "
    "programmable gate array. Steeping takes 30% less time.",
    "Pouring without Spilling": "Cups overflow. We pour with a controller that was placed on an FPGA. It spills 12% "
    "less than a waiter does.",
    "Samovar: Serving Tea to Many": "Samovar is a system that serves tea to a thousand guests. Its queue keeps the "
    "guests waiting for two minutes at most.",
    "Biscuit Baking at Scale": "Biscuits are baked in ovens. The baker turns them twice. They are crisp.",
    "A Study of Sugar": "Sugar dissolves in hot water. The study finds that stirring helps.",
    "Porcelain Glazes": "Glazes differ in colour. The kiln decides the colour of a glaze.",
    "Milk Frothing": "Milk is frothed with steam. Steam needs pressure.",
}
FPGA = {"Kettle: Boiling on FPGAs", "Steeping Leaves with Reconfigurable Boards", "Pouring without Spilling"}


@pytest.fixture(scope="module")
def tea(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    """A library of made-up papers, most of which have nothing to do with the questions."""
    folder = tmp_path_factory.mktemp("tea")
    source = folder / "tea.jsonl"
    source.write_text("".join(json.dumps({"title": t, "abstract": a}) + "\n" for t, a in PAPERS.items()))
    with Assistant.open(folder / "library", llm="off", settings=Settings()) as assistant:
        assistant.ingest([source])
        yield assistant


def reading_of(assistant: Assistant, question: str) -> Reading:
    asked = read_question(question, assistant.library, assistant._retriever.analyser)
    return Reading(asked, assistant._pipeline._shelves.shelf(assistant.papers()))


def shown(answer: Answer, group: str | None = None) -> set[str]:
    return {c.title for claim in answer.claims if claim.group == group for c in claim.citations}


def test_the_weights_are_those_that_were_measured() -> None:
    raw = files("rag.answering").joinpath("data", FILE).read_bytes()
    assert hashlib.sha256(raw).hexdigest() == PINNED
    weights = fitted()
    assert set(weights.papers) == {"", *FIRST}
    assert set(weights.feedback) == {"", *SECOND}
    assert set(weights.sentences) == set(weights.telling) == set(FEATURES)


# -- what meets a word


def test_spellings_and_derivations() -> None:
    assert spelling("quantis") == spelling("quantiz")
    assert is_derived("predict", "predictor")
    assert not is_derived("all", "allreduc")


def test_a_paper_is_met_by_the_word_its_plural_and_its_other_name(tea: Assistant) -> None:
    reading = reading_of(tea, "which papers use FPGAs?")
    best = reading.shelf.per_paper(reading.met).max(axis=0)
    met = {p.title: float(b) for p, b in zip(reading.shelf.papers, best, strict=True)}
    assert met["Kettle: Boiling on FPGAs"] == 1.0
    assert met["Pouring without Spilling"] == 1.0
    assert met["Steeping Leaves with Reconfigurable Boards"] == SAME > DERIVED
    assert met["Milk Frothing"] == 0.0


def test_relevance_is_a_probability_and_ranks_what_is_asked_first(tea: Assistant) -> None:
    reading = reading_of(tea, "which papers use FPGAs?")
    likely = relevance(reading)
    assert ((likely >= 0) & (likely <= 1)).all()
    assert {reading.shelf.papers[d].title for d in np.argsort(-likely)[:3]} == FPGA


def test_a_shelf_of_papers_without_sentences_can_be_read(tea: Assistant) -> None:
    papers = [p.model_copy(update={"abstract": "", "title": "...", "revision": "empty"}) for p in tea.papers()[:2]]
    shelf: Shelf = tea._pipeline._shelves.shelf(papers)
    asked = read_question("which papers use FPGAs?", tea.library, tea._retriever.analyser)
    assert np.isfinite(relevance(Reading(asked, shelf))).all()


# -- which questions ask for several


@pytest.mark.parametrize(
    "question",
    ["which papers use FPGAs?", "List methods for boiling", "what approaches reduce latency?", "are there any systems?",
     "Which methods were proposed for steeping?", "show me all papers on tea"],
)  # fmt: skip
def test_a_plural_that_is_asked_for_is_a_survey(question: str) -> None:
    assert asks_plainly(question)


@pytest.mark.parametrize(
    "question",
    ["what techniques does the survey discuss?", "Into which frameworks is Kettle built?", "What is Kettle?",
     "which two methods are combined?", "How much faster is Kettle?"],
)  # fmt: skip
def test_a_question_about_one_thing_is_none(question: str) -> None:
    assert not asks_plainly(question)
    assert not names_several(question)


def test_a_bare_plural_names_several() -> None:
    assert names_several("tools and models for debugging, tracing or profiling")
    assert names_several("which of these report results on tea?")
    assert names_several("inference accelerations that need no training")
    assert names_several("learning schemes without a central server")
    assert not names_several("Does it run on kettles that need no water?")
    assert not names_several("Can models that were trained on tea serve coffee?")


# -- answers


def test_a_survey_cites_all_papers_though_one_dominates(tea: Assistant) -> None:
    answer = tea.ask("which papers use FPGAs?")
    assert shown(answer) == FPGA
    assert len(answer.claims) == len({c.citations[0].paper_id for c in answer.claims}), "one sentence a paper"
    read = answer.library["read"]
    assert (read["form"], read["papers"], read["whole_library"]) == ("survey", len(PAPERS), True)
    assert (read["answer"], read["related"]) == (3, len(shown(answer, "related")))
    assert f"Read every sentence of all {len(PAPERS)} papers: 3 shown as answers" in answer.to_markdown()


def test_a_filter_keeps_papers_out_of_a_survey(tea: Assistant) -> None:
    kept = [p.id for p in tea.papers() if p.title != "Kettle: Boiling on FPGAs"]
    answer = tea.ask("which papers use an FPGA?", papers=kept)
    assert shown(answer) == FPGA - {"Kettle: Boiling on FPGAs"}
    assert not {c.paper_id for claim in answer.claims for c in claim.citations} - set(kept)


def test_a_question_about_one_paper_stays_with_it(tea: Assistant) -> None:
    answer = tea.ask("How much faster does Kettle boil water than a stove?")
    assert shown(answer) == {"Kettle: Boiling on FPGAs"}
    assert len(answer.claims) <= 4
    assert "4.2x" in answer.claims[0].text
    assert answer.library["read"]["form"] == "fact"
    assert "Read every sentence" not in answer.to_markdown()


def test_what_something_is_is_said_where_it_is_introduced(tea: Assistant) -> None:
    assert "accelerator" in tea.ask("What is Kettle?").claims[0].text


def test_a_comparison_has_both_sides(tea: Assistant) -> None:
    answer = tea.ask("Kettle vs Samovar: what do they do for tea?")
    assert [c.group for c in answer.claims] == sorted(c.group or "" for c in answer.claims)
    assert {c.group for c in answer.claims} == {"Kettle", "Samovar"}
    described = tea.ask("How does the board that boils water differ from the system that serves a thousand guests?")
    assert {c.title for claim in described.claims for c in claim.citations} >= {"Samovar: Serving Tea to Many"}


def test_a_baseline_is_no_side(tea: Assistant) -> None:
    answer = tea.ask("Kettle vs FPGA boards")
    assert shown(answer, "Samovar") == set()


# -- claims that stand alone


def test_a_claim_is_freed_of_what_ties_it_to_the_sentence_before() -> None:
    assert freed("However, it leaks.") == "It leaks."
    assert freed("In addition, vLLM is used.") == "vLLM is used."
    assert freed("To address this, we pour slowly.") == "We pour slowly."
    assert freed("Howeverness is a word.") == "Howeverness is a word."


def test_we_and_it_need_a_name() -> None:
    assert not names_subject("We present Kettle, a pot.", "Kettle")
    assert not names_subject("It boils, unlike Kettle.", "Kettle")
    assert names_subject("Kettle boils.", "Kettle")


def test_a_paper_is_called_by_its_name(tea: Assistant) -> None:
    kettle = next(p for p in tea.papers() if p.title.startswith("Kettle"))
    assert called(kettle, "What is Kettle?") == 8
    assert called(kettle, "Where is the kettle, Samovar?") is None, "a plain word"
    assert called(kettle, "what is kettle?") == 8, "a question without capitals"


def test_quotes_stay_exact_where_claims_are_freed(tea: Assistant) -> None:
    for question in ("Does Kettle leak?", "which papers use FPGAs?", "How much does pouring spill?"):
        answer = tea.ask(question)
        papers = {p.id: p for p in answer.sources}
        for c in (c for claim in answer.claims for c in claim.citations):
            assert papers[c.paper_id].abstract[c.start : c.end] == c.quote


# -- fitting


def test_a_logistic_fit_finds_what_separates(tmp_path: Path) -> None:
    random = np.random.default_rng(3)
    x = random.normal(size=(400, 3))
    y = (x[:, 0] - x[:, 2] > 0).astype(float)
    beta = fit_logistic(x, y, 1.0)
    assert beta[0] > 1 > abs(beta[1])
    assert beta[2] < -1
    assert ((predict(beta, x) > 0.5) == (y > 0)).mean() > 0.95


def test_of_a_larger_library_the_nearest_papers_are_read(tea: Assistant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.answering.extractive.READ_WHOLE", 3)
    monkeypatch.setattr("rag.answering.extractive.READ_NEAREST", 5)
    answer = tea.ask("which papers use an FPGA?")
    read = answer.library["read"]
    assert (read["papers"], read["whole_library"]) == (5, False)
    assert "Kettle: Boiling on FPGAs" in shown(answer)
    assert "the nearest 5 papers" in answer.to_markdown()


@pytest.mark.parametrize(
    ("abstract", "name"),
    [
        ("We develop a deep recommendation model (DRM) for shops. DRM is fast.", "DRM"),
        ("The authors present a benchmark of twelve fields, FieldBench. FieldBench holds tasks.", "FieldBench"),
        (
            "We use automatic differentiation (AD) on meshes. AD is slow.",
            "Meshes on Many Machines, Differentiated Again",
        ),
        ("We compare with FieldBench, QuuxBench. QuuxBench is old.", "Meshes on Many Machines, Differentiated Again"),
    ],
)
def test_a_paper_is_called_by_what_it_says_it_makes(abstract: str, name: str) -> None:
    title = "Meshes on Many Machines, Differentiated Again"
    assert short_name(Paper(id="p", revision=name, title=title, abstract=abstract)) == name
