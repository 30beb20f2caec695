"""The words of some texts, counted: what the mending of slips is measured by."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from corpus.errors import IndexCorrupt
from index.lexical import terms

WORD: Final = re.compile(r"[^\W\d_]+")
_HYPHENED: Final = re.compile(r"\b[^\W\d_]+(?:-[^\W\d_]+)+\b")


@dataclass(frozen=True, slots=True)
class WordCounts:
    """How often each word occurs.

    Attributes:
        counts: by lower-case word.
        joined: compounds by their letters without the hyphen (``finetuning``: ``fine-tuning``).
        stems: of all words.
    """

    counts: Mapping[str, int]
    joined: Mapping[str, str]
    stems: frozenset[str]

    @classmethod
    def of(cls, texts: Iterable[str]) -> "WordCounts":
        """Count the words of some texts."""
        counts: Counter[str] = Counter()
        hyphened: Counter[str] = Counter()
        for text in texts:
            lowered = text.lower()
            counts.update(WORD.findall(lowered))
            if "-" in lowered:
                hyphened.update(_HYPHENED.findall(lowered))
        joined: dict[str, str] = {}
        for compound, _ in hyphened.most_common():
            for key in (compound.replace("-", ""), *terms(compound.replace("-", ""))):
                joined.setdefault(key, compound)
        stems = frozenset(stem for word in counts for stem in terms(word))
        return cls(dict(counts), joined, stems)

    def save(self, file: Path) -> None:
        """Write them into a file."""
        # Sorted, so that the same texts make the same file whatever the hash seed.
        parts = [self.counts, self.joined, sorted(self.stems)]
        file.write_text(json.dumps(parts, ensure_ascii=False), "utf-8")

    @classmethod
    def load(cls, file: Path) -> "WordCounts":
        """Read what was saved.

        Raises:
            IndexCorrupt: the file does not hold it.
        """
        try:
            counts, joined, stems = json.loads(file.read_bytes())
            return cls(counts, joined, frozenset(stems))
        except (OSError, ValueError, TypeError) as exc:
            raise IndexCorrupt(
                "The counted words of the index cannot be read.", "Run `counterpoint index build`."
            ) from exc
