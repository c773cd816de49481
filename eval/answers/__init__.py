"""Written answers with known faults: does the harness tell the good ones from the subtly wrong ones?

    from eval.answers import bundled_answers, run_answers

    result = run_answers(bundled_answers(), papers, judge)

Records and their file format in :mod:`eval.answers.records`, the measurement in :mod:`eval.answers.study`, its figures
in :mod:`eval.answers.measures`, what is recorded as the least in :mod:`eval.answers.floor`.
"""

from __future__ import annotations

from eval.answers.records import FAULTS, Fault, WrittenAnswer, bundled_answers, check_answers, load_answers
from eval.answers.scored import AnswersRun, Scored
from eval.answers.study import run_answers

__all__ = [
    "FAULTS",
    "AnswersRun",
    "Fault",
    "Scored",
    "WrittenAnswer",
    "bundled_answers",
    "check_answers",
    "load_answers",
    "run_answers",
]
