"""From the first import to the exit the program speaks to this machine alone, whatever is set."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.model

ROOT = Path(__file__).parents[2]
# What libraries read to call home, to trace, or to go through somebody else.
TRAPS = {
    "LANGSMITH_TRACING": "true",
    "LANGSMITH_TRACING_V2": "true",
    "LANGCHAIN_TRACING": "true",
    "LANGCHAIN_TRACING_V2": "true",
    "LANGSMITH_API_KEY": "ls-not-a-key",
    "LANGSMITH_ENDPOINT": "http://192.0.2.1:9/",
    "LANGFUSE_HOST": "http://192.0.2.1:9/",
    "OTEL_EXPORTER_OTLP_ENDPOINT": "http://192.0.2.1:9/",
    "CHROMA_OTEL_COLLECTION_ENDPOINT": "http://192.0.2.1:9/",
    "GRADIO_ANALYTICS_ENABLED": "True",
    "GRADIO_SHARE": "True",
    "ANONYMIZED_TELEMETRY": "True",
    "HF_HUB_OFFLINE": "0",
    "TRANSFORMERS_OFFLINE": "0",
    "HF_HUB_DISABLE_TELEMETRY": "0",
    "HF_ENDPOINT": "http://192.0.2.1:9/",
    "WANDB_MODE": "online",
    "HTTP_PROXY": "http://192.0.2.1:9/",
    "HTTPS_PROXY": "http://192.0.2.1:9/",
    "ALL_PROXY": "http://192.0.2.1:9/",
    "OPENAI_API_KEY": "sk-not-a-key",
    "ANTHROPIC_API_KEY": "sk-not-a-key",
}
PROGRAM = """
import json, sys
asked = []
NAMES = {"socket.connect": 1, "socket.sendto": 1, "socket.getaddrinfo": 0,
         "socket.gethostbyname": 0}
def watch(event, arguments):
    if event in NAMES:
        asked.append([event, repr(arguments[NAMES[event]])])
sys.addaudithook(watch)
import atexit
atexit.register(lambda: sys.stdout.write("\\nASKED " + json.dumps(asked) + "\\n"))
from ui.cli.main import main
home = sys.argv[1]
assert main(["ask", "Who makes Falcon?", "--backend", "reader", "--home", home]) == 0
assert main(["backends", "--home", home]) == 0
from pathlib import Path
from assistant.settings import load_settings
from assistant.wiring import open_assistant
from ui.web.app import launch_page
import httpx
url, close = launch_page(open_assistant(load_settings(Path(home))))
with httpx.Client(trust_env=False) as client:
    assert client.get(url).status_code == 200
    assert client.get(url + "config").status_code == 200
close()
if "outside" in sys.argv:
    import socket
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(("192.0.2.7", 9))
"""
HERE = ("'127.0.0.1'", "'::1'", "'localhost'", "b'127.0.0.1'", "b'localhost'")


def contacts(home: Path, *more: str) -> list[list[str]]:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(home), *more],
        cwd=ROOT,
        env={**os.environ, **TRAPS},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert "Falcon" in done.stdout
    (line,) = (each for each in done.stdout.splitlines() if each.startswith("ASKED "))
    found: list[list[str]] = json.loads(line.removeprefix("ASKED "))
    return [each for each in found if not each[1].lstrip("(").startswith(HERE)]


@pytest.mark.timeout(400)
def test_nothing_is_contacted_beyond_this_machine_from_import_to_exit(built_home: Path) -> None:
    away = contacts(built_home, "outside")
    # The one that the test itself makes shows that the watch hears.
    assert [each for each in away if "192.0.2.7" not in each[1]] == []
    assert len(away) == 1
