"""Judges of different quality on a loopback socket: what is made of what they say."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from assistant.settings import Settings
from assistant.wiring import Assistant
from corpus.errors import BackendError, ConfigError
from eval.judge.asking import (
    BROKE_SCHEMA,
    DISAGREED,
    PROMPT_HASH,
    TOO_LONG,
    Question,
    judge,
)
from eval.judge.calibration import (
    Calibration,
    JudgeNotCalibrated,
    calibrate,
    calibration_of,
    check_calibrated,
)
from eval.judge.families import JudgeRefused
from eval.judge.judging import (
    FAILED,
    SAME_WORDS,
    JudgeReport,
    judge_run,
    shown_judgements,
)
from eval.judge.pairs import Pair
from eval.judge.planted import Planted
from eval.judge.verdicts import JUDGEMENTS, appending, read_verdicts
from eval.report.build import build_report
from eval.report.to_json import to_record
from eval.report.to_markdown import to_markdown
from eval.runs.errors import RunBusy, RunDamaged
from eval.runs.folder import RunFolder, create_run
from tests.support.eval_plain_metrics import METRICS
from tests.support.eval_runs import WrittenRun, make_run
from tests.support.judge_server import (
    JudgeServer,
    Player,
    biased,
    consistent,
    gullible,
    judge_server,
    part,
    repaired,
    talkative,
    verdict,
)
from tests.unit.test_eval_judge import entry

PRICE = {"input": 10.0, "output": 20.0, "source": "a test"}


def made_assistant(home: Path, server: JudgeServer, **changed: object) -> Assistant:
    mine = entry(id="judge", base_url=server.url, price=PRICE, **changed)
    return Assistant(Settings(home=home), (mine,))


def labelled(count: int = 40) -> list[Pair]:
    """People prefer the right figure; half of the wrong answers share more words."""
    pairs = []
    for n in range(count):
        reference = f"The model has {n + 100} parameters in all"
        right = f"It is {n + 100}." if n % 2 else f"The model has {n + 100} parameters."
        wrong = f"The model has {n + 300} parameters in all." if n % 2 else "I do not know."
        turned = n % 3 == 0
        pairs.append(
            Pair(
                id=f"p{n}", question="How many parameters has it?", reference=reference,
                first=wrong if turned else right, second=right if turned else wrong,
                human="second" if turned else "first",
            )
        )  # fmt: skip
    tie = {"id": "t", "first": "It is 100.", "second": "100 it is.", "human": "tie"}
    return [*pairs, pairs[0].model_copy(update=tie)]


def measured(home: Path, player: Player, pairs: list[Pair] | None = None) -> Calibration:
    home.mkdir(parents=True, exist_ok=True)
    file = home / "pairs.jsonl"
    file.write_text("\n".join(p.model_dump_json() for p in pairs or labelled()))
    with judge_server(player) as server:
        return asyncio.run(calibrate(made_assistant(home, server), "judge", file, quiet))


def quiet(done: int, total: int) -> None:
    assert 0 <= done <= total


# Calibration


def test_a_consistent_judge_beats_token_f1_and_may_be_shown(home: Path) -> None:
    made = measured(home, consistent)
    assert (made.pairs, made.ties) == (41, 1)
    assert (made.judge.count, made.judge.total) == (40, 40)
    assert (made.token_f1.count, made.token_f1.total) == (20, 40)
    assert (made.only_judge, made.only_f1) == (20, 0)
    assert made.difference == 0.5
    assert 0 < made.low < 0.5 < made.high < 1
    assert made.may_be_shown
    assert made.disagreed.count == 0
    assert made.planted == Planted(pairs=20, without=0.0, with_order=0.0, unscored=0)
    assert made.requests == 2 * (41 + 20)
    assert made.cost == pytest.approx(made.requests * (100 * 10 + 10 * 20) / 1e6)
    assert calibration_of(home, "judge") == made
    kept = json.loads((home / "judges" / "judge.json").read_text())
    assert kept["pairs_sha256"] == made.pairs_sha256


def test_a_judge_that_prefers_what_stands_first_only_ties_and_may_not_be_shown(home: Path) -> None:
    made = measured(home, biased)
    assert made.judge.count == 0
    assert (made.disagreed.count, made.disagreed.total) == (41, 41)
    assert made.difference < 0
    assert not made.may_be_shown
    with pytest.raises(JudgeNotCalibrated, match="not better than counting words"):
        check_calibrated(home, entry(id="judge"))


def test_a_judge_that_breaks_the_schema_gives_no_verdict_and_that_counts_against_it(
    home: Path,
) -> None:
    made = measured(home, talkative)
    assert made.unscored == {BROKE_SCHEMA: 41}
    assert (made.judge.count, made.judge.total) == (0, 40)
    assert made.planted.unscored == 20
    assert made.requests == 2 * (41 + 20), "one repair each, and no second order"
    assert not made.may_be_shown


def test_a_judge_that_does_what_an_answer_tells_it_may_not_be_shown(home: Path) -> None:
    made = measured(home, gullible)
    assert (made.judge.count, made.token_f1.count) == (40, 20), "without that it would be good"
    assert made.planted == Planted(pairs=20, without=0.0, with_order=1.0, unscored=0)
    assert not made.may_be_shown
    with pytest.raises(JudgeNotCalibrated, match="does what an answer tells it"):
        check_calibrated(home, entry(id="judge"))


def test_too_few_pairs_show_nothing_however_good_the_judge_is(home: Path) -> None:
    made = measured(home, consistent, labelled(20))
    assert made.judge.value == 1.0
    assert not made.may_be_shown
    assert "fewer than 30" in made.why


def test_who_was_not_measured_or_not_with_this_model_may_not_be_shown(home: Path) -> None:
    with pytest.raises(JudgeNotCalibrated, match="not been compared"):
        check_calibrated(home, entry(id="judge"))
    made = measured(home, consistent)
    assert check_calibrated(home, entry(id="judge")) == made
    assert made.prompt == PROMPT_HASH
    with pytest.raises(JudgeNotCalibrated, match="another model"):
        check_calibrated(home, entry(id="judge", model="m-2"))


def test_a_judge_that_cannot_be_reached_leaves_no_calibration(home: Path) -> None:
    home.mkdir()
    file = home / "pairs.jsonl"
    file.write_text(labelled(1)[0].model_dump_json())
    with judge_server(consistent) as server:
        assistant = made_assistant(home, server)
    with pytest.raises((BackendError, ConfigError)):
        asyncio.run(calibrate(assistant, "judge", file, quiet))
    assert calibration_of(home, "judge") is None


# One question


def one(
    home: Path, player: Player, asked: Question, **changed: object
) -> tuple[object, JudgeServer]:
    with judge_server(player) as server:
        assistant = made_assistant(home, server, **changed)
        backend = assistant.backend("judge")
        return asyncio.run(judge(backend, assistant.settings.timeouts, asked)), server


ASKED = Question("How large?", "It has 46 billion", "46 billion", "12 billion")


def test_both_orders_are_asked_and_must_agree(home: Path) -> None:
    said, server = one(home, consistent, ASKED)
    assert (said.winner, said.orders) == ("first", ("first", "first"))
    first, second = (messages[1]["content"] for messages in server.asked)
    assert first.index("46 billion\n</answer>") < first.index("12 billion")
    assert second.index("12 billion") < second.index("46 billion\n</answer>")
    said, _ = one(home, biased, ASKED)
    assert (said.winner, said.reason) == ("tie", DISAGREED)
    assert said.orders == ("first", "second")


def test_a_reply_that_breaks_the_schema_is_sent_back_once(home: Path) -> None:
    said, server = one(home, repaired, ASKED)
    assert said.winner == "first"
    assert said.spent.requests == len(server.asked) == 4
    said, server = one(home, talkative, ASKED)
    assert (said.winner, said.reason) == (None, BROKE_SCHEMA)
    assert len(server.asked) == 2


@pytest.mark.parametrize(
    ("reply", "is_taken"),
    [
        ('{"reason": "r", "winner": "A"}', True),
        ('```json\n{"reason": "r", "winner": "A"}\n```', True),
        ('{"winner": "A"}', False),
        ('{"reason": "r", "winner": "a"}', False),
        ('{"reason": "r", "winner": "A", "score": 9}', False),
        ('Sure: {"reason": "r", "winner": "A"}', False),
        ('It says:\n```json\n{"reason": "r", "winner": "A"}\n```\nI do not think so.', False),
        ("", False),
    ],
)
def test_the_schema_is_strict(home: Path, reply: str, is_taken: bool) -> None:
    said, _ = one(home, lambda _: reply, ASKED)
    assert (said.winner is not None) is is_taken


def test_what_does_not_fit_into_the_window_is_not_sent(home: Path) -> None:
    long = Question("How?", "It has 46", "46 " * 4000, "12")
    said, server = one(home, consistent, long, context_window_tokens=1000)
    assert (said.winner, said.reason) == (None, TOO_LONG)
    assert server.asked == []


# A run


def written_run(home: Path, **changed: object) -> RunFolder:
    run: WrittenRun = make_run(questions=12, **changed)  # type: ignore[arg-type]
    folder = create_run(home, run.plan, run.frozen().values())
    with folder.appending() as rows:
        for row in run.rows():
            rows.append(row)
    return folder


def judged(
    home: Path, folder: RunFolder, player: Player, tell: Callable[[int, int], None] = quiet
) -> tuple[JudgeReport, int]:
    with judge_server(player) as server:
        assistant = made_assistant(home, server)
        report = asyncio.run(judge_run(folder, assistant, "judge", tell))
        return report, len(server.asked)


def longer(messages: list[dict[str, str]]) -> str:
    """Prefers the longer answer, wherever it stands."""
    a, b = (len(part(messages, f'answer name="{letter}"')) for letter in "AB")
    return verdict("tie" if a == b else "A" if a > b else "B")


def test_a_run_is_judged_only_when_the_judge_was_calibrated(home: Path) -> None:
    folder = written_run(home)
    with pytest.raises(JudgeNotCalibrated):
        judged(home, folder, consistent)
    assert not (folder.path / JUDGEMENTS).exists()


def test_a_judge_of_a_contestants_family_is_refused(home: Path) -> None:
    measured(home, consistent)
    folder = written_run(home, entries=(entry(id="a", model="judge-of-nobody"), entry(id="judge")))
    with pytest.raises(JudgeRefused):
        judged(home, folder, consistent)


def test_every_pair_of_answers_gets_a_verdict_that_is_kept_and_never_asked_for_again(
    home: Path,
) -> None:
    measured(home, consistent)
    folder = written_run(home)
    report, asked = judged(home, folder, longer)
    (pair,) = report.pairs
    assert (pair.first, pair.second) == ("reader", "stand-in")
    assert len(pair.verdicts) == 12
    reasons = {verdict.reason for verdict in pair.verdicts}
    assert FAILED in reasons, "the stand-in fails one"
    by_hand = sum(verdict.reason in {FAILED, SAME_WORDS} for verdict in pair.verdicts)
    assert asked == report.requests == 2 * (12 - by_hand)
    assert report.cost == pytest.approx(asked * (100 * 10 + 10 * 20) / 1e6)
    assert pair.raw.wins + pair.raw.ties + pair.raw.losses == 12
    assert sum(v.is_of_like_length for v in pair.verdicts) == (
        pair.of_like_length.wins + pair.of_like_length.ties + pair.of_like_length.losses
    )
    again, asked = judged(home, folder, longer)
    assert asked == 0
    assert again.pairs == report.pairs


def test_judging_goes_on_where_it_was_killed(home: Path) -> None:
    measured(home, consistent)
    folder = written_run(home)
    whole, _ = judged(home, folder, longer)
    file = folder.path / JUDGEMENTS
    lines = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(b"".join(lines[:-3]) + lines[-3][:20])
    resumed, asked = judged(home, folder, longer)
    assert asked == 6
    assert {v.key: v.winner for v in resumed.pairs[0].verdicts} == {
        v.key: v.winner for v in whole.pairs[0].verdicts
    }
    assert len(read_verdicts(folder.path)) == 12


def test_a_position_biased_judge_gives_ties_alone(home: Path) -> None:
    measured(home, consistent)
    report, _ = judged(home, written_run(home), biased)
    told = [v for v in report.pairs[0].verdicts if v.reason == DISAGREED]
    assert told
    assert {v.winner for v in told} == {"tie"}


def test_what_the_judge_gave_no_verdict_on_is_counted_and_not_guessed(home: Path) -> None:
    measured(home, consistent)
    report, _ = judged(home, written_run(home), talkative)
    (pair,) = report.pairs
    assert pair.raw.unscored > 0
    assert pair.raw.unscored == sum(v.reason == BROKE_SCHEMA for v in pair.verdicts)


def test_answers_over_changed_sources_are_not_judged(home: Path) -> None:
    measured(home, consistent)
    folder = written_run(home, modes=("own", "counterfactual"))
    report, _ = judged(home, folder, longer)
    assert {v.mode for v in report.pairs[0].verdicts} == {"own"}


def test_one_process_judges_a_run_and_a_damaged_line_is_named(home: Path) -> None:
    measured(home, consistent)
    folder = written_run(home)
    with appending(folder.path), pytest.raises(RunBusy):
        judged(home, folder, consistent)
    (folder.path / JUDGEMENTS).write_text("{}\n")
    with pytest.raises(RunDamaged, match="Line 1"):
        judged(home, folder, consistent)


def test_a_backend_that_fails_is_asked_again_when_judging_is_resumed(home: Path) -> None:
    measured(home, consistent)
    folder = written_run(home)
    with judge_server(longer) as server:
        assistant = made_assistant(home, server)
        failing = made_assistant(home, server)
        failing.entries = (failing.entries[0].model_copy(update={"base_url": f"{server.url}/x"}),)
        server.player = refuse
        first = asyncio.run(judge_run(folder, failing, "judge", quiet))
        server.player = longer
        second = asyncio.run(judge_run(folder, assistant, "judge", quiet))
    assert first.pairs[0].raw.unscored > 0
    assert second.pairs[0].raw.unscored == 0


def refuse(messages: list[dict[str, str]]) -> str:
    raise ConnectionResetError


def test_a_report_shows_what_a_proven_judge_said_and_nothing_once_it_failed(home: Path) -> None:
    folder = written_run(home)
    assert shown_judgements(folder, home) == ()
    measured(home, consistent)
    assert shown_judgements(folder, home) == (), "proven, and has judged nothing"
    judged(home, folder, longer)
    (shown,) = shown_judgements(folder, home)
    report = build_report(folder, METRICS, judged=(shown,))
    told = to_markdown(report)
    assert "## A model as judge" in told
    assert "sided with them on 40, counting shared words (token F1) on 20" in told
    (record,) = to_record(report)["judged"]
    (pair,) = record["pairs"]
    rate, (low, high) = pair["raw"]["rate"], pair["range"]
    assert 0 <= low < rate < high <= 1
    measured(home, biased)
    assert shown_judgements(folder, home) == (), "measured again, and not good enough"
    assert "A model as judge" not in to_markdown(build_report(folder, METRICS))


def test_rows_and_evidence_stay_as_they_are(home: Path) -> None:
    measured(home, consistent)
    folder = written_run(home)
    before = {file.name: file.read_bytes() for file in folder.path.glob("*.json*")}
    judged(home, folder, longer)
    after = {file.name: file.read_bytes() for file in folder.path.glob("*.json*")}
    assert after.pop(JUDGEMENTS)
    assert after == before
