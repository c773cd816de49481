"""Three invented papers and their hits, for tests."""

from __future__ import annotations

from rag.paper import Hit, Paper, whole_hit

RINGFOLD = Paper(
    id="p-ringfold",
    revision="r1",
    title="RingFold: Folding Collectives for Small Messages",
    abstract=(
        "Small collectives wait on latency rather than on bandwidth. RingFold folds the ring of an all-reduce in half, "
        "which halves its hops. On 64 GPUs RingFold cuts all-reduce latency by 37% over the plain ring."
    ),
)
QUILT = Paper(
    id="p-quilt",
    revision="r1",
    title="Quilt: Patchwise Caching for Long Prompts",
    abstract=(
        "Long prompts repeat themselves. Quilt caches attention keys by patches and reuses them across requests. "
        "Quilt lowers time to first token by up to 2.4x on shared prompts."
    ),
)
MOSSY = Paper(
    id="p-mossy",
    revision="r1",
    title="Mossy Compilers",
    abstract="Mossy grows kernels from sketches. It needs no tuning and compiles in under 9 seconds.",
    text_kind="note",
)
PAPERS = (RINGFOLD, QUILT, MOSSY)


def hit(paper: Paper, score: float = 0.9) -> Hit:
    """A hit on a whole abstract."""
    return whole_hit(paper, score)


def hits(*papers: Paper) -> tuple[Hit, ...]:
    """Hits on papers in order, the first one best; all three by default."""
    return tuple(hit(p, 0.9 - i / 100) for i, p in enumerate(papers or PAPERS))
