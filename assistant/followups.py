"""A question that leans on the last turn, made to stand alone without a model call."""

import re
from collections.abc import Sequence

from assistant.checks.terms import SYSTEM_NAMES
from assistant.turns import Exchange

_STARTERS = re.compile(
    r"^(?:(?:ok|okay|so|and|but|or|then|well|also)[,\s]+)*"
    r"(?P<lead>what about|how about|and|or|but|same for|what of|compared (?:to|with)|versus|vs\.?)"
    r"\s+(?P<rest>.+?)\s*[?.!]*$",
    re.IGNORECASE,
)
_PRONOUN = re.compile(
    r"\b(?P<word>its|their|theirs|it|they|them|"
    r"(?:this|that|these|those|the same|said) (?:model|company|vendor|licence|license|system|maker|"
    r"family|version|one|ones|firm|product)s?|the (?:former|latter)|this|these|those)\b",
    re.IGNORECASE,
)
_THAT_AS_OBJECT = re.compile(r"\bthat(?=\s*[?.!,]*$)", re.IGNORECASE)
_VAGUE = re.compile(
    r"^(?:why|how so|really|how come|since when|who says so|tell me more|more|go on|explain|"
    r"what else|anything else|which one|are you sure|in what way|for example)\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"[A-Za-z0-9][\w.\-]*[\w]|[A-Za-z0-9]")
_COMMON = frozenset(
    """a about all also an and any are as at be because between but by can compare could difference
    do does did explain for from give had has have how i if in into is it its list many may me more
    most much my name no not of on one only or our please should show so some tell than that the
    their them then there these they this those to two use used was we were what when where which
    who whom whose why will with would you your yes open source proprietary llm llms model models
    ai api""".split()
)
_SHORT_WORDS = 3
_COURTESY = re.compile(
    r"^\s*(?:(?:ok|okay|yes|no|hi|hello|hey|thanks|thank you|great|good|nice|cool|bye|goodbye|"
    r"very much|a lot|so much)\b[\s,.!?]*)+$",
    re.IGNORECASE,
)
# "What does it cost to run X?", "Is it true that ...": this "it" means nothing said before.
_EMPTY_IT = re.compile(
    r"\bit\s+(?:costs?|takes?|mean|possible|true|necessary|worth|legal|hard|easy|safe|better)"
    r"(?:\s+\w+){0,2}?\s+(?:to|that|for)\b|\bit\s+mean\b",
    re.IGNORECASE,
)
_DEFINITION = re.compile(
    r"^\s*(?:what(?:'s| is| are| was| were) (?:an? |meant by )|what does .+ (?:mean|stand for)\b|"
    r"define\b)",
    re.IGNORECASE,
)
# An earlier turn leans on the beginning of the one before it; the rest would only cost time.
_READ_CHARS = 4000


def make_standalone(question: str, history: Sequence[Exchange]) -> str:
    """Fill in what the question leaves to the turns before it.

    Args:
        question: as the user asked it.
        history: earlier exchanges, oldest first.

    Returns:
        The question itself when it stands alone or there is nothing to lean on.
    """
    before = ""
    for exchange in history:
        before = _resolve(exchange.question[:_READ_CHARS], before, "")[:_READ_CHARS]
        answer = exchange.answer[:_READ_CHARS]
    return _resolve(question, before, answer) if history else question


def names_in(text: str) -> tuple[str, ...]:
    """Names that a text is about, in order: capitalised, compound or numbered words.

    Neighbouring capitalised words make one name (``Claude Opus``).
    """
    names: list[str] = []
    end_of_last = -1
    for match in _WORD.finditer(text):
        word = match.group().removesuffix("'s")
        continues = bool(names) and text[end_of_last : match.start()] == " "
        is_version = continues and word[0].isdigit()
        if not is_version and not _is_name(word, text[: match.start()].rstrip()):
            continue
        if continues:
            names[-1] += " " + word
        else:
            names.append(word)
        end_of_last = match.start() + len(word)
    return tuple(dict.fromkeys(names))


def _is_name(word: str, before: str) -> bool:
    plain = word.lower()
    if plain in SYSTEM_NAMES:
        return True
    if plain in _COMMON or not any(c.isalpha() for c in word):
        return False
    opens_sentence = not before or before[-1] in ".?!:"
    if opens_sentence and word[1:].replace("-", "").isalpha() and word[1:].islower():
        return False  # an ordinary word with the capital letter of a sentence
    return any(c.isupper() for c in word) or any(c.isdigit() for c in word)


def _resolve(question: str, before: str, answer: str) -> str:
    if not before.strip() or _COURTESY.match(question):
        return question
    topic = names_in(before) or names_in(answer)[:1]
    if starter := _STARTERS.match(question):
        return _swap(starter.group("rest"), before)
    if _VAGUE.match(question.strip()):
        return f"{_bare(before)}: {question}"
    return _fill_in(question, before, topic)


def _fill_in(question: str, before: str, topic: Sequence[str]) -> str:
    if _EMPTY_IT.search(question) and names_in(question):
        return question
    pronoun = _PRONOUN.search(question) or _THAT_AS_OBJECT.search(question)
    own_names = names_in(question)
    if pronoun and own_names and pronoun.start() > question.find(own_names[0]):
        # A singular pronoun after a name means that name; a plural one mostly reaches further back.
        if topic and pronoun.group().lower() in {"they", "them", "those", "these"}:
            return f"{_bare(question)} ({' and '.join(topic)})?"
        return question
    if pronoun:
        return _replace(question, pronoun, topic, before)
    if not own_names and _is_short(question) and not _DEFINITION.match(question):
        return f"{_bare(question)} of {' and '.join(topic) or _bare(before)}?"
    return question


def _bare(text: str) -> str:
    return text.rstrip(" ?.!")


def _is_short(question: str) -> bool:
    words = [w for w in _WORD.findall(question) if w.lower() not in _COMMON]
    return len(words) <= _SHORT_WORDS and len(question.split()) <= 2 * _SHORT_WORDS


def _swap(rest: str, before: str) -> str:
    """``what about X``: the last question, asked about X."""
    new, old = names_in(rest), names_in(before)
    if new and old and len(rest.split()) <= len(" ".join(new).split()) + 2:
        swapped = before.replace(old[0], new[0], 1)
        for name in old[1:]:
            swapped = re.sub(
                rf"\s*(?:,|and|or|with|than|versus|vs\.?)\s+{re.escape(name)}", "", swapped
            )
        return swapped
    if old and not new:
        asked = re.sub(r"^(?:its|their|the|his|her)\s+", "", rest, flags=re.IGNORECASE)
        return f"{_bare(asked)} of {' and '.join(old)}?"
    if new and len(rest.split()) > len(" ".join(new).split()) + 2:
        return _bare(rest) + "?"
    return f"{_bare(before)}, and {_bare(rest)}?"


def _replace(question: str, pronoun: re.Match[str], topic: Sequence[str], before: str) -> str:
    if not topic:
        return f"{_bare(question)} ({_bare(before)})?"
    word = pronoun.group().lower()
    plural = word in {"they", "them", "their", "theirs", "these", "those"}
    name = " and ".join(topic) if plural else topic[0]
    if word == "the latter":
        name = topic[-1]
    if word in {"its", "their", "theirs"}:
        name += "'s"
    return question[: pronoun.start()] + name + question[pronoun.end() :]
