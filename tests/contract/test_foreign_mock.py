"""The adapters against a mock of the vendors' formats that somebody else wrote.

``make test`` installs it beside the virtual environment; ``AIMOCK_CLI_PATH`` names another one.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from assistant.backends.base import StopReason
from assistant.backends.errors import AuthRejected, BackendBusy, RateLimited
from corpus.errors import BackendError
from tests.contract.conftest import ADAPTERS, Reached, ask, collect

PACKAGED = Path(sys.prefix) / "node_modules/@copilotkit/aimock/dist/cli.js"
FIXTURES = {
    "fixtures": [
        {
            "match": {"userMessage": "Who makes Phi-3?"},
            "response": {
                "content": "Microsoft makes it [1].",
                "usage": {"prompt_tokens": 77, "completion_tokens": 8},
            },
        },
        {
            "match": {"userMessage": "limited"},
            "response": {"error": {"message": "slow down", "type": "x"}, "status": 429},
        },
        {
            "match": {"userMessage": "refused"},
            "response": {"error": {"message": "no", "type": "x"}, "status": 401},
        },
        {
            "match": {"userMessage": "failing"},
            "response": {"error": {"message": "down", "type": "x"}, "status": 503},
        },
    ]
}
PATHS = {"anthropic": "", "google": "", "ollama": ""}


@pytest.fixture(scope="module")
def mock_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A running mock."""
    node, script = shutil.which("node"), Path(os.environ.get("AIMOCK_CLI_PATH", PACKAGED))
    if node is None or not script.is_file():
        pytest.skip("the mock is not installed (make test installs it where Node is)")
    fixtures = tmp_path_factory.mktemp("mock") / "fixtures.json"
    fixtures.write_text(json.dumps(FIXTURES))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [node, str(script), "-p", str(port), "-f", str(fixtures), "-c", "5"]
    command += ["--log-level", "silent"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        try:
            _wait_for(port)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def _wait_for(port: int) -> None:
    deadline_s = time.monotonic() + 20
    while time.monotonic() < deadline_s:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    pytest.fail("the mock did not start")


@pytest.fixture(params=ADAPTERS)
def mocked(request: pytest.FixtureRequest, reach: Callable[..., Reached], mock_url: str) -> Reached:
    return reach(request.param, url=mock_url + PATHS.get(request.param, "/v1"))


async def test_an_answer_of_the_mock_arrives_whole(mocked: Reached) -> None:
    text, done = await collect(mocked.backend)
    assert text == "Microsoft makes it [1]."
    assert done.stop_reason is StopReason.END


@pytest.mark.parametrize(
    ("question", "expected"),
    [("limited", RateLimited), ("refused", AuthRejected), ("failing", BackendBusy)],
)
async def test_an_error_of_the_mock_is_the_right_one_of_ours(
    mocked: Reached, question: str, expected: type[BackendError]
) -> None:
    with pytest.raises(expected):
        [d async for d in mocked.backend.stream(ask(question))]


async def test_the_counts_of_the_mock_are_the_usage(mocked: Reached) -> None:
    _, done = await collect(mocked.backend)
    # The mock writes zeros for Ollama, and counts for Mistral only when it is asked in a way that
    # Mistral itself does not know.
    expected = {"ollama": (0, 0), "mistral": (None, None)}.get(mocked.wire, (77, 8))
    assert (done.usage.input_tokens, done.usage.output_tokens) == expected
