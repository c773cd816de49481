"""Answering: extractive and generative composition through one record and one verification; summaries, follow-ups."""
