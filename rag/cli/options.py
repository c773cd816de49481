"""Options that several verbs share, and how they become an assistant."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from rag.errors import InputError
from rag.settings import Settings

if TYPE_CHECKING:
    from rag.assistant import Assistant
    from rag.llm_open import OpenedModel

F = TypeVar("F", bound=Callable[..., Any])
R = TypeVar("R")
Given = dict[str, Any]
"""Options as keyword arguments, see :func:`gathered`."""

_FILTERS = ("since", "until", "organisations", "sources", "papers", "dated_only")
_OPENING = ("library", "embedder", "offline", "llm", "judge")


def stack(*options: Callable[[F], F]) -> Callable[[F], F]:
    """Several options as one decorator; the help lists them in this order."""

    def apply(command: F) -> F:
        for option in reversed(options):
            command = option(command)
        return command

    return apply


library_options = stack(
    click.option("--library", metavar="PATH", help="Library folder, or chroma+http://host:port/name."),
    click.option("--embedder", metavar="NAME", help="auto (default: wordllama, else latent), minilm or openai."),
    click.option("--offline", is_flag=True, help="Never use the network, whatever else is set."),
)
model_options = stack(
    click.option("--llm", metavar="auto|off|MODEL", help="auto: written answers when a key or a base URL is set."),
)
judge_options = stack(
    click.option("--judge", metavar="NAME", help="offline (default), llm, or onnx:FOLDER for a local cross-encoder."),
)
explain_option = click.option("--explain", is_flag=True, help="The judge's reason under every claim.")
filter_options = stack(
    click.option("--since", type=int, metavar="YEAR", help="Papers of this year or later."),
    click.option("--until", type=int, metavar="YEAR", help="Papers of this year or earlier."),
    click.option(
        "--organisation",
        "organisations",
        multiple=True,
        metavar="TEXT",
        help="Papers of this organisation, in any case; may be repeated.",
    ),
    click.option(
        "--source",
        "sources",
        multiple=True,
        metavar="FILE",
        help="Papers from this file, or from *.bib; may be repeated.",
    ),
    click.option("--paper", "papers", multiple=True, metavar="ID", help="Only this paper; may be repeated."),
    click.option("--dated-only", is_flag=True, help="Leave out papers without a date."),
)
cache_options = stack(
    click.option(
        "--cache",
        type=click.Path(file_okay=False, path_type=Path),
        metavar="FOLDER",
        help="Take the model's replies from here where they are recorded, and record the others.",
    ),
    click.option("--replay", is_flag=True, help="Take them from --cache alone; nothing is sent."),
)
budget_option = click.option(
    "--budget",
    type=float,
    metavar="MONEY",
    help="Stop before the model costs more; needs RAG_PRICE_IN and RAG_PRICE_OUT.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output.")
most_option = click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="Most papers.")


def gathered(command: Callable[..., R]) -> Callable[..., R]:
    """The shared blocks of options as one argument each, whichever of them stand above this decorator.

    ``filters`` (where the command has :data:`filter_options`) are keyword arguments of the assistant's verbs;
    ``opening`` those of :func:`open_assistant`: which library, embedder, model and judge.
    """

    @wraps(command)
    def call(**given: Any) -> R:
        opening = {name: given.pop(name) for name in _OPENING if name in given}
        if set(_FILTERS) <= given.keys():
            given["filters"] = _filters(**{name: given.pop(name) for name in _FILTERS})
        return command(opening=opening, **given)

    return call


def _filters(organisations: tuple[str, ...], sources: tuple[str, ...], papers: tuple[str, ...], **plain: Any) -> Given:
    """What was not given at all is None; an empty choice would leave no paper."""
    chosen = {"organisation": list(organisations), "source": list(sources), "papers": list(papers)}
    return {**plain, **{name: values or None for name, values in chosen.items()}}


def make_settings(**options: Any) -> Settings:
    """Settings from the environment with a verb's options over them; a flag that is not given changes nothing."""
    return Settings.from_env(**{k: v for k, v in options.items() if v is not None and v is not False})


def open_assistant(
    library: str | None,
    embedder: str | None,
    offline: bool,
    *,
    llm: str | None = None,
    for_writing: bool = False,
    quiet: bool = False,
    **more: Any,
) -> Assistant:
    """Open the assistant that a verb works with; a first indexing of the bundled notes shows its progress."""
    from rag.assistant import Assistant
    from rag.cli.output import progress_bar

    settings = make_settings(offline=offline, llm=llm, **more)
    with progress_bar(enabled=not quiet) as progress:
        return Assistant.open(library, embedder=embedder, settings=settings, for_writing=for_writing, progress=progress)


def around_model(
    assistant: Assistant, cache: Path | None, *, replay: bool = False, budget: float | None = None
) -> tuple[Assistant, OpenedModel | None]:
    """The same assistant with recorded replies and a cap around its model, where any were asked for.

    Raises:
        InputError: there is no model to put them around, or they contradict each other.
    """
    if cache is None and not replay and budget is None:
        return assistant, None
    from rag.assistant import Assistant
    from rag.llm import why_extractive
    from rag.llm_open import open_client

    opened = open_client("auto", assistant.settings, cache=cache, replay=replay, budget=budget)
    if opened is None:
        why = why_extractive("auto", assistant.settings)
        raise InputError(f"there is no model to record, replay or hold to a budget: {why}", "Name one with --llm MODEL")
    same = Assistant(assistant.library, llm=opened.client, judge=assistant.judge, settings=opened.settings)
    return same, opened


def announce_model(assistant: Assistant) -> None:
    """One line on stderr: what leaves this machine, or how to get written answers."""
    announce_judge(assistant)
    client = assistant.model()
    if client is not None and any(getattr(a, "replay", False) for a in client.around):
        print(f"replaying recorded replies of {client.name}; nothing is sent", file=sys.stderr)
    elif client is not None:
        local = re.match(r"(?:localhost|127\.[\d.]+|::1)(?::\d+)?$", client.host)
        where = "stay on this machine" if local else "leave this machine"
        print(f"writing with {client.name} at {client.host}; questions and abstracts {where}", file=sys.stderr)
    elif not assistant.settings.offline and assistant.settings.llm == "auto":
        print(
            "extractive answer; for a written one set OPENAI_API_KEY, or OPENAI_BASE_URL for your own server",
            file=sys.stderr,
        )


def announce_judge(assistant: Assistant) -> None:
    """One line on stderr where claims and abstracts go to a model to be judged."""
    from rag.grounding import LLMJudge

    if isinstance(assistant.judge, LLMJudge):
        print(f"judging with {assistant.judge.name}; claims and abstracts are sent to it", file=sys.stderr)
