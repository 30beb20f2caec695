"""Everything on the page that is not an answer: greeting, states, progress."""

from collections.abc import Mapping, Sequence

from assistant.backends.addresses import is_local, own_destination
from assistant.backends.base import Health, HealthState
from assistant.backends.catalogue import BackendEntry, Kind
from assistant.markup.answers import kind_badge
from assistant.markup.elements import EMPTY, SafeHtml, element, hidden, icon, join
from assistant.markup.figures import number_of, size
from assistant.turns import Answer
from corpus.errors import CounterpointError
from ui.web.render.answers import error_box, question


def brand() -> SafeHtml:
    """The product's name."""
    return element("h1", icon("brand"), "Counterpoint", class_="brand")


def theme_switch() -> SafeHtml:
    """A button that page.js listens to."""
    return element(
        "button",
        icon("theme"),
        hidden("Switch between light and dark"),
        type="button",
        class_="round theme-switch",
        title="Light or dark",
        data_theme_switch=True,
    )


_KEYS = (
    ("/", "to the question box"),
    ("Enter", "send; Shift and Enter begin a line"),
    ("Esc", "stop what is being written"),
    ("o", "ask the open side"),
    ("p", "ask the proprietary side"),
    ("b", "ask both"),
    ("v", "preview what would be sent"),
    ("j", "next question; in the lesson the next claim"),
    ("k", "question before; in the lesson the claim before"),
    ("n", "new chat"),
    ("t", "light or dark"),
    ("?", "these keys"),
)


def keys_button() -> SafeHtml:
    """A button that shows the keys, and what it shows."""
    rows = (
        join([element("dt", element("kbd", key)), element("dd", words)]) for key, words in _KEYS
    )
    close = element("button", "Close", type="button", data_close_dialog=True)
    dialog = element(
        "dialog",
        element("header", element("h2", "Keys", id="keys-name"), close),
        element("dl", *rows),
        element("p", "None of them while you type, but Esc and Enter.", class_="quiet"),
        id="keys",
        aria_labelledby="keys-name",
    )
    button = element(
        "button",
        element("span", "?", aria_hidden="true"),
        hidden("Keys"),
        type="button",
        class_="round",
        title="Keys",
        data_keys=True,
    )
    return join([button, dialog])


def conversation_frame() -> SafeHtml:
    """The places of a conversation; talk.js fills them."""
    slots = (element("div", class_=name) for name in ("turns", "refusal", "foot"))
    return element("div", *slots, class_="conversation")


def live_frame() -> SafeHtml:
    """Nothing that is seen: talk.js puts what arrives into the cards that are being written."""
    return element("div", hidden=True)


def greeting() -> SafeHtml:
    """What is shown before the first question."""
    return element(
        "div",
        element("h2", "One lesson, two kinds of model, the same evidence."),
        element(
            "p",
            "Ask about open-source and proprietary language models. Every answer shows its "
            "sources, a check of each sentence, and a receipt.",
        ),
        element(
            "ul",
            element(
                "li",
                kind_badge("open"),
                element("span", "runs on your machine; your question stays here"),
            ),
            element(
                "li",
                kind_badge("proprietary"),
                element("span", "a vendor's service; the prompt goes there, and it costs"),
            ),
        ),
        class_="greeting",
    )


def readiness_line(step: str, error: CounterpointError | None) -> SafeHtml:
    """How far loading is; empty when there is nothing to say."""
    if error is not None:
        return error_box(error)
    if not step:
        return EMPTY
    pulse = element("span", class_="pulse", aria_hidden="true")
    words = f"Getting ready: {step}. You can ask already."
    return element("p", pulse, words, class_="readiness", role="status")


def state_panel(entry: BackendEntry, health: Health | None) -> SafeHtml:
    """Why the chosen backend cannot answer and what mends it; empty when it can."""
    if health is None or health.ready:
        return EMPTY
    how = EMPTY
    if health.state is HealthState.NO_KEY and entry.key_variable:
        how = element(
            "p",
            "Put ",
            element("code", entry.key_variable),
            " into a file named ",
            element("code", ".env"),
            " or into the system's keyring: it is found within seconds. Or set it in the "
            "environment and start Counterpoint again. Keys are never typed into this page.",
        )
    elif health.cure:
        how = element("p", health.cure)
    return element(
        "div",
        icon("warning"),
        element(
            "div",
            element("p", element("strong", f"{entry.label}: {health.state}."), " ", health.detail),
            how,
            _facts(entry) if health.state is HealthState.MODEL_MISSING else None,
        ),
        class_="state-panel",
        role="status",
    )


def _facts(entry: BackendEntry) -> SafeHtml:
    facts = [
        f"Download: {entry.download}" if entry.download else None,
        f"memory: {entry.memory}" if entry.memory else None,
        f"licence: {entry.licence}",
    ]
    return element("p", ", ".join(fact for fact in facts if fact) + ".", class_="quiet")


def destination_line(
    receivers: Sequence[tuple[BackendEntry, str]], names: Mapping[Kind, str]
) -> SafeHtml:
    """Where the next question goes, before it is sent.

    Args:
        receivers: the backends that will answer, and where each is reached.
        names: who is chosen on each side; talk.js names them on the buttons of the answers.
    """
    if len(receivers) == 1:
        [(entry, destination)] = receivers
        where = _where(entry, destination)
        about = element("span", f" {entry.about}", class_="about")
        where = join([where, about]) if entry.about else where
    else:
        where = join((element("span", _side(*each), class_="to") for each in receivers), " ")
    return element(
        "p",
        where,
        class_="destination",
        data_open=names["open"],
        data_proprietary=names["proprietary"],
    )


def _where(entry: BackendEntry, destination: str) -> SafeHtml:
    if _runs_here(entry, destination):
        return join([icon("home"), "Your question stays on this machine."])
    receiver = _receiver(entry, destination)
    return join([icon("away"), f"Your question and its sources go {receiver}."])


def _side(entry: BackendEntry, destination: str) -> SafeHtml:
    if _runs_here(entry, destination):
        return join([icon("home"), f"{entry.label} answers on this machine."])
    receiver = _receiver(entry, destination)
    return join([icon("away"), f"{entry.label}: question and sources go {receiver}."])


def _runs_here(entry: BackendEntry, destination: str) -> bool:
    return entry.kind == "open" and is_local(destination)


def _receiver(entry: BackendEntry, destination: str) -> str:
    own = own_destination(entry)
    if not destination:
        return "nowhere yet: no address that can be used is set"
    if own == destination:
        return f"to {entry.provider}"
    return f"to {destination}" + (f", set as {entry.provider}'s address" if own else "")


def pull_words(entry: BackendEntry) -> str:
    """What the button says that gets a model."""
    return f"Pull {entry.label}" + (f" ({entry.download})" if entry.download else "")


def pull_progress(status: str, done_bytes: int | None, total_bytes: int | None) -> SafeHtml:
    """How far a download is."""
    if done_bytes is None or not total_bytes:
        bar = element("progress", aria_label="Download")
        return element("div", bar, element("p", status), class_="pull")
    share = min(done_bytes / total_bytes, 1.0)
    bar = element("progress", value=f"{share:.3f}", max=1, aria_label="Download")
    words = f"{status}: {size(done_bytes)} of {size(total_bytes)} ({share:.0%})"
    return element("div", bar, element("p", words), class_="pull")


def pull_ended(words: str) -> SafeHtml:
    """The last word on a download."""
    return element("div", element("p", words), class_="pull", role="status")


def announcement(words: str) -> SafeHtml:
    """What a screen reader says."""
    return element("p", words, class_="sr-only", role="status", aria_live="polite")


def refused_question(words: str, error: CounterpointError) -> SafeHtml:
    """A question that got no evidence, and why."""
    bubble = question(words) if words.strip() else None
    return element("section", bubble, error_box(error), class_="turn refused")


def not_kept(error: CounterpointError) -> SafeHtml:
    """Why a conversation is not being kept."""
    return element(
        "p",
        icon("warning"),
        element("span", element("strong", "This conversation is not being kept. "), str(error)),
        class_="remark not-kept",
    )


def outcome(ended: Sequence[Answer], refused: tuple[str, CounterpointError] | None) -> str:
    """How the last question ended, in words for a screen reader."""
    if refused is not None:
        return f"No answer. {refused[1].what} {refused[1].cure}"
    return " ".join(ending(answer) for answer in ended)


def ending(answer: Answer) -> str:
    """How one answer ended, in words for a screen reader."""
    if answer.error is not None and not answer.text:
        return f"{answer.label} gave no answer. {answer.error.what} {answer.error.cure}"
    supported = sum(check.verdict == "supported" for check in answer.sentences)
    checked = f" {supported} of {number_of(len(answer.sentences), 'sentence')} supported."
    return f"Answer by {answer.label} {answer.status}.{checked}"
