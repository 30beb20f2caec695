"""Money and time: totals, quality against cost, and how long answers took."""

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from assistant.markup.drawing import (
    Caption,
    grid_line,
    letter_badge,
    level,
    percent,
    picture,
    ticks,
    x_tick,
    y_tick,
)
from assistant.markup.elements import EMPTY, SafeHtml, element, join
from assistant.markup.prose import plain
from assistant.markup.tables import table
from assistant.turns import Answer
from eval.report import words
from eval.report.facts import TOTALS
from eval.report.html.asked import Asked, first_metric
from eval.report.model import Figure, Report

_NONE: Final = Figure(None, None, None, 0)
_TOP, _HEIGHT, _LEFT, _RIGHT = 44, 240, 8.0, 94.0
_LEFT_OF_UNKNOWN: Final = 78.0
_ROW: Final = 54
_STRIPS_TOP: Final = 4
_QUICKEST_S: Final = 0.001


def totals(report: Report, asked: Sequence[Asked]) -> SafeHtml:
    """What each backend cost and how soon it answered."""
    rows = [
        (label, *(_total(report.totals[one.id], name, unit) for one in asked))
        for name, label, unit in TOTALS
    ]
    return table(
        "Cost and time of every backend",
        ["Over the whole run", *(one.named for one in asked)],
        rows,
    )


def _total(of: dict[str, Figure], name: str, unit: str) -> SafeHtml:
    found = of.get(name, _NONE)
    if found.value is None:
        reason = next(iter(found.unscored), "")
        return element("span", "unknown" if reason in {"not known", ""} else plain(reason))
    unknown = of["cost_at_least"].value if name.startswith("cost") else 0
    told = words.amount(found.value, "USD" if unit == "USD" else "s")
    range_ = words.span(found.low, found.high, "USD" if unit == "USD" else "s")
    return element(
        "span",
        "at least " if unknown and name == "cost" else None,
        element("strong", told),
        element("span", f" {range_}", class_="range") if range_ else None,
        element("span", " without answers of unknown cost", class_="quiet")
        if unknown and name != "cost"
        else None,
        class_="figure",
    )


def quality_and_cost(report: Report, asked: Sequence[Asked]) -> SafeHtml:
    """Each backend by what 1,000 questions cost and by the first measure of quality."""
    metric = first_metric(report.metrics)
    quality = {one.id: report.modes[0].figures[one.id][metric.id] for one in asked}
    cost = {one.id: report.totals[one.id].get("cost_per_1000", _NONE) for one in asked}
    shown = [one for one in asked if quality[one.id].value is not None]
    if not shown or metric.unit != "share":
        return EMPTY
    known = [one for one in shown if cost[one.id].value is not None]
    unknown = [one for one in shown if cost[one.id].value is None]
    right = _LEFT_OF_UNKNOWN if unknown else _RIGHT
    marks = ticks(max((_end(cost[one.id]) for one in known), default=0.0))
    bottom = _TOP + _HEIGHT

    def left(value: float) -> float:
        return _LEFT + (right - _LEFT) * value / marks[-1]

    told = [
        f"{one.label}: {metric.label.lower()} {words.figure(quality[one.id], metric.unit)}, "
        f"1,000 questions cost {_cost_words(cost[one.id])}"
        for one in shown
    ]
    places = _apart(
        [
            (
                left(cost[one.id].value or 0.0) if one in known else 90.0,
                _top(quality[one.id].value or 0),
            )
            for one in shown
        ]
    )
    plot = picture(
        Caption("cost-quality", f"{metric.label} against cost", ". ".join(told)),
        bottom + 40,
        *_axes(metric.label, marks, left, right, with_unknown=bool(unknown)),
        *(
            _point(one, quality[one.id], cost[one.id], place, left)
            for one, place in zip(shown, places, strict=True)
        ),
    )
    legend = (
        element("li", one.named, ": ", text.partition(": ")[2])
        for one, text in zip(shown, told, strict=True)
    )
    return element("div", plot, element("ul", *legend, class_="legend"))


def _axes(
    label: str,
    marks: Sequence[float],
    left: Callable[[float], float],
    right: float,
    *,
    with_unknown: bool,
) -> tuple[SafeHtml, ...]:
    """Levels of quality, marks of cost, and the strip of those whose cost is not known."""
    bottom = _TOP + _HEIGHT
    return (
        element("text", label, x=0, y=12, class_="axis"),
        *(join([level(_top(at / 4)), y_tick(_top(at / 4), f"{25 * at} %")]) for at in range(5)),
        *(grid_line(left(mark), _TOP, bottom) for mark in marks),
        *(x_tick(left(mark), bottom + 18, f"{mark:g}") for mark in marks),
        element(
            "rect",
            x=f"{_LEFT_OF_UNKNOWN + 5}%",
            width=f"{95 - _LEFT_OF_UNKNOWN}%",
            y=_TOP,
            height=_HEIGHT,
            class_="unknown-cost",
        )
        if with_unknown
        else EMPTY,
        element("text", "cost not known", x="100%", y=bottom + 18, text_anchor="end", class_="tick")
        if with_unknown
        else EMPTY,
        element(
            "text",
            "US dollars for 1,000 questions →",
            x=percent(right),
            y=bottom + 36,
            text_anchor="end",
            class_="axis",
        ),
    )


def _point(
    one: Asked,
    quality: Figure,
    cost: Figure,
    place: tuple[float, float, int],
    left: Callable[[float], float],
) -> SafeHtml:
    x, y, shift = place
    whiskers = []
    if quality.low is not None and quality.high is not None:
        whiskers.append(
            element(
                "line",
                x1=percent(x),
                x2=percent(x),
                y1=f"{_top(quality.low):.1f}",
                y2=f"{_top(quality.high):.1f}",
                class_="whisker",
            )
        )
    if cost.low is not None and cost.high is not None:
        whiskers.append(
            element(
                "line",
                x1=percent(left(cost.low)),
                x2=percent(left(cost.high)),
                y1=f"{y:.1f}",
                y2=f"{y:.1f}",
                class_="whisker",
            )
        )
    return element(
        "g",
        *whiskers,
        letter_badge(one.letter, one.kind, x, y),
        class_=f"in-{one.kind}",
        transform=f"translate({shift} 0)" if shift else None,
    )


def _apart(places: Sequence[tuple[float, float]]) -> list[tuple[float, float, int]]:
    """The places, with pixels to the side for those that would cover an earlier one."""
    found: list[tuple[float, float, int]] = []
    for x, y in places:
        near = sum(abs(x - a) < 3 and abs(y - b) < 24 for a, b, _ in found)
        found.append((x, y, 22 * near))
    return found


def _top(share: float) -> float:
    return _TOP + _HEIGHT * (1 - share)


def _end(found: Figure) -> float:
    return max(found.value or 0.0, found.high or 0.0)


def _cost_words(found: Figure) -> str:
    return "an unknown sum" if found.value is None else words.figure(found, "USD")


def times(report: Report, asked: Sequence[Asked]) -> SafeHtml:
    """Every answer as a line on a scale of time: until the first words, and until the end."""
    return element(
        "div",
        _strips(
            report,
            asked,
            "first_token",
            "Until the first words",
            lambda answer: answer.receipt.first_token_s,
        ),
        _strips(
            report,
            asked,
            "total",
            "Until the whole answer",
            lambda answer: None if answer.error else answer.receipt.total_s,
        ),
        class_="plots",
    )


def _strips(
    report: Report,
    asked: Sequence[Asked],
    name: str,
    title: str,
    of: Callable[[Answer], float | None],
) -> SafeHtml:
    taken = {one.id: list(_values(report, one.id, of)) for one in asked}
    every = [value for values in taken.values() for value in values]
    if not every:
        return EMPTY
    marks = _time_ticks(min(every), max(every))
    bottom = _STRIPS_TOP + _ROW * len(asked)

    def left(value: float) -> float:
        place = math.log10(max(value, _QUICKEST_S) / marks[0]) / math.log10(marks[-1] / marks[0])
        return 100 * place

    units = [(mark, " s" if mark == marks[-1] else "") for mark in marks]
    told = ". ".join(_time_words(report, one, name) for one in asked)
    plot = picture(
        Caption(f"times-{name}", title, told),
        bottom + 26,
        *(grid_line(left(mark), _STRIPS_TOP, bottom) for mark in marks),
        *(
            _strip(report, one, name, taken[one.id], top=_STRIPS_TOP + n * _ROW, left=left)
            for n, one in enumerate(asked)
        ),
        *(x_tick(left(mark), bottom + 18, f"{mark:g}{unit}") for mark, unit in units),
    )
    return element("figure", element("figcaption", title), plot)


def _strip(
    report: Report,
    one: Asked,
    name: str,
    values: Sequence[float],
    *,
    top: int,
    left: Callable[[float], float],
) -> SafeHtml:
    middle = top + 36
    lines = "".join(f"M{left(value):.2f} 0v16" for value in sorted(values))
    drawn = element(
        "svg",
        element("path", d=lines, vector_effect="non-scaling-stroke"),
        x=0,
        y=middle - 8,
        width="100%",
        height=16,
        viewBox="0 0 100 16",
        preserveAspectRatio="none",
        class_="lines ticks",
    )
    median = report.totals[one.id].get(f"{name}_p50", _NONE).value
    return element(
        "g",
        drawn,
        letter_badge(one.letter, one.kind, left(median), middle) if median is not None else EMPTY,
        element("text", one.label, x=0, y=top + 16, class_="bar-label"),
        element(
            "text",
            _quantiles(report, one, name),
            x="100%",
            y=top + 16,
            text_anchor="end",
            class_="bar-value",
        ),
        class_=f"in-{one.kind}",
    )


def _quantiles(report: Report, one: Asked, name: str) -> str:
    of = report.totals[one.id]
    half, most = of.get(f"{name}_p50", _NONE).value, of.get(f"{name}_p95", _NONE).value
    if half is None or most is None:
        return "unknown"
    return f"{words.seconds(half)}, 19 of 20 in {words.seconds(most)}"


def _time_words(report: Report, one: Asked, name: str) -> str:
    return f"{one.label}: median {_quantiles(report, one, name)}"


def _values(report: Report, backend: str, of: Callable[[Answer], float | None]) -> Iterator[float]:
    for mode in report.modes:
        for question in mode.questions:
            for answer in question.sides[backend].answers:
                value = of(answer)
                if value is not None:
                    yield value


def _time_ticks(least: float, most: float) -> tuple[float, ...]:
    """Round times that the values lie between, each ten times the one before, or 1, 2, 5, 10."""
    first = math.floor(math.log10(max(least, _QUICKEST_S)))
    last = max(first + 1, math.ceil(math.log10(max(most, _QUICKEST_S))))
    if last - first > 1:
        return tuple(10.0**n for n in range(first, last + 1))
    return tuple(10.0**first * step for step in (1, 2, 5, 10))
