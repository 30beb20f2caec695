import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.documents import Document, Span
from index.chunking import READ_TOKENS, chunk_document
from index.hash_embedder import HashEmbedder
from index.passages import Chunk
from index.splitting import group_evenly, split_span
from tests.support.markdown_texts import markdown_texts

count_tokens = HashEmbedder().count_tokens
_WORD = re.compile(r"[^\W\d_]+")


def document(text: str, title: str = "Notes") -> Document:
    return Document("notes/one", title, text, "note")


def chunked(text: str, max_tokens: int = 60, read_tokens: int = 80) -> tuple[Chunk, ...]:
    return chunk_document(document(text), count_tokens, max_tokens, read_tokens)


def quoted(text: str, span: Span) -> str:
    return text[span.start : span.end]


def sentences(count: int) -> str:
    return " ".join(f"Sentence number {i} stands here." for i in range(count))


@given(markdown_texts())
def test_every_word_is_embedded_whole_and_no_chunk_is_over_the_budget(text: str) -> None:
    chunks = chunked(text)
    for chunk in chunks:
        assert count_tokens(chunk.search_text) <= 80
    searched = " ".join(chunk.search_text for chunk in chunks)
    assert set(_WORD.findall(text)) <= set(_WORD.findall(searched)) | {"Notes"}


@given(markdown_texts())
def test_chunks_lie_in_their_sections_and_sections_never_overlap(text: str) -> None:
    chunks = chunked(text)
    for chunk in chunks:
        assert 0 <= chunk.section.start <= chunk.start < chunk.end <= chunk.section.end <= len(text)
        assert text[chunk.start : chunk.end].strip() == text[chunk.start : chunk.end]
    for before, after in pairwise(sorted({chunk.section for chunk in chunks})):
        assert before.end <= after.start
    assert len({chunk.id for chunk in chunks}) == len(chunks)


@given(markdown_texts(), st.integers(4, 40))
def test_a_budget_of_any_size_is_kept(text: str, read_tokens: int) -> None:
    for chunk in chunked(text, max_tokens=220, read_tokens=read_tokens):
        assert count_tokens(chunk.search_text) <= read_tokens


def test_a_word_that_has_no_end_is_cut_though_the_model_counts_it_once() -> None:
    text = f"# Data\n\n{'QUJD' * 20_000}\n"
    chunks = chunk_document(document(text), lambda said: len(said.split()), 220, 254)
    assert max(len(chunk.search_text) for chunk in chunks) < 12_000
    assert "".join(text[chunk.start : chunk.end] for chunk in chunks[-3:]) in text
    assert sum(chunk.end - chunk.start for chunk in chunks) >= 80_000


def test_the_same_document_gives_the_same_chunks_and_another_text_other_ids() -> None:
    text = "# A\n\nOne.\n\n## B\n\n- two\n- three\n"
    assert chunked(text) == chunked(text)
    changed = chunked(text.replace("three", "four"))
    assert changed[0] == chunked(text)[0]
    assert changed[1].id != chunked(text)[1].id


def test_a_short_section_is_read_whole_with_its_headings() -> None:
    text = (
        "# Lesson\n\n## 3. Examples\n\n### Open\n\n"
        "1. **A**\n   - small\n\n2. **B**\n\n---\n\n## 4\n\nx"
    )
    first, second = chunked(text)
    assert quoted(text, first.section) == (
        "# Lesson\n\n## 3. Examples\n\n### Open\n\n1. **A**\n   - small\n\n2. **B**"
    )
    assert text[first.start : first.end] == "1. **A**\n   - small\n\n2. **B**"
    assert first.heading_path == ("Lesson", "3. Examples", "Open")
    assert quoted(text, second.section) == "## 4\n\nx"


def test_a_long_section_is_read_by_pieces_of_about_one_size() -> None:
    text = "## Long\n\n" + "\n\n".join(sentences(5) for _ in range(20))
    chunks = chunked(text, max_tokens=100, read_tokens=120)
    sizes = [count_tokens(text[chunk.start : chunk.end]) for chunk in chunks]
    assert len(chunks) > 3
    assert max(sizes) <= 100
    assert min(sizes) >= 60
    assert quoted(text, chunks[0].section).startswith("## Long")
    assert [chunk.section for chunk in chunks[1:]] == [
        Span(chunk.start, chunk.end) for chunk in chunks[1:]
    ]


def test_a_long_list_is_cut_between_its_outer_items() -> None:
    item = "{i}. **Item {i}**\n   - one two three four five\n   - six seven eight nine ten"
    text = "\n".join(item.format(i=i) for i in range(1, 9))
    chunks = chunked(text)
    assert len(chunks) > 1
    assert all(re.match(r"\d\. ", text[chunk.start : chunk.end]) for chunk in chunks)


def test_one_overlong_paragraph_is_cut_at_sentence_ends() -> None:
    text = sentences(40)
    chunks = chunked(text)
    assert len(chunks) > 3
    assert all(text[chunk.start : chunk.end].endswith("here.") for chunk in chunks)


def test_one_overlong_sentence_is_cut_between_words() -> None:
    text = "word " * 400
    pieces = [text[chunk.start : chunk.end] for chunk in chunked(text)]
    assert len(pieces) > 5
    assert " ".join(pieces) == text.strip()


def test_code_keeps_its_marks_in_the_search_text() -> None:
    lines = "\n".join(f"# step {i}: **kwargs, *args" for i in range(30))
    chunks = chunked(f"```py\n{lines}\n```")
    assert len(chunks) > 1
    assert all("# step" in c.search_text and "**kwargs" in c.search_text for c in chunks)


def test_a_table_is_one_chunk_and_each_row_a_sentence_of_the_same_section() -> None:
    text = (
        "## Differences\n\n| **Aspect** | Open | Closed |\n|---|---|---|\n"
        "| **Access to weights** | full | none |\n| **Cost** | free | |\n"
    )
    table, weights, cost = chunked(text)
    assert (table.kind, weights.kind, cost.kind) == ("table", "row", "row")
    assert table.section == weights.section == cost.section == Span(0, len(text) - 1)
    assert table.search_text.endswith(
        "Aspect | Open | Closed\nAccess to weights | full | none\nCost | free | "
    )
    assert weights.search_text.endswith("\nAccess to weights — Open: full; Closed: none")
    assert cost.search_text.endswith("\nCost — Open: free")
    assert text[cost.start : cost.end] == "| **Cost** | free | |"


def test_a_long_table_is_split_by_rows_under_its_repeated_header() -> None:
    rows = "\n".join(f"| model {i} | {'yes ' * 8}| {'no ' * 8}|" for i in range(40))
    text = f"| Name | Open | Closed |\n|---|---|---|\n{rows}\n"
    chunks = chunked(text)
    tables = [chunk for chunk in chunks if chunk.kind == "table"]
    assert len(tables) > 3
    assert all("Name | Open | Closed\n" in chunk.search_text for chunk in tables)
    for row in (chunk for chunk in chunks if chunk.kind == "row"):
        (holder,) = [t for t in tables if t.start <= row.start and row.end <= t.end]
        assert row.section == holder.section


def test_a_row_too_long_for_a_chunk_is_cut_and_each_part_keeps_its_label() -> None:
    text = f"| Name | Text |\n|---|---|\n| Falcon | {sentences(30)} |\n| Grok | short |\n"
    chunks = chunked(text)
    parts = [chunk for chunk in chunks if "Sentence number" in chunk.search_text]
    assert len(parts) > 2
    assert all("Falcon" in part.search_text for part in parts)
    assert any("Grok" in chunk.search_text for chunk in chunks)


def test_the_words_that_introduce_a_table_go_with_it() -> None:
    text = "The prices:\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"
    assert [chunk.kind for chunk in chunked(text)] == ["table", "row"]
    assert "The prices:" in chunked(text)[0].search_text


def test_a_title_that_repeats_the_first_heading_is_said_once() -> None:
    (chunk,) = chunk_document(document("# Open vs Closed (LLMs)\n\nx", "Open vs closed"), len)
    assert chunk.search_text == "Open vs Closed (LLMs)\nx"


def test_a_heading_path_that_leaves_no_room_gives_way_to_the_text() -> None:
    path = "\n\n".join(f"{'#' * i} {'long heading ' * 12}" for i in range(1, 4))
    (chunk,) = chunked(f"{path}\n\nThe text itself.", read_tokens=40)
    assert chunk.search_text.endswith("The text itself.")
    assert count_tokens(chunk.search_text) <= 40


def test_a_heading_without_text_is_found_and_read_with_what_follows() -> None:
    text = "## First\n\n## Second\n\nThe text.\n\n### Last\n"
    chunks = chunked(text)
    assert any("First" in chunk.search_text for chunk in chunks)
    assert any("Last" in chunk.search_text for chunk in chunks)
    assert quoted(text, chunks[0].section) == "## First\n\n## Second\n\nThe text."


@pytest.mark.parametrize("text", ["", "   \n\n", "---\n\n---\n"])
def test_a_document_that_says_nothing_has_no_chunks(text: str) -> None:
    assert chunked(text) == ()


def test_the_lessons_last_proprietary_systems_are_read_with_their_heading() -> None:
    lesson = (Path(__file__).parents[2] / "corpus" / "lesson.md").read_text("utf-8")
    chunks = chunk_document(replace(document(lesson), id="lesson"), count_tokens)
    (section,) = {
        chunk.section
        for chunk in chunks
        if "Personalized chatbot" in lesson[chunk.start : chunk.end]
    }
    assert quoted(lesson, section).startswith("### **Proprietary LLMs**\n1. **GPT-4**")
    assert "5. **Grok (X/Twitter)**" in quoted(lesson, section)
    assert all(count_tokens(chunk.search_text) <= READ_TOKENS for chunk in chunks)


@given(st.lists(st.integers(0, 50), max_size=30), st.integers(50, 120))
def test_groups_cover_everything_in_order_and_keep_the_limit(sizes: list[int], limit: int) -> None:
    groups = group_evenly(sizes, limit)
    assert [i for first, last in groups for i in range(first, last)] == list(range(len(sizes)))
    assert all(sum(sizes[first:last]) <= limit for first, last in groups)


@given(st.text(max_size=300), st.integers(3, 20))
def test_split_parts_lose_nothing_but_white_space(text: str, limit: int) -> None:
    def count_characters(part: str) -> int:
        return len("".join(part.split()))

    parts = split_span(text, Span(0, len(text)), count_characters, limit)
    kept = "".join(quoted(text, part) for part in parts)
    assert "".join(kept.split()) == "".join(text.split())
    assert all(count_characters(quoted(text, part)) <= limit for part in parts)
