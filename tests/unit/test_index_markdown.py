import re
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from index.markdown import Block, parse_markdown, plain_text
from tests.support.markdown_texts import markdown_texts


def quoted(text: str, block: Block) -> str:
    return text[block.span.start : block.span.end]


@given(markdown_texts())
def test_blocks_stand_in_order_and_hold_every_letter_of_the_text(text: str) -> None:
    blocks = parse_markdown(text)
    for before, after in pairwise(blocks):
        assert before.span.end <= after.span.start
    outside = list(text)
    for block in blocks:
        assert quoted(text, block) == quoted(text, block).strip() != ""
        outside[block.span.start : block.span.end] = " " * (block.span.end - block.span.start)
    assert not any(char.isalpha() for char in "".join(outside))


@given(st.text(alphabet="ab #*-|>`\n\r\t\u2028\x85[]():1.\\<&;~_=", max_size=80))
def test_any_text_at_all_gives_blocks_within_it(text: str) -> None:
    for block in parse_markdown(text):
        assert 0 <= block.span.start < block.span.end <= len(text)
        for row in block.rows:
            assert block.span.start <= row.span.start < row.span.end <= block.span.end


def test_a_heading_path_is_plain_text_and_ends_with_the_nearest_heading() -> None:
    text = (
        "# The *lesson*\n\n## 1. `Terms`\n\nFirst.\n\n### **Open**\n\nSecond.\n\n## 2\n\nThird.\n"
    )
    paths = {
        block.text: block.heading_path
        for block in parse_markdown(text)
        if block.kind == "paragraph"
    }
    assert paths == {
        "First.": ("The lesson", "1. Terms"),
        "Second.": ("The lesson", "1. Terms", "Open"),
        "Third.": ("The lesson", "2"),
    }


def test_each_kind_of_block_is_told_apart() -> None:
    text = (
        "Title\n=====\n\nText.\n\n- point\n\n> said\n\n```py\nx = 1\n```\n\n---\n\n"
        "| a | b |\n|---|---|\n| 1 | 2 |\n"
    )
    kinds = [block.kind for block in parse_markdown(text)]
    assert kinds == ["heading", "paragraph", "item", "quote", "fence", "table"]


def test_a_table_gives_its_rows_with_plain_cells_and_exact_lines() -> None:
    text = "Before.\n\n| **Aspect** | Open |\n|---|:-:|\n| **Cost** | *free* |\n| x | y |\n\nAfter."
    table = next(block for block in parse_markdown(text) if block.kind == "table")
    assert table.header == ("Aspect", "Open")
    assert [row.cells for row in table.rows] == [("Cost", "free"), ("x", "y")]
    first = table.rows[0].span
    assert text[first.start : first.end] == "| **Cost** | *free* |"


def test_line_ends_of_every_kind_leave_the_offsets_exact() -> None:
    text = "One\u2028still one\r\n\r\n# Two\r\rThree\x0bstill three\n\nFour"
    said = [quoted(text, block) for block in parse_markdown(text)]
    assert said == ["One\u2028still one", "# Two", "Three\x0bstill three", "Four"]


def test_a_link_definition_is_not_lost_though_the_parser_drops_it() -> None:
    text = "See [it][1].\n\n[1]: https://example.com 'The page'\n"
    assert [quoted(text, block) for block in parse_markdown(text)] == [
        "See [it][1].",
        "[1]: https://example.com 'The page'",
    ]


def test_a_nested_item_is_harder_to_cut_off_than_an_outer_one() -> None:
    text = "1. **Phi-3**\n   - Focus: chat\n   - Size: small\n2. **Grok**\n   - On X\n"
    cuts = {block.text: block.cut for block in parse_markdown(text)}
    assert cuts["Grok"] < cuts["Size: small"]


def test_a_list_holds_on_to_the_line_that_leads_in() -> None:
    first, second = parse_markdown("The tiers are:\n\n- free\n- paid\n")[1:]
    assert first.cut > second.cut


def test_plain_text_keeps_words_and_drops_marks_and_addresses() -> None:
    said = plain_text("A **bold** [link](https://example.com), `code` and <b>tags</b>\nand &amp;.")
    assert said == "A bold link, code and tags\nand &."


def test_text_in_html_is_kept_without_its_tags() -> None:
    (block,) = parse_markdown("<div align='center'>\n<b>Hello</b> there\n</div>\n")
    assert re.sub(r"\s+", " ", block.text) == "Hello there"
