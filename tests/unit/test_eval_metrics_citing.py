"""Citation recall and precision by ALCE's definition, on answers that can be counted by hand."""

import pytest

from assistant.turns import Status
from eval.metrics.base import NOT_ABOUT_THIS, Score
from eval.metrics.citing import Citing, invalid_citations, stated, supported_rate
from eval.metrics.reasons import CITES_NOTHING, FAILED, STATES_NOTHING
from tests.support.eval_scored import EMBEDDER, make_answered, make_case

SIZE_SAID = "Mixtral 8x7B has 46.7 billion parameters in total"
ACTIVE_SAID = "Mixtral 8x7B uses 12.9 billion parameters for each token"
BOTH_SAID = f"{SIZE_SAID}, and {ACTIVE_SAID}"
WRONG_SAID = "Mixtral 8x7B has 70 billion parameters in total"
UNANSWERABLE = make_case("unanswerable")


def recall_and_precision(text: str) -> tuple[float | None, float | None]:
    citing, a = Citing(lambda: EMBEDDER), make_answered(text)
    return citing.recall(a).value, citing.precision(a).value


@pytest.mark.parametrize(
    ("why", "text", "recall", "precision"),
    [
        ("the cited passage says it", f"{SIZE_SAID} [1].", 1.0, 1.0),
        ("the mark may stand behind the full stop", f"{SIZE_SAID}. [1]", 1.0, 1.0),
        ("another passage says it", f"{SIZE_SAID} [2].", 0.0, 0.0),
        ("no passage says it", f"{WRONG_SAID} [1].", 0.0, 0.0),
        ("two statements, one rightly cited", f"{SIZE_SAID} [1]. {ACTIVE_SAID} [1].", 0.5, 0.5),
        ("one without a citation", f"{SIZE_SAID} [1]. {ACTIVE_SAID}.", 0.5, 1.0),
        ("two passages are needed and both cited", f"{BOTH_SAID} [1][2].", 1.0, 1.0),
        ("two passages are needed and one cited", f"{BOTH_SAID} [1].", 0.0, 0.0),
        ("one passage is enough, the other adds nothing", f"{SIZE_SAID} [1][3].", 1.0, 0.5),
        ("both are needed, a third adds nothing", f"{BOTH_SAID} [1][2][3].", 1.0, 2 / 3),
        ("a number that was not shown beside a right one", f"{SIZE_SAID} [1][9].", 1.0, 0.5),
        ("a number that was not shown alone", f"{SIZE_SAID} [9].", 0.0, 0.0),
        ("one number twice is one citation", f"{SIZE_SAID} [1][1].", 1.0, 1.0),
        ("a list of numbers in one mark", f"{BOTH_SAID} [1, 2].", 1.0, 1.0),
        (
            "precision is over all citations of the answer, not a mean over statements",
            f"{SIZE_SAID} [1]. {ACTIVE_SAID} [1][3].",
            0.5,
            1 / 3,
        ),
    ],
)  # fmt: skip
def test_citations_are_counted_as_alce_defines_them(
    why: str, text: str, recall: float, precision: float
) -> None:
    assert recall_and_precision(text) == pytest.approx((recall, precision)), why


def test_a_passage_that_repeats_what_another_says_is_not_irrelevant() -> None:
    """Irrelevant is what alone does not support; two passages that each do both count."""
    citing = Citing(lambda: EMBEDDER)
    a = make_answered(f"{SIZE_SAID} [1][2].", passages=(f"{SIZE_SAID}.", f"{SIZE_SAID}."))
    assert citing.precision(a) == Score(1.0)
    (statement,) = citing.statements(a)
    assert statement.irrelevant == frozenset()


def test_an_answer_without_a_citation_has_recall_0_and_no_precision() -> None:
    citing, a = Citing(lambda: EMBEDDER), make_answered(f"{SIZE_SAID}.")
    assert citing.recall(a) == Score(0.0)
    assert citing.precision(a) == Score(None, CITES_NOTHING)
    assert invalid_citations(a) == Score(None, CITES_NOTHING)
    assert supported_rate(a) == Score(1.0), "cited or not, a passage bears it out"


def test_a_refusal_states_nothing_and_is_counted_as_unscored() -> None:
    text = "This is not in these sources. The nearest passages are [1] and [2]."
    citing, a = Citing(lambda: EMBEDDER), make_answered(text)
    for score in (citing.recall(a), citing.precision(a), supported_rate(a)):
        assert score == Score(None, STATES_NOTHING)
    b = make_answered(text, UNANSWERABLE)
    for score in (citing.recall(b), citing.precision(b), supported_rate(b)):
        assert score == NOT_ABOUT_THIS, "where nothing can be answered, nothing has to be stated"


def test_what_is_stated_of_a_question_without_an_answer_is_scored_like_any_other() -> None:
    citing, a = Citing(lambda: EMBEDDER), make_answered(f"{WRONG_SAID} [1].", UNANSWERABLE)
    assert (citing.recall(a), citing.precision(a)) == (Score(0.0), Score(0.0))


def test_citations_of_a_refusal_do_not_count_for_or_against_the_statements_beside_it() -> None:
    text = f"{SIZE_SAID} [1]. The sources do not say how it was trained [2]."
    a = make_answered(text)
    assert [check.text for check in stated(a.answer)] == [f"{SIZE_SAID}."]
    assert recall_and_precision(text) == (1.0, 1.0)


@pytest.mark.parametrize("status", [Status.FAILED, Status.INTERRUPTED, Status.STOPPED])
def test_a_failed_answer_counts_0_where_an_answer_should_have_been(status: Status) -> None:
    citing = Citing(lambda: EMBEDDER)
    text = "" if status is Status.FAILED else f"{SIZE_SAID} [1]."
    a = make_answered(text, status=status)
    assert citing.recall(a) == citing.precision(a) == supported_rate(a) == Score(0.0)
    b = make_answered(text, UNANSWERABLE, status=status)
    assert citing.recall(b) == citing.precision(b) == supported_rate(b) == Score(None, FAILED)


@pytest.mark.parametrize(
    ("text", "share"),
    [
        (f"{SIZE_SAID} [1].", 0.0),
        (f"{SIZE_SAID} [1][9].", 0.5),
        (f"{SIZE_SAID} [9]. {ACTIVE_SAID} [2]. {ACTIVE_SAID} [2].", 1 / 3),
    ],
)
def test_invalid_citations_are_a_share_of_all_citations(text: str, share: float) -> None:
    assert invalid_citations(make_answered(text)).value == pytest.approx(share)


def test_invalid_citations_of_a_part_of_an_answer_count_and_no_text_has_no_value() -> None:
    broken = make_answered(f"{SIZE_SAID} [9].", status=Status.INTERRUPTED)
    assert invalid_citations(broken) == Score(1.0)
    assert invalid_citations(make_answered("", status=Status.FAILED)) == Score(None, FAILED)


@pytest.mark.parametrize(
    ("text", "share"),
    [
        (f"{SIZE_SAID} [1]. {ACTIVE_SAID} [2].", 1.0),
        (f"{SIZE_SAID} [1]. {WRONG_SAID} [1].", 0.5),
        (f"{BOTH_SAID}. {WRONG_SAID}. {SIZE_SAID} [2].", 2 / 3),
        (f"{SIZE_SAID}, and it was trained in Paris [1].", 0.0),
    ],
)
def test_supported_sentences_are_borne_out_whole_wherever_that_stands(
    text: str, share: float
) -> None:
    assert supported_rate(make_answered(text)).value == pytest.approx(share)


def test_statements_are_worked_out_once_for_all_metrics_of_an_answer() -> None:
    asked: list[int] = []

    class Counting:
        def __call__(self) -> object:
            asked.append(1)
            return EMBEDDER

    citing = Citing(Counting())  # type: ignore[arg-type]
    a = make_answered(f"{SIZE_SAID} [1].")
    assert citing.statements(a) is citing.statements(a)
    citing.statements(make_answered(f"{SIZE_SAID} [1]."))
    assert len(asked) == 1, "the embedder is opened once, and not before it is needed"
