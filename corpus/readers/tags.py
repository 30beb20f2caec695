"""HTML in Markdown: tables become Markdown tables, other tags give way to what they hold."""

import re
from collections import Counter
from typing import Final

from corpus.readers.cuts import cut_between, cut_elements
from corpus.readers.html_tree import make_xml_safe, xml_safe
from corpus.readers.images import said_of

_ATTRIBUTES: Final = r"(?:\s(?:[^<>\"']|\"[^\"<]{0,3000}\"|'[^'<]{0,3000}')*+)?"
_NAMES: Final = (
    "a abbr address article aside audio b big blockquote br button caption center cite code col "
    "colgroup dd del details div dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 header "
    "hr i iframe img ins kbd label li main mark nav noscript object ol p picture pre q "
    "samp section small source span strike strong style sub summary sup table tbody td tfoot th "
    "thead tr tt u ul var video wbr script svg"
)
_TAG: Final = re.compile(
    rf"<(?P<close>/?)(?P<name>{'|'.join(_NAMES.split())})(?P<attributes>{_ATTRIBUTES})\s*/?>",
    re.IGNORECASE,
)
_ATTRIBUTE: Final = re.compile(
    r"(?P<name>[a-z-]+)\s*=\s*(?:\"(?P<double>[^\"]*)\"|'(?P<single>[^']*)'|(?P<bare>[^\s\"'>]+))",
    re.IGNORECASE,
)
_UNREAD: Final = re.compile(
    r"<(?P<name>script|style|iframe|svg|object|noscript)\b[^<>]*>", re.IGNORECASE
)
_TABLE: Final = re.compile(r"<table\b[^<>]*>|</table\s*>", re.IGNORECASE)
_MARKS: Final = {"b": "**", "strong": "**", "i": "*", "em": "*", "code": "`", "tt": "`"}
_MARKED: Final = re.compile(
    r"<(?P<name>b|strong|i|em|code|tt)(?:\s[^<>\n]*)?>"
    r"(?P<said>[^<>\n]{0,2000})</(?P=name)\s*>",
    re.IGNORECASE,
)
_ANCHOR: Final = re.compile(
    rf"<a(?P<attributes>{_ATTRIBUTES})>(?P<said>(?:(?!</?a[\s>]).){{0,1000}}?)</a\s*>",
    re.IGNORECASE | re.DOTALL,
)
_HEADING: Final = re.compile(
    r"<h(?P<level>[1-6])(?:\s[^<>]*)?>(?P<said>(?:(?!</?h[1-6]).){0,1000}?)</h(?P=level)\s*>",
    re.IGNORECASE | re.DOTALL,
)
_SUMMARY: Final = re.compile(
    r"<summary(?:\s[^<>]*)?>(?P<said>(?:(?!</?summary).){0,1000}?)</summary\s*>",
    re.IGNORECASE | re.DOTALL,
)
_CLOSED: Final = re.compile(r"</([A-Za-z][A-Za-z0-9]*)\s*>")
_NEVER_CLOSED: Final = frozenset("br hr img wbr col source p li td th tr dd dt".split())
_SUPER: Final = re.compile(r"<sup>[ \t]*([-+−]?\d+)[ \t]*</sup>", re.IGNORECASE)
_LABELLED: Final = re.compile(r"(?P<tag><[a-z][\w-]*>[ \t]*)<!--(?P<said>(?:(?!-->).){1,300}?)-->")
_BLOCKS: Final = frozenset(
    "address article aside blockquote center details div dl dt dd figure figcaption footer header "
    "li main nav ol p pre section summary ul hr".split()
)
_BREAK: Final = re.compile(r" ?<br\s*/?> ?", re.IGNORECASE)


def drop_comments(text: str, dropped: Counter[str]) -> str:
    """Drop comments; one that labels a tag of the text's own (``<reply> <!-- good -->``) stays."""
    text = _LABELLED.sub(_label, text)
    text, count = cut_between(text, "<!--", "-->")
    dropped["comments"] += count
    return text


def _label(found: re.Match[str]) -> str:
    if _TAG.fullmatch(found["tag"].strip()):
        return found[0]
    return f"{found['tag']}({found['said'].strip()})"


def rewrite_tables(text: str, dropped: Counter[str]) -> str:
    """Write each HTML table as a Markdown table; what cannot be parsed stays as it is."""
    if "<table" not in text.lower():
        return text
    parts: list[str] = []
    at, depth, start = 0, 0, 0
    for found in _TABLE.finditer(text):
        if found[0].startswith("</"):
            depth = max(0, depth - 1)
            if depth == 0 and start >= at:
                parts.extend((text[at:start], _table(text[start : found.end()])))
                dropped["HTML tables"] += 1
                at = found.end()
        else:
            start = found.start() if depth == 0 else start
            depth += 1
    return "".join([*parts, text[at:]])


def _table(html: str) -> str:
    from lxml.etree import ParserError
    from lxml.html import fragment_fromstring

    from corpus.readers.html_writer import write_markdown

    try:
        element = fragment_fromstring(xml_safe(html), create_parent="div")
    except (ParserError, ValueError):
        return html
    make_xml_safe(element)
    for image in list(element.iter("img")):
        said = said_of(image.get("alt", ""), image.get("src", ""), Counter())
        image.tail = said + (image.tail or "")
        image.drop_tree()
    return f"\n\n{write_markdown(element, as_written=True)}\n\n"


def drop_tags(text: str, dropped: Counter[str]) -> str:
    """Replace tags by Markdown marks where there are such marks, else by nothing."""
    if "<" not in text:
        return text
    text, count = cut_elements(text, _UNREAD)
    dropped["scripts and styles"] += count
    before = text.count("<")
    text = _SUPER.sub(r"^\1", _less_indented(text))
    text = _images(text, dropped)
    text = _MARKED.sub(_marked, text)
    text = _ANCHOR.sub(_anchor, text)
    text = _SUMMARY.sub(_summary, _HEADING.sub(_heading, text))
    tags = _NEVER_CLOSED | {name.lower() for name in _CLOSED.findall(text)}
    lines = [_drop_in_line(line, tags) if "<" in line else line for line in text.split("\n")]
    text = "\n".join(line.rstrip() if line.startswith("#") else line for line in lines)
    dropped["HTML tags"] += before - text.count("<")
    return text


def _less_indented(text: str) -> str:
    """Text in HTML may be indented at will; once the tags are gone, four spaces would be code."""
    lines: list[str] = []
    inside = False
    for line in text.split("\n"):
        said = line.lstrip()
        inside = bool(said) and (inside or bool(_TAG.match(said)))
        is_deep = inside and line.startswith(("    ", "\t"))
        lines.append(f"  {said}" if is_deep else line)
    return "\n".join(lines)


def _images(text: str, dropped: Counter[str]) -> str:
    def said(found: re.Match[str]) -> str:
        if found["name"].lower() != "img":
            return found[0]
        given = _given(found["attributes"])
        alt = said_of(given.get("alt", ""), given.get("src", ""), dropped)
        return f"(Image: {alt})" if alt else ""

    return _TAG.sub(said, text)


def _marked(found: re.Match[str]) -> str:
    mark = _MARKS[found["name"].lower()]
    said = found["said"].strip()
    return f"{mark}{said}{mark}" if said and mark not in said else said


def _anchor(found: re.Match[str]) -> str:
    said = found["said"].strip()
    if said.startswith("(Image: ") and said.endswith(")"):
        said = said[len("(Image: ") : -1]
    url = _given(found["attributes"] or "").get("href", "")
    is_plain = url and not any(char in url for char in " \n()<>") and "\n" not in said
    return f"[{said}]({url})" if said and is_plain and "](" not in said else said


def _heading(found: re.Match[str]) -> str:
    said = " ".join(_TAG.sub(" ", found["said"]).split())
    return f"\n\n{'#' * int(found['level'])} {said}\n\n" if said else ""


def _summary(found: re.Match[str]) -> str:
    said = " ".join(_TAG.sub(" ", found["said"]).split()).replace("**", "")
    line = found.string[found.string.rfind("\n", 0, found.start()) + 1 : found.start()]
    around = "" if line.lstrip().startswith((">", "|")) else "\n\n"
    return f"{around}**{said}**{around}" if said else ""


def _given(attributes: str) -> dict[str, str]:
    return {
        found["name"].lower(): found["double"] or found["single"] or found["bare"] or ""
        for found in _ATTRIBUTE.finditer(attributes)
    }


def _drop_in_line(line: str, tags: frozenset[str]) -> str:
    """A line without its tags; a name in angle brackets that nothing closes is no tag."""
    in_table = line.lstrip().startswith("|") or line.count("|") > 1
    original, line = line, _BREAK.sub(" ", line) if in_table else line

    def said_before(found: re.Match[str]) -> str:
        return _TAG.sub("", line[: found.start()]).strip(" \t>")

    def said_after(found: re.Match[str]) -> str:
        return _TAG.sub("", line[found.end() :]).strip()

    def said(found: re.Match[str]) -> str:
        name = found["name"].lower()
        if name not in tags and not found["attributes"].strip(" /"):
            return found[0]
        if name == "br":
            return "\\\n" if said_before(found) and said_after(found) else " "
        if name == "hr":
            return "\n\n---\n\n"
        if name == "li" and not found["close"]:
            return "\n- "
        if name in _BLOCKS and not in_table and line.strip() != found[0]:
            return "\n\n" if said_before(found) and said_after(found) else ""
        return ""

    rewritten = _TAG.sub(said, line)
    if rewritten == original:
        return line
    return "" if not rewritten.strip() else rewritten.rstrip()
