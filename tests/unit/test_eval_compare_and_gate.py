"""Two runs beside each other, and the gate that the later one has to pass."""

from dataclasses import replace

import pytest

from corpus.errors import InputError
from eval.report.build import build_report
from eval.report.compare import Comparison, NotComparable, compare
from eval.report.compared_markdown import comparison_markdown, gate_markdown
from eval.report.gate import gate
from eval.report.gate_result import GateResult
from eval.report.model import Report
from tests.support.eval_plain_metrics import METRICS
from tests.support.eval_runs import READER, STAND_IN, WrittenRun, make_cases, make_run

YES, NO = True, False


def run_of(right: list[bool], run_id: str) -> WrittenRun:
    return make_run(
        cases=make_cases(len(right)), entries=(READER,), right={"reader": right}, run_id=run_id
    )


def report_of(right: list[bool], run_id: str = "now") -> Report:
    return build_report(run_of(right, run_id), METRICS)


def compared(before: list[bool], after: list[bool]) -> Comparison:
    return compare(report_of(before, "then"), report_of(after, "now"))


def gated(before: list[bool], after: list[bool], margin: float = 0.03) -> GateResult:
    return gate(
        report_of(after, "now"), report_of(before, "then"), margin=margin, metrics=["correct"]
    )


def test_a_comparison_names_the_questions_that_got_better_and_worse() -> None:
    (change,) = compared([YES, YES, NO, NO], [YES, NO, YES, NO]).changes
    assert [(one.case, one.before, one.after) for one in change.better] == [("q-2", 0.0, 1.0)]
    assert [(one.case, one.before, one.after) for one in change.worse] == [("q-1", 1.0, 0.0)]


def test_a_rise_from_the_earlier_run_to_the_later_is_above_nothing() -> None:
    (change,) = compared([YES] * 5 + [NO] * 15, [YES] * 20).changes
    found = next(d for d in change.differences if d.metric == "correct")
    assert found.delta == pytest.approx(0.75)
    assert found.told == "first"
    assert "| Correct answers ↑ * | 75 points (" in comparison_markdown(
        compared([YES] * 5 + [NO] * 15, [YES] * 20)
    )


def test_where_nothing_changed_no_empty_interval_is_written() -> None:
    text = comparison_markdown(compared([YES] * 20, [YES] * 20))
    assert "| Correct answers ↑ * | 0 points | 1.000 | none shown |" in text
    assert "Got" not in text


def test_runs_of_the_same_questions_and_evidence_are_compared_without_a_warning() -> None:
    assert compared([YES] * 10, [YES] * 10).warnings == ()


def test_questions_that_were_worded_otherwise_are_left_out_and_named() -> None:
    then = run_of([YES] * 10, "then")
    cases = (
        then.plan.cases[0].model_copy(update={"question": "Which number?"}),
        *make_cases(12)[1:],
    )
    now = make_run(cases=cases, entries=(READER,), right={"reader": [YES] * 12}, run_id="now")
    found = compare(build_report(then, METRICS), build_report(now, METRICS))
    assert found.only_before == ("q-0",)
    assert found.only_after == ("q-0", "q-10", "q-11")
    assert found.changes[0].differences[0].questions == 9
    assert "only questions that are equal are compared" in found.warnings[0]


def test_evidence_that_is_not_the_same_is_warned_of() -> None:
    then, now = run_of([YES] * 10, "then"), run_of([YES] * 10, "now")
    key = ("q-3", "own")
    was = now.evidence[key].evidence  # type: ignore[index]
    assert was is not None
    other = replace(now.evidence[key], evidence=replace(was, passages=was.passages[:1]))  # type: ignore[index]
    changed = replace(now, evidence={**now.evidence, key: other})  # type: ignore[dict-item]
    found = compare(build_report(then, METRICS), build_report(changed, METRICS))
    assert found.warnings == (
        "On 1 question of 10 the evidence is not the same: a change may be the search’s.",
    )


def test_another_prompt_model_or_machine_is_warned_of() -> None:
    run = make_run(cases=make_cases(4), entries=(STAND_IN,), right={"stand-in": [YES] * 4})
    entry = STAND_IN.model_copy(update={"model": "stand-in-2"})
    contestant = run.plan.contestants[0].model_copy(update={"entry": entry})
    plan = run.plan.model_copy(
        update={"contestants": (contestant,), "machine": "8 processors", "id": "r2"}
    )
    rows = tuple(
        replace(row, answer=replace(
            row.answer, receipt=replace(row.answer.receipt, prompt_hash="another")
        ))
        for row in run.answers
    )  # fmt: skip
    now = replace(run, plan=plan, answers=rows)
    assert compare(build_report(run, METRICS), build_report(now, METRICS)).warnings == (
        "On 4 questions of 4 the prompt is not the same: a change may be the prompt’s.",
        "Stand-in was stand-in-1 then and is stand-in-2 now.",
        "The machines are not the same: times cannot be compared.",
    )


@pytest.mark.parametrize("metric", ["no such", "input_tokens"])
def test_a_metric_that_knows_no_better_and_worse_sorts_no_questions(metric: str) -> None:
    with pytest.raises(InputError, match="better and worse"):
        compare(report_of([YES] * 4, "then"), report_of([YES] * 4), metric)


def test_runs_that_share_no_backend_are_not_compared() -> None:
    other = make_run(cases=make_cases(4), entries=(STAND_IN,), right={"stand-in": [YES] * 4})
    with pytest.raises(NotComparable, match="no backend in common"):
        compare(report_of([YES] * 4), build_report(other, METRICS))


def test_runs_that_share_no_question_are_not_compared() -> None:
    cases = tuple(case.model_copy(update={"id": f"x-{case.id}"}) for case in make_cases(4))
    other = make_run(cases=cases, entries=(READER,), right={"reader": [YES] * 4})
    with pytest.raises(NotComparable, match="no question in common"):
        compare(report_of([YES] * 4), build_report(other, METRICS))


def test_a_run_that_answers_as_its_baseline_passes() -> None:
    found = gated([YES] * 30 + [NO] * 10, [YES] * 30 + [NO] * 10)
    assert found.passed
    assert found.text == ("Passed: 1 check held within 3 points.",)


def test_a_run_that_only_gained_passes() -> None:
    assert gated([YES] * 30 + [NO] * 10, [YES] * 40).passed


def test_a_run_that_lost_clearly_fails_with_the_questions_that_got_worse() -> None:
    found = gated([YES] * 40, [YES] * 30 + [NO] * 10)
    assert not found.passed
    assert [one.finding for one in found.checks] == ["worse"]
    assert {one.case for one in found.checks[0].worse} == {f"q-{n}" for n in range(30, 40)}
    text = gate_markdown(found)
    assert "- reader, own, q-30: What is number 30? (correct 100 % → 0 %)" in text


def test_one_loss_in_few_questions_cannot_be_told_and_does_not_pass() -> None:
    found = gated([YES] * 40, [YES] * 39 + [NO])
    assert [one.finding for one in found.checks] == ["cannot tell"]
    assert not found.passed
    assert "cannot be told: the run is too small for this margin" in found.text[1]


def test_one_loss_in_many_questions_is_within_the_margin() -> None:
    found = gated([YES] * 200, [YES] * 199 + [NO])
    # One of 200 down: a change of 0.5 points, whose interval ends above 3.
    assert [one.finding for one in found.checks] == ["held"]
    assert found.checks[0].change == pytest.approx(-0.005)


def test_a_run_too_small_to_tell_does_not_pass_although_nothing_got_worse() -> None:
    found = gated([YES] * 8, [YES] * 8)
    assert [one.finding for one in found.checks] == ["cannot tell"]
    assert not found.passed


def test_what_cannot_be_told_passes_when_the_gate_is_lenient() -> None:
    found = gate(
        report_of([YES] * 39 + [NO]),
        report_of([YES] * 40, "then"),
        metrics=["correct"],
        lenient=True,
    )
    assert found.passed
    assert "passed all the same" in found.text[1]


def test_what_is_worse_does_not_pass_the_lenient_gate() -> None:
    found = gate(
        report_of([NO] * 40), report_of([YES] * 40, "then"), metrics=["correct"], lenient=True
    )
    assert not found.passed


def test_a_run_without_an_answer_that_the_baseline_has_fails_also_leniently() -> None:
    whole = run_of([YES] * 40, "now")
    part = build_report(replace(whole, answers=whole.answers[:-2]), METRICS)
    found = gate(part, report_of([YES] * 40, "then"), lenient=True)
    assert found.missing == ("reader own q-38", "reader own q-39")
    assert not found.passed
    assert "2 answers of the baseline have none in this run." in found.text


def test_a_question_that_was_taken_out_of_the_run_is_missing() -> None:
    assert not gated([YES] * 40, [YES] * 30).passed


def test_a_loss_in_a_metric_where_less_is_better_counts_as_a_loss() -> None:
    fewer = tuple(
        replace(metric, better="lower") if metric.id == "correct" else metric for metric in METRICS
    )
    then = build_report(run_of([NO] * 40, "then"), fewer)
    now = build_report(run_of([YES] * 40, "now"), fewer)
    (check,) = gate(now, then, metrics=["correct"]).checks
    assert (check.finding, check.change, len(check.worse)) == ("worse", -1.0, 40)


def test_without_a_metric_named_the_announced_ones_about_most_questions_are_held() -> None:
    found = gate(report_of([YES] * 40), report_of([YES] * 40, "then"))
    assert [one.metric for one in found.checks] == ["fact_recall", "correct", "supported_rate"]


@pytest.mark.parametrize("margin", [0.0, 1.0, -0.1, float("nan")])
def test_a_margin_that_is_no_share_is_refused(margin: float) -> None:
    with pytest.raises(InputError, match="margin"):
        gate(report_of([YES] * 4), report_of([YES] * 4), margin=margin)


def test_a_metric_that_is_no_share_cannot_be_gated() -> None:
    with pytest.raises(InputError, match="first_token"):
        gate(report_of([YES] * 4), report_of([YES] * 4), metrics=["first_token"])
