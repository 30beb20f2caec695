"""Holds conversations in children that die, run out of room or may not write.

Run as a program: ``python -m tests.support.conversation_crashes kill|room|tmpfs|read-only|together
FOLDER``. It prints how each child left the conversations.
"""

import asyncio
import json
import os
import pwd
import random
import resource
import signal
import sqlite3
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

# Imported here so that no child has to.
import pydantic.dataclasses  # noqa: F401
import sqlalchemy.dialects.sqlite.pysqlite  # noqa: F401

from assistant.conversations import ConversationStore, Place, open_store, recorded
from assistant.database import FILE_NAME
from assistant.settings import Settings
from assistant.turns import Answer, Finished, Token
from corpus.errors import CounterpointError
from tests.support.children import in_a_child
from tests.support.scripted_assistant import ScriptedAssistant
from tests.support.scripted_objects import ANSWER, Script

SIDES = ("reader", "claude-sonnet")
WORDS = [f"word{number} " for number in range(5000)]
CHILDREN, ROUNDS = 6, 2
KILL_WITHIN_S = 0.0, 2.0
FILE_LIMITS = (20_000, 60_000, 120_000, 400_000)
TMPFS_BYTES = 700_000
SEED = 20_240_614


def open_at(home: Path, ahead_s: float = 0.0) -> ConversationStore:
    """The store of a home, with a clock that may go ahead."""
    database = open_store(Settings(home=home)).database
    return ConversationStore(database, clock=lambda: time.time() + ahead_s)


async def hold(
    home: Path, place: Place, script: Script, noted: Callable[[int, str], None]
) -> tuple[list[Answer], list[str]]:
    """Ask both sides and keep it; returns the answers and why they were not kept."""
    assistant = ScriptedAssistant(home, scripts=dict.fromkeys(SIDES, script))
    stops = [asyncio.Event() for _ in SIDES]
    question = f"Question {place.number}?"
    events = assistant.ask_sides(question, [], SIDES, stops)
    entries = [assistant.entry(side) for side in SIDES]
    said: list[str] = []
    answers: list[Answer] = []

    def warn(error: CounterpointError | None) -> None:
        said.append("kept again" if error is None else f"{type(error).__name__}: {error.what}")

    async for each in recorded(events, open_at(home), place, question, entries, warn=warn):
        if isinstance(each.event, Token) and each.side is not None:
            noted(each.side, each.event.text)
        elif isinstance(each.event, Finished):
            answers.append(each.event.answer)
    return answers, said


def ignore(_side: int, _text: str) -> None:
    """Nobody notes what is said."""


def talk_until_killed(home: Path, conversation: str, log: Path) -> None:
    """One whole turn, then one that does not end; each word is noted when it has been passed on."""
    asyncio.run(hold(home, Place("me", conversation, 1), Script(), ignore))
    with log.open("ab", buffering=0) as notes:
        script = Script(text="".join(WORDS), pause_s=0.004)

        def note(side: int, _text: str) -> None:
            notes.write(f"{side} {time.monotonic()}\n".encode())

        asyncio.run(hold(home, Place("me", conversation, 2), script, note))


def rounds_of_kills(folder: Path) -> list[dict[str, object]]:
    """Kill children that write at the same time, each at its own moment."""
    home = folder / "home"
    chance = random.Random(SEED)
    return [
        each for round_ in range(ROUNDS) for each in _round_of_kills(home, folder, round_, chance)
    ]


def _round_of_kills(
    home: Path, folder: Path, round_: int, chance: random.Random
) -> list[dict[str, object]]:
    store = open_at(home)
    kept = [store.create("me") for _ in range(CHILDREN)]
    store.database.close()
    children = []
    for number, conversation in enumerate(kept):
        log = folder / f"{round_}-{number}.log"
        child = os.fork()
        if child == 0:
            talk_until_killed(home, conversation, log)
            os._exit(0)
        children.append((chance.uniform(*KILL_WITHIN_S), child, conversation, log))
    # A busy machine is slow to begin; the moment counts from the turn that will not end.
    for _, _, _, log in children:
        while not log.exists():
            time.sleep(0.005)
    begun_s = time.monotonic()
    done = []
    for wait_s, child, conversation, log in sorted(children):
        kill_s = begun_s + wait_s
        time.sleep(max(0.0, kill_s - time.monotonic()))
        os.kill(child, signal.SIGKILL)
        killed_s = time.monotonic()
        status = os.waitpid(child, 0)[1]
        done.append(_after_kill(home, conversation, log, killed_s, status))
    return done


def _after_kill(
    home: Path, conversation: str, log: Path, killed_s: float, status: int
) -> dict[str, object]:
    passed: dict[int, list[float]] = {0: [], 1: []}
    lines = log.read_text().splitlines() if log.exists() else []
    for line in lines:
        side, when = line.split()
        passed[int(side)].append(float(when))
    with closing(sqlite3.connect(home / FILE_NAME)) as plain:
        sound = plain.execute("PRAGMA integrity_check").fetchone()[0]
    loaded = open_at(home, ahead_s=30).load("me", conversation)
    whole = [answer.text for turn in loaded.turns[:1] for answer in turn.answers]
    last = loaded.turns[1].answers if len(loaded.turns) > 1 else ()
    lost_s = 0.0
    prefix = True
    for side, times in passed.items():
        text = last[side].text if side < len(last) else ""
        words = text.split()
        prefix = prefix and text == "".join(WORDS[: len(words)])
        if len(words) < len(times):
            lost_s = max(lost_s, killed_s - times[len(words)])
    return {
        "signal": os.WTERMSIG(status),
        "sound": sound,
        "turns": len(loaded.turns) + bool(loaded.unanswered),
        "first_whole": whole in ([ANSWER, ANSWER], []) or not lines,
        "words": [len(times) for times in passed.values()],
        "lost_s": round(lost_s, 3),
        "prefix": prefix,
        "ends": sorted({f"{a.status}: {a.error.what if a.error else ''}" for a in last}),
        "goes_on": _goes_on(home, conversation),
    }


def _goes_on(home: Path, conversation: str) -> bool:
    def ask() -> int:
        place = Place("me", conversation, 9)
        asyncio.run(hold(home, place, Script(), ignore))
        turns = open_at(home).load("me", conversation).turns
        return sum(answer.text == ANSWER for answer in turns[-1].answers)

    return in_a_child(ask) == "2"


def together(folder: Path) -> list[dict[str, object]]:
    """Two programs write the same conversation at the same time, and a third one looks."""
    home = folder / "home"
    conversation = open_at(home).create("me")
    open_at(home).database.close()
    script = Script(text="".join(WORDS[:150]), pause_s=0.004)
    children = []
    for number in (1, 2):
        child = os.fork()
        if child == 0:
            asyncio.run(hold(home, Place("me", conversation, number), script, ignore))
            os._exit(0)
        children.append(child)
    seen = set()
    running = set(children)
    while running:
        for turn in open_at(home).load("me", conversation).turns:
            seen |= {f"{a.status}: {a.error.what if a.error else ''}" for a in turn.answers}
        running -= {child for child in running if os.waitpid(child, os.WNOHANG)[0]}
        time.sleep(0.02)
    turns = open_at(home).load("me", conversation).turns
    texts = [answer.text == script.text for turn in turns for answer in turn.answers]
    return [{"seen": sorted(seen), "turns": len(turns), "whole": texts}]


def without_room(folder: Path) -> list[dict[str, object]]:
    """Write where no file may grow beyond a limit."""
    return [_in_little_room(folder / str(limit), limit) for limit in FILE_LIMITS]


def _in_little_room(home: Path, limit: int) -> dict[str, object]:
    def work() -> str:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        return _fill(home)

    left = json.loads(in_a_child(work))
    return {**left, **_state(home, left["conversation"])}


def in_a_full_tmpfs(folder: Path) -> list[dict[str, object]]:
    """Write until a small disk is full, make room, and go on; for a mounted folder."""

    def go_on() -> str:
        return _fill(folder / "home", conversation=left["conversation"], turns=1)

    ballast = folder / "ballast"
    ballast.write_bytes(bytes(TMPFS_BYTES // 3))
    left = json.loads(in_a_child(lambda: _fill(folder / "home")))
    full = _state(folder / "home", left["conversation"])
    ballast.unlink()
    after = json.loads(in_a_child(go_on))
    return [{**left, **full, "after": after["said"], **_prefixed(folder, left["conversation"])}]


def _prefixed(folder: Path, conversation: str) -> dict[str, object]:
    state = _state(folder / "home", conversation)
    return {f"after_{name}": value for name, value in state.items()}


def _fill(home: Path, conversation: str = "", turns: int = 60) -> str:
    """Ask until a turn cannot be kept; the answers come all the same."""
    said: list[str] = []
    whole, asked = True, 0
    try:
        conversation = conversation or open_at(home).create("me")
    except CounterpointError as exc:
        said = [f"{type(exc).__name__}: {exc.what}"]
    while not said and asked < turns:
        asked += 1
        place = Place("me", conversation, 100 + asked)
        answers, said = asyncio.run(hold(home, place, Script(), ignore))
        whole = whole and [answer.text for answer in answers] == [ANSWER, ANSWER]
    open_at(home).database.close()
    report = {"said": said, "asked": asked, "answered": whole, "conversation": conversation}
    return json.dumps(report)


def _state(home: Path, conversation: str) -> dict[str, object]:
    def look() -> str:
        with closing(sqlite3.connect(home / FILE_NAME)) as plain:
            sound = plain.execute("PRAGMA integrity_check").fetchone()[0]
        turns = open_at(home).load("me", conversation).turns if conversation else ()
        texts = [answer.text for turn in turns for answer in turn.answers if not answer.error]
        return json.dumps(
            {"sound": sound, "kept": len(turns), "kept_whole": set(texts) <= {ANSWER}}
        )

    left = json.loads(in_a_child(look))
    assert isinstance(left, dict)
    return left


def read_only(folder: Path) -> list[dict[str, object]]:
    """Ask with a database and a home that may only be read."""
    home = folder / "home"
    conversation = json.loads(in_a_child(lambda: _fill(home, turns=1)))["conversation"]
    file = home / FILE_NAME
    before = file.read_bytes()
    for path, mode in ((folder, 0o755), (file, 0o444), (home, 0o555)):
        path.chmod(mode)

    def ask() -> str:
        if os.geteuid() == 0:
            os.setuid(pwd.getpwnam("nobody").pw_uid)
        return _fill(home, conversation)

    left = json.loads(in_a_child(ask))
    home.chmod(0o755)
    return [{**left, "same": file.read_bytes() == before, **_state(home, conversation)}]


CHOICES: dict[str, Callable[[Path], list[dict[str, object]]]] = {
    "kill": rounds_of_kills,
    "together": together,
    "room": without_room,
    "tmpfs": in_a_full_tmpfs,
    "read-only": read_only,
}

if __name__ == "__main__":
    print(json.dumps(CHOICES[sys.argv[1]](Path(sys.argv[2]))))  # noqa: T201 - this is a program
