"""Plots of differences: one row a measure, and one bar a question."""

from collections.abc import Iterator, Sequence
from typing import Final

from assistant.markup.drawing import (
    Caption,
    grid_line,
    letter_badge,
    percent,
    picture,
    ticks,
    x_tick,
)
from assistant.markup.elements import EMPTY, SafeHtml, element
from eval.metrics.base import Metric
from eval.report import words
from eval.report.html.asked import FIRST_SCORES, Asked, between
from eval.report.model import Difference, ModeResult, QuestionResult

_ROW: Final = 50
_TOP: Final = 34
_BARS: Final = 220


def forest(mode: ModeResult, metrics: Sequence[Metric], first: Asked, second: Asked) -> SafeHtml:
    """The difference of two backends by every share, right of the middle where the first leads."""
    found = between(mode, first, second)
    shown = [
        (metric, found[metric.id])
        for metric in sorted(metrics, key=lambda metric: not metric.announced)
        if metric.unit == "share" and metric.better and found[metric.id].delta is not None
    ]
    if not shown:
        return EMPTY
    rows = [_oriented(difference, metric) for metric, difference in shown]
    reach = max(abs(end) for row in rows for end in row if end is not None)
    marks = ticks(reach, 2)
    bottom = _TOP + _ROW * len(rows)
    sided = [*(-mark for mark in reversed(marks[1:])), *marks]
    name = f"forest-{mode.mode}-{first.letter}{second.letter}"
    return picture(
        Caption(
            name,
            f"Differences of {first.label} and {second.label}",
            _in_words(shown, first, second),
        ),
        bottom + 26,
        *(grid_line(_left(mark, marks[-1]), _TOP, bottom) for mark in sided),
        element("line", x1="50%", x2="50%", y1=_TOP - 8, y2=bottom, class_="edge"),
        element(
            "text", f"← {second.letter} better", x="49%", y=14, text_anchor="end", class_="axis"
        ),
        element("text", f"{first.letter} better →", x="51%", y=14, class_="axis"),
        *(
            _forest_row(
                metric, difference, row, top=_TOP + n * _ROW, reach=marks[-1], sides=(first, second)
            )
            for n, ((metric, difference), row) in enumerate(zip(shown, rows, strict=True))
        ),
        *(x_tick(_left(mark, marks[-1]), bottom + 18, f"{100 * abs(mark):.0f}") for mark in sided),
    )


def _oriented(found: Difference, metric: Metric) -> tuple[float, float | None, float | None]:
    """The difference with its range, above 0 where the first is better."""
    delta = found.delta or 0.0
    if metric.better == "lower":
        return (-delta or 0.0, _minus(found.high), _minus(found.low))
    return delta, found.low, found.high


def _minus(value: float | None) -> float | None:
    return None if value is None else -value


def _forest_row(
    metric: Metric,
    found: Difference,
    row: tuple[float, float | None, float | None],
    *,
    top: int,
    reach: float,
    sides: tuple[Asked, Asked],
) -> SafeHtml:
    delta, low, high = row
    middle = top + 34
    better = dict(zip(("first", "second"), sides, strict=True)).get(found.told)
    kind = f"in-{better.kind}" if better else "in-none"
    whisker = EMPTY
    if low is not None and high is not None:
        whisker = element(
            "line",
            x1=percent(_left(low, reach)),
            x2=percent(_left(high, reach)),
            y1=middle,
            y2=middle,
            class_="whisker",
        )
    point = (
        letter_badge(better.letter, better.kind, _left(delta, reach), middle)
        if better
        else element("circle", cx=percent(_left(delta, reach)), cy=middle, r=5, class_="mark")
    )
    label = f"{metric.label}{' *' if metric.announced else ''}"
    return element(
        "g",
        element(
            "text",
            label,
            x=0,
            y=top + 14,
            class_="bar-label" if metric.announced else "bar-label explored",
        ),
        element(
            "text",
            words.change(delta, low, high, metric.unit),
            x="100%",
            y=top + 14,
            text_anchor="end",
            class_="bar-value",
        ),
        whisker,
        point,
        class_=kind,
    )


def _left(value: float, reach: float) -> float:
    return 50 + 49 * value / reach


def _in_words(shown: Sequence[tuple[Metric, Difference]], first: Asked, second: Asked) -> str:
    told = []
    for metric, found in shown:
        better = {"first": first.label, "second": second.label}.get(found.told, "none shown")
        size = words.change(found.delta, found.low, found.high, metric.unit)
        told.append(f"{metric.label}: {size}, better: {better}")
    return ". ".join(told)


def deltas(mode: ModeResult, first: Asked, second: Asked, metrics: Sequence[Metric]) -> SafeHtml:
    """One bar a question, sorted: up where the first is ahead, down where the second is."""
    apart = sorted(
        (
            delta
            for question in mode.questions
            if (delta := apart_on(question, first.id, second.id)) is not None
        ),
        reverse=True,
    )
    if not apart:
        return EMPTY
    ahead, behind = sum(d > 0 for d in apart), sum(d < 0 for d in apart)
    same = len(apart) - ahead - behind
    label = {m.id: m.label for m in metrics}
    told = (
        f"{first.label} is ahead on {words.count(ahead, 'question')}, {second.label} on "
        f"{behind:,}; {same:,} went the same."
    )
    bottom = _TOP + _BARS
    measure = label.get(FIRST_SCORES[0], "")
    return picture(
        Caption(
            f"deltas-{mode.mode}-{first.letter}{second.letter}",
            f"Question by question: {first.label} against {second.label}",
            f"{told} By {measure.lower()}, and by right or wrong where none are expected.",
        ),
        bottom + 30,
        *_levels(first, second),
        element(
            "svg",
            _area([max(d, 0) for d in apart], first),
            _area([min(d, 0) for d in apart], second),
            x=0,
            y=_TOP,
            width="100%",
            height=_BARS,
            viewBox=f"0 0 {len(apart)} {_BARS}",
            preserveAspectRatio="none",
            class_="lines",
        ),
        element("text", f"{first.letter} ahead: {ahead}", x=0, y=14, class_="bar-label"),
        element("text", f"same: {same}", x="50%", y=14, text_anchor="middle", class_="axis"),
        element(
            "text",
            f"{second.letter} ahead: {behind}",
            x="100%",
            y=14,
            text_anchor="end",
            class_="bar-label",
        ),
        element(
            "text",
            "each bar is a question",
            x="50%",
            y=bottom + 20,
            text_anchor="middle",
            class_="axis",
        ),
    )


def _levels(first: Asked, second: Asked) -> Iterator[SafeHtml]:
    for mark, letter, shift in ((1, first.letter, 14), (0, "", 0), (-1, second.letter, -6)):
        top = f"{_TOP + _BARS / 2 * (1 - mark):.0f}"
        yield element("line", x1=0, x2="100%", y1=top, y2=top, class_="grid" if mark else "edge")
        if mark:
            words_ = f"{letter} +100 points"
            end = "end" if mark > 0 else "start"
            x = "100%" if mark > 0 else 0
            yield element("text", words_, x=x, y=top, dy=shift, text_anchor=end, class_="tick")


def _area(values: Sequence[float], one: Asked) -> SafeHtml:
    half = _BARS / 2
    drawn = "".join(
        f"M{n + 0.08:g} {half:g}h.84V{half * (1 - value):.1f}h-.84z"
        for n, value in enumerate(values)
        if value
    )
    return element("path", d=drawn, class_=f"area in-{one.kind}")


def apart_on(question: QuestionResult, first: str, second: str) -> float | None:
    """First minus second by the first score that both have."""
    one, other = question.sides[first].scores, question.sides[second].scores
    for id_ in FIRST_SCORES:
        if id_ in one and id_ in other:
            a, b = one[id_].value, other[id_].value
            if a is not None and b is not None:
                return a - b
    return None
