"""The runs of the eval: what an eval is, how far one is, and the list of them."""

from collections.abc import Sequence

from assistant.markup import figures
from assistant.markup.elements import EMPTY, SafeHtml, element, icon
from assistant.markup.figures import number_of
from eval.report.words import short
from eval.runs.listing import RunSummary
from eval.runs.progress import Progress, SideProgress
from ui.web.runs import Listed, Live

_SHOWN = 4
_DATE_CHARS, _TIME_END = 10, 16


def introduction() -> SafeHtml:
    """What the tab is for."""
    return element(
        "section",
        element("h2", "The same questions to both kinds, and what the difference is"),
        element(
            "p",
            "An eval asks a set of questions of two or more models over the same evidence, keeps "
            "every answer, and says in a report what differs, how surely, and at what cost.",
        ),
        class_="eval-intro",
    )


def setup_heading() -> SafeHtml:
    """Above the choices for a run."""
    return element(
        "section",
        element("h3", "A new run"),
        element(
            "p",
            "Choose who is asked and how much. What it takes is shown before anybody is asked.",
            class_="quiet",
        ),
    )


def run_list(listed: Sequence[Listed], *, live: bool = False) -> SafeHtml:
    """All runs but the one that is being asked, the latest first; or what the first one would be.

    Args:
        listed: the runs.
        live: whether one is being asked.
    """
    listed = [each for each in listed if not each.summary.is_running]
    if not listed:
        return EMPTY if live else _first_one()
    shown, rest = listed[:_SHOWN], listed[_SHOWN:]
    fold = EMPTY
    if rest:
        fold = element(
            "details",
            element("summary", number_of(len(rest), "earlier run")),
            element("ol", *map(_item, rest), class_="eval-list"),
            class_="fold",
        )
    return element(
        "section",
        element("h3", "Runs"),
        element("ol", *map(_item, shown), class_="eval-list"),
        fold,
        class_="eval-runs",
    )


def _first_one() -> SafeHtml:
    return element(
        "section",
        element("h3", "No run yet"),
        element(
            "p",
            "The first one can be tried without a key and without money: 30 questions to the "
            "built-in reader, and to a stand-in that runs here in the place of a proprietary "
            "model. It took less than a minute on a machine with two processors. Against a real "
            "vendor’s model the same takes a key, and the price is shown before anything is sent.",
        ),
        class_="eval-runs",
    )


def _item(listed: Listed) -> SafeHtml:
    summary = listed.summary
    return element(
        "li",
        element("header", element("h4", _title(summary)), _state(summary)),
        element("p", _facts(summary), class_="quiet") if summary.created_at else None,
        *(element("p", icon("warning"), element("span", why), class_="remark")
          for why in listed.why),
        _actions(summary),
        data_run=summary.id,
    )  # fmt: skip


def _title(summary: RunSummary) -> str:
    return " against ".join(map(short, summary.contestants)) or summary.id


_INVENTED = " at invented prices"
_STATES = {
    "whole": "complete",
    "stopped": "stopped, can go on",
    "damaged": "cannot be read",
}
_SIGNS = {"whole": "check", "stopped": "half", "damaged": "warning"}


def _state_name(summary: RunSummary) -> str:
    if summary.error:
        return "damaged"
    return "whole" if summary.is_whole else "stopped"


def _state(summary: RunSummary) -> SafeHtml:
    name = _state_name(summary)
    return element("span", icon(_SIGNS[name]), _STATES[name], class_=f"eval-state is-{name}")


def _facts(summary: RunSummary) -> str:
    facts = [when(summary.created_at), f"{number_of(summary.questions, 'question')}"]
    facts[1] += f" ({summary.cases_name})"
    facts.append(f"{summary.answered:,} of {summary.wanted:,} answers")
    if summary.failed:
        facts.append(f"{summary.failed:,} failed")
    facts.append(cost(summary.spent.known, at_least=summary.spent.is_at_least))
    facts[-1] += _INVENTED if summary.has_stand_in else ""
    return " · ".join(facts)


def _actions(summary: RunSummary) -> SafeHtml:
    if summary.error:
        return EMPTY
    address = f"/report/{summary.id}"
    title = f"{_title(summary)}, {when(summary.created_at)}"
    made: list[SafeHtml] = []
    if summary.answered:
        made += [
            element(
                "a", "Open the report", href=f"{address}.html", target="_blank",
                rel="noopener", class_="eval-button primary",
                aria_label=f"Open the report of {title} in a new tab",
            ),
            _button("card", "Decision card", summary.id, title),
        ]  # fmt: skip
    if not summary.is_whole:
        made.append(_button("resume", "Go on", summary.id, title))
    if summary.answered:
        made += [
            element("a", words, href=f"{address}.{form}", aria_label=f"{words} of {title}")
            for words, form in (("Markdown", "md"), ("JSON", "json"))
        ]
    return element("p", *made, class_="eval-actions")


def _button(action: str, words: str, run_id: str, title: str) -> SafeHtml:
    return element(
        "button",
        words,
        type="button",
        class_="eval-button",
        data_eval=action,
        data_run=run_id,
        aria_label=f"{words}: {title}",
    )


def live_panel(live: Live | None) -> SafeHtml:
    """How far the run is that is being asked; empty when none is."""
    if live is None:
        return EMPTY
    if live.progress is None:
        words = "A run is starting." if live.run_id else "A run of somebody else is being asked."
        return element("section", element("p", _pulse(), words), class_="eval-live")
    progress = live.progress
    labels = [short(side.label) for side in progress.by_backend.values()]
    return element(
        "section",
        element("h3", "Being asked now: ", " against ".join(labels)),
        element(
            "progress",
            value=progress.done,
            max=max(progress.total, 1),
            aria_label="Answers so far",
        ),
        element("p", progress_words(progress, invented=live.has_stand_in), class_="eval-figures"),
        element("ul", *map(_side, progress.by_backend.values()), class_="eval-sides"),
        element("p", _pulse(), _doing(live, progress), class_="eval-now"),
        element("p", _meanwhile(live), class_="quiet"),
        class_="eval-live",
    )


def progress_words(progress: Progress, *, invented: bool = False) -> str:
    """How far a run is: answers, money and time so far, and the time that is left.

    Args:
        progress: how far it is.
        invented: whether a stand-in's prices are among the money.
    """
    said = [f"{progress.done:,} of {progress.total:,} answers"]
    if progress.failed:
        said.append(f"{progress.failed:,} failed")
    money = cost(progress.cost, at_least=progress.cost_at_least)
    said.append(f"{money} so far{_INVENTED if invented else ''}")
    said.append(f"{whole_seconds(progress.seconds)} gone")
    if progress.left_s is not None and progress.done < progress.total:
        said.append(f"about {whole_seconds(progress.left_s)} left")
    return " · ".join(said)


def _side(side: SideProgress) -> SafeHtml:
    said = [f"{side.done:,} of {side.total:,}"]
    if side.failed:
        said.append(f"{side.failed:,} failed")
    if side.resting_s >= 1:
        said.append(f"rests for {whole_seconds(side.resting_s)}, as it asked for")
    words = ", ".join(said)
    stopped = element("span", f" Asked no further. {side.stopped}") if side.stopped else None
    return element("li", element("strong", short(side.label)), " ", words, stopped)


def _doing(live: Live, progress: Progress) -> str:
    if live.is_stopping:
        return "Stopping: answers in flight have ten seconds to end."
    return f"{progress.now[:1].upper()}{progress.now[1:]} …"


def _meanwhile(live: Live) -> str:
    where = (
        "You can close this page; the run goes on as long as the program does, and can be "
        "continued after that."
        if live.is_here
        else "It was begun on the command line: stop it there with Ctrl+C."
    )
    return (
        f"{where} The chat answers meanwhile. Models of this machine share its processors: each "
        "slows the other down, and the times in the report grow with it."
    )


def _pulse() -> SafeHtml:
    return element("span", class_="pulse", aria_hidden="true")


def cost(amount: float | None, *, at_least: bool = False) -> str:
    """An amount in US dollars as a person reads it."""
    if amount is None or (at_least and amount == 0):
        return "unknown cost"
    words = figures.amount(amount, "USD")
    return f"at least {words}" if at_least else words


def whole_seconds(value: float | None) -> str:
    """A time as a person reads it, without parts of a second."""
    if value is None:
        return "unknown"
    minutes, seconds = divmod(round(value), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"


def when(created_at: str) -> str:
    """Day and time (UTC) of an ISO time."""
    return f"{figures.day(created_at[:_DATE_CHARS])}, {created_at[11:_TIME_END]} UTC"


def note(words: str) -> SafeHtml:
    """A quiet remark."""
    return element("p", words, class_="remark") if words else EMPTY
