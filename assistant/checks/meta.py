"""Sentences that there is nothing to check in: they speak of the answer, or to the reader."""

import re
from typing import Final

_SOURCES: Final = re.compile(
    r"\b(?:(?:these|the|your|my|any\s+of\s+the|provided|given|shown|retrieved|available)\s+"
    r"(?:\w+\s+)?(?:sources?|passages?|documents|context|excerpts?|text)|nearest\s+passages?)\b",
    re.IGNORECASE,
)
_LACK: Final = re.compile(
    r"\b(?:not|don['’]t|doesn['’]t|does\s+not|do\s+not|cannot|can['’]t|couldn['’]t|could\s+not|no|"
    r"nothing|nearest|none|neither|unable|lacks?|without)\b",
    re.IGNORECASE,
)
_ANNOUNCES: Final = re.compile(
    r"^(?:sure|certainly|of\s+course|okay|ok|hello|hi|great|thanks?|thank\s+you|good\s+question|"
    r"let\s+me|i\s+hope|i\s+can|i\s+am|i['’]m|please|feel\s+free|based\s+on|here\s+(?:is|are)|"
    r"here['’]s|below|in\s+summary|to\s+summari[sz]e|in\s+short|the\s+following|as\s+an\s+ai|"
    r"i\s+(?:could|can)\s*not|i\s+don['’]t|i\s+do\s+not)\b",
    re.IGNORECASE,
)
_ALONE: Final = re.compile(
    r"^(?:yes|no|sure|certainly|it\s+depends|correct|true|false|indeed|sources?|answer|summary|"
    r"note|references?|conclusion|the\s+answer\s+is\s+(?:yes|no))\W*$",
    re.IGNORECASE,
)
_MARKS: Final = re.compile(r"[*_#>`]+")
_HEADING: Final = re.compile(r"^[^.!?]{0,80}:$")
_HAS_NUMBER: Final = re.compile(r"\d")


def is_meta(sentence: str) -> bool:
    """Whether a sentence states nothing about the world: there is nothing to look up.

    Questions, greetings, announcements ("Here is a summary:"), a bare yes or no, the heading of a
    list, and what is said of the sources ("this is not in these sources").
    """
    plain = _MARKS.sub("", sentence).strip()
    if plain.endswith("?") or _ALONE.match(plain) or _HEADING.match(plain):
        return True
    if _ANNOUNCES.match(plain) and (plain.endswith((":", "!")) or not _HAS_NUMBER.search(plain)):
        return plain.endswith((":", "!")) or not re.search(r"\[\d", plain)
    return bool(_SOURCES.search(plain) and _LACK.search(plain) and "[" not in plain) or bool(
        "nearest passage" in plain.lower()
    )
