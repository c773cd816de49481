"""The judges that eval can score with, by name, and the mark on figures of a judge that is not independent.

All stand behind :class:`rag.grounding.Judge`: those of :data:`JUDGES`, a local cross-encoder as ``onnx:FOLDER``, and
every other name is taken for a model on an OpenAI-compatible server.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from rag.answer import Answer
from rag.errors import InputError
from rag.grounding import Judge, LLMJudge, OfflineJudge
from rag.grounding.calibration import FILE
from rag.grounding.choose import ONNX, make_judge
from rag.paper import Record

if TYPE_CHECKING:
    from eval.model import Model
    from rag.settings import Settings

OFFLINE: Final = "offline"
JUDGES: Final[dict[str, Callable[[], Judge]]] = {OFFLINE: OfflineJudge}
"""Judges that need no server, by the name that ``--judge`` takes."""

Relation = Literal["independent", "self-scored", "same model"]
"""What a judge has to do with the answers it scores: nothing; it has repaired or dropped claims of them; its model has
written them."""


class JudgeFacts(Record):
    """What identifies a judge in a record. Figures of judges that differ in any of these are not compared.

    ``calibration`` is the sha256 of the offline judge's fitted file and ``fitted_on`` what that was fitted on;
    ``prompt`` the label and hash of a model's prompt; ``host`` the machine that claims and texts are sent to.
    """

    name: str
    calibration: str | None = None
    fitted_on: str | None = None
    prompt: str | None = None
    host: str | None = None


class Opened(NamedTuple):
    """A judge ready to be asked; ``model`` is what stands behind it, None for a judge that needs no server."""

    judge: Judge
    facts: JudgeFacts
    model: Model | None


def open_judge(
    name: str, settings: Settings, *, cache: Path | None = None, replay: bool = False, budget: float | None = None
) -> Opened:
    """The judge of this name: one of :data:`JUDGES`, or else a model.

    Args:
        name: "offline", "onnx:FOLDER", or a model name as the server knows it ("auto" for that of the settings).
        settings: says where the server is and holds the key.
        cache: folder of recorded replies.
        replay: answer from that folder alone; neither key nor network is needed.
        budget: cap in money.

    Raises:
        InputError: no model of this name can be asked, or options contradict each other.
    """
    if name in JUDGES or name.startswith(ONNX):
        if cache is not None or replay or budget is not None:
            raise InputError(f"the judge {name} asks no model", "Leave out --cache, --replay and --budget")
        judge = JUDGES[name]() if name in JUDGES else make_judge(name, settings, lambda: None)
        return Opened(judge, describe(judge), None)
    from eval.model import open_model

    model = open_model(name, settings, cache=cache, replay=replay, budget=budget)
    if model is None:
        raise InputError(f"there is no judge {name!r}", f"Use {', '.join(JUDGES)}, onnx:FOLDER, or the name of a model")
    judge = LLMJudge(model.client, model=model.client.name)
    return Opened(judge, describe(judge, host=model.described()["host"]), model)


def describe(judge: Judge, *, host: str | None = None) -> JudgeFacts:
    """What identifies this judge."""
    if isinstance(judge, OfflineJudge):
        raw = files("rag.grounding").joinpath("data", FILE).read_bytes()
        digest = hashlib.sha256(raw).hexdigest()
        return JudgeFacts(name=judge.name, calibration=digest, fitted_on=json.loads(raw).get("fitted_on"))
    if isinstance(judge, LLMJudge):
        from prompts import load

        return JudgeFacts(name=judge.name, prompt=load("judge").digest, host=host)
    return JudgeFacts(name=judge.name)


def relation(judge: str, answers: Iterable[Answer]) -> Relation:
    """What the judge of this name has to do with these answers.

    "self-scored" where its name stands in a verdict of theirs, or among their models as the judge: the answer was
    repaired until this very judge was content, so its praise means nothing (EVAL.md 3.8: ALCE's rerank gained 4.6 that
    way). Versions of one judge count as that judge. "same model" where its model has written them.
    """
    family, model = _family(judge), _model(judge)
    found: Relation = "independent"
    for answer in answers:
        names = {answer.models.get("judge", "")}
        for claim in (*answer.claims, *answer.dropped):
            names |= {claim.verdict.judge, *(c.verdict.judge for c in claim.citations)}
        if family in {_family(name) for name in names}:
            return "self-scored"
        if model is not None and answer.models.get("writer") == model:
            found = "same model"
    return found


def marked(metric: str, judge: str, answers: Iterable[Answer]) -> str:
    """The name under which a figure by this judge may be shown: with its mark unless the judge is independent."""
    mark = relation(judge, answers)
    return metric if mark == "independent" else f"{metric}({mark})"


def _family(judge: str) -> str:
    """A judge's name without its version."""
    return judge.rpartition("@")[0] or judge


def _model(judge: str) -> str | None:
    """The model in "<model>/judge@1" (a model's own name may hold slashes); None for a judge without one."""
    return _family(judge).rpartition("/")[0] or None
