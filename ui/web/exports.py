"""Routes by which a browser takes its conversations away."""

import re
import unicodedata
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import gradio as gr
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from corpus.errors import CounterpointError
from ui.web.visitor import owner_of

if TYPE_CHECKING:
    import fastapi

    from assistant.conversations import Conversation, ConversationStore

_NAME_CHARS = 60
_KINDS = {
    "md": "text/markdown; charset=utf-8",
    "json": "application/json",
    "html": "text/html; charset=utf-8",
}
_NOT_HERE = "There is no such conversation."


def add_exports(
    app: "fastapi.FastAPI", store: "ConversationStore | None", is_let_in: Callable[[Request], bool]
) -> None:
    """Add ``/export/ID.md``, ``.json`` and ``.html``; call it before the page is mounted.

    Args:
        app: what the page is mounted on.
        store: where conversations are kept; None answers that there is none.
        is_let_in: whether a request comes from somebody who gave the page's password.
    """

    async def export(request: Request) -> Response:
        if not is_let_in(request):
            return not_let_in()
        name, _, form = request.path_params["name"].rpartition(".")
        if store is None or form not in _KINDS:
            return refused(404, _NOT_HERE)
        from assistant.conversations import ConversationMissing

        try:
            return await run_in_threadpool(_written, store, owner_of(request), name, form)
        except ConversationMissing:
            return refused(404, _NOT_HERE)
        except CounterpointError as exc:
            return refused(503, str(exc))

    app.add_route("/export/{name}", export, methods=["GET"])


def let_in_by(app: "fastapi.FastAPI") -> Callable[[Request], bool]:
    """Tells whether a request comes from somebody who may see the page that is mounted on ``app``.

    Without a password that is everybody; with one, whoever has given it since the page started.
    """

    def is_let_in(request: Request) -> bool:
        mounted = (getattr(route, "app", None) for route in app.routes)
        page: Any = next(each for each in mounted if isinstance(each, gr.routes.App))
        if page.auth is None:
            return True
        names = (f"access-token-{page.cookie_id}", f"access-token-unsecure-{page.cookie_id}")
        return any(request.cookies.get(name) in page.tokens for name in names)

    return is_let_in


def file_name(title: str, form: str) -> str:
    """A name for the file that every system takes: letters, figures and hyphens."""
    words = re.sub(r"[^\w]+", "-", unicodedata.normalize("NFKC", title)).strip("-_")
    return f"counterpoint-{words[:_NAME_CHARS].rstrip('-_') or 'conversation'}.{form}"


def disposition(title: str, form: str) -> str:
    """The header that makes a browser save a response, by a name in plain ASCII and in full."""
    full = file_name(title, form)
    plain = file_name(title.encode("ascii", "ignore").decode(), form)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(full, safe='')}"


def saved(text: str, kind: str, disposition: str) -> Response:
    """A response that a browser saves, and keeps nowhere else.

    Args:
        text: what is saved.
        kind: its media type.
        disposition: the header that names the file.
    """
    headers = {"content-disposition": disposition, "cache-control": "no-store"}
    return Response(text, media_type=kind, headers=headers)


def refused(status: int, words: str) -> Response:
    """Plain words in the place of a file."""
    return PlainTextResponse(words, status, headers={"cache-control": "no-store"})


def not_let_in() -> Response:
    """What somebody gets who has not given the page's password."""
    return refused(401, "Open the page and give its password first.")


def _written(store: "ConversationStore", owner: str, conversation_id: str, form: str) -> Response:
    conversation = store.load(owner, conversation_id)
    return saved(_text(conversation, form), _KINDS[form], disposition(conversation.title, form))


def _text(conversation: "Conversation", form: str) -> str:
    from assistant.conversations.export import to_json, to_markdown
    from ui.web.render.share import to_html

    return {"md": to_markdown, "json": to_json, "html": to_html}[form](conversation)
