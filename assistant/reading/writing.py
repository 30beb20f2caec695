"""An answer made of quotations: what is said, where it stands, and the vendor's side."""

import re
from collections.abc import Sequence
from typing import Final

from assistant.disputes import asks_for_errors
from assistant.evidence import Dispute, Evidence
from assistant.reading.both_sides import both_sides, vendor_side
from assistant.reading.features import systems_of
from assistant.reading.parts import named_parts
from assistant.reading.plain import capitalise, cited, end_sentence, heading_text
from assistant.reading.reading import Reading, read
from assistant.reading.scorer import choose_units
from assistant.reading.tables import row_text
from assistant.reading.terms import figures, terms_of
from assistant.reading.topics import told_topics
from assistant.reading.units import Unit
from index.embedder import Embedder
from index.passages import Passage

MAX_QUOTES: Final = 3
MAX_QUOTES_BESIDE_DISPUTE: Final = 2
MAX_DISPUTES: Final = 2
NEAREST: Final = 3

_SAME_CLAIM: Final = 0.6
_SAME_FACT: Final = 0.8
_KEPT_BESIDE_DISPUTE: Final = 0.85
_MIN_COLUMNS_TO_PRUNE: Final = 3
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
        return _joined((), both_sides(evidence.disputes, reading, embedder))
    disputes = evidence.disputes[:MAX_DISPUTES]
    limit = MAX_QUOTES_BESIDE_DISPUTE if disputes else MAX_QUOTES
    units = [
        *_best_of_parts(evidence, disputes, embedder),
        *_without_disputed(reading, disputes, embedder),
    ]
    quotes = _quotes(list(dict.fromkeys(units)), reading, limit)
    sides = both_sides(disputes, reading, embedder)
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


def _best_of_parts(
    evidence: Evidence, disputes: Sequence[Dispute], embedder: Embedder
) -> list[Unit]:
    """The best unit on each of the systems that a question compares."""
    titles = [passage.title for passage in evidence.passages]
    readings = [
        read(part, evidence.passages, embedder)
        for part in named_parts(evidence.standalone_question, titles)
    ]
    return [unit for part in readings for unit in _without_disputed(part, disputes, embedder)[:1]]


def _without_disputed(
    reading: Reading, disputes: Sequence[Dispute], embedder: Embedder
) -> list[Unit]:
    """The chosen units, less those that a dispute says better, filled up with the next best."""
    if not disputes:
        return list(reading.chosen_units)
    sides = embedder.encode([f"{d.claim.lesson_says} {d.claim.vendor_says}" for d in disputes])
    vendors = embedder.encode([vendor_side(d) for d in disputes])
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
        quotes.append(_bulleted(unit) if unit.items else cited(shown, unit.passage))
        if len(quotes) == limit:
            break
    caption = next((unit for unit in kept if _needs_caption(unit, reading, kept)), None)
    if caption is not None:
        quotes = [*quotes[: MAX_QUOTES - 1], cited(caption.caption, caption.passage)]
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
    lines = [f"- {cited(end_sentence(item), unit.passage)}" for item in unit.items]
    return "\n".join([f"{capitalise(unit.subject)}:", *lines] if unit.subject else lines)


def _needs_caption(unit: Unit, reading: Reading, units: Sequence[Unit]) -> bool:
    return (
        bool(unit.caption)
        and "price" in reading.asked.topics & told_topics(unit.caption)
        and all(other.text != unit.caption for other in units)
    )
