"""The second half of a written summary: a model sorts checked claims into themes and sets papers side by side.

The model sees claims by number and gives back numbers, so it can lose or invent none: a number that was not given is
passed over, a claim that it forgot keeps a place. What it writes anew about two papers is checked as every claim is,
against the papers that its claims quote, and each of these has to carry a part of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import prompts
from rag import tokens
from rag.answer import Claim
from rag.answering.claimfields import clean_text
from rag.answering.evidence import evidence_budget
from rag.assisted.replies import ask_object
from rag.digesting.themes import OTHERS
from rag.grounding import Judge, RawCitation, RawClaim, check_claim
from rag.grounding.judge import ask_all
from rag.llm import ModelClient
from rag.paper import Paper
from rag.settings import Settings
from rag.summing.themes import AGREE, CONTRADICT

_LONGEST_NAME: Final = 60
_LONGEST_TEXT: Final = 600
_TOPIC_TOKENS: Final = 200
_MOST_THEMES: Final = 12
_MOST_ACROSS: Final = 8
_CARRIES: Final = frozenset(("supported", "partial"))


@dataclass
class Reduced:
    """Claims by theme in order, claims across papers, those refused, and how many numbers were invented."""

    themes: dict[str, list[Claim]] = field(default_factory=dict)
    across: list[Claim] = field(default_factory=list)
    dropped: list[Claim] = field(default_factory=list)
    unknown: int = 0
    prompt: str = ""


class Reducer:
    """Reduces the claims of one summary."""

    def __init__(self, client: ModelClient, settings: Settings, judge: Judge) -> None:
        self._client, self._settings, self._judge = client, settings, judge

    def reduce(self, topic: str, claims: Sequence[Claim], papers: Mapping[str, Paper]) -> Reduced:
        """Themes and claims across papers; claims that fill more than one prompt are reduced a promptful at a time.

        Args:
            claims: checked claims with the numbers of their papers, those of one theme next to each other.
            papers: by id, every paper that a claim cites.

        Raises:
            ModelError: a call failed, or its reply held no themes.
        """
        done = Reduced(prompt=prompts.load("summary_reduce").digest)
        for packet in self._packets(claims):
            lines = "\n".join(f"{n}. {_line(c)}" for n, c in enumerate(packet, 1))
            messages = prompts.load("summary_reduce").messages(
                topic=tokens.truncate(topic, _TOPIC_TOKENS), claims=lines
            )
            reply = ask_object(self._client, messages, "themes")
            self._sort(reply.get("themes"), packet, done)
            self._compare(reply.get("across"), packet, papers, done)
        # What no theme of the model holds stands last.
        if (rest := done.themes.pop(OTHERS, None)) is not None:
            done.themes[OTHERS] = rest
        return done

    def _packets(self, claims: Sequence[Claim]) -> Iterator[list[Claim]]:
        """Runs of claims whose lines fit the budget of one prompt."""
        budget, packet, used = evidence_budget(self._settings), list[Claim](), 0
        for claim in claims:
            size = tokens.count(_line(claim)) + 6
            if packet and used + size > budget:
                yield packet
                packet, used = [], 0
            packet.append(claim)
            used += size
        if packet:
            yield packet

    def _sort(self, given: Any, packet: Sequence[Claim], done: Reduced) -> None:
        left = dict(enumerate(packet, 1))
        names = {name.casefold(): name for name in done.themes}
        for theme in (given if isinstance(given, list) else [])[:_MOST_THEMES]:
            name = _text(theme, "name", _LONGEST_NAME) if isinstance(theme, dict) else None
            if name is None or name.casefold() in {AGREE, CONTRADICT, "related", OTHERS}:
                continue
            kept = [left.pop(n) for n in self._numbers(theme.get("claims"), len(packet), done) if n in left]
            if kept:
                done.themes.setdefault(names.setdefault(name.casefold(), name), []).extend(kept)
        if left:
            done.themes.setdefault(OTHERS, []).extend(left.values())

    def _compare(self, given: Any, packet: Sequence[Claim], papers: Mapping[str, Paper], done: Reduced) -> None:
        for item in (given if isinstance(given, list) else [])[:_MOST_ACROSS]:
            text = _text(item, "text", _LONGEST_TEXT) if isinstance(item, dict) else None
            if text is None:
                continue
            numbers = self._numbers(item.get("claims"), len(packet), done)
            cited = {c.paper_id: c for n in numbers for c in packet[n - 1].citations[:1]}
            if len(cited) < 2:
                continue
            citations = [
                RawCitation(c.number, papers[c.paper_id], c.quote, (c.field, c.start, c.end)) for c in cited.values()
            ]
            group = CONTRADICT if item.get("kind") == "contradict" else AGREE
            checked = check_claim(RawClaim(text, tuple(citations), "claim", group), self._judge)
            why = checked.claim.verdict.reason if not checked.accepted else self._idle(checked.claim, papers)
            if why is None:
                done.across.append(checked.claim)
                continue
            verdict = checked.claim.verdict.model_copy(update={"reason": f"across papers: {why}"})
            done.dropped.append(checked.claim.model_copy(update={"verdict": verdict}))

    def _idle(self, claim: Claim, papers: Mapping[str, Paper]) -> str | None:
        """Why an accepted claim is none across its papers: it does not rest on one of them; None where it is.

        A paper carries a part where the judge says so of it alone, or where the others do not suffice without it.
        """
        if claim.verdict.label != "supported":
            return f"{claim.verdict.label}: {claim.verdict.reason}"
        for cited in claim.citations:
            others = [papers[c.paper_id] for c in claim.citations if c.paper_id != cited.paper_id]
            if not others:
                return "it cites one paper only"
            texts = [f"{p.title}. {p.abstract}" for p in others]
            if cited.verdict.label not in _CARRIES and ask_all(self._judge, [(claim.text, texts)])[0].supported:
                return f"{cited.title} carries no part of it"
        return None

    @staticmethod
    def _numbers(given: Any, most: int, done: Reduced) -> list[int]:
        found = [n for n in given if isinstance(n, int) and not isinstance(n, bool)] if isinstance(given, list) else []
        done.unknown += sum(not 1 <= n <= most for n in found)
        return list(dict.fromkeys(n for n in found if 1 <= n <= most))


def _line(claim: Claim) -> str:
    papers = "".join(f"[{n}]" for n in dict.fromkeys(c.number for c in claim.citations))
    return f"{claim.text} {papers}"


def _text(item: dict[str, Any], key: str, longest: int) -> str | None:
    value = item.get(key)
    shown = clean_text(value)[:longest].strip() if isinstance(value, str) else ""
    return shown or None


__all__ = ["Reduced", "Reducer"]
