"""Is there anything to check in a sentence, and which parts of it stand on their own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from rag.text import content_terms

_LEAST_TERMS: Final = 3
_LEAST_WORDS: Final = 4
_VAGUE: Final = frozenset(content_terms("several many various numerous previous prior earlier line survey surveys"))
_META: Final = re.compile(
    r"\b(?:in|throughout) (?:this|the (?:next|following|present)) "
    r"(?:section|paper|chapter|subsection|survey|article|work)\b"
    r"|\b(?:this|the next|the following|the remainder of (?:this|the)) (?:section|paper|chapter|subsection|article)\b"
    r"|\b(?:section|table|figure|fig\.|chapter|appendix|algorithm|equation)\s+(?:\d|[A-Z]\b|[IVX]+\b)"
    r"|\bwe (?:now |then |first |next |briefly )?"
    r"(?:review|discuss|summari[sz]e|survey|organi[sz]e|turn to|divide|group|refer|focus|describe)\b"
    r"|\b(?:is|are) (?:organi[sz]ed|structured) as follows\b|^(?:we )?refer the reader\b"
    r"|^for (?:a|an|more|further) [^.]{0,60}, see\b|^see\b",
    re.I,
)
_OWN: Final = re.compile(r"\b(?:we|our|ours|us)\b|\b(?:this|the present) (?:work|paper|study|thesis)\b", re.I)
_OPINION: Final = re.compile(
    r"^(?:(?:to (?:the best of )?our knowledge|we (?:believe|hope|argue|think|conjecture))\b"
    r"|(?:interestingly|fortunately|unfortunately|surprisingly),? (?:this|that|it) (?:is|was)\b)",
    re.I,
)
_ABSENCE: Final = re.compile(
    r"\b(?:none|neither) of (?:these|them|the above|those|the existing)\b"
    r"|\b(?:no|few|little|hardly any) (?:\w+ ){0,2}(?:works?|papers?|stud(?:y|ies)|research|approach(?:es)?|methods?)\b"
    r"|\b(?:has|have) not (?:yet )?been (?:studied|explored|addressed|investigated|considered)\b",
    re.I,
)
_ASIDE: Final = re.compile(r"^(?:unlike|similar to|in contrast to|compared (?:to|with)|following|as in|like)\s+", re.I)
_BOUNDARY: Final = re.compile(
    r"\s*;\s+(?:and |but |while |whereas |however,? )?|,?\s+(?:while|whereas)\s+|,\s+but\s+|,\s+(?:yet|although)\s+"
    r"|,\s+(?=we\s)",
    re.I,
)
# "... and was evaluated on", "... and reaches 3x": a second thing said of the same subject.
_SECOND_VERB: Final = re.compile(
    r",?\s+and\s+(?:also\s+|even\s+|thereby\s+|then\s+|so\s+)?(?=(?:is|was|are|were|has|have|had|can|cannot|does|needs?|"
    r"[a-z]{3,}s\s+(?:a|an|the|its|their|to|by|up|more|less|no|not|in|on|for|with|at|than|only|over|all|both|\d\S*|[A-Z]\S*))\b)"
)
_LEANS: Final = re.compile(
    r"^(?:(?:however|moreover|furthermore|in addition|additionally|also|similarly|specifically|notably|in particular|"
    r"as a result|concretely|in experiments?|there|then),?\s+)?"
    r"(?:it|its|they|their|the (?:authors?|paper|method|approach|system|framework|technique|work|study|model|scheme|"
    r"same|former|latter|resulting|design)"
    r"|this (?:method|approach|system|framework|technique|work|scheme|design|lets|makes|"
    r"allows|yields|reduces|improves|enables|gives|speeds|cuts|raises|avoids)|such a)\b"
    r"|^(?:doing so|by doing so|(?:on|in|within|compared with) [^,]{1,60}, (?:it|they|its|their)"
    r"|in (?:their|its|the authors')"
    r"|according to (?:its|their|the) authors)\b",
    re.I,
)


def why_no_claim(claim: str, *, cites: bool) -> str | None:
    """Why a sentence asserts nothing that papers could say; None where it does.

    ``cites``: the sentence cites or names something, so what it says of "we" is not all that it says.
    """
    if claim.rstrip("\"'”’)] ").endswith("?"):
        return "a question"
    if claim.rstrip().endswith(":"):
        return "an introduction to what follows"
    if _META.search(claim):
        return "about the text itself"
    if _OPINION.match(claim) or (_OWN.search(claim) and not cites):
        return "about the writers' own work"
    if _ABSENCE.search(claim):
        return "about what no paper does, which papers cannot show"
    if len(set(content_terms(claim, question=True)) - _VAGUE) < _LEAST_TERMS:
        return "too short to be checked"
    return None


def leans(claim: str) -> bool:
    """Whether a sentence goes on about what the one before it was about ("It ...", "The authors ...")."""
    return bool(_LEANS.match(claim))


class Clause(NamedTuple):
    """A part of a sentence, as offsets into it; ``headless`` where it lacks its subject ("... and reaches 3x")."""

    start: int
    end: int
    headless: bool = False


def clauses(sentence: str, marker_ends: list[int], subjects: Sequence[int] = ()) -> list[Clause]:
    """The parts of a sentence that assert something each; parts of fewer than four words stay with their neighbour.

    It is cut at semicolons, "while", "whereas", ", but" and ", we"; where a conjunction follows a marker (they end at
    ``marker_ends``) or stands before the next of the ``subjects``; and before a second verb. All are offsets into it.
    """
    cuts = {m.end(): False for m in _BOUNDARY.finditer(sentence)}
    for end in marker_ends:
        follows = re.match(r"\s*,?\s+(?:and|but|or|while|whereas)\s+|\s*,\s+(?=\S)", sentence[end:])
        if follows:
            cuts[end + follows.end()] = False
    for at in subjects:
        if re.search(r"(?:,|\s)\s*(?:and|but|while|whereas)\s+$", sentence[max(0, at - 20) : at]):
            cuts[at] = False
    for match in _SECOND_VERB.finditer(sentence):
        cuts[match.end()] = True
    bounds = [0, *sorted(c for c in cuts if 0 < c < len(sentence)), len(sentence)]
    parts: list[Clause] = []
    for start, end in pairwise(bounds):
        words = len(sentence[start:end].split())
        if parts and (words < _LEAST_WORDS or len(sentence[parts[-1].start : parts[-1].end].split()) < _LEAST_WORDS):
            parts[-1] = parts[-1]._replace(end=end)
        else:
            parts.append(Clause(start, end, cuts.get(start, False)))
    return parts


def without_aside(text: str) -> str:
    """ "Unlike Brook, which ..." as what it says of Brook."""
    plain = _ASIDE.sub("", text)
    return plain[:1].upper() + plain[1:] if plain != text else text


def own_clause(text: str) -> bool:
    """Whether a part speaks of the writers' own work."""
    return bool(_OWN.search(text))
