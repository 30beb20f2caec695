"""Two rankings made one: each scaled to 0..1, then a weighted sum.

Min-max scaling before a linear combination is CombSUM's usual form (Fox & Shaw, "Combination of
Multiple Searches", TREC-2, 1994; Lee, "Analyses of Multiple Evidence Combination", SIGIR 1997).
Unlike fusion by ranks it keeps how far apart the scores lie, so a list that sees little difference
gets little say.
"""

import numpy as np
import numpy.typing as npt

from index.embedder import FloatArray

Ranking = tuple[npt.NDArray[np.intp], FloatArray]
"""Places of chunks, and their scores."""

DENSE_WEIGHT = 0.5


def min_max(scores: FloatArray) -> FloatArray:
    """Scale scores to 0..1; equal scores are all 1, since each is the best there is."""
    if not scores.size:
        return scores
    low, high = scores.min(), scores.max()
    if high <= low:
        return np.ones_like(scores)
    return np.asarray((scores - low) / (high - low), dtype=np.float32)


def fuse(dense: Ranking, lexical: Ranking, dense_weight: float = DENSE_WEIGHT) -> Ranking:
    """Fuse two rankings into one, best first.

    Args:
        dense: places and cosines of the chunks that the vectors found.
        lexical: places and BM25 scores of the chunks that the words found.
        dense_weight: share of the vectors, 0 to 1; the words have the rest.

    Returns:
        Places and scores, 0 to 1, of every chunk that either found. A chunk that one list lacks
        gets nothing from it; equal scores stand in the order of their places.
    """
    places = np.union1d(dense[0], lexical[0])
    fused = np.zeros(places.size, dtype=np.float32)
    for (found, scores), weight in ((dense, dense_weight), (lexical, 1.0 - dense_weight)):
        fused[np.searchsorted(places, found)] += weight * min_max(scores)
    order = np.argsort(-fused, kind="stable")
    return places[order], fused[order]
