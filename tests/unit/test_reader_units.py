import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.reading.heads import table_head, with_table_heads
from assistant.reading.plain import heading_text, lower_label, plain_text
from assistant.reading.units import units_of
from corpus.documents import Span
from corpus.library import load_shipped
from index.passages import Passage


def passage(text: str, *, start: int = 0, lead: str = "", heading: str = "Price") -> Passage:
    return Passage(
        number=2,
        source="notes/x",
        title="Note: X (Y)",
        heading_path=("X (Y)", heading),
        url=None,
        start=start,
        end=start + len(text),
        text=text,
        score=1.0,
        similarity=0.5,
        match=Span(start, start + 1),
        lead=lead,
    )


def texts(text: str, **options: object) -> list[str]:
    return [unit.text for unit in units_of(passage(text, **options))]  # type: ignore[arg-type]


def test_each_sentence_of_a_paragraph_is_a_unit_at_its_place() -> None:
    text = "Grok-1 has 314B parameters. It uses 2 of 8 experts\nfor each token. e.g. this one."
    units = units_of(passage(text, start=1000))
    assert [unit.text for unit in units] == [
        "Grok-1 has 314B parameters.",
        "It uses 2 of 8 experts for each token. e.g. this one.",
    ]
    first = units[0].span
    assert text[first.start - 1000 : first.end - 1000] == "Grok-1 has 314B parameters."


def test_versions_and_abbreviations_do_not_end_a_sentence() -> None:
    assert texts("Claude Opus 4.8 vs. Opus 4.7 costs 2.50 dollars. Nothing else changes.") == [
        "Claude Opus 4.8 vs. Opus 4.7 costs 2.50 dollars.",
        "Nothing else changes.",
    ]


def test_a_row_of_a_table_reads_as_a_sentence_with_its_heads_and_its_source() -> None:
    table = (
        "| Model | Context window | Notes | Source and date |\n|---|---|---|---|\n"
        "| **Grok-1** | 8,192 tokens | open | xAI, March 2024 |"
    )
    assert texts(table) == ["Grok-1 – context window: 8,192 tokens; open (xAI, March 2024)."]


def test_a_row_without_its_own_name_takes_the_one_above() -> None:
    table = "| Fact | Value |\n|---|---|\n| Sizes | 7B to 40B |\n| | 180B as well |"
    assert texts(table) == ["Sizes – 7B to 40B.", "Sizes – 180B as well."]


def test_a_nested_item_says_what_it_belongs_to() -> None:
    text = "1. **Claude (Anthropic)**\n   - Parameters: ~52B\n   - Focus: Safety, alignment"
    assert "Claude (Anthropic) – parameters: ~52B." in texts(text)


def test_a_short_list_is_also_one_unit_with_its_items() -> None:
    text = "- **Transparency:** Anyone can look.\n- **Cost:** No fee for the weights."
    lists = [unit for unit in units_of(passage(text, heading="5. Advantages")) if unit.items]
    assert [unit.subject for unit in lists] == ["Advantages"]
    assert lists[0].items == ("Transparency: Anyone can look", "Cost: No fee for the weights")


def test_the_head_of_a_cut_table_comes_back_and_moves_no_offset() -> None:
    document = (
        "# Prices\n\nPrices are in US dollars.\n\n| Model | Input price |\n|---|---|\n"
        "| gpt-4 | 30 |\n| gpt-4-turbo | 10 |\n"
    )
    row = "| gpt-4-turbo | 10 |"
    cut = passage(row, start=document.index(row))
    (fixed,) = with_table_heads([cut], lambda _source: document)
    (unit,) = units_of(fixed)
    assert unit.text == "gpt-4-turbo – input price: 10."
    assert unit.caption == "Prices are in US dollars."
    assert document[unit.span.start : unit.span.end] == row


@pytest.mark.parametrize("text", ["Plain words.", "| a | b |", "x | y"])
def test_a_passage_that_begins_outside_a_table_gets_no_head(text: str) -> None:
    assert table_head(f"Before.\n\n{text}", len("Before.\n\n")) == ""


@pytest.mark.parametrize(
    ("markdown", "words"),
    [
        ("**Bold** and `code`", "Bold and code"),
        ("See [the page](https://example.org/a_b) now", "See the page now"),
        ("As shown [3] and [1, 2].", "As shown and."),
        ("<b>x</b> 5 < 6 and 7 > 2", "x 5 < 6 and 7 > 2"),
        ("OLLAMA_NO_CLOUD=1 and inflection_3_pi", "OLLAMA_NO_CLOUD=1 and inflection_3_pi"),
        ("2 * 3 * 4", "2 * 3 * 4"),
    ],
)
def test_marks_go_and_words_stay(markdown: str, words: str) -> None:
    assert plain_text(markdown) == words


@pytest.mark.parametrize(
    ("label", "shown"),
    [
        ("Use Cases", "use cases"),
        ("GPU memory at 16 bit", "GPU memory at 16 bit"),
        ("Mixtral 12.9B: Sparse", "Mixtral 12.9B: Sparse"),
        ("Input, US dollars", "input, US dollars"),
        ("Proprietary LLMs", "Proprietary LLMs"),
    ],
)
def test_common_labels_are_written_small_and_names_are_not(label: str, shown: str) -> None:
    assert lower_label(label) == shown


def test_no_unit_of_the_shipped_documents_shows_markdown_or_lies_outside_its_document() -> None:
    for document in load_shipped():
        whole = passage(document.text)
        for unit in units_of(whole):
            assert not any(mark in unit.text for mark in ("**", "|", "](", "`")), unit.text
            assert unit.text[-1] in ".!?…"
            assert 0 <= unit.span.start < unit.span.end <= len(document.text)


@given(st.text(alphabet="ab 1.|-*#\n[]()`_", max_size=200))
def test_any_text_can_be_taken_apart(text: str) -> None:
    for unit in units_of(passage(text, start=7)):
        assert 7 <= unit.span.start < unit.span.end <= 7 + len(text)


def test_a_heading_that_ends_with_a_colon_is_followed_by_one_only() -> None:
    assert heading_text("2. Steps to **take**:") == "Steps to take"
