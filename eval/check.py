"""Checks of cases against the papers that they name, and the way in which new cases join the bundled ones."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from eval.cases import KINDS, SINGLE_KINDS, SPLITS, UNANSWERABLE_KINDS, Case, Kind, load_cases
from eval.split import split_of
from rag.corpus.identity import title_key
from rag.errors import InputError
from rag.paper import Paper

# The least that the bundled suite holds. Questions per paper: at least one that names it and one that does not.
LEAST: Final[dict[str, int]] = {"survey": 20, "compare": 20, "unanswerable": 40}
FILES: Final[dict[str, tuple[Kind, ...]]] = {
    "questions.jsonl": SINGLE_KINDS,
    "surveys.jsonl": ("survey",),
    "compare.jsonl": ("compare",),
    "unanswerable.jsonl": UNANSWERABLE_KINDS,
}


def check_cases(cases: Iterable[Case], papers: Iterable[Paper]) -> list[str]:
    """Faults of cases against the papers: unknown titles, evidence that is not verbatim, half of a same-work pair.

    Returns one line per fault, empty when all is well.
    """
    by_title = {title_key(p.title): p for p in papers}
    by_id = {p.id: p for p in by_title.values()}
    faults: list[str] = []
    for case in cases:
        for title in (*case.relevant, *case.close_to):
            if title_key(title) not in by_title:
                faults.append(f"{case.id}: no paper is called {title!r}")
        for title, sentences in case.evidence.items():
            paper = by_title.get(title_key(title))
            for sentence in sentences if paper else ():
                if paper is not None and sentence not in paper.abstract:
                    faults.append(f"{case.id}: not a sentence of {title[:40]!r}: {sentence[:60]!r}")
        if case.split is not None and case.split != split_of(case):
            faults.append(f"{case.id}: stands in {case.split}, belongs to {split_of(case)}")
        faults += _half_pairs(case, by_title, by_id)
    return faults


def check_coverage(cases: Sequence[Case], papers: Iterable[Paper]) -> list[str]:
    """What the bundled suite lacks: questions for every paper, surveys, comparisons, every kind of unanswerable."""
    faults: list[str] = []
    named = {title_key(c.home or "") for c in cases if c.kind == "named"}
    unnamed = {title_key(c.home or "") for c in cases if c.kind in ("topical", "finding")}
    for paper in papers:
        key = title_key(paper.title)
        if key not in named:
            faults.append(f"no question names {paper.title!r}")
        if key not in unnamed:
            faults.append(f"no question is about {paper.title!r} without naming it")
    counts = Counter(c.kind if c.answerable else "unanswerable" for c in cases)
    faults += [f"{counts[k]} cases are {k}, at least {n} are due" for k, n in LEAST.items() if counts[k] < n]
    found = {(c.kind, c.split) for c in cases}
    faults += [f"no case of the {s} half is {k}" for k in KINDS for s in SPLITS if (k, s) not in found]
    faults += [f"{c.id} belongs to no half" for c in cases if c.split is None]
    return faults


def assemble(drafts: Sequence[Path], papers: Sequence[Paper], folder: Path) -> dict[str, int]:
    """Merge drafts into ``folder``, one file per family of kinds, each case with its split; what stands there is kept.

    Returns the number of cases per file.

    Raises:
        InputError: a draft does not parse, an id is used twice, or a case does not agree with the papers.
    """
    standing = load_cases(folder) if any(folder.glob("*.jsonl")) else ()
    added = [c for path in drafts for c in load_cases(path)]
    if twice := [i for i, n in Counter(c.id for c in added).items() if n > 1]:
        raise InputError(f"the id {twice[0]!r} stands in two drafts", "Give each case an id of its own")
    # A draft with the id of a case that stands replaces it: that is how a case is corrected.
    merged = {c.id: c for c in (*standing, *added)}
    placed = [c.model_copy(update={"split": split_of(c)}) for c in merged.values()]
    if faults := check_cases(placed, papers):
        raise InputError(f"{len(faults)} faults, the first: {faults[0]}", "List all with: rag eval cases check PATH")
    folder.mkdir(parents=True, exist_ok=True)
    counts: dict[str, int] = {}
    for name, kinds in FILES.items():
        rows = [c for c in placed if c.kind in kinds]
        counts[name] = len(rows)
        if rows:
            (folder / name).write_text("".join(_line(c) + "\n" for c in rows), encoding="utf-8")
    return counts


def _half_pairs(case: Case, by_title: dict[str, Paper], by_id: dict[str, Paper]) -> list[str]:
    """Cases that ask for one work but name only one of its two records: the other would be scored as wrong."""
    if case.kind in ("named", "compare"):
        return []  # these ask for one of the two by its name
    found = [by_title[title_key(t)] for t, g in case.relevant.items() if g == 2 and title_key(t) in by_title]
    ids = {p.id for p in found}
    return [
        f"{case.id}: names {p.title[:40]!r} but not the same work as {by_id[o].title[:40]!r}"
        for p in found
        for o in p.same_work
        if o not in ids and o in by_id
    ]


def _line(case: Case) -> str:
    fields = case.model_dump(mode="json", exclude_none=True)
    if not case.close_to:
        fields.pop("close_to")
    return json.dumps(fields, ensure_ascii=False)
