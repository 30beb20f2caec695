"""The lesson as markup: every claim marked at its words, and nothing else let through."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from assistant.markup.elements import SafeHtml
from corpus.claims import VERDICTS, Claim, load_claims
from corpus.documents import Document, Span
from corpus.library import load_lesson
from tests.support.payloads import payloads
from ui.web.lesson import show_lesson
from ui.web.render.lesson import lesson_page, question_about
from ui.web.render.lesson_text import headings_of, marked_lesson

_VOID = {"br", "hr"}


class Marks(HTMLParser):
    """Reads markup as a browser does: which words each claim's marks hold."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[tuple[str, dict[str, str | None]]] = []
        self.words: dict[str, str] = {}
        self.ids: list[str] = []
        self.first: dict[str, str] = {}
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.balanced = True
        self.feed(html)
        self.balanced &= not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.elements.append((tag, values))
        if values.get("id"):
            self.ids.append(str(values["id"]))
        if tag not in _VOID:
            self.open.append((tag, values))

    def handle_endtag(self, tag: str) -> None:
        if tag not in _VOID:
            self.balanced &= bool(self.open) and self.open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        if any("sr-only" in str(values.get("class")) for _, values in self.open):
            return
        for tag, values in self.open:
            if tag == "mark":
                for claim in str(values.get("data-claims") or "").split():
                    self.words[claim] = self.words.get(claim, "") + data
                if values.get("id"):
                    self.first.setdefault(str(values["id"]), data)


def make_claim(number: int, text: str, *words: str, verdict: str = "wrong") -> Claim:
    claim = load_claims(load_lesson())[0]
    spans = tuple(Span(text.index(each), text.index(each) + len(each)) for each in words)
    return replace(claim, id=f"claim-{number:02}", spans=spans, verdict=verdict)  # type: ignore[arg-type]


def make_lesson(text: str) -> Document:
    return replace(load_lesson(), text=text)


def plain(markdown: str) -> str:
    without_links = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", markdown)
    return re.sub(r"^\d+\. |\*\*", "", without_links).strip()


def squeezed(words: str) -> str:
    return re.sub(r"\s+", "", words)


@pytest.fixture(scope="module")
def lesson() -> Document:
    return load_lesson()


@pytest.fixture(scope="module")
def claims(lesson: Document) -> tuple[Claim, ...]:
    return load_claims(lesson)


@pytest.fixture(scope="module")
def page(lesson: Document, claims: tuple[Claim, ...]) -> SafeHtml:
    return lesson_page(lesson, claims)


def test_every_claim_is_marked_at_its_words_and_nowhere_else(
    lesson: Document, claims: tuple[Claim, ...]
) -> None:
    marks = Marks(marked_lesson(lesson, claims))
    assert len(claims) == 61
    for claim in claims:
        written = "".join(plain(lesson.text[each.start : each.end]) for each in claim.spans)
        assert squeezed(marks.words[claim.id]) == squeezed(written), claim.id
    assert set(marks.words) == {claim.id for claim in claims}
    assert marks.balanced


def test_each_claim_has_one_id_on_its_first_piece_and_numbered_ones_on_further_places(
    lesson: Document, claims: tuple[Claim, ...]
) -> None:
    marks = Marks(marked_lesson(lesson, claims))
    for claim in claims:
        ids = [claim.id, *(f"{claim.id}-{n}" for n in range(2, len(claim.spans) + 1))]
        for name, span in zip(ids, claim.spans, strict=True):
            assert marks.ids.count(name) == 1, name
            start = plain(lesson.text[span.start : span.end])
            assert start.startswith(marks.first[name].strip()), name
    assert len(set(marks.ids)) == len(marks.ids)


def test_no_id_of_the_whole_tab_stands_twice(page: SafeHtml) -> None:
    marks = Marks(page)
    assert marks.balanced
    assert len(set(marks.ids)) == len(marks.ids)


def test_nested_overlapping_and_equal_places_are_all_marked() -> None:
    text = "# T\n\nOne **two three** four five six.\n"
    claims = (
        make_claim(1, text, "One **two three** four"),
        make_claim(2, text, "two", verdict="agrees"),
        make_claim(3, text, "three** four five", verdict="outdated"),
        make_claim(4, text, "three** four five"),
    )
    html = marked_lesson(make_lesson(text), claims)
    marks = Marks(html)
    assert {key: squeezed(words) for key, words in marks.words.items()} == {
        "claim-01": "Onetwothreefour",
        "claim-02": "two",
        "claim-03": "threefourfive",
        "claim-04": "threefourfive",
    }
    assert marks.balanced
    assert "<strong>" in html
    assert [*sorted(marks.ids)] == ["claim-01", "claim-02", "claim-03", "claim-04"]
    assert html.count('class="claim-button"') == 3  # wrong x2, outdated, agrees: one place
    assert "×2" in html


def test_places_in_table_cells_across_cells_and_in_links_are_marked() -> None:
    text = (
        "# T\n\n| A | B |\n|---|---|\n| **x** y | z |\n\n"
        "1. See [the page](https://example.org/a) now\n2. two\n"
    )
    claims = (
        make_claim(1, text, "**x** y | z"),
        make_claim(2, text, "1. See [the page](https://example.org/a) now\n2. two"),
    )
    html = marked_lesson(make_lesson(text), claims)
    marks = Marks(html)
    assert squeezed(marks.words["claim-01"]) == "xyz"
    assert squeezed(marks.words["claim-02"]) == "Seethepagenowtwo"
    assert marks.balanced
    assert html.count("<td>") == 2
    assert html.count("<li>") == 2
    assert 'href="https://example.org/a"' in html


def test_neighbours_that_only_meet_are_two_places() -> None:
    text = "# T\n\nfirst second\n"
    claims = (make_claim(1, text, "first "), make_claim(2, text, "second"))
    html = marked_lesson(make_lesson(text), claims)
    assert html.count('class="claim-button"') == 2
    assert html.index("claim 1:") < html.index(">second<")


def test_a_verdict_is_a_sign_and_a_word_never_colour_alone(page: SafeHtml) -> None:
    buttons = re.findall(r'<button[^>]*class="claim-button"[^>]*>.*?</button>', page)
    assert len(buttons) > 50
    words = {"agrees", "outdated", "wrong", "cannot be checked"}
    for button in buttons:
        seen = re.sub(r"<span class=\"(?:sr-only|times)\">.*?</span>|<[^>]+>", "", button)
        assert seen in words, button
        assert 'class="icon icon-verdict-' in button
    assert {re.search(r'data-verdict="(\w+)"', each)[1] for each in buttons} == set(VERDICTS)  # type: ignore[index]


def test_the_summary_counts_the_verdicts_of_the_table(page: SafeHtml) -> None:
    assert "61 claims checked" in page
    assert "22 agree, 13 outdated, 20 wrong, 6 cannot be checked" in page


def test_evidence_names_both_sides_the_source_and_its_date(
    page: SafeHtml, claims: tuple[Claim, ...]
) -> None:
    cards = re.findall(r'<article class="claim-card".*?</article>', page)
    assert len(cards) == len(claims)
    assert all("The lesson says" in card and "The vendor says" in card for card in cards)
    assert all('rel="noopener noreferrer"' in card for card in cards)
    assert sum("· undated" in card for card in cards) == sum(not c.source_date for c in claims)
    assert "6 June 2024" in cards[13]
    assert "2 places" in cards[13]


def test_the_question_on_a_claim_reads_as_one(claims: tuple[Claim, ...]) -> None:
    asked = {claim.id: question_about(claim) for claim in claims}
    assert asked["claim-14"] == (
        "Is it true, as the lesson says, that Phi-3 is made by Inflection AI?"
    )
    assert asked["claim-02"].endswith("that anyone can download, fine-tune or deploy an "
                                      "open-source model?")  # fmt: skip
    assert "that GPT-4, Claude and Gemini give" in asked["claim-59"]
    assert "that Mixtral uses" in asked["claim-38"]
    assert all(each.endswith("?") and ".?" not in each for each in asked.values())


def test_the_contents_lead_to_each_heading(page: SafeHtml, lesson: Document) -> None:
    headings = headings_of(lesson)
    assert [h.words for h in headings][:2] == ["1. Definition of Terms", "Open-Source LLMs"]
    assert len(headings) == 13
    for heading in headings:
        assert page.count(f'id="{heading.id}"') == 1
        assert page.count(f'href="#{heading.id}"') == 1


def test_no_raw_html_and_no_foreign_request_comes_through() -> None:
    hostile = payloads("https://evil.example")
    text = "# T\n\n" + "\n\n".join(f"place{n}end {each}" for n, each in enumerate(hostile)) + "\n"
    claims = [make_claim(n + 1, text, f"place{n}end") for n in range(len(hostile))]
    bad = "<img src=https://evil.example/x onerror=alert(1)>"
    claims.append(replace(make_claim(99, text, "T"), lesson_says=bad, vendor_says=bad,
                          source_title=bad, source_url="javascript:alert(1)"))  # fmt: skip
    elements = Marks(lesson_page(make_lesson(text), tuple(claims))).elements
    assert len(elements) > 500
    foreign = {"script", "img", "iframe", "svg", "style", "form", "input", "object", "link", "meta"}
    assert not foreign & {tag for tag, _ in elements}
    for tag, values in elements:
        assert not [name for name in values if name.startswith("on") or name in {"src", "srcset"}]
        assert re.match(r"#|https?://", str(values.get("href", "#"))), (tag, values)


def test_the_whole_tab_is_small_and_made_once(lesson: Document, claims: tuple[Claim, ...]) -> None:
    page = lesson_page(lesson, claims)
    assert len(page.encode()) < 150_000
    assert lesson_page(lesson, claims) is page


def test_the_lesson_is_sent_once_to_a_visitor() -> None:
    update, shown = show_lesson(False)
    assert shown
    assert 'id="claim-14"' in update["value"]
    again, still = show_lesson(True)
    assert still
    assert "value" not in again
