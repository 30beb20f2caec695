"""A page that is one file: it can be given away, has no script, and loads nothing from anywhere."""

import base64
import hashlib

from assistant.markup.elements import SafeHtml, element, join
from assistant.markup.file_style import STYLE


def file_page(title: str, *body: SafeHtml, style: str = "") -> str:
    """A whole page of HTML whose policy forbids everything but its own style.

    Args:
        title: of the page, as text.
        body: what it shows.
        style: what is added to the style that all such files have; no text of others.
    """
    rules = f"{STYLE}{style}"
    digest = base64.b64encode(hashlib.sha256(rules.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    head = join(
        [
            SafeHtml('<meta charset="utf-8">'),
            SafeHtml(f'<meta http-equiv="Content-Security-Policy" content="{policy}">'),
            SafeHtml('<meta name="viewport" content="width=device-width, initial-scale=1">'),
            SafeHtml('<meta name="referrer" content="no-referrer">'),
            SafeHtml('<meta name="color-scheme" content="light dark">'),
            element("title", title),
            SafeHtml(f"<style>{rules}</style>"),
        ]
    )
    page = element("html", element("head", head), element("body", join(body)), lang="en")
    return f"<!doctype html>\n{page}\n"
