"""Parties: a paper's own system, and what it sets itself apart from ("existing schedulers", "prior work").

Abstracts say of others what is wanting and of their own system what it does. ``parties`` goes through a text word by
word and says whose each word is: of the last of the two that was a subject, or of one that a relative clause belongs
to. What is only an object ("faster than existing schedulers") owns nothing.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from rag.grounding.keeping import Remembered
from rag.grounding.tokens import CLAUSE_MARK, Text, of_text

NOBODY, OURS, THEIRS = 0, 1, 2

_OTHERS: Final = frozenset(
    "existing prior previous traditional conventional earlier preceding classical usual vanilla naive sota "
    "competing rival past contemporary mainstream prevailing preexisting ordinary regular customary established "
    "former".split()
)
_PERHAPS_OTHERS: Final = frozenset(
    "current recent other alternative standard common typical classic older today".split()
)
"""These stand as often for something else, so that a word for a method must follow."""
_METHODS: Final = frozenset(
    "approach approaches method methods methodology methodologies solution solutions system systems framework "
    "frameworks work works literature technique techniques schedule schedules scheduler schedulers strategy "
    "strategies algorithm algorithms benchmark benchmarks compiler compilers implementation implementations "
    "baseline baselines tool tools toolchains design designs architecture architectures study studies research "
    "paper papers scheme schemes engine engines procedure procedures practice practices library libraries "
    "accelerator accelerators solver solvers formulation formulations publications efforts attempts proposals "
    "counterparts predecessors competitors pipelines platforms ones translations models simulators packages".split()
)
_THEIRS_ALONE: Final = frozenset("baseline baselines literature predecessors competitors rivals counterparts".split())
_OF_OTHERS: Final = _OTHERS | _PERHAPS_OTHERS | _THEIRS_ALONE | {"state"}
"""Without one of these a text names no others."""
_NAMING: Final = _OF_OTHERS | {"we", "ours", "our", "this", "proposed", "present"}
_OWN_WORK: Final = frozenset(
    "paper work study approach method framework system technique design algorithm scheme solution model "
    "architecture engine tool abstraction benchmark compiler".split()
)
_SPEAKERS: Final = frozenset("author authors paper survey study work researchers team article".split())
"""Of "the <name> authors" only what they say follows, which may be about anybody."""
_ARTICLES: Final = frozenset("the a an all most many several some these those such its their both even any few".split())
_PREPOSITIONS: Final = frozenset(
    "of in on over than to with from against by for into compared versus vs beyond relative through via across "
    "between among upon within at beside besides alongside under behind above below as".split()
)
_SHOW: Final = frozenset(
    "show shows showed shown demonstrate demonstrates demonstrated reveal reveals indicate indicates suggest "
    "suggests prove proves confirm confirms find finds means that while whereas whilst but although though "
    "because and where when since if whether then so yet".split()
)
"""Behind these stands a subject."""
_AUXILIARIES: Final = frozenset("be is are was were has have had can may".split())
_TURN: Final = frozenset("while whereas whilst but although though".split())
_RELATIVE: Final = frozenset({"which", "that", "who", "whose"})
_TURNING: Final = _TURN | _RELATIVE | {"with"}
"""At these what is said may become another's."""
_INTRODUCE: Final = frozenset(
    "propose present introduce develop design build proposes presents introduces develops called named dubbed".split()
)
_NAME: Final = re.compile(r"\s*([^\W_]*[A-Z][^\s,;:()]*)(\s*[,(])?")
_KIND_BEFORE_NAME: Final = re.compile(r"\s+(?:a|an|the|our)\s+[^.,]*,\s+([A-Z][^\s,;:()]*),")
_NO_SYSTEM: Final = re.compile(
    r"(?:LLM|GPU|CPU|FPGA|AI|ML|RL|DNN|RNN|SSM|MoE|IR|API|NLP|DL|CUDA|SQL)s?(?:-\w+)?"
    r"|.*-(?:based|aware|driven|specific|guided|level|style|free|scale)"
)
_APART: Final = re.compile(
    r"\b(?:unlike|in contrast (?:to|with)|contrary to|as opposed to|compared (?:to|with)|in comparison (?:to|with)|"
    r"different from|rather than|instead of)\b"
)
_MAY_BE_APART: Final = frozenset(
    "unlike contrast contrary opposed compared comparison different rather instead".split()
)
"""What the pattern above needs."""
_TITLE_HEAD, _HEAD_WORDS = 30, 2
_REACH: Final = 60
"""Code points from "unlike" to what it names."""


class _Party(NamedTuple):
    whose: int
    last: int
    """Index of the last word that names it."""


class Parties(NamedTuple):
    """Of every word of a text: whose it is; and whether it is part of a name for one of the two."""

    whose: tuple[int, ...]
    names: frozenset[int]


@of_text
def own_names(evidence: Text) -> frozenset[str]:
    """How a text calls its own system: what its title begins with, before a colon, or what it proposes."""
    if not evidence.sentences:
        return frozenset()
    first = evidence.sentences[0]
    head, colon, _ = evidence.text[first.start : first.end].partition(":")
    found = {head} if colon and len(head) <= _TITLE_HEAD and len(head.split()) <= _HEAD_WORDS else set()
    for i in [i for i, low in enumerate(evidence.columns["low"]) if low in _INTRODUCE]:
        end = evidence.tokens[i].end
        behind = evidence.text[end : end + _REACH]
        named, kind = _NAME.match(behind), _KIND_BEFORE_NAME.match(behind)
        if named:
            name = named[1].rstrip(".")
            if any(c.isupper() for c in name[1:]) or named[2]:
                found.add(name)
        elif kind:
            found.add(kind[1])
    return frozenset(
        n
        for n in found
        if len(n) > 2 and not _NO_SYSTEM.fullmatch(n) and n.lower() != n and n.lower() not in evidence.text
    )


def places_of_names(text: Text, names: frozenset[str]) -> dict[int, int]:
    """Index of the first word of every such name in a text -> index of its last word."""
    found = {}
    for name in names:
        if name not in text.text:
            continue
        for m in _PATTERNS[name].finditer(text.text):
            first, end = bisect_left(text.starts, m.start()), bisect_left(text.starts, m.end())
            if first < end:
                found[first] = end - 1
    return found


def _pattern(name: str) -> re.Pattern[str]:
    """Where a name stands by itself."""
    return re.compile(rf"(?<![\w-]){re.escape(name)}s?(?:['’]s)?(?!\w)")


_PATTERNS: Final = Remembered(_pattern, 500)


def speakers(text: Text, names: frozenset[str]) -> set[int]:
    """Indices of the words of "the <name> authors"."""
    found: set[int] = set()
    named = places_of_names(text, names) if not _SPEAKERS.isdisjoint(text.words) else {}
    for first, last in named.items():
        if any(t.low in _SPEAKERS for t in text.tokens[last + 1 : last + 3]):
            found |= set(range(first, last + 3))
    return found


def names_others(text: Text) -> bool:
    """Whether a word of a text may name THEIRS."""
    return not _OF_OTHERS.isdisjoint(text.words)


def parties(text: Text, names: frozenset[str], *, is_claim: bool) -> Parties:
    """Whose every word of a text is. In a claim, what is set against THEIRS without a name is OURS."""
    named = places_of_names(text, names)
    naming = _NAMING | {"the"} if is_claim and not _OWN_WORK.isdisjoint(text.words) else _NAMING
    if not named and naming.isdisjoint(text.words):
        return Parties((NOBODY,) * len(text.tokens), frozenset())
    spoken = speakers(text, names) if is_claim and named else set()
    whose = [NOBODY] * len(text.tokens)
    marks: set[int] = set()
    apart = [] if _MAY_BE_APART.isdisjoint(text.words) else [m.span() for m in _APART.finditer(text.low)]
    walk, lows, sentence_of = _Walk(text, named, spoken, apart, is_claim), text.columns["low"], text.sentence_of
    may_name = sorted({*named, *[i for i, low in enumerate(lows) if low in naming]})
    turns = [i for i, low in enumerate(lows) if low in _TURNING]
    stops = sorted({*may_name, *turns, *[i for i, mark in text.breaks.items() if "," in mark]})
    # Up to the first word of a sentence that may name one, nobody owns anything.
    for number, first in {sentence_of[i]: i for i in reversed(may_name)}.items():
        inside = text.sentence_tokens[number]
        _walk(walk, inside, stops[bisect_left(stops, first) : bisect_right(stops, inside[-1])], whose, marks)
    return Parties(tuple(whose), frozenset(marks))


class _Walk(NamedTuple):
    text: Text
    named: Mapping[int, int]
    spoken: set[int]
    apart: list[tuple[int, int]]
    is_claim: bool


def _walk(w: _Walk, inside: tuple[int, ...], stops: Sequence[int], whose: list[int], marks: set[int]) -> None:
    """Go through the words of one sentence, from the first one that may name anybody on; ``stops`` are those at which
    it may become another's."""
    breaks, lows = w.text.breaks, w.text.columns["low"]
    now, skip, set_apart, last = NOBODY, -1, False, stops[0]
    turned_at = next((i for i in range(last - 1, inside[0], -1) if lows[i] in _TURN), -1)
    object_: _Party | None = None
    for i in stops:
        if i <= skip:
            continue
        whose[last:i] = [now] * (i - last)
        n, low, last = i - inside[0], lows[i], i
        between = breaks.get(i, " ") if n else ""
        if set_apart and "," in between and not (low.endswith("ed") or low in _RELATIVE | {"with", "and", "or"}):
            now, set_apart = (OURS if w.is_claim and now == THEIRS else NOBODY), False
        if low in _TURN and n:
            turned_at = i
            if not _goes_on(w.text, inside, n):
                now = OURS if w.is_claim and now == THEIRS else NOBODY
        beside = object_ is not None and object_.last == i - 1
        if object_ and ((low in _RELATIVE and (beside or CLAUSE_MARK.search(between))) or (low == "with" and beside)):
            now, object_ = object_.whose, None
        party = None
        if (low in _NAMING or i in w.named) and i not in w.spoken:
            party = _party(w.text, i) or (_Party(OURS, w.named[i]) if i in w.named else None)
        if party is None and w.is_claim and low == "the" and i not in w.spoken:
            party = _meant(w, i)
        if party:
            role = "apart" if _is_apart(w, i) else _role(w.text, i)
            if role == "object":
                object_ = party
            elif role != "denied":
                if w.is_claim and party.whose == THEIRS and now == NOBODY and turned_at >= 0 and i - turned_at <= 4:
                    # "The analysis says x, whereas earlier work says y": the analysis is the paper's own.
                    for j in inside[: inside.index(turned_at)]:
                        whose[j] = whose[j] or OURS
                now, object_, set_apart = party.whose, None, role == "apart"
            skip = max(i, party.last)
            marks.update(range(i, min(skip, inside[-1]) + 1))
    whose[last : inside[-1] + 1] = [now] * (inside[-1] + 1 - last)


def _goes_on(text: Text, inside: tuple[int, ...], n: int) -> bool:
    """Whether a clause behind "while" or "but" has no subject of its own."""
    behind = text.tokens[inside[n + 1]].low if n + 1 < len(inside) else ""
    return behind in {"they", "it", "also", "still", "only", "not"} or behind.endswith("ing")


def _party(text: Text, i: int) -> _Party | None:
    """What a word begins to name."""
    tokens = text.tokens
    low = tokens[i].low
    if low not in _NAMING:
        return None
    if low in {"we", "ours"}:
        return _Party(OURS, i)
    if low == "our":
        return _Party(OURS, (_run(text, i) or [i])[-1])
    run = _run(text, i)
    if low in {"this", "proposed", "present"}:
        last = next((j for j in run[:4] if tokens[j].low in _OWN_WORK), -1)
        return _Party(OURS, last) if last > 0 else None
    if low == "state" and [t.low for t in tokens[i + 1 : i + 4]] == ["of", "the", "art"]:
        behind = _run(text, i + 3)[:5] if i + 3 < len(tokens) else []
        last = next((j for j in behind if tokens[j].low in _METHODS and tokens[j].low.endswith("s")), -1)
        return _Party(THEIRS, last) if last > 0 else None
    if low in _THEIRS_ALONE:
        return _Party(THEIRS, i)
    if low not in _OTHERS | _PERHAPS_OTHERS:
        return None
    last = next((j for j in run[:5] if tokens[j].low in _METHODS), -1)
    if last < 0 and low == "prior":
        last = next((j for j in run[:1] if tokens[j].low == "art"), -1)
    if last < 0 and low in _OTHERS - {"prior", "previous"}:
        last = next((j for j in run[:3] if tokens[j].low.endswith("s") and not tokens[j].low.endswith("ss")), -1)
    return _Party(THEIRS, last) if last > 0 else None


def _meant(w: _Walk, i: int) -> _Party | None:
    """The paper's own work as a claim may call it: "the tiled layout scheme"; not "the existing scheme"."""
    tokens, run = w.text.tokens, _run(w.text, i)[:4]
    last = next((n for n, j in enumerate(run) if tokens[j].low in _OWN_WORK), -1)
    if last < 0 or any(j in w.named or tokens[j].low in _OTHERS | _PERHAPS_OTHERS for j in run[:last]):
        return None
    if tokens[run[last]].low in _SPEAKERS or any(t.low in _SPEAKERS for t in tokens[run[last] + 1 : run[last] + 2]):
        return None
    return _Party(OURS, run[last])


def _run(text: Text, i: int) -> list[int]:
    """The weighty words right behind a word."""
    tokens, found = text.tokens, []
    for j in range(i + 1, len(tokens)):
        if tokens[j].sentence != tokens[i].sentence or (tokens[j].weight == 0 and tokens[j].low not in _ARTICLES):
            break
        if CLAUSE_MARK.search(text.text, tokens[j - 1].end, tokens[j].start):
            break
        found.append(j)
    return found


def _is_apart(w: _Walk, i: int) -> bool:
    """Whether a sentence, or a part of it, begins with "unlike" and this."""
    start = w.text.tokens[i].start
    head = w.text.sentences[w.text.tokens[i].sentence].start
    for begin, end in w.apart:
        if end <= start < end + _REACH and not CLAUSE_MARK.search(w.text.text, end, start):
            return begin == head or w.text.text[max(0, begin - 2) : begin - 1] in {",", ";", ":"}
    return False


def _role(text: Text, i: int) -> str:
    """ "subject", "object" or "denied" ("and not the baselines")."""
    tokens = text.tokens
    j = i - 1
    while j >= 0 and tokens[j].sentence == tokens[i].sentence and tokens[j].low in _ARTICLES:
        if CLAUSE_MARK.search(text.text, tokens[j].end, tokens[j + 1].start):
            return "subject"
        j -= 1
    if (
        j < 0
        or tokens[j].sentence != tokens[i].sentence
        or CLAUSE_MARK.search(text.text, tokens[j].end, tokens[j + 1].start)
    ):
        return "subject"
    low, before = tokens[j].low, tokens[j - 1].low if j else ""
    if low == "not":
        return "denied"
    cleft = low in {"is", "was"} and before == "it"
    if cleft or (low == "of" and before in {"that", "those"}) or low in _SHOW:
        return "subject"
    if low in _PREPOSITIONS or tokens[j].weight > 0 or low in _AUXILIARIES:
        return "object"
    return "subject"
