"""What does a question ask for, and does a claim give it? A deterministic check, without a judge and without gold.

It is a heuristic of three steps, each with a reason that is shown:

1. Form. "How much", "what speedup" ask for a figure: one has to be stated. "Which system" asks for a name: one has to
   be given that the question does not give. "Why" asks for a reason: because, since, so, by or the like has to stand.
2. Paper. A paper that the claim cites has to hold at least PAPER of what the best paper of the library holds of the
   question's terms (by IDF).
3. Point. The claim with its quotes has to meet the question at least POINT times as well as the best sentence of that
   paper does: words of the question that the title holds too count a fifth, since every sentence of the paper is about
   those. This tells the right sentence from a true one about something else. Questions for papers or systems are held
   to BROAD instead, as no sentence of theirs has to repeat the question.

It reads words, not meaning. The thresholds were chosen on the dev half of our cases (gold sentence against the other
sentences of the same note); ``rag eval answers`` measures its agreement with the labels of the written answers. Two
limits: it is made for questions about a fact, and misses most gold sentences of questions that describe a topic without
naming it; and the sentence of a paper that is nearest to the question always passes step 3, so that an answer of
several verbatim sentences passes too easily. ``AnswersQuestion(gold)`` is the figure to quote where there is gold.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

from eval.metrics.base import Observation, Shelf
from rag.answer import Claim
from rag.grounding.alignment import Alignment, align
from rag.grounding.tokens import read_text
from rag.paper import Paper
from rag.text import content_terms, terms
from rag.text.quantities import find_quantities

Asked = Literal["figure", "system", "reason", "fact"]
PAPER: Final = 0.4
POINT: Final = 0.75
BROAD: Final = 0.4
_KNOWN: Final = 0.2
"""What a word of the question counts that the paper's title holds too."""

_FIGURE: Final = re.compile(
    r"\bhow (?:much|many|fast|long|large|big|often|far|low|high|few|little|accurate|small)\b"
    r"|\bhow (?:\w+ )?(?:faster|slower|smaller|larger|better|lower|higher|cheaper)\b"
    r"|\b(?:what|which|by what) (?:\w+ ){0,2}?(?:accuracy|speed-?ups?|percentage|percent|fraction|share|rates?"
    r"|throughput|latency|sizes?|numbers?|factors?|scores?|gains?|improvements?|cost|reduction|figures?|multiple|proportion)\b",
    re.I,
)
_THING: Final = (
    r"(?:papers?|methods?|approach(?:es)?|techniques?|systems?|frameworks?|algorithms?|tools?|benchmarks?|compilers?"
    r"|librar(?:y|ies)|accelerators?|engines?|datasets?|works?|studies|schedulers?|kernels?|models?)"
)
_SYSTEM: Final = re.compile(
    rf"\b(?:which|what|any|list|name|find|recommend) (?:[\w-]+ ){{0,3}}?{_THING}\b"
    rf"|\b(?:is|are) there (?:[\w-]+ ){{0,4}}?{_THING}\b|^who\b|\boverview of\b|\bsurvey of\b",
    re.I,
)
_REASON: Final = re.compile(
    r"^\W*(?:why|for what reason|what (?:makes|causes|explains))\b|\bwhy (?:does|do|is|are)\b", re.I
)
_BECAUSE: Final = re.compile(
    r"\b(?:because|since|as|so|due|owing|thanks|therefore|thus|hence|thereby|by|for|from|through|reasons?|causes?|caused"
    r"|makes?|making|lets?|letting|allows?|allowing|means|lead(?:s|ing)?|results?|when|without|to avoid|which)\b",
    re.I,
)


class Reading(NamedTuple):
    """What the check makes of one claim.

    ``score`` lies in [0, 1]: how well the claim meets the question beside the best sentence of its paper, halved where
    the form or the paper is not the one asked for. ``why`` is empty where the claim answers.
    """

    score: float
    why: str

    @property
    def answers(self) -> bool:
        """Whether the claim passes all three steps."""
        return not self.why


def asked_for(question: str) -> Asked:
    """What a question asks for; "fact" where nothing more is known."""
    if _REASON.search(question):
        return "reason"
    if _FIGURE.search(question):
        return "figure"
    return "system" if _SYSTEM.search(question) else "fact"


def read_claims(seen: Observation) -> list[Reading]:
    """A reading of every claim that is offered as the answer."""
    question, held = seen.case.question, _held(seen.case.question, seen.shelf)
    return [_read(question, c, seen.shelf, held) for c in seen.answering_claims]


def read_claim(question: str, claim: Claim, shelf: Shelf) -> Reading:
    """Whether a claim gives what a question asks for; see the module."""
    return _read(question, claim, shelf, _held(question, shelf))


def _read(question: str, claim: Claim, shelf: Shelf, held: dict[str, float]) -> Reading:
    cited = [p for i in dict.fromkeys(c.paper_id for c in claim.citations) if (p := shelf.by_id(i)) is not None]
    said = " ".join([claim.text, *(c.quote for c in claim.citations if c.quote not in claim.text)])
    if not cited:
        return Reading(0.0, "no known paper is cited")
    asked = asked_for(question)
    lacking = _lacks(asked, question, claim.text, said)
    if not lacking and not any(held[p.id] >= PAPER * max(held.values()) for p in cited):
        lacking = "the paper is about something else"
    share = max(_point(question, said, p, shelf) for p in cited)
    if lacking:
        return Reading(share / 2, lacking)
    least = BROAD if asked == "system" else POINT
    return Reading(share, "" if share >= least else "another sentence of the paper is nearer to the question")


def _lacks(asked: Asked, question: str, text: str, said: str) -> str:
    """What the form of the question asks for and the claim does not give; empty where nothing is missing."""
    if asked == "figure" and not find_quantities(text):
        return "a figure is asked for, none is stated"
    if asked == "system" and not _new_names(question, text):
        return "a name is asked for, none is given"
    if asked == "reason" and not _BECAUSE.search(said):
        return "a reason is asked for, none is given"
    return ""


def _new_names(question: str, text: str) -> bool:
    """Whether a text holds a name that the question does not hold: a word written like one, or its first word."""
    known = set(terms(question))
    tokens = read_text(text).tokens
    named = [t for t in tokens if t.is_name or (t.start == 0 and t.surface[:1].isupper() and not t.surface.islower())]
    return any(t.key not in known and t.weight > 0 for t in named)


def _held(question: str, shelf: Shelf) -> dict[str, float]:
    """Per paper, by id, the summed IDF of the question's terms that it holds."""
    wanted = set(content_terms(question, question=True)) or set(terms(question))
    weights = {t: shelf.idf(t) for t in wanted}
    return {i: sum(w for t, w in weights.items() if t in found) for i, found in shelf.terms_of.items()}


def _point(question: str, said: str, paper: Paper, shelf: Shelf) -> float:
    """How well a text meets a question beside the best sentence of a paper, in [0, 1]."""
    asked = read_text(question)
    text, whole = align(asked, read_text(said)), align(asked, read_text(paper.abstract))
    weights = _weights(whole, paper, shelf)
    own = float(sum(w * m for w, m in zip(weights, text.anywhere, strict=True)))
    sentences = [float(sum(w * m for w, m in zip(weights, column, strict=True))) for column in whole.match.T]
    best = max(sentences, default=0.0)
    return min(1.0, own / best) if best else float(own > 0)


def _weights(a: Alignment, paper: Paper, shelf: Shelf) -> Sequence[float]:
    """Per weighty word of the question its IDF; a fifth where the paper's title holds it, 0 for words like "paper"."""
    title = set(terms(paper.title))
    found = []
    for i in range(len(a.content)):
        token = a.token(i)
        asks = set(content_terms(token.surface, question=True))
        found.append(0.0 if not asks else shelf.idf(token.key) * (_KNOWN if token.key in title else 1.0))
    return found
