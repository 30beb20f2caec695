"""A sync that is killed, interrupted, doubled or without room leaves the home whole."""

import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from corpus.errors import ConfigError, DiskFull
from tests.support.sync_crashes import KILLS, PATHS
from tests.support.syncing import Syncing
from tests.support.web_site import Asked, Page, WebSite, article

GOOD = Page(article("A page", "Some words that are worth keeping on a shelf."), etag='"1"')


def test_a_sync_killed_at_any_instant_loses_nothing_and_goes_on(tmp_path: Path) -> None:
    with WebSite() as site:
        for path in PATHS:
            site.put(path, GOOD, "a.test")
        done = subprocess.run(
            [sys.executable, "-m", "tests.support.sync_crashes", str(site.port), str(tmp_path)],
            cwd=Path(__file__).parents[2],
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    rounds = json.loads(done.stdout)
    kept = [left[0] for left in (round_["left"] for round_ in rounds)]
    assert len(rounds) == KILLS
    for round_ in rounds:
        assert round_["died"] == f"signal {signal.SIGKILL.value}"
        assert round_["left"][1] == round_["then"][1] == 0
        assert round_["then"][0] == len(PATHS)
        # What had come is not fetched anew: at most it is asked whether it has changed.
        assert round_["again"].get("fetched", 0) == len(PATHS) - round_["left"][0]
        assert sum(round_["again"].values()) == len(PATHS)
    assert kept == sorted(kept)
    assert 0 in kept
    assert max(kept) > 0


def test_two_syncs_at_once_are_refused_clearly(home: Path) -> None:
    with WebSite() as site:
        syncing = Syncing(home, site, site.rules("a.test"))
        url = site.put("/a", GOOD, "a.test")
        with syncing.ledger.lock(), pytest.raises(ConfigError) as caught:
            syncing.run(url)
        assert "already" in caught.value.what
        assert site.log == []
        assert syncing.one(url).status == "fetched"


def test_a_full_disk_ends_the_sync_with_its_own_error_and_keeps_what_came(home: Path) -> None:
    with WebSite() as site:
        syncing = Syncing(home, site, site.rules("a.test"))
        small, large = site.put("/a", GOOD, "a.test"), "Many words. " * 20_000
        big = site.put("/b", Page(large.encode(), "text/plain"), "a.test")
        syncing.run(small)

        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, hard))
        try:
            with pytest.raises(DiskFull):
                syncing.run(big)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert [document.id.rsplit("/", 1)[1] for document in syncing.documents] == ["a"]
        assert syncing.one(big).status == "fetched"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_home_that_cannot_be_written_is_said(home: Path) -> None:
    home.mkdir()
    home.chmod(0o500)
    with WebSite() as site, pytest.raises(ConfigError):
        Syncing(home, site, site.rules()).run(site.put("/a", GOOD))


@pytest.mark.usefixtures("heeds_ctrl_c")
def test_an_interrupted_sync_keeps_what_came_and_leaves_no_lock(home: Path) -> None:
    with WebSite() as site:
        syncing = Syncing(home, site, site.rules("a.test"))

        def interrupt(asked: Asked) -> Iterable[bytes]:
            os.kill(os.getpid(), signal.SIGINT)
            site.closing.wait(30)
            yield b""

        urls = [site.put("/a", GOOD, "a.test"), site.put("/b", interrupt, "a.test")]
        with pytest.raises(KeyboardInterrupt):
            syncing.run(*urls)
        assert len(syncing.documents) == 1
        site.put("/b", GOOD, "a.test")
        assert [o.status for o in syncing.run(*urls, everything=False)] == ["skipped", "fetched"]
