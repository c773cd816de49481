"""The shape of a reader: a new format is one file that defines one ``Reader``, and one entry in ``formats.py``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from rag.corpus.record import RawRecord
from rag.paper import Rejection


class Reader(NamedTuple):
    """One format.

    ``sniff(head, path)`` gives 0 (certainly not) to 100 (certainly) from the first characters of a file; ``read(text,
    file)`` yields a record or a rejection for everything that it meets, in the order of the file, and raises nothing
    for any text. ``suffixes`` are lower case with their dot.
    """

    name: str
    description: str
    suffixes: tuple[str, ...]
    sniff: Callable[[str, Path], int]
    read: Callable[[str, str], Iterator[RawRecord | Rejection]]
