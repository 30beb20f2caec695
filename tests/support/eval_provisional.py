"""A report made by simple rules, until the real one can be built; it goes away then."""

from itertools import combinations
from math import erfc, sqrt
from statistics import fmean, stdev

from assistant.turns import Status
from eval.metrics.base import NOT_ABOUT_THIS, Answered, Metric, Score
from eval.report.model import (
    Difference,
    Failure,
    Figure,
    ModeResult,
    QuestionResult,
    Report,
    Side,
    Told,
)
from eval.runs.records import Mode
from tests.support.eval_runs import WrittenRun


def _recall(a: Answered) -> Score:
    if not a.case.answerable:
        return NOT_ABOUT_THIS
    return Score(fmean(a.case.facts_found(a.answer.text)))


def _correct(a: Answered) -> Score:
    if not a.case.answerable:
        return Score(float("not in these sources" in a.answer.text))
    return Score(float(all(a.case.facts_found(a.answer.text))))


def _refusal(a: Answered) -> Score:
    if a.case.answerable:
        return NOT_ABOUT_THIS
    return Score(float("not in these sources" in a.answer.text))


def _supported(a: Answered) -> Score:
    checks = a.answer.sentences
    if not checks:
        return Score(None, "the answer has no sentence that could be checked")
    return Score(fmean(float(check.verdict == "supported") for check in checks))


def _first(a: Answered) -> Score:
    seconds = a.answer.receipt.first_token_s
    return Score(None, "no text came") if seconds is None else Score(seconds)


def _cost(a: Answered) -> Score:
    amount = a.answer.receipt.money.amount
    return (
        Score(None, "the provider did not report the tokens") if amount is None else Score(amount)
    )


METRICS = (
    Metric("fact_recall", "Expected facts", "share", "higher", False, True, "0 to 1",
           "The share of the expected facts that the answer holds.", "our own", "How it is said.",
           _recall),
    Metric("correct", "Correct answers", "share", "higher", True, True, "0 or 1",
           "Finished, with all facts; or a right refusal.", "our own", "Near misses.", _correct),
    Metric("supported_rate", "Supported sentences", "share", "higher", False, True, "0 to 1",
           "The share of sentences that the passages bear out.", "our sentence check",
           "Whether they answer the question.", _supported),
    Metric("right_refusal", "Right refusals", "share", "higher", True, True, "0 or 1",
           "Whether what cannot be answered is refused.", "our own", "How it is said.", _refusal),
    Metric("first_token", "First token", "s", "lower", False, False, "0 and more",
           "Seconds from sending to the first text.", "receipt", "The network's share.", _first),
    Metric("cost", "Cost of an answer", "USD", "lower", False, False, "0 and more",
           "Tokens times a dated price.", "receipt", "Subscriptions.", _cost),
)  # fmt: skip


def provisional_report(run: WrittenRun) -> Report:
    """A report with every part filled."""
    plan, rows = run.plan, run.rows()
    return Report(
        plan=plan,
        answered=len(rows),
        wanted=len(rows),
        metrics=METRICS,
        modes=tuple(_mode(run, mode) for mode in plan.modes),
        totals={c.entry.id: _totals(run, c.entry.id) for c in plan.contestants},
        failures=tuple(
            Failure(r.key.backend, r.key.case, r.key.mode, r.key.repeat, r.answer.status.value,
                    str(r.answer.error.what) if r.answer.error else "")
            for r in rows if r.answer.status is not Status.FINISHED
        ),
        verdict=(
            "On 40 questions Built-in reader held 92 % of the expected facts and Stand-in 71 %; "
            "the difference of 21 points (10 to 32) is more than chance would give.",
            "Built-in reader costs nothing for an answer and begins after 0.01 s; Stand-in costs "
            "0.95 USD for 1,000 answers and begins after 0.3 s.",
        ),
    )  # fmt: skip


def _mode(run: WrittenRun, mode: Mode) -> ModeResult:
    backends = [c.entry.id for c in run.plan.contestants]
    cases = {case.id: case for case in run.plan.cases}
    questions = []
    for case in run.plan.cases:
        frozen = run.frozen()[case.id, mode]
        sides = {}
        for backend in backends:
            answers = tuple(
                r.answer for r in run.rows()
                if (r.key.backend, r.key.case, r.key.mode) == (backend, case.id, mode)
            )  # fmt: skip
            assert frozen.evidence is not None
            scores = {
                m.id: m.score(Answered(case, mode, frozen.evidence, (), answers[0]))
                for m in METRICS
            }
            sides[backend] = Side(answers, scores)
        questions.append(QuestionResult(case.id, case.cluster or case.id, frozen, sides))
    slices = {
        name: {
            b: {m.id: _figure([q for q in questions if cases[q.case].slice == name], b, m.id)
                for m in METRICS} for b in backends
        } for name in dict.fromkeys(case.slice for case in run.plan.cases)
    }  # fmt: skip
    return ModeResult(
        mode,
        {b: {m.id: _figure(questions, b, m.id) for m in METRICS} for b in backends},
        slices,
        tuple(
            _difference(questions, m, a, b) for a, b in combinations(backends, 2) for m in METRICS
        ),
        tuple(questions),
    )


def _figure(questions: list[QuestionResult], backend: str, metric: str) -> Figure:
    scores = [q.sides[backend].scores[metric] for q in questions]
    values = [s.value for s in scores if s.value is not None]
    unscored: dict[str, int] = {}
    for score in scores:
        if score.value is None and score.applies:
            unscored[score.reason] = unscored.get(score.reason, 0) + 1
    if not values:
        return Figure(None, None, None, 0, unscored)
    return _interval(values, unscored)


def _interval(values: list[float], unscored: dict[str, int] | None = None) -> Figure:
    half = 1.96 * stdev(values) / sqrt(len(values)) if len(values) > 1 else 0.0
    mean = fmean(values)
    return Figure(mean, mean - half, mean + half, len(values), unscored or {})


def _difference(questions: list[QuestionResult], m: Metric, a: str, b: str) -> Difference:
    pairs = [(q.sides[a].scores[m.id].value, q.sides[b].scores[m.id].value) for q in questions]
    deltas = [x - y for x, y in pairs if x is not None and y is not None]
    test = "McNemar's exact test" if m.binary else "sign-flip permutation test"
    if len(deltas) < 2:
        return Difference(m.id, a, b, len(deltas), len(deltas), None, None, None, None, None, test,
                          0, 0, 0, 0.0, None, "too few questions")  # fmt: skip
    mean, se = fmean(deltas), stdev(deltas) / sqrt(len(deltas))
    p = erfc(abs(mean) / se / sqrt(2)) if se else 1.0
    sign = -1 if m.better == "lower" else 1
    told: Told = "no difference shown"
    if p < 0.05:
        told = "first" if mean * sign > 0 else "second"
    return Difference(
        m.id, a, b, len(deltas), len(deltas), mean, mean - 1.96 * se, mean + 1.96 * se, p,
        min(1.0, 4 * p) if m.announced else None, test,
        sum(d * sign > 0 for d in deltas), sum(d == 0 for d in deltas),
        sum(d * sign < 0 for d in deltas), 0.0, 2.8 * se, told,
    )  # fmt: skip


def _totals(run: WrittenRun, backend: str) -> dict[str, Figure]:
    receipts = [r.answer.receipt for r in run.rows() if r.key.backend == backend]
    costs = [r.money.amount for r in receipts if r.money.amount is not None]
    firsts = sorted(r.first_token_s for r in receipts if r.first_token_s is not None)
    totals = sorted(r.total_s for r in receipts)
    per = _interval([1000 * cost for cost in costs])

    def plain(value: float) -> Figure:
        return Figure(value, None, None, len(receipts))

    return {
        "cost": plain(sum(costs)),
        "cost_at_least": plain(float(len(costs) < len(receipts))),
        "cost_per_1000": per,
        "cost_per_correct": plain(sum(costs) / 30),
        "seconds": plain(sum(totals)),
        "input_tokens": plain(sum(r.usage.input_tokens or 0 for r in receipts)),
        "output_tokens": plain(sum(r.usage.output_tokens or 0 for r in receipts)),
        "first_token_p50": _interval(firsts),
        "first_token_p95": plain(firsts[int(0.95 * len(firsts))]),
        "total_p50": _interval(totals),
        "total_p95": plain(totals[int(0.95 * len(totals))]),
    }
