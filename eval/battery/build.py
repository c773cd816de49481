"""Make a battery from papers: untouched sentences, one fault each, light paraphrases, and pairs of evidence.

Families of probes:

- ``true``: must be called supported ("untouched", and the paraphrases by name);
- ``false``: must not be (the mutations by name, and "wrong citation": the evidence is the nearest other paper);
- ``quote``: a quote with one word changed, which the quote check must not find, and the quote as it is;
- ``stable``: two verdicts on one true claim: passages in another order may not change it, one more passage may not
  lower it.
"""

from __future__ import annotations

import hashlib
import math
import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Final, Literal, NamedTuple

from eval.battery.mutations import MUTATIONS, Neighbours, change_quote, is_entity, name_spans
from eval.battery.paraphrases import PARAPHRASES
from eval.split import SAME_WORK, split_of_title
from rag.corpus.identity import title_key
from rag.errors import InputError
from rag.paper import Paper
from rag.text import split_sentences, terms

_COINED: Final = re.compile(r"(?=.*(?:[a-z][A-Z]|[A-Z]{2}|\d))[A-Z][\w+]{2,24}(?:-[A-Z0-9]\w{0,8})?")
Family = Literal["true", "false", "quote", "stable"]
_SHORTEST, _LONGEST = 6, 70  # words of a sentence that is used
_SHARED: Final = 0.04
"""Share of papers up to which a word is a name of something, and not of the field."""


class Probe(NamedTuple):
    """One test. ``evidence`` is what the judge reads; for ``quote`` it is the paper's text, and ``claim`` the quote.

    ``versus`` is the other evidence of a ``stable`` probe; ``origin`` is the sentence that the claim was made from.
    """

    id: str
    family: Family
    kind: str
    paper: Paper
    claim: str
    origin: str
    evidence: str | tuple[str, ...]
    versus: str | tuple[str, ...] | None = None


class Battery(NamedTuple):
    """All probes, the seed they were drawn with, and a digest of them: equal exactly when the same was asked."""

    probes: tuple[Probe, ...]
    seed: int
    n_papers: int

    @property
    def digest(self) -> str:
        """sha256 in hex over all that is asked."""
        rows = (repr((p.family, p.kind, p.claim, p.evidence, p.versus)) for p in self.probes)
        return hashlib.sha256("\n".join(rows).encode("utf-8")).hexdigest()


def build_battery(
    papers: Sequence[Paper], *, split: Literal["dev", "test", "all"] = "all", seed: int = 0, limit: int | None = None
) -> Battery:
    """The battery over these papers; those of the other half still serve as neighbours.

    Args:
        papers: the corpus; wrong citations and foreign names come from it.
        split: the half of the papers whose sentences are used (see :mod:`eval.split`).
        seed: of every draw; each sentence draws from a generator of its own, so that adding a paper changes little.
        limit: at most so many probes, kinds in turn, drawn by the seed.

    Raises:
        InputError: fewer than two papers, or no sentence that can be used.
    """
    if len(papers) < 2:
        raise InputError("a battery needs at least two papers", "Give a corpus with more papers")
    chosen = [p for p in papers if split in ("all", split_of_title(p.title))]
    corpus = _Corpus(papers)
    probes: list[Probe] = []
    for paper in chosen:
        for number, sentence in enumerate(_sentences(paper)):
            rng = random.Random(f"{seed}:{title_key(paper.title)}:{number}")
            probes += _probes(paper, number, sentence, corpus, rng)
    if not probes:
        raise InputError("no sentence of the papers can be used", "Give papers with abstracts, or another --split")
    return Battery(tuple(_limited(probes, limit, seed)), seed, len(chosen))


def evidence_of(paper: Paper) -> str:
    """What a judge reads of a paper, as in the product's own check."""
    return f"{paper.title}. {paper.abstract}"


def _sentences(paper: Paper) -> list[str]:
    found = [" ".join(s.text.split()) for s in split_sentences(paper.abstract)]
    return [s for s in found if _SHORTEST <= len(s.split()) <= _LONGEST]


def _probes(paper: Paper, number: int, sentence: str, corpus: _Corpus, rng: random.Random) -> list[Probe]:
    """All probes of one sentence, by one generator."""
    own, nearest = evidence_of(paper), evidence_of(corpus.nearest(paper))
    near = Neighbours(own, corpus.foreign_names(paper))
    parts = _passages(paper)
    found: list[Probe] = []

    def add(family: Family, kind: str, claim: str | None, evidence: str | tuple[str, ...] = own,
            versus: str | tuple[str, ...] | None = None) -> None:  # fmt: skip
        changes = family == "false" and kind != "wrong citation"
        if claim is None or (changes and claim in (sentence, own)):
            return
        name = f"{title_key(paper.title)[:40]}#{number}:{kind}"
        found.append(Probe(name, family, kind, paper, claim, sentence, evidence, versus))

    add("true", "untouched", sentence)
    paraphrased = {kind: make(sentence, rng) for kind, make in PARAPHRASES.items()}
    for kind, claim in paraphrased.items():
        add("true", kind, claim)
    for kind, mutate in MUTATIONS.items():
        add("false", kind, mutate(sentence, near, rng))
    add("false", "wrong citation", sentence if _particular(sentence, nearest) else None, nearest)
    add("quote", "quote as it is", sentence, paper.abstract)
    changed = change_quote(sentence, near, rng)
    add("quote", "quoted word changed", None if changed == sentence else changed, paper.abstract)
    # A verbatim claim is decided by one passage alone; a reworded one shows what order and company do.
    steady = paraphrased["wording"] or paraphrased["framed"] or sentence
    shuffled = list(parts)
    rng.shuffle(shuffled)
    if len(parts) > 1:
        add("stable", "passages in another order", steady, parts, tuple(shuffled) if tuple(shuffled) != parts
            else parts[::-1])  # fmt: skip
    add("stable", "one more passage", steady, (own,), (own, nearest))
    add("stable", "more text in the passage", steady, own, f"{own}\n\n{nearest}")
    return found


def _particular(sentence: str, other: str) -> bool:
    """Whether a sentence names or counts something that another text does not: common ground may be cited from both."""
    names = [sentence[a:b].removesuffix("'s") for a, b in name_spans(sentence)]
    figures = re.findall(r"\d+(?:\.\d+)?", sentence)
    return any(is_entity(n) and n not in other for n in names) or any(f not in other for f in figures)


def _passages(paper: Paper, size: int = 2) -> tuple[str, ...]:
    """The paper in passages of two sentences, the title before each, as a library holds them."""
    sentences = [s.text for s in split_sentences(paper.abstract)]
    windows = (sentences[i : i + size] for i in range(0, len(sentences), size))
    return tuple(f"{paper.title}. {' '.join(w)}" for w in windows)


def _limited(probes: Sequence[Probe], limit: int | None, seed: int) -> Iterable[Probe]:
    """At most ``limit`` probes: kinds in turn, within a kind in an order drawn by the seed; in the battery's order."""
    if limit is None or limit >= len(probes):
        return probes
    by_kind: dict[str, list[int]] = defaultdict(list)
    for place, probe in enumerate(probes):
        by_kind[probe.kind].append(place)
    turns: list[tuple[int, int]] = []
    for kind, places in by_kind.items():
        random.Random(f"{seed}:{kind}").shuffle(places)
        turns += list(enumerate(places))
    return [probes[place] for place in sorted(place for _, place in sorted(turns)[:limit])]


class _Corpus:
    """Names and nearness of papers, by their words (tf-idf cosine); nothing of the judge's own."""

    def __init__(self, papers: Sequence[Paper]) -> None:
        self._papers = tuple(papers)
        self._names = [Counter(_names(evidence_of(p))) for p in papers]
        self._frequency = Counter(name for names in self._names for name in names)
        counts = [Counter(terms(evidence_of(p))) for p in papers]
        spread = Counter(word for c in counts for word in c)
        self._vectors = [_unit({w: n * math.log(len(papers) / spread[w]) for w, n in c.items()}) for c in counts]
        self._place = {id(p): i for i, p in enumerate(self._papers)}
        self._nearest: dict[int, Paper] = {}

    def nearest(self, paper: Paper) -> Paper:
        """The other paper with the most similar words, the same work under another title left out."""
        at = self._place[id(paper)]
        if at not in self._nearest:
            own = self._vectors[at]
            # Records of one work support one another's claims, so they are no wrong citation.
            others = [i for i, p in enumerate(self._papers) if i != at and not _same_work(paper, p)]
            others = others or [i for i in range(len(self._papers)) if i != at]
            self._nearest[at] = self._papers[max(others, key=lambda i: _dot(own, self._vectors[i]))]
        return self._nearest[at]

    def foreign_names(self, paper: Paper) -> list[str]:
        """Names that few papers hold and this one does not, in order of name."""
        own = re.sub(r"[^a-z0-9]", "", evidence_of(paper).lower())
        most = max(2, int(_SHARED * len(self._papers)))
        return [
            name
            for name, n in sorted(self._frequency.items())
            if n <= most and re.sub(r"[^a-z0-9]", "", name.lower()) not in own
        ]


def _same_work(a: Paper, b: Paper) -> bool:
    keys = {SAME_WORK.get(title_key(p.title), title_key(p.title)) for p in (a, b)}
    return len(keys) == 1 or a.id == b.id or a.id in b.same_work or b.id in a.same_work


def _names(text: str) -> list[str]:
    """Coined names of a text, such as may stand in another sentence; no word that is only capitalised."""
    found = (text[a:b].removesuffix("'s") for a, b in name_spans(text))
    return [n for n in found if is_entity(n) and _COINED.fullmatch(n)]


def _unit(vector: dict[str, float]) -> dict[str, float]:
    length = math.sqrt(sum(v * v for v in vector.values())) or 1.0
    return {word: value / length for word, value in vector.items()}


def _dot(a: dict[str, float], b: dict[str, float]) -> float:
    if len(b) < len(a):
        a, b = b, a
    return sum(value * b.get(word, 0.0) for word, value in a.items())
