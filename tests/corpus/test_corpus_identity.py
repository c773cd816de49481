"""Normalised identifiers, ids and revisions, and the cleaning that offsets rely on."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.corpus import normalise_arxiv_id, normalise_doi, paper_id, revision, title_key
from rag.corpus.record import clean_text


@pytest.mark.parametrize(
    "value",
    [
        "10.1145/ABC.1",
        "doi:10.1145/abc.1",
        "https://doi.org/10.1145/abc.1",
        "http://dx.doi.org/10.1145%2Fabc.1",
        "DOI 10.1145/abc.1.",
    ],
)
def test_doi(value: str) -> None:
    assert normalise_doi(value) == "10.1145/abc.1"


@pytest.mark.parametrize("value", [None, "", "n/a", "10.1145", "https://example.org/10.1"])
def test_no_doi(value: str | None) -> None:
    assert normalise_doi(value) is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2401.01234v3", "2401.01234"),
        ("arXiv:2401.01234", "2401.01234"),
        ("https://arxiv.org/abs/2401.01234v1", "2401.01234"),
        ("http://arxiv.org/pdf/2401.01234v1.pdf", "2401.01234"),
        ("https://huggingface.co/papers/2401.01234", "2401.01234"),
        ("https://doi.org/10.48550/arXiv.2401.01234", "2401.01234"),
        ("hep-th/9901001v2", "hep-th/9901001"),
        ("math.GT/0309136", "math/0309136"),
        ("https://arxiv.org/abs/cs/0112017", "cs/0112017"),
        ("2413.01234", None),
        ("17", None),
        ("https://example.org/2401.01234", None),
    ],
)
def test_arxiv_id(value: str, expected: str | None) -> None:
    assert normalise_arxiv_id(value) == expected


def test_title_key_ignores_spelling_not_script() -> None:
    assert title_key("T3: Fast—Müller!") == title_key("t3  fast MULLER") == "t3 fast muller"
    assert title_key("深度学习") != title_key("机器学习")
    assert title_key("???") != title_key("!!!")


def test_paper_id_prefers_doi_then_arxiv_then_title() -> None:
    by_title = paper_id("A Title")
    assert by_title == paper_id("a title!") != paper_id("B Title")
    by_arxiv = paper_id("A Title", None, "2401.01234v2")
    assert by_arxiv == paper_id("Other", "10.48550/arXiv.2401.01234") == paper_id("Other", None, "2401.01234")
    by_doi = paper_id("A Title", "10.1/X", "2401.01234")
    assert by_doi == paper_id("Other", "https://doi.org/10.1/x")
    assert len({by_title, by_arxiv, by_doi, paper_id("A Title", disambiguator="x")}) == 4
    assert len(by_doi) == 13 and by_doi[0] == "p" and int(by_doi[1:], 16) >= 0


def test_revision_follows_title_text_and_kind_only() -> None:
    base = revision("T", "A", "abstract")
    assert len(base) == 12
    assert len({base, revision("U", "A", "abstract"), revision("T", "B", "abstract"), revision("T", "A", "note")}) == 4


@given(st.text())
def test_cleaning_is_final(text: str) -> None:
    cleaned, _ = clean_text(text)
    assert clean_text(cleaned) == (cleaned, 0)
    assert cleaned == cleaned.strip() and "  " not in cleaned and "\x00" not in cleaned
    cleaned.encode("utf-8")


def test_cleaning_leaves_artefacts_alone() -> None:
    text = r"at 24\% and 2.15times, sim 7.7times, {this url} <b>x</b> 'ﬁne'"
    assert clean_text(text) == (text, 0)
