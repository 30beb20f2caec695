"""Which part of a page is for reading: by its landmarks, then by names and links.

Vendors' documentation marks its main part nearly always (``main``, ``article``, ``role=main``), so
that is believed; guessing by the density of text loses code, tables and short sections.
"""

import re
from collections import Counter
from typing import Final
from urllib.parse import urljoin, urlsplit

from corpus.readers.html_tree import HtmlElement, xml_safe
from corpus.readers.images import said_of

_UNREAD: Final = {
    **dict.fromkeys(
        ("script", "style", "noscript", "template", "link", "meta"), "scripts and styles"
    ),
    **dict.fromkeys(
        ("iframe", "object", "embed", "svg", "canvas", "video", "audio", "map"), "embedded media"
    ),
    **dict.fromkeys(("button", "input", "select", "textarea", "datalist"), "form fields"),
    **dict.fromkeys(("nav", "menu", "dialog"), "navigation"),
}
_ROLES: Final = {
    **dict.fromkeys(
        ("navigation", "search", "menu", "menubar", "toolbar", "tablist"), "navigation"
    ),
    **dict.fromkeys(("banner", "contentinfo"), "page headers and footers"),
    **dict.fromkeys(("complementary",), "asides"),
    **dict.fromkeys(("dialog", "alertdialog"), "hidden elements"),
}
_NAMED: Final = re.compile(
    r"(?:^|[\s_-])(?:nav|navbar|navigation|menu|breadcrumbs?|sidebar|side-?nav|toc|tableofcontents|"
    r"table-of-contents|pagination|pager|prev-?next|skip-?link|skip-to-content|back-?to-?top|edit-this-page|"
    r"site-(?:header|footer)|page-footer|footer|cookies?|consent|gdpr|newsletter|subscribe|share|sharing|"
    r"social|related|recommended|promo|advert(?:isement)?|ads|modal|popup|overlay|"
    r"headerlink|hash-link|heading-anchor|header-anchor|sr-only|visually-hidden|copy-?button|contributors?)"
    r"(?:$|[\s_-])",
    re.IGNORECASE,
)
_NOTES: Final = re.compile(
    r"note|tip|info|warn|caution|danger|admonition|callout|important", re.IGNORECASE
)
_HIDING: Final = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_QUOTED: Final = str.maketrans({" ": "%20", "(": "%28", ")": "%29"})
_PERMALINK: Final = frozenset({"", "#", "¶", "§", "🔗"})
_MAIN_SHARE: Final = 0.25
_BLOCK_TAGS: Final = ("div", "ul", "ol", "section", "p", "table", "td")


def find_main(root: HtmlElement, url: str | None, dropped: Counter[str]) -> HtmlElement:
    """Return the element that holds what is for reading; the rest of the tree is cut on the way.

    Args:
        root: a parsed page.
        url: where it lives, for its links.
        dropped: counts what was cut, by sort.
    """
    body = root.find("body")
    body = body if body is not None else root  # the parser may put all of a page into its head
    for title in list(body.iter("title")):
        title.drop_tree()
    _rewrite_images(body, dropped)
    _cut(body, dropped)
    main = _landmark(body)
    if main is body:
        _cut_link_blocks(body, dropped)
    else:
        around = sum(1 for _ in main.iterancestors()) - sum(1 for _ in body.iterancestors())
        outside = _elements(body) - _elements(main) - around
        dropped["elements outside the main part"] += outside
    _rewrite_links(main, url or "")
    return main


def _elements(root: HtmlElement) -> int:
    return sum(1 for _ in root.iter())


def _length(element: HtmlElement) -> int:
    return sum(len(" ".join(text.split())) for text in element.itertext())


def _landmark(body: HtmlElement) -> HtmlElement:
    whole = _length(body)
    for xpath in (
        ".//main | .//*[@role='main']",
        ".//article",
        ".//*[@id='content' or @id='main-content']",
    ):
        found = [(_length(element), element) for element in body.xpath(xpath)]
        if found:
            length, element = max(found, key=lambda pair: pair[0])
            # Several articles of like size are a page of them, not one article among other things.
            is_one = length > 0.6 * sum(length for length, _ in found)
            if is_one and length >= whole * _MAIN_SHARE:
                return element
    return body


def _cut(body: HtmlElement, dropped: Counter[str]) -> None:
    whole = _length(body)
    left = list(body)
    while left:
        element = left.pop()
        sort = _unwanted(element, whole)
        if sort is None:
            left.extend(element)
        else:
            dropped[sort] += 1
            element.drop_tree()


def _unwanted(element: HtmlElement, whole: int) -> str | None:
    tag, role = element.tag, (element.get("role") or "").lower()
    if tag in _UNREAD:
        return _UNREAD[tag]
    if role in _ROLES:
        return _ROLES[role]
    if tag in ("header", "footer"):
        inside = any(
            parent.tag in ("article", "main", "blockquote", "section")
            for parent in element.iterancestors()
        )
        return None if inside and tag == "header" else "page headers and footers"
    if tag == "aside":
        return None if _NOTES.search(element.get("class", "")) else "asides"
    if _is_hidden(element, role):
        return "hidden elements"
    return _unwanted_by_name(element, whole)


def _is_hidden(element: HtmlElement, role: str) -> bool:
    if role == "tabpanel":
        return False
    hidden = element.get("hidden") is not None or element.get("aria-hidden") == "true"
    return hidden or bool(_HIDING.search(element.get("style", "")))


def _unwanted_by_name(element: HtmlElement, whole: int) -> str | None:
    if (
        element.tag == "a"
        and "".join(element.itertext()).strip() in _PERMALINK
        and len(element) == 0
    ):
        return "heading anchors" if element.get("href", "").startswith("#") else None
    named = f"{element.get('class', '')} {element.get('id', '')}"
    if not _NAMED.search(named) or element.tag in (
        "body",
        "main",
        "article",
        "h1",
        "h2",
        "h3",
        "pre",
        "code",
    ):
        return None
    if any(next(element.iter(tag), None) is not None for tag in ("main", "article", "h1")):
        return None
    return "navigation" if _length(element) < whole * 0.4 else None


def _cut_link_blocks(body: HtmlElement, dropped: Counter[str]) -> None:
    """On a page without landmarks: blocks that hold little but links are its navigation."""
    whole = _length(body)
    for element in list(body.iter(*_BLOCK_TAGS)):
        links = list(element.iter("a"))
        if len(links) < 4 or element.getparent() is None:
            continue
        said = _length(element)
        linked = sum(_length(link) for link in links)
        if linked > said * 0.8 and linked < len(links) * 30 and said < whole * 0.4:
            dropped["navigation"] += 1
            element.drop_tree()


def _rewrite_images(body: HtmlElement, dropped: Counter[str]) -> None:
    for image in list(body.iter("img")):
        said = said_of(image.get("alt", ""), image.get("src", ""), dropped)
        if said:
            inside = any(parent.tag == "a" for parent in image.iterancestors())
            said = said if inside else f"(Image: {said})"
            image.tail = said + (image.tail or "")
        image.drop_tree()


def _rewrite_links(main: HtmlElement, url: str) -> None:
    """Make links whole; those into the page keep their fragment alone, those to scripts go."""
    page = urlsplit(url)._replace(fragment="").geturl() if url else ""
    for link in main.iter("a"):
        target = (link.get("href") or "").strip()
        link.attrib.clear()
        whole = _joined(url, target)
        if whole is None:
            continue
        if page and whole.startswith(f"{page}#"):
            whole = whole[len(page) :]
        link.set(
            "href", xml_safe(whole).replace(" ", "%20").replace("(", "%28").replace(")", "%29")
        )


def _joined(url: str, target: str) -> str | None:
    try:
        whole = target if target.startswith("#") else urljoin(url, target)
        scheme = urlsplit(whole).scheme.lower()
    except ValueError:  # not an address at all
        return None
    printable = whole and not any(char in "<>\t\n\r\f\v" for char in whole)
    return whole if printable and scheme in ("", "http", "https", "mailto") else None
