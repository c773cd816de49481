"""Twin claims: reading, asking, scoring; and the bundled ones."""

from __future__ import annotations

import json
import re
from collections import Counter
from difflib import SequenceMatcher
from pathlib import Path

import pytest

from eval.figures import Estimate
from eval.judging import ask, bundled_claims, load_claims, twin_requests
from eval.judging.records import Judged
from eval.judging.twins import pairs_of, twin_figures
from eval.split import split_of_title
from rag.answer import Label
from rag.corpus import read_sources
from rag.corpus.identity import title_key
from rag.errors import InputError, ModelAuthError
from rag.library.location import notes_file
from tests.eval.judging import Evidence, RuleJudge, credulous, fails, make_paper

PAPERS = [make_paper(f"Paper {n}", f"Rope {n} is strong.") for n in range(6)]


def rows(kinds: tuple[str, ...] = ("number", "swap")) -> list[dict[str, str]]:
    found = []
    for n, paper in enumerate(PAPERS):
        both = {"paper": paper.title, "pair": f"p{n}"}
        found.append({**both, "id": f"{n}a", "claim": f"Rope {n} is good", "label": "supported", "kind": "paraphrase"})
        kind = kinds[n % len(kinds)]
        found.append({**both, "id": f"{n}b", "claim": f"Rope {n} is bad", "label": "unsupported", "kind": kind})
    return found


@pytest.fixture
def claims_file(tmp_path: Path) -> Path:
    return written(tmp_path, rows())


def written(folder: Path, lines: list[dict[str, str]]) -> Path:
    path = folder / "claims.jsonl"
    path.write_text("".join(json.dumps(r) + "\n" for r in lines))
    return path


def figures(items: list[Judged], group: str = "all") -> dict[str, Estimate]:
    return {f.metric: f for f in twin_figures(items) if f.group == group}


def perfect(claim: str, _evidence: Evidence) -> tuple[Label, float]:
    return ("supported", 0.8) if "good" in claim else ("contradicted", 0.1)


def test_a_perfect_judge_has_all_pairs(claims_file: Path) -> None:
    judge = RuleJudge(perfect)
    items = ask(judge, twin_requests(load_claims(claims_file), PAPERS))
    found = figures(items)
    assert [found[m].value for m in ("BothRight", "TrueAbove", "BalancedAccuracy", "AUROC")] == [1, 1, 1, 1]
    assert (found["BothRight"].n, found["BothRight"].clusters) == (6, 6)
    assert found["BothRight"].low is not None and found["BothRight"].low < 0.7  # six pairs prove little
    assert figures(items, "swap")["BothRight"].n == 3
    # The judge reads what the product's own check reads: title and text.
    assert judge.asked[0] == ("Rope 0 is good", "Paper 0. Rope 0 is strong.")


def test_believing_everything_gets_half_of_the_claims_and_no_pair(claims_file: Path) -> None:
    found = figures(ask(RuleJudge(credulous), twin_requests(load_claims(claims_file), PAPERS)))
    assert found["BalancedAccuracy"].value == 0.5
    assert found["BothRight"].value == 0.0
    assert found["Tied"].value == 1.0
    assert found["TrueAbove"].value == 0.0  # a tie is no win
    assert found["AUROC"].value == 0.5


def test_ranking_is_read_from_scores_where_labels_are_alike(claims_file: Path) -> None:
    def unsure(claim: str, evidence: Evidence) -> tuple[Label, float]:
        return "unsure", perfect(claim, evidence)[1]

    found = figures(ask(RuleJudge(unsure), twin_requests(load_claims(claims_file), PAPERS)))
    assert found["AUROC"].value == 1.0
    assert found["TrueAbove"].value == 1.0
    assert found["BothRight"].value == 0.0


def test_where_the_judge_fails_the_item_stays_and_is_wrong(claims_file: Path) -> None:
    def sometimes(claim: str, evidence: Evidence) -> tuple[Label, float]:
        return fails(claim, evidence) if claim.startswith("Rope 0") else perfect(claim, evidence)

    items = ask(RuleJudge(sometimes), twin_requests(load_claims(claims_file), PAPERS), workers=3)
    assert [i.id for i in items] == [r["id"] for r in rows()]
    assert [i.failure for i in items if i.failure] == ["ModelTimeoutError: nothing came"] * 2
    found = figures(items)
    assert found["BothRight"].value == pytest.approx(5 / 6)
    assert found["BothRight"].n == 6
    assert found["BalancedAccuracy"].value == pytest.approx(5 / 6)
    assert found["AUROC"].value < 1.0


def test_a_refused_key_ends_the_measurement(claims_file: Path) -> None:
    def refuse(_claim: str, _evidence: Evidence) -> tuple[Label, float]:
        raise ModelAuthError("no")

    judge = RuleJudge(refuse)
    with pytest.raises(ModelAuthError):
        ask(judge, twin_requests(load_claims(claims_file), PAPERS), workers=2)
    assert len(judge.asked) < 12


def test_a_limit_keeps_whole_pairs_of_every_kind(claims_file: Path) -> None:
    items = ask(RuleJudge(perfect), twin_requests(load_claims(claims_file), PAPERS, limit=3))
    kinds = Counter(p.kind for p in pairs_of(items))
    assert sum(kinds.values()) == 3
    assert len(items) == 6
    assert set(kinds) == {"number", "swap"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"label": "true"}, "label"),
        ({"label": "unsupported"}, "the pair 'p0' is not one true and one false"),
        ({"paper": "Paper 1"}, "the pair 'p0'"),
        ({"id": "0b"}, "an id stands twice"),
        ({"claim": ""}, "claims.jsonl:1: claim"),
        ({"note": "x"}, "claims.jsonl:1: note"),
    ],
)
def test_faulty_claims_are_refused_with_the_reason(tmp_path: Path, change: dict[str, str], message: str) -> None:
    lines = rows()
    lines[0] |= change
    with pytest.raises(InputError, match=re.escape(message)):
        load_claims(written(tmp_path, lines))


def test_claims_about_absent_papers_are_refused(claims_file: Path) -> None:
    with pytest.raises(InputError, match="lacks 5 papers"):
        twin_requests(load_claims(claims_file), PAPERS[:1])


def test_the_bundled_twins_are_alike_and_about_notes_of_the_test_half() -> None:
    claims = bundled_claims()
    titles = {title_key(p.title) for p in read_sources([notes_file()]).papers}
    assert {title_key(c.paper) for c in claims} <= titles
    assert all(split_of_title(c.paper) == "test" for c in claims)
    true = {c.pair: c for c in claims if c.label == "supported"}
    false = [c for c in claims if c.label == "unsupported"]
    assert len(false) >= 60
    assert len({c.paper for c in claims}) >= 60  # so that papers can be resampled
    kinds = Counter(c.kind for c in false)
    assert set(kinds) == {"number", "entity", "direction", "negation", "overclaim", "swap", "addition"}
    assert min(kinds.values()) >= 8
    for claim in false:
        alike = SequenceMatcher(None, true[claim.pair].claim.split(), claim.claim.split()).ratio()
        assert alike > 0.6, claim.id
    assert len({c.claim for c in claims}) == len(claims)
