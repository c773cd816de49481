"""How a file is read: what is prose, where sentences stand, what they cite, and what a citation leads to."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from rag.checking.citations import Key, find_markers, without_markers
from rag.checking.claims import clauses, leans, why_no_claim
from rag.checking.layout import lay_out
from rag.checking.reading import read_document
from rag.checking.references import read_bibliography
from rag.paper import Paper


def paper(n: int, title: str, **values: Any) -> Paper:
    return Paper(
        id=f"p{n}", revision="r", title=title, abstract=f"{title.split(':')[0]} is a system. It works.", **values
    )


BROOK = paper(
    1, "Brook: Overlapped Reductions on Slow Links", doi="10.1000/brook.1", authors=("Ada Alder",), published="2024"
)
HEATH = paper(
    2, "Heath: Patchwise Caching for Long Prompts", arxiv_id="2401.01234", authors=("Ben Birch",), published="2023"
)
SHELF = [BROOK, HEATH]

MARKDOWN = """---
title: Draft
---
# Related work

Brook [1] overlaps
reductions. It is fast.

- The first item says something [2].
- The second item too.

> A quoted remark stands here.

```python
x = "No sentence."
```

| a | b |
|---|---|
| 1 | 2 |

Another heading
---------------

2 Numbered heading

<!-- A comment. -->
The last sentence of this draft comes without a stop and is one all the same

References

[1] A. Alder. Brook: Overlapped Reductions on Slow Links. 2024.
[2] B. Birch. Something else
  entirely. 2023.
"""
LATEX = r"""\documentclass{article}
\begin{document}
\section{Related Work}
% nobody reads this
Brook~\cite{brook} lowers latency by 1.3$\times$ and \emph{overlaps} work. % nor this
See also Heath~\citep[see][p.~3]{heath,other}, which uses 24\% less.
\begin{figure}\includegraphics{x}\caption{A caption says this.}\end{figure}
After the figure stands one more.
\begin{equation} a = b. \end{equation}
\begin{thebibliography}{9}
\bibitem{brook} A. Alder. \emph{Brook: Overlapped Reductions on Slow Links}. 2024.
\bibitem[Birch]{heath} B. Birch. Heath. arXiv:2401.01234.
\end{thebibliography}
\end{document}
"""


def sentences(text: str, papers: list[Paper] = SHELF, bib: str | None = None) -> list[str]:
    document = read_document(text, papers, bib=bib, bib_name="refs.bib")
    return [text[s.start : s.end] for s in document.sentences]


def test_markdown_is_read_as_prose_alone() -> None:
    assert [" ".join(s.split()) for s in sentences(MARKDOWN)] == [
        "Brook [1] overlaps reductions.",
        "It is fast.",
        "The first item says something [2].",
        "The second item too.",
        "A quoted remark stands here.",
        "The last sentence of this draft comes without a stop and is one all the same",
    ]
    layout = lay_out(MARKDOWN)
    assert len(layout.shadow) == len(MARKDOWN)
    assert [p.kind for p in layout.skipped] == [
        "preamble", "heading", "code", "table", "heading", "heading", "comment", "heading", "references",
    ]  # fmt: skip
    assert [MARKDOWN[a:b].split()[0] for a, b in layout.references] == ["[1]", "[2]"]
    assert "entirely" in MARKDOWN[slice(*layout.references[1])], "an entry may have several lines"


def test_latex_is_read_as_prose_alone() -> None:
    assert [" ".join(s.split()) for s in sentences(LATEX)] == [
        r"Brook~\cite{brook} lowers latency by 1.3$\times$ and \emph{overlaps} work.",
        r"See also Heath~\citep[see][p.~3]{heath,other}, which uses 24\% less.",
        "After the figure stands one more.",
    ]
    document = read_document(LATEX, SHELF, bib=None, bib_name="")
    first, second, _ = document.sentences
    assert first.claim == "Brook lowers latency by 1.3x and overlaps work."
    assert [c.paper_id for c in first.cites] == ["p1"]
    assert "24% less" in second.claim
    assert [(c.paper_id, c.reference is None) for c in second.markers] == [("p2", False), (None, True)]
    assert {p.kind for p in document.layout.skipped} == {"preamble", "heading", "figure", "mathematics", "references"}


@pytest.mark.parametrize(
    "text", [MARKDOWN, LATEX, "x", "\r\n\r\nA b c.\r\nD e f.", "[1] [2]", "\\begin{figure}", "# \n[1]:"]
)
def test_every_offset_is_one_of_the_file(text: str) -> None:
    document = read_document(text, SHELF, bib=None, bib_name="")
    assert len(document.layout.shadow) == len(text)
    at = 0
    for s in document.sentences:
        assert at <= s.start < s.end <= len(text)
        at = s.end
        for c in s.cites:
            assert s.start <= c.start <= c.end <= s.end
            assert c.how in {"name", "carried"} or text[c.start : c.end] == c.text


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("as shown [3].", [("number", "3")]),
        ("as shown [1, 4-6].", [("number", n) for n in "1456"]),
        ("as shown [1][2].", [("number", "1"), ("number", "2")]),
        ("as shown [^note].", [("number", "^note")]),
        (r"as \citet{a1} shows \parencite[p. 3]{b2, c3}.", [("key", "a1"), ("key", "b2"), ("key", "c3")]),
        ("as shown [see @doe99, p. 3; @roe].", [("key", "doe99"), ("key", "roe")]),
        ("as shown (Doe et al., 2021; Roe and Poe, 2020a).", [("author", "Doe"), ("author", "Roe")]),
        ("Doe and Roe (2021) show.", [("author", "Doe")]),
        ("Doe et al. show it.", [("author", "Doe")]),
        ("see [this](https://arxiv.org/abs/2401.01234).", [("link", "https://arxiv.org/abs/2401.01234")]),
        ("see arXiv:2401.01234 for it.", [("link", "arXiv:2401.01234")]),
    ],
)
def test_citations_are_found_as_they_are_written(text: str, keys: list[tuple[str, str]]) -> None:
    markers = find_markers(text)
    assert [(k.kind, k.value) for m in markers for k in m.keys] == keys
    assert all(a.end <= b.start for a, b in pairwise(markers))


@pytest.mark.parametrize(
    "text", ["In May (2024) it rained.", "an array [i] of x", "a link [a](b)", "me@example.org", "GPT-4 (2023)"]
)
def test_what_only_looks_like_a_citation_is_none(text: str) -> None:
    assert find_markers(text) == []


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        ("Brook [1] is fast.", "Brook is fast."),
        ("Doe et al. (2021) show that it is fast.", "The authors show that it is fast."),
        ("It is fast (Doe, 2021).", "It is fast."),
        ("As Doe et al. show, **Brook** is `fast` [1, 2].", "As the authors show, Brook is fast."),
        ("[Brook](https://example.org) is fast.", "Brook is fast."),
    ],
)
def test_a_claim_is_the_sentence_without_its_markers(text: str, claim: str) -> None:
    assert without_markers(text, 0, len(text), find_markers(text)) == claim


def test_a_marker_behind_the_stop_belongs_to_the_sentence_before() -> None:
    assert sentences("Brook is fast. [1] Heath is slow. [2] proposes a third way.") == [
        "Brook is fast. [1]",
        "Heath is slow.",
        "[2] proposes a third way.",
    ]


def resolve(key: Key, entries: list[str], bib: str | None = None) -> str | None:
    found = read_bibliography(entries, bib, SHELF).resolve(key)
    return None if found is None else found.paper.id if found.paper else "outside"


def test_references_lead_to_papers_by_title_doi_or_arxiv_id() -> None:
    entries = [
        "[1] A. Alder, \u201cBrook: overlapped reductions on slow links,\u201d Proc. X, 2024.",
        "[2] https://doi.org/10.1000/BROOK.1",
        "[3] Ben Birch. arXiv preprint arXiv:2401.01234v2, 2023.",
        "[4] C. Cedar. A paper on something else altogether. 2020.",
    ]
    assert [resolve(Key("number", n), entries) for n in "12345"] == ["p1", "p1", "p2", "outside", None]
    assert resolve(Key("author", "Cedar", "2020"), entries) == "outside"
    assert resolve(Key("author", "Birch", "2023"), []) == "p2", "the library's own authors"
    assert resolve(Key("author", "Birch", "1999"), []) is None
    assert resolve(Key("link", "https://doi.org/10.1000/brook.1"), []) == "p1"


def test_keys_lead_to_papers_through_a_bib_file_or_the_exported_keys() -> None:
    bib = "@misc{k1, title={{Heath}: Patchwise {C}aching for Long Prompts}}\n@article{\n  k2,\n  title={Unknown thing}, year={2000}}\n"
    assert [resolve(Key("key", k), [], bib) for k in ("k1", "k2", "k3")] == ["p2", "outside", None]
    assert resolve(Key("key", "alder2024brook"), []) == "p1"


def test_a_title_that_runs_into_its_paragraph_is_a_heading() -> None:
    text = "**Slow links.** Brook is quick on slow links.\n\n**Brook** is quick there too.\n"
    assert sentences(text) == ["Brook is quick on slow links.", "**Brook** is quick there too."]
    assert sentences("\\paragraph{Slow links.} Brook is quick~\\cite{a}.") == ["Brook is quick~\\cite{a}."]


def test_an_unnumbered_list_is_counted() -> None:
    document = read_document(
        "It is so [2].\n\n## References\n\n- X.\n- Heath: Patchwise Caching for Long Prompts.\n",
        SHELF,
        bib=None,
        bib_name="",
    )
    assert document.sentences[0].cites[0].paper_id == "p2"
    assert (document.references, document.unmatched) == (2, 1)


@pytest.mark.parametrize(
    ("claim", "why"),
    [
        ("Why is all of this so slow?", "a question"),
        ("In this section we review earlier systems.", "about the text itself"),
        ("Figure 3 compares the four systems.", "about the text itself"),
        ("We build a new scheduler for long prompts.", "about the writers' own work"),
        ("Several surveys exist.", "too short to be checked"),
        ("The systems fall into three groups by their links:", "an introduction to what follows"),
        ("However, none of these systems handles prompts.", "about what no paper does, which papers cannot show"),
        ("Brook overlaps reductions with computation.", None),
    ],
)
def test_what_asserts_nothing_is_no_claim(claim: str, why: str | None) -> None:
    assert why_no_claim(claim, cites=False) == why


def test_what_is_said_of_a_cited_paper_beside_us_is_checked() -> None:
    assert why_no_claim("Unlike Brook, which needs fast links, we need none.", cites=True) is None


@pytest.mark.parametrize(
    "claim", ["It is faster by a third.", "However, their method needs more memory.", "The authors report a gain."]
)
def test_a_sentence_may_go_on_about_the_one_before(claim: str) -> None:
    assert leans(claim)
    assert not leans("Brook is faster by a third.")


def test_a_sentence_is_cut_where_it_says_two_things() -> None:
    text = "Brook overlaps the slow reductions, while Heath caches the long prompts."
    assert [text[c.start : c.end].strip(" ,") for c in clauses(text, [])] == [
        "Brook overlaps the slow reductions, while",
        "Heath caches the long prompts.",
    ]
    for subject in ("Heath [2]", "Patchwise caching [2]"):
        text = f"Brook [1] overlaps the slow reductions and {subject} helps long prompts."
        parts = read_document(text, SHELF, bib=None, bib_name="").sentences[0].parts
        name = subject.removesuffix(" [2]")
        assert [p.claim for p in parts[1:]] == ["Brook overlaps the slow reductions", f"{name} helps long prompts."]
    unlike = read_document(
        "Unlike Brook, which overlaps slow reductions, we wait for every link.", SHELF, bib=None, bib_name=""
    )
    assert unlike.sentences[0].parts[1].claim == "Brook, which overlaps slow reductions"
    assert len(clauses("Brook overlaps slow reductions and long computations.", [])) == 1
    assert clauses("Brook overlaps all slow reductions and was tested on a thousand links.", [])[1].headless


@pytest.mark.parametrize(
    "text",
    ["[" * 50_000, "\\cite{" * 20_000, "\\begin{figure}" * 15_000, "(a 2020 " * 20_000, "a et al. " * 20_000, "<!--" * 40_000,
     "[1]\n" * 40_000, "A (" * 50_000, "{" * 60_000, "\\label{" * 20_000, "| a " * 40_000, "@a;" * 50_000],
    ids=lambda t: t[:8],
)  # fmt: skip
def test_hostile_texts_are_read_to_their_end(text: str) -> None:
    layout = lay_out(text)
    assert len(layout.shadow) == len(text)
    find_markers(layout.shadow)
