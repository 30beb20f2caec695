"""The lesson's own text with the places of its claims marked.

A claim's place may cross Markdown's signs, overlap another's or stand in a table's cell. It is cut
into pieces of plain words, and each piece is marked by itself, so that the marks are balanced
whatever stands between them.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from assistant.markup.elements import SafeHtml, element, hidden, icon, join, outward_link
from assistant.markup.prose import Insert, markdown, plain
from corpus.claims import GRAVEST_FIRST, Claim, Verdict
from corpus.documents import Document, Span

VERDICT_WORDS: Final[dict[Verdict, str]] = {
    "agrees": "agrees",
    "outdated": "outdated",
    "wrong": "wrong",
    "unverifiable": "cannot be checked",
}

_HEADING: Final = re.compile(r"^(#{2,3})[ \t]+(.+?)[ \t]*$", re.MULTILINE)
_LINK: Final = re.compile(r"\[([^\[\]\n]*)\]\(([^\s()]+)\)")
_BLOCK_SIGN: Final = r"(?:^|(?<=\n))[ \t]*(?:(?:[-+>]|\*(?=[ \t])|\d{1,9}[.)]|#{1,6})[ \t]+)*"
_BETWEEN: Final = re.compile(rf"{_BLOCK_SIGN}|\*+|`+|~~|[ \t]*[|\n][ \t]*")


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of the lesson.

    Attributes:
        id: of its place on the page.
        level: 2 or 3.
        words: without Markdown.
    """

    id: str
    level: int
    words: str


@dataclass(frozen=True, slots=True)
class _Place:
    """Claims whose ranges touch one another: they are opened from the same spot."""

    span: Span
    claims: tuple[Claim, ...]


@dataclass(frozen=True, slots=True)
class _Piece:
    """Words without Markdown, or one link, that the same claims are about."""

    span: Span
    claims: tuple[Claim, ...]
    link: bool = False


def headings_of(lesson: Document) -> tuple[Heading, ...]:
    """The lesson's headings of the second and third level, in order."""
    return tuple(heading for _, heading in _headings(lesson.text))


def marked_lesson(lesson: Document, claims: Sequence[Claim]) -> SafeHtml:
    """The lesson as markup, each claim marked where the lesson makes it.

    Every marked piece names its claims in ``data-claims``. The first piece of a claim bears the
    claim's id, the first one of its second place the id with ``-2``, and so on. After each place
    stands a button for each verdict on it.

    Args:
        lesson: the lesson.
        claims: the claims table; its spans are offsets in the lesson's text.
    """
    text = lesson.text
    inserts = [
        Insert(Span(start, start), element("span", id=heading.id, class_="anchor"))
        for start, heading in _headings(text)
    ]
    waiting = _ids(claims)
    for place in _places(claims):
        for piece in _pieces(text, place):
            ids = [found for claim in piece.claims if (found := _take(waiting, claim, piece))]
            inserts.append(Insert(piece.span, _mark(text, piece, ids)))
        end = Span(place.span.end, place.span.end)
        inserts.append(Insert(end, _buttons(place)))
    return markdown(text, links=_links(text), inserts=inserts)


def worst(claims: Iterable[Claim]) -> Verdict:
    """The most serious verdict of some claims; there is at least one."""
    return min((claim.verdict for claim in claims), key=GRAVEST_FIRST.index)


def verdict_sign(verdict: Verdict) -> SafeHtml:
    """The drawn sign of a verdict; its word stands beside it."""
    return icon(f"verdict-{verdict}")


def place_id(claim: Claim, number: int) -> str:
    """The id of a claim's n-th place in the lesson, from 1."""
    return claim.id if number == 1 else f"{claim.id}-{number}"


def number_in_table(claim: Claim) -> int:
    """``claim-14`` as 14."""
    return int(claim.id.rpartition("-")[2])


def _headings(text: str) -> list[tuple[int, Heading]]:
    found = []
    for number, match in enumerate(_HEADING.finditer(text), start=1):
        # Behind an opening sign of bold text nothing may stand that is not a word's beginning.
        start = match.start(2) + len(match[2]) - len(match[2].lstrip("*"))
        words = match[2].replace("*", "").strip()
        found.append((start, Heading(f"lesson-{number}", len(match[1]), words)))
    return found


def _links(text: str) -> Collection[str]:
    return {match[2] for match in _LINK.finditer(text)}


def _places(claims: Sequence[Claim]) -> list[_Place]:
    """Ranges that share a character are one place; neighbours that only meet are two."""
    ranges = sorted((span, claim.id, claim) for claim in claims for span in claim.spans)
    places: list[_Place] = []
    for span, _, claim in ranges:
        last = places[-1] if places else None
        if last is None or not last.span.overlaps(span):
            places.append(_Place(span, (claim,)))
            continue
        joined = Span(last.span.start, max(last.span.end, span.end))
        places[-1] = _Place(joined, tuple(dict.fromkeys((*last.claims, claim))))
    return places


def _ids(claims: Sequence[Claim]) -> dict[str, list[tuple[Span, str]]]:
    return {
        claim.id: [(span, place_id(claim, n)) for n, span in enumerate(claim.spans, start=1)]
        for claim in claims
    }


def _take(waiting: dict[str, list[tuple[Span, str]]], claim: Claim, piece: _Piece) -> str | None:
    """The id that a piece has to bear because it is the first one of a claim's place."""
    left = waiting[claim.id]
    if left and left[0][0].overlaps(piece.span):
        return left.pop(0)[1]
    return None


def _pieces(text: str, place: _Place) -> list[_Piece]:
    """A place cut where a claim begins or ends and where Markdown has a sign."""
    links = [Span(*m.span()) for m in _LINK.finditer(text, place.span.start, place.span.end)]
    runs = _plain_runs(text, place.span)
    ends = {edge for claim in place.claims for span in claim.spans for edge in _edges(span)}
    cuts = ends | {edge for span in (*runs, *links) for edge in _edges(span)}
    cuts = {cut for cut in cuts if not any(link.start < cut < link.end for link in links)}
    pieces = []
    for start, end in pairwise(sorted(cuts)):
        span = Span(start, end)
        is_link = span in links
        if not is_link and not any(run.start <= start and end <= run.end for run in runs):
            continue
        about = [c for c in place.claims if any(span.overlaps(s) for s in c.spans)]
        if about:
            pieces.append(_Piece(span, tuple(about), is_link))
    return pieces


def _edges(span: Span) -> tuple[int, int]:
    return span.start, span.end


def _plain_runs(text: str, within: Span) -> list[Span]:
    """What is left of a range without Markdown's signs."""
    line = text.rfind("\n", 0, within.start) + 1
    runs, position = [], line
    for match in _BETWEEN.finditer(text, line, within.end):
        runs.append(Span(max(position, within.start), match.start()))
        position = match.end()
    runs.append(Span(max(position, within.start), within.end))
    return [run for run in runs if run.start < run.end]


def _mark(text: str, piece: _Piece, ids: Sequence[str]) -> SafeHtml:
    words = plain(text[piece.span.start : piece.span.end])
    if piece.link and (match := _LINK.fullmatch(text, piece.span.start, piece.span.end)):
        words = outward_link(match[1], match[2])
    for further in ids[1:]:
        words = element("mark", words, id=further)
    return element(
        "mark",
        words,
        id=ids[0] if ids else None,
        class_="claim",
        data_verdict=worst(piece.claims),
        data_claims=" ".join(claim.id for claim in piece.claims),
    )


def _buttons(place: _Place) -> SafeHtml:
    """A button for each verdict on a place, the most serious first."""
    of_verdicts = [[c for c in place.claims if c.verdict == verdict] for verdict in GRAVEST_FIRST]
    # A space, because a margin would stay where a line begins.
    return join(join([" ", _button(claims)]) for claims in of_verdicts if claims)


def _button(claims: Sequence[Claim]) -> SafeHtml:
    verdict = claims[0].verdict
    said = "; ".join(f"claim {number_in_table(claim)}: {claim.lesson_says}" for claim in claims)
    several = len(claims) > 1
    return element(
        "button",
        verdict_sign(verdict),
        VERDICT_WORDS[verdict],
        element("span", f" ×{len(claims)}" if several else "", class_="times"),
        hidden(f" {said}"),
        type="button",
        class_="claim-button",
        data_verdict=verdict,
        data_open=" ".join(claim.id for claim in claims),
        aria_expanded="false",
        aria_controls="evidence",
    )
