# ruff: noqa: ARG002, D102
"""How markdownify writes Markdown here: rules for what it leaves open or writes another way."""

import re
from typing import Final

from bs4 import Tag
from markdownify import ATX, BACKSLASH, MarkdownConverter

_LOOKS_LIKE_A_TAG: Final = re.compile(r"<(?=[A-Za-z/!?])")
_LANGUAGE: Final = re.compile(
    r"(?:^|\s)(?:language|lang|highlight-source|highlight|brush:?|sourceCode)[-: ]+([\w+#.-]+)"
)
_SPACE: Final = re.compile(r"\s+")
_TICKS: Final = re.compile(r"`+")
_LINE: Final = re.compile(r"^(?=.)", re.MULTILINE)


class Writer(MarkdownConverter):
    """The rules; the names and the parameters of the methods are the library's.

    Args:
        as_written: take text as Markdown already, so that nothing in it is escaped.
    """

    def __init__(self, *, as_written: bool) -> None:
        super().__init__(
            heading_style=ATX,
            newline_style=BACKSLASH,
            bullets="-",
            escape_asterisks=False,
            escape_underscores=False,
            autolinks=False,
        )
        self._as_written = as_written

    def escape(self, text: str, parent_tags: set[str]) -> str:
        if not self._as_written:
            text = _LOOKS_LIKE_A_TAG.sub(r"\<", text)
        if parent_tags & {"td", "th"}:
            text = text.replace("\\|", "|").replace("|", "\\|")
        return text

    def convert_img(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return ""  # descriptions have become text before

    def convert_pre(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        code = text.strip("\n")
        if not code.strip():
            return ""
        longest = max((len(run) for run in _TICKS.findall(code)), default=0)
        fence = "`" * max(3, longest + 1)
        return f"\n\n{fence}{_language(el)}\n{code.rstrip()}\n{fence}\n\n"

    def convert_code(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        if parent_tags & {"td", "th"}:
            text = text.replace("|", "\\|")
        if "_noformat" not in parent_tags:
            text = _SPACE.sub(" ", text)
        return str(super().convert_code(el, text, parent_tags))  # type: ignore[misc]

    convert_samp = convert_code
    convert_tt = convert_code

    def convert_kbd(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return text

    def convert_sup(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        said = text.strip()
        return f"^{said}" if said.lstrip("-−+").isdigit() else text

    def convert_li(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        text = text.strip()
        if not text:
            return "\n"
        mark = f"{el.get('data-number')}. " if el.get("data-number") else "- "
        return f"{mark}{_LINE.sub(' ' * len(mark), text).lstrip(' ')}\n"

    def convert_dt(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        said = _SPACE.sub(" ", text).strip()
        bold = f"**{said}**" if "**" not in said and "`" not in said else said
        return f"\n\n{bold}\n" if said else "\n"

    def convert_dd(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        said = text.strip()
        return f"\n- {_LINE.sub('  ', said).lstrip(' ')}\n" if said else "\n"

    def convert_td(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return f" {_SPACE.sub(' ', text).strip()} |"

    convert_th = convert_td

    def convert_tr(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        line = f"|{text}\n"
        if el.find_previous_sibling("tr") is None:
            line += "|" + " --- |" * len(el.find_all(["td", "th"], recursive=False)) + "\n"
        return line

    def convert_summary(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        said = text.strip().strip("*").strip()
        return f"\n\n**{said}**\n\n" if said else ""


def _language(pre: Tag) -> str:
    """The language of a code block, as its element, the one around or the one inside declares."""
    near = [pre, pre.find("code"), pre.parent, pre.parent.parent if pre.parent else None]
    for element in near:
        if element is None or not hasattr(element, "get"):
            continue
        if declared := element.get("data-lang") or element.get("data-language"):
            return _plain_language(str(declared))
        names = element.get("class")
        if found := _LANGUAGE.search(" ".join(names) if isinstance(names, list) else names or ""):
            return _plain_language(found[1])
    return ""


def _plain_language(declared: str) -> str:
    declared = declared.strip().lower()
    is_name = re.fullmatch(r"[\w+#.-]{1,20}", declared) is not None
    return declared if is_name and declared not in ("fallback", "plaintext", "none", "text") else ""
