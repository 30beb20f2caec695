"""The only place where text is normalised; every offset in the program counts characters of it."""

import codecs
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from types import MappingProxyType
from typing import Final

from corpus.errors import SourceUnreadable

_LINE_END: Final = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")

_LIGATURES: Final = {
    "\ufb00": "ff",
    "\ufb01": "fi",
    "\ufb02": "fl",
    "\ufb03": "ffi",
    "\ufb04": "ffl",
    "\ufb05": "st",
    "\ufb06": "st",
}
_LIGATURE: Final = re.compile("[\ufb00-\ufb06]")

# What a reader cannot see but a model reads, or what no font can show. The two joiners and
# VARIATION SELECTOR-16 are judged by their neighbours instead (_JUDGED).
_REMOVED: Final[Mapping[str, re.Pattern[str]]] = {
    "control characters": re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]"),
    "byte order marks": re.compile("\ufeff"),
    "soft hyphens": re.compile("\u00ad"),
    "direction controls": re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u206f]"),
    "zero-width characters": re.compile(
        "[\u034f\u115f\u1160\u17b4\u17b5\u180e\u200b\u2060-\u2065\u3164\uffa0"
        "\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a]"
    ),
    "tag characters": re.compile("[\U000e0000-\U000e007f]"),
    "variation selectors": re.compile(
        "[\u180b-\u180d\u180f\ufe00-\ufe0e\U000e0080-\U000e0fff]"  # the planned ones too
    ),
    "private-use characters": re.compile("[\ue000-\uf8ff\U000f0000-\U0010ffff]"),
    "lone surrogates": re.compile("[\ud800-\udfff]"),
    "non-characters": re.compile(
        "[\ufdd0-\ufdef\ufffe\uffff"
        + "".join(chr((plane << 16) | low) for plane in range(1, 15) for low in (0xFFFE, 0xFFFF))
        + "]"
    ),
}

_JOINERS: Final = re.compile("[\u200c\u200d]+")
_EMOJI_SELECTOR: Final = re.compile("\ufe0f+")
_PICTOGRAPH: Final = re.compile(
    "[\u00a9\u00ae\u203c\u2049\u2122\u2139\u2194-\u21aa\u231a-\u23ff\u24c2\u25aa-\u27bf"
    "\u2934\u2935\u2b05-\u2b55\u3030\u303d\u3297\u3299\U0001f000-\U0001faff]"
)
_KEYCAP_BASE: Final = "#*0123456789"
_KEYCAP: Final = "\u20e3"
# Arabic, Syriac, N'Ko, Mandaic, the Indic blocks, Myanmar, Khmer and Mongolian: the scripts whose
# letters change shape with a joiner. Vedic, Balinese and the later Indic blocks included.
_JOINING_SCRIPT: Final = re.compile(
    "[\u0600-\u07ff\u0840-\u08ff\u0900-\u0dff\u1000-\u109f\u1780-\u18af\u1b00-\u1b7f"
    "\u1cd0-\u1cff\ua840-\ua8df\ua8e0-\ua8ff\uaa60-\uaa7f\ufb50-\ufdcf\ufdf0-\ufdff\ufe70-\ufefc"
    "\U00010a00-\U00010aff\U00011000-\U00011fff\U0001e900-\U0001e95f]"
)
_VIRAMA_CLASS: Final = 9

_BINARY_NUL_SHARE: Final = 0.001


@dataclass(frozen=True, slots=True)
class CleanText:
    """Text that is safe to index, to show and to quote, and what was taken out of it.

    Attributes:
        text: NFC, lines ended by ``\\n``, without characters that nobody can see.
        removed: how many characters of each sort were removed; a sort that did not occur is
            absent. What is only respelled (line ends, ligatures, accents) is not counted.
    """

    text: str
    removed: Mapping[str, int]


def clean_text(raw: str) -> CleanText:
    """Normalise text once, before any offset is taken; cleaning twice changes nothing.

    Never raises, whatever the string holds.
    """
    removed: Counter[str] = Counter()
    text = _pass(raw, removed)
    # A removal can bring an accent to its letter, or change a joiner's neighbour. Every further
    # pass that changes something shortens the text, so this ends.
    while (again := _pass(text, removed)) != text:
        text = again
    return CleanText(text=text, removed=MappingProxyType(dict(removed)))


def end_lines(text: str) -> str:
    """End every line by ``\\n``, as ``clean_text`` does, for readers that look at lines."""
    return _LINE_END.sub("\n", text)


def clean_pages(raw: str, starts: Sequence[int]) -> tuple[CleanText, tuple[int, ...]]:
    """Clean text, and say where each page begins afterwards.

    Args:
        raw: as for ``clean_text``.
        starts: ascending offsets in ``raw``, each at its start or after white space. Nothing in
            cleaning reaches across white space, so the parts between them are cleaned one by one.

    Returns:
        The cleaned text, and the offset in it for each of ``starts``.
    """
    parts = [raw[start:end] for start, end in pairwise((0, *starts, len(raw)))]
    cleaned = [clean_text(part) for part in parts]
    removed: Counter[str] = Counter()
    for part in cleaned:
        removed.update(part.removed)
    ends = tuple(accumulate(len(part.text) for part in cleaned))
    text = "".join(part.text for part in cleaned)
    return CleanText(text, MappingProxyType(dict(removed))), ends[:-1]


def decode_bytes(data: bytes, name: str) -> str:
    """Decode a text file: UTF-8, or UTF-16 that says so with a byte order mark.

    Args:
        data: the whole file.
        name: what to call the file in an error.

    Raises:
        SourceUnreadable: another encoding, or not text at all.
    """
    shown = printable(name)
    utf16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = data.decode("utf-16" if utf16 else "utf-8-sig")
    except UnicodeDecodeError as exc:
        raise SourceUnreadable(
            f"“{shown}” is not UTF-8 text (byte {exc.start:,} does not fit).",
            "Save it as UTF-8 text and add it again.",
        ) from exc
    if text.count("\0") > len(text) * _BINARY_NUL_SHARE:
        raise SourceUnreadable(
            f"“{shown}” is a binary file, not text.",
            "Save its content as Markdown or plain text and add that.",
        )
    return text


def printable(name: str) -> str:
    """A file's name on one line, fit for a message: nothing invisible, no line ends."""
    return " ".join(clean_text(name).text.split())


def _pass(text: str, removed: Counter[str]) -> str:
    text = _LINE_END.sub("\n", text)
    text = _LIGATURE.sub(lambda match: _LIGATURES[match[0]], text)
    for sort, pattern in _REMOVED.items():
        text, count = pattern.subn("", text)
        if count:
            removed[sort] += count
    text = unicodedata.normalize("NFC", text)
    for sort, pattern, needed in _JUDGED:
        text, count = _keep_where_needed(text, pattern, needed)
        if count:
            removed[sort] += count
    return unicodedata.normalize("NFC", text)


def _keep_where_needed(
    text: str, pattern: re.Pattern[str], needed: Callable[[str, str, str], bool]
) -> tuple[str, int]:
    """Reduce each run to one character where writing needs it, else to none."""
    dropped = 0

    def reduce(match: re.Match[str]) -> str:
        nonlocal dropped
        before = text[match.start() - 1] if match.start() else ""
        after = text[match.end() : match.end() + 1]
        kept = match[0][0] if needed(before, match[0][0], after) else ""
        dropped += len(match[0]) - len(kept)
        return kept

    return pattern.sub(reduce, text), dropped


def _selector_needed(before: str, _selector: str, after: str) -> bool:
    if before and before in _KEYCAP_BASE:
        return after == _KEYCAP
    return bool(_PICTOGRAPH.fullmatch(before))


def _joiner_needed(before: str, joiner: str, after: str) -> bool:
    """Where a joiner carries meaning: emoji sequences, and the contexts of RFC 5892, A.1 and A.2.

    RFC 5892 asks for the joining types of Arabic letters; here the script is enough.
    """
    if not before:
        return False
    if joiner == "\u200d" and (before == "\ufe0f" or _PICTOGRAPH.fullmatch(before)):
        return bool(_PICTOGRAPH.fullmatch(after))
    if unicodedata.combining(before) == _VIRAMA_CLASS:
        return True
    return bool(_JOINING_SCRIPT.fullmatch(before) and _JOINING_SCRIPT.fullmatch(after))


_JUDGED: Final = (
    ("variation selectors", _EMOJI_SELECTOR, _selector_needed),
    ("zero-width characters", _JOINERS, _joiner_needed),
)
