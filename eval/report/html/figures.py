"""Tables of figures: every metric of every backend, and how the backends differ."""

from collections.abc import Sequence
from typing import Final

from assistant.markup.drawing import percent
from assistant.markup.elements import EMPTY, SafeHtml, element, hidden, join
from assistant.markup.prose import plain
from assistant.markup.tables import table
from eval.metrics.base import Metric
from eval.report import words
from eval.report.html.asked import Asked, between, pairs, star
from eval.report.markdown import MODES, p_value
from eval.report.model import Difference, Figure, ModeResult

_MISSING: Final = {
    "no difference shown": "none shown",
    "too few questions": "too few",
    "not ranked": "not ranked",
}


def figure_table(
    title: str, mode: ModeResult, metrics: Sequence[Metric], asked: Sequence[Asked]
) -> SafeHtml:
    """Measures that have something to tell; of two backends with their difference beside them."""
    told = [metric for metric in metrics if _is_told(mode, metric)]
    if not told:
        return EMPTY
    both = pairs(asked)
    found = between(mode, *both[0]) if len(both) == 1 else {}
    head: list[str] = ["Measure", *(one.named for one in asked)]
    if found:
        head += difference_head(*both[0])
    rows = [
        (
            join([star(metric), _over(mode, metric, asked)]),
            *(figure_cell(mode.figures[one.id][metric.id], metric, one) for one in asked),
            *(_difference_cells(found[metric.id], metric, *both[0]) if found else ()),
        )
        for metric in told
    ]
    return join([table(title, head, rows), _without_value(title, mode, told, asked)])


def difference_tables(
    mode: ModeResult, metrics: Sequence[Metric], asked: Sequence[Asked]
) -> SafeHtml:
    """How every two of several backends differ; of two backends the other table tells it."""
    both = pairs(asked)
    if len(both) < 2:
        return EMPTY
    return join(_pair_table(mode, metrics, first, second) for first, second in both)


def _pair_table(
    mode: ModeResult, metrics: Sequence[Metric], first: Asked, second: Asked
) -> SafeHtml:
    found = between(mode, first, second)
    rows = [
        (star(metric), *_difference_cells(found[metric.id], metric, first, second))
        for metric in metrics
        if metric.better is not None and found[metric.id].questions
    ]
    title = f"{first.label} against {second.label}: {MODES[mode.mode]}"
    return element(
        "details",
        element("summary", first.named, " against ", second.named),
        table(title, ["Measure", *difference_head(first, second)], rows),
        class_="pair",
    )


def difference_head(first: Asked, second: Asked) -> list[str]:
    """The names of the columns that ``_difference_cells`` fills."""
    return [
        element("span", first.sign, " − ", second.sign),
        "p",
        element("span", first.sign, " better · same · worse"),
        "Would show from",
        "Better",
    ]


def _difference_cells(
    found: Difference, metric: Metric, first: Asked, second: Asked
) -> tuple[str, ...]:
    if found.delta is None or metric.better is None:
        return ("", "", "", "", "")
    better: str = {"first": first.sign, "second": second.sign}.get(
        found.told, element("span", _MISSING.get(found.told, ""), class_="quiet")
    )
    return (
        _two_lines(words.difference(found.delta, metric.unit), found.low, found.high, metric),
        _p(found),
        element("span", f"{found.wins} · {found.ties} · {found.losses}", class_="figure"),
        element("span", words.shows_from(found.detectable, metric.unit), class_="figure"),
        better,
    )


def _p(found: Difference) -> SafeHtml:
    if found.p_holm is not None:
        return element("span", p_value(found.p_holm), class_="figure")
    explored = hidden(" (explored, not corrected)")
    return element(
        "span",
        p_value(found.p),
        explored if found.p is not None else None,
        class_="figure explored",
    )


def figure_cell(figure: Figure, metric: Metric, one: Asked) -> SafeHtml:
    """A figure with its interval, and of a share a bar."""
    if figure.value is None:
        reason = ", ".join(figure.unscored)
        return element(
            "span",
            "unknown" if figure.unscored else words.UNKNOWN,
            element("span", f" {reason}", class_="reason") if reason else None,
        )
    told = _two_lines(words.amount(figure.value, metric.unit), figure.low, figure.high, metric)
    return join([told, _bar(figure, one)]) if metric.unit == "share" else told


def _two_lines(value: str, low: float | None, high: float | None, metric: Metric) -> SafeHtml:
    range_ = words.span(low, high, metric.unit)
    return element(
        "span",
        element("strong", value),
        element("span", f" {range_}", class_="range") if range_ else None,
        class_="figure",
    )


def _bar(figure: Figure, one: Asked) -> SafeHtml:
    value, low, high = figure.value or 0.0, figure.low, figure.high
    whisker = None
    if low is not None and high is not None:
        whisker = element(
            "line", x1=percent(100 * low), x2=percent(100 * high), y1=5, y2=5, class_="whisker"
        )
    return element(
        "svg",
        element("rect", width="100%", height=10, rx=2, class_="track"),
        element("rect", width=percent(100 * value), height=10, rx=2, class_="plot-fill"),
        whisker,
        class_=f"bar in-{one.kind}",
        width="100%",
        height=10,
        aria_hidden="true",
    )


def _is_told(mode: ModeResult, metric: Metric) -> bool:
    return any(
        of[metric.id].value is not None or of[metric.id].unscored for of in mode.figures.values()
    )


def _over(mode: ModeResult, metric: Metric, asked: Sequence[Asked]) -> SafeHtml:
    numbers = {one.letter: mode.figures[one.id][metric.id].questions for one in asked}
    told = words.count(max(numbers.values()), "question")
    if len(set(numbers.values())) > 1:
        told = f"questions: {', '.join(f'{letter} {n:,}' for letter, n in numbers.items())}"
    return element("span", told, class_="over")


def _without_value(
    title: str, mode: ModeResult, metrics: Sequence[Metric], asked: Sequence[Asked]
) -> SafeHtml:
    rows = [
        (metric.label, one.named, f"{number:,}", plain(reason))
        for metric in metrics
        for one in asked
        for reason, number in mode.figures[one.id][metric.id].unscored.items()
    ]
    if not rows:
        return EMPTY
    head = ["Measure", "Backend", "Questions", "Why there is no value"]
    return element(
        "details",
        element("summary", "Questions without a value, and why"),
        table(f"{title}: questions without a value", head, rows),
    )


def legend(with_difference: bool) -> SafeHtml:
    """What the signs of the tables mean."""
    told = (
        "Smaller figures are 95 % ranges. ↑ higher is better, ↓ lower is better. * announced "
        "before the run and tested together."
    )
    if with_difference:
        told += (
            " p of announced measures is corrected for that (Holm); p in italics is explored and "
            "not corrected. “Would show from”: a true difference of that size would be found in "
            "four of five such runs."
        )
    return element("p", told, class_="quiet")
