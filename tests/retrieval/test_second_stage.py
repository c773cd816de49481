"""The second stage: what its features see, what it keeps of the first, and what it may cost."""

from __future__ import annotations

import math
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rag import Assistant, Hit, Settings
from rag.library import Library
from rag.retrieval import Retriever, learned
from rag.retrieval.features import ABOUT, FEEDBACK, FIRST, NAMES
from rag.retrieval.grams import gram_idf, gram_vector
from rag.retrieval.second import Weights, load_weights
from rag.retrieval.words import WordTable, compounds, words
from tests.library.build import open_at, paper

QUESTION = "which methods reduce all-reduce latency?"


def order(hits: list[Hit]) -> list[tuple[str, float]]:
    return [(h.paper.id, h.score) for h in hits]


# -- what it says and keeps


def test_every_feature_stands_in_the_explanation(notes: Assistant) -> None:
    for hit in notes.retrieve(QUESTION, 20):
        assert list(hit.explain["features"]) == list(NAMES)
        assert all(0 <= v <= 1 and math.isfinite(v) for v in hit.explain["features"].values())
    assert set(ABOUT) == set(NAMES) == {*FIRST, *FEEDBACK}


def test_the_score_is_the_weighted_sum_of_what_is_explained(notes: Assistant) -> None:
    weights = load_weights(notes.library.embedder.name)
    for hit in notes.retrieve(QUESTION, 20):
        total = sum(weights.final.get(n, 0.0) * v for n, v in hit.explain["features"].items())
        assert hit.score == pytest.approx(total / sum(weights.final.values()))
        curve = 1 / (1 + math.exp(-(weights.slope * total + weights.intercept)))
        assert hit.explain["probability"] == pytest.approx(curve)


def test_without_it_the_fusion_decides(notes: Assistant) -> None:
    plain = Retriever(notes.library, Settings(rerank=0)).retrieve(QUESTION, 50)
    assert [h.score for h in plain] == [h.explain["fused"] for h in plain]
    assert "features" not in plain[0].explain
    fused = {h.paper.id: h.explain["fused"] for h in plain}
    assert all(h.explain["fused"] == fused[h.paper.id] for h in notes.retrieve(QUESTION, 20) if h.paper.id in fused)


def test_what_lies_below_the_head_keeps_its_order_and_stays_below(notes: Assistant) -> None:
    hits = Retriever(notes.library, Settings(rerank=12)).retrieve(QUESTION, 60)
    tail = hits[12:]
    assert all("features" in h.explain for h in hits[:12])
    assert not any("features" in h.explain for h in tail)
    assert [h.explain["fused"] for h in tail] == sorted((h.explain["fused"] for h in tail), reverse=True)
    assert [h.score for h in hits] == sorted((h.score for h in hits), reverse=True)


@pytest.mark.parametrize("rerank", [0, 7, 100])
def test_k_changes_no_score(notes: Assistant, rerank: int) -> None:
    retriever = Retriever(notes.library, Settings(rerank=rerank, pool=30))
    for question in (QUESTION, "Tilus", "zebra", "w" * 50, "the"):
        most = order(retriever.retrieve(question, 150))
        for k in (1, 5, 8, 29, 31, 90):
            assert order(retriever.retrieve(question, k)) == most[:k]


def test_two_retrievers_and_many_threads_agree(notes: Assistant) -> None:
    questions = [QUESTION, "long context", "what schedules gpu kernels?", "speculative decoding"] * 3
    fresh = Retriever(notes.library, Settings())
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda q: order(fresh.retrieve(q, 10)), questions))
    assert together == [order(notes.retrieve(q, 10)) for q in questions]


# -- weights


def test_weights_are_never_negative_and_name_known_features() -> None:
    for name in ("wordllama-256", "minilm-l6-v2", "latent-256", "never heard of"):
        weights = load_weights(name)
        assert set(weights.first) <= set(FIRST)
        assert set(weights.final) <= set(NAMES)
        assert min((*weights.first.values(), *weights.final.values(), weights.slope)) > 0


def test_better_in_every_feature_is_never_below() -> None:
    weights = Weights({}, {"words": 1.0, "feedback": 2.0}, 1.5, -3.0)
    low, high = np.full((1, len(NAMES)), 0.4), np.full((1, len(NAMES)), 0.5)
    assert 0 < weights.score(low)[0] < weights.score(high)[0] < 1


# -- features, on a library small enough to see through


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    made = open_at(tmp_path_factory.mktemp("shelf"), tokens=512)
    made.write(
        [
            paper("Boats of the north", "A boat sails with the wind. The sail is woven from wool. Harbours freeze."),
            paper("Ships of the south", "A ship sails with the wind. The anchor is cast in iron."),
            paper("Bread", "Flour and yeast make dough. The oven bakes bread. A baker sells cakes."),
            paper("Cakes", "Sugar and flour make a cake. The oven bakes the cake slowly."),
            paper("Compressors", "Compressing air heats it. A compressor of two stages cools between them."),
        ]
    )
    yield made
    made.close()


def features(library: Library, question: str) -> dict[str, dict[str, Any]]:
    hits = Retriever(library, Settings()).retrieve(question, 10)
    return {h.paper.title: h.explain["features"] for h in hits}


def test_coverage_and_title_count_terms(shelf: Library) -> None:
    found = features(shelf, "boats in the harbour")
    assert found["Boats of the north"]["coverage"] == 1
    assert found["Boats of the north"]["title"] == 1
    assert found["Bread"]["coverage"] == found["Bread"]["title"] == 0


def test_concepts_know_other_names_and_kinds(tmp_path: Path) -> None:
    library = open_at(tmp_path, tokens=512)
    library.write(
        [
            paper("Spilling", "A model lies on NVMe and SSD; host memory holds the KV cache of the GPU, prefetched."),
            paper("Bits", "INT4 quantization of LLM weights on a GPU with CUDA kernels and a tensor core."),
        ]
    )
    found = features(library, "offloading for language models")
    assert found["Spilling"]["meant"] == 1 > found["Bits"]["meant"]
    assert found["Spilling"]["concepts"] > 0
    library.close()


def test_in_another_field_the_list_is_not_believed(shelf: Library) -> None:
    assert features(shelf, "quantization of ships")["Bread"]["meant"] == 0


def test_grams_see_through_a_misspelling(shelf: Library) -> None:
    found = features(shelf, "compresssor made of wool")
    assert max(found, key=lambda t: found[t]["grams"]) == "Compressors"
    assert found["Compressors"]["coverage"] == 0 < found["Boats of the north"]["coverage"]


def test_the_latent_space_knows_the_company_of_a_word(shelf: Library) -> None:
    """The ship's paper never says boat; it shares the boat's neighbours."""
    found = features(shelf, "boat")
    assert found["Ships of the south"]["passage"] > found["Bread"]["passage"]
    assert found["Ships of the south"]["coverage"] == 0


def test_feedback_prefers_what_the_best_are_like(shelf: Library) -> None:
    found = features(shelf, "how is flour used in an oven?")
    assert min(found[t]["feedback"] for t in ("Bread", "Cakes")) > found["Compressors"]["feedback"]


def test_a_long_question_lowers_words_for_all(shelf: Library) -> None:
    short = features(shelf, "oven flour")["Bread"]["words"]
    long = features(shelf, "oven flour " + " ".join(f"strange{i}" for i in range(34)))
    assert short == 1
    assert max(f["words"] for f in long.values()) == pytest.approx(12 / 36)


def test_every_spelling_of_a_compound_asks_for_the_same(notes: Assistant) -> None:
    """Also the one in lower case, whose parts only the library can tell."""
    learnt = Retriever(notes.library, Settings()).second.learner.current()
    asked = [set(learnt.spelt(words(s))) for s in ("all-reduce", "AllReduce", "allreduce", "all reduce", "All_Reduce")]
    assert all(a == {"all", "reduce", "allreduce"} for a in asked)


def test_a_question_of_unknown_words_only_is_left_to_the_dense_leg(shelf: Library) -> None:
    hits = Retriever(shelf, Settings()).retrieve("qqqq zzzz", 10)
    assert len(hits) == 5
    assert [h.score for h in hits] == [h.explain["fused"] for h in hits]
    assert not any("features" in h.explain for h in hits)


def test_what_is_learnt_follows_the_library(tmp_path: Path) -> None:
    library = open_at(tmp_path, tokens=512)
    library.write([paper("Bread", "Flour and yeast make dough."), paper("Iron", "An anchor is cast in iron.")])
    retriever = Retriever(library, Settings())
    before = retriever.second.learner.current()
    assert retriever.second.learner.current() is before
    library.write([paper("Zeppelins", "A zeppelin flies on hydrogen.")])
    assert "zeppelin" in retriever.second.learner.current().space.vocabulary
    assert retriever.retrieve("hydrogen zeppelin", 1)[0].paper.title == "Zeppelins"
    library.close()


def test_the_sample_is_bounded_and_always_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    papers = [paper(f"Paper {i}", f"Text number {i}.") for i in range(30)]
    monkeypatch.setattr(learned, "SAMPLE", 10)
    assert len(learned.sample(papers)) == 10
    assert learned.sample(papers) == learned.sample(papers[::-1])


# -- words and grams on their own


class Letters:
    """A word is the letters that it holds."""

    name = "letters"
    lexical_weight = 0.5

    def documents(self, texts: Any) -> Any:
        found = np.array([[float(chr(97 + i) in t) for i in range(26)] for t in texts], dtype=np.float32)
        return found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-9)

    def query(self, text: str) -> Any:
        return self.documents([text])[0]


def test_a_word_keeps_its_number_while_the_table_grows() -> None:
    table = WordTable(Letters())
    first = table.numbers(["boat", "ship", "boat"])
    assert first.tolist() == [0, 1, 0]
    vectors = table.vectors(first).copy()
    table.numbers([f"w{i}" for i in range(5_000)])
    assert np.array_equal(table.vectors(table.numbers(["boat", "ship", "boat"])), vectors)
    assert len(table) == 5_002


def test_inflections_share_a_stem_also_without_vectors() -> None:
    table = WordTable(None)
    one, two, other = table.stems(table.numbers(["compressing", "compressed", "boat"]))
    assert one == two != other
    assert table.vectors(np.array([0, 1], dtype=np.int32)).shape == (2, 0)


def test_words_are_parts_in_lower_case() -> None:
    assert words("All-Reduce, GPT-4o: naïve_x ＡＢ") == ["all", "reduce", "gpt", "4o", "naïve", "x", "ab"]
    assert len(words("a" * 19_000)[0]) < 100


def test_compounds_are_known_by_what_they_are_as_one_word() -> None:
    assert compounds("All-Reduce, allreduce and a_b/c") == {"allreduce": ("all", "reduce"), "abc": ("a", "b", "c")}
    assert compounds("one-two-three-four-five") == {}


def test_grams_are_unit_vectors_of_pieces_within_words() -> None:
    idf = gram_idf([["compression"], ["boat"], ["compressor"]])
    a, b, c = (gram_vector([w], idf) for w in ("compression", "compressor", "boat"))

    def cosine(x: Any, y: Any) -> float:
        return float(sum(w * y.weight[y.at == at].sum() for at, w in zip(x.at, x.weight, strict=True)))

    assert cosine(a, a) == pytest.approx(1, abs=1e-5)
    assert cosine(a, b) > 0.4
    assert cosine(a, c) == 0
    assert len(gram_vector([], idf).at) == 0
    assert len(gram_vector(["a", "b"], idf).at) == 0 or np.isfinite(gram_vector(["a", "b"], idf).weight).all()
