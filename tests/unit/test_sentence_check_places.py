"""What the sentence check holds against a place: numbers, dates, names, denial, and who says it."""

import pytest

from assistant.checks.meta import is_meta
from assistant.checks.quantities import dates_in, quantities_in
from assistant.checks.statements import statements_of
from assistant.checks.support import check_sentences
from assistant.checks.wording import claims_all, is_denied, names_of, opposed, raw_words
from index.hash_embedder import HashEmbedder
from tests.support.evidence import make_evidence

EMBEDDER = HashEmbedder()
TABLE = (
    "Prices are in US dollars per million tokens (Vendor, 2026).\n\n"
    "| Model | Total parameters | Active parameters | Input price | Output price |\n"
    "|---|---|---|---|---|\n"
    "| Mixtral 8x7B | 46.7B | 12.9B | 2 | 6 |\n"
    "| Mixtral 8x22B | 140.6B | 39.1B | 4 | 12 |\n"
)
NOTE = (
    "Mixtral 8x7B was released on 11 December 2023, and Mixtral 8x22B on 17 April 2024 "
    "(Mistral, docs, August 2026).\n"
    "The lesson calls Mixtral a chatbot, but Mixtral is a family (Mistral, docs, 2026).\n"
    "Ollama needs 8 GB of memory for 7B models and 16 GB for 13B models (Ollama README, 2025).\n"
    "Some Mistral weights have a research licence (Mistral, docs, August 2026).\n"
    "Mistral keeps API data for 30 days (Mistral, privacy page, August 2026)."
)


def verdicts(text: str, *passages: str) -> list[str]:
    evidence = make_evidence(*(passages or (NOTE, TABLE)))
    numbers = [passage.number for passage in evidence.passages]
    return [c.verdict for c in check_sentences(text, evidence, numbers, EMBEDDER)]


@pytest.mark.parametrize(
    "sentence",
    [
        "Mixtral 8x7B has 46.7 billion total parameters [2].",
        "Mixtral 8x22B has 39.1B active parameters [2].",
        "The output price of Mixtral 8x7B is $6 per million tokens [2].",
        "Mixtral 8x22B was released on April 17, 2024 [1].",
        "Mixtral 8x7B was released in December 2023 [1].",
        "Ollama needs 16 GB of memory for 13B models [1].",
        "Mistral keeps API data for 30 days [1].",
        "The lesson calls Mixtral a chatbot [1].",
    ],
)
def test_what_a_row_or_a_clause_says_is_supported(sentence: str) -> None:
    assert verdicts(sentence) == ["supported"]


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        ("another row", "Mixtral 8x22B has 46.7 billion total parameters [2]."),
        ("another column", "Mixtral 8x7B has 12.9 billion total parameters [2]."),
        ("input for output", "The input price of Mixtral 8x7B is $6 per million tokens [2]."),
        ("another currency", "The output price of Mixtral 8x7B is 6 euros per million tokens [2]."),
        ("another unit", "Ollama needs 16 MB of memory for 13B models [1]."),
        ("another period", "Mistral keeps API data for 30 months [1]."),
        ("another number's partner", "Ollama needs 8 GB of memory for 13B models [1]."),
        ("another release's date", "Mixtral 8x22B was released on 11 December 2023 [1]."),
        ("another year", "Mixtral 8x7B was released on 11 December 2024 [1]."),
        ("denied", "Mistral does not keep API data for 30 days [1]."),
        ("all for some", "All Mistral weights have a research licence [1]."),
        ("the lesson's words as the vendor's", "Mistral calls Mixtral a chatbot [1]."),
        ("the vendor's words as the lesson's", "The lesson says Mistral keeps data 30 days [1]."),
        ("a word of weight", "Mistral sells API data for 30 days [1]."),
        ("turned round", "Mixtral 8x22B was released before Mixtral 8x7B [1]."),
    ],
)
def test_a_close_sentence_with_one_thing_wrong_is_not_supported(error: str, sentence: str) -> None:
    assert "supported" not in verdicts(sentence), error


def test_a_sentence_over_two_passages_is_supported_part_by_part() -> None:
    sentence = (
        "Mixtral 8x7B was released on 11 December 2023, and has 46.7B total parameters [1][2]."
    )
    assert verdicts(sentence) == ["supported"]


def test_a_sentence_of_which_one_part_is_wrong_is_partly_supported() -> None:
    sentence = "Mixtral 8x7B was released on 11 December 2023, and has 99B total parameters [1][2]."
    assert verdicts(sentence) == ["partly"]


def test_a_fact_with_the_wrong_citation_is_supported_and_marked_as_misplaced() -> None:
    evidence = make_evidence(NOTE, TABLE)
    (check,) = check_sentences(
        "Mistral keeps API data for 30 days [2].", evidence, (1, 2), EMBEDDER
    )
    assert (check.verdict, check.passage, check.misplaced) == ("supported", 1, True)


def test_a_right_citation_and_none_at_all_are_not_misplaced() -> None:
    for marker in (" [1]", "", " [1][2]"):
        evidence = make_evidence(NOTE, TABLE)
        text = f"Mistral keeps API data for 30 days{marker}."
        (check,) = check_sentences(text, evidence, (1, 2), EMBEDDER)
        assert not check.misplaced


@pytest.mark.parametrize(
    "sentence",
    [
        "This is not in these sources.",
        "The passages do not say anything about its price.",
        "The sources don't mention a benchmark.",
        "I could not find this in the passages I was given.",
        "The nearest passages, which do not answer it: Price [1]; Licence [2].",
        "Here is a summary:",
        "Here's what I found:",
        "**Summary:**",
        "Based on the provided sources, here is the answer:",
        "Let me summarise the advantages:",
        "Sure!",
        "Hello, how can I help you today?",
        "I hope this helps!",
        "Please ask me about something else.",
        "Yes.",
        "Which models are recommended?",
    ],
)
def test_sentences_about_the_answer_or_its_sources_are_left_out(sentence: str) -> None:
    assert is_meta(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "The source code of Llama is not public [1].",
        "Mistral has not published the size [1].",
        "No API key is needed [1].",
        "Claude is not in the list of open models [1].",
        "Based on Apache 2.0, the licence of Falcon 2 adds a use policy [1].",
        "The following sizes exist: 7B and 13B [1].",
    ],
)
def test_sentences_about_the_world_are_checked(sentence: str) -> None:
    assert not is_meta(sentence)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("128K tokens", "128,000 tokens"),
        ("46.7B parameters", "46.7 billion parameters"),
        ("half a million tokens", "500,000 tokens"),
        ("50 US cents", "0.50"),
        ("$2", "2 dollars"),
        ("five minutes", "5 minutes"),
        ("0.7 billion users", "700 million users"),
        ("about 15 trillion", "15.2T"),
    ],
)
def test_the_same_quantity_in_other_words_agrees(one: str, other: str) -> None:
    (first,), (second,) = quantities_in(one), quantities_in(other)
    assert first.agrees(second)


@pytest.mark.parametrize(
    ("one", "other"),
    [("30 days", "30 months"), ("4.1 GB", "4.1 MB"), ("$2", "€2"), ("15 trillion", "15.2T")],
)
def test_another_unit_or_value_does_not_agree(one: str, other: str) -> None:
    (first,), (second,) = quantities_in(one), quantities_in(other)
    assert not first.agrees(second)


def test_the_version_of_a_name_is_no_quantity() -> None:
    assert quantities_in("GPT-4, Phi-3 mini, Llama 3.1, gpt-oss-20b and Mixtral 8x7B") == ()


def test_the_numbers_of_a_list_share_their_unit() -> None:
    values = [q.value for q in quantities_in("7, 13 and 70 billion parameters")]
    assert values == [7e9, 13e9, 70e9]


def test_a_date_agrees_with_a_fuller_one_and_not_the_other_way_round() -> None:
    (month,), (day,) = dates_in("in April 2024"), dates_in("on 17 April 2024")
    assert month.agrees(day)
    assert not day.agrees(month)
    assert dates_in("April 17, 2024") != ()
    assert dates_in("2024-04-17")[0].parts == (2024, 4, 17)


def test_names_have_one_form() -> None:
    assert names_of("the Technology Innovation Institute (TII)") == names_of("by TII")
    assert "apache-2.0" in names_of("under Apache 2.0")
    assert {"phi-3", "small"} <= names_of("Phi-3 small is larger")


def test_no_says_no_in_many_words() -> None:
    assert is_denied("The licence excludes hosting.")
    assert is_denied("Claude can’t be downloaded.")
    assert not is_denied("It is not without cost.")
    assert claims_all("Every model is open.")
    assert opposed(raw_words("the input price"), raw_words("the output price"))
    assert not opposed(raw_words("the input price"), raw_words("input and output price"))


def test_a_sentence_is_taken_in_parts_and_knows_its_speaker() -> None:
    whole, first, second = statements_of("The lesson calls Grok open, but xAI has closed it.")
    assert whole.speaker == first.speaker == "lesson"
    assert second.text == "xAI has closed it."
    assert statements_of("According to OpenAI, it is closed.")[0].speaker in {"openai", ""}


MAKER = (
    "The lesson names Inflection AI as the maker of Phi-3, but the maker is Microsoft (Microsoft, "
    "2024).\n"
    "Phi-3 is not made by Inflection AI; Microsoft makes Phi-3 (Microsoft, README, June 2024)."
)


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("The lesson says Inflection AI makes Phi-3 [1].", "supported"),
        ("The lesson says that Microsoft makes Phi-3 [1].", "not found"),
        ("Phi-3 is made by Microsoft [1].", "supported"),
        ("Phi-3 is made by Inflection AI [1].", "not found"),
    ],
)
def test_what_a_note_has_the_lesson_say_is_neither_the_vendors_nor_denied_by_it(
    sentence: str, expected: str
) -> None:
    assert verdicts(sentence, MAKER) == [expected]


def test_a_row_of_another_system_bears_nothing_out_although_the_heading_names_both() -> None:
    both = f"Mistral 7B and Mixtral 8x7B (Mistral, 2026).\n\n{TABLE}"
    assert verdicts("Mixtral 8x7B has 46.7B total parameters.", both) == ["supported"]
    assert verdicts("Mistral 7B has 46.7B total parameters.", both) != ["supported"]


def test_a_price_in_a_table_is_in_dollars_and_not_in_cents() -> None:
    assert verdicts("The output price of Mixtral 8x7B is 6 dollars per million tokens.") == [
        "supported"
    ]
    assert verdicts("The output price of Mixtral 8x7B is 6 cents per million tokens.") != [
        "supported"
    ]
    assert verdicts("The output price of Mixtral 8x7B is 600 cents per million tokens.") == [
        "supported"
    ]


def test_the_lessons_side_of_a_claim_is_cited_where_the_lesson_makes_it() -> None:
    evidence = make_evidence(disputed=True)
    lesson, note = evidence.passages
    assert (lesson.source, note.source) == ("lesson", "notes/phi-3")

    def misplaced(number: int) -> bool:
        said = f"Phi-3 comes from Inflection AI [{number}]."
        (check,) = check_sentences(said, evidence, (1, 2), EMBEDDER)
        assert check.verdict == "supported"
        return check.misplaced

    assert (misplaced(lesson.number), misplaced(note.number)) == (False, True)
