"""The offline judge: what it must get right whatever its weights are."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
from importlib.resources import files
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.answer import Label, Verdict
from rag.answering.naming import freed, names_subject, short_name
from rag.grounding import Judge, OfflineJudge, SyncJudge
from rag.grounding.features import AGAINST, FOR, NAMES
from rag.grounding.tokens import REFERENCE, references
from rag.grounding.wording import fold
from rag.paper import Paper
from rag.text import display, split_sentences

# Whoever fits the judge anew (python -m eval.fit_offline_judge --write) raises its number and pins here.
PINNED = "fcb8aee4d1fdf02dcdeb7597e552b2cfcef759e3710e40030035b3c311462ff1"

EVIDENCE = (
    "RopeWeave: Scheduling for Ropes. Twisting ropes by hand is slow and error-prone. We present RopeWeave, a "
    "scheduler that overlaps twisting with drying. RopeWeave reduces the drying time by up to 35\\% on eight H70 "
    "spindles and does not need extra oil. Compared with HempLine, it delivers 2.15times higher throughput, while "
    "HempLine uses less wax. Some users may notice softer ropes. In simulated harbours, knots correlate with humidity."
)


@pytest.fixture(scope="module")
def judge() -> OfflineJudge:
    return OfflineJudge()


def test_it_is_a_judge(judge: OfflineJudge) -> None:
    assert isinstance(judge, Judge)
    assert isinstance(judge, SyncJudge)
    assert judge.name == "offline-judge@7"


def test_the_calibration_is_pinned() -> None:
    data = files("rag.grounding").joinpath("data", "offline_judge_7.json").read_bytes()
    assert hashlib.sha256(data).hexdigest() == PINNED
    raw = json.loads(data)
    assert set(raw["features"]) == set(NAMES)
    assert all(raw["features"][name]["weight"] <= 0 for name in AGAINST)
    assert all(raw["features"][name]["weight"] >= 0 for name in FOR)
    assert 0 < raw["thresholds"]["unsupported"] < raw["thresholds"]["supported"] < 1


@pytest.mark.parametrize(
    "claim",
    [
        "We present RopeWeave, a scheduler that overlaps twisting with drying.",
        "we present RopeWeave, a scheduler that overlaps twisting  with drying",
        "RopeWeave: Twisting ropes by hand is slow and error-prone.",
        "RopeWeave reduces the drying time by up to 35% on eight H70 spindles and does not need extra oil.",
        "Compared with HempLine, it delivers 2.15x higher throughput, while HempLine uses less wax.",
    ],
)
def test_verbatim_is_supported(judge: OfflineJudge, claim: str) -> None:
    verdict = judge.judge(claim, EVIDENCE)
    assert (verdict.label, verdict.score) == ("supported", 0.99)
    assert verdict.start is not None
    assert verdict.end is not None
    assert EVIDENCE[verdict.start : verdict.end].strip()


@pytest.mark.parametrize(
    ("true", "false", "reason"),
    [
        ("RopeWeave cuts drying by up to 35% on H70.", "RopeWeave cuts drying by up to 45% on H70.", "figure 45%"),
        ("RopeWeave dries on eight H70 spindles.", "RopeWeave dries on eight A900 spindles.", "name A900"),
        ("RopeWeave reduces the drying time.", "RopeWeave increases the drying time.", "'increases'"),
        ("RopeWeave does not need extra oil.", "RopeWeave needs extra oil on eight spindles.", ""),
        ("RopeWeave overlaps twisting and drying.", "RopeWeave does not overlap twisting and drying.", "'not overlap'"),
        ("RopeWeave has higher throughput than HempLine.", "HempLine has higher throughput than RopeWeave.", ""),
        ("RopeWeave reduces drying by up to 35%.", "RopeWeave reduces drying by at least 35%.", "at most 35%"),
        ("Some users may notice softer ropes with it.", "All users will always notice softer ropes with it.", ""),
        ("Knots correlate with humidity in simulation.", "Knots cause humidity in harbours.", ""),
        ("RopeWeave has 2.15 times the throughput.", "RopeWeave has 3.15 times the throughput.", "3.15"),
    ],
)
def test_of_two_twins_the_true_one_scores_higher(judge: OfflineJudge, true: str, false: str, reason: str) -> None:
    good, bad = judge.judge(true, EVIDENCE), judge.judge(false, EVIDENCE)
    assert good.score > bad.score, (good, bad)
    if reason:
        assert bad.label in {"unsupported", "contradicted"}
        assert reason in bad.reason


def test_the_spelling_of_a_figure_does_not_matter(judge: OfflineJudge) -> None:
    scores = {
        judge.judge(f"RopeWeave delivers {x} throughput.", EVIDENCE).score
        for x in ("2.15x higher", "2.15 times higher")
    }
    assert min(scores) > 0.5


def test_another_paper_does_not_support(judge: OfflineJudge) -> None:
    other = "Cheese Maps: We catalogue cheeses of the Alps and find that altitude explains most of their flavour."
    assert judge.judge("RopeWeave overlaps twisting with drying.", other).label in {"unsupported", "contradicted"}


def test_a_verbatim_part_that_its_sentence_denies_is_not_supported(judge: OfflineJudge) -> None:
    evidence = "We do not find that twisting by hand is faster than machines."
    assert judge.judge("Twisting by hand is faster than machines.", evidence).score < 0.9


def test_a_name_before_a_colon_may_not_turn_it_round(judge: OfflineJudge) -> None:
    verdict = judge.judge("It is false that: Twisting ropes by hand is slow and error-prone.", EVIDENCE)
    assert verdict.score < 0.99


@pytest.mark.parametrize(
    ("claim", "evidence"), [("", EVIDENCE), ("   ", ""), ("RopeWeave dries.", ""), ("x", EVIDENCE), ("!?", "...")]
)
def test_next_to_nothing_is_never_supported(judge: OfflineJudge, claim: str, evidence: str) -> None:
    verdict = judge.judge(claim, evidence)
    assert verdict.label in {"unsure", "unsupported"}
    assert verdict.reason


def test_evidence_in_pieces_is_joined(judge: OfflineJudge) -> None:
    pieces = EVIDENCE.split(". ")
    claim = "RopeWeave overlaps twisting with drying and delivers 2.15x higher throughput compared with HempLine."
    joint = judge.judge(claim, pieces)
    assert joint.score >= max(judge.judge(claim, piece).score for piece in pieces)
    assert joint.label == "supported"
    assert joint.start is None
    assert judge.judge(claim, []).label == "unsupported"
    assert judge.judge(claim, [EVIDENCE]).label == judge.judge(claim, EVIDENCE).label


def test_many_is_one_by_one(judge: OfflineJudge) -> None:
    pairs: list[tuple[str, str | list[str]]] = [
        ("RopeWeave overlaps twisting.", EVIDENCE),
        ("Nothing.", [EVIDENCE, ""]),
    ]
    assert judge.judge_many(pairs) == [judge.judge(*pair) for pair in pairs]


@pytest.mark.parametrize(
    "evidence",
    [
        EVIDENCE * 9_000,
        "1" * 5_000_000,
        "a" * 5_000_000,
        "x, " * 1_700_000,
        "e.g. " * 1_000_000,
        "x" + " " * 5_000_000 + "y",
        "12 and 13 to " * 400_000,
        "| 3.5 | 17% | 2019 | 4 ms " * 200_000,
    ],
    ids=["prose", "digits", "letters", "no end of sentence", "stops", "spaces", "ranges", "table"],
)
def test_five_megabytes_do_not_hang(judge: OfflineJudge, evidence: str) -> None:
    start = time.process_time()
    verdict = judge.judge("RopeWeave does not reduce the drying time by 36% on H71 spindles.", evidence)
    assert time.process_time() - start < 20
    assert "only the first" in verdict.reason


def test_a_pair_takes_milliseconds(judge: OfflineJudge) -> None:
    claims = [f"RopeWeave reduces the drying time of rope {i} by up to {i}% and needs no oil." for i in range(100)]
    start = time.process_time()
    for claim in claims:
        judge.judge(claim, EVIDENCE)
    assert (time.process_time() - start) / len(claims) < 0.05


@settings(deadline=None)
@given(st.text(max_size=200), st.text(max_size=400))
def test_any_text_gets_a_whole_verdict_twice_the_same(claim: str, evidence: str) -> None:
    judge = OfflineJudge()
    verdict = judge.judge(claim, evidence)
    assert verdict.label in get_args(Label)
    assert "\n" not in verdict.reason.replace(claim, "")
    if verdict.start is not None and verdict.end is not None:
        assert 0 <= verdict.start < verdict.end <= len(evidence)
    assert judge.judge(claim, evidence) == verdict == Verdict.model_validate_json(verdict.model_dump_json())


def test_a_head_that_the_title_holds_costs_nothing(judge: OfflineJudge) -> None:
    title = "Pouring without Spilling: Is Care All You Need?"
    passage = f"{title}. We pour with a controller that was placed on an FPGA."
    for head in (title, "Pouring without Spilling", "Pouring without ..."):
        verdict = judge.judge(f"{head}: We pour with a controller that was placed on an FPGA.", passage)
        assert (verdict.label, verdict.score) == ("supported", 0.99), head
    assert judge.judge("It is false: We pour with a controller on an FPGA.", passage).label != "supported"


def test_every_sentence_of_every_note_stands_behind_its_title_and_name(judge: OfflineJudge) -> None:
    lines = files("rag.data").joinpath("notes.jsonl").read_text(encoding="utf-8").splitlines()
    for note in map(json.loads, lines):
        paper = Paper(id=note["title"], revision="1", title=note["title"], abstract=note["abstract"], text_kind="note")
        passage, name = f"{paper.title}. {paper.abstract}", short_name(paper)
        for sentence in split_sentences(paper.abstract):
            text = freed(display(sentence.text))
            shown = text if names_subject(text, name) else f"{name}: {text}"
            for claim in (f"{paper.title}: {sentence.text}", f"{name}: {sentence.text}", shown):
                assert judge.judge(claim, passage).label == "supported", claim


def test_what_shares_only_a_name_is_not_supported_in_part(judge: OfflineJudge) -> None:
    assert judge.judge("RopeWeave was deployed in hospitals to train nurses.", EVIDENCE).label == "unsupported"


def test_a_bound_that_was_lost_is_not_supported(judge: OfflineJudge) -> None:
    lost = judge.judge("RopeWeave reduces the drying time by 35% on eight H70 spindles.", EVIDENCE)
    assert lost.label != "supported"
    assert "at most 35" in lost.reason


_JUDGED = """
from eval.judging.passages import passage_twins, passages
from rag.grounding import OfflineJudge

texts, judge = passages(), OfflineJudge()
for twin in passage_twins("test")[:80]:
    print(judge.judge(twin.claim, f"{twin.paper}. {texts[twin.paper]}").model_dump_json())
"""


def test_every_process_gives_the_same_verdicts() -> None:
    """Sets of words come in another order in every process."""
    seen = {
        subprocess.run(
            [sys.executable, "-c", _JUDGED], env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(seen) == 1 and seen.pop().count(b"\n") == 80


def test_a_terse_claim_has_to_stand_there_whole(judge: OfflineJudge) -> None:
    evidence = (
        "PipeLoom: Looms in Pipes. PipeLoom runs on looms that are linked by slow pipes, and halves their idle time."
    )
    assert judge.judge("PipeLoom runs on a phone.", evidence).label != "supported"
    assert judge.judge("PipeLoom runs on looms.", evidence).label == "supported"


def test_a_clause_that_stands_nowhere_is_supported_in_part_only(judge: OfflineJudge) -> None:
    evidence = (
        "The planner compares candidates pairwise on inputs that separate them, and rests its choice on execution."
    )
    said = "The planner compares candidates pairwise on inputs that separate them"
    assert judge.judge(f"{said}.", evidence).label == "supported"
    assert judge.judge(f"{said}, breaking ties in favour of shorter programs.", evidence).label != "supported"


@pytest.mark.parametrize("mark", [" [2]", " [1, 3].", " [1][2]", " [4–6]"])
def test_a_citation_mark_is_no_figure_of_the_claim(mark: str) -> None:
    claim = "Tansy compresses the gradients of a training run to two bits"
    evidence = "Tansy compresses the gradients of a training run to two bits. It was tried on 8 nodes."
    assert OfflineJudge().judge(claim + mark, evidence).label == "supported"
    reworded = "The gradients of a run are compressed to two bits by Tansy"
    plain, marked = (OfflineJudge().judge(text, evidence) for text in (reworded, reworded + mark))
    assert (plain.label, plain.score) == (marked.label, marked.score)


def test_an_interval_is_no_citation_mark() -> None:
    evidence = "The score of Tansy lies in [0, 1] for all runs, and most runs reach 0.4."
    assert OfflineJudge().judge("For all runs the score of Tansy lies in [2, 7]", evidence).label != "supported"


def test_a_verdict_does_not_depend_on_the_other_pairs_of_a_batch() -> None:
    papers = [
        "Quorra caches prompts on two hosts. It cuts latency by 30% and does not change the answers.",
        "Tarn prunes heads. It is 1.8x faster than Brill on four GPUs, and may lose accuracy.",
    ]
    claims = [
        "Quorra cuts latency by 30%.", "Quorra changes the answers.", "Tarn is slower than Brill on four GPUs.",
        "Tarn is 1.8x faster than Brill.",
    ]  # fmt: skip
    pairs: list[tuple[str, str | list[str]]] = [(claim, paper) for claim in claims for paper in (*papers, papers)]
    alone = [OfflineJudge().judge(claim, evidence) for claim, evidence in pairs]
    assert OfflineJudge().judge_many(pairs) == alone
    assert OfflineJudge().judge_many(pairs[::-1]) == alone[::-1]
    assert {v.label for v in alone} > {"supported", "contradicted"}


@pytest.mark.parametrize(
    "text",
    ["3. Plovers nest.", "Plovers nest [3].", "2) It holds [1, 4]. More [12].", "x[1] in [2] and $[3]$", "Plain.", ""],
)
def test_marks_of_sources_are_found_wherever_the_pattern_finds_them(text: str) -> None:
    assert references(text, 0, len(text)) == [m.span() for m in REFERENCE.finditer(text)]
    assert references(text, 3, len(text)) == [m.span() for m in REFERENCE.finditer(text, 3, len(text))]


@pytest.mark.parametrize(
    "text", [r"It takes 1.5\,TB of room", "It is 2.15times as fast", "A cost , then", "See this URL"]
)
def test_odd_text_is_folded_as_it_is_displayed(text: str) -> None:
    assert fold(text) == " ".join(display(text).split())


def test_pairs_that_are_judged_together_are_judged_as_each_alone() -> None:
    """More pairs than are judged at once, of all sorts: verbatim, reworded, empty, too short, several texts, long."""
    lines = files("rag.data").joinpath("notes.jsonl").read_text(encoding="utf-8").splitlines()
    notes = [(note["title"], note["abstract"]) for note in map(json.loads, lines)]
    pairs: list[tuple[str, str | list[str]]] = []
    for i, (title, abstract) in enumerate(notes[:40]):
        sentences = [s.text for s in split_sentences(abstract)]
        words = sentences[-1].split()
        pairs += [(sentences[0], abstract), (" ".join(reversed(words)), abstract), (sentences[-1], notes[i - 1][1])]
        pairs += [("", abstract), ("It is.", abstract), (" ".join(words[:-2]), [title, abstract])] if not i % 8 else []
    pairs.insert(50, (pairs[1][0], "\n".join(abstract for _, abstract in notes) * 2))
    judge = OfflineJudge()
    assert judge.judge_many(pairs) == [judge.judge(*pair) for pair in pairs]
