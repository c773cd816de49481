"""Foreign: a claim that is a sentence of the evidence but for one word, which cannot stand for the one it replaced.

"Omits its checksums" for "signs its checksums", "two neural parsers" for "two parsers": all else stands there in its
order, the word itself stands nowhere, and neither the dictionary nor its form makes it a paraphrase. A dictionary does
not know every synonym, so that both words have to be in it, and this only keeps a claim from being supported.
Replacements by words of the evidence are in ``replaced``. A thing may be foreign too where only its surroundings are
the sentence's own: "by majority voting" for "by pairwise comparison", with the sentence's words on both sides.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from typing import Final

from rag.grounding.alignment import Alignment
from rag.grounding.edits import says_an_amount
from rag.grounding.lexicon import HEDGES, NEGATIONS, UNIVERSALS
from rag.grounding.operations import Operation, kept_words
from rag.grounding.paraphrases import narrower_than, opposites_of, synonyms_of
from rag.grounding.replaced import OWN_WORK, POINTS, STANDS, shown, small_words, stands_for_initials
from rag.grounding.tokens import Token
from rag.grounding.vectors import word_vectors

_REST: Final = 0.9
"""Share of the rest of the claim that must be the sentence's own, in its order."""
_LONGEST: Final = 90
_SHORTEST: Final = 6
_SHORT: Final = 4
"""Words that take the place of one another, small ones included."""
_FEW: Final = 2
"""Weighty ones among them."""
_WEIGHTY: Final = 0.5
_FAMILY: Final = 5
_FRAMED: Final = 0.5
"""Share of a claim's words that the sentence must have for its surroundings to be compared."""
_FRAME: Final = 0.6
"""Share of the rest of the claim that must be the sentence's own, in its order, where one thing in it is foreign."""
_AROUND: Final = 4
"""Words on both sides of it that must stand there too."""
_LONG: Final = 6
"""Words of the sentence that a foreign thing may replace."""
_BEFORE_THINGS: Final = frozenset(
    "a an the of via with by in for as to from between on over under into through per and or such adjacent".split()
)
_KNOWN: Final = 2
"""Synonyms from which the dictionary counts as knowing a word."""
_RESEMBLES: Final = 0.4
_SMALL: Final = NEGATIONS | HEDGES | UNIVERSALS
"""Of these others speak (smallwords, edits)."""
_LIGHT: Final = frozenset(
    f"{verb}{end}" for verb in "make take give get bring have do go come put set use".split() for end in ("", "s")
) | frozenset(
    "made taken took gave given got gotten brought had has done did does goes went gone came used making taking giving "
    "getting bringing having doing going coming putting setting using".split()
)
"""Verbs that say little without another word: "makes use of" for "uses", "makes possible" for "enables"."""

_NO_THINGS: Final = STANDS | _SMALL | _LIGHT


def foreign(a: Alignment) -> str:
    """A line for people on what is foreign in a claim that is else a sentence's own, or ""."""
    claim = a.claim.tokens
    if not _SHORTEST <= len(claim) <= _LONGEST:
        return ""
    least = _FRAMED * len(claim)
    for number in a.focus:
        shared = a.shared(number)
        if shared < least or len(a.evidence.sentence_tokens[number]) > 2 * _LONGEST:
            continue
        operations = a.operations(number)
        if len(operations) == 1 and operations[0][0] == "equal":
            continue
        sentence, kept = a.evidence.tokens_of(number), kept_words(operations)
        whole = len(claim) - shared <= _SHORT + len(claim) // 10
        line = (_only_change(a, sentence, operations, kept) if whole else "") or _framed(a, sentence, operations, kept)
        if line:
            return line
    return ""


def _framed(a: Alignment, sentence: Sequence[Token], operations: Sequence[Operation], kept: int) -> str:
    """What to say of a thing put in the place of another, between words that are the sentence's own."""
    claim = a.claim.tokens
    found = [
        n
        for n, (tag, _, _, j1, j2) in enumerate(operations)
        if tag == "replace" and j2 - j1 <= _SHORT and kept >= _FRAME * (len(claim) - (j2 - j1))
    ]
    if not found or len([o for o in operations if o[0] == "replace" and _exchanges(sentence, claim, o)]) > 1:
        return ""
    come: set[str] | None = None
    for n in found:
        _, i1, i2, j1, j2 = operations[n]
        before, after = kept_words(operations[n - 1 : n]), kept_words(operations[n + 1 : n + 2])
        at_end = j2 == len(claim)
        if not before or not (after or at_end) or before + after < _AROUND or not any(t.weight for t in claim[:j1]):
            continue
        here, there = claim[j1:j2], sentence[i1 : _end_of_thing(sentence, i1, i2) if at_end else i2]
        if len(there) > _LONG or any(t.low in POINTS for t in sentence[max(0, i1 - 1) : i1 + len(there)]):
            continue
        if not _is_a_thing(claim, j1, here, there):
            continue
        if come is None:
            come = {claim[j].key for o in operations if o[0] != "equal" for j in range(o[3], o[4])}
        if _is_foreign(a, here, there, come):
            return f"the claim says '{shown(here)}' where the source says '{shown(there)}'"
    return ""


def _exchanges(sentence: Sequence[Token], claim: Sequence[Token], operation: Operation) -> bool:
    """Whether weighty words took the place of others, not at the head: where they do twice, the claim is reworded."""
    tag, i1, i2, j1, j2 = operation
    if tag != "replace" or not any(t.weight > _WEIGHTY for t in claim[j1:j2]):
        return False
    return any(t.weight > _WEIGHTY for t in sentence[i1:i2]) and any(t.weight for t in claim[:j1])


def _end_of_thing(sentence: Sequence[Token], start: int, end: int) -> int:
    """Where what stands at ``start`` ends, of a run that goes on: at the end of its clause or before a small word."""
    ends = (
        k
        for k in range(start + 1, end)
        if sentence[k].clause != sentence[start].clause or (k >= start + 2 and not sentence[k].weight)
    )
    return next(ends, end) if end - start > _LONG else end


def _is_a_thing(claim: Sequence[Token], at: int, here: Sequence[Token], there: Sequence[Token]) -> bool:
    """Whether a thing was exchanged rather than a verb, which has more other wordings than a dictionary knows."""
    several = max(sum(map(_weighs, here)), sum(map(_weighs, there))) >= _FEW
    return several or claim[at - 1].low in _BEFORE_THINGS


def _is_foreign(a: Alignment, here: Sequence[Token], there: Sequence[Token], come: Set[str]) -> bool:
    """Whether some words cannot stand for others, and at least one of them stands nowhere."""
    new, old = [t for t in here if _weighs(t)], [t for t in there if _weighs(t)]
    if not new or not old or any(t.is_number or t.low in _NO_THINGS for t in (*here, *there)):
        return False
    if small_words(here) != small_words(there) or says_an_amount(here, there):
        return False
    if any(t.key in OWN_WORK or t.key in come for t in old) or all(t.key in a.evidence.positions for t in new):
        return False
    if stands_for_initials(here, there) or stands_for_initials(there, here):
        return False
    return not any(_may_stand_for(t, o) for t in new for o in old)


def _only_change(a: Alignment, sentence: Sequence[Token], operations: Sequence[Operation], kept: int) -> str:
    claim = a.claim.tokens
    changes = [o for o in operations if o[0] != "equal"]
    new = [o for o in changes if any(t.weight > _WEIGHTY for t in claim[o[3] : o[4]])]
    if len(new) != 1:
        return ""
    tag, i1, i2, j1, j2 = new[0]
    here, there = claim[j1:j2], sentence[i1:i2]
    if kept < _REST * (len(claim) - len(here)) or max(len(here), len(there)) > _SHORT:
        return ""
    # The head of a claim names in its own words what the sentence speaks of.
    if not any(t.weight > _WEIGHTY for t in claim[:j1]):
        return ""
    gone = {t.key for o in changes for t in sentence[o[1] : o[2]]}
    come = {t.key for o in changes for t in claim[o[3] : o[4]]}
    if says_an_amount(here, there):
        return ""
    words, others = [t for t in here if t.weight], [t for t in there if t.weight]
    if len(words) > _FEW or any(t.low in _LIGHT for t in (*here, *there)):
        return ""
    if not all(_plain(t) and t.key not in gone and t.key not in a.evidence.positions for t in words):
        return ""
    if tag == "insert":
        return _added(a, words, operations, j2)
    old = [t for t in others if _weighs(t)]
    if not old or len(old) > _FEW or any(t.is_name or t.is_number or t.key in come for t in old):
        return ""
    if small_words(here) != small_words(there) or any(t.low in POINTS for t in sentence[max(0, i1 - 1) : i2]):
        return ""
    # Where the dictionary hardly knows a word, that it does not name the other tells nothing.
    if not all(_is_known(t) for t in (*words, *old)) or any(_may_stand_for(t, o) for t in words for o in others):
        return ""
    return f"the claim says '{shown(here)}' where the source says '{shown(there)}'"


def _added(a: Alignment, words: Sequence[Token], operations: Sequence[Operation], end: int) -> str:
    """What to say of a word put into a sentence of which nothing else was left out or put in."""
    inner = operations[1 if operations[0][0] == "delete" else 0 : -1 if operations[-1][0] == "delete" else None]
    if end >= len(a.claim.tokens) or any(o[0] not in {"equal", "insert"} for o in inner):
        return ""
    known = a.evidence.positions
    for token in words:
        if token.low.endswith("ly") or any(k in known for k in synonyms_of(token.key)):
            return ""
        if any(k in known for k in narrower_than(token.key)) or token.groups & a.evidence.synonym_positions.keys():
            return ""
        if token.concepts & a.evidence.concept_positions.keys():
            return ""
    return f"the claim adds '{shown(words)}'"


def _weighs(token: Token) -> bool:
    return token.weight > _WEIGHTY


def _is_known(token: Token) -> bool:
    return len(synonyms_of(token.key)) >= _KNOWN


def _plain(token: Token) -> bool:
    return not token.is_name and not token.is_number and token.low not in _SMALL


def _may_stand_for(token: Token, other: Token) -> bool:
    """Whether the dictionary, the form or the vectors of two words allow the one for the other."""
    if other.key in opposites_of(token.key):
        return False
    same, theirs = synonyms_of(token.key), synonyms_of(other.key)
    if other.key in same | narrower_than(token.key) or same & theirs or narrower_than(token.key) & theirs:
        return True
    if token.groups & other.groups or token.concepts & other.concepts:
        return True
    if set(token.keys) & set(other.keys) or token.key[:_FAMILY] == other.key[:_FAMILY]:
        return True
    one, two = word_vectors([token.low, other.low])
    return float(one @ two) >= _RESEMBLES
