"""By which words an answer is known to say that the sources do not hold something."""

import pytest

from eval.metrics.refusals import Stance, lacks, points, stance_of, statements_in


@pytest.mark.parametrize(
    "sentence",
    [
        "This is not in these sources.",
        "The sources do not mention a price [1].",
        "The passages don't say who made it.",
        "None of the passages gives a figure.",
        "I could not find this in the documents.",
        "There is no information on its training data.",
        "I don't know.",
        "The training set is not disclosed in the provided context.",
        "Based on the passages, it cannot be determined.",
        "Not mentioned.",
        "Die Quellen nennen keinen Preis.",
        "Das geht aus den Quellen nicht hervor.",
        "Les sources ne donnent pas ce chiffre.",
        "Las fuentes no lo mencionan.",
        "Le fonti non lo dicono.",
        "As fontes não mencionam isso.",
    ],
)
def test_a_sentence_that_says_it_is_not_there_lacks(sentence: str) -> None:
    assert lacks(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "Mixtral 8x7B has 46.7B parameters [1].",
        "Claude cannot be downloaded.",
        "GPT-4's weights are not published.",
        "OpenAI has not disclosed the number of parameters.",
        "No, Phi-3 is not from Inflection AI.",
        "The lesson says that Falcon has 180B parameters.",
        "Meta does not allow use by companies above 700 million users.",
        "The model has no vision.",
        "Grok-2 is not open-weight.",
        "Data is not used for training by default.",
        "Nobody outside OpenAI can run it.",
        "Es gibt keine Gewichte zum Herunterladen.",
        "Mistral ne conserve pas les données.",
    ],
)
def test_a_sentence_that_denies_something_of_the_world_does_not_lack(sentence: str) -> None:
    assert not lacks(sentence)


@pytest.mark.parametrize(
    ("text", "stance"),
    [
        ("", "empty"),
        ("It has 7B parameters [1].", "answers"),
        ("This is not in these sources.", "refuses"),
        ("Sorry. This is not in these sources. Please ask the vendor.", "refuses"),
        ("This is not in these sources. The nearest passages are [1] and [2].", "refuses"),
        ("The sources do not say it. Falcon has 7B parameters.", "refuses first"),
        ("Falcon has 7B parameters. The sources do not say more.", "partial"),
    ],
)
def test_what_an_answer_does_follows_from_where_the_lack_stands(text: str, stance: Stance) -> None:
    assert stance_of(text) == stance


def test_what_only_points_elsewhere_is_no_statement() -> None:
    assert points("The nearest passages are [1] and [2].")
    assert points("Please check the vendor's page.")
    assert not points("Falcon has 7B parameters.")
    text = "The sources do not say it. Falcon has 7B parameters [1]. Please ask the vendor."
    assert [text[s.start : s.end] for s in statements_in(text)] == ["Falcon has 7B parameters [1]."]
