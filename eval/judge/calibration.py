"""Whether a judge may be shown: it has to side with people more often than token F1 does."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError

from assistant.backends.catalogue import BackendEntry
from assistant.wiring import Assistant
from corpus.disk import replace_text, writing
from corpus.errors import BackendError, ConfigError
from eval.judge.asking import PROMPT_HASH, Judgement, Question, Spent
from eval.judge.bench import judge_all, ready_judge
from eval.judge.budget import Agree, Budget, agreed
from eval.judge.families import check_judge
from eval.judge.measuring import forget, keeping
from eval.judge.overlap import f1_winner
from eval.judge.paired_shares import paired_difference
from eval.judge.pairs import PairsFile, load_pairs
from eval.judge.planted import Planted, gain_of, twins_of
from eval.runs.planning import contestant_of
from eval.statistics import wilson
from eval.statistics.proportions import Proportion

FORM: Final = 2
AT_LEAST: Final = 30
"""Untied pairs; with fewer, beating token F1 is luck."""
_FOLDER: Final = "judges"


class Share(BaseModel):
    """So many of so many, with a 95 % interval after Wilson."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    count: int
    total: int
    low: float
    high: float

    @classmethod
    def of(cls, found: Proportion) -> "Share":
        """The same as it is kept."""
        return cls(count=found.count, total=found.total, low=found.low, high=found.high)

    @property
    def value(self) -> float:
        """From 0 to 1; 0 of nothing."""
        return self.count / self.total if self.total else 0.0


class Calibration(BaseModel):
    """How a judge compares with people, kept beside its backend's id.

    Attributes:
        form: version of the layout.
        backend, model: who judged.
        prompt: the wording that it was asked with.
        pairs_name, pairs_sha256: the file of pairs.
        made_at: when (ISO, UTC).
        pairs: how many there are.
        ties: those that people called a tie; they are not counted in what follows.
        judge: untied pairs on which it sides with people. A tie of its own, or no verdict, does
            not side with them.
        token_f1: the same of token F1.
        only_judge, only_f1: untied pairs that only one of the two gets right.
        difference, low, high: judge minus token F1 on the same pairs, with a 95 % interval.
        disagreed: pairs where the verdict changed with the order, of all that got two verdicts.
        unscored: pairs without a verdict, by reason.
        planted: what answers gained by telling the judge what to say.
        requests, input_tokens, output_tokens, cost: what it took; an unknown cost is None.
        may_be_shown: whether its verdicts may be shown at all.
        why: one sentence.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    form: int = FORM
    backend: str
    model: str
    prompt: str = PROMPT_HASH
    pairs_name: str
    pairs_sha256: str
    made_at: str
    pairs: int
    ties: int
    judge: Share
    token_f1: Share
    only_judge: int
    only_f1: int
    difference: float
    low: float
    high: float
    disagreed: Share
    unscored: dict[str, int]
    planted: Planted
    requests: int
    input_tokens: int
    output_tokens: int
    cost: float | None
    may_be_shown: bool
    why: str


class JudgeNotCalibrated(ConfigError):
    """This judge may not be shown."""


async def calibrate(
    assistant: Assistant,
    backend_id: str,
    pairs: Path,
    tell: Callable[[int, int], None],
    *,
    agree: Agree = agreed,
    max_cost: float | None = None,
) -> Calibration:
    """Ask a judge about labelled pairs, compare it with token F1, and keep the verdict on it.

    Each judgement is kept as it comes, so that a measuring that was killed goes on where it was;
    once the verdict is kept, the next measuring asks anew.

    Args:
        assistant: opens the backend.
        backend_id: the judge.
        pairs: file of labelled pairs.
        tell: told how many pairs are done, of how many.
        agree: told what it will take before anything is asked; raises what shall end it.
        max_cost: in US dollars, with what was spent before it was killed; None sets none.

    Raises:
        CeilingReached: the ceiling does not allow for all of it.
        RunBusy: another process measures this judge.
        InputError: the pairs cannot be read.
        ConfigError: there is no such backend, it cannot judge, or its key is missing.
        BackendError: not one pair got an answer.
        DiskFull, StoreError: the verdict cannot be kept.
    """
    entry = assistant.entry(backend_id)
    check_judge(entry)
    file = load_pairs(pairs)
    twins = twins_of(file.pairs)
    asked = [Question(p.question, p.reference, p.first, p.second) for p in file.pairs]
    asked += twins.values()
    with keeping(_file(assistant.settings.home, entry.id), entry.model) as kept:
        judge = contestant_of(assistant, backend_id)
        budget = Budget(judge, max_cost, kept.spent(Budget(judge).most, asked))
        judged = {at: known for at, one in enumerate(asked) if (known := kept.known(one))}
        open_ = [at for at in range(len(asked)) if at not in judged]
        agree(budget.estimate(asked[at] for at in open_))
        if open_:
            backend = await ready_judge(assistant, backend_id)
            tell(len(judged), len(asked))
            questions, timeouts = [asked[at] for at in open_], assistant.settings.timeouts
            async for place, judgement in judge_all(backend, timeouts, questions, budget):
                judged[open_[place]] = judgement
                kept.append(questions[place], judgement)
                tell(len(judged), len(asked))
            budget.check()
        return _concluded(assistant.settings.home, entry, file, twins, judged)


def _concluded(
    home: Path,
    entry: BackendEntry,
    file: PairsFile,
    twins: dict[int, Question],
    judged: dict[int, Judgement],
) -> Calibration:
    """The verdict on a judge that was asked about everything; kept in place of its judgements."""
    judgements = [judged[at] for at in range(len(judged))]
    if all(judgement.failed for judgement in judgements):
        raise BackendError(judgements[0].reason, "Check the backend, then try again.")
    count = len(file.pairs)
    of_twins = dict(zip(twins, judgements[count:], strict=True))
    made = summarise(entry, file, judgements[:count], of_twins)
    _keep(home, made)
    forget(_file(home, entry.id))
    return made


def summarise(
    entry: BackendEntry,
    file: PairsFile,
    judgements: Sequence[Judgement],
    twins: dict[int, Judgement],
) -> Calibration:
    """Compare verdicts with people's.

    Args:
        entry: the judge.
        file: the labelled pairs.
        judgements: one for each pair, in the same order.
        twins: of pairs with an instruction to the judge in one answer, by the pair's place.
    """
    untied = [(p, j) for p, j in zip(file.pairs, judgements, strict=True) if p.human != "tie"]
    by_judge = [judgement.winner == pair.human for pair, judgement in untied]
    by_f1 = [f1_winner(pair) == pair.human for pair, _ in untied]
    both = Counter(zip(by_judge, by_f1, strict=True))
    low, high = paired_difference(
        both[True, True], both[True, False], both[False, True], both[False, False]
    )
    ordered = [j for j in judgements if None not in j.orders]
    spent = sum((j.spent for j in (*judgements, *twins.values())), Spent())
    planted = gain_of(file.pairs, judgements, twins)
    shown, why = _decided(sum(by_judge), sum(by_f1), len(untied), planted)
    return Calibration(
        backend=entry.id,
        model=entry.model,
        pairs_name=file.name,
        pairs_sha256=file.sha256,
        made_at=datetime.now(UTC).isoformat(timespec="seconds"),
        pairs=len(file.pairs),
        ties=len(file.pairs) - len(untied),
        judge=Share.of(wilson(sum(by_judge), len(untied))),
        token_f1=Share.of(wilson(sum(by_f1), len(untied))),
        only_judge=both[True, False],
        only_f1=both[False, True],
        difference=(sum(by_judge) - sum(by_f1)) / len(untied) if untied else 0.0,
        low=low,
        high=high,
        disagreed=Share.of(wilson(sum(j.orders[0] != j.orders[1] for j in ordered), len(ordered))),
        unscored=dict(Counter(j.reason for j in judgements if j.winner is None)),
        planted=planted,
        requests=spent.requests,
        input_tokens=spent.input_tokens,
        output_tokens=spent.output_tokens,
        cost=spent.cost,
        may_be_shown=shown,
        why=why,
    )


def calibration_of(home: Path, backend_id: str) -> Calibration | None:
    """What is known of a judge, or None when it was never measured."""
    try:
        return Calibration.model_validate_json(_file(home, backend_id).read_bytes())
    except (OSError, ValidationError):
        return None


def check_calibrated(home: Path, entry: BackendEntry) -> Calibration:
    """The calibration of a judge that may be shown.

    Raises:
        JudgeNotCalibrated: it was never measured, not as it is now, or it is not good enough.
    """
    known = calibration_of(home, entry.id)
    again = f"counterpoint eval judge --backend {entry.id} --pairs FILE"
    if known is None:
        raise JudgeNotCalibrated(
            f"{entry.label} has not been compared with human verdicts.", f"Measure it: {again}."
        )
    if (known.model, known.prompt) != (entry.model, PROMPT_HASH):
        raise JudgeNotCalibrated(
            f"{entry.label} was measured with another model or another wording.",
            f"Measure it again: {again}.",
        )
    if not known.may_be_shown:
        raise JudgeNotCalibrated(f"{entry.label} may not judge: {known.why}", "Choose another.")
    return known


def _decided(judge: int, f1: int, untied: int, planted: Planted) -> tuple[bool, str]:
    said = f"it sides with people on {judge} of {untied} pairs, token F1 on {f1}."
    if untied < AT_LEAST:
        return False, f"with fewer than {AT_LEAST} untied pairs nothing is shown; {said}"
    if judge <= f1:
        return False, f"it is not better than counting words: {said}"
    if planted.is_obeyed or not planted.pairs:
        return False, (
            "it does what an answer tells it: answers that ask for a good score get "
            f"{planted.with_order:.2f} on average, the same answers without that "
            f"{planted.without:.2f}."
        )
    return True, f"it is better than counting words: {said}"


def _keep(home: Path, made: Calibration) -> None:
    file = _file(home, made.backend)
    with writing(file.parent):
        file.parent.mkdir(parents=True, exist_ok=True)
        replace_text(file, made.model_dump_json(indent=1) + "\n")


def _file(home: Path, backend_id: str) -> Path:
    return home / _FOLDER / f"{backend_id}.json"
