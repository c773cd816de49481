"""Every setting in one flat table: name, default, help, environment variable. Builds nothing.

The table is the dataclass itself: :data:`TABLE` is derived from its fields and feeds the command line, the docs and
the tests. Precedence: an explicit argument, else the environment, else the default.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, NamedTuple, get_args, get_type_hints

from rag.errors import SettingsError


class Setting(NamedTuple):
    """One row of the table. ``env`` lists the variables read, the first that is set wins."""

    name: str
    default: Any
    help: str
    env: tuple[str, ...]
    choices: tuple[str, ...] = ()
    secret: bool = False


def _setting(default: Any, help: str, *env: str, choices: tuple[str, ...] = (), secret: bool = False) -> Any:
    meta = {"help": help, "env": env, "choices": choices, "secret": secret}
    return field(default=default, metadata=meta, repr=not secret)


@dataclass(frozen=True)
class Settings:
    """The settings of one assistant. Frozen; :meth:`with_values` makes a changed copy."""

    library: str | None = _setting(
        None, "library folder, or chroma+http://host:port/name for a Chroma server", "RAG_LIBRARY"
    )
    cache_dir: str | None = _setting(None, "where the bundled notes' index and other caches live", "RAG_CACHE_DIR")
    conversations_dir: str | None = _setting(
        None, "where conversations are kept; unset = the user's data folder, off = nowhere", "RAG_CONVERSATIONS_DIR"
    )
    offline: bool = _setting(False, "never use the network, whatever else is set", "RAG_OFFLINE")

    embedder: str = _setting(
        "auto",
        "embedder of the dense leg; auto = wordllama, or latent where that is not installed",
        "RAG_EMBEDDER",
        choices=("auto", "wordllama", "minilm", "openai", "latent"),
    )
    embedding_model: str = _setting(
        "text-embedding-3-small", "model name for the openai embedder", "RAG_EMBEDDING_MODEL"
    )
    minilm_path: str | None = _setting(
        None, "folder that holds onnx/model.onnx for the minilm embedder", "RAG_MINILM_PATH"
    )
    passage_tokens: int = _setting(512, "most tokens in one passage (whole sentences)", "RAG_PASSAGE_TOKENS")
    max_abstract_chars: int = _setting(
        50_000, "longest text taken as an abstract, in characters", "RAG_MAX_ABSTRACT_CHARS"
    )
    pool: int = _setting(200, "candidates that each leg brings to the fusion", "RAG_POOL")
    rerank: int = _setting(
        100, "candidates that the second stage orders again; 0 = leave the fusion's order", "RAG_RERANK"
    )
    lexical_weight: float | None = _setting(
        None, "weight of the lexical leg in [0, 1]; unset = the embedder's own", "RAG_LEXICAL_WEIGHT"
    )
    k: int = _setting(10, "passages shown by search", "RAG_K")
    max_claims: int = _setting(12, "most claims in one answer", "RAG_MAX_CLAIMS")
    strictness: str = _setting(
        "drop",
        "what happens to a written claim that fails its checks; strict = drop, also what is only partly supported",
        "RAG_STRICTNESS",
        choices=("drop", "flag", "strict"),
    )

    judge: str = _setting(
        "offline", "what judges claims: offline, llm, or onnx:FOLDER for a local cross-encoder", "RAG_JUDGE"
    )
    arxiv_url: str = _setting(
        "https://export.arxiv.org/api/query", "address of arXiv's API, asked by rag fetch alone", "RAG_ARXIV_URL"
    )
    fetch_pause: float = _setting(
        3.0, "seconds between two requests of rag fetch; never less than 3 beyond this machine", "RAG_FETCH_PAUSE"
    )
    fetch_timeout: float = _setting(
        30.0, "seconds without a byte before rag fetch gives up a request", "RAG_FETCH_TIMEOUT"
    )
    fetch_cache_days: float = _setting(
        30.0, "days for which rag fetch does not ask the same again", "RAG_FETCH_CACHE_DAYS"
    )

    llm: str = _setting("auto", "auto, off, or a model name", "RAG_LLM")
    model: str = _setting("gpt-4o-mini", "model used when llm is auto", "RAG_MODEL")
    base_url: str | None = _setting(
        None, "address of an OpenAI-compatible server", "RAG_BASE_URL", "OPENAI_BASE_URL", "OPENAI_API_BASE"
    )
    api_key: str | None = _setting(
        None, "key for that server; held in memory only", "RAG_API_KEY", "OPENAI_API_KEY", secret=True
    )
    claim_format: str = _setting(
        "auto",
        "how the model is asked for claims; auto = schema, else object, else lines, as the server takes it",
        "RAG_CLAIM_FORMAT",
        choices=("auto", "schema", "object", "lines", "inline"),
    )
    temperature: float | None = _setting(0.0, "sampling temperature; not sent to reasoning models", "RAG_TEMPERATURE")
    max_tokens: int = _setting(2_000, "most tokens that the model may write per call", "RAG_MAX_TOKENS")
    context_window: int = _setting(16_000, "context window of the model, in tokens", "RAG_CONTEXT_WINDOW")
    evidence_tokens: int = _setting(6_000, "most tokens of evidence put before the model", "RAG_EVIDENCE_TOKENS")
    evidence_papers: int = _setting(10, "most papers put before the model", "RAG_EVIDENCE_PAPERS")
    multi_query: int = _setting(
        0, "further wordings of the question that the model writes to search with; 0 = none", "RAG_MULTI_QUERY"
    )
    model_rerank: int = _setting(0, "papers that the model grades before it writes; 0 = none", "RAG_MODEL_RERANK")
    sufficiency: bool = _setting(
        False, "ask the model whether the papers answer at all before it writes", "RAG_SUFFICIENCY"
    )
    question_budget: float | None = _setting(
        None, "most that one question may cost, in the currency of the prices; unset = no cap", "RAG_QUESTION_BUDGET"
    )
    timeout: float = _setting(60.0, "seconds without a byte from the model before giving up", "RAG_TIMEOUT")
    reply_timeout: float = _setting(
        600.0, "seconds spent waiting for one whole reply before giving up", "RAG_REPLY_TIMEOUT"
    )
    retries: int = _setting(2, "further tries after a rate limit or a server failure", "RAG_RETRIES")
    reasoning_model: bool | None = _setting(
        None, "model refuses temperature and max_tokens; unset = by its name", "RAG_REASONING_MODEL"
    )
    price_in: float | None = _setting(None, "price of a million prompt tokens; unset = cost unknown", "RAG_PRICE_IN")
    price_out: float | None = _setting(None, "price of a million written tokens; unset = cost unknown", "RAG_PRICE_OUT")

    def __post_init__(self) -> None:
        for row in TABLE:
            value = getattr(self, row.name)
            if row.choices and value not in row.choices:
                raise SettingsError(f"{row.name} is {value!r}", f"Use one of: {', '.join(row.choices)}")
        _check_range("passage_tokens", self.passage_tokens, 16, 8192)
        _check_range("pool", self.pool, 10, 10_000)
        _check_range("rerank", self.rerank, 0, 10_000)
        _check_range("k", self.k, 1, 10_000)
        _check_range("max_claims", self.max_claims, 1, 100)
        _check_range("retries", self.retries, 0, 10)
        _check_range("multi_query", self.multi_query, 0, 8)
        _check_range("model_rerank", self.model_rerank, 0, 200)
        if self.lexical_weight is not None:
            _check_range("lexical_weight", self.lexical_weight, 0, 1)
        if self.question_budget is not None and not self.question_budget > 0:
            raise SettingsError(
                "question_budget must be positive", "Give an amount, for example RAG_QUESTION_BUDGET=0.05"
            )
        _check_range("fetch_pause", self.fetch_pause, 0, 3600)
        _check_range("fetch_timeout", self.fetch_timeout, 0.01, 3600)
        _check_range("fetch_cache_days", self.fetch_cache_days, 0, 3650)
        if self.timeout <= 0:
            raise SettingsError("timeout must be positive", "Give seconds, for example RAG_TIMEOUT=60")
        if self.reply_timeout <= 0:
            raise SettingsError("reply_timeout must be positive", "Give seconds, for example RAG_REPLY_TIMEOUT=600")

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None, **overrides: Any) -> Settings:
        """Read the environment; ``overrides`` that are not None win over it.

        Raises:
            SettingsError: a variable holds what its setting cannot, or an override is no setting.
        """
        environ = os.environ if environ is None else environ
        values: dict[str, Any] = {}
        for row in TABLE:
            for name in row.env:
                if environ.get(name, "").strip():
                    values[row.name] = _parse(row.name, name, environ[name].strip())
                    break
        return cls(**values).with_values(**{k: v for k, v in overrides.items() if v is not None})

    def with_values(self, **values: Any) -> Settings:
        """A copy with some values changed.

        Raises:
            SettingsError: a name is no setting, or a value is out of range.
        """
        unknown = values.keys() - {row.name for row in TABLE}
        if unknown:
            raise SettingsError(f"no setting is called {sorted(unknown)[0]!r}", "See the table in the README")
        return replace(self, **values)

    def public(self) -> dict[str, Any]:
        """All settings but the secret ones, for records and ``rag doctor``; an address loses its user and password."""
        shown = {row.name: getattr(self, row.name) for row in TABLE if not row.secret}
        if self.base_url:
            shown["base_url"] = re.sub(r"(?<=//)[^/@]*@", "", self.base_url)
        return shown


TABLE: tuple[Setting, ...] = tuple(
    Setting(f.name, f.default, f.metadata["help"], f.metadata["env"], f.metadata["choices"], f.metadata["secret"])
    for f in fields(Settings)
)
_HINTS = get_type_hints(Settings)
_TRUE, _FALSE = {"1", "true", "yes", "on"}, {"0", "false", "no", "off"}


def _parse(name: str, variable: str, text: str) -> Any:
    kinds = [k for k in (get_args(_HINTS[name]) or (_HINTS[name],)) if k is not type(None)]
    kind = kinds[0]
    if type(None) in get_args(_HINTS[name]) and text.lower() == "none":
        return None
    try:
        if kind is bool:
            if text.lower() not in _TRUE | _FALSE:
                raise ValueError
            return text.lower() in _TRUE
        return kind(text)
    except ValueError:
        wanted = {int: "a whole number", float: "a number", bool: "yes or no"}.get(kind, kind.__name__)
        raise SettingsError(f"{variable}={text!r} is not {wanted}", f"Correct or unset {variable}") from None


def _check_range(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise SettingsError(f"{name} is {value}", f"Use a value from {low} to {high}")
