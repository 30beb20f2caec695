"""The title of a Markdown text."""

import re
from typing import Final

_FENCE: Final = re.compile(r" {0,3}(`{3,}|~{3,})")
_ATX: Final = re.compile(r" {0,3}#(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$")
_SETEXT: Final = re.compile(r" {0,3}=+[ \t]*$")
_HTML: Final = re.compile(r"<h1\b[^<>]*>(.+?)</h1>", re.IGNORECASE)
_FRONT_MATTER: Final = re.compile(r"---[ \t]*\n(.*?\n)??---[ \t]*(?:\n|$)", re.DOTALL)
_FRONT_TITLE: Final = re.compile(r"^title:(.+)$", re.MULTILINE)
_IMAGE: Final = re.compile(r"!\[[^\]]*\]\([^)]*\)")
_LINK: Final = re.compile(r"\[([^\]]*)\]\([^)]*\)")
_TAG: Final = re.compile(r"<[^<>]*>")
_MARK: Final = re.compile(r"(?<!\\)(?:[*`]+|(?<!\w)_+|_+(?!\w))")
_ATTRIBUTES: Final = re.compile(r"[ \t]*\{#[^{}]*\}$")
_ESCAPE: Final = re.compile(r"\\([!-/:-@\[-`{-~])")

_WORD: Final = re.compile(r"[^\W_]+")
_FEW_WORDS: Final = 2

_MAX_CHARACTERS: Final = 200
_MAX_LINE: Final = 2_000  # longer lines are data, and slow to match


def find_title(text: str) -> str | None:
    """Return the title that the front matter declares, else the first heading of the first level.

    Args:
        text: Markdown with ``\\n`` line ends. What stands in fenced code is no heading.

    Returns:
        One line without Markdown marks, at most 200 characters; None when there is neither.
    """
    front = _FRONT_MATTER.match(text)
    if front and (declared := _FRONT_TITLE.search(front[0])):
        return _plain(declared[1].strip().strip("\"'")) or _first_heading(text[front.end() :])
    return _first_heading(text[front.end() :] if front else text)


def tell_apart(title: str, file_name: str) -> str:
    """A title of one or two words with the name of its file, when that says more.

    Many files are called “Overview” or “FAQ” by their heading, and only their name says of what.

    Args:
        title: one line.
        file_name: without its suffix.
    """
    words = set(_WORD.findall(title.casefold()))
    if len(words) > _FEW_WORDS or set(_WORD.findall(file_name.casefold())) <= words:
        return title
    return f"{title} ({file_name})"


def _first_heading(text: str) -> str | None:
    fence = ""
    previous = ""
    for line in text.split("\n"):
        if len(line) > _MAX_LINE:
            continue
        mark = _FENCE.match(line)
        if fence:
            if mark and mark[1].startswith(fence) and not line[mark.end() :].strip():
                fence = ""
            continue
        if mark:
            fence = mark[1]
        elif title := _heading(line, previous):
            return title
        previous = line
    return None


def _heading(line: str, previous: str) -> str | None:
    """The words of a heading of the first level that ends on this line."""
    if found := _ATX.match(line) or _HTML.search(line):
        return _plain(found[1] or "")
    return _plain(previous) if _SETEXT.match(line) else None


def _plain(markdown: str) -> str | None:
    """The words of one line of Markdown."""
    text = _TAG.sub("", _LINK.sub(r"\1", _IMAGE.sub("", _ATTRIBUTES.sub("", markdown))))
    text = _ESCAPE.sub(r"\1", _MARK.sub("", text))
    return " ".join(text.split())[:_MAX_CHARACTERS].rstrip() or None
