"""The exception tree. Every leaf says what is wrong in one line and what to do about it.

RagError
|-- InputError                 the question, a file or an argument cannot be used as given
|   |-- EmptyQuestionError
|   |-- UnknownFormatError     a file is none of the formats we read
|   |-- UnknownPaperError
|   `-- SettingsError
|-- LibraryError
|   |-- LibraryLockedError     another process is writing
|   |-- LibraryMismatchError   built with another embedder, passage size or schema
|   |-- LibraryBrokenError     files are there but cannot be opened
|   `-- StoreUnavailableError  a Chroma server does not answer
|-- ConversationError          a kept conversation cannot be read or written
|-- FetchError                 a service of papers does not answer, or not with papers
|-- EmbedderError              weights or an embedding endpoint are missing
|-- MissingDependencyError     an optional package is not installed; prints the command
`-- ModelError                 the language model; carries the usage spent so far
    |-- ModelAuthError
    |-- ModelNotFoundError
    |-- ModelRateLimitError
    |-- ModelTimeoutError
    |-- ModelUnavailableError  5xx, connection refused or cut
    |-- ModelContextError      the prompt does not fit
    |-- ModelRefusalError
    |-- ModelBudgetError       the next request would not fit the budget of one question
    `-- ModelResponseError     nothing usable in the reply
"""

from __future__ import annotations

from typing import Any, ClassVar


class RagError(Exception):
    """Base of all expected failures: ``message`` in one line, ``remedy`` in one line."""

    default_remedy: ClassVar[str] = ""
    retryable: ClassVar[bool] = False

    def __init__(self, message: str, remedy: str | None = None) -> None:
        self.message = " ".join(message.split())
        self.remedy = self.default_remedy if remedy is None else remedy
        super().__init__(self.message)

    def __str__(self) -> str:
        return f"{self.message}. {self.remedy}" if self.remedy else self.message

    def as_dict(self) -> dict[str, str]:
        """The shape that ``--json`` prints: type, message, remedy."""
        return {"type": type(self).__name__, "message": self.message, "remedy": self.remedy}


class InputError(RagError):
    """Something given by the caller cannot be used."""


class EmptyQuestionError(InputError):
    """The question holds no text."""

    default_remedy = 'Ask something, for example: rag ask "which methods reduce all-reduce latency?"'


class UnknownFormatError(InputError):
    """A file is none of the formats that have a reader."""

    default_remedy = "Name its format with --format"


class UnknownPaperError(InputError):
    """No paper of the library has this id."""

    default_remedy = "List the ids with: rag papers list"


class SettingsError(InputError):
    """A setting has a value that it cannot have."""


class LibraryError(RagError):
    """Something about the indexed papers."""


class LibraryLockedError(LibraryError):
    """Another process holds the one-writer lock."""

    default_remedy = "Wait for it to finish, or use another --library"
    retryable = True


class LibraryMismatchError(LibraryError):
    """The library was built with other settings than those asked for."""


class LibraryBrokenError(LibraryError):
    """The library's files cannot be opened."""

    default_remedy = "Rebuild the index from its stored papers with: rag reindex"


class StoreUnavailableError(LibraryError):
    """A Chroma server does not answer."""

    default_remedy = "Start it (chroma run --path DIR) or correct the address"
    retryable = True


class ConversationError(RagError):
    """A kept conversation cannot be read or written."""

    default_remedy = "Begin a new one, or delete it with: rag chats delete ID"


class FetchError(RagError):
    """A service of papers does not answer, or answers with something else."""

    default_remedy = "Run it again later; what was fetched is kept"
    retryable = True


class EmbedderError(RagError):
    """An embedder cannot be loaded or reached."""


class MissingDependencyError(RagError):
    """An optional package is not installed."""

    def __init__(self, package: str, purpose: str) -> None:
        super().__init__(f"{purpose} needs the package {package}", f"Install it with: pip install {package}")


class ModelError(RagError):
    """The language model failed; ``usage`` holds the tokens and cost spent before it did."""

    def __init__(self, message: str, remedy: str | None = None, usage: dict[str, Any] | None = None) -> None:
        super().__init__(message, remedy)
        self.usage: dict[str, Any] = usage or {}


class ModelAuthError(ModelError):
    """The server refused the key."""

    default_remedy = "Set OPENAI_API_KEY to a valid key, or use --llm off"


class ModelNotFoundError(ModelError):
    """The server does not know the model."""

    default_remedy = "Name a model that the server offers with --llm MODEL or RAG_MODEL"


class ModelRateLimitError(ModelError):
    """429, also after waiting as long as the server asked."""

    default_remedy = "Wait a minute or lower the load; rag answers extractively meanwhile"
    retryable = True


class ModelTimeoutError(ModelError):
    """Nothing came within the time limit."""

    default_remedy = "Raise RAG_TIMEOUT, or use a faster model"
    retryable = True


class ModelUnavailableError(ModelError):
    """The server failed, could not be reached, or cut the stream."""

    default_remedy = "Check OPENAI_BASE_URL and that the server runs"
    retryable = True


class ModelContextError(ModelError):
    """The prompt does not fit the model's context window."""

    default_remedy = "Lower RAG_EVIDENCE_TOKENS, or set RAG_CONTEXT_WINDOW to the model's real size"


class ModelRefusalError(ModelError):
    """The model declined to answer."""

    default_remedy = "Ask differently, or use --llm off"


class ModelBudgetError(ModelError):
    """The next request of a question could cost more than is left for it."""

    default_remedy = "Raise RAG_QUESTION_BUDGET, or lower RAG_MAX_TOKENS and RAG_EVIDENCE_TOKENS"


class ModelResponseError(ModelError):
    """The reply holds nothing that can be read as claims."""

    default_remedy = "Try another model, or another RAG_CLAIM_FORMAT"
