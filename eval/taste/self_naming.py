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


def rules_with(name: str, owner: str) -> Iterator[Rule]:
    """The rules in the order in which they are applied.

    Args:
        name: a regular expression for the name of a model or its maker.
        owner: the same for a name that may own something, as in "Anthropic's models".
    """
    yield from _english_belonging(name, owner)
    yield from _english(name)
    yield from _english_asides(name)
    yield from _german(name)
    yield from _french(name)
    yield from _spanish(name)
    # A name as the speaker of the whole answer, or as its signature.
    talk = r"I\b|Hello\b|Hi\b|Sure\b|Certainly\b|Of course\b|Ich\b|Hallo\b|Je\b|Bonjour\b|Hola\b"
    yield Rule(rf"\A\s*[*_]{{0,2}}(?:{name}|Assistant|AI)[*_]{{0,2}}:[*_]{{0,2}}\s*(?={talk})", "")
    yield Rule(rf"\A\s*\[{name}\]:?\s*", "")
    yield Rule(rf"(?<!:)\n[ \t]*\n[ \t]*[–—][ \t]*{name}\s*\Z", "")
    regards = r"(?:best|kind\s+regards|best\s+regards|regards|yours|sincerely|cheers)"
    yield Rule(rf"\n[ \t]*{regards},?\s*{name}\.?\s*\Z", "")


_I_AM = r"(?:I['’]m|I\s+am)(?:\s+(?:just|only|actually|really|simply|indeed|still))?"
_MADE = r"(?:developed|created|trained|made|built|designed|provided|released|powered|offered)"


def _english_belonging(name: str, owner: str) -> Iterator[Rule]:
    noun = r"(?:model|assistant|AI|chatbot|LLM|system)s?(?!\w)"
    line = r"(?:\s+(?:family|series|line|architecture)(?:\s+of\s+(?:\w+\s+)?models)?)?"
    of = r"(?:one|part|a\s+member|a\s+version|an\s+instance)\s+of|(?:based|built|running)\s+on"
    yield Rule(
        rf"{_UNQUOTED}{_I_AM}\s+(?:{of})\s+(?:the\s+)?{owner}(?:\s+(?:\w+\s+)?{noun}|{line})",
        "I am an assistant",
    )
    yield Rule(
        rf"{_UNQUOTED}{_I_AM}\s+(?:an?|the)\s+{owner}\s+(?:[\w\-]+\s+)?{noun}(?!\s+(?:from|by)\b)",
        "I am an assistant",
    )
    yield Rule(
        rf"{_UNQUOTED}I\s+(?:belong\s+to|run\s+on)\s+(?:the\s+)?{owner}{line}",
        "I am an assistant",
    )
    yield Rule(rf"{_UNQUOTED}{_I_AM}\s+not\s+{name}(?=\s*[.,;:!?]|$)", "I am an assistant")
    me = r"me|that['’]s\s+me|that\s+is\s+me"
    you_see = (
        r"the\s+(?:model|assistant)\s+(?:you['’]re|you\s+are|that['’]s|that\s+is)\s+"
        r"(?:talking\s+(?:to|with)|speaking\s+(?:to|with)|reading|using|answering(?:\s+you)?)"
    )
    yield Rule(
        rf"{owner}\s*(?:\(\s*(?:{me}|{you_see})\s*\)"
        rf"|,\s*(?:which|who|that)\s+is\s+(?:me|what\s+I\s+am)\b,?|,\s*{you_see},?)",
        "this assistant",
    )
    makers = r"(?:creators?|makers?|developers?|company|provider)"
    yield Rule(
        rf"{name}\s*(?:\(\s*my\s+{makers}\s*\)"
        rf"|,\s*(?:the\s+(?:company|team|lab)\s+)?(?:that|which|who)\s+{_MADE}\s+me\b,?)",
        "my maker",
    )


def _english_asides(name: str) -> Iterator[Rule]:
    yield Rule(rf"(\bI)\s*(?:,\s*{name}\s*,|\(\s*{name}\s*\)|[–—]\s*{name}\s*[–—])", r"\1")
    yield Rule(rf"\A\s*(?:(?:Hi|Hello|Hey)[,!]?\s+)?{name}\s+here\s*[!,.:–—-]\s*", "")
    yield Rule(rf"{_UNQUOTED}this\s+is\s+{name}\s+speaking\b", "this is an assistant speaking")
    written = r"(?:written|generated|produced|created|given|provided)"
    what = r"(?:answer|response|reply|text|summary|message)"
    yield Rule(
        rf"(\bthis\s+{what}\s+(?:was\s+|is\s+|has\s+been\s+)?(?:{written}\s+by|comes\s+from))\s+{name}",
        r"\1 an assistant",
    )
    yield Rule(
        rf"^[ \t]*[*_\[(]{{0,3}}(?:{written}|{what})\s+(?:by|from)\s+{name}[*_\])]{{0,3}}[ \t]*"
        r"(?::[ \t]*|\.?$)",
        "",
    )
    yield Rule(
        rf"(\b(?:my\s+(?:model(?:\s+name)?|version|full\s+name)|the\s+(?:model|assistant)\s+"
        rf"answering\s+(?:you|this)(?:\s+question)?)\s+is)\s+{name}",
        r"\1 not named here",
    )
    yield Rule(rf"(\bmy\s+\w+),\s*as\s+{name}\s*,", r"\1")


def _english(name: str) -> Iterator[Rule]:
    kind = (
        r"(?:AI|A\.I\.|artificial intelligence|language[ -]model|LLM|chatbot)"
        r"(?:[ -](?:language|based|powered))*(?:[ -](?:model|assistant|chatbot|system))*"
        r"(?:\s*\((?:AI|LLM)\))?"
    )
    role = rf"(?:(?:just|only)\s+)?(?:an?|the)?\s*(?:[\w\-]+\s+){{0,2}}?{kind}"
    helper = rf"(?:{role}|an?\s+(?:[\w\-]+\s+){{0,2}}(?:assistant|model|chatbot))"
    verbs = _MADE
    made = (
        rf"(?:,?\s*(?:(?:that|which)\s+(?:was|is|has\s+been)\s+|I\s+was\s+)?"
        rf"{verbs}(?:\s+and\s+{verbs})?\s+(?:by|at)\s+{name}(?:\s*(?:and|,|/)\s*{name})*"
        rf"|,?\s+(?:from|by|called|named|known\s+as)\s+{name})"
    )
    about = rf"(?:,?\s*{helper})?(?:{made})*"
    i_am = _I_AM
    called = (
        rf"(?:{i_am}(?:\s+(?:called|named|known\s+as))?|my\s+name(?:['’]s|\s+is)|I\s+go\s+by|"
        r"(?:(?:you\s+(?:can|may)|they|people|users)\s+)?call\s+me|"
        r"(?<!if\s)(?<!when\s)(?:you['’]re|you\s+are)\s+(?:talking|speaking|chatting)\s+(?:to|with))"
    )
    # Before the others: "known as Claude" is a name, "cannot, as Claude" an aside.
    yield Rule(
        rf"{_UNQUOTED}{called}\s+{name}{about}(?:,?\s+(?:and\s+)?not\s+{name})?,?(?=\s|[.!?;:)]|$)",
        "I am an assistant",
    )
    yield Rule(
        rf"{_UNQUOTED}(?:speaking\s+)?As\s+(?:{helper}(?:{made})*|{name}{about})"
        r"(?:\s*,\s*(?=(?:I|I['’]\w+|my|we)\b)|\s+(?=(?:I|I['’]\w+)\b))",
        "",
    )
    yield Rule(rf"(\bI\b[^.!?\n,]{{0,40}}),\s*as\s+(?:{role}(?:{made})*|{name}{about})\s*,", r"\1")
    seen = r"(?:see|describe|regard|know|use|think\s+of|treat|consider|list|count|read|call|cite)"
    yield Rule(
        rf"(\b(?:I|my|me)\b(?!\s+(?:\w+\s+)?{seen}\b)[^.!?\n]{{0,120}}?),?\s+as\s+"
        rf"(?:{role}(?:{made})*|{name}{about})(?=\s*[.!?]|$)",
        r"\1",
    )
    yield Rule(rf"{_UNQUOTED}this\s+is\s+{name}{about}(?=[.!]\s+I\b)", "this is an assistant")
    yield Rule(rf"{_UNQUOTED}({i_am})\s+{helper}(?:{made})+", r"\1 an assistant")
    yield Rule(
        rf"(\bI(?:\s+(?:was|am|have\s+been)|['’](?:m|ve\s+been)))\s+((?:\w+ly\s+)?{verbs})\s+"
        rf"(?:by|at)\s+{name}(?:\s*(?:and|,)\s*{name})*",
        r"\1 \2 by my makers",
    )
    people = r"(?:creators?|makers?|developers?|team|engineers|company|provider)"
    yield Rule(
        rf"(\bmy\s+{people})(?:,\s+{name}\s*,|(?:,|\s+at|,?\s+the\s+\w+\s+at|\s+from)?\s+{name})",
        r"\1",
    )
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
        rf"{_UNQUOTED}(ich\s+bin)\s+eine?\s+von\s+{name}\s+{verbs}\s+{kind}", r"\1 ein Assistent"
    )
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
