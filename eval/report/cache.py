"""What was worked out of a run once, kept beside it, so that its next report is there at once.

Every entry is found by a hash over all that it was worked out from, and the whole file by a hash
over the program's own rules: nothing that is found in it can be out of date.
"""

import contextlib
import hashlib
import json
from collections.abc import Callable, Iterator
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final

from corpus.disk import replace_text
from corpus.errors import CounterpointError

FILE: Final = "scores.json"
_FORM: Final = 1
_RULES: Final = (
    ("eval", ("metrics", "statistics", "cases.py", "variants.py")),
    ("eval.report", ("cache.py", "figures.py", "scoring.py", "totals.py")),
    # The sentence check, and what it reads sentences, markers and meaning by.
    ("assistant", ("checks", "reading", "text", "citations.py", "evidence.py", "turns.py")),
    ("index", (".",)),
    ("corpus", ("dates.py", "documents.py", "library.py", "text.py")),
)

Plain = str | float | bool | None
Entry = list[Plain]


class WorkedOut:
    """Entries by content, read from a run's folder and written back when some are new.

    Args:
        folder: the run's folder; where it is not there, or None, nothing is kept.
    """

    def __init__(self, folder: Path | None) -> None:
        self._file = folder / FILE if folder else None
        self._entries = _read(self._file) if self._file else {}
        self._used: dict[str, Entry] = {}
        self._is_new = False

    def of(self, content: object, work_out: Callable[[], Entry]) -> Entry:
        """The entry for this content, worked out when it is not there.

        Args:
            content: all that the entry follows from; its ``repr`` must say all of it.
            work_out: makes the entry.
        """
        key = hashlib.sha256(repr(content).encode()).hexdigest()[:32]
        entry = self._entries.get(key)
        if entry is None:
            entry = self._entries[key] = work_out()
            self._is_new = True
        self._used[key] = entry
        return entry

    def keep(self) -> None:
        """Write down what was used, where that is possible; a report needs no file."""
        if not self._is_new or self._file is None or not self._file.parent.is_dir():
            return
        text = json.dumps({"form": _FORM, "rules": rules_hash(), "entries": self._used})
        with contextlib.suppress(CounterpointError, OSError):
            replace_text(self._file, text)


@cache
def rules_hash() -> str:
    """SHA-256 over the source of all that scores and figures follow from."""
    digest = hashlib.sha256()
    for file in rule_files():
        digest.update(file.read_bytes())
    return digest.hexdigest()


def rule_files() -> Iterator[Traversable]:
    """The source of all that scores and figures follow from; what only shows them is not in it."""
    for package, names in _RULES:
        for name in names:
            yield from _sources(resources.files(package).joinpath(name))


def _sources(place: Traversable) -> Iterator[Traversable]:
    if place.is_dir():
        for inner in sorted(place.iterdir(), key=lambda one: one.name):
            if inner.is_dir() or inner.name.endswith(".py"):
                yield from _sources(inner)
    elif place.is_file():
        yield place


def _read(file: Path) -> dict[str, Entry]:
    try:
        content = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(content, dict) or content.get("rules") != rules_hash():
        return {}
    entries = content.get("entries")
    return entries if isinstance(entries, dict) and content.get("form") == _FORM else {}
