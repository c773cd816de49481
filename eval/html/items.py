"""Single questions: what was asked, what was answered, what would have been right, and why it stands here."""

from __future__ import annotations

from collections import Counter
from typing import Final

from eval.aggregate import worst_items
from eval.confidence import quotes_gold
from eval.html.markup import Child, Html, folded, section, tag, words
from eval.metrics import RELATED
from eval.records import Item, Run
from rag.answer import Claim
from rag.corpus.identity import title_key

MOST: Final = 24
PER_REASON: Final = 6
_RANKS: Final = 10


def worst(run: Run) -> Html | None:
    """The items that most need a look, some of each reason; None where nothing went wrong."""
    found = worst_items(run, len(run.items))
    if not found:
        return None
    # A failure's reason names its exception; the part before is what such items have in common.
    kinds = Counter(_common(reason) for _, reason in found)
    parts: list[Child] = []
    left = MOST
    for common, count in kinds.items():
        shown = [(i, r) for i, r in found if _common(r) == common][: min(PER_REASON, max(left, 1))]
        left -= len(shown)
        more = f", {len(shown)} shown" if len(shown) < count else ""
        parts.append(tag("h3", f"{common.capitalize()}: {count} of {len(run.items)}{more}"))
        parts += [item_card(i, r) for i, r in shown]
    note = "Grave faults first: failures, broken citations, answers where none is due, refusals, papers not found."
    return section("worst", "Worst items", *parts, note=note)


def _common(reason: str) -> str:
    return "failed" if reason.startswith("failed in") else reason


def item_card(item: Item, why: str, *, earlier: Item | None = None) -> Html:
    """One question, folded: the answer beside the gold; with ``earlier``, that run's answer between them."""
    head = [words(item.question), " ", tag("small", f"{item.kind}, {item.case_id}")]
    columns: list[Child] = []
    if earlier is not None:
        columns.append(tag("div", tag("h4", "First run"), _said(earlier)))
    columns.append(tag("div", tag("h4", "Answer" if earlier is None else "Second run"), _said(item)))
    columns.append(tag("div", _gold(item), tag("h4", "Papers found"), _ranking(item)))
    return folded(head, tag("div", tag("p", why, class_="tagged bad"), *columns, class_="item"))


def _said(item: Item) -> Child:
    if item.failure is not None:
        f = item.failure
        return tag("p", f"Failed in {f.step}: {f.type}: ", words(f.message), class_="bad")
    if item.answer is None:
        return tag("p", "No answer.", class_="bad")
    answer = item.answer
    if answer.abstained:
        return tag("p", "Declined: ", words(answer.reason or "no reason given"))
    told = f"{len(answer.dropped)} more were written and dropped"
    dropped = tag("p", told, class_="quiet") if answer.dropped else None
    return [tag("ol", *(_claim(c, item) for c in answer.claims)), dropped]


def _claim(claim: Claim, item: Item) -> Html:
    marks = [f"{claim.verdict.label} {claim.verdict.score:.2f}"]
    if claim.kind != "claim":
        marks.append(claim.kind)
    if claim.group == RELATED:
        marks.append("marked as related")
    gold = item.answerable and quotes_gold(claim, item)
    cites: list[Child] = [tag("span", ", ".join(marks), class_="cite")] if not claim.citations else []
    for at, c in enumerate(claim.citations):
        # An extractive claim is its quote, or its quote behind the system's name: once is enough.
        quote = None if c.quote in claim.text else [": ", tag("q", words(c.quote))]
        last = f"; {', '.join(marks)}" if at == len(claim.citations) - 1 else None
        cites.append(tag("span", f"[{c.number}] ", words(c.title), f" ({c.text_kind})", quote, last, class_="cite"))
    badge = tag("span", " quotes gold", class_="tagged good") if gold else None
    return tag("li", words(claim.text), badge, *cites)


def _gold(item: Item) -> Child:
    case = item.case
    if case is None:
        return [tag("h4", "Gold"), tag("p", "Not in this record: it was written before records held their cases.")]
    if not case.answerable:
        close = [tag("p", "Comes near: ", words("; ".join(case.close_to)), class_="quiet")] if case.close_to else []
        return [tag("h4", "Gold"), tag("p", "No paper answers this. ", words(case.why or "")), *close]
    quoted = {
        s for claim in (item.answer.claims if item.answer is not None else ()) if quotes_gold(claim, item)
        for c in claim.citations for s in case.evidence.get(c.title, ()) if c.quote in s or s in c.quote
    }  # fmt: skip
    parts: list[Child] = [tag("h4", "Gold evidence")]
    for title, sentences in case.evidence.items():
        parts.append(tag("p", words(title), " ", tag("small", f"grade {case.relevant[title]}", class_="quiet")))
        for s in sentences:
            parts.append(tag("blockquote", tag("mark", words(s)) if s in quoted else words(s)))
    parts += [tag("h4", "A full answer holds"), tag("ul", *(tag("li", words(n)) for n in case.nuggets))]
    return parts


def _ranking(item: Item) -> Child:
    if not item.ranking:
        return tag("p", "None.", class_="quiet")
    grades = {title_key(t): g for t, g in item.case.relevant.items()} if item.case is not None else {}
    rows: list[Child] = []
    for ranked in item.ranking[:_RANKS]:
        grade = grades.pop(title_key(ranked.title), None)
        badge = tag("span", f" gold, grade {grade}", class_="tagged good") if grade else None
        score = "" if ranked.score is None else f" {ranked.score:.2f}"
        rows.append(tag("li", words(ranked.title), tag("small", score, class_="quiet"), badge))
    missing = [t for t in (item.case.relevant if item.case is not None else {}) if title_key(t) in grades]
    lost = tag("p", f"Not among the first {_RANKS}: ", words("; ".join(missing)), class_="bad") if missing else None
    return [folded(f"first {min(_RANKS, len(item.ranking))}", tag("ol", *rows)), lost]
