"""Small words and phrases of a text by class: all, some, only, at least, up to, perhaps, proven, because.

The classes stand in ``data/classes.txt``, phrases here. A word is of its class only where it means that: not the "all"
of "all-to-all", "not all" or "all but", nor the "any" of "without any", nor the "up" of "draw up".
"""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import lru_cache
from typing import Final

from rag.grounding.cues import cues, partial
from rag.grounding.lexicon import classes
from rag.grounding.tokens import Text, of_text

_NOT_ALL: Final = frozenset(
    "complete completed completes completing completion total totals totalled totaled totalling totaling exclusive "
    "universe university universities universality".split()
)
"""Of the stems of "completely", "totally" and "exclusively", but not of their class."""
_LEAVES: Final = frozenset("leave leaves leaving left let lets letting".split())
_SMALL_AMOUNT: Final = frozenset("a an few half one two three four five six seven eight nine ten".split())
_MEASURE: Final = frozenset("measure measures measuring".split())
_LITTLE_MORE: Final = frozenset("be been about around some roughly nearly almost just".split())
_BESIDE: Final = frozenset("than over above beyond rather against not".split())
"""Before "alone" they say that it is the lesser: "more than sharing alone"."""
_DENIES: Final = frozenset("not no never cannot don't doesn't didn't won't can't isn't aren't wasn't weren't".split())
_ONLY: Final = frozenset("only merely solely exclusively just".split())
_TURNED_OUT: Final = re.compile(
    r"(?:to\s+be\s+)?(?:(?:both|more|less|no|too|very|quite|so|as|far|much|especially|highly|particularly)\s+)*"
    r"(?!optimal|equivalent|incorrect|correct|universal|harder|impossible|consistent|complete|convergent)"
    r"(?:\w+(?:ful|less|ive|ous|ble|ier|ger|ler|ter|der|ver|wer|per|sistent|tant|rant|cial|ent|ging|ding)|better|worse|hard|easy|difficult|"
    r"superior|inferior|robust|fast|slow|costly|strong|weak|key|crucial|vital|essential|wrong|right)\b"
)
""" "Proved useful", "proves faster" and "proved no worse" say how something turned out."""
_WHICHEVER: Final = frozenset({"whichever", "whatever", "whoever"})
_PICKS: Final = re.compile(
    r"\w{2,}[^r]est|best|most|least|worst|first|last|larger|smaller|greater|longer|shorter|lower|higher"
)
_CARRIES: Final = frozenset("are were is was have had can may could must do did will".split())
"""Between a list and the "all" that sums it up."""
_DONE_TO: Final = re.compile(r"\s+(?:\w+ed|being|having|\w+ing|vary|set|\w+n)\b")
_LIST: Final = re.compile(r",[^,;:.]{2,60},?\s+(?:and|as\s+well\s+as|plus)\s+(?!its\b|their\b)(?:[\w/-]+\s+){1,4}\Z")
""" "A, B and C "; of two "both" is said."""
_PHRASES_ONLY: Final = frozenset({"upto", "least"})
_PHRASES: Final = {
    # Of no class, though a word of them is.
    "none": r"not\s+(?:only|just|merely|solely|exclusively)|all\s+but|in\s+all(?=[,.;])|"
    r"all\s+told|(?:after|above)\s+all|(?:first|last)\s+of\s+all|(?:most|least|best|worst)\s+of\s+all(?=\W*\Z|[,.;:)]|"
    r"\s+(?:and|when|where|if|for|in|on|at|by|with|under|during|among|because|to|as)\b)|at\s+all|all\s+the\s+(?:more|same|better)|of\s+course",
    "upto": r"up\s+to|at\s+(?:the\s+)?most|at\s+best|(?:a\s+|the\s+|its\s+)?(?:maximum|peak)(?:\s+of)?|"
    r"or\s+(?:less|fewer)|"
    r"no\s+(?:more|later|longer|higher|larger|greater|further|bigger)\s+than|"
    r"as\s+(?:much|many|high|far|long|low|large|little|few)\s+as(?=\s+[\d$]|\s+(?:one|two|three|four|five|six|seven|eight|"
    r"nine|ten|half|a)\b)",
    "least": r"at\s+(?:the\s+very\s+)?least|at\s+worst|no\s+(?:less|fewer|lower|smaller|earlier|shorter)\s+than|"
    r"not\s+(?:less|fewer)\s+than|(?:a\s+|the\s+)?minimum\s+of|or\s+(?:more|higher)(?=[\s,.;])",
    "some": r"(?:almost|nearly|virtually|practically|close\s+to)\s+(?:all|every\w*|always|entirely|fully|completely)|"
    r"(?:the\s+)?(?:majority|bulk|greater\s+part)\s+of|in\s+part|for\s+the\s+most\s+part|at\s+times|"
    r"(?:a\s+)?(?:third|half|quarter|tenth|fraction|subset|handful)\s+of",
    "all": r"without\s+exception|no\s+matter|"
    r"across\s+the\s+board|each\s+and\s+every|the\s+whole(?:\s+of)?|in\s+every\s+case",
    "proof": r"in\s+fact|beyond\s+doubt|without\s+doubt|no\s+doubt|no\s+longer\s+in\s+doubt|(?:is|for)\s+certain",
    "guess": r"an?\s+open\s+question|in\s+principle|not\s+(?:certain|sure)|remains\s+to\s+be\s+\w+",
}
"""By class, the first that fits counting."""
_BEGINNINGS: Final = (
    "a above across after all almost an as at best beyond bulk close each first for fraction greater half handful "
    "in is its last least majority maximum minimum most nearly no not of or peak practically quarter remains subset "
    "tenth the third up virtually without worst"
).split()
"""The first words of all phrases: to look for these first takes a third of the time."""
_IN_PHRASES: Final = frozenset(
    "only just merely solely exclusively but all course up most best maximum peak less fewer than as least worst "
    "minimum more higher almost nearly virtually practically close majority bulk greater part times third half quarter "
    "tenth fraction subset handful exception matter board every whole fact doubt certain question principle sure "
    "remains".split()
)
"""Of these words every phrase has one."""
_LOOKED_AT: Final = (
    _MEASURE | _ONLY | {"means", "may", "suggestion", "suggestions", "measured", "alone", "all", "any", "most"}
    | {"certain", "certainty"} | _WHICHEVER
)  # fmt: skip
"""With "prove" and its forms, the words whose company says whether they are of their class."""
_PHRASE: Final = re.compile(
    rf"\b(?=(?:{'|'.join(_BEGINNINGS)})\b)"
    rf"(?:{'|'.join(f'(?P<{name}>{pattern})' for name, pattern in _PHRASES.items())})\b"
)


@of_text
def marks(text: Text) -> dict[str, tuple[int, ...]]:
    """Class -> indices of its words, those left out that mean something else where they stand."""
    found: dict[str, set[int]] = {}
    table = _classes_of_stems()
    weakened, phrases = partial(text), _phrases(text)
    taken = weakened.union(*phrases.values())
    for i, names in enumerate(map(table.get, text.main_keys)):
        if names and i not in taken:
            for name in names:
                if not _means_else(text, i, name):
                    found.setdefault(name, set()).add(i)
                elif name == "only" and text.tokens[i].low == "alone":
                    found.setdefault("only softly", set()).add(i)
    for cue in cues(text):
        found.setdefault("deny" if cue.kind in {"plain", "phrase"} else "deny softly", set()).add(cue.at)
    for name, places in phrases.items():
        found.setdefault(name, set()).update(places)
    found.setdefault("some", set()).update(weakened)
    return {name: tuple(sorted(places)) for name, places in found.items() if places}


def _phrases(text: Text) -> dict[str, set[int]]:
    """Class -> indices of the words of its phrases; "" for phrases that belong to none, as "all but"."""
    starts = text.starts
    found: dict[str, set[int]] = {}
    for match in () if _IN_PHRASES.isdisjoint(text.runs) else _PHRASE.finditer(text.low):
        name = str(match.lastgroup)
        first, last = bisect_left(starts, match.start()), bisect_left(starts, match.end())
        found.setdefault("" if name == "none" else name, set()).update(range(first, last))
    return found


def _means_else(text: Text, i: int, name: str) -> bool:
    """Whether a word is of its class in other company only: "any" after a denial, "all-to-all", "the most powerful"."""
    token = text.tokens[i]
    low = token.low
    following = text.tokens[i + 1] if i + 1 < len(text.tokens) else None
    if token.joined or (following is not None and following.joined):
        return name in {"all", "each", "some", "only", "real"}
    if name == "proof" and any(i in cue.scope for cue in cues(text) if cue.kind == "plain"):
        return True
    if name == "all" and low in _NOT_ALL:
        return True
    if low not in _LOOKED_AT and not low.startswith("prove"):
        return False
    before = [t.low for t in text.tokens[max(0, i - 8) : i] if t.sentence == token.sentence]
    if low == "means":
        return name == "average"  # "by means of", "it means that"
    if low == "may":
        return token.surface == "May" and bool(before)  # the month
    if low in {"suggestion", "suggestions"}:
        return True  # what a tool suggests
    if name == "proof" and low.startswith("prove"):
        return following is not None and _TURNED_OUT.match(text.low, following.start) is not None
    if low in _MEASURE or (low == "measured" and following is not None and following.low in {"against", "by"}):
        return name == "proof"  # what a benchmark does, or a comparison
    if low == "alone":
        behind = {t.low for t in text.tokens[i + 1 : i + 4] if t.sentence == token.sentence}
        return bool(_LEAVES & set(before[-4:]) or _BESIDE & set(before) or _DENIES & behind)
    if low == "all" and name == "all" and _sums_up(text, i):
        return True
    if low == "all" and before[-1:] == ["of"] and len(before) > 1 and text.tokens[i - 2].is_number:
        return True  # "64% of all objects" are 64% of the objects
    if name == "only" and low in _ONLY and _denied_before(text, i):
        return True  # "not on one platform only"
    if low == "only" and following is not None:
        rest = (t for t in text.tokens[i + 1 : i + 5] if t.low not in _LITTLE_MORE)
        following = next(rest, following)
        # "Only 30%", "only a handful", "only slightly" say that it is little, not that nothing else is so.
        after = following.low
        return following.is_number or after in _SMALL_AMOUNT or after.endswith("ly")
    if low == "any":
        denials = any(0 < i - cue.at <= 8 and text.tokens[cue.at].sentence == token.sentence for cue in cues(text))
        return denials or bool({"if", "whether"} & set(before[-4:]))
    if low in _WHICHEVER:
        picked = [t.low for t in text.tokens[i + 1 : i + 8] if t.sentence == token.sentence]
        return any(_PICKS.fullmatch(word) for word in picked)  # the one that "carries the heaviest load"
    if low == "most":
        return before[-1:] in (["the"], ["at"], ["its"], ["their"])
    return low in {"certain", "certainty"} and name == "proof" and before[-1:] != ["is"]


def _sums_up(text: Text, i: int) -> bool:
    """Whether an "all" only sums up a list that the sentence has given: "A, B and C are all parts", "with A and B all
    changed"; where there is no list it is said of more than the sentence names."""
    tokens, j = text.tokens, i - 1
    if j < 0 or tokens[j].sentence != tokens[i].sentence:
        return False
    start = text.sentences[tokens[i].sentence].start
    carried = tokens[j].low in _CARRIES
    if not carried and _DONE_TO.match(text.low, tokens[i].end) is None:
        return False
    return _LIST.search(text.low, start, tokens[j].start if carried else tokens[i].start) is not None


def _denied_before(text: Text, i: int) -> bool:
    """Whether a denial stands up to six words before a word, in its clause."""
    return any(t.low in _DENIES and t.clause == text.tokens[i].clause for t in text.tokens[max(0, i - 6) : i])


@lru_cache(maxsize=1)
def _classes_of_stems() -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for name, words in classes().items():
        for word in words if name not in _PHRASES_ONLY | {"deny softly"} else ():
            found.setdefault(word, []).append(name)
    return {word: tuple(sorted(names)) for word, names in found.items()}
