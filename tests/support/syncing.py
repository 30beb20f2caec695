"""A sync over a loopback web site, in a few words."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from corpus.documents import Document
from corpus.fetch.addresses import document_id, parse_address
from corpus.fetch.ledger import Ledger
from corpus.fetch.network import CheckedNetwork
from corpus.fetch.outcomes import Outcome, plan_sync
from corpus.fetch.rules import Rules
from corpus.fetch.sources import WebSource
from corpus.fetch.sync import Sync
from corpus.shelf import Entry, home_shelf
from tests.support.web_site import Answer, Page, WebSite, article

BODY = article("A page", "Some words that are worth keeping on a shelf.")
GOOD = Page(BODY)


def source(url: str, title: str = "A page", dated: str | None = None) -> WebSource:
    address = parse_address(url)
    return WebSource(address, document_id(address), "A vendor", title, "Something.", None, dated)


@dataclass
class Syncing:
    """Runs of one home over one site; a run counts as an hour after the one before."""

    home: Path
    site: WebSite
    rules: Rules = field(default_factory=Rules)
    network: CheckedNetwork | None = None

    def run(self, *urls: str, everything: bool = True) -> list[Outcome]:
        """Sync these pages."""
        return self.run_sources([source(url) for url in urls], everything=everything)

    def run_sources(
        self, sources: Sequence[WebSource], *, everything: bool = True
    ) -> list[Outcome]:
        clock = self.site.clock
        plans = plan_sync(
            sources, home_shelf(self.home), self.ledger, self.rules,
            clock=clock, everything=everything,
        )  # fmt: skip
        sync = Sync(
            home_shelf(self.home), self.ledger, self.rules,
            clock=clock, network=self.network or self.site.network(self.rules),
        )  # fmt: skip
        return list(asyncio.run(sync.run(plans, lambda done, total: None)))

    def one(self, url: str) -> Outcome:
        """Sync one page."""
        (outcome,) = self.run(url)
        return outcome

    @property
    def ledger(self) -> Ledger:
        return Ledger(self.home / "sync")

    @property
    def entries(self) -> tuple[Entry, ...]:
        return home_shelf(self.home).entries()

    @property
    def documents(self) -> tuple[Document, ...]:
        return tuple(entry.document for entry in self.entries)


def require(syncing: Syncing, answer: Answer, status: str) -> str:
    """The page comes to this status, puts nothing on the shelf, and another page still works."""
    bad = syncing.site.put("/bad", answer, "a.test")
    good = syncing.site.put("/good", GOOD, "b.test")
    outcomes = syncing.run(bad, good)
    assert [o.status for o in outcomes] == [status, "fetched"]
    assert [d.id.rsplit("/", 1)[1] for d in syncing.documents] == ["good"]
    said = f"{outcomes[0].what} {outcomes[0].cure}"
    assert outcomes[0].cure
    assert "\n" not in said
    return said
