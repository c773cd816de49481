"""Does a question ask for several papers? Decided from its wording and from what the papers say, never from the hits.

A question that asks for papers, methods or works by a plural ("which papers use FPGAs?") is a survey, however well one
paper answers it. Others are weighed by a small logistic model: plural nouns, "who", "what is there" and noun phrases
speak for a survey; "the system", figures and long descriptions against it; and so does a library in which the third
best paper meets much less of the question than the best one.
"""

from __future__ import annotations

import math
import re
from typing import Final

import numpy as np

from rag.answering.fitted import fitted
from rag.answering.question import Question
from rag.answering.reading import Reading
from rag.answering.relevance import linear, sigmoid
from rag.answering.shelf import Floats

_METHODS: Final = (
    r"(?:papers|abstracts|articles|publications|works|studies|methods|approaches|techniques|systems|algorithms|frameworks|solutions"
    r"|attempts|efforts|proposals|authors|researchers|groups|people|projects|ideas|ways)"
)
_PLURAL: Final = (
    rf"(?:{_METHODS}|tricks|benchmarks|strategies|tools|models|datasets|designs|accelerators|kernels|options"
    r"|architectures|schemes|optimi[sz]ations|mechanisms|compilers|schedulers|schedules|libraries|engines|agents"
    r"|abstractions|languages|variants|surveys|proofs|attacks|defen[cs]es)"
)
_ONE: Final = (
    r"(?:paper|survey|review|study|authors|work|system|method|model|tool|framework|scheme|approach|engine|benchmark"
    r"|dataset|compiler|algorithm|technique|scheduler|library|design|accelerator|architecture|kernel|agent|language"
    r"|server|prototype|controller|block|one)"
)
_COUNT: Final = (
    r"(?:one|two|three|four|five|six|\d+|single|largest|highest|lowest|best|maximum|first|key|main|average|peak)"
)
# The plural is the subject, and not what one system "does", "did" or "has": "what techniques does the survey discuss?"
_ASKS_FOR_SEVERAL: Final = re.compile(
    rf"(?:^|[.;:,?!]\s*|\b(?:and|or|please)\s+)(?:(?:which|what|list|name|find|show|give|recommend|any|all)\s+(?:me\s+)?"
    rf"(?:the\s+|all\s+|other\s+|any\s+)*(?!{_COUNT}\b)(?:[\w/-]+\s+){{0,2}}?{_METHODS}\b(?!\s+of\b)"
    r"(?!\s+(?:does|did|do|has|had|is|was|were)\b(?!\s+(?:proposed|known|available|published|developed|there)\b))"
    rf"|(?:are\ there|do you (?:know|have))\s+(?:any\s+)?(?:[\w/-]+\s+){{0,3}}?{_METHODS}\b)",
    re.I,
)
# "tools and models for debugging", "approaches that trade compute for memory", "which of these report ..."
_NAMES_SEVERAL: Final = re.compile(
    rf"^\W*(?!(?:can|could|do|does|did|is|are|was|were|how|why|what|when|where|which|who|the|{_COUNT[3:-1]})\b)"
    rf"(?:[\w-]+\s+)?{_PLURAL}(?:\s+(?:and|or)\s+\w+)?\s+(?:that|which|to|for|on|about|with|against|using|where)\b"
    r"|\bwhich (?:of (?:these|them)|ones)\b",
    re.I,
)
# "accelerations that need no training", "schemes without a central server": whatever the plural is, what it lacks sets
# a class of things apart.
_NAMES_WITHOUT: Final = re.compile(
    rf"^\W*(?!(?:can|could|do|does|did|is|are|was|were|how|why|what|when|where|which|who|the|{_COUNT[3:-1]})\b)"
    r"(?:[\w/-]+\s+){0,4}?[\w-]{3,}[^\Ws]s\s+"
    r"(?:(?:that|which)\s+(?:\w+\s+){0,2}?(?:no|not|without|never)|without|with no|(?:need|requir|us)ing no)\b",
    re.I,
)
_WORDING: Final = {
    "list": re.compile(
        rf"\b(?:which|what|list|any|all|show(?: me)?|find(?: me)?|give(?: me)?|recommend|name|other|different|existing"
        rf"|available)\s+(?:[\w/-]+\s+){{0,2}}?{_PLURAL}\b",
        re.I,
    ),
    "open": re.compile(
        r"^\W*who\b|\bwho (?:else )?(?!was|were|did)\w+s?\b|\bwhat (?:work |research )?(?:has|have) been\b"
        r"|\bwhat (?:is|are) (?:available|known|there|out there)\b|\bwhat work\b|\bare there\b|\b(?:over|re)view of\b"
        r"|\bsurvey of\b|\bhow do (?:people|we|others|researchers|papers|systems|methods)\b|\bwhat can\b|\bany papers\b"
        r"|\beach (?:one|paper)\b|\bwhich (?:papers?|ones)\b|\bwhat (?:targets|helps|exists)\b|\boptions\b",
        re.I,
    ),
    "noun phrase": re.compile(
        r"^(?!\W*(?:which|what|how|why|when|where|who|is|are|does|do|did|can|could|by|on|in|into|at|was|were|the|to|for"
        rf"|from|with)\b)(?:[\w/-]+\s+){{0,4}}?(?:{_PLURAL}|\w+ing)\b",
        re.I,
    ),
    "plural": re.compile(rf"\b{_PLURAL}\b", re.I),
    "count": re.compile(rf"\b(?:which|what|the)\s+{_COUNT}\b", re.I),
    "figure": re.compile(
        r"\b(?:how (?:much|many|fast|long|large|big|often|far|low|high|few|little|accurate)|by what|what (?:\w+ )?"
        r"(?:fraction|share|rate|factor|score|improvement|cost|reduction|size|percentage|accuracy|speed-?up|gain|number))\b",
        re.I,
    ),
    "the one": re.compile(rf"\bthe (?:[\w-]+ ){{0,2}}?{_ONE}\b|\bthis\b|\bits?\b", re.I),
    "some one": re.compile(rf"\ban? (?:[\w-]+ ){{0,3}}?{_ONE}\b", re.I),
    "past": re.compile(r"\b(?:did|was|were|had)\b", re.I),
}
FEATURES: Final = (*_WORDING, "words", "best sentence", "third with title", "third grams", "third likely")
_THIRD: Final = 2


def asks_plainly(text: str) -> bool:
    """Whether the wording alone makes the question a survey, whatever it names."""
    return bool(_ASKS_FOR_SEVERAL.search(text))


def names_several(text: str) -> bool:
    """Whether the question is, or begins with, a plural noun and what sets its things apart from others."""
    return bool(_NAMES_SEVERAL.search(text) or _NAMES_WITHOUT.search(text))


def wants_several(asked: Question, reading: Reading, likely: Floats) -> float:
    """P(survey) of a question, from its reading and the papers' relevance, by the fitted model alone."""
    x = np.array([form_features(asked, reading, likely)])
    return float(sigmoid(linear(x, FEATURES, fitted().form))[0])


def form_features(asked: Question, reading: Reading, likely: Floats) -> list[float]:
    """``FEATURES`` of a question; "third" is a share of the best paper's value."""
    wording = [float(bool(pattern.search(asked.text))) for pattern in _WORDING.values()]
    words = math.log(len(asked.text.split()))
    return [
        *wording,
        words,
        float(reading.papers["sentence"].max()),
        _third(reading.papers["with_title"]),
        _third(reading.papers["grams"]),
        _third(likely, of_best=False),
    ]


def _third(values: Floats, *, of_best: bool = True) -> float:
    if len(values) <= _THIRD:
        return 0.0
    ordered = np.sort(values)[::-1]
    return float(ordered[_THIRD]) / (max(float(ordered[0]), 1e-9) if of_best else 1.0)
