"""Questions put together by the section that they lean on, and how these are drawn anew."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import fsum

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

RESAMPLES = 10_000
_KEPT = 8
"""Draws that are kept: a table of 10,000 resamples of 80 clusters takes 6.4 MB."""


@dataclass(frozen=True, slots=True)
class Grouped:
    """Values by cluster, the clusters in the order of their names.

    Attributes:
        sums: of the values in each cluster, shape ``[clusters]``.
        sizes: how many values each cluster has, shape ``[clusters]``.
    """

    sums: Floats
    sizes: Floats

    @property
    def count(self) -> int:
        """How many clusters there are."""
        return len(self.sums)


def grouped(values: Sequence[float], clusters: Sequence[str]) -> Grouped:
    """Put values together by cluster.

    The sums are exactly rounded, so that the order of the values changes nothing, not even the
    last digit.

    Raises:
        ValueError: there are not as many clusters as values, or a value is not a finite number.
    """
    if len(values) != len(clusters):
        raise ValueError(f"{len(values)} values with {len(clusters)} clusters")
    members: dict[str, list[float]] = {}
    for value, cluster in zip(values, clusters, strict=True):
        members.setdefault(cluster, []).append(float(value))
    names = sorted(members)
    sums = np.array([fsum(members[name]) for name in names], dtype=np.float64)
    if not np.isfinite(sums).all():
        raise ValueError("a value is not a finite number")
    return Grouped(sums, np.array([len(members[name]) for name in names], dtype=np.float64))


@lru_cache(maxsize=_KEPT)
def drawn_weights(clusters: int, seed: int, resamples: int = RESAMPLES) -> Floats:
    """How often each cluster is in each resample, shape ``[resamples, clusters]``, read-only.

    Whole clusters are drawn with replacement, as many as there are. The same seed and number of
    clusters give the same draw (numpy's PCG64), so all metrics of a run share it.

    Source: A. C. Davison and D. V. Hinkley, "Bootstrap Methods and their Application", Cambridge
    (1997), section 3.8 (hierarchical data: resampling of whole groups).
    """
    generator = np.random.Generator(np.random.PCG64(seed))
    drawn = generator.integers(0, clusters, (resamples, clusters))
    drawn += clusters * np.arange(resamples)[:, None]
    times = np.bincount(drawn.ravel(), minlength=resamples * clusters)
    weights = times.reshape(resamples, clusters).astype(np.float64)
    weights.setflags(write=False)
    return weights
