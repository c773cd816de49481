"""Which records are one paper, what the paper keeps of each, and how papers join those of a library."""

from __future__ import annotations

import itertools
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from rag.corpus import RawRecord, Shelf, merge_into, title_key
from rag.corpus.merge import merge_records
from rag.paper import Paper

TIDES = "Caches in servers have tides that follow the daily rhythm of requests over the network."
TIDES_2 = "Caches in servers have tides following requests over the network; measured on forty machines."
BIRDS = "Migrating birds rest on islands whose insects bloom under warm winds in late autumn."


def record(title: str = "Editorial", abstract: str = TIDES, file: str = "a", **more: object) -> RawRecord:
    return RawRecord(title=title, abstract=abstract, file=file, **more)  # type: ignore[arg-type]


def one(*records: RawRecord) -> Paper:
    merged = merge_records(records)
    assert len(merged.papers) == 1
    assert [kept for _, kept in merged.duplicates] == [merged.papers[0].id] * (len(records) - 1)
    return merged.papers[0]


def test_what_joins_records() -> None:
    one(record("Tides!"), record("tides"))
    one(record(doi="10.1/x"), record("Other", BIRDS, doi="https://doi.org/10.1/X"))
    one(record(arxiv_id="2401.01234v1"), record("Other", TIDES_2, url="https://arxiv.org/abs/2401.01234"))
    one(record(arxiv_id="2401.01234"), record("Other", doi="10.48550/arXiv.2401.01234"))
    one(record(), record(abstract=BIRDS, text_kind="note"))
    chained = (
        record("A", doi="10.1/x"),
        record("B", arxiv_id="2401.00001"),
        record("C", doi="10.1/x", arxiv_id="2401.00001"),
    )
    one(*chained)


def test_one_title_two_papers() -> None:
    merged = merge_records([record(line=1), record(abstract=BIRDS, line=2), record(abstract=TIDES_2, line=3)])
    assert [paper.abstract for paper in merged.papers] == [TIDES_2, BIRDS]
    assert len({paper.id for paper in merged.papers}) == 2
    assert merged.duplicates == [("a:1", merged.papers[0].id)]
    alone = merge_records([record(abstract=BIRDS)]).papers[0]
    assert alone.id != merged.papers[1].id, "a contested title is no identity"


def test_note_goes_to_the_nearest_of_two() -> None:
    note = record(abstract="A note on birds that rest on islands in autumn.", text_kind="note", organisation="Lab")
    papers = merge_records([note, record(), record(abstract=BIRDS)]).papers
    assert {paper.abstract: paper.organisation for paper in papers} == {TIDES: None, BIRDS: "Lab"}
    assert all(paper.text_kind == "abstract" for paper in papers)


def test_shared_doi_of_unlike_papers_is_said() -> None:
    merged = merge_records(
        [record("Tides", doi="10.1/x", line=1), record("Birds", BIRDS, doi="10.1/x", file="b", line=2)]
    )
    assert len(merged.papers) == 1 and merged.papers[0].title == "Birds"
    assert len(merged.notices) == 1 and merged.notices[0].startswith("a:1: the same DOI or arXiv id as b:2")


def test_text_of_the_last_file_then_the_longest() -> None:
    longer = TIDES + " They ebb."
    assert one(record(abstract=longer), record(abstract=TIDES, file="b")).abstract == TIDES
    assert one(record(abstract=longer), record(abstract=TIDES)).abstract == longer
    assert one(record(), record(abstract=BIRDS * 3, file="b", text_kind="note")).abstract == TIDES
    noted = one(record(abstract=BIRDS, text_kind="note"), record(abstract=BIRDS + " So.", text_kind="note", file="b"))
    assert (noted.text_kind, noted.abstract) == ("note", BIRDS + " So.")


def test_dates() -> None:
    inferred = record(published="2026-03-07", published_inferred=True)
    year, month = record(published="2025", file="b"), record(published="2025-04", file="c")
    assert (one(inferred, year).published, one(inferred, year).published_inferred) == ("2025", False)
    assert one(month, inferred, year).published == "2025-04"
    assert one(inferred, record(file="b")).published_inferred
    same = one(inferred, replace(inferred, published_inferred=False))
    assert (same.published, same.published_inferred) == ("2026-03-07", False)


def test_union_of_metadata() -> None:
    paper = one(
        record(
            authors=("Ann Doe",),
            n_authors=3,
            organisation="Lab",
            arxiv_id="2401.01234",
            doi="10.48550/arXiv.2401.01234",
        ),
        record(file="b", authors=("Ann Doe", "Bob Roe"), venue="Tides", doi="10.1/x", url="https://example.org"),
    )
    assert (paper.authors, paper.n_authors, paper.organisation) == (("Ann Doe", "Bob Roe"), 3, "Lab")
    assert (paper.doi, paper.arxiv_id, paper.venue) == ("10.1/x", "2401.01234", "Tides")
    assert (paper.url, paper.sources) == ("https://example.org", ("a", "b"))


RECORDS = st.builds(
    record,
    title=st.sampled_from(["Editorial", "editorial!", "Tides", "Birds"]),
    abstract=st.sampled_from([TIDES, TIDES_2, BIRDS, "Short."]),
    text_kind=st.sampled_from(["abstract", "note"]),
    doi=st.sampled_from([None, None, "10.1/x", "10.1/y", "10.48550/arxiv.2401.00001"]),
    arxiv_id=st.sampled_from([None, None, "2401.00001", "2401.00002v1"]),
    published=st.sampled_from([None, "2024", "2024-05", "2025-01-02"]),
    published_inferred=st.booleans(),
    organisation=st.sampled_from([None, "Lab", "Works"]),
    n_authors=st.sampled_from([None, 1, 5]),
)


@settings(deadline=None)
@given(st.lists(RECORDS, max_size=7), st.randoms(use_true_random=False))
def test_order_inside_a_file_does_not_matter(records: list[RawRecord], rng: object) -> None:
    shuffled = list(records)
    rng.shuffle(shuffled)  # type: ignore[attr-defined]
    first, second = merge_records(records), merge_records(shuffled)
    by_id = {paper.id: paper for paper in first.papers}
    assert by_id == {paper.id: paper for paper in second.papers}
    assert len(by_id) == len(first.papers), "ids are unique"
    assert len(first.papers) + len(first.duplicates) == len(records), "nothing is lost"


def _paper(**more: object) -> Paper:
    return merge_records([record(**more)]).papers[0]  # type: ignore[arg-type]


def test_merge_into_keeps_id_and_links_and_is_idempotent() -> None:
    held = _paper(title="Tides", organisation="Lab").model_copy(update={"same_work": ("p0",)})
    new = _paper(title="Tides", abstract=TIDES_2, doi="10.1/x", published="2024", file="b")
    after = merge_into(held, new)
    assert (after.id, after.same_work, after.sources) == (held.id, ("p0",), ("a", "b"))
    assert (after.abstract, after.doi, after.organisation) == (TIDES_2, "10.1/x", "Lab")
    assert after.revision == new.revision != held.revision
    assert merge_into(after, new) == after and merge_into(held, held) == held


def test_merge_into_never_gives_a_note_for_an_abstract() -> None:
    note = _paper(title="Tides", abstract="Our words on tides.", text_kind="note", n_authors=4, file="notes")
    abstract = _paper(title="Tides", file="page")
    assert merge_into(note, abstract).text_kind == merge_into(abstract, note).text_kind == "abstract"
    assert merge_into(abstract, note).abstract == TIDES
    assert merge_into(abstract, note).n_authors == 4
    assert merge_into(abstract, note).revision == abstract.revision


def test_shelf_over_several_ingests() -> None:
    shelf = Shelf()
    tides, before = shelf.put(_paper())
    assert before is None
    birds, before = shelf.put(_paper(abstract=BIRDS, file="b"))
    assert before is None and birds.id != tides.id, "another paper of the same title"
    again, before = shelf.put(_paper(abstract=BIRDS + " Again.", file="c"))
    assert before == birds and again.id == birds.id and again.abstract.endswith("Again.")
    assert shelf.put(again) == (again, again), "unchanged"
    named, _ = shelf.put(_paper(title="Editorial", doi="10.1/x", file="d"))
    assert named.id == tides.id and shelf.match(_paper(title="New", abstract=BIRDS, doi="10.1/x")) == named
    reopened = Shelf(shelf.papers.values())
    assert reopened.match(_paper(abstract=BIRDS)) == again
    assert list(shelf.papers) == [tides.id, birds.id]


def test_batches_arrive_in_any_order() -> None:
    papers = [_paper(), _paper(abstract=BIRDS, file="b"), _paper(title="Tides", file="c")]
    for order in itertools.permutations(papers):
        shelf = Shelf()
        for paper in (*order, *order):
            shelf.put(paper)
        assert len(shelf.papers) == 3
        assert {title_key(paper.title) for paper in shelf.papers.values()} == {"editorial", "tides"}


def test_many_papers_of_one_title_finish() -> None:
    records = [record(abstract=f"{BIRDS} {n}") for n in range(3_000)]
    assert len(merge_records([*records, *records]).papers) == 3_000
