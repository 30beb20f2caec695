"""Other ways to write what a question names: versions, sizes, short forms, spellings.

Nothing is replaced. A question for ``gpt4`` also asks for ``gpt-4``; one for ``128k`` also for
``128,000``; ``RAG`` also for retrieval augmented generation. What is added weighs less than what
was said.
"""

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Final

from index.lexical import STOP_WORDS, terms

SAME_NAME: Final = 0.6
"""Weight of another way to write the same name, number or word."""
SAME_THING: Final = 0.2
"""Weight of each word that a short form stands for."""

_NAME_NUMBER: Final = re.compile(
    r"\b(?P<name>[^\W\d_]{2,20})(?P<by>[- ]?)(?P<number>\d+(?:\.\d+)?[^\W\d_]{0,2})\b"
)
_TIMES: Final = re.compile(r"\b(\d{1,3})\s?[x×*]\s?(\d{1,3})\s?(b)\b", re.IGNORECASE)
_THOUSANDS: Final = re.compile(
    r"\b(\d{1,4}(?:\.\d+)?)\s?(k|thousand|m|million|mio)\b", re.IGNORECASE
)
_ROUND: Final = re.compile(r"\b(\d{1,3}(?:[,.  ]000)+|\d+000)\b")
_BINARY: Final = {1: 1024, 2: 2048, 4: 4096, 8: 8192, 16: 16384, 32: 32768, 64: 65536, 128: 131072,
                  256: 262144}  # fmt: skip
_BILLION: Final = re.compile(r"\b(\d{1,4}(?:\.\d+)?)\s?(b|bn|billion)\b", re.IGNORECASE)
_WORD: Final = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_PAIR: Final = re.compile(r"(?=\b([^\W\d_]{2,}) ([^\W\d_]{3,})\b)")
_MAX_CHARS: Final = 2000

_SHORT: Final = {
    "llm": "large language model",
    "slm": "small language model",
    "vlm": "vision language model",
    "rag": "retrieval augmented generation",
    "moe": "mixture of experts",
    "nlp": "natural language processing",
    "ai": "artificial intelligence",
    "ml": "machine learning",
    "ctx": "context window length",
    "tos": "terms of service",
    "eula": "license agreement",
    "aup": "acceptable use policy",
    "gdpr": "general data protection regulation",
    "dpa": "data processing agreement",
    "pii": "personally identifiable information",
    "zdr": "zero data retention",
    "baa": "business associate agreement",
    "sso": "single sign-on",
    "mcp": "model context protocol",
    "rlhf": "reinforcement learning human feedback",
    "dpo": "direct preference optimization",
    "sft": "supervised fine-tuning",
    "peft": "parameter efficient fine-tuning",
    "lora": "low-rank adaptation adapter",
    "cot": "chain of thought",
    "icl": "in-context learning",
    "ttft": "time to first token",
    "tps": "tokens per second",
    "rpm": "requests per minute",
    "tpm": "tokens per minute",
    "rpd": "requests per day",
    "ocr": "optical character recognition",
    "asr": "speech recognition",
    "stt": "speech to text",
    "tts": "text to speech",
    "vram": "gpu memory",
    "gpu": "graphics card",
    "env": "environment variable",
    "params": "parameters",
    "param": "parameter",
    "quant": "quantization",
    "config": "configuration",
    "auth": "authentication",
    "docs": "documentation",
    "repo": "repository",
    "perf": "performance",
    "k8s": "kubernetes",
    "faq": "frequently asked questions",
    "sla": "service level agreement",
    "ui": "user interface",
    "cli": "command line",
    "sdk": "library",
    "kb": "knowledge base",
}
_MIN_EXPANDED_WORDS: Final = 2

# British and American spellings, where the stems differ.
_SPELLINGS: Final = tuple(
    (re.compile(pattern), text)
    for pattern, text in (
        (r"licence", "license"),
        (r"(?<=[a-z]{3})is(?=(?:e|ed|es|er|ing|ation|ations)$)", "iz"),
        (r"(?<=[a-z]{3})iz(?=(?:e|ed|es|er|ing|ation|ations)$)", "is"),
        (r"(?<=[a-z]{3}l)ys(?=(?:e|ed|es|er|ing)$)", "yz"),
        (r"(?<=[a-z]{2})our(?=(?:s|ed|ing|al|able|ful|ite|ites)?$)", "or"),
        (r"(?<=[a-z]{3})or(?=(?:s|al|able|ite|ites)?$)", "our"),
        (r"(?<=[a-z]{2})tre(?=s?$)", "ter"),
        (r"(?<=[a-z]{3})logue(?=s?$)", "log"),
        (r"ae(?=mi|mo|st|ri|di)", "e"),
        (r"(?<=[bdl])ell(?=(?:ed|ing)$)", "el"),
        (r"(?<=[a-z]{2})ll(?=(?:ed|ing|er)$)", "l"),
        (r"programme(?=s?$)", "program"),
        (r"artefact", "artifact"),
    )
)


def added_terms(question: str, known: Callable[[str], bool]) -> dict[str, float]:
    """Return stemmed terms that ask for the same in other words, with their weights.

    Args:
        question: in English.
        known: whether some text holds a term; others are not added.
    """
    question = question[:_MAX_CHARS]
    said = set(terms(question))
    added: dict[str, float] = {}
    for weight, texts in ((SAME_NAME, _same_names(question)), (SAME_THING, _same_things(question))):
        for text in texts:
            for term in terms(text):
                if len(term) > 1 and term not in said and known(term):
                    added[term] = max(weight, added.get(term, 0.0))
    return added


def _same_names(question: str) -> Iterator[str]:
    for match in _NAME_NUMBER.finditer(question):
        name, number = match["name"], match["number"]
        yield f"{name}-{number}"
        if not match["by"]:
            yield f"{name} {number}"
        yield f"{name}{number}"
    for match in _TIMES.finditer(question):
        yield f"{match[1]}x{match[2]}{match[3]}"
    yield from _same_numbers(question)
    for match in _WORD.finditer(question):
        word = match.group()
        yield from _other_spellings(word.lower())
        if "-" in word:
            yield word.replace("-", "").lower()
    for match in _PAIR.finditer(question.lower()):
        if match[1] not in STOP_WORDS and match[2] not in STOP_WORDS:
            yield match[1] + match[2]


def _same_numbers(question: str) -> Iterator[str]:
    for match in _THOUSANDS.finditer(question):
        number, unit = float(match[1]), match[2].lower()[0]
        if unit == "t":
            unit = "k"
        yield f"{match[1]}{unit}"
        yield str(round(number * (1000 if unit == "k" else 1_000_000)))
        if unit == "k" and number in _BINARY:
            yield str(_BINARY[int(number)])
    for match in _ROUND.finditer(question):
        number = int(re.sub(r"\D", "", match[1]))
        yield str(number)
        yield f"{number // 1_000_000}m" if number % 1_000_000 == 0 else f"{number // 1000}k"
    for match in _BILLION.finditer(question):
        yield f"{match[1]}b"


def _other_spellings(word: str) -> Iterator[str]:
    for pattern, other in _SPELLINGS:
        if pattern.search(word):
            yield pattern.sub(other, word)


def _same_things(question: str) -> Iterator[str]:
    lowered = f" {' '.join(terms(question))} "
    for word in _WORD.findall(question):
        short = word.lower()
        if short in _SHORT or short.removesuffix("s") in _SHORT:
            yield _SHORT.get(short) or _SHORT[short.removesuffix("s")]
    for short, words in _long_forms():
        if f" {words} " in lowered:
            yield short


@cache
def _long_forms() -> tuple[tuple[str, str], ...]:
    """Short forms with the stems of what they stand for; one word stands for too much."""
    stemmed = ((short, terms(long)) for short, long in _SHORT.items())
    return tuple(
        (short, " ".join(stems)) for short, stems in stemmed if len(stems) >= _MIN_EXPANDED_WORDS
    )
