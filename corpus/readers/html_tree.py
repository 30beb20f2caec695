"""The type of a parsed element, for lxml declares none, and what may be put into one."""

import re
from typing import Any, Final, TypeAlias

HtmlElement: TypeAlias = Any
"""An element of lxml.html."""

_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def xml_safe(text: str) -> str:
    """Text without the characters that no XML tree may hold; nobody could see them."""
    return _NOT_XML.sub("", text)


def make_xml_safe(root: HtmlElement) -> None:
    """Take them out of a whole tree: a reference such as ``&#1;`` brings them past the parser.

    Such a text can be read, but when its element goes it cannot be put anywhere else.
    """
    for element in root.iter():
        for place in ("text", "tail"):
            said = getattr(element, place)
            if said and _NOT_XML.search(said):
                setattr(element, place, xml_safe(said))
        for name, said in element.items():
            if _NOT_XML.search(said):
                element.set(name, xml_safe(said))
