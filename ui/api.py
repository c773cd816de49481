"""What other programs can ask of a served page: ``ask``, ``search``, ``summarize`` and ``check``, each by its name.

The functions' names, docstrings and types are what Gradio's API, ``gradio_client`` and MCP clients are told.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterator
from typing import Any, Final

from gradio.events import api

from ui.session import Answering, outcome
from ui.turn import Problem

NAMES: Final = ("ask", "search", "summarize", "check")
_MOST = 100


def endpoints(assistant: Answering, at_once: int, *, mcp: bool = False) -> None:
    """Offer the endpoints; call it inside ``gr.Blocks``.

    Args:
        mcp: offer them to MCP clients too, as tools that give JSON.
    """
    for made in (_ask, _search, _summarize, _check):
        function: Callable[..., dict[str, Any]] = made(assistant)
        offered: list[Callable[..., Any]] = [function]
        if mcp:
            # Gradio would hand an MCP client Python's text of a record; so the tool is another, that gives JSON, and
            # what has a type other than "tool" is none.
            vars(function)["_mcp_type"] = "endpoint"
            offered.append(_tool(function))
        for one in offered:
            api(one, api_name=one.__name__, concurrency_limit=at_once, concurrency_id="programs")


def _tool(function: Callable[..., dict[str, Any]]) -> Callable[..., str]:
    """The same as text in JSON, under the name ``groundwork_...``."""

    @functools.wraps(function)
    def told(*given: Any, **named: Any) -> str:
        return json.dumps(function(*given, **named), ensure_ascii=False)

    told.__name__ = f"groundwork_{function.__name__}"
    told.__annotations__ = {**function.__annotations__, "return": "str"}
    vars(told).pop("_mcp_type", None)  # it was wrapped with the rest
    return told


def _record(made: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What a verb gives, or its failure as ``{"error": {type, message, remedy}}``, as on the command line."""

    def done() -> Iterator[dict[str, Any]]:
        yield made()

    got = next(outcome(done))
    if isinstance(got, Problem):
        return {"error": {"type": got.kind, "message": got.message, "remedy": got.remedy}}
    return got


def _ask(assistant: Answering) -> Callable[[str], dict[str, Any]]:
    def ask(question: str) -> dict[str, Any]:
        """Answer a question from the paper abstracts of the library, every sentence with a checked verbatim quote.

        Args:
            question: the question, in plain words.

        Returns:
            The answer record: claims with citations (quote, offsets, paper) and verdicts, sources, and whether it
            abstained; or {"error": {type, message, remedy}}.
        """
        return _record(lambda: assistant.ask(question).model_dump(mode="json"))

    return ask


def _search(assistant: Answering) -> Callable[[str, int], dict[str, Any]]:
    def search(query: str, k: int = 10) -> dict[str, Any]:
        """Find the passages of the library nearest to a query.

        Args:
            query: words or a question.
            k: how many passages, 1 to 100.

        Returns:
            {"hits": [{paper, passage, score, explain}]}, best first; or {"error": {type, message, remedy}}.
        """

        def found() -> dict[str, Any]:
            hits = assistant.retrieve(query, min(int(k), _MOST))
            return {"hits": [h.model_dump(mode="json") for h in hits]}

        return _record(found)

    return search


def _summarize(assistant: Answering) -> Callable[[str, int], dict[str, Any]]:
    def summarize(topic: str, limit: int = 20) -> dict[str, Any]:
        """Summarise what the papers of the library say on a topic, in groups, every sentence cited.

        Args:
            topic: the topic, in a few words.
            limit: how many papers at most, 1 to 100.

        Returns:
            An answer record as of ask; or {"error": {type, message, remedy}}.
        """
        return _record(lambda: assistant.summarize(topic, limit=min(int(limit), _MOST)).model_dump(mode="json"))

    return summarize


def _check(assistant: Answering) -> Callable[[str], dict[str, Any]]:
    def check(text: str) -> dict[str, Any]:
        """Check a text of your own sentence by sentence: what the library supports, contradicts or does not cover.

        Args:
            text: Markdown, plain text or LaTeX.

        Returns:
            The report: for each sentence its label, score, evidence (quotes) and whether the right paper is cited; or
            {"error": {type, message, remedy}}.
        """
        return _record(lambda: assistant.check(text).model_dump(mode="json"))

    return check
