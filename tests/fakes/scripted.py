"""A model that answers any question from the sources in its prompt, by quoting them: for tests of the whole way.

``FakeOpenAI(default=quoting_model())`` makes correct claims; :func:`claim_line` and the like build wrong ones by hand.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, NamedTuple

from rag.text import content_terms, split_sentences
from tests.fakes.openai_server import Reply, Request

_SOURCE = re.compile(r'<source n="(\d+)">\nTitle: (.*?)\n(?:Abstract|Note): (.*?)\n</source>', re.S)
_ASKED = re.compile(r"^(?:Question|Topic): (.*)\Z", re.M | re.S)


class Source(NamedTuple):
    """One source as it stands in a prompt."""

    number: int
    title: str
    text: str


def sources_of(prompt: str) -> list[Source]:
    """The fenced sources of a prompt, in order."""
    return [Source(int(n), title, text) for n, title, text in _SOURCE.findall(prompt)]


def question_of(prompt: str) -> str:
    """The question or topic at the end of a prompt; empty where there is none."""
    match = _ASKED.search(prompt)
    return match.group(1).strip() if match else ""


def claim(text: str, *citations: tuple[int, str | None]) -> dict[str, Any]:
    """The record of one claim, from pairs (source number, quote or None)."""
    quotes = [{"source": n, "quote": q} for n, q in citations if q is not None]
    return {"text": text, "sources": [n for n, _ in citations], "quotes": quotes}


def claim_line(text: str, *citations: tuple[int, str | None], **more: Any) -> str:
    """One line of a reply."""
    return json.dumps({**claim(text, *citations), **more}, ensure_ascii=False) + "\n"


def quoted_claims(prompt: str, *, limit: int = 5) -> list[dict[str, Any]]:
    """Correct claims for the question of a prompt: of each source the sentence closest to it, also as the quote."""
    wanted = set(content_terms(question_of(prompt), question=True))
    found: list[tuple[int, dict[str, Any]]] = []
    for source in sources_of(prompt):
        scored = [(len(wanted & set(content_terms(s.text))), -s.start, s.text) for s in split_sentences(source.text)]
        if scored and (best := max(scored))[0] > 0:
            found.append((best[0], claim(best[2], (source.number, best[2]))))
    found.sort(key=lambda pair: -pair[0])
    return [record for _, record in found[:limit]]


def quoting_model(*, limit: int = 5, form: str = "lines", **reply: Any) -> Callable[[Request], Reply]:
    """A ``default`` for the fake server. ``form``: lines, object or inline; ``reply`` as for :class:`Reply`."""

    def answer(request: Request) -> Reply:
        if "Last question:" in request.prompt:
            return Reply(request.prompt.rsplit("Last question:", 1)[1].strip(), **reply)
        claims = quoted_claims(request.prompt, limit=limit)
        none = {"cannot_answer": "The sources do not state this."}
        if form == "object":
            text = json.dumps({"claims": claims, "cannot_answer": None} if claims else {"claims": [], **none})
        elif form == "inline":
            text = "\n".join(f"{c['text']} [{c['sources'][0]}]" for c in claims)
            text = text or f"CANNOT ANSWER: {none['cannot_answer']}"
        else:
            text = "\n".join(json.dumps(c, ensure_ascii=False) for c in claims) or json.dumps(none)
        return Reply(text, **reply)

    return answer
