"""What is loaded once to answer from, and the evidence that is gathered from it."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from assistant.answerability import judge_answerability
from assistant.disputes import find_disputes
from assistant.evidence import Dispute, Evidence
from assistant.followups import make_standalone
from assistant.reading.terms import Vocabulary
from assistant.settings import Settings
from assistant.turns import Exchange
from corpus.claims import Claim, load_claims
from corpus.documents import Document
from corpus.library import LESSON_ID, load_lesson, load_shipped
from index.build import build_index
from index.embedder import Embedder, SentenceTransformerEmbedder
from index.opening import open_index
from index.passages import Passage
from index.retriever import HybridRetriever


@dataclass(frozen=True, slots=True)
class Knowledge:
    """Everything that evidence is gathered from.

    Attributes:
        embedder: shared by retrieval, the reader and the sentence check.
        retriever: finds passages.
        vocabulary: how common each word is in the corpus.
        claims: the whole claims table.
        documents: by id.
    """

    embedder: Embedder
    retriever: HybridRetriever
    vocabulary: Vocabulary
    claims: tuple[Claim, ...]
    documents: Mapping[str, Document]

    def gather(self, question: str, history: Sequence[Exchange], k: int) -> Evidence:
        """Retrieve ``k`` passages and what the claims table says about them.

        When the question is about a claim of the lesson that a vendor disputes, the lesson's own
        passage is added where retrieval did not bring it, so that both sides can be shown.

        Raises:
            StoreError: the index was damaged while it was open.
        """
        started_s = time.perf_counter()
        standalone = make_standalone(question, history)
        passages = self.retriever.retrieve(standalone, k)
        retrieval_s = time.perf_counter() - started_s
        judged = judge_answerability(standalone, passages, self.vocabulary, self.embedder)
        disputes = find_disputes(passages, self.claims, standalone, self.embedder)
        if judged.answerable:
            passages, disputes = self._with_the_lessons_side(standalone, passages, disputes)
        return Evidence(
            question=question,
            standalone_question=standalone,
            passages=passages,
            disputes=disputes,
            answerable=judged.answerable,
            retrieval_s=retrieval_s,
        )

    def _with_the_lessons_side(
        self, question: str, passages: tuple[Passage, ...], disputes: tuple[Dispute, ...]
    ) -> tuple[tuple[Passage, ...], tuple[Dispute, ...]]:
        shown = list(passages)
        placed: list[Dispute] = []
        for dispute in disputes:
            if dispute.passage is not None:
                placed.append(dispute)
                continue
            claimed = dispute.claim.spans[0]
            holding = next(
                (p for p in shown if p.source == LESSON_ID and p.start <= claimed.start < p.end),
                None,
            ) or self.retriever.passage_at(question, LESSON_ID, claimed, len(shown) + 1)
            if holding is not None and holding not in shown:
                shown.append(holding)
            placed.append(replace(dispute, passage=holding.number if holding else None))
        return tuple(shown), tuple(placed)


def index_folder(home: Path) -> Path:
    """Where the index lives below the home folder."""
    return home / "index"


def load_knowledge(settings: Settings, tell: Callable[[str], None]) -> Knowledge:
    """Load everything, building the index first where it does not fit the documents.

    Args:
        settings: the settings.
        tell: told what is being done, for people.

    Raises:
        StoreError: the index cannot be built or opened.
        ConfigError: the embedder cannot be loaded.
    """
    tell("loading the embedder")
    embedder = SentenceTransformerEmbedder(settings.index.embedder_path)
    folder = index_folder(settings.home)
    tell("opening the index")
    build_index(
        load_shipped(),
        embedder,
        folder,
        progress=lambda step, done, total: tell(f"building the index: {step}, {done} of {total}"),
    )
    index = open_index(folder, embedder)
    return Knowledge(
        embedder=embedder,
        retriever=HybridRetriever(index, embedder),
        vocabulary=Vocabulary.of(chunk.search_text for chunk in index.chunks),
        claims=load_claims(load_lesson()),
        documents=index.documents,
    )
