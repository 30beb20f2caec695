"""``[n]`` markers in an answer: found in code, checked against what the model was shown."""

import re
from collections.abc import Collection, Iterator

from assistant.turns import Citation
from corpus.documents import Span

_NUMBERS = r"[0-9]{1,3}(?:\s*[,;–-]\s*[0-9]{1,3})*"
# Some models write 【1】 or 【1†source】, and some [1-3].
_MARKER = re.compile(rf"\[\s*({_NUMBERS})\s*\]|【\s*({_NUMBERS})\s*(?:†[^】\n]{{0,40}})?】")
_LONGEST_RANGE = 10
# A fence begins a line, of a list or a quotation too; other backticks close on their line.
_CODE = re.compile(
    r"^(?:[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t]+|[ \t]*>)*[ \t]*```[^`\n]*$.*?"
    r"(?:^[ \t>]*`{3,}[ \t]*$|\Z)"
    r"|(?<!`)(`+)(?!`)[^\n]+?(?<!`)\1(?!`)",
    re.DOTALL | re.MULTILINE,
)


def parse_citations(text: str, shown: Collection[int]) -> tuple[Citation, ...]:
    """Find every citation marker outside code, in order.

    ``[1, 2]`` and ``[1-2]`` give two citations with the same span. ASCII digits only.

    Args:
        text: the answer.
        shown: numbers of the passages that the model was shown.
    """
    code = [Span(*match.span()) for match in _CODE.finditer(text)]
    found: list[Citation] = []
    for match in _MARKER.finditer(text):
        span = Span(*match.span())
        if any(span.overlaps(block) for block in code):
            continue
        numbers = dict.fromkeys(_numbers_in(match.group(1) or match.group(2)))
        found.extend(Citation(number, span, number in shown) for number in numbers)
    return tuple(found)


def _numbers_in(marker: str) -> Iterator[int]:
    """The numbers of a marker; a short range stands for all in it, a long one for its ends."""
    for part in re.split(r"[,;]", marker):
        ends = [int(number) for number in re.split(r"[–-]", part)]
        if len(ends) == 2 and 0 < ends[1] - ends[0] <= _LONGEST_RANGE:
            yield from range(ends[0], ends[1] + 1)
        else:
            yield from ends


def strip_markers(text: str) -> str:
    """The text without its citation markers and the space before them."""
    return re.sub(r"\s*" + _MARKER.pattern, "", text)
