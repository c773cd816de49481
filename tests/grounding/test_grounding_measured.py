"""The offline judge measured on hand-written claims about the user's pages.

No weight was fitted on them; but features and rules were mended after reading errors made there. These are figures of
development: an honest figure needs claims that nobody here has read.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from itertools import pairwise
from pathlib import Path

import pytest

from rag.grounding import OfflineJudge

SHARED = Path(__file__).resolve().parents[3] / "shared"
CLAIMS, CORPUS = SHARED / "eval" / "claims.jsonl", SHARED / "corpus"

pytestmark = pytest.mark.skipif(not CLAIMS.exists(), reason="the claims about the user's pages are not on this machine")


def _key(title: str) -> str:
    return re.sub(r"[^a-z0-9]+", " ", title.lower()).strip()


def _evidence() -> dict[str, str]:
    found = {}
    for page in sorted(CORPUS.glob("*.txt")):
        lines = [line.strip() for line in page.read_text(encoding="utf-8").splitlines() if line.strip()]
        for title, text in pairwise(lines):
            if len(text.split()) >= 60 and len(title.split()) < 40:
                title = re.sub(r"^Subscribe", "", title)
                found[_key(title)] = f"{title}. {text}"
    return found


def test_better_than_the_lexical_baseline() -> None:
    judge, evidence = OfflineJudge(), _evidence()
    twins: dict[str, dict[bool, tuple[bool, float]]] = defaultdict(dict)
    for line in CLAIMS.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        verdict = judge.judge(row["claim"], evidence[_key(row["paper"])])
        twins[row["pair"]][row["label"] == "supported"] = (verdict.supported, verdict.score)
    pairs = list(twins.values())
    sensitivity = sum(p[True][0] for p in pairs) / len(pairs)
    specificity = sum(not p[False][0] for p in pairs) / len(pairs)
    both = sum(p[True][0] and not p[False][0] for p in pairs) / len(pairs)
    ranked = sum(p[True][1] > p[False][1] for p in pairs) / len(pairs)
    # Measured .78, .56 and .90 (baselines .65, .32 and .76); the floors leave room for a change of rules, not for less.
    assert (sensitivity + specificity) / 2 > 0.75
    assert both > 0.53
    assert ranked > 0.87


def test_sentences_of_the_abstracts_support_themselves() -> None:
    from rag.text import split_sentences

    judge = OfflineJudge()
    for text in list(_evidence().values())[::6]:
        for sentence in split_sentences(text):
            if len(sentence.text.split()) >= 5:
                verdict = judge.judge(sentence.text, text)
                assert verdict.label == "supported", (sentence.text[:60], verdict.reason)
