"""The report as one file of HTML: what it shows, and what nobody can make it do."""

import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from eval.cases import Case, Earlier
from eval.report.build import build_report
from eval.report.card import Limits, card
from eval.report.html import to_html
from eval.report.model import Failure, Figure, Report
from tests.support.eval_answers import READER, STAND_IN
from tests.support.eval_plain_metrics import METRICS
from tests.support.eval_runs import WrittenRun, make_cases, make_run
from tests.support.payloads import payloads

YES, NO = True, False
URL = "http://canary.example"
THIRD = STAND_IN.model_copy(update={"id": "third", "label": "Third"})
ALLOWED = {
    *("html", "head", "meta", "title", "style", "body", "header", "main", "footer", "nav"),
    *("section", "article", "div", "span", "p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol"),
    *("li", "dl", "dt", "dd", "table", "caption", "thead", "tbody", "tr", "th", "td", "details"),
    *("summary", "figure", "figcaption", "a", "em", "strong", "code", "pre", "mark", "blockquote"),
    *("svg", "desc", "g", "line", "rect", "circle", "path", "text", "br", "hr", "s"),
}


class Parts(HTMLParser):
    """Elements and attributes of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def named(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]


def report_of(reader: list[bool], stand_in: list[bool], **more: object) -> Report:
    cases = make_cases(len(reader))
    run = make_run(cases=cases, right={"reader": reader, "stand-in": stand_in}, **more)  # type: ignore[arg-type]
    return build_report(run, METRICS)


def part(html: str, name: str) -> str:
    return html.split(f'id="{name}"', 1)[1].split("<section", 1)[0]


def words_of(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", html))


def hostile_report(said: str) -> Report:
    """A report in which every text that is not ours is ``said``."""
    entries = tuple(
        entry.model_copy(update={"label": f"{said} {entry.id}", "model": said, "licence": said})
        for entry in (READER, STAND_IN)
    )
    cases = tuple(
        Case(
            id=f"q-{n}", slice="lookup", question=f"{said} {n}", facts=((said,),),
            history=(Earlier(question=said + "???", answer=said),), cluster=f"c-{n}",
            forbidden=((f"never {said}",),),
        )
        for n in range(3)
    )  # fmt: skip
    right = {"reader": [YES] * 3, "stand-in": [NO] * 3}
    run = make_run(cases=cases, entries=entries, right=right)
    report = build_report(_saying(run, said), METRICS[:2])
    failure = Failure("reader", said, "own", 0, "failed", said)
    plan = report.plan.model_copy(update={"machine": said, "cases_name": said})
    return replace(report, failures=(failure,), plan=plan, verdict=(said,), cautions=(said,))


def _saying(run: WrittenRun, said: str) -> WrittenRun:
    rows = tuple(
        replace(row, answer=replace(row.answer, text=said, citations=(), sentences=()))
        if row.key.backend == "stand-in"
        else row
        for row in run.answers
    )
    frozen = {}
    for key, made in run.evidence.items():
        evidence = made.evidence
        assert evidence is not None
        passages = tuple(
            replace(p, title=said, heading_path=(said, said), text=said + " " * 200, source=said,
                    end=p.start + len(said) + 200)
            for p in evidence.passages
        )  # fmt: skip
        frozen[key] = replace(made, evidence=replace(evidence, passages=passages))
    return replace(run, answers=rows, evidence=frozen)


@pytest.mark.parametrize("said", payloads(URL))
def test_no_text_of_others_becomes_a_part_of_the_page(said: str) -> None:
    page = Parts(to_html(hostile_report(said)))
    assert {tag for tag, _ in page.elements} <= ALLOWED
    for tag, attributes in page.elements:
        assert not {name for name in attributes if name.startswith("on") or name == "style"}
        assert "src" not in attributes
        if tag == "a":
            assert attributes["href"].startswith("#")


def test_unseen_signs_that_turn_text_around_are_taken_out() -> None:
    assert "\u202e" not in to_html(hostile_report("abc\u202edef\u2066"))


def test_the_policy_lets_nothing_in_but_its_own_style() -> None:
    html = to_html(report_of([YES] * 12, [NO] * 12))
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]+)"', html)
    assert re.fullmatch(
        r"default-src 'none'; style-src 'sha256-[\w+/=]+'; base-uri 'none'; form-action 'none'",
        policy,
    )
    assert "<script" not in html
    assert "url(" not in html


def test_the_verdict_comes_first_and_the_warnings_right_below() -> None:
    report = report_of([YES] * 12, [NO] * 12)
    html = to_html(report)
    verdict = part(html, "verdict")
    assert verdict.count('class="said"') == 2
    assert html.index('id="verdict"') < html.index('id="quality"')
    told = words_of(verdict).replace("\u00a0", " ")
    assert all(sentence in told for sentence in report.verdict)
    warnings = verdict.split('class="warnings"')[1]
    assert warnings.count("<li>") == len(report.cautions) == 2
    assert "12 questions are few" in words_of(warnings)


def test_the_cautions_end_the_verdict() -> None:
    report = report_of([YES] * 12, [NO] * 12)
    assert report.verdict[-len(report.cautions) :] == report.cautions


def test_figures_differences_and_their_p_stand_in_one_row() -> None:
    html = to_html(report_of([YES] * 40, [YES] * 20 + [NO] * 20))
    row = re.search(r"<tr><th[^>]*><span>Expected facts.*?</tr>", html)
    assert row is not None
    cells = [words_of(cell) for cell in re.findall(r"<td.*?</td>", row[0])]
    assert cells[0].startswith("100 %")
    assert cells[1].startswith("50 %")
    assert cells[2].startswith("50 points")
    assert cells[3] == "&lt; 0.001"
    assert cells[4] == "20 · 20 · 0"
    assert cells[-1] == "A"


def test_the_forest_shows_a_letter_only_where_a_difference_was_shown() -> None:
    shown = _plot(report_of([YES] * 40, [YES] * 20 + [NO] * 20), "forest-own-AB")
    assert "A" in [each.text for each in shown.iter() if each.get("class") == "badge-letter"]
    none = _plot(report_of([YES, NO] * 20, [NO, YES] * 20), "forest-own-AB")
    assert [each for each in none.iter() if each.get("class") == "badge-letter"] == []


def test_each_question_that_differs_is_a_bar_on_the_side_of_who_is_ahead() -> None:
    plot = _plot(report_of([YES] * 30 + [NO] * 10, [NO] * 25 + [YES] * 15), "deltas-own-AB")
    ahead, behind = (each.get("d", "") for each in plot.iter() if each.tag == "path")
    assert (ahead.count("M"), behind.count("M")) == (25, 10)
    assert "Built-in reader is ahead on 25 questions, Stand-in on 10; 5 went the same." in words_of(
        ET.tostring(plot, encoding="unicode")
    )


def test_every_answer_is_a_line_on_the_scale_of_times() -> None:
    report = report_of([YES] * 12, [NO] * 12)
    paths = [each for each in _plot(report, "times-total").iter() if each.tag == "path"]
    assert [each.get("d", "").count("M") for each in paths] == [12, 12]
    places = [float(at) for each in paths for at in re.findall(r"M([\d.]+)", each.get("d", ""))]
    assert all(0 <= at <= 100 for at in places)
    assert max(places[:12]) < min(places[12:])


def test_an_unknown_cost_is_shown_as_unknown_and_apart_from_the_scale() -> None:
    report = report_of([YES] * 12, [NO] * 12)
    totals = {**report.totals["stand-in"], "cost_at_least": Figure(1.0, None, None, 12)}
    for name in ("cost", "cost_per_1000", "cost_per_correct"):
        totals[name] = Figure(None, None, None, 0, {"not known": 12})
    report = replace(report, totals={**report.totals, "stand-in": totals})
    plot = _plot(report, "cost-quality")
    told = [each.text for each in plot.iter() if each.tag == "text"]
    assert "cost not known" in told
    cost = part(to_html(report), "cost")
    row = re.search(r"<th[^>]*>Cost of 1,000 questions.*?</tr>", cost)
    assert row is not None
    assert [words_of(cell) for cell in re.findall(r"<td.*?</td>", row[0])] == ["0 USD", "unknown"]


def test_both_answers_and_the_sources_stand_under_a_question_that_differs() -> None:
    html = to_html(report_of([YES] * 12, [NO] * 12))
    fold = html.split('id="turn-1"')[1].split('id="turn-2"')[0]
    assert fold.count("<article") == 2
    assert 'href="#p1-1"' in fold
    assert fold.count('id="p1-1"') == 1
    assert "It says alpha." in fold


def test_a_question_that_went_the_same_is_not_among_them_but_is_named_when_all_missed_it() -> None:
    html = to_html(report_of([NO] * 2 + [YES] * 10, [NO] * 2 + [YES] * 9 + [NO]))
    assert html.count('class="case"') == 1
    assert "2 questions that nobody answered right" in html


def test_failures_are_listed_with_what_happened() -> None:
    html = to_html(build_report(make_run(questions=20), METRICS))
    assert "The service takes no more requests this minute." in part(html, "failures")


def test_the_card_says_who_remains() -> None:
    report = report_of([YES] * 40, [NO] * 40)
    html = to_html(report, card(report, Limits(quality=0.8)))
    told = words_of(part(html, "card"))
    assert "Built-in reader: remains" in told
    assert "Stand-in: out" in told
    assert 'id="card"' not in to_html(report)


def test_method_names_prices_with_dates_seeds_versions_and_hashes() -> None:
    report = report_of([YES] * 12, [NO] * 12)
    told = words_of(part(to_html(report), "method"))
    evidence = report.modes[0].questions[0].evidence.evidence
    assert evidence is not None
    for wanted in ("2026-11-01", "seed 1", "python: 3.11.9", evidence.hash, "Near misses."):
        assert wanted in told


def test_three_backends_have_a_plot_for_every_pair() -> None:
    run = make_run(questions=20, entries=(READER, STAND_IN, THIRD))
    html = to_html(build_report(run, METRICS))
    for pair in ("AB", "AC", "BC"):
        assert f'id="forest-own-{pair}"' in html
        assert f'id="deltas-own-{pair}"' in html


def test_one_backend_alone_has_figures_and_no_differences() -> None:
    run = make_run(cases=make_cases(12), entries=(READER,), right={"reader": [YES] * 12})
    html = to_html(build_report(run, METRICS))
    assert "Expected facts" in part(html, "quality")
    assert "forest-" not in html
    assert "Where they differ" not in html


def test_every_mode_is_shown_and_no_id_is_given_twice() -> None:
    run = make_run(questions=16, modes=("own", "oracle"), repeats=2)
    html = to_html(build_report(run, METRICS))
    ids = [attributes["id"] for _, attributes in Parts(html).elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert {"mode-oracle", "questions-own", "questions-oracle"} <= set(ids)
    assert "1 more answer to the same question" in html


def test_a_run_without_an_answer_is_a_page_all_the_same() -> None:
    empty = replace(make_run(questions=10), answers=())
    assert "No answer of this run could be scored yet." in to_html(build_report(empty, METRICS))


def test_every_link_within_the_page_leads_somewhere() -> None:
    page = Parts(to_html(report_of([YES] * 12, [NO] * 12)))
    ids = {attributes["id"] for _, attributes in page.elements if "id" in attributes}
    inner = [each["href"][1:] for each in page.named("a") if each["href"].startswith("#")]
    assert inner
    assert set(inner) <= ids


def test_headings_skip_no_level_and_head_cells_have_a_scope() -> None:
    page = Parts(to_html(report_of([YES] * 12, [NO] * 12)))
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert all(b - a <= 1 for a, b in pairwise(levels))
    assert all(each.get("scope") in {"row", "col"} for each in page.named("th"))


def _plot(report: Report, name: str) -> ET.Element:
    """A plot with the drawings inside it."""
    html = to_html(report)
    start = html.rindex("<svg", 0, html.index(f'id="{name}-title"'))
    depth = 0
    for tag in re.finditer(r"<svg\b|</svg>", html[start:]):
        depth += 1 if tag[0] == "<svg" else -1
        if depth == 0:
            return ET.fromstring(html[start : start + tag.end()])
    raise AssertionError(f"{name} does not end")
