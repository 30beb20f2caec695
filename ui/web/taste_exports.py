"""The route by which a browser takes its votes away."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from assistant.settings import Settings
from corpus.errors import CounterpointError
from ui.web.exports import not_let_in, refused, saved
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
            return not_let_in()
        try:
            return await run_in_threadpool(
                _written, settings, owner_of(request), request.url.path.rpartition(".")[2]
            )
        except CounterpointError as exc:
            return refused(503, str(exc))

    for form in _KINDS:
        app.add_route(f"/export/taste-votes.{form}", export, methods=["GET"])


def _written(settings: Settings, owner: str, form: str) -> Response:
    from eval.taste.exports import to_csv, to_json
    from eval.taste.votes import open_votes

    votes = open_votes(settings).all_of(owner)
    # Without a mark of its encoding, table programs read "für" as "fÃ¼r".
    text = f"\ufeff{to_csv(votes)}" if form == "csv" else to_json(votes)
    name = f"counterpoint-taste-votes.{form}"
    return saved(text, _KINDS[form], f'attachment; filename="{name}"')
