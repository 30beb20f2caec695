"""Questions that lean on the last turn."""

import pytest

from assistant.followups import make_standalone
from assistant.naming import names_in
from assistant.turns import Exchange

HISTORY = [Exchange("What context window does Mistral 7B have?", "Mistral 7B reads 8k tokens.")]


@pytest.mark.parametrize(
    ("question", "standalone"),
    [
        ("and Falcon?", "What context window does Falcon have?"),
        ("What about claude", "What context window does claude have?"),
        ("Who makes it?", "Who makes Mistral 7B?"),
        ("What is its licence?", "What is Mistral 7B's licence?"),
        ("and its licence?", "licence of Mistral 7B?"),
        ("Price?", "Price of Mistral 7B?"),
        ("How does it compare to Gemini?", "How does Mistral 7B compare to Gemini?"),
        ("Does Meta publish them?", "Does Meta publish them (Mistral 7B)?"),
    ],
)
def test_a_question_that_leans_on_the_last_turn_gets_what_it_means(
    question: str, standalone: str
) -> None:
    assert make_standalone(question, HISTORY) == standalone


@pytest.mark.parametrize(
    "question",
    [
        "Who makes Phi-3?",
        "Does Claude keep its data?",
        "What are the advantages of open-source models for research groups?",
    ],
)
def test_a_question_that_stands_alone_is_left_as_it_is(question: str) -> None:
    assert make_standalone(question, HISTORY) == question


def test_without_history_nothing_is_filled_in() -> None:
    assert make_standalone("Who makes it?", []) == "Who makes it?"


def test_meaning_is_carried_over_several_turns() -> None:
    history = [Exchange("Who makes Phi-3?", "Microsoft."), Exchange("What is its licence?", "MIT.")]
    assert make_standalone("and Falcon?", history) == "What is Falcon's licence?"


def test_a_name_from_the_answer_helps_when_the_question_had_none() -> None:
    history = [Exchange("which open model is the smallest?", "That is Llama 3.2 with 1B.")]
    assert "Llama 3.2" in make_standalone("Who makes it?", history)


def test_names_are_found_with_their_second_word() -> None:
    assert names_in("Is Claude Opus dearer than gpt-4?") == ("Claude Opus", "gpt-4")


@pytest.mark.parametrize("said", ["Thanks!", "ok, thank you very much", "Hello", "No."])
def test_a_courtesy_is_no_follow_up(said: str) -> None:
    assert make_standalone(said, [Exchange("Who makes Falcon?", "TII.")]) == said


def test_a_conversation_of_endless_turns_is_read_only_at_its_beginning() -> None:
    history = [Exchange("and " + " " * 1_000_000 + "it", "Word " * 200_000)]
    assert make_standalone("Is it free?", history)


@pytest.mark.parametrize(
    ("before", "question", "standalone"),
    [
        ("Who makes Falcon?", "and Phi-3?", "Who makes Phi-3?"),
        ("Which key is for the Grok API?", "And for Gemini's?", "Which key is for the Gemini API?"),
        ("Is Falcon free?", "and in Germany?", "Is Falcon free, and in Germany?"),
        ("How does Falcon work?", "How much RAM does it take?", "How much RAM does Falcon take?"),
        ("Who makes Falcon?", "What is an API?", "What is an API?"),
        ("Who makes Falcon?", "What does RAG stand for?", "What does RAG stand for?"),
        (
            "What is Phi-3?",
            "What does it cost to run Grok?",
            "What does it cost to run Grok?",
        ),
        ("What is Phi-3?", "What does it cost to run?", "What does Phi-3 cost to run?"),
        (
            "What are the advantages of open-source models?",
            "and the disadvantages?",
            "What are the advantages of open-source models, and the disadvantages?",
        ),
    ],
)
def test_only_what_leans_on_the_last_question_is_filled_in(
    before: str, question: str, standalone: str
) -> None:
    assert make_standalone(question, [Exchange(before)]) == standalone


@pytest.mark.parametrize(
    ("before", "question", "standalone"),
    [
        # The name that is like the new one gives way.
        (
            "How do I install Ollama on Linux?",
            "What about Windows?",
            "How do I install Ollama on Windows?",
        ),
        (
            "How much GPU memory does Mistral 7B need?",
            "And Mixtral 8x22B?",
            "How much GPU memory does Mixtral 8x22B need?",
        ),
        # What was asked about, not only the word with a capital letter.
        (
            "What is zero data retention at Mistral?",
            "Who can ask for it?",
            "zero data retention at",
        ),
        ("How do I create a Kubernetes cluster?", "How do I delete it?", "Kubernetes cluster"),
        ("How does prompt caching with Claude work?", "Can it last an hour?", "prompt caching"),
        ("What is Meta's Muse Spark?", "What does it cost?", "What does Muse Spark cost?"),
        ("How do stock options work?", "What happens when they expire?", "(stock options)"),
        # Nothing is named, something is missing.
        ("Does Ollama offer web search?", "How many results can I get?", "(Ollama web search)"),
        (
            "What is Grok 4.7's price?",
            "And for prompts above 200k?",
            "price, and for prompts above",
        ),
        (
            "Why do bond prices fall?",
            "Can you explain that in more detail?",
            "bond prices fall: Can",
        ),
        ("How do I get a passport?", "I lost mine", "I lost mine (passport)?"),
    ],
)
def test_any_topic_is_carried_over(before: str, question: str, standalone: str) -> None:
    assert standalone in make_standalone(question, [Exchange(before)])


def test_the_topic_outlives_questions_that_lean_on_it() -> None:
    asked = ["What is a load balancer?", "How do I create one?", "Which protocols does it support?"]
    history = [Exchange(question, "HTTP and HTTPS.") for question in asked]
    assert "load balancer" in make_standalone("How do I add a certificate to it?", history)


@pytest.mark.parametrize(
    "question",
    [
        "How are dividends taxed for non-residents?",
        "Where can I renew my driver license online?",
        "And how do I restore a SQL backup from last week?",
        "How long does a machine stay reserved when nobody is using it?",
        "Which messages are dropped once gpt-oss has given its final answer?",
        "My text is longer than the filter reads. How should I check it?",
        "Is it possible to change the inside of a closed model?",
        "Are open models really free?",
    ],
)
def test_a_new_topic_is_not_mixed_with_the_old_one(question: str) -> None:
    history = [Exchange("How do I resize a volume?", "Stop it first.")]
    assert make_standalone(question, history) == question
