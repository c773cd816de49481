"""The embedder that needs nothing but the library's own texts: latent semantics, fitted on them and kept beside them.

It stands in where WordLlama cannot be installed. Terms are those of the lexical leg. Its space is learned from the
library at the first ingest and again once enough rows have changed; between that, new texts are folded in.
"""

from __future__ import annotations

import hashlib
import io
import math
import os
import re
import zipfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Protocol, Self, runtime_checkable

import numpy as np

from rag.errors import LibraryBrokenError
from rag.library.embedders import Embedder, Vectors
from rag.library.latent import LatentSpace
from rag.text import content_terms

NAME: Final = "latent-256"
# The last dimension is for what a question asks of things that the library has no word for.
_WIDTH: Final = 256
# Learned anew once so many rows were folded in, as a share of those that it was learned from.
_STALE_SHARE: Final = 0.2
# Of larger libraries every n-th text is learned from, so that memory and time stay within bounds.
_MOST_LEARNED: Final = 50_000
# A reader may still be about to load the model before the newest.
_MODELS_KEPT: Final = 2


@runtime_checkable
class Fitted(Embedder, Protocol):
    """An embedder that learns from a library. It never changes: fitting and loading give another one.

    ``model`` names what was learned ("" before anything was), so that rows and model are known to belong together.
    """

    model: str

    def fit(self, texts: Sequence[str]) -> Self:
        """The embedder that has learned from these texts. The same texts give the same vectors."""

    def is_stale(self, folded: int) -> bool:
        """Whether it should learn anew after so many rows were stored without."""

    def save(self, folder: Path) -> None:
        """Keep the model in a folder, under its name; a reader sees all of it or nothing."""

    def load(self, folder: Path, model: str) -> Self:
        """The embedder with a kept model.

        Raises:
            LibraryBrokenError: it is not there, or not whole.
        """


class LatentEmbedder:
    """Latent semantics of a library (256 dimensions, fewer filled where it is small).

    Before it has learned, every vector is zeros, so that only the lexical leg finds anything.
    """

    name = NAME
    # Over notes and abstracts .5 to .9 differ by less than their intervals, as for WordLlama.
    lexical_weight = 0.6

    def __init__(self, space: LatentSpace | None = None, model: str = "", rows: int = 0) -> None:
        self.model = model
        self._space = space
        self._rows = rows

    def documents(self, texts: Sequence[str]) -> Vectors:
        """See :class:`rag.library.embedders.Embedder`."""
        vectors = np.zeros((len(texts), _WIDTH), dtype=np.float32)
        if self._space is not None:
            for row, text in zip(vectors, texts, strict=True):
                row[: self._space.dimension] = self._space.fold(content_terms(text))
        return vectors

    def query(self, text: str) -> Vectors:
        """See :class:`rag.library.embedders.Embedder`.

        What the library has no word for lies in a direction of its own, where no text lies: a question mostly about
        other things is then near nothing, although the one word of it that is known would be near much.
        """
        vector = self.documents([text])[0]
        if self._space is not None and vector.any():
            known = self._known_share(content_terms(text))
            vector *= known
            vector[-1] = math.sqrt(1 - known * known)
        return np.asarray(vector, dtype=np.float32)

    def _known_share(self, terms: Sequence[str]) -> float:
        """The share of a question's weight (log tf times idf, squared) that is on terms of the library."""
        space, rare = self._space, math.log(1 + self._rows) + 1
        weights = dict.fromkeys((True, False), 0.0)
        for term, count in Counter(terms).items():
            known = space is not None and term in space.vocabulary
            idf = float(space.idf[space.vocabulary[term]]) if space is not None and known else rare
            weights[known] += ((1 + math.log(count)) * idf) ** 2
        return weights[True] / (weights[True] + weights[False])

    def fit(self, texts: Sequence[str]) -> LatentEmbedder:
        """See :class:`Fitted`."""
        # In one order, so that the same library gives the same model however it came about.
        ordered = sorted(texts)
        every = -(-len(ordered) // _MOST_LEARNED) or 1
        space = LatentSpace.fit([content_terms(text) for text in ordered[::every]], _WIDTH - 1)
        digest = hashlib.sha256("\n".join(ordered).encode("utf-8", "surrogatepass")).hexdigest()[:16]
        return LatentEmbedder(space, f"{NAME}-{digest}", len(ordered))

    def is_stale(self, folded: int) -> bool:
        """See :class:`Fitted`."""
        return folded > 0 and (self._space is None or folded >= _STALE_SHARE * self._rows)

    def save(self, folder: Path) -> None:
        """See :class:`Fitted`."""
        if self._space is None:
            return
        packed = io.BytesIO()
        words = "\n".join(sorted(self._space.vocabulary, key=self._space.vocabulary.__getitem__))
        np.savez_compressed(
            packed,
            terms=np.frombuffer(words.encode("utf-8"), dtype=np.uint8),
            idf=self._space.idf,
            basis=self._space.basis,
            rows=np.int64(self._rows),
        )
        path = _file(folder, self.model)
        temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
        with temporary.open("wb") as stream:
            stream.write(packed.getvalue())
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
        models = sorted(folder.glob(f"{NAME}-*.npz"), key=lambda found: (found != path, -found.stat().st_mtime))
        for old in models[_MODELS_KEPT:]:
            old.unlink(missing_ok=True)

    def load(self, folder: Path, model: str) -> LatentEmbedder:
        """See :class:`Fitted`."""
        if not model:
            return LatentEmbedder()
        if not re.fullmatch(rf"{NAME}-[0-9a-f]{{16}}", model):
            raise LibraryBrokenError(f"{model[:60]!r} names no model of the embedder {NAME}")
        try:
            with np.load(_file(folder, model), allow_pickle=False) as kept:
                terms = bytes(kept["terms"]).decode("utf-8").split("\n")
                space = LatentSpace({term: n for n, term in enumerate(terms)}, kept["idf"], kept["basis"])
                rows = int(kept["rows"])
            if space.idf.shape != (len(terms),) or space.basis.shape[0] != len(terms) or space.dimension >= _WIDTH:
                raise ValueError("its parts do not fit together")
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise LibraryBrokenError(f"the library's model {model} cannot be read ({type(error).__name__})") from error
        return LatentEmbedder(space, model, rows)


def _file(folder: Path, model: str) -> Path:
    return folder / f"{model}.npz"
