"""The one seam to the language model: who it is, streaming text out of it, its failures, and what it costs.

LlamaIndex's LLM interface lies underneath: ``OpenAILike`` for every OpenAI-compatible server, OpenAI's own among them
(its ``OpenAI`` class refuses names it does not know), or any LLM object of the caller's. The retry layer is here, and
here only: LlamaIndex's and openai's are switched off. llama_index and openai are imported when a model is first needed.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from rag import tokens
from rag.errors import (
    InputError,
    ModelRefusalError,
    ModelResponseError,
    ModelTimeoutError,
    ModelUnavailableError,
    SettingsError,
)
from rag.llm_faults import FormatRefusedError, Seam, backoff, server_exceptions, translate, wait_before_retry
from rag.llm_openai import OPENAI_BASE, Line, is_reasoning_model, openai_like
from rag.llm_request import Around, ModelRequest, Send, prompt_tokens
from rag.settings import Settings
from rag.usage import Usage

logger = logging.getLogger(__name__)

Messages = str | Sequence[tuple[str, str]]
"""A prompt: one text, or messages as (role, content) with role ``system`` or ``user``."""


def why_extractive(llm: Any, settings: Settings) -> str | None:
    """Why no model will write, in one line; None where one will. ``llm`` as for :func:`resolve_llm`."""
    choice = _choice(llm, settings)
    if choice == "off":
        return "the model is switched off"
    named = choice if isinstance(choice, str) and choice != "auto" else None
    if settings.offline:
        return f"{named or 'the model'} is not used with --offline"
    if isinstance(choice, str) and not settings.api_key and not settings.base_url:
        return "no OPENAI_API_KEY and no OPENAI_BASE_URL is set" + (f" for {named}" if named else "")
    return None


def resolve_llm(llm: Any, settings: Settings, *, sleep: Callable[[float], None] = time.sleep) -> ModelClient | None:
    """The client for ``"auto"``, ``"off"``, a model name or a LlamaIndex LLM; None where answers are to be extractive.

    A client that was made already is given back, so that one with something around it can take a model's place.

    ``auto`` leaves the choice to ``settings.llm``, and writes when a key or a base URL is set. ``settings.offline``
    wins over all. :func:`why_extractive` gives the reason for None. Nothing is sent before the first question.

    Raises:
        InputError: ``llm`` is none of these.
        ModelNotFoundError: the name is a model that no chat endpoint serves.
        SettingsError: the base URL is no address.
    """
    if isinstance(llm, ModelClient):
        return None if settings.offline else llm
    if not isinstance(llm, str) and llm is not None and not hasattr(llm, "stream_complete"):
        raise InputError(
            f"{type(llm).__name__} is no language model", "Give auto, off, a model name or a LlamaIndex LLM"
        )
    if why_extractive(llm, settings) is not None:
        return None
    choice = _choice(llm, settings)
    if not isinstance(choice, str):
        name = str(getattr(choice.metadata, "model_name", "") or type(choice).__name__)
        base = getattr(choice, "api_base", None)
        host = _host(base) if base else f"the given {type(choice).__name__}"
        seam = Seam(name, host, settings.timeout, getattr(choice, "api_key", None))
        return ModelClient(choice, seam, settings, sleep=sleep)
    name = settings.model if choice == "auto" else choice
    seam = Seam(name, _host(settings.base_url or OPENAI_BASE), settings.timeout, settings.api_key)
    line = Line(settings.timeout, settings.reply_timeout)
    return ModelClient(openai_like(name, settings, line), seam, settings, line=line, sleep=sleep)


def _choice(llm: Any, settings: Settings) -> Any:
    return settings.llm if llm is None or (isinstance(llm, str) and llm == "auto") else llm


def _host(base_url: str) -> str:
    """Host and port of an address, without any user or password in it."""
    try:
        parts = urlsplit(base_url if "//" in base_url else f"//{base_url}")
        return (parts.hostname or "nowhere") + (f":{parts.port}" if parts.port else "")
    except ValueError:
        raise SettingsError("base_url is no address", "Give one such as http://localhost:8000/v1") from None


@dataclass
class _Call:
    """One attempt: what has come of it."""

    parts: list[str] = field(default_factory=list)
    reported: tuple[int, int] | None = None
    reached: bool = False
    """The server has begun to work on it, so tokens are spent."""
    is_openai: bool = False
    finish: str | None = None
    refusal: str = ""
    response: Any = None

    def hang_up(self) -> None:
        """Close the connection where the reply was not read to its end; the server stops writing."""
        if self.response is not None:
            self.response.close()

    def see(self, raw: Any) -> None:
        """Read finish reason, refusal and usage off a raw chunk of an OpenAI-compatible reply."""
        self.reached = True
        usage = getattr(raw, "usage", None)
        prompt, written = getattr(usage, "prompt_tokens", None), getattr(usage, "completion_tokens", None)
        if isinstance(prompt, int) and isinstance(written, int):
            self.reported = (prompt, written)
        if not hasattr(raw, "choices"):
            return
        self.is_openai = True
        for choice in raw.choices or ():
            self.finish = getattr(choice, "finish_reason", None) or self.finish
            part = getattr(choice, "delta", None) or getattr(choice, "message", None)
            self.refusal += getattr(part, "refusal", None) or ""

    def check(self, seam: Seam) -> None:
        """Judge a reply that is over.

        Raises:
            ModelError: it was refused, cut, or never began.
        """
        if not self.reached:
            raise ModelResponseError(f"{seam.model} at {seam.host} sent no chat completion")
        if self.refusal or self.finish == "content_filter":
            raise ModelRefusalError(f"{seam.model} declined: {seam.scrub(self.refusal) or 'content filter'}")
        if self.is_openai and self.finish is None:
            raise ModelUnavailableError(f"{seam.model} at {seam.host} cut the reply off")
        if not self.parts and self.finish == "length":
            raise ModelResponseError(f"{seam.model} used up its tokens before it wrote", "Raise RAG_MAX_TOKENS")


class ModelClient:
    """A language model as the rest of the code sees it. Safe to share between threads.

    ``name`` is the model, ``host`` the machine that prompts are sent to. ``line`` is None for an LLM object of the
    caller's, about which nothing is known but LlamaIndex's interface.
    """

    def __init__(
        self,
        llm: Any,
        seam: Seam,
        settings: Settings,
        *,
        line: Line | None = None,
        sleep: Callable[[float], None] = time.sleep,
        usage: Usage | None = None,
        around: Sequence[Around] = (),
        refused: set[str] | None = None,
    ) -> None:
        self.name, self.host, self.around = seam.model, seam.host, tuple(around)
        self._llm, self._seam, self._settings, self._line, self._sleep = llm, seam, settings, line, sleep
        self._usage = usage or Usage(settings.price_in, settings.price_out)
        self.refused: set[str] = set() if refused is None else refused
        """Forms of reply that this server did not take, as those who asked for them call them; all copies share it."""

    @property
    def takes_formats(self) -> bool:
        """Whether it can be told the form of a reply: an LLM object of the caller's cannot."""
        return self._line is not None

    @property
    def usage(self) -> dict[str, Any]:
        """calls, prompt_tokens, completion_tokens, cost, estimated; failed and cut calls counted too."""
        return self._usage.as_dict()

    def fresh(self) -> ModelClient:
        """The same model with a usage of its own, for one answer; it is added to this client's as well."""
        return self._copy(self._usage.child(), self.around)

    def within(self, *around: Around) -> ModelClient:
        """The same model, counting into the same usage, with these around every request, the first one outermost."""
        return self._copy(self._usage, (*around, *self.around))

    def _copy(self, usage: Usage, around: Sequence[Around]) -> ModelClient:
        return ModelClient(
            self._llm,
            self._seam,
            self._settings,
            line=self._line,
            sleep=self._sleep,
            usage=usage,
            around=around,
            refused=self.refused,
        )

    def stream(
        self, prompt: Messages, *, json_mode: bool | Mapping[str, Any] = False, loose: bool = False, tried: int = 0
    ) -> Generator[str, None, None]:
        """The reply in pieces, as they come.

        ``json_mode``: True asks for a JSON object, a mapping for JSON of that schema, by OpenAI's ``json_schema`` or,
        where ``loose``, by llama.cpp's ``json_object`` with a schema; an LLM object of the caller's is not told.
        ``tried``: so many tries were spent already, on asking for another form, and the next one waits accordingly.
        A failed attempt is repeated only as long as nothing was passed on.

        Raises:
            FormatRefusedError: the server does not take ``json_mode``.
            ModelError: one leaf per cause, with the usage so far.
        """
        messages = (("user", prompt),) if isinstance(prompt, str) else tuple(prompt)
        extra = {} if self._line is None else _response_format(json_mode, loose)
        request = ModelRequest(
            self.name, self.host, messages, extra.get("response_format", {}), self._parameters(), self._usage.child()
        )
        send: Send = partial(self._send, request, extra, tried)
        for around in reversed(self.around):
            send = partial(around, request, send)
        yield from send()

    def _parameters(self) -> dict[str, Any]:
        if self._line is None:
            return {}
        names = ("temperature", "max_tokens", "reasoning_model")
        return {name: getattr(self._settings, name) for name in names}

    def _send(self, request: ModelRequest, extra: dict[str, Any], attempt: int) -> Generator[str, None, None]:
        """Ask the model itself, several times where that makes sense."""
        # An LLM object of the caller's raises whatever its own provider raises, and has retries of its own.
        expected: tuple[type[BaseException], ...] = (Exception,) if self._line is None else server_exceptions()
        retries = 0 if self._line is None else self._settings.retries
        if attempt:
            self._sleep(backoff(attempt - 1))
        while True:
            call, wait = _Call(), None
            try:
                yield from self._pieces(request.messages, extra, call)
                call.check(self._seam)
                return
            except expected as error:
                fault = translate(error, self._seam, formatted=bool(extra))
                if isinstance(fault, FormatRefusedError) and fault.unsure and attempt >= retries:
                    fault = translate(error, self._seam)
                # A request that timed out was received, and a provider may charge for it.
                call.reached = call.reached or isinstance(fault, ModelTimeoutError)
                if not call.parts and attempt < retries:
                    wait = wait_before_retry(error, fault, attempt)
            finally:
                call.hang_up()
                self._count(request, call)
            if wait is None:
                # Raised out here, without a cause: the client's own exception may quote the key.
                fault.usage = self.usage
                raise fault
            logger.info("%s; trying again in %.1f s", fault.message, wait)
            self._sleep(wait)
            attempt += 1

    def complete(self, prompt: Messages, *, json_mode: bool | Mapping[str, Any] = False) -> str:
        """The whole reply. It is streamed all the same, so that the time limit is one of silence, not of length.

        Raises:
            ModelError: as :meth:`stream`.
        """
        return "".join(self.stream(prompt, json_mode=json_mode))

    async def acomplete(self, prompt: Messages, *, json_mode: bool | Mapping[str, Any] = False) -> str:
        """:meth:`complete` off the loop's thread: no second client, whose connections would die with their loop.

        Raises:
            ModelError: as :meth:`stream`.
        """
        return await asyncio.to_thread(self.complete, prompt, json_mode=json_mode)

    def _pieces(self, messages: Sequence[tuple[str, str]], extra: dict[str, Any], call: _Call) -> Iterator[str]:
        """One attempt through LlamaIndex; notes on ``call`` what comes."""
        from llama_index.core.base.llms.types import ChatMessage

        if self._llm.metadata.is_chat_model:
            chat = [ChatMessage(role=role, content=content) for role, content in messages]
            replies = self._llm.stream_chat(chat, **extra)
        else:
            replies = self._llm.stream_complete("\n\n".join(content for _, content in messages), **extra)
        for reply in replies:
            if not call.reached and self._line is not None:
                call.response = self._line.opened()
            call.see(reply.raw)
            if piece := reply.delta:
                call.parts.append(piece)
                yield piece

    @staticmethod
    def _count(request: ModelRequest, call: _Call) -> None:
        if call.reported is not None:
            request.usage.add(calls=1, prompt=call.reported[0], completion=call.reported[1])
        elif call.reached:
            written = tokens.count("".join(call.parts))
            request.usage.add(calls=1, prompt=prompt_tokens(request.messages), completion=written, estimated=True)
        else:
            request.usage.add(calls=1)


def _response_format(json_mode: bool | Mapping[str, Any], loose: bool) -> dict[str, Any]:
    if not json_mode:
        return {}
    if json_mode is True:
        return {"response_format": {"type": "json_object"}}
    if loose:
        return {"response_format": {"type": "json_object", "schema": dict(json_mode)}}
    schema = {"name": "claims", "strict": True, "schema": dict(json_mode)}
    return {"response_format": {"type": "json_schema", "json_schema": schema}}


__all__ = ["Messages", "ModelClient", "is_reasoning_model", "resolve_llm", "why_extractive"]
