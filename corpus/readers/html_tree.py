"""The type of a parsed element; lxml, which makes them, declares none."""

from typing import Any, TypeAlias

HtmlElement: TypeAlias = Any
"""An element of lxml.html."""
