"""A judge on the answers of a run: pairs, verdicts kept in the run's folder, win rates."""

import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from assistant.citations import strip_markers
from assistant.turns import Answer, Status
from assistant.wiring import Assistant
from eval.cases import Case
from eval.judge.asking import PROMPT_HASH, Judgement, Question
from eval.judge.bench import judge_all, ready_judge
from eval.judge.budget import Agree, Budget, agreed
from eval.judge.calibration import Calibration, calibration_of, check_calibrated
from eval.judge.families import check_family
from eval.judge.pairs import Winner
from eval.judge.verdicts import (
    Verdict,
    WinRate,
    appending,
    read_verdicts,
    win_range,
    win_rate,
)
from eval.runs.folder import RunFolder
from eval.runs.planning import contestant_of
from eval.runs.records import Mode
from eval.runs.spending import NOTHING, Spent
from eval.variants import is_pattern

NO_ANSWER: Final = "The sources hold no answer to this question; a right answer says so."
FAILED: Final = "not asked: the other answer failed"
BOTH_FAILED: Final = "not asked: both answers failed"
SAME_WORDS: Final = "not asked: both answers have the same words"
JUDGED_MODES: Final[tuple[Mode, ...]] = ("own", "oracle", "noise")
"""Where the sources were changed, the reference is no measure of an answer."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What a judge made of two backends of a run.

    Attributes:
        first, second: their ids.
        raw: over all pairs.
        range: 95 % interval of the raw win rate, drawn by clusters of questions; None without any.
        of_like_length: over the pairs whose answers are of like length, so that a judge that
            likes long answers cannot decide it.
        verdicts: all of them.
    """

    first: str
    second: str
    raw: WinRate
    range: tuple[float, float] | None
    of_like_length: WinRate
    verdicts: tuple[Verdict, ...]


@dataclass(frozen=True, slots=True)
class JudgeReport:
    """A judged run.

    Attributes:
        calibration: why this judge may be shown.
        pairs: one for each two contestants.
        requests, input_tokens, output_tokens, cost: of the judge alone; None where part of the
            cost is unknown.
    """

    calibration: Calibration
    pairs: tuple[Judged, ...]
    requests: int
    input_tokens: int
    output_tokens: int
    cost: float | None


@dataclass(frozen=True, slots=True)
class _Open:
    """Two answers that are to be judged."""

    verdict: Verdict
    asked: Question


async def judge_run(
    run: RunFolder,
    assistant: Assistant,
    judge_id: str,
    tell: Callable[[int, int], None],
    *,
    agree: Agree = agreed,
    max_cost: float | None = None,
) -> JudgeReport:
    """Judge the answers of a run; what was judged before is not asked again.

    Of two answers one of which failed, the other wins without a question; equal words tie.

    Args:
        run: the run.
        assistant: opens the judge.
        judge_id: the judge's backend.
        tell: told how many pairs are done, of how many.
        agree: told what it will take before anything is asked; raises what shall end it.
        max_cost: in US dollars, for all that this judge is asked about the run; None sets none.

    Raises:
        CeilingReached: the ceiling does not allow for all of it.
        JudgeNotCalibrated: the judge was not compared with people, or is not good enough.
        JudgeRefused: it is of a contestant's family, or may be.
        ConfigError: there is no such backend, or its key is missing.
        RunBusy: another process judges this run.
        RunDamaged, DiskFull, StoreError: the run's folder cannot be read or written.
    """
    entry = assistant.entry(judge_id)
    calibration = check_calibrated(assistant.settings.home, entry)
    check_family(entry, [contestant.entry for contestant in run.plan.contestants])
    pairs = list(_pairs(run, judge_id, entry.model))
    with appending(run.path) as lines:
        kept = read_verdicts(run.path)
        done = {v.key for v in kept if not v.failed}
        open_ = [pair for pair in pairs if pair.verdict.key not in done]
        unknown = [pair for pair in open_ if pair.verdict.winner is None]
        judge = contestant_of(assistant, judge_id)
        budget = Budget(judge, max_cost, _spent(kept, pairs, Budget(judge)))
        agree(budget.estimate(pair.asked for pair in unknown))
        count = len(pairs) - len(open_)
        for pair in open_:
            if pair.verdict.winner is not None:
                lines.append(pair.verdict)
                count += 1
        tell(count, len(pairs))
        if unknown:
            backend = await ready_judge(assistant, judge_id)
            asked = [pair.asked for pair in unknown]
            timeouts = assistant.settings.timeouts
            async for at, judgement in judge_all(backend, timeouts, asked, budget):
                lines.append(_with(unknown[at].verdict, judgement))
                count += 1
                tell(count, len(pairs))
            budget.check()
    return read_judgements(run, calibration)


def _spent(kept: Iterable[Verdict], pairs: Iterable[_Open], prices: Budget) -> Spent:
    """What the verdicts that are there cost; one without a known cost at its highest price."""
    asked = {pair.verdict.key: pair.asked for pair in pairs}
    spent = NOTHING
    for verdict in kept:
        question = asked.get(verdict.key)
        if question is not None:
            spent = spent.plus(verdict.cost, prices.most(question))
    return spent


def read_judgements(run: RunFolder, calibration: Calibration) -> JudgeReport:
    """What a judge has said of a run so far.

    Raises:
        RunDamaged: a line cannot be read.
    """
    wording = (calibration.backend, calibration.model, calibration.prompt)
    every = [v for v in read_verdicts(run.path) if (v.judge, v.model, v.prompt) == wording]
    latest = {verdict.key: verdict for verdict in every}
    contestants = [contestant.entry.id for contestant in run.plan.contestants]
    clusters = {case.id: case.cluster or case.id for case in run.plan.cases}
    pairs = []
    for first, second in itertools.combinations(contestants, 2):
        verdicts = [v for v in latest.values() if (v.first, v.second) == (first, second)]
        like = [v for v in verdicts if v.is_of_like_length]
        between = win_range(verdicts, clusters, run.plan.seed)
        raw, even = win_rate(verdicts), win_rate(like)
        pairs.append(Judged(first, second, raw, between, even, tuple(verdicts)))
    costs = [verdict.cost for verdict in every]
    return JudgeReport(
        calibration=calibration,
        pairs=tuple(pairs),
        requests=sum(verdict.requests for verdict in every),
        input_tokens=sum(verdict.input_tokens for verdict in every),
        output_tokens=sum(verdict.output_tokens for verdict in every),
        cost=None if None in costs else sum(cost for cost in costs if cost is not None),
    )


def shown_judgements(run: RunFolder, home: Path) -> tuple[JudgeReport, ...]:
    """What may be shown beside a run's figures: of judges that have proved themselves.

    A judge that was measured again since, and failed, is not shown any more.

    Args:
        run: the run.
        home: where the judges' measurements are kept.

    Raises:
        RunDamaged: a line cannot be read.
    """
    judges = dict.fromkeys(verdict.judge for verdict in read_verdicts(run.path))
    known = (calibration_of(home, judge) for judge in judges)
    proven = (one for one in known if one and one.may_be_shown and one.prompt == PROMPT_HASH)
    reports = (read_judgements(run, calibration) for calibration in proven)
    return tuple(one for one in reports if any(pair.verdicts for pair in one.pairs))


def reference_of(case: Case) -> str:
    """What a right answer holds, in words: each fact in its first plain wording."""
    if not case.answerable:
        return NO_ANSWER
    facts = [
        next((variant for variant in variants if not is_pattern(variant)), "")
        for variants in case.facts
    ]
    return "; ".join(fact for fact in facts if fact)


def _pairs(run: RunFolder, judge_id: str, model: str) -> Iterator[_Open]:
    answers = {(r.key.backend, r.key.case, r.key.mode, r.key.repeat): r.answer for r in run.rows()}
    contestants = [contestant.entry.id for contestant in run.plan.contestants]
    modes = [mode for mode in run.plan.modes if mode in JUDGED_MODES]
    cases = [(case, reference_of(case)) for case in run.plan.cases]
    for (case, reference), mode, repeat, (first, second) in itertools.product(
        cases, modes, range(run.plan.repeats), itertools.combinations(contestants, 2)
    ):
        one = answers.get((first, case.id, mode, repeat))
        two = answers.get((second, case.id, mode, repeat))
        if not reference or one is None or two is None:
            continue
        texts = [strip_markers(answer.text).strip() for answer in (one, two)]
        winner, reason = _decided_already(one, two, texts[0] == texts[1])
        verdict = Verdict(
            judge=judge_id,
            model=model,
            prompt=PROMPT_HASH,
            first=first,
            second=second,
            case=case.id,
            mode=mode,
            repeat=repeat,
            winner=winner,
            reason=reason,
            first_chars=len(texts[0]),
            second_chars=len(texts[1]),
            at=_now(),
        )
        asked = "\n".join([*(earlier.question for earlier in case.history), case.question])
        yield _Open(verdict, Question(asked, reference, texts[0], texts[1]))


def _decided_already(one: Answer, two: Answer, are_same: bool) -> tuple[Winner | None, str]:
    """What needs no judge: an answer that failed loses."""
    match one.status is Status.FINISHED, two.status is Status.FINISHED:
        case True, False:
            return "first", FAILED
        case False, True:
            return "second", FAILED
        case False, False:
            return "tie", BOTH_FAILED
    return ("tie", SAME_WORDS) if are_same else (None, "")


def _with(verdict: Verdict, judgement: Judgement) -> Verdict:
    spent = judgement.spent
    return verdict.model_copy(
        update={
            "winner": judgement.winner,
            "reason": judgement.reason,
            "orders": judgement.orders,
            "requests": spent.requests,
            "input_tokens": spent.input_tokens,
            "output_tokens": spent.output_tokens,
            "cost": spent.cost,
            "failed": judgement.failed,
            "at": _now(),
        }
    )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
