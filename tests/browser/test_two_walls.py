"""The sanitiser and the policy, each without the other: neither alone lets anything out."""

import contextlib
import re
import threading
from collections.abc import Callable, Iterator, Sequence

import pytest
import uvicorn
from playwright.sync_api import Browser, Error, Page

from assistant.markup.prose import markdown, marked_markdown, marked_text, plain
from corpus.documents import Span
from tests.browser.conftest import Canary, Open, answered, ask, choose
from tests.browser.test_nothing_leaves import (
    FOREIGN,
    assert_inert,
    hover_and_open_everything,
    make_hostile,
    watch,
)
from tests.support.payloads import payloads
from tests.support.scripted_assistant import ScriptedAssistant
from ui.web.guards import Guards
from ui.web.responses import Receive, Scope, Send, say

Serve = Callable[[Sequence[str], bool], str]
# No policy can forbid a page to be left; that is the sanitiser's part.
LEAVES = "http-equiv"


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Serves bodies as pages of their own, ``/page/N``, under the page's policy or under none."""
    with contextlib.ExitStack() as stack:

        def start(bodies: Sequence[str], guarded: bool) -> str:
            async def app(scope: Scope, _receive: Receive, send: Send) -> None:
                if scope["type"] != "http":
                    return
                number = re.fullmatch(r"/page/(\d+)", scope["path"])
                body = bodies[int(number[1])] if number else "nothing"
                html = f"<!doctype html><meta charset=utf-8><title>x</title><body>{body}"
                await say(_as_html(send), 200, html)

            return stack.enter_context(running(Guards(app) if guarded else app))

        yield start


def _as_html(send: Send) -> Send:
    async def changed(message: dict[str, object]) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [
                (name, b"text/html; charset=utf-8" if name == b"content-type" else value)
                for name, value in message["headers"]  # type: ignore[attr-defined]
            ]
        await send(message)

    return changed  # type: ignore[return-value]


@contextlib.contextmanager
def running(app: object) -> Iterator[str]:
    config = uvicorn.Config(app, port=0, log_config=None, lifespan="off")  # type: ignore[arg-type]
    server = uvicorn.Server(config)
    listener = config.bind_socket()
    # Whoever calls before the server is up waits for it.
    listener.listen()
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join()
    listener.close()


def look_at(page: Page, url: str) -> None:
    """Open a page, point at it, and give what it started the time of one frame."""
    with contextlib.suppress(Error):  # it may go elsewhere while it is looked at
        page.goto(url)
        page.mouse.move(100, 20)
        page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done, 20)))")


def heard(canary: Canary) -> set[int]:
    """Numbers of the payloads that reached it."""
    return {int(found[1]) for path in canary.seen if (found := re.match(r"/p(\d+)/", path))}


def numbered(canary: Canary) -> list[str]:
    """Each payload, with a path of its own."""
    count = len(payloads(""))
    return [payloads(f"{canary.url}/p{number}")[number] for number in range(count)]


def test_without_a_wall_the_attacks_do_reach_another_host(
    browser: Browser, serve: Serve, canary: Canary
) -> None:
    hostile = numbered(canary)
    page = browser.new_page()
    base = serve(hostile, False)
    for number in range(len(hostile)):
        look_at(page, f"{base}/page/{number}")
    page.close()
    assert len(heard(canary)) >= 60


def test_the_policy_alone_lets_nothing_out_that_stays_on_the_page(
    browser: Browser, serve: Serve, canary: Canary
) -> None:
    hostile = numbered(canary)
    page = browser.new_page()
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    base = serve(hostile, True)
    for number in range(len(hostile)):
        look_at(page, f"{base}/page/{number}")
    page.close()
    assert [
        hostile[number] for number in sorted(heard(canary)) if LEAVES not in hostile[number]
    ] == []
    assert dialogs == []


def test_the_sanitiser_alone_lets_nothing_out_at_any_prefix(
    browser: Browser, serve: Serve, canary: Canary
) -> None:
    hostile = numbered(canary)
    bodies = []
    for each in hostile:
        prefixes = [each[:end] for end in range(1, len(each) + 1)]
        shown = [markdown(prefix) for prefix in prefixes]
        shown += [markdown(f"Cited [1].\n\n{prefix}\n\nAnd **on**.") for prefix in prefixes[::7]]
        whole = Span(0, len(each))
        shown += [marked_markdown(each, [whole]), marked_text(each, [whole]), plain(each)]
        bodies.append("".join(f"<div>{part}</div>" for part in shown))
    page = browser.new_page()
    base = serve(bodies, False)
    for number in range(len(bodies)):
        page.goto(f"{base}/page/{number}")
        page.mouse.move(100, 20)
        assert page.locator(f"div :is({FOREIGN})").count() == 0, hostile[number]
        assert page.url == f"{base}/page/{number}"
    page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done, 20)))")
    page.close()
    assert canary.seen == []


def test_the_whole_page_with_the_policy_switched_off_makes_no_request(
    open_page: Open, assistant: ScriptedAssistant, canary: Canary
) -> None:
    hostile = make_hostile(assistant, canary.url)
    page = open_page(bypass_csp=True)
    acted = watch(page, canary)
    choose(page, "Both")
    ask(page, "".join(hostile)[3900:7700])
    answered(page)
    hover_and_open_everything(page)
    for place in ("#conversation", "#sources"):
        assert_inert(page, place)
    assert (canary.seen, acted) == ([], [])
    # Without the policy the browser would have fetched: the same page, asked to.
    page.evaluate("(url) => { new Image().src = url; }", f"{canary.url}/real.png")
    page.wait_for_function(
        "() => performance.getEntriesByType('resource').some((e) => e.name.endsWith('real.png'))"
    )
    assert canary.seen == ["/real.png"]
