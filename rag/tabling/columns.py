"""What a column asks for: its name as the reader wrote it, read into a kind that says how a cell is found."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, Literal, NamedTuple

from rag.errors import InputError
from rag.text import content_terms

Kind = Literal["record", "method", "result", "baseline", "entity", "other"]
"""``record``: a field of the paper's record. ``entity``: names of a kind (hardware, data sets). ``other``: words."""

_EXAMPLE: Final = "method, result, hardware, baseline"
_MOST_COLUMNS: Final = 12


class Column(NamedTuple):
    """A column: its name, its kind, what kind of entity, record field or unit it wants, and its content terms.

    ``about`` is the field of a record, or the name of a lexicon of :mod:`rag.tabling.lexicon`; ``units`` are canonical
    units of :class:`rag.text.quantities.Quantity` that a result may have, empty for any.
    """

    name: str
    kind: Kind
    about: str
    units: frozenset[str]
    terms: frozenset[str]


_RECORD: Final = {
    "year": "year", "date": "published", "published": "published", "authors": "authors", "author": "authors",
    "organisation": "organisation", "organization": "organisation", "affiliation": "organisation", "venue": "venue",
    "url": "url", "link": "url", "doi": "doi", "title": "title", "paper": "title",
}  # fmt: skip
_ENTITY: Final = (
    ("interconnect", r"interconnects?|networks?|links?|fabrics?"),
    ("hardware", r"hardware|platforms?|devices?|gpus?|chips?|processors?|accelerators?|machines?|clusters?|testbeds?"),
    ("dataset", r"data ?sets?|benchmarks?|corpus|corpora|tasks?|workloads?|evaluated on"),
    ("model", r"models?|llms?|networks? architectures?"),
    ("framework", r"frameworks?|librar(?:y|ies)|software|languages?|compilers?|runtimes?|stack"),
)
_METHOD: Final = re.compile(
    r"\b(?:methods?|approach(?:es)?|techniques?|ideas?|systems?|contributions?|what it does|how)\b", re.I
)
_BASELINE: Final = re.compile(r"\b(?:baselines?|compared|comparison|versus|vs|against|prior work|competitors?)\b", re.I)
# Result columns: what the figure measures decides which units it may have.
_FACTOR, _SHARE = frozenset({"x", "fraction", "magnitude", "%"}), frozenset({"%", "fraction", "x", ""})
_RESULT: Final[tuple[tuple[str, frozenset[str]], ...]] = (
    (r"speed[- ]?ups?|accelerat\w*|faster|gains?|improvements?", _FACTOR),
    (r"accurac\w*|precision|recall|f1|score|pass@?\d*|success rate", _SHARE),
    (r"latenc\w*|runtimes?|time|delay", _FACTOR | {"second"}),
    (r"throughput|bandwidth", _FACTOR | {"byte/s", "bit/s", "flop/s", ""}),
    (r"energy|power|efficiency", _FACTOR | {"joule", "watt", "flop/s"}),
    (r"memory|storage|footprint|size|compression", _FACTOR | {"byte", "bit"}),
    (r"costs?|price|overheads?|reductions?|savings?", _FACTOR | {"", "second", "byte"}),
    (r"results?|findings?|performance|figures?|outcomes?|numbers?|evaluation", frozenset()),
)


def read_columns(text: str | Iterable[str]) -> tuple[Column, ...]:
    """Columns from ``"method, hardware, speedup"`` or a list of names, in their order, each once.

    Raises:
        InputError: none is named, one is empty of words, or there are more than 12.
    """
    names = text.split(",") if isinstance(text, str) else list(text)
    names = list(dict.fromkeys(" ".join(n.split()) for n in names if n.strip()))
    if not names:
        raise InputError("no column is named", f'Name some, for example "{_EXAMPLE}"')
    if len(names) > _MOST_COLUMNS:
        raise InputError(f"{len(names)} columns are more than {_MOST_COLUMNS}", "Ask for fewer at a time")
    for name in names:
        if not re.search(r"\w", name):
            raise InputError(f"{name!r} names no column", f'Name some, for example "{_EXAMPLE}"')
    return tuple(_read(n) for n in names)


def _read(name: str) -> Column:
    low, terms = name.lower(), frozenset(content_terms(name))
    if low in _RECORD:
        return Column(name, "record", _RECORD[low], frozenset(), terms)
    if _BASELINE.search(low):
        return Column(name, "baseline", "baseline", frozenset(), terms)
    for pattern, units in _RESULT:
        if re.search(rf"\b(?:{pattern})\b", low):
            return Column(name, "result", "result", units, terms)
    for about, pattern in _ENTITY:
        if re.search(rf"\b(?:{pattern})\b", low):
            return Column(name, "entity", about, frozenset(), terms)
    if _METHOD.search(low):
        return Column(name, "method", "method", frozenset(), terms)
    return Column(name, "other", "", frozenset(), terms)
