"""Lines of an answer that order it and state nothing."""

import pytest

from assistant.checks.layout import furniture_of


def furniture(text: str) -> list[str]:
    return [text[line.start : line.end].strip() for line in furniture_of(text)]


@pytest.mark.parametrize(
    "line",
    [
        "## Licence and price",
        "# Phi-3 (3.8B)",
        "### 2. What to pay ###",
        "**Licence**",
        "__Price__:",
    ],
)
def test_a_heading_states_nothing(line: str) -> None:
    assert furniture(f"{line}\n\nPhi-3 is small.") == [line]


@pytest.mark.parametrize(
    "line",
    [
        "## Phi-3 is made by Inflection AI",
        "## 9 billion parameters [1]",
        "## Made in Paris.",
        "**Phi-3 costs nothing**",
        "## A heading of so many words that it must be a sentence after all",
        "**Phi-3** comes from Microsoft",
        "#hashtag",
    ],
)
def test_a_heading_that_makes_a_statement_is_a_sentence_like_any_other(line: str) -> None:
    assert furniture(f"{line}\n\nPhi-3 is small.") == []


def test_the_head_of_a_table_states_nothing_and_its_rows_do() -> None:
    table = "| Model | Size |\n|:---|---:|\n| Phi-3 mini | 3.8B |\n| Mixtral | 12.9B |"
    assert furniture(table) == ["| Model | Size |"]
    assert furniture("Model | Size\n---|---\nPhi-3 mini | 3.8B") == ["Model | Size"]


def test_a_line_above_a_rule_of_the_page_is_no_head_of_a_table() -> None:
    assert furniture("Phi-3 is small\n---\nand open") == []
