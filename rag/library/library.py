"""The library: indexed papers in a folder or on a Chroma server, written by one process at a time, read by many.

A write goes: lock, manifest "writing", Chroma rows of the new revisions, Chroma rows of the old ones away, lexical
commit, manifest with the next generation. A process killed anywhere in between leaves a manifest that says "writing"
while nobody holds the lock; the next open mends: of every paper the newest complete revision stays, torn ones go, and
the lexical index is rebuilt from the rows.
"""

from __future__ import annotations

import platform
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from rag.corpus import link_near_duplicates
from rag.errors import LibraryLockedError, LibraryMismatchError, StoreUnavailableError
from rag.library.bookkeeping import built_model, dimension, merge, report_links, stale_rows
from rag.library.embedders import Embedder
from rag.library.latent_embedder import Fitted
from rag.library.lexical import LexicalIndex, LexicalRow
from rag.library.location import Location
from rag.library.lock import writer_lock
from rag.library.manifest import Manifest, parse_manifest, write_atomically
from rag.library.passages import split_paper
from rag.library.store import COLLECTION, ChromaStore, embedded_client, passage_metadata, row_id, served_client
from rag.paper import IngestReport, Paper, Passage

Progress = Callable[[str, int, int], None]
"""Called with (stage, done, total)."""

_BATCH = 256


def embedding_text(paper: Paper, passage: Passage) -> str:
    """What is embedded of a passage: the title travels with it."""
    return f"{paper.title}. {passage.text}"


class Library:
    """Papers, their passages, and the two indexes over them. Use :func:`open_library`."""

    def __init__(
        self,
        location: Location,
        embedder: Embedder,
        passage_tokens: int,
        *,
        wait: float,
        check_embedder: bool,
        rebuilding: bool = False,
    ) -> None:
        self.location = location
        self.embedder = embedder
        self._wait = wait
        self._mutex = threading.RLock()
        self._check_embedder = check_embedder
        self._rebuilding = rebuilding
        self._me = f"{platform.node()}:{location.folder}"
        location.folder.mkdir(parents=True, exist_ok=True)
        self._store: ChromaStore | None = None
        self._lexical = LexicalIndex(location.folder / "lexical")
        self._papers: dict[str, Paper] = {}
        self._spans: dict[str, list[Passage]] = {}
        self._manifest = self._read_manifest() or self._create(passage_tokens)
        self._check_manifest()
        self._load()
        self._mend_if_torn(self._manifest)

    # -- what it holds

    @property
    def generation(self) -> int:
        """Finished writes so far, as this reader last saw them."""
        return self._manifest.generation

    @property
    def store(self) -> ChromaStore:
        """The Chroma store, open."""
        if self._store is None:
            raise StoreUnavailableError(f"the library {self.location.name} is closed", "Open it again")
        return self._store

    @property
    def lexical(self) -> LexicalIndex:
        """The lexical index."""
        return self._lexical

    @property
    def passage_tokens(self) -> int:
        """The token budget that its passages were cut with."""
        return self._manifest.passage_tokens

    def papers(self) -> list[Paper]:
        """Every paper, in order of title."""
        return sorted(self._papers.values(), key=lambda p: (p.title.casefold(), p.id))

    def paper(self, paper_id: str) -> Paper | None:
        """One paper by id."""
        return self._papers.get(paper_id)

    def passages(self, paper_id: str) -> list[Passage]:
        """The passages of one paper, cut as they were stored."""
        if paper_id not in self._spans:
            self._spans[paper_id] = split_paper(self._papers[paper_id], self.passage_tokens)
        return self._spans[paper_id]

    def passage(self, row: str) -> tuple[Paper, Passage] | None:
        """The paper and passage of a row id; None for a row of a revision that is no longer current."""
        paper_id, revision, ordinal = row.rsplit(":", 2)
        paper = self._papers.get(paper_id)
        if paper is None or paper.revision != revision:
            return None
        passages = self.passages(paper_id)
        return (paper, passages[int(ordinal)]) if int(ordinal) < len(passages) else None

    def rows_of(self, paper_ids: Iterable[str]) -> list[str]:
        """The row ids of some papers."""
        return [row_id(self._papers[p], i) for p in paper_ids for i in range(len(self.passages(p)))]

    def describe(self) -> dict[str, Any]:
        """What an answer records of its library."""
        return {
            "name": self.location.name,
            "kind": self.location.kind,
            "papers": len(self._papers),
            "generation": self.generation,
            "embedder": self._manifest.embedder,
        }

    # -- staying up to date

    def refresh(self) -> bool:
        """Notice what other processes wrote since; True if something had changed. Cheap when nothing did."""
        manifest = self._read_manifest()
        if manifest is None:
            return False
        changed = manifest.generation != self._manifest.generation
        if changed:
            with self._mutex:
                self._adopt(manifest)
        if changed or (manifest.writing and not self._manifest.writing):
            self._mend_if_torn(manifest)
        return changed

    def close(self) -> None:
        """Release files and connections; reading or writing afterwards fails."""
        with self._mutex:
            if self._store is not None:
                self._store.close()
                self._store = None

    # -- writing

    def write(self, papers: Sequence[Paper], progress: Progress | None = None) -> IngestReport:
        """Add or update papers; idempotent. Near duplicates among all papers are linked to each other.

        Raises:
            LibraryLockedError: another process is writing.
        """
        report = IngestReport()
        with self._writing():
            merged = merge(self._papers.values(), papers, report)
            before = dict(self._papers)
            whole = {p.id: p for p in link_near_duplicates(list(merged.values()))}
            report_links(before, whole, report)
            changed = [p for p in whole.values() if before.get(p.id) != p]
            if changed:
                self._store_changed(changed, progress)
        return report

    def _store_changed(self, changed: Sequence[Paper], progress: Progress | None) -> None:
        """Store papers; where too much is new to an embedder that learns, learn and embed all anew."""
        rows = sum(len(split_paper(p, self.passage_tokens)) for p in changed if not self._same_rows(p))
        folded = self._manifest.folded + rows
        if isinstance(self.embedder, Fitted) and self.embedder.is_stale(folded):
            self._papers.update({p.id: p for p in changed})
            self._save(self._manifest.model_copy(update={"reindexing": True}))
            self._rebuild(progress)
            return
        self._manifest = self._manifest.model_copy(update={"folded": folded})
        self._write_rows(changed, [], progress)

    def remove(self, paper_ids: Iterable[str]) -> int:
        """Remove papers by id; unknown ids are ignored. Returns how many were removed."""
        with self._writing():
            gone = [p for p in dict.fromkeys(paper_ids) if p in self._papers]
            if not gone:
                return 0
            left = [p for key, p in self._papers.items() if key not in set(gone)]
            relinked = {p.id: p for p in link_near_duplicates(left)}
            changed = [p for p in relinked.values() if self._papers.get(p.id) != p]
            self._write_rows(changed, gone, None)
        return len(gone)

    def reindex(self, embedder: Embedder, passage_tokens: int, progress: Progress | None = None) -> int:
        """Rebuild both indexes from the stored papers, perhaps with another embedder or passage size.

        Returns the number of papers. Killed half way, the next open finishes it.
        """
        with self._writing():
            self.embedder = embedder
            update = {"embedder": embedder.name, "dimension": dimension(embedder), "passage_tokens": passage_tokens}
            self._save(self._manifest.model_copy(update={**update, "reindexing": True}))
            self._rebuild(progress)
        return len(self._papers)

    def _rebuild(self, progress: Progress | None = None) -> None:
        papers = list(self._papers.values())
        self._spans.clear()
        learned = {"model": "", "folded": 0}
        if isinstance(self.embedder, Fitted):
            self.embedder = self.embedder.fit([embedding_text(p, q) for p in papers for q in self.passages(p.id)])
            self.embedder.save(self.location.folder)
            learned["model"] = self.embedder.model
        self._manifest = self._manifest.model_copy(update=learned)
        self.store.replace(lambda new: self._fill(new, papers, progress), self._manifest.model_dump_json())
        self._lexical.rebuild(self._lexical_rows(), self._manifest.generation + 1)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Hold the lock, see the newest state, mark the manifest; step the generation if all went well."""
        with self._mutex, writer_lock(self.location.folder / "writer.lock", wait=self._wait):
            self._catch_up()
            self._begin()
            yield
            self._save(self._manifest.done())
            self._lexical_follows()

    def _begin(self) -> None:
        self._save(self._manifest.begun(self._me))
        if self.location.kind == "server" and (now := self._read_manifest()) is not None and now.writer != self._me:
            raise LibraryLockedError(f"another client is writing to {self.location.name}")

    def _lexical_follows(self) -> None:
        """A write that changed nothing did not touch the lexical index; let it follow the generation all the same."""
        if self._lexical.generation != self._manifest.generation:
            self._lexical.apply((), (), self._manifest.generation)

    def _write_rows(self, changed: Sequence[Paper], gone: Sequence[str], progress: Progress | None) -> None:
        generation = self._manifest.generation + 1
        fresh = [p for p in changed if not self._same_rows(p)]
        new = {p.id: p for p in changed}
        old_rows = self.rows_of([p.id for p in fresh if p.id in self._papers] + list(gone))
        rows = self._fill(self.store, changed, progress)
        stale = set(old_rows) - {r.id for r in rows}
        self.store.delete(sorted(stale))
        self._lexical.apply(rows, sorted(stale), generation)
        for key in gone:
            self._papers.pop(key, None)
        self._papers.update(new)
        for key in (*gone, *new):
            self._spans.pop(key, None)

    def _fill(self, store: ChromaStore, papers: Sequence[Paper], progress: Progress | None) -> list[LexicalRow]:
        """Upsert the passages of some papers; returns their rows for the lexical index."""
        rows: list[LexicalRow] = []
        for at in range(0, len(papers), _BATCH):
            batch = papers[at : at + _BATCH]
            pairs = [(p, split_paper(p, self.passage_tokens)) for p in batch]
            flat = [(p, q) for p, passages in pairs for q in passages]
            ids = [row_id(p, i) for p, passages in pairs for i in range(len(passages))]
            generation = self._manifest.generation + 1
            metadatas = [passage_metadata(p, ps, i, generation) for p, ps in pairs for i in range(len(ps))]
            vectors = self.embedder.documents([embedding_text(p, q) for p, q in flat])
            store.upsert(ids, vectors, [q.text for _, q in flat], metadatas)
            rows.extend(LexicalRow(i, p.title, q.text) for i, (p, q) in zip(ids, flat, strict=True))
            if self.location.kind == "server":
                self._save(self._manifest.begun(self._me))
            if progress:
                progress("index", at + len(batch), len(papers))
        return rows

    def _same_rows(self, paper: Paper) -> bool:
        old = self._papers.get(paper.id)
        return old is not None and old.revision == paper.revision

    # -- the manifest

    def _create(self, passage_tokens: int) -> Manifest:
        with writer_lock(self.location.folder / "writer.lock", wait=self._wait):
            if (existing := self._read_manifest()) is not None:
                return existing  # another process was faster
            manifest = Manifest(
                embedder=self.embedder.name,
                dimension=dimension(self.embedder),
                passage_tokens=passage_tokens,
            )
            self._store = self._open_store(manifest.generation, create=True)
            self._save(manifest)
            self._lexical.rebuild((), manifest.generation)
            return manifest

    def _read_manifest(self) -> Manifest | None:
        if self.location.kind == "server":
            text = self._server_note()
        else:
            path = self.location.folder / "manifest.json"
            text = path.read_text(encoding="utf-8") if path.exists() else None
        return parse_manifest(text, self.location.name) if text is not None else None

    def _server_note(self) -> str | None:
        if self._store is None:
            self._store = self._open_store(0, create=True)
        return self._store.read_note()

    def _save(self, manifest: Manifest) -> None:
        text = manifest.model_dump_json()
        if self.location.kind == "server":
            self.store.write_note(text)
        else:
            write_atomically(self.location.folder / "manifest.json", text)
        self._manifest = manifest

    def _check_manifest(self) -> None:
        if self._check_embedder and self._manifest.embedder != self.embedder.name:
            raise LibraryMismatchError(
                f"{self.location.name} was built with the embedder {self._manifest.embedder}, not {self.embedder.name}",
                f"Leave --embedder out to use it as it is, or rebuild it: rag reindex --embedder {self.embedder.name}",
            )

    # -- opening and mending

    def _open_store(self, generation: int, *, create: bool) -> ChromaStore:
        if self.location.kind == "server":
            client, name = served_client(self.location.name)
            return ChromaStore(client, name=name, create=create)
        client = embedded_client(self.location.folder / "chroma", generation)
        return ChromaStore(client, name=COLLECTION, create=create)

    def _load(self) -> None:
        """Open the store as it stands now and read its papers."""
        if self.location.kind != "server" or self._store is None:
            if self._store is not None:
                self._store.close()
            # What a killed writer left is another state of the folder than the generation before it.
            self._store = self._open_store(2 * self._manifest.generation + self._manifest.writing, create=False)
        self._papers = {p.id: p for p in self.store.papers()}
        self._spans.clear()
        self._lexical.reload()
        if isinstance(self.embedder, Fitted) and not self._rebuilding:
            model = built_model(self.store.read_note(), self.embedder, self.location.name)
            if model != self.embedder.model:
                self.embedder = self.embedder.load(self.location.folder, model)

    def _adopt(self, manifest: Manifest) -> None:
        """Take the state that a manifest tells of."""
        self._manifest = manifest
        self._check_manifest()
        self._load()

    def _mend_if_torn(self, manifest: Manifest) -> None:
        if not manifest.writing and self._lexical.generation == manifest.generation:
            return
        try:
            with self._mutex, writer_lock(self.location.folder / "writer.lock", wait=0):
                self._catch_up()
        except LibraryLockedError:
            return  # not torn: a live writer is at work, and we read what stands until it is done

    def _catch_up(self) -> None:
        """See the newest state, and mend it where its writer died. The lock is held.

        Raises:
            LibraryLockedError: a client on another machine, whom the lock does not hold off, is writing.
        """
        current = self._read_manifest() or self._manifest
        elsewhere = self.location.kind == "server" and current.held_by_another(self._me)
        if current.writing or current.generation != self._manifest.generation:
            self._adopt(current)
        self._lexical.reload()
        if current.writing and not elsewhere:
            self._mend()
        elif self._lexical.generation != current.generation:
            self._lexical.rebuild(self._lexical_rows(), current.generation)  # a cache that fell behind
        if elsewhere:
            raise LibraryLockedError(f"another client is writing to {self.location.name}")

    def _mend(self) -> None:
        """Make rows, lexical index and manifest agree again after a killed writer. The lock is held."""
        self._save(self._manifest.begun(self._me))
        if self._manifest.reindexing:
            self._papers = {p.id: p for p in self.store.papers()}
            self._rebuild()
        stale = stale_rows(list(self.store.rows()))
        self.store.delete(sorted(stale))
        self._papers = {p.id: p for p in self.store.papers()}
        self._spans.clear()
        generation = self._manifest.generation + 1
        self._lexical.rebuild(self._lexical_rows(), generation)
        self._save(self._manifest.done())

    def _lexical_rows(self) -> Iterator[LexicalRow]:
        return (LexicalRow(*row) for row in self.store.texts())
