"""A sentence of an answer taken apart: who says it, and the statements that it makes."""

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final

from assistant.checks.places import SOURCE, Segment, segments_of
from assistant.checks.quantities import Day, Quantity, dates_in, quantities_in
from assistant.checks.wording import claims_all, names_of, normal, raw_words, words_of

# "The lesson says:", "No vendor document confirms this:": who speaks, not what is said.
_LEAD_IN: Final = re.compile(
    r"^(?:(?P<lesson>the lesson says)|the vendor|by the vendor|no vendor)[^:]{0,60}:\s*", re.I
)
_OPENING: Final = re.compile(
    r"^(?:yes|no|the answer is|in short|note that|also|however|for instance|for example|"
    r"therefore|so|in addition|moreover|overall|by contrast|by default)\s*[,:.]\s*",
    re.I,
)
_SAYS: Final = (
    r"(?:says?|said|states?|stated|calls?|called|describes?|lists?|counts?|names?|estimates?|"
    r"confirms?|(?:has|have)\s+confirmed|reports?|reported|measured|gives?|claims?|puts?|sums?|"
    r"treats?|presents?|speaks?|attributes?|disagrees?|agrees?)\b"
)
_LESSON: Final = re.compile(
    rf"\b(?:the|this)\s+lesson(?:'s|’s)?\s+(?:\w+\s+)?{_SAYS}|according\s+to\s+the\s+lesson|"
    r"\bin\s+the\s+lesson|\bthe\s+lesson['’]s\b",
    re.I,
)
_SPEAKER: Final = re.compile(
    rf"(?:\baccording\s+to\s+|\bas\s+)?\b([A-Z]\w+(?:\s[A-Z]\w+)*)(?:['’]s\s(?:own\s)?(?:\w+\s)?"
    rf"(?:documents?|pages?|blog))?\s+{_SAYS}|\baccording\s+to\s+([A-Z]\w+)"
)
_PART_END: Final = re.compile(
    r";\s+|,\s+(?:and|but|while|whereas|yet|although|though|of\s+which)\s+"
    r"|\s+(?:and|but|yet)\s+(?=(?:is|was|has|have|had|runs?|needs?|may|can|comes?|came|were|"
    r"follow\w*|costs?|takes?|answers?|are|uses?|requires?|its?|they|there|does|do|will)\s)"
    r"|,\s+(?=(?:is|was|has|runs|needs|comes|costs)\s)|,\s+(?:whereas|although)\s+",
    re.I,
)
_SHORT_WORDS: Final = 2


@dataclass(frozen=True)
class Statement:
    """Something that a sentence states.

    Attributes:
        text: its words.
        speaker: ``lesson``, a vendor's name in lower case, ``vendor`` for any, or empty.
        subject: names that an earlier part of the sentence gives it.
    """

    text: str
    speaker: str
    subject: frozenset[str] = frozenset()

    @cached_property
    def words(self) -> frozenset[str]:
        """Its words that carry meaning, without who says it."""
        text = _LESSON.sub(" ", self.text) if self.speaker == "lesson" else self.text
        return words_of(text) or words_of(self.text)

    @cached_property
    def raw(self) -> frozenset[str]:
        """All its words in lower case."""
        return raw_words(self.text)

    @cached_property
    def names(self) -> frozenset[str]:
        """Names in it."""
        return names_of(self.text)

    @cached_property
    def quantities(self) -> tuple[Quantity, ...]:
        """Numbers in it."""
        return quantities_in(self.text)

    @cached_property
    def dates(self) -> tuple[Day, ...]:
        """Dates in it."""
        return dates_in(self.text)

    @cached_property
    def segments(self) -> tuple[Segment, ...]:
        """Its clauses."""
        return segments_of(self.text)

    @property
    def widens(self) -> bool:
        """Whether it speaks of all, every or always."""
        return claims_all(self.text)


@lru_cache(maxsize=2048)
def statements_of(sentence: str) -> tuple[Statement, ...]:
    """The whole sentence as a statement, then its parts; only the whole when it has one part.

    Args:
        sentence: without citation markers.
    """
    plain = SOURCE.sub("", sentence)
    lead = _LEAD_IN.match(plain)
    plain = normal(plain[lead.end() :] if lead else plain)
    plain = _OPENING.sub("", plain).strip()
    speaker = ""
    if lead:
        speaker = "lesson" if lead["lesson"] else "vendor"
    whole = Statement(plain, speaker or _speaker(plain))
    pieces = _pieces(plain)
    if len(pieces) == 1:
        return (whole,)
    parts: list[Statement] = []
    for piece in pieces:
        said = speaker or _speaker(piece)
        subject = parts[0].names if parts else frozenset()
        parts.append(Statement(piece, said, subject))
    return (whole, *parts)


def _pieces(plain: str) -> list[str]:
    pieces: list[str] = []
    start = 0
    cuts = [(m.start(), m.end()) for m in _PART_END.finditer(plain) if not _in_bracket(plain, m)]
    for begin, end in [*cuts, (len(plain), len(plain))]:
        piece = plain[start:begin].strip(" ,;")
        if pieces and len(words_of(piece)) < _SHORT_WORDS and not quantities_in(piece):
            pieces[-1] = f"{pieces[-1]}, {piece}"
        elif piece:
            pieces.append(piece)
        start = end
    if len(pieces) > 1 and len(words_of(pieces[0])) < _SHORT_WORDS:
        pieces[:2] = [f"{pieces[0]}: {pieces[1]}"]
    return pieces


def _in_bracket(text: str, match: re.Match[str]) -> bool:
    before = text[: match.start()]
    return before.count("(") > before.count(")")


def _speaker(text: str) -> str:
    if _LESSON.search(text):
        return "lesson"
    match = _SPEAKER.search(text)
    if match is None:
        return ""
    name = normal(match[1] or match[2]).lower()
    return name if name not in {"it", "the", "this", "they", "that", "both"} else ""
