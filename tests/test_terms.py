"""Terms: acronyms lose the s of their plural, words keep theirs; a changed analysis is noticed by what stored it."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from rag.library import lexical
from rag.library.location import notes_file
from rag.text import terms
from rag.text.terms import ANALYSIS
from tests.library.build import numbered, open_at


@pytest.mark.parametrize(
    ("plural", "term"),
    [("GPUs", "gpu"), ("FPGAs", "fpga"), ("gpus", "gpu"), ("fpgas", "fpga"), ("GPUS", "gpu"), ("TPUs", "tpu"),
     ("npus", "npu"), ("ASICs", "asic"), ("APIs", "api"), ("SoCs", "soc"), ("LLMs", "llm"), ("H100s", "h100"),
     ("GPU's", "gpu"), ("MoEs", "moe")],
)  # fmt: skip
def test_the_plural_of_an_acronym_is_the_acronym(plural: str, term: str) -> None:
    assert terms(plural) == [term]


def test_the_plural_ends_a_compound() -> None:
    assert terms("multi-GPUs") == terms("multi-GPU") == ["multi", "gpu", "multigpu"]


@pytest.mark.parametrize("word", ["plus", "thus", "bus", "gas", "virus", "this", "corpus", "opus", "pros", "us", "is"])
def test_words_keep_their_s(word: str) -> None:
    assert terms(word) == [word]


def test_whoever_changes_the_terms_steps_the_analysis() -> None:
    found = " ".join(terms(notes_file().read_text(encoding="utf-8")))
    assert (ANALYSIS, hashlib.sha256(found.encode()).hexdigest()[:16]) == (2, "b4d6103301f9aeff")


def test_a_library_of_an_older_analysis_rebuilds_its_lexical_index(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as older:
        older.setattr(lexical, "_GENERATION_ROW", "generation of analysis 1")
        older.setattr(lexical, "content_terms", lambda _: ["outdated"])
        made = open_at(tmp_path)
        made.write([numbered(i) for i in range(3)])
        rows = made.lexical.size
        assert made.lexical.document_frequency("outdated") == rows > 0
        made.close()
    again = open_at(tmp_path)
    assert again.lexical.document_frequency("outdated") == 0
    assert again.lexical.document_frequency(terms(numbered(0).title)[0]) > 0
    assert again.lexical.size == rows
    again.close()
