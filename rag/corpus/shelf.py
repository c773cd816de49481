"""The papers that a library holds, found again by identity when new ones arrive."""

from __future__ import annotations

from collections.abc import Iterable

from rag.corpus.identity import is_arxiv_doi, paper_id, title_key
from rag.corpus.merge import merge_into
from rag.corpus.similarity import content_words, disagree, overlap
from rag.paper import Paper


class Shelf:
    """Papers by id, with the means to tell which of them a new paper is.

    ``match`` is by DOI, else arXiv id, else title where the abstracts do not clearly disagree; all are dictionary
    look-ups. ``put`` merges or adds and returns the paper as it now stands, so that an ingest is a loop over ``put``.
    """

    def __init__(self, papers: Iterable[Paper] = ()) -> None:
        self.papers: dict[str, Paper] = {}
        self._by_doi: dict[str, str] = {}
        self._by_arxiv: dict[str, str] = {}
        self._by_title: dict[str, list[str]] = {}
        for paper in papers:
            self._set(paper)

    def match(self, paper: Paper) -> Paper | None:
        """The paper of the shelf that this one is, or None."""
        if paper.doi is not None and not is_arxiv_doi(paper.doi) and paper.doi in self._by_doi:
            return self.papers[self._by_doi[paper.doi]]
        if paper.arxiv_id is not None and paper.arxiv_id in self._by_arxiv:
            return self.papers[self._by_arxiv[paper.arxiv_id]]
        words = content_words(paper.abstract)
        best: tuple[float, str] | None = None
        for candidate in self._by_title.get(title_key(paper.title), ()):
            held = self.papers[candidate]
            held_words = content_words(held.abstract)
            if "note" in (paper.text_kind, held.text_kind) or not disagree(words, held_words):
                best = max(best or (-1.0, ""), (overlap(words, held_words), candidate))
        return None if best is None else self.papers[best[1]]

    def put(self, paper: Paper) -> tuple[Paper, Paper | None]:
        """The paper as it now stands on the shelf, and as it stood before (None where it is new)."""
        before = self.match(paper)
        if before is not None:
            after = merge_into(before, paper)
        elif paper.id in self.papers:
            # Another paper of this title is here: the text tells the new one apart.
            fresh = paper_id(paper.title, disambiguator=f"{paper.doi}\n{paper.arxiv_id}\n{paper.abstract}")
            after = paper.model_copy(update={"id": fresh})
        else:
            after = paper
        self._set(after)
        return after, before

    def _set(self, paper: Paper) -> None:
        self.papers[paper.id] = paper
        if paper.doi is not None and not is_arxiv_doi(paper.doi):
            self._by_doi[paper.doi] = paper.id
        if paper.arxiv_id is not None:
            self._by_arxiv[paper.arxiv_id] = paper.id
        bearers = self._by_title.setdefault(title_key(paper.title), [])
        if paper.id not in bearers:
            bearers.append(paper.id)
