"""Cutting a run of text, or a row of pieces, into parts that fit a token budget."""

import re
from collections.abc import Callable, Iterator, Sequence
from math import ceil

from corpus.documents import Span

CountTokens = Callable[[str], int]

_SENTENCE_END = re.compile(r"""(?:(?<=[.!?…])["'”’)\]]*\s+)|(?<=[。！？])|\n""")
_SPACE = re.compile(r"\s+")


def split_span(text: str, span: Span, count_tokens: CountTokens, limit: int) -> tuple[Span, ...]:
    """Cut ``text[span]`` at sentence ends, or between words where a sentence is too long.

    A word that is too long by itself is cut between characters. Every part holds at most ``limit``
    tokens unless a single character holds more; white space between parts belongs to none.
    """
    atoms = list(_atoms(text, span, count_tokens, limit))
    sizes = [count_tokens(text[atom.start : atom.end]) for atom in atoms]
    parts: list[Span] = []
    for first, last in group_evenly(sizes, limit):
        part = Span(atoms[first].start, atoms[last - 1].end)
        # Joining may cost a token where the tokenizer looks across white space.
        if last - first > 1 and count_tokens(text[part.start : part.end]) > limit:
            parts.extend(atoms[first:last])
        else:
            parts.append(part)
    return tuple(parts)


def group_evenly(sizes: Sequence[int], limit: int) -> tuple[tuple[int, int], ...]:
    """Group neighbours so that each group sums to at most ``limit``, all about equally large.

    Args:
        sizes: tokens of each neighbour; one above the limit becomes a group by itself.
        limit: most tokens in a group.

    Returns:
        Half-open index ranges that cover ``sizes`` in order.
    """
    if not sizes:
        return ()
    total = sum(sizes)
    aim = total / max(1, ceil(total / limit))
    groups: list[tuple[int, int]] = []
    first, held = 0, 0
    for i, size in enumerate(sizes):
        if i > first and (held + size > limit or held + size / 2 > aim):
            groups.append((first, i))
            first, held = i, 0
        held += size
    groups.append((first, len(sizes)))
    return tuple(groups)


def _atoms(text: str, span: Span, count_tokens: CountTokens, limit: int) -> Iterator[Span]:
    for sentence in _cut(text, span, _SENTENCE_END):
        if count_tokens(text[sentence.start : sentence.end]) <= limit:
            yield sentence
            continue
        for word in _cut(text, sentence, _SPACE):
            yield from _characters(text, word, count_tokens, limit)


def _cut(text: str, span: Span, boundary: re.Pattern[str]) -> Iterator[Span]:
    start = span.start
    for match in boundary.finditer(text, span.start, span.end):
        yield from _stripped(text, start, match.end())
        start = match.end()
    yield from _stripped(text, start, span.end)


def _stripped(text: str, start: int, end: int) -> Iterator[Span]:
    raw = text[start:end]
    inner = raw.strip()
    if inner:
        start += len(raw) - len(raw.lstrip())
        yield Span(start, start + len(inner))


def _characters(text: str, span: Span, count_tokens: CountTokens, limit: int) -> Iterator[Span]:
    if span.end - span.start <= 1 or count_tokens(text[span.start : span.end]) <= limit:
        yield span
        return
    middle = (span.start + span.end) // 2
    yield from _characters(text, Span(span.start, middle), count_tokens, limit)
    yield from _characters(text, Span(middle, span.end), count_tokens, limit)
