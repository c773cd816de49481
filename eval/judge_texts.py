"""Claims beside running text: what the offline judge is fitted on, besides twins, to know what a text does not hold.

Twins differ in one thing and share their words with the text, so that they teach which faults count and not how much of
a claim must be there. Here the same claims of our own stand beside a text that holds them, one from which the sentences
that hold them were taken away, texts about something else, and in sentences of two claims of which one does not hold.
Up to three other texts may stand before or behind, with titles or without, as sources of any length have them.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from eval.judge_training import Example, training_claims
from eval.judging.passages import passage_answers, passage_twins, passages
from eval.split import split_of_title
from rag.corpus.identity import title_key
from rag.grounding.alignment import align
from rag.grounding.tokens import read_text

WEIGHT: Final = 0.1
"""Weight of one example, where a claim by hand counts 1."""
_SINGLE, _JOINED = 4, 3
"""Claims of a text that are taken alone, and pairs of them."""
_OTHERS: Final = (0, 0, 1, 2, 3)
"""How many other texts stand beside, drawn from these."""
_TITLED, _ELSEWHERE = 0.5, 0.3
"""Share of texts with their title, and of claims that are set beside other texts only."""
_JOINS: Final = (". ", ", and ", "; ")


class _Claims(NamedTuple):
    true: list[str]
    false: list[str]


def text_examples(notes: Mapping[str, str], *, seed: int) -> list[Example]:
    """All of them, over the passages and the notes of the dev halves, with kinds "held", "taken away", "elsewhere",
    "both held", "half taken away" and "half false"."""
    texts = {t: text for t, text in {**passages(), **notes}.items() if split_of_title(t) == "dev"}
    claims = _claims()
    found: list[Example] = []
    for title in texts:
        if len(claims[title].true) > 1:
            rng = random.Random(f"{seed}:{title}")
            found += _about(title, claims[title], texts, rng)
    return found


def _claims() -> dict[str, _Claims]:
    found: defaultdict[str, _Claims] = defaultdict(lambda: _Claims([], []))
    for row in (*passage_answers("dev"), *passage_twins("dev"), *training_claims()):
        kept = found[row.paper].true if row.label == "supported" else found[row.paper].false
        kept.append(row.claim)
    return found


def _about(title: str, claims: _Claims, texts: Mapping[str, str], rng: random.Random) -> Iterator[Example]:
    def example(claim: str, text: str, others: int, kind: str) -> Example:
        return Example(
            claim, _beside(title, text, others, texts, rng), kind in {"held", "both held"}, kind, title_key(title),
            "text", 0.0, WEIGHT,
        )  # fmt: skip

    whole = texts[title]
    for claim in rng.sample(claims.true, min(_SINGLE, len(claims.true))):
        others = rng.choice(_OTHERS)
        yield example(claim, whole, others, "held")
        if less := without(claim, whole, rng.choice((1, 2, 3))):
            yield example(claim, less, others, "taken away")
        if rng.random() < _ELSEWHERE:
            yield example(claim, "", others + 1, "elsewhere")
    for _ in range(_JOINED):
        one, other = rng.sample(claims.true, 2)
        others = rng.choice(_OTHERS)
        joined = one.rstrip(".") + rng.choice(_JOINS) + other
        yield example(joined, whole, others, "both held")
        if less := without(other, whole, rng.choice((1, 2))):
            yield example(joined, less, others, "half taken away")
        if claims.false:
            joined = f"{one.rstrip('.')}. {rng.choice(claims.false)}"
            yield example(joined, whole, others, "half false")


def _beside(title: str, text: str, others: int, texts: Mapping[str, str], rng: random.Random) -> str:
    names = [t for t in texts if t != title]
    parts = [(title, text)] if text else []
    parts += [(name, texts[name]) for name in rng.sample(names, others)]
    rng.shuffle(parts)
    return " ".join(f"{name}. {part}" if rng.random() < _TITLED else part for name, part in parts)


def without(claim: str, text: str, count: int) -> str:
    """The text without the ``count`` sentences that hold most of the claim; "" where nothing is left."""
    source = read_text(text)
    a = align(read_text(claim), source)
    held: Sequence[float] = (a.weights @ a.match).tolist()
    gone = set(sorted(range(len(source.sentences)), key=lambda i: (-held[i], i))[:count])
    return " ".join(s.text for i, s in enumerate(source.sentences) if i not in gone)
