"""Images in Markdown: a badge is dropped, a picture is replaced by what its author says of it."""

import re
from collections import Counter
from typing import Final

_TARGET: Final = r"(?:<[^<>\n]*>|(?:[^()\s]|\([^()\s]*\))*)"
_LINK_END: Final = rf"\([ \t]{{0,9}}{_TARGET}(?:\s{{1,9}}(?:\"[^\"\n]*\"|'[^'\n]*'))?[ \t]{{0,9}}\)"
_ALT: Final = r"(?P<alt>(?:[^\[\]\n]|\n(?![ \t]*\n)|\[[^\[\]\n]*\]){0,2000})"
_IMAGE: Final = re.compile(rf"!\[{_ALT}\](?P<end>{_LINK_END}|\[[^\[\]\n]*\])(?:\{{[^{{}}\n]*\}})?")
_LINKED: Final = re.compile(
    rf"\[\s{{0,20}}!\[{_ALT}\](?P<end>{_LINK_END}|\[[^\[\]\n]*\])\s{{0,20}}\]"
    rf"(?P<to>{_LINK_END}|\[[^\[\]\n]*\])"
)
_DEFINITION: Final = re.compile(
    r"^ {0,3}\[(?P<name>[^\[\]\n]+)\]:[ \t]*<?(?P<url>[^\s>]+)>?[^\n]*$", re.MULTILINE
)
_BADGE: Final = re.compile(
    r"shields\.io|badge|badgen|travis-ci\.|codecov\.io|coveralls\.io|circleci\.com|appveyor|"
    r"readthedocs\.org/projects|/actions/workflows/|colab_icon|deploy[-_]?button|img\.buymeacoffee",
    re.IGNORECASE,
)
_PICTURE_FILE: Final = re.compile(r"\.(?:png|jpe?g|gif|svg|webp|bmp|ico|avif)\b", re.IGNORECASE)
_FILE_NAME: Final = re.compile(r"\S*\.(?:png|jpe?g|gif|svg|webp|bmp|ico|avif)", re.IGNORECASE)
_LOGO: Final = re.compile(r"\blogo\b", re.IGNORECASE)
_WORD: Final = re.compile(r"[^\W\d_]{2,}")


def drop_images(text: str, dropped: Counter[str]) -> str:
    """Replace images by their descriptions; ``dropped`` counts badges, pictures, embedded data."""
    if "![" not in text:
        return text
    urls = {found["name"].casefold(): found["url"] for found in _DEFINITION.finditer(text)}

    def address(end: str, alt: str) -> str:
        if end.startswith("("):
            return end[1:-1].strip()
        return urls.get((end[1:-1] or alt).casefold(), "")

    def linked(found: re.Match[str]) -> str:
        url = address(found["end"], found["alt"])
        said = said_of(found["alt"], url, dropped)
        return f"[{said}]{found['to']}" if said else ""

    def alone(found: re.Match[str]) -> str:
        said = said_of(found["alt"], address(found["end"], found["alt"]), dropped)
        return f"(Image: {said})" if said else ""

    text = _IMAGE.sub(alone, _LINKED.sub(linked, text))
    return _DEFINITION.sub(lambda found: _definition(found, dropped), text)


def said_of(alt: str, url: str, dropped: Counter[str]) -> str:
    """What is left of an image: its description when that has words for a reader, else nothing."""
    if _BADGE.search(url):
        dropped["badges"] += 1
        return ""
    dropped["embedded data" if url.lstrip("<").startswith("data:") else "images"] += 1
    alt = " ".join(alt.split())
    words = [word for word in alt.split() if _WORD.search(word) and not _FILE_NAME.fullmatch(word)]
    return alt if len(words) > 1 and not _LOGO.search(alt) else ""


def _definition(found: re.Match[str], dropped: Counter[str]) -> str:
    url = found["url"]
    if url.startswith("data:") or _BADGE.search(url):
        dropped["embedded data" if url.startswith("data:") else "badges"] += 1
        return ""
    return "" if _PICTURE_FILE.search(url) else found[0]
