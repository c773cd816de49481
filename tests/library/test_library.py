"""The library: idempotent ingest, updates, removal, readers that notice, and what it refuses."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import pytest

from rag.errors import LibraryBrokenError, LibraryLockedError, LibraryMismatchError
from rag.library import Library
from rag.library.lock import writer_lock
from tests.fakes.embedder import HashingEmbedder
from tests.library.build import assert_whole, numbered, open_at, paper


def test_writing_twice_changes_nothing(tmp_path: Path) -> None:
    library = open_at(tmp_path)
    papers = [numbered(i) for i in range(5)]
    assert len(library.write(papers).added) == 5
    again = library.write(papers)
    assert (again.added, again.updated, len(again.unchanged)) == ([], [], 5)
    assert len(library.papers()) == 5
    assert_whole(library)


def test_a_new_revision_replaces_the_old_rows(tmp_path: Path) -> None:
    library = open_at(tmp_path)
    library.write([numbered(1), numbered(2)])
    report = library.write([numbered(1, version=2)])
    assert len(report.updated) == 1
    assert len(report.added) == 0
    assert_whole(library)
    assert not library.lexical.search(["version1"], 5) or all(
        library.passage(h.id) is not None for h in library.lexical.search(["version1"], 5)
    )
    held = library.paper(numbered(1).id)
    assert held is not None
    assert "version2" in held.abstract


def test_removed_papers_are_gone_from_both_indexes_and_may_come_back(tmp_path: Path) -> None:
    library = open_at(tmp_path)
    library.write([numbered(i) for i in range(4)])
    assert library.remove([numbered(2).id, "unknown"]) == 1
    assert library.remove([numbered(2).id]) == 0
    assert_whole(library)
    library.write([numbered(2)])
    assert_whole(library)


def test_an_abstract_takes_the_place_of_a_note_and_a_note_never_that_of_an_abstract(tmp_path: Path) -> None:
    library = open_at(tmp_path)
    note = paper("Ringwise exchange", "A note in our words about ringwise exchange of tensors.", text_kind="note")
    abstract = paper("Ringwise exchange", "The abstract by its authors tells of tensors exchanged ring by ring.")
    library.write([note])
    library.write([abstract])
    assert [p.text_kind for p in library.papers()] == ["abstract"]
    library.write([note])
    assert [p.text_kind for p in library.papers()] == ["abstract"]
    assert_whole(library)


def test_what_is_written_is_there_after_reopening(tmp_path: Path) -> None:
    first = open_at(tmp_path)
    first.write([numbered(i) for i in range(3)])
    papers = first.papers()
    first.close()
    second = open_at(tmp_path)
    assert second.papers() == papers
    assert_whole(second)


def test_duplicate_vectors_are_all_stored(tmp_path: Path) -> None:
    """HNSW leaves equal vectors unreachable; listing must not depend on queries."""
    library = open_at(tmp_path)
    papers = [paper(f"Copy {'i' * n}", "The very same words stand in every one of these texts.") for n in range(1, 41)]
    library.write(papers)
    assert len(library.papers()) == 40
    assert library.store.count() == 40
    library.close()
    assert len(open_at(tmp_path).papers()) == 40


def _write_in_another_process(folder: str, first: int, last: int) -> None:
    library = open_at(Path(folder), wait=30)
    library.write([numbered(i) for i in range(first, last)])
    library.close()


def _run(target: object, *args: object) -> None:
    process = multiprocessing.get_context("spawn").Process(target=target, args=args)  # type: ignore[arg-type]
    process.start()
    process.join(60)
    assert process.exitcode == 0


def test_an_open_reader_notices_what_another_process_wrote(tmp_path: Path) -> None:
    reader = open_at(tmp_path)
    reader.write([numbered(1)])
    assert not reader.refresh()
    _run(_write_in_another_process, str(tmp_path), 2, 6)
    assert reader.refresh()
    assert len(reader.papers()) == 5
    # The vectors too, not only the rows: a query has to reach what the other process stored.
    wanted = reader.rows_of([numbered(4).id])
    found = reader.store.query(reader.embedder.query(f"Subject4 studied. {reader.passages(numbered(4).id)[0].text}"), 5)
    assert {h.id for h in found} & set(wanted)
    assert_whole(reader)


def test_several_processes_writing_lose_nothing(tmp_path: Path) -> None:
    open_at(tmp_path).close()
    context = multiprocessing.get_context("spawn")
    writers = [
        context.Process(target=_write_in_another_process, args=(str(tmp_path), 10 * i, 10 * i + 5)) for i in range(3)
    ]
    for w in writers:
        w.start()
    for w in writers:
        w.join(120)
    assert [w.exitcode for w in writers] == [0, 0, 0]
    library = open_at(tmp_path)
    assert len(library.papers()) == 15
    assert_whole(library)


def test_a_second_writer_is_told_in_one_line(tmp_path: Path) -> None:
    library = open_at(tmp_path)
    with writer_lock(tmp_path / "writer.lock", wait=0), pytest.raises(LibraryLockedError, match="another process"):
        library.write([numbered(1)])
    library.write([numbered(1)])
    assert_whole(library)


def test_readers_read_on_while_another_writes(tmp_path: Path) -> None:
    library = open_at(tmp_path)
    library.write([numbered(1)])
    with writer_lock(tmp_path / "writer.lock", wait=0):
        reader = open_at(tmp_path)
        assert len(reader.papers()) == 1


class _Other(HashingEmbedder):
    name = "other-32"


def test_another_embedder_is_refused_with_the_command_that_rebuilds(tmp_path: Path) -> None:
    open_at(tmp_path).write([numbered(1)])
    with pytest.raises(LibraryMismatchError, match="rag reindex --embedder other-32"):
        open_at(tmp_path, embedder=_Other())


def test_reindex_changes_the_embedder_and_the_passages_and_keeps_the_papers(tmp_path: Path) -> None:
    library = open_at(tmp_path)
    library.write([numbered(i) for i in range(3)])
    papers, rows = library.papers(), library.store.count()
    assert library.reindex(_Other(), 512) == 3
    assert library.papers() == papers
    assert library.store.count() == 3 < rows
    assert_whole(library)
    library.close()
    again = open_at(tmp_path, embedder=_Other())
    assert again.papers() == papers
    assert_whole(again)


def test_a_reader_follows_a_reindex_by_another_handle(tmp_path: Path) -> None:
    reader = open_at(tmp_path)
    reader.write([numbered(i) for i in range(3)])
    writer = open_at(tmp_path)
    writer.reindex(HashingEmbedder(), 512)
    assert reader.refresh()
    assert reader.passage_tokens == 512
    assert_whole(reader)


def test_a_lost_lexical_index_is_rebuilt_from_the_store(tmp_path: Path) -> None:
    import shutil

    library = open_at(tmp_path)
    library.write([numbered(i) for i in range(3)])
    library.close()
    shutil.rmtree(tmp_path / "lexical")
    assert_whole(open_at(tmp_path))


def test_a_torn_lexical_index_is_rebuilt_from_the_store(tmp_path: Path) -> None:
    library = open_at(tmp_path)
    library.write([numbered(i) for i in range(3)])
    library.close()
    (tmp_path / "lexical" / "meta.json").write_text("{ torn", encoding="utf-8")
    assert_whole(open_at(tmp_path))


@pytest.mark.parametrize("text", ["", "{", '{"schema_version": 1}', "[]"])
def test_a_broken_manifest_is_one_clear_line(tmp_path: Path, text: str) -> None:
    open_at(tmp_path).close()
    (tmp_path / "manifest.json").write_text(text, encoding="utf-8")
    with pytest.raises(LibraryBrokenError, match="manifest"):
        open_at(tmp_path)


def test_a_library_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    open_at(tmp_path).close()
    path = tmp_path / "manifest.json"
    path.write_text(path.read_text(encoding="utf-8").replace('"schema_version":1', '"schema_version":9'))
    with pytest.raises(LibraryMismatchError, match="newer"):
        open_at(tmp_path)


def test_a_failing_embedder_leaves_the_library_as_it_was(tmp_path: Path) -> None:
    class Failing(HashingEmbedder):
        def documents(self, texts):  # type: ignore[no-untyped-def]
            raise RuntimeError("weights gone")

    library: Library = open_at(tmp_path)
    library.write([numbered(1)])
    library.embedder = Failing()
    with pytest.raises(RuntimeError):
        library.write([numbered(2)])
    library.close()
    again = open_at(tmp_path)
    assert [p.id for p in again.papers()] == [numbered(1).id]
    assert_whole(again)
