"""What a very small model is shown: two sentences with their numbers, and the question twice."""

from dataclasses import replace

from assistant.backends.gguf import PACKAGED_MODEL, runs_packaged_model
from assistant.prompt import estimate_prompt
from assistant.small_prompt import (
    MAX_ANSWER_TOKENS,
    NOT_HERE,
    choose_sentences,
    plan_small_prompt,
    small_model_messages,
)
from assistant.turns import Exchange
from index.hash_embedder import HashEmbedder
from tests.support.evidence import make_entry, make_evidence

QUESTION = "How many parameters does Phi-3 mini have?"


def test_the_sentences_end_with_their_numbers_and_without_their_sources() -> None:
    quotes = [(4, "Phi-3 mini has `3.8` billion parameters (Microsoft, family page, June 2024).")]
    last = small_model_messages(QUESTION, quotes)[-1]
    assert "Phi-3 mini has 3.8 billion parameters [4].\n" in last.content
    assert "2024" not in last.content


def test_the_question_stands_before_and_after_the_text() -> None:
    content = small_model_messages(QUESTION, [(1, "Some text.")])[-1].content
    assert content.startswith(f"Question: {QUESTION}")
    assert content.endswith(f"Question: {QUESTION}")
    assert content.index("Some text") < content.rindex(QUESTION)


def test_without_sentences_the_text_says_that_there_is_no_answer() -> None:
    messages = small_model_messages(QUESTION, [])
    assert f"Text:\n{NOT_HERE}\n" in messages[-1].content
    assert [m.role for m in messages] == ["user", "assistant", "user", "assistant", "user"]


def test_a_long_question_and_a_long_sentence_are_cut_so_that_the_prompt_fits() -> None:
    messages = small_model_messages("why " * 2000, [(1, "because " * 2000), (2, "so " * 2000)])
    assert estimate_prompt(messages) + MAX_ANSWER_TOKENS < 2048


def test_sentences_are_chosen_from_the_passages_and_keep_their_numbers() -> None:
    evidence = make_evidence(question=QUESTION)
    quotes = choose_sentences(evidence, HashEmbedder())
    assert 1 <= len(quotes) <= 2
    assert any("3.8 billion" in text and number == 2 for number, text in quotes)


def test_where_lesson_and_vendor_disagree_the_model_is_told_both_sides_in_one_sentence() -> None:
    evidence = make_evidence(disputed=True)
    number, told = choose_sentences(evidence, HashEmbedder())[-1]
    assert told.startswith("The lesson says: Phi-3 comes from Inflection AI; the vendor disagrees:")
    assert told.endswith("Phi-3 is a family of models from Microsoft.")
    assert number in {1, 2}


def test_evidence_without_an_answer_gives_no_sentences() -> None:
    evidence = replace(make_evidence(question=QUESTION), answerable=False)
    assert choose_sentences(evidence, HashEmbedder()) == ()
    assert choose_sentences(replace(evidence, passages=()), HashEmbedder()) == ()


def test_the_plan_says_which_passages_were_shown_and_what_was_left_out() -> None:
    evidence = make_evidence(question=QUESTION)
    entry = make_entry(kind="open", window=2048)
    history = [Exchange("Who makes it?", "Microsoft [2].")]
    plan = plan_small_prompt(evidence, history, entry, HashEmbedder())
    assert 2 in plan.passages_sent
    assert set(plan.passages_sent) | set(plan.passages_cut) == {1, 2}
    assert set(plan.passages_sent).isdisjoint(plan.passages_cut)
    assert plan.turns_cut == 1
    assert plan.request.evidence is evidence
    assert plan.request.max_output_tokens == MAX_ANSWER_TOKENS


def test_only_the_packaged_model_wants_this_prompt() -> None:
    entry = make_entry(kind="open").model_copy(update={"adapter": "gguf", "model": PACKAGED_MODEL})
    assert runs_packaged_model(entry)
    assert not runs_packaged_model(entry.model_copy(update={"model": "phi-3.gguf"}))
    assert not runs_packaged_model(entry.model_copy(update={"adapter": "ollama"}))
