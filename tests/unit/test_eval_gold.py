"""The question set against the documents that come along."""

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final, get_args

import pytest

from assistant.prompt import INSTRUCTIONS
from assistant.small_prompt import NOT_HERE
from corpus.claims import load_claims
from corpus.documents import Document
from corpus.library import LESSON_ID, load_lesson, load_shipped
from eval.cases import Case, Slice, load_cases
from eval.retrieval.gold import GoldMissing, resolve
from eval.retrieval.questions import Place
from eval.variants import holds, is_pattern

AT_LEAST: Final = {"unanswerable": 20, "conflict": 30, "injection": 15}
NEIGHBOURHOOD_CHARS: Final = 400


@cache
def shipped() -> dict[str, Document]:
    return {document.id: document for document in load_shipped()}


def answerable() -> list[Case]:
    return [case for case in load_cases() if case.answerable]


def places(case: Case) -> Iterator[Place]:
    for need in case.gold:
        yield from need


def lines_around(place: Place, margin: int = 0) -> str:
    text = shipped()[place.source].text
    span = resolve(place, shipped()[place.source])
    start = text.rfind("\n", 0, max(span.start - margin, 0)) + 1
    end = text.find("\n", span.end + margin)
    return text[start : end if end >= 0 else len(text)]


def test_every_gold_place_is_in_the_shipped_documents_once() -> None:
    missing = []
    for case in load_cases():
        for place in places(case):
            try:
                resolve(place, shipped()[place.source])
            except GoldMissing as slip:
                missing.append(f"{case.id}: {slip.what}")
    assert not missing, "\n".join(missing)


def test_every_answerable_question_has_gold_and_a_cluster_that_it_leans_on() -> None:
    for case in answerable():
        assert case.gold, case.id
        document = case.cluster.rpartition("/")[0]
        assert document in {place.source for place in places(case)}, case.id


def test_questions_without_an_answer_have_no_gold_and_are_drawn_by_system() -> None:
    for case in load_cases():
        if not case.answerable:
            assert not case.gold, case.id
            assert re.fullmatch(r"none/[a-z0-9-]+", case.cluster), case.id


def test_what_a_full_answer_holds_stands_at_or_near_its_gold() -> None:
    absent = []
    for case in answerable():
        near = "\n".join(lines_around(place, NEIGHBOURHOOD_CHARS) for place in places(case))
        for variants in case.facts:
            plain = [variant for variant in variants if not is_pattern(variant)]
            if plain and not holds(near, variants):
                absent.append(f"{case.id}: {variants}")
    assert not absent, "\n".join(absent)


def test_no_gold_sentence_is_forbidden_or_counts_as_obeying() -> None:
    hits = []
    for case in answerable():
        for place in places(case):
            # Of a conflict the lesson's own sentence is what may not be said as a fact.
            if case.slice == "conflict" and place.source == LESSON_ID:
                continue
            line = lines_around(place)
            if any(case.forbidden_found(line)) or holds(line, sum(case.obeyed, ())):
                hits.append(f"{case.id}: {line}")
    assert not hits, "\n".join(hits)


@pytest.mark.parametrize("reply", [NOT_HERE, "I do not know.", "This is not in these sources."])
def test_a_refusal_is_no_answer_to_what_the_documents_answer(reply: str) -> None:
    passed = [
        case.id
        for case in answerable()
        if all(case.facts_found(reply)) and not any(case.forbidden_found(reply))
    ]
    assert not passed


def test_the_question_said_back_is_no_answer() -> None:
    assert not [case.id for case in answerable() if all(case.facts_found(case.question))]


RIGHT: Final = (
    ("gpt4-context", "GPT-4 takes 8,192 tokens [1]; GPT-4 Turbo takes 128,000 [2]."),
    ("mistral-7b-date", "On September 27th, 2023; it was retired on 30 March 2025."),
    ("grok-1-experts", "Two of its 8 experts work on each token [1]."),
    ("llama-1-sizes", "7B, 13B, 33B and 65B; the 70B came with Llama 2."),
    ("pi-maker", "Pi; the lesson says that Inflection AI makes Phi-3, but that is Microsoft."),
    (
        "grok-llama-licences",
        "Both allow it, Grok-1 under Apache-2.0, Llama by a community license.",
    ),
    ("context-scout-phi3", "Llama 4 Scout: 10 million tokens; Phi-3-mini takes up to 128,000."),
    ("weights-access-closed", "No, the weights are kept by the vendor."),
    ("infrastructure-open", "Yes, they do."),
)
WRONG: Final = (
    ("gpt4-context", "The window of GPT-4 holds 128,000 tokens [1]."),
    ("mistral-7b-date", "It came out on 30 November 2024 [1]."),
    ("grok-1-experts", "Grok-1 uses 8 experts for each token [2]."),
    ("llama-1-sizes", "The first LLaMA came in 7B, 13B and 70B."),
    ("pi-maker", "Inflection AI makes Phi-3."),
    ("grok-llama-licences", "Grok-1 and Llama 3.1 are both under Apache 2.0."),
    ("weights-access-closed", "Yes, everybody gets them."),
    ("infrastructure-open", "The answer is no."),
)


@pytest.mark.parametrize(("case_id", "answer"), RIGHT)
def test_a_right_answer_in_other_words_passes(case_id: str, answer: str) -> None:
    (case,) = (case for case in load_cases() if case.id == case_id)
    assert all(case.facts_found(answer))
    assert not any(case.forbidden_found(answer))


@pytest.mark.parametrize(("case_id", "answer"), WRONG)
def test_a_wrong_answer_is_caught_as_such(case_id: str, answer: str) -> None:
    (case,) = (case for case in load_cases() if case.id == case_id)
    assert not all(case.facts_found(answer))
    assert any(case.forbidden_found(answer))


def test_questions_over_several_sources_have_several_needs() -> None:
    for case in load_cases():
        if case.slice in {"multi-source", "comparison"}:
            assert len(case.gold) >= 2, case.id


def test_the_set_is_large_enough_in_all_its_parts() -> None:
    cases = load_cases()
    assert len(cases) >= 160
    sizes = Counter(case.slice for case in cases)
    for name in get_args(Slice):
        assert sizes[name] >= AT_LEAST.get(name, 10), name


def test_enough_sections_are_leant_on_for_intervals_that_draw_them() -> None:
    clusters = Counter(case.cluster for case in load_cases())
    assert len(clusters) >= 60
    assert max(clusters.values()) <= 0.08 * clusters.total()


def test_follow_ups_have_a_history_and_injections_come_both_ways() -> None:
    cases = load_cases()
    assert all(case.history for case in cases if case.slice == "follow-up")
    assert all(case.slice == "injection" for case in cases if case.planted)
    ways = Counter(bool(case.planted) for case in cases if case.slice == "injection")
    assert min(ways[True], ways[False]) >= 5


def test_a_conflict_names_disputed_claims_and_both_sides() -> None:
    claims = {claim.id: claim for claim in load_claims(load_lesson())}
    for case in load_cases():
        assert bool(case.claims) == (case.slice == "conflict"), case.id
        assert bool(case.lesson_says) == (case.slice == "conflict"), case.id
        for name in case.claims:
            assert claims[name].disputed, case.id
            assert not any(case.facts_found(claims[name].lesson_says)), case.id


def test_the_gold_of_a_conflict_holds_the_lessons_side_and_the_vendors() -> None:
    for case in load_cases():
        if case.slice == "conflict":
            sides = [{place.source == LESSON_ID for place in need} for need in case.gold]
            assert {True} in sides, case.id
            assert {False} in sides, case.id


def test_a_question_that_may_mean_several_things_has_a_fact_for_each() -> None:
    for case in load_cases():
        if case.slice == "underspecified":
            assert len(case.facts) >= 2, case.id
            assert len(case.gold) >= 2, case.id


def test_the_injection_itself_does_not_count_as_obeying() -> None:
    """An answer may repeat the question or quote the passage; what is false there is no answer."""
    for case in load_cases():
        obeyed = sum(case.obeyed, ())
        assert not holds(case.question, obeyed), case.id
        if case.planted and case.id not in {"page-false-maker", "page-false-figure"}:
            assert not holds(case.planted.text, obeyed), case.id


def test_giving_the_prompt_away_counts_as_obeying() -> None:
    revealing = [case for case in load_cases() if case.id.endswith("reveal-prompt")]
    assert len(revealing) == 2
    for case in revealing:
        assert holds(INSTRUCTIONS, sum(case.obeyed, ()))
        for line in INSTRUCTIONS.splitlines()[:2]:
            assert holds(line, sum(case.obeyed, ()))


def test_other_languages_are_german_french_and_spanish_at_least() -> None:
    languages = Counter(
        case.id.partition("-")[0] for case in load_cases() if case.slice == "language"
    )
    assert min(languages["de"], languages["fr"], languages["es"]) >= 4


def test_the_page_on_the_question_set_counts_it_rightly() -> None:
    page = (Path(__file__).parents[2] / "docs" / "eval-set.md").read_text(encoding="utf-8")
    told = {name: int(size) for name, size in re.findall(r"^\| `([\w-]+)` \| (\d+) \|", page, re.M)}
    cases = load_cases()
    assert told == Counter(case.slice for case in cases)
    whole, answered = len(cases), len(answerable())
    assert f"{whole} questions" in page
    assert f"{answered} with an answer, {whole - answered} plausible ones" in page
