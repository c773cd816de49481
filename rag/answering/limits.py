"""What the papers do not say although the question asks for it: names that they lack, details that they leave out.

A limit is one plain sentence. It stands before the nearest sentences of a partial answer, or alone, as the reason of an
abstention, where nothing that could be shown would be about what is asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from rag.answer import Claim, Verdict
from rag.answering.asked import Want, read_wants
from rag.answering.naming import short_name
from rag.answering.paper_reading import Reading, bare, content_words, name_forms, read_paper, squash
from rag.answering.premise import find_contrary
from rag.answering.stated import unstated
from rag.answering.subjects import Mention, absent, mentions, owns
from rag.grounding import RawCitation, RawClaim
from rag.library import Library
from rag.paper import Paper
from rag.retrieval.analysis import Analyser
from rag.text import display, terms

# A sentence that names a thing and covers less of what is asked about it only mentions it.
IN_PASSING: Final = 0.4
# A paper that covers this much of what is asked about a name speaks of it.
SPOKEN_OF: Final = 0.6
# From so many words beside what is asked for on, a sentence that covers this share of them is about just that.
REST_WORDS, REST_COVERED = 4, 0.65
_TITLE_COUNTS: Final = 0.9
_NAME_WORDS: Final = 3


class NameLimits(NamedTuple):
    """Names asked about that no paper holds, that stand in the question beside, and that are only mentioned."""

    unknown: tuple[str, ...]
    beside: tuple[str, ...]
    passing: tuple[str, ...]
    introduced: tuple[str, ...] = ()
    """Names that some paper introduces, be it one that the answer rests on or another."""
    owned: bool = False
    """Whether a name of the question is one that a paper introduces."""


NO_NAMES: Final = NameLimits((), (), ())


def name_limits(question: str, readings: Sequence[Reading], library: Library, analyser: Analyser) -> NameLimits:
    """Sort the names of a question by what the library, seen through its nearest papers, has to do with them."""
    unknown: list[str] = []
    beside: list[str] = []
    passing: list[str] = []
    named = mentions(question)
    for mention in named:
        if absent(mention, readings, library):
            (unknown if mention.slot or mention.coined else beside).append(mention.name)
        elif mention.slot and _in_passing(question, mention, named, readings, analyser):
            passing.append(mention.name)
    forms = name_forms(question)
    owned = any(_is_name(short_name(r.paper)) and squash(short_name(r.paper)) in forms for r in readings)
    introduced = tuple(m.name for m in named if m.coined and any(owns(r, m.name) for r in readings))
    return NameLimits(tuple(unknown), tuple(beside), tuple(passing), introduced, owned or bool(introduced))


def _is_name(short: str) -> bool:
    """Whether a paper's short name is a name and not its title."""
    return len(short.split()) <= _NAME_WORDS and not short.endswith("...")


def _in_passing(
    question: str, mention: Mention, named: Sequence[Mention], readings: Sequence[Reading], analyser: Analyser
) -> bool:
    bearers = [r for r in readings if r.mentions(mention.name)]
    # A paper that is itself named may say what the other name does in it.
    if not bearers or any(owns(r, m.name) for r in bearers for m in named):
        return False
    asked = [w for w in content_words(question) if bare(w) != mention.name]
    weights = np.array([_weight(w, analyser) for w in asked])
    if not weights.sum():
        return False
    best = 0.0
    for reading in bearers:
        matches = reading.matches(asked)
        if matches.max(axis=0) @ weights >= SPOKEN_OF * weights.sum():
            return False  # the paper speaks of all that, be it in other sentences
        for row in reading.rows_with(mention.name):
            covered = np.maximum(matches[row], _TITLE_COUNTS * matches[0]) @ weights / weights.sum()
            best = max(best, float(covered))
    return best < IN_PASSING


def _weight(word: str, analyser: Analyser) -> float:
    found = terms(word)
    return analyser.idf(found[-1]) if found else 0.0


def _not_here(question: str, readings: Sequence[Reading], introduced: Sequence[str]) -> list[str]:
    """Coined names of the question that stand in the library, but in none of the papers that would answer.

    A system that has a paper of its own is another matter: the question compares, or retrieval missed it.
    """
    readings = _owners(question, readings) or readings
    named = [m.name for m in mentions(question) if m.coined and m.name not in introduced]
    return [name for name in named if not any(r.mentions(name) for r in readings)]


def _owners(question: str, readings: Sequence[Reading]) -> list[Reading]:
    return [r for r in readings if any(owns(r, m.name) for m in mentions(question))]


def detail_limits(question: str, readings: Sequence[Reading]) -> list[str]:
    """What the question asks for and none of the papers states, in its words."""
    readings = _owners(question, readings) or readings
    wants = [w for w in read_wants(question) if not any(_told(question, w, r) for r in readings)]
    found = [unstated(want, readings) for want in wants]
    return list(dict.fromkeys(f for f in found if f is not None))


def _told(question: str, want: Want, reading: Reading) -> bool:
    """Whether one sentence says so much of the rest of a question that it says what is asked for in other words.

    A count is told only by a sentence with a figure; a time, a price and a person are always looked for.
    """
    if not want.words:
        return False
    names = {m.name for m in mentions(question)}
    rest = [w for w in content_words(question) if w not in want.words and bare(w) not in names]
    if len(rest) < REST_WORDS:
        return False
    covered = reading.matches(rest).mean(axis=1)[1:]
    return any(
        share >= REST_COVERED and (want.kind != "count" or reading.quantities[i + 1]) for i, share in enumerate(covered)
    )


def limitation(question: str, shown: Sequence[Paper], names: NameLimits, *, details: bool = True) -> Claim | None:
    """The claim that opens a partial answer made of these papers, best first; None where nothing asked for is missing.

    It is found by looking for what is asked and not judged: there is no sentence to judge it against.
    """
    if not shown:
        return None
    missing: list[str] = []
    readings = [read_paper(p) for p in shown]
    if names.beside:
        text = f"No abstract of the library mentions {' or '.join(names.beside)}; nearest sentences:"
    elif names.passing:
        named = " and ".join(names.passing)
        text = f"The library mentions {named} only beside other work and does not describe this; nearest sentences:"
    elif details and (elsewhere := _not_here(question, readings, names.introduced)):
        text = f"The nearest abstracts do not mention {' or '.join(elsewhere)}; nearest sentences:"
    elif details and (missing := detail_limits(question, readings)):
        text = detail_sentence(readings[0], missing)
    else:
        return None
    verdict = Verdict(label="unsure", score=0.5, reason="looked for and not found, not judged", judge="none")
    return Claim(text=text, verdict=verdict, kind="limitation")


def contrary_claim(question: str, shown: Sequence[Paper]) -> RawClaim | None:
    """The claim that opens the answer to a question whose premise the best paper denies, with the denying quote."""
    found = find_contrary(question, [read_paper(p) for p in shown[:1]])
    if found is None or found.row == 0:
        return None
    paper, sentence = found.reading.paper, found.reading.sentences[found.row - 1]
    what = "note" if paper.text_kind == "note" else "abstract"
    text = (
        f"The {what} on {short_name(paper)} states the contrary of what the question supposes: {display(sentence.text)}"
    )
    citation = RawCitation(1, paper, sentence.text, ("abstract", sentence.start, sentence.end))
    return RawClaim(text, (citation,), "limitation")


def detail_sentence(reading: Reading, missing: Sequence[str]) -> str:
    """One sentence for people on details that the best paper does not state."""
    what = "note" if reading.paper.text_kind == "note" else "abstract"
    return f"The {what} on {short_name(reading.paper)} does not state {' or '.join(missing)}; nearest sentence:"
