"""What lesson and vendor say to a claim, in sentences with their citations."""

from collections.abc import Sequence
from typing import Final

from assistant.evidence import Dispute
from assistant.reading.plain import cited, end_sentence
from assistant.reading.reading import Reading
from assistant.text.sentences import sentence_ranges
from corpus.dates import spelled_date
from index.embedder import Embedder

_SAYS_IT: Final = 0.7
"""Below that a passage is not cited: the claim's own source, in brackets, is all there is to cite.
At .55 a third of these citations was not borne out, on the development half."""
_SPEAKS_OF_IT: Final = 0.55
_MAX_VENDOR_CHARS: Final = 230
_VERDICTS: Final = {
    "wrong": "The vendor disagrees:",
    "outdated": "By the vendor's documents that is out of date:",
    "unverifiable": "No vendor document confirms this:",
}
_NO_DOCUMENT: Final = "No vendor document"


def both_sides(disputes: Sequence[Dispute], reading: Reading, embedder: Embedder) -> list[str]:
    """For each claim what the lesson says, and what the vendor says to it."""
    sides = []
    for dispute in disputes:
        claim = dispute.claim
        lesson = end_sentence(claim.lesson_says)
        if dispute.passage is not None:
            lesson = cited(lesson, dispute.passage)
        source = claim.source_title + (
            f", {spelled_date(claim.source_date)}" if claim.source_date else ""
        )
        vendor = _vendor_words(dispute, source, reading, embedder)
        verdict = "" if vendor.startswith(_NO_DOCUMENT) else f"{_VERDICTS[claim.verdict]} "
        sides.append(f"The lesson says: {lesson} {verdict}{vendor}")
    return sides


def vendor_side(dispute: Dispute) -> str:
    """What the vendor says; of a long statement its first sentence."""
    text = dispute.claim.vendor_says
    if len(text) <= _MAX_VENDOR_CHARS:
        return text
    begin, end = next(sentence_ranges(text))
    return text[begin:end]


def in_one_sentence(dispute: Dispute, reading: Reading, embedder: Embedder) -> tuple[int, str]:
    """Both sides of a claim in one sentence, with the number of the passage to cite for it."""
    claim = dispute.claim
    lesson = " ".join(claim.lesson_says.split()).rstrip(".")
    begin, end = next(sentence_ranges(claim.vendor_says))
    vendor = claim.vendor_says[begin:end].rstrip(".")
    if vendor.startswith(_NO_DOCUMENT):
        vendor = f"{vendor[0].lower()}{vendor[1:]}"
    else:
        vendor = f"{_VERDICTS[claim.verdict].lower()} {vendor}"
    numbers = _passages_that_say([vendor], reading, embedder, _SPEAKS_OF_IT)
    number = numbers[0] or dispute.passage or reading.units[0].passage
    return number, f"The lesson says: {lesson}; {vendor}."


def _vendor_words(dispute: Dispute, source: str, reading: Reading, embedder: Embedder) -> str:
    """What the vendor says, each sentence with the passage that says it, the source at the end."""
    side = vendor_side(dispute)
    sentences = [side[begin:end] for begin, end in sentence_ranges(side)]
    said = [*sentences[:-1], f"{sentences[-1].rstrip('.')} ({source})."]
    numbers = _passages_that_say(sentences, reading, embedder, _SAYS_IT)
    return " ".join(
        text if number is None else cited(text, number)
        for text, number in zip(said, numbers, strict=True)
    )


def _passages_that_say(
    sentences: Sequence[str], reading: Reading, embedder: Embedder, at_least: float
) -> list[int | None]:
    """For each sentence the number of the passage of a note that says it, or None."""
    notes = [at for at, unit in enumerate(reading.units) if unit.passage not in reading.lesson]
    if not notes:
        return [None] * len(sentences)
    meaning = embedder.encode(sentences) @ reading.candidates.vectors[notes].T
    best = meaning.argmax(axis=1)
    return [
        reading.units[notes[at]].passage if row[at] >= at_least else None
        for at, row in zip(best.tolist(), meaning, strict=True)
    ]
