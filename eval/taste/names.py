"""Names by which a model could give itself away."""

import re
from collections.abc import Iterable
from functools import lru_cache

# Longest first where one begins another; the catalogue's own names are added by the caller.
FAMILIES = (
    "ChatGPT", "GPT", "Claude", "Gemini", "Gemma", "Bard", "PaLM", "Grok", "Code Llama", "Llama",
    "Mixtral", "Ministral", "Codestral", "Mistral", "Le Chat", "Falcon", "Phi", "SmolLM", "Qwen",
    "DeepSeek", "Copilot", "Command R+", "Command R", "Vicuna", "Alpaca", "Zephyr", "OLMo", "Yi",
    "Kimi", "Granite", "Nova", "Jamba", "Pi",
)  # fmt: skip
MAKERS = (
    "OpenAI", "Open AI", "Anthropic", "Google DeepMind", "Google AI", "Google", "DeepMind",
    "x.AI", "xAI", "Meta AI", "Meta", "Facebook AI", "Facebook", "Mistral AI",
    "Microsoft Research", "Microsoft", "Technology Innovation Institute", "TII",
    "Hugging Face", "HuggingFace", "Alibaba Cloud", "Alibaba", "Inflection AI", "Inflection",
    "Cohere", "Amazon", "AI21", "IBM", "NVIDIA", "Apple", "Moonshot AI", "LMSYS", "Ollama",
)  # fmt: skip
_TAIL = (
    r"(?:[ -]?(?:v?\d[\w.]*(?<!\.)(?:-\w+)*|[\d.]+[BM]\b|Opus|Sonnet|Haiku|Fable|Pro|Flash|Ultra|"
    r"Nano|Mini|Turbo|Large|Medium|Small|Nemo|Instruct|Chat|Scout|Maverick|Sol|Luna|Inc\.?))*"
)


@lru_cache(maxsize=32)
def name_pattern(names: Iterable[str], *, owning: bool = False) -> str:
    """A regular expression for one of these names, a family or a maker, with its version.

    Args:
        names: further names; hashable, so a tuple or a frozen set.
        owning: whether "Claude's" is a name, too.
    """
    wanted = {*FAMILIES, *MAKERS, *(name.strip() for name in names if len(name.strip()) > 1)}
    either = "|".join(
        re.escape(name).replace(r"\ ", r"[ \-]?") for name in sorted(wanted, key=_longest_first)
    )
    emphasis = r"[*_`\"“”„«»]{0,3}"
    # "Claude's answer" and "GPT-based" speak about a system; "OpenAI." ends a sentence.
    own = "(?:['’]s?)?" if owning else r"(?!['’]s\b)"
    return rf"{emphasis}(?:the\s+)?(?:{either}){_TAIL}(?!\w)(?![-‑]based){own}{emphasis}"


def _longest_first(name: str) -> tuple[int, str]:
    return (-len(name), name)
