"""Themes of a page: spherical k-means over the papers' vectors, started without chance, named by telling words."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import Final

import numpy as np

from rag.library.embedders import Embedder, Vectors
from rag.paper import Paper
from rag.retrieval.analysis import Analyser
from rag.text import display, terms

OTHERS: Final = "others"
UNNAMED: Final = "various"
WHOLE: Final = "all"
"""Names of what is no theme: papers alone in theirs, a theme without words of its own, papers too few for themes."""
_ROUNDS: Final = 30
_FEW: Final = 6
_LEAST: Final = 2
_NAME_WORDS: Final = 3
_MOST_USE_IT: Final = 2 / 3
COMMON: Final = frozenset(
    term
    for word in """
    toward towards using via based new novel efficient fast faster framework system systems approach method model
    models large language llm llms inference training learning neural deep study evaluation evaluating improving
    optimization optimizing scale scaling scalable high performance accelerating accelerated design modern general
    automatic automated adaptive universal achieve propose promising domain domains face faces become including
    allow allows assess barrier suggest correctness previous approaches methods techniques technique comprehensive
    nvidia cpu cpus gpu gpus named gap various significant significantly demonstrate experiments existing across
    present introduce improves enable enables enabling
    """.split()
    for term in terms(word)
)
"""Terms that every paper of a field may use: a theme or a kinship that rests on them rests on nothing."""


def group(
    papers: Sequence[Paper], analyser: Analyser, embedder: Embedder, *, telling: float = 0.0
) -> list[tuple[str, list[int]]]:
    """(name, indices of papers) of each theme, largest first, each paper in just one; lone ones are "others" last.

    ``telling``: least inverse document frequency, in the library, of a word in a name, which then has to stand in two
    titles or in most papers of the theme. Papers chosen from a library
    share words that tell nothing there; papers that are new to it have words that it does not know yet.
    """
    if not papers:
        return []
    if len(papers) < _FEW:
        return [(WHOLE, list(range(len(papers))))]
    labels = _cluster(_centred(embedder.documents([_text(p) for p in papers])), round(math.sqrt(len(papers) * 1.5)))
    groups = [[i for i, x in enumerate(labels) if x == label] for label in sorted(set(labels))]
    whole = sorted((g for g in groups if len(g) >= _LEAST), key=lambda g: (-len(g), g))
    lone = sorted(i for g in groups if len(g) < _LEAST for i in g)
    named = [(_name([papers[i] for i in g], papers, analyser, telling), g) for g in whole]
    return named + ([(OTHERS, lone)] if lone else [])


def _text(paper: Paper) -> str:
    # The title twice: it says what a paper is about, the abstract also what it was tried on.
    return f"{paper.title}. {paper.title}. {paper.abstract}"


def _centred(vectors: Vectors) -> Vectors:
    moved = vectors - vectors.mean(axis=0)
    norms = np.linalg.norm(moved, axis=1, keepdims=True)
    unit: Vectors = np.divide(moved, norms, out=np.zeros_like(moved), where=norms > 1e-9)
    return unit


def _cluster(vectors: Vectors, count: int) -> list[int]:
    """Labels of spherical k-means (Dhillon and Modha 2001), started from points that are farthest from each other."""
    chosen = [int(np.argmax(np.linalg.norm(vectors @ vectors.T, axis=1)))]
    while len(chosen) < min(count, len(vectors)):
        chosen.append(int(np.argmin((vectors @ vectors[chosen].T).max(axis=1))))
    centres = vectors[chosen]
    labels = np.zeros(len(vectors), dtype=int)
    for _ in range(_ROUNDS):
        new = np.argmax(vectors @ centres.T, axis=1)
        if (new == labels).all() and _:
            break
        labels = new
        for label in range(len(centres)):
            if (labels == label).any():
                mean = vectors[labels == label].mean(axis=0)
                centres[label] = mean / (np.linalg.norm(mean) or 1.0)
    return [int(x) for x in labels]


def _name(members: Sequence[Paper], everyone: Sequence[Paper], analyser: Analyser, telling: float) -> str:
    """The words that most members use and few others do, as they are written most often."""
    inside = Counter(t for p in members for t in analyser.analysis(p).terms)
    titles = Counter(t for p in members for t in analyser.analysis(p).title_terms)
    outside = Counter(t for p in everyone for t in analyser.analysis(p).terms)
    written = _spellings(members)
    scored = []
    for term, count in inside.items():
        word = written.get(term)
        if word is None or count < _LEAST or not titles[term] or term in COMMON or len(word) < 3 or term[0].isdigit():
            continue
        share = count / len(members)
        if telling and (analyser.idf(term) < telling or (titles[term] < _LEAST and share < _MOST_USE_IT)):
            continue
        lift = math.log(share / (outside[term] / len(everyone)))
        if lift > 0:
            scored.append((share * lift * (1 + titles[term] / len(members)), word))
    best: dict[str, str] = {}
    for _, word in sorted(scored, key=lambda s: (-s[0], s[1])):
        best.setdefault(word.lower().rstrip("s"), word)
    return ", ".join(list(best.values())[:_NAME_WORDS]) or UNNAMED


def _spellings(papers: Sequence[Paper]) -> dict[str, str]:
    """Each term as single words of the papers write it most often, in lower case unless it is always a name."""
    seen: dict[str, Counter[str]] = {}
    for paper in papers:
        for word in display(f"{paper.title} {paper.abstract}").split():
            bare = word.strip(".,;:()[]\"'“”")
            found = terms(bare)
            if bare and found and bare.replace("-", "").isalnum() and bare.count("-") <= 1:
                plain = bare if any(c.isupper() for c in bare[1:]) else bare.lower()
                seen.setdefault(found[-1], Counter())[plain] += 1
    return {term: max(sorted(forms), key=lambda f: forms[f]) for term, forms in seen.items()}


def spelled(wanted: Sequence[str], papers: Sequence[Paper]) -> tuple[str, ...]:
    """Terms as the papers write them; those that only stand inside other words are left out."""
    written = _spellings(papers)
    return tuple(dict.fromkeys(written[t] for t in wanted if t in written))


__all__ = ["OTHERS", "UNNAMED", "WHOLE", "group", "spelled"]
