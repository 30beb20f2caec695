"""Base64 and other runs of bytes written as letters: nobody reads them, and they are long."""

import re
from collections import Counter
from typing import Final

_RUN: Final = re.compile(r"[A-Za-z0-9+/_-]{400,}={0,2}")
_SHOWN: Final = 24


def shorten_payloads(text: str, dropped: Counter[str]) -> str:
    """Cut each long run of base64, in code too, to its first characters and an ellipsis."""

    def shorten(found: re.Match[str]) -> str:
        run = found[0]
        kinds = (str.isupper, str.islower, str.isdigit)
        if not all(any(map(kind, run[:_LOOK])) for kind in kinds):
            return run
        dropped["embedded data"] += 1
        return run[:_SHOWN] + "…"

    return _RUN.sub(shorten, text)


_LOOK: Final = 400
