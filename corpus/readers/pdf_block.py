"""What the lines of a PDF make up, and the marks by which its parts are known."""

import re
from dataclasses import dataclass, field
from typing import Final

from corpus.readers.pdf_lines import Line

BULLET: Final = re.compile(r"[•‣◦▪■●○∙·\uf0b7\u2043–-]\s+(?=\S)|[•‣◦▪■●○]")
HYPHENATED: Final = re.compile(r"([^\W\d_]+)[-\u2010\u00ad]$")


@dataclass(slots=True)
class Block:
    """Lines that belong together: a paragraph, a heading, an item, a table."""

    page: int
    lines: list[Line]
    kind: str = "text"
    level: int = 0
    turns: list[int] = field(default_factory=list)  # lines before which a later page begins

    @property
    def size(self) -> float:
        """The height of its letters, in points."""
        return self.lines[0].size

    @property
    def plain(self) -> str:
        """Its words on one line."""
        return " ".join(line.text for line in self.lines)
