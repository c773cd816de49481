"""The retriever over a library: the same ranks whatever k is, filters, explanations, and questions meant to hurt."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from rag import Assistant, Hit, Paper, Settings
from rag.errors import EmptyQuestionError, InputError, UnknownPaperError
from rag.library import Library
from rag.retrieval import Filters, Retriever
from rag.retrieval.retriever import query_terms
from tests.library.build import numbered, open_at, paper

QUESTION = "which methods reduce all-reduce latency?"


def keys(hits: list[Hit]) -> list[tuple[str, int, float]]:
    return [(h.paper.id, h.passage.start, h.score) for h in hits]


# -- k changes nothing that came before

MADE = 60


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    made = open_at(tmp_path_factory.mktemp("library"))
    made.write([numbered(n) for n in range(MADE)])
    yield made
    made.close()


@pytest.mark.parametrize("pool", [10, 25, 200])
@pytest.mark.parametrize("filters", [Filters(), Filters(papers=[numbered(n).id for n in range(40)])])
def test_fewer_passages_are_a_prefix_of_more(library: Library, pool: int, filters: Filters) -> None:
    """Also where k exceeds the pool that the legs are asked for, by little and by much."""
    retriever = Retriever(library, Settings(pool=pool))
    question = "subject7 topic9part2 in version1 speaks"
    most = keys(retriever.retrieve(question, 10_000, filters))
    for k in (1, 2, 5, 10, 11, 24, 25, 26, 40, 60, 99, 100, 101, 150):
        assert keys(retriever.retrieve(question, k, filters)) == most[:k], k
    assert len({m[:2] for m in most}) == len(most), "no passage twice"
    assert [m[2] for m in most] == sorted((m[2] for m in most), reverse=True), "best first"
    held = len(library.rows_of(filters.papers or [p.id for p in library.papers()]))
    assert len(most) == held, "everything, once enough is asked for"


def test_the_bundled_notes_too(notes: Assistant) -> None:
    for question in (QUESTION, "Tilus", "how are long prompts cached?", "zebra"):
        most = keys(notes.retrieve(question, 200))
        assert keys(notes.retrieve(question, 5)) == most[:5]
        assert keys(notes.retrieve(question, 60)) == most[:60]
        assert keys(notes.retrieve(question)) == most[: notes.settings.k]


@pytest.mark.parametrize("k", [0, -1])
def test_k_is_positive(notes: Assistant, k: int) -> None:
    with pytest.raises(InputError, match=f"k is {k}"):
        notes.retrieve(QUESTION, k)


# -- filters

DATED = {"Elm": "2022", "Oak": "2023-05-01", "Fir": "2024", "Ash": None, "Yew": None}
FILES = {
    "Elm": ("/woods/a.bib",),
    "Oak": ("/woods/b.bib", "notes/Page.txt"),
    "Fir": ("notes/Page.txt",),
    "Ash": ("bundled notes",),
    "Yew": (),
}
MAKERS = {"Elm": "Timber Lab", "Oak": "University of Wood", "Fir": None, "Ash": "TIMBER LAB EUROPE", "Yew": None}


def tree(name: str) -> Paper:
    text = f"{name} lowers the latency of a forest. Measured on {name.lower()} leaves alone."
    return paper(f"{name}: a tree", text, published=DATED[name], organisation=MAKERS[name], sources=FILES[name])


@pytest.fixture(scope="module")
def forest(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    made = open_at(tmp_path_factory.mktemp("forest"), tokens=512)
    made.write([tree(name) for name in DATED])
    yield Assistant(made, llm="off", judge=None, settings=Settings())
    made.close()


def names(hits: list[Hit]) -> set[str]:
    return {h.paper.title.split(":")[0] for h in hits}


@pytest.mark.parametrize(
    ("filters", "kept"),
    [
        ({}, {"Elm", "Oak", "Fir", "Ash", "Yew"}),
        ({"since": 2023}, {"Oak", "Fir", "Ash", "Yew"}),
        ({"until": 2022}, {"Elm", "Ash", "Yew"}),
        ({"since": 2023, "until": 2023}, {"Oak", "Ash", "Yew"}),
        ({"since": 2023, "dated_only": True}, {"Oak", "Fir"}),
        ({"dated_only": True}, {"Elm", "Oak", "Fir"}),
        ({"since": 2030, "dated_only": True}, set()),
        ({"organisation": "timber"}, {"Elm", "Ash"}),
        ({"organisation": "nobody"}, set()),
        ({"organisation": "wood", "since": 2024}, set()),
        ({"organisation": ["timber", "OF WOOD"]}, {"Elm", "Oak", "Ash"}),
        ({"organisation": " timber  lab"}, {"Elm", "Ash"}),
        ({"source": "a.bib"}, {"Elm"}),
        ({"source": "/woods/a.bib"}, {"Elm"}),
        ({"source": "woods/b.bib"}, {"Oak"}),
        ({"source": "*.bib"}, {"Elm", "Oak"}),
        ({"source": "page.TXT"}, {"Oak", "Fir"}),
        ({"source": "./notes/page*"}, {"Oak", "Fir"}),
        ({"source": "bib"}, set()),
        ({"source": ["a.bib", "bundled notes"]}, {"Elm", "Ash"}),
        ({"source": "*.bib", "since": 2023}, {"Oak"}),
        ({"papers": ["Elm", "Yew"]}, {"Elm", "Yew"}),
        ({"papers": ["Elm", "Yew"], "since": 2023}, {"Yew"}),
        ({"papers": []}, set()),
    ],
)
def test_filters_keep_what_they_say(forest: Assistant, filters: dict[str, Any], kept: set[str]) -> None:
    if "papers" in filters:
        filters = {**filters, "papers": [tree(name).id for name in filters["papers"]]}
    assert names(forest.retrieve("latency of a forest", 10, **filters)) == kept


def test_undated_papers_are_kept_and_counted_aloud(forest: Assistant) -> None:
    events = list(forest.stream("latency of a forest", since=2023))
    assert [e.payload for e in events if e.kind == "notice"] == [
        "2 undated papers were kept; --dated-only leaves them out"
    ]
    assert not [e for e in forest.stream("latency of a forest", since=2023, dated_only=True) if e.kind == "notice"]
    assert not [e for e in forest.stream("latency of a forest") if e.kind == "notice"]


def test_undated_papers_are_counted_by_every_verb(forest: Assistant) -> None:
    told = "2 undated papers were kept; --dated-only leaves them out"
    streams = [
        forest.stream("latency of a forest", until=2024),
        forest.stream_summary("latency of a forest", until=2024),
        forest.conversation().stream("latency of a forest", until=2024),
    ]
    assert [[e.payload for e in s if e.kind == "notice"] for s in streams] == [[told]] * 3
    assert forest.find("latency", filters=Filters(until=2024)).selection.notices == (told,)
    assert forest.find("latency", filters=Filters(until=2024, source="bundled notes")).selection.notices == (
        "1 undated paper was kept; --dated-only leaves them out",
    )


@pytest.mark.parametrize(
    ("filters", "told"),
    [
        ({"organisation": "Timbre Lab"}, "no paper of the library has the organisation 'Timbre Lab'; near: Timber Lab"),
        ({"organisation": "univercity"}, "; near: University of Wood"),
        ({"organisation": "zzz"}, "; it knows 3, among them TIMBER LAB EUROPE, Timber Lab, University of Wood"),
        ({"source": "pages.txt"}, "has the source 'pages.txt'; near: Page.txt"),
        ({"organisation": ["timber", "zzz"]}, "has the organisation 'zzz'"),
    ],
)
def test_a_name_that_nothing_has_is_told_with_those_near_it(
    forest: Assistant, filters: dict[str, Any], told: str
) -> None:
    notices = forest.find("latency of a forest", filters=Filters(**filters)).selection.notices
    assert len(notices) == 1
    assert told in notices[0]
    assert [e.payload for e in forest.stream("latency of a forest", **filters) if e.kind == "notice"] == list(notices)


@pytest.mark.parametrize("filters", [{"organisation": " "}, {"source": ["a.bib", ""]}])
def test_a_blank_filter_is_an_error(forest: Assistant, filters: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="to filter by is blank"):
        forest.retrieve("latency of a forest", **filters)


def test_nothing_left_is_an_abstention_not_an_error(forest: Assistant) -> None:
    answer = forest.ask("latency of a forest", since=2030, dated_only=True)
    assert answer.abstained
    assert not answer.claims
    assert answer.reason


def test_filters_that_cannot_be_meant(forest: Assistant) -> None:
    with pytest.raises(InputError, match="no year is from 2024 until 2022"):
        forest.retrieve("forest", since=2024, until=2022)
    with pytest.raises(UnknownPaperError, match="'p-none'"):
        forest.retrieve("forest", papers=[tree("Elm").id, "p-none"])


def test_a_filter_lets_the_best_of_the_rest_through(notes: Assistant) -> None:
    """It is applied inside both legs, not to what they found for the whole library."""
    last = notes.retrieve(QUESTION, 200)[-1].paper
    assert [h.paper.id for h in notes.retrieve(QUESTION, 3, papers=[last.id])] == [last.id]


# -- words and their spellings


def test_one_compound_in_every_spelling(notes: Assistant) -> None:
    """The compound is one term however it is written; its parts may or may not be asked for beside it."""
    wanted: list[str] = []
    for spelling in ("all-reduce", "AllReduce", "allreduce", "all reduce", "all_reduce", "ALL-REDUCE", "All Reduce"):
        hits = notes.retrieve(f"{spelling} latency", 10)
        assert "allreduc" in query_terms(f"{spelling} latency", notes.library)
        assert all("allreduc" in h.explain["matched_terms"] for h in hits[:2]), spelling
        wanted = wanted or [h.paper.id for h in hits[:2]]
        assert [h.paper.id for h in hits[:2]] == wanted, spelling


def test_the_users_own_question_finds_its_three_papers(notes: Assistant) -> None:
    titles = " ".join(h.paper.title for h in notes.retrieve(QUESTION, 5))
    assert "LLM Inference Beyond a Single Node" in titles
    assert "TokenWeave" in titles
    assert "TPI-LLM" in titles


@pytest.mark.parametrize("name", ["Tilus", "TZ-LLM", "CUDA-LLM", "tilus", "tz llm", "cuda llm", "What is TZ-LLM?"])
def test_names_that_only_a_title_holds(notes: Assistant, name: str) -> None:
    wanted = name.removeprefix("What is ").rstrip("?").replace(" ", "-").lower()
    assert wanted in notes.retrieve(name, 1)[0].paper.title.lower()


# -- the explanation of a hit


def test_a_hit_says_why(notes: Assistant) -> None:
    hits = notes.retrieve(QUESTION, 10)
    assert [h.explain["rank"] for h in hits] == list(range(1, 11))
    assert set(hits[0].explain) == {"rank", "fused", "lexical", "dense", "features", "probability", "matched_terms"}
    assert hits[0].explain["lexical"]["score"] > 0
    assert {"allreduc", "latenc"} <= set(hits[0].explain["matched_terms"])
    for h in hits:
        lexical, dense = h.explain["lexical"], h.explain["dense"]
        assert set(lexical) == set(dense) == {"score", "normalised", "rank"}
        assert lexical["score"] is None or lexical["rank"] >= 1
        assert -1.001 <= dense["score"] <= 1.001
        weight = notes.library.embedder.lexical_weight
        assert h.explain["fused"] == pytest.approx(weight * lexical["normalised"] + (1 - weight) * dense["normalised"])
        assert h.paper.abstract[h.passage.start : h.passage.end] == h.passage.text
        assert Hit.model_validate_json(h.model_dump_json()) == h


def test_the_weight_is_a_setting(notes: Assistant) -> None:
    lexical, dense = (
        Retriever(notes.library, Settings(lexical_weight=w, rerank=0)).retrieve("caching attention keys", 10)
        for w in (1.0, 0.0)
    )
    assert [h.explain["lexical"]["rank"] for h in lexical] == list(range(1, 11))
    assert [h.explain["dense"]["rank"] for h in dense] == list(range(1, 11))


# -- questions meant to hurt

_HOSTILE = {
    "20 kB": "latency of kernels and memory " * 666,
    "one word of 19 kB": "a" * 19_000,
    "many different words": " ".join(f"w{i}" for i in range(3_000)),
    "emoji": "🚀🔥 latency 👩‍👩‍👧‍👦",
    "only stop words": "what is it that they are and all the of",
    "only question words": "which methods and approaches are there?",
    "SQL": "'; DROP TABLE papers; SELECT * FROM x WHERE 1=1 --",
    "regex": r"(a+)+$ [[[ \\ .*? (?P<x> {1,99999} ^$",
    "tantivy": 'title:"x" AND (NOT *) +foo -bar ~2 ^3 [a TO b] {!x}',
    "null bytes": "latency\x00 of \x00kernels\x00",
    "control characters": "latency\x01\x02\x1b[31m of kernels\x7f\u202e",
    "html": "<script>alert(1)</script> <img src=x onerror=alert(1)>",
    "json": '{"$gt": ""} {"paper_id": {"$in": []}}',
    "chroma operator": '{"$and": [{"a": 1}]} $contains $regex',
    "format strings": "%s%n {0.__class__} ${jndi:ldap://x} {{7*7}}",
    "right to left": "ما هو زمن الوصول؟",
    "chinese": "如何减少全归约的延迟？",
    "combining": "l̴̢a̷t̸e̵n̶c̷y̴" * 50,
    "full width": "ａｌｌ－ｒｅｄｕｃｅ　ｌａｔｅｎｃｙ",
    "digits": "1234567890 3.14159 1e308 -0 ¼ ² ٣",
    "lines": "latency\n\n\tof\r\nkernels\u2028here",
}


@pytest.mark.parametrize("question", _HOSTILE.values(), ids=_HOSTILE)
def test_hostile_questions_find_something_or_nothing_and_break_nothing(notes: Assistant, question: str) -> None:
    hits = notes.retrieve(question, 5)
    assert len(hits) <= 5
    assert all(math.isfinite(h.score) and 0 <= h.score <= 1 for h in hits)
    assert keys(notes.retrieve(question, 3)) == keys(hits)[:3]
    answer = notes.ask(question)
    assert answer.abstained or answer.claims


@pytest.mark.parametrize("question", ["", "   ", "\n\t", "🚀🔥", "?!…", "\x00", "---", "​‍"])
def test_a_question_without_a_word_is_refused(notes: Assistant, question: str) -> None:
    ask: list[Callable[[str], object]] = [notes.retrieve, notes.ask]
    for verb in ask:
        with pytest.raises(EmptyQuestionError, match="no words"):
            verb(question)


def test_a_book_is_refused(notes: Assistant) -> None:
    with pytest.raises(InputError, match="20,0"):
        notes.retrieve("word " * 5_000)


def test_nothing_but_stop_words_still_ranks_by_the_dense_leg(notes: Assistant) -> None:
    hits = notes.retrieve("what is it about?", 5)
    assert len(hits) == 5


def test_an_empty_library_finds_nothing(tmp_path: Path) -> None:
    with Assistant.open(tmp_path, llm="off") as empty:
        assert empty.retrieve("anything at all") == []
        assert empty.ask("anything at all?").abstained
