"""Written answers: a model writes claims, each is checked against its source before anyone sees it.

The reply is parsed while it streams. A claim that passes its checks is given at once; one that fails goes back to the
model once, together with all others that failed, and is dropped (or flagged) if it fails again. What an abstract or a
reply says changes nothing about this: all of it is data that is parsed and checked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, Literal, NamedTuple

import prompts
from rag.answer import Claim, Event, Verdict
from rag.answering.claimfields import REPLY_SCHEMA
from rag.answering.claimstream import CannotAnswer, ClaimStream, Malformed, Parsed, ParsedClaim
from rag.answering.compose import RELATED, Composing, Draft, Numbering
from rag.answering.evidence import Evidence, Span, closest_sentence, evidence_budget, gather
from rag.answering.inline import InlineStream, read_inline
from rag.answering.reply import Timings, read_reply
from rag.answering.written_rules import is_carried, numbered_source, repeated
from rag.errors import ModelError, ModelResponseError
from rag.grounding import Checked, Judge, RawCitation, RawClaim, check_claim
from rag.grounding.verify import CHECK
from rag.llm import ModelClient
from rag.llm_faults import FormatRefusedError
from rag.paper import Hit, Paper
from rag.settings import Settings
from rag.text import content_terms

Task = Literal["answer", "summary"]
# How claims are asked for, and what is asked for instead where a server refuses that. Measured at 40 tokens a second,
# the first claim comes as soon in any of them, as each is read at its closing brace.
_FORMS: Final = {
    "auto": ("schema", "object", "lines"),
    "schema": ("schema", "object", "lines"),
    "object": ("object", "lines"),
}
IsRelated = Callable[[Paper], bool]


class _Refused(NamedTuple):
    """A claim that failed its check, as last written."""

    parsed: ParsedClaim
    checked: Checked
    former: Claim | None = None
    """What was written before it, and refused too."""

    @property
    def why(self) -> str:
        return "; ".join(self.checked.problems) or self.checked.claim.verdict.reason


class GenerativeComposer:
    """Composes answers with a model, a judge and the settings; holds no state of any one answer."""

    def __init__(
        self, client: ModelClient, settings: Settings, judge: Judge, *, is_related: IsRelated | None = None
    ) -> None:
        """``is_related`` tells papers that can be no answer; claims that cite nothing else are marked so."""
        self._client, self._settings, self._judge = client, settings, judge
        self._is_related = is_related or (lambda _: False)

    def stream(
        self,
        question: str,
        hits: Sequence[Hit],
        *,
        task: Task = "answer",
        max_claims: int | None = None,
        papers: int | None = None,
    ) -> Composing:
        """Claim, dropped and notice events as they become final; returns the draft.

        ``papers`` is the most to put before the model, by default the setting.

        The draft abstains where the model says that the sources do not answer, or where no claim holds.

        Raises:
            ModelError: the model failed, perhaps after claims were given. Those were checked one by one and are true to
                their sources, but they are no whole answer: the caller takes them back or composes without a model.
                A failing repair call is no such error; its claims are dropped with a notice.
        """
        limit = self._settings.max_claims if max_claims is None else max_claims
        # A summary is a survey: it may see as many papers as it may make claims.
        most = papers or max(self._settings.evidence_papers, limit if task == "summary" else 0)
        evidence = gather(hits, papers=most, budget=evidence_budget(self._settings))
        if not evidence.papers:
            return Draft(abstained=True, reason="nothing was found to answer from")
        run = _Run(self._client.fresh(), self._settings, self._judge, evidence, limit, self._is_related)
        yield from run.write(question, task)
        yield from run.repair()
        yield from run.close()
        return run.draft()


class _Run:
    """The making of one answer."""

    def __init__(
        self,
        client: ModelClient,
        settings: Settings,
        judge: Judge,
        evidence: Evidence,
        max_claims: int,
        is_related: IsRelated,
    ) -> None:
        self._client, self._settings, self._judge, self._evidence = client, settings, judge, evidence
        self._is_related = is_related
        self._max = max_claims
        self._numbering = Numbering()
        self._claims: list[Claim] = []
        self._refused: list[_Refused] = []
        self._dropped: list[Claim] = []
        self._seen: set[object] = set()
        self._inline = False
        """The reply has no quotes of its own, so the closest sentence of a source is taken."""
        self._cannot: str | None = None
        self._unreadable: list[str] = []
        self._prompts: dict[str, str] = {}
        self._timings = Timings()

    # -- writing ------------------------------------------------------------------------------------------------

    def write(self, question: str, task: Task) -> Iterator[Event]:
        """The claims of the first reply."""
        chosen = self._settings.claim_format
        forms = _FORMS.get(chosen, (chosen,)) if self._client.takes_formats or chosen == "inline" else ("lines",)
        refused: list[str] = []
        tried = 0
        for form in [f for f in forms if f not in self._client.refused]:
            try:
                yield from self._write(question, task, form, tried)
            except FormatRefusedError as error:
                # Refused before it wrote anything, so nothing was given yet.
                refused.append(form)
                tried += error.unsure
                if chosen != "auto" and forms[forms.index(form) + 1] == "lines":
                    yield Event(kind="notice", payload=f"{error.message}; asking for plain lines instead")
            else:
                # Only now: a server that fails at everything has not refused a form.
                self._client.refused.update(refused)
                return

    def _write(self, question: str, task: Task, form: str, tried: int) -> Iterator[Event]:
        kind = {"schema": "object"}.get(form, form)
        messages = self._prompt(task).messages(
            question=question,
            sources=self._evidence.render(),
            rules=self._prompt("rules").render(max_claims=str(self._max)),
            format_instructions=self._prompt(f"format_{kind}").render(),
        )
        json_mode: bool | dict[str, Any] = REPLY_SCHEMA if form in ("schema", "object") else False
        self._inline = form == "inline"
        parser = InlineStream() if self._inline else ClaimStream()
        reply: list[str] = []
        found = 0
        pieces = self._client.stream(messages, json_mode=json_mode, loose=form == "object", tried=tried)
        for parsed in read_reply(pieces, parser, self._timings, reply):
            found += not isinstance(parsed, Malformed)
            yield from self._take(parsed)
            if len(self._claims) >= self._max:
                break
        if not found and not self._unreadable:
            yield from self._last_resort("".join(reply))
        elif not found:
            raise self._no_claims("".join(reply))
        if self._unreadable:
            why = ", ".join(dict.fromkeys(self._unreadable))
            yield Event(kind="notice", payload=f"{len(self._unreadable)} part(s) of the reply cannot be read: {why}")

    def _last_resort(self, reply: str) -> Iterator[Event]:
        """Read a reply without any claim as running text with [n] markers.

        Raises:
            ModelResponseError: that gives no claim either.
        """
        found = [
            p for p in read_inline(reply) if isinstance(p, CannotAnswer) or (isinstance(p, ParsedClaim) and p.citations)
        ]
        if not found:
            raise self._no_claims(reply)
        self._inline = True
        for parsed in found:
            if len(self._claims) < self._max:
                yield from self._take(parsed)

    def _no_claims(self, reply: str) -> ModelResponseError:
        begins = f"begins: {reply.strip()[:60]!r}" if reply.strip() else "is empty"
        return ModelResponseError(
            f"no claims in the reply of {self._client.name}, it {begins}", usage=self._client.usage
        )

    def _prompt(self, name: str) -> prompts.Prompt:
        prompt = prompts.load(name)
        self._prompts[name] = prompt.digest
        return prompt

    # -- checking -----------------------------------------------------------------------------------------------

    def _take(self, parsed: Parsed) -> Iterator[Event]:
        match parsed:
            case Malformed():
                self._unreadable.append(parsed.reason)
            case CannotAnswer():
                self._cannot = parsed.reason
            case ParsedClaim() if not self._is_repeated(parsed):
                checked = self._check(parsed)
                if checked.accepted and (place := repeated(checked.claim, self._claims)) is not None:
                    again = checked._replace(problems=(f"says again what claim {place} says",))
                    yield self._drop(_Refused(parsed, again))
                elif checked.accepted:
                    yield self._accept(parsed, checked)
                else:
                    self._refused.append(_Refused(parsed, checked))

    def _is_repeated(self, parsed: ParsedClaim) -> bool:
        """Whether this was given already, or refused with the very same citations."""
        text = parsed.text.casefold()
        if text in self._seen or (text, parsed.citations) in self._seen:
            return True
        self._seen.add((text, parsed.citations))
        return False

    def _check(self, parsed: ParsedClaim) -> Checked:
        spans = self._chosen_sentences(parsed) if self._inline else {}
        citations = []
        for number, quote in parsed.citations:
            paper = self._evidence.paper(number)
            span = spans.get(number) if quote is None else None
            words = getattr(paper, span[0])[span[1] : span[2]] if span else quote
            citations.append(RawCitation(number, paper, words, span))
        cited = [c.paper for c in citations if c.paper is not None]
        group = RELATED if cited and all(map(self._is_related, cited)) else None
        checked = check_claim(RawClaim(parsed.text, tuple(citations), group=group), self._judge)
        verdict = checked.claim.verdict
        if named := numbered_source(parsed.text, cited):
            why = f'it says "{named}", a number that no reader knows, instead of naming the paper'
            refusal = Verdict(label="unsupported", score=0.0, reason=why, judge=CHECK)
            return Checked(checked.claim.model_copy(update={"verdict": refusal}), False, (*checked.problems, why))
        if checked.accepted and self._settings.strictness == "strict" and not verdict.supported:
            return checked._replace(accepted=False, problems=(*checked.problems, f"{verdict.label}: {verdict.reason}"))
        return checked

    def _chosen_sentences(self, parsed: ParsedClaim) -> dict[int, Span]:
        """For a reply without quotes: by number, the closest sentence of each source, where they carry the claim."""
        spans: dict[int, Span] = {}
        chosen: list[tuple[Paper, Span]] = []
        for number, quote in parsed.citations:
            paper = self._evidence.paper(number)
            if paper is not None and quote is None and (span := closest_sentence(parsed.text, paper)):
                spans[number] = span
                chosen.append((paper, span))
        return spans if is_carried(parsed.text, chosen) else {}

    def _accept(self, parsed: ParsedClaim, checked: Checked) -> Event:
        claim = self._numbering.accept(checked.claim, self._evidence.papers)
        self._seen.add(parsed.text.casefold())
        self._claims.append(claim)
        self._timings.mark("first_claim_s")
        return Event(kind="claim", payload=claim)

    # -- repairing ----------------------------------------------------------------------------------------------

    def repair(self) -> Iterator[Event]:
        """One more call for all claims that failed; those that hold now are given, the others stay refused."""
        if not self._refused or len(self._claims) >= self._max or (self._cannot is not None and not self._claims):
            return
        numbers = {c.source for r in self._refused for c in r.parsed.citations}
        known = {n for n in numbers if self._evidence.paper(n)}
        rejected = "\n".join(f"{i}. {r.parsed.text}\n   Reason: {r.why}" for i, r in enumerate(self._refused, 1))
        messages = self._prompt("repair").messages(
            sources=self._evidence.render(known or None),
            rejected=rejected,
            format_instructions=self._prompt("format_lines").render(),
        )
        open_: dict[int, _Refused] = dict(enumerate(self._refused, 1))
        try:
            for parsed in read_reply(self._client.stream(messages), ClaimStream(), self._timings, []):
                if isinstance(parsed, ParsedClaim) and open_ and len(self._claims) < self._max:
                    yield from self._retake(parsed, open_)
        except ModelError as error:
            yield Event(kind="notice", payload=f"claims that failed could not be repaired: {error.message}")

    def _retake(self, parsed: ParsedClaim, open_: dict[int, _Refused]) -> Iterator[Event]:
        """Check a claim written anew; it takes the place of the one it repairs."""
        number = parsed.repairs if parsed.repairs in open_ else _most_alike(parsed.text, open_)
        former = open_.pop(number)
        at = self._refused.index(former)
        checked = self._check(parsed)
        replaced = _refusal(former)
        if not checked.accepted:
            self._refused[at] = _Refused(parsed, checked, replaced)
            return
        del self._refused[at]
        if parsed.text.casefold() not in self._seen:
            claim = checked.claim.model_copy(update={"replaces": replaced})
            yield self._accept(parsed, checked._replace(claim=claim))

    # -- closing ------------------------------------------------------------------------------------------------

    def close(self) -> Iterator[Event]:
        """What failed for good: dropped with its reason, or kept with its verdict where strictness is "flag"."""
        for refused in self._refused:
            if self._settings.strictness == "flag" and len(self._claims) < self._max:
                claim = refused.checked.claim.model_copy(update={"replaces": refused.former})
                yield self._accept(refused.parsed, refused.checked._replace(claim=claim))
            else:
                yield self._drop(refused)
        if self._cannot is not None and self._claims:
            yield Event(kind="notice", payload=f"the model adds that the sources do not state all: {self._cannot}")

    def _drop(self, refused: _Refused) -> Event:
        claim = _refusal(refused)
        numbers = {p.id: n for n, p in enumerate(self._numbering.sources, 1)}
        # A paper that no claim cites has no number in this answer, shown as 0.
        cited = tuple(c.model_copy(update={"number": numbers.get(c.paper_id, 0)}) for c in claim.citations)
        claim = claim.model_copy(update={"citations": cited})
        self._dropped.append(claim)
        return Event(kind="dropped", payload=claim)

    def draft(self) -> Draft:
        """The outcome."""
        reason = None
        if not self._claims:
            why = "; ".join(list(dict.fromkeys(c.verdict.reason for c in self._dropped))[:3])
            n = len(self._dropped)
            reason = self._cannot or f"{n} claim{'s were' if n != 1 else ' was'} written, none held: {why}"
        return Draft(
            claims=tuple(self._claims),
            dropped=tuple(self._dropped),
            sources=self._numbering.sources,
            nearest=() if self._claims else self._evidence.papers,
            abstained=not self._claims,
            reason=reason,
            usage=self._client.usage,
            models={"writer": self._client.name, "judge": self._judge.name},
            prompts=dict(self._prompts),
            timings=self._timings.as_dict(),
        )


def _refusal(refused: _Refused) -> Claim:
    """A refused claim as it is kept: the reason in its verdict, its citations without a number of the answer."""
    claim = refused.checked.claim
    verdict = claim.verdict.model_copy(update={"reason": refused.why})
    unnumbered = tuple(c.model_copy(update={"number": 0}) for c in claim.citations)
    return claim.model_copy(update={"citations": unnumbered, "verdict": verdict, "replaces": refused.former})


def _most_alike(text: str, refused: dict[int, _Refused]) -> int:
    """The number of the refused claim that shares most terms with a text."""
    wanted = set(content_terms(text))
    return max(refused, key=lambda n: (len(wanted & set(content_terms(refused[n].parsed.text))), -n))
