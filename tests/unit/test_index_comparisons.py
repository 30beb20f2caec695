"""Questions about several things, and what each of them asks for."""

import pytest

from index.comparisons import NameTest, sides
from index.lexical import LexicalIndex

NAMES = frozenset("openai anthropic mistral llama claude gemini xai gpt".split())


def sides_of(question: str) -> tuple[str, ...]:
    return sides(question, NAMES.__contains__)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (
            "Who keeps data longer, OpenAI or xAI?",
            ("Who keeps data longer, OpenAI?", "Who keeps data longer, xAI?"),
        ),
        (
            "Compare the GPU hours of Falcon 180B and the Llama 4 models.",
            (
                "Compare the GPU hours of Falcon 180B models.",
                "Compare the GPU hours of Llama 4 models.",
            ),
        ),
        ("prices of Claude, Gemini and Grok", tuple(f"prices of {n}" for n in
         ("Claude", "Gemini", "Grok"))),
        ("compare claude with gemini", ("compare claude", "compare gemini")),
        (
            "What does Claude cost compared to Gemini?",
            ("What does Claude cost?", "What does Gemini cost?"),
        ),
        ("claude vs gemini: price?", ("claude: price?", "gemini: price?")),
        (
            "Is Phi-3 small better than Falcon 3?",
            ("Is Phi-3 small better?", "Is Falcon 3 better?"),
        ),
        (
            "Which context can Prompt Guard 2 read, and which the Falcon 3 1B?",
            (
                "Which context can Prompt Guard 2 read?",
                "Which context can Falcon 3 1B read?",
            ),
        ),
    ],
)  # fmt: skip
def test_a_question_that_joins_names_is_asked_for_each(
    question: str, expected: tuple[str, ...]
) -> None:
    assert sides_of(question) == expected


def test_a_number_alone_takes_the_word_of_the_first_name() -> None:
    assert sides_of("Mixtral 8x7B vs 8x22B: how large?") == (
        "Mixtral 8x7B: how large?",
        "Mixtral 8x22B: how large?",
    )


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("OpenAI's and Mistral's API key", ("OpenAI's API key", "Mistral's API key")),
        (
            "Which waits longer, OpenAI's Python client or xAI's?",
            (
                "Which waits longer, OpenAI's Python client?",
                "Which waits longer, xAI's Python client?",
            ),
        ),
        (
            "Anthropic's Claude or OpenAI's GPT-4?",
            ("Anthropic's Claude?", "OpenAI's GPT-4?"),
        ),
    ],
)
def test_what_several_own_belongs_to_each(question: str, expected: tuple[str, ...]) -> None:
    assert sides_of(question) == expected


@pytest.mark.parametrize(
    "question",
    [
        "",
        "Who makes Phi-3?",
        "Who makes Phi-3, and is it open?",
        "What do timeouts and retries cost?",
        "Is Grok open or closed?",
        "Can I use Claude with Gemini?",
        "Is Grok closed or can I download it?",
        "Who makes Phi-3? And what does Grok cost?",
        "Llama 3 and Llama 3",
        "Claude, Gemini, Grok, Mistral and Falcon: prices?",
        "How long does OpenAI keep my data and what may Google do with it?",
    ],
)
def test_a_question_that_joins_no_two_names_has_no_sides(question: str) -> None:
    assert sides_of(question) == ()


def test_a_plain_question_asks_nobody_for_names() -> None:
    asked: list[str] = []

    def is_name(word: str) -> bool:
        asked.append(word)
        return True

    assert sides("who makes phi-3 for whom", is_name) == ()
    assert asked == []


TEXTS = [
    "Mistral sells an API. See mistral.ai or the file mistral-small.json.",
    "The licence of Mistral is short; Licence texts are long, a licence is read.",
    "With `import mistral` the client of Mistral is loaded.",
]


@pytest.mark.parametrize(
    ("word", "expected"), [("mistral", True), ("licence", False), ("sells", False), ("no", False)]
)
def test_a_name_is_what_the_texts_write_with_a_capital(word: str, expected: bool) -> None:
    assert NameTest(LexicalIndex.build(TEXTS), TEXTS.__getitem__).is_name(word) is expected
