"""Files that people write, and files that this program wrote and something else has spoilt."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from hypothesis import strategies as st

from assistant.backends.catalogue import load_catalogue
from assistant.backends.gguf_file import read_gguf_head
from assistant.conversations import ConversationStore
from assistant.conversations.codec import (
    RecordUnreadable,
    decode_answer,
    decode_evidence,
    decode_turn,
    encode_answer,
    encode_evidence,
    encode_turn,
)
from assistant.conversations.export import to_json, to_markdown
from assistant.database import Database
from assistant.settings import load_settings, read_key
from assistant.turns import Turn
from corpus.claims import parse_claims
from corpus.errors import ConfigError, CorpusError, CounterpointError, InputError, StoreError
from corpus.fetch.sources import parse_list
from eval.cases import load_case_file, load_cases
from eval.runs.journal import read_journal
from eval.runs.lines import (
    Began,
    Ended,
    LineUnreadable,
    PutOff,
    Sent,
    decode_frozen,
    decode_line,
    encode_frozen,
    encode_line,
)
from eval.runs.records import FrozenEvidence, Key, Row
from tests.contract.test_conversations import EVIDENCE, keep_turn, make_answer
from tests.fuzz.target import Target, scratch, spoilt, spoilt_text
from tests.support.gguf_bytes import gguf_bytes
from ui.cli.questions import read_questions

SETTINGS = b"""[server]
port = 7860
queue = 64
[timeouts]
connect_s = 5
[base_urls]
"gpt-4" = "http://127.0.0.1:1/v1"
[ollama]
base_url = "http://127.0.0.1:11434"
allow_remote = false
"""
BACKENDS = b"""[[backend]]
id = "mine"
label = "Mine"
kind = "open"
adapter = "openai-compatible"
provider = "Me"
model = "m-1"
context_window_tokens = 8000
max_output_tokens = 500
licence = "MIT"
weights_available = true
data = { training = "No.", retention = "None." }
[[backend]]
id = "gpt-4"
model = "other"
"""
SOURCES = '[[page]]\nurl = "https://example.com/a"\nvendor = "A"\ntitle = "T"\n'
CLAIMS = '[[claim]]\nid = "a"\nanchor = "b"\nverdict = "wrong"\n'
TOML_WORDS = (
    "= {",
    "[[",
    "]]",
    "'''",
    "nan",
    "-inf",
    "1e999",
    "9" * 5_000,
    "2026-13-01",
    "true",
    "a.b=",
)
JSON_WORDS = ("null", "[]", "{}", "NaN", "1e999", "-1", '"', "true", "9" * 5_000, ",", "\\ud800")


def _in_a_home(name: str, read: Callable[[Path], object]) -> Callable[[bytes], None]:
    def check(data: bytes) -> None:
        with scratch() as folder:
            (Path(folder) / name).write_bytes(data)
            try:
                read(Path(folder))
            except (ConfigError, InputError) as error:
                assert error.what
                assert error.cure

    return check


def _parses(
    parse: Callable[[Any], object], *errors: type[CounterpointError]
) -> Callable[[Any], None]:
    def check(given: Any) -> None:
        try:
            parse(given)
        except errors as error:
            assert error.what
            assert error.cure

    return check


def _environment(given: dict[str, str]) -> None:
    with scratch() as folder:
        _parses(lambda env: load_settings(Path(folder), environ=env), ConfigError)(given)


def _rows() -> tuple[Row, Sent, PutOff, Began, Ended]:
    key = Key("reader", "case-1", "own", 1)
    answer = make_answer()
    row = Row(key, 1, 1, "2026-11-29T10:00:00+00:00", answer)
    sent = Sent(key, 1, 1, "2026-11-29T10:00:00+00:00", 0.01)
    now = "2026-11-29T10:00:00+00:00"
    return row, sent, PutOff(key, 1, "Busy.", 2.0), Began(now, 4, "0.1.0"), Ended(now, {"a": "b"})


def _journal(lines: list[bytes]) -> None:
    read = []
    for line in lines:
        try:
            read.append(decode_line(line))
        except LineUnreadable:
            continue
    for line in read:
        assert decode_line(encode_line(line).encode()) is not None
    read_journal(read)


def _frozen(line: bytes) -> None:
    try:
        frozen = decode_frozen(line)
    except LineUnreadable:
        return
    assert decode_frozen(encode_frozen(frozen).encode()).mode == frozen.mode


def _records(text: str) -> None:
    for decode, encode in (
        (decode_turn, encode_turn),
        (decode_answer, encode_answer),
        (decode_evidence, encode_evidence),
    ):
        try:
            record = decode(text)  # type: ignore[operator]
        except RecordUnreadable:
            continue
        assert decode(encode(record))  # type: ignore[operator]


@cache
def _kept() -> tuple[bytes, str]:
    """A database with a conversation in it, and the conversation's id."""
    with scratch() as folder:
        path = Path(folder) / "kept.sqlite"
        store = ConversationStore(Database(sa.make_url(f"sqlite:///{path}")))
        conversation = store.create("me")
        keep_turn(store, conversation, 1, "Who makes Phi-3?", make_answer())
        keep_turn(store, conversation, 2, "And when?", make_answer())
        store.database.wipe_journal()
        store.database.close()
        return path.read_bytes(), conversation


def _use(path: Path, conversation: str) -> None:
    """All that a page does with conversations; only an error of the store may come of it."""
    store = ConversationStore(Database(sa.make_url(f"sqlite:///{path}")))
    steps: list[Callable[[], object]] = [
        lambda: store.list("me"),
        lambda: store.list("me", "phi"),
        lambda: to_json(store.load("me", conversation)),
        lambda: to_markdown(store.load("me", conversation)),
        lambda: keep_turn(store, conversation, 3, "And now?", make_answer()),
        lambda: store.rename("me", conversation, "Other"),
        lambda: store.delete("me", conversation),
    ]
    try:
        for step in steps:
            try:
                step()
            except StoreError as error:
                assert error.cure
    finally:
        store.database.close()


def _database(edits: list[tuple[float, bytes]]) -> None:
    whole, conversation = _kept()
    content = bytearray(whole)
    for place, put in edits:
        start = round(place * (len(content) - 1))
        content[start : start + len(put)] = put
    with scratch() as folder:
        path = Path(folder) / "kept.sqlite"
        path.write_bytes(content)
        _use(path, conversation)


_COLUMNS = (
    *("conversations.title", "conversations.created_at", "conversations.updated_at"),
    *("turns.number", "turns.question", "turns.asked_at", "turns.evidence"),
    *("answers.side", "answers.state", "answers.text", "answers.started_at", "answers.beat_at"),
    *("answers.record", "schema_version.version", "answers.position"),
)


def _row(example: tuple[str, Any]) -> None:
    whole, conversation = _kept()
    (table, column), value = example[0].split("."), example[1]
    with scratch() as folder:
        path = Path(folder) / "kept.sqlite"
        path.write_bytes(whole)
        with closing(sqlite3.connect(path)) as plain:
            try:
                plain.execute(f"UPDATE OR REPLACE {table} SET {column} = ?", (value,))
            except sqlite3.IntegrityError:
                return
            plain.commit()
        _use(path, conversation)


_VALUES = (
    st.none()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False)
    | st.text(max_size=10).map(lambda text: text.encode("utf-8", "replace").decode())
    | st.binary(max_size=10)
    | st.sampled_from(["[]", "{}", "null", '{"form":1}', '{"form":1,"text":3}', "[" * 5_000])
)
_QUESTIONS = [
    json.dumps({"question": "Who?", "history": [{"question": "a", "answer": "b"}, "c"]}),
    json.dumps({"question": "Who?", "history": [{"role": "user", "content": [{"text": "a"}]}]}),
]
_CASES = "\n".join(
    case.model_dump_json(exclude_defaults=True) for case in load_cases()[:3]
).encode()
_ENV = st.dictionaries(
    st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ_", max_size=20).map(lambda name: f"COUNTERPOINT_{name}")
    | st.sampled_from(
        ["COUNTERPOINT_SERVER__PORT", "COUNTERPOINT_BASE_URLS", "COUNTERPOINT_SERVER"]
    ),
    st.text(max_size=12),
    max_size=3,
)
_TURN = Turn("Who?", EVIDENCE, (make_answer(), make_answer("claude-sonnet", "Other [2].")))
_LINES = [encode_line(line).encode() for line in _rows()]
_FROZEN = encode_frozen(FrozenEvidence("case-1", "own", EVIDENCE)).encode()

TARGETS = (
    Target(
        "settings",
        spoilt([SETTINGS], TOML_WORDS),
        _in_a_home("settings.toml", lambda home: load_settings(home, environ={})),
    ),
    Target("environment", _ENV, _environment),
    Target(
        "dotenv",
        spoilt([b"OPENAI_API_KEY='sk-1'\nexport B=\"c\"\n"], ("export ", "=", "'", "${B}", "\\")),
        _in_a_home(".env", lambda home: read_key("OPENAI_API_KEY", home, {})),
    ),
    Target("backends", spoilt([BACKENDS], TOML_WORDS), _in_a_home("backends.toml", load_catalogue)),
    Target(
        "cases",
        spoilt([_CASES], JSON_WORDS),
        _in_a_home("cases.jsonl", lambda home: load_case_file(home / "cases.jsonl")),
    ),
    Target(
        "questions",
        spoilt_text(_QUESTIONS, JSON_WORDS),
        _parses(lambda text: list(read_questions(text.split("\n"))), InputError),
    ),
    Target(
        "sources",
        spoilt_text([SOURCES], TOML_WORDS),
        _parses(lambda text: parse_list(text, "pages.toml"), ConfigError),
    ),
    Target("claims", spoilt_text([CLAIMS], TOML_WORDS), _parses(parse_claims, CorpusError)),
    Target("journal", st.lists(spoilt(_LINES, JSON_WORDS), max_size=4), _journal),
    Target("frozen", spoilt([_FROZEN], JSON_WORDS), _frozen),
    Target(
        "records",
        spoilt_text([encode_turn(_TURN), encode_answer(_TURN.answers[0])], JSON_WORDS),
        _records,
    ),
    Target(
        "database",
        st.lists(
            st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=300)), min_size=1, max_size=4
        ),
        _database,
    ),
    Target("rows", st.tuples(st.sampled_from(_COLUMNS), _VALUES), _row),
    Target(
        "gguf",
        spoilt([gguf_bytes()]),
        _in_a_home("model.gguf", lambda home: read_gguf_head(home / "model.gguf")),
    ),
)
