"""A table that may be wider than a phone."""

from collections.abc import Sequence

from assistant.markup.elements import SafeHtml, element


def table(
    caption: str,
    head: Sequence[str],
    rows: Sequence[Sequence[str | SafeHtml]],
    *,
    words_from: int | None = None,
) -> SafeHtml:
    """A table whose first cell names the row; it scrolls by itself, with the keyboard too.

    Args:
        caption: what it is, for screen readers.
        head: the names of the columns.
        rows: as many cells as the head has, each.
        words_from: the first column that holds sentences and not figures, or None.
    """

    def name(column: int) -> str | None:
        return "words" if words_from is not None and column >= words_from else None

    top = (element("th", words, scope="col", class_=name(n)) for n, words in enumerate(head))
    body = (
        element(
            "tr",
            element("th", row[0], scope="row"),
            *(element("td", cell, class_=name(n)) for n, cell in enumerate(row[1:], start=1)),
        )
        for row in rows
    )
    return element(
        "div",
        element(
            "table",
            element("caption", caption, class_="sr-only"),
            element("thead", element("tr", *top)),
            element("tbody", *body),
        ),
        class_="wide",
        role="region",
        aria_label=caption,
        tabindex=0,
    )
