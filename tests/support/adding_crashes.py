"""Adds documents to a home in children that die, run out of room or may not write.

Run as a program: ``python -m tests.support.adding_crashes kill|put|room|read-only HOME``. It prints
how each child left the home.
"""

import errno
import json
import os
import resource
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path

# Imported here so that no child has to.
import bm25s  # noqa: F401
import chromadb.api.rust  # noqa: F401
import Stemmer  # noqa: F401

from assistant.home_index import build_home_index, index_folder
from assistant.knowledge import load_knowledge
from assistant.settings import load_settings
from corpus.adding import Adding
from corpus.library import load_shipped
from corpus.shelf import home_shelf
from index import build as build_module
from index.hash_embedder import HashEmbedder
from index.opening import open_index, verify_index
from tests.support.children import in_a_child

KILLS = 12
LIMITS = (100, 400, 3_000, 20_000, 200_000)
FILES = {f"{name}.md": f"# {name}\n\nThe {name} costs {len(name)} crowns.\n" for name in "abcdef"}
SHIPPED = load_shipped()


def write_files(folder: Path) -> Path:
    """Files to be added."""
    folder.mkdir()
    for name, text in FILES.items():
        (folder / name).write_text(text)
    return folder


def add(home: Path, folder: Path) -> str:
    """What the command does."""
    Adding(home_shelf(home), home, {d.id for d in SHIPPED}).add([folder])
    return build_home_index(home, HashEmbedder()).generation


def add_and_die(home: Path, folder: Path, step: int) -> int:
    """Add, killing this process at its ``step``-th act; returns how many acts there are."""
    acts = 0

    def watch(event: str, args: object) -> None:
        nonlocal acts
        if event.startswith(("open", "os.", "shutil.", "sqlite3.")):
            acts += 1
            if acts == step:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(watch)
    add(home, folder)
    return acts


def add_in_little_room(home: Path, folder: Path, limit: int) -> str:
    """Add where no file may grow beyond ``limit`` bytes."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    return add(home, folder)


def state(home: Path) -> dict[str, object]:
    """What the home holds after every check."""
    verify_index(index_folder(home))
    index = open_index(index_folder(home), HashEmbedder())
    indexed = len(index.documents) - len(SHIPPED)
    index.close()
    shelf = home_shelf(home)
    whole = all(FILES[d.id] == d.text for d in shelf.documents())
    return {
        "whole": whole and not shelf.problems(),
        "kept": len(shelf.documents()),
        "indexed": indexed,
    }


def mended(home: Path, folder: Path) -> bool:
    """Whether the next command brings everything in order."""
    add(home, folder)
    after = state(home)
    return after == {"whole": True, "kept": len(FILES), "indexed": len(FILES)}


def _state(home: Path) -> dict[str, object]:
    said = in_a_child(lambda: json.dumps(state(home)))
    found = json.loads(said)
    assert isinstance(found, dict)
    return found


def rounds_of_kills(home: Path) -> list[dict[str, object]]:
    """Kill an adding at points spread over its whole length."""
    folder = write_files(home.with_name("files"))
    before = home.with_name("before")
    in_a_child(lambda: build_home_index(before, HashEmbedder()))
    shutil.copytree(before, home)
    acts = int(in_a_child(lambda: add_and_die(home, folder, 0)))
    rounds: list[dict[str, object]] = []
    for i in range(KILLS):
        shutil.rmtree(home)
        shutil.copytree(before, home)
        step = 1 + (acts - 1) * i // (KILLS - 1)
        died = in_a_child(lambda step=step: add_and_die(home, folder, step))
        rounds.append({"died": died, **_state(home)})
        rounds[-1]["mended"] = in_a_child(lambda: mended(home, folder))
    return rounds


def put_and_stop(home: Path, folder: Path, step: int, stop: Callable[[], None]) -> int:
    """Put all files on the shelf, stopped at the ``step``-th act; returns how many acts there are.

    Opening a file to write it and to sync it are acts, and so is every renaming and removal.
    """
    acts = 0

    def watch(event: str, args: tuple[object, ...]) -> None:
        nonlocal acts
        if event.startswith(("open", "os.", "shutil.")) and str(args[0]).startswith(str(home)):
            acts += 1
            if acts == step:
                stop()

    adding = Adding(home_shelf(home), home, ())
    sys.addaudithook(watch)
    adding.add([folder])
    return acts


def _kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _interrupt() -> None:
    raise KeyboardInterrupt


def rounds_of_puts(home: Path) -> list[dict[str, object]]:
    """Stop the putting of six changed documents at each of its acts."""
    folder, before = write_files(home.with_name("files")), home.with_name("before")
    Adding(home_shelf(before), before, ()).add([folder])
    old = {document.text for document in home_shelf(before).documents()}
    for file in folder.iterdir():
        file.write_text(file.read_text() + "It was dearer before.\n")
    shutil.copytree(before, home)
    acts = int(in_a_child(lambda: put_and_stop(home, folder, 0, _kill)))
    new = {document.text for document in home_shelf(home).documents()}
    names = {file.name for file in (home / "shelf").iterdir()}
    rounds: list[dict[str, object]] = []
    for stop in (_kill, _interrupt):
        for step in range(1, acts + 1):
            shutil.rmtree(home)
            shutil.copytree(before, home)
            said = in_a_child(lambda stop=stop, step=step: put_and_stop(home, folder, step, stop))
            texts = {document.text for document in home_shelf(home).documents()}
            shown = "old" if texts == old else "new" if texts == new else "neither"
            left = {file.name for file in (home / "shelf").glob(".begun-*")}
            Adding(home_shelf(home), home, ()).add([folder])
            after = {document.text for document in home_shelf(home).documents()}
            settled = names <= {file.name for file in (home / "shelf").iterdir()}
            rounds.append(
                {
                    "how": stop.__name__,
                    "said": said,
                    "shown": shown,
                    "left": len(left),
                    "mended": after == new and settled,
                }
            )
    return rounds


def rounds_without_room(home: Path) -> list[dict[str, object]]:
    """Add where the disk refuses to take more."""
    build_module._BYTES_AT_LEAST = 0
    folder = write_files(home.with_name("files"))
    in_a_child(lambda: build_home_index(home, HashEmbedder()))
    rounds: list[dict[str, object]] = []
    for limit in LIMITS:
        said = in_a_child(lambda limit=limit: add_in_little_room(home, folder, limit))
        rounds.append({"said": said, **_state(home)})
    rounds.append({"mended": in_a_child(lambda: mended(home, folder))})
    return rounds


def forbid_writing(home: Path) -> None:
    """Let nothing below the home be written by this process, as on a disk mounted read-only."""

    def refuse(event: str, args: tuple[object, ...]) -> None:
        paths = [arg for arg in args[:2] if isinstance(arg, str | os.PathLike)]
        if not any(str(path).startswith(str(home)) for path in paths):
            return
        flags = args[2] if len(args) > 2 else 0
        writes = event == "open" and isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR)
        if writes or event in {"os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.truncate"}:
            raise OSError(errno.EROFS, "Read-only file system", str(home))

    sys.addaudithook(refuse)


def read_only(home: Path) -> list[dict[str, object]]:
    """Read from and add to a home that may not be written."""
    folder = write_files(home.with_name("files"))
    in_a_child(lambda: build_home_index(home, HashEmbedder()))

    def ask() -> str:
        forbid_writing(home)
        knowledge = load_knowledge(load_settings(home), lambda _: None, embedder=HashEmbedder())
        return knowledge.find("What is open source?", 1)[0].source

    def add_there() -> str:
        forbid_writing(home)
        return add(home, folder)

    return [{"asked": in_a_child(ask), "added": in_a_child(add_there), **_state(home)}]


CHOICES: dict[str, Callable[[Path], list[dict[str, object]]]] = {
    "kill": rounds_of_kills,
    "put": rounds_of_puts,
    "room": rounds_without_room,
    "read-only": read_only,
}

if __name__ == "__main__":
    print(json.dumps(CHOICES[sys.argv[1]](Path(sys.argv[2]))))  # noqa: T201 - this is a program
