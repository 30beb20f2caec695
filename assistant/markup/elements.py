"""Elements, built so that text can never become markup."""

from collections.abc import Iterable
from html import escape as html_escape
from urllib.parse import urlsplit


class SafeHtml(str):
    """Markup that was made by this package; plain ``str`` is text and gets escaped."""

    __slots__ = ()


Child = str | SafeHtml | None
Attribute = str | int | bool | None
EMPTY = SafeHtml("")


def text(value: str) -> SafeHtml:
    """Text, escaped for content and for attributes."""
    return value if isinstance(value, SafeHtml) else SafeHtml(html_escape(value, quote=True))


def element(name: str, *children: Child, **attributes: Attribute) -> SafeHtml:
    """One element.

    Args:
        name: the tag.
        children: text is escaped, ``SafeHtml`` is taken as it is, None is left out.
        attributes: ``class_`` for ``class``, underscores for hyphens; None and False are left out,
            True stands without a value.
    """
    written = "".join(
        f" {key.strip('_').replace('_', '-')}"
        + ("" if value is True else f'="{html_escape(str(value), quote=True)}"')
        for key, value in attributes.items()
        if value is not None and value is not False
    )
    return SafeHtml(f"<{name}{written}>{join(children)}</{name}>")


def join(parts: Iterable[Child], separator: str = "") -> SafeHtml:
    """The parts one after the other."""
    return SafeHtml(text(separator).join(text(part) for part in parts if part))


def icon(name: str) -> SafeHtml:
    """A drawn sign; what it means stands beside it in words."""
    return element("span", class_=f"icon icon-{name}", aria_hidden="true")


def hidden(words: str) -> SafeHtml:
    """Words for screen readers alone."""
    return element("span", words, class_="sr-only")


def is_web_url(url: str | None) -> bool:
    """Whether a URL is one that may be linked: http or https with a host and no password."""
    if not url:
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and "@" not in parts.netloc


def outward_link(words: str, url: str | None, **attributes: Attribute) -> SafeHtml:
    """A link out of the page for a URL of our own data; without a usable URL the words alone."""
    if not is_web_url(url):
        return element("span", words, **attributes)
    return element(
        "a",
        words,
        hidden(" (opens in a new tab)"),
        href=url,
        target="_blank",
        rel="noopener noreferrer",
        **attributes,
    )
