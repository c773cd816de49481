"""The verbs of ``rag eval``, one file each; :mod:`eval.cli` registers them. Heavy imports stand inside functions."""
