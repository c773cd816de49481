"""From a path to its text and its reader: what cannot be opened or recognised is said in one line."""

from __future__ import annotations

import gzip
import io
import re
import sys
import zlib
from pathlib import Path
from typing import Final

from rag.corpus.formats import FORMATS, format_names
from rag.corpus.reader import Reader
from rag.corpus.record import line_at
from rag.errors import UnknownFormatError
from rag.paper import Rejection

MAX_FILE_BYTES: Final = 512 * 1024 * 1024
_HEAD_CHARS: Final = 60_000
# Beyond this share of control characters in its first part a file is no text, even if it decodes.
_BINARY_SHARE: Final = 0.1
_CONTROL: Final = re.compile("[\x00-\x08\x0e-\x1f\x7f]")
_GZIP: Final = b"\x1f\x8b"
_MAGIC: Final = (
    (b"%PDF", "a PDF file"),
    (b"PK\x03\x04", "a zip or office file"),
    (b"\xff\xfe", "UTF-16 text"),
    (b"\xfe\xff", "UTF-16 text"),
    (b"SQLite format 3", "a SQLite database"),
    (b"\x89PNG", "an image"),
)


def load_text(path: Path) -> str | Rejection:
    """The text of a UTF-8 file without its byte order mark, or why it cannot be had."""
    file = str(path)

    def refused(reason: str, line: int | None = None) -> Rejection:
        return Rejection(file=file, line=line, reason=reason)

    try:
        if not path.exists():
            return refused("there is no such file; check its name and the current folder")
        if not path.is_file():
            return refused("this is no regular file; write its content to a file first")
        if path.stat().st_size > MAX_FILE_BYTES:
            return refused(f"the file is larger than {MAX_FILE_BYTES >> 20} MB; split it into smaller ones")
        data = path.read_bytes()
    except (OSError, ValueError) as error:
        detail = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        return refused(f"the file cannot be read ({detail}); check its permissions")
    return _decoded(data, refused_file=file)


def load_stdin(name: str) -> str | Rejection:
    """The text of standard input up to its end, or why it cannot be had."""
    # A stand-in for standard input may hold text alone.
    binary = getattr(sys.stdin, "buffer", None)
    data = sys.stdin.read().encode("utf-8", "surrogateescape") if binary is None else binary.read(MAX_FILE_BYTES + 1)
    if len(data) > MAX_FILE_BYTES:
        return Rejection(file=name, line=None, reason=f"there is more than {MAX_FILE_BYTES >> 20} MB; split it")
    return _decoded(data, refused_file=name)


def format_suffix(path: Path) -> Path:
    """The path whose suffix tells of the format: without the ``.gz`` around it."""
    return path.with_suffix("") if path.suffix.lower() == ".gz" else path


def _unpacked(data: bytes, file: str) -> bytes | Rejection:
    """What a gzip file holds, up to the limit: a small file may unpack to more than the memory."""
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as stream:
            text = stream.read(MAX_FILE_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        return Rejection(file=file, line=None, reason=f"the gzip file is broken ({error}); download it again")
    if len(text) > MAX_FILE_BYTES:
        return Rejection(file=file, line=None, reason=f"it unpacks to more than {MAX_FILE_BYTES >> 20} MB; split it")
    return text


def _decoded(data: bytes, refused_file: str) -> str | Rejection:
    if data.startswith(_GZIP):
        unpacked = _unpacked(data, refused_file)
        if isinstance(unpacked, Rejection):
            return unpacked
        data = unpacked
    for magic, what in _MAGIC:
        if data.startswith(magic):
            remedy = (
                "convert it with: iconv -f UTF-16 -t UTF-8"
                if "UTF-16" in what
                else "give its abstracts as text or JSON"
            )
            return Rejection(file=refused_file, line=None, reason=f"this is {what}, not UTF-8 text; {remedy}")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = 1 + data.count(b"\n", 0, error.start)
        if _looks_binary(data[:_HEAD_CHARS].decode("latin-1")):
            reason = "this is a binary file, not UTF-8 text; give its abstracts as text or JSON"
            return Rejection(file=refused_file, line=None, reason=reason)
        reason = f"byte 0x{data[error.start]:02x} is not UTF-8; convert the file with: iconv -f LATIN1 -t UTF-8"
        return Rejection(file=refused_file, line=line, reason=reason)
    if not text.strip():
        return Rejection(file=refused_file, line=None, reason="the file is empty; check that it was saved")
    if _looks_binary(text[:_HEAD_CHARS]):
        reason = "this is a binary file, not text; give its abstracts as text or JSON"
        return Rejection(file=refused_file, line=None, reason=reason)
    return text


def sniff(text: str, path: Path) -> Reader:
    """The reader whose format the text looks most like; the suffix decides where the text alone does not.

    Raises UnknownFormatError where neither does.
    """
    # A head that ends in the middle of a line would show a broken last record.
    head = text if len(text) <= _HEAD_CHARS else text[: max(text.rfind("\n", 0, _HEAD_CHARS), _HEAD_CHARS // 2)]
    suffix = path.suffix.lower()
    scores = {reader.name: reader.sniff(head, path) for reader in FORMATS}
    best = max(FORMATS, key=lambda reader: (scores[reader.name] + 5 * (suffix in reader.suffixes), scores[reader.name]))
    if scores[best.name] > 0:
        return best
    # Every file may end in .txt, but a broken .bib or .csv is still one, and its reader says what is wrong with it.
    for reader in FORMATS:
        if suffix in reader.suffixes and suffix not in ("", ".txt", ".text"):
            return reader
    shown = ", ".join(format_names())
    first_line = " ".join(text.split())[:40]
    raise UnknownFormatError(
        f"line {line_at(text, len(text) - len(text.lstrip()))} ({first_line!r}) begins none of the formats we read",
        f"Name the format with --format ({shown})",
    )


def _looks_binary(head: str) -> bool:
    return len(_CONTROL.findall(head)) > _BINARY_SHARE * len(head)
