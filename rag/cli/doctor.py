"""``rag doctor``: what is set up, and what is wrong."""

from __future__ import annotations

import re
import sys
from importlib.metadata import PackageNotFoundError, version

import click

from rag import __version__
from rag.cli.options import Given, gathered, json_option, library_options, open_assistant
from rag.errors import MissingDependencyError, RagError
from rag.settings import Settings

_PACKAGES = ("chromadb", "llama-index-core", "openai", "gradio", "tiktoken", "tantivy")


@click.command()
@json_option
@library_options
@gathered
def doctor(as_json: bool, opening: Given) -> int:
    """Say what is set up, and what is wrong. Exits with 1 where something is."""
    import json

    problems: list[str] = []
    facts: dict[str, object] = {"groundwork": __version__, "python": sys.version.split()[0]}
    packages = {name: _installed(name, problems) for name in _PACKAGES}
    facts["packages"] = {**packages, "wordllama": _optional("wordllama")}
    with open_assistant(**opening, quiet=as_json) as assistant:
        held = assistant.library
        rows, lexical = held.store.count(), held.lexical.size
        if rows != lexical:
            problems.append(f"the store holds {rows} passages, the lexical index {lexical}: run rag reindex")
        expected = sum(len(held.passages(p.id)) for p in held.papers())
        if rows != expected:
            problems.append(f"the papers have {expected} passages, the store holds {rows}: run rag reindex")
        facts["embedder"] = _about(held.embedder.name)
        client = assistant.model()
        facts["library"] = {**held.describe(), "folder": str(held.location.folder), "passages": rows}
        facts["answers"] = f"written by {client.name} at {client.host}" if client else "extractive, no network"
        try:
            facts["judge"] = assistant.judge.name
        except RagError as error:
            facts["judge"] = None
            problems.append(str(error))
        facts["settings"] = {k: _without_login(v) for k, v in assistant.settings.public().items()}
    facts["problems"] = problems
    if as_json:
        print(json.dumps(facts, ensure_ascii=False))
    else:
        for key, value in facts.items():
            if isinstance(value, dict):
                print(f"{key}:")
                for k, v in value.items():
                    print(f"  {k}: {v}")
            elif key != "problems":
                print(f"{key}: {value}")
        print("\n".join(f"problem: {p}" for p in problems) or "no problem found")
    return 1 if problems else 0


def _about(embedder: str) -> str:
    """Which embedder the library has, and why where it is not the best one that is free."""
    from rag.library import make_embedder
    from rag.library.latent_embedder import NAME

    if embedder != NAME:
        return embedder
    try:
        make_embedder("wordllama", Settings())
    except MissingDependencyError as missing:
        return (
            f"{embedder}: latent semantics of the library's own texts, because WordLlama cannot be imported "
            f"({missing.__cause__}); {missing.remedy}, then: rag reindex --embedder wordllama"
        )
    return f"{embedder}: latent semantics of the library's own texts; for WordLlama: rag reindex --embedder wordllama"


def _without_login(value: object) -> object:
    """An address without the user and password that may stand in it; anything else as it is."""
    return re.sub(r"(?<=://)[^/@]*@", "", value) if isinstance(value, str) else value


def _optional(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _installed(name: str, problems: list[str]) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        problems.append(f"{name} is not installed: pip install {name}")
        return None
