"""Nothing that reaches the browser before the vote tells which side is which."""

import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.scripted_assistant import ScriptedAssistant
from tests.support.scripted_objects import Script
from tests.support.taste import OPEN, PAID
from ui.web.app import launch_page

QUESTION = "Which passages speak of prices?"
OF_OPEN = "I'm Llama 3.2 3B, made by Meta. Prices stand in a table [3]. It is short."
OF_PAID = (
    "As an AI developed by Anthropic, I see prices in the table 【3†source】, and no other [9]."
)
SHOWN = ("Prices stand in a table", "I see prices in the table")


@dataclass
class Visit:
    """A browser's session over plain HTTP, every byte that it was sent at hand.

    Attributes:
        client: with the visitor's cookie.
        seen: what the event stream brought, oldest first.
        coming: what the last one has brought so far.
    """

    client: httpx.Client
    config: dict[str, Any]
    session: str = "s" * 11
    seen: list[bytes] = field(default_factory=list)
    coming: bytearray = field(default_factory=bytearray)

    def do(
        self,
        element: str,
        data: list[Any],
        event: dict[str, Any] | None = None,
        how: str = "click",
    ) -> bytes:
        """Use a component; what was sent until the event was over."""
        function = self._function(element, how)
        joined = self.client.post(
            "/gradio_api/queue/join",
            json={
                "data": data,
                "fn_index": function,
                "session_hash": self.session,
                "event_data": event,
                "trigger_id": None,
            },
        )
        assert joined.status_code == 200, joined.text
        sent = self.coming = bytearray()
        params = {"session_hash": self.session}
        with self.client.stream("GET", "/gradio_api/queue/data", params=params) as stream:
            for chunk in stream.iter_raw():
                sent += chunk
        self.seen.append(bytes(sent))
        assert b'"process_completed"' in sent
        return bytes(sent)

    def act(self, action: str, value: str | None, mark: str) -> bytes:
        """Use a button of the round."""
        return self.do("taste-stage", [None], {"action": action, "value": value, "round": mark})

    def start(self, questions: str = QUESTION) -> bytes:
        """Begin a test with questions of one's own."""
        return self.do("taste-start", [None, OPEN, PAID, 3, "own", questions])

    def open_tab(self) -> bytes:
        """Come to the tab."""
        return self.do("tab-taste", [None, None], how="select")

    def resume(self) -> bytes:
        """Go on with a test that is not over."""
        return self.do("taste-unfinished", [None], {"action": "resume"})

    def another_page(self, session: str = "t" * 11) -> "Visit":
        """The same browser's second page, or one of them by its session."""
        return Visit(self.client, self.config, session=session)

    def _function(self, element: str, how: str) -> int:
        ids = {
            each["props"].get("elem_id"): each["id"]
            for each in self.config["components"]
            if each.get("props")
        }
        for dependency in self.config["dependencies"]:
            if [ids[element], how] in dependency["targets"]:
                return int(dependency["id"])
        raise AssertionError(f"nothing happens at {element}")


@pytest.fixture
def assistant(tmp_path: Path) -> ScriptedAssistant:
    assistant = ScriptedAssistant(tmp_path, disputes=())
    assistant.scripts = {OPEN: Script(text=OF_OPEN), PAID: Script(text=OF_PAID)}
    return assistant


@pytest.fixture
def visit(assistant: ScriptedAssistant) -> Iterator[Visit]:
    url, close = launch_page(assistant)
    with httpx.Client(base_url=url, timeout=20) as client:
        client.get("/")
        yield Visit(client, client.get("/config").json())
    close()


def secrets_of(assistant: ScriptedAssistant) -> list[str]:
    """Whatever names a side, and what only a receipt, a check or an error would say."""
    sides = [assistant.entry(OPEN), assistant.entry(PAID)]
    names = [name for e in sides for name in (e.id, e.label, e.model, e.provider, e.licence)]
    told = ["vendor.example", "this process", "stayed on", "tok/s", "receipt", "0.31 s", "USD"]
    kinds = ["kind-open", "kind-proprietary", "supported", "api.", "llama", "claude", "anthropic"]
    return [each.lower() for each in (*names, *told, *kinds)]


def test_no_byte_before_the_vote_names_a_side(visit: Visit, assistant: ScriptedAssistant) -> None:
    sent = visit.start()
    assert all(words.encode() in sent for words in SHOWN)
    voted = visit.act("vote", "a", "1-ready")
    assert b"Before you see the names" in voted
    for payload in visit.seen:
        # Passages and their titles are the same for both sides and may speak of any system.
        shown = re.sub(r'<section class=\\"taste-sources.*?</section>', "", payload.decode())
        found = [name for name in secrets_of(assistant) if name in shown.lower()]
        assert found == []
    opened = visit.act("guess", "unsure", "1-voted").decode()
    assert "Llama 3.2 3B" in opened
    assert "Claude Sonnet" in opened
    assert "vendor.example" in opened


def stream_until_the_vote(home: Path, monkeypatch: pytest.MonkeyPatch, lot: int) -> str:
    """What the browser is sent when the same two texts come to sit at A and B in one order."""
    monkeypatch.setattr("secrets.randbelow", lambda _: lot)
    texts = ("First words [1].", "Second words, which are a good deal longer [2].")
    assistant = ScriptedAssistant(home, disputes=())
    of_open, of_paid = texts if lot == 0 else texts[::-1]
    assistant.scripts = {OPEN: Script(text=of_open), PAID: Script(text=of_paid)}
    url, close = launch_page(assistant)
    with httpx.Client(base_url=url, timeout=20) as client:
        client.get("/")
        visit = Visit(client, client.get("/config").json())
        visit.start()
        visit.act("vote", "b", "1-ready")
    close()
    sent = b"".join(visit.seen).decode()
    sent = re.sub(r'"(?:event_id|time_limit)":\s*"\w+"', "", sent)
    return re.sub(r"\d+\.\d+(?:e-?\d+)?", "0.0", sent)


def test_the_stream_is_the_same_to_the_byte_whichever_side_sits_at_a(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = stream_until_the_vote(tmp_path / "one", monkeypatch, 0)
    other = stream_until_the_vote(tmp_path / "other", monkeypatch, 1)
    assert "First words" in one
    assert one == other


def events_in(sent: bytes) -> list[bytes]:
    return [line for line in sent.split(b"\n") if line.startswith(b"data:")]


def waiting_in(sent: bytes) -> list[bytes]:
    """The events that say that something is being written."""
    return [line for line in events_in(sent) if b"being written" in line or b" s" in line]


def test_no_word_of_the_faster_side_arrives_before_the_slower_one_is_done(
    visit: Visit, assistant: ScriptedAssistant
) -> None:
    gate = threading.Event()
    assistant.scripts[OPEN].gate = gate
    sent: list[bytes] = []
    starting = threading.Thread(target=lambda: sent.append(visit.start()))
    starting.start()
    # The fast side was asked, and a heartbeat came after it.
    while len(assistant.asked) < 2:
        starting.join(0.05)
    before = len(waiting_in(visit.coming))
    while len(waiting_in(visit.coming)) == before:
        starting.join(0.05)
    gate.set()
    starting.join()
    assert len(waiting_in(sent[0])) >= 2
    first = next(line for line in events_in(sent[0]) if any(w.encode() in line for w in SHOWN))
    assert all(words.encode() in first for words in SHOWN)


@pytest.mark.parametrize("broken", [OPEN, PAID])
def test_a_void_round_does_not_tell_whose_fault_it_was(
    visit: Visit, assistant: ScriptedAssistant, broken: str
) -> None:
    from corpus.errors import BackendError

    failure = BackendError("Anthropic did not accept the key.", "Check ANTHROPIC_API_KEY.")
    assistant.scripts[broken] = Script(text="Half of it", error=failure, fail_after=2)
    sent = visit.start().decode()
    assert "This round does not count" in sent
    assert [name for name in secrets_of(assistant) if name in sent.lower()] == []
    assert "Half of" not in sent
    told = visit.act("next", None, "1-void").decode()
    assert "Anthropic did not accept the key." in told
    assert "1 round did not count" in told


def test_a_question_that_is_too_long_is_told_before_any_round_is_wasted(visit: Visit) -> None:
    told = visit.start(f"{QUESTION}\nWhy {'very ' * 1000}long?").decode()
    assert "at most 4,000 are taken" in told
    assert "data-stage" not in told


def test_a_click_that_comes_late_or_is_made_up_changes_nothing(visit: Visit) -> None:
    visit.start()
    for action, value, mark in (
        ("guess", "a", "1-ready"), ("vote", "c", "1-ready"), ("vote", "a", "2-ready"),
        ("reveal", None, "1-ready"), ("vote-again", "a", "1-ready"), ("next", None, "1-ready"),
    ):  # fmt: skip
        sent = visit.act(action, value, mark)
        assert b"vendor.example" not in sent
    assert b"Before you see the names" in visit.act("vote", "tie", "1-ready")


def test_votes_are_exported_to_their_visitor_alone_and_only_when_revealed(visit: Visit) -> None:
    visit.start()
    visit.act("vote", "a", "1-ready")
    assert visit.client.get("/export/taste-votes.json").json() == {"votes": []}
    visit.act("guess", "b", "1-voted")
    votes = visit.client.get("/export/taste-votes.json").json()["votes"]
    assert [vote["question"] for vote in votes] == [QUESTION]
    visit.act("vote-again", "b", "1-revealed")
    table = visit.client.get("/export/taste-votes.csv")
    assert table.headers["content-disposition"].startswith("attachment")
    assert table.headers["content-type"] == "text/csv; charset=utf-8"
    assert QUESTION in table.text
    # A table program takes letters beyond English for what they are only with this mark.
    assert table.content.startswith(b"\xef\xbb\xbfid,")
    stranger = httpx.get(visit.client.base_url.join("/export/taste-votes.json"))
    assert stranger.json() == {"votes": []}


def test_stopping_between_vote_and_guess_keeps_the_vote(visit: Visit) -> None:
    visit.start()
    visit.act("vote", "b", "1-ready")
    result = visit.act("end", None, "1-voted").decode()
    assert "of 1 for the open side" in result
    vote = visit.client.get("/export/taste-votes.json").json()["votes"][0]
    assert (vote["choice"], vote["guess"], vote["again"]) == ("b", None, None)


def test_another_page_of_the_visitor_goes_on_with_the_test_and_the_first_one_is_told(
    visit: Visit,
) -> None:
    visit.start()
    other = visit.another_page()
    assert b"is not over: round 1 of 1" in other.open_tab()
    assert b"Which answer is better?" in other.resume()
    assert b"goes on in another window" in visit.act("vote", "a", "1-ready")
    assert b"Before you see the names" in other.act("vote", "a", "1-ready")
    other.act("end", None, "1-voted")
    assert b"is not over" not in visit.another_page().open_tab()


def test_nobody_goes_on_with_the_test_of_another(visit: Visit) -> None:
    visit.start()
    with httpx.Client(base_url=visit.client.base_url, timeout=20) as client:
        client.get("/")
        stranger = Visit(client, visit.config, session="t" * 11)
        assert b"is not over" not in stranger.open_tab()
        sent = stranger.resume()
    assert b"not remembered here" in sent
    assert b"data-stage" not in sent


def test_deleting_the_votes_ends_the_test_that_would_keep_them_again(visit: Visit) -> None:
    visit.start()
    visit.act("vote", "a", "1-ready")
    other = visit.another_page()
    assert b"is not over" in other.open_tab()
    assert b"is not over" not in other.do("taste-earlier", [None], {"action": "forget"})
    assert b"That test is over" in visit.act("guess", "a", "1-voted")
    assert visit.client.get("/export/taste-votes.json").json() == {"votes": []}


def test_who_may_have_seen_the_sides_meanwhile_is_not_asked_to_guess(
    visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    visit.start()
    visit.act("vote", "a", "1-ready")
    monkeypatch.setattr("ui.web.tasting.OPEN_FOR_S", -1.0)
    sent = visit.another_page().resume()
    assert b"Before you see the names" not in sent
    assert b"Names and receipts are shown" in sent
    (vote,) = visit.client.get("/export/taste-votes.json").json()["votes"]
    assert vote["guess"] is None
