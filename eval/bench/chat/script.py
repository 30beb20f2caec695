"""What the scripted backend says: a text for each chat that no other chat may show."""

import re
from collections.abc import Iterator
from typing import Final

from eval.stand_in.rule import tokens_of

QUESTIONS: Final = (
    "Who makes Phi-3, and is it proprietary?",
    "What are the advantages of open-source models?",
    "How many parameters does Mixtral 8x7B have?",
    "What does a proprietary API cost?",
    "May I use Llama in a commercial product?",
    "What happens to the data I send to an API?",
    "Which models can I run on my own machine?",
)
_POINTS: Final = (
    "an open model runs on a machine of your own, so that no question leaves it [1].",
    "a proprietary model is asked over the network, and its price is paid by the token [2].",
    "a licence says what may be done with the weights, and some of them set limits [3].",
    "a larger model knows more, needs more memory and takes more time for each word [1].",
)
_PARAGRAPH: Final = 3
MARK: Final = re.compile(r"\bN(\d{6})\b")


def question_of(chat: int) -> str:
    """The question of a chat, with its mark."""
    return f"{QUESTIONS[chat % len(QUESTIONS)]} (chat {mark_of(chat)})"


def mark_of(chat: int) -> str:
    """The word that tells a chat from all others."""
    return f"N{chat:06d}"


def chat_in(text: str) -> int | None:
    """The chat whose mark stands last in a text, or None."""
    marks = MARK.findall(text)
    return int(marks[-1]) if marks else None


def pieces_of(chat: int, tokens: int) -> list[str]:
    """The answer to a chat in pieces, whole sentences of at least so many tokens in all."""
    pieces: list[str] = []
    for sentence in _sentences(chat):
        pieces += tokens_of(sentence)
        if len(pieces) >= tokens:
            break
    return pieces


def is_answer(text: str, chat: int, tokens: int) -> bool:
    """Whether a text shows the whole answer to a chat, word for word, and nothing of another.

    Args:
        text: without markup; marks of citations may stand in it or not.
        chat: whose answer it should be.
        tokens: length that was asked for.
    """
    if any(int(other) != chat for other in MARK.findall(text)):
        return False
    shown, at = _words(text), 0
    for sentence in "".join(pieces_of(chat, tokens)).split("Point ")[1:]:
        wanted = f" Point{_words(sentence)}"
        at = shown.find(wanted, at)
        if at < 0:
            return False
        at += len(wanted)
    return True


def _words(text: str) -> str:
    """Words alone: numbers of citations stand in brackets in one place and without in another."""
    return "".join(f" {word}" for word in re.findall(r"N\d{6}|[^\W\d_]+", text))


def _sentences(chat: int) -> Iterator[str]:
    number = 0
    while True:
        number += 1
        start = "" if number == 1 else "\n\n" if number % _PARAGRAPH == 1 else " "
        said = _POINTS[number % len(_POINTS)]
        yield f"{start}Point {number} of {mark_of(chat)} is that {said}"
