"""The text of an answer with its citations as links, and who wrote it."""

from collections.abc import Collection, Sequence

from assistant.evidence import Evidence
from assistant.markup.checks import doubts
from assistant.markup.elements import SafeHtml, element, hidden, icon, join
from assistant.markup.prose import Insert, markdown
from assistant.turns import Citation, SentenceCheck, side_of
from corpus.documents import Span


def kind_badge(kind: str) -> SafeHtml:
    """The kind of a backend as a shape and a word."""
    name = side_of(kind)
    return element("span", icon(f"kind-{name}"), kind, class_=f"kind kind-{name}")


def answer_text(
    number: int,
    evidence: Evidence,
    words: str,
    citations: Sequence[Citation],
    sentences: Sequence[SentenceCheck],
) -> SafeHtml:
    """The answer's Markdown with its citations as links into the sources."""
    html = cited_markdown(number, evidence, words, citations, sentences)
    return element("div", html, class_="answer-text", dir="auto")


def cited_markdown(
    number: int,
    evidence: Evidence,
    words: str,
    citations: Sequence[Citation],
    sentences: Sequence[SentenceCheck] = (),
) -> SafeHtml:
    """Markdown of an answer, or of a part of it, with its citations as links."""
    inserts = [*_chips(number, evidence, citations), *doubts(sentences)]
    return markdown(words, links=source_links(evidence), inserts=inserts)


def source_links(evidence: Evidence) -> Collection[str]:
    """The URLs that an answer over this evidence may link to."""
    return {passage.url for passage in evidence.passages if passage.url}


def _chips(number: int, evidence: Evidence, citations: Sequence[Citation]) -> list[Insert]:
    titles = {p.number: f"{p.title}, {p.heading}" for p in evidence.passages}
    by_span: dict[Span, list[SafeHtml]] = {}
    for citation in citations:
        chip = _chip(number, citation, titles.get(citation.number, ""))
        by_span.setdefault(citation.span, []).append(chip)
    return [Insert(span, join(chips)) for span, chips in by_span.items()]


def _chip(number: int, citation: Citation, title: str) -> SafeHtml:
    if not citation.valid:
        words = f"There is no source {citation.number} in this turn"
        sign = element("span", str(citation.number), aria_hidden="true")
        return element("span", hidden(f" ({words}) "), sign, class_="cite no-such", title=words)
    return element(
        "a",
        str(citation.number),
        href=f"#p{number}-{citation.number}",
        class_="cite",
        title=title,
        aria_label=f"Source {citation.number}: {title}",
        data_turn=number,
        data_passage=citation.number,
    )
