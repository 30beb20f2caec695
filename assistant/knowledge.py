"""What is loaded once to answer from, and the evidence that is gathered from it."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from assistant.answerability import corpus_vocabulary, judge_answerability
from assistant.disputes import find_disputes, with_disputed_passages
from assistant.evidence import Evidence
from assistant.followups import make_standalone
from assistant.reading.heads import with_table_heads
from assistant.reading.reading import remember_units
from assistant.reading.terms import Vocabulary
from assistant.settings import Settings
from assistant.turns import Exchange
from corpus.claims import Claim, load_claims
from corpus.documents import Document
from corpus.library import LESSON_ID, load_lesson, load_shipped
from index.build import build_index
from index.embedder import Embedder, SentenceTransformerEmbedder
from index.opening import open_index
from index.passages import Passage, Retriever
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
    retriever: Retriever
    vocabulary: Vocabulary
    claims: tuple[Claim, ...]
    documents: Mapping[str, Document]

    def find(self, question: str, k: int) -> tuple[Passage, ...]:
        """Retrieve ``k`` passages; one that begins inside a table carries the table's head."""
        passages = self.retriever.retrieve(question, k)
        return with_table_heads(passages, lambda source: self.documents[source].text)

    def gather(self, question: str, history: Sequence[Exchange], k: int) -> Evidence:
        """Retrieve ``k`` passages and what the claims table says about them.

        When the question is about a claim of the lesson that a vendor disputes, the lesson's own
        passage is added where retrieval did not bring it, so that both sides can be shown.

        Raises:
            StoreError: the index was damaged while it was open.
        """
        started_s = time.perf_counter()
        standalone = make_standalone(question, history)
        found = self.find(standalone, k)
        retrieval_s = time.perf_counter() - started_s
        disputes = find_disputes(found, self.claims, standalone, self.embedder)
        passages, disputes = with_disputed_passages(found, disputes, self.documents[LESSON_ID])
        judged = judge_answerability(standalone, passages, self.vocabulary, self.embedder)
        return Evidence(
            question=question,
            standalone_question=standalone,
            passages=passages if judged.answerable else found,
            disputes=disputes if judged.answerable else (),
            answerable=judged.answerable,
            retrieval_s=retrieval_s,
        )

    def warm(self) -> None:
        """Encode what the first answers would wait for: some seconds of work."""
        find_disputes((), self.claims, "warm", self.embedder)
        remember_units(self.documents.values(), self.embedder)


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
        vocabulary=corpus_vocabulary(index.documents.values()),
        claims=load_claims(load_lesson()),
        documents=index.documents,
    )
