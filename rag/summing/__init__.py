"""Summaries: what to sum up, themes, two sentences a paper, where papers agree or may contradict, what was left out."""
