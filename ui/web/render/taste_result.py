"""What the votes say, as a page: words first, then figures, a plot and the ways to take them."""

from collections.abc import Sequence

from assistant.markup.answers import kind_badge
from assistant.markup.elements import EMPTY, SafeHtml, element, icon, join
from assistant.markup.figures import number_of
from assistant.markup.prose import plain
from assistant.turns import side_of
from corpus.errors import CounterpointError
from eval.taste import words
from eval.taste.ballots import Choice, Seat, Vote
from eval.taste.summary import Summary, Tally
from ui.web.render.answers import error_box

_WIDTH, _LEFT, _RIGHT, _ROW, _TOP = 560, 12, 12, 46, 36
_CHOICE_WORDS = {Choice.TIE: "a tie", Choice.BOTH_BAD: "both bad"}


def result(
    summary: Summary | None,
    votes: Sequence[Vote],
    *,
    void: int = 0,
    failures: Sequence[CounterpointError] = (),
    earlier: int = 0,
) -> SafeHtml:
    """The result for one pair.

    Args:
        summary: of all votes for the pair, or None without one.
        votes: the votes of this sitting, for the list of rounds.
        void: rounds of this sitting that did not count.
        failures: why.
        earlier: how many of the summarised votes are from earlier sittings.
    """
    if summary is None:
        body = element("p", "No round was voted on, so there is nothing to tell.")
    else:
        body = join([_verdict(summary, earlier), _figures(summary), _rounds(votes)])
    return element(
        "section",
        element("h2", "The result", data_focus=True, tabindex="-1"),
        body,
        _void(void, failures),
        element(
            "div",
            _action("New test", "new", primary=True),
            _exports() if summary is not None else None,
            class_="taste-ways",
        ),
        class_="taste-result",
        data_stage="result",
    )


def earlier_results(summaries: Sequence[Summary]) -> SafeHtml:
    """What the votes kept so far say, one fold a pair."""
    if not summaries:
        return EMPTY
    folds = [
        element(
            "details",
            element("summary", _pair(summary), element("span", _count(summary), class_="quiet")),
            _verdict(summary, 0),
            _figures(summary),
            class_="taste-pair",
        )
        for summary in summaries
    ]
    return element(
        "section",
        element("h3", "Your votes so far"),
        *folds,
        element("div", _exports(), _action("Delete my votes", "forget"), class_="taste-ways"),
        class_="taste-earlier",
    )


def side_words(summary: Summary) -> str:
    """What the first side is called in a sentence."""
    if summary.same_kind:
        return summary.first.label
    return f"the {side_of(summary.first.kind)} side"


def _pair(summary: Summary) -> SafeHtml:
    return element("span", f"{summary.first.label} and {summary.second.label}", class_="pair")


def _count(summary: Summary) -> str:
    return f" {number_of(summary.before.total, 'vote')}"


def _verdict(summary: Summary, earlier: int) -> SafeHtml:
    side = side_words(summary)
    left_out, surer = words.left_out(summary.before), words.surer(summary.before)
    parts = [
        element("p", words.verdict(summary.before, side), class_="verdict-words"),
        element("p", " ".join(filter(None, (left_out, surer))), class_="quiet"),
    ]
    if summary.same_kind:
        kind = summary.first.kind
        parts.append(element("p", f"Both sides are {kind}: this compares two models, not the two "
                                  "kinds.", class_="quiet"))  # fmt: skip
    if earlier:
        counted = f"{number_of(earlier, 'earlier vote')} for the same pair counted too."
        parts.append(element("p", counted, class_="quiet"))
    return element("div", *parts, class_="taste-verdict")


def _figures(summary: Summary) -> SafeHtml:
    subject = summary.first if summary.subject == summary.first.backend else summary.second
    name = subject.label if summary.same_kind else f"the {side_of(subject.kind)} side"
    said = (
        ("After the bill", words.mind(summary)),
        ("Could you tell?", words.blinding(summary, name)),
        ("A or B", words.seats(summary)),
    )
    rows = [join([element("dt", title), element("dd", text)]) for title, text in said]
    return join([plot(summary), _table(summary), element("dl", *rows, class_="taste-facts")])


def plot(summary: Summary) -> SafeHtml:
    """The share of decided votes with its interval, before and after the bill."""
    lines = [("Blind", summary.before)]
    if summary.changes.asked:
        lines.append(("After the bill", summary.after))
    lines = [(name, tally) for name, tally in lines if tally.test.decided]
    if not lines:
        return EMPTY
    height = _TOP + _ROW * len(lines) + 22
    bottom = height - 18
    marks = [
        join(
            [
                element("line", x1=_x(at), x2=_x(at), y1=_TOP - 8, y2=bottom,
                        class_="half" if at == 0.5 else "grid"),
                element("text", f"{at:.0%}", x=_x(at), y=height - 4, text_anchor=_anchor(at)),
            ]
        )
        for at in (0.0, 0.25, 0.5, 0.75, 1.0)
    ]  # fmt: skip
    ends = [
        element("text", f"← {summary.second.label}", x=_x(0), y=14, class_="end"),
        element("text", f"{summary.first.label} →", x=_x(1), y=14, text_anchor="end",
                class_="end"),
    ]  # fmt: skip
    drawn = [_drawn(name, tally, _TOP + _ROW * at) for at, (name, tally) in enumerate(lines)]
    told = "; ".join(_told(name, tally, summary.first) for name, tally in lines)
    svg = element(
        "svg",
        *marks,
        *ends,
        *drawn,
        viewBox=f"0 0 {_WIDTH} {height}",
        role="img",
        aria_label=f"Share of decided votes. {told}.",
    )
    few = next(filter(None, (words.few(tally) for _, tally in lines)), "")
    caption = element(
        "figcaption",
        f"Share of the decided votes for {summary.first.label}, with its 95% interval (Wilson). "
        f"While the bar crosses the middle, the votes do not tell. {few}".strip(),
    )
    return element("figure", svg, caption, class_="taste-plot")


def _drawn(name: str, tally: Tally, top: int) -> SafeHtml:
    share = tally.share
    middle = top + 24
    at = share.share or 0.0
    count = f"{share.count} of {share.total}"
    return element(
        "g",
        element("text", f"{name}: {count}", x=_x(0) + 4, y=top + 8, class_="row"),
        element("line", x1=_x(share.low), x2=_x(share.high), y1=middle, y2=middle,
                class_="interval"),
        *(
            element("line", x1=_x(end), x2=_x(end), y1=middle - 5, y2=middle + 5,
                    class_="interval")
            for end in (share.low, share.high)
        ),
        element("circle", cx=_x(at), cy=middle, r=6),
        class_="after" if name != "Blind" else None,
    )  # fmt: skip


def _told(name: str, tally: Tally, first: Seat) -> str:
    share = tally.share
    return (
        f"{name}: {share.count} of {share.total} for {first.label}, "
        f"interval {share.low:.0%} to {share.high:.0%}"
    )


def _x(share: float) -> int:
    return round(_LEFT + share * (_WIDTH - _LEFT - _RIGHT))


def _anchor(at: float) -> str:
    return {0.0: "start", 1.0: "end"}.get(at, "middle")


def _table(summary: Summary) -> SafeHtml:
    before, after = summary.before, summary.after
    rows = [
        (_named(summary.first), before.wins, after.wins),
        (_named(summary.second), before.losses, after.losses),
        ("Tie", before.ties, after.ties),
        ("Both bad", before.both_bad, after.both_bad),
    ]
    body = [
        element(
            "tr",
            element("th", name, scope="row"),
            element("td", str(blind)),
            element("td", str(billed) if summary.changes.asked else "–"),
        )
        for name, blind, billed in rows
    ]
    head = element(
        "tr",
        element("th", "Votes for", scope="col"),
        element("th", "Blind", scope="col"),
        element("th", "After the bill", scope="col"),
    )
    return element("table", element("thead", head), element("tbody", *body), class_="taste-table")


def _named(seat: Seat) -> SafeHtml:
    return join([seat.label, " ", kind_badge(seat.kind)])


def _rounds(votes: Sequence[Vote]) -> SafeHtml:
    if not votes:
        return EMPTY
    rows = [
        element(
            "li",
            element("span", plain(vote.question), dir="auto"),
            element("span", _outcome(vote), class_="quiet"),
        )
        for vote in votes
    ]
    return element(
        "details",
        element("summary", f"The rounds of this test ({len(votes)})"),
        element("ol", *rows),
        class_="taste-rounds",
    )


def _outcome(vote: Vote) -> str:
    told = [f"A was {vote.a.label}, B was {vote.b.label}", f"blind: {_voted(vote, vote.choice)}"]
    if vote.again is not None:
        told.append(f"after the bill: {_voted(vote, vote.again)}")
    return "; ".join(told)


def _voted(vote: Vote, choice: Choice) -> str:
    seats = {Choice.A: vote.a.label, Choice.B: vote.b.label}
    return seats.get(choice) or _CHOICE_WORDS[choice]


def _void(count: int, failures: Sequence[CounterpointError]) -> SafeHtml:
    if not count:
        return EMPTY
    verb = "did not count: an answer" if count == 1 else "did not count: answers"
    told = f"{number_of(count, 'round')} {verb} did not come to the end."
    return join(
        [
            element("p", icon("notice"), told, class_="remark"),
            *(error_box(failure) for failure in failures),
        ]
    )


def _exports() -> SafeHtml:
    links = [
        element("a", f"Votes as {form.upper()}", href=f"/export/taste-votes.{form}", download=True)
        for form in ("csv", "json")
    ]
    return element("span", join(links, " "), class_="taste-exports")


def _action(label: str, action: str, *, primary: bool = False) -> SafeHtml:
    return element(
        "button",
        element("span", label),
        type="button",
        class_="taste-button primary" if primary else "taste-button plain",
        data_taste=action,
    )
