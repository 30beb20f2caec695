from dataclasses import replace

import pytest

from assistant.backends.base import BackendRequest, Done, StopReason, TextDelta
from assistant.backends.reader import ReaderBackend
from assistant.citations import parse_citations
from assistant.evidence import Dispute, Evidence
from assistant.reading.reading import read
from assistant.reading.writing import write_answer
from corpus.documents import Span
from index.hash_embedder import HashEmbedder
from tests.support.evidence import make_claim, make_entry, make_evidence, make_passage

EMBEDDER = HashEmbedder()
PRICES = (
    "Prices are in US dollars per million tokens (xAI, 2026).\n\n"
    "| Model | Input price | Output price | Knowledge | Source |\n|---|---|---|---|---|\n"
    "| Grok 4.7 | 2 | 6 | May 2026 | xAI, 2026 |\n| Grok 4.3 | 1.25 | 2.50 | 2025 | list, 2026 |"
)


def answer(evidence: Evidence) -> str:
    return "".join(write_answer(evidence, EMBEDDER))


def test_an_answer_quotes_with_the_number_of_its_passage() -> None:
    said = answer(make_evidence())
    assert "Phi-3 is made by Microsoft (Microsoft, Phi-3 cookbook, June 2024) [2]." in said


def test_every_citation_of_an_answer_is_a_passage_that_was_shown() -> None:
    evidence = make_evidence(disputed=True)
    found = parse_citations(answer(evidence), [p.number for p in evidence.passages])
    assert found
    assert all(citation.valid for citation in found)


def test_a_disputed_claim_is_told_with_both_sides_the_source_and_its_date() -> None:
    said = answer(make_evidence(disputed=True))
    assert "The lesson says: Phi-3 comes from Inflection AI [1]." in said
    assert "The vendor disagrees: Phi-3 is a family of models from Microsoft" in said
    assert "(Phi-3 cookbook, June 2024)" in said


@pytest.mark.parametrize(
    ("verdict", "words"),
    [("outdated", "out of date"), ("unverifiable", "No vendor document confirms this")],
)
def test_each_verdict_has_its_own_words(verdict: str, words: str) -> None:
    claim = replace(make_claim(), verdict=verdict)  # type: ignore[arg-type]
    evidence = replace(make_evidence(), disputes=(Dispute(claim, None),))
    said = answer(evidence)
    assert words in said
    assert "The lesson says: Phi-3 comes from Inflection AI. " in said


def test_what_the_sources_do_not_hold_is_said_plainly_with_the_nearest_passages() -> None:
    evidence = replace(make_evidence(question="Who won the cup?"), answerable=False)
    said = answer(evidence)
    assert said.startswith("This is not in these sources.")
    assert "[1]" in said
    assert "Microsoft (Microsoft" not in said


def test_without_passages_nothing_is_cited() -> None:
    assert answer(replace(make_evidence(), passages=())) == (
        "This is not in these sources: nothing was found."
    )


def test_a_price_comes_with_its_currency_and_only_the_columns_that_were_asked_for() -> None:
    said = answer(make_evidence(PRICES, question="price of Grok 4.7"))
    assert "Grok 4.7 – input price: 2; output price: 6 (xAI, 2026) [1]." in said
    assert "US dollars per million tokens" in said
    assert "May 2026" not in said
    assert "1.25" not in said


def test_a_list_is_quoted_as_a_list() -> None:
    text = "## Advantages of X\n\n- **Speed:** It is fast.\n- **Cost:** It has no fee."
    said = answer(make_evidence(text, question="What are the advantages of X?"))
    assert said.endswith("Advantages of X:\n- Speed: It is fast [1].\n- Cost: It has no fee [1].")


def test_an_answer_holds_at_most_three_quotations_and_none_twice() -> None:
    text = "\n".join(f"Grok {n} has a context window of {n} tokens." for n in range(1, 9))
    evidence = make_evidence(text, text, question="Which context windows do Grok models have?")
    quoted = [piece.strip() for piece in write_answer(evidence, EMBEDDER)]
    assert 2 <= len(quoted) <= 3
    assert len({piece.partition(" [")[0] for piece in quoted}) == len(quoted)


def test_a_bracketed_number_of_a_source_never_becomes_a_citation() -> None:
    evidence = make_evidence("Phi-3 is made by Microsoft [7], as shown before [12].")
    numbers = {c.number for c in parse_citations(answer(evidence), ())}
    assert numbers == {1}


def test_a_question_on_two_systems_is_answered_for_both() -> None:
    grok = replace(make_passage(1, "xAI keeps API data for 30 days."), title="Note: Grok (xAI)")
    phi = replace(make_passage(2, "OpenAI keeps logs for 30 days."), title="Note: GPT-4 (OpenAI)")
    evidence = replace(
        make_evidence(question="Compare how long OpenAI and xAI keep data"),
        standalone_question="Compare how long OpenAI and xAI keep data",
        passages=(grok, phi),
    )
    said = answer(evidence)
    assert "[1]" in said
    assert "[2]" in said


def test_a_row_on_another_version_is_left_out() -> None:
    reading = read(
        "price of Grok 4.3", make_evidence(PRICES, question="price of Grok 4.3").passages, EMBEDDER
    )
    assert [unit.subject for unit in reading.chosen_units if unit.kind == "row"] == ["Grok 4.3"]


def test_long_passages_are_cut_to_the_most_promising_units() -> None:
    filler = "\n".join(f"Sentence number {n} speaks of nothing in particular." for n in range(300))
    reading = read(
        "Who makes Phi-3?",
        make_evidence(f"{filler}\nPhi-3 is made by Microsoft.").passages,
        EMBEDDER,
    )
    assert len(reading.units) < 100
    assert reading.chosen_units[0].text == "Phi-3 is made by Microsoft."


async def test_the_backend_streams_sentences_and_ends_with_a_count_of_tokens() -> None:
    backend = ReaderBackend(make_entry(kind="open"), lambda: EMBEDDER)
    evidence = make_evidence()
    request = BackendRequest((), evidence, 500, 8000, 0)
    deltas = [delta async for delta in backend.stream(request)]
    text = "".join(delta.text for delta in deltas if isinstance(delta, TextDelta))
    done = deltas[-1]
    assert text == answer(evidence)
    assert isinstance(done, Done)
    assert done.stop_reason is StopReason.END
    assert done.usage.output_tokens == EMBEDDER.count_tokens(text)
    assert (done.usage.input_tokens or 0) > (done.usage.output_tokens or 0)
    assert backend.destination == "this process"
    assert (await backend.health()).ready


def test_the_same_evidence_gives_the_same_answer() -> None:
    assert answer(make_evidence(disputed=True)) == answer(make_evidence(disputed=True))


def test_offsets_of_units_point_into_the_document() -> None:
    evidence = make_evidence()
    for unit in read("Who makes Phi-3?", evidence.passages, EMBEDDER).units:
        passage = evidence.passages[unit.passage - 1]
        assert Span(passage.start, passage.end).overlaps(unit.span)
