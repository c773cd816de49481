"""The ``rag`` command: one file per verb; heavy imports happen inside the verbs."""
