"""``counterpoint corpus sync``."""

import argparse
import asyncio
from collections.abc import Sequence
from dataclasses import asdict
from fnmatch import fnmatchcase
from typing import Any

from assistant.settings import Settings
from corpus.errors import InputError, SourceUnreachable
from corpus.fetch.ledger import Ledger
from corpus.fetch.outcomes import Outcome, Plan, count, plan_sync
from corpus.fetch.rules import Rules
from corpus.fetch.sources import WebSource, load_sources
from corpus.fetch.sync import Sync
from corpus.library import load_lesson
from corpus.shelf import home_shelf
from ui.cli.corpus import build_after, built_line
from ui.cli.output import ProgressLine, note, write, write_json, write_table

_SAID = {
    "fetched": "fetched",
    "unchanged": "unchanged",
    "gone": "gone from the web",
    "refused": "refused",
    "failed": "failed for now",
    "skipped": "not asked for",
}


def corpus_sync(arguments: argparse.Namespace, settings: Settings) -> int:
    """Fetch the pages that the lists name, then bring the index up to date.

    Raises:
        SourceUnreachable: pages were due and not one could be had.
    """
    sources = _chosen(load_sources(load_lesson(), settings.home), arguments.only)
    shelf, ledger = home_shelf(settings.home), Ledger(settings.home / "sync")
    rules = Rules(**settings.sync.model_dump())
    plans = plan_sync(sources, shelf, ledger, rules, everything=arguments.all)
    if arguments.dry_run:
        _write_plans(plans, as_json=arguments.json)
        return 0
    try:
        outcomes = _run(Sync(shelf, ledger, rules), plans)
        if not arguments.json:
            _write_outcomes(outcomes)
        built = build_after(settings, ProgressLine()) if shelf.entries() else None
    except KeyboardInterrupt:
        note("Stopped. What was fetched is kept; to go on: counterpoint corpus sync")
        raise
    if arguments.json:
        documents = [_as_json(outcome) for outcome in outcomes]
        index = asdict(built) if built else None
        write_json({**count(outcomes), "documents": documents, "index": index})
    elif built:
        write(built_line(built))
    _require_some(outcomes)
    return 0


def _chosen(sources: Sequence[WebSource], pattern: str | None) -> Sequence[WebSource]:
    """The pages whose address, vendor or title matches; all without a pattern."""
    if pattern is None:
        return sources
    wanted = pattern.lower() if set(pattern) & set("*?[") else f"*{pattern.lower()}*"
    chosen = [
        source
        for source in sources
        if any(fnmatchcase(text.lower(), wanted) for text in _texts(source))
    ]
    if not chosen:
        raise InputError(
            f"No page matches {pattern!r}.", "See them all: counterpoint corpus sync --dry-run."
        )
    return chosen


def _texts(source: WebSource) -> tuple[str, ...]:
    return (source.url, source.id, source.title, source.vendor or "")


def _run(sync: Sync, plans: Sequence[Plan]) -> tuple[Outcome, ...]:
    line = ProgressLine()
    try:
        return asyncio.run(sync.run(plans, lambda done, total: line.show("fetching", done, total)))
    finally:
        line.close()


def _write_plans(plans: Sequence[Plan], *, as_json: bool) -> None:
    if as_json:
        write_json(
            {
                "due": sum(plan.due for plan in plans),
                "documents": [
                    {
                        "url": plan.source.url,
                        "id": plan.source.id,
                        "vendor": plan.source.vendor,
                        "title": plan.source.title,
                        "documents": plan.source.documents,
                        "licence": plan.source.licence,
                        "due": plan.due,
                        "status": plan.last.status if plan.last else None,
                        "date": plan.last.checked_at.isoformat() if plan.last else None,
                    }
                    for plan in plans
                ],
            }
        )
        return
    write_table(
        ("DUE", "LAST", "VENDOR", "TITLE", "ADDRESS"),
        [
            (
                "yes" if plan.due else "no",
                plan.last.status if plan.last else "never",
                plan.source.vendor or "",
                plan.source.title,
                plan.source.url,
            )
            for plan in plans
        ],
    )
    due = sum(plan.due for plan in plans)
    note(f"{due:,} of {len(plans):,} pages would be asked for. Nothing was asked for now.")


def _write_outcomes(outcomes: Sequence[Outcome]) -> None:
    counts = count(outcomes)
    for outcome in outcomes:
        if outcome.status == "fetched":
            write(f"fetched   {outcome.source.url}")
    _write_troubles([o for o in outcomes if o.status in {"gone", "refused", "failed"}])
    write(", ".join(f"{number:,} {_SAID[name]}" for name, number in counts.items() if number) + ".")


def _write_troubles(outcomes: Sequence[Outcome]) -> None:
    """A line for each host and trouble, and below it what to do, when it differs from the last."""
    groups: dict[tuple[str, str, str, str], list[str]] = {}
    for outcome in outcomes:
        key = (outcome.cure or "", outcome.status, outcome.what or "", outcome.source.address.host)
        groups.setdefault(key, []).append(outcome.source.url)
    cures = [key[0] for key in groups]
    for number, ((cure, status, what, host), urls) in enumerate(groups.items(), start=1):
        where = urls[0] if len(urls) == 1 else f"{len(urls):,} pages of {host}"
        write(f"{status:8}  {where}: {what}")
        if cures[number : number + 1] != [cure]:
            write(f"{'':10}{cure}")


def _as_json(outcome: Outcome) -> dict[str, Any]:
    entry = outcome.entry
    return {
        "url": outcome.source.url,
        "id": outcome.source.id,
        "status": outcome.status,
        "bytes": outcome.bytes,
        "sha256": entry.sha256 if entry else None,
        "date": entry.read_at if entry else None,
        "what": outcome.what,
        "cure": outcome.cure,
    }


def _require_some(outcomes: Sequence[Outcome]) -> None:
    """Fail when pages were due and nothing came of any of them."""
    asked = [outcome for outcome in outcomes if outcome.status != "skipped"]
    if not asked or any(o.status in {"fetched", "unchanged", "gone"} for o in asked):
        return
    pages = "The page" if len(asked) == 1 else f"None of the {len(asked):,} pages"
    could = "could not be fetched" if len(asked) == 1 else "could be fetched"
    raise SourceUnreachable(
        f"{pages} {could}; what was there before is unchanged.",
        "Check the network, then try again: counterpoint corpus sync.",
    )
