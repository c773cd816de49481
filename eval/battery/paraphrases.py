"""Light changes that leave a sentence true: who refuses one of them raises a false alarm."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping
from typing import Final

from eval.battery.mutations import lower_first
from eval.battery.words import FIGURES, FRAMES, WORDINGS

Paraphrase = Callable[[str, random.Random], str | None]
_BRACKETS: Final = re.compile(r" \((?!\d\))[^()]{2,80}\)")
_FRONTED: Final = re.compile(
    r"^(?P<front>(?:On|In|With|Over|Across|For|Under|Against) [^,;]{3,60}), "
    r"(?P<rest>(?:[A-Z]|the |an? |its |their )[^,;]{15,})\.$"
)
_TAIL: Final = re.compile(r"^(?P<kept>[^,;:]{40,}?), and (?P<tail>[^,;:]{15,})\.$")


def other_wording(text: str, rng: random.Random) -> str | None:
    """One or two words become others that mean the same."""
    usable = [(pattern, new) for pattern, new in WORDINGS if re.search(pattern, text)]
    changed = text
    for pattern, new in rng.sample(usable, min(len(usable), rng.choice((1, 2)))):
        changed = re.sub(pattern, new, changed, count=1)
    # Two replacements may undo one another ("reduces", "lowers").
    return None if changed == text else changed


def other_figures(text: str, rng: random.Random) -> str | None:
    """The same figure is written in another way."""
    usable = [(p, new) for p, new in FIGURES if p.search(text)]
    if not usable:
        return None
    pattern, new = rng.choice(usable)
    return pattern.sub(new, text, count=1)


def less_said(text: str, _rng: random.Random) -> str | None:
    """What stands in brackets, or after ", and", is left out: the rest still holds."""
    if _BRACKETS.search(text):
        return _BRACKETS.sub("", text, count=1)
    match = _TAIL.match(text)
    # "either", "both" and "between" need what follows; "not" may govern both halves.
    if match is None or re.search(r"\b(?:either|both|between|neither|not|no|without)\b", match["kept"]):
        return None
    return match["kept"] + "."


def other_order(text: str, _rng: random.Random) -> str | None:
    """What stands in front of the sentence goes to its end."""
    match = _FRONTED.match(text)
    if match is None:
        return None
    rest, front = match["rest"], match["front"]
    coined = re.search(r"[A-Z]", rest.split()[0]) is not None
    return f"{rest if coined else rest[:1].upper() + rest[1:]} {front[:1].lower()}{front[1:]}."


def framed(text: str, rng: random.Random) -> str | None:
    """The sentence is attributed to its authors."""
    return rng.choice(FRAMES).format(lower_first(text))


PARAPHRASES: Final[Mapping[str, Paraphrase]] = {
    "wording": other_wording, "figures": other_figures, "less": less_said, "order": other_order, "framed": framed,
}  # fmt: skip
