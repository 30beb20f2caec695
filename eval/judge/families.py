"""Which maker's family a backend's model belongs to; a judge is never of a contestant's."""

import re
from collections.abc import Iterable
from typing import Final

from assistant.backends.catalogue import BackendEntry, shipped_ids
from corpus.errors import ConfigError

# The model's name decides, not who runs it: gpt-oss in Ollama is OpenAI's. A name with two of them
# (a Llama that was taught by DeepSeek's answers) belongs to both.
_BY_MODEL: Final = (
    (r"gpt|\bo[134]\b|davinci", "OpenAI"),
    (r"claude", "Anthropic"),
    (r"gemini|gemma|palm", "Google"),
    (r"grok", "xAI"),
    (r"llama|vicuna|alpaca|nemotron", "Meta"),
    (r"mi[sx]tral|ministral|codestral|devstral|magistral|pixtral|zephyr", "Mistral AI"),
    (r"falcon", "TII"),
    (r"\bphi|\bwizardlm", "Microsoft"),
    (r"qwen|qwq", "Alibaba"),
    (r"deepseek", "DeepSeek"),
    (r"command|\baya\b", "Cohere"),
    (r"granite", "IBM"),
    (r"olmo|tulu", "Ai2"),
    (r"smollm", "Hugging Face"),
    (r"inflection", "Inflection AI"),
    (r"kimi", "Moonshot AI"),
    (r"nemotron", "NVIDIA"),
)
_NO_MODEL: Final = frozenset({"reader"})
_STAND_IN: Final = "stand-in"


class JudgeRefused(ConfigError):
    """This backend may not judge here."""


def families_of(entry: BackendEntry) -> frozenset[str]:
    """The makers that a backend's model comes from; empty when that is not known."""
    name = f"{entry.model} {entry.id}".casefold().replace("_", "-")
    # Ollama's own name holds the word, whatever it runs.
    name = name.replace("ollama", "")
    return frozenset(maker for pattern, maker in _BY_MODEL if re.search(pattern, name))


def is_language_model(entry: BackendEntry) -> bool:
    """Whether there is a model behind it at all."""
    return entry.adapter not in _NO_MODEL and entry.id != _STAND_IN


def check_judge(judge: BackendEntry) -> None:
    """Refuse what cannot judge, whoever is judged.

    Raises:
        JudgeRefused: it is no language model, or nobody knows whose model it is and it is not the
            user's own.
    """
    if not is_language_model(judge):
        raise JudgeRefused(
            f"{judge.label} is no language model and cannot judge.", "Choose another backend."
        )
    if not families_of(judge) and not _is_users_own(judge):
        raise JudgeRefused(
            f"It is not known whose model {judge.label} is, so it might judge its own family.",
            "Choose another backend, or add one of your own in backends.toml.",
        )


def check_family(judge: BackendEntry, contestants: Iterable[BackendEntry]) -> None:
    """Refuse a judge that is of a contestant's family, or may be.

    Of the user's own backends, with a model of a name that says nothing, the user knows.

    Raises:
        JudgeRefused: why it may not judge.
    """
    check_judge(judge)
    own = families_of(judge)
    for contestant in contestants:
        shared = own & families_of(contestant)
        if contestant.id == judge.id or contestant.model == judge.model:
            raise JudgeRefused(f"{judge.label} would judge its own answers.", _CURE)
        if shared:
            raise JudgeRefused(
                f"{judge.label} and {contestant.label} are both of the family of "
                f"{', '.join(sorted(shared))}.",
                _CURE,
            )
        is_unknown = is_language_model(contestant) and not families_of(contestant)
        if is_unknown and not _is_users_own(contestant):
            raise JudgeRefused(
                f"It is not known whose model {contestant.label} is, so {judge.label} might be of "
                "its family.",
                _CURE,
            )


_CURE: Final = "Choose a judge of another maker."


def _is_users_own(entry: BackendEntry) -> bool:
    return entry.id not in shipped_ids() or entry.provider == "your own"
