"""The split of the bundled cases into dev (tune on it) and test (report it).

By paper: each paper goes to dev or test by a hash of its title, its near duplicate (one work under two titles) with
it, and the questions about one paper follow the paper, so that what was tuned on a paper's questions is never
reported on the same paper's. Surveys and comparisons join many papers, so keeping whole clusters together would leave
one cluster; they and the unanswerable cases are split by a hash of their own id instead. A paper of the test half may
therefore appear in a survey of the dev half; its own questions may not.

The hash (not a random draw) keeps every old case where it is when new ones are added. Its prefixes were chosen once,
before any system had been run, so that the halves are of equal size and each kind stands in both.
"""

from __future__ import annotations

import hashlib
from typing import Final

from eval.cases import Case, Split
from rag.corpus.identity import title_key

# One work published under two titles; the second follows the first.
SAME_WORK: Final = {
    title_key("QiMeng-MuPa: Mutual-Supervised Learning for Sequential-to-Parallel Code Translation"): title_key(
        "Mutual-Supervised Learning for Sequential-to-Parallel Code Translation"
    ),
}


def split_of_title(title: str) -> Split:
    """The half of a paper."""
    key = title_key(title)
    return _half(f"title:{SAME_WORK.get(key, key)}")


def split_of(case: Case) -> Split:
    """The half of a case: its paper's, where it is about one paper, else by its id."""
    return split_of_title(case.home) if case.home is not None else _half(f"id/{case.id}")


def _half(key: str) -> Split:
    return "dev" if hashlib.sha256(key.encode("utf-8")).digest()[0] % 2 == 0 else "test"
