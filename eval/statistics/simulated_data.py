"""Made-up scores whose true mean is known, in clusters like those of the question set."""

from collections.abc import Callable
from dataclasses import dataclass
from math import exp, sqrt
from typing import Literal

import numpy as np

from eval.statistics.clusters import Floats

Shape = Literal["normal", "three values", "skewed shares", "mostly ties", "long tail"]
Generator = np.random.Generator

SIZES = np.arange(1, 9)
SIZE_CHANCES = np.array([0.18, 0.17, 0.17, 0.15, 0.12, 0.09, 0.07, 0.05])
"""Questions in a cluster, 1 to 8, 3.5 on average."""

_THREE, _TIES = (0.20, 0.12), (0.06, 0.03)
_TAIL = 0.8


@dataclass(frozen=True, slots=True)
class Setting:
    """What data a simulation draws.

    Attributes:
        shape: how the differences of single questions are spread.
        clusters: how many there are.
        dependence: intra-cluster correlation, 0 to 1.
    """

    shape: Shape
    clusters: int
    dependence: float


@dataclass(frozen=True, slots=True)
class Sample:
    """One made-up run.

    Attributes:
        values: one for each question.
        clusters: the name of each question's cluster.
        truth: what their mean estimates.
    """

    values: list[float]
    clusters: list[str]
    truth: float


def draw_sample(
    setting: Setting, generator: Generator, *, is_null: bool = False, shift: float = 0.0
) -> Sample:
    """Differences of two sides.

    Args:
        setting: what to draw.
        generator: of the random numbers.
        is_null: let the true difference be 0, and either sign as likely for every value.
        shift: added to the true difference.
    """
    draw, truth = _SHAPES[setting.shape]

    def differences(size: int) -> Floats:
        drawn = draw(generator, size)
        if is_null:
            drawn[generator.random(size) < 0.5] *= -1.0
        drawn += shift
        return drawn

    values, names = _clustered(setting, generator, differences)
    return Sample(values, names, shift if is_null else truth + shift)


def draw_binary_shift(setting: Setting, generator: Generator, shift: float) -> Sample:
    """Differences -1, 0 and 1, a third of the questions differing, their mean being ``shift``."""
    # A pilot of few runs may ask for more than there can be.
    up = (1 / 3 + min(shift, 1 / 3)) / 2
    chances = [1 / 3 - up, 2 / 3, up]
    values, names = _clustered(
        setting, generator, lambda size: generator.choice([-1.0, 0.0, 1.0], size, p=chances)
    )
    return Sample(values, names, shift)


def draw_rates(rate: float, setting: Setting, generator: Generator) -> Sample:
    """Values 0 and 1 with a true rate."""
    values, names = _clustered(
        setting, generator, lambda size: (generator.random(size) < rate).astype(np.float64)
    )
    return Sample(values, names, rate)


def draw_times(q: float, setting: Setting, generator: Generator) -> Sample:
    """Times with a long tail, and their true quantile."""
    from scipy.special import ndtri  # type: ignore[import-untyped]

    values, names = _clustered(setting, generator, lambda size: _long_tail(generator, size))
    return Sample(values, names, exp(_TAIL * float(ndtri(q))))


def _clustered(
    setting: Setting, generator: Generator, draw: Callable[[int], Floats]
) -> tuple[list[float], list[str]]:
    """Each question takes its cluster's common value with chance sqrt(dependence), or its own.

    So every question has the wanted distribution, and two of a cluster correlate as wanted.
    """
    sizes = generator.choice(SIZES, setting.clusters, p=SIZE_CHANCES)
    places = np.repeat(np.arange(setting.clusters), sizes)
    common, own = draw(setting.clusters)[places], draw(len(places))
    values = np.where(generator.random(len(places)) < sqrt(setting.dependence), common, own)
    return values.tolist(), [f"{place:03d}" for place in places]


def _normal(generator: Generator, size: int) -> Floats:
    return generator.normal(0.05, 0.3, size)


def _three_values(generator: Generator, size: int, chances: tuple[float, float] = _THREE) -> Floats:
    up, down = chances
    drawn: Floats = generator.choice([-1.0, 0.0, 1.0], size, p=[down, 1 - up - down, up])
    return drawn


def _mostly_ties(generator: Generator, size: int) -> Floats:
    return _three_values(generator, size, _TIES)


def _skewed_shares(generator: Generator, size: int) -> Floats:
    """A third ties, half small wins with a few large ones, the rest smaller losses."""
    which, amount = generator.random(size), generator.beta(1, 3, size)
    return np.where(which < 0.35, 0.0, np.where(which < 0.85, amount, -amount / 2))


def _long_tail(generator: Generator, size: int) -> Floats:
    return generator.lognormal(0.0, _TAIL, size)


_SHAPES: dict[Shape, tuple[Callable[[Generator, int], Floats], float]] = {
    "normal": (_normal, 0.05),
    "three values": (_three_values, _THREE[0] - _THREE[1]),
    "skewed shares": (_skewed_shares, 0.5 / 4 - 0.15 / 8),
    "mostly ties": (_mostly_ties, _TIES[0] - _TIES[1]),
    "long tail": (_long_tail, exp(_TAIL**2 / 2)),
}
