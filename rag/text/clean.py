"""Show a quote without the artefacts of its source. The stored text and its offsets are never touched."""

from __future__ import annotations

import re

RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\\[,;:! ]"), " "),  # LaTeX thin spaces: 1.5\,TB
    (re.compile(r"\\([%&$#_{}])"), r"\1"),  # escaped signs: 24\%
    (re.compile(r"\\(?:texttt|textbf|textit|emph|text|mathrm|mathbf|url)\{([^{}]*)\}"), r"\1"),
    (re.compile(r"(?<=\d)\s?(?:\\times|times)\b"), "x"),  # 2.15times, 7.7\times
    (re.compile(r"\bsim\s*(?=\d)"), "~"),  # sim 7.7
    (re.compile(r"\{(?:this|the|our) (?:url|link|repo|repository|https? url)\}|\bthis https? url\b", re.I), "[link]"),
    (re.compile(r"\$([^$]{1,60})\$"), r"\1"),
    (re.compile(r"(?<!\s)\s+([,.;:])"), r"\1"),
    (re.compile(r"\s{2,}"), " "),
)


def display(text: str) -> str:
    """The text as a person reads it: ``2.15times`` -> ``2.15x``, ``24\\%`` -> ``24%``, ``1.5\\,TB`` -> ``1.5 TB``."""
    for pattern, replacement in RULES:
        text = pattern.sub(replacement, text)
    return text.strip()


def lowered(text: str) -> str:
    """The text in small letters, as long as it was, so that places in it stay: several times as fast to search as it is
    to search without regard to case."""
    low = text.lower()
    if len(low) != len(text):  # a capital I with a dot becomes two characters
        low = "".join(c.lower()[0] for c in text)
    return low.replace("ſ", "s").replace("ı", "i")
