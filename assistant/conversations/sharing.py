"""A conversation as strangers may see it: nothing in it tells of the machine it was held on."""

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Final
from urllib.parse import urlsplit

from assistant.backends.addresses import (
    DEFAULT_BASE_URLS,
    THIS_PROCESS,
    destination_of,
    is_loopback,
)
from assistant.conversations.conversation import Conversation
from assistant.conversations.unfinished import NOT_RECORDED
from assistant.evidence import Evidence
from assistant.turns import Answer, Money, Receipt, Turn
from index.passages import Passage

OWN_SERVER: Final = "a server of one's own"
HERE: Final = "localhost"

_VENDOR_HOSTS: Final = frozenset(map(destination_of, DEFAULT_BASE_URLS.values())) | {"ollama.com"}
_PRIVATE_ENDINGS: Final = (
    ".arpa",
    ".corp",
    ".home",
    ".internal",
    ".intranet",
    ".lan",
    ".local",
    ".localdomain",
    ".localhost",
    ".private",
)
_FULL_PATH: Final = re.compile(r"(?:[/\\~]|[A-Za-z]:[/\\]|file:)")


def shareable(conversation: Conversation) -> Conversation:
    """The conversation without addresses, paths and error texts of the machine.

    Who answered stays, and that it left the machine; the host is named when it is a vendor's own.
    """
    return replace(conversation, turns=tuple(map(_turn, conversation.turns)))


def _turn(turn: Turn) -> Turn:
    return replace(
        turn, evidence=_evidence(turn.evidence), answers=tuple(map(_answer, turn.answers))
    )


def _evidence(evidence: Evidence) -> Evidence:
    return replace(evidence, passages=tuple(map(_passage, evidence.passages)))


def _passage(passage: Passage) -> Passage:
    url = passage.url if passage.url and _is_public(passage.url) else None
    return replace(passage, source=_last_part(passage.source), url=url)


def _answer(answer: Answer) -> Answer:
    # An error's words are for whoever can mend it: they name hosts, files and settings.
    return replace(answer, receipt=_receipt(answer.receipt), error=None)


def _receipt(receipt: Receipt) -> Receipt:
    return replace(
        receipt,
        model=_last_part(receipt.model) if _FULL_PATH.match(receipt.model) else receipt.model,
        destination=_destination(receipt.destination),
        search_host=OWN_SERVER if receipt.search_host else None,
        retention_source=_public_words(receipt.retention_source),
        money=_money(receipt.money),
    )


def _money(money: Money) -> Money:
    return replace(money, price_source=_public_words(money.price_source))


def _destination(destination: str) -> str:
    if destination in {THIS_PROCESS, NOT_RECORDED} or destination in _VENDOR_HOSTS:
        return destination
    return HERE if is_loopback(destination) else OWN_SERVER


def _public_words(words: str) -> str:
    """The words, unless they name an address or a file that only this machine knows."""
    return words if all(_is_harmless(word) for word in _words(words)) else ""


def _words(words: str) -> Iterable[str]:
    return (word.strip("()<>,;") for word in words.split())


def _is_harmless(word: str) -> bool:
    return _is_public(word) if "://" in word else not _FULL_PATH.match(word)


def _is_public(url: str) -> bool:
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").rstrip(".")
    except ValueError:
        return False
    if parts.scheme not in {"http", "https"} or parts.username or "." not in host:
        return False
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return not host.endswith(_PRIVATE_ENDINGS)
    return False


def _last_part(path: str) -> str:
    return re.split(r"[/\\]", path.rstrip("/\\"))[-1] or path
