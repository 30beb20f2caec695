"""Places of the evidence that a sentence is held against: lines, rows, and both sides of claims."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import Final, Literal

from assistant.checks.quantities import Day, Quantity, dates_in, quantities_in
from assistant.checks.wording import names_of, normal, raw_words, words_of
from assistant.evidence import Dispute, Evidence
from assistant.reading.tables import cells_of
from assistant.text.sentences import split_sentences
from corpus.dates import spelled_date
from corpus.documents import Span
from corpus.library import LESSON_ID
from index.passages import Passage

Voice = Literal["lesson", "vendor", "both"]

# The bracket that names a source: "(Meta, Llama 2 README, March 2024)".
SOURCE: Final = re.compile(
    r"\s*\((?=[^()]*\b(?:19|20)\d\d\b|[^()]*\bundated\b|[A-Z][^()]*: )[^()]{6,}\)"
)
_BRACKET: Final = re.compile(r"\([^()]*\)")
_SEGMENT_END: Final = re.compile(
    r";|:\s|,\s|\s(?:and|but|while|whereas|which|although|unless|as well as)\s|\s[–—]\s"
)
_SAYS_IT: Final = re.compile(
    r"\d|\b(?:is|are|was|were|has|have|had|can|cannot|may|must|does|do|did|will|need|not|no|\w+ed|"
    r"(?!(?:parameters|models|weights|tokens|counts|terms|sizes|prices|plans|details|experts)\b)"
    r"[a-z]{2,}[^s\W]s)\b"
)
_LESSON_SAYS: Final = re.compile(r"^(?:The lesson|In the lesson)\b")
_TURN: Final = re.compile(
    r"(?:,\s(?:but|while|whereas|yet|although)\s|;\s|,\sand\s(?=[A-Z]|this\b)|,\swhich\s)"
)
_ITEM: Final = re.compile(r"([ \t]*)(?:[-*+]|\d{1,2}[.)])\s[*_`]*")
_LISTED: Final = re.compile(r",\s(?=\S*\d)|;\s")
_DELIMITER: Final = re.compile(r"[|:\s-]+")


@dataclass(frozen=True, slots=True)
class Segment:
    """A clause of a place, or one cell of a row with the head of its column.

    Attributes:
        text: its words.
        label: the head of the column; empty for a clause.
    """

    text: str
    label: str = ""


@dataclass(frozen=True)
class Place:
    """Somewhere in the evidence.

    Attributes:
        passage: where it stands.
        span: its range in the document.
        text: what it says, without the bracket that names its source.
        around: what it is read with: title, headings, the head and caption of its table, source.
        voice: who speaks: the lesson, a vendor, or a note that gives both.
        segments: its clauses or cells.
        sources: where it says that it is from.
        caption: of a row, the sentence above its table.
        subject: of a row, its first cell; else empty.
        in_claims: whether it is a side of a claim of the claims table; ``span`` is then where
            the lesson makes the claim.
    """

    passage: Passage
    span: Span
    text: str
    around: str
    voice: Voice
    segments: tuple[Segment, ...]
    sources: str = ""
    caption: str = ""
    subject: str = ""
    in_claims: bool = False

    @cached_property
    def words(self) -> frozenset[str]:
        """Its words and those around it."""
        return words_of(f"{self.around} {self.caption} {self.text}")

    @property
    def heading(self) -> str:
        """The nearest heading above it."""
        return self.passage.heading_path[-1] if self.passage.heading_path else ""

    @cached_property
    def names(self) -> frozenset[str]:
        """Every name in it and around it, and every word that may be one."""
        text = f"{self.around} {self.text}"
        return (
            names_of(text)
            | frozenset(word.strip(".,:;()\"'") for word in normal(text).lower().split())
            | raw_words(text)
        )

    @cached_property
    def quantities(self) -> tuple[Quantity, ...]:
        """Its numbers."""
        return quantities_in(self.text)

    @cached_property
    def dates(self) -> tuple[Day, ...]:
        """Its dates."""
        return dates_in(self.text)


def places_in(evidence: Evidence, shown: Sequence[int]) -> list[Place]:
    """Every place in the passages that were shown, and in the claims that they touch."""
    read = {passage.number: passage for passage in evidence.passages if passage.number in shown}
    ends = {(p.source, p.end): p.text.rpartition("\n")[2] for p in read.values()}
    places = [
        place
        for passage in read.values()
        for place in _lines_of(passage, _line_above(passage, ends))
    ]
    for dispute in evidence.disputes:
        if dispute.passage in read:
            places.extend(_sides_of(dispute, read[dispute.passage]))
    return places


def _line_above(passage: Passage, ends: Mapping[tuple[str, int], str]) -> str:
    """The last line of a passage that ends where this one begins: it may name a table's units."""
    return next(
        (line for gap in range(3) if (line := ends.get((passage.source, passage.start - gap)))), ""
    )


@lru_cache(maxsize=256)
def _lines_of(passage: Passage, above: str) -> tuple[Place, ...]:
    return tuple(_walk(passage, above))


def _walk(passage: Passage, above: str) -> Iterator[Place]:
    heading = f"{passage.title}. {passage.heading}."
    voice: Voice = "lesson" if passage.source == LESSON_ID else "vendor"
    head, caption = _head_of(passage.lead)
    before, items = above, _Items()
    for span in split_sentences(passage.text):
        line = passage.text[span.start : span.end]
        place = Span(passage.start + span.start, passage.start + span.end)
        if "|" in line:
            if head is None:
                head, caption = tuple(cells_of(line)), before
            else:
                yield _row(passage, place, line, (head, caption, heading), voice)
            continue
        if head is not None and not _DELIMITER.fullmatch(line):
            head = None
        before = line
        parent = items.parent_of(passage.text, span)
        yield from _prose(passage, place, line, f"{heading} {parent}", voice)


class _Items:
    """The items of a list that a line stands below."""

    def __init__(self) -> None:
        self._open: list[tuple[int, str]] = []

    def parent_of(self, text: str, span: Span) -> str:
        """The items above the line that are less indented, as words; remembers the line."""
        begin = text.rfind("\n", 0, span.start) + 1
        match = _ITEM.match(text, begin)
        if match is None or match.end() < span.start:
            self._open = []
            return ""
        indent = len(match[1])
        self._open = [(depth, words) for depth, words in self._open if depth < indent]
        parents = " ".join(words for _, words in self._open)
        self._open.append((indent, text[span.start : span.end]))
        return normal(parents)


def _head_of(lead: str) -> tuple[tuple[str, ...] | None, str]:
    lines = [line for line in lead.split("\n") if line.strip() and not _DELIMITER.fullmatch(line)]
    rows = [line for line in lines if "|" in line]
    caption = " ".join(line for line in lines if "|" not in line)
    return (tuple(cells_of(rows[0])) if rows else None), caption


def _row(
    passage: Passage,
    span: Span,
    line: str,
    above: tuple[tuple[str, ...], str, str],
    voice: Voice,
) -> Place:
    head, caption, heading = above
    cells = cells_of(f"| {line.strip().strip('|')} |")
    labelled = list(zip([*head, *[""] * len(cells)], cells, strict=False))
    told = [
        Segment(f"{label}: {piece}", label)
        for label, cell in labelled[1:]
        if cell.strip() and not label.lower().startswith("source")
        for piece in _LISTED.split(cell)
    ]
    sources = " ".join(cell for label, cell in labelled if label.lower().startswith("source"))
    subject = cells[0] if cells else ""
    text = "; ".join([subject, *(segment.text for segment in told)])
    around = f"{heading} {head[0] if head else ''} {sources}"
    return Place(
        passage,
        span,
        normal(text),
        around,
        voice,
        tuple(told),
        sources=sources,
        caption=caption,
        subject=normal(subject),
    )


def _prose(passage: Passage, span: Span, line: str, heading: str, voice: Voice) -> Iterator[Place]:
    sources = " ".join(SOURCE.findall(line))
    text = normal(SOURCE.sub("", line))
    around = f"{heading} {sources}"
    turn = _TURN.search(text) if voice == "vendor" and _LESSON_SAYS.match(text) else None
    if turn:
        said, answered = text[: turn.start()], text[turn.end() :]
        # What the note's title has in brackets is the vendor's name, of whom the lesson may know
        # nothing.
        plain = _BRACKET.sub("", heading)
        yield Place(passage, span, said, plain, "lesson", segments_of(said))
        yield Place(passage, span, answered, around, "vendor", segments_of(answered), sources)
        voice = "both"
    elif voice == "vendor" and _LESSON_SAYS.match(text):
        voice = "lesson"
    yield Place(passage, span, text, around, voice, segments_of(text), sources)


def _sides_of(dispute: Dispute, passage: Passage) -> Iterator[Place]:
    """What the claims table says: the lesson's side, and each sentence of the vendor's."""
    claim = dispute.claim
    around = f"{claim.source_title}. {' '.join(claim.systems)}."
    if claim.source_date:
        around += f" {claim.source_date} {spelled_date(claim.source_date)}"
    span = claim.spans[0]
    vendor = [claim.vendor_says[s.start : s.end] for s in split_sentences(claim.vendor_says)]
    sides: list[tuple[str, str, Voice, str]] = [
        (claim.lesson_says, "", "lesson", ""),
        *(
            (side, around, "vendor", claim.source_title)
            for side in dict.fromkeys([*vendor, claim.vendor_says])
        ),
    ]
    for side, beside, voice, sources in sides:
        yield Place(
            passage,
            span,
            side,
            beside,
            voice,
            segments_of(side),
            sources=sources,
            in_claims=True,
        )


@lru_cache(maxsize=2048)
def segments_of(text: str) -> tuple[Segment, ...]:
    """The clauses of a sentence; what stands in brackets is not cut."""
    flat = _BRACKET.sub(lambda match: match[0].replace(",", " ").replace(";", " "), text)
    cuts = [0, *(match.start() for match in _SEGMENT_END.finditer(flat)), len(flat)]
    segments: list[str] = []
    waiting = ""
    for a, b in pairwise(cuts):
        piece = f"{waiting}{flat[a:b]}"
        # "The sizes of Grok 2 and Grok 4.7 are not published": what is said comes with the last.
        waiting = "" if b == len(flat) or _SAYS_IT.search(piece) else piece
        if not waiting and piece.strip(" ,;:"):
            segments.append(piece.strip(" ,;:"))
    return tuple(Segment(segment) for segment in segments)
