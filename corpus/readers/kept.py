"""Code that no rewriting may touch: taken out before, put back after."""

import re
from collections.abc import Iterator
from typing import Final

# Two characters that mean nothing in any text; corpus.text drops them.
_OPEN: Final = "\ufdd0"
_CLOSE: Final = "\ufdd1"
_MARKER: Final = re.compile(f"{_OPEN}([bi])(\\d+){_CLOSE}")
_FENCE: Final = re.compile(
    r"(?P<lead>[ \t]*(?:>[ \t]?)*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)?)(?P<mark>`{3,}|~{3,})"
)
_INDENTED: Final = re.compile(r"(?: {4}|\t)")
_ITEM: Final = re.compile(r"[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t]")
_TICKS: Final = re.compile(r"`+")
_PARAGRAPH_END: Final = re.compile(r"\n[ \t]*\n")

BLOCK: Final = f"{_OPEN}b"
"""How the place of a block of code begins."""


class Kept:
    """The code of one text.

    Args:
        text: Markdown with ``\\n`` line ends.

    Attributes:
        text: the same with a short mark in the place of each fenced or indented block and each
            code span; rewrite it as you like, then ``restore``.
    """

    def __init__(self, text: str, *, indents_are_code: bool = True) -> None:
        self._pieces: list[str] = []
        self._indents_are_code = indents_are_code
        text = text.replace(_OPEN, "").replace(_CLOSE, "")
        self.text = self._take_spans("\n".join(self._take_blocks(text.split("\n"))))

    def restore(self, text: str) -> str:
        """Put the code back, what was dropped with its surroundings left out."""
        return _MARKER.sub(lambda match: self._pieces[int(match[2])], text)

    def blocks(self) -> list[str]:
        """The pieces, for those who must look into them; a change goes through to ``restore``."""
        return self._pieces

    def _keep(self, piece: str, sort: str) -> str:
        self._pieces.append(piece)
        return f"{_OPEN}{sort}{len(self._pieces) - 1}{_CLOSE}"

    def _take_blocks(self, lines: list[str]) -> Iterator[str]:
        at, in_list, blank, inner = 0, False, True, 0
        while at < len(lines):
            line = lines[at]
            indented = not in_list and bool(_INDENTED.match(line)) and bool(line.strip())
            if not self._indents_are_code and line.strip():
                # No deeper than what the text around it asks for, lest it turn into code.
                deep = len(line) - len(line.lstrip()) - (inner if in_list else 0)
                indented = deep > 3
            end = _fence_end(lines, at)
            if end is None and blank and indented and self._indents_are_code:
                end = _indented_end(lines, at)
                yield self._keep("\n".join(lines[at:end]), "b")
            elif end is not None:
                lead = len(line) - len(line.lstrip())
                block = [line[lead:], *lines[at + 1 : end]]
                if indented and not self._indents_are_code:
                    left = inner if in_list else 0
                    block[1:] = [line[:left] + _without_indent(later, lead) for later in block[1:]]
                    lead = left
                yield line[:lead] + self._keep("\n".join(block), "b")
            else:
                if indented and not self._indents_are_code and not _ITEM.match(line):
                    line = " " * (inner if in_list else 0) + line.lstrip()
                yield line
                blank = not line.strip()
                item = _ITEM.match(line)
                if not blank:
                    in_list = bool(item) or (in_list and line[0] in " \t")
                    inner = item.end() if item else inner
                at += 1
                continue
            at, blank = end, False

    def _take_spans(self, text: str) -> str:
        parts: list[str] = []
        at = 0
        for end in [*(match.start() for match in _PARAGRAPH_END.finditer(text)), len(text)]:
            for start, stop in _code_spans(text, at, end):
                parts.extend((text[at:start], self._keep(text[start:stop], "i")))
                at = stop
            parts.append(text[at:end])
            at = end
        return "".join(parts)


def _fence_end(lines: list[str], at: int) -> int | None:
    """The line after a fence that opens at this line, or None when none opens here."""
    opened = _FENCE.match(lines[at])
    if not opened or (opened["mark"][0] == "`" and "`" in lines[at][opened.end() :]):
        return None
    mark = opened["mark"]
    for number in range(at + 1, len(lines)):
        line = lines[number].strip(" \t>")
        if line.startswith(mark) and not line.strip(mark[0]):
            return number + 1
    return len(lines)


def _without_indent(line: str, most: int) -> str:
    lead = min(most, len(line) - len(line.lstrip()))
    return line[lead:]


def _indented_end(lines: list[str], at: int) -> int:
    end = at
    for number in range(at, len(lines)):
        if not lines[number].strip():
            continue
        if not _INDENTED.match(lines[number]):
            break
        end = number + 1
    return end


def _code_spans(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Where the code spans of one paragraph stand: runs of backticks of equal length pair up."""
    runs = [match.span() for match in _TICKS.finditer(text, start, end)]
    partner: dict[int, int] = {}
    latest: dict[int, int] = {}
    for i in range(len(runs) - 1, -1, -1):
        length = runs[i][1] - runs[i][0]
        if length in latest:
            partner[i] = latest[length]
        latest[length] = i
    i = 0
    while i < len(runs):
        if i in partner:
            yield runs[i][0], runs[partner[i]][1]
            i = partner[i]
        i += 1
