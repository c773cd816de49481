"""PubMed's XML: one PubmedArticle (or book chapter) per paper, its abstract perhaps in labelled parts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from xml.etree.ElementTree import Element

from rag.corpus.dates import iso_date, month_number, parse_date
from rag.corpus.reader import Reader
from rag.corpus.record import RawRecord
from rag.corpus.xmltext import parse_entries, text_at
from rag.paper import Rejection

_ENTRIES: Final = frozenset({"PubmedArticle", "PubmedBookArticle"})
_ROOT: Final = re.compile(r"<(?:PubmedArticleSet|PubmedArticle|PubmedBookArticle)\b")


def sniff(head: str, path: Path) -> int:
    """Sure of the names that only PubMed gives its elements."""
    return 96 if head.lstrip("\ufeff \t\r\n").startswith("<") and _ROOT.search(head) else 0


def read(text: str, file: str) -> Iterator[RawRecord | Rejection]:
    """One record per article. Where the XML breaks, one rejection follows the articles before the break."""
    entries, problem = parse_entries(text, _ENTRIES, file, forbid_dtd=False)
    for line, entry in entries:
        yield _record(line, entry, file)
    if problem is not None:
        yield problem


def pubmed_address(pmid: str) -> str | None:
    """The page of a PubMed id, or None where it is none."""
    return f"https://pubmed.ncbi.nlm.nih.gov/{pmid}/" if re.fullmatch(r"\d{1,9}", pmid) else None


def _record(line: int, entry: Element, file: str) -> RawRecord:
    book = entry.tag == "PubmedBookArticle"
    article = entry.find("BookDocument" if book else "MedlineCitation/Article")
    article = entry if article is None else article
    pmid = text_at(entry, "BookDocument/PMID" if book else "MedlineCitation/PMID")
    ids = {
        (found.get("IdType") or "").lower(): "".join(found.itertext()).strip()
        for found in entry.iterfind("PubmedData/ArticleIdList/ArticleId")
    }
    located = {
        (found.get("EIdType") or "").lower(): "".join(found.itertext()).strip()
        for found in article.iterfind("ELocationID")
    }
    return RawRecord(
        # PubMed ends every title with a full stop of its own.
        title=(text_at(article, "ArticleTitle") or text_at(article, "Book/BookTitle")).removesuffix("."),
        abstract=_abstract(article),
        file=file,
        line=line,
        authors=tuple(name for a in article.iterfind("AuthorList/Author") if (name := _name(a))),
        organisation=text_at(article, "AuthorList/Author/AffiliationInfo/Affiliation").rstrip(".") or None,
        published=_published(article),
        venue=text_at(article, "Journal/Title") or text_at(article, "Book/BookTitle") or None,
        url=pubmed_address(pmid),
        doi=ids.get("doi") or located.get("doi") or None,
    )


def _abstract(article: Element) -> str:
    """The parts of the abstract, each behind its label as PubMed shows it."""
    parts = []
    for part in article.iterfind("Abstract/AbstractText"):
        text = "".join(part.itertext()).strip()
        label = (part.get("Label") or "").strip()
        if text:
            parts.append(f"{label}: {text}" if label and label.upper() != "UNLABELLED" else text)
    return " ".join(parts)


def _name(author: Element) -> str:
    collective = text_at(author, "CollectiveName")
    given = text_at(author, "ForeName") or text_at(author, "Initials")
    return collective or " ".join(p for p in (given, text_at(author, "LastName"), text_at(author, "Suffix")) if p)


def _published(article: Element) -> str | None:
    """The day of electronic publication where it is given whole, else that of the issue, as far as it goes."""
    for path in ("ArticleDate", "Journal/JournalIssue/PubDate", "Book/PubDate"):
        date = article.find(path)
        if date is None:
            continue
        year = text_at(date, "Year")
        if re.fullmatch(r"[12]\d{3}", year):
            day = text_at(date, "Day")
            return iso_date(int(year), month_number(text_at(date, "Month")), int(day) if day.isdecimal() else None)
        # "1998 Dec-1999 Jan": the first part, and of that at least the year.
        written = text_at(date, "MedlineDate")
        found = parse_date(written.partition("-")[0]) or parse_date(written[:4])
        if found is not None:
            return found
    return None


READER: Final = Reader("pubmed-xml", "PubMed's XML", (".xml", ".nxml"), sniff, read)
