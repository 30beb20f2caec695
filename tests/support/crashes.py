"""Runs a program of this folder that kills others, and reads what it saw."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

_REPOSITORY = Path(__file__).parents[2]


def crashes(program: str, kind: str, folder: Path) -> list[dict[str, Any]]:
    """What ``python -m tests.support.PROGRAM KIND FOLDER`` prints: a list, one item a round."""
    done = subprocess.run(
        [sys.executable, "-m", f"tests.support.{program}", kind, str(folder)],
        capture_output=True,
        text=True,
        check=True,
        cwd=_REPOSITORY,
    )
    rounds = json.loads(done.stdout)
    assert isinstance(rounds, list)
    return rounds
