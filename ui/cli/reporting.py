"""``counterpoint eval report``, ``compare``, ``gate`` and ``card``."""

import argparse
import json
import webbrowser
from pathlib import Path

from assistant.settings import Settings
from corpus.disk import replace_text, writing
from corpus.errors import ConfigError
from eval.judge.judging import shown_judgements
from eval.report.build import build_report
from eval.report.card import Card, Limits, card
from eval.report.compare import compare
from eval.report.compared_markdown import comparison_markdown, gate_markdown
from eval.report.gate import gate
from eval.report.model import Report
from eval.report.to_json import card_record, comparison_record, gate_record, to_record
from eval.report.to_markdown import card_markdown, to_markdown
from eval.runs.folder import open_run, open_two_runs
from ui.cli.output import note, write, write_json

HTML_FILE = "report.html"


def report(arguments: argparse.Namespace, settings: Settings) -> int:
    """Write a run's report."""
    form = arguments.format or ("json" if arguments.json else "html")
    if arguments.json and form != "json":
        arguments.refuse("--json is --format json")
    if arguments.open and form != "html":
        arguments.refuse("--open goes with HTML")
    folder = open_run(settings.home, arguments.run_name)
    found = build_report(folder, judged=shown_judgements(folder, settings.home))
    limits = _limits(arguments)
    within = card(found, limits) if limits != Limits(metric=limits.metric) else None
    out: Path | None = arguments.out
    if form == "html":
        _write_html(found, within, out or folder.path / HTML_FILE, opened=arguments.open)
        return 0
    text = to_markdown(found, within) if form == "md" else _json(found, within)
    if out is None:
        write(text, end="")
    else:
        _write_file(out, text)
    return 0


def compare_runs(arguments: argparse.Namespace, settings: Settings) -> int:
    """Say what changed between two runs."""
    before, after = open_two_runs(settings.home, arguments.before, arguments.after)
    found = compare(build_report(before), build_report(after), arguments.metric)
    if arguments.json:
        write_json(comparison_record(found))
    else:
        write(comparison_markdown(found), end="")
    return 0


def gate_run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Hold a run against its baseline; 1 when it has not held."""
    found = gate(
        build_report(open_run(settings.home, arguments.run_name)),
        build_report(open_run(settings.home, arguments.baseline)),
        margin=arguments.margin,
        metrics=arguments.metric or (),
        lenient=arguments.lenient,
    )
    if arguments.json:
        write_json(gate_record(found))
    else:
        write(gate_markdown(found), end="")
    if found.passed:
        return 0
    note(f"counterpoint: The run {found.run} is not shown to be as good as {found.baseline}.")
    got_worse = any(one.worse for one in found.checks if one.finding != "held")
    look = "Look at the questions that got worse; where" if got_worse else "Where"
    note(f"  {look} too few were asked, ask more.")
    return 1


def card_of_run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Say which backend remains within the limits."""
    found = card(build_report(open_run(settings.home, arguments.run_name)), _limits(arguments))
    if arguments.json:
        write_json(card_record(found))
    else:
        write(card_markdown(found), end="")
    return 0


def _limits(arguments: argparse.Namespace) -> Limits:
    return Limits(
        metric=arguments.by,
        quality=arguments.quality,
        cost_per_1000=arguments.cost,
        stays_here=arguments.stays_here,
        first_token_s=arguments.first_token,
    )


def _json(found: Report, within: Card | None) -> str:
    beside = {"card": card_record(within)} if within else {}
    return json.dumps(to_record(found) | beside, ensure_ascii=False) + "\n"


def _write_html(found: Report, within: Card | None, file: Path, *, opened: bool) -> None:
    from eval.report.html import to_html  # its library is not needed by the other forms

    _write_file(file, to_html(found, within))
    if opened and not webbrowser.open(file.resolve().as_uri()):
        raise ConfigError("No browser could be opened.", f"Open {file} yourself.")


def _write_file(file: Path, text: str) -> None:
    with writing(file.parent):
        replace_text(file, text)
    write(str(file))
