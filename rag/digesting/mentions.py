"""Where one paper names another's system, and in what sense: compared with it, built on it, or only mentioned."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import Final, Literal, NamedTuple

from rag.answering.naming import short_name
from rag.paper import Paper
from rag.tabling.lexicon import phrases
from rag.text import Sentence, split_sentences

Sense = Literal["competes", "builds on", "names"]

# Three capitals are the abbreviation of something else too often (DSP, SSR).
_SHORTEST_NAME, _LONGEST_NAME = 4, 30
# A name that more papers than this share of the shelf use is a tool of the trade, not a paper under discussion.
_COMMON_SHARE: Final = 0.05
_LEAST_COMMON: Final = 4
# What is written like an ordinary word may be one at the beginning of a sentence.
_ORDINARY: Final = re.compile(r"[A-Z][a-z]+")
_BUILDS: Final = (
    r"(?:built|build(?:s|ing)?|based|implement(?:s|ed|ing)?|extend(?:s|ed|ing)?|integrat(?:e|es|ed|ing)|incorporat\w+|"
    r"atop|on top of|on|upon|adapt(?:s|ed|ing)?|us(?:es|ing)|leverag(?:es|ing|e)|via|through|powered by|inside|within|"
    r"enhanc(?:es|ing)|generali[sz](?:es|ing)|augment(?:s|ing)|inspired by|follow(?:s|ing)|plugs? into|added to)"
)
_FROM_NAME: Final = r"[\s(]+(?:\w[\w-]*\s+){0,3}$"
_BEFORE_BUILT: Final = re.compile(rf"\b{_BUILDS}{_FROM_NAME}", re.I)
_COMPARES: Final = re.compile(
    r"\b(?:outperform\w*|surpass\w*|beat\w*|exceed\w*|compar\w+|versus|vs\.?|over|than|against|baselines?|"
    r"state[- ]of[- ]the[- ]art|unlike|relative to|as fast as|match(?:es|ing)?)\b",
    re.I,
)
_CLAUSE: Final = re.compile(r"[;:]|,\s+(?:and|but|while|which|whereas)\s")


_TOKEN: Final = re.compile(r"[^\W_][\w+*-]*")


class Mention(NamedTuple):
    """A sentence that names another paper's system."""

    name: str
    sentence: Sentence
    sense: Sense


def own_name(paper: Paper) -> str | None:
    """The name of a paper's system, where it has one that can be looked for; None where it goes by its title."""
    name = short_name(paper)
    if name.endswith("...") or name == paper.title or not _SHORTEST_NAME <= len(name) <= _LONGEST_NAME:
        return None
    return None if name.islower() or len(name.split()) > 2 else name


class Names:
    """The systems of some papers by name, to be looked for in other papers.

    ``texts`` tell which names are everybody's: one that stands in more than a twentieth of them (and in more than
    four) is left out, and so is one that two papers bear.
    """

    def __init__(self, papers: Iterable[Paper], texts: Iterable[str]) -> None:
        bearers: dict[str, list[str]] = {}
        for paper in papers:
            if (name := own_name(paper)) is not None:
                bearers.setdefault(name, []).append(paper.id)
        everything = [set(_TOKEN.findall(text)) for text in texts]
        spread = Counter(token for tokens in everything for token in tokens)
        most = max(_LEAST_COMMON, _COMMON_SHARE * len(everything))
        self._names = {
            name: (ids[0], _pattern(name))
            for name, ids in bearers.items()
            if len(ids) == 1 and min(spread[t] for t in _TOKEN.findall(name) or [name]) <= most
        }

    def named_in(self, paper: Paper) -> dict[str, Mention]:
        """Mentions by id of the paper whose system is named: the most telling sentence for each."""
        sentences = split_sentences(paper.abstract)
        found: dict[str, Mention] = {}
        for name, (paper_id, pattern) in self._names.items():
            if paper_id == paper.id or name not in paper.abstract or own_name(paper) == name:
                continue
            mentions = [
                Mention(name, s, sense_of(s.text, m.start(), m.end()))
                for s in sentences
                for m in pattern.finditer(s.text)
                if not (_ORDINARY.fullmatch(name) and m.start() == 0)
            ]
            if mentions:
                found[paper_id] = min(mentions, key=lambda m: _ORDER.index(m.sense))
        return found


_ORDER: Final[tuple[Sense, ...]] = ("competes", "builds on", "names")


def _pattern(name: str) -> re.Pattern[str]:
    # "SWE-Bench" is not "SWE", "vLLM-based" still is vLLM.
    return re.compile(rf"(?<![\w-]){re.escape(name)}(?![\w+*]|-(?!based|style|like)\w)")


def sense_of(sentence: str, start: int, end: int) -> Sense:
    """In what sense a sentence names what stands from ``start`` to ``end`` in it."""
    if any(a <= start and end <= b for a, b in phrases("baseline", sentence)):
        return "competes"
    before = sentence[:start]
    cut = max((m.end() for m in _CLAUSE.finditer(before)), default=0)
    compared = _COMPARES.search(before, cut)
    built = _BEFORE_BUILT.search(before, cut)
    if compared and not (built and built.start() > compared.start()):
        return "competes"
    return "builds on" if built else "names"


__all__ = ["Mention", "Names", "Sense", "own_name", "sense_of"]
