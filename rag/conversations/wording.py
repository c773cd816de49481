"""How follow-ups are worded: openers, cues, pointers and pronouns, and putting a name in their place.

Only the wording is read here; what a pointer stands for is decided in :mod:`rag.conversations.referents`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

_THING = r"(?:one|paper|method|system|approach|work|study|technique|framework|tool|model|source|result)"
_THINGS = r"(?:ones|papers|methods|systems|approaches|works|studies|techniques|frameworks|tools|sources|results)"
# Said before the question itself.
_OPENER = re.compile(
    r"^\s*(?:(?:ok(?:ay)?|thanks(?: a lot)?|thank you|great|good|right|i see|hm+|well|and|but|so|or|then|also|please)"
    r"(?![\w-])[\s,.!;:-]*)+",
    re.I,
)
# Says that another subject begins.
_ANEW = re.compile(
    r"^(?:(?:an?(?:other)?|one|some) )?(?:(?:completely |totally )?(?:different|another|new|unrelated|other) "
    r"(?:question|topic|subject|matter|thing)|something (?:else|different)(?: entirely)?|"
    r"(?:switching|changing|let'?s (?:switch|change)|to (?:switch|change)) (?:the )?(?:topics?|subjects?)|"
    r"(?:let'?s )?mov(?:e|ing) on(?: to)?|on (?:an?other|a different) (?:note|topic|subject))\b[\s,:;.-]*",
    re.I,
)
_NOW = re.compile(r"^now\b(?: (?:to|for|about)\b)?[\s,]*", re.I)
_CORRECTS = re.compile(
    r"^(?:(?:no|nope|sorry|actually|wait|oops)\b[\s,.;:!-]*)*(?:(?:i|what i) (?:meant|mean|was asking)(?: is| was)?|"
    r"(?:no|nope|sorry)\b[\s,.;:!-]+(?:not (?:that|this|it)\b[\s,.;:-]*(?:but )?)?)\b[\s,:;-]*",
    re.I,
)
_RETURNS = re.compile(
    r"^(?:(?:going|coming|let'?s go|can we go|go|return(?:ing)?)\s+)?(?:back )?(?:to|about|as for) "
    r"(?P<back>[^:,;?]{1,80}?)(?: again)?(?:[:,;?]+\s*|$)(?P<rest>.*)$|"
    r"^(?P<again>[^:,;?]{1,80}?) again[:,;?]\s*(?P<more>.*)$|"
    r"^the (?P<kind>[^:,;?]{1,60}?) " + _THING + r"[:,;]\s*(?P<last>.*)$",
    re.I,
)
# "as for X" and "to X" alone are no return without one of these.
_RETURN_WORD = re.compile(r"\bback\b|\breturn|\bagain\b|^as for\b|^the [^:,;?]{1,60}? " + _THING + r"[:,;]", re.I)
_MORE = re.compile(
    r"^(?:(?:can|could) you )?(?:(?:tell|show|give|say)(?: me)? )?(?:some |a (?:bit|little) )?(?:more|further)"
    r"(?: details?| about| on| of)*\b|^(?:go on|elaborate|expand|explain|continue|details?)\b(?: on| about| further)*",
    re.I,
)
_ANOTHER = re.compile(
    r"\b(?:another|similar(?: to (?:that|this|it))?|something like (?:that|this|it)|anything like (?:that|this|it)|"
    r"(?:something|anything|anyone|who|what|which) else|other (?:than|papers|works?|methods|systems|approaches))\b|"
    r"^(?:is|are) there\b.*\b(?:also|too|as well|one)\b|"
    # It asks whether there is such a work, not for a trait of the one talked about.
    r"^(?:is|are) there (?:an?|any|some)?\s*(?:[\w-]+ ){0,2}(?:theor(?:y|ies)|works?|research|papers?|stud(?:y|ies)|"
    r"methods?|approach(?:es)?|tools?|systems?|benchmarks?|datasets?|frameworks?|surveys?|algorithms?|librar(?:y|ies)|"
    r"compilers?|models?|ways?|ones?|anything|something)\b",
    re.I,
)
_ABOUT = re.compile(r"^(?:what|how) about\b\s*|^(?:any|anything) on\b\s*", re.I)
_WHY = re.compile(r"^(?:why|how so|how come|since when|how|when|where|who)\W*$", re.I)
_ORDINAL = re.compile(
    r"\b(?:the )?(?P<which>first|second|third|fourth|fifth|sixth|last|former|latter)(?: " + _THING + r")?\b|"
    r"\b(?:source|paper|number|no\.?|#)\s*(?P<number>\d{1,2})\b|\[(?P<marker>\d{1,2})\]",
    re.I,
)
# "the first system to ..." and "at first" point at nothing.
_NO_ORDINAL = re.compile(
    r"\b(?:at (?:first|last)|first of all|last (?:year|month|week)|the last \d|second(?:s|-)\b)", re.I
)
_OTHER = re.compile(r"\bthe other(?: " + _THING + r")?\b(?! \w+s\b)", re.I)
_DESCRIBED = re.compile(
    r"\bthe (?:one|paper|work|study|method|system) (?:(?:which|that|where) (?:is |does |uses )?|on|about|with|from|for|"
    r"of|by|using|doing) ?(?P<post>[^?,.;:]{2,60}?)(?= (?:do|does|did|is|was|has|have|can|need|use)\b|[?,.;:]|$)|"
    r"\bthe (?P<pre>[\w-]+(?: [\w-]+)?) (?:one|paper)\b",
    re.I,
)
_SET = re.compile(
    r"\b(?:(?:which|what|any|one|each|all|both|either|neither|none|some|most)(?: one)? of "
    r"(?:them|those|these|the two|the three|(?:the|those|these) " + _THINGS + r")|"
    r"(?:the|those|these|all) (?:two|three|"
    + _THINGS
    + r")|(?:them|those|these) (?:all|both)|(?:the )?two of them|both|"
    r"which (?:one|is|was|has|does)(?= (?:is |was )?(?:the )?(?:faster|fastest|slower|better|best|newer|newest|older|"
    r"oldest|larger|smaller|cheaper|more)))\b",
    re.I,
)
_PLURAL = re.compile(r"\b(?:them|those|these|they|their)\b", re.I)
_POINTS_BACK = re.compile(
    r"\b(?:it|its|itself|they|them|their|theirs|those|these|this|he|she|his|her|the same|such|thereby|therein)\b|"
    r"\b(?:this|that|these|those) one\b|\b(?:this|that|these|those|the) (?!one\b)(?:"
    + _THING
    + r"|"
    + _THINGS
    + r"|authors?|experiments?|tests?|server|setup)\b|"
    r"\bthat(?=\s*(?:\?|$|[,.;]|(?:one|is|was|does|did|has|for|in|on|with|need|beat|work|take|cost|save|gain|add|run|"
    r"mean|measured|score|do|compare|\w+ed)\b))|"
    r"\b(?:is|was|does|did|do|has|can|could|would|will) that\b|\bthere\s*\?*$|\bdo so\b",
    re.I,
)
_EXPLETIVE = re.compile(
    r"\bit (?:is |was )?(?:possible|true|known|worth|clear|necessary|common|likely)\b|\bit that\b", re.I
)
_PREPOSITION = (
    "on|for|with|against|versus|vs|from|to|in|at|by|under|over|across|without|during|compared with|compared to"
)
_PHRASE = re.compile(rf"^(?P<by>{_PREPOSITION})\.?\s+(?P<of>.+?)\W*$", re.I)

_TWO = re.compile(r"\b(?:two|both|either|neither|(?:fast|slow|bett|new|old|larg|small|cheap)er)\b", re.I)
_DEFINITE = re.compile(r"\bthe (?!(?:most|best|first|last)\b)\w+", re.I)
_WHETHER_ANY = re.compile(r"^(?:is|are|was|were) there (?!the\b)|^any\b|^(?:does|did|has|have) any(?:one|body)\b", re.I)
_DEFINES = re.compile(r"^(?:what(?:'s| is| are| does)|who (?:is|are)|define|explain|describe|tell me about)\b", re.I)
# "compare A with B", "A and B", "A or B": two things in an order.
_COORDINATED = re.compile(
    r"^(?:(?:compare|contrast|what do|what does|how do|how does|how are|do|does|are|is|which of|"
    r"(?:what(?:'s| is) )?the differences? between)\s+)?(?P<one>[^,;:?]{2,60}?),?\s+(?:and|with|or|vs\.?|versus|to)\s+"
    r"(?P<two>[^,;:?]{2,60}?)(?=\s+(?:do|does|differ|speed|compare|work|handle|for|in|on|reach|save|use|get|have|is|are|"
    r"\w+ing|\w+ly)\b|[?.,;:]|$)",
    re.I,
)
_ADDED = re.compile(r"\s*\([^()]*(?:\([^()]*\)[^()]*)*\)$")

ORDINALS: Final = {
    "first": 0, "second": 1, "third": 2, "fourth": 3, "fifth": 4, "sixth": 5, "former": 0, "latter": 1, "last": -1,
}  # fmt: skip
# A plural pronoun gives way to one name: the verb before it has to agree.
_AGREES = {"do": "does", "are": "is", "were": "was", "have": "has"}
_LONGEST_INLINE = 3


class Opened(NamedTuple):
    """A follow-up without what was said before it. ``anew``: it says that another subject begins."""

    rest: str
    anew: bool
    continues: bool


def opened(question: str) -> Opened:
    """Take off openers ("ok, and ...") and words that announce another subject."""
    begun = _OPENER.match(question)
    text = question[begun.end() :] if begun else question
    continues = bool(begun and re.search(r"\b(?:and|but|so|or|then|also)\b", begun.group(), re.I))
    found = _ANEW.match(text)
    now = None if found else _NOW.match(text)
    said = found or now
    if said is None:
        return Opened(text.strip() or question, anew=False, continues=continues)
    return Opened(_OPENER.sub("", text[said.end() :]).strip() or question, anew=True, continues=continues)


def corrected(text: str) -> str | None:
    """What a correction puts in place ("no, I meant training" -> "training"); None where it is none."""
    found = _CORRECTS.match(text)
    rest = text[found.end() :].strip() if found else ""
    return rest or None


def returned(text: str) -> tuple[str, str] | None:
    """(what it returns to, the question about it) of "back to X: ...", "X again: ...", "the X one: ..."."""
    found = _RETURNS.match(text)
    if not found or not _RETURN_WORD.search(text):
        return None
    target = found["back"] or found["again"] or found["kind"]
    return target.strip(), (found["rest"] or found["more"] or found["last"] or "").strip()


def wants_more(text: str) -> str | None:
    """What more is wanted of ("tell me more about X" -> "about X", "more details" -> ""); None where it is not that."""
    found = _MORE.match(text)
    if not found:
        return None
    rest = text[found.end() :].strip(" ?.!,")
    return re.sub(r"\bplease\b", "", rest, flags=re.I).strip()


def wants_another(text: str) -> bool:
    """Whether another paper of the kind is asked for: "something similar", "is there also one that ..."."""
    return bool(_ANOTHER.search(text))


def about(text: str) -> str | None:
    """X of "what about X?"; None where it is worded otherwise."""
    found = _ABOUT.match(text)
    return text[found.end() :].strip(" ?.!") if found else None


def bare_why(text: str) -> bool:
    """Whether it is a question word and nothing else."""
    return bool(_WHY.match(text))


def ordinal(text: str) -> tuple[str, int] | None:
    """(as worded, place counted from 0; -1 the last) of the first pointer by place; None without one."""
    for found in _ORDINAL.finditer(text):
        if any(found.start() >= no.start() and found.start() < no.end() for no in _NO_ORDINAL.finditer(text)):
            continue
        if found["which"]:
            # "the first system to run X" describes, it does not point.
            if re.match(r"\s+(?:to|of its kind|ever|time)\b", text[found.end() :], re.I):
                continue
            bare = found.group().lower() == found["which"].lower()
            if bare and re.match(r"\s+\w", text[found.end() :]) and found["which"].lower() not in {"former", "latter"}:
                continue
            return found.group(), ORDINALS[found["which"].lower()]
        place = int(found["number"] or found["marker"])
        if place:
            return found.group(), place - 1
    return None


def other(text: str) -> str | None:
    """ "the other one", as worded."""
    found = _OTHER.search(text)
    return found.group() if found else None


def described(text: str) -> tuple[str, str] | None:
    """(as worded, the description) of "the one on expert affinity", "the AMD one"."""
    found = _DESCRIBED.search(text)
    return (found.group(), found["post"] or found["pre"]) if found else None


def ends_before_verb(text: str, pointer: str) -> bool:
    """Whether a description leaves the question its verb: in "does the one on X save Y?" it may have run over it."""
    behind = text.partition(pointer)[2].strip(" ?.!")
    asks = re.match(r"(?:does|do|did|is|are|was|were|has|have|can|could|will)\b", text, re.I)
    return bool(behind) or not asks


def of_several(text: str) -> bool:
    """Whether it asks about several things said before: "which of those", "both", "the two"."""
    return bool(_SET.search(text))


def plural(text: str) -> bool:
    """Whether a pronoun of several things stands in it."""
    return bool(_PLURAL.search(text))


def subject_plural(text: str) -> bool:
    """Whether the pronoun is "they" or "their", which may be the authors of one paper."""
    return not re.search(r"\b(?:them|those|these)\b", text, re.I)


def of_two(text: str) -> bool:
    """Whether exactly two things are meant: "the two", "which is faster"."""
    return bool(_TWO.search(text))


def definite(text: str) -> bool:
    """Whether it speaks of "the X" as known: "what are the two mechanisms?"."""
    return bool(_DEFINITE.search(text))


def defines(text: str) -> bool:
    """Whether it asks what something is."""
    return bool(_DEFINES.match(text))


def coordinated(question: str) -> tuple[str, str] | None:
    """The two things that a question sets side by side, in their order; None where it does not."""
    found = _COORDINATED.search(core(question))
    return (found["one"].strip(), found["two"].strip()) if found else None


def topic(question: str) -> str:
    """What a standalone question was about: what was added behind it in parentheses, else the question."""
    added = _ADDED.search(question.rstrip(" ?.!"))
    return added.group().strip(" ()") if added else core(question)


def asks_whether_any(text: str) -> bool:
    """Whether it asks for the existence of something: "is there theory on ..."."""
    return bool(_WHETHER_ANY.match(text))


def core(question: str) -> str:
    """A standalone question without its end mark and without what was added behind it in parentheses."""
    return _ADDED.sub("", question.rstrip(" ?.!")).rstrip(" ?.!:")


def points_back(text: str) -> bool:
    """Whether a pronoun or "that paper" points at something said before."""
    return bool(_POINTS_BACK.search(_EXPLETIVE.sub("", text)))


def replaced_phrase(earlier: str, phrase: str) -> str | None:
    """The earlier question with its phrase of the same preposition replaced: (... for reasoning models?, for small
    models) -> ... for small models?; None where there is no such phrase at its end."""
    found = _PHRASE.match(phrase)
    if not found:
        return None
    stem = earlier.rstrip(" ?.!")
    at = [m.start() for m in re.finditer(rf"\b{re.escape(found['by'])}\s", stem, re.I)]
    # The last such phrase, and no other preposition's behind it: what follows it would be lost.
    if not at or re.search(rf"\s(?:{_PREPOSITION})\s", stem[at[-1] + len(found["by"]) :], re.I):
        return None
    return f"{stem[: at[-1]]}{found['by'].lower()} {found['of']}?"


def is_phrase(text: str) -> bool:
    """Whether it is a prepositional phrase and no sentence: "on AMD?", "against GPUs?"."""
    return bool(_PHRASE.match(text)) and len(text.split()) <= 8


def put_in(question: str, names: Sequence[str], pointer: str | None = None) -> str:
    """The question with the names in the place of what points at them, else behind it in parentheses.

    Args:
        question: as asked.
        names: the names it is about; none leave it as it is.
        pointer: the words that stand for them, where they are known ("the second one").
    """
    if not names:
        return question
    named = " and ".join(quoted(n) for n in names)
    if pointer and pointer in question:
        return _tidy(question.replace(pointer, named, 1))
    if all(len(n.split()) <= _LONGEST_INLINE for n in names):
        for pattern, text in _PRONOUNS:
            found = pattern.search(question)
            if found and not _EXPLETIVE.match(question, found.start()):
                return _tidy(_replaced(question, found, text.format(named), one=len(names) == 1))
    return f"{question.rstrip()} ({'; '.join(names)})"


_PRONOUNS: Final = (
    (re.compile(r"\b(?:this|that|the) (?:paper|method|system|approach|work|technique|framework)\b(?!')", re.I), "{}"),
    (re.compile(r"\b(?:that|this) one\b", re.I), "{}"),
    (re.compile(r"\b(?:those|these) (?:two|" + _THINGS + r")\b", re.I), "{}"),
    (re.compile(r"\b(?:its|their)\b", re.I), "{}'s"),
    (re.compile(r"\b(?:(?P<verb>do|are|were|have) )?(?:they|them|it)\b(?! (?:is|that)\b)", re.I), "{}"),
    (re.compile(r"\b(?:those|these)(?=\s*(?:\?|$|[,.;]|run\b|do\b|have\b|need\b|support\b|work\b))", re.I), "{}"),
    (
        re.compile(r"(?<=\bdoes )that\b|(?<=\bdid )that\b|(?<=\bis )that(?= (?:faster|slower|for|also|open))", re.I),
        "{}",
    ),
    (re.compile(r"\bthat(?=\s*\?*$)", re.I), "{}"),
)


def _replaced(question: str, found: re.Match[str], text: str, *, one: bool) -> str:
    verb = found.groupdict().get("verb")
    if verb:
        agreed = _AGREES[verb.lower()] if one and found.group().lower().endswith("they") else verb
        text = f"{agreed.capitalize() if verb[0].isupper() else agreed} {text}"
    return question[: found.start()] + text + question[found.end() :]


def quoted(name: str) -> str:
    """A name as it stands inside a sentence: in quotation marks where it is as long as a title."""
    return name if len(name.split()) <= _LONGEST_INLINE else f"\u201c{name}\u201d"


def _tidy(text: str) -> str:
    return re.sub(r"\s+([?,.;:])", r"\1", " ".join(text.split()))
