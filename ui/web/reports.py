"""Routes by which a browser opens a run's report, or takes it away."""

import asyncio
import json
import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from corpus.errors import CounterpointError, InputError
from eval.report.card import Card, Limits, card
from eval.report.model import Report
from eval.runs.errors import RunMissing
from ui.web.exports import disposition, not_let_in, refused, saved

if TYPE_CHECKING:
    import fastapi

    from ui.web.runs import Runs

_HTML: Final = "html"
_SAVED: Final = {"md": "text/markdown; charset=utf-8", "json": "application/json"}
_NUMBERS: Final = ("quality", "cost", "first-token")


def add_reports(app: "fastapi.FastAPI", runs: "Runs", is_let_in: Callable[[Request], bool]) -> None:
    """Add ``/report/ID.html``, ``.md`` and ``.json``; call it before the page is mounted.

    Limits in the query add the decision card (see ``query_of``).

    Args:
        app: what the page is mounted on.
        runs: the runs that may be shown.
        is_let_in: whether a request comes from somebody who gave the page's password.
    """

    async def report(request: Request) -> Response:
        if not is_let_in(request):
            return not_let_in()
        run_id, _, form = request.path_params["name"].rpartition(".")
        if form != _HTML and form not in _SAVED:
            return refused(404, "There is no such form of a report.")
        try:
            limits = limits_in(request.query_params)
            folder = await asyncio.to_thread(runs.folder, run_id)
            found = await runs.reports.report_of(folder)
            return await asyncio.to_thread(_written, found, limits, form)
        except RunMissing as exc:
            return refused(404, str(exc))
        except InputError as exc:
            return refused(400, str(exc))
        except CounterpointError as exc:
            return refused(503, str(exc))

    app.add_route("/report/{name}", report, methods=["GET"])


def query_of(limits: Limits) -> str:
    """The limits of a card as the query of an address."""
    given = {
        "by": limits.metric,
        "quality": limits.quality,
        "cost": limits.cost_per_1000,
        "first-token": limits.first_token_s,
        "stays-here": "yes" if limits.stays_here else None,
    }
    return urlencode({name: value for name, value in given.items() if value is not None})


def limits_in(query: Mapping[str, str]) -> Limits | None:
    """The limits that a query names; None when it names none.

    Raises:
        InputError: a figure is none.
    """
    figures = {name: _figure(name, query[name]) for name in _NUMBERS if query.get(name)}
    stays_here = query.get("stays-here") == "yes"
    if not figures and not stays_here:
        return None
    return Limits(
        metric=query.get("by") or Limits().metric,
        quality=figures.get("quality"),
        cost_per_1000=figures.get("cost"),
        stays_here=stays_here,
        first_token_s=figures.get("first-token"),
    )


def _figure(name: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value >= 0):
        raise InputError(f"The limit {name} is no number from 0.", "Set it on the page.")
    return value


def _written(found: Report, limits: Limits | None, form: str) -> Response:
    within = card(found, limits) if limits is not None else None
    if form == _HTML:
        from eval.report.html import to_html

        return HTMLResponse(to_html(found, within), headers={"cache-control": "no-store"})
    return saved(
        _text(found, within, form), _SAVED[form], disposition(f"run {found.plan.id}", form)
    )


def _text(found: Report, within: Card | None, form: str) -> str:
    if form == "md":
        from eval.report.to_markdown import to_markdown

        return to_markdown(found, within)
    from eval.report.to_json import card_record, to_record

    beside = {"card": card_record(within)} if within else {}
    return json.dumps(to_record(found) | beside, ensure_ascii=False) + "\n"
