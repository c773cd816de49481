"""BibTeX through bibtexparser: LaTeX decoded, names split, and every entry that cannot be read named with its line."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from bibtexparser.entrypoint import parse_string
from bibtexparser.library import Library
from bibtexparser.middlewares import (
    LatexDecodingMiddleware,
    MergeNameParts,
    NormalizeFieldKeys,
    RemoveEnclosingMiddleware,
    ResolveStringReferencesMiddleware,
    SeparateCoAuthors,
    SplitNameParts,
)
from bibtexparser.middlewares.middleware import Middleware
from bibtexparser.model import (
    Block,
    DuplicateBlockKeyBlock,
    DuplicateFieldKeyBlock,
    Entry,
    MiddlewareErrorBlock,
    ParsingFailedBlock,
)

from rag.corpus.dates import iso_date, month_number, parse_date
from rag.corpus.identity import normalise_arxiv_id
from rag.corpus.reader import Reader
from rag.corpus.record import RawRecord
from rag.paper import Rejection

_ENTRY: Final = re.compile(r"^\s*@\w+\s*[{(]\s*[^\s,{}=]+\s*,", re.MULTILINE)
_OTHER_BLOCK: Final = re.compile(r"^\s*@(?:string|preamble|comment)\s*[{(]", re.MULTILINE | re.IGNORECASE)
# Fields of prose. In the others (url, doi, eprint) a backslash or a percent sign is no LaTeX.
_PROSE: Final = frozenset(
    "title abstract note annote author editor affiliation organization "
    "journal journaltitle booktitle school institution howpublished".split()
)
_BARE_SIGN: Final = re.compile(r"(?<!\\)[%&]")
_BARE_DOLLAR: Final = re.compile(r"(?<!\\)\$")
_LATEX: Final = re.compile(r"[\\{}$~]|--|``|''|!`|\?`")
_ESCAPED_SIGN: Final = re.compile(r"\\([_%&#$])")
_VENUES: Final = ("journal", "journaltitle", "booktitle", "school", "institution", "howpublished")

# The parser also logs, to standard error by default, what we report ourselves.
logging.getLogger("bibtexparser").setLevel(logging.CRITICAL)


class _DecodeProse(LatexDecodingMiddleware):
    """LaTeX to text in prose, also in lists of names, which the parser's own middleware passes over."""

    def transform_entry(self, entry: Entry, library: Library) -> Block:
        for field in entry.fields:
            if isinstance(field.value, str) and field.key not in _PROSE:
                field.value = _ESCAPED_SIGN.sub(r"\1", field.value)
            elif isinstance(field.value, str):
                field.value = self._decode(field.value)
            elif isinstance(field.value, list):
                field.value = [self._decode(name) for name in field.value]
        return entry

    def _decode(self, text: str) -> str:
        # The decoder takes milliseconds; most abstracts hold nothing for it but escaped signs.
        if not _LATEX.search(_ESCAPED_SIGN.sub("", text)):
            return _ESCAPED_SIGN.sub(r"\1", text)
        # An unescaped percent sign would begin a comment in LaTeX, an ampersand a column; in an
        # exported abstract they are themselves.
        latex = _BARE_SIGN.sub(r"\\\g<0>", text)
        # A dollar sign without its partner would turn all that follows into mathematics; it is money.
        if len(_BARE_DOLLAR.findall(latex)) % 2:
            latex = _BARE_DOLLAR.sub(r"\\$", latex)
        decoded, error = self._transform_python_value_string(latex)
        return text if error else decoded.replace("{", "").replace("}", "")


def sniff(head: str, path: Path) -> int:
    """Sure of a line that opens an entry."""
    return 90 if _ENTRY.search(head) else 50 if _OTHER_BLOCK.match(head) else 0


def read(text: str, file: str) -> Iterator[RawRecord | Rejection]:
    """One record per entry. An entry whose key is used twice is read all the same, with a remark."""
    parsed = parse_string(text, parse_stack=[NormalizeFieldKeys()])
    blocks, remarks = _rescued(parsed.blocks)
    library = Library(blocks, fail_on_duplicate_key=False)
    stack: list[Middleware] = [
        ResolveStringReferencesMiddleware(),
        RemoveEnclosingMiddleware(),
        SeparateCoAuthors(),
        SplitNameParts(),
        MergeNameParts(style="first"),
        _DecodeProse(),
    ]
    for middleware in stack:
        library = middleware.transform(library)
    for block in library.blocks:
        line = None if block.start_line is None else block.start_line + 1
        if isinstance(block, Entry):
            yield _record(block, file, line, remarks.get(block.start_line))
        elif isinstance(block, MiddlewareErrorBlock) and isinstance(block.ignore_error_block, Entry):
            yield _record(block.ignore_error_block, file, line, None)
        elif isinstance(block, ParsingFailedBlock):
            yield Rejection(file=file, line=line, reason=_reason(block))


def _rescued(blocks: list[Block]) -> tuple[list[Block], dict[int | None, str]]:
    """The blocks with unique keys, where only the key (or a field) stood twice; remarks by 0-based line."""
    remarks: dict[int | None, str] = {}
    rescued: list[Block] = []
    for block in blocks:
        entry = block.ignore_error_block if isinstance(block, ParsingFailedBlock) else None
        if isinstance(block, DuplicateBlockKeyBlock) and isinstance(entry, Entry):
            remarks[entry.start_line] = f"the key {entry.key!r} is used twice; both entries were read"
            entry.key = f"{entry.key} (line {(entry.start_line or 0) + 1})"
            rescued.append(entry)
        elif isinstance(block, DuplicateFieldKeyBlock) and isinstance(entry, Entry):
            twice = ", ".join(sorted(block.duplicate_keys))
            remarks[entry.start_line] = f"the entry {entry.key!r} gives {twice} twice; the first was read"
            # A dictionary keeps the last of equal keys, so it is filled from the end.
            entry.fields = list({field.key: field for field in reversed(entry.fields)}.values())[::-1]
            rescued.append(entry)
        else:
            rescued.append(block)
    return rescued, remarks


def _reason(block: ParsingFailedBlock) -> str:
    raw = " ".join((block.raw or "").split())
    opening = re.match(r"@\w+\s*[{(]?\s*[^\s,{}]*", raw)
    name = opening[0] if opening else raw[:40]
    return f"the entry {name!r} is broken and was left out; balance its braces and quotes"


def _record(entry: Entry, file: str, line: int | None, remark: str | None) -> RawRecord:
    values = {field.key: field.value for field in entry.fields}

    def text(*names: str) -> str:
        return next((str(values[name]).strip() for name in names if str(values.get(name) or "").strip()), "")

    names = values.get("author") or ()
    authors = tuple(names) if isinstance(names, list) else (str(names),) if names else ()
    listed = tuple(name for name in authors if name.strip().lower() != "others")
    eprint = text("eprint") if text("archiveprefix", "eprinttype").lower() in ("", "arxiv") else ""
    note = "" if text("abstract") else text("annote")
    return RawRecord(
        title=text("title"),
        abstract=text("abstract") or note,
        file=file,
        line=line,
        text_kind="note" if note else "abstract",
        authors=listed,
        organisation=text("organization", "affiliation") or None,
        published=_published(text("date"), text("year"), text("month"), text("day")),
        venue=text(*_VENUES) or None,
        url=text("url") or None,
        doi=text("doi") or None,
        arxiv_id=normalise_arxiv_id(eprint) or normalise_arxiv_id(text("arxivid", "arxiv")),
        remarks=() if remark is None else (remark,),
    )


def _published(date: str, year: str, month: str, day: str) -> str | None:
    """BibLaTeX's ``date``, else year, month (a name or a number) and day as far as they are given."""
    whole = parse_date(date) if date else None
    if whole is not None or not re.fullmatch(r"\d{4}", year):
        return whole or parse_date(year)
    day_digits = re.match(r"\d{1,2}", day)
    return iso_date(int(year), month_number(month), int(day_digits[0]) if day_digits else None)


READER: Final = Reader("bibtex", "BibTeX", (".bib", ".bibtex"), sniff, read)
