"""Front matter: what a Markdown file declares about itself before its text."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Final

_BLOCK: Final = re.compile(r"(---|\+\+\+)[ \t]*\n(?P<body>(?:.*\n)*?)\1[ \t]*(?:\n|\Z)")
_FIELD: Final = re.compile(r"(?P<key>[A-Za-z][\w-]*)[ \t]*[:=][ \t]*(?P<value>.*)")
_ISO_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_COMMENT: Final = re.compile(r"[ \t]#[ \t].*$")
_FIRST_YEAR, _LAST_YEAR = 1970, 2100  # a page builder without a date declares the year 1
_MOST: Final = 20_000  # characters; what is longer is not front matter but text between two rules

_DATES: Final = (
    "updated last_updated last-updated lastUpdated lastmod last_modified last_modified_at modified "
    "date published published_at pubDate pubdate"
).split()


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """What is declared, and the text without the declaration."""

    body: str
    title: str | None = None
    description: str | None = None
    dated: str | None = None
    found: bool = False


def split_front_matter(text: str) -> FrontMatter:
    """Take the front matter (YAML or TOML, simple fields only) off a text."""
    block = _BLOCK.match(text[:_MOST]) if text.startswith(("---", "+++")) else None
    fields = _fields(block["body"]) if block else {}
    if block is None or not fields:
        return FrontMatter(body=text)
    days = (iso_day(fields[key]) for key in _DATES if key in fields)
    return FrontMatter(
        body=text[block.end() :],
        title=fields.get("title"),
        description=fields.get("description"),
        dated=next((day for day in days if day), None),
        found=True,
    )


def iso_day(declared: str) -> str | None:
    """The day that a declared date begins with, when it is one."""
    found = _ISO_DAY.match(declared.strip())
    try:
        day = date.fromisoformat(found[0]) if found else None
    except ValueError:
        return None
    return day.isoformat() if day and _FIRST_YEAR <= day.year <= _LAST_YEAR else None


def _fields(body: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    for line in body.split("\n"):
        field = _FIELD.fullmatch(line)
        if field:
            value = _COMMENT.sub("", field["value"]).strip()
            if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
                value = value[1:-1].strip()
            if value and value not in ("|", ">", "|-", ">-"):
                fields.setdefault(field["key"], value)
            else:
                fields.setdefault(field["key"], "")
    return {key: value for key, value in fields.items() if value} or dict.fromkeys(fields, "")
