"""The page of trending papers, copied as text: under a banner, a line of title and a line of abstract in turn."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from rag.corpus.layout import read_blocks
from rag.corpus.reader import Reader
from rag.corpus.record import RawRecord
from rag.paper import Rejection

_BANNER: Final = re.compile(r"get trending papers in your email inbox", re.IGNORECASE)
_OTHER_TEXT: Final = re.compile(r"^\s*(?:[{<@#]|\[\s*[{\"]|(?:import|from|def|class|return)\s)", re.MULTILINE)
_SURE_WORDS: Final = 40


def sniff(head: str, path: Path) -> int:
    """Sure of the banner; else of a plain text file most of whose titles have an abstract of some length."""
    blocks = [block for block in read_blocks(head) if block.title and block.abstract]
    if not blocks:
        return 0
    if _BANNER.search(head):
        return 60
    if path.suffix.lower() not in READER.suffixes or _OTHER_TEXT.search(head):
        return 0
    long = sum(len(block.abstract.split()) >= _SURE_WORDS for block in blocks)
    return 30 if 2 * long > len(blocks) else 0


def read(text: str, file: str) -> Iterator[RawRecord | Rejection]:
    """Title and abstract; this layout gives nothing else."""
    for block in read_blocks(text):
        yield RawRecord(title=block.title, abstract=block.abstract, file=file, line=block.line)


READER: Final = Reader("pages", "a page of trending papers copied as text", (".txt", ".text", ""), sniff, read)
