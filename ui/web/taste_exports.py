"""The route by which a browser takes its votes away."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from assistant.settings import Settings
from corpus.errors import CounterpointError
from ui.web.visitor import owner_of

if TYPE_CHECKING:
    import fastapi

_KINDS = {"csv": "text/csv; charset=utf-8", "json": "application/json"}


def add_vote_exports(
    app: "fastapi.FastAPI", settings: Settings, is_let_in: Callable[[Request], bool]
) -> None:
    """Add ``/export/taste-votes.csv`` and ``.json``; call it before the other exports.

    Args:
        app: what the page is mounted on.
        settings: where votes are kept.
        is_let_in: whether a request comes from somebody who gave the page's password.
    """

    async def export(request: Request) -> Response:
        if not is_let_in(request):
            return _plain(401, "Open the page and give its password first.")
        try:
            return await run_in_threadpool(
                _written, settings, owner_of(request), request.url.path.rpartition(".")[2]
            )
        except CounterpointError as exc:
            return _plain(503, str(exc))

    for form in _KINDS:
        app.add_route(f"/export/taste-votes.{form}", export, methods=["GET"])


def _written(settings: Settings, owner: str, form: str) -> Response:
    from eval.taste.exports import to_csv, to_json
    from eval.taste.votes import open_votes

    votes = open_votes(settings).all_of(owner)
    headers = {
        "content-disposition": f'attachment; filename="counterpoint-taste-votes.{form}"',
        "cache-control": "no-store",
    }
    text = to_csv(votes) if form == "csv" else to_json(votes)
    return Response(text, media_type=_KINDS[form], headers=headers)


def _plain(status: int, words: str) -> PlainTextResponse:
    return PlainTextResponse(words, status, headers={"cache-control": "no-store"})
