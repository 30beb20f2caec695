"""The whole report, in the order in which it is read."""

from collections.abc import Iterator, Sequence
from functools import cache
from importlib import resources
from typing import Final

from assistant.markup.elements import EMPTY, SafeHtml, element, join
from assistant.markup.file_page import file_page
from assistant.markup.prose import visible
from eval.metrics.base import Metric
from eval.report import words
from eval.report.card import Card
from eval.report.html import cost, figures, method, plots, questions, slices, top
from eval.report.html.asked import Asked, all_asked, pairs
from eval.report.html.questions import Shown
from eval.report.markdown import MODES
from eval.report.model import ModeResult, Report

_STYLE: Final = "page.css"
_DIFFER: Final = "Where they differ"
_WRONG: Final = "Where it was wrong"


def to_html(report: Report, card: Card | None = None) -> str:
    """The report as a whole page; everything that was said by others is text or made safe.

    Args:
        report: a run's report.
        card: the decision card, when limits were set.
    """
    asked = all_asked(report)
    title = visible(
        f"{words.listed([one.label for one in asked])}: "
        f"{words.count(len(report.plan.cases), 'question')}"
    )
    first, *others = report.modes
    shown = _shown(report, asked)
    return file_page(
        title,
        top.heading(report, asked, title),
        element(
            "main",
            top.verdict(report),
            top.decision(card),
            _contents(report),
            _quality(report, first, asked),
            _cost(report, asked),
            _kinds(report, first, asked),
            *(_other_mode(report, mode, asked) for mode in others),
            method.judged(report, asked),
            *(_questions(report, mode, shown[mode.mode], asked) for mode in report.modes),
            _section("failures", "Failures", method.failures(report, asked)),
            _method(report, asked),
        ),
        element(
            "footer",
            element(
                "p",
                "Made by Counterpoint. This file has no script and loads nothing from anywhere.",
            ),
            class_="quiet",
        ),
        style=_style(),
    )


@cache
def _style() -> str:
    return resources.files(__package__).joinpath(_STYLE).read_text("utf-8")


def _shown(report: Report, asked: Sequence[Asked]) -> dict[str, list[Shown]]:
    found: dict[str, list[Shown]] = {}
    number = 1
    for mode in report.modes:
        of = questions.differing(mode, report.plan.cases, report.metrics, asked, number)
        found[mode.mode] = of
        number += len(of)
    return found


def _section(name: str, title: str, *parts: SafeHtml) -> SafeHtml:
    return element("section", element("h2", title), *parts, id=name)


def _contents(report: Report) -> SafeHtml:
    differ = _DIFFER if len(report.plan.contestants) > 1 else _WRONG
    places = [
        ("quality", "How good"),
        ("cost", "Cost and time"),
        ("kinds", "Sorts of question"),
        *((f"mode-{mode.mode}", MODES[mode.mode]) for mode in report.modes[1:]),
        (f"questions-{report.modes[0].mode}", differ),
        ("failures", "Failures"),
        ("method", "Method"),
    ]
    links = (element("a", words_, href=f"#{name}") for name, words_ in places)
    return element("nav", *links, aria_label="Contents", class_="contents")


def _quality(report: Report, mode: ModeResult, asked: Sequence[Asked]) -> SafeHtml:
    return _section(
        "quality",
        "How good the answers are",
        _of_mode(mode),
        figures.figure_table("Quality", mode, _qualities(report), asked),
        figures.legend(len(asked) == 2),
        _differences(report, mode, asked, with_deltas=True),
    )


def _qualities(report: Report) -> list[Metric]:
    return [metric for metric in report.metrics if metric.unit == "share"]


def _of_mode(mode: ModeResult) -> SafeHtml:
    return element("p", f"{MODES[mode.mode]}: the same passages for every backend.", class_="quiet")


def _differences(
    report: Report, mode: ModeResult, asked: Sequence[Asked], *, with_deltas: bool
) -> SafeHtml:
    both = pairs(asked)
    if not both:
        return EMPTY
    drawn = list(_drawn(report, mode, both, with_deltas=with_deltas))
    if not drawn:
        return EMPTY
    return join(
        [
            element("h3", "Differences"),
            element(
                "p",
                "A letter stands where that backend is shown to be better; a ring where "
                "no difference is shown. Lines are 95 % ranges, in points.",
                class_="quiet",
            ),
            element("div", *drawn, class_="plots"),
            figures.difference_tables(mode, report.metrics, asked),
        ]
    )


def _drawn(
    report: Report, mode: ModeResult, both: Sequence[tuple[Asked, Asked]], *, with_deltas: bool
) -> Iterator[SafeHtml]:
    for first, second in both:
        heading = element("span", first.named, " against ", second.named)
        forest = plots.forest(mode, report.metrics, first, second)
        if forest:
            yield element("figure", element("figcaption", heading), forest)
        bars = plots.deltas(mode, first, second, report.metrics) if with_deltas else EMPTY
        if bars:
            caption = element("figcaption", heading, ", question by question")
            yield element("figure", caption, bars)


def _cost(report: Report, asked: Sequence[Asked]) -> SafeHtml:
    return _section(
        "cost",
        "What they cost, and how soon they answer",
        cost.totals(report, asked),
        element("h3", "Quality against cost"),
        cost.quality_and_cost(report, asked),
        element("h3", "Time"),
        element(
            "p",
            "Every line is an answer; the letter stands at the median. Mind the scale: it grows by "
            "multiples, so that quick and slow ones fit on one line.",
            class_="quiet",
        ),
        cost.times(report, asked),
        element("h3", "Of each answer"),
        figures.figure_table(
            "Time, money and tokens of an answer",
            report.modes[0],
            [metric for metric in report.metrics if metric.unit != "share"],
            asked,
        ),
    )


def _kinds(report: Report, mode: ModeResult, asked: Sequence[Asked]) -> SafeHtml:
    return _section(
        "kinds",
        "By sort of question",
        slices.slice_table(mode, report.metrics, asked),
        element("h3", "Refusals, conflicts, injections"),
        slices.behaviour_table(mode, report.metrics, asked),
        slices.outcomes(mode, report, asked),
    )


def _other_mode(report: Report, mode: ModeResult, asked: Sequence[Asked]) -> SafeHtml:
    return _section(
        f"mode-{mode.mode}",
        MODES[mode.mode],
        figures.figure_table(MODES[mode.mode], mode, report.metrics, asked),
        _differences(report, mode, asked, with_deltas=False),
        element("h3", "By sort of question"),
        slices.slice_table(mode, report.metrics, asked),
    )


def _questions(
    report: Report, mode: ModeResult, shown: Sequence[Shown], asked: Sequence[Asked]
) -> SafeHtml:
    missed = questions.nobody_right(mode, report.plan.cases)
    if len(asked) < 2:
        return _section(f"questions-{mode.mode}", _WRONG, missed)
    title = _DIFFER
    if len(report.modes) > 1:
        title = f"{title}: {MODES[mode.mode].lower()}"
    told = (
        f"{words.count(len(shown), 'question')} of {len(mode.questions):,} went differently; those "
        "furthest apart come first."
    )
    return _section(
        f"questions-{mode.mode}",
        title,
        element("p", told, class_="quiet"),
        questions.question_list(shown, report.metrics, asked),
        missed,
    )


def _method(report: Report, asked: Sequence[Asked]) -> SafeHtml:
    return _section(
        "method",
        "Method",
        element("h3", "Who was asked"),
        method.who(report, asked),
        element("h3", "How"),
        method.facts(report),
        method.measures(report),
        method.hashes(report),
    )
