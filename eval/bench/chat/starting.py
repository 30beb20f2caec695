"""How long until the page is up, beside an empty page, and what is imported until then."""

import re
import statistics
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any, Final

from eval.startup import BARE, free_port, seconds_to_page
from index.build import Progress

UNTIL_THE_PAGE: Final = "import ui.cli.serve, ui.web.app"
LATER: Final = (
    *("torch", "sentence_transformers", "transformers", "onnxruntime", "chromadb", "xllamacpp"),
    *("langchain_core", "openai", "anthropic", "google", "ollama", "scipy", "lxml", "pdfplumber"),
)
"""What a page that is only shown has no use for."""
_LINE: Final = re.compile(r"import time:\s+(\d+) \|\s+(\d+) \|\s*(\S+)")
_MOST: Final = 15


def starting(home: Path, rounds: int, tell: Progress) -> dict[str, Any]:
    """Measure the start.

    Args:
        home: a home whose index is built.
        rounds: how many starts of each.
        tell: told how far it is.

    Returns:
        Medians in seconds, and what is imported, in milliseconds.
    """
    bare, ours = [], []
    for turn in range(rounds):
        tell("starting", turn, rounds)
        port = free_port()
        bare.append(seconds_to_page([sys.executable, "-c", BARE.format(port=port)], port))
        port = free_port()
        serve = [sys.executable, "-m", "ui.cli.main", "serve", "--no-browser", "--port", str(port)]
        ours.append(seconds_to_page([*serve, "--home", str(home)], port))
    return {
        "rounds": rounds,
        "page_s": round(statistics.median(ours), 2),
        "bare_page_s": round(statistics.median(bare), 2),
        "ratio": round(statistics.median(ours) / statistics.median(bare), 2),
        **imports(),
    }


def imports(program: str = UNTIL_THE_PAGE) -> dict[str, Any]:
    """What a program imports, by package: its own time and how many modules."""
    done = subprocess.run(  # noqa: S603  our own interpreter and program
        [sys.executable, "-X", "importtime", "-c", program],
        check=True,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    return by_package(done.stderr)


def by_package(log: str) -> dict[str, Any]:
    """The log of ``-X importtime`` added up by package."""
    own_us: Counter[str] = Counter()
    modules: Counter[str] = Counter()
    for found in _LINE.finditer(log):
        package = found[3].partition(".")[0]
        own_us[package] += int(found[1])
        modules[package] += 1
    return {
        "imports_ms": round(sum(own_us.values()) / 1000),
        "modules": sum(modules.values()),
        "largest": [
            {"package": name, "ms": round(us / 1000, 1), "modules": modules[name]}
            for name, us in own_us.most_common(_MOST)
        ],
        "needless": [name for name in LATER if name in modules],
    }
