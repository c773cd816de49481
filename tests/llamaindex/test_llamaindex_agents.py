"""Our retriever and query engine inside LlamaIndex's own engines, agents and workflows, with scripted models."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from llama_index.core.agent.workflow import AgentWorkflow, FunctionAgent, ReActAgent, ToolCallResult
from llama_index.core.base.llms.types import ChatMessage, MessageRole, ToolCallBlock
from llama_index.core.base.response.schema import Response, StreamingResponse
from llama_index.core.callbacks import CallbackManager, CBEventType, EventPayload, LlamaDebugHandler
from llama_index.core.llms.mock import MockFunctionCallingLLM
from llama_index.core.query_engine import RetrieverQueryEngine
from llama_index.core.response_synthesizers import get_response_synthesizer
from llama_index.core.tools import QueryEngineTool, RetrieverTool
from llama_index.llms.openai_like import OpenAILike

from rag import Answer, Assistant
from rag.llamaindex import GroundworkQueryEngine
from tests.fakes.openai_server import FakeOpenAI, Reply
from tests.fakes.scripted import claim_line
from tests.fakes.shelf import PAPERS, QUILT, RINGFOLD

QUESTION = "how much does RingFold cut all-reduce latency?"
CUT = "On 64 GPUs RingFold cuts all-reduce latency by 37% over the plain ring."


@pytest.fixture
def server() -> Iterator[FakeOpenAI]:
    with FakeOpenAI() as fake:
        yield fake


def over_http(server: FakeOpenAI) -> OpenAILike:
    return OpenAILike(model="m", api_base=server.base_url, api_key="k", is_chat_model=True, max_retries=0)


def calls(*wanted: tuple[str, dict[str, Any]]) -> MockFunctionCallingLLM:
    """A function-calling model that calls these tools one after the other, then repeats the last result."""
    left = list(wanted)

    def reply(messages: Sequence[ChatMessage], **_: Any) -> ChatMessage:
        if left:
            name, arguments = left.pop(0)
            block = ToolCallBlock(tool_call_id=f"call-{len(left)}", tool_name=name, tool_kwargs=arguments)
            return ChatMessage(role=MessageRole.ASSISTANT, blocks=[block])
        results = [m.content for m in messages if m.role == MessageRole.TOOL]
        return ChatMessage(role=MessageRole.ASSISTANT, content=f"The shelf says: {results[-1]}")

    return MockFunctionCallingLLM(response_generator=reply, is_chat_model=True)


def run(agent: Any, question: str) -> tuple[str, list[ToolCallResult]]:
    async def go() -> tuple[str, list[ToolCallResult]]:
        handler = agent.run(user_msg=question)
        results = [e async for e in handler.stream_events() if isinstance(e, ToolCallResult)]
        return str(await handler), results

    return asyncio.run(go())


# -- agents


def test_a_function_agent_calls_our_engine_and_keeps_its_citations(shelf: Assistant) -> None:
    tool = QueryEngineTool.from_defaults(
        shelf.as_query_engine(list_sources=True), name="shelf", description="papers on systems"
    )
    agent = FunctionAgent(tools=[tool], llm=calls(("shelf", {"input": QUESTION})), system_prompt="Use the shelf.")
    said, (result,) = run(agent, QUESTION)
    assert f"{CUT} [1]" in said
    assert f"[1] {RINGFOLD.title}" in said, "the numbers mean something to who reads the text alone"
    response = result.tool_output.raw_output
    assert isinstance(response, Response)
    node = response.source_nodes[0].node
    assert RINGFOLD.abstract[node.start_char_idx : node.end_char_idx] == node.get_content() == CUT  # type: ignore[attr-defined]
    assert node.metadata["paper_id"] == RINGFOLD.id
    assert node.metadata["verdict"] == "supported"
    assert Answer.model_validate(response.metadata).claims[0].text == CUT


def test_two_agents_in_a_workflow_share_the_shelf(shelf: Assistant) -> None:
    search = RetrieverTool.from_defaults(shelf.as_retriever(k=2), name="search", description="passages")
    ask = QueryEngineTool.from_defaults(shelf.as_query_engine(), name="shelf", description="answers")
    scout = FunctionAgent(
        name="scout", description="finds", tools=[search], can_handoff_to=["writer"],
        llm=calls(("search", {"input": "caching attention keys"}), ("handoff", {"to_agent": "writer", "reason": "r"})),
    )  # fmt: skip
    writer = FunctionAgent(name="writer", description="answers", tools=[ask], llm=calls(("shelf", {"input": QUESTION})))
    said, results = run(AgentWorkflow(agents=[scout, writer], root_agent="scout"), QUESTION)
    assert [r.tool_name for r in results] == ["search", "handoff", "shelf"]
    assert not any(r.tool_output.is_error for r in results)
    assert results[0].tool_output.raw_output[0].node.metadata["title"] == QUILT.title
    assert CUT in said


def test_a_react_agent_over_http(shelf: Assistant, server: FakeOpenAI) -> None:
    tool = QueryEngineTool.from_defaults(shelf.as_query_engine(), name="shelf", description="papers on systems")
    server.enqueue(
        f'Thought: I need the shelf.\nAction: shelf\nAction Input: {{"input": "{QUESTION}"}}',
        "Thought: I can answer without using any more tools.\nAnswer: By 37%.",
    )
    said, results = run(ReActAgent(tools=[tool], llm=over_http(server)), QUESTION)
    assert said == "By 37%."
    assert CUT in results[0].tool_output.content
    assert CUT in server.requests[-1].prompt, "the answer came back to the model"


def test_an_abstention_reaches_the_agent_as_such(shelf: Assistant) -> None:
    tool = QueryEngineTool.from_defaults(shelf.as_query_engine(list_sources=True), name="shelf", description="papers")
    agent = FunctionAgent(tools=[tool], llm=calls(("shelf", {"input": "who won the 1998 world cup?"})))
    said, (result,) = run(agent, "football")
    assert result.tool_output.raw_output.source_nodes == []
    assert result.tool_output.raw_output.metadata["abstained"] is True
    assert "37%" not in said
    assert not result.tool_output.is_error


# -- LlamaIndex's own engine over our retriever


@pytest.mark.parametrize("asynchronous", [False, True])
def test_their_engine_over_our_retriever(shelf: Assistant, server: FakeOpenAI, asynchronous: bool) -> None:
    server.enqueue("RingFold folds the ring.")
    engine = RetrieverQueryEngine.from_args(shelf.as_retriever(k=2), llm=over_http(server))
    response = asyncio.run(engine.aquery(QUESTION)) if asynchronous else engine.query(QUESTION)
    assert str(response) == "RingFold folds the ring."
    assert response.source_nodes[0].node.metadata["title"] == RINGFOLD.title
    (request,) = server.requests
    assert CUT in request.prompt and RINGFOLD.title in request.prompt
    assert RINGFOLD.id not in request.prompt, "ids are for programs"


def test_their_streaming_engine_over_our_retriever(shelf: Assistant, server: FakeOpenAI) -> None:
    server.enqueue("RingFold folds the ring.")
    engine = RetrieverQueryEngine(
        shelf.as_retriever(k=1), get_response_synthesizer(llm=over_http(server), streaming=True)
    )
    response = engine.query(QUESTION)
    assert isinstance(response, StreamingResponse)
    assert "".join(response.response_gen) == "RingFold folds the ring."


# -- our engine's streaming and callbacks


def test_streaming_gives_each_claim_as_it_is_verified(shelf: Assistant) -> None:
    response = shelf.as_query_engine(streaming=True, list_sources=True).query(QUESTION)
    assert isinstance(response, StreamingResponse)
    assert response.source_nodes == []
    pieces = list(response.response_gen)
    whole = shelf.as_query_engine(list_sources=True).query(QUESTION)
    assert "".join(pieces) == str(whole)
    assert len(pieces) > 1
    assert [n.node.node_id for n in response.source_nodes] == [n.node.node_id for n in whole.source_nodes]
    assert Answer.model_validate(response.metadata).claims


def test_streaming_asynchronously_comes_whole(shelf: Assistant) -> None:
    response = asyncio.run(shelf.as_query_engine(streaming=True).aquery(QUESTION))
    assert isinstance(response, Response)
    assert CUT in str(response) and response.source_nodes


def test_a_stream_whose_model_fails_takes_back_what_it_said(tmp_path: Path, server: FakeOpenAI) -> None:
    from rag import Settings

    line = claim_line(CUT, (1, CUT))
    server.enqueue(Reply(chunks=(line, '{"text": "Rin'), stream_error={"message": "gone"}))
    settings = Settings(base_url=server.base_url, retries=0)
    with Assistant.open(tmp_path / "library", llm="m", settings=settings) as assistant:
        assistant.library.write(list(PAPERS))
        text = str(assistant.as_query_engine(streaming=True).query(QUESTION))
    before, _, after = text.partition("What stands above is withdrawn")
    assert CUT in before and CUT in after


def test_callbacks_see_the_query_and_its_response(shelf: Assistant) -> None:
    seen = LlamaDebugHandler(print_trace_on_end=False)
    manager = CallbackManager([seen])
    GroundworkQueryEngine(shelf, callback_manager=manager).query(QUESTION)
    ((start, end),) = seen.get_event_pairs(CBEventType.QUERY)
    assert start.payload is not None and end.payload is not None
    assert start.payload[EventPayload.QUERY_STR] == QUESTION
    assert CUT in str(end.payload[EventPayload.RESPONSE])
    retriever = shelf.as_retriever(k=1)
    retriever.callback_manager = manager
    retriever.retrieve(QUESTION)
    assert len(seen.get_event_pairs(CBEventType.RETRIEVE)) == 1
