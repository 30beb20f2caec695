"""The prompt for a model too small for the usual one.

SmolLM2-135M does nothing sensible with six passages and a page of rules. It does best when it is
given the two sentences that answer the question, each with its number at its end, one example of
an answer and one of a refusal, and the question both before and after the text. So the sentences
are chosen by the built-in reader; the model only has to say them. On 44 questions of the test half
of the question set this gives .56 of the facts that are asked for and a citation in .75 of the
answers; the usual prompt with three passages gives .12 and none. Where lesson and vendor disagree,
one more sentence tells both sides (docs/quality.md has what that gave).
"""

import re
from collections.abc import Sequence

from assistant.backends.base import BackendRequest, Message
from assistant.backends.catalogue import BackendEntry
from assistant.evidence import Evidence
from assistant.prompt import PromptPlan, estimate_prompt, neutral
from assistant.reading.both_sides import in_one_sentence
from assistant.reading.reading import read
from assistant.turns import Exchange
from index.embedder import Embedder

SENTENCES = 2
DISPUTES = 1
MAX_ANSWER_TOKENS = 90
MAX_SENTENCE_CHARS = 500
MAX_QUESTION_CHARS = 400

NOT_HERE = "The sources do not answer this question."
_TASK = "Answer with one sentence from the text above."
# A note's sentence ends with its source and date; the citation stands for that.
_SOURCE = re.compile(r"\s*\([^()]*(?:\d{4}|undated|README)[^()]*\)")
_MARKS = re.compile(r"[*`|]+")

# Of an invented model, so that no fact of an example can be taken for one of the corpus.
_EXAMPLE = (
    "What are the strengths of Aurelia?",
    "Strengths of Aurelia: Languages: it knows 46 languages; Openness: anyone can download it; "
    "Teamwork: a thousand researchers built it [2].",
    "Strengths of Aurelia: it knows 46 languages, anyone can download it, and a thousand "
    "researchers built it [2].",
)
_REFUSAL = ("What is the price of Aurelia?", NOT_HERE, NOT_HERE)


def plan_small_prompt(
    evidence: Evidence, history: Sequence[Exchange], entry: BackendEntry, embedder: Embedder
) -> PromptPlan:
    """The prompt for a very small model; earlier turns are left out, the rest always fits.

    Args:
        evidence: what was retrieved; its standalone question is asked.
        history: earlier turns, counted as cut.
        entry: the small model's catalogue entry.
        embedder: compares meaning, to choose the sentences.
    """
    quotes = choose_sentences(evidence, embedder)
    messages = small_model_messages(evidence.standalone_question, quotes)
    shown = tuple(dict.fromkeys(number for number, _ in quotes))
    return PromptPlan(
        request=BackendRequest(
            messages=messages,
            evidence=evidence,
            max_output_tokens=min(entry.max_output_tokens, MAX_ANSWER_TOKENS),
            context_window_tokens=entry.context_window_tokens,
            prompt_tokens_estimate=estimate_prompt(messages),
        ),
        passages_sent=shown,
        passages_cut=tuple(p.number for p in evidence.passages if p.number not in shown),
        turns_cut=len(history),
    )


def choose_sentences(evidence: Evidence, embedder: Embedder) -> tuple[tuple[int, str], ...]:
    """The sentences and table rows that answer best, each with its passage's number.

    Where lesson and vendor disagree, both sides come last. None when the sources do not seem to
    hold an answer.
    """
    if not evidence.answerable or not evidence.passages:
        return ()
    reading = read(evidence.standalone_question, evidence.passages, embedder)
    quotes = [(unit.passage, unit.text) for unit in reading.chosen_units[:SENTENCES]]
    quotes += [in_one_sentence(one, reading, embedder) for one in evidence.disputes[:DISPUTES]]
    return tuple(quotes)


def small_model_messages(question: str, quotes: Sequence[tuple[int, str]]) -> tuple[Message, ...]:
    """The messages for a very small model.

    Args:
        question: one that stands alone.
        quotes: passage number and sentence; none makes a prompt that asks for a refusal.
    """
    messages: list[Message] = []
    for asked, text, answer in (_REFUSAL, _EXAMPLE):
        messages += [Message("user", _ask(asked, text)), Message("assistant", answer)]
    text = "\n".join(_numbered(number, quote) for number, quote in quotes) or NOT_HERE
    messages.append(Message("user", _ask(neutral(question[:MAX_QUESTION_CHARS]), text)))
    return tuple(messages)


def _ask(question: str, text: str) -> str:
    return f"Question: {question}\n\nText:\n{text}\n\n{_TASK} Question: {question}"


def _numbered(number: int, quote: str) -> str:
    plain = neutral(" ".join(_MARKS.sub("", _SOURCE.sub("", quote)).split()))
    return f"{plain[:MAX_SENTENCE_CHARS].rstrip('. ')} [{number}]."
