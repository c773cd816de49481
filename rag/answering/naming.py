"""The short name by which a paper is called in front of a quote that does not name its subject."""

from __future__ import annotations

import re

from rag.paper import Paper

_LONGEST = 60
# "TokenWeave: Efficient ...", "S*: Test Time Scaling", "APE-Bench I: Towards ...", "8-Bit Approximations for ..."
_BEFORE_COLON = re.compile(r"^([^:]{1,40}):\s")
_NAMED_LIKE = re.compile(r"[A-Z0-9].*[A-Z0-9*+]|^\S+$|[a-z][A-Z]")
_INTRODUCED = re.compile(
    r"\b(?:introduces?|presents?|proposes?|develops?|designs?|builds?|describes?|offers?|call(?:ed|s)?|named|dubbed|"
    r"develop|present|propose|introduce)\s+(?:a |an |the )?(?:new |novel )?"
    r"([A-Z][\w*+-]*[A-Z0-9*+][\w*+-]*|[A-Z]{2,}[\w*+-]*|[A-Z][a-z]+[A-Z]\w*)"
)


def short_name(paper: Paper) -> str:
    """The system's name where title or text gives one, else the title, shortened at a word to 60 characters."""
    match = _BEFORE_COLON.match(paper.title)
    if match and _NAMED_LIKE.search(match.group(1)) and len(match.group(1).split()) <= 4:
        return match.group(1).strip()
    introduced = _INTRODUCED.search(paper.abstract)
    if introduced:
        return introduced.group(1)
    if len(paper.title) <= _LONGEST:
        return paper.title
    return paper.title[:_LONGEST].rsplit(" ", 1)[0].rstrip(" ,:;-") + " ..."


def names_subject(sentence: str, name: str) -> bool:
    """Whether a sentence already carries the name (compared without case and punctuation)."""
    fold = re.compile(r"[^a-z0-9]+")
    return fold.sub("", name.lower().removesuffix(" ...")) in fold.sub("", sentence.lower())
