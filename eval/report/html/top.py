"""What is seen first: who was compared, the verdict, what has to be said with it, the card."""

import re
from collections.abc import Sequence
from typing import Final

from assistant.markup.answers import kind_badge
from assistant.markup.elements import EMPTY, SafeHtml, element, icon
from assistant.markup.prose import plain
from corpus.dates import spelled_date
from eval.report import words
from eval.report.card import Card, Choice
from eval.report.html.asked import Asked
from eval.report.model import Report

_VERDICT_SENTENCES: Final = 2
_UNIT: Final = re.compile(r"(\d) (%|s\b|USD\b|points?\b)")
_SIGNS: Final = {"inside": "check", "unsure": "half", "outside": "cross", "unknown": "question"}


def _told(sentence: str) -> SafeHtml:
    """A sentence in which no figure is parted from its unit."""
    return plain(_UNIT.sub("\\1\u00a0\\2", sentence))


def heading(report: Report, asked: Sequence[Asked], title: str) -> SafeHtml:
    """The title, when and over what, and whose letter is whose."""
    plan = report.plan
    facts = [
        words.count(len(plan.cases), "question"),
        *([f"each asked {words.count(plan.repeats, 'time')}"] if plan.repeats > 1 else []),
        spelled_date(plan.created_at[:10]),
        f"run {plan.id}",
    ]
    people = [
        element(
            "li",
            one.named,
            kind_badge(one.kind),
            element("span", "stand-in", class_="stand-in") if one.stand_in else None,
        )
        for one in asked
    ]
    return element(
        "header",
        element("h1", plain(title)),
        element("p", plain(" · ".join(facts)), class_="quiet"),
        element("ul", *people, class_="people"),
        class_="top",
    )


def verdict(report: Report) -> SafeHtml:
    """Two sentences, what else was shown, and the warnings."""
    told = report.verdict[: len(report.verdict) - len(report.cautions)]
    warnings = [element("li", icon("warning"), plain(one)) for one in report.cautions]
    return element(
        "section",
        element("h2", "In short", class_="small"),
        *(element("p", _told(one), class_="said") for one in told[:_VERDICT_SENTENCES]),
        *(element("p", _told(one)) for one in told[_VERDICT_SENTENCES:]),
        element("ul", *warnings, class_="warnings") if warnings else None,
        id="verdict",
    )


def decision(found: Card | None) -> SafeHtml:
    """The decision card."""
    if found is None:
        return EMPTY
    return element(
        "section",
        element("h2", "Within your limits"),
        *(element("p", _told(sentence), class_="told") for sentence in found.text),
        element("div", *(_choice(choice) for choice in found.choices), class_="choices"),
        id="card",
    )


def _choice(choice: Choice) -> SafeHtml:
    checks = (
        element(
            "li",
            element("span", icon(_SIGNS[check.sureness]), check.sureness, class_="sureness"),
            " ",
            _told(check.told),
            class_=f"is-{check.sureness}",
        )
        for check in choice.checks
    )
    gives_up = [element("li", _told(one)) for one in choice.gives_up]
    return element(
        "div",
        element("h3", plain(choice.label), ": ", element("em", choice.standing)),
        element("ul", *checks, class_="checked"),
        element("p", "It gives up:", class_="quiet") if gives_up else None,
        element("ul", *gives_up) if gives_up else None,
        class_=f"choice is-{choice.standing.replace(' ', '-')}",
    )
