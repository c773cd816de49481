"""LaTeX source as a shadow of equal length: commands blanked, their text kept, environments without prose left out.

This is no TeX: it reads what people write in related-work sections. What it does not know loses its backslash name and
keeps its text.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, NamedTuple

from rag.checking.records import SkippedKind

_SIGNS: Final = re.compile(
    r"\\(?:documentclass|usepackage|begin\{|section\b|subsection\b|paragraph\b|bibitem|[a-zA-Z]*cite[a-zA-Z]*\*?[\[{])"
)
_ENVIRONMENTS: Final[dict[str, SkippedKind]] = {
    **dict.fromkeys(("figure", "wrapfigure", "tikzpicture", "teaserfigure"), "figure"),
    **dict.fromkeys(("table", "tabular", "tabularx", "longtable", "wraptable"), "table"),
    **dict.fromkeys(("equation", "align", "gather", "multline", "eqnarray", "displaymath", "math"), "mathematics"),
    **dict.fromkeys(("verbatim", "lstlisting", "minted", "algorithm", "algorithmic", "algorithm2e"), "code"),
    "comment": "comment",
    "thebibliography": "references",
}  # fmt: skip
_COMMENT: Final = re.compile(r"(?<!\\)%[^\n]*")
_HEADING: Final = re.compile(
    r"\\(?:part|chapter|(?:sub){0,2}section|title|author|date|caption)\*?(?:\[[^\]\n]*\])?\{((?:[^{}]|\{[^{}]*\})*)\}"
)
_RUN_IN: Final = re.compile(r"\\(?:sub)?paragraph\*?\{((?:[^{}]|\{[^{}]*\})*)\}")
_DISPLAY: Final = re.compile(r"\$\$.*?\$\$|\\\[.*?\\\]", re.S)
_BEGIN_END: Final = re.compile(r"\\(begin|end)\{([a-zA-Z]+\d?)\*?\}")
_BIBITEM: Final = re.compile(r"\\bibitem(?:\[[^\]\n]*\])?\{[^{}\n]*\}[^\\]*(?:\\(?!bibitem|end\{the)[^\\]*)*")
CITE: Final = re.compile(r"\\(?:[A-Za-z]*cite[A-Za-z]*)\*?((?:\[[^\]]*\]){0,2})\{([^{}]+)\}")
# Their argument is no prose.
_GONE: Final = re.compile(
    r"\\(?:label|ref|eqref|autoref|cref|Cref|pageref|footnotemark|vspace|hspace|includegraphics|input|include|"
    r"bibliography|bibliographystyle|addbibresource|usepackage|documentclass|begin|end|url|footnote|thanks|item)\b"
    r"\*?(?:\[[^\]\n]*\])*(?:\{(?:[^{}]|\{[^{}]*\})*\})*"
)
_TIMES: Final = re.compile(r"\$?\s?\\times\b\s?\$?")
_COMMAND: Final = re.compile(r"\\[A-Za-z]+\*?")


class Latex(NamedTuple):
    """``skipped`` holds (kind, start, end); ``references`` the places of \\bibitem entries."""

    shadow: str
    skipped: list[tuple[SkippedKind, int, int]]
    references: list[tuple[int, int]]


def is_latex(text: str) -> bool:
    """Whether commands of LaTeX stand in it."""
    return bool(_SIGNS.search(text))


def latex_shadow(text: str) -> Latex:
    """The prose of LaTeX source at its own offsets; a citation stays as it is written, for others to read."""
    skipped: list[tuple[SkippedKind, int, int]] = []
    references: list[tuple[int, int]] = []
    shadow = _COMMENT.sub(lambda m: " " * len(m.group()), text)
    for kind, start, end in _environments(shadow):
        if kind == "references":
            references += [m.span() for m in _BIBITEM.finditer(shadow, start, end)]
        skipped.append((kind, start, end))
    shadow = _cut(shadow, skipped)

    def dropped(kind: SkippedKind) -> Callable[[re.Match[str]], str]:
        def drop(match: re.Match[str]) -> str:
            skipped.append((kind, match.start(), match.end()))
            return _apart(match.group())

        return drop

    shadow = _DISPLAY.sub(dropped("mathematics"), shadow)
    shadow = _HEADING.sub(dropped("heading"), shadow)
    shadow = _RUN_IN.sub(dropped("heading"), shadow)
    return Latex(_plain(shadow), sorted(skipped, key=lambda s: s[1:]), references)


def _environments(shadow: str) -> list[tuple[SkippedKind, int, int]]:
    """What is no prose: the outermost environments of such a kind, and all outside of the document."""
    found: list[tuple[SkippedKind, int, int]] = []
    opened: tuple[str, SkippedKind, int] | None = None
    depth = 0
    for match in _BEGIN_END.finditer(shadow):
        begins, name = match.group(1) == "begin", match.group(2)
        if name == "document" and opened is None:
            found.append(("preamble", *((0, match.end()) if begins else (match.start(), len(shadow)))))
        elif opened is None and begins and name in _ENVIRONMENTS:
            opened, depth = (name, _ENVIRONMENTS[name], match.start()), 1
        elif opened is not None and name == opened[0]:
            depth += 1 if begins else -1
            if depth == 0:
                found.append((opened[1], opened[2], match.end()))
                opened = None
    if opened is not None and opened[1] == "references":
        found.append((opened[1], opened[2], len(shadow)))
    return found


def _cut(shadow: str, parts: list[tuple[SkippedKind, int, int]]) -> str:
    pieces: list[str] = []
    at = 0
    for _, start, end in sorted(parts, key=lambda p: p[1:]):
        if start >= at:
            pieces += [shadow[at:start], _apart(shadow[start:end])]
            at = end
    return "".join([*pieces, shadow[at:]])


def _apart(text: str) -> str:
    """Blank, with a blank line in it where there is room: what stands before and behind is not one sentence."""
    blank = re.sub(r"[^\n]", " ", text)
    return f"\n{blank[1:-1]}\n" if len(blank) >= 2 else blank


def _plain(shadow: str) -> str:
    """Markup blanked where it stands, so that nothing moves."""

    def blank(match: re.Match[str]) -> str:
        return re.sub(r"[^\n]", " ", match.group())

    kept = [(m.start(), m.group()) for m in CITE.finditer(shadow)]
    shadow = CITE.sub(blank, shadow)
    shadow = _TIMES.sub(lambda m: "x".ljust(len(m.group())), shadow)
    shadow = _GONE.sub(blank, shadow)
    shadow = re.sub(r"\\([%&$#_])", r"\1 ", shadow)
    shadow = re.sub(r"\\[,;:! ]", "  ", shadow)
    shadow = _COMMAND.sub(blank, shadow)
    shadow = re.sub(r"[{}$~]", " ", shadow)
    shadow = re.sub(r"``|''", '" ', shadow)
    signs = list(shadow)
    for start, marker in kept:
        signs[start : start + len(marker)] = marker
    return "".join(signs)
