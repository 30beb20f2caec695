"""What was retrieved for one question, the same for every backend."""

import hashlib
import json
from dataclasses import dataclass

from corpus.claims import Claim
from index.passages import Passage


@dataclass(frozen=True, slots=True)
class Dispute:
    """A claim of the lesson that the vendor sees differently, touched by this turn.

    Attributes:
        claim: the row of the claims table.
        passage: number of the passage that holds the claim, or None when the vendor's side
            alone was retrieved.
    """

    claim: Claim
    passage: int | None


@dataclass(frozen=True, slots=True)
class Evidence:
    """The passages of one turn.

    Attributes:
        question: as the user asked it.
        standalone_question: with what it leaned on filled in; the text that was searched.
        passages: best first, numbered from 1.
        disputes: claims that the passages touch, the most relevant first.
        answerable: whether the sources seem to hold an answer.
        retrieval_s: time for retrieval, in seconds.
    """

    question: str
    standalone_question: str
    passages: tuple[Passage, ...]
    disputes: tuple[Dispute, ...]
    answerable: bool
    retrieval_s: float

    @property
    def hash(self) -> str:
        """SHA-256 over what a model is shown; equal hashes mean byte-identical evidence."""
        shown = {
            "question": self.standalone_question,
            "passages": [
                [p.number, p.source, p.start, p.end, p.lead, p.text] for p in self.passages
            ],
            "disputes": [[d.claim.id, d.passage] for d in self.disputes],
        }
        return hashlib.sha256(json.dumps(shown, ensure_ascii=False).encode()).hexdigest()
