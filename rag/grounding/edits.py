"""Edits: what was changed in a claim that is nearly a sentence of the evidence.

Where most words of a claim stand in one sentence in its order, what was added, replaced, moved or dropped is the whole
difference, and can be weighed word by word. Where few do, the claim is a paraphrase and this module is silent.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from functools import lru_cache
from typing import Final, NamedTuple

from rag.grounding.alignment import KIN, Alignment
from rag.grounding.gapped import takes_another
from rag.grounding.lexicon import (
    HEDGES,
    NEGATIONS,
    NEGATIVE_CONCEPTS,
    UNIVERSALS,
    classes,
    opposites,
    stems,
)
from rag.grounding.operations import kept_words, operations_of
from rag.grounding.paraphrases import denies_by_prefix, opposites_of, synonyms_of
from rag.grounding.replaced import OWN_WORK
from rag.grounding.tokens import Text, Token
from rag.text.clean import display
from rag.text.quantities import Quantity, is_stated

_CLOSE_FROM, _CLOSE_TO = 0.55, 0.85
"""Share of the claim's words in one sentence's order from which edits begin to count, and from which they fully do."""
_ONLY: Final = frozenset({"only", "solely", "exclusively"})
_COME: Final = (UNIVERSALS - NEGATIONS) | {"must", "should", "more", "less"}
"""What makes a claim say more than a sentence without it."""
_LOST: Final = (HEDGES - {"about", "close"}) | _ONLY
"""What makes a claim say more by going; "about" a figure is judged with the figure (signals.bounds)."""
AMOUNTS: Final = frozenset("many several numerous multiple various number numbers large great plenty lots host".split())
_WEAKEN: Final = HEDGES | _ONLY | AMOUNTS
_SMALL_IN_AMOUNTS: Final = frozenset("a of the an".split())
_BEYOND: Final = frozenset({"over", "above", "beyond", "under", "below", "exceeding"})
_MOVABLE: Final = frozenset(
    "in on at with over across for under against from to by of when while where if as after before during using "
    "thanks through within without compared relative unlike because since and or".split()
)  # fmt: skip
_PLAIN_DENIALS: Final = NEGATIONS - {"non", "instead", "rather", "free", "zero"}
_SOFTENED: Final = NEGATIONS - _PLAIN_DENIALS
_DENIALS: Final = _PLAIN_DENIALS | {"non"}
_WILL: Final = stems(("will", "must"))
_DECIDES: Final = 0.5
_FEW: Final = 1
"""Words of weight that may go with a denial for its loss to be more than the loss of a clause."""
_PHRASE: Final = 2
"""Words of weight that may go with a hedge for it to be more than the loss of a phrase."""
_MAX_WORDS: Final = 90
_MERELY: Final = (["only"], ["just"], ["merely"])
_OTHERS: Final = frozenset("prior previous earlier existing other others former past current conventional".split())
_SELF: Final = frozenset({"it", "its", "we", "our", "they", "their", "this", "method", "approach", "system"})
"""Words of a source for which a claim may have the name of what it is about."""
_FAMILY: Final = 5
_NONE: Final = frozenset[str]()


class Edits(NamedTuple):
    """``close`` in [0, 1]; the others are already multiplied by it, so that 0 stands for "no such edit".

    ``added`` and ``altered`` are weights of words over 2, at most 1; ``opposite``, ``exchanged``, ``moved``, ``denied``
    and ``limits`` say whether a word became its opposite, two parts changed places, one part moved to where it changes
    the sense, a denial came or went, or a hedge or limit did. ``line`` is for people.
    """

    close: float = 0.0
    added: float = 0.0
    altered: float = 0.0
    opposite: float = 0.0
    exchanged: float = 0.0
    moved: float = 0.0
    denied: float = 0.0
    limits: float = 0.0
    strengthened: float = 0.0
    """What was hedged or limited became certain, general or real."""
    figure: float = 0.0
    """A figure, a count or its unit became another."""
    tail: float = 0.0
    """As ``added``, of what was added at the end and stands nowhere in the evidence."""
    line: str = ""

    @property
    def decides(self) -> bool:
        """Whether an edit refuses the claim by itself."""
        plain = (self.opposite, self.exchanged, self.denied, self.strengthened, self.figure, self.tail)
        return max(plain) >= _DECIDES


class _Change(NamedTuple):
    here: Sequence[Token]
    there: Sequence[Token]


NO_EDITS: Final = Edits()


def edits(a: Alignment) -> Edits:
    """Compare the claim with the sentence that holds most of its words."""
    claim = _without_not_only(a.claim.tokens) if "not" in a.claim.words else a.claim.tokens
    if not 4 <= len(claim) <= _MAX_WORDS:
        return NO_EDITS
    number, shared = _nearest(a)
    if shared <= _CLOSE_FROM * len(claim):
        return NO_EDITS  # no more words than they share can stand in its order
    nearest = a.evidence.tokens_of(number)
    sentence = _without_not_only(nearest) if "not" in a.evidence.words else nearest
    if sentence is nearest and claim is a.claim.tokens:
        operations = a.operations(number)
    else:
        operations = operations_of([t.key for t in sentence], [t.key for t in claim])
    close = min(1.0, max(0.0, (kept_words(operations) / len(claim) - _CLOSE_FROM) / (_CLOSE_TO - _CLOSE_FROM)))
    if not close:
        return NO_EDITS
    figures = any(a.claim.columns["is_number"])
    changes = [
        _Change(claim[j1:j2], sentence[i1:i2])
        for tag, i1, i2, j1, j2 in operations
        if tag != "equal"
        and not (tag == "replace" and says_an_amount(claim[j1:j2], sentence[i1:i2]))
        and not (figures and takes_another(claim, (j1, j2), sentence, (i1, i2)))
    ]  # fmt: skip
    found = _weigh(changes, close)
    for change in changes:
        if line := _strengthened(change):
            found = found._replace(strengthened=close, line=found.line or line)
        if a.claim.quantities and (line := _figure(change, a)):
            found = found._replace(figure=close, line=line)
    tag, _, _, j1, j2 = operations[-1]
    if tag != "insert":
        return found
    known = a.evidence.positions
    tail = sum([t.weight for t in claim[j1:j2] if t.key not in known])
    return found._replace(tail=close * min(tail / 3, 1.0))


def _without_not_only(tokens: Sequence[Token]) -> Sequence[Token]:
    """ "Not only" denies nothing and limits nothing."""
    words = [t.low for t in tokens]
    if "not" not in words:
        return tokens
    dropped = {
        j for i, w in enumerate(words) if w == "not" and words[i + 1 : i + 2] in _MERELY for j in (i, i + 1)
    }  # fmt: skip
    return [t for i, t in enumerate(tokens) if i not in dropped] if dropped else tokens


def _nearest(a: Alignment) -> tuple[int, int]:
    """The sentence with most of the claim's words, function words included, and how many those are; the first of
    equals."""
    best, most = -1, 0
    for number in a.focus:
        shared = a.shared(number)
        if shared > most and len(a.evidence.sentence_tokens[number]) <= 2 * _MAX_WORDS:
            best, most = number, shared
    return best, most


def _weigh(changes: Sequence[_Change], close: float) -> Edits:
    gone = {t.key for c in changes for t in c.there}
    come = {t.key for c in changes for t in c.here}
    added = altered = opposite = moved = denied = limits = 0.0
    lines: list[str] = []
    said_otherwise: tuple[bool, bool] | None = None
    for change in changes:
        new = [t for t in change.here if t.weight > 0 and t.key not in gone]
        old = [t for t in change.there if t.weight > 0 and t.key not in come]
        turned = _turned(change, gone)
        if turned is not None:
            opposite = 1.0
            lines.append(f"the claim says '{turned.surface}' where the source says '{_shown(change.there)}'")
        for token in new:
            if token is turned:
                continue
            if any(t.low in _SELF for t in change.there) and (token.is_name or _names_own_work(change.here)):
                continue
            if old and not _alike(token, old):
                altered += token.weight
                lines.append(f"the claim says '{_shown(change.here)}' where the source says '{_shown(change.there)}'")
            elif not old:
                added += token.weight
                lines.append(f"the claim adds '{_shown(change.here)}'")
        if not new:
            moved = max(moved, _misplaced(change, gone))
        denials = _denials(change.here), _denials(change.there)
        if said_otherwise is None and (denials[0] or denials[1]):
            said_otherwise = (
                any(_denies_softly(t) and t.key not in gone for c in changes for t in c.here),
                any(_denies_softly(t) and t.key not in come for c in changes for t in c.there),
            )
        word = _denial(change, denials, said_otherwise) if said_otherwise is not None else ""
        if word:
            denied = 1.0
            lines.append(word)
        elif _says_more(change, gone, come):
            limits = 1.0
            lines.append(_limit_line(change))
    exchanged = float(not gone.isdisjoint(come) and _exchanged(changes))
    if exchanged:
        lines.insert(0, "the roles are swapped: two parts of the source's sentence have changed places")
    return Edits(
        close, close * min(added / 2, 1.0), close * min(altered / 2, 1.0), close * opposite, close * exchanged,
        close * moved, close * denied, close * limits, line=lines[0] if lines else "",
    )  # fmt: skip


def _turned(change: _Change, gone: Set[str]) -> Token | None:
    """The first word of the claim, of those that came, that is the opposite of one in whose place it stands."""
    if not change.here or not change.there or any(t.low in _DENIALS for t in change.there):
        return None  # "hard" does not turn "not trivial" round
    for token in change.here:
        if token.key not in gone and _turns(token, change.there):
            # "At most" is "up to", not a superlative.
            if token.key == "most" and {t.low for t in change.here} >= {"at", "most"}:
                continue
            return token
    return None


def _names_own_work(tokens: Sequence[Token]) -> bool:
    """Whether words name the work that a source calls "we": "the port planning study", and not "earlier work"."""
    return any(t.key in OWN_WORK for t in tokens) and not any(t.low in _OTHERS for t in tokens)


def _shown(tokens: Sequence[Token]) -> str:
    return " ".join(t.surface for t in tokens[:6])


def _limit_line(change: _Change) -> str:
    if not change.here:
        return f"the claim leaves out '{_shown(change.there)}'"
    return f"the claim says '{_shown(change.here)}'" + (
        f" where the source says '{_shown(change.there)}'" if change.there else ", which the source does not"
    )


def _denial(change: _Change, denials: tuple[list[str], list[str]], said_otherwise: tuple[bool, bool]) -> str:
    """What to say of a denial that came or went; one that went with a whole clause is no change of sense.

    ``said_otherwise``: whether other changed words of the claim, and of the sentence, deny in their own way, as
    "losslessly" does for "without loss".
    """
    here, there = denials
    if (here and said_otherwise[1]) or (there and said_otherwise[0]):
        return ""
    if here and not there:
        return f"a denial is added: '{here[0]}'"
    if there and not here and sum(t.weight > 0 for t in change.there) <= _FEW and not _praises(change.here):
        return f"a denial is left out: '{there[0]}'"
    return ""


def _denials(tokens: Sequence[Token]) -> list[str]:
    words = [t.low for t in tokens]
    if not any(word in _PLAIN_DENIALS or "’" in word for word in words):
        return []
    words = [word.replace("’", "'") for word in words]
    return [
        t.surface
        for i, t in enumerate(tokens)
        if words[i] in _PLAIN_DENIALS
        and not (words[i] == "without" and words[max(0, i - 2) : i] == ["with", "or"])
        and not (words[i] == "nothing" and words[i + 1 : i + 2] == ["but"])
    ]


def _denies_softly(token: Token) -> bool:
    """Whether a word that is no plain "not" denies: rather, lossless, avoid, unharmed."""
    low = token.low
    return low in _SOFTENED or token.key in classes()["deny softly"] or low.endswith("less") or denies_by_prefix(low)


def _praises(tokens: Sequence[Token]) -> bool:
    """Whether words deny by themselves, as "hard" does for "not trivial"."""
    return any(t.concepts & NEGATIVE_CONCEPTS or denies_by_prefix(t.surface) for t in tokens)


def _strengthened(change: _Change) -> str:
    """What to say of a hedge or a limit that became its opposite in its very place."""
    if not change.here or not change.there:
        return ""
    weak, strong = _weak_and_strong()
    there = {t.key for t in change.there}
    if there.isdisjoint(weak):
        return ""
    here = {t.key for t in change.here}
    if here & strong - there and not here & weak:
        return f"the claim says '{_shown(change.here)}' where the source says '{_shown(change.there)}'"
    return ""


@lru_cache(maxsize=1)
def _weak_and_strong() -> tuple[frozenset[str], frozenset[str]]:
    """The stems of hedges and limits, and those of what is certain, general or real."""
    table = classes()
    weak = table["guess"] | table["guess softly"] | table["can"] | table["some"] | table["sim"]
    return weak, table["all"] | table["proof"] | table["proof softly"] | table["real"] | _WILL


def _figure(change: _Change, a: Alignment) -> str:
    """What to say of a quantity that has another in its place."""
    here = _quantities(change.here, a.claim)
    there = _quantities(change.there, a.evidence) if here else here
    if not there or any(is_stated(q, there) for q in here):
        return ""
    if here[0].start < change.here[0].start and there[0].start >= change.there[0].start:
        return ""  # "by 2 points in A" for "by 2 and 3 in A and B": it is the other figure that went
    return (
        f"the source says {display(a.evidence.text[there[0].start : there[0].end])}, "
        f"the claim {display(a.claim.text[here[0].start : here[0].end])}"
    )


def _quantities(tokens: Sequence[Token], text: Text) -> list[Quantity]:
    if not tokens:
        return []
    return [q for q in text.quantities if q.start < tokens[-1].end and tokens[0].start < q.end]


def says_an_amount(here: Sequence[Token], there: Sequence[Token]) -> bool:
    """Whether a change only says otherwise that there are many: "a large number of" for "many"."""
    one = {t.low for t in here} - _SMALL_IN_AMOUNTS
    if not one or not one <= AMOUNTS:
        return False
    other = {t.low for t in there} - _SMALL_IN_AMOUNTS
    return bool(other) and other <= AMOUNTS


def _says_more(change: _Change, gone: Set[str], come: Set[str]) -> bool:
    """Whether a universal came, or a hedge or an "only" went and not with a whole phrase; a claim may say less than
    its source. Words that only moved are left out."""
    here = {t.low for t in change.here if t.key not in gone}
    there = {t.low for t in change.there if t.key not in come}
    if here.isdisjoint(_COME) and there.isdisjoint(_LOST):
        return False
    if "than" in here and there & _BEYOND:
        here -= {"more", "less"}  # "more than" a figure for "over" it
    come_in = [t for t in change.here if t.low in here & _COME]
    # "More" for "greater", "each" for "every" claim no more.
    if not there & UNIVERSALS and any(not _alike(t, change.there) for t in come_in):
        return True
    if sum(t.weight > 0 for t in change.there) > _PHRASE or here & _WEAKEN:
        return False
    # "Frequently" for "often" loses nothing.
    lost = [t for t in change.there if t.low in there & _LOST and t.surface != "May"]
    return any(not _alike(t, change.here) for t in lost)


def _alike(token: Token, others: Sequence[Token]) -> bool:
    """Whether some of the words may stand for this one."""
    groups, names, same = token.groups, token.concepts, synonyms_of(token.key)
    for other in others:
        if other.key in same:
            return True
        if not groups.isdisjoint(other.groups) or not names.isdisjoint(other.concepts):
            return True
        if token.key == other.key or not set(token.keys).isdisjoint(other.keys):
            return True
        if not token.is_number and len(token.key) >= _FAMILY and token.key[:_FAMILY] == other.key[:_FAMILY]:
            return True
    return False


def _turns(token: Token, others: Sequence[Token]) -> bool:
    names = token.concepts
    foes = _foes(names) if names else names
    turned = opposites_of(token.key) if token.weight > 0 and not (token.is_name or token.is_number) else _NONE
    if not foes and not turned:
        return False
    for other in others:
        if foes and not foes.isdisjoint(other.concepts) and names.isdisjoint(other.concepts):
            return True
        if other.key in turned and not other.is_number:
            return True
    return False


@lru_cache(maxsize=4096)
def _foes(names: frozenset[str]) -> frozenset[str]:
    """The concepts that are opposites of some, and none of them."""
    return frozenset(o for name in names for o in opposites().get(name, ())) - names


def _misplaced(change: _Change, gone: Set[str]) -> float:
    """1 where words that stood elsewhere, and only such, took the place of others, and not as a phrase that may stand
    anywhere ("on eight GPUs"). A part that was put in between, or together with new words, belongs to a sentence that
    was rebuilt."""
    here = [t for t in change.here if t.weight > 0]
    if not here or change.here[0].low in _MOVABLE:
        return 0.0
    if not all(t.key in gone for t in here) or not any(t.weight > 0 for t in change.there):
        return 0.0
    return min(1.0, sum(t.weight for t in here) / 2)


def _exchanged(changes: Sequence[_Change]) -> bool:
    """Whether what one change took out is what another put in, and the other way round."""
    sides = [
        ({t.key for t in c.here if t.weight > KIN - 0.1}, {t.key for t in c.there if t.weight > KIN - 0.1})
        for c in changes
    ]
    return any(
        (h1 & t2) - t1 and (h2 & t1) - t2
        for n, (h1, t1) in enumerate(sides)
        for h2, t2 in sides[n + 1 :]
    )  # fmt: skip
