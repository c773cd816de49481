"""Esteem: a thing praised in the claim that the source blames, or the other way round, each in words of its own.

Words of praise and blame stand by what a thing is judged (``data/esteem.txt``): how easy it is, how cheap, how
good, how alike, how important. What stands before one turns it round ("less of a challenge", "not well", "reduces the
difficulty"), and two such turn it back ("no less useful"). The thing judged is what stands beside the word, as far as
its part of the sentence goes. Where the same things stand beside an opposite judgement in the source, and beside none
that agrees, the claim is false.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from typing import Final, NamedTuple

from rag.grounding.alignment import EXACT, KIN, Alignment
from rag.grounding.cues import cues
from rag.grounding.lexicon import forms_of_entry, general
from rag.grounding.signals import NONE, Signal
from rag.grounding.tokens import Text, of_text, of_text_by

_ENDS: Final = frozenset(
    "but except despite unlike versus while whereas although though than because since yet so unless until".split()
)
_TURNS: Final = frozenset(
    "not no never without hardly barely scarcely little less least fewer cannot neither nor lose loses losing lost "
    "avoid avoids avoided avoiding prevent prevents preventing prevented reduce reduces reduced reducing lower "
    "lowers lowered lowering decrease decreases decreased decreasing diminish diminishes diminished diminishing "
    "alleviate alleviates alleviated alleviating mitigate mitigates mitigated mitigating ease eases eased easing "
    "relieve relieves relieved relieving minimize minimizes minimized minimizing minimise minimises minimised "
    "minimising eliminate eliminates eliminated eliminating remove removes removed removing lessen lessens lessened "
    "lessening below beneath fail fails failed failing lack lacks lacked lacking declining waning fading shrinking "
    "dwindling decreasingly cut cuts cutting limits limiting restricts restricting hinders hindering hampers "
    "hampering preventing undermines undermine undermined curtail curtails curb curbs insufficiently poorly "
    "inadequately incompletely rarely seldom".split()
)
_REMEDIES: Final = frozenset(
    "address addresses addressed addressing solve solves solved solving tackle tackles tackled tackling overcome "
    "overcomes overcoming overcame resolve resolves resolved resolving circumvent circumvents counter counters "
    "despite solution against how whether".split()
)
"""Whether what these are said of is still there is open."""
_TURNS_TOGETHER: Final = frozenset({("far", "from"), ("short", "of"), ("free", "of"), ("free", "from")})
_BREAKS: Final = frozenset("given by with in on at via through which that and or under as".split())
"""What stands before these turns nothing behind them round."""
_LITTLE: Final = frozenset("little less least hardly barely no nothing none".split())
_TURNED_WITHIN: Final = 4
_VAGUE: Final = frozenset(
    "different same equal changes changing varying variable various distinct well help helps".split()
)
"""In a claim these may only say that there are several, or which, or nearly nothing."""
_COMPARES: Final = frozenset("than compared relative versus vs unlike".split())
_BESIDE: Final = 6
"""Weighty words on either side of a judgement that may be what it judges."""
_NEAR: Final = 3
_THAN_WITHIN: Final = 8
_HELD, _HELD_NEAR, _HELD_BEHIND = 0.4, 0.6, 0.85
"""Share of what is judged that must stand beside the opposite: of all its words, the nearest, those right behind."""
_MARGIN: Final = 0.1
"""By how much less may stand beside a judgement that agrees."""
_SENTENCE: Final = 0.3
"""Of the weight of the claim, what has to stand in the sentence."""
_WORDS_HELD: Final = 2
_MERITS: Final = frozenset(
    "efficiency effectiveness optimality optimum reliability accuracy correctness robustness quality performance "
    "stability consistency importance significance relevance".split()
)
"""Of these there is much or little, good or bad: another word of the scale decides."""


_SOFTLY: Final = frozenset(
    "lose loses losing lost less little hardly scarcely barely declining waning fading diminishing dwindling "
    "shrinking decreasingly".split()
)
"""These turn a word round that is no denial to be looked for by itself."""


class Judgement(NamedTuple):
    """A word that judges: its index, ``scale`` and ``sign`` (1 for, -1 against, 0 open), and what stands beside."""

    at: int
    scale: str
    sign: int
    beside: tuple[int, ...]
    otherwise: bool
    """Whether it may be said of the contrary with the same word: "less of a challenge", "studied more in A than"."""


@lru_cache(maxsize=1)
def _words() -> dict[str, tuple[tuple[str, int], ...]]:
    """Word -> (scale, sign) of each scale that it stands on."""
    found: dict[str, tuple[tuple[str, int], ...]] = {}
    for line in files("rag.grounding").joinpath("data/esteem.txt").read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            scale, words = line.split(":")
            for sign, part in zip((1, -1), words.split("|"), strict=True):
                for word in part.split():
                    for form in forms_of_entry(word):
                        found[form] = (*found.get(form, ()), (scale, sign))
    return found


@lru_cache(maxsize=1)
def _known() -> frozenset[str]:
    """The first words of all that judges."""
    return frozenset(word.partition("+")[0] for word in _words())


@of_text
def _marked(text: Text) -> dict[str, tuple[tuple[int, int], ...]]:
    """Scale -> (index, sign) of the words of a text that stand on it; cheap, since of most nothing more is asked."""
    table, known_words = _words(), _known()
    found: dict[str, list[tuple[int, int]]] = {}
    lows = text.columns["low"]
    for i in [i for i, low in enumerate(lows) if low in known_words and not text.tokens[i].is_name]:
        for scale, sign in table.get("+".join(lows[i : i + 2])) or table.get(lows[i], ()):
            found.setdefault(scale, []).append((i, sign))
    return {scale: _decided(lows, words) for scale, words in found.items()}


def _decided(lows: tuple[str, ...], words: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Some words of a scale without the merits that another of them, close by, says to be good or bad."""
    plain = [i for i, _ in words if lows[i] not in _MERITS]
    return tuple([x for x in words if lows[x[0]] not in _MERITS or not any(abs(x[0] - i) <= _NEAR for i in plain)])


@of_text_by
def judgements(text: Text, scale: str) -> tuple[Judgement, ...]:
    """What a text judges on a scale, in order."""
    return tuple([_judgement(text, i, scale, sign) for i, sign in _marked(text).get(scale, ())])


def _judgement(text: Text, i: int, scale: str, sign: int) -> Judgement:
    lows = text.columns["low"]
    turned = _turned(text, i)
    softly = turned < 0 and not _SOFTLY.isdisjoint(lows[max(0, i - _TURNED_WITHIN) : i]) and not _is_compared(text, i)
    more = "more" in lows[max(0, i - 1) : i + 2] and "than" in lows[i : i + 1 + _THAN_WITHIN]
    return Judgement(i, scale, sign * turned, _beside(text, i), softly or more)


def _is_compared(text: Text, i: int) -> bool:
    """Whether the sentence of a word compares things: what is less of the one may be more of the other."""
    return any(text.tokens[j].low in _COMPARES for j in text.sentence_tokens[text.tokens[i].sentence])


def _turned(text: Text, i: int) -> int:
    """-1 if what stands before a word turns it round, 1 if nothing does, 0 if that is not plain."""
    tokens, sign = text.tokens, 1
    for j in range(i - 1, max(-1, i - 1 - _TURNED_WITHIN), -1):
        if tokens[j].sentence != tokens[i].sentence or tokens[j].clause != tokens[i].clause:
            break
        if tokens[j].low in _BREAKS:
            break
        if tokens[j].low in _REMEDIES:
            return 0
        if tokens[j].low in _TURNS or (j and (tokens[j - 1].low, tokens[j].low) in _TURNS_TOGETHER):
            sign = -sign
    if i + 1 < len(tokens) and tokens[i + 1].low in _LITTLE and tokens[i + 1].sentence == tokens[i].sentence:
        sign = -sign
    denied = any(i in cue.scope and cue.at != i for cue in cues(text))
    return 0 if denied and sign == 1 else sign


def _beside(text: Text, i: int) -> tuple[int, ...]:
    """The weighty words before and behind a word, the nearest first, as far as its part of the sentence goes."""
    tokens = text.tokens
    found: list[tuple[int, int]] = []
    for step in (-1, 1):
        count, j = 0, i + step
        while 0 <= j < len(tokens) and count < _BESIDE:
            low, high = (j, j + 1) if step < 0 else (j - 1, j)
            if tokens[j].sentence != tokens[i].sentence or tokens[j].low in _ENDS:
                break
            if any(c in ";:" for c in text.low[tokens[low].end : tokens[high].start]):
                break
            if tokens[j].weight > 0:
                count += 1
                found.append((count, j))
            j += step
    return tuple([j for _, j in sorted(found)])


def judges(word: str) -> bool:
    """Whether a word, in small letters, may judge."""
    return word in _known()


def esteem(a: Alignment) -> Signal:
    """Strength 1, with a line for people, where claim and source judge the same things in opposite ways."""
    known = _marked(a.evidence)
    for scale in [scale for scale in _marked(a.claim) if scale in known]:
        said = [j for j in judgements(a.claim, scale) if not _is_said(a, j)]
        if len({j.sign for j in said}) > 1:
            continue
        for here in said:
            place = _opposed(a, here) if here.sign and a.claim.tokens[here.at].low not in _VAGUE else -1
            if place >= 0:
                one, two = a.claim.tokens[here.at].surface, a.evidence.tokens[place].surface
                return Signal(1.0, f"the claim says '{one}' where the source says '{two}'")
    return NONE


def _is_said(a: Alignment, here: Judgement) -> bool:
    """Whether the claim's own word stands in the sentences that it rests on."""
    places = () if here.otherwise else a.evidence.positions.get(a.claim.tokens[here.at].key, ())
    return any(a.evidence.sentence_of[p] in a.focus for p in places)


def _opposed(a: Alignment, here: Judgement) -> int:
    """Index of the judgement of the source that says the opposite of the same things, or -1."""
    there = [
        j
        for j in judgements(a.evidence, here.scale)
        if a.evidence.sentence_of[j.at] in a.focus
        and (here.otherwise or a.evidence.tokens[j.at].key not in a.claim.positions)
    ]
    if not any(j.sign == -here.sign for j in there):
        return -1
    rows = a.rows_among(here.beside)
    behind = a.rows_among([j for j in here.beside if j > here.at][:_NEAR])
    foe, friend, at = 0.0, 0.0, -1
    for other in there:
        share = _share(a, rows, behind, other)
        if other.sign != -here.sign:
            friend = max(friend, share)
        elif share > foe and a.held[a.evidence.sentence_of[other.at]] >= _SENTENCE:
            foe, at = share, other.at
    return at if foe and foe > friend + _MARGIN else -1


def _share(a: Alignment, rows: list[int], behind: list[int], there: Judgement) -> float:
    """How much of what the claim judges (``rows``, and of these what stands right ``behind``) stands beside a judgement
    of the source; 0 where that is too little."""
    number = a.evidence.sentence_of[there.at]
    beside = set(there.beside)
    held = {
        r: max((q for p, q in a.places[r].items() if p in beside), default=0.0) for r in rows if _counts(a, r, number)
    }
    near = list(held)[:_NEAR]
    for some, least in ((list(held), _HELD), (near, _HELD_NEAR), ([r for r in behind if r in held], _HELD_BEHIND)):
        if sum(held[r] >= KIN for r in some) < _WORDS_HELD or EXACT not in [held[r] for r in some]:
            continue
        share = sum(float(a.weights[r]) * held[r] for r in some) / sum(float(a.weights[r]) for r in some)
        if share >= least:
            return share
    return 0.0


def _counts(a: Alignment, row: int, sentence: int) -> bool:
    """Whether a word of the claim, if it is not beside a judgement in a sentence, says that another thing is judged:
    not one of wording, nor a name."""
    token = a.token(row)
    return a.match[row, sentence] >= KIN or not (token.is_name or token.low in general() or token.key in general())
