"""The decision card: what remains within a person's limits, and how sure."""

from dataclasses import replace

import pytest

from corpus.errors import InputError
from eval.report.build import build_report
from eval.report.card import Card, Choice, Limits, card
from eval.report.model import Figure, Report
from eval.report.to_markdown import card_markdown
from tests.support.eval_plain_metrics import METRICS
from tests.support.eval_runs import make_cases, make_run

YES, NO = True, False


@pytest.fixture(scope="module")
def report() -> Report:
    right = {"reader": [YES] * 54 + [NO] * 6, "stand-in": [YES] * 30 + [NO] * 30}
    return build_report(make_run(cases=make_cases(60), right=right), METRICS)


def of(found: Card, backend: str) -> Choice:
    return next(choice for choice in found.choices if choice.backend == backend)


def with_recall(report: Report, backend: str, figure: Figure) -> Report:
    first, *others = report.modes
    figures = {**first.figures, backend: {**first.figures[backend], "fact_recall": figure}}
    return replace(report, modes=(replace(first, figures=figures), *others))


@pytest.mark.parametrize(
    ("limit", "sureness", "standing"),
    [
        (0.80, "inside", "remains"),
        (0.81, "unsure", "may remain"),
        (0.95, "unsure", "may remain"),
        (0.96, "outside", "out"),
    ],
)
def test_a_limit_is_kept_surely_only_when_the_whole_interval_keeps_it(
    report: Report, limit: float, sureness: str, standing: str
) -> None:
    known = with_recall(report, "reader", Figure(0.9, 0.80, 0.95, 60))
    choice = of(card(known, Limits(quality=limit)), "reader")
    assert (choice.checks[0].sureness, choice.standing) == (sureness, standing)


def test_where_less_is_better_a_limit_is_a_ceiling(report: Report) -> None:
    fewer = tuple(replace(m, better="lower") if m.id == "fact_recall" else m for m in METRICS)
    found = with_recall(replace(report, metrics=fewer), "reader", Figure(0.1, 0.05, 0.2, 60))
    for limit, sureness in ((0.2, "inside"), (0.1, "unsure"), (0.04, "outside")):
        check = of(card(found, Limits(quality=limit)), "reader").checks[0]
        assert check.sureness == sureness
        assert "at most" in check.told


def test_a_figure_that_is_missing_cannot_keep_a_limit(report: Report) -> None:
    unknown = with_recall(report, "reader", Figure(None, None, None, 0))
    found = card(unknown, Limits(quality=0.5))
    assert of(found, "reader").standing == "cannot say"
    assert "Of Built-in reader it cannot be said: a figure is missing." in found.text


def test_a_figure_without_an_interval_is_never_sure(report: Report) -> None:
    alone = with_recall(report, "reader", Figure(0.9, None, None, 1))
    assert of(card(alone, Limits(quality=0.5)), "reader").checks[0].sureness == "unsure"


def test_what_never_left_the_machine_keeps_to_it_and_what_went_to_a_vendor_does_not(
    report: Report,
) -> None:
    found = card(report, Limits(stays_here=True))
    assert of(found, "reader").standing == "remains"
    assert of(found, "stand-in").standing == "out"
    assert found.text[0] == "Built-in reader surely keeps to all limits."
    assert "for which a stand-in answered here" in found.text[1]


def test_a_search_that_asks_another_machine_is_no_staying_here() -> None:
    run = make_run(cases=make_cases(10), right={"reader": [YES] * 10, "stand-in": [YES] * 10})
    rows = tuple(
        replace(row, answer=replace(
            row.answer, receipt=replace(row.answer.receipt, search_host="vectors.example")
        ))
        for row in run.answers
    )  # fmt: skip
    found = card(build_report(replace(run, answers=rows), METRICS), Limits(stays_here=True))
    (check,) = of(found, "reader").checks
    assert check.sureness == "outside"
    assert "questions went, as numbers, to vectors.example for the search" in check.told


def test_what_costs_nothing_keeps_to_any_ceiling(report: Report) -> None:
    assert of(card(report, Limits(cost_per_1000=0.0)), "reader").standing == "remains"


def test_a_cost_that_is_known_in_part_is_not_sure() -> None:
    found = card(build_report(make_run(questions=20), METRICS), Limits(cost_per_1000=5.0))
    check = of(found, "stand-in").checks[0]
    assert check.sureness == "unsure"
    assert check.told.endswith("without the answers whose cost is not known")


def test_a_backend_gives_up_what_the_other_was_shown_to_do_better(report: Report) -> None:
    gives_up = of(card(report, Limits(first_token_s=2.0)), "stand-in").gives_up
    assert gives_up[0].startswith("Expected facts: 40 points (")
    assert gives_up[0].endswith("less than Built-in reader")
    assert any(told.startswith("Cost: 0.9") for told in gives_up)
    assert any("First words: after 0.2" in told for told in gives_up)


def test_the_better_backend_gives_up_nothing(report: Report) -> None:
    assert of(card(report, Limits(first_token_s=2.0)), "reader").gives_up == ()


def test_what_is_out_says_which_limit_it_broke(report: Report) -> None:
    found = card(report, Limits(quality=0.75))
    assert found.text[1].startswith("Stand-in is out. Expected facts: at least 75 %; here 50 % (")
    assert "**Stand-in**: out." in card_markdown(found)


def test_where_nothing_remains_the_card_says_so(report: Report) -> None:
    found = card(report, Limits(quality=0.999, cost_per_1000=0.1, first_token_s=0.001))
    assert found.text[0] == "No backend of this run is known to keep to all limits."


def test_a_card_is_honest_about_a_stand_in(report: Report) -> None:
    assert (
        "Stand-in is no vendor’s model; its figures say nothing about one."
        in card(report, Limits(stays_here=True)).text
    )


def test_without_a_limit_there_is_no_card(report: Report) -> None:
    with pytest.raises(InputError, match="No limit"):
        card(report, Limits())


def test_an_unknown_metric_is_refused_with_those_that_there_are(report: Report) -> None:
    with pytest.raises(InputError, match="no metric") as caught:
        card(report, Limits(metric="taste", quality=0.5))
    assert "fact_recall" in caught.value.cure
