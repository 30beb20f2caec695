"""A retrieval benchmark in a folder: documents, queries, and which documents answer which query.

The layout is BEIR's (Thakur et al., "BEIR: A Heterogeneous Benchmark for Zero-shot Evaluation of
Information Retrieval Models", 2021), with the judgements beside the other two files or in the
sub-folder ``qrels``; judgements in TREC's four columns are read too.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corpus.disk import sha256_of
from corpus.documents import Document
from corpus.errors import CorpusError, SourceMissing, SourceUnreadable
from corpus.text import clean_text

_JUDGEMENTS = ("qrels.tsv", "qrels/test.tsv", "qrels.txt", "qrels/dev.tsv", "qrels/train.tsv")
"""Where judgements are looked for; the first that is there counts."""
_LAYOUT = "A folder holds corpus.jsonl, queries.jsonl and qrels.tsv."

_UNSPEAKABLE = re.compile("[\\x00\\ud800-\\udfff]")
"""What ends a name early where rankings are scored, and halves of characters."""
_HIGHEST_GRADE = 1_000
"""Beyond what any collection has; of huge grades the scoring makes nonsense without a word."""

Judgements = dict[str, dict[str, int]]
"""Grade of each judged document, by query."""


@dataclass(frozen=True, slots=True)
class BenchFolder:
    """A benchmark as it was read.

    Attributes:
        documents: what is searched; a document without any text is left out.
        document_count: how many the folder holds, those without text too.
        queries: the text of each query that has judgements, by its id.
        judgements: grades, for the same queries.
        itself: the queries that are the document of their own id, word for word. It is no answer,
            and BEIR's own evaluation leaves it out of the ranking.
        notes: what was passed over, one sentence each.
        key: hash of the documents' file.
    """

    documents: tuple[Document, ...]
    document_count: int
    queries: Mapping[str, str]
    judgements: Judgements
    itself: frozenset[str]
    notes: tuple[str, ...]
    key: str


def read_folder(folder: Path) -> BenchFolder:
    """Read a benchmark.

    Raises:
        SourceMissing: a file is not there, or no query has a judgement.
        SourceUnreadable: a line is not what the layout says; its number is named.
    """
    if not folder.is_dir():
        raise SourceMissing(f"There is no folder {folder}.", _LAYOUT)
    corpus, queries_file = folder / "corpus.jsonl", folder / "queries.jsonl"
    judgements_file = _judgements_file(folder)
    for file in (corpus, queries_file):
        if not file.is_file():
            raise SourceMissing(f"There is no {file.name} in {folder}.", _LAYOUT)
    judged = _read_judgements(judgements_file)
    notes: list[str] = []
    texts = _unique(_read_texts(queries_file), queries_file, notes)
    rows = _unique(_read_texts(corpus), corpus, notes)
    documents = tuple(
        document for id_, fields in rows.items() if (document := _document(id_, fields)).text
    )
    if not documents:
        raise SourceMissing(f"{corpus} holds no text.", _LAYOUT)
    asked = {
        id_: _query(fields, id_, queries_file) for id_, fields in texts.items() if id_ in judged
    }
    if not asked:
        raise SourceMissing(
            f"No query of {queries_file} has a judgement in {judgements_file}.",
            "The first column of the judgements names a query's _id.",
        )
    judgements = {id_: judged[id_] for id_ in asked}
    itself = frozenset(
        id_ for id_, text in asked.items() if id_ not in judged[id_] and _says(rows.get(id_), text)
    )
    unknown = sum(id_ not in rows for grades in judgements.values() for id_ in grades)
    for count, what in (
        (len(rows) - len(documents), "Documents without text, which nothing finds"),
        (len(texts) - len(asked), "Queries without a judgement, left out"),
        (len(judged.keys() - texts.keys()), "Judged queries that queries.jsonl lacks, left out"),
        (len(itself), "Queries that are a document, which is left out of their rankings"),
        (unknown, "Judgements of documents that corpus.jsonl lacks, counted as not found"),
    ):
        if count:
            notes.append(f"{what}: {count:,}.")
    return BenchFolder(documents, len(rows), asked, judgements, itself, tuple(notes), _key(corpus))


def _key(corpus: Path) -> str:
    return hashlib.sha256(sha256_of(corpus).encode()).hexdigest()[:16]


def _judgements_file(folder: Path) -> Path:
    for name in _JUDGEMENTS:
        if (folder / name).is_file():
            return folder / name
    others = sorted((folder / "qrels").glob("*.tsv"))
    if len(others) == 1:
        return others[0]
    raise SourceMissing(f"There is no qrels.tsv and no qrels/test.tsv in {folder}.", _LAYOUT)


def _lines(file: Path) -> Iterator[tuple[int, str]]:
    """Number and text of each line that is not blank."""
    try:
        with file.open(encoding="utf-8-sig", newline="\n") as stream:
            for number, line in enumerate(stream, start=1):
                if line.strip():
                    yield number, line.rstrip("\r\n")
    except UnicodeDecodeError as exc:
        raise SourceUnreadable(f"{file} is not UTF-8.", "Convert it to UTF-8.") from exc
    except OSError as exc:
        raise SourceUnreadable(f"{file} cannot be read.", "Check its rights.") from exc


def _bad(file: Path, number: int, reason: str) -> CorpusError:
    return SourceUnreadable(f"{file}, line {number}: {reason}.", "Correct the line.")


def _read_texts(file: Path) -> Iterator[tuple[int, str, dict[str, Any]]]:
    for number, line in _lines(file):
        try:
            fields = json.loads(line)
        except (ValueError, RecursionError) as exc:
            raise _bad(file, number, "it is not JSON") from exc
        id_ = fields.get("_id", fields.get("id")) if isinstance(fields, dict) else None
        if not isinstance(id_, str | int) or isinstance(id_, bool) or not str(id_):
            raise _bad(file, number, "it is not an object with an _id")
        if _UNSPEAKABLE.search(str(id_)):
            raise _bad(file, number, "its _id holds a character that is none")
        for name in ("title", "text"):
            if not isinstance(fields.get(name, ""), str | None):
                raise _bad(file, number, f"its {name} is not text")
        yield number, str(id_), fields


def _unique(
    rows: Iterator[tuple[int, str, dict[str, Any]]], file: Path, notes: list[str]
) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    repeated: list[int] = []
    for number, id_, fields in rows:
        if id_ in found:
            repeated.append(number)
        else:
            found[id_] = fields
    if repeated:
        notes.append(
            f"Lines of {file.name} that repeat an _id, left out: {len(repeated):,}, "
            f"line {repeated[0]} first."
        )
    return found


def _document(id_: str, fields: Mapping[str, Any]) -> Document:
    title = " ".join((fields.get("title") or "").split())
    text = clean_text(fields.get("text") or "").text
    if text.strip():
        return Document(id_, title, text, "file")
    return Document(id_, "", clean_text(title).text, "file")


def _says(fields: Mapping[str, Any] | None, query: str) -> bool:
    """Whether a document has the words of a query and no others."""
    if fields is None:
        return False
    text = (fields.get("text") or "").split()
    return query.split() in (text, (fields.get("title") or "").split() + text)


def _query(fields: Mapping[str, Any], id_: str, file: Path) -> str:
    text = fields.get("text")
    if not isinstance(text, str) or not text.strip():
        raise SourceUnreadable(f"{file}: the query {id_!r} has no text.", "Add its text.")
    return text


def _read_judgements(file: Path) -> Judgements:
    judged: Judgements = {}
    is_first = True
    for number, line in _lines(file):
        columns = [part.strip() for part in (line.split("\t") if "\t" in line else line.split())]
        if len(columns) not in {3, 4}:
            raise _bad(file, number, "it has neither three columns nor four")
        if _UNSPEAKABLE.search(line):
            raise _bad(file, number, "it holds a character that is none")
        grade = _grade(columns[-1])
        if grade is None:
            if is_first and not _is_number(columns[-1]):
                is_first = False
                continue
            raise _bad(
                file, number, f"its last column is not a whole number up to {_HIGHEST_GRADE:,}"
            )
        is_first = False
        judged.setdefault(columns[0], {})[columns[-2]] = grade
    if not judged:
        raise SourceMissing(f"{file} holds no judgement.", _LAYOUT)
    return judged


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _grade(text: str) -> int | None:
    if not _is_number(text):
        return None
    value = float(text)
    return int(value) if value.is_integer() and abs(value) <= _HIGHEST_GRADE else None
