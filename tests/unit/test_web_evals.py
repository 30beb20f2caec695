"""What may be chosen for a run, and what the tab shows, without a browser."""

import html
import re
from dataclasses import replace
from pathlib import Path

import pytest

from corpus.errors import InputError
from eval.cases import load_cases
from eval.report.build import build_report
from eval.report.card import Limits, card
from eval.runs.estimate import estimate
from eval.runs.listing import RunSummary
from eval.runs.preparing import Prepared
from eval.runs.progress import Progress, SideProgress
from eval.runs.spending import Spent
from tests.support.eval_runs import WrittenRun, make_run
from ui.web.eval_wish import MOST_USD, count_choices, read_figure, read_wish, slice_choices
from ui.web.evals_deciding import metric_choices, read_limits
from ui.web.render.evals import cost, live_panel, run_list, whole_seconds
from ui.web.render.evals_card import card_panel
from ui.web.render.evals_plan import consent, consent_to_go_on, estimate_panel
from ui.web.runs import Listed, Live

CHOSEN = ("reader", "stand-in", "", 30, "1.00", [], ["own"], 1)
SUMMARY = RunSummary(
    id="20261124-050000-aaaa", created_at="2026-11-24T05:00:00+00:00",
    contestants=("Built-in reader", "<b>Model</b> (here)"), cases_name="the set that comes along",
    answered=12, failed=1, wanted=12, is_running=False, spent=Spent(0.5, 0.6, 1), questions=6,
)  # fmt: skip


def read(markup: str) -> str:
    """What a person reads."""
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", markup))).strip()


def prepared(run: WrittenRun, **changes: object) -> Prepared:
    plan = run.plan.model_copy(update=changes)
    frozen = tuple(run.evidence.values())
    return Prepared(plan, frozen, estimate(plan, frozen))


def vendor(run: WrittenRun, **changes: object) -> WrittenRun:
    """The run with a real vendor in the place of the stand-in."""
    first, second = run.plan.contestants
    entry = second.entry.model_copy(update={"label": "Claude", "id": "claude", **changes})
    there = second.model_copy(
        update={"entry": entry, "destination": "api.anthropic.com", "stand_in": False}
    )
    return replace(run, plan=run.plan.model_copy(update={"contestants": (first, there)}))


def test_what_was_chosen_becomes_a_wish() -> None:
    wish = read_wish(*CHOSEN)
    assert (wish.backends, wish.limit, wish.max_cost) == (("reader", "stand-in"), 30, 1.0)
    more = read_wish("reader", "stand-in", "gpt", 0, "", ["lookup"], ["oracle", "own"], 3)
    assert more.backends == ("reader", "stand-in", "gpt")
    assert (more.limit, more.max_cost, more.repeats) == (None, None, 3)
    assert more.modes == ("own", "oracle")


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (1, "reader"), (1, ""), (2, "reader"), (3, 31), (3, -1), (3, "30"), (3, None),
        (4, "-1"), (4, "1,50"), (4, "1e9"), (4, "nan"), (6, []), (6, ["no such"]), (6, None),
        (7, 99), (7, None), (7, 1.0), (7, True), (3, 30.0), (3, False), (3, [30]), (7, {}),
        (5, 3), (6, 3),
    ],
)  # fmt: skip
def test_what_cannot_be_chosen_on_the_page_is_refused_by_the_server(
    place: int, value: object
) -> None:
    chosen = list(CHOSEN)
    chosen[place] = value  # type: ignore[call-overload]
    with pytest.raises(InputError):
        read_wish(*chosen)


def test_a_figure_may_bear_its_sign_and_an_empty_box_is_no_figure() -> None:
    assert read_figure("$2.50", "It", MOST_USD) == 2.5
    assert read_figure(" 80 % ", "It", 100) == 80
    assert read_figure("0", "It", 100) == 0
    assert read_figure("  ", "It", 100) is None
    assert read_figure(None, "It", 100) is None
    for wrong in ("1,000", "101", "-3", "1e2", "٣", "inf", "1.2.3", "9" * 30):
        with pytest.raises(InputError, match="It is no number from 0 to 100"):
            read_figure(wrong, "It", 100)


def test_limits_are_read_in_per_cent_and_dollars() -> None:
    assert read_limits("80", "correct", "", "2", True) == Limits(
        "correct", 0.8, None, stays_here=True, first_token_s=2.0
    )
    assert read_limits("", "correct", "", "", False) == Limits("correct")
    with pytest.raises(InputError, match="The quality"):
        read_limits("120", "correct", "", "", False)


def test_the_choices_count_what_there_is() -> None:
    cases = load_cases()
    assert count_choices(len(cases))[-1] == (f"All {len(cases):,}", 0)
    counts = {name: label for label, name in slice_choices(cases)}
    lookups = sum(case.slice == "lookup" for case in cases)
    assert counts["lookup"] == f"lookup ({lookups})"


def test_the_list_says_how_each_run_stands_and_lets_no_name_become_markup() -> None:
    markup = run_list([Listed(SUMMARY)])
    assert "<b>Model" not in markup
    words = read(markup)
    assert "Built-in reader against <b>Model</b>" in words
    assert "24 November 2026, 05:00 UTC · 6 questions (the set that comes along)" in words
    assert "12 of 12 answers · 1 failed · at least $0.5000" in words
    assert 'href="/report/20261124-050000-aaaa.html"' in markup
    assert "Go on" not in words
    part = replace(SUMMARY, answered=0, has_stand_in=True, spent=Spent(0.0, 0.2, 1))
    told = run_list([Listed(part, ("Claude was asked no further.",))])
    assert "unknown cost at invented prices" in read(told)
    assert "Claude was asked no further." in told
    assert "/report/" not in told
    assert 'data-eval="resume"' in told
    damaged = run_list([Listed(RunSummary(
        "x", "", (), "", 0, 0, 0, False, Spent(0, 0, 0), error="The plan cannot be read."
    ), ("The plan cannot be read.",))])  # fmt: skip
    assert "cannot be read" in damaged
    assert "data-eval" not in damaged


def test_the_run_that_is_being_asked_is_not_listed_a_second_time() -> None:
    running = Listed(replace(SUMMARY, is_running=True))
    assert run_list([running], live=True) == ""
    assert run_list([running, Listed(SUMMARY)], live=True).count("<li") == 1
    assert "No run yet" in run_list([])


def test_progress_shows_answers_money_and_time_of_the_run_and_of_each_side() -> None:
    side = SideProgress("Claude (here)", 3, 1, 6, "The key was refused.", 12.0)
    progress = Progress(9, 12, {"claude": side}, 1, 75.0, 0.02, True, 30.0, "asking")
    markup = live_panel(Live("x", progress, is_here=True, has_stand_in=True))
    words = read(markup)
    assert "9 of 12 answers · 1 failed · at least $0.0200 so far at invented prices" in words
    assert "1 min 15 s gone · about 30 s left" in words
    assert "Claude 3 of 6, 1 failed, rests for 12 s" in words
    assert "Asked no further. The key was refused." in words
    assert 'value="9" max="12"' in markup
    assert "ten seconds to end" in live_panel(Live("x", progress, True, is_stopping=True))
    assert "starting" in live_panel(Live("x", None, is_here=True))
    assert live_panel(None) == ""


def test_a_run_against_the_stand_in_costs_nothing_and_needs_no_consent(tmp_path: Path) -> None:
    made = prepared(make_run(tmp_path, questions=6))
    words = read(estimate_panel(made))
    assert "6 questions: 12 answers in all" in words
    assert "costs nothing ." in words
    assert "(invented)" in words
    assert "a time that no run has shown yet" in words
    assert consent(made) == ""
    assert consent_to_go_on(made.plan, 3) == ""


def test_a_run_against_a_vendor_says_what_may_be_paid_and_where_data_goes(tmp_path: Path) -> None:
    run = vendor(make_run(tmp_path, questions=6))
    made = prepared(run, max_cost=0.01)
    words = consent(made)
    assert "sent to api.anthropic.com" in words
    assert re.search(r"Claude may cost at most \$0\.0\d+, never more than \$0\.0100", words)
    assert re.search(r"never more than \$0\.0100", read(estimate_panel(made)))
    assert consent_to_go_on(run.plan, 3).startswith("3 answers missing. I agree that questions")
    assert "without a ceiling" in consent_to_go_on(run.plan, 3)


def test_an_unknown_price_is_said_to_be_unknown_and_never_nothing(tmp_path: Path) -> None:
    made = prepared(vendor(make_run(tmp_path, questions=6), price=None))
    assert "unknown" in read(estimate_panel(made))
    assert "nothing" not in read(estimate_panel(made)).split("Claude", 1)[1]
    assert "costs a sum that is not known" in read(estimate_panel(made))
    assert "Claude may cost a sum that is not known" in consent(made)


def test_the_card_says_who_remains_and_what_is_given_up(tmp_path: Path) -> None:
    report = build_report(make_run(tmp_path, questions=6))
    found = card(report, Limits(stays_here=True))
    markup = card_panel(found, "/report/x.html?stays-here=yes")
    words = read(markup)
    assert "Built-in reader remains" in words
    assert "Stand-in is out" in words
    assert 'href="/report/x.html?stays-here=yes"' in markup
    labels = {id_: label for label, id_ in metric_choices(report)}
    assert labels["fact_recall"] == "Expected facts"
    assert labels["forbidden"].endswith("(at most)")
    assert "first_token" not in labels


def test_times_and_sums_are_read_by_people() -> None:
    assert [whole_seconds(s) for s in (0.4, 61, 3_700, None)] == [
        "0 s", "1 min 1 s", "1 h 1 min", "unknown",
    ]  # fmt: skip
    assert cost(None) == "unknown cost"
    assert cost(0.0) == "$0"
    assert cost(0.0, at_least=True) == "unknown cost"
