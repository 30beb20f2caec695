"""The receipt of an answer: one line, and the whole of it behind that line."""

from assistant.backends.base import StopReason
from assistant.turns import Receipt
from ui.web.render import figures
from ui.web.render.markup import SafeHtml, element, hidden, icon, is_web_url, join, outward_link

_MEASURABLE_S = 0.2
_STOP_WORDS = {
    StopReason.END: "the model was done",
    StopReason.LENGTH: "the limit of its length",
    StopReason.FILTER: "withheld by the provider's filter",
    StopReason.REFUSAL: "the model declined",
    StopReason.CANCELLED: "stopped by you",
    StopReason.UNKNOWN: "not reported",
}


def receipt_details(receipt: Receipt) -> SafeHtml:
    """The line, and below it everything that is known, folded."""
    groups = (
        ("Time", _times(receipt)),
        ("Tokens", _tokens(receipt)),
        ("Money and energy", _money(receipt)),
        ("Where it went", _journey(receipt)),
        ("What the model was shown", _context(receipt)),
    )
    return element(
        "details",
        element("summary", hidden("Receipt: "), _line(receipt)),
        *(element("div", element("h5", name), _rows(rows)) for name, rows in groups),
        class_="receipt",
    )


def _line(receipt: Receipt) -> SafeHtml:
    speed = _speed(receipt)
    tokens_out = figures.count(receipt.usage.output_tokens)
    about = "about " if receipt.tokens_estimated and receipt.usage.output_tokens else ""
    parts = [
        figures.seconds(receipt.total_s),
        f"first word {figures.seconds(receipt.first_token_s)}" if receipt.first_token_s else None,
        f"{speed:,.0f} tok/s" if speed else None,
        f"{figures.count(receipt.usage.input_tokens)} in, {about}{tokens_out} out",
        _cost(receipt),
    ]
    return join(
        [
            *(element("span", part, class_="figure") for part in parts if part),
            _destination(receipt),
        ],
        " ",
    )


def _speed(receipt: Receipt) -> float | None:
    """Tokens per second, unless the time is too short to tell."""
    first_s = receipt.first_token_s
    if first_s is None or receipt.total_s - first_s < _MEASURABLE_S:
        return None
    return receipt.tokens_per_second


def _cost(receipt: Receipt) -> str:
    cost = figures.money(receipt.money)
    return cost if receipt.energy_wh is None else f"{cost} + {figures.energy(receipt.energy_wh)}"


def _destination(receipt: Receipt) -> SafeHtml:
    if receipt.stayed_local:
        return element("span", icon("home"), "stayed on this machine", class_="figure stayed")
    if not receipt.bytes_sent:
        return element("span", icon("home"), "nothing was sent", class_="figure stayed")
    sent = f"{figures.size(receipt.bytes_sent)} to {receipt.destination}"
    return element("span", icon("away"), sent, class_="figure went")


def _times(receipt: Receipt) -> list[tuple[str, str | SafeHtml]]:
    speed = _speed(receipt)
    return [
        ("Search in the sources", figures.seconds(receipt.retrieval_s)),
        ("Loading the model", figures.seconds(receipt.load_s)),
        ("First word", figures.seconds(receipt.first_token_s)),
        ("Whole answer", figures.seconds(receipt.total_s)),
        ("Speed", "not measurable" if speed is None else f"{speed:.1f} tokens per second"),
    ]


def _tokens(receipt: Receipt) -> list[tuple[str, str | SafeHtml]]:
    usage = receipt.usage
    counted = " (our count: the provider gave none)" if receipt.tokens_estimated else ""
    return [
        ("Read", figures.count(usage.input_tokens)),
        ("of these from a cache", figures.count(usage.cached_tokens)),
        ("Written", figures.count(usage.output_tokens) + counted),
    ]


def _money(receipt: Receipt) -> list[tuple[str, str | SafeHtml]]:
    money = receipt.money
    source: str | SafeHtml = money.price_source
    if is_web_url(money.price_source):
        source = outward_link("price page", money.price_source)
    rows: list[tuple[str, str | SafeHtml]] = [("Cost", figures.money(money))]
    if money.note:
        rows.append(("Note", money.note))
    if money.price_source:
        rows.append(("Price from", join([source, f", {money.price_date or 'undated'}"])))
    if receipt.energy_wh is not None:
        rows.append(("Energy", f"{figures.energy(receipt.energy_wh)}, from an assumed power"))
    return rows


def _journey(receipt: Receipt) -> list[tuple[str, str | SafeHtml]]:
    where = f"{receipt.destination} (this machine)" if receipt.stayed_local else receipt.destination
    if receipt.destination == "this process":
        where = "this program, on this machine"
    return [
        ("Answered by", f"{receipt.model} ({receipt.kind})"),
        ("Sent to", where),
        ("Size of the prompt", figures.size(receipt.bytes_sent)),
        ("What is kept there", receipt.retention or "unknown"),
        ("Ended by", _STOP_WORDS[receipt.stop_reason]),
    ]


def _context(receipt: Receipt) -> list[tuple[str, str | SafeHtml]]:
    used, room = receipt.prompt_tokens_estimate, receipt.context_window_tokens
    share = f"about {used:,} of {room:,} tokens ({used / room:.0%})"
    cut = ", ".join(str(number) for number in receipt.passages_cut)
    return [
        ("Passages", ", ".join(str(number) for number in receipt.passages_sent) or "none"),
        ("Did not fit", cut or "nothing was cut"),
        ("Earlier turns left out", figures.count(receipt.turns_cut)),
        ("Prompt", share),
        ("Evidence", element("code", receipt.evidence_hash[:16], title=receipt.evidence_hash)),
    ]


def _rows(rows: list[tuple[str, str | SafeHtml]]) -> SafeHtml:
    return element(
        "dl", *(join([element("dt", name), element("dd", value)]) for name, value in rows)
    )
