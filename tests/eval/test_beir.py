"""BEIR folders: read whole, none of the documents lost, scored as ir-measures scores, failures counted."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner

from eval.beir import Document, expand, read_beir, shelve
from eval.cli import eval_group
from eval.records import read_record
from eval.report import to_markdown
from eval.retrieval_run import RetrievalRun, retrieval_page, run_retrieval, sample, score_rankings
from rag.answer import Answer
from rag.errors import EmptyQuestionError, InputError
from rag.paper import Hit, Passage

DOCUMENTS = [
    {"_id": "d1", "title": "Rings", "text": "Rings of bells are cast from bronze in old foundries."},
    {"_id": "d2", "title": "Ovens", "text": "Bakers keep their ovens warm with beech wood."},
    {"_id": "d3", "title": "A title without any text about glaciers", "text": ""},
    {"_id": "d4", "title": "", "text": "Lighthouses on the northern coast burn whale oil every night of the year."},
    {"_id": "d5", "title": "Rings", "text": "Rings of bells are cast from bronze in old foundries."},
]
QUERIES = [
    {"_id": "q1", "text": "bells cast from bronze"},
    {"_id": "q2", "text": "what do lighthouses burn"},
    {"_id": "q3", "text": "glaciers"},
    {"_id": "q4", "text": "nobody judged this"},
]
QRELS = "query-id\tcorpus-id\tscore\nq1\td5\t4\nq1\td2\t0\nq2\td4\t1\nq3\td3\t2\nq3\tgone\t1\nq9\td1\t1\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "tiny"
    (place / "qrels").mkdir(parents=True)
    (place / "corpus.jsonl").write_text("".join(json.dumps(d) + "\n" for d in DOCUMENTS))
    (place / "queries.jsonl").write_text("".join(json.dumps(q) + "\n" for q in QUERIES))
    (place / "qrels" / "test.tsv").write_text(QRELS)
    return place


def test_a_folder_is_read_and_what_cannot_be_scored_is_said(folder: Path) -> None:
    found = read_beir(folder)
    assert [d.id for d in found.documents] == ["d1", "d2", "d3", "d4", "d5"]
    assert list(found.queries) == ["q1", "q2", "q3"]
    assert found.qrels["q1"] == {"d5": 4, "d2": 0}
    text = " ".join(found.notices)
    for said in ("1 documents have no text", "1 judgements name documents", "1 judged queries", "'q4'"):
        assert said in text


@pytest.mark.parametrize(
    ("file", "line", "match"),
    [
        ("corpus.jsonl", '{"title": "no id"}', "with an _id"),
        ("corpus.jsonl", '{"_id": "d1", "title": "twice"}', "twice"),
        ("queries.jsonl", "{", "not JSON"),
        ("qrels/test.tsv", "q1\td1\tvery", "whole grade"),
        ("qrels/test.tsv", "q1\td1\t1\textra", "4 columns"),
    ],
)
def test_a_bad_line_is_named(folder: Path, file: str, line: str, match: str) -> None:
    path = folder / file
    path.write_text(path.read_text() + line + "\n")
    with pytest.raises(InputError, match=match):
        read_beir(folder)


def test_a_missing_split_names_those_that_are_there(folder: Path) -> None:
    with pytest.raises(InputError, match="it holds test"):
        read_beir(folder, split="dev")


def test_two_documents_that_are_one_paper_both_stay_in_the_ranking(folder: Path) -> None:
    shelved = shelve(read_beir(folder).documents)
    assert len(shelved.papers) == 4
    assert sorted(d for own in shelved.documents_of.values() for d in own) == ["d1", "d2", "d3", "d4", "d5"]
    rings = next(p.id for p in shelved.papers if p.title == "Rings")
    oven = next(p.id for p in shelved.papers if p.title == "Ovens")
    assert expand([oven, rings, oven], shelved.documents_of) == ("d2", "d1", "d5")


def test_documents_without_text_or_title_become_papers_that_can_be_found() -> None:
    bare, untitled = shelve([Document("a", "Only a title here", ""), Document("b", "", "Only some words. " * 9)]).papers
    assert bare.abstract == bare.title
    assert untitled.abstract.startswith(untitled.title)


def test_values_are_those_of_the_textbook() -> None:
    values = score_rankings({"q": {"a": 4, "b": 1, "c": 0}, "z": {"a": 1}}, {"q": ["x", "b", "a"], "z": []})
    gain = 1 / math.log2(3) + 4 / math.log2(4)
    assert values["q"]["nDCG@10"] == pytest.approx(gain / (4 + 1 / math.log2(3)))
    assert values["q"]["MRR@10"] == 0.5
    assert values["q"]["R@100"] == 1.0
    assert values["q"]["Judged@10"] == pytest.approx(2 / 3)
    assert set(values["z"].values()) == {0.0}


class Fixed:
    """Finds the documents of a script; a query that it does not know is an error."""

    def __init__(self, hits: dict[str, list[Hit]]) -> None:
        self.hits = hits

    def retrieve(self, question: str, k: int = 10) -> Sequence[Hit]:
        if question not in self.hits:
            raise EmptyQuestionError("the question is empty")
        return self.hits[question][:k]

    def ask(self, question: str) -> Answer:
        raise NotImplementedError


def test_a_query_that_fails_counts_as_nothing_found_and_is_listed(folder: Path) -> None:
    collection = read_beir(folder)
    shelved = shelve(collection.documents)
    hits = {
        q: [
            Hit(paper=p, passage=Passage(paper_id=p.id, text="x", start=0, end=1), score=0.5)
            for p in shelved.papers
            if {d for d, g in collection.qrels[i].items() if g} & set(shelved.documents_of[p.id])
        ]
        for i, q in collection.queries.items()
        if i != "q3"
    }
    result = run_retrieval(Fixed(hits), collection, shelved)
    by_id = {q.query_id: q for q in result.queries}
    assert by_id["q2"].values["nDCG@10"] == 1.0
    assert by_id["q3"].values == dict.fromkeys(("nDCG@10", "R@100", "MRR@10", "Judged@10"), 0.0)
    assert by_id["q3"].failure is not None
    figure = result.figures()[0]
    assert (figure.metric, figure.n) == ("nDCG@10", 3)
    assert figure.value == pytest.approx(sum(q.values["nDCG@10"] for q in result.queries) / 3)
    page = to_markdown(retrieval_page(result))
    assert "1 failed (counted as nothing found)" in page
    assert "EmptyQuestionError" in page


def test_a_sample_is_drawn_with_the_seed_and_keeps_all_documents(folder: Path) -> None:
    whole = read_beir(folder)
    one = sample(whole, 1, 3)
    assert one == sample(whole, 1, 3)
    assert len(one.queries) == 1
    assert one.documents == whole.documents
    assert {next(iter(sample(whole, 1, s).queries)) for s in range(20)} == set(whole.queries)
    with pytest.raises(InputError):
        sample(whole, 0, 0)


def test_the_command_indexes_asks_and_records(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "r.json"
    args = ["retrieval", "--beir", str(folder), "--out", str(out), "--markdown"]
    done = CliRunner().invoke(eval_group, args, catch_exceptions=False)
    assert done.exit_code == 0
    assert "| nDCG@10 | all | " in done.stdout
    run = read_record(out, RetrievalRun, "x")
    by_id = {q.query_id: q for q in run.queries}
    # The text-less document and the merged one are found by the real library.
    assert by_id["q3"].values["MRR@10"] == 1.0
    assert by_id["q1"].values["R@100"] == 1.0
    assert set(by_id["q1"].ranking[:2]) == {"d1", "d5"}


def test_a_public_collection_is_read_whole(shared: Path) -> None:
    found = read_beir(shared / "bench" / "cranfield")
    assert (len(found.documents), len(found.queries)) == (1398, 225)
    shelved = shelve(found.documents)
    assert sum(map(len, shelved.documents_of.values())) == 1398
