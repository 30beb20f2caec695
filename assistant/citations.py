"""``[n]`` markers in an answer: found in code, checked against what the model was shown."""

import re
from collections.abc import Collection

from assistant.turns import Citation
from corpus.documents import Span

_MARKER = re.compile(r"\[\s*([0-9]{1,3}(?:\s*,\s*[0-9]{1,3})*)\s*\]")
_CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]*`", re.DOTALL)


def parse_citations(text: str, shown: Collection[int]) -> tuple[Citation, ...]:
    """Find every citation marker outside code, in order.

    ``[1, 2]`` gives two citations with the same span. ASCII digits only.

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
        numbers = dict.fromkeys(int(number) for number in match.group(1).split(","))
        found.extend(Citation(number, span, number in shown) for number in numbers)
    return tuple(found)


def strip_markers(text: str) -> str:
    """The text without its citation markers and the space before them."""
    return re.sub(r"\s*" + _MARKER.pattern, "", text)
