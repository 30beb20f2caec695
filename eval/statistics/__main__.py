"""``python -m eval.statistics``: how well intervals and tests keep their promises, as tables."""

import argparse
import sys
from collections.abc import Iterator

from eval.statistics.simulated_data import Setting, Shape
from eval.statistics.simulation import METHODS, coverage, power, quantile_coverage, rate_coverage

CLUSTERS = (20, 40, 80)
DEPENDENCE = (0.0, 0.1, 0.3)
SHAPES: tuple[Shape, ...] = ("normal", "three values", "skewed shares", "mostly ties")
BEYOND = (
    Setting("long tail", 20, 0.1),
    Setting("long tail", 80, 0.1),
    Setting("normal", 8, 0.1),
    Setting("three values", 12, 0.1),
    Setting("mostly ties", 12, 0.1),
)
"""Harder than the eval's own data: what happens there is told, not promised."""
RATES = (0.02, 0.1, 0.5, 0.9)
SEED = 20_261_124


def main() -> None:
    """Print every table; about three minutes with 1,000 runs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=1_000)
    parser.add_argument("--resamples", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=SEED)
    given = parser.parse_args()
    for line in lines(given.runs, given.resamples, given.seed):
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()


def lines(runs: int, resamples: int, seed: int) -> Iterator[str]:
    """The tables in Markdown, line by line as they are worked out."""
    settings = [Setting(s, c, d) for s in SHAPES for c in CLUSTERS for d in DEPENDENCE]
    yield from _means(
        "A mean difference: truth within the 95 % interval", settings, runs, resamples, seed
    )
    yield from _means("The same, beyond what is promised", list(BEYOND), runs, resamples, seed)
    yield from _head(
        "A rate: truth within the 95 % interval", "rate", "effective number", "plain Wilson"
    )
    for rate in RATES:
        for setting in [Setting("normal", c, d) for c in CLUSTERS for d in DEPENDENCE]:
            found = rate_coverage(rate, setting, runs, seed)
            yield _row(rate, setting, *map(_percent, found.shares.values()))
    yield from _head("A quantile of times: truth within the 95 % interval", "quantile", "Woodruff")
    for q in (0.5, 0.95):
        for setting in [Setting("long tail", c, d) for c in CLUSTERS for d in DEPENDENCE]:
            found = quantile_coverage(q, setting, runs, seed)
            yield _row(q, setting, *map(_percent, found.shares.values()))
    yield from _head(
        "Tests at .05", "differences", "false alarms", "false alarms, McNemar by question",
        "found at the detectable difference", "that difference",
    )  # fmt: skip
    for setting in settings:
        told = power(setting, runs, seed)
        alarms = [*map(_percent, told.false_alarms.values()), "-"][:2]
        yield _row(setting.shape, setting, *alarms, _percent(told.found), f"{told.effect:.3f}")


def _means(
    title: str, settings: list[Setting], runs: int, resamples: int, seed: int
) -> Iterator[str]:
    yield from _head(title, "differences", *METHODS, "median width")
    worst, best = 1.0, 0.0
    for setting in settings:
        found = coverage(setting, runs, seed, resamples)
        worst = min(worst, found.shares[METHODS[0]])
        best = max(best, found.shares[METHODS[0]])
        shares = (_percent(found.shares[method]) for method in METHODS)
        yield _row(setting.shape, setting, *shares, f"{found.widths[METHODS[0]]:.3f}")
    yield ""
    yield f"{METHODS[0]}: {_percent(worst)} to {_percent(best)}"


def _head(title: str, first: str, *columns: str) -> Iterator[str]:
    names = (first, "clusters", "dependence", *columns)
    yield from ("", f"**{title}**", "", _line(names), _line(["---"] * len(names)))


def _row(first: object, setting: Setting, *columns: str) -> str:
    return _line([str(first), str(setting.clusters), str(setting.dependence), *columns])


def _line(columns: list[str] | tuple[str, ...]) -> str:
    return f"| {' | '.join(columns)} |"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


if __name__ == "__main__":
    main()
