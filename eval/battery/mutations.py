"""One seeded fault per sentence. A mutation gives the false sentence, or None where the sentence offers no hold for it.

Every draw comes from the ``random.Random`` that is passed in, so that a seed gives the same battery on every machine.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from eval.battery.words import BASE, CLAUSES, COUNTERPARTS, COUNTS, DIRECTIONS, HEDGES, OPENINGS, SCOPES, UNITS

_WORD: Final = re.compile(r"[^\s()\[\],;:]+")
_FIGURE: Final = re.compile(r"(?<![\w.,/-])(\d+(?:\.\d+)?)(?![\w,]*[A-Za-z]{2})(?![.,]?\d)")
_LISTED: Final = re.compile(r"^[\s,/]*(?:(?:\w+ )?(?:and|or|to|/|-|as well as|plus)[\s,]*(?:an? |the )?)?$")
_JOINING: Final = re.compile(r"\b(?:and|or|of|by)\b|,|\(|\)")
"""Between two names these make a list, an apposition or a possession, of which an exchange makes nonsense."""
_ENUMERATED: Final = re.compile(r"\(\d\)")
_AT_LEAST: Final = re.compile(r"\b(?:more than|over|at least|above|beyond|exceeding|no less than) ~?$", re.I)
_AT_MOST: Final = re.compile(r"\b(?:less than|fewer than|at most|below|under|within|<) ?~?$", re.I)
_AUXILIARY: Final = re.compile(r"\b(?:is|are|was|were|can|could|does|do|has|have|will)\b(?! (?:not|no)\b)(?!')")
_INSTEAD: Final = re.compile(r"\b(?P<a>[a-z-]+) (?P<how>rather than|instead of) (?P<b>[a-z-]+)\b")
_FROM_TO: Final = re.compile(r"\bfrom (?P<a>[a-z-]+) (?P<how>to) (?P<b>[a-z-]+)\b(?! [a-z]+s\b)")
GENERIC: Final = frozenset(
    "LLM LLMs GPU GPUs CPU CPUs AI ML KV API APIs HPC NLP RL IO I/O AND OR RAM SRAM DRAM DNN DNNs RNN RNNs MoE SP TP "
    "QA ASIC IoT OS PC PCs VM VMs HTML JSON GB MB TB KB GHz".split()
)
"""Abbreviations that name no system, dataset or machine."""


class Neighbours(NamedTuple):
    """What a mutation may borrow: the paper's own text, and names of other papers that this one does not hold."""

    text: str
    names: Sequence[str]


Mutation = Callable[[str, Neighbours, random.Random], str | None]


def change_number(text: str, _near: Neighbours, rng: random.Random) -> str | None:
    """One figure becomes another: a digit altered, two digits exchanged, the point moved, or a count one off."""
    found = [m for m in _FIGURE.finditer(text) if not _inside(m, _ENUMERATED.finditer(text))]
    counts = list(re.finditer(rf"\b(?:{'|'.join(COUNTS)})\b", text))
    if not found and not counts:
        return None
    match = rng.choice(found or counts)
    if found:
        new = _other_figure(match.group(), text[: match.start()], rng)
    else:
        new = rng.choice([w for w in COUNTS if w != match.group()])
    return None if new is None else text[: match.start()] + new + text[match.end() :]


def _other_figure(figure: str, before: str, rng: random.Random) -> str | None:
    """Another figure, none that the bound in front of it would allow: who saves over 80 % saves over 60 % as well."""
    digits = [i for i, c in enumerate(figure) if c.isdigit()][:2]
    options = [figure[:i] + d + figure[i + 1 :] for i in digits for d in "123456789"]
    if len(digits) > 1:
        a, b = digits
        options.append(figure[:a] + figure[b] + figure[a + 1 : b] + figure[a] + figure[b + 1 :])
    if "." in figure and not figure.startswith("0"):
        options.append(figure.replace(".", ""))
    value = float(figure)
    options = [o for o in options if float(o) != value and (o[0] != "0" or figure[0] == "0")]
    if _AT_LEAST.search(before):
        options = [o for o in options if float(o) > value]
    if _AT_MOST.search(before):
        options = [o for o in options if float(o) < value]
    return rng.choice(options) if options else None


def change_unit(text: str, _near: Neighbours, rng: random.Random) -> str | None:
    """The figure stays and its unit or order of magnitude becomes another."""
    # "More than 10 times" is more than 10 % as well: sentences with such a bound are left alone.
    if any(_AT_LEAST.search(text[: m.start()]) for m in _FIGURE.finditer(text)):
        return None
    return _by_table(text, UNITS, rng)


def change_entity(text: str, near: Neighbours, rng: random.Random) -> str | None:
    """A system, dataset, machine or author of another paper takes the place of one."""
    spans = [(a, b) for a, b in name_spans(text) if is_entity(text[a:b].removesuffix("'s"))]
    if not spans or not near.names:
        return None
    start, end = rng.choice(spans)
    new = rng.choice(near.names)
    return text[:start] + new + ("'s" if text[start:end].endswith("'s") else "") + text[end:]


def turn_direction(text: str, _near: Neighbours, rng: random.Random) -> str | None:
    """A word of comparison or change becomes its opposite."""
    table = [(rf"(?<![\w-]){old}(?![\w-])", new) for old, new in DIRECTIONS]
    return _by_table(text, table, rng)


def negate(text: str, _near: Neighbours, rng: random.Random) -> str | None:
    """What is affirmed is denied, or a denial is dropped."""
    options = [text[: m.end()] + " not" + text[m.end() :] for m in _AUXILIARY.finditer(text)]
    for match in re.finditer(rf"(?<=[\w)] )({'|'.join(BASE)})\b(?= [a-z0-9(])", text):
        if re.search(r"\b(?:the|a|an|of|its|their|these|and|or|that|which|who)\s$", text[: match.start()]):
            continue  # a noun ("of the needs"), or one verb of several
        how = rng.choice(("does not", "fails to", "never manages to"))
        options.append(f"{text[: match.start()]}{how} {BASE[match.group()]}{text[match.end() :]}")
    for old, new in ((r"\bwithout\b", "only with"), (r"\bcannot\b", "can"), (r"\b(is|are|does|do) not\b", r"\1")):
        options += [text[: m.start()] + new + text[m.end() :] for m in re.finditer(old, text)]
    options += [text[: m.start()] + "some " + text[m.end() :] for m in re.finditer(r"\bno (?=[a-z]+\b)", text)]
    if not options or rng.random() < 0.15:
        options = [f"It is not the case that {lower_first(text)}"]
    return rng.choice(options)


def widen_scope(text: str, _near: Neighbours, rng: random.Random) -> str | None:
    """What holds of some, up to a limit or approximately, holds of all and beyond."""
    return _by_table(text, SCOPES, rng)


def drop_hedge(text: str, _near: Neighbours, rng: random.Random) -> str | None:
    """What may be is, what is suggested is proven."""
    return _by_table(text, HEDGES, rng)


def swap_roles(text: str, _near: Neighbours, rng: random.Random) -> str | None:
    """Two names, two figures of one unit, two counterparts, or the two sides of "a rather than b" change places."""
    options = [_exchange(text, a, b) for a, b in _apart(text, name_spans(text))]
    options += [_exchange(text, a, b) for a, b in _apart(text, _measured(text))]
    options += [_exchange(text, a, b) for a, b in _counterparts(text)]
    for pattern in (_INSTEAD, _FROM_TO):
        options += [
            _exchange(text, m.span("a"), m.span("b"))
            for m in pattern.finditer(text)
            if _swappable(m["a"]) and _swappable(m["b"])
        ]
    options = [o for o in options if o.lower() != text.lower()]
    return rng.choice(options) if options else None


def invent_clause(text: str, near: Neighbours, rng: random.Random) -> str | None:
    """A fluent clause that the paper does not hold is added."""
    known = set(re.findall(r"[a-z]{5,}", near.text.lower()))
    usable = [c for c in CLAUSES if len(set(re.findall(r"[a-z]{5,}", c)) - known) >= 2]
    return text.rstrip(". ") + rng.choice(usable) + "." if usable else None


def change_quote(text: str, near: Neighbours, rng: random.Random) -> str | None:
    """One word of a quote becomes another word, is left out, or is written twice."""
    words = list(re.finditer(r"[A-Za-z]{2,}|\d+", text))
    if len(words) < 6:
        return None
    # At either end, leaving a word out leaves a shorter quote that is still verbatim.
    match = rng.choice(words[1:-1])
    others = [w for w in re.findall(r"[A-Za-z]{3,}", near.text) if w.lower() != match.group().lower()]
    how = rng.randrange(4)
    new = ("", f"{match.group()} {match.group()}")[how] if how < 2 else rng.choice(others or ["remarkably"])
    changed = text[: match.start()] + new + text[match.end() :]
    return " ".join(changed.split())


MUTATIONS: Final[Mapping[str, Mutation]] = {
    "number": change_number, "unit": change_unit, "entity": change_entity, "direction": turn_direction,
    "negation": negate, "scope": widen_scope, "hedge": drop_hedge, "roles": swap_roles, "clause": invent_clause,
}  # fmt: skip
"""Faults that a judge has to see; a changed quote is the business of the quote check."""


def name_spans(text: str) -> list[tuple[int, int]]:
    """Places of names: coined words (inner capitals, capitals, letters with digits), and capitalised ones that stand
    alone inside the sentence. Whole up to white space, without the punctuation around."""
    found = []
    words = list(_WORD.finditer(text))
    for place, match in enumerate(words):
        word = match.group().rstrip(".!?\"'")
        bare = word.removesuffix("'s")
        coined = re.search(r"[a-z][A-Z]|[A-Z]{2}|[A-Z]\w*\d|\d[A-Z][a-z]", bare) is not None
        alone = (
            place > 0
            and bool(re.fullmatch(r"[A-Z][a-z]{2,}", bare))
            and not words[place - 1].group()[:1].isupper()
            and not (place + 1 < len(words) and words[place + 1].group()[:1].isupper())
        )
        if (coined or alone) and not re.fullmatch(r"[\d.,-]+[xBKMGT%]?", bare):
            found.append((match.start(), match.start() + len(word)))
    return found


def _measured(text: str) -> list[tuple[int, int]]:
    """Places of figures with a unit written to them (x, %), which may change places with one another."""
    return [m.span() for m in re.finditer(r"(?<![\w.-])\d+(?:\.\d+)?[x%](?![\w-])", text)]


def _apart(text: str, spans: Sequence[tuple[int, int]]) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Pairs of neighbours with a word between them other than "and": those of one list may be exchanged at no loss."""
    pairs = []
    for (a, b), (c, d) in pairwise(spans):
        between = text[b:c]
        if text[a:b] != text[c:d] and not _LISTED.match(between) and not _JOINING.search(between):
            pairs.append(((a, b), (c, d)))
    return pairs


def _exchange(text: str, first: tuple[int, int], second: tuple[int, int]) -> str:
    (a, b), (c, d) = first, second
    return text[:a] + text[c:d] + text[b:c] + text[a:b] + text[d:]


def _counterparts(text: str) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Places of two words that are one another's counterpart ("draft" and "target"), each there once, not in a list."""
    found = []
    for one, other in COUNTERPARTS:
        places = [list(re.finditer(rf"(?<![\w-]){re.escape(w)}(?![\w-])", text)) for w in (one, other)]
        if [len(p) for p in places] == [1, 1]:
            first, second = sorted(p[0].span() for p in places)
            if not _LISTED.match(text[first[1] : second[0]]):
                found.append((first, second))
    return found


def is_entity(word: str) -> bool:
    """Whether a word names something in particular: no generic abbreviation, no description such as "GPU-based"."""
    return word not in GENERIC and not re.search(r"-[a-z]+$", word) and word.partition("-")[0] not in GENERIC


def _swappable(word: str) -> bool:
    return len(word) > 3 and word not in {"that", "this", "these", "those", "their", "each", "other", "them", "most"}


def _by_table(text: str, table: Iterable[tuple[str, str]], rng: random.Random) -> str | None:
    options = []
    for pattern, new in table:
        for match in re.finditer(pattern, text):
            options.append(text[: match.start()] + new + text[match.end() :])
    return rng.choice(options) if options else None


def _inside(match: re.Match[str], others: Iterable[re.Match[str]]) -> bool:
    return any(o.start() <= match.start() and match.end() <= o.end() for o in others)


def lower_first(text: str) -> str:
    """The sentence as it is written within another one: with a small first letter unless it may open with a name."""
    return text[:1].lower() + text[1:] if text.split(maxsplit=1)[0] in OPENINGS else text
