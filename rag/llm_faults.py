"""What can go wrong with a model server, said in our errors: translation, scrubbing, and when to try again."""

from __future__ import annotations

import email.utils
import random
import re
import time
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

from rag.errors import (
    ModelAuthError,
    ModelContextError,
    ModelError,
    ModelNotFoundError,
    ModelRateLimitError,
    ModelRefusalError,
    ModelResponseError,
    ModelTimeoutError,
    ModelUnavailableError,
)

MAX_WAIT: Final = 20.0
"""Seconds: no wait before a new try is longer; a server that asks for more is not tried again."""
_FIRST_WAIT: Final = 0.5
_CONTEXT = re.compile(
    r"context.{0,20}(?:length|window|size)|maximum context|prompt is too long|too many (?:input )?tokens|"
    r"exceeds?.{0,40}\btokens?\b|reduce the length",
    re.I,
)
_FILTERED = re.compile(r"content[_ ](?:filter|policy|management)|responsible ai", re.I)
# What OpenSSL says of a server that answers its greeting in plain HTTP.
_NOT_TLS = re.compile(r"WRONG_VERSION_NUMBER|wrong version number|record layer failure|UNKNOWN_PROTOCOL", re.I)
_OF_FORMAT = re.compile(r"response[_ ]?format|json|schema|grammar", re.I)
_KEYLIKE = re.compile(r"\b(?:sk|pk|rk|key|gsk|xai)-[A-Za-z0-9_*-]{6,}|\bBearer\s+\S+", re.I)
# What LlamaIndex and openai raise on a reply that is no chat completion: bad JSON, HTML, missing or null fields.
GARBAGE: Final = (ValueError, TypeError, AttributeError, LookupError)


class FormatRefusedError(ModelResponseError):
    """The server takes no ``response_format``; ask for claims as plain lines.

    ``unsure``: it failed without naming a reason (500), which may have another cause: a next try counts as one.
    """

    default_remedy = "Set RAG_CLAIM_FORMAT=lines"
    unsure = False


class Seam(NamedTuple):
    """Who was called, for messages: model, host, seconds of silence allowed, and the key, which no message may hold."""

    model: str
    host: str
    timeout: float
    secret: str | None = None

    def scrub(self, text: str) -> str:
        """The text in one line of at most 300 characters, without the key or anything that looks like one."""
        if self.secret and len(self.secret) >= 4:
            text = text.replace(self.secret, "***")
        return " ".join(_KEYLIKE.sub("***", text).split())[:300].rstrip(" .")


def server_exceptions() -> tuple[type[BaseException], ...]:
    """The exceptions that a call of an OpenAI-compatible server can end in."""
    import httpx
    import openai

    return (ModelError, openai.OpenAIError, httpx.HTTPError, httpx.StreamError, httpx.InvalidURL, *GARBAGE)


def translate(error: BaseException, seam: Seam, *, formatted: bool = False) -> ModelError:
    """The leaf of our tree for an exception of the transport, the client or the reply.

    ``formatted``: the request asked for a response_format, which the server may not know.
    """
    import httpx
    import openai

    who = f"{seam.model} at {seam.host}"
    match error:
        case ModelError():
            return error
        case openai.APITimeoutError() | httpx.TimeoutException():
            return ModelTimeoutError(f"{who} sent nothing for {seam.timeout:g} s")
        case openai.APIStatusError():
            if asked := _too_long(error):
                return ModelRateLimitError(f"{who} asks to wait {asked:,.0f} s ({error.status_code})")
            if 300 <= error.status_code < 400:
                return _redirected(error, seam)
            return _by_status(error.status_code, _said(error, seam), _code(error), seam, formatted)
        case openai.APIConnectionError() | httpx.InvalidURL():
            return _unreachable(error.__cause__ or error, seam)
        case httpx.HTTPError() | httpx.StreamError():
            return ModelUnavailableError(f"{who} cut the reply off")
        case openai.APIResponseValidationError():
            return ModelResponseError(f"{who} sent no chat completion")
        case openai.APIError():  # an error event inside the stream
            return _by_status(_as_status(_code(error)), _said(error, seam), _code(error), seam, False)
        case openai.OpenAIError():
            return ModelAuthError(f"{who}: {seam.scrub(str(error))}")
        case UnicodeEncodeError() if seam.secret and not seam.secret.isascii():
            return ModelAuthError("the key holds characters that no key can have")
        case _ if isinstance(error, GARBAGE):
            return ModelResponseError(f"{who} sent what is no chat completion ({type(error).__name__})")
        case _:
            return ModelUnavailableError(f"{who} failed ({type(error).__name__}: {seam.scrub(str(error))})")


def _by_status(status: int, said: str, code: str, seam: Seam, formatted: bool) -> ModelError:
    who = f"{seam.model} at {seam.host}"
    if code == "context_length_exceeded" or status == 413 or (status != 429 and _CONTEXT.search(said)):
        return ModelContextError(f"the prompt does not fit {who}: {said}")
    if code == "content_filter" or (status == 400 and _FILTERED.search(said)):
        return ModelRefusalError(f"{who} refused the request: {said}")
    if status in (401, 403):
        return ModelAuthError(f"{seam.host} refused the key ({status}): {said}")
    if status == 404:
        return _not_found(said, code, seam)
    if status == 429:
        spent = code == "insufficient_quota"
        return ModelRateLimitError(
            f"{who} is over its limit (429): {said}",
            "The account has no credit left: see the provider's billing page, or use --llm off" if spent else None,
        )
    if formatted and status in (400, 415, 422, 500, 501):
        refusal = FormatRefusedError(f"{who} takes no response_format ({status}): {said}")
        refusal.unsure = status >= 500 and not _OF_FORMAT.search(said)
        return refusal
    if status >= 500:
        return ModelUnavailableError(f"{who} failed ({status}): {said}")
    remedy = None
    if "max_completion_tokens" in said or "max_tokens" in said or "temperature" in said:
        remedy = (
            "Set RAG_REASONING_MODEL=1 for a model that refuses temperature and max_tokens, 0 for one that does not"
        )
    return ModelResponseError(f"{who} refused the request ({status}): {said}", remedy)


def _unreachable(cause: BaseException, seam: Seam) -> ModelError:
    """Nothing came back at all; why, in the words of the transport, and what that usually means."""
    import httpx

    why, remedy = seam.scrub(str(cause)), None
    if isinstance(cause, httpx.RemoteProtocolError):
        return ModelUnavailableError(f"{seam.host} closed the connection without a reply")
    if isinstance(cause, httpx.UnsupportedProtocol | httpx.InvalidURL):
        remedy = "Write OPENAI_BASE_URL in full, such as http://localhost:8000/v1"
    elif _NOT_TLS.search(why):
        remedy = "The server speaks no TLS there: begin OPENAI_BASE_URL with http:// instead of https://"
    return ModelUnavailableError(f"{seam.host} cannot be reached" + (f" ({why})" if why else ""), remedy)


def _redirected(error: Any, seam: Seam) -> ModelError:
    try:
        to = urlsplit(str(error.response.headers.get("location", "")))
        where = (
            f"{to.scheme}://{to.hostname}" + (f":{to.port}" if to.port else "") if to.hostname else "another address"
        )
    except ValueError:
        where = "another address"
    return ModelResponseError(
        f"{seam.host} redirects to {seam.scrub(where)} ({error.status_code}), where nothing is sent unasked",
        "Set OPENAI_BASE_URL to the address that is meant",
    )


def _not_found(said: str, code: str, seam: Seam) -> ModelError:
    if code == "model_not_found" or re.search(r"\bmodel\b", said, re.I):
        return ModelNotFoundError(f"{seam.host} offers no model {seam.model} (404): {said}")
    return ModelNotFoundError(
        f"{seam.host} has no chat completions for {seam.model} at this address (404): {said}",
        "Check OPENAI_BASE_URL, which for most servers ends in /v1, and the model's name",
    )


def _said(error: Any, seam: Seam) -> str:
    """The server's own words, of whatever shape its body is."""
    body = getattr(error, "body", None)
    message = body.get("message") or body.get("detail") or body.get("error") if isinstance(body, dict) else body
    text = str(message or re.sub(r"^Error code: \d+$", "", str(getattr(error, "message", "") or error)))
    return seam.scrub(re.sub(r"<[^>]*>", " ", text)) or "no reason given"


def _code(error: Any) -> str:
    return str(getattr(error, "code", None) or getattr(error, "type", None) or "")


def _as_status(code: str) -> int:
    known = {"rate_limit_exceeded": 429, "insufficient_quota": 429, "invalid_api_key": 401, "model_not_found": 404}
    return int(code) if code.isdigit() and len(code) == 3 else known.get(code, 500)


def wait_before_retry(error: BaseException, fault: ModelError, attempt: int) -> float | None:
    """Seconds to wait before the next try, or None where none makes sense; ``attempt`` counts from 0.

    Tried again: rate limits, 5xx and failed connections. Not: silence (it has cost the whole time limit already), an
    account without credit, and whatever depends on the request itself. The wait is what the server asks for, else
    0.5 s doubled with each attempt, with jitter so that several clients do not come back at once.
    """
    if isinstance(fault, ModelTimeoutError) or not fault.retryable or _code(error) == "insufficient_quota":
        return None
    if _too_long(error):
        return None
    asked = _retry_after(error)
    if asked is not None:
        return min(MAX_WAIT, asked + 0.25 * random.random())
    return backoff(attempt)


def backoff(attempt: int) -> float:
    """Seconds to wait before the next try where the server asks for none: doubled with each, with jitter."""
    return min(MAX_WAIT, _FIRST_WAIT * 2.0**attempt * (0.75 + 0.5 * random.random()))


def _too_long(error: Any) -> float | None:
    """Seconds that the server asks to wait, where that is longer than anyone waits."""
    asked = _retry_after(error)
    return asked if asked is not None and asked > MAX_WAIT else None


def _retry_after(error: Any) -> float | None:
    """Seconds asked for by Retry-After, as a number or a date, or by retry-after-ms."""
    headers = getattr(getattr(error, "response", None), "headers", None)
    if headers is None:
        return None
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        value = str(headers.get(name, ""))
        if re.fullmatch(r"\d+(?:\.\d+)?", value):
            return float(value) * unit
    when = email.utils.parsedate_tz(str(headers.get("retry-after", "")))
    return max(0.0, float(email.utils.mktime_tz(when)) - time.time()) if when else None
