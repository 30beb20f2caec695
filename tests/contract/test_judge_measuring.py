"""A measuring of a judge that is killed, and two at a time."""

import asyncio
from pathlib import Path

import pytest

from eval.judge.calibration import calibrate
from eval.judge.measuring import keeping
from eval.runs.errors import RunBusy
from tests.contract.test_judge import labelled, made_assistant, measured, quiet
from tests.support.judge_server import consistent, judge_server


def test_measuring_goes_on_where_it_was_killed(home: Path) -> None:
    home.mkdir(parents=True, exist_ok=True)
    file = home / "pairs.jsonl"
    file.write_text("\n".join(p.model_dump_json() for p in labelled()))

    def killed(done: int, total: int) -> None:
        if done == 10:
            raise KeyboardInterrupt

    with judge_server(consistent) as server:
        assistant = made_assistant(home, server)
        with pytest.raises(KeyboardInterrupt):
            asyncio.run(calibrate(assistant, "judge", file, killed))
        (kept,) = (home / "judges").glob("*.asked.jsonl")
        lines = kept.read_bytes().splitlines(keepends=True)
        assert len(lines) == 10
        kept.write_bytes(b"".join(lines[:-1]) + lines[-1][:30])
        del server.asked[:]
        made = asyncio.run(calibrate(assistant, "judge", file, quiet))
        assert len(server.asked) == 2 * (61 - 9)
    assert made.requests == 122
    assert made.judge.count == 40
    assert not kept.exists()


def test_one_process_measures_a_judge(home: Path) -> None:
    with keeping(home / "judges" / "judge.json", "judge-1"), pytest.raises(RunBusy):
        measured(home, consistent)
