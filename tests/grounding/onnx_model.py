"""A tiny cross-encoder written by hand: ONNX and tokenizer files whose scores can be computed in one's head.

The model adds up one row of a table per token: logits = sum over tokens of table[token]. So the words of a pair decide
its label, whatever their order, and a test knows what has to come out. The ONNX bytes are written with a few lines of
protocol buffers, so that no package is needed to make them.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")
FLOAT, INT64 = 1, 7


def _varint(value: int) -> bytes:
    out = bytearray()
    while True:
        byte, value = value & 0x7F, value >> 7
        out.append(byte | (0x80 if value else 0))
        if not value:
            return bytes(out)


def _int(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _bytes(field: int, value: bytes | str) -> bytes:
    raw = value.encode() if isinstance(value, str) else value
    return _varint(field << 3 | 2) + _varint(len(raw)) + raw


def _tensor(name: str, dims: Sequence[int], kind: int, raw: bytes) -> bytes:
    return b"".join(_int(1, d) for d in dims) + _int(2, kind) + _bytes(8, name) + _bytes(9, raw)


def _node(op: str, inputs: Sequence[str], output: str, **ints: int) -> bytes:
    attributes = b"".join(_bytes(5, _bytes(1, k) + _int(3, v) + _int(20, 2)) for k, v in ints.items())
    return b"".join(_bytes(1, i) for i in inputs) + _bytes(2, output) + _bytes(4, op) + attributes


def _value(name: str, kind: int, dims: Sequence[str | int]) -> bytes:
    shape = b"".join(_bytes(1, _bytes(2, d) if isinstance(d, str) else _int(1, d)) for d in dims)
    return _bytes(1, name) + _bytes(2, _bytes(1, _int(1, kind) + _bytes(2, shape)))


def _model(table: Sequence[Sequence[float]], inputs: Sequence[str], *, flat: bool) -> bytes:
    """logits = ReduceSum(Gather(table, input_ids) * mask); with ``flat`` the one column is squeezed away."""
    width = len(table[0])
    numbers = struct.pack(f"<{len(table) * width}f", *(v for row in table for v in row))
    nodes = [
        _node("Gather", ["table", "input_ids"], "rows"),
        _node("Cast", ["attention_mask"], "mask", to=FLOAT),
        _node("Unsqueeze", ["mask", "two"], "wide"),
        _node("Mul", ["rows", "wide"], "kept"),
        _node("ReduceSum", ["kept", "one"], "sum" if flat else "logits", keepdims=0),
    ]
    if flat:
        nodes.append(_node("Squeeze", ["sum", "one"], "logits"))
    constants = [
        _tensor("table", [len(table), width], FLOAT, numbers),
        _tensor("one", [1], INT64, struct.pack("<q", 1)),
        _tensor("two", [1], INT64, struct.pack("<q", 2)),
    ]
    graph = b"".join(_bytes(1, n) for n in nodes) + _bytes(2, "tiny") + b"".join(_bytes(5, c) for c in constants)
    graph += b"".join(_bytes(11, _value(i, INT64, ["batch", "length"])) for i in inputs)
    graph += _bytes(12, _value("logits", FLOAT, ["batch"] if flat else ["batch", width]))
    return _int(1, 8) + _bytes(7, graph) + _bytes(8, _bytes(1, "") + _int(2, 13))


def make_folder(
    folder: Path,
    weights: Mapping[str, Sequence[float]],
    *,
    labels: Sequence[str] | None,
    inputs: Sequence[str] = ("input_ids", "attention_mask"),
    flat: bool = False,
    **config: Any,
) -> Path:
    """A folder with a model that adds the weights of the words it knows; all others weigh nothing."""
    width = len(next(iter(weights.values())))
    vocabulary = [*SPECIAL, *weights]
    table = [[0.0] * width for _ in SPECIAL] + [list(row) for row in weights.values()]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.onnx").write_bytes(_model(table, inputs, flat=flat))
    given = {"id2label": {str(i): name for i, name in enumerate(labels)}} if labels is not None else {}
    (folder / "config.json").write_text(json.dumps({**given, **config}), encoding="utf-8")
    _tokenizer(vocabulary).save(str(folder / "tokenizer.json"))
    return folder


def _tokenizer(vocabulary: Sequence[str]) -> Any:
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Whitespace
    from tokenizers.processors import TemplateProcessing

    tokenizer = Tokenizer(WordLevel({w: i for i, w in enumerate(vocabulary)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    special = [("[CLS]", 2), ("[SEP]", 3)]
    tokenizer.post_processor = TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B [SEP]", special_tokens=special
    )
    return tokenizer
