"""Can a claim be read on its own? After AIS's first question (Rashkin et al. 2023), by rules that explain themselves.

A claim leans on what is not there when it opens with a pronoun or a word that continues a text ("It", "This method",
"In addition"), speaks as "we", says "the method" without having named one or "the authors" without naming anything,
points to "the former" or "above", or holds neither a name nor two words of the title of a paper that it cites. What
stands behind "<Name>: " is about that name, so there a pronoun, "we" or "the method" is resolved; "In addition" is not.

The rules see words. They do not resolve references, and a claim may pass them and still be unclear.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from eval.metrics.base import Shelf
from rag.answer import Claim
from rag.answering.naming import short_name
from rag.corpus.identity import title_key
from rag.grounding.tokens import read_text
from rag.paper import Paper
from rag.text import content_terms

LEAST_TITLE_WORDS: Final = 2
_HEAD: Final = re.compile(r"^(?P<name>[^:\n]{1,80}):\s+(?P<rest>\S.*)$", re.S)
_CONTINUES: Final = re.compile(
    r"^(?:in addition|additionally|moreover|furthermore|besides|also|further|likewise|similarly|however|nevertheless"
    r"|nonetheless|instead|in contrast|by contrast|conversely|on the other hand|consequently|therefore|thus|hence|then"
    r"|accordingly|as a result|for this reason|for example|for instance|in particular|specifically|finally"
    r"|lastly|second(?:ly)?|third(?:ly)?|overall|in sum|in short|meanwhile|afterwards|after that|otherwise|to this end"
    r"|and|but|or|yet)\b(?=,|\s+(?:it|they|the|this|we|a|an)\b)",
    re.I,
)
_PRONOUN: Final = re.compile(r"^(?:(?:it|its|they|their|them|he|she|his|her|doing so)\b|both\b(?![^,.]*\band\b))", re.I)
_POINTS: Final = re.compile(r"^(?:this|that|these|those|such)\b", re.I)
_FIRST_PERSON: Final = re.compile(r"\b(?:[Ww]e|[Oo]urs?|us)\b")
_GENERIC: Final = re.compile(
    r"\bthe (?:(?:proposed|new|presented|resulting|same) )?(?:method|approach|system|framework|technique|algorithm"
    r"|model|tool|scheme|design|solution|architecture)\b"
    r"(?!\s+(?:of|that|which|who|in|for|called|named|from|with|on|behind|to)\b)",
    re.I,
)
_WRITERS: Final = re.compile(
    r"\b(?:the (?:authors?|paper|work|study|results|experiments)|this (?:paper|work|study))\b", re.I
)
_ELSEWHERE: Final = re.compile(
    r"^(?:the former|the latter)\b|\b(?:as (?:mentioned|described|noted|shown|stated) (?:above|before|earlier)"
    r"|(?:mentioned|described) (?:above|earlier|before)|see above)\b",
    re.I,
)


def leans(claim: Claim, shelf: Shelf) -> str | None:
    """Why a claim cannot be read on its own; None where it can."""
    ids = dict.fromkeys(c.paper_id for c in claim.citations)
    return leans_on(claim.text, [p for i in ids if (p := shelf.by_id(i)) is not None])


def leans_on(text: str, papers: Sequence[Paper]) -> str | None:
    """The same for a text and the papers that it cites."""
    text = text.strip()
    head = _HEAD.match(text)
    headed = head is not None and (_names(head["name"], papers) or not papers)
    body = head["rest"] if head is not None and headed else text
    if match := _CONTINUES.match(body):
        return f"'{match.group()}' continues a text that is not there"
    if match := _ELSEWHERE.search(body):
        return f"'{match.group()}' points elsewhere"
    if headed:
        return None
    if match := _PRONOUN.match(body):
        return f"it opens with '{match.group()}', which names nobody"
    if (match := _POINTS.match(body)) and not _names(" ".join(body.split()[1:4]), papers):
        return f"it opens with '{match.group()}', which points to what is not there"
    if match := _FIRST_PERSON.search(body):
        return f"'{match.group()}' does not say who"
    if (match := _GENERIC.search(body)) and not _names(body[: match.start()], papers):
        return f"'{match.group()}' is not named before"
    if (match := _WRITERS.search(body)) and not _names(body, papers):
        return f"'{match.group()}' could be of any paper: nothing is named"
    if not _names(body, papers) and not _title_words(body, papers):
        return "it names no subject: neither a name nor words of a title that it cites"
    return None


def _names(text: str, papers: Sequence[Paper]) -> bool:
    """Whether a text holds a name: that of a paper, its title, or any word written like a name."""
    folded = title_key(text)
    known = [title_key(n.removesuffix(" ...")) for p in papers for n in (short_name(p), p.title)]
    if any(name and name in folded for name in known):
        return True
    return any(t.is_name and t.weight > 0 for t in read_text(text).tokens)


def _title_words(text: str, papers: Sequence[Paper]) -> bool:
    said = set(content_terms(text))
    return any(len(said & set(content_terms(p.title))) >= LEAST_TITLE_WORDS for p in papers)
