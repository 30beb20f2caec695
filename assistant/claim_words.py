"""Whether an answer speaks of a claim, by its words alone: no embedder, no model."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from assistant.reading.plain import plain_text, without_source
from assistant.reading.terms import terms_of
from assistant.reading.topics import asked_topics, told_topics
from assistant.text.sentences import sentence_ranges
from corpus.claims import Claim
from corpus.documents import Span

SPEAKS: Final = 0.62
"""Share of a side's words that a sentence about the same thing holds."""
REPEATS: Final = 0.75
"""Share of the lesson's words that a sentence holds which says the same."""
_ENOUGH_WORDS: Final = 2
_ENOUGH_LETTERS: Final = 12

_SYSTEMS: Final = {
    "llama": r"llama|meta\b",
    "mistral": r"mistral|mixtral|codestral|ministral|pixtral",
    "falcon": r"falcon|\btii\b|technology innovation institute",
    "gpt-4": r"gpt-?\s?\d|\bgpt\b|openai|chatgpt",
    "claude": r"claude|anthropic",
    "gemini": r"gemini|google|deepmind",
    "phi-3": r"\bphi\b|\bphi-?\s?\d",
    "grok": r"\bgrok|\bxai\b|spacexai|twitter",
    "inflection": r"inflection|\bpi\b",
    "ollama": r"ollama",
}
_PATTERNS: Final = {name: re.compile(text, re.IGNORECASE) for name, text in _SYSTEMS.items()}
_NAMES: Final = re.compile("|".join(f"(?:{text})" for text in _SYSTEMS.values()), re.IGNORECASE)
_COMPANY: Final = re.compile(r"microsoft|\bx\b", re.IGNORECASE)
# Words of a claim that stand in many sentences about its system.
_MERE_NAMES: Final = frozenset({"inflection", "microsoft", "ollama", "twitter", "xai"})
_EXAMPLES: Final = 3  # so many systems are named as examples, not as what the claim is about
_CITED: Final = re.compile(r"\[\d+\]")
_LIST_SIGN: Final = re.compile(r"^\s*(?:[-*+]|\d+[.)])\s+")
# Words of nearly every sentence about these systems; alone they tell nothing.
_COMMON_WORDS: Final = terms_of("model open source proprietary large language say says").stems


@dataclass(frozen=True, slots=True)
class Said:
    """An answer as it is compared.

    Attributes:
        sentences: its sentences, without Markdown, citations and where they are from.
        quoted: the whole on one line, in small letters, for finding the lesson's own words.
        systems: the systems that it names, or else its question.
        topics: what the question asks for.
        cites: whether it cites anything; a refusal does not.
    """

    sentences: tuple[str, ...]
    quoted: str
    systems: frozenset[str]
    topics: frozenset[str]
    cites: bool


@lru_cache(maxsize=2048)
def systems_in(text: str) -> frozenset[str]:
    """The systems of the lesson that a text names, by themselves or by their vendor."""
    return frozenset(name for name, pattern in _PATTERNS.items() if pattern.search(text))


def said(answer: str, question: str) -> Said:
    """Take an answer apart.

    Args:
        answer: its text, with Markdown and citations.
        question: one that stands alone.
    """
    sentences = tuple(
        without_source(plain_text(line[start:end]))
        for line in answer.splitlines()
        for start, end in sentence_ranges(_LIST_SIGN.sub("", line))
    )
    whole = without_source(plain_text(answer))
    return Said(
        sentences=sentences,
        quoted=_letters(answer),
        systems=systems_in(whole) or systems_in(question),
        topics=asked_topics(question),
        cites=bool(_CITED.search(answer)),
    )


def speaks_of(words: Said, claim: Claim) -> bool:
    """Whether an answer speaks of a claim that its question is about.

    It does when a sentence that may be about the claim's system holds one of the claim's words or
    the better part of one side. Where the question asks for what the lesson states there, a
    company's name as the answer is enough.
    """
    named = _about(claim)
    if named and not named & words.systems:
        return False
    for sentence in words.sentences:
        others = systems_in(sentence)
        if named and others and not named & others:
            continue
        if any(has_term(sentence, term) for term in claim.terms if term not in _MERE_NAMES):
            return True
        if max(_held(sentence, claim.lesson_says), _held(sentence, claim.vendor_says)) >= SPEAKS:
            return True
    asked = words.topics & told_topics(claim.lesson_says)
    names = _MERE_NAMES & frozenset(claim.terms)
    return bool(asked and words.cites) and any(
        has_term(sentence, name) for sentence in words.sentences for name in names
    )


def repeats(words: Said, claim: Claim, lesson_text: str) -> bool:
    """Whether an answer says what the lesson says, in the lesson's words or nearly so."""
    named = _about(claim)
    if named and not named & words.systems:
        return False
    if any(_is_quoted(words, lesson_text, span) for span in claim.spans):
        return True
    wanted = _content(claim.lesson_says)
    if len(wanted) < _ENOUGH_WORDS:
        return False
    return any(
        named <= systems_in(sentence) and _held(sentence, claim.lesson_says) >= REPEATS
        for sentence in words.sentences
    )


def overlap(text: str, side: str) -> float:
    """Share of a side's words that a text holds."""
    wanted = terms_of(side).stems
    return len(wanted & terms_of(text).stems) / len(wanted) if wanted else 0.0


def has_term(text: str, term: str) -> bool:
    """Whether a text holds a word, or words, that begin as ``term`` does."""
    return bool(_term(term).search(text))


@lru_cache(maxsize=512)
def _term(term: str) -> re.Pattern[str]:
    pattern = r"[\s-]+".join(re.escape(part) for part in re.split(r"[\s-]+", term))
    return re.compile(rf"\b{pattern}", re.IGNORECASE)


def _about(claim: Claim) -> frozenset[str]:
    """The systems that the lesson's statement is about; empty when it is about a whole kind."""
    named = systems_in(claim.lesson_says) & frozenset(claim.systems)
    return named if len(named) < _EXAMPLES else frozenset()


@lru_cache(maxsize=512)
def _content(side: str) -> frozenset[str]:
    """Words of a side that are neither names of systems nor in every other sentence."""
    return terms_of(_COMPANY.sub(" ", _NAMES.sub(" ", side))).stems - _COMMON_WORDS


def _held(sentence: str, side: str) -> float:
    wanted = _content(side)
    if len(wanted) < _ENOUGH_WORDS:
        return 0.0
    return len(wanted & terms_of(sentence).stems) / len(wanted)


def _is_quoted(words: Said, lesson_text: str, span: Span) -> bool:
    quote = _letters(lesson_text[span.start : span.end])
    return len(quote) >= _ENOUGH_LETTERS and quote in words.quoted


@lru_cache(maxsize=256)
def _letters(markdown: str) -> str:
    """Words alone, one space between them."""
    plain = _CITED.sub(" ", markdown).replace("*", " ")
    return " ".join(re.findall(r"\w+", plain.lower()))
