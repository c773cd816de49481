"""Many questions from a file, answered into a file that a later run goes on with."""

from rag.batching.outfile import OutFile
from rag.batching.questions import BatchQuestion, read_questions
from rag.batching.run import Batch, Tally

__all__ = ["Batch", "BatchQuestion", "OutFile", "Tally", "read_questions"]
