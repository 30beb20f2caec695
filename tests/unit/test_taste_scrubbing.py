"""What a model says about itself is taken out before the vote; what it says about models stays."""

import pytest

from eval.taste.scrubbing import scrub

SELF_NAMING = {
    # English
    "As an AI developed by OpenAI, I cannot browse.": "I cannot browse.",
    "As a large language model trained by Google, I have no opinion.": "I have no opinion.",
    "As a language model, I cannot know.": "I cannot know.",
    "As an AI assistant made by Anthropic, I'd say it depends.": "I'd say it depends.",
    "As Llama 3, I think open weights win.": "I think open weights win.",
    "As Claude, an AI assistant made by Anthropic, my answer is no.": "My answer is no.",
    "I cannot, as an AI language model, see prices.": "I cannot see prices.",
    "I cannot do that as an AI language model.": "I cannot do that.",
    "I'm Claude. Mixtral has 8 experts.": "I am an assistant. Mixtral has 8 experts.",
    "Hello! I’m ChatGPT, a large language model trained by OpenAI. Ask away.":
        "Hello! I am an assistant. Ask away.",
    "I am **GPT-4o mini**, and I can help.": "I am an assistant and I can help.",
    "My name is Claude Sonnet 5.5, made by Anthropic.": "I am an assistant.",
    "I am an AI assistant developed by Meta AI.": "I am an assistant.",
    "I was trained by Mistral AI and know little.": "I was trained by my makers and know little.",
    "My creators at Anthropic wanted that.": "My creators wanted that.",
    "My developer is Microsoft.": "My developer is not named here.",
    "OpenAI created me in 2023.": "My makers created me in 2023.",
    "Here at OpenAI we care.": "Here we care.",
    "Small models like me (SmolLM2-135M) err.": "Small models like me err.",
    "Claude: Sure, Phi-3 is Microsoft's.": "Sure, Phi-3 is Microsoft's.",
    "Phi-3 is open.\n\n— Grok": "Phi-3 is open.",
    "<|im_start|>assistant-free text<|im_end|>": "assistant-free text",
    "<think>I am Qwen.</think>\n\nIt is open [1].": "It is open [1].",
    # German
    "Als KI-Sprachmodell kann ich das nicht wissen.": "Hier kann ich das nicht wissen.",
    "Als ein von OpenAI entwickeltes Sprachmodell kann ich nicht surfen.":
        "Hier kann ich nicht surfen.",
    "Als Sprachmodell, das von Google trainiert wurde, habe ich keine Meinung.":
        "Hier habe ich keine Meinung.",
    "Ich bin Claude, ein KI-Assistent von Anthropic.": "Ich bin ein Assistent.",
    "Ich wurde von OpenAI entwickelt.": "Ich wurde von meinen Entwicklern entwickelt.",
    # French
    "En tant que modèle de langage développé par OpenAI, je ne peux pas répondre.":
        "Je ne peux pas répondre.",
    "En tant qu'IA, je n'ai pas d'avis.": "Je n'ai pas d'avis.",
    "Je suis Claude, un assistant créé par Anthropic.": "Je suis un assistant.",
    "J'ai été entraîné par Mistral AI.": "J'ai été entraîné par mes concepteurs.",
    # Spanish
    "Como modelo de lenguaje desarrollado por OpenAI, no puedo navegar.": "No puedo navegar.",
    "Soy Gemini, un modelo de lenguaje creado por Google.": "Soy un asistente.",
    "Me llamo Claude.": "Soy un asistente.",
    "Fui creado por Anthropic.": "Fui creado por mis creadores.",
}  # fmt: skip

ABOUT_SYSTEMS = (
    "Claude is an assistant made by Anthropic [1][2].",
    "As Claude is proprietary, its weights are not published.",
    "As Llama, Mistral and Falcon show, open models can be strong.",
    "As a proprietary model, Claude is reached through an API.",
    "As a language model, GPT-4 accepts images too.",
    "GPT-4 was developed by OpenAI; Gemini was trained by Google.",
    "I'm sure Claude's safety training is described in [2].",
    "The user may read “I'm Claude” in its answers.",
    "Claude: a proprietary model by Anthropic.\n- Falcon\n- Grok",
    "We compare Llama with GPT-4; my source for Claude is [3].",
    "Developers at OpenAI and the team at Anthropic disagree.",
    "Llama ist ein Modell von Meta. Als Sprachmodell ist Claude bekannt.",
    "Claude est un modèle créé par Anthropic, comme Gemini de Google.",
    "Claude es un modelo creado por Anthropic. Como modelo de lenguaje, GPT-4 es cerrado.",
    "Call Llama through Ollama; you are talking to Ollama's API on port 11434.",
    "The table lists:\n\n- Claude\n- GPT-4",
    "",
)


@pytest.mark.parametrize(("said", "shown"), SELF_NAMING.items())
def test_self_naming_is_taken_out_and_the_sentence_stays_whole(said: str, shown: str) -> None:
    scrubbed = scrub(said)
    assert scrubbed.text == shown
    assert scrubbed.changes > 0


@pytest.mark.parametrize("text", ABOUT_SYSTEMS)
def test_what_is_said_about_systems_stays_to_the_letter(text: str) -> None:
    assert scrub(text) == scrub(text, ("Built-in reader",))
    assert scrub(text).text == text
    assert scrub(text).changes == 0


def test_names_of_the_catalogue_are_known_too() -> None:
    said = "I'm Zorblax 9B, an AI model from Zorb Labs. Phi-3 is open."
    assert scrub(said).changes == 0
    shown = scrub(said, ("Zorblax 9B", "Zorb Labs")).text
    assert shown == "I am an assistant. Phi-3 is open."


def test_scrubbing_twice_changes_nothing_more() -> None:
    for said in SELF_NAMING:
        once = scrub(said).text
        assert scrub(once).text == once


def test_a_long_answer_is_scrubbed_in_no_time() -> None:
    import time

    words = "As I said, I think that my model, as a rule, reads Claude and GPT-4 well, and so on. "
    begun = time.perf_counter()
    scrub(words * 400)
    assert time.perf_counter() - begun < 2
