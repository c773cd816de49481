"""What the offline judge is fitted on: claims of our own about the bundled notes of the dev half and invented passages.

All made from this repository: twins written by hand (eval/data/claims/train.jsonl, and freely worded ones in
train_free.jsonl), each also against its note with some of the note's wording replaced, so that the words of true claims
are missed as they are missed in paraphrases of other texts; and sentences of the notes, as they are, reworded, and with
one thing made wrong by program (eval.claim_mutations), again against both. From the passages (eval.judging.passages)
come sentences as answers have them, whose words say more about them than those of twins can.
"""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Final, NamedTuple

from eval.claim_mutations import make_pairs
from eval.judging.passages import passage_answers, passages
from eval.judging.twins import TwinClaim, load_claims
from eval.split import split_of_title
from rag.corpus.identity import title_key
from rag.grounding.lexicon import HEDGES, NEGATIONS, UNIVERSALS, general, opposites
from rag.grounding.tokens import Token, read_text

SHARES: Final = (0.0, 0.3, 0.5)
"""Shares of a note's words of general language that are replaced; each claim is judged against all three versions."""
MADE: Final = 1.0
"""Weight of the claims made by program, of each version, where those written by hand count 1."""
ANSWERS: Final = 1.0
"""Weight of a sentence of an answer."""
_MADE_SHARES: Final = (0.0, 0.45)
_PER_KIND: Final = 120


class Example(NamedTuple):
    """A claim, its evidence, whether it holds, and its weight. ``source`` is "hand", "made" or "answer"; ``paper`` is
    the key by which folds are cut; ``share`` of the evidence's words were replaced."""

    claim: str
    evidence: str
    supported: bool
    kind: str
    paper: str
    source: str
    share: float
    weight: float


def training_claims() -> tuple[TwinClaim, ...]:
    """The twins written for fitting, over notes of the dev half: close ones, then freely worded ones."""
    folder = Path(str(resources.files("eval") / "data" / "claims"))
    return (*load_claims(folder / "train.jsonl"), *load_claims(folder / "train_free.jsonl"))


def answer_examples() -> list[Example]:
    """The sentences over the passages of the dev half, against their passages as they are."""
    texts = passages()
    return [
        Example(
            row.claim, f"{row.paper}. {texts[row.paper]}", row.label == "supported", "answer", title_key(row.paper),
            "answer", 0.0, ANSWERS,
        )
        for row in passage_answers("dev")
    ]  # fmt: skip


def examples(notes: Mapping[str, str], claims: Sequence[TwinClaim], *, seed: int) -> list[Example]:
    """All examples over notes; ``notes`` is title -> text. Claims about papers of the test half are refused.

    Raises:
        ValueError: a claim about a paper that is no note, or one of the test half.
    """
    dev = {title: text for title, text in notes.items() if split_of_title(title) == "dev"}
    if strange := {c.paper for c in claims} - set(dev):
        raise ValueError(f"claims to fit on are about papers of the dev half only, not {sorted(strange)[0]!r}")
    vocabulary = _vocabulary(dev)
    found = list(_by_hand(dev, claims, vocabulary, seed))
    for share in _MADE_SHARES:
        found += _weighed(list(_by_program(dev, share, vocabulary, seed)), MADE * len(claims))
    return found


def _by_hand(
    notes: Mapping[str, str], claims: Sequence[TwinClaim], vocabulary: Sequence[str], seed: int
) -> Iterator[Example]:
    for share in SHARES:
        for claim in claims:
            evidence = f"{claim.paper}. {notes[claim.paper]}"
            # Twins get the same evidence, so that it cannot tell them apart.
            rng = random.Random(f"{seed}:{share}:{claim.pair}")
            yield Example(
                claim.claim, worn(evidence, share, vocabulary, rng), claim.label == "supported", claim.kind,
                title_key(claim.paper), "hand", share, 1.0,
            )  # fmt: skip


def _by_program(notes: Mapping[str, str], share: float, vocabulary: Sequence[str], seed: int) -> Iterator[Example]:
    """At most a fixed number per kind of change, drawn by the seed."""
    pairs = list(make_pairs(dict(notes), dict(notes), random.Random(seed)))
    random.Random(f"{seed}:{share}").shuffle(pairs)
    taken: Counter[tuple[str, bool]] = Counter()
    for pair in pairs:
        if share and pair.kind == "wrong paper":
            continue
        taken[pair.kind, pair.supported] += 1
        if taken[pair.kind, pair.supported] <= _PER_KIND * (3 if pair.supported else 1):
            rng = random.Random(f"{seed}:{pair.evidence[:200]}")
            evidence = worn(pair.evidence, share, vocabulary, rng)
            yield Example(
                pair.claim, evidence, pair.supported, pair.kind, title_key(pair.paper), "made", share, 1.0
            )  # fmt: skip


def _weighed(made: Sequence[Example], total: float) -> list[Example]:
    """True and false examples count alike, and so does each kind of either; all together count ``total``."""
    count = Counter((e.kind, e.supported) for e in made)
    kinds = Counter(supported for _, supported in count)
    return [
        e._replace(weight=total / 2 / kinds[e.supported] / count[e.kind, e.supported]) for e in made
    ]  # fmt: skip


def _vocabulary(notes: Mapping[str, str]) -> list[str]:
    return sorted({t.low for text in notes.values() for t in read_text(text).tokens if _replaceable(t)})


def worn(text: str, share: float, vocabulary: Sequence[str], rng: random.Random) -> str:
    """The text with this share of its words of general language replaced by others, as a paraphrase replaces them:
    neither names nor figures nor things, nor any word that gives a direction, a denial or a limit."""
    if not share:
        return text
    parts: list[str] = []
    at = 0
    for token in read_text(text).tokens:
        if _replaceable(token) and rng.random() < share:
            parts += [text[at : token.start], rng.choice(vocabulary)]
            at = token.end
    return "".join([*parts, text[at:]])


def _replaceable(token: Token) -> bool:
    return (
        token.weight >= 0.45
        and (token.low in general() or token.key in general())
        and not (token.is_name or token.is_number)
        and token.low not in NEGATIONS | HEDGES | UNIVERSALS
        and not any(name in opposites() for name in token.concepts)
    )


def fold_of(paper: str, folds: int) -> int:
    """The fold of a paper, by a hash of its key."""
    return int(hashlib.sha256(paper.encode()).hexdigest(), 16) % folds
