"""A local cross-encoder as the judge, behind the same seam: any NLI or consistency model in ONNX that the user names.

The folder holds ``model.onnx`` (or ``onnx/model.onnx``), ``tokenizer.json`` and ``config.json``, as exported by the
usual tools. What the logits mean comes from ``id2label`` in the config:

- entailment and contradiction, perhaps neutral, in any order: a softmax over them;
- two labels, one of which says that the claim holds ("entailment", "consistent", "supported"): a softmax;
- one logit: its sigmoid is P(the evidence supports the claim), as consistency models such as HHEM give it. A model that
  scores relevance only says that a text is about the claim, and is not fit to judge.

Evidence that does not fit beside the claim is read in windows of whole sentences, each overlapping the one before by a
sentence: supported where one window supports it, contradicted where one contradicts it and none supports it.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rag.answer import Label, Verdict
from rag.errors import InputError, MissingDependencyError
from rag.grounding.judge import rank
from rag.text import split_sentences

DECISIVE: Final = 0.5
"""The probability from which on the model counts as having decided; below it for all labels the label is "unsure"."""
DEFAULT_LENGTH: Final = 512
MAX_EVIDENCE: Final = 50_000
_LEAST_ROOM: Final = 16
_ENTAILS: Final = ("entail", "consistent", "support", "grounded", "factual", "faithful")
_CONTRADICTS: Final = ("contradict", "refute")
_DENIES: Final = ("not_", "not ", "non_", "non-", "in", "un")
_REMEDY: Final = "Export it with its tokenizer, for example: optimum-cli export onnx --model NAME FOLDER"

Floats = NDArray[np.float64]


class _Roles(NamedTuple):
    """Which logit says what; ``contradiction`` is None where the model has no such label, ``single`` for one logit."""

    entailment: int
    contradiction: int | None
    labels: int

    @property
    def single(self) -> bool:
        return self.labels == 1


class _Window(NamedTuple):
    text: str
    start: int
    end: int


class CrossEncoderJudge:
    """Scores (evidence, claim) pairs with a model in a folder of the user's; nothing is downloaded or sent.

    Args:
        folder: see the module.
        threads: of the runtime; None = its own choice.
        batch: pairs per run of the model.
        max_length: tokens of a pair; None = what the config allows, at most 512.

    Raises:
        InputError: a file is missing or cannot be read, the labels cannot be told, or the model takes or gives what a
            cross-encoder does not.
        MissingDependencyError: onnxruntime or tokenizers is not installed.
    """

    def __init__(
        self, folder: str | Path, *, threads: int | None = None, batch: int = 16, max_length: int | None = None
    ) -> None:
        self._folder = Path(folder).expanduser()
        if batch < 1:
            raise InputError(f"batch is {batch}", "Use at least 1")
        self._batch = batch
        model = self._file("onnx/model.onnx", "model.onnx")
        config = self._config(self._file("config.json"))
        self._roles = _roles(config, self._folder)
        self._length = max_length or _length(config)
        self._tokenizer = self._load_tokenizer(self._file("tokenizer.json"), config)
        self._session = _session(model, threads)
        self._inputs = self._check_inputs()
        digest = hashlib.sha256()
        with model.open("rb") as file:
            while chunk := file.read(1 << 20):
                digest.update(chunk)
        self.name = f"onnx:{self._folder.name}@{digest.hexdigest()[:8]}"
        self._check_output()

    # -- the seam

    def judge(self, claim: str, evidence: str | Sequence[str]) -> Verdict:
        """The verdict on one claim."""
        return self.judge_many([(claim, evidence)])[0]

    def judge_many(self, pairs: Sequence[tuple[str, str | Sequence[str]]]) -> list[Verdict]:
        """One verdict per pair, in order; the windows of all pairs share the batches."""
        texts = [[e] if isinstance(e, str) else [*e, "\n\n".join(e)] if len(e) > 1 else list(e) for _, e in pairs]
        windows = [
            [self._windows(claim, t) if claim.strip() and t.strip() else [] for t in ts]
            for (claim, _), ts in zip(pairs, texts, strict=True)
        ]
        flat = [(w.text, claim) for (claim, _), ws in zip(pairs, windows, strict=True) for group in ws for w in group]
        scores = self._scores(flat)
        at = 0
        verdicts: list[Verdict] = []
        for (claim, evidence), groups in zip(pairs, windows, strict=True):
            found: list[Verdict] = []
            for i, group in enumerate(groups):
                verdict = self._verdict(claim, group, scores[at : at + len(group)])
                at += len(group)
                if not isinstance(evidence, str):
                    together = {"reason": f"taken together: {verdict.reason}"} if 0 < i == len(groups) - 1 else {}
                    verdict = verdict.model_copy(update={"start": None, "end": None, **together})
                found.append(verdict)
            verdicts.append(max(found, key=rank) if found else self._verdict(claim, [], scores[:0]))
        return verdicts

    async def ajudge(self, claim: str, evidence: str | Sequence[str]) -> Verdict:
        """The verdict, computed off the loop's thread."""
        return await asyncio.to_thread(self.judge, claim, evidence)

    # -- reading the model

    def _verdict(self, claim: str, windows: Sequence[_Window], scores: Floats) -> Verdict:
        """``scores`` has the shape (windows, 2): P(entailment), P(contradiction)."""
        if not claim.strip():
            return self._said("unsure", 0.5, "the claim is empty")
        if not windows and self._room(claim) < _LEAST_ROOM:
            return self._said("unsure", 0.5, f"the claim leaves no room for evidence in {self._length} tokens")
        if not windows:
            return self._said("unsupported", 0.0, "there is no evidence")
        best, worst = int(np.argmax(scores[:, 0])), int(np.argmax(scores[:, 1]))
        holds, against = float(scores[best, 0]), float(scores[worst, 1])
        place = windows[best] if len(windows) > 1 else None
        if holds >= DECISIVE:
            return self._said("supported", holds, f"the model finds it entailed ({holds:.2f})", place)
        if against >= DECISIVE:
            place = windows[worst] if len(windows) > 1 else None
            return self._said("contradicted", holds, f"the model finds it contradicted ({against:.2f})", place)
        if self._roles.single or 1 - holds - float(scores[best, 1]) >= DECISIVE:
            return self._said("unsupported", holds, f"the model does not find it in the text ({holds:.2f})", place)
        return self._said("unsure", holds, f"the model cannot decide (entailed {holds:.2f})", place)

    def _said(self, label: Label, score: float, reason: str, place: _Window | None = None) -> Verdict:
        start, end = (None, None) if place is None else (place.start, place.end)
        return Verdict(label=label, score=round(score, 4), reason=reason, judge=self.name, start=start, end=end)

    def _scores(self, pairs: Sequence[tuple[str, str]]) -> Floats:
        """P(entailment) and P(contradiction) of (evidence, claim) pairs, shape (pairs, 2)."""
        # Of like length together, so that little is computed on padding.
        order = sorted(range(len(pairs)), key=lambda i: len(pairs[i][0]))
        scores = np.zeros((len(pairs), 2))
        for at in range(0, len(order), self._batch):
            some = order[at : at + self._batch]
            scores[some] = _probabilities(self._run([pairs[i] for i in some]), self._roles)
        return scores

    def _run(self, pairs: Sequence[tuple[str, str]]) -> Floats:
        encoded = self._tokenizer.encode_batch(list(pairs))
        given = {
            "input_ids": [e.ids for e in encoded],
            "attention_mask": [e.attention_mask for e in encoded],
            "token_type_ids": [e.type_ids for e in encoded],
        }
        feed = {name: np.asarray(given[name], dtype=np.int64) for name in self._inputs}
        logits: Floats = np.asarray(self._session.run(None, feed)[0], dtype=np.float64)
        if logits.ndim == 1:
            logits = logits[:, None]
        if logits.shape != (len(pairs), self._roles.labels):
            shape = "x".join(map(str, logits.shape))
            raise self._wrong(
                f"gives {shape} numbers for {len(pairs)} pairs, its config names {self._roles.labels} labels"
            )
        if not np.isfinite(logits).all():
            raise self._wrong("gives numbers that are not finite")
        return logits

    def _windows(self, claim: str, evidence: str) -> list[_Window]:
        """The evidence in pieces of whole sentences that fit beside the claim; a longer sentence is cut."""
        evidence = evidence[:MAX_EVIDENCE]
        room = self._room(claim)
        if room < _LEAST_ROOM:
            return []
        sentences = split_sentences(evidence)
        sizes = self._counts([s.text for s in sentences])
        if sum(sizes) <= room:
            return [_Window(evidence, 0, len(evidence))]
        return list(_packed([(s.start, s.end) for s in sentences], sizes, room, evidence))

    def _room(self, claim: str) -> int:
        """Tokens that a claim leaves for evidence."""
        return self._length - self._counts([claim])[0] - int(self._tokenizer.num_special_tokens_to_add(True))

    def _counts(self, texts: Sequence[str]) -> list[int]:
        encoded = self._tokenizer.encode_batch(list(texts), add_special_tokens=False)
        return [sum(e.attention_mask) for e in encoded]

    # -- opening the folder

    def _file(self, *names: str) -> Path:
        for name in reversed(names):
            if (self._folder / name).is_file():
                return self._folder / name
        if not self._folder.is_dir():
            raise InputError(f"there is no folder {self._folder}", "Give onnx:FOLDER, the folder of an exported model")
        raise InputError(f"{self._folder} holds no {names[-1]}", _REMEDY)

    def _config(self, path: Path) -> dict[str, Any]:
        try:
            config = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise InputError(f"{path} cannot be read: {error}", _REMEDY) from None
        if not isinstance(config, dict):
            raise InputError(f"{path} is no JSON object", _REMEDY)
        return config

    def _load_tokenizer(self, path: Path, config: dict[str, Any]) -> Any:
        try:
            from tokenizers import Tokenizer
        except ImportError:
            raise MissingDependencyError("tokenizers", "a cross-encoder judge") from None
        try:
            tokenizer = Tokenizer.from_file(str(path))
        except Exception as error:  # noqa: BLE001 - the package raises Exception itself
            raise InputError(f"{path} cannot be read: {error}", _REMEDY) from None
        tokenizer.enable_truncation(self._length, strategy="only_first")
        # Padding is masked; any id will do, but the model's own is what it was trained with.
        tokenizer.enable_padding(pad_id=int(config.get("pad_token_id") or 0))
        return tokenizer

    def _check_inputs(self) -> list[str]:
        known = {"input_ids", "attention_mask", "token_type_ids"}
        names = [i.name for i in self._session.get_inputs()]
        if "input_ids" not in names or set(names) - known:
            odd = ", ".join(sorted(set(names) - known)) or "no input_ids"
            raise self._wrong(f"takes {odd}: it is no cross-encoder for text")
        return names

    def _check_output(self) -> None:
        """Run it once: a wrong shape is better known now than at the first claim."""
        self._run([("One thing.", "Another thing.")])

    def _wrong(self, what: str) -> InputError:
        return InputError(f"the model in {self._folder} {what}", "Name a folder with an NLI or consistency model")


def _session(model: Path, threads: int | None) -> Any:
    # The runtime reports home unless this is set before it is imported.
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    try:
        import onnxruntime
    except ImportError:
        raise MissingDependencyError("onnxruntime", "a cross-encoder judge") from None
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    if threads is not None:
        options.intra_op_num_threads = threads
    try:
        return onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # noqa: BLE001 - the runtime's errors have no common base but Exception
        raise InputError(f"{model} cannot be loaded: {str(error).splitlines()[0]}", _REMEDY) from None


def _roles(config: dict[str, Any], folder: Path) -> _Roles:
    """Which logit says what, by the names of the labels.

    Raises:
        InputError: they do not say it.
    """
    given = config.get("id2label")
    names = {int(k): str(v).lower() for k, v in given.items() if str(k).isdigit()} if isinstance(given, dict) else {}
    count = len(names) or int(config.get("num_labels") or 0)
    if count == 1:
        return _Roles(0, None, 1)
    entailing = [i for i, name in names.items() if _says(name, _ENTAILS) and not _says(name, _CONTRADICTS)]
    against = [i for i, name in names.items() if _says(name, _CONTRADICTS)]
    if len(entailing) != 1 or len(against) > 1 or sorted(names) != list(range(count)):
        shown = ", ".join(names[i] for i in sorted(names)) or "none"
        raise InputError(
            f"the labels of {folder} do not say which one is entailment: {shown}",
            'Correct id2label in its config.json, such as {"0": "contradiction", "1": "entailment", "2": "neutral"}',
        )
    return _Roles(entailing[0], against[0] if against else None, count)


def _says(name: str, words: Sequence[str]) -> bool:
    """Whether a label has one of the words, and not as "not_entailment", "inconsistent" or "unsupported"."""
    for word in words:
        at = name.find(word)
        if at >= 0 and not name[:at].endswith(_DENIES):
            return True
    return False


def _length(config: dict[str, Any]) -> int:
    allowed = config.get("max_position_embeddings")
    return min(DEFAULT_LENGTH, allowed) if isinstance(allowed, int) and allowed >= 2 * _LEAST_ROOM else DEFAULT_LENGTH


def _probabilities(logits: Floats, roles: _Roles) -> Floats:
    """P(entailment) and P(contradiction) per row, shape (n, 2)."""
    if roles.single:
        holds: Floats = 1 / (1 + np.exp(-np.clip(logits[:, 0], -60, 60)))
        return np.stack([holds, np.zeros_like(holds)], axis=1)
    exponents = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares = exponents / exponents.sum(axis=1, keepdims=True)
    against = shares[:, roles.contradiction] if roles.contradiction is not None else np.zeros(len(shares))
    return np.stack([shares[:, roles.entailment], against], axis=1)


def _packed(spans: Sequence[tuple[int, int]], sizes: Sequence[int], room: int, text: str) -> Iterator[_Window]:
    """Windows of whole sentences within ``room`` tokens; each begins with the last sentence of the one before."""
    first = 0
    while first < len(spans):
        last, used = first, sizes[first]
        while last + 1 < len(spans) and used + sizes[last + 1] <= room:
            last += 1
            used += sizes[last]
        start, end = spans[first][0], spans[last][1]
        yield _Window(text[start:end], start, end)
        if last + 1 >= len(spans):
            return
        first = last if last > first else last + 1
