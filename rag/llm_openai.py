"""LlamaIndex's client for any OpenAI-compatible server, set right, and the line under it that can be hung up."""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING, Any, Final

from rag.errors import ModelNotFoundError
from rag.llm_bounds import bounded
from rag.settings import Settings

if TYPE_CHECKING:
    import httpx
    from llama_index.llms.openai_like import OpenAILike

_OPENAI_HOST: Final = "api.openai.com"
OPENAI_BASE: Final = f"https://{_OPENAI_HOST}/v1"
# Sent where there is no key: an empty one would make LlamaIndex look for another in the environment.
_NO_KEY: Final = "no-key"
_REASONING = re.compile(r"(?:.*/)?(?:o[134](?:-|$)|gpt-5)", re.I)


def is_reasoning_model(name: str) -> bool:
    """Whether a model of this name refuses temperature and max_tokens."""
    return _REASONING.match(name) is not None


def _keep_from_others(request: httpx.Request) -> None:
    """The openai client tells any server the environment's organisation and project, which are OpenAI's business."""
    if request.url.host != _OPENAI_HOST:
        for name in ("OpenAI-Organization", "OpenAI-Project"):
            request.headers.pop(name, None)


class Line:
    """The HTTP client under an LLM; knows the response that each thread opened last.

    Dropping LlamaIndex's generator does not close the response under it (a reference cycle keeps it until the garbage
    collector comes by), so the server would go on writing tokens that are paid for.
    """

    def __init__(self, timeout: float, reply_timeout: float) -> None:
        """``timeout``: seconds of silence; ``reply_timeout``: seconds of waiting for one whole reply."""
        import openai

        self._local = threading.local()
        self._reply_timeout = reply_timeout
        # A redirect is not followed: it would send the abstracts to a host that the user has not named.
        self.client: httpx.Client = openai.DefaultHttpxClient(
            timeout=timeout,
            follow_redirects=False,
            event_hooks={"request": [_keep_from_others], "response": [self._note]},
        )

    def __del__(self) -> None:
        # httpx leaves its sockets to the collector, with a warning for each.
        if hasattr(self, "client"):
            self.client.close()

    def _note(self, response: httpx.Response) -> None:
        response.stream = bounded(response.stream, self._reply_timeout)
        self._local.response = response

    def opened(self) -> httpx.Response | None:
        """The response that this thread opened last."""
        response: httpx.Response | None = getattr(self._local, "response", None)
        return response


def openai_like(name: str, settings: Settings, line: Line) -> OpenAILike:
    """An LLM for the model ``name`` at the server of the settings. It never tries again by itself.

    Raises:
        ModelNotFoundError: no chat completions endpoint serves the model.
    """
    import openai
    from llama_index.llms.openai_like import OpenAILike

    reasoning = is_reasoning_model(name) if settings.reasoning_model is None else settings.reasoning_model
    # Given here and not as the LLM's own fields, which LlamaIndex changes for the names it knows.
    extra: dict[str, Any] = {"stream_options": {"include_usage": True}}
    extra["max_completion_tokens" if reasoning else "max_tokens"] = settings.max_tokens
    # LlamaIndex always passes a temperature; ``omit`` makes the openai client leave it out.
    bare = reasoning or settings.temperature is None
    extra["temperature"] = openai.omit if bare else settings.temperature
    try:
        return OpenAILike(
            model=name,
            api_base=settings.base_url or OPENAI_BASE,
            api_key=settings.api_key or _NO_KEY,
            is_chat_model=True,
            context_window=settings.context_window,
            max_retries=0,
            timeout=settings.timeout,
            http_client=line.client,  # type: ignore[call-arg]  # LlamaIndex's __init__ takes it, its fields do not
            additional_kwargs=extra,
        )
    except ValueError:
        raise ModelNotFoundError(f"{name} is not served by the chat completions endpoint") from None
