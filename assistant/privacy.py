"""What in a text looks personal: marked before it is sent, never removed or kept.

Patterns with a check digit are checked by it; a bare number, date or name counts only beside words
that make it somebody's. So prices, sizes of models and dates of documents are left alone. What is
found is a hint for a person: that nothing is marked proves nothing.
"""

import ipaddress
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from corpus.documents import Span

KEY_SHAPE: Final = (
    r"(?<![\w-])(?:sk-(?:ant-|proj-)?[\w-]{16,200}|xai-[\w-]{20,200}|AIza[\w-]{35}"
    r"|(?:gh[pousr]_|github_pat_|hf_|glpat-|npm_|pypi-)[\w-]{20,255}"
    r"|(?:AKIA|ASIA)[A-Z0-9]{16}|xox[abprs]-[\w-]{10,250}"
    r"|eyJ[\w-]{10,1000}\.[\w-]{10,4000}\.[\w-]{5,1000})"
)
"""What keys of services look like."""


def _anything(_text: str) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class _Rule:
    """A kind of personal text.

    Attributes:
        what: what it is, for people.
        pattern: where it may stand; the group ``it`` is marked, or all where there is none.
        holds: whether the marked text really is one.
    """

    what: str
    pattern: re.Pattern[str]
    holds: Callable[[str], bool] = _anything


def find_personal(text: str) -> tuple[tuple[Span, str], ...]:
    """Where something personal seems to stand, and what it is; spans never overlap.

    E-mail addresses, phone numbers, bank accounts, payment cards, keys and passwords, addresses of
    machines, numbers of identity papers and of customers, streets, dates of birth, and names that
    somebody gives as such.
    """
    found: list[tuple[Span, str]] = []
    for rule in _RULES:
        for span in _spans_of(rule, text):
            if not any(span.overlaps(taken) for taken, _ in found):
                found.append((span, rule.what))
    return tuple(sorted(found, key=lambda mark: mark[0].start))


def _spans_of(rule: _Rule, text: str) -> Iterator[Span]:
    for match in rule.pattern.finditer(text):
        group = "it" if "it" in rule.pattern.groupindex else 0
        if rule.holds(match.group(group)):
            yield Span(*match.span(group))


def _digits(text: str) -> list[int]:
    return [int(sign) for sign in text if sign in "0123456789"]


def _passes_luhn(text: str) -> bool:
    digits = _digits(text)
    return (sum(digits[-1::-2]) + sum(sum(divmod(2 * d, 10)) for d in digits[-2::-2])) % 10 == 0


def _is_card(text: str) -> bool:
    return _passes_luhn(text) and len(set(_digits(text))) > 1


def _is_iban(text: str) -> bool:
    plain = text.replace(" ", "").upper()
    moved = "".join(str(int(sign, 36)) for sign in plain[4:] + plain[:4])
    return int(moved) % 97 == 1


def _is_spanish_id(text: str) -> bool:
    number = str("XYZ".find(text[0])) + text[1:-1] if text[0] in "XYZ" else text[:-1]
    return "TRWAGMYFPDXBNJZSQVHLCKE"[int(number) % 23] == text[-1]


def _is_french_id(text: str) -> bool:
    digits = "".join(map(str, _digits(text)))
    return 97 - int(digits[:-2]) % 97 == int(digits[-2:])


def _has_digits(fewest: int, most: int = 40) -> Callable[[str], bool]:
    return lambda text: fewest <= len(_digits(text)) <= most


def _is_somebodys_address(text: str) -> bool:
    """Neither this machine, nor nowhere, nor four small numbers, as a version or a section has."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    if address.is_loopback or address.is_unspecified:
        return False
    return address.version != 4 or any(int(part) > _SMALL for part in text.split("."))


def _is_secret(text: str) -> bool:
    """Letters and digits mixed: neither a word nor what a manual writes in place of a key."""
    has_both = any(sign.isdigit() for sign in text) and any(sign.isalpha() for sign in text)
    return has_both and len(set(text.casefold())) > _FEWEST_SIGNS


def _is_name(text: str) -> bool:
    return text.split(maxsplit=1)[0].casefold() not in _NO_NAMES


_SMALL = 20
_FEWEST_SIGNS = 4
_NO_NAMES = frozenset(
    "a an the not on in at for of to by is it no none unknown irrelevant my your his her their our "
    "this that what here there also just only still so too very nicht der die das ein eine".split()
)
_DAY = r"(?:0?[1-9]|[12]\d|3[01])"
_MONTH = r"(?:jan|feb|m[aä]r|apr|ma[iy]|jun|jul|aug|sep|o[ck]t|nov|de[cz])[a-zä]*\.?"
_YEAR = r"(?:19|20)\d\d"
_DATE = (
    rf"(?:{_DAY}[./-]{_DAY}[./-](?:{_YEAR}|\d\d)|{_YEAR}-\d\d-\d\d"
    rf"|{_DAY}(?:st|nd|rd|th|\.)?\s(?:of\s)?{_MONTH},?\s{_YEAR}|{_MONTH}\s{_DAY}(?:st|nd|rd|th)?,?\s{_YEAR})"
)
_NUMBER = r"(?:\s?(?:no|nr|number|nummer|id|code)\b\.?)?"
_CAPITAL = r"[A-ZÀ-ÖØ-Þ][\w'’-]{1,30}"


def _rule(
    what: str, pattern: str, holds: Callable[[str], bool] = _anything, *, any_case: bool = False
) -> _Rule:
    return _Rule(what, re.compile(pattern, re.IGNORECASE if any_case else 0), holds)


# The surer and the more telling come first: what they have marked is not marked again.
_RULES = (
    _rule("private key", r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----"),
    _rule("login in an address", r"(?<=://)(?P<it>[^\s/:@<>\[\]{}]{1,64}:[^\s/@<>\[\]{}]{1,64})@"),
    _rule(
        "key or token",
        KEY_SHAPE,
        _is_secret,
    ),
    _rule(
        "key or token",
        r"\b(?:api[_ -]?key|access[_ -]?key|token|secret)\b[\"']?(?:\s{0,3}[:=]|\sis\b)"
        r"\s{0,3}[\"']?(?P<it>[A-Za-z0-9_+/=.-]{16,400})",
        _is_secret,
        any_case=True,
    ),
    _rule("key or token", r"\bBearer\s(?P<it>[A-Za-z0-9_+/=.-]{16,400})", _is_secret),
    _rule(
        "password",
        r"\b(?:password|passwort|passphrase|kennwort|pwd|pin)\b[\"']?\s{0,3}(?:[:=]|\bis\b|\bist\b)"
        r"\s{0,3}[\"']?(?P<it>(?=[^\s\"']{0,63}\d)[^\s\"'<>${}]{4,64})",
        any_case=True,
    ),
    _rule(
        "e-mail address",
        r"(?<![\w.+%-])(?!git@)[\w.+%-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){0,6}"
        r"\.[A-Za-z]{2,24}(?![\w@])",
    ),
    # Further groups of four letters may be words: the shortest that the check digits hold for.
    *(
        _rule(
            "bank account (IBAN)",
            rf"(?<![\w-])[A-Z]{{2}}\d\d(?: ?[A-Z0-9]{{4}}){{{groups}}}"
            r"(?: ?[A-Z0-9]{1,3})?(?!\w)",
            _is_iban,
            any_case=True,
        )
        for groups in range(2, 8)
    ),
    _rule(
        "payment card",
        r"(?<![\d.,+-])(?:[2-6]\d{3}([ -]?)\d{4}\1\d{4}\1\d{1,4}(?:\1\d{1,3})?"
        r"|3[47]\d\d[ -]?\d{6}[ -]?\d{5})(?!\d|[.,-]\d)",
        _is_card,
    ),
    _rule(
        "identity number",
        r"(?<![\w-])(?!000|666|9\d\d)\d{3}-(?!00)\d\d-(?!0000)\d{4}(?![\w-])",
    ),
    _rule(
        "identity number",
        r"(?<!\w)(?:(?!BG|GB|NK|KN|TN|NT|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]"
        r" ?\d\d ?\d\d ?\d\d ?[A-D]"
        r"|[A-Z]{6}\d\d[A-EHLMPR-T]\d\d[A-Z]\d{3}[A-Z]|[A-Z]{3}P[A-Z]\d{4}[A-Z])(?!\w)",
    ),
    _rule("identity number", r"(?<![\w-])(?:\d{8}|[XYZ]\d{7})[A-HJ-NP-TV-Z](?!\w)", _is_spanish_id),
    _rule(
        "identity number",
        r"(?<![\d.,-])[12] ?\d\d ?(?:0[1-9]|1[0-2]) ?(?:\d\d|2[AB]) ?\d{3} ?\d{3} ?\d\d(?![\d,.])",
        _is_french_id,
    ),
    _rule(
        "identity number",
        r"\b(?:social security|ssn|passport|reisepass|national id|identity card|id card|tax id"
        r"|personalausweis|steuer-?id|aadhaar|pesel|bsn|driv(?:er'?s|ing) licen[cs]e)"
        rf"{_NUMBER}[\s:#]{{0,3}}(?:is\s|ist\s)?(?P<it>[A-Z]{{0,3}}\d[A-Z0-9 -]{{4,24}}[A-Z0-9])\b",
        _has_digits(5),
        any_case=True,
    ),
    _rule(
        "customer or account number",
        r"\b(?:customer|account|patient|employee|student|insurance|member|policy|kunden|konto"
        r"|versicherten|patienten|matrikel)[ -]?(?:no\b\.?|nr\b\.?|number|nummer|id)[\s:#]{0,3}"
        r"(?:is\s|ist\s)?(?P<it>[A-Z]{0,4}-?\d[\d -]{3,22}\d)\b",
        any_case=True,
    ),
    _rule(
        "phone number",
        r"(?<![\w+.,/-])(?:\+|00)[1-9]\d{0,2}(?:[ ./-]?\(?\d{1,6}\)?){2,6}(?![\w%]|[.,]\d)",
        _has_digits(9, 16),
    ),
    _rule(
        "phone number",
        r"(?<![\w.,/-])(?:1[-. ])?(?:\([2-9]\d\d\) ?|[2-9]\d\d[-.])\d{3}[-.]\d{4}(?![\w-]|[.,]\d)",
    ),
    _rule(
        "phone number",
        r"(?<![\w.,/$€£-])\(?0[1-9]\d{1,4}\)?[ /-]{1,2}\d{3,8}(?:[ -]\d{2,6}){0,3}"
        r"(?![\w%-]|[.,]\d)",
        _has_digits(9, 13),
    ),
    _rule(
        "phone number",
        r"\b(?:phone|telephone|telefon|tel|mobile|handy|cell|whatsapp|call me (?:at|on))\b\.?"
        r"(?:\s(?:no|number|nummer)\b\.?)?[\s:]{0,3}(?:is\s|ist\s)?"
        r"(?P<it>\+?\(?\d[\d ()/-]{4,20}\d)",
        _has_digits(6, 16),
        any_case=True,
    ),
    _rule(
        "address of a machine",
        r"(?<![\w.:-])(?<!ersion )(?:\d{1,3}\.){3}\d{1,3}(?![\w-]|\.\d)",
        _is_somebodys_address,
    ),
    _rule(
        "address of a machine",
        r"(?<![\w:.])(?:[0-9a-f]{1,4}:{1,2}){3,7}[0-9a-f]{1,4}(?![\w:])",
        _is_somebodys_address,
        any_case=True,
    ),
    _rule(
        "street address",
        rf"(?<![\w.,$€£-])\d{{1,5}}[A-Za-z]?,? (?:{_CAPITAL} ){{1,3}}(?<!Google )(?<!llion )"
        r"(?:Street|St|Road|Rd|Avenue|Ave|Lane|Drive|Boulevard|Blvd|Court|Square|Terrace|Crescent)"
        r"\b(?! View)",
    ),
    _rule(
        "street address",
        r"(?<!\w)[A-ZÄÖÜ][a-zäöüß-]{2,30}(?:straße|strasse|str\.|gasse|allee|weg|platz|damm|ufer)"
        r" \d{1,4}(?: ?[a-h])?(?![\w.,%]\w)",
    ),
    _rule(
        "street address",
        r"(?<![\w.,])\d{1,4}(?: bis| ter)?,? (?:rue|avenue|boulevard|chemin|impasse|quai)"
        r" (?:de la |de l['’]|des |de |du |d['’])?[A-ZÀ-Ý][\w'’-]+(?: [A-ZÀ-Ý][\w'’-]+){0,3}",
    ),
    _rule(
        "street address",
        r"(?<!\w)(?:Calle|Avenida|Avda\.|Paseo|Viale|Piazza)"
        r"(?: de(?: la| los| las|l)?| della| dei)?"
        rf"(?: {_CAPITAL}){{1,3}},? (?:n\.?º? ?)?\d{{1,4}}(?!\w)",
    ),
    _rule("street address", r"(?i:\bP\.? ?O\.? Box \d{1,7}\b|\bPostfach \d[\d ]{2,8}\b)"),
    _rule(
        "date of birth",
        r"\b(?:born(?: on)?|date of birth|d\.?o\.?b\.?|birth ?(?:day|date)(?: is)?(?: on)?"
        r"|geboren(?: am)?|geburts(?:datum|tag)(?: ist)?(?: der| am)?"
        r"|née? le|nacid[oa] el|nat[oa] il)"
        rf"[\s:]{{1,3}}(?P<it>{_DATE})",
        any_case=True,
    ),
    _rule(
        "name",
        r"(?i:\bmy (?:full |first |last )?name(?: is|['’]s)|\bI am called|\bmein name ist"
        r"|\bich hei(?:ß|ss)e|\bje m['’]appelle|\bme llamo|\bmi chiamo|\bcall me)\s"
        rf"(?P<it>{_CAPITAL}(?: {_CAPITAL}){{0,3}})",
        _is_name,
    ),
    _rule("name", r"\bmy name is (?P<it>[a-z]{2,20}(?: [a-z]{2,20})?)(?=[.,!;\n]|\Z)", _is_name),
    _rule(
        "name",
        rf"(?<!\w)(?:Mr\.?|Mrs\.?|Ms\.|Miss|Frau|Herrn?|Madame|Monsieur|Señora?) (?P<it>{_CAPITAL}"
        rf"(?: {_CAPITAL})?)",
    ),
    _rule(
        "name",
        r"(?i:\b(?:regards|sincerely|cheers|yours|grüßen?|salutations)),?\s*\n\s*"
        rf"(?P<it>{_CAPITAL}(?: {_CAPITAL}){{0,2}})\s*(?:\n|\Z)",
    ),
)
