"""Runs of the eval that are killed, run out of room, may not write or meet each other.

Run as a program: ``python -m tests.support.eval_crashes kill|room|read-only|together FOLDER
[ROUNDS]``. A child asks the built-in reader and a vendor's adapter, which a loopback server of this
process answers and counts; it prints what each child left.
"""

import asyncio
import contextlib
import io
import json
import os
import pwd
import random
import resource
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from assistant.settings import load_settings, prepare_process
from assistant.wiring import Assistant, open_assistant
from corpus.errors import CounterpointError
from eval.cases import load_cases
from eval.runs.folder import ROWS, RunFolder, create_run, open_run
from eval.runs.lines import Sent
from eval.runs.planning import asking_order, contestant_of, freeze_all, plan_run
from eval.runs.runner import run
from tests.support.children import in_a_child
from tests.support.vendor_server import Counts, Reply, Script, VendorServer

BACKENDS = ("reader", "claude-sonnet")
QUESTIONS, ROUNDS, SEED = 24, 5, 20_240_614
KEY = "sk-ant-canary-1"
LIMITS = (2_000, 20_000, 60_000)
# Slow enough that a run lasts a few seconds, so that kills fall all over it.
SCRIPT = Script(Reply(tuple(f"word{i} " for i in range(12)), Counts(900, 40)), tokens_per_s=25)
CHILD = """
import asyncio, sys
from tests.support.eval_crashes import ask_in_child
sys.exit(ask_in_child(sys.argv[1], sys.argv[2], *map(int, sys.argv[3:])))
"""


def assistant_at(home: Path, url: str) -> Assistant:
    """The assistant over a home, with the vendor at an address."""
    settings = load_settings(home, environ={"COUNTERPOINT_BASE_URLS__CLAUDE-SONNET": url})
    return open_assistant(settings)


def make_run(home: Path, url: str, questions: int = QUESTIONS) -> RunFolder:
    """A new run over the shipped questions."""
    assistant = assistant_at(home, url)
    contestants = [contestant_of(assistant, backend) for backend in BACKENDS]
    plan = asyncio.run(
        plan_run(assistant, contestants, cases=load_cases(), limit=questions, max_cost=100.0)
    )
    return create_run(home, plan, freeze_all(assistant, plan))


def ask_in_child(home: str, url: str, limit: int = 0) -> int:
    """Resume the latest run; says on standard output how it ended."""
    assistant = assistant_at(Path(home), url)
    if limit:
        assistant.search("Phi-3")  # an index that is opened makes a copy of its own
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    try:
        end = asyncio.run(run(assistant, open_run(Path(home), "latest"), asyncio.Event()))
    except CounterpointError as exc:
        print(f"{type(exc).__name__}: {exc.what}")  # noqa: T201 - this is a program
        return 1
    print("whole" if end.is_whole else "not whole")  # noqa: T201 - this is a program
    return 0


class Children:
    """Starts children over one home and one server."""

    def __init__(self, home: Path, server: VendorServer) -> None:
        self.home = home
        self.server = server
        self.url = server.base_url("anthropic")

    def start(self, *more: str, **options: Any) -> "subprocess.Popen[str]":
        """A child that resumes the latest run."""
        return subprocess.Popen(
            [sys.executable, "-c", CHILD, str(self.home), self.url, *more],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "ANTHROPIC_API_KEY": KEY},
            **options,
        )

    def ask(self, *more: str, **options: Any) -> str:
        """What a child says that is left alone."""
        said, errors = self.start(*more, **options).communicate()
        return said.strip() or errors[-300:]


def kills(folder: Path, rounds: int = ROUNDS) -> list[dict[str, object]]:
    """Kill a run again and again at random moments, then let it end."""
    home, chance = folder / "home", random.Random(SEED)
    with VendorServer(scripts=(SCRIPT,)) as server:
        children = Children(home, server)
        made = make_run(home, children.url, max(QUESTIONS, 4 * rounds))
        done = [_kill(children, made, chance) for _ in range(rounds)]
        said = children.ask()
        return [*done, {"said": said, **_state(made, server)}]


def _kill(children: Children, made: RunFolder, chance: random.Random) -> dict[str, object]:
    before = len((made.path / ROWS).read_bytes()) if (made.path / ROWS).exists() else 0
    server = children.server
    asked = len(server.questions)
    child = children.start()
    # From the first question on; what comes before is the same each time. One in eight dies there.
    early = chance.random() < 1 / 8
    while not early and child.poll() is None and len(server.questions) == asked:
        time.sleep(0.005)
    time.sleep(chance.uniform(0.0, 1.6))
    child.kill()
    child.wait()
    content = (made.path / ROWS).read_bytes() if (made.path / ROWS).exists() else b""
    return {
        "signal": -child.returncode,
        "bytes": len(content) - before,
        "torn": bool(content) and not content.endswith(b"\n"),
        "asked": len(server.questions) - asked,
        "answers": len(made.rows()),
        "lost": made.lost,
    }


def _state(made: RunFolder, server: VendorServer) -> dict[str, object]:
    """What a run holds at the end, and how often the vendor was asked what."""
    journal = made.journal()
    rows = [line.key for line in made._lines() if type(line).__name__ == "Row"]
    sent = [line for line in made._lines() if isinstance(line, Sent)]
    to_vendor = [mark for mark in sent if mark.key.backend == BACKENDS[1]]
    wanted = {ask.key for ask in asking_order(made.plan, made.frozen().values())}
    answered = {row.key: row.attempt for row in journal.rows}
    return {
        "rows": len(rows),
        "wanted": len(wanted),
        "doubled": len(rows) - len(set(rows)),
        "missing": len(wanted - set(rows)),
        "failed": sum(row.answer.error is not None for row in journal.rows),
        "lost": made.lost,
        "asked_after_answer": sum(mark.attempt > answered[mark.key] for mark in sent),
        "most_requests_for_one": max(Counter(_asked(server)).values()),
        "requests": len(server.questions),
        "marks": len(to_vendor),
        "lost_at_vendor": sum(mark.key.backend == BACKENDS[1] for mark in journal.lost),
        "same_prompts": len(set(_asked(server))),
    }


def _asked(server: VendorServer) -> list[str]:
    return [json.dumps(question.body["messages"]) for question in server.questions]


def without_room(folder: Path) -> list[dict[str, object]]:
    """Ask where no file may grow beyond a limit, then where there is room."""
    done = []
    for limit in LIMITS:
        home = folder / str(limit)
        shutil.copytree(folder / "home", home)
        with VendorServer() as server:
            children = Children(home, server)
            made = make_run(home, children.url, 8)
            said = children.ask(str(limit))
            there = len(made.rows())
            done.append(
                {
                    "limit": limit,
                    "said": said,
                    "size": (made.path / ROWS).stat().st_size,
                    "rows": there,
                    "lost": made.lost,
                    "then": children.ask(),
                    "then_rows": len(made.rows()),
                    "wanted": made.wanted,
                    "requests": len(server.questions),
                }
            )
    return done


def read_only(folder: Path) -> list[dict[str, object]]:
    """Resume a run whose folder may only be read; reading it still works."""
    made = make_run(folder / "home", "http://127.0.0.1:9", 4)
    for path in (*made.path.iterdir(), made.path):
        path.chmod(0o555 if path.is_dir() else 0o444)

    def resume() -> str:
        if os.geteuid() == 0:
            os.setuid(pwd.getpwnam("nobody").pw_uid)
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            ask_in_child(str(folder / "home"), "http://127.0.0.1:9")
        readable = open_run(folder / "home", made.plan.id)
        return f"{said.getvalue().strip()}|{len(readable.rows())}|{readable.is_running}"

    said = in_a_child(resume)
    made.path.chmod(0o755)
    return [{"said": said, "left": sorted(path.name for path in made.path.iterdir())}]


def together(folder: Path) -> list[dict[str, object]]:
    """Two processes ask the same run."""
    home = folder / "home"
    with VendorServer(scripts=(SCRIPT,)) as server:
        children = Children(home, server)
        made = make_run(home, children.url)
        first = children.start()
        while first.poll() is None and not made.is_running:
            time.sleep(0.01)
        second = children.ask()
        said = first.communicate()[0].strip()
        return [{"first": said, "second": second, **_state(made, server)}]


CHOICES: dict[str, Callable[..., list[dict[str, object]]]] = {
    "kill": kills,
    "room": without_room,
    "read-only": read_only,
    "together": together,
}

if __name__ == "__main__":
    prepare_process()
    os.environ["ANTHROPIC_API_KEY"] = KEY
    os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.null.Keyring"
    chosen, where, *numbers = sys.argv[1:]
    if not (Path(where) / "home").exists():
        assistant_at(Path(where) / "home", "http://127.0.0.1:9").search("Phi-3")  # builds the index
    print(json.dumps(CHOICES[chosen](Path(where), *map(int, numbers))))  # noqa: T201 - a program
