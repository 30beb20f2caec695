"""The receipt of an answer: one line, and the whole of it behind that line."""

import datetime
import re

from assistant.backends.base import StopReason
from assistant.markup import figures
from assistant.markup.elements import SafeHtml, element, hidden, icon, join, outward_link
from assistant.markup.figures import number_of
from assistant.turns import Answer, Receipt, Turn

_MEASURABLE_S = 0.2
_URL = re.compile(r"https?://[^\s,;]+[^\s,;:.)]")
_STOP_WORDS = {
    StopReason.END: "the model was done",
    StopReason.LENGTH: "the limit of its length",
    StopReason.FILTER: "withheld by the provider's filter",
    StopReason.REFUSAL: "the model declined",
    StopReason.CANCELLED: "stopped by you",
    StopReason.UNKNOWN: "not reported",
}
Row = tuple[str, str | SafeHtml]


def receipt_details(
    receipt: Receipt, other: Receipt | None = None, *, today: datetime.date | None = None
) -> SafeHtml:
    """The line, and below it everything that is known, folded.

    Args:
        receipt: what is shown.
        other: the receipt of the other side's answer to the same question (``other_side``), to
            say whether both got the same.
        today: the day that the age of a price is counted to; None takes the clock's.
    """
    groups = (
        ("Where it went", join([where_it_went(receipt), _rows(_journey(receipt))])),
        ("Time", _rows(_times(receipt))),
        ("Tokens", _rows(_tokens(receipt))),
        ("Money and energy", _rows(_money(receipt, today or datetime.date.today()))),
        ("What the model was shown", _rows(_context(receipt, other))),
    )
    return element(
        "details",
        element("summary", hidden("Receipt: "), _line(receipt)),
        *(element("div", element("h4", name), element("div", rows)) for name, rows in groups),
        class_="receipt",
    )


def other_side(turn: Turn, answer: Answer) -> Receipt | None:
    """The receipt of the other side's latest answer to the same question, if it gave one."""
    others = [each.receipt for each in turn.answers if each.kind != answer.kind]
    return others[-1] if others else None


def is_not_local(receipt: Receipt) -> bool:
    """Whether an open backend's answer was made elsewhere."""
    return receipt.kind.startswith("open") and receipt.kind != "open"


def where_it_went(receipt: Receipt) -> SafeHtml:
    """A strip: stayed here, or host, bytes, passages and what is kept there."""
    if receipt.stayed_local:
        words = "the answer was made here" if receipt.search_host else "no byte left it"
        parts, way = [_stop("home", "This machine", words)], "stayed"
    elif not receipt.bytes_sent:
        parts, way = [_stop("home", "This machine", "nothing was sent")], "stayed"
    else:
        passages = number_of(len(receipt.passages_sent), "passage")
        way = "not-local" if is_not_local(receipt) else "went"
        sign = "warning" if way == "not-local" else "away"
        label = "not local: " if way == "not-local" else ""
        load = f"{figures.size(receipt.bytes_sent)}, with {passages}"
        parts = [
            _stop(sign, label + receipt.destination, load),
            _stop("notice", "Kept there", receipt.retention or "unknown"),
        ]
    if receipt.search_host:
        vector = f"the question's vector went to {receipt.search_host} for the search"
        parts.append(_stop("away", "Search", vector))
    return element(
        "ul", *parts, class_=f"journey journey-{way}", aria_label="Where the question went"
    )


def _stop(sign: str, name: str, words: str) -> SafeHtml:
    return element("li", icon(sign), element("span", element("strong", name), " ", words))


def _line(receipt: Receipt) -> SafeHtml:
    speed = _speed(receipt)
    tokens_out = figures.count(receipt.usage.output_tokens)
    about = "about " if receipt.tokens_estimated and receipt.usage.output_tokens else ""
    parts = [
        figures.seconds(receipt.total_s),
        f"first word {figures.seconds(receipt.first_token_s)}" if receipt.first_token_s else None,
        f"{speed:,.0f} tok/s" if speed else None,
        f"{figures.count(receipt.usage.input_tokens)} in, {about}{tokens_out} out"
        if _was_sent(receipt)
        else None,
        _cost(receipt),
    ]
    return join(
        [
            *(element("span", part, class_="figure") for part in parts if part),
            _destination(receipt),
        ],
        " ",
    )


def _was_sent(receipt: Receipt) -> bool:
    """Whether there is anything to count: what was never sent has no unknown tokens."""
    usage = receipt.usage
    counted = usage.input_tokens is not None or usage.output_tokens is not None
    return counted or receipt.bytes_sent > 0 or bool(receipt.passages_sent)


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
        if receipt.search_host:
            words = f"answered here, searched at {receipt.search_host}"
            return element("span", icon("away"), words, class_="figure went")
        return element("span", icon("home"), "stayed on this machine", class_="figure stayed")
    if not receipt.bytes_sent:
        return element("span", icon("home"), "nothing was sent", class_="figure stayed")
    sent = f"{figures.size(receipt.bytes_sent)} to {receipt.destination}"
    if is_not_local(receipt):
        return element("span", icon("warning"), f"not local: {sent}", class_="figure not-local")
    return element("span", icon("away"), sent, class_="figure went")


def _times(receipt: Receipt) -> list[Row]:
    speed = _speed(receipt)
    return [
        ("Search in the sources", figures.seconds(receipt.retrieval_s)),
        ("Loading the model", figures.seconds(receipt.load_s)),
        ("First word", figures.seconds(receipt.first_token_s)),
        ("Whole answer", figures.seconds(receipt.total_s)),
        ("Speed", "not measurable" if speed is None else f"{speed:.1f} tokens per second"),
    ]


def _tokens(receipt: Receipt) -> list[Row]:
    usage = receipt.usage
    counted = " (our count: the provider gave none)" if receipt.tokens_estimated else ""
    return [
        ("Read", figures.count(usage.input_tokens)),
        ("of these from a cache", figures.count(usage.cached_tokens)),
        ("Written", figures.count(usage.output_tokens) + counted),
    ]


def _money(receipt: Receipt, today: datetime.date) -> list[Row]:
    money = receipt.money
    rows: list[Row] = [("Cost", figures.money(money))]
    if money.note:
        rows.append(("How it was counted", money.note))
    if money.price_source:
        words = figures.price_age(money, today)
        rows.append(("Price from", join([source_link(money.price_source), ": ", words])))
    if receipt.energy_wh is not None:
        rows.append(("Energy", figures.energy_formula(receipt)))
    elif not receipt.stayed_local and receipt.bytes_sent:
        rows.append(("Energy", "unknown: it was spent elsewhere"))
    return rows


def _journey(receipt: Receipt) -> list[Row]:
    rows: list[Row] = [("Answered by", f"{receipt.model} ({receipt.kind})")]
    if receipt.stayed_local:
        here = receipt.destination
        where = "this program" if here == "this process" else f"{here} (this machine)"
        rows += [
            ("Read by", f"{where}: {figures.size(receipt.bytes_sent)}"),
            ("What is kept", receipt.retention or "unknown"),
        ]
    if receipt.retention_source:
        rows.append(("Says who", _dated(receipt.retention_source, receipt.retention_date)))
    rows.append(("Ended by", _STOP_WORDS[receipt.stop_reason]))
    return rows


def _dated(source: str, iso: str | None) -> SafeHtml:
    """A source and its day, which some sources say themselves."""
    when = "" if iso is None and "undated" in source else f", {figures.day(iso)}"
    return join([source_link(source), when])


def _context(receipt: Receipt, other: Receipt | None) -> list[Row]:
    used, room = receipt.prompt_tokens_estimate, receipt.context_window_tokens
    cut = ", ".join(str(number) for number in receipt.passages_cut)
    share = f" ({figures.share(used / room)})" if room > 0 else ""
    rows: list[Row] = [
        ("Passages", ", ".join(str(number) for number in receipt.passages_sent) or "none"),
        ("Did not fit", cut or "nothing was cut"),
        ("Earlier turns left out", figures.count(receipt.turns_cut)),
        ("Prompt", f"about {used:,} of {room:,} tokens{share}"),
    ]
    if receipt.fitted_to:
        both = f"both sides got what fits the window of {receipt.fitted_to}"
        rows.append(("Made to fit", both))
    of_other = (other.evidence_hash, other.prompt_hash) if other else ("", "")
    rows.append(("Evidence, hash", _hash(receipt.evidence_hash, of_other[0])))
    if receipt.prompt_hash:
        rows.append(("Prompt, hash", _hash(receipt.prompt_hash, of_other[1])))
    elif receipt.bytes_sent:
        rows.append(("Prompt, hash", "none: this backend reads the evidence itself"))
    return rows


def _hash(own: str, others: str) -> SafeHtml:
    """A hash, cut short by the style sheet alone: whoever selects it copies the whole."""
    code = element("code", own, class_="hash", title=own)
    if not others:
        return code
    same = own == others
    words = "the same as the other side's" if same else "not the other side's"
    return join([code, " ", element("span", icon("check" if same else "differ"), words)])


def source_link(source: str) -> SafeHtml:
    """Where a figure was read: its address as a link, and what else the source says."""
    found = _URL.search(source)
    if found is None:
        return element("span", source)
    before, after = source[: found.start()].strip(), source[found.end() :].strip(" ,;:")
    host = found.group().split("/")[2]
    return join([before, outward_link(host, found.group()), after], " ")


def _rows(rows: list[Row]) -> SafeHtml:
    return element(
        "dl", *(join([element("dt", name), element("dd", value)]) for name, value in rows)
    )
