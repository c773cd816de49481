"""Text: sentences with offsets, terms for the lexical leg, quantities, and a clean way to show artefacts."""

from rag.text.clean import display
from rag.text.sentences import Sentence, split_sentences
from rag.text.terms import content_terms, terms

__all__ = ["Sentence", "content_terms", "display", "split_sentences", "terms"]
