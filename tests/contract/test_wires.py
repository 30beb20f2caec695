"""What single vendors send that LangChain alone would lose."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from assistant.backends.base import StopReason
from assistant.backends.errors import ContentFiltered, StreamInterrupted
from corpus.errors import BackendError
from tests.contract.conftest import IMPATIENT_LATER, Reached, ask, collect
from tests.support import vendor_server
from tests.support.vendor_server import Script
from tests.support.wires import Events


def sse(payload: Any) -> bytes:
    return (
        b"data: "
        + (payload if isinstance(payload, bytes) else json.dumps(payload).encode())
        + b"\n\n"
    )


@pytest.fixture
def send(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Makes the server send exactly these events."""

    def events(*payloads: Any) -> None:
        made = Events(head=tuple(sse(p) for p in payloads), deltas=(), end=())
        monkeypatch.setattr(vendor_server, "write_reply", lambda *_: made)

    return events


def openai_chunk(delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    base = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    return base | {"choices": [choice]}


@pytest.mark.parametrize("adapter", ["openai", "xai", "openai-compatible"])
async def test_the_text_of_a_refusal_is_shown_as_one(
    adapter: str, reach: Callable[..., Reached], send: Callable[..., None]
) -> None:
    send(
        openai_chunk({"role": "assistant", "content": "", "refusal": None}),
        openai_chunk({"refusal": "I cannot "}),
        openai_chunk({"refusal": "help."}),
        openai_chunk({}, "stop"),
        b"[DONE]",
    )
    text, done = await collect(reach(adapter).backend)
    assert text == "I cannot help."
    assert done.stop_reason is StopReason.REFUSAL


@pytest.mark.parametrize("adapter", ["openai", "xai", "openai-compatible"])
async def test_what_the_environment_says_for_openai_goes_to_openai_alone(
    adapter: str, reach: Callable[..., Reached], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_ORG_ID", "org-mine")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "project-mine")
    monkeypatch.setenv("OPENAI_ADMIN_KEY", "sk-admin")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "Authorization: Bearer sk-company\nX-Mine: yes")
    backend, server, _ = reach(adapter)
    await collect(backend)
    sent = str(server.questions[0].headers)
    for mine in ("org-mine", "project-mine", "sk-company", "x-mine"):
        assert (mine in sent) is (adapter == "openai")
    assert "sk-admin" not in sent


@pytest.mark.parametrize("adapter", ["openai", "xai", "openai-compatible"])
async def test_a_key_that_looks_like_one_of_langsmith_is_a_key_like_any_other(
    adapter: str, reach: Callable[..., Reached], monkeypatch: pytest.MonkeyPatch
) -> None:
    backend, server, _ = reach(adapter, key_variable="OTHER_KEY")
    monkeypatch.setenv("OTHER_KEY", "lsv2_pt_1")
    text, _ = await collect(backend)
    assert text == "Phi-3 is made by Microsoft [1]."
    assert server.questions[0].headers["authorization"] == "Bearer lsv2_pt_1"


@pytest.mark.parametrize("adapter", ["openai", "xai", "openai-compatible"])
@pytest.mark.parametrize(
    "end",
    [
        {"index": 0, "finish_reason": "stop"},
        {"index": 0, "delta": None, "finish_reason": "stop"},
        {"delta": {}, "finish_reason": "stop", "logprobs": None},
    ],
    ids=["no delta", "delta null", "no index"],
)
async def test_an_end_that_a_server_words_in_its_own_way_is_an_end(
    adapter: str, end: dict[str, Any], reach: Callable[..., Reached], send: Callable[..., None]
) -> None:
    last = openai_chunk({}) | {"choices": [end]}
    counts = openai_chunk({}) | {
        "choices": None,
        "usage": {"prompt_tokens": 9, "completion_tokens": 1, "prompt_tokens_details": None},
    }
    send(openai_chunk({"content": "Yes."}), last, counts, b"[DONE]")
    text, done = await collect(reach(adapter).backend)
    assert text == "Yes."
    assert done.stop_reason is StopReason.END
    assert (done.usage.input_tokens, done.usage.output_tokens) == (9, 1)


async def test_a_reason_that_nobody_knows_is_not_taken_for_the_usual_end(
    reach: Callable[..., Reached], send: Callable[..., None]
) -> None:
    end = {"index": 0, "delta": {}, "finish_reason": "compute_shortage"}
    last = openai_chunk({}) | {"choices": [end]}
    send(openai_chunk({"content": "Yes."}), last, b"[DONE]")
    _, done = await collect(reach("openai-compatible").backend)
    assert done.stop_reason is StopReason.UNKNOWN


async def test_mistrals_counts_in_an_event_of_their_own_are_taken(
    reach: Callable[..., Reached], send: Callable[..., None]
) -> None:
    send(
        openai_chunk({"role": "assistant", "content": "a"}),
        {"id": "c", "choices": [openai_chunk({}, "length")["choices"][0]]},
        {"id": "c", "choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 2}},
        b"[DONE]",
    )
    text, done = await collect(reach("mistral").backend)
    assert (text, done.stop_reason) == ("a", StopReason.LENGTH)
    assert (done.usage.input_tokens, done.usage.output_tokens) == (9, 2)


async def test_mistrals_finish_reason_error_is_an_interruption(
    reach: Callable[..., Reached], send: Callable[..., None]
) -> None:
    send(openai_chunk({"role": "assistant", "content": "a"}), openai_chunk({}, "error"))
    with pytest.raises(StreamInterrupted):
        await collect(reach("mistral").backend)


async def test_a_prompt_that_google_blocks_is_withheld_and_not_empty(
    reach: Callable[..., Reached], send: Callable[..., None]
) -> None:
    send({"promptFeedback": {"blockReason": "SAFETY"}, "modelVersion": "m"})
    with pytest.raises(ContentFiltered):
        await collect(reach("google").backend)


@pytest.mark.parametrize("adapter", ["openai", "xai", "openai-compatible"])
async def test_hidden_reasoning_alone_is_not_an_answer(
    adapter: str, reach: Callable[..., Reached], send: Callable[..., None]
) -> None:
    send(openai_chunk({"role": "assistant", "reasoning_content": "hm"}), b"[DONE]")
    with pytest.raises(StreamInterrupted):
        await collect(reach(adapter).backend)


@pytest.mark.parametrize("adapter", ["openai", "xai", "openai-compatible", "mistral"])
async def test_a_server_that_hangs_after_its_end_marker_does_not_spoil_the_answer(
    adapter: str, reach: Callable[..., Reached], monkeypatch: pytest.MonkeyPatch
) -> None:
    reached = reach(adapter, IMPATIENT_LATER)
    stalled = [
        sse(openai_chunk({"role": "assistant", "content": "a"})),
        sse(openai_chunk({}, "stop")),
        vendor_server._STALL,
    ]
    monkeypatch.setattr(vendor_server, "_parts", lambda *_: iter(stalled))
    reached.server.play(Script())
    text, done = await collect(reached.backend)
    assert (text, done.stop_reason) == ("a", StopReason.END)
    assert done.usage.output_tokens is None


@pytest.mark.filterwarnings("ignore:Pydantic serializer warnings")
@pytest.mark.parametrize(
    "junk", [b"{", b"[]", b"null", b'"x"', b'{"choices": 3}', b'{"candidates": 3}', b"\xff\xfe"]
)
async def test_junk_in_the_stream_is_an_error_of_ours(
    adapter: str, junk: bytes, reach: Callable[..., Reached], monkeypatch: pytest.MonkeyPatch
) -> None:
    reached = reach(adapter)
    line = junk + b"\n" if reached.wire == "ollama" else b"data: " + junk + b"\n\n"
    made = Events(head=(line,), deltas=(), end=())
    monkeypatch.setattr(vendor_server, "write_reply", lambda *_: made)
    with pytest.raises(BackendError) as caught:
        [d async for d in reached.backend.stream(ask())]
    assert "xff" not in str(caught.value)
