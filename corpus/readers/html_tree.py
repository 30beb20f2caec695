"""The type of a parsed element, for lxml declares none, and what may be put into one."""

import re
from typing import Any, Final, TypeAlias

HtmlElement: TypeAlias = Any
"""An element of lxml.html."""

_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def xml_safe(text: str) -> str:
    """Text without the characters that no XML tree may hold; nobody could see them."""
    return _NOT_XML.sub("", text)
