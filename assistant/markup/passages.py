"""One passage, folded to the sentence that matters, with what bears an answer out highlighted."""

from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache

from assistant.evidence import Evidence
from assistant.markup.elements import EMPTY, SafeHtml, element, join, outward_link
from assistant.markup.prose import marked_markdown, marked_text, visible, without_marks
from assistant.turns import Answer
from corpus.documents import Span
from index.passages import Passage

_SNIPPET_CHARS = 180


def passage_card(
    number: int, passage: Passage, support: Sequence[Span], links: Collection[str]
) -> SafeHtml:
    """One passage, folded to the sentence that matters.

    Args:
        number: the turn's number.
        passage: the passage.
        support: ranges of the document that bear the answer out; empty takes the found range.
        links: URLs that may be linked.
    """
    spans = tuple(_inside(passage, span) for span in support or [passage.match])
    return _card(number, passage.unfound, spans, frozenset(links))


@lru_cache(maxsize=1024)
def _card(
    number: int, passage: Passage, spans: tuple[Span, ...], links: frozenset[str]
) -> SafeHtml:
    """The same passages are found for many questions, and drawn again when the answer has come."""
    return element(
        "details",
        element(
            "summary",
            element("span", str(passage.number), class_="number"),
            element(
                "span",
                element("span", passage.title, class_="title"),
                element("span", _heading(passage), class_="heading"),
                element("span", _snippet(passage, spans), class_="snippet", dir="auto"),
                class_="about",
            ),
        ),
        element(
            "div",
            _drawn(passage.text, spans, links),
            class_="passage-text",
            dir="auto",
        ),
        _foot(number, passage),
        class_="passage",
        id=f"p{number}-{passage.number}",
    )


@lru_cache(maxsize=512)
def _drawn(text: str, spans: tuple[Span, ...], links: frozenset[str]) -> SafeHtml:
    """A passage's text; the same one is found for many questions."""
    return marked_markdown(text, spans, links=links)


def _heading(passage: Passage) -> str:
    """The headings below the document's own, which its title repeats, and the page."""
    place = " > ".join(passage.heading_path[1:] or passage.heading_path)
    page = f"page {passage.page}" if passage.page else ""
    return " · ".join(part for part in (place, page) if part)


def _foot(number: int, passage: Passage) -> SafeHtml:
    parts = [
        outward_link("Read the document", passage.url) if passage.url else passage.source,
        f" · {passage.dated}" if passage.dated else None,
        " · ",
        element("a", "Back to the answer", href=f"#turn-{number}", class_="back", data_back=True),
    ]
    return element("p", join(parts), class_="quiet")


def searched_for(evidence: Evidence) -> SafeHtml:
    """What was searched for, where that is not the question as it was asked."""
    if evidence.standalone_question.strip() == evidence.question.strip():
        return EMPTY
    return element("p", f"Searched for: {visible(evidence.standalone_question)}", class_="quiet")


def support_by_passage(answers: Iterable[Answer]) -> dict[int, list[Span]]:
    """The ranges of documents that bear sentences of the answers out, by passage number."""
    found: dict[int, list[Span]] = {}
    for answer in answers:
        for check in answer.sentences:
            if check.passage is not None and check.support is not None:
                found.setdefault(check.passage, []).append(check.support)
    return found


def _inside(passage: Passage, span: Span) -> Span:
    """A range of the document as a range of the passage's text."""
    start = max(span.start, passage.start) - passage.start
    return Span(start, max(start, min(span.end, passage.end) - passage.start))


def _snippet(passage: Passage, spans: Sequence[Span]) -> SafeHtml:
    first = min(spans)
    start = passage.text.rfind("\n", 0, first.start) + 1
    if first.start - start > _SNIPPET_CHARS // 3:
        start = first.start
    end = min(len(passage.text), start + _SNIPPET_CHARS)
    within = [
        Span(max(s.start, start) - start, min(s.end, end) - start)
        for s in spans
        if s.start < end and s.end > start
    ]
    lead = "… " if start else ""
    tail = " …" if end < len(passage.text) else ""
    return join([lead, marked_text(passage.text[start:end], within, without_marks), tail])
