"""Markdown to plain words, and the small repairs that make a quotation a sentence."""

import html
import re
from typing import Final

_IMAGE: Final = re.compile(r"!\[([^\]]*)\]\([^)]*\)")
_LINK: Final = re.compile(r"\[([^\]]*)\]\([^)\s]*(?:\s+\"[^\"]*\")?\)")
_REFERENCE: Final = re.compile(r"\s?\[(?:[0-9 ,]{1,9}|\^[\w-]{1,20})\]")
_TAG: Final = re.compile(r"</?[A-Za-z][^<>]{0,200}>|<!--.*?-->", re.DOTALL)
_AUTO_LINK: Final = re.compile(r"<(https?://[^<>\s]+)>")
_MARKS: Final = re.compile(r"\*\*|__|~~|`+|(?<![\w*])\*(?=\S)|(?<=\S)\*(?![\w*])|\\(?=[^\w\s])")
_BRACKETS: Final = re.compile(r"\([^()]*\)")
_END_MARKS: Final = ".!?…"
_COMMON_LABELS: Final = frozenset(
    """access accessibility active architecture availability capabilities cases context cost
    definition deployment described download downloads examples focus gpu input languages
    latency licence license limits maximum memory name number output parameters performance
    price prices purpose release released requirements retention safety size sizes source
    speed status strengths total training type usage use uses version versions votes
    weaknesses weights window""".split()
)


def plain_text(markdown: str) -> str:
    """The words of a line or paragraph; ``[3]`` goes too, as it would pass for a citation."""
    text = _IMAGE.sub(r"\1", markdown)
    text = _LINK.sub(r"\1", text)
    text = _AUTO_LINK.sub(r"\1", text)
    text = _TAG.sub("", text)
    text = _REFERENCE.sub("", text)
    text = _MARKS.sub("", text)
    return " ".join(html.unescape(text).split())


def capitalise(text: str) -> str:
    """First letter upper-case, unless the word is a name that is written otherwise (gpt-oss)."""
    first = text.split(maxsplit=1)[0] if text else ""
    if re.search(r"[0-9A-Z_:\-]", first[1:]):
        return text
    return text[:1].upper() + text[1:]


def end_sentence(text: str) -> str:
    """The text with exactly one mark at its end."""
    text = text.rstrip(" :;,–-")
    ended = text.rstrip("\"'”’)]").endswith(tuple(_END_MARKS)) and not text.endswith(")")
    return text if ended else f"{text}."


def lower_label(text: str) -> str:
    """A label inside a sentence: small letters for common labels, names as they are."""
    head, mark, rest = text.partition(":")
    words = head.split(" ")
    if words[0].strip(",;").lower() not in _COMMON_LABELS:
        return text
    small = [w.lower() if w.strip("(),;").lower() in _COMMON_LABELS else w for w in words]
    small = [w if old.isupper() else new for w, old, new in zip(words, words, small, strict=True)]
    return " ".join(small) + mark + rest


def heading_text(markdown: str) -> str:
    """A heading as words, without its number and the colon at its end."""
    return re.sub(r"^\d{1,2}(?:\.\d{1,2})*[.)]\s+", "", plain_text(markdown)).rstrip(" :")


def without_source(text: str) -> str:
    """A sentence without what stands in brackets, which is mostly where it is from."""
    return _BRACKETS.sub(" ", text)


def cited(sentence: str, number: int) -> str:
    """A sentence with the number of its passage, before its full stop."""
    text = capitalise(sentence)
    if text.endswith("."):
        return f"{text[:-1]} [{number}]."
    return f"{text} [{number}]"
