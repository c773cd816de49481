"""The endpoints as tools of an MCP client. They need the extra ``mcp``, which holds pydantic back at 2.12."""

from __future__ import annotations

import asyncio
import json

import pytest

from rag.settings import Settings
from tests.ui.records import FakeAssistant, answer, citation, claim, events, paper
from ui.server import free_port

pytest.importorskip("mcp", reason="the extra mcp is not installed: pip install 'groundwork-rag[mcp]'")
PAPER = paper()


def script(question, turn):
    yield from events(answer(claim("So.", citation(PAPER)), sources=[PAPER], question=question))


def test_a_client_lists_and_calls_the_tools():
    from mcp import ClientSession
    from mcp.client.streamable_http import streamablehttp_client

    from ui.app import launch

    page = launch(FakeAssistant(script, [PAPER]), Settings(), port=free_port("127.0.0.1", 0), mcp=True)

    async def talk():
        async with (
            streamablehttp_client(f"{page.url}gradio_api/mcp/") as (read, write, _),
            ClientSession(read, write) as session,
        ):
            await session.initialize()
            listed = (await session.list_tools()).tools
            answered = await session.call_tool(
                next(t.name for t in listed if t.name.endswith("ask")), {"question": "why?"}
            )
            return {t.name: t for t in listed}, answered

    try:
        tools, answered = asyncio.run(talk())
    finally:
        page.close()
    assert sorted(tools) == [f"groundwork_{name}" for name in ("ask", "check", "search", "summarize")]
    ask = next(t for name, t in tools.items() if name.endswith("ask"))
    assert "checked verbatim quote" in (ask.description or "")
    assert list(ask.inputSchema["properties"]) == ["question"]
    assert not answered.isError
    assert json.loads(answered.content[0].text)["question"] == "why?"
