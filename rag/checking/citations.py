"""Citations as people write them: [3], [1, 4-6], [^2], \\cite{key}, [@key], (Ada and Ben, 2024), Ada et al. (2024).

A marker is a place in the text and the keys that it holds; what a key leads to is for ``references`` to say.
"""

from __future__ import annotations

import re
from typing import Final, Literal, NamedTuple

from rag.answering.question import names_in
from rag.checking.latex import CITE

KeyKind = Literal["number", "key", "author", "link"]
_MOST_IN_RANGE: Final = 50


class Key(NamedTuple):
    """One thing cited. ``value``: "3", a BibTeX key, an address or identifier, or the family name of the first author;
    ``year`` goes with the last."""

    kind: KeyKind
    value: str
    year: str | None = None


class Marker(NamedTuple):
    """A marker at text[start:end]. ``noun``: it is part of the sentence ("Ada et al. (2024) show"), not beside it."""

    start: int
    end: int
    keys: tuple[Key, ...]
    noun: bool = False


_DIGITS: Final = r"\d{1,3}(?:\s?[-–]\s?\d{1,3})?"
_NUMBERS: Final = re.compile(rf"\[\s?({_DIGITS}(?:\s?[,;]\s?{_DIGITS}){{0,40}})\s?\](?!\(|:\s)")
_FOOTNOTE: Final = re.compile(r"\[\^([\w-]{1,40})\](?!:)")
_PANDOC: Final = re.compile(r"\[[^\[\]\n@]{0,80}@[\w:.#$%&+?<>~/-]+[^\[\]\n]{0,300}\]")
_PANDOC_KEY: Final = re.compile(r"@([\w](?:[\w:.#$%&+?<>~/-]*\w)?)")
_BARE_PANDOC: Final = re.compile(r"(?<![\w@.])@([A-Za-z]\w*\d\w*)\b")
_NAME: Final = r"[A-ZÀ-ÖØ-Þ][\w'’-]+"
_AUTHORS: Final = rf"{_NAME}(?:,? (?:et al\.?|(?:and|&) (?:others|{_NAME})))?"
_YEAR: Final = r"(?:19|20)\d{2}[a-z]?"
_TEXTUAL: Final = re.compile(rf"\b({_AUTHORS}),? [(\[]({_YEAR})[)\]]")
_IN_BRACKETS: Final = re.compile(rf"[(\[][^()\[\]\n]{{0,300}}\b{_YEAR}\b[^()\[\]\n]{{0,300}}[)\]]")
_ONE: Final = re.compile(rf"\b({_AUTHORS}),? ({_YEAR})\b")
_ET_AL: Final = re.compile(rf"\b({_NAME}) et al\.?(?!\w)")
_LINK: Final = re.compile(r"\[([^\[\]\n]{1,200})\]\((https?://[^\s()]{1,500})\)")
_IDENTIFIER: Final = re.compile(
    r"\barXiv:\s?\d{4}\.\d{4,5}(?:v\d+)?|https?://(?:www\.)?(?:arxiv\.org|doi\.org|dx\.doi\.org)/[^\s()\[\]<>{},;]+|\bdoi:\s?10\.\d+/[^\s()\[\]<>{},;]+",
    re.I,
)  # fmt: skip
_NOT_AUTHORS: Final = frozenset(
    "January February March April May June July August September October November December In Since Until By From "
    "After Before Section Figure Table Chapter Early Late Mid Between During Around".split()
)


def find_markers(text: str) -> list[Marker]:
    """All markers in order; none overlaps another. Linear in the length of the text."""
    found: list[Marker] = []
    taken = bytearray(len(text))

    def add(start: int, end: int, keys: tuple[Key, ...], *, noun: bool = False) -> None:
        if keys and not any(taken[start:end]):
            taken[start:end] = b"\x01" * (end - start)
            found.append(Marker(start, end, keys, noun))

    for m in CITE.finditer(text):
        keys = tuple(Key("key", k.strip()) for k in m.group(2).split(",") if k.strip())
        add(
            m.start(),
            m.end(),
            keys,
            noun=bool(re.match(r"\\(?:[Tt]ext|[Aa]l)?cite(?:t|author|alt)|\\textcite", m.group())),
        )
    for m in _LINK.finditer(text):
        # The words of a link belong to the sentence, only its address does not.
        add(m.end(1), m.end(), (Key("link", m.group(2)),))
        taken[m.start()] = 0
    for m in _NUMBERS.finditer(text):
        add(m.start(), m.end(), tuple(Key("number", n) for n in _expanded(m.group(1))))
    for m in _FOOTNOTE.finditer(text):
        add(m.start(), m.end(), (Key("number", "^" + m.group(1)),))
    for m in _PANDOC.finditer(text):
        add(m.start(), m.end(), tuple(Key("key", k) for k in _PANDOC_KEY.findall(m.group())))
    for m in _BARE_PANDOC.finditer(text):
        add(m.start(), m.end(), (Key("key", m.group(1)),), noun=True)
    for m in _IDENTIFIER.finditer(text):
        add(m.start(), m.end(), (Key("link", m.group().rstrip(".")),))
    for m in _TEXTUAL.finditer(text):
        if m.group(1).split()[0] not in _NOT_AUTHORS and not names_in(m.group(1)):
            add(m.start(), m.end(), (_author(m.group(1), m.group(2)),), noun=True)
    for m in _IN_BRACKETS.finditer(text):
        keys = tuple(
            _author(*o.groups()) for o in _ONE.finditer(m.group()) if o.group(1).split()[0] not in _NOT_AUTHORS
        )
        add(m.start(), m.end(), keys)
    for m in _ET_AL.finditer(text):
        add(m.start(), m.end(), (Key("author", m.group(1)),), noun=True)
    return sorted(found)


def without_markers(text: str, start: int, end: int, markers: list[Marker]) -> str:
    """The sentence at text[start:end] as it is judged: without markers, authors as "the authors"."""
    parts: list[str] = []
    at = start
    for marker in markers:
        if not start <= marker.start < end:
            continue
        parts.append(text[at : marker.start])
        if marker.noun:
            parts.append("the authors" if "".join(parts).strip() else "The authors")
        at = min(marker.end, end)
    plain = " ".join("".join([*parts, text[at:end]]).split())
    return _tidy(plain)


_BLANK_BRACKETS: Final = re.compile(r"\(\s*(?:e\.g\.|see|cf\.|i\.e\.)?[\s,;]*\)")


def _tidy(text: str) -> str:
    text = _BLANK_BRACKETS.sub(" ", text)
    text = re.sub(r"\*\*|__|`|(?<!\S)[*_](?=\w)|(?<=[\w.,])[*_](?!\w)", "", text)
    text = re.sub(r"\[(?=[^\[\]]*$)", "", text)
    text = re.sub(r"\b(?:the|The) authors (?:and colleagues|the authors)\b", "the authors", text)
    text = re.sub(r"\s+([,.;:!?)])", r"\1", text)
    return re.sub(r"([(,;])\s*(?=[,;.])", "", " ".join(text.split())).strip()


def _expanded(numbers: str) -> list[str]:
    found: list[str] = []
    for piece in re.split(r"[,;]", numbers):
        low, _, high = (p.strip() for p in re.sub("–", "-", piece).partition("-"))
        if high and 0 <= int(high) - int(low) <= _MOST_IN_RANGE:
            found += [str(n) for n in range(int(low), int(high) + 1)]
        else:
            found += [n for n in (low, high) if n]
    return list(dict.fromkeys(found))


def _author(names: str, year: str) -> Key:
    return Key("author", re.split(r"[,\s]", names)[0], year)
