"""MDX: Markdown with imports and components, of which only the words are for reading."""

import re
from collections import Counter
from typing import Final

from corpus.readers.cuts import cut_between

_IMPORT: Final = re.compile(
    r"^import\s+(?:[\w*{][^;\"'`()]{0,2000}?\sfrom\s+)?[\"'][^\"'\n]+[\"'];?[ \t]*$", re.MULTILINE
)
_EXPORT: Final = re.compile(
    r"^export\s+(?:const|let|default|function)\b[^\n]*(?:\n(?![ \t]*\n)[^\n]+)*", re.MULTILINE
)
_BRACED: Final = r"\{[^{}]{0,2000}(?:\{[^{}]{0,2000}\}[^{}]{0,2000}){0,8}\}"
_VALUE: Final = rf"(?:\"[^\"<]{{0,2000}}\"|'[^'<]{{0,2000}}'|{_BRACED})"
_ATTRIBUTE: Final = re.compile(rf"(?P<name>[A-Za-z][\w-]*)=(?P<value>{_VALUE})")
_TAG: Final = re.compile(
    r"<(?P<close>/?)(?P<name>[A-Z][A-Za-z0-9.]*)"
    rf"(?P<attributes>(?:\s+[A-Za-z][\w:-]*(?:={_VALUE})?)*)\s*(?P<alone>/?)>"
)
_CLOSED: Final = re.compile(r"</([A-Z][A-Za-z0-9.]*)\s*>")
_AS_HEADING: Final = re.compile(
    r"<(?P<name>[A-Z]\w*)\s[^<>]{0,500}?\bas=\"h(?P<level>[1-6])\"[^<>]{0,500}>(?P<said>[^<\n]*)</(?P=name)>"
)
_AS_LINK: Final = re.compile(
    r"<(?P<name>[A-Z]\w*)\s[^<>]{0,500}?\bhref=\"(?P<url>[^\"<>\s]*)\"[^<>]{0,500}(?<!/)>"
    r"(?P<said>[^<\n\[\]]+)</(?P=name)>"
)
_STRING: Final = re.compile(r"\"([^\"\[\]]+)\"")
_SAYS: Final = ("title", "question", "label", "header", "heading", "summary", "name")
_TABLE_TAGS: Final = {
    "Table": "table",
    "TableHeader": "thead",
    "TableBody": "tbody",
    "TableRow": "tr",
    "TableHead": "th",
    "TableCell": "td",
}


def is_mdx(text: str) -> bool:
    """Whether a text uses components: an import of one, or a capitalised tag that is closed."""
    if _IMPORT.search(text):
        return True
    return any(f"<{name}" in text and not name.isupper() for name in set(_CLOSED.findall(text)))


def drop_imports(text: str, dropped: Counter[str]) -> str:
    """Drop the lines of program at the top of an MDX file, and its comments."""
    text, count = _IMPORT.subn("", text)
    if count:
        text, exports = _EXPORT.subn("", text)
        count += exports
    dropped["imports"] += count
    text, count = cut_between(text, "{/*", "*/}")
    dropped["comments"] += count
    return text


def drop_components(text: str, dropped: Counter[str]) -> str:
    """Turn components into headings, links, titles and tables; drop the rest of their tags."""
    closed = set(_CLOSED.findall(text))

    def heading(found: re.Match[str]) -> str:
        dropped["component tags"] += 2
        return f"{'#' * int(found['level'])} {found['said'].strip()}"

    def link(found: re.Match[str]) -> str:
        dropped["component tags"] += 2
        return f"[{found['said'].strip()}]({found['url']})"

    def tag(found: re.Match[str]) -> str:
        name, attributes = found["name"], found["attributes"]
        is_component = found["alone"] or "=" in attributes or name in closed
        if not is_component or (name.isupper() and not attributes):
            return found[0]
        dropped["component tags"] += 1
        if name in _TABLE_TAGS:
            return f"<{found['close']}{_TABLE_TAGS[name]}>"
        return _said(attributes, alone=bool(found["alone"]))

    return _TAG.sub(tag, _AS_LINK.sub(link, _AS_HEADING.sub(heading, text)))


def _said(attributes: str, *, alone: bool) -> str:
    """What an opening tag says to the reader: a title, with its link when it has one."""
    given = {
        found["name"]: found["value"][1:-1].strip() for found in _ATTRIBUTE.finditer(attributes)
    }
    title = next((given[name] for name in _SAYS if given.get(name)), "")
    url = given.get("href", "")
    url = "" if any(char in url for char in ' "{}<>') else url
    if given.get("path", "").startswith("["):
        title = " > ".join(_STRING.findall(given["path"]))
        return f"[{title}]({url})" if url else title
    if not title or "{" in title:
        return url if alone and url.startswith("http") else ""
    said = f"[{title}]({url})" if url else f"**{title}**"
    about = given.get("description", "")
    return f"\n\n{said}: {about}\n\n" if about else f"\n\n{said}\n\n"
