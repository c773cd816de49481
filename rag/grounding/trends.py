"""Trends: "less energy" where the source says "more energy", whatever words say so.

A word of more or less is tied to the thing that it is said of ("cuts latency", "latency drops", "a drop in latency"),
and one of better or worse to a thing of which it is known whether more of it is better. A claim that says less of a
thing of which the source says only more, or the other way round, is false.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import Final, NamedTuple

from rag.grounding.alignment import EXACT, KIN, Alignment
from rag.grounding.cues import cues
from rag.grounding.keeping import Remembered
from rag.grounding.lexicon import classes, stem
from rag.grounding.phrases import goes_on, runs_on
from rag.grounding.signals import NONE, Signal, bounding
from rag.grounding.tokens import Text, Token, of_text
from rag.grounding.words import concepts_of, main_key

_MORE: Final = frozenset({"up", "many", "large", "high", "long", "wide"})
_LESS: Final = frozenset({"down", "few", "small", "low", "short", "narrow"})
_WORSE: Final = _LESS | {"worse", "weak", "rarely", "failure", "hard", "negative", "slow", "prevent", "lose"}
_DEGREE: Final = frozenset(
    "many most least numerous plenty abundant few fewest little scarce large largest big biggest huge great massive "
    "vast substantial small smallest tiny slight minor modest long longest lengthy short shortest brief high highest "
    "low lowest wide widest broad narrow".split()
)
"""They say how much there is and not that it became more; nor do superlatives."""
_COMPARING: Final = frozenset(
    "outperform outperforms outperformed outperforming surpass surpasses surpassed surpassing exceed exceeds exceeded "
    "exceeding beat beats beating ahead overtake overtakes advantage trail trails trailing lag lags lagging".split()
)
_NEITHER: Final = _DEGREE | _COMPARING
_OWN: Final = {
    **dict.fromkeys(
        "shorten shortens shortened shortening halve halves halved halving alleviate alleviates alleviated alleviating "
        "mitigate mitigates mitigated mitigating relieve relieves relieved relieving lighten "
        "lightens fell fallen sank sinks sunk plunged plunges plummeted".split(),
        -1,
    ),
    **dict.fromkeys(
        "extend extends extended extending lengthen lengthens lengthened lengthening prolong prolongs prolonged "
        "prolonging double doubles doubled doubling triple triples tripled quadruple "
        "adds soared soars jumped jumps climbed".split(),
        1,
    ),
}
_BENEFIT: Final = stem("benefits")
_LINKS: Final = frozenset("the a an its their in of on to for our this that these those and or both even".split())
_STOPS: Final = frozenset(
    "than by from at as while when if but which who because since although though so until over under with without "
    "via through per across".split()
)
_BOUNDS: Final = frozenset("more less fewer higher lower greater larger smaller longer shorter".split())
_COMPARED: Final = frozenset("than over versus vs against compared relative".split())
_ADDS: Final = frozenset({"more", "further"})
_WAYS: Final = frozenset({"up", "down", "off", "back"})
_ADDED_WITHIN: Final = 8
_AFTER, _BEFORE, _THINGS = 6, 7, 3
_COMPARED_REACH, _COMPARED_WORDS = 12, 3
_HELD: Final = 0.6
_SHORT: Final = (
    "accurate|active|apt|biased|clean|clear|clever|close|complete|complex|costly|crowded|deep|dense|direct|diverse|easy|"
    "even|exact|expensive|explored|fair|far|fast|fine|firm|fit|friendly|greedy|hard|heavy|helpful|informed|intense|keen|"
    "known|likely|lively|loose|mature|modern|narrow|noisy|open|orderly|ordinary|pure|quick|quiet|rapid|ready|real|rich|"
    "risky|robust|safe|secure|severe|sharp|skewed|smart|smooth|sound|sparse|speedy|steady|steep|strict|strong|studied|"
    "sure|thorough|tight|timely|tough|true|understood|used|useful|varied|wide|widespread|willing|wise|worthwhile|worthy|"
    "promising|challenging|demanding|interesting|compelling|convincing|surprising|fitting|pressing|alarming|tiring|"
    "[a-z]+(?:ious|some|worthy|prone|like)"
)
_LESSENED: Final = re.compile(
    r"(?<!\bno )(?<!\bnot )(?<!\bor )\b(?P<how>less|no\s+longer)\s+"
    rf"(?P<of>[a-z]+(?:ive|ent|ant|ate|ful|ble|al|ous|ic|ar|ict)|{_SHORT})\b(?!-)"
)


class Trend(NamedTuple):
    """A word of more (``sign`` 1) or less (-1), and the weighty words ``of`` that it is said of."""

    at: int
    sign: int
    of: tuple[int, ...]
    against: tuple[int, ...]
    """What it is compared with, if anything: weighty words behind "than" or "over"."""


@of_text
def trends(text: Text) -> tuple[Trend, ...]:
    """What a text says to be, or to become, more or less, in order."""
    found = []
    moves = _MOVES
    for i in [i for i, surface in enumerate(text.columns["surface"]) if moves[surface]]:
        token = text.tokens[i]
        if not _moves(token) or _is_part(text, i) or _only_adds(text, i):
            continue
        if token.low in _BOUNDS and (i in bounding(text) or (i > 0 and text.tokens[i - 1].surface == "or")):
            continue
        of = _things(text, i)
        known = tuple(j for j in of if _worth(text.tokens[j]) and not goes_on(text, j))
        sign = _sign(token) or (_merit(token) * _worth(text.tokens[_head(known)]) if known else 0)
        if of and sign:
            found.append(Trend(i, sign, known or of, _against(text, i)))
    return tuple(found)


def _only_adds(text: Text, i: int) -> bool:
    """Whether a "more" ends what it is said of and strengthens a word that moves: "brings the cost down even more"."""
    tokens = text.tokens
    if tokens[i].low not in _ADDS or (i + 1 < len(tokens) and runs_on(text, i + 1)):
        return False
    before = range(max(0, i - _ADDED_WITHIN), i)
    return any((_moves(tokens[j]) or tokens[j].low in _WAYS) and tokens[j].clause == tokens[i].clause for j in before)


def _moves(token: Token) -> bool:
    """Whether a word says in any company what is more or less."""
    if token.is_name or not _MOVES[token.surface]:
        return False
    return not token.is_number or bool(_sign(token) or _merit(token))


def _may_move(surface: str) -> bool:
    """As :func:`_moves`, of a word that is neither a name nor a figure."""
    low = surface.lower()
    return low not in _NEITHER and bool(
        _sign_of(low, concepts_of(surface)) or _merit_of(main_key(surface), concepts_of(surface))
    )


_MOVES: Final = Remembered[str, bool](_may_move, 50_000)


def _sign(token: Token) -> int:
    return _sign_of(token.low, token.concepts)


def _sign_of(low: str, names: frozenset[str]) -> int:
    return _OWN.get(low, bool(names & _MORE) - bool(names & _LESS))


def _merit(token: Token) -> int:
    return _merit_of(token.key, token.concepts)


def _merit_of(key: str, names: frozenset[str]) -> int:
    return ("better" in names or key == _BENEFIT) - ("worse" in names)


def _worth(token: Token) -> int:
    """1 for a thing of which more is better, -1 for one of which less is, 0 for others."""
    table = classes()
    return (token.key in table["good things"]) - (token.key in table["bad things"])


def _is_part(text: Text, i: int) -> bool:
    return text.tokens[i].joined or goes_on(text, i)


def _things(text: Text, i: int) -> tuple[int, ...]:
    """The weighty words behind a word of more or less, or, where none follow, before it."""
    tokens = text.tokens
    found: list[int] = []
    for j in range(i + 1, min(i + 1 + _AFTER, len(tokens))):
        t = tokens[j]
        if not runs_on(text, j) or t.low in _STOPS or t.is_number or _moves(t):
            break
        if t.weight > 0 and not t.is_name and t.low not in _LINKS:
            found.append(j)
        elif t.low not in _LINKS and not t.is_name:
            break
    if found or tokens[i].low in {"better", "worse", "superior", "inferior"}:
        return tuple(found[:_THINGS])
    for j in range(i - 1, max(-1, i - 1 - _BEFORE), -1):
        t = tokens[j]
        if not runs_on(text, j + 1):
            break
        plain = t.weight > 0 and not t.is_name and not t.is_number
        if plain and not _moves(t) and t.low not in _LINKS:
            found.append(j)
    return tuple(found[:_THINGS])


def _head(of: tuple[int, ...]) -> int:
    """Of words that stand together the last, which says what they are: "cost efficiency" is an efficiency."""
    head = of[0]
    for j in of[1:]:
        if j != head + 1:
            break
        head = j
    return head


def _against(text: Text, i: int) -> tuple[int, ...]:
    tokens = text.tokens
    reach = range(i + 1, min(i + 1 + _COMPARED_REACH, len(tokens)))
    start = next((j for j in reach if tokens[j].low in _COMPARED), -1)
    if start < 0 or tokens[start].sentence != tokens[i].sentence:
        return ()
    rest = [
        j for j in range(start + 1, len(tokens)) if tokens[j].sentence == tokens[i].sentence and tokens[j].weight > 0
    ]
    return tuple(rest[:_COMPARED_WORDS]) or (start,)


def trend(a: Alignment) -> Signal:
    """The claim says more of a thing of which the source says only less, or the other way round."""
    mine = [t for t in trends(a.claim) if not _is_denied(a.claim, t)]
    there = trends(a.evidence) if mine else ()
    for here in mine if there else ():
        shares = {t: _share(a, here.of, t.of) for t in there}
        foes = [t for t in there if t.sign != here.sign and a.evidence.tokens[t.at].sentence in a.focus]
        at = max(foes, key=shares.__getitem__, default=None)
        if at is None or shares[at] < _HELD or any(shares[t] for t in there if t.sign == here.sign):
            continue
        if _is_denied(a.evidence, at) or not _is_same(a, here, at):
            continue
        if (here.against and _share(a, here.against, at.against) < _HELD) or _is_said(a, here, shares):
            continue
        one, other = a.claim.tokens[here.at].surface, a.evidence.tokens[at.at].surface
        return Signal(1.0, f"the claim says '{one}' where the source says '{other}'")
    return NONE


def lessened(a: Alignment) -> Signal:
    """The claim says "less effective" or "no longer flexible" where the source says the adjective and no less of it."""
    here, there = a.claim, a.evidence
    if "less" not in here.low and "longer" not in here.low:
        return NONE
    denied = {j for cue in cues(there) for j in cue.scope}
    for match in _LESSENED.finditer(here.low):
        i = bisect_left(here.starts, match.start("of"))
        if i not in a.row or _COMPARED & {t.low for t in here.tokens[i + 1 : i + 1 + _COMPARED_REACH]}:
            continue
        if match.group("how") == "less" and any(i in cue.scope for cue in cues(here)):
            continue
        places = [p for p in a.standing_at(i, KIN) if there.tokens[p].sentence in a.focus]
        if places and not any(p in denied or _is_lessened(there, p) for p in places):
            line = f"the claim says '{match.group(0)}' where the source says '{there.tokens[places[0]].surface}'"
            return Signal(1.0, line)
    return NONE


def _is_lessened(text: Text, place: int) -> bool:
    """Whether something in the clause of a word, or beside it, says less of it or is for the worse."""
    token = text.tokens[place]
    around = [
        j for j in text.sentence_tokens[token.sentence] if text.tokens[j].clause == token.clause or abs(j - place) <= 3
    ]
    low = any(text.tokens[j].concepts & _WORSE for j in around)
    return low or any(cue.at in around for cue in cues(text))


def _is_same(a: Alignment, here: Trend, there: Trend) -> bool:
    """Whether one of the things is named by the same word: "rate" may stand for "throughput", and mean another."""
    rows = [a.row[i] for i in here.of if i in a.row]
    return any(a.places[r].get(p, 0.0) >= EXACT for r in rows for p in there.of)


def _share(a: Alignment, here: tuple[int, ...], there: tuple[int, ...]) -> float:
    """How much of some words of the claim stands among some of the source, in [0, 1]."""
    rows = [a.row[i] for i in here if i in a.row]
    total = float(sum(a.weights[r] for r in rows))
    found = (max((q for p, q in a.places[r].items() if p in there and q >= KIN), default=0.0) for r in rows)
    return float(sum(a.weights[r] * q for r, q in zip(rows, found, strict=True))) / total if total else 0.0


def _is_said(a: Alignment, here: Trend, shares: dict[Trend, float]) -> bool:
    """Whether the claim's word stands in the sentences that it rests on with nothing else that it is said of."""
    elsewhere = {t.at for t, share in shares.items() if not share}
    row = a.row.get(here.at)
    places = a.places[row] if row is not None else ()
    return any(p not in elsewhere and a.evidence.tokens[p].sentence in a.focus for p in places)


def _is_denied(text: Text, t: Trend) -> bool:
    return any(t.at == c.at or t.at in c.scope or set(t.of) & set(c.scope) for c in cues(text))
