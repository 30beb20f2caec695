"""Plots: lengths and places that are true to the values, and words beside them."""

import re
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.markup.drawing import Caption, ticks
from assistant.markup.plots import Axis, Bar, Line, bar_chart, line_chart, swatch

CAPTION = Caption("plot", "Costs <b>", "A: 1 & B: 2")


def dollars(value: float) -> str:
    return f"${value:g}"


def parse(markup: str) -> ET.Element:
    return ET.fromstring(markup)


def by_class(root: ET.Element, name: str) -> list[ET.Element]:
    return [each for each in root.iter() if name in each.get("class", "").split()]


def bars(values: list[float]) -> ET.Element:
    shown = [Bar(f"bar {n}", value, dollars(value), "open") for n, value in enumerate(values)]
    return parse(bar_chart(shown, CAPTION, dollars))


def lengths(root: ET.Element) -> list[float]:
    widths = [each.get("width", "") for each in by_class(root, "plot-fill")]
    return [float(width.rstrip("%")) for width in widths if width.endswith("%")]


def test_a_bar_twice_as_long_is_twice_the_value() -> None:
    one, two, none = lengths(bars([0.02, 0.04, 0.0]))
    assert two == pytest.approx(2 * one)
    assert none == 0


@given(st.lists(st.floats(1e-9, 1e9), min_size=1, max_size=12))
def test_bars_are_proportional_and_stay_in_the_picture(values: list[float]) -> None:
    drawn = lengths(bars(values))
    longest = max(values)
    assert len(drawn) == len(values)
    assert 30 < max(drawn) <= 100.2
    for length, value in zip(drawn, values, strict=True):
        assert length == pytest.approx(max(drawn) * value / longest, abs=0.002)


def test_bars_of_nothing_are_still_a_picture() -> None:
    assert lengths(bars([0.0, 0.0])) == [0.0, 0.0]
    assert bars([]).tag == "svg"


def test_a_tick_stands_where_its_value_is() -> None:
    root = bars([0.03])
    marks = {each.text: each.get("x") for each in by_class(root, "tick")}
    assert marks["$0"] == "0.000%"
    assert marks["$0.03"] == "100.000%"
    assert marks["$0.01"] == "33.333%"


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        (4, (0, 1, 2, 3, 4)),
        (0.9, (0, 0.25, 0.5, 0.75, 1.0)),
        (7, (0, 2, 4, 6, 8)),
        (1_811, (0, 500, 1_000, 1_500, 2_000)),
        (0, (0, 0.25, 0.5, 0.75, 1)),
        (float("inf"), (0, 0.25, 0.5, 0.75, 1)),
    ],
)
def test_ticks_are_round_and_reach_the_end(end: float, expected: tuple[float, ...]) -> None:
    assert ticks(end) == pytest.approx(expected)


@given(st.floats(1e-12, 1e12))
def test_ticks_are_few_and_never_end_before_the_value(end: float) -> None:
    marks = ticks(end)
    assert 3 <= len(marks) <= 6
    assert marks[0] == 0
    assert marks[-1] >= end * 0.998


def test_the_kind_of_a_bar_is_a_shape_beside_its_colour() -> None:
    both = [Bar("a", 1, "1", "open"), Bar("b", 1, "1", "proprietary")]
    root = parse(bar_chart(both, CAPTION, dollars))
    assert len(by_class(root, "plot-ring")) == 1
    signs = [each for each in by_class(root, "plot-fill") if each.get("width") == "10"]
    assert len(signs) == 1


def chart(*lines: Line, **more: object) -> ET.Element:
    axis = Axis(10, "cost", dollars)
    return parse(line_chart(lines, Axis(100, "days", dollars), axis, CAPTION, **more))  # type: ignore[arg-type]


def points(root: ET.Element) -> list[list[tuple[float, float]]]:
    found = []
    for each in root.iter("polyline"):
        pairs = (pair.split(",") for pair in each.get("points", "").split())
        found.append([(float(x), float(y)) for x, y in pairs])
    return found


def test_a_line_runs_from_its_first_value_to_its_last() -> None:
    # The axis ends at 10, the next round value: 260 pixels high, nought at the bottom.
    root = chart(Line("own", ((0, 5), (100, 10)), "open"))
    assert points(root) == [[(0.0, 130.0), (100.0, 0.0)]]


def test_a_line_that_is_twice_as_high_stands_twice_as_far_from_the_bottom() -> None:
    root = chart(Line("a", ((0, 0), (50, 2)), "open"), Line("b", ((0, 0), (50, 4)), "open"))
    low, high = (260 - line[-1][1] for line in points(root))
    assert high == pytest.approx(2 * low)


def test_a_mark_stands_at_its_point() -> None:
    root = chart(Line("own", ((0, 5), (100, 5)), "open"), marks=[(40, 5)])
    (mark,) = by_class(root, "mark")
    assert mark.get("cx") == "40.000%"
    assert float(mark.get("cy", "")) == pytest.approx(44 + 130)


def test_the_letter_of_a_line_stands_on_it_even_when_the_line_leaves_the_picture() -> None:
    root = chart(Line("steep", ((0, 0), (100, 1_000)), "proprietary", "A"))
    (badge,) = by_class(root, "badge")
    left = float(badge.get("cx", "").rstrip("%"))
    top = float(badge.get("cy", ""))
    assert 44 <= top <= 304
    assert top == pytest.approx(304 - 260 * (left * 10) / 10, abs=0.2)


def test_the_end_of_the_term_is_an_upright_line_with_a_word() -> None:
    root = chart(Line("own", ((0, 5), (100, 5)), "open"), edge=(60, "the term ends"))
    (edge,) = by_class(root, "edge")
    assert edge.get("x1") == edge.get("x2") == "60.000%"
    assert any(each.text == "the term ends" for each in root.iter("text"))


def test_a_plot_has_a_title_and_a_description_for_screen_readers() -> None:
    root = bars([1.0])
    assert root.get("role") == "img"
    named = {each.get("id"): each.text for each in root if each.tag in {"title", "desc"}}
    assert named[root.get("aria-labelledby")] == "Costs <b>"
    assert named[root.get("aria-describedby")] == "A: 1 & B: 2"


def test_a_plot_has_no_colour_script_or_address_of_its_own() -> None:
    line = Line("<script>", ((0, 1), (100, 2)), "open", "A")
    markup = line_chart([line], Axis(100, "d", dollars), Axis(2, "c", dollars), CAPTION)
    assert not re.search(r"<script|href=|url\(|style=|#[0-9a-f]{3,6}\b", markup + swatch(line))
