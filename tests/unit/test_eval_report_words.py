"""Figures as a person reads them."""

import pytest

from eval.report import words
from eval.report.model import Figure


@pytest.mark.parametrize(
    ("told", "text"),
    [
        (words.share(0.943), "94 %"),
        (words.share(0.0), "0 %"),
        (words.points(0.23), "23 points"),
        (words.points(0.01), "1 point"),
        (words.points(-0.01), "−1 point"),
        (words.points(-0.001), "0 points"),
        (words.seconds(0.0037), "less than 0.01 s"),
        (words.seconds(0.0096), "0.01 s"),
        (words.seconds(0.0664), "0.07 s"),
        (words.seconds(0), "0 s"),
        (words.difference(-0.1034, "s"), "−0.1 s"),
        (words.difference(0.003, "s"), "0 s"),
        (words.difference(0.003, "USD"), "0.003 USD"),
        (words.span(0.0056, 0.048, "s"), "0.01 to 0.05"),
        (words.shows_from(0.24, "share"), "24 points"),
        (words.shows_from(1.79, "share"), "–"),
        (words.shows_from(21.7, "s"), "21.7 s"),
        (words.seconds(1.349), "1.35 s"),
        (words.seconds(1234.5), "1,234 s"),
        (words.money(0), "nothing"),
        (words.money(0.00123), "0.0012 USD"),
        (words.money(2.874), "2.87 USD"),
        (words.money(12345.6), "12,345.60 USD"),
        (words.amount(None, "s"), "–"),
        (words.amount(33.333, "tokens/s"), "33.3 tokens/s"),
        (words.span(0.17, 0.29, "share"), "17 to 29"),
        (words.span(-0.03, 0.05, "share"), "−3 to 5"),
        (words.span(None, None, "s"), ""),
        (words.span(0.4, None, "s"), "0.4 or more"),
        (words.span(None, 0.4, "s"), "0.4 or less"),
        (words.figure(Figure(0.94, 0.91, 0.96, 180), "share"), "94 % (91 to 96)"),
        (words.figure(Figure(None, None, None, 0), "share"), "–"),
        (words.change(0.23, 0.17, 0.29, "share"), "23 points (17 to 29)"),
        (words.change(0.0, None, None, "share", digits=1), "0.0 points"),
        (words.count(1, "question"), "1 question"),
        (words.count(1200, "question"), "1,200 questions"),
        (words.listed(["a"]), "a"),
        (words.listed(["a", "b", "c"]), "a, b and c"),
        (words.listed([]), ""),
        (words.short("Stand-in (runs here)"), "Stand-in"),
        (words.short("(odd)"), "(odd)"),
    ],
)
def test_a_figure_reads_as_a_person_would_say_it(told: str, text: str) -> None:
    assert told == text
