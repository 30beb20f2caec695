"""What the sentence check says: under an answer, and as small signs in its text."""

from collections.abc import Sequence

from assistant.markup.elements import EMPTY, SafeHtml, element, hidden, icon
from assistant.markup.figures import number_of
from assistant.markup.prose import Insert, without_marks
from assistant.turns import SentenceCheck
from corpus.documents import Span

_SIGNS = {"supported": "check", "partly": "half", "not found": "question"}


def sentence_checks(number: int, sentences: Sequence[SentenceCheck]) -> SafeHtml:
    """How many sentences the passages bear out, and the verdict of each."""
    if not sentences:
        return EMPTY
    supported = sum(check.verdict == "supported" for check in sentences)
    partly = sum(check.verdict == "partly" for check in sentences)
    missing = len(sentences) - supported - partly
    misplaced = sum(check.misplaced for check in sentences)
    summary = [f"{supported} of {number_of(len(sentences), 'sentence')} supported"]
    if misplaced:
        cites = "it cites" if misplaced == 1 else "they cite"
        summary.append(f"{misplaced} of them not by what {cites}")
    if partly:
        summary.append(f"{partly} partly")
    if missing:
        summary.append(f"{missing} not found in the sources")
    is_clear = supported == len(sentences) and not misplaced
    sign = "check" if is_clear else "half" if supported or partly else "question"
    return element(
        "details",
        element("summary", icon(sign), ", ".join(summary)),
        element("ol", *(_row(number, check) for check in sentences)),
        class_="checks",
    )


def doubts(sentences: Sequence[SentenceCheck]) -> list[Insert]:
    """A small sign after each sentence that what it cites does not fully bear out."""
    return [
        Insert(
            Span(check.span.end, check.span.end),
            element(
                "span",
                icon(_sign(check)),
                hidden(f" ({_doubt(check)}) "),
                class_=f"doubt doubt-{_name(check)}",
                title=_doubt(check).capitalize(),
            ),
        )
        for check in sentences
        if check.misplaced or check.verdict != "supported"
    ]


def _row(number: int, check: SentenceCheck) -> SafeHtml:
    return element(
        "li",
        element("span", icon(_sign(check)), check.verdict, class_="verdict"),
        element("span", without_marks(check.text), class_="sentence", dir="auto"),
        _source(number, check) if check.passage is not None else None,
        class_=f"check-{_name(check)}",
    )


def _source(number: int, check: SentenceCheck) -> SafeHtml:
    link = element(
        "a",
        f"source {check.passage}",
        href=f"#p{number}-{check.passage}",
        class_="to-source",
        data_turn=number,
        data_passage=check.passage,
    )
    if not check.misplaced:
        return link
    return element("span", link, ", not what it cites", class_="not-cited")


def _sign(check: SentenceCheck) -> str:
    return "elsewhere" if check.misplaced else _SIGNS[check.verdict]


def _name(check: SentenceCheck) -> str:
    return "misplaced" if check.misplaced else check.verdict.replace(" ", "-")


def _doubt(check: SentenceCheck) -> str:
    if check.misplaced:
        return f"source {check.passage} bears this sentence out, not what it cites"
    if check.verdict == "partly":
        return "the sources bear this sentence out in part"
    return "this sentence was not found in the sources"
