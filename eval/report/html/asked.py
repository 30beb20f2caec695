"""The backends of a report, each with a letter that stands for it in every table and plot."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from string import ascii_uppercase
from typing import Final

from assistant.backends.catalogue import Kind
from assistant.markup.elements import SafeHtml, element
from assistant.markup.prose import plain, visible
from eval.metrics.base import Metric
from eval.report import words
from eval.report.model import Difference, ModeResult, Report

FIRST_SCORES: Final = ("fact_recall", "correct")


@dataclass(frozen=True, slots=True)
class Asked:
    """One backend.

    Attributes:
        id: its id.
        letter: ``A`` for the first one.
        label: its name, without what stands in brackets.
        kind: open or proprietary; its colour.
        stand_in: whether a server of ours stood in for a vendor.
    """

    id: str
    letter: str
    label: str
    kind: Kind
    stand_in: bool

    @property
    def named(self) -> SafeHtml:
        """Letter and name."""
        return element(
            "span",
            element("span", self.letter, class_=f"letter of-{self.kind}"),
            " ",
            plain(self.label),
            class_="asked",
        )

    @property
    def sign(self) -> SafeHtml:
        """The letter alone, named for those who hear it."""
        return element("span", self.letter, class_=f"letter of-{self.kind}", title=self.label)


def all_asked(report: Report) -> tuple[Asked, ...]:
    """The backends in the order of the plan."""
    return tuple(
        Asked(
            one.entry.id,
            ascii_uppercase[n] if n < len(ascii_uppercase) else str(n + 1),
            visible(words.short(one.entry.label)),
            one.entry.kind,
            one.stand_in,
        )
        for n, one in enumerate(report.plan.contestants)
    )


def pairs(asked: Sequence[Asked]) -> tuple[tuple[Asked, Asked], ...]:
    """Every two of them, as differences are made of them."""
    return tuple(combinations(asked, 2))


def between(mode: ModeResult, first: Asked, second: Asked) -> dict[str, Difference]:
    """The differences of two backends by metric."""
    return {
        found.metric: found
        for found in mode.differences
        if (found.first, found.second) == (first.id, second.id)
    }


def first_metric(metrics: Sequence[Metric]) -> Metric:
    """The measure of quality that a report speaks of first."""
    known = {metric.id: metric for metric in metrics}
    return next((known[id_] for id_ in FIRST_SCORES if id_ in known), metrics[0])


def star(metric: Metric) -> SafeHtml:
    """A metric's label, which way is better, and a star when it was announced."""
    ways = {"higher": ("↑", "higher is better"), "lower": ("↓", "lower is better")}
    sign, told = ways.get(metric.better or "", ("", ""))
    return element(
        "span",
        metric.label,
        element("span", f" {sign}", title=told, class_="way") if sign else None,
        element("span", "\u00a0*", title="announced before the run", class_="star")
        if metric.announced
        else None,
    )
