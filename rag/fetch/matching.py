"""Is what arXiv found the paper that is meant? By the words of the titles, and of the texts where both are at hand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

from rag.corpus.record import RawRecord
from rag.corpus.similarity import content_words, disagree, overlap, words

# From here on two titles are one: in ten words one may differ.
SAME_TITLE: Final = 0.9
# From here on a paper may have been renamed, if the texts say so too.
NEAR_TITLE: Final = 0.6
# A note shares 45 % or more of its content words with its abstract, other papers of one field never more than 31 %.
SAME_TEXT: Final = 0.45
# Two candidates nearer to each other than this cannot be told apart by their titles.
_MARGIN: Final = 0.05
_MOST_SHOWN: Final = 3


class Candidate(NamedTuple):
    """A paper found, how alike the titles are (0 to 1), and the texts (None where there is nothing to compare)."""

    record: RawRecord
    title: float
    text: float | None


class Decision(NamedTuple):
    """What was decided and why; ``best`` is taken only where it ``matched``. ``near`` are shown to the user."""

    outcome: Literal["matched", "ambiguous", "not found"]
    best: Candidate | None
    near: tuple[Candidate, ...]
    reason: str


def title_score(one: str, other: str) -> float:
    """Share of their words that two titles have in common, whatever the order: the Dice coefficient of the words.

    Case, accents' forms and punctuation do not count: 2 |A and B| / (|A| + |B|), words counted as often as they stand.
    """
    left, right = Counter(words(one)), Counter(words(other))
    both = left.total() + right.total()
    return 2 * (left & right).total() / both if both else 0.0


def decide(title: str, abstract: str | None, found: Sequence[RawRecord]) -> Decision:
    """Which of the papers found is the one of this title (and of this abstract, or note on it, where one is given)."""
    own = content_words(abstract or "")
    candidates = sorted((_candidate(title, own, record) for record in found), key=_order)
    near = tuple(c for c in candidates if c.title >= NEAR_TITLE)[:_MOST_SHOWN]
    sure = [c for c in candidates if _is_same(c, own)]
    if not sure:
        if not near:
            return Decision("not found", candidates[0] if candidates else None, (), "no paper of a like title")
        best = near[0]
        if best.title >= SAME_TITLE:
            return Decision("ambiguous", best, near, "the title is the same, the text is about something else")
        return Decision("ambiguous", best, near, "the titles are alike, and nothing says that it is the same paper")
    best = sure[0]
    rivals = [c for c in sure[1:] if c.record.arxiv_id != best.record.arxiv_id and _rivals(best, c)]
    if rivals:
        return Decision("ambiguous", best, (best, *rivals)[:_MOST_SHOWN], "several papers fit equally well")
    return Decision("matched", best, near, "")


def _candidate(title: str, own: frozenset[str], record: RawRecord) -> Candidate:
    text = content_words(record.abstract)
    return Candidate(record, title_score(title, record.title), overlap(own, text) if own and text else None)


def _order(candidate: Candidate) -> tuple[float, float, str]:
    return (-candidate.title, -(candidate.text or 0.0), candidate.record.arxiv_id or "")


def _is_same(candidate: Candidate, own: frozenset[str]) -> bool:
    if candidate.title >= SAME_TITLE:
        return not disagree(own, content_words(candidate.record.abstract))
    return candidate.title >= NEAR_TITLE and candidate.text is not None and candidate.text >= SAME_TEXT


def _rivals(best: Candidate, other: Candidate) -> bool:
    """Whether neither the title nor the text puts the first clearly before the second."""
    by_text = (best.text or 0.0) - (other.text or 0.0)
    return best.title - other.title < _MARGIN and by_text < 2 * _MARGIN
