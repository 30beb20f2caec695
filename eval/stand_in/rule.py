"""How the stand-in answers: it quotes what shares most words with the question.

It knows only the prompt that it was sent, laid out as ``assistant.prompt`` lays it out. Words that
few sentences of the prompt hold weigh more. It refuses when the best sentence shares too little.
"""

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from assistant.text.sentences import split_sentences
from assistant.text.words import content_words

REFUSAL: Final = "This is not in these sources."
ENOUGH: Final = 0.35
"""Share of the question's words, by weight, that a sentence must hold to be quoted. So the stand-in
gives .62 of the facts of the development half and refuses 25 of its 35 unanswerable questions."""
NEARLY: Final = 0.85
"""A second sentence is quoted when it holds this share of what the best one holds."""
_HEADING_COUNTS: Final = 0.9
_LONGEST_CHARS: Final = 400

_PASSAGE: Final = re.compile(
    r'<passage number="(?P<number>\d+)" from="(?P<place>[^"]*)">\n(?P<body>.*?)\n</passage>',
    re.DOTALL,
)
_DISAGREEMENT: Final = re.compile(
    r"<disagreement>\nThe lesson says: (?P<lesson>[^\n]+)\n"
    r"The vendor says: (?P<vendor>[^\n]+?)(?: \(source: [^\n]*\))?\n"
)
_QUESTION: Final = re.compile(
    r"Question: (?P<asked>(?:(?!\nQuestion: ).)*?)(?:\n\(Meaning: (?P<meaning>.*)\))?\s*\Z",
    re.DOTALL,
)
_DELIMITER: Final = re.compile(r"[\s|:-]+")
_MARKS: Final = re.compile(r"^[\s>#*-]+|[*`]+")
_TOKEN: Final = re.compile(r"\s*(?:\w+|[^\w\s])")


@dataclass(frozen=True, slots=True)
class _Sentence:
    """Something that can be quoted, with its own words and those of the headings above it."""

    number: str
    text: str
    words: frozenset[str]
    around: frozenset[str]


def answer(messages: Sequence[Mapping[str, str]]) -> str:
    """Answer a prompt; the same prompt, the same answer.

    Args:
        messages: each with ``role`` and ``content``; the last one holds passages and question.
    """
    prompt = messages[-1].get("content", "") if messages else ""
    found = _QUESTION.search(prompt)
    if found is None:
        return REFUSAL
    asked = content_words(found["meaning"] or found["asked"])
    sentences = [
        sentence
        for passage in _PASSAGE.finditer(prompt)
        for sentence in _sentences(passage["number"], passage["place"], passage["body"])
    ]
    weights = _weights(asked, sentences)
    scores = [_score(sentence, weights) for sentence in sentences]
    best = max(scores, default=0.0)
    if best < ENOUGH:
        return REFUSAL
    if (dispute := _DISAGREEMENT.search(prompt)) is not None:
        return " ".join(_both_sides(dispute, sentences))
    ranked = sorted(range(len(sentences)), key=lambda at: (-scores[at], at))[:2]
    chosen = [sentences[at] for at in ranked if scores[at] >= NEARLY * best]
    return " ".join(dict.fromkeys(_quote(s.text, s.number) for s in chosen))


def tokens_of(text: str) -> list[str]:
    """A text in the pieces that the stand-in counts and sends: a word or a sign each."""
    return _TOKEN.findall(text)


def _sentences(number: str, place: str, body: str) -> Iterator[_Sentence]:
    title, _, headings = place.partition(" > ")
    around = content_words(f"{title} {headings}")
    head: list[str] = []
    for line in body.split("\n"):
        if line.startswith("#"):
            around |= content_words(line)
        elif line.lstrip().startswith("|"):
            cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
            if _DELIMITER.fullmatch(line):
                continue
            if head and len(cells) == len(head):
                row = "; ".join(f"{h}: {c}" for h, c in zip(head, cells, strict=True) if c)
                yield _Sentence(number, row, content_words(row), around)
            else:
                head = cells
        else:
            head = []
            for span in split_sentences(line):
                text = _MARKS.sub("", line[span.start : span.end]).strip()
                yield _Sentence(number, text, content_words(text), around)


def _weights(asked: frozenset[str], sentences: Sequence[_Sentence]) -> dict[str, float]:
    """How much each word of the question tells, 1 in all."""
    counts = Counter(word for sentence in sentences for word in sentence.words & asked)
    raw = {
        word: 1 + math.log(1 + (len(sentences) + 1) / (1 + counts[word])) for word in sorted(asked)
    }
    whole = sum(raw.values()) or 1.0
    return {word: weight / whole for word, weight in raw.items()}


def _score(sentence: _Sentence, weights: Mapping[str, float]) -> float:
    return sum(
        weight * (1.0 if word in sentence.words else _HEADING_COUNTS)
        for word, weight in weights.items()
        if word in sentence.words or word in sentence.around
    )


def _both_sides(dispute: re.Match[str], sentences: Sequence[_Sentence]) -> Iterator[str]:
    """What lesson and vendor say, each with the passage that comes nearest to it."""
    for who, said in (
        ("The lesson says", dispute["lesson"]),
        ("The vendor says", dispute["vendor"]),
    ):
        words = content_words(said)
        nearest = max(sentences, key=lambda sentence: len(sentence.words & words))
        yield _quote(f"{who}: {said}", nearest.number)


def _quote(text: str, number: str) -> str:
    if len(text) > _LONGEST_CHARS:
        text = text[:_LONGEST_CHARS].rpartition(" ")[0]
    return f"{text.rstrip(' .:;')} [{number}]."
