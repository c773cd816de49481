"""Why these papers were read: what each leg of the retrieval gave them, and the terms that matched."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from rag.paper import Hit
from ui.markup import escape, isolated

_MOST = 12
_WORD = re.compile(r"\w[\w-]*")
_MOST_TERMS = 8


def why_these(turn_id: str, question: str, hits: Sequence[Hit]) -> str:
    """The best passages in their order, folded; nothing for an answer that an earlier version kept."""
    words = _WORD.findall(question)
    best: dict[str, Hit] = {}
    for hit in hits:
        best.setdefault(hit.paper.id, hit)
    if not best:
        return ""
    rows = "".join(_row(hit, words) for hit in list(best.values())[:_MOST])
    return (
        f'<details class="gw-whyp" id="{escape(turn_id)}-why"><summary>Why these papers?</summary>'
        '<div class="gw-scroll" tabindex="0" role="region" aria-label="scores of the papers read"><table>'
        '<thead><tr><th scope="col">paper</th><th scope="col">score</th><th scope="col">words</th>'
        '<th scope="col">meaning</th><th scope="col">matched terms</th></tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
        '<p class="gw-why">Score: both legs weighed together, from 0 to 1. Words: rare words of the question that the '
        "paper holds; meaning: nearness of the embeddings; each with its rank.</p></details>"
    )


def _row(hit: Hit, words: Sequence[str]) -> str:
    terms = list(dict.fromkeys(_as_asked(str(t), words) for t in hit.explain.get("matched_terms") or ()))
    shown = ", ".join(isolated(t) for t in terms[:_MOST_TERMS]) + (" …" if len(terms) > _MOST_TERMS else "")
    legs = "".join(f"<td>{_leg(hit.explain.get(leg))}</td>" for leg in ("lexical", "dense"))
    matched = f"<td>{shown or 'none'}</td>"
    return f'<tr><th scope="row">{isolated(hit.paper.title)}</th><td>{hit.score:.2f}</td>{legs}{matched}</tr>'


def _as_asked(term: str, words: Sequence[str]) -> str:
    """A term is a stem; the reader knows the word of the question that it comes from."""
    return next((w for w in words if w.casefold().replace("-", "").replace("_", "").startswith(term)), term)


def _leg(found: Any) -> str:
    """A leg's normalised score and rank; a dash where it did not find the passage."""
    if not isinstance(found, Mapping) or found.get("rank") is None:
        return '<span aria-label="not found">–</span>'
    return f'{float(found.get("normalised") or 0.0):.2f} <span class="gw-rank">#{int(found["rank"])}</span>'
