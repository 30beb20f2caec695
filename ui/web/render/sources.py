"""The passages of one turn, with what bears out the answer highlighted."""

from collections.abc import Iterable, Sequence

from assistant.evidence import Evidence
from assistant.markup.answers import source_links
from assistant.markup.elements import EMPTY, SafeHtml, element, icon
from assistant.markup.passages import passage_card, searched_for, support_by_passage
from assistant.turns import Answer, Turn
from index.passages import Passage

_SNIPPET_CHARS = 180
_NOTHING_YET = "The passages that an answer rests on appear here."


def empty_sources() -> SafeHtml:
    """The panel before the first question."""
    return element(
        "div",
        element("h2", "Sources"),
        element("p", _NOTHING_YET, class_="quiet"),
        class_="sources",
    )


def turn_sources(number: int, turn: Turn) -> SafeHtml:
    """The passages of a finished turn: cited ones first, then the others, then what did not fit."""
    cut = frozenset().union(*(answer.receipt.passages_cut for answer in turn.answers))
    cited = _cited(turn.answers) - cut
    passages = turn.evidence.passages
    links = source_links(turn.evidence)
    support = support_by_passage(turn.answers)

    def cards(chosen: Iterable[Passage]) -> list[SafeHtml]:
        return [passage_card(number, p, support.get(p.number, []), links) for p in chosen]

    return _panel(
        number,
        searched_for(turn.evidence),
        _group("Cited", cards(p for p in passages if p.number in cited)),
        _group("Also read", cards(p for p in passages if p.number not in cited | cut)),
        _group("Did not fit into the prompt", cards(p for p in passages if p.number in cut), "cut"),
    )


def live_sources(number: int, evidence: Evidence) -> SafeHtml:
    """The passages while the answer is being written."""
    links = source_links(evidence)
    cards = [passage_card(number, passage, [], links) for passage in evidence.passages]
    return _panel(number, searched_for(evidence), _group("Found", cards))


def _panel(number: int, *parts: SafeHtml) -> SafeHtml:
    return element(
        "div",
        element("h2", "Sources", element("span", f" of question {number}", class_="quiet")),
        *parts,
        class_="sources",
        data_turn=number,
    )


def _group(name: str, cards: Sequence[SafeHtml], sign: str = "") -> SafeHtml:
    if not cards:
        return EMPTY
    heading = element("h3", icon(sign) if sign else None, name)
    return element("div", heading, *cards, class_=f"group {sign}".strip())


def _cited(answers: Iterable[Answer]) -> frozenset[int]:
    return frozenset(c.number for answer in answers for c in answer.citations if c.valid)
