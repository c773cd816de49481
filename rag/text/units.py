"""Units of quantities: their spellings, and the canonical unit that each is turned into."""

from __future__ import annotations

import re
from typing import Final

_PREFIX: Final = {"": 1.0, "k": 1e3, "m": 1e6, "g": 1e9, "t": 1e12, "p": 1e15, "e": 1e18}
_PREFIX_WORD: Final = {"kilo": 1e3, "mega": 1e6, "giga": 1e9, "tera": 1e12, "peta": 1e15, "exa": 1e18}
_SECONDS: Final = {
    "ns": 1e-9, "nanosecond": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "microsecond": 1e-6, "ms": 1e-3,
    "millisecond": 1e-3, "s": 1.0, "sec": 1.0, "second": 1.0, "min": 60.0, "minute": 60.0, "h": 3600.0, "hr": 3600.0,
    "hour": 3600.0, "day": 86400.0, "week": 604800.0, "month": 2629800.0, "year": 31557600.0,
}  # fmt: skip

PATTERN: Final = (
    r"\\?%|per\s?cent\b|percentage\s+points?\b|points?\b|pp\b|\\?times\b|\\times\b|[xX×](?![A-Za-z])|-?fold\b"
    r"|[KMGTPE]i?B(?:/s|ps)?\b|[KMGTP]b(?:/s|ps|it(?:/s)?)?\b|[kmgt]b(?:ps|/s)\b|(?:kilo|mega|giga|tera|peta|exa)(?:byte|bit)s?\b|bytes?\b|bits?\b"
    r"|(?:peta|tera|giga|exa|[KMGTPE])?(?:FLOPS?|flops?)(?:/s)?\b|[kMG]?Hz\b|[kMm]?[WJ]\b"
    r"|nanoseconds?\b|microseconds?\b|milliseconds?\b|seconds?\b|minutes?\b|hours?\b|days?\b|weeks?\b|months?\b|years?\b"
    r"|[nuµμm]s\b|s\b|sec\b|min\b|hrs?\b|h\b"
)
"""Matches any unit, to be compiled without regard to case."""


def canonical_unit(text: str) -> tuple[float, str]:
    """(factor to the canonical unit, its name)."""
    raw = text.strip().lstrip("-").lstrip("\\")
    low = re.sub(r"\s+", " ", raw.lower())
    if not raw:
        return 1.0, ""
    if low in {"%", "percent", "per cent", "pp"} or "point" in low:
        return 1.0, "%"
    if low in {"times", "x", "×", "fold"}:
        return 1.0, "x"
    if low in _SECONDS or low.rstrip("s") in _SECONDS:
        return _SECONDS.get(low) or _SECONDS[low.rstrip("s")], "second"
    return _technical_unit(raw, low)


def _technical_unit(raw: str, low: str) -> tuple[float, str]:
    rate = "/s" if low.endswith(("/s", "ps")) and "flops" not in low else ""
    prefix = next((f for word, f in _PREFIX_WORD.items() if low.startswith(word)), None)
    factor = prefix or (
        _PREFIX[low[0]] if low[0] in _PREFIX and len(low) > 1 and low[:4] not in {"bits", "byte"} else 1.0
    )
    if "flop" in low:
        return (factor if not low.startswith("flop") else 1.0), "flop/s" if low.endswith("/s") else "flop"
    if low.endswith("hz"):
        return (factor if len(low) > 2 else 1.0), "hertz"
    if low.endswith(("w", "j")):
        small = 1e-3 if raw[0] == "m" else (factor if len(low) > 1 else 1.0)
        return small, "watt" if low.endswith("w") else "joule"
    if low.startswith("byte"):
        return 1.0, "byte"
    if low.startswith("bit"):
        return 1.0, "bit"
    if prefix is None and raw[1:2] == "i":
        factor = 1024.0 ** ("kmgtpe".index(low[0]) + 1)
    is_bit = "bit" in low or (len(raw) > 1 and raw[1] == "b" and prefix is None)
    return factor, ("bit" if is_bit else "byte") + rate
