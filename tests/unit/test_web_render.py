"""What models and documents say becomes markup that cannot act."""

import dataclasses
import re
from html.parser import HTMLParser
from pathlib import Path

import nh3
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from assistant.backends.base import StopReason
from assistant.backends.catalogue import Kind
from assistant.citations import parse_citations
from assistant.evidence import Evidence
from assistant.markup import figures, prose
from assistant.markup.elements import element, outward_link
from assistant.markup.prose import (
    Insert,
    markdown,
    marked_markdown,
    marked_text,
    without_marks,
)
from assistant.turns import Status, Turn
from corpus.documents import Span
from corpus.errors import BackendError
from tests.support.payloads import payloads
from tests.support.scripted_assistant import ScriptedAssistant
from tests.support.scripted_objects import (
    ANSWER,
    COST_ANSWER,
    TABLE,
    Script,
    make_dispute,
    make_passages,
    scripted_answer,
)
from ui.web.render import answers, notices, sources, turns

CANARY = "http://canary.example"
NAMES: dict[Kind, str] = {"open": "Llama 3.2 3B", "proprietary": "Claude Sonnet"}
OURS = {
    *("p", "br", "hr", "strong", "em", "s", "ul", "ol", "li", "blockquote", "code", "pre", "a"),
    *("table", "thead", "tbody", "tr", "th", "td", "h3", "h4", "h5", "h6", "mark"),
}


class _Elements(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def elements(html: str) -> list[tuple[str, dict[str, str | None]]]:
    return _Elements(html).found


def assert_inert(html: str, links: set[str] = frozenset()) -> None:  # type: ignore[assignment]
    for tag, attributes in elements(html):
        assert tag in OURS, tag
        assert set(attributes) <= {"href", "rel", "target", "start"}, attributes
        if tag == "a":
            assert attributes.get("href") in links
            assert attributes["rel"] == "noopener noreferrer"
            assert attributes["target"] == "_blank"


def words(html: str) -> str:
    return re.sub(r"<[^>]*>", "", html)


@pytest.fixture
def assistant(tmp_path: Path) -> ScriptedAssistant:
    return ScriptedAssistant(tmp_path)


def finished_turn(assistant: ScriptedAssistant, script: Script | None = None) -> Turn:
    script = script or Script()
    evidence = Evidence("Who?", "Who?", make_passages(), (make_dispute(),), True, 0.02)
    entry = assistant.entry("llama3.2-3b")
    answer = scripted_answer(entry, script, evidence, script.text, stopped=False, broke=False)
    return Turn("Who?", evidence, (answer,))


@pytest.mark.parametrize("payload", payloads(CANARY))
def test_hostile_markdown_becomes_inert_markup(payload: str) -> None:
    assert_inert(markdown(payload))


@pytest.mark.parametrize("payload", payloads(CANARY))
def test_hostile_markdown_is_inert_at_every_prefix_of_a_stream(payload: str) -> None:
    for end in range(len(payload) + 1):
        assert_inert(markdown(payload[:end]))


@pytest.mark.parametrize("payload", payloads(CANARY))
def test_what_the_parser_makes_is_inert_before_the_allow_list_sees_it(
    payload: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(nh3, "clean", lambda html, **_: html)
        html = markdown(payload)
    for tag, attributes in elements(html):
        assert tag in OURS, tag
        assert set(attributes) <= {"start"}, attributes


@pytest.mark.parametrize("payload", payloads(CANARY))
def test_what_the_allow_list_lets_through_is_inert_whatever_the_parser_made(
    payload: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    monkeypatch.setattr(prose, "_parser", lambda: parser)
    for tag, attributes in elements(markdown(payload)):
        assert tag in OURS, tag
        assert set(attributes) <= {"href", "rel", "target", "start"}, attributes
        assert (attributes.get("href") or "https:").startswith(("http:", "https:"))


@given(
    st.lists(st.sampled_from([*payloads(CANARY), "[1]", "**", "\n", "|", "`", "> "])).map("".join)
)
def test_no_mixture_of_payloads_escapes(source: str) -> None:
    assert_inert(markdown(source))


@given(st.text(alphabet="<>&\"'`[]()*_|\n !#-aé1\U00012470\U00012471\ue000"))
def test_sanitising_once_more_changes_nothing(source: str) -> None:
    html = markdown(source)
    once_more = nh3.clean(
        html,
        tags=OURS,
        attributes={"a": {"href", "target"}, "ol": {"start"}},
        url_schemes={"http", "https"},
        link_rel="noopener noreferrer",
    )
    assert once_more.replace("\n", "") == html.replace("\n", "")


@given(st.text(), st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60))))
def test_highlighting_never_loses_or_invents_a_letter(
    source: str, pairs: list[tuple[int, int]]
) -> None:
    spans = [Span(*sorted(pair)) for pair in pairs]
    assert_inert(marked_markdown(source, spans))
    bare, marked = marked_markdown(source, []), marked_markdown(source, spans)
    letters = re.compile(r"[^\W\d_]")
    assert letters.findall(words(bare)) == letters.findall(words(marked))


def test_a_link_to_a_source_of_the_turn_is_kept_and_others_become_text() -> None:
    links = {"https://good.example/a"}
    html = markdown("[a](https://good.example/a) [b](https://evil.example/?q=secret)", links=links)
    assert_inert(html, links)
    assert "b (https://evil.example/?q=secret)" in words(html)
    assert len([tag for tag, _ in elements(html) if tag == "a"]) == 1


@pytest.mark.parametrize("url", ["javascript:x", "https://user:word@evil.example/", "https:///x"])
def test_what_a_source_gives_as_its_address_is_linked_only_if_it_is_one_of_the_web(
    url: str,
) -> None:
    html = markdown(f"[a]({url})", links={url})
    assert_inert(html)
    assert url in words(html)


def test_what_looks_like_the_definition_of_a_link_stays_what_it_is() -> None:
    html = markdown("It is so [1].\n\n[1]: https://evil.example/a 'b'")
    assert_inert(html)
    assert words(html) == "It is so [1].\n[1]: https://evil.example/a 'b'\n"


def test_a_citation_becomes_a_chip_that_leads_to_its_passage(assistant: ScriptedAssistant) -> None:
    html = turns.turn_section(3, finished_turn(assistant), NAMES)
    chips = [a for tag, a in elements(html) if tag == "a" and a.get("class") == "cite"]
    assert [chip["href"] for chip in chips] == ["#p3-2", "#p3-1", "#p3-2"]
    assert chips[0]["aria-label"] == "Source 2: Note: Phi-3, Phi-3 > Maker"


def test_a_citation_of_a_passage_that_was_not_retrieved_is_no_link(
    assistant: ScriptedAssistant,
) -> None:
    html = turns.turn_section(1, finished_turn(assistant, Script(COST_ANSWER)), NAMES)
    assert "There is no source 9 in this turn" in html
    assert "#p1-9" not in html


def test_a_chip_keeps_the_bold_text_beside_it_bold() -> None:
    source = "**Microsoft makes it.**[2] **And this.[1]**"
    chips = [Insert(c.span, element("i", str(c.number))) for c in parse_citations(source, {1, 2})]
    html = markdown(source, inserts=chips)
    assert "<strong>Microsoft makes it.</strong><i>2</i>" in html
    assert "<strong>And this.<i>1</i></strong>" in html


def test_a_chip_is_not_put_into_an_attribute() -> None:
    source = "[a](https://good.example/[1]) [text [1] more](https://good.example/)"
    inserts = [Insert(c.span, element("i", "chip")) for c in parse_citations(source, {1})]
    html = markdown(
        source, links={"https://good.example/", "https://good.example/[1]"}, inserts=inserts
    )
    assert html.count("<i>chip</i>") == 1
    assert "%F0%92" not in html
    assert not [a for tag, a in elements(html) if tag == "a"]


def test_signs_of_ours_in_foreign_text_do_not_become_chips() -> None:
    source = "[\U000124700\U00012470] and [1]"
    html = markdown(source, inserts=[Insert(Span(len(source) - 3, len(source)), element("i", "1"))])
    assert html.count("<i>1</i>") == 1


def test_a_sentence_of_a_passage_is_marked_within_its_list() -> None:
    source = "- **Definition:** Models owned by companies.\n- Other."
    html = marked_markdown(source, [Span(0, source.index("\n"))])
    assert (
        "<li><strong><mark>Definition:</mark></strong><mark> Models owned by companies.</mark></li>"
        in html
    )
    assert "<mark>Other" not in html


def test_a_row_of_a_table_is_marked_cell_by_cell() -> None:
    cells = (
        "**Cost**",
        "Usually free to use (infrastructure costs may apply)",
        "Subscription or pay-per-use model",
    )
    row = f"| {' | '.join(cells)} |"
    start = TABLE.index(row)
    html = marked_markdown(TABLE, [Span(start, start + len(row))])
    marks = re.findall(r"<mark>(.*?)</mark>", html)
    assert marks == [cell.strip("*") for cell in cells]


def test_marked_text_escapes_what_it_marks() -> None:
    assert marked_text("a <b> c", [Span(2, 5)]) == "a <mark>&lt;b&gt;</mark> c"


def test_an_excerpt_has_no_marks_of_markdown() -> None:
    assert (
        without_marks("| **Cost** | `free` |\n|---|---|\n- a_b *c*").strip() == "Cost · free a_b c"
    )


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (
            "- Meta AI: [https://ai.meta.com/](https://ai.meta.com/)",
            "Meta AI: https://ai.meta.com/",
        ),
        (
            "See [the page](https://a.example/b_c) and [this](https://a",
            "See the page and this",
        ),
        ("Cited [1] (and more).", "Cited [1] (and more)."),
    ],
)
def test_an_excerpt_has_the_words_of_a_link_alone(source: str, words: str) -> None:
    assert without_marks(source).strip() == words


def test_characters_that_turn_the_direction_of_text_are_taken_out() -> None:
    assert words(markdown("a\u202eb\u2066c\x00d")) == "abcd\n"


@pytest.mark.parametrize(
    "url",
    [
        *("javascript://a.example/%0aalert(1)", "data://a.example/x", "ftp://a.example/x"),
        *("https://user:word@evil.example/", "//a.example/x", "https:///x", "https://[", "", None),
    ],
)
def test_our_own_links_lead_to_plain_addresses_of_the_web_alone(url: str | None) -> None:
    assert elements(outward_link("words", url)) == [("span", {})]
    ((tag, attributes), _) = elements(outward_link("words", "https://a.example/x"))
    assert (tag, attributes["rel"]) == ("a", "noopener noreferrer")


def test_a_question_is_shown_as_text_alone() -> None:
    assert elements(answers.question("<img src=x> ![a](http://x)"))[0][0] == "h2"
    assert "<img" not in answers.question("<img src=x>")


@pytest.mark.parametrize("payload", payloads(CANARY))
def test_hostile_passages_titles_and_headings_bring_no_element_of_their_own(
    payload: str, assistant: ScriptedAssistant
) -> None:
    passages = tuple(
        dataclasses.replace(
            p,
            title=payload,
            heading_path=(payload, payload),
            text=payload + p.text,
            url=f"javascript:{payload}",
        )
        for p in make_passages()
    )
    turn = finished_turn(assistant)
    turn = dataclasses.replace(turn, evidence=dataclasses.replace(turn.evidence, passages=passages))
    html = sources.turn_sources(1, turn) + turns.turn_section(1, turn, NAMES)
    for tag, attributes in elements(html):
        assert tag in OURS | {"div", "details", "summary", "span", "h2", "section", "article"} | {
            *("header", "button", "aside", "dl", "dt", "dd", "ol", "li", "strong", "mark", "code"),
        }
        assert not [
            name for name in attributes if name.startswith("on") or name in {"src", "style"}
        ]
        address = attributes.get("href") or ""
        assert address.startswith(("#", "https://example.org/")) or tag != "a", address


def test_a_passage_of_a_paged_document_names_its_page(assistant: ScriptedAssistant) -> None:
    turn = finished_turn(assistant)
    first, *others = turn.evidence.passages
    paged = (dataclasses.replace(first, page=12), *others)
    turn = dataclasses.replace(turn, evidence=dataclasses.replace(turn.evidence, passages=paged))
    assert sources.turn_sources(1, turn).count("page 12") == 1


def test_cited_passages_come_first_and_those_that_did_not_fit_last(
    assistant: ScriptedAssistant,
) -> None:
    turn = finished_turn(assistant, Script(ANSWER, passages_cut=(4,)))
    html = sources.turn_sources(1, turn)
    assert re.findall(r"</span>(Did not fit[^<]*)|<h3>([^<]+)</h3>", html) == [
        ("", "Cited"),
        ("", "Also read"),
        ("Did not fit into the prompt", ""),
    ]
    assert re.findall(r'id="p1-(\d)"', html) == ["1", "2", "3", "4"]


def test_the_supporting_span_is_what_is_highlighted(assistant: ScriptedAssistant) -> None:
    html = sources.turn_sources(1, finished_turn(assistant))
    assert "<mark>Phi-3 is made by Microsoft, not by Inflection AI.</mark>" in html


def test_the_check_tells_how_many_sentences_are_supported(assistant: ScriptedAssistant) -> None:
    html = turns.turn_section(1, finished_turn(assistant), NAMES)
    assert "3 of 3 sentences supported" in html
    assert html.count('class="check-supported"') == 3


def test_a_dispute_names_both_sides_the_verdict_the_source_and_the_date(
    assistant: ScriptedAssistant,
) -> None:
    html = words(turns.turn_section(1, finished_turn(assistant), NAMES))
    for part in ("The lesson says", "Inflection AI", "The vendor says", "Microsoft", "June 2024"):
        assert part in html
    assert "The lesson is wrong here" in html


def test_a_failed_answer_keeps_its_text_and_says_what_to_do(assistant: ScriptedAssistant) -> None:
    turn = finished_turn(assistant)
    broken = dataclasses.replace(
        turn.answers[0],
        status=Status.INTERRUPTED,
        error=BackendError("The line <broke>.", "Ask again."),
    )
    html = turns.turn_section(1, dataclasses.replace(turn, answers=(broken,)), NAMES)
    assert "broke off" in html
    assert "The line &lt;broke&gt;." in html
    assert "Microsoft makes Phi-3" in html


def test_an_answer_that_left_the_machine_although_it_is_open_says_so(
    assistant: ScriptedAssistant,
) -> None:
    turn = finished_turn(assistant)
    receipt = dataclasses.replace(
        turn.answers[0].receipt,
        kind="open, not local",
        destination="ollama.com",
        stayed_local=False,
        stop_reason=StopReason.LENGTH,
    )
    answer = dataclasses.replace(turn.answers[0], receipt=receipt)
    html = words(turns.turn_section(1, dataclasses.replace(turn, answers=(answer,)), NAMES))
    assert "Not local: this answer came from ollama.com." in html
    assert "stayed on this machine" not in html
    assert "the answer is cut" in html


def test_unknown_money_is_never_nought(assistant: ScriptedAssistant) -> None:
    turn = finished_turn(assistant)
    money = dataclasses.replace(turn.answers[0].receipt.money, amount=None)
    assert figures.money(money) == "cost unknown"


def test_the_state_panel_names_the_variable_and_never_asks_for_the_key(
    assistant: ScriptedAssistant,
) -> None:
    from assistant.backends.base import Health, HealthState

    entry = assistant.entry("gpt-mini")
    html = notices.state_panel(entry, Health(HealthState.NO_KEY, "No key is set.", "Set it."))
    assert "<code>OPENAI_API_KEY</code>" in html
    assert "<input" not in html
    # A label and an address of one's own stand in what a health says.
    told = Health(HealthState.NOT_RUNNING, "<img src=x> does not answer.", "Start <img src=x>.")
    assert "<img" not in notices.state_panel(entry, told)


@pytest.mark.parametrize(
    ("status", "text", "said", "unsaid"),
    [
        (Status.STOPPED, "Half", "What had arrived is kept.", "Nothing had arrived."),
        (Status.STOPPED, " \n", "Nothing had arrived.", "What had arrived is kept."),
        (Status.FINISHED, "", "ended its answer without a word", "Copy"),
        (Status.FINISHED, "All of it.", "Copy", "without a word"),
    ],
)
def test_an_answer_without_a_word_says_so_and_nothing_is_said_to_be_kept(
    assistant: ScriptedAssistant, status: Status, text: str, said: str, unsaid: str
) -> None:
    turn = finished_turn(assistant)
    answer = dataclasses.replace(turn.answers[0], status=status, text=text, sentences=())
    html = words(turns.turn_section(1, dataclasses.replace(turn, answers=(answer,)), NAMES))
    assert said in html
    assert unsaid not in html
