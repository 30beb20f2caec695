"""The text of an answer while it grows, rendered so that no part of it is rendered twice for long.

Blocks that are settled are rendered once and kept; the last one, which may still become something
else, is rendered anew each time. The cost of an update is that of its last block.
"""

import re

from assistant.citations import parse_citations
from assistant.evidence import Evidence
from assistant.markup.answers import cited_markdown
from assistant.markup.elements import EMPTY, SafeHtml
from assistant.markup.prose import settled_length

_HALF_MARKER = re.compile(r"\s*\[[\d,\s]*\Z")


class Growing:
    """One answer's text.

    Args:
        number: of its turn.
        evidence: of its turn.

    Attributes:
        blocks: what is settled.
        tail: what comes after it.
    """

    def __init__(self, number: int, evidence: Evidence) -> None:
        self.blocks: list[SafeHtml] = []
        self.tail = EMPTY
        self._number = number
        self._evidence = evidence
        self._shown = {passage.number for passage in evidence.passages}
        self._settled = 0
        self._seen = 0

    def grow(self, text: str) -> None:
        """Take in what has arrived; ``text`` begins with what it was before."""
        if len(text) == self._seen:
            return
        self._seen = len(text)
        rest = text[self._settled :]
        length = settled_length(rest)
        if length:
            self.blocks.append(self._render(rest[:length]))
            self._settled += length
            rest = rest[length:]
        # Half a citation at the end would flicker between two looks.
        self.tail = self._render(_HALF_MARKER.sub("", rest))

    def _render(self, part: str) -> SafeHtml:
        citations = parse_citations(part, self._shown)
        return cited_markdown(self._number, self._evidence, part, citations)
