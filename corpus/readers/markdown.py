"""Markdown and MDX: what a person reads is kept as it is written, the rest is left out.

Code is never touched, but for long runs of base64. Each step takes the text and counts what it
drops; the lesson and the notes do not come through here (corpus.library).
"""

import re
from collections import Counter
from html import unescape
from typing import Final

from corpus.readers.apart import read_apart
from corpus.readers.content import Content
from corpus.readers.contents_list import drop_contents
from corpus.readers.front_matter import split_front_matter
from corpus.readers.images import drop_images
from corpus.readers.kept import Kept
from corpus.readers.mdx import drop_components, drop_imports, is_mdx
from corpus.readers.payloads import shorten_payloads
from corpus.readers.tags import drop_comments, drop_tags, rewrite_tables
from corpus.text import decode_bytes, end_lines

_LARGE_BYTES: Final = 1024 * 1024
_HEADING_MARKS: Final = re.compile(r"\{:?[ \t]{0,9}[#.][^{}\n]*\}")
_ATTRIBUTE_LINE: Final = re.compile(
    r"^[ \t]*(?:\{:[^{}\n]*\}|\[\[?_?TOC_?\]\]?)[ \t]*$", re.MULTILINE
)
_FIRST_LEVEL: Final = re.compile(r"^ {0,3}#[ \t]+\S|^[^\n]+\n {0,3}=+[ \t]*$|<h1\b", re.MULTILINE)
_DIRECTIVE: Final = re.compile(
    r"^(?P<lead>[ \t]*):::+[ \t]*(?P<kind>[A-Za-z]+)?[ \t]*"
    r"(?:\[(?P<title>[^\]\n]*)\]|(?P<rest>[^\n]*))$",
    re.MULTILINE,
)
_ALERT: Final = re.compile(r"^(?P<lead>[ \t]*>[ \t]*)\[!(?P<kind>[A-Za-z]+)\]", re.MULTILINE)
_EMPTY_LINK: Final = re.compile(r"(?<!!)\[[ \t]*\]\((?:[^()\s]|\([^()\s]*\))*\)")
_EMPTY_LINE: Final = re.compile(r"^[ \t]+$", re.MULTILINE)
_BLANK_LINES: Final = re.compile(r"\n{3,}")
_SHORTCODE: Final = re.compile(r"\{\{[<%][^{}\n]{0,1000}[>%]\}\}")
_SHORTCODE_FIELD: Final = re.compile(r"(\w+)=\"([^\"]*)\"")
_REST_OF_ENTITY: Final = re.compile(r"#?\w{1,8};")
_ENTITY: Final = re.compile(r"&(?:[A-Za-z]{2,8}|#\d{2,5}|#[xX][0-9A-Fa-f]{2,5});")


def read_markdown(data: bytes, name: str) -> Content:
    """Read Markdown: without front matter, images, badges, comments, raw tags and lists of links.

    Raises:
        SourceUnreadable: not UTF-8 or UTF-16 text.
    """
    if len(data) > _LARGE_BYTES:
        return read_apart("markdown", data, name)
    return read_markdown_here(data, name)


def read_markdown_here(data: bytes, name: str) -> Content:
    """Read Markdown in this process, however large; as ``read_markdown``."""
    dropped: Counter[str] = Counter()
    front = split_front_matter(end_lines(decode_bytes(data, name)))
    dropped["front matter"] += front.found
    text = rewrite_markdown(front.body, dropped)
    if front.found:
        text = _with_declared(text, front.title, front.description)
    return Content(markdown=text, title=front.title, dropped=dict(+dropped), dated=front.dated)


def rewrite_markdown(text: str, dropped: Counter[str]) -> str:
    """Leave out what is not for reading; ``dropped`` counts it by sort."""
    kept = Kept(text)
    mdx = is_mdx(kept.text)
    if mdx:
        kept = Kept(text, indents_are_code=False)
    before = text = kept.text
    text = drop_comments(text, dropped)
    text = drop_images(text, dropped)
    if mdx:
        text = drop_components(drop_imports(text, dropped), dropped)
    text = rewrite_tables(text, dropped)
    text = drop_tags(text, dropped)
    text = _rewrite_marks(text, dropped)
    text = drop_contents(_ENTITY.sub(_letter, text), dropped)
    if text != before:
        text = _BLANK_LINES.sub("\n\n", _EMPTY_LINE.sub("", text))
    return shorten_payloads(kept.restore(text), dropped)


def _rewrite_marks(text: str, dropped: Counter[str]) -> str:
    text, count = _SHORTCODE.subn(_shortcode, text)
    dropped["shortcodes"] += count
    for sort, pattern, said in (
        ("layout lines", _ATTRIBUTE_LINE, ""),
        ("empty links", _EMPTY_LINK, ""),
    ):
        text, count = pattern.subn(said, text)
        dropped[sort] += count
    text = "\n".join(_without_anchor(line, dropped) for line in text.split("\n"))
    text = _ALERT.sub(lambda found: f"{found['lead']}**{found['kind'].capitalize()}:**", text)
    return _DIRECTIVE.sub(_directive, text)


def _without_anchor(line: str, dropped: Counter[str]) -> str:
    """A heading without the braces at its end that name it for links."""
    said = line.rstrip()
    if not line.startswith("#") or not said.endswith("}"):
        return line
    start = said.rfind("{")
    if not _HEADING_MARKS.fullmatch(said[start:]):
        return line
    dropped["heading anchors"] += 1
    return said[:start].rstrip()


def _letter(found: re.Match[str]) -> str:
    """The letter that an entity stands for, but for those that would read as marks."""
    letter = unescape(found[0]).replace("\xa0", " ")
    begins_another = letter == "&" and _REST_OF_ENTITY.match(found.string, found.end())
    is_mark = len(letter) > 1 or letter in "<>|*_`[]\\#" or bool(begins_another)
    return found[0] if is_mark or ord(letter) < 32 else letter


def _shortcode(found: re.Match[str]) -> str:
    """What a site generator's shortcode shows: a labelled link, or nothing."""
    given = dict(_SHORTCODE_FIELD.findall(found[0]))
    label, url = given.get("label") or given.get("title"), given.get("href", "")
    return f"[{label}]({url})" if label and url and " " not in url else label or ""


def _directive(found: re.Match[str]) -> str:
    """The first line of a boxed note says which kind of note it is; its last says nothing."""
    if not found["kind"]:
        return ""
    title = (found["title"] or found["rest"] or "").strip()
    said = ": ".join(part for part in (found["kind"].capitalize(), title) if part)
    return f"{found['lead']}**{said}**\n"


def _with_declared(text: str, title: str | None, description: str | None) -> str:
    """The declared title and description, where the text itself does not begin with them."""
    if title and not _FIRST_LEVEL.search(Kept(text).text):
        text = f"# {title}\n\n" + text.lstrip("\n")
    if not description or description in text:
        return text
    first, _, rest = text.lstrip("\n").partition("\n")
    if first.startswith("# "):
        return f"{first}\n\n{description}\n\n{rest.lstrip()}"
    return f"{description}\n\n{text.lstrip()}"
