"""An answer made of quotations: what is said, where it stands, and the vendor's side."""

import re
from collections.abc import Sequence
from typing import Final

from assistant.disputes import asks_for_errors
from assistant.evidence import Dispute, Evidence
from assistant.reading.features import systems_of
from assistant.reading.plain import capitalise, end_sentence, heading_text
from assistant.reading.reading import Reading, read
from assistant.reading.scorer import choose_units
from assistant.reading.tables import row_text
from assistant.reading.terms import figures, terms_of
from assistant.reading.topics import told_topics
from assistant.reading.units import Unit
from assistant.text.sentences import sentence_ranges
from corpus.dates import spelled_date
from index.embedder import Embedder
from index.passages import Passage

MAX_QUOTES: Final = 3
MAX_QUOTES_BESIDE_DISPUTE: Final = 2
MAX_DISPUTES: Final = 2
NEAREST: Final = 3

_SAME_CLAIM: Final = 0.6
_SAME_FACT: Final = 0.8
_KEPT_BESIDE_DISPUTE: Final = 0.85
_SAME_SOURCE: Final = 0.55
_MIN_COLUMNS_TO_PRUNE: Final = 3
_MAX_VENDOR_CHARS: Final = 230
_VERDICTS: Final = {
    "wrong": "The vendor disagrees:",
    "outdated": "By the vendor's documents that is out of date:",
    "unverifiable": "No vendor document confirms this:",
}
_NO_DOCUMENT: Final = "No vendor document"
_ON_THE_LESSON: Final = re.compile(r"^The lesson(?:'s)?\b")


def write_answer(evidence: Evidence, embedder: Embedder) -> tuple[str, ...]:
    """Answer from the evidence alone, piece by piece; joined, the pieces are the answer.

    At most three quotations with their ``[n]``, then the vendor's side of what the lesson says;
    or one plain statement that the sources do not hold it, with the nearest passages.
    """
    if not evidence.passages:
        return ("This is not in these sources: nothing was found.",)
    if not evidence.answerable:
        return (_refusal(evidence.passages),)
    reading = read(evidence.standalone_question, evidence.passages, embedder)
    if asks_for_errors(evidence.standalone_question) and evidence.disputes:
        return _joined((), _sides(evidence.disputes, reading, embedder))
    disputes = evidence.disputes[:MAX_DISPUTES]
    limit = MAX_QUOTES_BESIDE_DISPUTE if disputes else MAX_QUOTES
    quotes = _quotes(_without_disputed(reading, disputes, embedder), reading, limit)
    sides = _sides(disputes, reading, embedder)
    if not quotes and not sides:
        return (_refusal(evidence.passages),)
    return _joined(quotes, sides)


def _joined(quotes: Sequence[str], sides: Sequence[str]) -> tuple[str, ...]:
    """Sentences in one paragraph; a list, and the other side of a claim, in their own."""
    pieces: list[str] = []
    before = ""
    for text in (*quotes, *sides):
        apart = text in sides or "\n" in text or "\n" in before
        mark = ("\n\n" if apart else " ") if pieces else ""
        pieces.append(mark + text)
        before = text
    return tuple(pieces)


def _refusal(passages: Sequence[Passage]) -> str:
    nearest = "; ".join(f"{_place(passage)} [{passage.number}]" for passage in passages[:NEAREST])
    return f"This is not in these sources. The nearest passages, which do not answer it: {nearest}."


def _place(passage: Passage) -> str:
    heading = heading_text(passage.heading_path[-1]) if passage.heading_path else ""
    title = heading_text(passage.title)
    return title if heading in {"", title} else f"{title}, “{heading}”"


def _without_disputed(
    reading: Reading, disputes: Sequence[Dispute], embedder: Embedder
) -> list[Unit]:
    """The chosen units, less those that a dispute says better, filled up with the next best."""
    if not disputes:
        return list(reading.chosen_units)
    sides = embedder.encode([f"{d.claim.lesson_says} {d.claim.vendor_says}" for d in disputes])
    vendors = embedder.encode([_vendor_side(d) for d in disputes])
    left_out = []
    for at, unit in enumerate(reading.units):
        vector = reading.candidates.vectors[at]
        in_lesson = any(_stands_in(unit, dispute) for dispute in disputes)
        retold = _ON_THE_LESSON.match(unit.text) and float((sides @ vector).max()) >= _SAME_CLAIM
        same = float((vendors @ vector).max()) >= _SAME_FACT
        misses = not reading.candidates.fits[at]
        if in_lesson or retold or same or misses:
            left_out.append(at)
    chosen = choose_units(
        reading.candidates.without(left_out),
        kept_share=_KEPT_BESIDE_DISPUTE,
        best=float(reading.candidates.scores.max()),
    )
    return [reading.units[at] for at in chosen]


def _stands_in(unit: Unit, dispute: Dispute) -> bool:
    return unit.passage == dispute.passage and any(
        unit.span.overlaps(place) for place in dispute.claim.spans
    )


def _quotes(units: Sequence[Unit], reading: Reading, limit: int) -> list[str]:
    """The units as they are shown, without those that then give only numbers already given."""
    quotes: list[str] = []
    kept: list[Unit] = []
    given: set[float] = set()
    told: frozenset[str] = frozenset()
    for unit in units:
        shown = _shown(unit, reading)
        numbers = figures(shown)
        systems = systems_of(reading.asked, unit)
        if kept and numbers and numbers <= given and systems <= told:
            continue
        given |= numbers
        told |= systems
        kept.append(unit)
        quotes.append(_bulleted(unit) if unit.items else _cited(shown, unit.passage))
        if len(quotes) == limit:
            break
    caption = next((unit for unit in kept if _needs_caption(unit, reading, kept)), None)
    if caption is not None:
        quotes = [*quotes[: MAX_QUOTES - 1], _cited(caption.caption, caption.passage)]
    return quotes


def _shown(unit: Unit, reading: Reading) -> str:
    """A wide row shows the columns that the question is about; other units stand as they are."""
    if len(unit.cells) < _MIN_COLUMNS_TO_PRUNE:
        return unit.text
    asked = reading.asked
    wanted = [
        (label, cell)
        for label, cell in unit.cells
        if asked.topics & told_topics(f"{label}: {cell}")
        or terms_of(f"{label} {cell}").stems & (asked.terms.stems - asked.systems)
        or not label
    ]
    if not any(label for label, _ in wanted):
        return unit.text
    return row_text(unit.subject, wanted, unit.source)


def _bulleted(unit: Unit) -> str:
    """A list as a list, its subject above it."""
    lines = [f"- {_cited(end_sentence(item), unit.passage)}" for item in unit.items]
    return "\n".join([f"{capitalise(unit.subject)}:", *lines] if unit.subject else lines)


def _needs_caption(unit: Unit, reading: Reading, units: Sequence[Unit]) -> bool:
    return (
        bool(unit.caption)
        and "price" in reading.asked.topics & told_topics(unit.caption)
        and all(other.text != unit.caption for other in units)
    )


def _sides(disputes: Sequence[Dispute], reading: Reading, embedder: Embedder) -> list[str]:
    sides = []
    for dispute in disputes:
        claim = dispute.claim
        lesson = end_sentence(claim.lesson_says)
        if dispute.passage is not None:
            lesson = _cited(lesson, dispute.passage)
        source = claim.source_title + (
            f", {spelled_date(claim.source_date)}" if claim.source_date else ""
        )
        vendor = f"{_vendor_side(dispute).rstrip('.')} ({source})."
        number = _vendor_passage(dispute, reading, embedder)
        if number is not None:
            vendor = _cited(vendor, number)
        verdict = "" if vendor.startswith(_NO_DOCUMENT) else f"{_VERDICTS[claim.verdict]} "
        sides.append(f"The lesson says: {lesson} {verdict}{vendor}")
    return sides


def _vendor_side(dispute: Dispute) -> str:
    text = dispute.claim.vendor_says
    if len(text) <= _MAX_VENDOR_CHARS:
        return text
    begin, end = next(sentence_ranges(text))
    return text[begin:end]


def _vendor_passage(dispute: Dispute, reading: Reading, embedder: Embedder) -> int | None:
    """Number of the passage of a note that says what the vendor says, or None."""
    vector = embedder.encode([_vendor_side(dispute)])[0]
    meaning = reading.candidates.vectors @ vector
    notes = [at for at, unit in enumerate(reading.units) if unit.passage not in reading.lesson]
    if not notes:
        return None
    best = max(notes, key=lambda at: float(meaning[at]))
    return reading.units[best].passage if meaning[best] >= _SAME_SOURCE else None


def _cited(sentence: str, number: int) -> str:
    text = capitalise(sentence)
    if text.endswith("."):
        return f"{text[:-1]} [{number}]."
    return f"{text} [{number}]"
