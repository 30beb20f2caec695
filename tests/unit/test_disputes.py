from dataclasses import replace

import pytest

from assistant.claim_words import systems_in
from assistant.disputes import (
    asks_for_errors,
    find_disputes,
    touched_disputes,
    with_disputed_passages,
)
from assistant.evidence import Dispute
from corpus.claims import Claim, load_claims
from corpus.documents import Span
from corpus.library import load_lesson
from index.hash_embedder import HashEmbedder
from index.passages import Passage
from tests.support.evidence import make_claim, make_evidence

EMBEDDER = HashEmbedder(dimension=512)


@pytest.fixture(scope="module")
def claims() -> tuple[Claim, ...]:
    return load_claims(load_lesson())


def lesson_passages() -> tuple[Passage, ...]:
    """The whole lesson as one passage, numbered 1."""
    lesson = load_lesson()
    whole = Span(0, len(lesson.text))
    return (
        Passage(
            number=1,
            source="lesson",
            title=lesson.title,
            heading_path=(),
            url=None,
            start=0,
            end=whole.end,
            text=lesson.text,
            score=1.0,
            similarity=0.6,
            match=whole,
        ),
    )


@pytest.mark.parametrize(
    ("question", "system", "lesson_word"),
    [
        ("Is Phi-3 made by Inflection AI?", "phi-3", "Inflection"),
        ("How many parameters does Mixtral have?", "mistral", "12.9B"),
        ("How many parameters does GPT-4 have?", "gpt-4", "500B"),
        ("Is Grok made by X/Twitter?", "grok", "Twitter"),
    ],
)
def test_a_question_on_a_disputed_claim_finds_it(
    claims: tuple[Claim, ...], question: str, system: str, lesson_word: str
) -> None:
    found = find_disputes(lesson_passages(), claims, question, EMBEDDER)
    assert found
    assert system in found[0].claim.systems
    assert lesson_word in found[0].claim.lesson_says
    assert found[0].passage == 1
    assert len(found) <= 3
    assert all(dispute.claim.disputed for dispute in found)


@pytest.mark.parametrize("question", ["best pizza dough", "How do I uninstall Ollama on a Mac?"])
def test_other_questions_find_none(claims: tuple[Claim, ...], question: str) -> None:
    assert find_disputes(lesson_passages(), claims, question, EMBEDDER) == ()


def test_a_claim_on_another_system_is_never_found(claims: tuple[Claim, ...]) -> None:
    found = find_disputes(lesson_passages(), claims, "How many parameters has Falcon?", EMBEDDER)
    assert all("falcon" in dispute.claim.systems for dispute in found)


def test_a_claim_that_no_passage_holds_has_no_passage_number(claims: tuple[Claim, ...]) -> None:
    note = replace(lesson_passages()[0], source="notes/phi-3")
    question = "Phi-3 is made by Inflection AI?"
    found = find_disputes((note,), claims, question, EMBEDDER)
    assert found
    assert [dispute.passage for dispute in found] == [None] * len(found)


def test_a_claim_that_agrees_is_no_dispute() -> None:
    agreed = replace(make_claim(), verdict="agrees")
    assert find_disputes(lesson_passages(), (agreed,), "Who makes Phi-3?", EMBEDDER) == ()


@pytest.mark.parametrize(
    ("text", "touched"),
    [
        ("Phi-3 comes from Inflection AI [1].", True),
        ("Phi-3's maker is Microsoft [2].", True),
        ("Phi-3 has 3.8 billion weights [2].", False),
        ("This is not in these sources.", False),
        ("Inflection makes Pi.", False),
    ],
)
def test_an_answer_touches_a_dispute_when_it_speaks_of_it(text: str, touched: bool) -> None:
    evidence = replace(make_evidence(), disputes=(Dispute(make_claim(), 1),))
    assert bool(touched_disputes(text, evidence)) is touched


def test_the_company_that_a_sentence_is_from_is_not_what_it_speaks_of() -> None:
    evidence = replace(make_evidence(), disputes=(Dispute(make_claim(), 1),))
    said = "Phi-3 mini has 3.8 billion parameters (Inflection, a page, 2024) [2]."
    assert touched_disputes(said, evidence) == ()


def test_what_the_lesson_says_is_disputed_even_where_no_dispute_was_found(
    claims: tuple[Claim, ...],
) -> None:
    evidence = replace(make_evidence(), passages=lesson_passages(), question="Why open models?")
    repeated = "Because researchers can see exactly how the model works [1]."
    (dispute,) = touched_disputes(repeated, evidence)
    assert (dispute.claim.id, dispute.passage) == ("claim-52", 1)
    in_its_words = "LLaMA comes in three sizes:\n- 7B, 13B and 70B parameters for LLaMA [1]"
    assert [each.claim.id for each in touched_disputes(in_its_words, evidence)] == ["claim-32"]


def test_an_answer_gets_three_callouts_at_most(claims: tuple[Claim, ...]) -> None:
    everything = replace(make_evidence(), disputes=())
    assert len(touched_disputes(load_lesson().text, everything)) == 3


def test_systems_are_known_by_their_vendors_too() -> None:
    assert systems_in("Does OpenAI or Mixtral keep it?") == {"gpt-4", "mistral"}
    assert systems_in("phi3 and pi") == {"phi-3", "inflection"}
    assert systems_in("the philosophy of pixels") == frozenset()


def test_the_lessons_own_words_are_added_where_they_were_not_retrieved() -> None:
    lesson = load_lesson()
    claims = [c for c in load_claims(lesson) if "Inflection AI" in c.lesson_says and c.disputed]
    note = replace(lesson_passages()[0], source="notes/phi-3")
    disputes = [Dispute(claims[0], None), Dispute(claims[0], None)]
    shown, complete = with_disputed_passages((note,), disputes, lesson)
    added = shown[-1]
    assert [dispute.passage for dispute in complete] == [2, 2]
    assert (len(shown), added.number, added.source) == (2, 2, "lesson")
    assert added.text == lesson.text[added.start : added.end]
    assert any(Span(added.start, added.end).overlaps(place) for place in claims[0].spans)
    assert "Inflection" in added.text
    assert added.heading_path[0].startswith("Open Source vs Proprietary")


def test_nothing_is_added_when_the_lesson_is_there() -> None:
    dispute = Dispute(make_claim(), 1)
    shown, complete = with_disputed_passages(lesson_passages(), (dispute,), load_lesson())
    assert shown == lesson_passages()
    assert complete == (dispute,)


def test_the_lessons_errors_can_be_asked_for(claims: tuple[Claim, ...]) -> None:
    found = find_disputes(lesson_passages(), claims, "What is wrong in the lesson?", EMBEDDER)
    assert [dispute.claim.verdict for dispute in found] == ["wrong"] * 3
    on_grok = find_disputes((), claims, "Which mistakes does the lesson make on Grok?", EMBEDDER)
    assert on_grok
    assert all("grok" in dispute.claim.systems for dispute in on_grok)
    assert not asks_for_errors("What does the lesson say on Grok?")
