"""Checking a text against a library: which of its sentences the papers support, contradict or do not say.

    text ── document ──> sentences with places in the user's file, what was skipped, the list of references
    sentence ── citations, mentions ──> the papers it cites or names; claims: is there anything to check?
    claim + papers ── candidates ──> (claim, paper) pairs ── judge ──> verdicts ── decide ──> label and citation state

``Assistant.check`` is the way in; :class:`CheckReport` is the record that comes out.
"""

from rag.checking.records import (
    CHECK_LABELS,
    CITATION_STATES,
    CheckedSentence,
    CheckReport,
    Cited,
    Skipped,
)

__all__ = ["CHECK_LABELS", "CITATION_STATES", "CheckReport", "CheckedSentence", "Cited", "Skipped"]
