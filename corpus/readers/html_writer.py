"""A tree of HTML elements written as Markdown, by markdownify with rules for what it leaves open."""

import re
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from corpus.readers.html_tables import flatten_tables

if TYPE_CHECKING:
    from bs4 import Tag
    from lxml.html import HtmlElement
    from markdownify import MarkdownConverter

_DEEPEST: Final = 90
_LOOKS_LIKE_A_TAG: Final = re.compile(r"<(?=[A-Za-z/!?])")
_LANGUAGE: Final = re.compile(
    r"(?:^|\s)(?:language|lang|highlight-source|highlight|brush:?|sourceCode)[-: ]+([\w+#.-]+)"
)
_SPACE: Final = re.compile(r"\s+")
_TICKS: Final = re.compile(r"`+")
_BLANK_LINES: Final = re.compile(r"\n{3,}")
_LINE: Final = re.compile(r"^(?=.)", re.MULTILINE)


def write_markdown(root: "HtmlElement", *, as_written: bool = False) -> str:
    """Write what an element holds as Markdown; the tree is changed on the way.

    Args:
        root: a parsed element.
        as_written: take text as Markdown already, so that nothing in it is escaped.
    """
    from bs4 import BeautifulSoup
    from lxml.html import tostring

    _flatten_depths(root)
    flatten_tables(root)
    for items in root.iter("ol"):
        _number(items)
    soup = BeautifulSoup(tostring(root, encoding="unicode"), "lxml")
    said = str(_writer(as_written).convert_soup(soup))
    return _BLANK_LINES.sub("\n\n", said).strip("\n")


def _flatten_depths(root: "HtmlElement") -> None:
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


def _number(items: "HtmlElement") -> None:
    declared = items.get("start", "1")
    number = int(declared) if declared.isascii() and declared.isdigit() and len(declared) < 9 else 1
    for item in items:
        if item.tag == "li":
            item.set("data-number", str(number))
            number += 1


@cache
def _writer(as_written: bool) -> "MarkdownConverter":
    from markdownify import ATX, BACKSLASH, MarkdownConverter

    # The names and the parameters of the methods are the library's.
    class Writer(MarkdownConverter):  # type: ignore[misc,unused-ignore]
        def escape(self, text: str, parent_tags: set[str]) -> str:
            if not as_written:
                text = _LOOKS_LIKE_A_TAG.sub(r"\<", text)
            if parent_tags & {"td", "th"}:
                text = text.replace("\\|", "|").replace("|", "\\|")
            return text

        def convert_img(self, el: "Tag", text: str, parent_tags: set[str]) -> str:
            return ""  # descriptions have become text before

        def convert_pre(self, el: "Tag", text: str, parent_tags: set[str]) -> str:
            code = text.strip("\n")
            if not code.strip():
                return ""
            longest = max((len(run) for run in _TICKS.findall(code)), default=0)
            fence = "`" * max(3, longest + 1)
            return f"\n\n{fence}{_language(el)}\n{code.rstrip()}\n{fence}\n\n"

        def convert_code(self, el: "Tag", text: str, parent_tags: set[str]) -> str:
            if parent_tags & {"td", "th"}:
                text = text.replace("|", "\\|")
            if "_noformat" not in parent_tags:
                text = _SPACE.sub(" ", text)
            return str(super().convert_code(el, text, parent_tags))

        convert_samp = convert_code
        convert_tt = convert_code

        def convert_kbd(self, el: "Tag", text: str, parent_tags: set[str]) -> str:
            return text

        def convert_sup(self, el: "Tag", text: str, parent_tags: set[str]) -> str:
            said = text.strip()
            return f"^{said}" if said.lstrip("-−+").isdigit() else text

        def convert_li(self, el: "Tag", text: str, parent_tags: set[str]) -> str:
            text = text.strip()
            if not text:
                return "\n"
            mark = f"{el.get('data-number')}. " if el.get("data-number") else "- "
            return f"{mark}{_LINE.sub(' ' * len(mark), text).lstrip(' ')}\n"

        def convert_dt(self, el: "Tag", text: str, parent_tags: set[str]) -> str:
            said = _SPACE.sub(" ", text).strip()
            bold = f"**{said}**" if "**" not in said and "`" not in said else said
            return f"\n\n{bold}\n" if said else "\n"

        def convert_dd(self, el: "Tag", text: str, parent_tags: set[str]) -> str:
            said = text.strip()
            return f"\n- {_LINE.sub('  ', said).lstrip(' ')}\n" if said else "\n"

        def convert_td(self, el: "Tag", text: str, parent_tags: set[str]) -> str:
            return f" {_SPACE.sub(' ', text).strip()} |"

        convert_th = convert_td

        def convert_tr(self, el: "Tag", text: str, parent_tags: set[str]) -> str:
            line = f"|{text}\n"
            if el.find_previous_sibling("tr") is None:
                line += "|" + " --- |" * len(el.find_all(["td", "th"], recursive=False)) + "\n"
            return line

        def convert_summary(self, el: "Tag", text: str, parent_tags: set[str]) -> str:
            said = text.strip().strip("*").strip()
            return f"\n\n**{said}**\n\n" if said else ""

    options: dict[str, Any] = {
        "heading_style": ATX,
        "newline_style": BACKSLASH,
        "bullets": "-",
        "escape_asterisks": False,
        "escape_underscores": False,
        "autolinks": False,
    }
    return Writer(**options)


def _language(pre: "Tag") -> str:
    """The language of a code block, as its element, the one around or the one inside declares."""
    near = [pre, pre.find("code"), pre.parent, pre.parent.parent if pre.parent else None]
    for element in near:
        if element is None or not hasattr(element, "get"):
            continue
        if declared := element.get("data-lang") or element.get("data-language"):
            return _plain_language(str(declared))
        names = element.get("class") or []
        if found := _LANGUAGE.search(" ".join(names) if isinstance(names, list) else str(names)):
            return _plain_language(found[1])
    return ""


def _plain_language(declared: str) -> str:
    declared = declared.strip().lower()
    is_name = re.fullmatch(r"[\w+#.-]{1,20}", declared) is not None
    return declared if is_name and declared not in ("fallback", "plaintext", "none", "text") else ""
