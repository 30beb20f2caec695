"""The blind taste test: what is shown before the vote, and what after it.

Nothing in here that is called before the reveal is given a backend, a label, a kind or a receipt.
"""

from collections.abc import Sequence

from assistant.citations import parse_citations
from assistant.evidence import Evidence
from assistant.markup.answers import kind_badge, source_links
from assistant.markup.elements import EMPTY, Child, SafeHtml, element, icon, join
from assistant.markup.figures import number_of
from assistant.markup.prose import Insert, markdown, marked_markdown, plain
from assistant.turns import Answer, side_of
from corpus.documents import Span
from corpus.errors import CounterpointError
from eval.taste.ballots import Choice, Guess
from eval.taste.rounds import PLACES, Round, Sheet, Stage
from ui.web.render.answers import error_box
from ui.web.render.receipt import receipt_details

_CHOICES = ((Choice.A, "A is better"), (Choice.B, "B is better"), (Choice.TIE, "A tie"),
            (Choice.BOTH_BAD, "Both bad"))  # fmt: skip
_VOTED = {
    Choice.A: "You voted for A.",
    Choice.B: "You voted for B.",
    Choice.TIE: "You called it a tie.",
    Choice.BOTH_BAD: "You found both bad.",
}
_SHEET_ROWS = (94, 88, 97, 62)


def introduction() -> SafeHtml:
    """What the test is."""
    return element(
        "div",
        element("h2", "Which answer is better, when you cannot see whose it is?"),
        element(
            "p",
            "Two models answer the same question from the same passages. They sit at A and B by "
            "lot, their names are held back on the server, what they say about themselves is taken "
            "out, and both answers appear at once. You vote, then you see names and bill, and you "
            "may vote again.",
        ),
        class_="taste-intro",
    )


def note(words: str) -> SafeHtml:
    """A remark on the choice of models."""
    return element("p", icon("notice"), words, class_="remark") if words else EMPTY


def unfinished(labels: Sequence[str], number: int, count: int) -> SafeHtml:
    """A test of this visitor that is not over, and the way on with it."""
    return element(
        "div",
        icon("notice"),
        element(
            "p", f"Your test of {' and '.join(labels)} is not over: round {number} of {count}."
        ),
        _button("Go on with it", "resume"),
        class_="taste-unfinished",
    )


def writing(current: Round, count: int, elapsed_s: int) -> SafeHtml:
    """A round while both answers are being written: the same for both sides."""
    rows = [element("span", style=f"width:{width}%") for width in _SHEET_ROWS]
    blank = element("div", *rows, class_="blank", aria_hidden="true")
    cards = [_card(place, blank) for place in PLACES]
    waited = f" · {elapsed_s} s" if elapsed_s >= 1 else ""
    return _stage(
        current,
        count,
        element("div", *cards, class_="sheets"),
        element(
            "div",
            element("span", class_="pulse", aria_hidden="true"),
            element("span", f"Both answers are being written and appear together{waited}"),
            _button("Stop", "stop"),
            class_="ballot is-waiting",
        ),
    )


def ready(current: Round, count: int) -> SafeHtml:
    """Both answers, and the vote."""
    return _stage(
        current,
        count,
        _sheets(current),
        _ballot("Which answer is better?", "vote", _CHOICES),
        _sources(current.evidence),
    )


def voted(current: Round, count: int, subject: str) -> SafeHtml:
    """The vote is in; which side is which is guessed before it is shown.

    Args:
        current: the round.
        count: how many rounds there are.
        subject: what the guess is about, as in "the open model".
    """
    guesses = ((Guess.A, f"A is {subject}"), (Guess.B, f"B is {subject}"),
               (Guess.UNSURE, "I cannot tell"))  # fmt: skip
    said = _VOTED[current.vote.choice] if current.vote else ""
    return _stage(
        current,
        count,
        _sheets(current),
        _ballot(f"{said} Before you see the names: which one is {subject}?", "guess", guesses),
        _sources(current.evidence),
    )


def revealed(current: Round, count: int, subject: str, *, is_last: bool) -> SafeHtml:
    """Names, kinds and receipts; then the second vote, or the way on."""
    answers = current.revealed
    cards = [_named(sheet, answers[sheet.place], current.evidence) for sheet in current.sheets]
    return _stage(
        current,
        count,
        element("div", *cards, class_="sheets is-open"),
        _after(current, subject, is_last=is_last),
        _sources(current.evidence),
    )


def void(current: Round, count: int, *, is_last: bool) -> SafeHtml:
    """A round that does not count, and nothing on which side was the reason."""
    words = (
        "At least one of the two answers did not come to its end. This round does not count. "
        "Which side it was stays sealed; the reason is told with the result."
    )
    return _stage(
        current,
        count,
        element("p", icon("notice"), words, class_="remark"),
        element(
            "div",
            element("h3", "How do you want to go on?", data_focus=True, tabindex="-1"),
            element(
                "div",
                _button("Ask it again", "again", key="1", primary=True),
                _button("See the result" if is_last else "Next question", "next", key="2"),
                class_="choices",
            ),
            class_="ballot",
        ),
    )


def kept_not(error: CounterpointError) -> SafeHtml:
    """A vote that could not be written down."""
    return element("div", error_box(error), class_="taste-error")


def _stage(current: Round, count: int, *parts: Child) -> SafeHtml:
    done = current.number - (current.stage not in {Stage.DONE, Stage.REVEALED})
    return element(
        "section",
        element(
            "div",
            element("p", f"Round {current.number} of {count}", class_="taste-number"),
            element(
                "progress",
                value=done,
                max=count,
                aria_label=f"{done} of {number_of(count, 'round')} voted",
            ),
            _button("End the test", "end") if current.stage is not Stage.WRITING else None,
            class_="taste-progress",
        ),
        element("h2", plain(current.question), class_="question", dir="auto"),
        *parts,
        class_="taste-round",
        data_stage=current.stage.value,
        data_round=current.number,
        aria_label=f"Round {current.number}",
    )


def _sheets(current: Round) -> SafeHtml:
    cards = [_card(sheet.place, _text(sheet, current.evidence)) for sheet in current.sheets]
    return element("div", *cards, class_="sheets")


def _card(place: str, body: SafeHtml) -> SafeHtml:
    name = place.upper()
    return element(
        "article",
        element("header", element("h3", name, class_="letter")),
        body,
        class_="sheet",
        aria_label=f"Answer {name}",
    )


def _named(sheet: Sheet, answer: Answer, evidence: Evidence | None) -> SafeHtml:
    name = sheet.place.upper()
    return element(
        "article",
        element(
            "header",
            element("h3", name, class_="letter"),
            element("strong", answer.label, class_="sheet-name"),
            kind_badge(answer.receipt.kind),
        ),
        receipt_details(answer.receipt),
        _text(sheet, evidence),
        class_=f"sheet is-named kind-{side_of(answer.receipt.kind)}",
        aria_label=f"Answer {name}, by {answer.label}, {answer.receipt.kind}",
    )


def _text(sheet: Sheet, evidence: Evidence | None) -> SafeHtml:
    passages = evidence.passages if evidence else ()
    titles = {passage.number: f"{passage.title}, {passage.heading}" for passage in passages}
    chips: dict[Span, list[SafeHtml]] = {}
    # Every passage counts as shown: whose window was too small for one would tell.
    for citation in parse_citations(sheet.text, titles):
        chip = _chip(citation.number, titles.get(citation.number))
        chips.setdefault(citation.span, []).append(chip)
    inserts = [Insert(span, join(made)) for span, made in chips.items()]
    links = source_links(evidence) if evidence else ()
    html = markdown(sheet.text, links=links, inserts=inserts)
    return element("div", html, class_="answer-text", dir="auto")


def _after(current: Round, subject: str, *, is_last: bool) -> SafeHtml:
    vote = current.vote
    if vote is None:
        return EMPTY
    told = [_VOTED[vote.choice]]
    if vote.guessed_right is not None:
        told.append(
            f"Your guess which one is {subject} was {'right' if vote.guessed_right else 'wrong'}."
        )
    if current.changes:
        told.append(
            f"In {number_of(current.changes, 'place')} the words of a model about itself were "
            "taken out."
        )
    way_on = _button(
        "See the result" if is_last else "Next question", "next", key="Enter", primary=True
    )
    if vote.again is None:
        names = {"a": f"A · {vote.a.label}", "b": f"B · {vote.b.label}"}
        choices = tuple((choice, names.get(choice.value, words)) for choice, words in _CHOICES)
        return _ballot(
            "Now that you have seen names and bill: which one would you take?",
            "vote-again",
            choices,
            before=element("p", " ".join(told), class_="told"),
            after=_button("Skip", "next", quiet=True),
        )
    kept = vote.again is vote.choice
    told.append("You kept your vote." if kept else f"With the bill in view: {_again(vote.again)}")
    return element(
        "div",
        element("p", " ".join(told), class_="told", data_focus=True, tabindex="-1"),
        element("div", way_on, class_="choices"),
        class_="ballot",
    )


def _again(choice: Choice) -> str:
    words = {
        Choice.A: "you would take A.",
        Choice.B: "you would take B.",
        Choice.TIE: "you would call it a tie.",
        Choice.BOTH_BAD: "you would take neither.",
    }
    return words[choice]


def _ballot(
    title: str,
    action: str,
    choices: Sequence[tuple[Choice | Guess, str]],
    *,
    before: SafeHtml = EMPTY,
    after: SafeHtml = EMPTY,
) -> SafeHtml:
    buttons = [
        _button(words, action, value=choice.value, key=str(number))
        for number, (choice, words) in enumerate(choices, start=1)
    ]
    return element(
        "div",
        before,
        element("h3", title, data_focus=True, tabindex="-1"),
        element("div", *buttons, class_=f"choices of-{len(buttons)}"),
        after,
        class_="ballot",
        role="group",
        aria_label=title,
    )


def _button(
    words: str,
    action: str,
    *,
    value: str | None = None,
    key: str | None = None,
    primary: bool = False,
    quiet: bool = False,
) -> SafeHtml:
    style = "primary" if primary else "plain" if quiet else ""
    return element(
        "button",
        element("kbd", key, aria_hidden="true") if key else None,
        element("span", words),
        type="button",
        class_=f"taste-button {style}".strip(),
        data_taste=action,
        data_value=value,
        data_key=key,
        aria_keyshortcuts=key,
    )


def _chip(number: int, title: str | None) -> SafeHtml:
    if title is None:
        words = f"There is no source {number} in this round"
        return element("span", str(number), class_="cite no-such", title=words)
    return element(
        "a",
        str(number),
        href=f"#taste-source-{number}",
        class_="cite",
        title=title,
        aria_label=f"Source {number}: {title}",
    )


def _sources(evidence: Evidence | None) -> SafeHtml:
    if evidence is None or not evidence.passages:
        return EMPTY
    links = source_links(evidence)
    cards = [
        element(
            "details",
            element(
                "summary",
                element("span", str(passage.number), class_="number"),
                element("span", passage.title, class_="title"),
                element("span", passage.heading, class_="heading"),
            ),
            element(
                "div",
                marked_markdown(passage.text, [], links=links),
                class_="passage-text",
                dir="auto",
            ),
            class_="taste-source",
            id=f"taste-source-{passage.number}",
        )
        for passage in evidence.passages
    ]
    return element(
        "section",
        element("h3", "Sources", element("span", " the same for both sides", class_="quiet")),
        *cards,
        class_="taste-sources",
    )
