"""Small evidence for tests, made by hand."""

from assistant.backends.catalogue import BackendEntry, DataPolicy, Price
from assistant.evidence import Dispute, Evidence
from corpus.claims import Claim
from corpus.documents import Span
from index.passages import Passage

LESSON_TEXT = (
    "4. **Phi-3 (Inflection AI)**\n   - Focus: Personalized chatbot with instruction alignment"
)
NOTE_TEXT = (
    "Phi-3 is made by Microsoft (Microsoft, Phi-3 cookbook, June 2024). "
    "Phi-3 mini has 3.8 billion parameters (Microsoft, Phi-3 family page, June 2024)."
)


def make_passage(number: int, text: str, source: str = "notes/phi-3", start: int = 100) -> Passage:
    """A passage that stands at ``start`` in its document."""
    return Passage(
        number=number,
        source=source,
        title="Note: Phi-3 (Microsoft)" if source != "lesson" else "Lesson",
        heading_path=("Phi-3 (Microsoft)", "Maker"),
        url=None,
        start=start,
        end=start + len(text),
        text=text,
        score=1.0 / number,
        similarity=0.8,
        match=Span(start, start + len(text)),
    )


def make_claim() -> Claim:
    """The claim on Phi-3's maker."""
    return Claim(
        id="claim-14",
        sections=("1", "3"),
        lesson_says="Phi-3 comes from Inflection AI.",
        vendor_says="Phi-3 is a family of models from Microsoft.",
        verdict="wrong",
        systems=("phi-3",),
        terms=("maker", "inflection"),
        spans=(Span(0, 10),),
        source_title="Phi-3 cookbook",
        source_url="https://example.org/phi-3",
        source_date="2024-06",
    )


def make_evidence(
    *texts: str, question: str = "Who makes Phi-3?", disputed: bool = False
) -> Evidence:
    """Evidence with the given passages, or with the lesson and the note."""
    if texts:
        passages = tuple(make_passage(n, text) for n, text in enumerate(texts, start=1))
    else:
        passages = (make_passage(1, LESSON_TEXT, "lesson", 0), make_passage(2, NOTE_TEXT))
    return Evidence(
        question=question,
        standalone_question=question,
        passages=passages,
        disputes=(Dispute(make_claim(), 1),) if disputed else (),
        answerable=True,
        retrieval_s=0.01,
    )


def make_entry(
    *, kind: str = "proprietary", window: int = 8000, price: Price | None = None
) -> BackendEntry:
    """A catalogue entry."""
    return BackendEntry.model_validate(
        {
            "id": "scripted",
            "label": "Scripted",
            "kind": kind,
            "adapter": "openai",
            "provider": "nobody",
            "model": "scripted-1",
            "context_window_tokens": window,
            "max_output_tokens": 500,
            "price": price,
            "licence": "none (closed)",
            "weights_available": False,
            "data": DataPolicy(training="Not trained on.", retention="Not kept."),
        }
    )
