import csv
import hashlib
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

CORPUS = Path(__file__).parents[2] / "corpus"
SHARED = Path(__file__).parents[2].parent / "shared"
NAMES = "claude falcon gemini gpt-4 grok inflection llama mistral ollama phi-3".split()
LESSON_SHA256 = "3ab1941d09a6d68243b2fc69ca3bbf229b46c5d34da47f57b13ad88943aa25c1"
SHARED_RUN = 8

MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
BRACKET = re.compile(r"\(([^()]*)\)")
YEAR = re.compile(r"\b20[12]\d\b")
NOT_A_SOURCE = re.compile(
    rf"\b(?:{MONTHS}|as|by|copy|in|of|on|read|since|undated|until)\b", re.IGNORECASE
)
SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")
WORD = re.compile(r"[a-z0-9]+")


def sources() -> list[dict[str, str]]:
    rows: list[dict[str, str]] = tomllib.loads((CORPUS / "sources.toml").read_text("utf-8"))[
        "source"
    ]
    return rows


def note(name: str) -> str:
    return (CORPUS / "notes" / f"{name}.md").read_text("utf-8")


def names_a_source(text: str) -> bool:
    """Whether the text holds a year and, besides dates and filler, at least one word."""
    return bool(YEAR.search(text)) and bool(re.search(r"[A-Za-z]{2,}", NOT_A_SOURCE.sub("", text)))


def has_bracketed_source(sentence: str) -> bool:
    return any(names_a_source(bracket) for bracket in BRACKET.findall(sentence))


def is_table(line: str) -> bool:
    return line.startswith("|")


def cells(row: str) -> list[str]:
    return [cell.strip() for cell in row.strip().strip("|").split("|")]


def prose_sentences(text: str) -> Iterator[str]:
    for line in text.splitlines():
        if line and not line.startswith("#") and not is_table(line):
            yield from SENTENCE_END.split(line)


def tables(text: str) -> Iterator[tuple[str, list[str]]]:
    """Each table with the last line of text above it, its caption if it has one."""
    caption, rows = "", list[str]()
    for line in [*text.splitlines(), ""]:
        if is_table(line):
            rows.append(line)
            continue
        if rows:
            yield caption, rows
            caption, rows = "", []
        if line:
            caption = line


def unsourced(text: str) -> list[str]:
    """Sentences and table rows that hold a figure and do not say where it comes from."""
    found = [
        sentence
        for sentence in prose_sentences(text)
        if re.search(r"\d", sentence) and not has_bracketed_source(sentence)
    ]
    for caption, (header, _, *body) in tables(text):
        columns = [i for i, name in enumerate(cells(header)) if name.lower().startswith("source")]
        if columns:
            found += [row for row in body if not names_a_source(cells(row)[columns[0]])]
        elif not has_bracketed_source(caption):
            found.append(header)
    return found


def runs(text: str, length: int) -> set[str]:
    words = WORD.findall(text.lower())
    return {" ".join(words[i : i + length]) for i in range(len(words) - length + 1)}


def vendor_texts() -> Iterator[tuple[str, str]]:
    for path in sorted((SHARED / "vendor-docs").glob("*/*")):
        if path.suffix in {".md", ".mdx", ".html", ".txt"}:
            text = path.read_text("utf-8", errors="replace")
            yield path.name, re.sub(r"<[^<>]*>", " ", text) if path.suffix == ".html" else text


@pytest.mark.parametrize("name", NAMES)
def test_a_note_is_neither_a_stub_nor_a_book(name: str) -> None:
    words = [word for word in note(name).split() if re.search(r"\w", word)]
    assert 400 <= len(words) <= 1200


def test_every_shipped_document_is_listed_once_and_every_listed_one_ships() -> None:
    listed = [row["path"] for row in sources()]
    shipped = [path.relative_to(CORPUS).as_posix() for path in CORPUS.rglob("*.md")]
    assert sorted(listed) == sorted(shipped)
    assert sorted(listed) == sorted(["lesson.md", *(f"notes/{name}.md" for name in NAMES)])


@pytest.mark.parametrize("name", NAMES)
def test_a_note_says_what_it_is_about_and_where_to_read_on(name: str) -> None:
    (row,) = [row for row in sources() if row["id"] == f"notes/{name}"]
    assert row["kind"] == "note"
    assert row["title"] == "Note: " + note(name).splitlines()[0].removeprefix("# ")
    assert row["vendor"]
    assert row["dated"] == "2026-11-23"
    assert re.fullmatch(r"https://[\w.-]+/\S*", row["url"])


def test_the_addresses_of_the_notes_are_ones_that_were_seen() -> None:
    manifest = SHARED / "vendor-docs" / "MANIFEST.tsv"
    if not manifest.exists():
        pytest.skip("needs the vendor documents beside the project")
    with manifest.open(encoding="utf-8", newline="") as lines:
        seen = {row["original_url"] for row in csv.DictReader(lines, delimiter="\t")}
    seen |= set(re.findall(r"https://[^\s|]+", (SHARED / "facts.md").read_text("utf-8")))
    assert [row["url"] for row in sources() if "url" in row and row["url"] not in seen] == []


@pytest.mark.parametrize("name", NAMES)
def test_every_figure_in_a_note_carries_its_source_and_date(name: str) -> None:
    assert unsourced(note(name)) == []


@pytest.mark.parametrize(
    "text",
    [
        "Phi-3 mini has 3.8 billion parameters.",
        "Phi-3 mini has 3.8 billion parameters (June 2024).",
        "Phi-3 mini has 3.8 billion parameters (as of June 2024).",
        "Phi-3 mini has 3.8 billion parameters (Microsoft).",
        "A (Microsoft, June 2024). Phi-3 mini has 3.8 billion parameters.",
        "Sizes.\n\n| Model | Size |\n|---|---|\n| Phi-3 | 7B |\n",
        "| Model | Size | Source |\n|---|---|---|\n| Phi-3 | 7B | Microsoft |\n",
    ],
)
def test_the_check_for_sources_finds_a_figure_without_one(text: str) -> None:
    assert unsourced(text) != []


@pytest.mark.parametrize(
    "text",
    [
        "Phi-3 mini has 3.8 billion parameters (Microsoft, June 2024).",
        "Sizes (Microsoft, June 2024).\n\n| Model | Size |\n|---|---|\n| Phi-3 | 7B |\n",
        "| Model | Size | Source |\n|---|---|---|\n| Phi-3 | 7B | Microsoft, 2024 |\n",
    ],
)
def test_the_check_for_sources_accepts_a_figure_with_one(text: str) -> None:
    assert unsourced(text) == []


@pytest.mark.parametrize("name", NAMES)
def test_every_row_of_a_table_has_as_many_cells_as_its_header(name: str) -> None:
    for _, (header, *rows) in tables(note(name)):
        assert {len(cells(row)) for row in rows} == {len(cells(header))}


@pytest.mark.parametrize("name", NAMES)
def test_a_sentence_stands_alone_when_it_is_quoted(name: str) -> None:
    leaning = re.compile(r"(?:It|Its|They|Their|This|These|Those|He|She|That)\b")
    assert [s for s in prose_sentences(note(name)) if leaning.match(s)] == []
    assert [s for s in prose_sentences(note(name)) if not s.endswith(".")] == []


def test_no_run_of_eight_words_is_taken_from_a_vendor() -> None:
    if not (SHARED / "vendor-docs").exists():
        pytest.skip("needs the vendor documents beside the project")
    ours = {run for name in NAMES for run in runs(note(name), SHARED_RUN)}
    taken = {
        (origin, run) for origin, text in vendor_texts() for run in ours & runs(text, SHARED_RUN)
    }
    assert sorted(taken) == []


def test_the_lesson_is_the_one_that_was_given_byte_for_byte() -> None:
    assert hashlib.sha256((CORPUS / "lesson.md").read_bytes()).hexdigest() == LESSON_SHA256
