"""Prompts: one Markdown file each, with a name, a version and declared variables. A leaf: imports nothing of ours.

A file opens with front matter between ``---`` lines (``name``, ``version``, ``variables``); its text holds
``{variable}`` placeholders and doubled literal braces. Lines ``[system]`` and ``[user]`` divide it into messages;
without them it is one user message. Values are put in as they are: braces and section lines inside a value mean
nothing.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

_FOLDER = Path(__file__).parent
_TOKEN = re.compile(r"\{\{|\}\}|\{([a-z_]+)\}|[{}]")
_SECTION = re.compile(r"^\[(system|user)\]\n", re.M)


class PromptError(ValueError):
    """A prompt file is malformed or absent, or was rendered with other variables than it declares."""


@dataclass(frozen=True)
class Prompt:
    """One prompt file. ``text`` is the template without its front matter; ``sha256`` is over the whole file, in hex."""

    name: str
    version: int
    variables: tuple[str, ...]
    text: str
    sha256: str

    @property
    def label(self) -> str:
        """``name@version``."""
        return f"{self.name}@{self.version}"

    @property
    def digest(self) -> str:
        """What records keep: the label and the first 12 digits of the hash."""
        return f"{self.label} {self.sha256[:12]}"

    def messages(self, **values: str) -> tuple[tuple[str, str], ...]:
        """The rendered messages as (role, content), role being ``system`` or ``user``.

        Raises:
            PromptError: a declared variable is missing, or one is given that is not declared.
        """
        self._check(values)
        parts = _SECTION.split(self.text)
        # Split before rendering, so that a value cannot open a section of its own.
        pairs = [("user", parts[0])] if len(parts) == 1 else list(zip(parts[1::2], parts[2::2], strict=True))
        return tuple((role, _fill(template, values).strip()) for role, template in pairs)

    def render(self, **values: str) -> str:
        """The rendered text as one string, sections joined by a blank line.

        Raises:
            PromptError: a declared variable is missing, or one is given that is not declared.
        """
        return "\n\n".join(content for _, content in self.messages(**values))

    def _check(self, values: dict[str, str]) -> None:
        if missing := sorted(set(self.variables) - values.keys()):
            raise PromptError(f"prompt {self.label}: no value for {', '.join(missing)}")
        if unknown := sorted(values.keys() - set(self.variables)):
            raise PromptError(f"prompt {self.label} declares no {', '.join(unknown)}")


def _fill(template: str, values: dict[str, str]) -> str:
    # One pass over the template only: what a value contains is never looked at.
    return _TOKEN.sub(lambda m: str(values[m.group(1)]) if m.group(1) else m.group()[0], template)


def names() -> tuple[str, ...]:
    """The names of all prompts, sorted."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.md")))


@lru_cache(maxsize=64)
def load(name: str) -> Prompt:
    """The prompt of that name.

    Raises:
        PromptError: there is none, or its file is malformed.
    """
    if name not in names():
        raise PromptError(f"no prompt is called {name!r}; there are: {', '.join(names())}")
    return parse((_FOLDER / f"{name}.md").read_text(encoding="utf-8"), expected=name)


def parse(source: str, *, expected: str) -> Prompt:
    """A prompt from the text of its file.

    Raises:
        PromptError: front matter is missing or wrong, a brace stands alone, or declared and used variables differ.
    """
    match = re.match(r"---\n(.*?)\n---\n(.*)", source, re.S)
    if match is None:
        raise PromptError(f"prompt {expected}: no front matter between '---' lines")
    lines = (line.partition(":") for line in match.group(1).splitlines() if line.strip())
    meta = {key.strip(): value.strip() for key, _, value in lines}
    if meta.keys() != {"name", "version", "variables"}:
        raise PromptError(f"prompt {expected}: front matter must give name, version and variables, not {sorted(meta)}")
    if meta["name"] != expected or not meta["version"].isdigit():
        raise PromptError(f"prompt {expected}: name {meta['name']!r} or version {meta['version']!r} is wrong")
    text = match.group(2).strip() + "\n"
    tokens = list(_TOKEN.finditer(text))
    if any(t.group() in "{}" for t in tokens):
        raise PromptError(f"prompt {expected}: a single brace; write {{{{ or }}}} for a literal one")
    declared = tuple(v.strip() for v in meta["variables"].split(",") if v.strip())
    used = {t.group(1) for t in tokens if t.group(1)}
    if used != set(declared):
        raise PromptError(f"prompt {expected}: declared and used variables differ in {sorted(used ^ set(declared))}")
    return Prompt(expected, int(meta["version"]), declared, text, hashlib.sha256(source.encode()).hexdigest())


__all__ = ["Prompt", "PromptError", "load", "names", "parse"]
