"""The page: putting it together and serving it."""

import asyncio
import contextlib
import hashlib
import logging
import secrets
import socket
import threading
import webbrowser
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.settings import ServerSettings, Settings, prepare_process
from ui.web import lean

prepare_process()
lean.prepare()

import fastapi  # noqa: E402 - gradio reads the environment when it is first imported
import gradio as gr  # noqa: E402
import uvicorn  # noqa: E402
from starlette.staticfiles import StaticFiles  # noqa: E402

from assistant.conversations import leave_all  # noqa: E402
from assistant.markup.elements import SafeHtml, element, join  # noqa: E402
from corpus.errors import ConfigError  # noqa: E402
from ui.web.bill import build_bill  # noqa: E402
from ui.web.chat import build_chat  # noqa: E402
from ui.web.evals import build_evals  # noqa: E402
from ui.web.exports import add_exports, let_in_by  # noqa: E402
from ui.web.exposure import certificate_options, check_exposure, is_loopback  # noqa: E402
from ui.web.guards import Guards  # noqa: E402
from ui.web.header import build_brand, build_header  # noqa: E402
from ui.web.held import Held  # noqa: E402
from ui.web.history import Keeping, connect_history, open_keeping  # noqa: E402
from ui.web.lesson import build_lesson  # noqa: E402
from ui.web.models import Pull, PullStep  # noqa: E402
from ui.web.page import Page  # noqa: E402
from ui.web.protocol import LimitedProtocol  # noqa: E402
from ui.web.reports import add_reports  # noqa: E402
from ui.web.runs import Runs  # noqa: E402
from ui.web.settling import Settling  # noqa: E402
from ui.web.taste import build_taste  # noqa: E402
from ui.web.taste_exports import add_vote_exports  # noqa: E402
from ui.web.visits import Visits  # noqa: E402

if TYPE_CHECKING:
    from assistant.wiring import Assistant

STATIC = Path(__file__).parent / "static"
_START_WITHIN_S = 30
_STOP_WITHIN_S = 1
_ENDED_WITHIN_S = 30


def build_page(
    assistant: "Assistant",
    pull: Pull | None = None,
    keeping: Keeping | None = None,
    runs: Runs | None = None,
) -> gr.Blocks:
    """Put the page together; nothing is loaded and nothing is asked of a backend.

    Args:
        assistant: who answers.
        pull: gets an open model by its name; None hides the button.
        keeping: where conversations are kept; None asks the settings.
        runs: the runs of the eval; None takes those of the home folder.
    """
    keeping = keeping or open_keeping(assistant.settings)
    server = assistant.settings.server
    page: gr.Blocks
    with Page(title="Counterpoint", analytics_enabled=False, fill_width=True) as page:
        build_brand()
        # Every tab stays in the row, which scrolls on a phone; the library's menu would hide some.
        with gr.Tabs(selected="chat", overflow_behavior="wrap", elem_id="tabs"):
            # Rendered while another tab is shown, too: that one may ask a question here.
            with gr.Tab("Chat", id="chat", elem_id="tab-chat", render_children=True):
                header = build_header(assistant)
                chat, handlers = build_chat(page, assistant, header, pull, keeping.store)
                connect_history(chat.history, chat, handlers, keeping)
            with gr.Tab("The lesson, checked", id="lesson", elem_id="tab-lesson") as lesson:
                build_lesson(lesson)
            with gr.Tab("Taste test", id="taste", elem_id="tab-taste") as taste:
                build_taste(taste, assistant, chat.session)
            with gr.Tab("Eval", id="eval", elem_id="tab-eval") as evals:
                build_evals(evals, runs or Runs(assistant))
            with gr.Tab("Bill", id="bill", elem_id="tab-bill") as bill:
                build_bill(bill, assistant, chat.session)
    # Gradio runs no more events at once than it may use threads; ours wait on the loop instead.
    page.max_threads = max(page.max_threads, 2 * server.concurrency)
    page.queue(max_size=server.queue, default_concurrency_limit=server.concurrency)
    return page


def build_app(assistant: "Assistant", host: str, pull: Pull | None = None) -> Guards:
    """The guarded ASGI application around the page.

    Raises:
        ConfigError: others can reach the page, and a password or encryption is missing.
    """
    server = assistant.settings.server
    check_exposure(server, host)
    secret = server.password.get_secret_value() if server.password else None
    runs = Runs(assistant, is_shared=secret is not None or not is_loopback(host))
    app = fastapi.FastAPI(
        docs_url=None, redoc_url=None, openapi_url=None, lifespan=partial(_lifespan, runs)
    )
    app.mount("/page", StaticFiles(directory=STATIC))
    keeping = open_keeping(assistant.settings)
    add_vote_exports(app, assistant.settings, let_in_by(app))
    add_exports(app, keeping.store, let_in_by(app))
    add_reports(app, runs, let_in_by(app))
    page = build_page(assistant, pull, keeping, runs)
    gr.mount_gradio_app(
        app,
        page,
        path="/",
        server_name=host,
        auth=None if secret is None else partial(_is_password, secret),
        auth_message="Any name, and the password that this page was started with.",
        footer_links=[],
        run_history=False,
        show_error=False,
        ssr_mode=False,
        mcp_server=False,
        pwa=False,
        enable_monitoring=False,
        max_file_size=1,
        theme=gr.themes.Base(font=["system-ui", "sans-serif"], font_mono=["monospace"]),
        app_kwargs={"docs_url": None, "redoc_url": None, "openapi_url": None},
    )
    visits = Visits(Held(page, keeping.store))
    return Guards(
        app,
        host,
        head=_head(),
        proxy_name=server.proxy_name,
        visits=visits,
        is_let_in=let_in_by(app),
    )


@contextlib.asynccontextmanager
async def _lifespan(runs: Runs, _app: fastapi.FastAPI) -> AsyncIterator[None]:
    """A run that goes on when the program ends is left in order, and can be resumed."""
    yield
    await runs.background.close()


def serve(assistant: "Assistant", host: str, port: int, open_browser: bool) -> None:
    """Serve the page until interrupted.

    Raises:
        ConfigError: the address is taken, or open to others without password or encryption.
    """
    settings = assistant.settings.server
    check_exposure(settings, host)
    pull = _pull_through_ollama(assistant.settings)
    with _listen(host, port) as listener, contextlib.suppress(KeyboardInterrupt):
        address = _address(settings, host, listener)
        print(f"Counterpoint is at {address} (stop with Ctrl+C)", flush=True)  # noqa: T201
        if open_browser:
            threading.Timer(0.5, webbrowser.open, [address]).start()
        build = partial(build_app, assistant, host, pull)
        settling = Settling(lambda: assistant.readiness().ready)
        _Server(settings, build, assistant.leave, settling).run([listener])


def launch_page(
    assistant: "Assistant", host: str = "127.0.0.1", port: int = 0, pull: Pull | None = None
) -> tuple[str, Callable[[], None]]:
    """Serve the page in the background.

    Returns:
        Its address, and a function that ends it.
    """
    settings = assistant.settings.server
    check_exposure(settings, host)
    server = _Server(settings, partial(build_app, assistant, host, pull), assistant.leave)
    listener = _listen(host, port)
    address = _address(settings, host, listener)
    thread = threading.Thread(target=server.run, args=([listener],), name="page", daemon=True)
    thread.start()
    server.is_up.wait(_START_WITHIN_S)

    def close() -> None:
        server.should_exit = True
        thread.join(_ENDED_WITHIN_S)
        listener.close()

    return address, close


class _Server(uvicorn.Server):
    """A server that says when it is up and does not wait for streams when it is told to end.

    The page is built in the server's own loop: without a running one, Gradio makes loops and
    leaves them open.
    """

    def __init__(
        self,
        settings: ServerSettings,
        build: Callable[[], Guards],
        leave: Callable[[], None],
        settling: Settling | None = None,
    ) -> None:
        super().__init__(
            uvicorn.Config(
                build,
                factory=True,
                log_config=None,
                log_level=logging.CRITICAL,
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=_STOP_WITHIN_S,
                http=LimitedProtocol,
                ws="none",
                # Whom a proxy speaks for is nobody's to say: see server.proxy_name.
                proxy_headers=False,
                **certificate_options(settings),
            )
        )
        self.is_up = threading.Event()
        self._leave = leave
        self._settling = settling
        self._beside: asyncio.Task[None] | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Open the page, then say so."""
        await super().startup(sockets=sockets)
        self.is_up.set()
        if self._settling is not None:
            self._beside = asyncio.create_task(self._settling.go_on())

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close the page; answers that are being written are kept as far as they came."""
        if self._beside is not None:
            self._beside.cancel()
        await super().shutdown(sockets=sockets)
        await leave_all()
        # The loop waits for it when it ends, unless somebody presses Ctrl+C once more.
        asyncio.get_running_loop().run_in_executor(None, self._leave)


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host.strip("[]"), port), family=family)
    except (OSError, OverflowError) as exc:
        raise ConfigError(
            f"The page cannot listen on {host}, port {port}.",
            "Another program may be there: choose another port with --port.",
        ) from exc


def _address(settings: ServerSettings, host: str, listener: socket.socket) -> str:
    name = "127.0.0.1" if host in {"0.0.0.0", "::", ""} else host  # noqa: S104 - compared, not bound
    scheme = "https" if settings.certificate else "http"
    return f"{scheme}://{f'[{name}]' if ':' in name else name}:{listener.getsockname()[1]}/"


def _head() -> SafeHtml:
    """Our own styles and scripts for the head of the page, marked by their content."""
    mark = hashlib.sha256()
    files = sorted(path for path in STATIC.iterdir() if path.suffix in {".css", ".js"})
    for path in files:
        mark.update(path.read_bytes())
    version = mark.hexdigest()[:12]
    return join(_linked(path.name, version) for path in files)


def _linked(name: str, version: str) -> SafeHtml:
    address = f"/page/{name}?{version}"
    if name.endswith(".js"):
        return element("script", src=address)
    return SafeHtml(f'<link rel="stylesheet" href="{address}">')


def _is_password(secret: str, _name: str, password: str) -> bool:
    return secrets.compare_digest(secret.encode(), password.encode())


def _pull_through_ollama(settings: Settings) -> Pull:
    def pull(name: str) -> AsyncIterator[PullStep]:
        from assistant.models import pull_ollama

        return pull_ollama(name, settings)

    return pull
