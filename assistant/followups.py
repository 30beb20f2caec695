"""A question that leans on the turns before it, made to stand alone without a model call."""

import re
from collections.abc import Callable, Sequence

from assistant.naming import names_in, words_about
from assistant.text.words import SYSTEM_NAMES
from assistant.turns import Exchange

_STARTERS = re.compile(
    r"^(?:(?:ok|okay|so|and|but|or|then|well|also)[,\s]+)*"
    r"(?P<lead>what about|how about|and|or|but|same for|what of|compared (?:to|with)|versus|vs\.?)"
    r"\s+(?P<rest>.+?)\s*[?.!]*$",
    re.IGNORECASE,
)
_LED_IN = re.compile(r"^(?:(?:ok|okay|so|and|but|or|then|well|also)[,\s]+)+", re.IGNORECASE)
_WHOLE = re.compile(
    r"^(?:what|which|who|whom|whose|when|where|why|how|is|are|was|were|do|does|did|can|could|may|"
    r"must|should|will|would|has|have)\b(?! about\b| of\b).*\s\S+\s\S",
    re.IGNORECASE,
)
_THING = (
    "model|company|vendor|licence|license|system|maker|family|version|one|ones|firm|product|"
    "service|policy|rule|error|feature|option|plan|tool|method"
)
_PRONOUN = re.compile(
    r"\b(?P<word>its|their|theirs|it|they|them|"
    rf"(?:this|that|these|those|the same|said) (?:{_THING})s?|"
    r"the (?:former|latter)|this|these|those)\b",
    re.IGNORECASE,
)
_THAT_AS_OBJECT = re.compile(
    r"\bthat(?=\s*[?.!,]*$)|(?<=\bdo )that\b|(?<=\bmake )that\b|(?<=\bof )that\b", re.IGNORECASE
)
# They name nothing, but something was named before: "the larger one", "I lost mine".
_POINTER = re.compile(
    r"\bthe (?:\w+(?:er|est)|other|first|second|last|new|old) (?:one|two|model|version)s?\b|"
    rf"\bthe (?:{_THING})s?(?=\s*[?.!]*$|\s+(?:support|offer|have|has|cost|work))|"
    r"\b(?:mine|another one|any of them|either of them)\b",
    re.IGNORECASE,
)
_VAGUE = re.compile(
    r"^(?:why|how so|really|how come|since when|who says so|more|what else|anything else|"
    r"which one|are you sure|in what way|for example|like what)\b(?:\W*|\W.{0,20})$|"
    r"^(?:(?:can|could|would|will) you |please )*(?:explain|elaborate|clarify|repeat|go on|"
    r"summari[sz]e|(?:give|tell|show|say)\b(?: me| us)?(?: some| an?)? ?(?:more|examples?|"
    r"details?))\b(?:\s+(?:on|about|of|that|this|it|me|more|again|in|with|an?|further|simpler|"
    r"simple|words|terms|details?|examples?|please))*\W*$",
    re.IGNORECASE,
)
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
_DUMMY_IT = re.compile(
    r"\b(?:is|was|isn't|be)\s+it\s+(?:\w+\s+)?(?:possible|true|necessary|worth|legal|hard|easy|safe|"
    r"better|allowed|correct|right|useful|normal|okay|ok)\b\s+(?:\w+ing\b|to\b|that\b|for\b)",
    re.IGNORECASE,
)
_CLAUSE = re.compile(
    r"[.?!;:]\s|\b(?:when|once|while|because|after|before|until|unless|although|though|so that)\b",
    re.IGNORECASE,
)
# "does the vendor's own ..."; a subject that is no pronoun itself owns what follows.
_OWNER = re.compile(
    r"\b(?:do|does|did|has|have|had|is|are|was|were|can|will|should|may)\s+"
    r"(?!it\b|they\b|the\b|this\b|that\b|these\b|those\b|i\b|you\b|we\b|one\b|my\b|there\b|of\b)"
    r"[\w-]+\s(?:[\w-]+\s){0,4}(?:its|their)\b",
    re.IGNORECASE,
)
# The two kinds of model are subjects enough.
_KIND = re.compile(
    r"\b(?:open|closed|proprietary)(?:[- ](?:source|weights?))?\s(?:llm|model)s?\b", re.IGNORECASE
)
_DEFINITION = re.compile(
    r"^\s*(?:what(?:'s| is| are| was| were) (?:an? |meant by )|what does .+ (?:mean|stand for)\b|"
    r"define\b)",
    re.IGNORECASE,
)
_NAMED = re.compile(
    r"^\W*what(?:'s|\s+is|\s+are|\s+was|\s+were)\s+(?:the |an? )?(?P<thing>.+?)\W*$",
    re.IGNORECASE,
)
_PREPOSITION = re.compile(
    r"^(?:for|in|on|at|with|without|by|from|above|below|over|under|after|before)\b"
)
_OWN = re.compile(r"^(?:its|their)\s", re.IGNORECASE)
_OF_A_NAME = r"(?P<thing>(?:[a-z][\w-]*\s){{1,3}})(?:with|of|at|in|for|by|from|on)\s{name}"
_MANY = re.compile(
    r"^\W*(?:which|what)\s(?P<things>(?:[\w-]+\s){0,3}[\w-]+s)\s(?:did|do|does|are|were|can|has|have)\b",
    re.IGNORECASE,
)
_ASKS_FOR_A_NAME = re.compile(r"^\W*(?:which|who)\b", re.IGNORECASE)
_BRACKETS = re.compile(r"\s*\([^()]*\)(?=\W*$)")

# Capitals that name a part or a format: in "how much RAM does it take", "it" is something else.
_PARTS = frozenset(
    "gpu gpus cpu cpus ram vram ssd rest http https json csv pdf html sdk url gb mb usd eur".split()
)

_SHORT_WORDS = 2
_SHORT_LENGTH = 5
_FRAGMENT_LENGTH = 3
_THING_WORDS = 6
_BRACKET_WORDS = 6
# An earlier turn leans on the beginning of the one before it; the rest would only cost time.
_READ_CHARS = 4000
_READ_TURNS = 12


def make_standalone(question: str, history: Sequence[Exchange]) -> str:
    """Fill in what the question leaves to the turns before it.

    Args:
        question: as the user asked it.
        history: earlier exchanges, oldest first.

    Returns:
        The question itself when it stands alone or there is nothing to lean on.
    """
    before, answer = "", ""
    topic: tuple[str, ...] = ()
    for exchange in history[-_READ_TURNS:]:
        asked = exchange.question[:_READ_CHARS]
        if _COURTESY.match(asked):
            continue
        resolved = _resolve(asked, before, topic)[:_READ_CHARS]
        answer = exchange.answer[:_READ_CHARS]
        topic = _topic(resolved, answer, topic if resolved != asked else ())
        before = resolved
    return _resolve(question, before, topic)


def _resolve(question: str, before: str, topic: Sequence[str]) -> str:
    if not before.strip() or _COURTESY.match(question):
        return question
    if _VAGUE.match(question.strip()):
        return f"{_bare(before)}: {question}"
    starter = _STARTERS.match(question)
    if starter and not _WHOLE.match(rest := starter.group("rest")):
        lead = _PREPOSITION.match(rest)
        if lead and not _PRONOUN.search(rest):
            if _is_of_another(lead[0], rest, before):
                return _swap(rest[lead.end() :].strip(), before)
            return f"{_bare(_BRACKETS.sub('', before))}, and {rest}?"
        if not _PRONOUN.search(rest) or _OWN.match(rest):
            return _swap(rest, before)
    return _fill_in(question, before, topic)


def _is_of_another(preposition: str, rest: str, before: str) -> bool:
    """``And for X?`` after ``... for Y?``: the same question of another."""
    place = re.search(rf"\b{preposition}\b", before, re.IGNORECASE)
    return bool(place and names_in(f"so {rest}") and names_in(f"so {before[place.end() :]}"))


def _topic(question: str, answer: str, inherited: Sequence[str]) -> tuple[str, ...]:
    """What a question was about: the thing it asked to be told about, or its names.

    Args:
        question: one that stands alone.
        answer: what was said to it; a name that it begins with is the topic where the question
            had none.
        inherited: the topic before, when the question leaned on it.
    """
    names = names_in(question)
    named = _NAMED.match(_BRACKETS.sub("", question))
    if named and len(named["thing"].split()) <= _THING_WORDS:
        thing = named["thing"]
        if words_about(thing) and words_about(thing)[:1] != words_about(" ".join(names[:1]))[:1]:
            return (thing,)
    if names:
        named_first, *others = _without_owner(names, question)
        return (_with_its_noun(named_first, question), *others)
    if inherited or not _ASKS_FOR_A_NAME.match(question):
        return tuple(inherited)
    return names_in(answer)[:1]


def _without_owner(names: tuple[str, ...], question: str) -> tuple[str, ...]:
    """``Meta's Muse Spark`` is about the latter."""
    if len(names) > 1 and re.search(
        rf"\b{re.escape(names[0])}['’]s {re.escape(names[1])}", question
    ):
        return names[1:]
    return names


def _with_its_noun(name: str, question: str) -> str:
    """``Kubernetes cluster``, ``prompt caching with Claude``: more than the word with a capital."""
    of = re.search(_OF_A_NAME.format(name=re.escape(name)), question)
    if of and (about := words_about(of["thing"])):
        return question[question.index(about[0], of.start()) : of.end()]
    following = question[question.find(name) + len(name) :]
    noun = re.match(r" ([a-z]{3,})\b", following)
    if not noun or not words_about(noun[1]) or any(c.isdigit() for c in name) or _is_system(name):
        return name
    return name if noun[1].endswith(("ed", "ing", "ly")) else f"{name} {noun[1]}"


def _fill_in(question: str, before: str, topic: Sequence[str]) -> str:
    own_names = tuple(n for n in names_in(question) if n.casefold() not in _PARTS)
    if (_EMPTY_IT.search(question) and own_names) or _DUMMY_IT.search(question):
        return question
    pronoun = _PRONOUN.search(question) or _THAT_AS_OBJECT.search(question)
    if not pronoun:
        return _point_back(question, before, topic) if not own_names else question
    if own_names and pronoun.start() > question.find(own_names[0]):
        # A singular pronoun after a name means that name; a plural one mostly reaches further back.
        plural = pronoun.group().lower() in {"them", "those", "these"}
        return _with_brackets(question, " and ".join(topic)) if plural else question
    if _has_its_own(question, pronoun):
        return question
    return _replace(question, pronoun, topic, before)


def _has_its_own(question: str, pronoun: re.Match[str]) -> bool:
    """Whether the pronoun means something that the question itself said before."""
    if pronoun.group().lower() in {"its", "their"} and _OWNER.search(question):
        return True
    clauses = [match.start() for match in _CLAUSE.finditer(question, 0, pronoun.start())]
    return bool(clauses) and len(words_about(question[: clauses[-1]])) >= _SHORT_WORDS


def _point_back(question: str, before: str, topic: Sequence[str]) -> str:
    """A question without name or pronoun that is too short to be about something of its own."""
    if _KIND.search(question):
        return question
    if not _POINTER.search(question):
        if not _is_short(question) or _DEFINITION.match(question):
            return question
        if topic and len(question.split()) <= _FRAGMENT_LENGTH:
            return f"{_bare(_LED_IN.sub('', question))} of {' and '.join(topic)}?"
    return _with_brackets(question, _subject(topic, before))


def _subject(topic: Sequence[str], before: str) -> str:
    """The last question in a few words: its names, what it leaned on itself, its other words."""
    names = names_in(before)
    leaned_on = " ".join(_BRACKETS.findall(before))
    known = set(words_about(" ".join(names)))
    words = [w for w in words_about(f"{leaned_on} {before}") if w not in known]
    return " ".join((*names, *words[:_BRACKET_WORDS])) or " and ".join(topic)


def _with_brackets(question: str, words: str) -> str:
    return f"{_bare(question)} ({words})?" if words else question


def _bare(text: str) -> str:
    return text.rstrip(" ?.!")


def _is_short(question: str) -> bool:
    about = len(words_about(question))
    return about <= _SHORT_WORDS and len(question.split()) <= _SHORT_LENGTH + about


def _swap(rest: str, before: str) -> str:
    """``what about X``: the last question, asked about X."""
    before = _BRACKETS.sub("", before)
    new, old = names_in("so " + rest), names_in(before)
    is_name = bool(new) and len(rest.split()) <= len(" ".join(new).split()) + 2
    if is_name and old:
        return _exchange_name(before, old, new[0])
    if is_name or not old:
        return f"{_bare(before)}, and {_bare(rest)}?"
    if not new:
        asked = re.sub(r"^(?:its|their|the|his|her)\s+", "", rest, flags=re.IGNORECASE)
        return f"{_bare(asked)} of {' and '.join(old)}?"
    return _bare(rest) + "?"


def _exchange_name(before: str, old: Sequence[str], new: str) -> str:
    """The name that is most like the new one gives way; its companions go too."""
    likest = max(old, key=lambda name: (_likeness(name, new), -old.index(name)))
    swapped = before.replace(likest, new, 1)
    for name in old:
        if name != likest and _likeness(name, new) >= _likeness(likest, new):
            swapped = re.sub(
                rf"\s*(?:,|and|or|with|than|versus|vs\.?)\s+{re.escape(name)}", "", swapped
            )
    return swapped


def _is_system(name: str) -> bool:
    return any(part.lower() in SYSTEM_NAMES for part in re.split(r"[\s-]", name))


def _likeness(one: str, other: str) -> int:
    """How alike two names are in kind: known systems, numbered names, letters in capitals."""
    kinds: tuple[Callable[[str], bool], ...] = (
        _is_system,
        lambda name: any(c.isdigit() for c in name),
        lambda name: name.isupper(),
    )
    alike = sum(kind(one) == kind(other) for kind in kinds)
    return 2 * alike + (one[:3].lower() == other[:3].lower())


def _replace(question: str, pronoun: re.Match[str], topic: Sequence[str], before: str) -> str:
    if not topic:
        return _with_brackets(question, " ".join(words_about(before)[:_BRACKET_WORDS]))
    word = pronoun.group().lower()
    plural = word in {"they", "them", "their", "theirs", "these", "those"}
    name = " and ".join(topic) if plural else topic[0]
    if plural and (many := _MANY.match(before)):
        name = f"{many['things']} of {name}"
    if word == "the latter":
        name = topic[-1]
    if word in {"its", "their", "theirs"}:
        name += "'s"
    return question[: pronoun.start()] + name + question[pronoun.end() :]
