"""The papers put before a model: numbered, fenced, within a budget; and the sentence of one closest to a claim."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from typing import Final, Literal, NamedTuple

from rag import tokens
from rag.paper import Hit, Paper
from rag.settings import Settings
from rag.text import content_terms, split_sentences

# What the instructions, the question and the joints of a prompt take beside the evidence, in tokens.
_OVERHEAD: Final = 900
_LEAST: Final = 256
_FENCE = re.compile(r"<(?=/?\s*source)", re.I)


class Evidence(NamedTuple):
    """Numbered papers: ``papers[n - 1]`` is source n; ``texts`` are their texts as shown, perhaps cut short."""

    papers: tuple[Paper, ...]
    texts: tuple[str, ...]

    def paper(self, number: int) -> Paper | None:
        """The paper of a source number; None for a number that was never given."""
        return self.papers[number - 1] if 1 <= number <= len(self.papers) else None

    def render(self, only: Collection[int] | None = None) -> str:
        """The sources between tags, all or only some numbers."""
        shown = [n for n in range(1, len(self.papers) + 1) if only is None or n in only]
        return "\n".join(_fenced(n, self.papers[n - 1], self.texts[n - 1]) for n in shown)


def _fenced(number: int, paper: Paper, text: str) -> str:
    kind = "Note" if paper.text_kind == "note" else "Abstract"
    body = f"Title: {paper.title}\n{kind}: {text}"
    # A text that holds our own tag cannot close its fence: the tag loses its angle bracket.
    return f'<source n="{number}">\n{_FENCE.sub("‹", body)}\n</source>'


def evidence_budget(settings: Settings) -> int:
    """Tokens that the evidence may take: the setting, or what the context window leaves beside prompt and reply."""
    room = settings.context_window - settings.max_tokens - _OVERHEAD
    return max(_LEAST, min(settings.evidence_tokens, room))


def gather(hits: Sequence[Hit], *, papers: int, budget: int) -> Evidence:
    """The first ``papers`` different papers of the hits that fit ``budget`` tokens, best first.

    A paper that does not fit is passed over for smaller ones behind it; the best one is always there, cut if need be.
    """
    chosen: list[tuple[Paper, str]] = []
    left = budget
    for paper in {h.paper.id: h.paper for h in hits}.values():
        if len(chosen) == papers:
            break
        size = tokens.count(_fenced(0, paper, paper.abstract)) + 1
        text = paper.abstract
        if size > left and not chosen:
            text = tokens.truncate(text, max(1, left - (size - tokens.count(text))))
            size = left
        if size <= left:
            chosen.append((paper, text))
            left -= size
    return Evidence(tuple(p for p, _ in chosen), tuple(t for _, t in chosen))


Span = tuple[Literal["title", "abstract"], int, int]


def closest_sentence(claim: str, paper: Paper) -> Span | None:
    """Field and offsets of the sentence that shares most with a claim, figures counting double; None: none does."""
    wanted = _weights(content_terms(claim))
    best: tuple[float, Span] | None = None
    fields: Iterable[tuple[Literal["title", "abstract"], str]] = (("abstract", paper.abstract), ("title", paper.title))
    for field, text in fields:
        for sentence in split_sentences(text):
            have = _weights(content_terms(sentence.text))
            shared = sum(weight for term, weight in wanted.items() if term in have)
            # A light penalty on length, so that of two sentences that carry a claim the one without ballast is taken.
            score = shared - 0.02 * len(have)
            if shared > 0 and (best is None or score > best[0]):
                best = (score, (field, sentence.start, sentence.end))
    return best[1] if best else None


def _weights(terms: Iterable[str]) -> dict[str, float]:
    return {term: 2.0 if term[0].isdigit() else 1.0 for term in terms}
