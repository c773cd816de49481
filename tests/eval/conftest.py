"""What several tests of the harness stand on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.eval.build import TEXTS


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    """The invented papers as a file to ingest."""
    path = tmp_path / "papers.jsonl"
    path.write_text("".join(json.dumps({"title": t, "abstract": a}) + "\n" for t, a in TEXTS.items()))
    return path
