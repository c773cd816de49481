"""Pages copied as text, on invented ones: parts recognised without marks, footers, dates without a year."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.corpus import read_sources
from rag.corpus.dates import PageDate, inferred_year, iso_date, parse_date, parse_page_date
from rag.corpus.layout import display_name, read_blocks

HEAD = "Get trending papers in your email inbox once a day!\nGet trending papers in your email inbox!\n"


def test_pages_without_blank_lines_or_footers(put: Callable[..., Path], invent: Callable[..., str]) -> None:
    text = f"{HEAD}SubscribeFast Kernels for Slow Chips\n{invent(1)}\nSubscribers of a Queue\n{invent(2)}\n"
    corpus = read_sources([put("page.txt", text)])
    assert [paper.title for paper in corpus.papers] == ["Fast Kernels for Slow Chips", "Subscribers of a Queue"]
    assert [paper.abstract for paper in corpus.papers] == [invent(1), invent(2)]


def test_banner_in_the_middle(put: Callable[..., Path], invent: Callable[..., str]) -> None:
    text = f"{HEAD}Fast Kernels\n{invent(1)}\n{HEAD}SubscribexLLM Report\n{invent(2)}\n"
    assert [paper.title for paper in read_sources([put("page.txt", text)]).papers] == ["Fast Kernels", "xLLM Report"]


def test_short_abstracts_and_sentence_case_titles(put: Callable[..., Path]) -> None:
    text = f"{HEAD}Sorting pages on a disk\nWe sort pages. It is quick.\nCan Machines Sort?\nThey can, in three of four cases.\n"
    papers = read_sources([put("page.txt", text)]).papers
    assert [(paper.title, paper.abstract[:4]) for paper in papers] == [
        ("Sorting pages on a disk", "We s"),
        ("Can Machines Sort?", "They"),
    ]


def test_title_longer_than_usual(put: Callable[..., Path], invent: Callable[..., str]) -> None:
    title = "Towards a Unified View of " + " and ".join(f"Topic{n} Analysis" for n in range(12))
    papers = read_sources([put("page.txt", f"{HEAD}{title}\n{invent(1)}\nShort Title\n{invent(2)}\n")]).papers
    assert [paper.title for paper in papers] == [title, "Short Title"]


def test_title_without_abstract_is_rejected_alone(put: Callable[..., Path], invent: Callable[..., str]) -> None:
    text = f"{HEAD}First Title\n{invent(1)}\nLonely Title of a Paper\nThird Title\n{invent(3)}\nLast Lonely Title\n"
    corpus = read_sources([put("page.txt", text)])
    assert [paper.title for paper in corpus.papers] == ["First Title", "Third Title"]
    assert [(item.line, item.reason.partition(";")[0]) for item in corpus.rejected] == [
        (5, "no abstract under 'Lonely Title of a Paper'"),
        (8, "no abstract under 'Last Lonely Title'"),
    ]


def _daily(*papers: tuple[str, str, str]) -> str:
    body = "\n\n".join(f"{title}\n\n{abstract}\n\n{footer}" for title, abstract, footer in papers)
    return f"new\n\nSubscribe\n\nDaily Papers\n\nbyAK and the research community\n\nMay 27\n\n{body}\n"


def test_daily_footers(put: Callable[..., Path], invent: Callable[..., str]) -> None:
    page = _daily(
        ("One Title", invent(1), "  • 4 authors\n·\nMar 7"),
        ("Two Titles", invent(2), "apple Apple\n·\nNov 2, 2023 3"),
        ("Three Titles", invent(3), ""),
        ("Four Titles", f"{invent(4)}\n\n{invent(40)}", "PekingUniversity Peking University\n·\nDec 18, 2025 14"),
        ("Five Titles", invent(5), "  • 1 authors · Feb 30"),
    )
    papers = read_sources([put("page.txt", page)]).papers
    assert [(p.title, p.n_authors, p.organisation, p.published, p.published_inferred) for p in papers] == [
        ("One Title", 4, None, "2026-03-07", True),
        ("Two Titles", None, "Apple", "2023-11-02", False),
        ("Three Titles", None, None, None, False),
        ("Four Titles", None, "Peking University", "2025-12-18", False),
        ("Five Titles", 1, None, "2026-02", True),
    ]
    assert papers[3].abstract == f"{invent(4)} {invent(40)}"


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("apple Apple", "Apple"),
        ("PekingUniversity Peking University", "Peking University"),
        ("facebook AI at Meta", "AI at Meta"),
        ("deepseek-ai DeepSeek", "DeepSeek"),
        ("MIT Massachusetts Institute of Technology", "Massachusetts Institute of Technology"),
        ("Peking University", "Peking University"),
        ("Snowflake", "Snowflake"),
    ],
)
def test_display_name_without_slug(line: str, name: str) -> None:
    assert display_name(line) == name


def test_year_of_a_page_without_any_year() -> None:
    dates = [PageDate(3, 7, None), PageDate(11, 30, None)]
    assert inferred_year(dates, datetime.date(2024, 11, 30)) == 2024
    assert inferred_year(dates, datetime.date(2024, 11, 29)) == 2023
    assert inferred_year([*dates, PageDate(1, 1, 2021)], datetime.date(2024, 11, 29)) == 2022


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2024", "2024"),
        ("2024.0", "2024"),
        ("2024-3-7", "2024-03-07"),
        ("2024-03-07T10:00:00Z", "2024-03-07"),
        ("7 March 2024", "2024-03-07"),
        ("Mar. 7, 2024", "2024-03-07"),
        ("Mon, 2 Apr 2007 19:18:42 GMT", "2007-04-02"),
        ("Sept 2024", "2024-09"),
        ("2024-13-01", "2024"),
        ("2023-02-29", "2023-02"),
        ("soon", None),
        ("12345", None),
    ],
)
def test_dates(text: str, iso: str | None) -> None:
    assert parse_date(text) == iso


@given(st.dates(min_value=datetime.date(1990, 1, 1), max_value=datetime.date(2099, 12, 31)), st.integers(0, 999))
def test_page_dates_round_trip(day: datetime.date, votes: int) -> None:
    printed = f"{day:%b} {day.day}, {day.year} {votes}"
    parsed = parse_page_date(printed)
    assert parsed is not None and iso_date(parsed.year or 0, parsed.month, parsed.day) == day.isoformat()
    assert parse_page_date(f"{day:%b} {day.day} {votes}") == PageDate(day.month, day.day, None)


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(["", "A Title", "·", "Mar 7", "• 3 authors", "We do it well.", "x y", "Subscribe"])))
def test_no_arrangement_of_lines_loses_text(lines: list[str]) -> None:
    kept = [line for line in lines if line in ("A Title", "We do it well.", "x y")]
    found = [
        part
        for block in read_blocks("\n".join(lines))
        for part in (block.title, *block.parts, (block.footer.organisation if block.footer else None))
        if part
    ]
    # "x y" as an organisation is the slug x and the name y.
    assert [{"y": "x y"}.get(part, part) for part in found] == kept
