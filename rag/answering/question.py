"""What a question asks for: its terms and their weights, its form, and the names it mentions."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from rag.library import Library
from rag.retrieval.analysis import Analyser
from rag.retrieval.retriever import query_terms
from rag.text import terms

Form = Literal["fact", "survey", "compare"]

_SURVEY = re.compile(
    r"""\b(?:which|what|list|name|find|show|give|all|any|are\ there|recommend|overview|survey|review|summari[sz]e)\b
        [^?.]{0,60}?\b(?:methods|approaches|techniques|papers|works|systems|ways|ideas|benchmarks|frameworks|strategies|
        algorithms|tools|models|datasets|studies|designs|accelerators|kernels|solutions|options|attempts|efforts|
        architectures|schemes|optimi[sz]ations|mechanisms)\b
      | \bwhat\ (?:has|have)\ been\b | \bwhat\ work\b | \bwho\ (?:else\ )?(?:has|have|works|reduces|proposes)\b
      | \bstate\ of\ the\ art\b | \bwhich\ papers?\b | \boverview\ of\b | \bsurvey\ of\b | \bliterature\ on\b
      | \b(?:each|every)\ (?:one|paper|method|of\ them)\b
      | \bhow\ do\ (?:the\ )?(?:different\ )?(?:papers|methods|systems)\b
    """,
    re.I | re.X,
)
_COMPARE = re.compile(
    r"\b(?:vs\.?|versus|compared? (?:to|with)|compare|differ|difference|differences|contrast|in contrast|"
    r"(?:both|either)\b.*\b(?:and|or))\b",
    re.I,
)
# Asks for several things, however it is worded; whether there are several is seen from the hits.
_PLURAL = re.compile(
    r"\b(?:papers|methods|approaches|techniques|systems|frameworks|algorithms|tools|benchmarks|models|compilers|"
    r"accelerators|networks|nets|agents|LLMs|schedulers|schedules|workloads|strategies|tricks|kernels|datasets|ways|"
    r"who|what is (?:available|known|there)|where (?:do|does|is|are))\b",
    re.I,
)
# A term that carries more than this share of a question's weight has to stand in a paper that answers it.
_FOCUS_SHARE = 0.4
_CONTRAST = re.compile(r"\b(?:vs\.?|versus|differs?|differences?|compare|contrast|in common)\b", re.I)
# Written with a capital or a digit inside, or in capitals: a name rather than a word.
_NAME = re.compile(
    r"\b(?:[A-Za-z]\w*-[A-Z]{2,}\w*|[A-Za-z]+[-]?\d[\w.-]*|[a-z]+[A-Z]\w*|[A-Z][a-z0-9]+[A-Z]\w*|[A-Z]{2,}[\w-]*|[A-Z]-[A-Z]\w+)\b"
)


@dataclass(frozen=True)
class Question:
    """A question, read once. ``weights`` maps each of its terms to its IDF in the library."""

    text: str
    form: Form
    terms: tuple[str, ...]
    weights: Mapping[str, float]
    names: tuple[str, ...]
    contrasts: bool
    plural: bool

    @property
    def focus(self) -> frozenset[str]:
        """Terms that carry so much of the question's weight that a paper without them is related at best."""
        total = sum(self.weights.values())
        return frozenset(t for t, w in self.weights.items() if w > _FOCUS_SHARE * total)

    def coverage(self, present: frozenset[str], discounted: frozenset[str] = frozenset()) -> float:
        """Share of the question's IDF mass that stands among ``present`` terms, in [0, 1].

        Terms in ``discounted`` count a third: what the title says already need not be said again by the sentence.
        """
        total = found = 0.0
        for term, weight in self.weights.items():
            weight = weight / 3 if term in discounted else weight
            total += weight
            found += weight if term in present else 0.0
        return found / total if total else 0.0


def read_question(text: str, library: Library, analyser: Analyser) -> Question:
    """Read a question against a library's vocabulary."""
    asked = tuple(dict.fromkeys(query_terms(text, library)))
    weights = {t: analyser.idf(t) for t in asked}
    return Question(
        text=text,
        form=_form(text),
        terms=asked,
        weights=weights,
        names=names_in(text),
        contrasts=_contrasts(text),
        plural=bool(_PLURAL.search(text)),
    )


def _form(text: str) -> Form:
    if _contrasts(text) or (_COMPARE.search(text) and len(names_in(text)) >= 2):
        return "compare"
    return "survey" if _SURVEY.search(text) else "fact"


def _contrasts(text: str) -> bool:
    """Whether the question sets two things against each other in so many words."""
    return bool(_CONTRAST.search(text))


def asks_for_several(text: str) -> bool:
    """Whether a question asks for several things by its wording: "which methods ...", "papers on ..."."""
    return bool(_SURVEY.search(text))


def names_in(text: str) -> tuple[str, ...]:
    """Names of systems, models, hardware or data sets as they are written in a text, each once."""
    return tuple(dict.fromkeys(m.group().rstrip(".-") for m in _NAME.finditer(text)))


def name_terms(name: str) -> frozenset[str]:
    """The terms by which a name is found; a compound is found by its joined form."""
    found: Sequence[str] = terms(name)
    return frozenset(found[-1:])
