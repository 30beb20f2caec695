"""Builds an index in children that die or run out of room, and says how each left it.

Run as a program: ``python -m tests.support.index_crashes kill|random|room|tmpfs FOLDER``. The
children are forked after the imports, so a round costs a fraction of a second; the parent never
starts a thread.
"""

import json
import os
import random
import resource
import shutil
import signal
import sys
import time
from pathlib import Path

# Imported here so that no child has to.
import bm25s  # noqa: F401
import chromadb.api.rust  # noqa: F401
import Stemmer  # noqa: F401

from index import build as build_module
from index.build import build_index
from index.generation import current_generation
from index.hash_embedder import HashEmbedder
from index.opening import open_index, verify_index
from tests.support.children import in_a_child
from tests.support.small_corpus import small_corpus

OLD, NEW = small_corpus()[:3], small_corpus()
KILLS = 10
RANDOM_KILLS = 24
SEED = 20_261_129
TMPFS_BYTES = 4_000_000
ROOM_BYTES = (0, 20_000, 100_000, 200_000, 400_000)
LIMITS = (300, 3_000, 9_000, 20_000, 60_000, 140_000)


def build_and_die(folder: Path, step: int) -> int:
    """Build, killing this process at its ``step``-th act; returns how many acts a build has."""
    acts = 0

    def watch(event: str, args: object) -> None:
        nonlocal acts
        # Each of these touches a file, so the kills fall between any two changes on the disk.
        if event.startswith(("open", "os.", "shutil.", "sqlite3.")):
            acts += 1
            if acts == step:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(watch)
    build_index(NEW, HashEmbedder(), folder)
    return acts


def build_in_little_room(folder: Path, limit: int) -> str:
    """Build where no file may grow beyond ``limit`` bytes."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    return build_index(NEW, HashEmbedder(), folder).generation


def serves(folder: Path) -> int:
    """How many documents the index that serves holds, after every check."""
    verify_index(folder)
    index = open_index(folder, HashEmbedder())
    assert index.store.query(index.vectors[0], 1)[0] == [index.chunks[0].id]
    return len(index.documents)


def rounds_of_kills(folder: Path) -> list[dict[str, object]]:
    """Kill a build at points spread over its whole length."""
    before = folder.with_name("before")
    in_a_child(lambda: build_index(OLD, HashEmbedder(), before))
    shutil.copytree(before, folder)
    acts = int(in_a_child(lambda: build_and_die(folder, 0)))
    rounds: list[dict[str, object]] = []
    for i in range(KILLS):
        shutil.rmtree(folder)
        shutil.copytree(before, folder)
        # Closer together towards the end, where the pointer is swapped.
        step = acts - acts * (KILLS - 1 - i) ** 2 // KILLS**2
        died = in_a_child(lambda step=step: build_and_die(folder, step))
        rounds.append({"died": died, "serves": in_a_child(lambda: serves(folder))})
    return rounds


def rounds_of_random_kills(folder: Path) -> list[dict[str, object]]:
    """Kill builds at any moment, each over what the one before left behind.

    Every round builds another corpus than the last whole one holds, so that none has nothing to do.
    """
    began = time.monotonic()
    in_a_child(lambda: build_index(OLD, HashEmbedder(), folder.with_name("timed")))
    usual_s = time.monotonic() - began
    chance = random.Random(SEED)
    held = "0"
    rounds: list[dict[str, object]] = []
    for _ in range(RANDOM_KILLS):
        corpus = NEW if held == "3" else OLD
        child = os.fork()
        if child == 0:
            build_index(corpus, HashEmbedder(), folder)
            os._exit(0)
        # A build may be over before its kill; most are not.
        time.sleep(chance.uniform(0.0, usual_s))
        os.kill(child, signal.SIGKILL)
        died = os.WIFSIGNALED(os.waitpid(child, 0)[1])
        before, held = held, in_a_child(lambda: serves(folder))
        held = "0" if held == "IndexMissing" else held
        rounds.append({"died": died, "before": before, "built": str(len(corpus)), "serves": held})
    return rounds


def rounds_on_a_small_disk(folder: Path) -> list[dict[str, object]]:
    """Build on a disk that others fill more and more; then there is room again."""
    build_module._BYTES_AT_LEAST = build_module._BYTES_PER_CHUNK = 0
    home, ballast = folder / "index", folder / "ballast"
    in_a_child(lambda: build_index(OLD, HashEmbedder(), home))
    rounds: list[dict[str, object]] = []
    for left in ROOM_BYTES:
        with ballast.open("wb") as filling:
            filling.write(bytes(max(0, shutil.disk_usage(folder).free - left)))
        said = in_a_child(lambda: build_index(NEW, HashEmbedder(), home).generation)
        rounds.append({"said": said, "serves": in_a_child(lambda: serves(home))})
        ballast.unlink()
    said = in_a_child(lambda: build_index(NEW, HashEmbedder(), home).chunks)
    return [*rounds, {"said": said, "serves": in_a_child(lambda: serves(home))}]


def rounds_without_room(folder: Path) -> list[dict[str, object]]:
    """Build where the disk refuses to take more, at limits that hit each kind of file."""
    build_module._BYTES_AT_LEAST = 0
    in_a_child(lambda: build_index(OLD, HashEmbedder(), folder))
    before = current_generation(folder)
    rounds = []
    for limit in LIMITS:
        said = in_a_child(lambda limit=limit: build_in_little_room(folder, limit))
        rounds.append(
            {
                "said": said,
                "kept": current_generation(folder) == before,
                "serves": in_a_child(lambda: serves(folder)),
                "left": len(list((folder / "generations").iterdir())),
            }
        )
    return rounds


if __name__ == "__main__":
    chosen = {
        "kill": rounds_of_kills,
        "random": rounds_of_random_kills,
        "room": rounds_without_room,
        "tmpfs": rounds_on_a_small_disk,
    }[sys.argv[1]]
    print(json.dumps(chosen(Path(sys.argv[2]))))  # noqa: T201 - this is a program
