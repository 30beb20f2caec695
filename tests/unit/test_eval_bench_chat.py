"""The pieces of the measurement of chats."""

import json
from pathlib import Path
from typing import Any

import pytest
from gradio.utils import diff
from hypothesis import given
from hypothesis import strategies as st

from assistant.settings import load_settings
from eval.bench.chat.library import by_library
from eval.bench.chat.load import growth_of, spread
from eval.bench.chat.page import page_from
from eval.bench.chat.program import ENTRY, paced_backend, seen_by
from eval.bench.chat.script import chat_in, is_answer, pieces_of, question_of
from eval.bench.chat.starting import by_package
from eval.bench.chat.visitor import Said, _applied, plain, shown
from eval.bench.chat.wire import _unchunked
from ui.cli.main import build_parser

TOKENS = 80


def answer(chat: int) -> str:
    return "".join(pieces_of(chat, TOKENS))


def test_an_answer_has_at_least_the_length_that_was_asked_for_and_whole_sentences() -> None:
    pieces = pieces_of(7, TOKENS)
    assert TOKENS <= len(pieces) < TOKENS + 40
    assert "".join(pieces).endswith("].")


def test_a_question_names_its_chat_last() -> None:
    assert chat_in(f"(chat N000009) {question_of(12)}") == 12
    assert chat_in("no mark") is None


def test_the_whole_answer_in_the_pages_markup_is_right() -> None:
    text = answer(7).replace("[1]", "1").replace("Point 2", "(this was not found) Point 2")
    assert is_answer(f"You asked: {question_of(7)} {text}", 7, TOKENS)


@pytest.mark.parametrize(
    "text",
    [
        answer(7).replace("memory", "", 1),
        answer(7).rpartition("Point")[0],
        answer(8),
        answer(7) + " N000008",
        "",
    ],
    ids=["a word is missing", "the end is missing", "another's", "a bit of another's", "nothing"],
)
def test_anything_else_is_wrong(text: str) -> None:
    assert not is_answer(text, 7, TOKENS)


def test_growth_is_that_of_the_second_half_alone() -> None:
    filling = [{"at_s": at, "memory_mb": 500 + 10 * at} for at in range(5)]
    level = [{"at_s": at, "memory_mb": 550 + 0.25 * at} for at in range(5, 11)]
    assert growth_of([*filling, *level]) == 0.25
    assert growth_of(level[-2:]) is None


single: Any = st.none() | st.booleans() | st.integers(0, 9) | st.text(max_size=4)
items: Any = single | st.dictionaries(st.text(max_size=2), single, max_size=3)
lists: Any = st.lists(items, max_size=3)
# The page sends no list within a list that gets shorter: Gradio accounts for that wrongly.
values: Any = items | lists | st.dictionaries(st.text(max_size=2), items | lists, max_size=3)


@given(before=values, after=values)
def test_updates_are_put_together_as_they_were_taken_apart(before: Any, after: Any) -> None:
    kept = json.loads(json.dumps(before))
    assert _applied([kept], [diff(before, after)]) == [after]


def test_what_a_visitor_saw_is_read_from_the_updates_and_their_times() -> None:
    page = page_from(1, CONFIG)
    conversation = {
        "__type__": "update",
        "value": {"put": [{"id": "t", "html": "<p>Hello&amp;</p>"}]},
    }
    first = [live("He"), conversation]
    updates = [first, [diff(first[0], live("Hello")), []], [[], []]]
    parts = [
        (10.0 + at, json.dumps({"msg": "process_generating", "output": {"data": data}}).encode())
        for at, data in enumerate(updates)
    ]
    end = json.dumps({"msg": "process_completed", "success": True, "output": {}}).encode()
    view = shown(Said(1, 9.5, [*parts, (14.0, end)], 14.0), page)
    assert view.text.split() == ["Hello&"]
    assert (view.first_s, view.last_s, view.updates, view.is_ok) == (0.5, 1.5, 2, True)


def test_a_page_that_is_laid_out_otherwise_is_not_measured() -> None:
    with pytest.raises(LookupError):
        page_from(1, {**CONFIG, "dependencies": []})


def test_a_body_in_chunks_is_put_together() -> None:
    assert _unchunked(b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n") == b"abcde"


def test_markup_is_taken_off() -> None:
    assert plain("<p>a<b>b</b> &lt;c&gt;</p>").split() == ["a", "b", "<c>"]


def test_imports_are_added_up_by_package_and_the_needless_ones_named() -> None:
    log = (
        "import time: self [us] | cumulative | imported package\n"
        "import time:      1500 |       2500 | gradio.blocks\n"
        "import time:      1000 |       1000 |   gradio\n"
        "import time:       500 |        500 | torch\n"
    )
    found = by_package(log)
    assert found["largest"][0] == {"package": "gradio", "ms": 2.5, "modules": 2}
    assert (found["imports_ms"], found["modules"], found["needless"]) == (3, 3, ["torch"])


def test_figures_of_nothing_are_unknown() -> None:
    assert spread([]) is None
    assert spread([1.0, 3.0]) == {"median": 2.0, "p95": 2.9, "highest": 3.0}


def test_the_command_takes_its_arguments() -> None:
    given_arguments = build_parser().parse_args(
        ["bench", "chat", "--chats", "5", "--chats", "9", "--soak", "60", "--only", "load"]
    )
    assert given_arguments.chats == [5, 9]
    assert (given_arguments.soak, given_arguments.only) == (60, ["load"])


def live(tail: str) -> dict[str, Any]:
    return {"__type__": "update", "value": {"answers": [{"blocks": [], "tail": tail}]}}


CONFIG: dict[str, Any] = {
    "components": [
        {"id": number, "props": {"elem_id": name}}
        for number, name in enumerate(
            ("question", "kind", "conversation", "live", "backend-open", "backend-proprietary",
             "history", "send")
        )
    ],
    "dependencies": [
        {"id": 0, "targets": [[7, "click"]], "inputs": [0, 1], "outputs": [3, 2]},
        {"id": 1, "targets": [[6, "load"]], "inputs": [], "outputs": []},
        {"id": 2, "targets": [[2, "change"]], "inputs": [], "outputs": []},
        {"id": 3, "targets": [[9, "load"]], "inputs": [], "outputs": [1]},
    ],
}  # fmt: skip


async def test_the_adapter_alone_takes_no_less_than_the_backend_and_hears_every_answer_out(
    tmp_path: Path,
) -> None:
    (tmp_path / "backends.toml").write_text(ENTRY)
    with paced_backend(first_token_s=0.05, tokens_per_s=400, tokens=20) as backend:
        address = f"http://127.0.0.1:{backend.port}/v1"
        settings = load_settings(tmp_path, {"COUNTERPOINT_BASE_URLS__PACED": address})
        found = await by_library(settings, [1, 2, 3], 0)
        seen = seen_by(backend)
    assert found["total_s"]["median"] >= 0.05 + 19 / 400
    assert (seen["finished"], seen["left"]) == (4, 0)
