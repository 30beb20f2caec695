"""What an HTML page declares about itself: its title, its date and where it lives."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from corpus.readers.front_matter import iso_day
from corpus.readers.html_tree import HtmlElement

_MODIFIED: Final = (
    "article:modified_time og:updated_time datemodified dateupdated last-modified lastmod "
    "dcterms.modified dc.date.modified modified updated"
).split()
_PUBLISHED: Final = (
    "article:published_time datepublished publishdate publish_date published date dc.date "
    "dcterms.created dcterms.issued dc.date.issued citation_publication_date citation_date"
).split()
_LINKED_DATA: Final = re.compile(r"\"date(Modified|Published)\"\s*:\s*\"(\d{4}-\d{2}-\d{2})")
_URL: Final = re.compile(r"https?://[^\s<>\"]{1,1500}")
_SITE: Final = re.compile(r"\s+[|·•—–-]\s+")
_MOST: Final = 300


@dataclass(frozen=True, slots=True)
class Declared:
    """What the head of a page says; None where it says nothing."""

    title: str | None
    dated: str | None
    url: str | None


def declared_of(root: HtmlElement) -> Declared:
    """Read the head of a page, and the dates that stand in its linked data or its first lines."""
    meta = dict(_meta(root))
    return Declared(title=_title(root, meta), dated=_dated(root, meta), url=_url(root, meta))


def _meta(root: HtmlElement) -> Iterator[tuple[str, str]]:
    seen: set[str] = set()
    for element in root.iter("meta"):
        content = (element.get("content") or element.get("datetime") or "").strip()
        for attribute in ("property", "name", "itemprop"):
            key = (element.get(attribute) or "").strip().lower()
            if key and content and key not in seen:
                seen.add(key)
                yield key, content


def _title(root: HtmlElement, meta: dict[str, str]) -> str | None:
    """The first heading when the page's title begins with it, else the title without its site."""
    head = next((_said(element) for element in root.iter("title")), "")
    shared = " ".join(meta.get("og:title", meta.get("twitter:title", "")).split())
    for heading in root.iter("h1"):
        first = _said(heading).rstrip("#¶").strip()
        if first and (head.startswith(first) or shared.startswith(first)):
            return first
    site = meta.get("og:site_name", "").strip()
    title = shared or head
    parts = _SITE.split(title)
    if len(parts) > 1 and (parts[-1] == site or (not site and len(parts[-1]) < len(parts[0]))):
        title = title[: title.rindex(parts[-1])].rstrip(" |·•—–-")
    first = next((_said(heading) for heading in root.iter("h1") if _said(heading)), "")
    return (title or first)[:_MOST] or None


def _said(element: HtmlElement) -> str:
    return " ".join(element.text_content().split())


def _dated(root: HtmlElement, meta: dict[str, str]) -> str | None:
    linked = {"Modified": "", "Published": ""}
    for script in root.iter("script"):
        if script.get("type", "").strip().lower() == "application/ld+json":
            for key, day in _LINKED_DATA.findall(script.text or ""):
                linked[key] = linked[key] or day
    times = [
        element.get("datetime", "")
        for element in root.iter("time")
        if element.get("pubdate") is not None or element.get("itemprop") or _in_header(element)
    ]
    candidates = [
        *(meta[key] for key in _MODIFIED if key in meta),
        linked["Modified"],
        *(meta[key] for key in _PUBLISHED if key in meta),
        linked["Published"],
        *times[:1],
    ]
    return next((day for day in map(iso_day, candidates) if day), None)


def _in_header(element: HtmlElement) -> bool:
    return any(parent.tag == "header" for parent in element.iterancestors())


def _url(root: HtmlElement, meta: dict[str, str]) -> str | None:
    links = [
        element.get("href", "").strip()
        for element in root.iter("link")
        if "canonical" in element.get("rel", "").lower().split()
    ]
    for url in [*links, meta.get("og:url", "")]:
        if _URL.fullmatch(url):
            return str(url)
    return None
