"""Where the lesson and a vendor differ."""

from collections.abc import Sequence

from assistant.evidence import Dispute
from ui.web.render.figures import number_of
from ui.web.render.markup import EMPTY, SafeHtml, element, icon, join, outward_link

_VERDICTS = {
    "wrong": "the lesson is wrong here",
    "outdated": "the lesson is out of date here",
    "unverifiable": "the vendor's pages do not bear this out",
    "agrees": "they agree",
}
_SHOWN = 1


def dispute_callouts(disputes: Sequence[Dispute]) -> SafeHtml:
    """The most relevant difference in full, the others folded."""
    if not disputes:
        return EMPTY
    first, rest = disputes[:_SHOWN], disputes[_SHOWN:]
    folded = element(
        "details",
        element("summary", f"{number_of(len(rest), 'more difference')} in these passages"),
        *(_callout(dispute) for dispute in rest),
    )
    return element(
        "aside",
        element("h4", icon("differ"), "Lesson and vendor differ"),
        *(_callout(dispute) for dispute in first),
        folded if rest else None,
        class_="disputes",
        aria_label="Lesson and vendor differ",
    )


def _callout(dispute: Dispute) -> SafeHtml:
    claim = dispute.claim
    sections = ", ".join(claim.sections)
    return element(
        "div",
        element(
            "dl",
            element("div", element("dt", "The lesson says"), element("dd", claim.lesson_says)),
            element("div", element("dt", "The vendor says"), element("dd", claim.vendor_says)),
        ),
        element(
            "p",
            element("strong", _VERDICTS.get(claim.verdict, claim.verdict).capitalize()),
            join(
                [
                    " · ",
                    outward_link(claim.source_title, claim.source_url),
                    f" · {claim.source_date or 'undated'}",
                    f" · lesson, section {sections}" if sections else None,
                ]
            ),
            class_="quiet",
        ),
        class_="dispute",
    )
