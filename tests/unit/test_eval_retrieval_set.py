import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from assistant.knowledge import load_knowledge
from assistant.settings import load_settings
from corpus.documents import Document, Span
from corpus.errors import ConfigError
from corpus.library import load_shipped
from corpus.loaders import load_folder
from eval.retrieval.gold import GoldMissing, covers_half, gold_of, resolve
from eval.retrieval.questions import Place, Question, load_questions, parse_questions
from eval.retrieval.run import Report, ask, show
from eval.retrieval.scores import Row, by_slice, differences, figures
from index.passages import Passage
from index.query import Query

VENDOR_DOCS = Path(__file__).parents[2].parent / "shared" / "vendor-docs"
LINE = (
    '{"id": "a", "slice": "lookup", "question": "Who?",'
    ' "needs": [[{"source": "lesson", "near": ["Meta"]}]]}'
)
TEXT = """# Animals

## Cats

Cats have **four** paws and sleep for 15 hours.

## Dogs

Dogs have four paws too. A dog is 7.5 years old.

| Animal | Sleep |
|---|---|
| Cat | 15 hours |
| Dog | 12 hours |
"""


@cache
def shipped() -> dict[str, Document]:
    return {document.id: document for document in load_shipped()}


@cache
def all_documents() -> dict[str, Document]:
    added = load_folder(VENDOR_DOCS).documents
    return shipped() | {document.id: document for document in added}


def place(*near: str, under: str | None = None) -> Place:
    return Place(source="animals", near=near, under=under)


def animals(text: str = TEXT) -> Document:
    return Document(id="animals", title="Animals", text=text, kind="file")


def found(*near: str, under: str | None = None) -> str:
    span = resolve(place(*near, under=under), animals())
    return TEXT[span.start : span.end]


def test_every_place_in_the_shipped_documents_is_there_once() -> None:
    resolved = [gold_of(question, shipped()) for question in load_questions()]
    assert sum(bool(places) for needs in resolved for places in needs) >= 60


@pytest.mark.skipif(not VENDOR_DOCS.is_dir(), reason="the vendors' documents are not here")
def test_every_place_in_the_vendor_documents_is_there_once() -> None:
    documents = all_documents()
    for question in load_questions():
        assert question.can_be_asked_of(documents), question.id
        assert all(gold_of(question, documents)), question.id


def test_the_set_covers_every_slice_and_both_halves() -> None:
    questions = load_questions()
    assert sum(question.can_be_asked_of(shipped()) for question in questions) >= 60
    for half in ("dev", "test"):
        assert sum(question.half == half for question in questions) >= 0.4 * len(questions)
    by_name = Counter(question.slice for question in questions)
    assert len(by_name) == 9
    assert min(by_name.values()) >= 4


def test_no_question_is_asked_twice() -> None:
    asked = [
        re.sub(r"\W+", " ", " ".join((*question.history, question.question)).lower()).strip()
        for question in load_questions()
    ]
    assert len(asked) == len(set(asked))


def test_comparisons_need_several_documents_and_follow_ups_a_history() -> None:
    for question in load_questions():
        sources = [{place.source for place in need} for need in question.needs]
        assert (question.slice == "multi") == (len(sources) > 1), question.id
        assert bool(question.history) == (question.slice == "follow-up"), question.id
        assert len(set.union(*sources)) >= len(sources), question.id


@pytest.mark.parametrize(
    ("near", "text"),
    [
        (("Cats", "15 hours"), "Cats have **four** paws and sleep for 15 hours"),
        (("have four", "sleep"), "have **four** paws and sleep"),
        (("cat", "15 hours"), "Cat | 15 hours"),
        (("7.5",), "7.5"),
        (("Dog", "12"), "Dog | 12"),
    ],
)
def test_the_smallest_range_that_holds_all_the_anchors_is_found(
    near: tuple[str, ...], text: str
) -> None:
    assert found(*near) == text


def test_a_heading_tells_two_like_ranges_apart() -> None:
    with pytest.raises(GoldMissing, match="more than once"):
        found("four", "paws")
    assert found("four", "paws", under="Dogs") == "four paws"
    assert found("four", "paws", under="Cats") == "four** paws"
    with pytest.raises(GoldMissing, match="under “Birds”"):
        found("four", "paws", under="Birds")


@pytest.mark.parametrize("anchor", ["5", "7", "Do", "bird"])
def test_an_anchor_is_found_as_whole_words_only(anchor: str) -> None:
    with pytest.raises(GoldMissing, match=f"“{anchor}” does not occur in animals"):
        found(anchor)


def test_anchors_far_apart_do_not_make_a_place() -> None:
    text = "start " + "and so on " * 100 + "end"
    with pytest.raises(GoldMissing, match="at best within 1,009 characters"):
        resolve(place("start", "end"), animals(text))


def test_a_second_place_counts_unless_the_words_stand_there_by_accident() -> None:
    near = "red apple, and many words later a red car beside one green apple"
    assert resolve(place("red", "apple"), animals(near)) == Span(0, 9)
    with pytest.raises(GoldMissing, match="more than once"):
        resolve(place("red", "apple"), animals(near + " and a red apple"))


@pytest.mark.parametrize(
    ("start", "end", "covered"),
    [(0, 100, True), (45, 60, True), (0, 45, True), (0, 44, False), (46, 100, False)],
)
def test_a_passage_meets_a_need_when_it_holds_half_of_the_place(
    start: int, end: int, covered: bool
) -> None:
    assert covers_half(start, end, Span(40, 50)) is covered


@pytest.mark.parametrize(
    "line",
    [
        LINE.replace("Meta", "five words are too many"),
        LINE.replace('["Meta"]', "[]"),
        LINE.replace("[[", "[").replace("]]}", "]}"),
        LINE.replace("lookup", "gossip"),
        LINE.replace('"Who?"', '"Who?", "answer": "Meta"'),
        LINE.replace('"lesson"', '"/lesson"'),
        "not json",
    ],
)
def test_a_damaged_line_is_named_by_its_number(line: str) -> None:
    with pytest.raises(ConfigError, match="Line 3"):
        parse_questions(["", LINE.replace('"a"', '"b"'), line])


def test_two_questions_with_one_id_are_refused() -> None:
    with pytest.raises(ConfigError, match="“a”"):
        parse_questions([LINE, LINE])


class OnePassage:
    """Finds the second half of the document, whatever is asked."""

    def understand(self, question: str) -> Query:
        return Query(question, {})

    def retrieve(self, question: str, k: int) -> tuple[Passage, ...]:
        start = TEXT.index("## Dogs")
        return (
            Passage(
                number=1,
                source="animals",
                title="Animals",
                heading_path=("Animals", "Dogs"),
                url=None,
                start=start,
                end=len(TEXT),
                text=TEXT[start:],
                score=1.0,
                similarity=1.0,
                match=Span(start, len(TEXT)),
            ),
        )


def test_a_run_ranks_each_need_and_shows_what_was_missed() -> None:
    question = Question(
        id="paws",
        slice="multi",
        question="How old is a dog, and how long do cats sleep?",
        needs=((place("7.5", "years"),), (place("Cats", "15 hours"),)),
    )
    elsewhere = question.model_copy(
        update={"id": "fish", "needs": ((Place(source="fish", near=("water",)),),)}
    )
    rows = ask([question, elsewhere], {"animals": animals()}, OnePassage())
    assert [(row.id, row.ranks) for row in rows] == [("paws", (1, None))]
    assert figures(rows)["recall@5"].mean == 0.5
    assert figures(rows)["mrr@10"].mean == 1.0
    report = Report(
        by="hybrid",
        half="all",
        documents=1,
        not_asked=1,
        rows=rows,
        figures={name: figures(group) for name, group in by_slice(rows).items()},
    )
    shown = show(report, {question.id: question}).splitlines()
    assert "  ranks: 1, not found" in shown
    assert "  wanted: animals ['Cats', '15 hours']" in shown
    assert "  came 1: animals > Animals > Dogs" in shown
    assert Report.model_validate_json(report.model_dump_json()) == report


def row(id_: str, *ranks: int | None) -> Row:
    return Row(id=id_, slice="lookup", half="dev", ranks=ranks, asked="", found=())


def test_recall_is_the_share_of_needs_that_were_met_in_time() -> None:
    of = figures([row("a", 1), row("b", 4, None), row("c", 11), row("d", None)])
    assert of["recall@1"].mean == 0.25
    assert of["recall@5"].mean == 0.375
    assert of["mrr@10"].mean == pytest.approx((1 + 1 / 4) / 4)
    assert of["recall@5"].low <= 0.375 <= of["recall@5"].high


def test_a_comparison_pairs_the_questions_that_both_runs_hold() -> None:
    before = [row("a", None), row("b", 2), row("c", 1)]
    after = [row("b", 1), row("a", 1), row("z", None)]
    gain = differences(after, before)
    assert gain["recall@1"].mean == 1.0
    assert gain["recall@5"].mean == 0.5
    assert differences([row("z", 1)], before) == {}


def test_slices_end_with_the_total() -> None:
    rows = [row("a", 1), row("b", 2)]
    assert by_slice(rows) == {"lookup": tuple(rows), "total": tuple(rows)}


def test_over_the_shipped_documents_most_needs_are_met_in_five_passages(built_home: Path) -> None:
    knowledge = load_knowledge(load_settings(built_home, environ={}), lambda _: None)
    rows = ask(load_questions(), knowledge.documents, knowledge.retriever)
    assert len(rows) >= 60
    reached = figures(rows)
    # Measured: 0.96 and 0.89. Less by this much is no accident of one question.
    assert reached["recall@5"].mean >= 0.9
    assert reached["mrr@10"].mean >= 0.8
