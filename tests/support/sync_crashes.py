"""Syncs in children that are killed at many instants, and says how each left the home.

Run as a program: ``python -m tests.support.sync_crashes PORT FOLDER``, with a site on that port
that has the pages below. The children are forked after the imports; the parent never starts a
thread.
"""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from corpus.fetch.ledger import Ledger
from corpus.fetch.network import CheckedNetwork
from corpus.fetch.outcomes import count, plan_sync
from corpus.fetch.rules import Rules
from corpus.fetch.sync import Sync
from corpus.loaders import read_document
from corpus.shelf import home_shelf
from tests.support.children import in_a_child
from tests.support.syncing import source
from tests.support.web_site import StillClock, article

PATHS = ("/a", "/b", "/c")
KILLS = 14


async def loopback(host: str, port: int) -> Sequence[str]:
    """Every name leads to loopback."""
    return ["127.0.0.1"]


def sync(home: Path, port: int) -> dict[str, int]:
    """Sync the pages of the site, and count what became of them."""
    rules = Rules(private_hosts=(f"a.test:{port}",))
    shelf, ledger, clock = home_shelf(home), Ledger(home / "sync"), StillClock()
    sources = [source(f"http://a.test:{port}{path}") for path in PATHS]
    plans = plan_sync(sources, shelf, ledger, rules, clock=clock)
    network = CheckedNetwork(rules.private_hosts, loopback)
    run = Sync(shelf, ledger, rules, clock=clock, network=network).run(plans, lambda *_: None)
    return {name: number for name, number in count(asyncio.run(run)).items() if number}


def sync_and_die(home: Path, port: int, step: int) -> int:
    """Sync, killing this process at its ``step``-th act; returns how many acts a sync has."""
    acts = 0

    def watch(event: str, args: object) -> None:
        nonlocal acts
        if event.startswith(("open", "os.", "socket.")):
            acts += 1
            if acts == step:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(watch)
    sync(home, port)
    return acts


def look(home: Path) -> list[object]:
    """How many documents are whole, and how many are damaged."""
    shelf = home_shelf(home)
    return [len(shelf.entries()), len(shelf.problems())]


def main(port: int, folder: Path) -> list[dict[str, object]]:
    """Kill at ``KILLS`` instants, each in a home of its own; sync again after each."""
    # Read once here, so that no child has to import what reads it.
    read_document(article("A page", "Some words."), id="a", suffix=".html")
    acts = int(in_a_child(lambda: sync_and_die(folder / "whole", port, 0)))
    rounds: list[dict[str, object]] = []
    for number in range(1, KILLS + 1):
        home = folder / str(number)
        step = acts * number // (KILLS + 1)
        died = in_a_child(lambda home=home, step=step: sync_and_die(home, port, step))  # type: ignore[misc]
        left = json.loads(in_a_child(lambda home=home: json.dumps(look(home))))  # type: ignore[misc]
        again = json.loads(in_a_child(lambda home=home: json.dumps(sync(home, port))))  # type: ignore[misc]
        then = json.loads(in_a_child(lambda home=home: json.dumps(look(home))))  # type: ignore[misc]
        rounds.append({"died": died, "left": left, "again": again, "then": then})
    return rounds


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1]), Path(sys.argv[2]))))  # noqa: T201
