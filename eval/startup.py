"""How long until the page is up, beside a page of the same framework with nothing on it.

``python -m eval.startup [--home DIR] [--rounds N]`` starts both in turn and prints one JSON object.
"""

import argparse
import json
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import httpx

BARE = """
import os
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
import gradio
with gradio.Blocks() as page:
    gradio.Markdown("Hello")
page.launch(server_name="127.0.0.1", server_port={port}, ssr_mode=False, quiet=True)
"""
LONGEST_START_S = 120.0
POLL_S = 0.02


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, default=None)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    home = ["--home", str(arguments.home)] if arguments.home else []
    bare, ours = [], []
    for _ in range(arguments.rounds):
        port = free_port()
        bare.append(seconds_to_page([sys.executable, "-c", BARE.format(port=port)], port))
        port = free_port()
        serve = [sys.executable, "-m", "ui.cli.main", "serve", "--no-browser", "--port", str(port)]
        ours.append(seconds_to_page([*serve, *home], port))
    bare_s, ours_s = statistics.median(bare), statistics.median(ours)
    report = {
        "rounds": arguments.rounds,
        "bare_page_s": round(bare_s, 2),
        "counterpoint_s": round(ours_s, 2),
        "ratio": round(ours_s / bare_s, 2),
    }
    sys.stdout.write(json.dumps(report) + "\n")


def seconds_to_page(command: Sequence[str], port: int) -> float:
    """Start a server and wait until its page answers with 200; then end it.

    Raises:
        RuntimeError: the server ended, or the page did not come in two minutes.
    """
    started_s = time.perf_counter()
    process = subprocess.Popen(  # noqa: S603  our own interpreter and module
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        while time.perf_counter() - started_s < LONGEST_START_S:
            if process.poll() is not None:
                raise RuntimeError(f"the server ended with {process.returncode}")
            try:
                if httpx.get(f"http://127.0.0.1:{port}/", trust_env=False).status_code == 200:
                    return time.perf_counter() - started_s
            except httpx.TransportError:
                time.sleep(POLL_S)
        raise RuntimeError("the page did not come")
    finally:
        process.terminate()
        process.wait(timeout=10)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    main()
