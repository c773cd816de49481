"""Any sequence of adds, updates, removals and reopenings keeps the library whole."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from rag.paper import Paper
from tests.library.build import assert_whole, numbered, open_at

_numbers = st.lists(st.integers(0, 7), min_size=1, max_size=4)


class _LibraryMachine(RuleBasedStateMachine):
    @initialize()
    def start(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.library = open_at(self.folder)
        self.model: dict[str, Paper] = {}

    @rule(numbers=_numbers, version=st.integers(1, 2))
    def write(self, numbers: list[int], version: int) -> None:
        papers = [numbered(n, version=version) for n in numbers]
        self.library.write(papers)
        self.model.update({p.id: p for p in papers})

    @rule(numbers=_numbers)
    def remove(self, numbers: list[int]) -> None:
        ids = {numbered(n).id for n in numbers}
        assert self.library.remove(ids) == len(ids & self.model.keys())
        self.model = {k: p for k, p in self.model.items() if k not in ids}

    @rule()
    def reopen(self) -> None:
        self.library.close()
        self.library = open_at(self.folder)

    @invariant()
    def says_what_was_written(self) -> None:
        if hasattr(self, "library"):
            assert {p.id: p for p in self.library.papers()} == self.model
            assert_whole(self.library)

    def teardown(self) -> None:
        if hasattr(self, "library"):
            self.library.close()
            shutil.rmtree(self.folder, ignore_errors=True)


_LibraryMachine.TestCase.settings = settings(
    max_examples=12, stateful_step_count=8, deadline=None, suppress_health_check=list(HealthCheck)
)
TestLibrary = _LibraryMachine.TestCase
