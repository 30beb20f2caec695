"""Citation markers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.citations import parse_citations, strip_markers


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("One [1]. Two [2][3].", [(1, True), (2, True), (3, False)]),
        ("Both [1, 2].", [(1, True), (2, True)]),
        ("Nothing [0] and [99].", [(0, False), (99, False)]),
        ("Code `a[1]` and\n```\nb[2]\n```", []),
        ("Open fence\n```\nb[2]", []),
        ("Backticks that open nothing [1].```\n\nNext [2].", [(1, True), (2, True)]),
        ("``a ` [1]`` and [2]", [(2, True)]),
        ("Full width ［１］ and [１]", []),
        ("A range [1-3].", [(1, True), (2, True), (3, False)]),
        ("A range that is none [3-1] and [1-90].", [(3, False), (1, True), (1, True), (90, False)]),
        ("As one vendor writes 【1】 and 【2†source】.", [(1, True), (2, True)]),
        ("Twice [1][1]", [(1, True), (1, True)]),
    ],
)
def test_markers_are_found_outside_code_and_checked(
    text: str, found: list[tuple[int, bool]]
) -> None:
    assert [(c.number, c.valid) for c in parse_citations(text, {1, 2})] == found


@given(st.text(alphabet="[]【】†1 2,-`\na９", max_size=40))
def test_any_text_is_parsed_without_an_error_and_spans_are_the_markers(text: str) -> None:
    for citation in parse_citations(text, {1}):
        marker = text[citation.span.start : citation.span.end]
        assert marker[0] + marker[-1] in {"[]", "【】"}


def test_markers_are_taken_out_with_the_space_before_them() -> None:
    assert strip_markers("Phi-3 is small [2]. It is open [1, 3].") == "Phi-3 is small. It is open."
