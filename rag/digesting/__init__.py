"""What is new on a page: papers set beside the shelf, each statement a checked quote."""

from rag.digesting.record import DigestPaper, DigestReport, KnownPaper, Relation, Theme

__all__ = ["DigestPaper", "DigestReport", "KnownPaper", "Relation", "Theme"]
