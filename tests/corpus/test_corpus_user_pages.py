"""The user's two pages: exact counts, what stands in both, dates, organisations, and the one work under two titles."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from rag.corpus import link_near_duplicates, near_duplicates, read_sources, sniff


def test_counts(page_files: list[Path]) -> None:
    both = read_sources(page_files)
    assert [len(read_sources([path]).papers) for path in page_files] == [119, 67]
    assert len(both.papers) == len({paper.id for paper in both.papers}) == 176
    assert len(both.duplicates) == sum(len(paper.sources) == 2 for paper in both.papers) == 10
    assert both.rejected == [] and both.notices == []


def test_sniffed_as_what_they_are(page_files: list[Path]) -> None:
    assert [sniff(path.read_text(encoding="utf-8"), path).name for path in page_files] == ["pages", "daily"]


def test_merged_papers_take_the_footer_of_the_daily_page(page_files: list[Path]) -> None:
    for paper in read_sources(page_files).papers:
        if len(paper.sources) == 2:
            assert paper.published and (paper.n_authors or paper.organisation)


def test_dates_and_organisations(page_files: list[Path]) -> None:
    papers = {paper.title.split(":")[0]: paper for paper in read_sources(page_files).papers}
    graphbit, tilus = papers["GraphBit"], papers["Tilus"]
    assert (graphbit.published, graphbit.published_inferred, graphbit.n_authors) == ("2026-03-07", True, 4)
    assert (tilus.published, tilus.published_inferred, tilus.n_authors) == ("2025-04-17", False, 8)
    assert papers["FlashDecoding++"].published == "2023-11-02"
    assert papers["Horizon-LM"].published is None and papers["SkVM"].n_authors is None
    assert sum(paper.published_inferred for paper in papers.values()) == 18
    named = {paper.organisation for paper in papers.values()} - {None}
    assert named == {"Apple", "Gensyn", "Snowflake", "Peking University"}


def test_glued_label_is_cut_from_the_first_title(page_files: list[Path]) -> None:
    titles = [paper.title for paper in read_sources(page_files).papers]
    assert titles[0].startswith("Adaptive Computation Modules")
    assert not [title for title in titles if title.startswith(("Subscribe", "Get trending", "new"))]


def test_one_work_under_two_titles(page_files: list[Path]) -> None:
    papers = read_sources(page_files).papers
    linked = [paper for paper in link_near_duplicates(papers) if paper.same_work]
    assert sorted(paper.title.split(":")[0][:17] for paper in linked) == ["Mutual-Supervised", "QiMeng-MuPa"]
    assert linked[0].same_work == (linked[1].id,) and linked[1].same_work == (linked[0].id,)
    assert near_duplicates(papers) == [(linked[1].id, linked[0].id)]


def test_order_of_files_and_repetition_change_no_paper(page_files: list[Path]) -> None:
    def content(paths: list[Path]) -> set[tuple[object, ...]]:
        return {(p.id, p.title, p.published, p.n_authors, frozenset(p.sources)) for p in read_sources(paths).papers}

    assert content(page_files) == content(page_files[::-1]) == content(page_files * 2)


def _no_blank_lines(text: str) -> str:
    return re.sub(r"\n+", "\n", text)


def _halved_abstracts(text: str) -> str:
    def halve(line: str) -> str:
        words = line.split(" ")
        half = len(words) // 2
        return line if len(line) < 400 else f"{' '.join(words[:half])}\n{' '.join(words[half:])}"

    return "\n".join(map(halve, text.split("\n")))


@pytest.mark.parametrize(
    "change",
    [lambda t: t.replace("\n", "\r\n"), _no_blank_lines, lambda t: t.replace("\n", "\n\n"), _halved_abstracts],
    ids=["CRLF", "no blank lines", "blank lines between all", "abstracts on two lines"],
)
def test_layout_survives_copying(
    page_files: list[Path], put: Callable[..., Path], change: Callable[[str], str]
) -> None:
    for path in page_files:
        text = path.read_text(encoding="utf-8")
        changed = put(path.name, change(text))
        expected = {(paper.title, paper.abstract) for paper in read_sources([path]).papers}
        assert {(paper.title, paper.abstract) for paper in read_sources([changed]).papers} == expected


def test_most_papers_survive_hard_wrapping(page_files: list[Path], put: Callable[..., Path]) -> None:
    right = total = 0
    for path in page_files:
        lines = path.read_text(encoding="utf-8").split("\n")
        wrapped = [part for line in lines for part in (textwrap.wrap(line, 100) if len(line) > 400 else [line])]
        expected = {paper.title for paper in read_sources([path]).papers}
        got = {paper.title for paper in read_sources([put(path.name, "\n".join(wrapped))]).papers}
        right += len(expected & got)
        total += len(expected)
    assert right >= 0.97 * total


def test_a_removed_abstract_is_one_rejection(page_files: list[Path], put: Callable[..., Path]) -> None:
    lines = page_files[0].read_text(encoding="utf-8").split("\n")
    assert len(lines[19]) > 400, "line 20 should be an abstract"
    corpus = read_sources([put("page.txt", "\n".join(lines[:19] + lines[20:]))])
    assert len(corpus.papers) == 118
    assert [(item.line, "no abstract" in item.reason) for item in corpus.rejected] == [(19, True)]
