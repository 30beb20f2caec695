"""Turns of a conversation: the question, and the answers of each side beside one another."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from assistant.backends.catalogue import KINDS, Kind
from assistant.markup.elements import SafeHtml, element, icon, join
from assistant.turns import Turn, side_of
from ui.web.render.answers import action, answer_card, live_card, question
from ui.web.session import OTHER_KIND, LiveAnswer, LiveTurn


@dataclass(frozen=True, slots=True)
class _Place:
    """An answer of a turn, whole or being written."""

    position: int
    kind: Kind
    live: LiveAnswer | None = None


def turn_id(number: int) -> str:
    """The id of a turn's section."""
    return f"turn-{number}"


def turn_section(
    number: int, turn: Turn, names: Mapping[Kind, str], live: LiveTurn | None = None
) -> SafeHtml:
    """One turn: the question, then its answers.

    Args:
        number: of the turn, from 1.
        turn: the turn with the answers that have ended.
        names: who would be asked on each side now.
        live: what is being written in it, if anything is.
    """
    places = _places(turn, live)
    cards = [_card(number, turn, place, places, names) for place in places]
    return _section(number, turn.question, cards, is_running=live is not None)


def one_card(
    number: int, turn: Turn, position: int, names: Mapping[Kind, str], live: LiveTurn
) -> SafeHtml:
    """The card of one answer of a turn in which others are still being written."""
    places = _places(turn, live)
    place = next(each for each in places if each.position == position)
    return _card(number, turn, place, places, names)[1]


def new_section(live: LiveTurn) -> SafeHtml:
    """A turn that has no evidence yet."""
    cards = [(side_of(each.entry.kind), live_card(live.number, each)) for each in live.answers]
    return _section(live.number, live.question, cards, is_running=True)


def _places(turn: Turn, live: LiveTurn | None) -> list[_Place]:
    running = {each.position: each for each in (live.answers if live else ()) if not each.answer}
    kinds = {position: each.entry.kind for position, each in running.items()}
    ended = iter(turn.answers)
    places: list[_Place] = []
    for position in range(len(turn.answers) + len(running)):
        if position in running:
            places.append(_Place(position, kinds[position], running[position]))
        else:
            places.append(_Place(position, side_of(next(ended).kind)))
    return places


def _card(
    number: int,
    turn: Turn,
    place: _Place,
    places: Sequence[_Place],
    names: Mapping[Kind, str],
) -> tuple[Kind, SafeHtml]:
    of_side = [each.position for each in places if each.kind == place.kind]
    version = of_side.index(place.position) + 1 if len(of_side) > 1 else 0
    if place.live is not None:
        return place.kind, live_card(number, place.live, version=version)
    other = OTHER_KIND[place.kind]
    has_other = any(each.kind == other for each in places)
    # A later side may have ended first: the place among those that have ended.
    index = sum(1 for each in places if each.live is None and each.position < place.position)
    card = answer_card(
        number,
        place.position,
        turn,
        index=index,
        version=version,
        other="" if has_other else names[other],
    )
    return place.kind, card


def _section(
    number: int, words: str, cards: Sequence[tuple[Kind, SafeHtml]], *, is_running: bool
) -> SafeHtml:
    kinds = [kind for kind in KINDS if any(each == kind for each, _ in cards)]
    if len(kinds) > 1:
        columns = [_column(number, kind, cards) for kind in kinds]
        answers = element("div", *columns, class_="answers", data_sides=2, data_shown="open")
        answers = join([_tabs(number), answers])
    else:
        answers = element(
            "div",
            *(card for _, card in cards),
            class_="answers",
            data_sides=1,
            data_count=len(cards),
        )
    return element(
        "section",
        element(
            "div",
            question(words),
            element("div", action("edit", "Edit", number), class_="actions"),
            class_="asked",
        ),
        answers,
        class_="turn is-running" if is_running else "turn",
        id=turn_id(number),
        aria_label=f"Question {number}",
    )


def _column(number: int, kind: Kind, cards: Sequence[tuple[Kind, SafeHtml]]) -> SafeHtml:
    return element(
        "div",
        *(card for each, card in cards if each == kind),
        class_=f"side side-{kind}",
        id=f"turn-{number}-{kind}",
        role="group",
        aria_label=f"{kind.capitalize()} side",
    )


def _tabs(number: int) -> SafeHtml:
    """On a narrow screen the sides take turns; talk.js moves between them."""
    tabs = [
        element(
            "button",
            icon(f"kind-{kind}"),
            kind.capitalize(),
            type="button",
            role="tab",
            class_=f"kind kind-{kind}",
            data_side_tab=kind,
            aria_controls=f"turn-{number}-{kind}",
            aria_selected="true" if kind == "open" else "false",
            tabindex=0 if kind == "open" else -1,
        )
        for kind in KINDS
    ]
    return element("div", *tabs, class_="side-tabs", role="tablist", aria_label="Side")
