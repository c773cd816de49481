"""Follow-ups made standalone without a model: what a question leans on is found and put into it.

The wording says whether a question points back (:mod:`rag.conversations.wording`), the papers shown before what it
points at (:mod:`rag.conversations.referents`). A question that neither points nor stands by itself is held against the
paper talked about and against the rest of the library: it goes on about the paper that holds its words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from rag.answering.naming import short_name
from rag.answering.question import asks_for_several, names_in
from rag.conversations import wording
from rag.conversations.referents import (
    Knows,
    Turn,
    at_place,
    earlier_papers,
    focus,
    last_shown,
    matching,
    named,
    new_names,
    other_than_last,
    with_figure,
)
from rag.paper import Paper
from rag.text import content_terms

# From this many informative words on, a question that opens another subject stands on its own.
_OWN_WORDS = 3
# From this many on, one that holds no pointer does so too, unless the paper talked about holds them all.
_MANY_WORDS = 5
# A paper holds what is asked from this share of the question's weight on, all of it from the next one on; another holds
# more where it does by the margin.
_HOLDS, _ALL, _MARGIN = 0.6, 0.9, 0.15
# Another paper has to hold this much for a question to leave the one talked about.
_ELSEWHERE = 0.6
_MOST_NAMED = 4
# So many papers shown are a list; "they" means none of them in particular.
_LIST = 3


class Understood(NamedTuple):
    """A follow-up as it is understood.

    ``question`` stands alone; ``papers`` are those it is about, where that is clear; ``only``: nothing else can answer
    it; ``without`` are papers that cannot ("something similar"); ``within`` is the question to put to ``papers`` alone,
    without the names that no longer tell them apart (None: ``question``).
    """

    question: str
    papers: tuple[Paper, ...] = ()
    only: bool = False
    without: tuple[Paper, ...] = ()
    within: str | None = None


def understand(question: str, turns: Sequence[Turn], knows: Knows) -> Understood:
    """A question with the turns before it in mind."""
    if not turns:
        return Understood(question)
    text, anew, continues = wording.opened(question)
    if anew and len(set(content_terms(text, question=True))) >= 2:
        return Understood(text)
    for attempt in (_correction, _return, _more, _pointed):
        found = attempt(text, turns, knows)
        if found is not None:
            return found
    found = _another(text, turns, knows) or _renamed(text, turns, knows)
    if found is not None:
        return found
    if wording.points_back(text):
        return _about_focus(text, turns, knows)
    return _unpointed(question, text, turns, knows, continues=continues)


# -- the ways of leaning, one each


def _correction(text: str, turns: Sequence[Turn], knows: Knows) -> Understood | None:
    """ "no, I meant training": the question before, with this in it."""
    meant = wording.corrected(text)
    if meant is None:
        return None
    earlier = turns[-1][0]
    told = named(meant, earlier_papers(turns))
    if told:
        return Understood(_renamed_to(earlier, turns, [short_name(p) for p in told]), tuple(told))
    if len(set(content_terms(meant, question=True))) >= _MANY_WORDS:
        return understand(meant, turns, knows)
    papers = focus(turns, meant, knows)[:1]
    core = wording.core(earlier)
    whole = wording.replaced_phrase(core, meant) or f"{core}: {meant.rstrip(' ?.!')}?"
    return _pinned(papers, whole if named(whole, papers) or not papers else f"{whole} ({short_name(papers[0])})", knows)


def _return(text: str, turns: Sequence[Turn], knows: Knows) -> Understood | None:
    """ "back to X: ...": a paper of any turn before, by its name or by what it is about."""
    found = wording.returned(text)
    if found is None:
        return None
    target, rest = found
    paper = _by_place_or_description(target, turns, knows)
    if paper is None:
        return None
    return _on([paper], rest, knows) if rest else _what(paper, knows)


def _more(text: str, turns: Sequence[Turn], knows: Knows) -> Understood | None:
    """ "tell me more": of the paper pointed at, else of the one talked about; told by what has not been shown."""
    wanted = wording.wants_more(text)
    if wanted is None:
        return None
    paper = _by_place_or_description(wanted, turns, knows) if wanted else None
    if paper is None and wanted and not wording.points_back(wanted):
        return None
    papers = [paper] if paper is not None else focus(turns, "", knows)[:1]
    return _what(papers[0], knows) if papers else None


def _pointed(text: str, turns: Sequence[Turn], knows: Knows) -> Understood | None:
    """Pointers that pick: a place in the list, "the other one", the one on X, several at once, a figure."""
    placed = wording.ordinal(text)
    if placed is not None and (paper := at_place(turns, placed[1], placed[0], knows)) is not None:
        return _on([paper], text, knows, placed[0])
    pointer = wording.other(text)
    if pointer is not None and (paper := other_than_last(turns)) is not None:
        return _on([paper], text, knows, pointer)
    told = wording.described(text)
    if told is not None and (paper := matching(told[1], earlier_papers(turns), knows)) is not None:
        return _on([paper], text, knows, told[0] if wording.ends_before_verb(text, told[0]) else None)
    several = _several(text, turns)
    if several is not None:
        return several
    cited = with_figure(text, turns)
    if cited is not None and not named(text, [cited]):
        return _on([cited], text, knows)
    return None


def _several(text: str, turns: Sequence[Turn]) -> Understood | None:
    """ "which of those ...", "the two": the papers shown last, or the last two talked about."""
    if not wording.of_several(text):
        return None
    last = last_shown(turns)
    if last is None:
        return None
    papers = list(last.papers)
    if len(papers) < 2 or (wording.of_two(text) and len(papers) != 2):
        by_name = named(last.question, last.papers)
        papers = by_name if len(by_name) == 2 else [f for t in reversed(turns) for f in _main(t)]
        papers = list({p.id: p for p in papers}.values())[:2]
    if len(papers) < 2:
        return None
    return Understood(_list(text, papers), tuple(papers), only=True, within=text)


def _another(text: str, turns: Sequence[Turn], knows: Knows) -> Understood | None:
    """ "is there something similar for X?": the subject of the paper talked about goes along, the paper does not."""
    if not wording.wants_another(text):
        return None
    papers = focus(turns, text, knows)[:1]
    if len(set(content_terms(text, question=True))) >= _MANY_WORDS or not papers:
        return Understood(text, without=tuple(papers))
    return _carried(text, turns, papers[0], knows)._replace(without=tuple(papers))


def _renamed(text: str, turns: Sequence[Turn], knows: Knows) -> Understood | None:
    """ "what about T3?", "and PipeInfer?": the question before, of another system."""
    topic = wording.about(text)
    bare = (topic if topic is not None else text).strip(" ?.!")
    if topic is None and wording.is_phrase(bare):
        return None
    told = named(bare, earlier_papers(turns))
    names = [short_name(told[0])] if told else new_names(bare, focus(turns, bare, knows)[:1], knows)
    if not names or len(bare.split()) > len(names[0].split()) + 1:
        return None
    paper = told[0] if told else knows.called(names[0])
    question = _renamed_to(wording.core(turns[-1][0]) + "?", turns, names)
    return Understood(question) if paper is None else Understood(question, (paper,), only=True)


def _about_focus(text: str, turns: Sequence[Turn], knows: Knows) -> Understood:
    """Pronouns: the paper talked about, or all of them."""
    papers = focus(turns, text, knows)
    last = last_shown(turns)
    if not papers or last is None:
        return Understood(f"{text.rstrip()} ({wording.topic(turns[-1][0])})")
    several = len(last.papers) > 1 and not named(last.question, last.papers)
    if several and wording.plural(text) and not wording.subject_plural(text):
        return Understood(_list(text, last.papers), last.papers, only=True, within=text)
    if (listed := _among_list(text, turns)) is not None:
        return listed
    called = [p for n in names_in(text) if (p := knows.called(n)) is not None]
    beside = {p.id: p for p in (*named(text, earlier_papers(turns)), *called) if p.id != papers[0].id}
    understood = _on(papers[:1], text, knows)
    if not beside:
        return understood
    # "how does it differ from X?": both, and nothing else.
    return Understood(understood.question, (papers[0], *beside.values()), only=True)


def _among_list(text: str, turns: Sequence[Turn]) -> Understood | None:
    """After a list none of whose papers is the one talked about: the question before goes along, within the list."""
    last = last_shown(turns)
    if last is None or len(last.papers) < _LIST or named(last.question, last.papers):
        return None
    return Understood(f"{text.rstrip()} ({wording.topic(last.question)})", last.papers, only=True)


def _unpointed(question: str, text: str, turns: Sequence[Turn], knows: Knows, *, continues: bool) -> Understood:
    """No pointer at all: more on the paper talked about, or on the question's subject, or something new."""
    papers = focus(turns, text, knows)[:1]
    told = named(text, earlier_papers(turns))
    as_asked = text if continues else question
    if told:
        return Understood(as_asked, tuple(told))
    words = len(set(content_terms(text, question=True)))
    if not papers or (asks_for_several(text) and words >= _OWN_WORDS and not wording.definite(text)):
        return Understood(question)
    elliptic = wording.about(text) is not None or wording.is_phrase(text)
    unknown = new_names(text, papers, knows)
    if unknown and not elliptic:
        return Understood(as_asked)
    if not unknown and (wording.bare_why(text) or not words):
        asked = f"{text.rstrip(' ?.!').capitalize()}? ({wording.topic(turns[-1][0])})"
        return _among_list(text, turns) or _pinned(papers, asked, knows)
    if not unknown and (swapped := _swapped(text, turns, papers[0])) is not None:
        return _pinned(papers, swapped, knows)
    here, there = knows.coverage(text, papers[0]), knows.elsewhere(text, papers)
    if words >= _MANY_WORDS and not elliptic:
        return Understood(as_asked, tuple(papers) if here >= _HOLDS else ())
    if not unknown and not wording.asks_whether_any(text) and _stays(text, words, here, there):
        return _among_list(text, turns) or _pinned(
            papers, f"{text.rstrip()} ({short_name(papers[0])})", knows, within=text
        )
    if words >= _OWN_WORDS and there >= _ELSEWHERE:
        topic = wording.about(text)
        return Understood(f"{topic}?" if topic else as_asked)
    return _carried(text, turns, papers[0], knows)


def _stays(text: str, words: int, here: float, there: float) -> bool:
    """Whether a question goes on about the paper talked about, which holds ``here`` of it, another one ``there``."""
    if not here and there >= _ALL and not wording.definite(text) and (words > 1 or wording.defines(text)):
        return False
    if words < _OWN_WORDS or here >= there - _MARGIN:
        return True
    return wording.definite(text) and there < _ELSEWHERE


# -- how the result is worded


def _on(papers: Sequence[Paper], text: str, knows: Knows, pointer: str | None = None) -> Understood:
    """About papers pointed at: their names in the pointer's place."""
    return _pinned(papers, wording.put_in(text, [short_name(p) for p in papers], pointer), knows, within=text)


def _pinned(papers: Sequence[Paper], question: str, knows: Knows, *, within: str | None = None) -> Understood:
    """About these papers alone, unless the question names what they do not mention and another paper does.

    With their names in it a question is near to them whatever it asks. Where they use none of several words asked, it
    is put to them without the names, so that it can be found that they do not say.
    """
    if new_names(question, papers, knows):
        return Understood(question, tuple(papers))
    strange = within is not None and len(set(content_terms(within, question=True))) >= _OWN_WORDS
    if not strange or any(knows.coverage(within or "", p) for p in papers):
        within = None
    return Understood(question, tuple(papers), only=bool(papers), within=within)


def _what(paper: Paper, knows: Knows) -> Understood:
    """What a paper is about at all."""
    return _pinned([paper], f"What does {wording.quoted(short_name(paper))} do, and how?", knows)


def _list(text: str, papers: Sequence[Paper]) -> str:
    return f"{text.rstrip()} ({'; '.join(short_name(p) for p in papers[:_MOST_NAMED])})"


def _swapped(text: str, turns: Sequence[Turn], paper: Paper) -> str | None:
    """ "and for small models?": the question before with its phrase of the same preposition replaced."""
    replaced = wording.replaced_phrase(wording.core(turns[-1][0]), text) if wording.is_phrase(text) else None
    if replaced is None:
        return None
    return replaced if named(replaced, [paper]) else f"{replaced} ({short_name(paper)})"


def _carried(text: str, turns: Sequence[Turn], paper: Paper, knows: Knows) -> Understood:
    """Another object of the same subject: the subject goes along unless it pulls away from what is asked."""
    topic = wording.about(text)
    plain = f"{topic}?" if topic else text
    if wording.is_phrase(text):
        whole = f"{wording.core(turns[-1][0])}, {text.rstrip(' ?.!')}?"
    else:
        whole = f"{plain.rstrip()} ({_subject(paper)})"
    words = len(set(content_terms(plain, question=True)))
    if words >= 2 and knows.reaches(plain, plain, paper) > knows.reaches(whole, plain, paper) + _MARGIN:
        return Understood(plain)
    return Understood(whole)


def _renamed_to(earlier: str, turns: Sequence[Turn], names: Sequence[str]) -> str:
    """The earlier question with the name of its paper replaced; where it names none, the names before it."""
    for paper in named(earlier, earlier_papers(turns)):
        name = short_name(paper)
        return re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", " and ".join(names).replace("\\", r"\\"), earlier, flags=re.I)
    return f"{' and '.join(names)}: {earlier}"


def _subject(paper: Paper) -> str:
    """What a paper is about, without its name: its title behind the colon."""
    head, colon, tail = paper.title.partition(": ")
    return tail if colon and short_name(paper) == head.strip() else paper.title


def _by_place_or_description(target: str, turns: Sequence[Turn], knows: Knows) -> Paper | None:
    placed = wording.ordinal(target)
    if placed is not None and (paper := at_place(turns, placed[1], placed[0], knows)) is not None:
        return paper
    if wording.other(target) is not None and (paper := other_than_last(turns)) is not None:
        return paper
    told = wording.described(target)
    plain = re.sub(r"^(?:the|about|on|of) ", "", told[1] if told else target, flags=re.I)
    return matching(plain, earlier_papers(turns), knows)


def _main(turn: Turn) -> list[Paper]:
    """The one paper that a turn was about."""
    last = last_shown([turn])
    return [] if last is None else (named(last.question, last.papers) or list(last.papers))[:1]
