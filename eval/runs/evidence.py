"""Evidence made once for a question, in four ways, so that every backend reads the same.

``own`` and ``oracle`` together tell what retrieval costs an answer. ``noise`` follows the noise
robustness of RGB (Chen et al., 2024, "Benchmarking Large Language Models in Retrieval-Augmented
Generation"): passages that do not hold the answer are mixed in, as a share of all. Two things
differ from there: nothing that was retrieved is taken away to make room, so that the number of
passages grows; and the noise is what other questions found, drawn by the seed, not the nearest
miss. ``counterfactual`` follows RGB's counterfactual robustness the other way round: the sources
say something false, and what is looked at is whether an answer keeps to them.
"""

import random
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final, Protocol

from assistant.evidence import Dispute, Evidence
from assistant.turns import Exchange
from corpus.documents import Document, Span
from corpus.errors import SourceMissing
from eval.cases import Case, Planted
from eval.retrieval.gold import GoldMissing, resolve
from eval.runs.altering import alter
from eval.runs.records import FrozenEvidence, Mode
from index.passages import Passage

NOISE_SHARE: Final = 0.5
"""As many passages that do not belong as were found."""
PLANTED: Final = "planted/"
"""What the id of a planted document begins with."""

NO_ANSWER: Final = "no document that is searched holds an answer"
NOT_SEARCHED: Final = "where its answer stands is not among what is searched"
NO_GOLD: Final = "the question does not say where its answer stands"
NO_NOISE: Final = "no other question found a passage that does not belong here"
NO_FACT: Final = "no fact can be changed throughout the evidence"

_Places = list[tuple[str, Span]]


class Sources(Protocol):
    """What evidence is gathered from: an ``Assistant``."""

    def search(
        self, question: str, history: Sequence[Exchange] = (), *, k: int | None = None
    ) -> Evidence:
        """What retrieval finds."""
        ...

    def gather_at(
        self, question: str, history: Sequence[Exchange], places: Sequence[tuple[str, Span]]
    ) -> Evidence:
        """The sections that hold some places."""
        ...

    def document(self, source: str) -> Document:
        """A document by its id."""
        ...


def freeze(
    assistant: Sources,
    case: Case,
    mode: Mode,
    *,
    seed: int,
    passages: int,
    pool: Sequence[Passage] = (),
    noise_share: float = NOISE_SHARE,
) -> FrozenEvidence:
    """Make the evidence of one question; the same arguments and index give the same passages.

    A planted passage of the case is put in at a rank that the seed draws, in every mode.

    Args:
        assistant: gathers it.
        case: the question.
        mode: how it is made.
        seed: of the ranks, the noise and the alterations.
        passages: how many are retrieved.
        pool: what noise is drawn from; see ``noise_pool``.
        noise_share: share of the noise among all passages, from 0 to below 1.

    Raises:
        InputError: the question is empty or too long.
        StoreError: the index cannot be used.
    """
    draw = random.Random(f"{seed}/{case.id}/{mode}")  # noqa: S311  no secret
    why_not = ""
    if mode in {"own", "noise"}:
        evidence = assistant.search(case.question, _history(case), k=passages)
    else:
        places, why_not = gold_places(assistant, case, passages)
        evidence = assistant.gather_at(case.question, _history(case), places)
    if mode == "noise":
        noise = irrelevant(assistant, case, evidence, pool)
        wanted = round(len(evidence.passages) * noise_share / (1 - noise_share))
        for passage in draw.sample(noise, min(wanted, len(noise))):
            evidence = put_in(evidence, passage, draw.randint(0, len(evidence.passages)))
        why_not = "" if noise or not wanted else NO_NOISE
    if why_not:
        return FrozenEvidence(case.id, mode, None, why_not)
    if case.planted is not None:
        planted = planted_passage(case.id, case.planted)
        evidence = put_in(evidence, planted, draw.randint(0, len(evidence.passages)))
    if mode != "counterfactual":
        return FrozenEvidence(case.id, mode, evidence)
    altered = alter(evidence, case, draw)
    if altered is None:
        return FrozenEvidence(case.id, mode, None, NO_FACT)
    return FrozenEvidence(case.id, mode, altered[0], alterations=altered[1])


def noise_pool(evidences: Iterable[Evidence]) -> tuple[Passage, ...]:
    """Every passage that some questions found, once, in an order that no question decides."""
    passages = {(p.source, p.start, p.end): p for evidence in evidences for p in evidence.passages}
    found = (p for p in passages.values() if not p.source.startswith(PLANTED))
    return tuple(sorted(found, key=lambda p: (p.source, p.start, p.end)))


def irrelevant(
    assistant: Sources, case: Case, evidence: Evidence, pool: Iterable[Passage]
) -> list[Passage]:
    """The passages of a pool that do not belong to a question.

    They hold neither one of its gold places nor one of its facts, and none of them is in its
    evidence.
    """
    places = [place for need in _needs(assistant, case) for place in need]
    places += [(p.source, Span(p.start, p.end)) for p in evidence.passages]
    return [
        passage
        for passage in pool
        if not any(
            passage.source == source and Span(passage.start, passage.end).overlaps(span)
            for source, span in places
        )
        and not any(case.facts_found(f"{passage.title}\n{passage.lead}\n{passage.text}"))
    ]


def gold_places(assistant: Sources, case: Case, passages: int) -> tuple[_Places, str]:
    """The places that answer a question, and why there are none.

    One place of each need comes first, then the others, as long as there are fewer than
    ``passages``.
    """
    if not case.answerable:
        return [], NO_ANSWER
    if not case.gold:
        return [], NO_GOLD
    needs = _needs(assistant, case)
    if not all(needs):
        return [], NOT_SEARCHED
    firsts = [need[0] for need in needs]
    others = [place for need in needs for place in need[1:]]
    return [*firsts, *others[: max(0, passages - len(firsts))]], ""


def put_in(evidence: Evidence, passage: Passage, rank: int) -> Evidence:
    """The evidence with a further passage at a rank, counted from 0, and all numbered anew.

    The passage gets the score of the one whose rank it takes, so that nothing but its words sets it
    apart.
    """
    before = evidence.passages
    near = before[min(rank, len(before) - 1)] if before else passage
    newcomer = replace(passage, score=near.score, similarity=near.similarity)
    shown = (*before[:rank], newcomer, *before[rank:])
    moved = {p.number: number + (number > rank) for number, p in enumerate(before, start=1)}
    return replace(
        evidence,
        passages=tuple(replace(p, number=number) for number, p in enumerate(shown, start=1)),
        disputes=tuple(
            Dispute(d.claim, None if d.passage is None else moved[d.passage])
            for d in evidence.disputes
        ),
    )


def planted_passage(case_id: str, planted: Planted) -> Passage:
    """What somebody smuggled in, as a passage of a document of its own."""
    return Passage(
        number=1,
        source=f"{PLANTED}{case_id}",
        title=planted.title,
        heading_path=(planted.title,),
        url=None,
        start=0,
        end=len(planted.text),
        text=planted.text,
        score=1.0,
        similarity=1.0,
        match=Span(0, len(planted.text)),
    )


def _needs(assistant: Sources, case: Case) -> list[_Places]:
    """For each need of a case, its places in the documents that are searched."""
    needs: list[_Places] = []
    for need in case.gold:
        found: _Places = []
        for place in need:
            try:
                found.append((place.source, resolve(place, assistant.document(place.source))))
            except (SourceMissing, GoldMissing):
                # Another corpus, or another version of a document: the other places still count.
                continue
        needs.append(found)
    return needs


def _history(case: Case) -> list[Exchange]:
    return [Exchange(earlier.question, earlier.answer) for earlier in case.history]
