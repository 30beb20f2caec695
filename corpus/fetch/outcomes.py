"""What a sync would do with each page, and what became of it."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from corpus.fetch.ledger import Ledger, PageRecord, Status
from corpus.fetch.rules import Clock, Rules, SystemClock
from corpus.fetch.sources import WebSource
from corpus.shelf import Entry, Shelf

STATUSES: Final[tuple[Status, ...]] = (
    "fetched", "unchanged", "gone", "refused", "failed", "skipped",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one page.

    Attributes:
        source: the page.
        status: ``fetched`` new or changed, ``unchanged``, ``gone`` from the web (what the shelf
            has of it stays), ``refused`` by the site or by a rule, ``failed`` for now, or
            ``skipped`` because it was asked for a short while ago or is beyond the limit.
        what: what happened, or None when there is nothing to say.
        cure: what to do about it, or None.
        entry: what the shelf has of it now, or None.
        bytes: the size of what the shelf has, as it came, unpacked; None when not known.
    """

    source: WebSource
    status: Status
    what: str | None = None
    cure: str | None = None
    entry: Entry | None = None
    bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """Whether a page would be asked for.

    Attributes:
        source: the page.
        due: whether it would.
        last: what became of it the last time, or None.
    """

    source: WebSource
    due: bool
    last: PageRecord | None


def count(outcomes: Iterable[Outcome]) -> dict[Status, int]:
    """How many pages came to each status, zeros included."""
    found = Counter(outcome.status for outcome in outcomes)
    return {status: found[status] for status in STATUSES}


def plan_sync(
    sources: Sequence[WebSource],
    shelf: Shelf,
    ledger: Ledger,
    rules: Rules,
    *,
    clock: Clock | None = None,
    everything: bool = False,
) -> tuple[Plan, ...]:
    """Tell what a sync would ask for, without asking anybody.

    A page is due when it is new, was not had the last time, or was asked for longer than
    ``min_age_s`` ago; with ``everything`` always.
    """
    now = (clock or SystemClock()).now()
    kept = {entry.document.id for entry in shelf.entries()}
    plans = []
    for source in sources:
        last = ledger.page(source.url)
        fresh = (
            last is not None
            and timedelta() <= now - last.checked_at < timedelta(seconds=rules.min_age_s)
            and last.status != "failed"
            and (source.id in kept or last.status in {"refused", "gone"})
        )
        plans.append(Plan(source, everything or not fresh, last))
    return tuple(plans)


def skipped(plan: Plan, beyond: set[str]) -> Outcome:
    """The outcome of a page that is not asked for; ``beyond`` holds the ids over the limit."""
    if plan.source.id in beyond:
        return Outcome(
            plan.source,
            "skipped",
            "There are more pages than are fetched at once.",
            "Raise sync.max_pages in settings.toml, or take fewer with --only.",
        )
    return Outcome(plan.source, "skipped", "It was asked for a short while ago.", "See --all.")
