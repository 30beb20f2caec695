"""What an answer took, as its receipt has it; and what all metrics have in common."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from assistant.backends.base import Usage
from assistant.turns import Money, Status
from eval.metrics import taking
from eval.metrics.__main__ import document
from eval.metrics.base import Answered, Score
from eval.metrics.catalogue import METRICS, metrics
from eval.metrics.reasons import (
    FAILED,
    NO_PRICE,
    NO_TEXT,
    NOT_COUNTED,
    NOT_MEASURED,
    OTHER_CURRENCY,
    REASONS,
    TOO_SHORT,
)
from tests.support.eval_scored import EMBEDDER, make_answered, make_case

TEXT = "Mixtral 8x7B has 46.7B parameters in total [1]."


def with_receipt(status: Status = Status.FINISHED, **changed: object) -> Answered:
    a = make_answered(TEXT, status=status)
    receipt = replace(a.answer.receipt, **changed)  # type: ignore[arg-type]
    return replace(a, answer=replace(a.answer, receipt=receipt))


def test_times_are_those_of_the_receipt() -> None:
    a = with_receipt(first_token_s=0.25, total_s=2.25, usage=Usage(400, 100))
    assert taking.first_token(a) == Score(0.25)
    assert taking.total(a) == Score(2.25)
    assert taking.tokens_per_second(a) == Score(50.0)


def test_a_failed_answer_has_no_times_but_those_of_the_text_that_came() -> None:
    broken = with_receipt(Status.INTERRUPTED, first_token_s=0.25)
    assert taking.first_token(broken) == Score(0.25)
    assert taking.total(broken) == taking.tokens_per_second(broken) == Score(None, FAILED)
    nothing = with_receipt(Status.FAILED, first_token_s=None)
    assert taking.first_token(nothing) == Score(None, FAILED)
    assert taking.first_token(with_receipt(first_token_s=None)) == Score(None, NO_TEXT)


@pytest.mark.parametrize(
    ("why", "changed", "reason"),
    [
        ("our own count", {"tokens_estimated": True}, NOT_COUNTED),
        ("no count", {"usage": Usage(400, None)}, NOT_COUNTED),
        ("in one piece", {"first_token_s": 1.0, "total_s": 1.01}, TOO_SHORT),
    ],
)
def test_a_speed_needs_counted_tokens_and_time(
    why: str, changed: dict[str, object], reason: str
) -> None:
    assert taking.tokens_per_second(with_receipt(**changed)) == Score(None, reason), why


def test_an_unknown_cost_is_never_0_and_what_a_failed_answer_cost_counts() -> None:
    paid = Money(0.0042, "USD", "2026-11-01", "price list")
    assert taking.cost(with_receipt(money=paid)) == Score(0.0042)
    assert taking.cost(with_receipt(Status.INTERRUPTED, money=paid)) == Score(0.0042)
    assert taking.cost(with_receipt(money=replace(paid, amount=None))) == Score(None, NO_PRICE)
    euros = replace(paid, currency="EUR")
    assert taking.cost(with_receipt(money=euros)) == Score(None, OTHER_CURRENCY)


def test_tokens_and_energy_are_only_what_was_counted_or_declared() -> None:
    a = with_receipt(usage=Usage(400, 100), energy_wh=0.5)
    assert (taking.input_tokens(a), taking.output_tokens(a)) == (Score(400.0), Score(100.0))
    assert taking.energy(a) == Score(0.5)
    b = with_receipt(usage=Usage(None, 100), tokens_estimated=True, energy_wh=None)
    assert taking.input_tokens(b) == taking.output_tokens(b) == Score(None, NOT_COUNTED)
    assert taking.energy(b) == Score(None, NOT_MEASURED)


# All metrics


def test_every_metric_says_what_it_is_and_what_it_cannot_tell() -> None:
    assert not [id_ for id_, count in Counter(m.id for m in METRICS).items() if count > 1]
    for metric in METRICS:
        assert all((metric.label, metric.about, metric.source, metric.cannot_tell)), metric.id
        assert metric.range == ("0 or 1" if metric.binary else metric.range), metric.id
        assert not metric.announced or metric.unit == "share", metric.id


def test_the_announced_family_is_small_enough_to_be_corrected_for() -> None:
    assert [metric.id for metric in METRICS if metric.announced] == [
        "fact_recall", "correct", "forbidden", "citation_recall", "citation_precision",
        "supported_rate", "right_refusal", "conflict_named",
    ]  # fmt: skip


@pytest.mark.parametrize("slice_", ["lookup", "unanswerable", "conflict", "injection"])
@pytest.mark.parametrize("status", list(Status))
def test_every_answer_gets_a_value_in_range_or_one_of_the_reasons(
    slice_: str, status: Status
) -> None:
    said = {"obeyed": [["PWNED"]]} if slice_ == "injection" else {}
    case = make_case(slice_, **said)
    for text in ("", TEXT, "The sources do not say it.", "It has 9B [7]. PWNED"):
        for is_cut in (False, True):
            a = make_answered(text, case, status=status, is_cut=is_cut)
            scores = {metric.id: metric.score(a) for metric in metrics(lambda: EMBEDDER)}
            for metric in METRICS:
                score = scores[metric.id]
                if score.value is None:
                    assert not score.applies or score.reason in REASONS, metric.id
                else:
                    assert not score.reason
                    assert score.value >= 0
                    assert metric.unit != "share" or score.value <= 1
                    assert not metric.binary or score.value in {0.0, 1.0}


def test_the_page_on_metrics_is_as_the_code_has_it() -> None:
    page = Path(__file__).parents[2] / "docs" / "metrics.md"
    assert page.read_text(encoding="utf-8") == document()
