"""Every format: a round trip with all fields, aliases, and sniffing by content and suffix."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from rag.corpus import FORMATS, format_names, read_sources, reader_named
from rag.corpus.names import split_names
from rag.errors import UnknownFormatError
from rag.paper import Paper

Put = Callable[..., Path]


def _one(path: Path, **options: str) -> Paper:
    corpus = read_sources([path], **options)  # type: ignore[arg-type]
    assert corpus.rejected == []
    assert len(corpus.papers) == 1
    return corpus.papers[0]


FULL = {
    "title": "Tides of the Cache",
    "abstract": "Caches have tides, which we measure at 24\\% and 2.15times.",
    "authors": ["Ann Doe", "Bob Roe"],
    "organisation": "Tidal Lab",
    "published": "2024-03-07",
    "venue": "Proc. of Tides",
    "url": "https://example.org/tides",
    "doi": "10.1000/tides",
    "arxiv_id": "2403.01234",
}


def _check_full(paper: Paper) -> None:
    for name, value in FULL.items():
        expected = tuple(value) if isinstance(value, list) else value
        assert getattr(paper, name) == expected, name
    assert (paper.n_authors, paper.text_kind, paper.published_inferred) == (2, "abstract", False)


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("shape", [lambda r: r, lambda r: [r], lambda r: {"papers": [r]}])
def test_json_round_trip(put: Put, indent: int | None, shape: Callable[[object], object]) -> None:
    _check_full(_one(put("a.json", json.dumps(shape(FULL), indent=indent))))


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_table_round_trip(put: Put, delimiter: str, line_end: str) -> None:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(FULL), delimiter=delimiter, lineterminator=line_end)
    writer.writeheader()
    writer.writerow(FULL | {"authors": "Ann Doe; Bob Roe", "abstract": str(FULL["abstract"]).replace(" ", "\n", 1)})
    _check_full(_one(put("a.csv", out.getvalue())))


def test_papers_of_a_library_come_back(put: Put) -> None:
    paper = _one(put("a.jsonl", json.dumps(FULL | {"published_inferred": True, "text_kind": "note"})))
    again = _one(put("b.jsonl", paper.model_dump_json()))
    assert again == paper.model_copy(update={"sources": again.sources})
    assert again.published_inferred and again.text_kind == "note"


@pytest.mark.parametrize("alias", ["abstract", "note", "summary", "text", "Abstract Note"])
def test_aliases_of_the_text(put: Put, alias: str) -> None:
    paper = _one(put("a.jsonl", json.dumps({"Title": "T one", alias: "Some words.", "id": "arXiv:2401.00001v2"})))
    assert paper.abstract == "Some words."
    assert paper.text_kind == ("note" if alias == "note" else "abstract")
    assert paper.arxiv_id == "2401.00001"


def test_an_id_that_is_no_arxiv_id_is_not_taken_for_one(put: Put) -> None:
    paper = _one(put("a.jsonl", json.dumps({"id": 17, "title": "T", "abstract": "Some words.", "year": 2021})))
    assert (paper.arxiv_id, paper.published, paper.year) == (None, "2021", 2021)


def test_huge_field_in_a_table(put: Put) -> None:
    text = "word " * 60_000
    corpus = read_sources([put("a.csv", f'title,abstract\nT,"{text}"\n')], max_abstract_chars=1_000_000)
    assert len(corpus.papers[0].abstract) == len(text) - 1


BIB = r"""
@string{tides = "Proc. of Tides"}
@comment{nothing}
@article{doe24,
  Title = {Tides of the {Cache} in M{\"u}nster},
  author = {M{\"u}ller, J{\"o}rg and Doe, Ann and {The Tidal Lab} and others},
  abstract = "Caches & disks gain 50% on {GPUs}, 24\% more on $O(n^2)$ sorts, for $5 \& less.
     {\'E}t{\'e} it is.",
  journal = tides, year = 2024, month = mar, doi = {10.1000/tides\_one},
  eprint = {2403.01234v2}, archivePrefix = {arXiv}, url = {https://example.org/a%20b_c}
}
"""


def test_bibtex_round_trip(put: Put) -> None:
    paper = _one(put("a.bib", BIB))
    assert paper.title == "Tides of the Cache in Münster"
    assert paper.authors == ("Jörg Müller", "Ann Doe", "The Tidal Lab")
    assert paper.abstract.startswith("Caches & disks gain 50% on GPUs, 24% more on") and paper.abstract.endswith(
        "Été it is."
    )
    assert (paper.venue, paper.published, paper.doi) == ("Proc. of Tides", "2024-03", "10.1000/tides_one")
    assert (paper.arxiv_id, paper.url) == ("2403.01234", "https://example.org/a%20b_c")


def test_arxiv_snapshot(put: Put) -> None:
    row = {
        "id": "0704.0001",
        "authors": "C. Bal\\'azs, E. L. Berger",
        "title": "Calculation of\n  tides",
        "abstract": "  A fully differential\ncalculation is presented.\n",
        "doi": "10.1103/PhysRevD.76.013009",
        "journal-ref": "Phys.Rev.D76:013009,2007",
        "categories": "hep-ph",
        "update_date": "2008-11-26",
        "versions": [{"version": "v1", "created": "Mon, 2 Apr 2007 19:18:42 GMT"}],
        "authors_parsed": [["Balázs", "C.", ""], ["Berger", "E. L.", "Jr."]],
    }
    path = put("a.json", json.dumps(row))
    paper = _one(path)
    assert (paper.title, paper.abstract) == ("Calculation of tides", "A fully differential calculation is presented.")
    assert paper.authors == ("C. Balázs", "E. L. Berger Jr.")
    assert (paper.published, paper.arxiv_id, paper.doi) == ("2007-04-02", "0704.0001", "10.1103/physrevd.76.013009")
    assert paper.venue == "Phys.Rev.D76:013009,2007"
    assert _one(path, format="jsonl").id == paper.id


ATOM = """<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns="http://www.w3.org/2005/Atom">
  <title>ArXiv Query</title>
  <entry>
    <id>http://arxiv.org/abs/2403.01234v3</id>
    <published>2024-03-02T10:00:00Z</published>
    <updated>2024-05-02T10:00:00Z</updated>
    <title>Tides of
      the Cache &amp; Disk</title>
    <summary>  Caches &lt;have&gt; tides.
    </summary>
    <author><name>Ann Doe</name></author><author><name>Bob Roe</name></author>
    <arxiv:doi xmlns:arxiv="http://arxiv.org/schemas/atom">10.1000/TIDES</arxiv:doi>
    <arxiv:journal_ref xmlns:arxiv="http://arxiv.org/schemas/atom">Tides 1</arxiv:journal_ref>
    <link href="http://arxiv.org/abs/2403.01234v3" rel="alternate" type="text/html"/>
  </entry>
</feed>
"""


def test_atom(put: Put) -> None:
    paper = _one(put("feed", ATOM))
    assert (paper.title, paper.abstract) == ("Tides of the Cache & Disk", "Caches <have> tides.")
    assert (paper.authors, paper.published) == (("Ann Doe", "Bob Roe"), "2024-03-02")
    assert (paper.arxiv_id, paper.doi, paper.venue) == ("2403.01234", "10.1000/tides", "Tides 1")
    assert paper.url == "http://arxiv.org/abs/2403.01234v3"


@pytest.mark.parametrize(
    ("name", "content"),
    [("jsonl", json.dumps(FULL)), ("bibtex", BIB), ("atom", ATOM), ("csv", "Title,Abstract\nT,Some words here.\n")],
)
def test_content_decides_whatever_the_suffix(put: Put, name: str, content: str) -> None:
    by_content = _one(put("data.dat", content))
    assert by_content.title == _one(put("data.xyz", content), format=name).title


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Ann Doe and Bob Roe", ("Ann Doe", "Bob Roe")),
        ("Doe, Ann; Roe, Bob", ("Ann Doe", "Bob Roe")),
        ("Ann Doe, Bob Roe, and Cy Poe", ("Ann Doe", "Bob Roe", "Cy Poe")),
        ("Doe, A., Roe, B. C.", ("A. Doe", "B. C. Roe")),
        ("van der Berg, J.", ("J. van der Berg",)),
        ("Ann Doe", ("Ann Doe",)),
        ("", ()),
    ],
)
def test_names(text: str, names: tuple[str, ...]) -> None:
    assert split_names(text) == names


def test_table_of_formats() -> None:
    assert format_names() == (
        "daily", "pages", "jsonl", "csv", "bibtex", "arxiv-json", "atom",
        "ris", "pubmed", "pubmed-xml", "openalex", "semantic-scholar",
    )  # fmt: skip
    assert len(set(format_names())) == len(FORMATS)
    assert all(reader.description and reader.suffixes for reader in FORMATS)
    with pytest.raises(UnknownFormatError, match="Use one of: daily, pages"):
        reader_named("word")


def test_heavy_packages_stay_out() -> None:
    code = (
        "import sys, rag.corpus; print([m for m in ('chromadb', 'llama_index', 'gradio', 'torch') if m in sys.modules])"
    )
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root)
    assert done.stdout.strip() == "[]"
