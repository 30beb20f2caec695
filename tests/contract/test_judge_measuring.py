"""A measuring of a judge that is killed, and two at a time."""

import asyncio
import os
import signal
from pathlib import Path

import pytest

from eval.judge.calibration import calibrate
from eval.judge.measuring import keeping
from eval.runs.errors import RunBusy
from tests.contract.test_judge import labelled, made_assistant, measured, quiet
from tests.support.children import in_a_child
from tests.support.judge_server import consistent, judge_server


def test_measuring_goes_on_where_it_was_killed(home: Path) -> None:
    home.mkdir(parents=True, exist_ok=True)
    file = home / "pairs.jsonl"
    file.write_text("\n".join(p.model_dump_json() for p in labelled()))

    def kill(done: int, total: int) -> None:
        if done == 10:
            os.kill(os.getpid(), signal.SIGKILL)

    with judge_server(consistent) as server:
        assistant = made_assistant(home, server)
        ended = in_a_child(lambda: asyncio.run(calibrate(assistant, "judge", file, kill)))
    assert ended == f"signal {int(signal.SIGKILL)}"
    (kept,) = (home / "judges").glob("*.asked.jsonl")
    lines = kept.read_bytes().splitlines(keepends=True)
    assert len(lines) == 10
    kept.write_bytes(b"".join(lines[:-1]) + lines[-1][:30])
    with judge_server(consistent) as server:
        made = asyncio.run(calibrate(made_assistant(home, server), "judge", file, quiet))
        assert len(server.asked) == 2 * (61 - 9)
    assert made.requests == 122
    assert made.judge.count == 40
    assert not kept.exists()


def test_one_process_measures_a_judge(home: Path) -> None:
    with keeping(home / "judges" / "judge.json", "judge-1"), pytest.raises(RunBusy):
        measured(home, consistent)
