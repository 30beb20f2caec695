"""How models speak about themselves, by language, as patterns with what is put in their place."""

from collections.abc import Iterator
from dataclasses import dataclass

# Quoted words of somebody else are no self-reference.
_UNQUOTED = r"(?<![\w\"“„«‘'])"


@dataclass(frozen=True, slots=True)
class Rule:
    """One way of self-naming.

    Attributes:
        pattern: a regular expression, read without regard to case, line by line.
        put: what takes its place, as a template of ``re.Match.expand``.
    """

    pattern: str
    put: str


def rules_with(name: str) -> Iterator[Rule]:
    """The rules in the order in which they are applied.

    Args:
        name: a regular expression for the name of a model or its maker.
    """
    yield from _english(name)
    yield from _german(name)
    yield from _french(name)
    yield from _spanish(name)
    # A name as the speaker of the whole answer, or as its signature.
    talk = r"I\b|Hello\b|Hi\b|Sure\b|Certainly\b|Of course\b|Ich\b|Hallo\b|Je\b|Bonjour\b|Hola\b"
    yield Rule(rf"\A\s*[*_]{{0,2}}(?:{name}|Assistant|AI)[*_]{{0,2}}:[*_]{{0,2}}\s*(?={talk})", "")
    yield Rule(rf"\n[ \t]*\n[ \t]*[–—][ \t]*{name}\s*\Z", "")


def _english(name: str) -> Iterator[Rule]:
    kind = (
        r"(?:AI|A\.I\.|artificial intelligence|language[ -]model|LLM|chatbot)"
        r"(?:[ -](?:language|based|powered))*(?:[ -](?:model|assistant|chatbot|system))*"
        r"(?:\s*\((?:AI|LLM)\))?"
    )
    role = rf"(?:(?:just|only)\s+)?(?:an?|the)?\s*(?:[\w\-]+\s+){{0,2}}?{kind}"
    helper = rf"(?:{role}|an?\s+(?:[\w\-]+\s+){{0,2}}(?:assistant|model|chatbot))"
    verbs = r"(?:developed|created|trained|made|built|designed|provided|released|powered|offered)"
    made = (
        rf"(?:,?\s*(?:(?:that|which)\s+(?:was|is|has\s+been)\s+|I\s+was\s+)?"
        rf"{verbs}(?:\s+and\s+{verbs})?\s+(?:by|at)\s+{name}(?:\s*(?:and|,|/)\s*{name})*"
        rf"|,?\s+(?:from|by|called|named|known\s+as)\s+{name})"
    )
    about = rf"(?:,?\s*{helper})?(?:{made})*"
    i_am = r"(?:I['’]m|I\s+am)"
    called = (
        rf"(?:{i_am}(?:\s+(?:called|named|known\s+as))?|my\s+name(?:['’]s|\s+is)|call\s+me|"
        r"(?:you['’]re|you\s+are)\s+(?:talking|speaking|chatting)\s+(?:to|with))"
    )
    yield Rule(
        rf"{_UNQUOTED}As\s+(?:{helper}(?:{made})*|{name}{about})\s*,\s*(?=(?:I|I['’]\w+|my|we)\b)",
        "",
    )
    yield Rule(rf"(\bI\b[^.!?\n,]{{0,40}}),\s*as\s+(?:{role}(?:{made})*|{name}{about})\s*,", r"\1")
    yield Rule(
        rf"(\b(?:I|my|me)\b[^.!?\n]{{0,120}}?),?\s+as\s+(?:{role}(?:{made})*|{name}{about})(?=\s*[.!?]|$)",
        r"\1",
    )
    yield Rule(rf"{_UNQUOTED}{called}\s+{name}{about},?(?=\s|[.!?;:)]|$)", "I am an assistant")
    yield Rule(rf"{_UNQUOTED}this\s+is\s+{name}{about}(?=[.!]\s+I\b)", "this is an assistant")
    yield Rule(rf"{_UNQUOTED}({i_am})\s+{helper}(?:{made})+", r"\1 an assistant")
    yield Rule(
        rf"(\bI(?:\s+(?:was|am|have\s+been)|['’](?:m|ve\s+been)))\s+((?:\w+ly\s+)?{verbs})\s+"
        rf"(?:by|at)\s+{name}(?:\s*(?:and|,)\s*{name})*",
        r"\1 \2 by my makers",
    )
    people = r"(?:creators?|makers?|developers?|team|engineers|company|provider)"
    yield Rule(rf"(\bmy\s+{people})(?:,|\s+at|,?\s+the\s+\w+\s+at|\s+from)\s+{name}", r"\1")
    yield Rule(rf"(\bmy\s+{people}\s+(?:is|are))\s+{name}", r"\1 not named here")
    yield Rule(rf"{name}\s+((?:{verbs})\s+me)\b", r"My makers \1")
    own = r"(?:training(?:\s+data)?|knowledge(?:\s+cut-?off)?|guidelines|polic(?:y|ies))"
    yield Rule(rf"(\bmy\s+{own})\s+(?:by|from|at)\s+{name}", r"\1")
    yield Rule(rf"\b(we|here)\s+at\s+{name}", r"\1")
    yield Rule(
        rf"(\blike\s+me|\bsuch\s+as\s+me|\bmyself)\s*(?:,\s*{name}\s*,?|\(\s*{name}\s*\))", r"\1"
    )


def _german(name: str) -> Iterator[Rule]:
    kind = (
        r"(?:KI|Sprachmodell\w*|Chatbot|Assistent\w*|künstliche\s+Intelligenz)"
        r"(?:[ -]\w*(?:modell|assistent)\w*)?"
    )
    verbs = r"(?:entwickelt|trainiert|erstellt|geschaffen|programmiert|gebaut)\w*"
    role = rf"(?:eine?[mnrs]?\s+)?(?:von\s+{name}\s+{verbs}\s+)?(?:\w+(?:e|es|er|en)\s+)?{kind}"
    made = (
        rf"(?:,\s*(?:das|die|der)\s+von\s+{name}\s+{verbs}(?:\s+(?:wurde|worden\s+ist|ist))?\s*,?"
        rf"|,?\s+(?:{verbs}\s+)?von\s+{name}(?:\s+{verbs})?)"
    )
    verb = r"(?:kann|habe|bin|weiß|darf|werde|möchte|verfüge|muss|empfehle|besitze)"
    yield Rule(
        rf"{_UNQUOTED}als\s+(?:{role}|{name}(?:,?\s*{role})?)(?:{made})?\s*,?\s+(?={verb}\s+ich\b)",
        "hier ",
    )
    yield Rule(
        rf"{_UNQUOTED}(?:ich\s+(?:bin|heiße)|mein\s+Name\s+ist)\s+{name}(?:,\s*{role})?(?:{made})?",
        "ich bin ein Assistent",
    )
    yield Rule(rf"{_UNQUOTED}(ich\s+bin)\s+{role}{made}", r"\1 ein Assistent")
    yield Rule(
        rf"(\bich\s+(?:wurde|bin))\s+von\s+{name}\s+({verbs})", r"\1 von meinen Entwicklern \2"
    )


def _french(name: str) -> Iterator[Rule]:
    kind = (
        r"(?:mod[èe]le(?:\s+(?:de\s+langage|linguistique|d['’]IA))*|IA|intelligence\s+artificielle|"
        r"assistante?|chatbot|agent\s+conversationnel)(?:\s+(?:IA|d['’]IA|virtuel|conversationnel))*"
    )
    role = rf"(?:une?\s+)?(?:grand\s+|simple\s+)?{kind}"
    verbs = r"(?:développ|cré|entraîn|conçu|form)(?:é|ée|e)?"
    made = rf"(?:,?\s*(?:qui\s+a\s+été\s+)?{verbs}\s+par\s+{name}|\s+d(?:e\s+|['’]){name})"
    yield Rule(
        rf"{_UNQUOTED}en\s+tant\s+qu(?:e\s+|['’])(?:{role}|{name}(?:,\s*{role})?)(?:{made})?\s*,\s*"
        r"(?=je\b|j['’]|mon\b|ma\b|mes\b)",
        "",
    )
    yield Rule(
        rf"{_UNQUOTED}(?:je\s+suis|je\s+m['’]appelle|mon\s+nom\s+est)\s+{name}(?:,\s*{role})?(?:{made})?",
        "je suis un assistant",
    )
    yield Rule(rf"{_UNQUOTED}(je\s+suis)\s+{role}{made}", r"\1 un assistant")
    yield Rule(rf"(\bj['’]ai\s+été\s+{verbs})\s+par\s+{name}", r"\1 par mes concepteurs")


def _spanish(name: str) -> Iterator[Rule]:
    kind = (
        r"(?:modelo(?:\s+(?:de\s+lenguaje|de\s+IA))*|IA|inteligencia\s+artificial|asistente|chatbot)"
        r"(?:\s+(?:de\s+IA|virtual|grande|extenso))*"
    )
    role = rf"(?:una?\s+)?(?:gran\s+|simple\s+)?{kind}"
    verbs = r"(?:desarrollad|cread|entrenad|diseñad|hech)[oa]"
    made = rf"(?:,?\s*(?:que\s+fue\s+)?{verbs}\s+por\s+{name}|\s+de\s+{name})"
    yield Rule(
        rf"{_UNQUOTED}como\s+(?:{role}|{name}(?:,\s*{role})?)(?:{made})?\s*,\s*"
        r"(?=yo\b|no\s+(?:puedo|tengo|soy|sé)\b|puedo\b|tengo\b|mis?\b|me\b|soy\b)",
        "",
    )
    yield Rule(
        rf"{_UNQUOTED}(?:(?:yo\s+)?soy|me\s+llamo|mi\s+nombre\s+es)\s+{name}(?:,\s*{role})?(?:{made})?",
        "soy un asistente",
    )
    yield Rule(rf"{_UNQUOTED}((?:yo\s+)?soy)\s+{role}{made}", r"\1 un asistente")
    yield Rule(rf"(\b(?:fui|he\s+sido)\s+{verbs})\s+por\s+{name}", r"\1 por mis creadores")
