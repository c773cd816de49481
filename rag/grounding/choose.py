"""Which judge: offline, the language model, or a local cross-encoder in a folder of the user's, by one setting."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from rag.errors import SettingsError
from rag.grounding.judge import Judge
from rag.grounding.offline import OfflineJudge
from rag.settings import Settings

if TYPE_CHECKING:
    from rag.llm import ModelClient

OFFLINE: Final = "offline"
LLM: Final = "llm"
ONNX: Final = "onnx:"
KNOWN: Final = "offline, llm or onnx:FOLDER"


def make_judge(choice: Any, settings: Settings, model: Callable[[], ModelClient | None]) -> Judge:
    """The judge of this name, or the one given.

    Args:
        choice: "offline"; "llm"; "onnx:FOLDER" (see :mod:`rag.grounding.cross_encoder`); anything with ``judge`` or
            ``ajudge``; None = the setting.
        settings: say which language model, and whether the network may be used.
        model: gives the client of the assistant's own model, None where answers are extractive.

    Raises:
        SettingsError: the name is none of these, or "llm" is asked for and no model can be.
        InputError, MissingDependencyError: the folder holds no cross-encoder that can be used.
    """
    wanted = settings.judge if choice is None else choice
    if not isinstance(wanted, str):
        if not (hasattr(wanted, "judge") or hasattr(wanted, "ajudge")):
            raise SettingsError(f"{type(wanted).__name__} is no judge", f"Give {KNOWN}, or an object with judge()")
        judge: Judge = wanted
        return judge
    name = wanted.strip()
    if name == OFFLINE:
        return OfflineJudge()
    if name == LLM:
        return _llm_judge(settings, model)
    if name.startswith(ONNX) and len(name) > len(ONNX):
        from rag.grounding.cross_encoder import CrossEncoderJudge

        return CrossEncoderJudge(name[len(ONNX) :])
    raise SettingsError(f"judge is {name!r}", f"Use {KNOWN}")


def _llm_judge(settings: Settings, model: Callable[[], ModelClient | None]) -> Judge:
    from rag.grounding.llm_judge import LLMJudge
    from rag.llm import resolve_llm, why_extractive

    # Extractive answers may still be judged by a model: --llm off says who writes, not who judges.
    client = model() or resolve_llm(settings.model, settings)
    if client is None:
        reason = why_extractive(settings.model, settings) or "no model is set"
        raise SettingsError(
            f"the llm judge needs a model: {reason}", "Set OPENAI_API_KEY or OPENAI_BASE_URL, or use --judge offline"
        )
    return LLMJudge(client, model=client.name)
