"""Robustness: does an answer change when only what should not matter changes?

Questions are paraphrased (:mod:`eval.robustness.questions`), libraries are reordered, padded, poisoned and doubled
(:mod:`eval.robustness.libraries`); each is compared with the unchanged system case by case
(:mod:`eval.robustness.suite`).
"""

from eval.robustness.suite import RobustnessRun, run_robustness

__all__ = ["RobustnessRun", "run_robustness"]
