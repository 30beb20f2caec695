"""Cutting marked pieces out of a text, in time that grows with its length alone."""

import re


def cut_between(text: str, opening: str, closing: str) -> tuple[str, int]:
    """Cut out every piece from ``opening`` to the next ``closing``; one without an end stays.

    Returns:
        The text that is left, and how many pieces were cut.
    """
    parts: list[str] = []
    at = 0
    while (start := text.find(opening, at)) >= 0:
        end = text.find(closing, start + len(opening))
        if end < 0:
            break
        parts.append(text[at:start])
        at = end + len(closing)
    return "".join([*parts, text[at:]]), len(parts)


def cut_elements(text: str, opening: re.Pattern[str]) -> tuple[str, int]:
    """Cut out HTML elements with all they hold; one that is never closed stays.

    Args:
        text: to cut from.
        opening: matches an opening tag, its name as the group ``name``.
    """
    lower = text.lower()
    parts: list[str] = []
    unclosed: set[str] = set()
    at = 0
    for found in opening.finditer(text):
        name = found["name"].lower()
        if found.start() < at or name in unclosed:
            continue
        close = lower.find(f"</{name}", found.end())
        end = lower.find(">", close) if close >= 0 else -1
        if end < 0:
            unclosed.add(name)
            continue
        parts.append(text[at : found.start()])
        at = end + 1
    return "".join([*parts, text[at:]]), len(parts)
