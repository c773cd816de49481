"""The same question in other words: by program, without synonyms, and by hand.

A program that finds nothing to change returns the question as it is; such cases are left out of that condition and
counted.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable
from importlib import resources
from pathlib import Path
from typing import Final

from eval.cases import Case
from eval.jsonl import read_lines
from rag.errors import InputError

Rewrite = Callable[[str, random.Random], str]

_POLITE: Final = re.compile(
    r"^\s*(?:(?:please|hi|hello|hey)[,!]?\s+|(?:could|can|would) you (?:please )?(?:tell me|explain|say)[,:]?\s+|"
    r"i(?:'d| would) like to know[,:]?\s+)|[,\s]*(?:please|thanks|thank you)(?=\s*[.?!]*\s*$)",
    re.IGNORECASE,
)
_OPENERS: Final = ("Could you please tell me: {}", "I would like to know, {} Thank you.", "Hello, {} Please answer.")
_CLAUSE: Final = re.compile(r"\s*[,;:]\s+|\s+[-\u2013]\s+")
# Words before which a question may be cut so that what follows can stand first.
_JOINT: Final = re.compile(r"\s(?=(?:for|when|while|without|with|if|on|in|during|instead of|compared with)\s)", re.I)
_TYPO_WORD: Final = re.compile(r"(?<![\w-])[a-z]{6,}(?![\w-])")
_WORDS_PER_TYPO: Final = 8
_LEAST_PART: Final = 2


def lower_case(question: str, _rng: random.Random) -> str:
    """Everything in small letters, without the mark at the end: as typed in a hurry."""
    return re.sub(r"[\s?.!]+$", "", question).lower()


def politeness(question: str, rng: random.Random) -> str:
    """Polite words dropped where there are some, else put around the question."""
    bare = _POLITE.sub("", question).strip()
    if bare and bare != question.strip():
        return bare
    return rng.choice(_OPENERS).format(question.strip())


def reorder(question: str, _rng: random.Random) -> str:
    """The last clause first: cut at a comma, colon or dash, else before a preposition or conjunction."""
    end = re.search(r"[\s?.!]*$", question)
    mark = end.group().strip() if end else ""
    body = question[: end.start()] if end else question
    cuts = [m.span() for m in _CLAUSE.finditer(body)] or [m.span() for m in _JOINT.finditer(body)]
    cuts = [(a, b) for a, b in cuts if min(len(body[:a].split()), len(body[b:].split())) >= _LEAST_PART]
    if not cuts:
        return question
    start, stop = min(cuts, key=lambda c: abs(c[0] - len(body) / 2))
    return f"{body[stop:]}, {body[:start]}{mark}"


def typos(question: str, rng: random.Random) -> str:
    """Two neighbouring letters exchanged inside a word, once for every eight words; names and figures stay."""
    places = [m.span() for m in _TYPO_WORD.finditer(question)]
    wanted = max(1, len(question.split()) // _WORDS_PER_TYPO)
    for start, end in rng.sample(places, min(wanted, len(places))):
        inner = [i for i in range(start + 1, end - 2) if question[i] != question[i + 1]]
        if inner:
            at = rng.choice(inner)
            question = question[:at] + question[at + 1] + question[at] + question[at + 2 :]
    return question


REWRITES: Final[dict[str, Rewrite]] = {
    "lower case": lower_case, "politeness": politeness, "reordered": reorder, "typos": typos,
}  # fmt: skip


def rewritten(cases: Iterable[Case], rewrite: Rewrite, seed: int, name: str) -> list[Case]:
    """The cases whose question the rewrite changes, with the changed question; the same ones for the same seed."""
    changed = []
    for case in cases:
        question = rewrite(case.question, random.Random(f"{seed}:{name}:{case.id}"))
        if question.strip() and question != case.question:
            changed.append(case.model_copy(update={"question": question}))
    return changed


def load_paraphrases(path: str | Path) -> dict[str, str]:
    """Paraphrases by the id of their case, from a JSONL file of ``{"id": ..., "question": ...}``.

    Raises:
        InputError: no file, or a line that is no paraphrase.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"there are no paraphrases at {path}", "Name a JSONL file")
    found: dict[str, str] = {}
    for where, record in read_lines(path):
        key, question = record.get("id"), record.get("question")
        if record.keys() != {"id", "question"} or not isinstance(key, str) or not isinstance(question, str):
            raise InputError(f"{where}: not an id and a question", 'Write {"id": "...", "question": "..."}')
        if key in found or not question.strip():
            raise InputError(f"{where}: {key!r} stands there twice or asks nothing", "Correct the line")
        found[key] = question
    return found


def bundled_paraphrases() -> Path:
    """Where the hand-written paraphrases of bundled cases lie."""
    return Path(str(resources.files("eval") / "data" / "paraphrases.jsonl"))
