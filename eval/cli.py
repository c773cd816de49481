"""``rag eval``: run, report, compare, gate, cases. Joins the command line through the group ``rag.commands``.

Heavy imports stand inside the functions, so that ``rag --help`` stays fast.
"""

from __future__ import annotations

import click

from eval.commands.abstention import abstention_command
from eval.commands.answers import answers_command
from eval.commands.cases import cases_group
from eval.commands.check import check_command
from eval.commands.dialogues import dialogues_command
from eval.commands.gate import gate_command
from eval.commands.judge import judge_command
from eval.commands.label import label_command
from eval.commands.report import compare_command, report_command
from eval.commands.retrieval import retrieval_command
from eval.commands.robustness import robustness_command
from eval.commands.run import run_command
from eval.commands.summaries import summaries_command


@click.group("eval")
def eval_group() -> None:
    """Measure answers against cases: run, report, compare, gate, cases."""


for _command in (
    run_command,
    report_command,
    compare_command,
    retrieval_command,
    dialogues_command,
    robustness_command,
    abstention_command,
    summaries_command,
    label_command,
    judge_command,
    answers_command,
    check_command,
    gate_command,
    cases_group,
):
    eval_group.add_command(_command)
