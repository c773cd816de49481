"""A person's labels: drawn by verdict, given blind, kept at once, held by the words they are about."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from click.testing import CliRunner

from eval.cli import eval_group
from eval.labels import Label, add_label, corrected_rate, draw, load_labels, pairs_of, rate_line, settled
from eval.records import Run, write_json
from eval.runner import run
from rag.answer import Answer, Claim, Verdict
from rag.errors import InputError
from tests.eval.build import ABSTENTION, LIMITATION, PAPERS, SUITE, Scripted, answer, cite, claim, perfect

LABELS = ("supported", "partial", "unsupported")


def judged(n: int) -> Claim:
    verdict = Verdict(label=LABELS[n % 3], score=0.5, reason="x", judge="test-judge@1")  # type: ignore[arg-type]
    return claim(cite(PAPERS[n % 5], n % 3), text=f"Claim {n}.").model_copy(update={"verdict": verdict})


def recorded() -> Run:
    """Fifteen answers of three claims each, of three verdicts; the other questions get an abstention."""
    known = {c.question: i for i, c in enumerate(SUITE[:15])}

    def reply(question: str) -> Answer:
        if question not in known:
            return ABSTENTION
        claims = [judged(3 * known[question] + k) for k in range(3)]
        return answer(*claims, LIMITATION)

    return run(Scripted(perfect().retrieve, reply), SUITE, PAPERS)


RUN = recorded()
PAIRS = pairs_of(RUN)


def test_every_checked_claim_is_a_pair_and_nothing_else() -> None:
    assert len(PAIRS) == 45
    assert Counter(p.verdict for p in PAIRS) == dict.fromkeys(LABELS, 15)
    assert len({p.key for p in PAIRS}) == 45
    assert all(p.quotes and p.texts for p in PAIRS)


def test_verdicts_come_in_turn_and_the_order_hangs_on_the_seed_alone() -> None:
    order = draw(PAIRS, seed=1)
    assert all(Counter(p.verdict for p in order[: 3 * k]) == dict.fromkeys(LABELS, k) for k in range(1, 16))
    assert order == draw(tuple(reversed(PAIRS)), seed=1)
    assert order != draw(PAIRS, seed=2)
    assert draw(PAIRS, [order[0].key, order[4].key], seed=1) == [order[i] for i in range(45) if i not in (0, 4)]


def test_a_label_is_kept_with_name_and_date_and_without_the_papers_words(tmp_path: Path) -> None:
    path = tmp_path / "l.jsonl"
    given = add_label(path, PAIRS[0], "partial", "Ada", "misses the nodes")
    assert load_labels(path) == (given,)
    assert given.by == "Ada"
    assert given.at.startswith("20")
    text = path.read_text()
    assert PAIRS[0].claim not in text
    assert PAIRS[0].quotes[0][1] not in text
    path.write_text(text + '{"key": "zz"}\n')
    with pytest.raises(InputError, match=r"l\.jsonl:2"):
        load_labels(path)


def test_the_last_word_of_each_person_counts_and_people_share() -> None:
    def given(key: str, by: str, label: str) -> Label:
        return Label(key=key * 16, label=label, by=by, at="2026", case_id="c")  # type: ignore[arg-type]

    rows = [given("a", "Ada", "supported"), given("a", "Ada", "partial"), given("a", "Bob", "supported")]
    assert settled([*rows, given("b", "Bob", "supported")]) == {"a" * 16: 0.5, "b" * 16: 1.0}


def test_the_rate_is_corrected_from_thirty_labels_on(tmp_path: Path) -> None:
    path = tmp_path / "l.jsonl"
    order = draw(PAIRS, seed=0)
    assert corrected_rate(RUN, ()) is None
    for pair in order[:29]:
        add_label(path, pair, "supported", "Ada")
    with pytest.raises(InputError, match="29 labels"):
        corrected_rate(RUN, load_labels(path))
    assert rate_line(RUN, load_labels(path)).startswith("29 labels are too few")
    for pair in order[29:36]:
        add_label(path, pair, "supported", "Ada")
    rate = corrected_rate(RUN, load_labels(path))
    assert rate is not None
    # The judge supports a third; a person who supports everything corrects that to all.
    assert rate.raw == pytest.approx(1 / 3)
    assert rate.value == pytest.approx(1.0)
    assert rate.low < 1.0
    assert (rate.n, rate.total, rate.clusters) == (36, 45, 5)
    assert "corrected by 36 labels (Ada)" in rate_line(RUN, load_labels(path))


def test_labels_of_another_run_do_not_count() -> None:
    foreign = [Label(key=f"{i:016x}", label="supported", by="A", at="x", case_id="c") for i in range(50)]
    assert corrected_rate(RUN, foreign) is None


def test_the_command_is_blind_resumes_and_keeps_what_was_given(tmp_path: Path) -> None:
    record = tmp_path / "run.json"
    write_json(RUN, record)
    shown = CliRunner().invoke(
        eval_group, ["label", str(record), "--name", "Ada", "--seed", "1"], input="s\nx\nt\nu\nn\nq\n",
        catch_exceptions=False,
    )  # fmt: skip
    assert shown.exit_code == 0
    for word in ("test-judge", "0.5", "verdict"):
        assert word not in shown.output
    given = load_labels(tmp_path / "run.labels.jsonl")
    order = draw(PAIRS, seed=1)
    assert [(g.key, g.label) for g in given] == [(order[0].key, "supported"), (order[1].key, "unsupported")]
    assert order[1].texts[0][1] in shown.output  # asked for with "t"
    again = CliRunner().invoke(eval_group, ["label", str(record), "--name", "Ada", "--seed", "1"], input="c\n")
    assert f"Claim:    {order[2].claim}" in again.output
    assert len(load_labels(tmp_path / "run.labels.jsonl")) == 3
    rates = CliRunner().invoke(eval_group, ["label", str(record), "--rates"])
    assert "3 labels are too few" in rates.output
    assert json.loads((tmp_path / "run.labels.jsonl").read_text().splitlines()[2])["label"] == "contradicted"
