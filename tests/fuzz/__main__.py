"""Try every target, one after the other and again, until the time is over.

``python -m tests.fuzz --seconds 600 [--seed N] [TARGET ...]``. What fails is printed with the
number that makes it fail again; the exit code is 1 then.
"""

import argparse
import logging
import random
import sys
import time
import traceback

from assistant.settings import prepare_process

prepare_process()

from tests.fuzz.target import Target, attempt  # noqa: E402
from tests.fuzz.targets import TARGETS  # noqa: E402 - libraries read the environment when imported

EXAMPLES = 200


def main() -> int:
    """Fuzz as the command line says."""
    names = [target.name for target in TARGETS]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0, help="how long (60)")
    parser.add_argument("--seed", type=int, default=None, help="begin with this number")
    parser.add_argument(
        "targets", nargs="*", choices=[*names, []], metavar="TARGET", help=", ".join(names)
    )
    options = parser.parse_args()
    # What the readers of files have to say of spoilt ones would bury what was found.
    logging.disable(logging.ERROR)
    chosen = [target for target in TARGETS if target.name in (options.targets or names)]
    first = random.SystemRandom().randrange(2**32) if options.seed is None else options.seed
    failed = fuzz(chosen, options.seconds, first)
    return 1 if failed else 0


def fuzz(targets: list[Target], seconds: float, first: int) -> set[str]:
    """Try the targets in turn; the names of those that failed, which are not tried again."""
    failed: set[str] = set()
    spent = dict.fromkeys((target.name for target in targets), (0, 0.0))
    end_s = time.monotonic() + seconds
    number = first
    while time.monotonic() < end_s and len(failed) < len(targets):
        for target in targets:
            if target.name in failed or time.monotonic() >= end_s:
                continue
            began_s = time.monotonic()
            try:
                attempt(target, EXAMPLES, number)
            except Exception:  # noqa: BLE001 - whatever it is, it is what was looked for
                failed.add(target.name)
                say(f"FAILED {target.name} --seed {number}")
                traceback.print_exc()
            rounds, before_s = spent[target.name]
            spent[target.name] = rounds + 1, before_s + time.monotonic() - began_s
        number += 1
    for name, (rounds, took_s) in spent.items():
        state = "failed" if name in failed else "ok"
        say(f"{name:<24} {state:<7} {rounds * EXAMPLES:>8,} examples {took_s:>8.1f} s")
    return failed


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
