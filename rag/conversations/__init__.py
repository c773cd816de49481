"""Conversations: follow-ups made standalone, and turns kept on disk."""
