"""A run's report: figures that can be worked out by hand, and sentences that can be read out."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from assistant.backends.base import StopReason
from assistant.turns import Money, Status
from eval.metrics.base import Score
from eval.metrics.catalogue import METRICS as CATALOGUE
from eval.report.build import build_report
from eval.report.cache import FILE
from eval.report.html import to_html
from eval.report.model import Report
from eval.report.scoring import average
from eval.report.to_json import to_record, without_times
from eval.report.to_markdown import to_markdown
from eval.runs.records import Row
from tests.support.eval_plain_metrics import METRICS
from tests.support.eval_runs import READER, STAND_IN, WrittenRun, make_cases, make_run

YES, NO = True, False


def report_of(reader: list[bool], stand_in: list[bool], per_cluster: int = 1) -> Report:
    cases = make_cases(len(reader), per_cluster=per_cluster)
    run = make_run(cases=cases, right={"reader": reader, "stand-in": stand_in})
    return build_report(run, METRICS)


def test_a_figure_is_the_mean_over_questions() -> None:
    report = report_of([YES] * 9 + [NO], [YES] * 4 + [NO] * 6)
    figures = report.modes[0].figures
    assert figures["reader"]["fact_recall"].value == pytest.approx(0.9)
    assert figures["stand-in"]["fact_recall"].value == pytest.approx(0.4)
    assert figures["reader"]["fact_recall"].questions == 10


def test_repeats_are_averaged_before_questions_are_counted() -> None:
    cases = make_cases(2)
    run = make_run(cases=cases, repeats=2, right={"reader": [YES, NO], "stand-in": [NO, NO]})
    figure = build_report(run, METRICS).modes[0].figures["reader"]["fact_recall"]
    assert (figure.value, figure.questions) == (0.5, 2)


def test_a_repeat_without_a_value_is_left_out_where_another_has_one() -> None:
    assert average([Score(None, "no text"), Score(0.5)]) == Score(0.5)
    assert average([Score(None, "no text"), Score(None, "no text")]) == Score(None, "no text")


def test_a_question_that_is_right_everywhere_does_not_pass_for_certain() -> None:
    figure = report_of([YES] * 10, [NO] * 10).modes[0].figures
    of_reader, of_other = figure["reader"]["correct"], figure["stand-in"]["correct"]
    # Wilson's interval of 10 of 10.
    assert (of_reader.value, of_reader.high) == (1.0, 1.0)
    assert of_reader.low == pytest.approx(0.722, abs=0.001)
    assert of_other.high == pytest.approx(0.278, abs=0.001)


@pytest.mark.parametrize("wrong", [1, 2])
def test_one_or_two_wrong_answers_leave_an_interval_that_says_something(wrong: int) -> None:
    mode = report_of([NO] * wrong + [YES] * (64 - wrong), [YES] * 64).modes[0]
    figure = mode.figures["reader"]["correct"]
    found = next(d for d in mode.differences if d.metric == "correct")
    assert figure.low is not None
    assert figure.low > 0.85
    assert found.low is not None
    assert found.low > -0.15


def test_an_answer_that_cannot_be_scored_is_counted_with_its_reason() -> None:
    report = build_report(make_run(questions=20), METRICS)
    unscored = report.modes[0].figures["stand-in"]["first_token"].unscored
    assert unscored == {"no text came": 1}
    assert report.modes[0].figures["stand-in"]["correct"].questions == 20


def test_a_difference_is_paired_and_counts_wins_ties_and_losses() -> None:
    report = report_of([YES] * 8 + [NO] * 2, [YES] * 2 + [NO] * 6 + [YES] * 2)
    found = next(d for d in report.modes[0].differences if d.metric == "correct")
    assert (found.wins, found.ties, found.losses) == (6, 2, 2)
    assert found.delta == pytest.approx(0.4)
    # Exact McNemar, 6 against 2: 2 * (1 + 8 + 28) / 256.
    assert found.p == pytest.approx(2 * 37 / 256)


def test_fewer_seconds_are_a_win() -> None:
    found = report_of([YES] * 20, [YES] * 20).modes[0].differences
    first_token = next(d for d in found if d.metric == "first_token")
    assert (first_token.wins, first_token.losses) == (20, 0)
    assert first_token.told == "first"


def test_holm_takes_the_announced_metrics_of_the_first_mode_as_one_family() -> None:
    cases = make_cases(12)
    right = {"reader": [YES] * 12, "stand-in": [YES] * 5 + [NO] * 7}
    run = make_run(cases=cases, right=right, modes=("own", "oracle"))
    own, oracle = build_report(run, METRICS).modes
    corrected = {d.metric: d.p_holm for d in own.differences if d.p_holm is not None}
    p = next(d.p for d in own.differences if d.metric == "correct")
    # Three announced metrics have the same p here; the fourth is not about such questions.
    assert p == pytest.approx(2 / 2**7)
    assert corrected == dict.fromkeys(
        ("fact_recall", "correct", "supported_rate"), pytest.approx(6 / 2**7)
    )
    assert all(d.p_holm is None for d in oracle.differences)


def test_of_fewer_than_ten_questions_no_one_is_told_to_be_better() -> None:
    told = {d.told for d in report_of([YES] * 9, [NO] * 9).modes[0].differences}
    assert told == {"too few questions"}


def test_questions_of_few_clusters_are_too_few_however_many_there_are() -> None:
    report = report_of([YES] * 40, [NO] * 40, per_cluster=10)
    assert {d.told for d in report.modes[0].differences} == {"too few questions"}


def test_a_clear_difference_is_told_in_a_sentence_that_can_be_read_out() -> None:
    first, second, *_ = report_of([YES] * 54 + [NO] * 6, [YES] * 30 + [NO] * 30).verdict
    assert re.fullmatch(
        r"On 60 questions Built-in reader held 90 % of the expected facts and Stand-in 50 %; the "
        r"difference of 40 points \(2\d to 5\d\) is more than chance would give\.",
        first,
    )
    assert second.startswith("Built-in reader costs nothing but the machine; Stand-in costs 0.9")
    assert (
        "USD for 1,000 questions, at an invented price; Built-in reader begins to answer" in second
    )


def test_where_no_difference_is_shown_the_verdict_says_what_the_run_could_have_shown() -> None:
    reader = [YES] * 50 + [NO] * 10
    stand_in = [YES] * 46 + [NO] * 4 + [YES] * 3 + [NO] * 7
    sentence = report_of(reader, stand_in).verdict[0]
    assert "no difference was shown; this run could have shown one of" in sentence
    assert "more than chance" not in sentence


def test_where_not_one_question_went_differently_the_verdict_says_so() -> None:
    sentence = report_of([YES] * 20 + [NO] * 10, [YES] * 20 + [NO] * 10).verdict[0]
    assert sentence.endswith("no difference was shown: not one question went differently.")


@pytest.mark.parametrize("lost", range(0, 31, 3))
def test_the_verdict_says_that_someone_is_better_only_when_that_was_shown(lost: int) -> None:
    report = report_of([YES] * 30, [NO] * lost + [YES] * (30 - lost))
    found = next(d for d in report.modes[0].differences if d.metric == "fact_recall")
    says_so = "more than chance" in report.verdict[0]
    assert says_so == (found.told == "first")
    assert (lost < 9) == (not says_so)


def test_few_questions_are_called_few() -> None:
    verdict = report_of([YES] * 6, [NO] * 6).verdict
    assert verdict[0].endswith("6 questions are too few to compare.")
    assert "6 questions are few: only large differences can be shown." in verdict


def test_the_verdict_is_honest_about_a_stand_in() -> None:
    assert any(
        "Stand-in is a server on this machine that stood in for a vendor" in sentence
        for sentence in report_of([YES] * 40, [YES] * 40).verdict
    )


def test_a_run_that_is_not_whole_is_called_so_and_its_gaps_are_counted() -> None:
    run = make_run(questions=20)
    part = replace(run, answers=run.answers[:30])
    report = build_report(part, METRICS)
    assert (report.answered, report.wanted) == (30, 40)
    assert any("not whole: 30 of 40 answers are there" in told for told in report.verdict)
    unscored = report.modes[0].figures["reader"]["correct"].unscored
    assert unscored == {"the question was not asked yet": 5}


def test_a_run_without_an_answer_has_a_report_all_the_same() -> None:
    report = build_report(replace(make_run(questions=10), answers=()), METRICS)
    assert report.verdict[0] == "No answer of this run could be scored yet."
    assert "# Built-in reader and Stand-in, 10 questions" in to_markdown(report)
    assert to_record(report)["totals"]["reader"]["cost"]["value"] is None


def test_a_single_backend_gets_its_figure_with_the_interval() -> None:
    run = make_run(
        cases=make_cases(40), entries=(READER,), right={"reader": [YES] * 30 + [NO] * 10}
    )
    report = build_report(run, METRICS)
    assert re.fullmatch(
        r"On 40 questions Built-in reader held 75 % \([56]\d to [89]\d\) of the expected facts\.",
        report.verdict[0],
    )
    assert report.modes[0].differences == ()


def test_three_backends_are_told_from_the_best_down() -> None:
    third = STAND_IN.model_copy(update={"id": "third", "label": "Third"})
    right = {
        "reader": [YES] * 20 + [NO] * 20, "stand-in": [YES] * 40, "third": [NO] * 40,
    }  # fmt: skip
    run = make_run(cases=make_cases(40), entries=(READER, STAND_IN, third), right=right)
    sentence = build_report(run, METRICS).verdict[0]
    assert sentence.startswith(
        "On 40 questions Stand-in held 100 % of the expected facts, Built-in reader 50 % and "
        "Third 0 %; Stand-in is ahead of Built-in reader by 50 points ("
    )
    assert sentence.endswith(") and of Third by 100 points, each more than chance would give.")


def test_of_three_backends_only_those_that_are_shown_to_be_behind_are_told_to_be() -> None:
    third = STAND_IN.model_copy(update={"id": "third", "label": "Third"})
    right = {
        "reader": [YES] * 38 + [NO] * 2, "stand-in": [YES] * 40, "third": [NO] * 40,
    }  # fmt: skip
    run = make_run(cases=make_cases(40), entries=(READER, STAND_IN, third), right=right)
    sentence = build_report(run, METRICS).verdict[0]
    assert "; Stand-in is ahead of Third by 100 points, more than chance would give; " in sentence
    assert "; no difference between Stand-in and Built-in reader was shown" in sentence


def test_backends_that_cost_nothing_are_told_together() -> None:
    small = READER.model_copy(update={"id": "small", "label": "Small"})
    run = make_run(questions=40, entries=(READER, STAND_IN, small))
    sentence = build_report(run, METRICS).verdict[1]
    assert sentence.startswith(
        "Built-in reader and Small cost nothing but the machine; Stand-in costs "
    )
    assert re.search(r"begins? to answer first, after \S+ s, then |answers begin: ", sentence)


def test_where_no_cost_is_known_the_sentence_says_so_once() -> None:
    no_price = [STAND_IN.model_copy(update={"id": id_, "label": id_}) for id_ in ("One", "Two")]
    run = make_run(questions=20, entries=no_price)
    unknown = Money(None, "USD", None, "", "no price is known for this backend")
    unpriced = tuple(
        replace(row, answer=replace(row.answer, receipt=replace(row.answer.receipt, money=unknown)))
        for row in run.answers
    )
    sentence = build_report(replace(run, answers=unpriced), METRICS).verdict[1]
    assert sentence.startswith("What One and Two cost is not known; ")


def test_answers_that_were_cut_off_at_their_longest_are_counted_with_the_verdict() -> None:
    run = make_run(questions=20)
    cut = tuple(
        replace(row, answer=replace(
            row.answer, receipt=replace(row.answer.receipt, stop_reason=StopReason.LENGTH)
        ))
        if row.key.backend == "reader" and at < 20 else row
        for at, row in enumerate(run.answers)
    )  # fmt: skip
    told = "of Built-in reader reached the limit of their length and were cut off there."
    report = build_report(replace(run, answers=cut), METRICS)
    assert f"10 of 20 answers {told}" in report.cautions
    assert not any(told in caution for caution in build_report(run, METRICS).cautions)


def test_a_single_answer_that_was_cut_off_is_told_right_after_the_correct_ones() -> None:
    run = make_run(questions=60)
    first, *others = run.answers
    receipt = replace(first.answer.receipt, stop_reason=StopReason.LENGTH)
    cut = replace(first, answer=replace(first.answer, receipt=receipt))
    told = [metric for metric in CATALOGUE if metric.id in {"correct", "cut_off", "forbidden"}]
    report = build_report(replace(run, answers=(cut, *others)), [*METRICS[:1], *told])
    assert not any("cut off" in caution for caution in report.cautions), "too few for a caution"
    figure = report.modes[0].figures[first.key.backend]["cut_off"]
    assert (figure.value, figure.questions) == (pytest.approx(1 / 60), 60)
    table = to_markdown(report).partition("| Correct answers")[2].splitlines()
    assert table[1].startswith("| Cut off at their longest")
    assert "2 % (0 to 10)" in table[1]


def test_an_unknown_cost_is_neither_nothing_nor_left_out() -> None:
    totals = build_report(make_run(questions=20), METRICS).totals["stand-in"]
    assert totals["cost_at_least"].value == 1.0
    assert totals["cost"].unscored == {"not known": 1}
    assert totals["cost_per_1000"].questions == 19


def test_a_cost_in_another_currency_is_not_taken_for_dollars() -> None:
    run = make_run(questions=20)
    euros = tuple(with_receipt(row, money=Money(0.5, "EUR", None, "")) for row in run.answers)
    report = build_report(replace(run, answers=euros), METRICS)
    assert "cost 0.5 EUR" in to_html(report)
    (told,) = to_record(report)["modes"][0]["questions"][0]["sides"]["reader"]["answers"]
    assert (told["cost"], told["currency"]) == (0.5, "EUR")
    totals = report.totals["stand-in"]
    assert [totals[name].value for name in ("cost", "cost_per_1000", "cost_per_correct")] == [
        None, None, None,
    ]  # fmt: skip
    assert totals["cost"].unscored == {"not known": 20}
    assert totals["cost_at_least"].value == 1.0


def test_an_answer_that_did_not_come_to_its_end_has_no_whole_time() -> None:
    run = make_run(questions=20)
    stopped = tuple(
        replace(late, answer=replace(late.answer, status=Status.STOPPED, error=None))
        if row.key.backend == "reader" and at < 20 else row
        for at, row in enumerate(run.answers)
        for late in [with_receipt(row, total_s=1_000.0)]
    )  # fmt: skip
    totals = build_report(replace(run, answers=stopped), METRICS).totals["reader"]
    assert totals["total_p95"].questions == 10
    assert (totals["total_p95"].value or 0.0) < 1_000.0


def with_receipt(row: Row, **changes: Any) -> Row:
    receipt = replace(row.answer.receipt, **changes)
    return replace(row, answer=replace(row.answer, receipt=receipt))


def test_cost_of_a_correct_answer_divides_all_money_by_the_correct_ones() -> None:
    totals = report_of([YES] * 40, [YES] * 10 + [NO] * 30).totals["stand-in"]
    spent, each = totals["cost"].value, totals["cost_per_correct"].value
    assert spent is not None
    assert each == pytest.approx(spent / 10)


def test_failures_are_listed_with_what_happened() -> None:
    (failure,) = build_report(make_run(questions=20), METRICS).failures
    assert (failure.backend, failure.status) == ("stand-in", "failed")
    assert failure.what == "The service takes no more requests this minute."


def test_a_second_report_finds_all_its_figures_and_is_the_same(tmp_path: Path) -> None:
    run = make_run(tmp_path, questions=20)
    calls: list[str] = []
    counted = tuple(
        replace(metric, score=lambda a, m=metric: (calls.append(m.id), m.score(a))[1])  # type: ignore[misc]
        for metric in METRICS
    )
    first = build_report(run, counted)
    assert len(calls) == 40 * len(METRICS)
    second = build_report(run, counted)
    assert len(calls) == 40 * len(METRICS)
    assert to_record(second) == to_record(first)


def test_only_new_rows_are_scored_when_a_run_has_grown(tmp_path: Path) -> None:
    run = make_run(tmp_path, questions=20)
    build_report(replace(run, answers=run.answers[:38]), METRICS)
    before = set(json.loads((tmp_path / FILE).read_text())["entries"])
    assert to_record(build_report(run, METRICS)) == to_record(fresh(run))
    after = set(json.loads((tmp_path / FILE).read_text())["entries"])
    assert len(before & after) >= 38


@pytest.mark.parametrize("content", ["", "{", "[]", '{"form": 1, "rules": "old", "entries": {}}'])
def test_a_damaged_or_old_file_of_scores_is_passed_over(tmp_path: Path, content: str) -> None:
    (tmp_path / FILE).write_text(content)
    run = make_run(tmp_path, questions=10)
    assert to_record(build_report(run, METRICS)) == to_record(fresh(run))


def fresh(run: WrittenRun) -> Report:
    return build_report(replace(run, path=Path("nowhere")), METRICS)


def test_two_identical_runs_give_the_same_json_apart_from_times() -> None:
    run = make_run(questions=20)
    slower = tuple(
        replace(row, answer=replace(
            row.answer, receipt=replace(row.answer.receipt, total_s=9.0, first_token_s=8.0)
        ))
        for row in run.answers
    )  # fmt: skip
    again = replace(run, answers=slower, plan=run.plan.model_copy(update={"id": "r2"}))
    one, other = (to_record(build_report(r, METRICS)) for r in (run, again))
    assert one != other
    assert without_times(one) == without_times(other)


def test_the_report_is_one_json_value_without_what_json_does_not_know() -> None:
    record = to_record(build_report(make_run(questions=20), METRICS))
    assert json.loads(json.dumps(record, allow_nan=False)) == record
    assert list(record)[:4] == ["form", "run", "created_at", "verdict"]


def test_text_of_answers_and_questions_ends_no_cell_of_a_markdown_table() -> None:
    cases = tuple(
        case.model_copy(update={"question": f"a | b\n`c` <img src=x> [d](e) {case.id}"})
        for case in make_cases(12)
    )
    run = make_run(cases=cases, right={"reader": [YES] * 12, "stand-in": [NO] * 12})
    lines = to_markdown(build_report(run, METRICS)).splitlines()
    (row,) = [line for line in lines if line.endswith(r"q-0 | 100 % | 0 % |")]
    assert row.startswith(r"| a \| b \`c\` \<img src=x> \[d](e)")
