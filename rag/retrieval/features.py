"""What the second stage knows of each candidate: one column per feature, each in [0, 1], best of the pool 1.

All but ``words`` are divided by the pool's best value, so that neither the size of the library nor the level of a
measure shows; ``words`` is also lowered for long questions, where it says less.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rag.library.embedders import Vectors
from rag.retrieval.analysis import Analyser
from rag.retrieval.fusion import Fused
from rag.retrieval.grams import gram_vector
from rag.retrieval.learned import Learned, View
from rag.retrieval.meant import Meant, meant, measure
from rag.retrieval.words import stem, words
from rag.text.terms import QUESTION_WORDS, STOP_WORDS

Floats = NDArray[np.float64]

FIRST: Final = (
    "lexical",
    "dense",
    "coverage",
    "title",
    "words",
    "sentence",
    "passage",
    "pooled",
    "grams",
    "concepts",
    "concept sentence",
    "meant",
)
FEEDBACK: Final = ("feedback", "expansion")
NAMES: Final = FIRST + FEEDBACK
ABOUT: Final = {
    "lexical": "BM25 of tantivy over the passage and its title",
    "dense": "cosine of the embedder's vectors, from the lowest to the highest of the pool",
    "coverage": "idf share of the question's terms that the passage holds",
    "title": "idf share of the question's terms that the title holds",
    "words": "idf share of the question's words, each as near as its nearest word in the passage (static word vectors)",
    "sentence": "cosine of the best sentence in the library's latent space",
    "passage": "cosine of the whole passage there",
    "pooled": "cosine of the three best sentences as idf-weighted word vectors without their common direction",
    "grams": "tf-idf of character 4- and 5-grams within words",
    "concepts": "idf share of the question's words and phrases that the passage meets, also by other names and kinds",
    "concept sentence": "the same of the best sentence",
    "meant": "idf of those other names and kinds that stand in the passage",
    "feedback": "cosine in the latent space to the mean of the ten best by the features above",
    "expansion": "tf-idf cosine to the thirty heaviest terms of those ten",
}

_NEAR: Final = 0.35  # below this cosine two words share no more than any two words of a field
_OTHER_WORD: Final = 0.8  # a word near in meaning counts less than the word itself
_LONG: Final = 12  # a question of more words is a description, each word of which says less
_SENTENCES: Final = 3
_BELIEVED: Final = 10
_TERMS: Final = 30
_MOST_WORDS: Final = 128


class Asked(NamedTuple):
    """A question as the features read it. ``weight`` and ``numbers`` belong to ``words``, shape (words,)."""

    terms: dict[str, float]
    numbers: NDArray[np.int32]
    weight: Floats
    latent: Vectors
    pooled: Vectors
    words: tuple[str, ...]
    meant: Meant


def read(question: str, asked: Sequence[str], learned: Learned, analyser: Analyser) -> Asked:
    """Read a question; ``asked`` are its terms as the lexical leg asks for them."""
    every = learned.spelt(words(question)[:_MOST_WORDS])
    drop = STOP_WORDS | QUESTION_WORDS
    content = [w for w in every if w not in drop] or every
    distinct = list(dict.fromkeys(content))
    apart = [p for w in content for p in learned.compounds.get(w, ()) if p not in drop]
    asked = [*asked, *(t for t in dict.fromkeys(map(stem, apart)) if t not in asked)]
    return Asked(
        terms={t: analyser.idf(t) for t in dict.fromkeys(asked)},
        numbers=learned.table.numbers(distinct),
        weight=np.array([analyser.idf(stem(w)) for w in distinct]),
        latent=learned.space.fold(asked),
        pooled=learned.pooled(content),
        words=tuple(content),
        meant=meant(question, learned.concepts, analyser.idf, analyser.is_known),
    )


def first_features(asked: Asked, fused: Sequence[Fused], views: Sequence[View], learned: Learned) -> Floats:
    """The columns of FIRST, shape (candidates, len(FIRST))."""
    grams = gram_vector(asked.words, learned.gram_idf)
    buckets = np.zeros(len(learned.gram_idf), dtype=np.float32)
    buckets[grams.at] = grams.weight
    shares, best_rows, others = measure(asked.meant, [v.said for v in views], learned.phrase_idf)
    columns = {
        "lexical": np.array([f.lexical for f in fused]),
        "dense": np.array([f.dense for f in fused]),
        "coverage": _coverage(asked.terms, [v.terms for v in views]),
        "title": _coverage(asked.terms, [v.title_terms for v in views]),
        "words": _nearest(asked, views, learned),
        "sentence": _best([v.latent_sentences for v in views], asked.latent, 1),
        "passage": np.array([float(v.latent @ asked.latent) for v in views]),
        "pooled": _best([v.pooled_sentences for v in views], asked.pooled, _SENTENCES),
        "grams": np.array([float(buckets[v.grams.at] @ v.grams.weight) for v in views]),
        "concepts": shares,
        "concept sentence": best_rows,
        "meant": others,
    }
    found = np.stack([_by_best(columns[name]) for name in FIRST], axis=1)
    found[:, FIRST.index("words")] *= min(1.0, _LONG / max(len(asked.numbers), 1))
    return found


def feedback_features(scores: Floats, views: Sequence[View], learned: Learned) -> Floats:
    """The columns of FEEDBACK, shape (candidates, len(FEEDBACK)), from the first pass's scores, shape (candidates,).

    The best of the first pass vote with the soft maximum of their scores (Rocchio 1971; terms as in relevance models,
    Lavrenko and Croft 2001).
    """
    best = np.argsort(-scores, kind="stable")[:_BELIEVED]
    vote = np.exp(scores[best] - scores[best[0]])
    vote /= vote.sum()
    latent = sum((w * views[i].latent for i, w in zip(best, vote, strict=True)), np.zeros(learned.space.dimension))
    terms = np.zeros(len(learned.space.vocabulary))
    for i, w in zip(best, vote, strict=True):
        terms[views[i].tfidf.at] += w * views[i].tfidf.weight
    if len(terms) > _TERMS:
        terms[terms < np.partition(terms, -_TERMS)[-_TERMS]] = 0.0
    near = np.array([float(v.latent @ latent) for v in views])
    expanded = np.array([float(terms[v.tfidf.at] @ v.tfidf.weight) for v in views])
    return np.stack([_by_best(near), _by_best(expanded)], axis=1)


def _by_best(values: Floats) -> Floats:
    best = float(values.max(initial=0.0))
    scaled: Floats = np.clip(values / best, 0.0, 1.0) if best > 0 else np.zeros(len(values))
    return scaled


def _coverage(asked: dict[str, float], held: Sequence[frozenset[str]]) -> Floats:
    whole = sum(asked.values())
    if whole <= 0:
        return np.zeros(len(held))
    return np.array([sum(idf for term, idf in asked.items() if term in terms) for terms in held]) / whole


def _nearest(asked: Asked, views: Sequence[View], learned: Learned) -> Floats:
    """For each passage the mean over the question's words, by idf, of how near its nearest word comes."""
    if not asked.weight.sum() > 0:
        return np.zeros(len(views))
    flat = np.concatenate([v.words for v in views])
    distinct, place = np.unique(flat, return_inverse=True)
    near = learned.centred(asked.numbers) @ learned.centred(distinct).T
    near = np.where(near >= _NEAR, _OTHER_WORD * near, 0.0)
    same = learned.table.stems(asked.numbers)[:, None] == learned.table.stems(distinct)[None, :]
    weighted = np.where(same, 1.0, near)[:, place]
    starts = np.cumsum([0, *(len(v.words) for v in views[:-1])])
    nearest = np.maximum.reduceat(weighted, starts, axis=1)  # a view has words: every paper has a title
    found: Floats = asked.weight @ nearest / asked.weight.sum()
    return found


def _best(sentences: Sequence[Vectors], vector: Vectors, count: int) -> Floats:
    """For each passage the mean cosine of its ``count`` best sentences."""
    similar = np.concatenate(sentences) @ vector
    ends = np.cumsum([len(s) for s in sentences])
    if count == 1:
        best: Floats = np.maximum.reduceat(similar, [0, *ends[:-1]])
        return best
    parts = [similar[end - len(s) : end] for s, end in zip(sentences, ends, strict=True)]
    return np.array([np.sort(p)[-count:].mean() for p in parts])
