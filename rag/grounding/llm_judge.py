"""A language model as the judge, behind the same seam. One passage per call; its own quote is checked.

The model must name the words of the passage that decide; where they do not stand there, or the reply is not the JSON
that was asked for, the label is "unsure" and the reason says that the judge erred. No word of a reply is searched for
"yes" or "true". The scores are steps, not probabilities that were calibrated.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Any, Final, Protocol, cast

from rag.answer import Label, Verdict
from rag.grounding import quotes
from rag.grounding.judge import ask_all, rank

SCORES: Final[dict[Label, float]] = {
    "supported": 0.95,
    "partial": 0.5,
    "unsure": 0.5,
    "unsupported": 0.1,
    "contradicted": 0.03,
}
MAX_PASSAGE: Final = 20_000
"""Code points of a passage that are sent; the reason says so where it was cut."""


class Completer(Protocol):
    """The seam of the language model."""

    async def acomplete(self, prompt: str) -> str:
        """The text of the reply."""
        ...


class LLMJudge:
    """Asks a language model for each verdict.

    Raises:
        rag.errors.ModelError: what the completer raises is passed on; what to do then is the caller's policy.
    """

    def __init__(self, completer: Completer, *, model: str = "llm") -> None:
        from prompts import load

        self._completer = completer
        self._prompt = load("judge")
        self.name = f"{model}/{self._prompt.name}@{self._prompt.version}"

    async def ajudge(self, claim: str, evidence: str | Sequence[str]) -> Verdict:
        """The verdict; of several texts each is judged alone, then all together where none supports the claim alone."""
        if isinstance(evidence, str):
            return await self._one(claim, evidence)
        texts = [text for text in evidence if text.strip()]
        if not texts:
            return await self._one(claim, "")
        found = list(await asyncio.gather(*(self._one(claim, text) for text in texts)))
        if len(texts) > 1 and not any(v.label == "supported" for v in found):
            joint = await self._one(claim, "\n\n".join(texts))
            found.append(joint.model_copy(update={"reason": f"taken together: {joint.reason}"}))
        best = max(found, key=rank)
        return best.model_copy(update={"start": None, "end": None})

    def judge(self, claim: str, evidence: str | Sequence[str]) -> Verdict:
        """The verdict, waiting for the model."""
        return ask_all(_Async(self), [(claim, evidence)])[0]

    def judge_many(self, pairs: Sequence[tuple[str, str | Sequence[str]]]) -> list[Verdict]:
        """One verdict per pair, in order, asked side by side."""
        return ask_all(_Async(self), pairs)

    async def _one(self, claim: str, passage: str) -> Verdict:
        if not claim.strip():
            return self._verdict("unsure", "the claim is empty")
        if not passage.strip():
            return self._verdict("unsupported", "there is no evidence")
        shown = passage[:MAX_PASSAGE]
        reply = await self._completer.acomplete(self._prompt.render(claim=claim.strip(), passage=shown))
        verdict = self._read(reply, shown)
        if len(passage) > MAX_PASSAGE:
            note = f"{verdict.reason}; only the first {MAX_PASSAGE:,} characters of the passage were read"
            verdict = verdict.model_copy(update={"reason": note})
        return verdict

    def _read(self, reply: str, passage: str) -> Verdict:
        answer = _first_object(reply)
        if answer is None:
            return self._verdict("unsure", "judge error: the reply holds no JSON object")
        label = answer.get("label")
        if not isinstance(label, str) or label not in SCORES or label == "unsure":
            return self._verdict("unsure", f"judge error: {json.dumps(label)[:60]} is no label")
        quote, missing = answer.get("evidence_quote"), answer.get("missing")
        quote = quote.strip() if isinstance(quote, str) else ""
        missing = " ".join(missing.split()) if isinstance(missing, str) else ""
        place = quotes.find(quote, passage)
        if quote and place is None:
            return self._verdict("unsure", f"judge error: its quote is not in the passage: '{quote[:80]}'")
        if not quote and label in {"supported", "partial", "contradicted"}:
            return self._verdict("unsure", f"judge error: '{label}' without a quote")
        reason = f"missing: {missing}" if missing and label != "supported" else f"the model finds it {label}"
        return self._verdict(cast(Label, label), reason, place)

    def _verdict(self, label: Label, reason: str, place: tuple[int, int] | None = None) -> Verdict:
        start, end = place or (None, None)
        return Verdict(label=label, score=SCORES[label], reason=reason, judge=self.name, start=start, end=end)


class _Async:
    """Only the asynchronous half of a judge, so that the sync verbs cannot call themselves."""

    def __init__(self, judge: LLMJudge) -> None:
        self.name, self.ajudge = judge.name, judge.ajudge


def _first_object(reply: str) -> dict[str, Any] | None:
    """The first JSON object of a reply, whatever stands around it (a fence, a preamble); None where there is none."""
    decoder = json.JSONDecoder()
    at = reply.find("{")
    while at >= 0:
        try:
            found, _ = decoder.raw_decode(reply, at)
        except (ValueError, RecursionError):
            at = reply.find("{", at + 1)
            continue
        return found if isinstance(found, dict) else None
    return None
