"""How it was done: who was asked at what price, what each measure sees and does not, hashes."""

from collections.abc import Sequence
from typing import Final

from assistant.markup.answers import kind_badge
from assistant.markup.elements import EMPTY, SafeHtml, element, join, outward_link
from assistant.markup.prose import plain
from assistant.markup.tables import table
from eval.report import words
from eval.report.facts import method_facts, price_words
from eval.report.html.asked import Asked
from eval.report.judged import HEAD, about_judge, judge_rows
from eval.report.model import Report
from eval.runs.records import Contestant

_MOST_FAILURES: Final = 200


def failures(report: Report, asked: Sequence[Asked]) -> SafeHtml:
    """Every answer that did not come to its end."""
    if not report.failures:
        return element("p", "Every answer came to its end.")
    letters = {one.id: one.named for one in asked}
    rows = [
        (
            letters[f.backend],
            plain(f.case),
            plain(f.mode),
            f"{f.repeat + 1}",
            f.status,
            plain(f.what),
        )
        for f in report.failures[:_MOST_FAILURES]
    ]
    rest = len(report.failures) - len(rows)
    told = (
        f"{words.count(len(report.failures), 'answer')}; none is left out of a figure that it "
        "belongs to."
    )
    head = ["Backend", "Question", "Evidence", "Repeat", "How it ended", "What happened"]
    return join(
        [
            element("p", told),
            table("Answers that did not come to their end", head, rows, words_from=5),
            element("p", f"and {rest:,} more", class_="quiet") if rest > 0 else None,
        ]
    )


def judged(report: Report, asked: Sequence[Asked]) -> SafeHtml:
    """What models that proved themselves as judges said."""
    if not report.judged:
        return EMPTY
    labels = {one.id: one.label for one in asked}
    parts: list[SafeHtml] = [element("h2", "A model as judge")]
    for found in report.judged:
        parts += [
            element("p", plain(about_judge(found))),
            table(
                "What the judge said",
                [plain(one) for one in HEAD],
                [tuple(map(plain, row)) for row in judge_rows(found, labels)],
            ),
        ]
    return element("section", *parts, id="judge")


def who(report: Report, asked: Sequence[Asked]) -> SafeHtml:
    """Models, licences, where they were asked, prices with their dates, what becomes of data."""
    rows = [
        (
            one.named,
            kind_badge(one.kind),
            plain(contestant.entry.model),
            plain(contestant.entry.licence),
            plain(contestant.destination),
            plain(price_words(contestant)),
            _data(contestant),
        )
        for one, contestant in zip(asked, report.plan.contestants, strict=True)
    ]
    head = ["Backend", "Kind", "Model", "Licence", "Asked at", "Price", "Data"]
    return table("Who was asked", head, rows, words_from=5)


def _data(contestant: Contestant) -> SafeHtml:
    data = contestant.entry.data
    told = plain(data.words)
    if not data.source:
        return told
    source = outward_link("source", data.source)
    return join([told, " (", source, f", {data.date}" if data.date else None, ")"])


def facts(report: Report) -> SafeHtml:
    """Run, questions, seed, versions, index."""
    return element(
        "ul", *(element("li", plain(one)) for one in method_facts(report)), class_="facts"
    )


def measures(report: Report) -> SafeHtml:
    """What each measure sees, where it is from, and what it cannot tell."""
    rows = [
        (metric.label, metric.about, metric.cannot_tell, metric.source) for metric in report.metrics
    ]
    head = ["Measure", "What it says", "What it cannot tell", "Source"]
    return element(
        "details",
        element("summary", "What each measure says, and what it cannot tell"),
        table("What each measure says", head, rows, words_from=1),
    )


def hashes(report: Report) -> SafeHtml:
    """The hash of the evidence of every question."""
    rows = [
        (
            plain(question.case),
            plain(mode.mode),
            plain(question.evidence.evidence.hash)
            if question.evidence.evidence
            else plain(f"none: {question.evidence.why_not}"),
        )
        for mode in report.modes
        for question in mode.questions
    ]
    return element(
        "details",
        element("summary", "Hashes of the evidence (SHA-256)"),
        table("Hashes of the evidence", ["Question", "Evidence", "SHA-256"], rows),
        class_="hashes",
    )
