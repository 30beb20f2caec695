"""Where the lesson and a vendor differ."""

from collections.abc import Sequence

from assistant.evidence import Dispute
from assistant.markup.elements import EMPTY, SafeHtml, element, icon
from assistant.markup.figures import number_of
from ui.web.render.lesson import both_sides, claim_source, verdict_sentence
from ui.web.render.lesson_text import verdict_sign

MOST = 3
_SHOWN = 1


def dispute_callouts(disputes: Sequence[Dispute], *, in_page: bool = True) -> SafeHtml:
    """The most relevant difference in full, at most two more folded.

    Args:
        disputes: the most relevant first.
        in_page: whether the lesson is there to be shown; not so in a file that is given away.
    """
    if not disputes:
        return EMPTY
    first, rest = disputes[:_SHOWN], disputes[_SHOWN:MOST]
    folded = element(
        "details",
        element("summary", number_of(len(rest), "more difference")),
        *(_callout(dispute, in_page) for dispute in rest),
    )
    return element(
        "div",
        element("h4", icon("differ"), "Lesson and vendor differ"),
        *(_callout(dispute, in_page) for dispute in first),
        folded if rest else None,
        class_="disputes",
        role="note",
        aria_label="Lesson and vendor differ",
    )


def _callout(dispute: Dispute, in_page: bool) -> SafeHtml:
    claim = dispute.claim
    return element(
        "div",
        both_sides(claim),
        element(
            "p",
            element(
                "span",
                verdict_sign(claim.verdict),
                verdict_sentence(claim.verdict),
                class_="dispute-verdict",
                data_verdict=claim.verdict,
            ),
            element("span", claim_source(claim)),
            element("a", "Show it in the lesson", href=f"#{claim.id}", data_claim=claim.id)
            if in_page
            else None,
            class_="quiet dispute-foot",
        ),
        class_="dispute",
    )
