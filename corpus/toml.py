"""TOML that people write, read with one error for whatever is wrong with it."""

import tomllib
from typing import Any


class NotToml(ValueError):
    """The text is no TOML; the message says why and holds nothing of the text but one character."""


def parse_toml(text: str) -> dict[str, Any]:
    """Read a TOML document.

    Raises:
        NotToml: it is none, is nested too deeply, or holds a number without end.
    """
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as exc:
        raise NotToml(str(exc)) from exc
    except RecursionError as exc:
        raise NotToml("it is nested too deeply") from exc
    except ValueError as exc:
        # Not one of TOML's own: Python refuses to make a number of thousands of digits.
        raise NotToml("it holds a number that is too long") from exc
