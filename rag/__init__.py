"""Groundwork: ask a shelf of paper abstracts; every claim is cited, every citation quoted, every quote checked.

>>> from rag import ask, Assistant
>>> answer = ask("which methods reduce all-reduce latency?")   # from the bundled notes, no key needed
>>> print(answer.to_markdown())

The names below are the public API; everything heavy is imported only when first used.
"""

from __future__ import annotations

import importlib
import os
from typing import TYPE_CHECKING, Any

from rag.version import VERSION

# Set before chromadb, onnxruntime, gradio or a hub client can be imported: none of them may report anything.
for _name, _value in {
    "ANONYMIZED_TELEMETRY": "False",
    "ORT_DISABLE_TELEMETRY": "1",
    "GRADIO_ANALYTICS_ENABLED": "False",
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "DO_NOT_TRACK": "1",
}.items():
    os.environ.setdefault(_name, _value)

if TYPE_CHECKING:
    from rag.answer import Answer, Citation, Claim, Event, Verdict
    from rag.assistant import Assistant, Conversation
    from rag.checking import CheckReport
    from rag.errors import RagError
    from rag.paper import Hit, IngestReport, Paper, Passage
    from rag.settings import Settings

_HOME = {
    "Answer": "rag.answer",
    "Assistant": "rag.assistant",
    "CheckReport": "rag.checking",
    "Citation": "rag.answer",
    "Claim": "rag.answer",
    "Conversation": "rag.assistant",
    "Event": "rag.answer",
    "Hit": "rag.paper",
    "IngestReport": "rag.paper",
    "Paper": "rag.paper",
    "Passage": "rag.paper",
    "RagError": "rag.errors",
    "Settings": "rag.settings",
    "Verdict": "rag.answer",
}

__version__ = VERSION
__all__ = [
    "Answer",
    "Assistant",
    "CheckReport",
    "Citation",
    "Claim",
    "Conversation",
    "Event",
    "Hit",
    "IngestReport",
    "Paper",
    "Passage",
    "RagError",
    "Settings",
    "Verdict",
    "ask",
]


def ask(question: str) -> Answer:
    """Answer one question from the default library, else from the bundled notes. See :meth:`Assistant.ask`."""
    from rag.assistant import Assistant

    with Assistant.open() as assistant:
        return assistant.ask(question)


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(importlib.import_module(_HOME[name]), name)
    raise AttributeError(f"module 'rag' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
