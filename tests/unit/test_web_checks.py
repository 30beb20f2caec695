"""What the page and the files say of the sentence check."""

from dataclasses import replace

from assistant.conversations.codec import decode_answer, encode_answer
from assistant.conversations.export import to_markdown
from assistant.markup.answers import cited_markdown
from assistant.markup.checks import sentence_checks
from assistant.turns import Answer, SentenceCheck
from corpus.documents import Span
from tests.unit.test_conversation_export import EVIDENCE, make_answer, make_conversation
from ui.web.render.share import to_html

TEXT = "Microsoft makes it [1]. It is small."


def misplaced() -> Answer:
    """An answer whose first sentence is borne out by source 2 while it cites source 1."""
    checks = (
        SentenceCheck(Span(0, 23), "Microsoft makes it.", "supported", 2, Span(0, 9), True),
        SentenceCheck(Span(24, 36), "It is small.", "supported", 2, Span(0, 9)),
    )
    return replace(make_answer("claude-sonnet", TEXT), sentences=checks)


def test_a_row_says_which_source_bears_the_sentence_out_instead_of_the_cited_one() -> None:
    html = sentence_checks(1, misplaced().sentences)
    assert "2 of 2 sentences supported, 1 of them not by what it cites" in html
    assert html.count(", not what it cites") == 1
    assert html.count("icon-elsewhere") == 1
    assert html.count('href="#p1-2"') == 2


def test_a_wrong_citation_has_its_sign_in_the_text_and_a_right_one_has_none() -> None:
    html = cited_markdown(1, EVIDENCE, TEXT, (), misplaced().sentences)
    before, sign, after = html.partition("doubt doubt-misplaced")
    assert "Microsoft makes it" in before
    assert sign
    assert "Source 2 bears this sentence out, not what it cites" in after
    assert "doubt" not in html.partition("It is small.")[2]


def test_the_files_of_a_conversation_tell_of_a_wrong_citation() -> None:
    conversation = make_conversation(misplaced())
    assert "supported: Microsoft makes it. (source 2, not what it cites)" in to_markdown(
        conversation
    ).replace("\\", "")
    page = to_html(conversation)
    assert "doubt-misplaced" in page
    assert ", not what it cites" in page


def test_a_wrong_citation_is_kept_with_its_answer() -> None:
    back = decode_answer(encode_answer(misplaced()))
    assert [check.misplaced for check in back.sentences] == [True, False]
    assert back == misplaced()


def test_an_answer_kept_before_there_was_such_a_mark_has_none() -> None:
    written = encode_answer(misplaced())
    older = written.replace(',"misplaced":true', "").replace(',"misplaced":false', "")
    assert "misplaced" not in older
    assert [check.misplaced for check in decode_answer(older).sentences] == [False, False]
