"""Dates as a person reads them."""

import re

_MONTHS = (
    "January February March April May June July August September October November December"
).split()


def spelled_date(iso: str) -> str:
    """``2024-07-23`` as 23 July 2024, ``2024-07`` as July 2024; anything else as it stands."""
    match = re.fullmatch(r"(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?", iso)
    if not match or not match[2] or not 1 <= int(match[2]) <= len(_MONTHS):
        return iso
    day = f"{int(match[3])} " if match[3] else ""
    return f"{day}{_MONTHS[int(match[2]) - 1]} {match[1]}"
