"""Which papers of the library a sentence names: by the system's name, or by the title."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, NamedTuple

from rag.answering.naming import short_name
from rag.answering.question import names_in
from rag.checking.references import Shelfmark, title_in
from rag.paper import Paper

_LEAST_NAME: Final = 2
_WORD: Final = re.compile(r"[^\W_](?:[\w*+.-]*[\w*+])?")
# A name that is an English word too counts only where it does not open the sentence, or verbs follow as on a system.
_AFTER_NAME: Final = re.compile(
    r"\s+(?:\w+ly\s+)?(?:is|was|are|has|can|also|and|does|\w{2,}(?:[^s\W]s|ses|zes))\b|'s\b|’s\b|\s*[,(\[\\]"
)


class Mention(NamedTuple):
    """A paper named at text[start:end]."""

    start: int
    end: int
    paper: Paper


class Names:
    """The names of a library's papers. Build once per check."""

    def __init__(self, papers: Iterable[Paper], shelf: Shelfmark) -> None:
        self._shelf = shelf
        self._papers: dict[str, Paper] = {}
        twice: set[str] = set()
        for paper in papers:
            for name in _names_of(paper):
                if name in self._papers and self._papers[name].id != paper.id:
                    twice.add(name)
                self._papers[name] = paper
        for name in twice:  # what two papers are called singles out neither
            del self._papers[name]
        self._longest = max((len(n.split()) for n in self._papers), default=0)

    def paper(self, name: str) -> Paper | None:
        """The paper of this name."""
        return self._papers.get(name)

    def find(self, text: str, start: int, end: int) -> list[Mention]:
        """The papers named in text[start:end], each once, in order."""
        found: dict[str, Mention] = {}
        words = list(_WORD.finditer(text, start, end))
        for i, first in enumerate(words):
            for n in range(min(self._longest, len(words) - i), 0, -1):
                last = words[i + n - 1]
                name = text[first.start() : last.end()].rstrip(".")
                paper = self._papers.get(name) or self._papers.get(re.sub(r"['’]s$", "", name))
                if paper is None or not _is_meant(name, text, last.end(), opens=i == 0):
                    continue
                found.setdefault(paper.id, Mention(first.start(), last.end(), paper))
                break
        titled = title_in(text[start:end], self._shelf) if end - start >= 20 else None
        if titled is not None and titled.id not in found:
            found[titled.id] = Mention(start, end, titled)
        return sorted(found.values(), key=lambda m: (m.start, m.end))


def _names_of(paper: Paper) -> list[str]:
    name = short_name(paper)
    if name == paper.title or name.endswith(" ...") or len(name) < _LEAST_NAME:
        return []
    # "TPI-LLM" and "APE-Bench I": a number of a series may be left out.
    return list(dict.fromkeys((name, re.sub(r"\s+[IVX]+$", "", name))))


def _is_meant(name: str, text: str, end: int, *, opens: bool) -> bool:
    if names_in(name) or any(c in name for c in "*+-") or " " in name or any(c.isdigit() for c in name):
        return True
    if not name[:1].isupper():
        return False
    return not opens or bool(_AFTER_NAME.match(text, end))
