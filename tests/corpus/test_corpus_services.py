"""RIS, PubMed's two forms, OpenAlex and Semantic Scholar: all fields, malformed entries, and what is lost with them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.corpus import Corpus, format_names, read_sources, reader_named
from rag.corpus.openalex import abstract_of
from rag.paper import Paper, Rejection

Put = Callable[..., Path]

RIS = """TY  - JOUR
AU  - Doe, Ann
AU  - Roe, Bob C.
TI  - Tides of the Cache
T2  - Proc. of Tides
AB  - Caches have tides, which we measure
at 24% and 2.15times.
PY  - 2024
DA  - 2024/03/07/
DO  - https://doi.org/10.1000/TIDES
UR  - https://arxiv.org/abs/2403.01234v2
AD  - Tidal Lab
N1  - my own remark, no abstract
ER  -
"""

NBIB = """PMID- 12345678
OWN - NLM
DP  - 2024 Mar
DEP - 20240307
TI  - Tides of the
      Cache.
AID - 10.1000/tides [doi]
AB  - AIM: Caches have tides. RESULT: We measure
      them at 24%.
FAU - Doe, Ann
AU  - Doe A
FAU - Roe, Bob C
AU  - Roe BC
CN  - The Tide Group
AD  - Tidal Lab.
JT  - Journal of Tides

"""

PUBMED = """<?xml version="1.0" ?>
<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD PubMedArticle, 1st January 2025//EN" "https://dtd.nlm.nih.gov/x.dtd">
<PubmedArticleSet>
<PubmedArticle><MedlineCitation><PMID Version="1">12345678</PMID><Article>
<Journal><JournalIssue><PubDate><Year>2024</Year><Month>Mar</Month></PubDate></JournalIssue><Title>Journal of Tides</Title></Journal>
<ArticleTitle>Tides of the <i>Cache</i>.</ArticleTitle>
<ELocationID EIdType="doi">10.1000/tides</ELocationID>
<Abstract><AbstractText Label="AIM">Caches have tides.</AbstractText><AbstractText Label="RESULT">We measure them at 24%.</AbstractText></Abstract>
<AuthorList><Author><LastName>Doe</LastName><ForeName>Ann</ForeName><AffiliationInfo><Affiliation>Tidal Lab.</Affiliation></AffiliationInfo></Author>
<Author><LastName>Roe</LastName><ForeName>Bob C</ForeName></Author><Author><CollectiveName>The Tide Group</CollectiveName></Author></AuthorList>
<ArticleDate><Year>2024</Year><Month>03</Month><Day>07</Day></ArticleDate>
</Article></MedlineCitation>
<PubmedData><ArticleIdList><ArticleId IdType="doi">10.1000/tides</ArticleId></ArticleIdList>
<ReferenceList><Reference><ArticleIdList><ArticleId IdType="doi">10.1000/other</ArticleId></ArticleIdList></Reference></ReferenceList></PubmedData>
</PubmedArticle>
</PubmedArticleSet>
"""

WORK: dict[str, Any] = {
    "id": "https://openalex.org/W1",
    "doi": "https://doi.org/10.1000/tides",
    "title": "Tides of the Cache",
    "display_name": "Tides of the Cache",
    "publication_year": 2024,
    "publication_date": "2024-03-07",
    "abstract_inverted_index": {"Caches": [0], "have": [1, 4], "tides": [2], "and": [3], "foam.": [5]},
    "authorships": [
        {"author": {"display_name": "Ann Doe"}, "institutions": [{"display_name": "Tidal Lab"}]},
        {
            "author": {"display_name": "Bob Roe"},
            "institutions": [{"display_name": "Tidal Lab"}, {"display_name": "Quay"}],
        },
    ],
    "primary_location": {"landing_page_url": "https://example.org/tides", "source": {"display_name": "Proc. of Tides"}},
    "locations": [{"landing_page_url": "https://arxiv.org/abs/2403.01234"}],
}

PAPER: dict[str, Any] = {
    "paperId": "f" * 40,
    "externalIds": {"DOI": "10.1000/tides", "ArXiv": "2403.01234", "CorpusId": 7},
    "url": "https://www.semanticscholar.org/paper/f",
    "title": "Tides of the Cache",
    "abstract": "Caches have tides.",
    "venue": "Tides",
    "publicationVenue": {"name": "Proc. of Tides"},
    "year": 2024,
    "publicationDate": "2024-03-07",
    "authors": [
        {"authorId": "1", "name": "Ann Doe", "affiliations": ["Tidal Lab"]},
        {"authorId": None, "name": "Bob Roe"},
    ],
}


def one(path: Path, **options: str) -> Paper:
    corpus = read_sources([path], **options)  # type: ignore[arg-type]
    assert corpus.rejected == []
    assert len(corpus.papers) == 1
    return corpus.papers[0]


def titles(corpus: Corpus) -> list[str]:
    return [paper.title for paper in corpus.papers]


def rejected(corpus: Corpus) -> list[tuple[int | None, str]]:
    return [(item.line, item.reason) for item in corpus.rejected]


def test_ris(put: Put) -> None:
    paper = one(put("a.ris", RIS))
    assert (paper.title, paper.authors) == ("Tides of the Cache", ("Ann Doe", "Bob C. Roe"))
    assert paper.abstract == "Caches have tides, which we measure at 24% and 2.15times."
    assert (paper.published, paper.doi, paper.arxiv_id) == ("2024-03-07", "10.1000/tides", "2403.01234")
    assert (paper.venue, paper.organisation) == ("Proc. of Tides", "Tidal Lab")
    assert paper.url == "https://arxiv.org/abs/2403.01234v2"
    assert paper.text_kind == "abstract"


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_ris_of_other_programs(put: Put, line_end: str) -> None:
    text = "\ufeffTY  - CONF\nT1  - One\nA1  - Doe, A., Jr\nY1  - 2023//\nN2  - First words here.\nJF  - J\nER  - \n"
    paper = one(put("b.txt", text.replace("\n", line_end)))
    assert (paper.title, paper.published, paper.abstract, paper.venue) == ("One", "2023", "First words here.", "J")


def test_ris_entries_fail_alone(put: Put) -> None:
    text = (
        "TY  - JOUR\nTI  - One\nAB  - First words.\nER  - \n"
        "a stray line\n"
        "TY  - JOUR\nTI  - Bare\nER  - \n"
        "TY  - JOUR\nTI  - Two\nPY  - last spring\nAB  - Second words.\n"  # never ends
        "TY  - JOUR\nTI  - Three\nAB  - Third words.\nER  - \n"
    )
    corpus = read_sources([put("a.ris", text)])
    assert titles(corpus) == ["One", "Two", "Three"]
    assert rejected(corpus) == [
        (5, "this line belongs to no entry; begin one with TY  -"),
        (6, "no abstract under 'Bare'; add it, or leave the record out"),
    ]
    assert [notice.partition(".ris:")[2] for notice in corpus.notices] == [
        "9: the entry has no ER line; it was read",
        "9: the date 'last spring' is not understood and was left out; write it as 2024/03/07",
    ]


def test_pubmed_s_two_forms_give_one_paper(put: Put) -> None:
    text, xml = one(put("a.nbib", NBIB)), one(put("a.xml", PUBMED))
    assert text == xml.model_copy(update={"sources": text.sources})
    assert (text.title, text.published, text.doi) == ("Tides of the Cache", "2024-03-07", "10.1000/tides")
    assert text.authors == ("Ann Doe", "Bob C Roe", "The Tide Group")
    assert text.abstract == "AIM: Caches have tides. RESULT: We measure them at 24%."
    assert (text.venue, text.organisation) == ("Journal of Tides", "Tidal Lab")
    assert text.url == "https://pubmed.ncbi.nlm.nih.gov/12345678/"


@pytest.mark.parametrize(
    ("date", "published"),
    [
        ("DP  - 1998 Dec-1999 Jan", "1998-12"),
        ("DP  - 2023 Spring", "2023"),
        ("DP  - 2024 Mar 7", "2024-03-07"),
        ("DP  - 2024", "2024"),
        ("DEP - 20240307\nDP  - 2025", "2024-03-07"),
    ],
)
def test_pubmed_dates(put: Put, date: str, published: str) -> None:
    assert one(put("a.nbib", f"PMID- 1\nTI  - One.\n{date}\nAB  - Some words.\nAU  - Doe AB\n")).published == published


def test_pubmed_initials(put: Put) -> None:
    assert one(put("a.nbib", "PMID- 1\nTI  - One.\nAB  - Some words.\nAU  - van Doe AB\n")).authors == (
        "A. B. van Doe",
    )


def test_pubmed_entries_fail_alone(put: Put) -> None:
    text = "PMID- 1\nTI  - One.\nAB  - First words.\nno tag here\n\nPMID- 2\nTI  - Bare.\n\nPMID- 3\nTI  - Two.\nAB  - More words.\n"
    corpus = read_sources([put("a.txt", text)])
    assert titles(corpus) == ["One", "Two"]
    assert [(line, reason[:16]) for line, reason in rejected(corpus)] == [
        (4, "this line has no"),
        (6, "no abstract unde"),
    ]


def test_pubmed_xml_cut_in_the_middle_keeps_what_came_before(put: Put) -> None:
    second = PUBMED.partition("<PubmedArticle>")[2].partition("</PubmedArticle>")[0].replace("Tides of", "Foam on")
    corpus = read_sources([put("a.xml", PUBMED.replace("</PubmedArticleSet>", "<PubmedArticle>" + second[:300]))])
    assert titles(corpus) == ["Tides of the Cache"]
    assert len(corpus.rejected) == 1 and "XML is broken" in corpus.rejected[0].reason


def test_pubmed_xml_with_entities_is_refused(put: Put) -> None:
    bomb = (
        '<!DOCTYPE PubmedArticleSet [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>\n<PubmedArticleSet>&b;</PubmedArticleSet>'
    )
    away = '<!DOCTYPE PubmedArticleSet [<!ENTITY a SYSTEM "file:///etc/passwd">]>\n<PubmedArticleSet>&a;</PubmedArticleSet>'
    corpus = read_sources([put("a.xml", bomb), put("b.xml", away)])
    assert corpus.papers == []
    assert ["entities" in reason for _, reason in rejected(corpus)] == [True, True]


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize(
    "shape", [lambda w: {"meta": {"count": 1}, "results": [w], "group_by": []}, lambda w: w, lambda w: [w]]
)
def test_openalex(put: Put, shape: Callable[[object], object], indent: int | None) -> None:
    paper = one(put("a.json", json.dumps(shape(WORK), indent=indent)))
    assert (paper.title, paper.authors) == ("Tides of the Cache", ("Ann Doe", "Bob Roe"))
    assert paper.abstract == "Caches have tides and have foam."
    assert (paper.published, paper.doi, paper.arxiv_id) == ("2024-03-07", "10.1000/tides", "2403.01234")
    assert (paper.organisation, paper.venue) == ("Tidal Lab; Quay", "Proc. of Tides")
    assert paper.url == "https://example.org/tides"


@pytest.mark.parametrize("index", [{"a": 1}, {"a": ["0"]}, {"a": [0], "b": [0]}, {"a": [-1]}, ["a"], {"a": [True]}])
def test_openalex_s_broken_index_costs_its_work(put: Put, index: object) -> None:
    works = [WORK, {**WORK, "abstract_inverted_index": index}, {**WORK, "title": "Foam", "doi": None, "locations": []}]
    corpus = read_sources([put("a.jsonl", "\n".join(map(json.dumps, works)))])
    assert titles(corpus) == ["Tides of the Cache", "Foam"]
    assert len(corpus.rejected) == 1 and corpus.rejected[0].line == 2
    assert "no index of words" in corpus.rejected[0].reason


def test_openalex_without_an_abstract(put: Put) -> None:
    corpus = read_sources([put("a.json", json.dumps({"results": [{**WORK, "abstract_inverted_index": None}]}))])
    assert [reason[:38] for _, reason in rejected(corpus)] == ["no abstract under 'Tides of the Cache'"]


@given(st.lists(st.text(alphabet="abcé.,-", min_size=1, max_size=5), max_size=40))
def test_an_inverted_index_comes_back_as_its_text(words: list[str]) -> None:
    index: dict[str, list[int]] = {}
    for place, word in enumerate(words):
        index.setdefault(word, []).append(place)
    assert abstract_of(index) == " ".join(words)


SHAPES: list[Callable[[object], object]] = [
    lambda p: {"total": 1, "offset": 0, "data": [p]},
    lambda p: {"total": 1, "token": "x", "data": [p]},
    lambda p: {"offset": 0, "data": [{"contexts": [], "citingPaper": p}]},
    lambda p: {"recommendedPapers": [p]},
    lambda p: [p],
    lambda p: p,
]


@pytest.mark.parametrize("shape", SHAPES)
def test_semantic_scholar(put: Put, shape: Callable[[object], object]) -> None:
    paper = one(put("a.json", json.dumps(shape(PAPER))))
    assert (paper.title, paper.authors) == ("Tides of the Cache", ("Ann Doe", "Bob Roe"))
    assert (paper.published, paper.doi, paper.arxiv_id) == ("2024-03-07", "10.1000/tides", "2403.01234")
    assert (paper.organisation, paper.venue) == ("Tidal Lab", "Proc. of Tides")


def test_semantic_scholar_s_bad_papers_cost_themselves(put: Put) -> None:
    other = {**PAPER, "title": "Foam", "externalIds": None, "authors": None, "publicationDate": None}
    data = [PAPER, None, {**PAPER, "abstract": None}, {**PAPER, "title": ["no"]}, other]
    corpus = read_sources(
        [put("a.json", json.dumps(data, indent=1)), put("b.json", '{"error": "Too Many", "paperId": 1}')]
    )
    assert titles(corpus) == ["Tides of the Cache", "Foam"]
    assert [reason[:22] for _, reason in rejected(corpus)] == [
        "this is no JSON object",
        "no abstract under 'Tid",
        "title is not text; wri",
        "the service answered w",
    ]


def test_a_wrapped_answer_has_a_line_for_each_paper(put: Put) -> None:
    bad = {**PAPER, "abstract": {"a": 1}}
    text = '{"total": 2,\n"data": [\n' + json.dumps(PAPER) + ",\n" + json.dumps(bad) + "\n]}"
    corpus = read_sources([put("a.json", text)])
    assert titles(corpus) == ["Tides of the Cache"]
    assert [line for line, _ in rejected(corpus)] == [4]


@pytest.mark.parametrize("indent", [None, 2])
def test_a_wrapped_answer_cut_in_the_middle_keeps_what_came_before(put: Put, indent: int | None) -> None:
    works = [{**WORK, "title": f"Tides {n}", "doi": f"10.1/{n}", "locations": []} for n in range(4)]
    whole = json.dumps({"meta": {"count": 4}, "results": works}, indent=indent)
    corpus = read_sources([put("a.json", whole[: int(len(whole) * 0.7)])])
    assert titles(corpus) == ["Tides 0", "Tides 1"]
    assert [reason[:30] for _, reason in rejected(corpus)] == ["the JSON breaks off or is brok"]


def test_all_formats_meet_in_one_paper(put: Put) -> None:
    files = [put("a.ris", RIS), put("b.nbib", NBIB), put("c.xml", PUBMED)]
    files += [put("d.json", json.dumps({"results": [WORK]})), put("e.json", json.dumps({"data": [PAPER]}))]
    corpus = read_sources(files)
    assert (titles(corpus), corpus.rejected) == (["Tides of the Cache"], [])
    assert corpus.papers[0].sources == tuple(map(str, files))
    assert len(corpus.duplicates) == 4


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("ris", RIS),
        ("pubmed", NBIB),
        ("pubmed-xml", PUBMED),
        ("openalex", json.dumps(WORK)),
        ("semantic-scholar", json.dumps(PAPER)),
    ],
)
def test_content_decides_whatever_the_suffix(put: Put, name: str, text: str) -> None:
    assert one(put("data.dat", text)).id == one(put("more.txt", text)).id == one(put("data.xyz", text), format=name).id


@pytest.mark.parametrize("name", [n for n in format_names() if n in {"ris", "pubmed"}])
@given(
    st.lists(
        st.sampled_from(
            ["TY  - J", "ER  - ", "TI  - T", "AB  - x", "PMID- 1", "      y", "UR  - ;", "AU  - ", "junk", "", "  - "]
        )
    )
)
def test_any_order_of_tagged_lines_is_read_or_refused(name: str, lines: list[str]) -> None:
    for item in reader_named(name).read("\n".join(lines), "f"):
        assert isinstance(item, Rejection) or (item.file == "f" and item.line is not None)
