"""The decision card: which backend remains within somebody's limits."""

from assistant.markup.elements import SafeHtml, element, icon
from eval.report.card import Card, Choice
from eval.report.words import short
from eval.runs.records import RunPlan
from ui.web.render.evals import when

_STANDINGS = {
    "remains": ("check", "remains"),
    "may remain": ("half", "may remain"),
    "out": ("warning", "is out"),
    "cannot say": ("question", "cannot be said"),
}
_SURENESS = {
    "inside": ("check", "kept"),
    "unsure": ("half", "not sure"),
    "outside": ("warning", "not kept"),
    "unknown": ("question", "unknown"),
}


def card_heading(plan: RunPlan) -> SafeHtml:
    """Which run the card is of; the focus goes here."""
    names = " against ".join(short(one.entry.label) for one in plan.contestants)
    return element(
        "section",
        element("h3", "Decision card", tabindex=-1, data_eval_focus=plan.id),
        element(
            "p",
            f"{names}, {when(plan.created_at)}. Leave empty what does not matter to you.",
            class_="quiet",
        ),
        class_="eval-card-head",
    )


def card_panel(card: Card, address: str) -> SafeHtml:
    """The answer, and one box for each backend.

    Args:
        card: the answer.
        address: of the report with this card.
    """
    return element(
        "section",
        element("p", " ".join(card.text), class_="eval-answer"),
        element("div", *map(_choice, card.choices), class_="eval-choices"),
        element(
            "p",
            element(
                "a", "Open the report with this card", href=address, target="_blank",
                rel="noopener", class_="eval-button",
            ),
            class_="eval-actions",
        ),
        class_="eval-card",
    )  # fmt: skip


def _choice(choice: Choice) -> SafeHtml:
    sign, words = _STANDINGS[choice.standing]
    state = f"eval-state is-{choice.standing.split()[0]}"
    gives_up = None
    if choice.gives_up:
        gives_up = element(
            "div",
            element("p", "Gives up:", class_="quiet"),
            element("ul", *(element("li", each) for each in choice.gives_up)),
        )
    return element(
        "article",
        element(
            "header",
            element("h4", choice.label),
            element("span", icon(sign), words, class_=state),
        ),
        element(
            "ul",
            *(
                element(
                    "li",
                    icon(_SURENESS[check.sureness][0]),
                    element("span", check.told, " – ", _SURENESS[check.sureness][1]),
                    class_=f"is-{check.sureness}",
                )
                for check in choice.checks
            ),
            class_="eval-checks",
        ),
        gives_up,
    )
