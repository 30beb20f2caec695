"""Two rankings made one: each brought to 0..1 by what it could reach, then a weighted sum.

This is the convex combination with theoretical bounds of Bruch, Gai & Ingber, "An Analysis of
Fusion Functions for Hybrid Retrieval" (ACM TOIS 42(1), 2023), with both bounds of both lists: a
cosine lies between 0 (unrelated) and 1, a BM25 score between 0 and the sum of the inverse document
frequencies that were asked for. Unlike scaling to the range that a list happens to span, the result
does not depend on how deep the lists go, and a list in which nothing fits well gets little say.
"""

import numpy as np
import numpy.typing as npt

from index.embedder import FloatArray

Places = npt.NDArray[np.intp]
"""Places of chunks in the index."""

Ranking = tuple[Places, FloatArray]
"""Places of chunks, best first, and their scores."""

DENSE_WEIGHT = 0.5
# Further places differ with the order of additions in a batch, and would decide ties by it.
_DECIMALS = 6


def fuse(
    cosines: FloatArray, words: FloatArray, best_words: float, dense_weight: float = DENSE_WEIGHT
) -> FloatArray:
    """Fuse the scores of the same chunks.

    Args:
        cosines: of the question and each chunk, -1 to 1.
        words: BM25 score of each chunk, at least 0.
        best_words: what BM25 could reach at most for the question; 0 when no word is known.
        dense_weight: share of the vectors, 0 to 1; the words have the rest.

    Returns:
        One score a chunk, 0 to 1.
    """
    fused = dense_weight * np.clip(cosines, 0.0, 1.0)
    if best_words > 0:
        fused = fused + (1.0 - dense_weight) * (words / best_words)
    return np.asarray(fused, dtype=np.float32)


def best_first(places: Places, scores: FloatArray) -> Ranking:
    """Sort chunks by falling score; equal scores stand in the order of their places."""
    places, first = np.unique(places, return_index=True)
    scores = scores[first]
    order = np.argsort(-scores.round(_DECIMALS), kind="stable")
    return places[order], scores[order]
