"""What a sentence is about: its names, and the words that carry its meaning."""

import re

from assistant.text.words import STOP_WORDS, SYSTEM_NAMES

_WORD = re.compile(r"[^\W_](?:[\w.\-]*\w)?")
# Beside words of the language, those that any question here may have.
_COMMON = STOP_WORDS | frozenset(
    """ai api between compare could difference explain give him just list llm llms many maybe me
    model models much must my name no not now off open out own please proprietary shall should
    show source still tell too two us using via whom whose why without yes""".split()
)
# No names, but what a question may be about.
_TOPICS = frozenset("open source proprietary llm llms api ai list".split())
# Verbs that any question may have; they do not say what it is about.
_GENERIC = frozenset(
    """add allow allowed apply ask become buy call change come cost costs create differ find get
    gets give given go happen happens have help keep know last like look make makes mean means need
    needs offer put read run say see send set start stop support supports take takes tell try
    understand want work works long big large larger old new good best better different exactly
    other same possible really available""".split()
)


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


def words_about(text: str) -> tuple[str, ...]:
    """The words of a text that say what it is about, in order, without repeats."""
    words = (match.group() for match in _WORD.finditer(text))
    kept = [word for word in words if not _says_little(word.lower())]
    return tuple(dict.fromkeys(kept))


def _says_little(word: str) -> bool:
    return len(word) == 1 or word in _GENERIC or (word in _COMMON and word not in _TOPICS)


def _is_name(word: str, before: str) -> bool:
    plain = word.lower()
    if plain in SYSTEM_NAMES or plain.split("-", maxsplit=1)[0] in SYSTEM_NAMES:
        return True
    if plain in _COMMON or not any(c.isalpha() for c in word):
        return False
    opens_sentence = not before or before[-1] in ".?!:"
    if opens_sentence and word[1:].replace("-", "").isalpha() and word[1:].islower():
        return False  # an ordinary word with the capital letter of a sentence
    return any(c.isupper() for c in word) or any(c.isdigit() for c in word)
