"""Reading in a process of its own, so that a parser that crashes, hangs or swells harms nothing."""

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Final

from corpus.errors import SourceUnreadable
from corpus.readers.content import Content
from corpus.text import printable

MEMORY_BYTES: Final = 3 * 1024**3
TOTAL_S: Final = 240.0
STALL_S: Final = 20.0
_START: Final = (
    "import sys; sys.path[:0] = sys.argv[1:2]; from corpus.readers.apart import serve; serve()"
)
_ROOT: Final = str(Path(__file__).resolve().parents[2])
_REFUSED: Final = 3


def read_apart(
    form: str, data: bytes, name: str, *, total_s: float = TOTAL_S, stall_s: float = STALL_S
) -> Content:
    """Read a document in a child process with limits on memory and time.

    Args:
        form: which reader, a key of the child's table: ``pdf``, ``html`` or ``markdown``.
        data: the whole file.
        name: what to call it in an error.
        total_s: the longest that the child may take.
        stall_s: the longest between two pages, or for a format without pages.

    Raises:
        SourceUnreadable: what the reader says, or that it crashed, hung or swelled.
    """
    shown = f"“{printable(name)}”"
    command = [sys.executable, "-P", "-c", _START, _ROOT, form, printable(name), str(stall_s)]
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter and module
            command, input=data, capture_output=True, timeout=total_s, check=False
        )
    except subprocess.TimeoutExpired as exc:
        raise _gave_up(shown) from exc
    except OSError as exc:
        raise SourceUnreadable(
            f"{shown} cannot be read now: no process can be started.", "Close some programs."
        ) from exc
    try:
        said = json.loads(done.stdout)
    except ValueError as exc:
        if b"Timeout" in done.stderr or b"MemoryError" in done.stderr:
            raise _gave_up(shown) from exc
        raise SourceUnreadable(
            f"{shown} makes the program that reads such files fail.",
            "Save it anew from the program it came from, or save its text as Markdown.",
        ) from exc
    if done.returncode == _REFUSED:
        raise SourceUnreadable(said["what"], said["cure"])
    return Content(**{**said, "pages": tuple(said["pages"])})


def _gave_up(shown: str) -> SourceUnreadable:
    return SourceUnreadable(
        f"{shown} takes more time or memory to read than any document should.",
        "Split it, or save its text as Markdown and add that.",
    )


def serve() -> None:
    """Be the child: read stdin, write what was found, or what is wrong, to stdout as JSON."""
    import faulthandler

    form, name, stall_s = sys.argv[2], sys.argv[3], float(sys.argv[4])
    _limit_memory()

    def tick() -> None:
        # The watch runs in C, so that it ends a parser that never comes back to Python.
        faulthandler.dump_traceback_later(stall_s, exit=True)

    tick()
    try:
        said = asdict(_readers(tick)[form](sys.stdin.buffer.read(), name))
    except SourceUnreadable as exc:
        json.dump({"what": exc.what, "cure": exc.cure}, sys.stdout)
        sys.stdout.flush()
        raise SystemExit(_REFUSED) from exc
    json.dump(said, sys.stdout)


def _readers(tick: Callable[[], None]) -> Mapping[str, Callable[[bytes, str], Content]]:
    from corpus.readers.html import read_html_here
    from corpus.readers.markdown import read_markdown_here
    from corpus.readers.pdf_read import read_pdf_here

    return {
        "pdf": lambda data, name: read_pdf_here(data, name, tick),
        "html": read_html_here,
        "markdown": read_markdown_here,
    }


def _limit_memory() -> None:
    if sys.platform == "win32":
        return
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
