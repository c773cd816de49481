"""One work under two titles: found by runs of words or by the title; boilerplate and topics link nothing."""

from __future__ import annotations

from collections.abc import Callable

from rag.corpus import link_near_duplicates, near_duplicates, paper_id, revision
from rag.paper import Paper

BOILERPLATE = (
    "This work was carried out in the framework of the long programme on regional tides and it has been reviewed by two "
    "members of the standing committee. All data and code are available from the authors on reasonable request."
)
FIRST_NOTE = "Lanes of a server queue are balanced by tokens; queues shrink by 31 % on three clusters under bursts."
SECOND_NOTE = "Token balancing between queue lanes: on three clusters with bursts a server sees 31 % less waiting."


def paper(title: str, abstract: str, text_kind: str = "abstract") -> Paper:
    identity = paper_id(title, disambiguator=abstract)
    text = revision(title, abstract, text_kind)
    return Paper(id=identity, revision=text, title=title, abstract=abstract, text_kind=text_kind)  # type: ignore[arg-type]


def links(*papers: Paper) -> list[tuple[str, str]]:
    return near_duplicates(papers)


def test_same_words_under_two_titles(invent: Callable[..., str]) -> None:
    text = invent(1, 120)
    first, second, third = paper("One Name", text), paper("Other Name", text + " Now more."), paper("Third", invent(2))
    assert links(first, second, third) == [(second.id, first.id)]
    linked = link_near_duplicates([first, second, third])
    assert [item.same_work for item in linked] == [(second.id,), (first.id,), ()]
    assert linked[2] is third


def test_a_shortened_abstract_is_the_same_work(invent: Callable[..., str]) -> None:
    whole = paper("One Name", invent(1, 120))
    assert links(whole, paper("Other Name", whole.abstract[: len(whole.abstract) // 2])) != []


def test_boilerplate_links_nothing(invent: Callable[..., str]) -> None:
    papers = [paper(f"Title {n}", f"{invent(n, 24)} {BOILERPLATE}") for n in range(3)]
    assert links(*papers) == []
    many = [paper(f"Title {n}", f"{invent(n, 20)} {BOILERPLATE}") for n in range(60)]
    assert links(*many) == []


def test_three_titles_of_one_text_link_each_other(invent: Callable[..., str]) -> None:
    papers = [paper(f"Title {n}", invent(1)) for n in range(3)]
    assert len(links(*papers)) == 3
    assert all(len(item.same_work) == 2 for item in link_near_duplicates(papers))


def test_name_before_the_title_links_notes_in_other_words() -> None:
    first = paper("Balancing Server Queues with Tokens", FIRST_NOTE, "note")
    second = paper("LaneBal: Balancing Server Queues with Tokens", SECOND_NOTE, "note")
    assert links(first, second) == [(second.id, first.id)]
    assert links(second, first) == [(first.id, second.id)]


def test_title_inside_a_title_needs_like_texts(invent: Callable[..., str]) -> None:
    survey = paper("A Survey of Language Models", "Language models are surveyed by corpus, size, training and cost.")
    narrower = "Language models that write programs are surveyed by corpus, compiler feedback, tests and repair."
    assert links(survey, paper("A Survey of Language Models for Code Generation", narrower)) == []
    assert links(survey, paper("LaneBal: A Survey of Language Models", invent(3))) == []


def test_papers_kept_apart_under_one_title_stay_apart(invent: Callable[..., str]) -> None:
    assert links(paper("Editorial", invent(1)), paper("Editorial!", invent(1) + " x")) == []


def test_stale_links_go(invent: Callable[..., str]) -> None:
    stale = paper("One", invent(1)).model_copy(update={"same_work": ("p000000000000",)})
    assert link_near_duplicates([stale])[0].same_work == ()
    assert link_near_duplicates([]) == []


def test_ten_thousand_papers_finish(invent: Callable[..., str]) -> None:
    papers = [paper(f"On Subject {n} of the Tides", f"{invent(n, 150)} {BOILERPLATE}") for n in range(10_000)]
    twins = [paper(f"Again: subject {n}", papers[n].abstract) for n in range(0, 10_000, 500)]
    assert sorted(near_duplicates([*papers, *twins])) == sorted(
        (twin.id, papers[n * 500].id) for n, twin in enumerate(twins)
    )
