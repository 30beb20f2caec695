"""Whether given passages alone bear a sentence out, by the same rules as the sentence check."""

from collections.abc import Collection
from dataclasses import dataclass, field

from assistant.checks.judgement import Held, Meanings, held_against, supported, undecided
from assistant.checks.places import Place, places_in
from assistant.evidence import Evidence
from index.embedder import Embedder


@dataclass(frozen=True, slots=True)
class Grounds:
    """Asks what passages of one evidence bear out.

    What the claims table says of the lesson's side counts as standing in the passage that makes the
    claim. The vendor's side does not: who follows a citation of the lesson does not find it there.

    Attributes:
        evidence: what was retrieved.
        meanings: remembers vectors; share it between evidences that have passages in common.
    """

    evidence: Evidence
    meanings: Meanings
    _places: dict[frozenset[int], list[Place]] = field(default_factory=dict, init=False)

    @classmethod
    def of(cls, evidence: Evidence, embedder: Embedder) -> "Grounds":
        """Grounds that remember no vector yet."""
        return cls(evidence, Meanings(embedder))

    def bear_out(self, sentence: str, numbers: Collection[int]) -> bool:
        """Whether these passages together, and nothing else, support the whole sentence.

        Partly supported is not supported. Each part of a sentence may stand in another passage.

        Args:
            sentence: without citation markers.
            numbers: of the passages; unknown ones and none at all support nothing.
        """
        among = frozenset(numbers)
        if among not in self._places:
            self._places[among] = [
                place
                for place in places_in(self.evidence, sorted(among))
                if not (place.in_claims and place.voice == "vendor")
            ]
        judged: Held = held_against(sentence, among, self._places[among])
        self.meanings.learn(one for found in judged for one in undecided(found, among))
        conclusion = supported(judged, among, self.meanings)
        return conclusion is not None and conclusion[0] == "supported"
