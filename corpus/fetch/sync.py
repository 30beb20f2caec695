"""``corpus sync``: bring the shelf up to date with the web, page by page."""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace

from corpus.errors import (
    CorpusError,
    SourceMissing,
    SourceRefused,
    SourceUnreachable,
    SourceUnreadable,
)
from corpus.fetch.hosts import Hosts
from corpus.fetch.ledger import Ledger, PageRecord, Status
from corpus.fetch.network import CheckedNetwork
from corpus.fetch.outcomes import Outcome, Plan, skipped
from corpus.fetch.pages import Fetched, Pages, day_of
from corpus.fetch.replies import Requests
from corpus.fetch.rules import Clock, Rules, SystemClock
from corpus.fetch.sources import WebSource
from corpus.readers import READER_VERSION
from corpus.shelf import Entry, Shelf
from corpus.text import printable

Progress = Callable[[int, int], None]
"""Hears how many pages are done, and of how many."""


class Sync:
    """Fetches what is due and puts it on the shelf.

    Each page is put there, and then noted in the ledger, as it comes: a run that is killed at any
    instant loses at most the pages that were on their way.

    Args:
        shelf: where documents are kept.
        ledger: what is remembered between runs.
        rules: limits and manners.
        clock: what is waited by; None takes the machine's.
        network: makes the connections; None takes the real one.
    """

    def __init__(
        self,
        shelf: Shelf,
        ledger: Ledger,
        rules: Rules,
        *,
        clock: Clock | None = None,
        network: CheckedNetwork | None = None,
    ) -> None:
        self._shelf = shelf
        self._ledger = ledger
        self._rules = rules
        self._clock = clock or SystemClock()
        self._network = network or CheckedNetwork(rules.private_hosts)
        self._entries: dict[str, Entry] = {}

    async def run(self, plans: Sequence[Plan], progress: Progress) -> tuple[Outcome, ...]:
        """Fetch what is due.

        Returns:
            What became of each page, in the order of the plans.

        Raises:
            DiskFull: there is no room.
            ConfigError: the home folder cannot be written, or another process is syncing.
        """
        with self._ledger.lock():
            self._entries = {entry.document.id: entry for entry in self._shelf.entries()}
            requests = Requests(self._rules, self._network)
            async with contextlib.aclosing(requests):
                pages = Pages(Hosts(requests, self._rules, self._clock, self._ledger))
                return await self._run(plans, pages, progress)

    async def _run(
        self, plans: Sequence[Plan], pages: Pages, progress: Progress
    ) -> tuple[Outcome, ...]:
        due = [plan.source for plan in plans if plan.due]
        beyond = {source.id for source in due[self._rules.max_pages :]}
        by_host: dict[str, list[WebSource]] = defaultdict(list)
        for source in due[: self._rules.max_pages]:
            by_host[source.address.host].append(source)
        outcomes = {plan.source.id: skipped(plan, beyond) for plan in plans}
        total, done = sum(map(len, by_host.values())), 0
        progress(done, total)
        room = asyncio.Semaphore(self._rules.parallel_hosts)

        async def work(sources: Sequence[WebSource]) -> None:
            nonlocal done
            async with room:
                for source in sources:
                    outcomes[source.id] = await self._one(source, pages)
                    done += 1
                    progress(done, total)

        try:
            async with asyncio.TaskGroup() as group:
                for sources in by_host.values():
                    group.create_task(work(sources))
        except ExceptionGroup as exc:
            raise exc.exceptions[0] from None
        return tuple(self._complete(outcomes[plan.source.id]) for plan in plans)

    def _complete(self, outcome: Outcome) -> Outcome:
        record = self._ledger.page(outcome.source.url)
        entry = self._entries.get(outcome.source.id)
        return replace(outcome, entry=entry, bytes=record.bytes if record and entry else None)

    async def _one(self, source: WebSource, pages: Pages) -> Outcome:
        entry = self._entries.get(source.id)
        if entry and entry.document.kind != "web":
            return Outcome(
                source,
                "refused",
                f"A document that you added has the name {source.id!r} already.",
                f"Take it away first: counterpoint corpus remove {source.id}.",
            )
        # A site that says "not modified" would keep what an older reader, or an older list, made
        # of the page.
        is_known = entry and entry.reader_version == READER_VERSION and _as_listed(entry, source)
        known = self._ledger.page(source.url) if is_known else None
        try:
            fetched = await pages.fetch(source, known)
        except CorpusError as exc:
            return self._note_failure(source, entry, known, exc)
        return self._note_success(source, entry, known, fetched)

    def _note_success(
        self, source: WebSource, entry: Entry | None, known: PageRecord | None, fetched: Fetched
    ) -> Outcome:
        now = self._clock.now()
        at = now.isoformat(timespec="seconds")
        fresh = _entry(source, fetched, at, day_of(fetched, now))
        outcome = Outcome(source, "unchanged")
        if entry and (fresh is None or _same_text(entry, fresh, source)):
            if entry.status == "gone":
                outcome = Outcome(source, "unchanged", "It is back.")
            sha256 = fresh.sha256 if fresh else entry.sha256
            update = {
                "status": "current",
                "checked_at": at,
                "sha256": sha256,
                "reader_version": READER_VERSION,
            }
            self._put(entry.model_copy(update=update))
        elif fresh:
            self._put(fresh)
            outcome = Outcome(source, "fetched", "It has changed." if entry else "It is new.")
        base = PageRecord(url=source.url, status=outcome.status, checked_at=now)
        if known and fresh is None:  # a 304 may leave validators out that still hold
            base = known
        self._ledger.put_page(
            base.model_copy(
                update={
                    "status": outcome.status,
                    "checked_at": now,
                    "final_url": fetched.reply.address.url,
                    "etag": fetched.etag or base.etag,
                    "last_modified": fetched.last_modified or base.last_modified,
                    "bytes": len(fetched.reply.body) or base.bytes,
                    "what": None,
                    "cure": None,
                }
            )
        )
        return outcome

    def _note_failure(
        self, source: WebSource, entry: Entry | None, known: PageRecord | None, exc: CorpusError
    ) -> Outcome:
        now = self._clock.now()
        status = _status_of(exc)
        what = f"{exc.what} What was read before is kept." if entry else exc.what
        if status == "gone" and entry:
            at = now.isoformat(timespec="seconds")
            self._put(entry.model_copy(update={"status": "gone", "checked_at": at}))
        base = known or PageRecord(url=source.url, status=status, checked_at=now)
        update = {"status": status, "checked_at": now, "what": what, "cure": exc.cure}
        self._ledger.put_page(base.model_copy(update=update))
        return Outcome(source, status, what, exc.cure)

    def _put(self, entry: Entry) -> None:
        self._shelf.put([entry])
        self._entries[entry.document.id] = entry


def _entry(source: WebSource, fetched: Fetched, at: str, day: str) -> Entry | None:
    """The entry for a page that came, or None for one that has not changed."""
    if fetched.loaded is None:
        return None
    document = fetched.loaded.document
    dated = source.dated or document.dated or day
    return Entry(
        document=replace(document, dated=dated),
        origin=source.url,
        sha256=fetched.loaded.sha256,
        read_at=at,
        dropped=fetched.loaded.dropped,
        reader_version=READER_VERSION,
        checked_at=at,
    )


def _same_text(old: Entry, new: Entry, source: WebSource) -> bool:
    """Whether nothing that is indexed or shown has changed, whatever the bytes did."""
    dated = source.dated or old.document.dated
    return replace(new.document, dated=dated) == old.document and old.origin == new.origin


def _as_listed(entry: Entry, source: WebSource) -> bool:
    """Whether a document says of itself what the list says of it now."""
    document = entry.document
    is_dated = source.dated is None or source.dated == document.dated
    title, vendor = printable(source.title), source.vendor
    return is_dated and (document.title, document.vendor) == (title, vendor)


def _status_of(exc: CorpusError) -> Status:
    if isinstance(exc, SourceMissing):
        return "gone"
    if isinstance(exc, SourceRefused | SourceUnreadable):
        return "refused"
    if isinstance(exc, SourceUnreachable):
        return "failed"
    raise exc
