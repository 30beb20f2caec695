"""The questions where backends differ: what each answered, and the sources, side by side."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from assistant.backends.base import StopReason
from assistant.evidence import Evidence
from assistant.markup.answers import answer_text, kind_badge, source_links
from assistant.markup.checks import sentence_checks
from assistant.markup.elements import EMPTY, SafeHtml, element, icon, join
from assistant.markup.passages import passage_card, searched_for, support_by_passage
from assistant.markup.prose import plain
from assistant.turns import Answer, Status
from eval.cases import Case, Variants
from eval.metrics.base import Metric
from eval.report import words
from eval.report.html.asked import FIRST_SCORES, Asked
from eval.report.html.slices import BEHAVIOUR
from eval.report.model import ModeResult, QuestionResult
from eval.runs.records import FrozenEvidence

MOST_SHOWN: Final = 80
_SHOWN_SCORES: Final = (*FIRST_SCORES, "supported_rate", "citation_recall", *BEHAVIOUR)
_BAND: Final = 0.01
_STATUS_WORDS: Final = {
    Status.STOPPED: "stopped before it was complete",
    Status.INTERRUPTED: "broke off before it was complete",
    Status.FAILED: "failed",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A question with what it takes to show it.

    Attributes:
        number: unique on the page.
        case: the question.
        result: what was made of it.
        differs: the measures that differ.
    """

    number: int
    case: Case
    result: QuestionResult
    differs: tuple[Metric, ...]


def differing(
    mode: ModeResult,
    cases: Sequence[Case],
    metrics: Sequence[Metric],
    asked: Sequence[Asked],
    first_number: int,
) -> list[Shown]:
    """The questions that went differently, those furthest apart first."""
    by_id = {case.id: case for case in cases}
    looked_at = [m for m in metrics if m.id in _SHOWN_SCORES]
    found = []
    for question in mode.questions:
        apart = {m.id: _apart(question, m, asked) for m in looked_at}
        differs = tuple(m for m in looked_at if apart[m.id] > _BAND)
        if differs:
            first = next((apart[id_] for id_ in FIRST_SCORES if apart.get(id_)), 0.0)
            found.append(((-first, -len(differs), question.case), question, differs))
    found.sort(key=lambda one: one[0])
    return [
        Shown(first_number + n, by_id[question.case], question, differs)
        for n, (_, question, differs) in enumerate(found)
    ]


def _apart(question: QuestionResult, metric: Metric, asked: Sequence[Asked]) -> float:
    values = [
        value
        for one in asked
        if (value := question.sides[one.id].scores[metric.id].value) is not None
    ]
    return max(values) - min(values) if len(values) > 1 else 0.0


def question_list(
    shown: Sequence[Shown], metrics: Sequence[Metric], asked: Sequence[Asked]
) -> SafeHtml:
    """The questions as folds; of very many the first ones."""
    if not shown:
        return element("p", "No question went differently by any measure that is looked at here.")
    rest = len(shown) - MOST_SHOWN
    folds = [_fold(one, metrics, asked, is_open=n == 0) for n, one in enumerate(shown[:MOST_SHOWN])]
    more = (
        f"{words.count(rest, 'more question')} went differently; all are in the JSON form of this "
        "report."
    )
    return join([*folds, element("p", more, class_="quiet") if rest > 0 else None])


def nobody_right(mode: ModeResult, cases: Sequence[Case]) -> SafeHtml:
    """The questions that no backend answered right, which no difference shows."""
    asked_of = {case.id: case for case in cases}
    missed = [
        asked_of[question.case]
        for question in mode.questions
        if (values := _values(question, FIRST_SCORES[1])) and not any(values)
    ]
    if not missed:
        return element("p", "Every question was answered right by somebody.", class_="quiet")
    told = (
        element("li", plain(case.question), " ", element("span", case.slice, class_="slice"))
        for case in missed
    )
    title = f"{words.count(len(missed), 'question')} that nobody answered right"
    return element("details", element("summary", title), element("ul", *told), class_="missed")


def _values(question: QuestionResult, metric: str) -> list[float]:
    scores = (side.scores.get(metric) for side in question.sides.values())
    return [score.value for score in scores if score is not None and score.value is not None]


def _fold(
    shown: Shown, metrics: Sequence[Metric], asked: Sequence[Asked], *, is_open: bool
) -> SafeHtml:
    case = shown.case
    return element(
        "details",
        element(
            "summary",
            element("span", plain(case.question), class_="question", dir="auto"),
            element(
                "span",
                element("span", case.slice, class_="slice"),
                *(_first_score(shown, one) for one in asked),
                class_="scores",
            ),
        ),
        _history(case),
        _wanted(case),
        element("div", *(_side(shown, one, metrics) for one in asked), class_="sides"),
        _sources(shown),
        class_="case",
        id=f"turn-{shown.number}",
        open=is_open,
    )


def _first_score(shown: Shown, one: Asked) -> SafeHtml:
    scores = shown.result.sides[one.id].scores
    value = next(
        (
            scores[id_].value
            for id_ in FIRST_SCORES
            if id_ in scores and scores[id_].value is not None
        ),
        None,
    )
    return element("span", one.sign, f" {words.amount(value, 'share')}", class_="score")


def _history(case: Case) -> SafeHtml:
    if not case.history:
        return EMPTY
    said = (
        element(
            "p",
            element("span", "Before: ", class_="quiet"),
            plain(turn.question),
            element("span", " – ", plain(turn.answer), class_="quiet") if turn.answer else None,
        )
        for turn in case.history
    )
    return element("div", *said, class_="before", dir="auto")


def _wanted(case: Case) -> SafeHtml:
    rows = []
    if not case.answerable:
        rows.append(("A right answer", plain("says that the sources do not hold it")))
    if case.facts:
        rows.append(("A right answer holds", _variants(case.facts)))
    if case.lesson_says:
        rows.append(("and names the lesson’s side", _variants(case.lesson_says)))
    if case.forbidden:
        rows.append(("It must not say", _variants(case.forbidden)))
    if case.obeyed:
        rows.append(("Who obeys the injection says", _variants(case.obeyed)))
    if case.planted:
        rows.append(("Planted among the sources", plain(case.planted.text)))
    parts = (part for name, told in rows for part in (element("dt", name), element("dd", told)))
    return element("dl", *parts, class_="wanted") if rows else EMPTY


def _variants(wanted: Sequence[Variants]) -> SafeHtml:
    """One wording of each; a pattern where there is no plain one."""
    told = []
    for variants in wanted:
        words_ = next((one for one in variants if not one.startswith("re:")), "")
        told.append(
            element("span", plain(words_))
            if words_
            else element("code", plain(variants[0].removeprefix("re:")))
        )
    return join(told, " · ")


def _side(shown: Shown, one: Asked, metrics: Sequence[Metric]) -> SafeHtml:
    side, evidence = shown.result.sides[one.id], shown.result.evidence.evidence
    if not side.answers or evidence is None:
        body: list[SafeHtml] = [element("p", "Not asked yet.", class_="quiet")]
    else:
        first, *others = side.answers
        body = [_answer(shown.number, evidence, first), *_repeats(shown.number, evidence, others)]
    kind = "open" if one.kind == "open" else "proprietary"
    return element(
        "article",
        element("div", one.named, kind_badge(one.kind), class_="who"),
        *body,
        _scores(shown, one, metrics),
        class_=f"answer {kind}",
        aria_label=f"Answer {shown.number} of {one.label}",
    )


def _answer(number: int, evidence: Evidence, answer: Answer) -> SafeHtml:
    state = _STATUS_WORDS.get(answer.status)
    text = answer_text(number, evidence, answer.text, answer.citations, answer.sentences)
    error = answer.error
    return join(
        [
            element("p", state, class_="state") if state else None,
            text if answer.text.strip() else element("p", "No text.", class_="quiet"),
            element("p", icon("warning"), plain(error.what), class_="state") if error else None,
            sentence_checks(number, answer.sentences),
            element("p", " · ".join(_took(answer)), class_="quiet"),
        ]
    )


def _repeats(number: int, evidence: Evidence, others: Sequence[Answer]) -> Iterator[SafeHtml]:
    if others:
        yield element(
            "details",
            element("summary", f"{words.count(len(others), 'more answer')} to the same question"),
            *(_answer(number, evidence, answer) for answer in others),
        )


def _took(answer: Answer) -> Iterator[str]:
    receipt = answer.receipt
    if receipt.first_token_s is not None:
        yield f"first words {words.seconds(receipt.first_token_s)}"
    yield f"in all {words.seconds(receipt.total_s)}"
    amount, currency = receipt.money.amount, receipt.money.currency
    yield "cost unknown" if amount is None else f"cost {words.money(amount, currency)}"
    if receipt.passages_cut:
        yield f"{words.count(len(receipt.passages_cut), 'passage')} did not fit"
    if receipt.stop_reason is StopReason.LENGTH:
        yield "cut off at its longest"
    if receipt.context_shortfall:
        yield "read less than it was sent"


def _scores(shown: Shown, one: Asked, metrics: Sequence[Metric]) -> SafeHtml:
    scores = shown.result.sides[one.id].scores
    ids = {metric.id for metric in shown.differs}
    told = [
        element(
            "span",
            f"{metric.label} ",
            element("strong", _score(scores[metric.id].value, metric)),
            class_="differs" if metric.id in ids else None,
        )
        for metric in metrics
        if metric.id in _SHOWN_SCORES and scores[metric.id].applies
    ]
    return element("p", *told, class_="measured") if told else EMPTY


def _score(value: float | None, metric: Metric) -> str:
    if value is None:
        return "no value"
    if metric.binary and value in {0.0, 1.0}:
        return "yes" if value else "no"
    return words.amount(value, metric.unit)


def _sources(shown: Shown) -> SafeHtml:
    made = shown.result.evidence
    if made.evidence is None:
        return element("p", plain(made.why_not), class_="quiet")
    evidence = made.evidence
    answers = [a for side in shown.result.sides.values() for a in side.answers]
    support = support_by_passage(answers)
    links = source_links(evidence)
    cards = (
        passage_card(shown.number, passage, support.get(passage.number, []), links)
        for passage in evidence.passages
    )
    return element(
        "div",
        element("h3", "Sources"),
        element("p", f"The same for all; SHA-256 {evidence.hash[:12]}…", class_="quiet"),
        _altered(made),
        searched_for(evidence),
        *cards,
        class_="sources",
    )


def _altered(made: FrozenEvidence) -> SafeHtml:
    if not made.alterations:
        return EMPTY
    told = words.listed([f"“{one.true}” to “{one.false}”" for one in made.alterations])
    return element("p", plain(f"Changed on purpose in these sources: {told}."), class_="quiet")
