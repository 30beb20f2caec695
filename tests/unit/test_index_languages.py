"""Questions in German, French and Spanish over documents in English."""

import pytest

from index.languages import detect_language, fold, translate

KNOWN = frozenset(
    """the context window size license data retention model models llama mistral mixtral api token
    tokens phi architecture price of is use training google cloud format region""".split()
)


def knows(word: str) -> bool:
    return word in KNOWN


@pytest.mark.parametrize(
    ("question", "language", "english"),
    [
        ("Was kostet GPT-4?", "de", "what cost GPT-4"),
        ("Welche Lizenz hat Mixtral-8x7B?", "de", "which license has Mixtral-8x7B"),
        ("Wie groß ist das Kontextfenster von Llama 3?", "de", "context window of Llama 3"),
        ("Kontextfenstergröße der Phi-3-Modelle?", "de", "context window size Phi-3 model"),
        ("Wie ist die Architektur von Mistral?", "de", "architecture of Mistral"),
        ("Combien coûte l'API de Mistral ?", "fr", "cost API of Mistral"),
        ("Qui a développé Grok-1 ?", "fr", "developed Grok-1"),
        ("Mistral utilise-t-il mes données ?", "fr", "Mistral use my data"),
        ("où sont stockées mes donnees", "fr", "where is store my data"),
        ("¿Cuánto cuesta la API de OpenAI?", "es", "how much cost API of OpenAI"),
        ("¿Qué usos de Llama están prohibidos?", "es", "what use of Llama is prohibited"),
        ("cuantos parametros tiene Falcon", "es", "how many parameters has Falcon"),
    ],
)
def test_a_foreign_question_becomes_key_words_and_keeps_its_names(
    question: str, language: str, english: str
) -> None:
    said = translate(question, knows)
    assert said is not None
    assert said.language == language
    assert english in said.text


@pytest.mark.parametrize(
    "question",
    [
        "What does GPT-4 cost?",
        "llama 3.1 sizes",
        "phi-3 licence",
        "Is Die Welt a customer of Mistral?",
        "de facto standard for an AI agent in Las Vegas",
        "gtp-4 paramters",
        "A Mistral AI account.",
        "",
        "???",
        "日本語の質問",
    ],
)
def test_english_and_unknown_languages_are_left_alone(question: str) -> None:
    assert translate(question, knows) is None


def test_a_word_that_the_glossary_lacks_stays_as_it_is() -> None:
    said = translate("Wer hat den Flugzeugträger von Mistral?", knows)
    assert said is not None
    assert "Flugzeugträger" in said.text


def test_accents_may_be_missing() -> None:
    assert fold("Größe à la Française") == "grosse a la francaise"
    plain = translate("quelle est la taille de la fenetre de contexte de Mistral", knows)
    assert plain is not None
    assert "size" in plain.text
    assert "window" in plain.text


def test_a_question_of_endless_words_is_told_by_its_beginning() -> None:
    assert detect_language("was ist das " * 100_000, knows) == "de"
