"""A tree of HTML elements written as Markdown."""

import re
from typing import Final

from corpus.readers.html_tables import flatten_tables
from corpus.readers.html_tree import HtmlElement

_DEEPEST: Final = 90
_BLANK_LINES: Final = re.compile(r"\n{3,}")


def write_markdown(root: HtmlElement, *, as_written: bool = False) -> str:
    """Write what an element holds as Markdown; the tree is changed on the way.

    Args:
        root: a parsed element.
        as_written: take text as Markdown already, so that nothing in it is escaped.
    """
    from bs4 import BeautifulSoup
    from lxml.html import tostring

    from corpus.readers.html_dialect import Writer

    _flatten_depths(root)
    flatten_tables(root)
    _drop_outer_breaks(root)
    for items in root.iter("ol"):
        _number(items)
    soup = BeautifulSoup(tostring(root, encoding="unicode"), "lxml")
    said = str(Writer(as_written=as_written).convert_soup(soup))
    return _BLANK_LINES.sub("\n\n", said).strip("\n")


def _flatten_depths(root: HtmlElement) -> None:
    """Take away elements nested deeper than any that means something; their text stays."""
    deep: list[HtmlElement] = []
    level = [root]
    for _ in range(_DEEPEST):
        level = [child for element in level for child in element]
        if not level:
            return
    while level:
        deep.extend(level)
        level = [child for element in level for child in element]
    for element in reversed(deep):
        element.drop_tag()


def _drop_outer_breaks(root: HtmlElement) -> None:
    """Breaks with nothing before them, as where a picture was, break nothing."""
    for element in list(root.iter("br")):
        parent = element.getparent()
        if parent is not None and parent[0] is element and not (parent.text or "").strip():
            element.drop_tree()


def _number(items: HtmlElement) -> None:
    declared = items.get("start", "1")
    number = int(declared) if declared.isascii() and declared.isdigit() and len(declared) < 9 else 1
    for item in items:
        if item.tag == "li":
            item.set("data-number", str(number))
            number += 1
