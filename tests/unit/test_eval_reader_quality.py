import pytest

from assistant.answerability import corpus_vocabulary
from assistant.knowledge import Knowledge
from assistant.reading.agreement import FEATURES
from corpus.claims import load_claims
from corpus.library import load_lesson, load_shipped
from eval.cases import Case
from eval.reader_quality import fit_gate, report, run
from index.hash_embedder import HashEmbedder
from index.passages import Passage
from index.query import Query
from tests.support.evidence import make_evidence

CASES = (
    Case(id="a", slice="lookup", question="Who makes Phi-3?", facts=(("Microsoft",),)),
    Case(id="b", slice="lookup", question="What licence has Phi-3?", facts=(("MIT",),)),
    Case(id="c", slice="unanswerable", question="Which pizza dough is best?"),
    Case(id="d", slice="unanswerable", question="Who won the football cup?"),
)


class OneAnswer:
    """Finds the same passages for every question."""

    def understand(self, question: str) -> Query:
        return Query(question, {})

    def retrieve(self, question: str, k: int) -> tuple[Passage, ...]:
        return make_evidence(question=question).passages[:k]


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    documents = load_shipped()
    return Knowledge(
        embedder=HashEmbedder(),
        retriever=OneAnswer(),
        vocabulary=corpus_vocabulary(documents),
        claims=load_claims(load_lesson()),
        documents={document.id: document for document in documents},
    )


def test_found_facts_missed_facts_and_refusals_are_told_apart(knowledge: Knowledge) -> None:
    rows = {row.case.id: row for row in run(knowledge, CASES)}
    assert (rows["a"].facts, rows["a"].ceiling, rows["a"].refused) == (1.0, 1.0, False)
    assert (rows["b"].facts, rows["b"].ceiling) == (0.0, 0.0)
    assert rows["c"].refused
    assert rows["c"].facts is None


def test_the_report_counts_a_half_of_its_own(knowledge: Knowledge) -> None:
    rows = list(run(knowledge, CASES))
    half = CASES[0].half
    text = report(rows, half)
    kept = [row for row in rows if row.case.half == half]
    assert text.startswith(f"{half}: {sum(row.case.answerable for row in kept)} answerable")
    assert "fact recall" in text


def test_the_gate_can_be_fitted_and_leans_on_what_is_explained(knowledge: Knowledge) -> None:
    dev = [case.model_copy(update={"id": f"{case.id}{n}"}) for case in CASES for n in range(20)]
    weights = fit_gate([knowledge], [case for case in dev if case.half == "dev"])
    assert set(weights) == {"intercept", *FEATURES}
    assert weights["first"] > 0


def test_a_question_that_a_searched_document_answers_is_not_asked(knowledge: Knowledge) -> None:
    cases = [CASES[0], CASES[2].model_copy(update={"answered_by": ("lesson",)})]
    assert [row.case.id for row in run(knowledge, cases)] == ["a"]


def test_slices_that_the_reader_was_not_tuned_on_are_not_asked(knowledge: Knowledge) -> None:
    others = [
        CASES[0].model_copy(update={"id": f"o{n}", "slice": name})
        for n, name in enumerate(("follow-up", "typo", "language", "underspecified", "injection"))
    ]
    assert [row.case.id for row in run(knowledge, [*others, CASES[1]])] == ["b"]
