"""Which paper a record is: normalised DOI, arXiv id and title, the stable id made of them, and the revision."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from typing import Final
from urllib.parse import unquote

_DOI: Final = re.compile(r"10\.\d+(?:\.\d+)*/\S+")
_DOI_PREFIX: Final = re.compile(r"^(?:https?://)?(?:dx\.|www\.)?doi\.org/|^doi\s*[:=]?\s*", re.IGNORECASE)
_ARXIV_DOI: Final = re.compile(r"10\.48550/arxiv\.(.+)", re.IGNORECASE)
_ARXIV_PREFIX: Final = re.compile(
    r"^(?:(?:https?://)?(?:www\.|export\.|browse\.)?(?:arxiv\.org/(?:abs|pdf|html|format|e-print|src)"
    r"|ar5iv\.(?:labs\.arxiv\.)?org/(?:abs|html)|alphaxiv\.org/abs|huggingface\.co/papers)/"
    r"|arxiv\s*[:.]\s*|oai:arxiv\.org:)",
    re.IGNORECASE,
)
_ARXIV_NEW: Final = re.compile(r"(\d\d(?:0[1-9]|1[0-2])\.\d{4,5})(?:v\d+)?", re.IGNORECASE)
_ARXIV_OLD: Final = re.compile(r"([a-z]+(?:-[a-z]+)?)(?:\.[a-z]{2})?/(\d{7})(?:v\d+)?", re.IGNORECASE)
_ACCENTS: Final = re.compile("[\u0300-\u036f]")
_NOT_WORD: Final = re.compile(r"[\W_]+")


def normalise_doi(value: str | None) -> str | None:
    """The bare DOI in lower case (DOIs ignore case), from a DOI, ``doi:...`` or a doi.org address; else None."""
    if not value:
        return None
    doi = _DOI_PREFIX.sub("", unquote(value.strip())).strip().lower().rstrip(".,;")
    return doi if _DOI.fullmatch(doi) else None


def normalise_arxiv_id(value: str | None) -> str | None:
    """The arXiv id without version, from an id, ``arXiv:...``, an address or an arXiv DOI; else None.

    Old ids lose the subject class (``math.GT/0309136`` is ``math/0309136``), as on arXiv itself.
    """
    if not value:
        return None
    text = unquote(value.strip())
    doi = normalise_doi(text)
    if doi is not None:
        match = _ARXIV_DOI.fullmatch(doi)
        text = match[1] if match else text
    text = re.split(r"[?#\s]", _ARXIV_PREFIX.sub("", text), maxsplit=1)[0].rstrip("/")
    text = re.sub(r"\.pdf$", "", text, flags=re.IGNORECASE)
    if match := _ARXIV_NEW.fullmatch(text):
        return match[1]
    if match := _ARXIV_OLD.fullmatch(text):
        return f"{match[1].lower()}/{match[2]}"
    return None


def is_arxiv_doi(doi: str | None) -> bool:
    """Whether this DOI only restates an arXiv id (arXiv registers 10.48550/arXiv.ID for each preprint)."""
    return doi is not None and _ARXIV_DOI.fullmatch(doi) is not None


def title_key(title: str) -> str:
    """The title without case, accents and punctuation: equal for the spellings of one title, in any script."""
    folded = _ACCENTS.sub("", unicodedata.normalize("NFKD", title)).casefold()
    key = _NOT_WORD.sub(" ", folded).strip()
    # A title of signs alone ("???") still needs a key of its own.
    return key or " ".join(folded.split())


def paper_id(title: str, doi: str | None = None, arxiv_id: str | None = None, *, disambiguator: str = "") -> str:
    """``p`` and 12 hexadecimal digits, from the DOI, else the arXiv id, else the normalised title.

    Arguments need not be normalised. An arXiv DOI counts as an arXiv id, so that both spellings of one preprint meet.
    ``disambiguator`` (the text) tells apart different papers with one title, where there is neither DOI nor arXiv id.
    """
    clean_doi, clean_arxiv = normalise_doi(doi), normalise_arxiv_id(arxiv_id) or normalise_arxiv_id(doi)
    if clean_doi is not None and not is_arxiv_doi(clean_doi):
        return "p" + _digest(f"doi:{clean_doi}")
    if clean_arxiv is not None:
        return "p" + _digest(f"arxiv:{clean_arxiv}")
    suffix = f"\n{disambiguator}" if disambiguator else ""
    return "p" + _digest(f"title:{title_key(title)}{suffix}")


def revision(title: str, abstract: str, text_kind: str) -> str:
    """12 hexadecimal digits that change when the title, the text or its kind does."""
    return _digest(f"{text_kind}\n{title}\n{abstract}")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:12]
