"""What is loaded once to answer from, and the evidence that is gathered from it."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from assistant.answerability import judge_answerability
from assistant.disputes import find_disputes, with_disputed_passages
from assistant.evidence import Dispute, Evidence
from assistant.followups import make_standalone
from assistant.home_index import (
    BUILD_WAIT_S,
    build_home_index,
    index_folder,
    kept_vocabulary,
    serves,
)
from assistant.reading.heads import with_table_heads
from assistant.reading.parts import asking_part
from assistant.reading.reading import remember_units
from assistant.reading.terms import Vocabulary
from assistant.settings import Settings
from assistant.turns import Exchange
from assistant.vector_place import home_place
from corpus.claims import Claim, load_claims
from corpus.documents import Document, Span
from corpus.errors import ConfigError, DiskFull, IndexLocked
from corpus.library import LESSON_ID, load_lesson
from index.build import Progress
from index.embedder import Embedder, SentenceTransformerEmbedder
from index.opening import Index, open_index
from index.passages import Passage, Retriever
from index.places import VectorPlace
from index.retriever import HybridRetriever
from index.sections import passages_at

_SHIPPED_KINDS: Final = frozenset({"lesson", "note"})
_SHIPPED_AT_LEAST: Final = 2
"""Passages of the lesson and the notes in any evidence. Beside 192 vendor documents the development
half of the question set gets 88 % of its facts with them and 86 % without, the other half 87 and
86 %."""
_LOOKED_AT: Final = 40
_NEARLY: Final = 0.7
"""Share of the best passage's similarity that one of them must have."""


@dataclass(frozen=True, slots=True)
class Knowledge:
    """Everything that evidence is gathered from.

    Attributes:
        embedder: shared by retrieval, the reader and the sentence check.
        retriever: finds passages.
        vocabulary: how common each word is in the corpus.
        claims: the whole claims table.
        documents: by id.
        index: what the retriever searches, to be closed with ``close``; None in a test.
    """

    embedder: Embedder
    retriever: Retriever
    vocabulary: Vocabulary
    claims: tuple[Claim, ...]
    documents: Mapping[str, Document]
    index: Index | None = None

    def find(self, question: str, k: int) -> tuple[Passage, ...]:
        """Retrieve ``k`` passages; one that begins inside a table carries the table's head."""
        passages = self.retriever.retrieve(question, k)
        return with_table_heads(passages, lambda source: self.documents[source].text)

    def gather(self, question: str, history: Sequence[Exchange], k: int) -> Evidence:
        """Retrieve ``k`` passages and what the claims table says about them.

        Orders, code and what else stands beside the question are left aside where the sources hold
        no answer to all of it. When the question is about a claim of the lesson that a vendor
        disputes, the lesson's own passage is added where retrieval did not bring it, so that both
        sides can be shown.

        Raises:
            StoreError: the index was damaged while it was open.
        """
        started_s = time.perf_counter()
        standalone = make_standalone(question, history)
        found = self.find(standalone, k)
        # What follows reads English, and words as they should be written.
        standalone = self.retriever.understand(standalone).text
        retrieval_s = time.perf_counter() - started_s
        for asked in filter(None, (standalone, asking_part(standalone))):
            passages, disputes = self.with_both_sides(asked, found)
            if judge_answerability(asked, passages, self.vocabulary, self.embedder).answerable:
                return Evidence(question, asked, passages, disputes, True, retrieval_s)
        return Evidence(question, standalone, found, (), False, retrieval_s)

    def gather_at(
        self, question: str, history: Sequence[Exchange], places: Iterable[tuple[str, Span]]
    ) -> Evidence:
        """What ``gather`` would give had retrieval found exactly the sections of some places.

        Args:
            question: as it was asked.
            history: earlier turns.
            places: document's id and range; documents that are not indexed are left out.
        """
        started_s = time.perf_counter()
        standalone = self.retriever.understand(make_standalone(question, history)).text
        found = passages_at(self.index, places) if self.index else ()
        found = with_table_heads(found, lambda source: self.documents[source].text)
        disputes = find_disputes(found, self.claims, standalone, self.embedder)
        passages, disputes = with_disputed_passages(found, disputes, self.documents[LESSON_ID])
        return Evidence(
            question=question,
            standalone_question=standalone,
            passages=passages,
            disputes=disputes,
            answerable=bool(passages),
            retrieval_s=time.perf_counter() - started_s,
        )

    def with_both_sides(
        self, question: str, found: Sequence[Passage]
    ) -> tuple[tuple[Passage, ...], tuple[Dispute, ...]]:
        """What is read for a question: the passages found, and both sides of what is disputed.

        Args:
            question: as it is understood.
            found: best first.
        """
        read = (*found, *self._crowded_out(question, found))
        disputes = find_disputes(read, self.claims, question, self.embedder)
        return with_disputed_passages(read, disputes, self.documents[LESSON_ID])

    def _crowded_out(self, question: str, found: Sequence[Passage]) -> tuple[Passage, ...]:
        """The best passages of the lesson and the notes where added documents leave none of them.

        They stand after those that were found, so that the ranking is what it was.
        """
        missing = _SHIPPED_AT_LEAST - sum(self._is_shipped(passage) for passage in found)
        if not found or missing <= 0:
            return ()
        taken = {(passage.source, passage.start) for passage in found}
        enough = _NEARLY * max(passage.similarity for passage in found)
        others = [
            passage
            for passage in self.find(question, _LOOKED_AT)
            if self._is_shipped(passage)
            and passage.similarity >= enough
            and (passage.source, passage.start) not in taken
        ]
        return tuple(
            replace(passage, number=number)
            for number, passage in enumerate(others[:missing], start=len(found) + 1)
        )

    def _is_shipped(self, passage: Passage) -> bool:
        return self.documents[passage.source].kind in _SHIPPED_KINDS

    def warm(self) -> None:
        """Encode what the first answers would wait for: some seconds of work."""
        self.retriever.understand("warm")
        find_disputes((), self.claims, "warm", self.embedder)
        shipped = (d for d in self.documents.values() if d.kind in _SHIPPED_KINDS)
        remember_units(shipped, self.embedder)

    @property
    def generation(self) -> str | None:
        """The generation that is searched, if it is one on the disk."""
        return self.index.generation if self.index else None

    def close(self) -> None:
        """Release the index; nothing can be found after this."""
        if self.index is not None:
            self.index.close()


def load_knowledge(
    settings: Settings,
    tell: Callable[[str], None],
    *,
    progress: Progress | None = None,
    warn: Callable[[str], None] | None = None,
    embedder: Embedder | None = None,
) -> Knowledge:
    """Load everything, building the index first where it does not fit the documents.

    While another process builds, and where the index cannot be built, the one that was built last
    serves, if there is one.

    Args:
        settings: the settings.
        tell: told what is being done, for people.
        progress: told about the steps of a build; else ``tell`` is.
        warn: told why not all documents can be found, for people.
        embedder: one that is loaded already.

    Raises:
        StoreError: the index cannot be built or opened.
        ConfigError: the embedder cannot be loaded.
    """
    tell("loading the embedder")
    embedder = embedder or SentenceTransformerEmbedder(
        settings.index.embedder_path, settings.index.precision
    )
    folder = index_folder(settings.home)
    tell("opening the index")
    show: Progress = progress or (lambda *step: tell(_told(*step)))
    place = home_place(settings)
    wait_s = 0.0 if serves(folder, embedder, place) else BUILD_WAIT_S
    try:
        build_home_index(settings.home, embedder, progress=show, wait_s=wait_s, place=place)
    except (IndexLocked, DiskFull, ConfigError) as failed:
        if not serves(folder, embedder, place):
            raise
        if warn is not None:
            warn(f"{failed.what} Until then the documents that were indexed last are searched.")
    return open_knowledge(folder, embedder, place)


def _told(step: str, done: int, total: int) -> str:
    """A step of a build for people."""
    if step == "wait":
        return f"waiting for another process that builds the index, {done} s"
    return f"building the index: {step}, {done} of {total}"


def open_knowledge(
    index_dir: Path, embedder: Embedder, place: VectorPlace | None = None
) -> Knowledge:
    """Open the generation that serves, whatever documents it holds.

    Args:
        index_dir: the index's folder.
        embedder: the one that will search.
        place: where the vectors are; None takes the generation's folder.

    Raises:
        StoreError: there is none that can be opened.
    """
    index = open_index(index_dir, embedder, place=place)
    documents = index.documents
    return Knowledge(
        embedder=embedder,
        retriever=HybridRetriever(index, embedder),
        vocabulary=kept_vocabulary(index_dir, index.generation, documents.values()),
        claims=load_claims(load_lesson()),
        documents=documents,
        index=index,
    )
