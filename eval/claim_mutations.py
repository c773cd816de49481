"""True and false claims made by program from sentences that we own: the training pairs of the offline judge.

Each mutation alters one thing of a true sentence and says what kind of fault that is. Everything is drawn from one
``random.Random``, so a seed gives the same pairs on every machine.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple

from rag.grounding.lexicon import concepts, stem
from rag.grounding.tokens import read_text
from rag.text.quantities import find_quantities

_OPPOSITE_WORDS: Final = (
    "higher/lower faster/slower more/less increases/reduces increase/reduction increasing/reducing increased/reduced "
    "raises/cuts raised/cut raising/cutting improves/degrades improved/degraded improving/degrading "
    "improvement/decline outperforms/underperforms outperform/underperform better/worse larger/smaller "
    "large/small longer/shorter long/short above/below high/low many/few strong/weak early/late "
    "before/after cheap/expensive simple/complex "
    "maximum/minimum maximizes/minimizes speedup/slowdown speeds/slows accelerates/slows accelerating/slowing "
    "preserves/loses preserving/losing keeps/loses keeping/losing static/dynamic dense/sparse local/global "
    "sequential/parallel synchronous/asynchronous online/offline open/closed automatic/manual automatically/manually "
    "enables/prevents allows/prevents includes/excludes scalable/unscalable balanced/unbalanced most/least best/worst "
    "growing/shrinking grows/shrinks rises/falls gain/loss exceeds/trails beats/trails close/far fewer/more"
)
_OPPOSITE: Final[dict[str, str]] = {}
for _pair in _OPPOSITE_WORDS.split():
    _a, _b = _pair.split("/")
    _OPPOSITE.setdefault(_a, _b)
    _OPPOSITE.setdefault(_b, _a)

_STRONGER: Final = (
    (r"\bup to\b", ("at least", "an average of", "more than")),
    (r"\bas (?:much|many) as\b", ("at least", "never less than")),
    (r"\bat most\b", ("at least",)),
    (r"\b(?:some|several|many|most|certain)\b", ("all", "every one of the", "all the")),
    (r"\b(?:may|might|could)\b", ("always", "will invariably", "is guaranteed to")),
    (r"\bcan\b", ("always", "is guaranteed to")),
    (r"\b(?:nearly|almost|about|around|approximately|close to)\b", ("fully", "exactly", "over")),
    (r"\b(?:often|usually|typically|generally|sometimes)\b", ("always", "in every case")),
    (r"\b(?:reduces|lowers|cuts|mitigates)\b", ("eliminates", "entirely removes")),
    (r"\bsuggests?\b", ("proves",)),
    (r"\b(?:various|different|multiple|a range of|a set of|two|three|four)\b", ("all known", "all", "any")),
    (r"\bon average\b", ("in every case", "at the very least")),
)  # fmt: skip
_COUNTS: Final = ("two", "three", "four", "five", "six", "seven", "eight", "ten", "twelve")
_AUXILIARY: Final = re.compile(r"\b(is|are|was|were|can|does|do|could|may|has|have|will)\b(?! not\b)", re.I)
_VERB: Final = re.compile(
    r"(?<=[a-zA-Z0-9)] )([a-z]{4,}[^s\s]s)(?= (?:the|a|an|each|its|their|both|these|[a-z]+ing|[a-z]{4,})\b)"
)
_DENIAL: Final = (
    ("without", "with"),
    ("cannot", "can"),
    (" not ", " "),
    (" no ", " a "),
    ("never", "always"),
    ("neither", "both"),
)


class Pair(NamedTuple):
    """A claim, its evidence, whether it holds, what was done to it, and the paper by which pairs are clustered."""

    claim: str
    evidence: str
    supported: bool
    kind: str
    paper: str


class Pool(NamedTuple):
    """What mutations borrow from other papers."""

    names: Sequence[str]
    nouns: Sequence[str]
    clauses: Sequence[str]


Mutation = Callable[[str, Pool, random.Random], str | None]


def _replace(text: str, start: int, end: int, new: str) -> str:
    return (
        text[:start]
        + (new[:1].upper() + new[1:] if text[start : start + 1].isupper() and start == 0 else new)
        + text[end:]
    )


def change_number(text: str, _pool: Pool, rng: random.Random) -> str | None:
    """Give one figure another value of like size."""
    found = [
        m
        for m in re.finditer(r"(?<![\w.-])\d+(?:\.\d+)?", text)
        if any(q.start <= m.start() < q.end for q in find_quantities(text))
    ]
    counts = [m for m in re.finditer(r"[A-Za-z]+", text) if m.group().lower() in _COUNTS]
    if counts and (not found or rng.random() < 0.3):
        match = rng.choice(counts)
        new = rng.choice([w for w in _COUNTS if w != match.group().lower()])
        return _replace(text, match.start(), match.end(), new)
    if not found:
        return None
    match = rng.choice(found)
    places = len(match.group().partition(".")[2])
    value = float(match.group()) * rng.choice((0.25, 0.5, 0.7, 0.8, 1.2, 1.5, 2, 3)) + rng.choice((0, 0, 1))
    new = f"{value:.{places}f}"
    return None if float(new) == float(match.group()) else _replace(text, match.start(), match.end(), new)


def change_name(text: str, pool: Pool, rng: random.Random) -> str | None:
    """Put a name of another paper in place of one, mostly not of the subject."""
    tokens = [t for t in read_text(text).tokens if t.is_name and len(t.surface) > 1]
    later = [t for t in tokens if t.start > 20] or tokens
    if not later:
        return None
    token, new = rng.choice(later), rng.choice(pool.names)
    return None if new.lower() in text.lower() else _replace(text, token.start, token.end, new)


def change_noun(text: str, pool: Pool, rng: random.Random) -> str | None:
    """Put one or two ordinary words of another paper in place of as many."""
    read = read_text(text)
    tokens = [
        read.tokens[i]
        for i in read.content
        if not read.tokens[i].is_name and not read.tokens[i].is_number and len(read.tokens[i].surface) > 4
    ]
    if len(tokens) < 4:
        return None
    for _ in range(rng.choice((1, 1, 2))):
        token, new = rng.choice(tokens), rng.choice(pool.nouns)
        if new.lower() in text.lower() or token.surface not in text:
            return None
        text = re.sub(rf"\b{re.escape(token.surface)}\b", new, text, count=1)
    return text


def turn_direction(text: str, _pool: Pool, rng: random.Random) -> str | None:
    """Replace one word by its opposite."""
    found = [m for m in re.finditer(r"[A-Za-z]+", text) if m.group().lower() in _OPPOSITE]
    if not found:
        return None
    match = rng.choice(found)
    return _replace(text, match.start(), match.end(), _OPPOSITE[match.group().lower()])


def deny(text: str, _pool: Pool, rng: random.Random) -> str | None:
    """Deny one verb, or drop one denial."""
    options: list[str] = []
    for old, new in _DENIAL:
        if old in text:
            options += [text.replace(old, new, 1)] * 2
    options += [text[: m.end()] + " not" + text[m.end() :] for m in _AUXILIARY.finditer(text)]
    options += [text[: m.start()] + "does not " + _base(m.group()) + text[m.end() :] for m in _verbs(text)]
    return rng.choice(options) if options else None


def _verbs(text: str) -> list[re.Match[str]]:
    """Words that are very likely verbs in the third person: known ones, with no article or adjective before them."""
    known = concepts()
    before = re.compile(
        r"(?:\b(?:the|a|an|of|for|to|in|on|and|or|all|these|those|its|their|by|with|from|as)|[a-z](?:al|ive|ed|ing|ous|ic|ary|er))\s$",
        re.I,
    )
    return [m for m in _VERB.finditer(text) if stem(m.group()) in known and not before.search(text[: m.start()])]


def _base(verb: str) -> str:
    if verb.endswith("ies"):
        return verb[:-3] + "y"
    return verb[:-2] if verb.endswith(("shes", "ches", "sses", "xes")) else verb[:-1]


def strengthen(text: str, _pool: Pool, rng: random.Random) -> str | None:
    """Say more than the sentence does."""
    options = []
    for pattern, stronger in _STRONGER:
        options += [_replace(text, m.start(), m.end(), rng.choice(stronger)) for m in re.finditer(pattern, text)]
    if not options:
        options = [
            text[: m.start()] + rng.choice(("always ", "entirely ", "invariably ")) + text[m.start() :]
            for m in _verbs(text)
        ]
    return rng.choice(options) if options else None


def exchange(text: str, _pool: Pool, rng: random.Random) -> str | None:
    """Let two names, two figures or two ordinary words change places."""
    read = read_text(text)
    groups = (
        [(t.start, t.end) for t in read.tokens if t.is_name],
        [(q.start, q.end) for q in read.quantities],
        [
            (t.start, t.end)
            for t in (read.tokens[i] for i in read.content)
            if not t.is_name and not t.is_number and len(t.surface) > 4
        ],
    )
    usable = [g for g in groups if len(g) > 1]
    if not usable:
        return None
    (a, b), (c, d) = sorted(rng.sample(rng.choice(usable), 2))
    if text[a:b].lower() == text[c:d].lower() or c - b < 6:
        return None
    return _replace(text[:a], a, a, text[c:d]) + text[b:c] + text[a:b] + text[d:]


def add_clause(text: str, pool: Pool, rng: random.Random) -> str | None:
    """Add what another paper says, or put it in place of the last clause."""
    clause = rng.choice(pool.clauses)
    body = text.rstrip(".")
    if "," in body and rng.random() < 0.5:
        body = body[: body.rindex(",")]
        if len(body.split()) < 6:
            return None
    return f"{body}{rng.choice((' and ', ', ', ' with '))}{clause}."


def soften(text: str, rng: random.Random) -> str:
    """Alter a sentence lightly without changing what it says."""
    for old, new in rng.sample(_LIGHT, len(_LIGHT)):
        changed = re.sub(old, new, text, count=1)
        if changed != text:
            return changed
    return rng.choice(("The authors report that ", "According to the paper, ", "It is stated that ")) + text


_LIGHT: Final = (
    (r"\bThe authors propose\b", "The paper introduces"), (r"\buses\b", "employs"), (r"\bshows that\b", "finds that"),
    (r"\bon average\b", "in the mean"), (r"\busing\b", "by means of"), (r"\bmany\b", "numerous"),
    (r"\bneeds\b", "requires"),
    (r"\bcompared with\b", "relative to"), (r"\bdoes not need\b", "needs no"), (r"\bbecause\b", "since"),
    (r", and \w+ [^,.]+\.$", "."), (r"\bwhile\b", "whereas"), (r"\bwithout\b", "with no"),
    (r"\bbuilds\b", "constructs"),
)  # fmt: skip
MUTATIONS: Final[dict[str, Mutation]] = {
    "number": change_number, "name": change_name, "noun": change_noun, "direction": turn_direction, "negation": deny,
    "scope": strengthen, "swap": exchange, "addition": add_clause,
}  # fmt: skip


def make_pairs(notes: dict[str, str], evidence: dict[str, str], rng: random.Random) -> Iterator[Pair]:
    """Pairs from every sentence of every note: ``notes`` and ``evidence`` are title -> text.

    The claim is a sentence of the note, as it is or altered; the evidence is the title and the text of the paper, or
    of another paper ("wrong paper").
    """
    titles = sorted(notes)
    sentences = {title: [s.text for s in read_text(notes[title]).sentences] for title in titles}
    for title in titles:
        pool = _borrow(notes, [t for t in rng.sample(titles, min(12, len(titles))) if t != title])
        headed = f"{title}. {evidence[title]}"
        for sentence in sentences[title]:
            # Some callers give an abstract without its title, which may be the only place that names the system.
            own = headed if rng.random() < 0.7 else evidence[title]
            yield Pair(sentence, own, True, "as it is", title)
            yield Pair(soften(sentence, rng), own, True, "lightly altered", title)
            for kind, mutate in MUTATIONS.items():
                false = mutate(sentence, pool, rng)
                if false and false != sentence:
                    yield Pair(false, own, False, kind, title)
        other = rng.choice([t for t in titles if t != title])
        yield Pair(rng.choice(sentences[title]), f"{other}. {evidence[other]}", False, "wrong paper", title)


def _borrow(notes: dict[str, str], titles: Sequence[str]) -> Pool:
    names, nouns, clauses = [], [], []
    for title in titles:
        read = read_text(notes[title])
        names += [t.surface for t in read.tokens if t.is_name and len(t.surface) > 2]
        nouns += [t.surface for t in read.tokens if t.weight > 0.9 and not t.is_name and not t.is_number]
        for sentence in read.sentences:
            tail = re.split(r", | and | with ", sentence.text.rstrip("."))[-1]
            if 3 <= len(tail.split()) <= 12:
                clauses.append(tail)
    return Pool(names or ["Frobnicator"], nouns or ["something"], clauses or ["it runs on a single machine"])
