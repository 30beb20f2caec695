"""Plots as markup of our own: bars and lines, with words for those who do not see them.

Lengths along the page are percentages and heights are pixels, so that text keeps its size on a
phone while bars and lines take the room there is. Scales are linear and begin at nought: a bar
twice as long is twice the value. Colours come from the style sheet; each mark has a shape or a
letter beside its colour.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from assistant.markup.drawing import (
    Caption,
    grid_line,
    kind_sign,
    letter_badge,
    level,
    percent,
    picture,
    ticks,
    x_tick,
    y_tick,
)
from assistant.markup.elements import EMPTY, SafeHtml, element, join

_BAR_ROW = 46
_PLOT_TOP, _PLOT_HEIGHT = 44, 260
_LETTER_PLACES = (0.9, 0.72, 0.54, 0.36)
_HALF = 50
Words = Callable[[float], str]


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar.

    Attributes:
        label: what it stands for.
        value: its length in the unit of the axis, at least 0.
        words: the value as a person reads it.
        kind: ``open`` or ``proprietary``; its shape and colour.
    """

    label: str
    value: float
    words: str
    kind: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line.

    Attributes:
        label: what it stands for.
        points: x and y, from left to right.
        kind: ``open`` or ``proprietary``; its colour.
        letter: stands on the line and in the legend; empty for the line that needs none.
        words: what the legend says about it.
    """

    label: str
    points: tuple[tuple[float, float], ...]
    kind: str
    letter: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis, from 0.

    Attributes:
        end: the largest value that is shown.
        label: what it counts.
        words: a value as a person reads it.
    """

    end: float
    label: str
    words: Words


@dataclass(frozen=True, slots=True)
class _Frame:
    """The room of a line chart, from 0 to the ends of its axes."""

    x_end: float
    y_end: float

    def left(self, value: float) -> float:
        """A place on x, in percent of the width."""
        return 100 * value / self.x_end

    def top(self, value: float) -> float:
        """A place on y, in pixels from the top."""
        return _PLOT_TOP + _PLOT_HEIGHT * (1 - value / self.y_end)


def bar_chart(bars: Sequence[Bar], caption: Caption, words: Words) -> SafeHtml:
    """Bars one below the other on a linear scale from 0.

    Args:
        bars: in the order in which they are shown.
        caption: what the plot is.
        words: writes a value of the axis.
    """
    marks = ticks(max((bar.value for bar in bars), default=0.0))
    height = _BAR_ROW * len(bars)
    rows = (_bar_row(bar, n * _BAR_ROW, marks[-1]) for n, bar in enumerate(bars))
    return picture(
        caption,
        height + 26,
        *(grid_line(100 * mark / marks[-1], 0, height) for mark in marks),
        *rows,
        *(x_tick(100 * mark / marks[-1], height + 18, words(mark)) for mark in marks),
    )


def _bar_row(bar: Bar, top: int, end: float) -> SafeHtml:
    return element(
        "g",
        kind_sign(bar.kind, top + 16),
        element("text", bar.label, x=18, y=top + 20, class_="bar-label"),
        element("text", bar.words, x="100%", y=top + 20, class_="bar-value", text_anchor="end"),
        element(
            "rect", x=0, y=top + 28, width=percent(100 * bar.value / end), height=10, rx=2,
            class_="plot-fill",
        ),
        class_=f"kind-{bar.kind}",
    )  # fmt: skip


def line_chart(
    lines: Sequence[Line],
    x: Axis,
    y: Axis,
    caption: Caption,
    *,
    marks: Sequence[tuple[float, float]] = (),
    edge: tuple[float, str] | None = None,
) -> SafeHtml:
    """Lines on linear scales from 0; what is above the end of ``y`` is cut off there.

    Args:
        lines: what is drawn.
        x: the axis along the page; it ends where it is told to.
        y: the axis up the page; it ends at the next round value.
        caption: what the plot is.
        marks: points to mark with a ring.
        edge: a place on x that an upright line and a word mark.
    """
    across, up = ticks(x.end), ticks(y.end)
    frame = _Frame(x.end, up[-1])
    bottom = _PLOT_TOP + _PLOT_HEIGHT
    drawn = element(
        "svg", *(_polyline(line, frame) for line in lines), x=0, y=_PLOT_TOP, width="100%",
        height=_PLOT_HEIGHT, class_="lines", viewBox=f"0 0 100 {_PLOT_HEIGHT}",
        preserveAspectRatio="none",
    )  # fmt: skip
    lettered = [line for line in lines if line.letter]
    return picture(
        caption,
        bottom + 44,
        element("text", y.label, x=0, y=12, class_="axis"),
        *(join([level(frame.top(at)), y_tick(frame.top(at), y.words(at))]) for at in up),
        _edge(edge, frame, bottom),
        drawn,
        *(_letter(line, frame, n) for n, line in enumerate(lettered)),
        *(_ring(frame, at, value) for at, value in marks),
        *(x_tick(frame.left(at), bottom + 18, x.words(at)) for at in across if at <= x.end),
        element("text", x.label, x="100%", y=bottom + 38, class_="axis", text_anchor="end"),
    )


def _polyline(line: Line, frame: _Frame) -> SafeHtml:
    points = " ".join(
        f"{frame.left(at):.3f},{frame.top(value) - _PLOT_TOP:.2f}" for at, value in line.points
    )
    return element(
        "polyline",
        points=points,
        class_=_line_class(line),
        fill="none",
        vector_effect="non-scaling-stroke",
    )


def _line_class(line: Line) -> str:
    return f"line line-{line.letter.lower() or 'own'} kind-{line.kind}"


def _ring(frame: _Frame, at: float, value: float) -> SafeHtml:
    place = f"{frame.top(value):.1f}"
    return element("circle", cx=percent(frame.left(at)), cy=place, r=6, class_="mark")


def _letter(line: Line, frame: _Frame, order: int) -> SafeHtml:
    """The letter on its line, each line's at another place, within what can be seen."""
    at = frame.x_end * _LETTER_PLACES[order % len(_LETTER_PLACES)]
    if (value := _value_at(line, at)) > frame.y_end:
        at = at * frame.y_end / value * 0.9
        value = _value_at(line, at)
    return letter_badge(line.letter, line.kind, frame.left(at), frame.top(value))


def _value_at(line: Line, at: float) -> float:
    for (x0, y0), (x1, y1) in pairwise(line.points):
        if x0 <= at <= x1 and x1 > x0:
            return y0 + (y1 - y0) * (at - x0) / (x1 - x0)
    return line.points[-1][1]


def swatch(line: Line) -> SafeHtml:
    """The line as the legend shows it."""
    stroke = element("line", x1=0, y1=8, x2=32, y2=8, class_=_line_class(line))
    return element("svg", stroke, width=32, height=16, class_="swatch", aria_hidden="true")


def _edge(edge: tuple[float, str] | None, frame: _Frame, bottom: int) -> SafeHtml:
    if edge is None:
        return EMPTY
    at, words = frame.left(edge[0]), edge[1]
    side, shift = ("end", -6) if at > _HALF else ("start", 6)
    x, y = percent(at), _PLOT_TOP + 12
    return join(
        [
            element("line", x1=x, x2=x, y1=_PLOT_TOP, y2=bottom, class_="edge"),
            element("text", words, x=x, y=y, dx=shift, text_anchor=side, class_="tick"),
        ]
    )
