"""Words of a sentence made comparable: contents, denials, opposites, and how much is claimed."""

import re
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from functools import lru_cache
from typing import Final

from assistant.checks.lexicon import LIGHT, OPPOSITES, SYNONYMS
from assistant.text.words import STOP_WORDS, SYSTEM_NAMES
from assistant.text.words import content_words as _stems

_ALIASES: Final = (
    (re.compile(r"\bTechnology Innovation Institute(?:\s*\(TII\))?", re.IGNORECASE), "TII"),
    (re.compile(r"\bGoogle DeepMind\b", re.IGNORECASE), "Google"),
    (re.compile(r"\b(?:Open Source Initiative|OSI)\b"), "OSI"),
    (re.compile(r"\bMistral AI\b"), "Mistral"),
    (re.compile(r"\bMeta AI\b"), "Meta"),
    (re.compile(r"\bApache[\s-]+(?:License[\s-]+)?2\.0\b", re.IGNORECASE), "Apache-2.0"),
    (re.compile(r"\b(GPT|Phi|Grok)\s(?=\d)"), r"\1-"),
    (re.compile(r"\bFalcon\s(?=H\d)"), "Falcon-"),
    (re.compile(r"(?<=\w)[‑–](?=\d)"), "-"),
    (re.compile(r"[`*]+"), ""),
    (re.compile(r"’"), "'"),
    (re.compile(r"\bper (thousand|million|billion)\b"), r"per-\1"),
)
# "4 dollars in and 20 out"
_DIRECTION: Final = re.compile(
    r"(?<=[\dsn])\s(in|out)\b(?=\s*(?:[,.;:]|$|and\b|per\b|according\b))"
)
_DENIAL: Final = re.compile(
    r"\b(?:not|no|never|none|neither|nor|nobody|nothing|nowhere|cannot|without|\w+n['’]t|hardly|"
    r"lacks?|forbids?|forbidden|prohibit(?:s|ed)?|exclud(?:es?|ed|ing)|rul(?:es?|ed|ing)\s+out|"
    r"prevents?|refus(?:es?|ed)|declin(?:es?|ed)|impossible|unable|warns?\s+against|"
    r"advis(?:es?|ed)\s+against|withheld|unpublished|undisclosed|unknown|den(?:y|ies|ied))\b",
    re.IGNORECASE,
)
_NO_DENIAL: Final = re.compile(
    r"\b(?:not\s+only|no\s+longer\s+not|nothing\s+but|non-commercial|no:|no,)\b|\bNo[.:,]",
    re.IGNORECASE,
)
_ALL: Final = re.compile(
    r"\b(?:all|every|each|always|any|everybody|everyone|anyone|entirely|completely|at all times)\b",
    re.IGNORECASE,
)


@lru_cache(maxsize=2048)
def normal(text: str) -> str:
    """The text with one form for names that have several."""
    for pattern, form in _ALIASES:
        text = pattern.sub(form, text)
    return _DIRECTION.sub(r" \1put", text)


def _canon_table() -> dict[str, str]:
    table: dict[str, str] = {}
    for line in SYNONYMS:
        stems = [stem for word in line.split() for stem in _stems(word)]
        for stem in stems:
            table.setdefault(stem, stems[0])
    return table


_CANON: Final = _canon_table()


_EXACT: Final = re.compile(r"^[\d.,]+(?:[kmbt]|gb|mb|tb|st|nd|rd|th|x\d+b|-[a-z]+)?$")
_COUNTED: Final = frozenset(
    """million billion thousand trillion per per-million per-thousand per-billion dollar usd euro
    eur cent using gb mb tb them those
    january february march april may june july august september october november december came
    come one two three four five six both""".split()
)


@lru_cache(maxsize=2048)
def words_of(text: str) -> frozenset[str]:
    """The words that carry meaning, one form for words that mean the same here.

    Numbers, months and units are left out: they are compared exactly.
    """
    return frozenset(
        _CANON.get(stem, stem)
        for stem in _stems(normal(text))
        if stem not in _COUNTED and not _EXACT.match(stem) and not stem.endswith(("n't", "n’t"))
    )


@lru_cache(maxsize=2048)
def raw_words(text: str) -> frozenset[str]:
    """The words in lower case with plain plurals cut, small words too."""
    return frozenset(
        word.removesuffix("'s")
        if len(word) < _PLURAL_FROM
        else word.removesuffix("'s").removesuffix("s")
        for word in re.findall(r"[€$]|\w[\w'-]*", normal(text).lower())
    )


_PLURAL_FROM: Final = 5
_OPPOSED: Final = tuple(
    tuple(
        frozenset(w for word in side.split() for w in raw_words(word)) for side in line.split("|")
    )
    for line in OPPOSITES
)


def weighty(words: Iterable[str]) -> frozenset[str]:
    """Those of some words (as ``words_of`` gives them) that say something of their own."""
    return frozenset(words) - _LIGHT_STEMS


_LIGHT_STEMS: Final = frozenset(
    stem for word in LIGHT for form in _stems(word) for stem in (form, _CANON.get(form, form))
)


def with_parts(words: Iterable[str]) -> frozenset[str]:
    """Words, and the parts of those with a hyphen."""
    words = frozenset(words)
    parts = (_stems(part) for word in words if "-" in word for part in word.split("-"))
    return words | frozenset(_CANON.get(stem, stem) for found in parts for stem in found)


def opposed(words: AbstractSet[str], others: AbstractSet[str]) -> bool:
    """Whether some words say one side of an opposition of which others say only another side.

    Both are sets of ``raw_words``.
    """
    for sides in _OPPOSED:
        said = [side for side in sides if words & side]
        told = [side for side in sides if others & side]
        if said and told and not any(side in told for side in said):
            return True
    return False


@lru_cache(maxsize=2048)
def denials(text: str) -> int:
    """How often a text says no."""
    return len(_DENIAL.findall(_NO_DENIAL.sub(" ", text)))


def is_denied(text: str) -> bool:
    """Whether a text says no an odd number of times."""
    return denials(text) % 2 == 1


def claims_all(text: str) -> bool:
    """Whether a text speaks of all, every or always."""
    return bool(_ALL.search(text))


def share(wanted: Iterable[str], given: AbstractSet[str]) -> float:
    """Share of some words that is given, 0 to 1; 1 when nothing is wanted."""
    wanted = frozenset(wanted)
    return len(wanted & given) / len(wanted) if wanted else 1.0


_NAME: Final = re.compile(
    r"\b(?:[A-Z][\w+]*(?:[.:/-][\w+]+)*|[a-z]+(?:[-_:][a-z]+)*[-_:]\d[\w.:\-]*|\w*[a-z][A-Z]\w*|\d+x\d+\w*)"
)
_VARIANT: Final = frozenset(
    """base flash haiku instruct large lite maverick medium mini moe multimodal nano opus pro scout
    small sonnet turbo vision astra luna sol fable mythos guard""".split()
)
_NO_NAMES: Final = STOP_WORDS | frozenset(
    """gb mb tb kb gib usd api apis llm llms model models us usd ram gpu gpus cli yes note sources
    source input output prompts context running setting commercial companies since above below
    despite january february march april may june july august september october november
    december""".split()
)
_LIST_MARK: Final = re.compile(r"^[\s>*#-]+")


@lru_cache(maxsize=2048)
def names_of(text: str) -> frozenset[str]:
    """Names in lower case; versions and variants (``mini``, ``Turbo``) are names of their own."""
    plain = _LIST_MARK.sub("", normal(text))
    found: set[str] = set()
    for match in _NAME.finditer(plain):
        name = match[0].rstrip(".:").removesuffix("'s").lower()
        opens = match.start() == 0 or plain[: match.start()].rstrip().endswith((":", ".", "–", '"'))
        is_word = name.isalpha() and match[0][1:].islower()
        known = name in SYSTEM_NAMES or name in _VARIANT
        if (
            name in _NO_NAMES
            or len(name) < 2
            or name.isdigit()
            or (opens and is_word and not known)
        ):
            continue
        found.add(name)
        version = re.match(
            r"\s(\d+(?:\.\d+)*)(?![\w%]|\.\d|,\d|\s?(?:[KMGT]i?B|[kKmMbBtT]illion))",
            plain[match.end() :],
        )
        if version and match[0][0].isupper():
            found.add(version[1])
    lower = re.findall(r"[a-z]+", plain.lower())
    found |= {word for word in lower if word in _VARIANT} if found else set()
    return frozenset(found)


def is_specific(name: str) -> bool:
    """Whether a name is that of a system, a version or a variant."""
    return name in _VARIANT or name in SYSTEM_NAMES or any(char.isdigit() for char in name)


_WITH_VARIANT: Final = re.compile(
    rf"\b([A-Za-z]+-?\d[\w.]*)(?:\s({'|'.join(sorted(_VARIANT))})\b)?", re.IGNORECASE
)


@lru_cache(maxsize=2048)
def variants_of(text: str) -> Mapping[str, frozenset[str | None]]:
    """Each versioned name with the variants that follow it, None where none does."""
    found: dict[str, set[str | None]] = {}
    for match in _WITH_VARIANT.finditer(text):
        variant = match[2].lower() if match[2] else None
        found.setdefault(match[1].lower(), set()).add(variant)
    return {name: frozenset(variants) for name, variants in found.items()}


_SIZED: Final = re.compile(
    rf"\b({'|'.join(sorted(SYSTEM_NAMES))})(?:[\s-]\d+(?:\.\d+)?)?[\s-]\d+(?:x\d+)?(?:\.\d+)?B\b",
    re.IGNORECASE,
)


@lru_cache(maxsize=2048)
def sized_systems_in(text: str) -> frozenset[str]:
    """Systems that are named with a size: Mistral in "Mistral 7B", not in "Mistral makes it"."""
    return frozenset(match[1].lower() for match in _SIZED.finditer(text))


_COMPARES: Final = re.compile(
    r"\b(?P<than>[a-z]+er|more|less|fewer)\b(?=(?:\s\w+){0,4}\sthan\b)|\b(?P<verb>beats?|outperforms?|"
    r"surpass(?:es)?|ahead\sof)\b|\b(?P<time>before|after)\s(?=[A-Z])"
)


def comparatives_in(text: str) -> frozenset[str]:
    """The words that set one thing against another: ``larger`` than, ``before`` Mixtral."""
    return frozenset(
        (match["than"] or match["verb"] or match["time"]).lower()
        for match in _COMPARES.finditer(text)
    )
