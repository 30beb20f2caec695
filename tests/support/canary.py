"""A key that stands for all keys, and the search for it in all that a test run writes."""

from collections.abc import Iterator
from pathlib import Path

CANARY = "canary-5e1b90c4d7a2"
"""Part of every key that a test sets on purpose."""

# Where a test itself puts a key, as a user would.
_BY_USERS = {".env"}
_CHUNK_BYTES = 1 << 20


def files_with(word: str, folder: Path) -> Iterator[Path]:
    """Files below a folder that hold the word, in UTF-8; links and ``.env`` are left out."""
    wanted = word.encode()
    for path in sorted(folder.rglob("*")):
        is_ours = path.name not in _BY_USERS and path.is_file() and not path.is_symlink()
        if is_ours and _holds(path, wanted):
            yield path


def _holds(path: Path, wanted: bytes) -> bool:
    rest = b""
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK_BYTES):
                if wanted in rest + chunk:
                    return True
                rest = chunk[-len(wanted) :]
    except OSError:  # gone meanwhile, or not ours to read
        return False
    return False
