"""HTML pages: the part that a person reads, as Markdown."""

import codecs
import re
from collections import Counter
from typing import Final

from corpus.errors import SourceUnreadable
from corpus.readers.apart import read_apart
from corpus.readers.content import Content
from corpus.readers.contents_list import drop_contents
from corpus.readers.html_declared import declared_of
from corpus.readers.html_main import find_main
from corpus.readers.html_tree import HtmlElement, make_xml_safe, xml_safe
from corpus.text import decode_bytes, printable

_CHARSET: Final = re.compile(
    rb"<meta[^<>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_:.-]{2,40})|"
    rb"^\s*<\?xml[^<>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9_:.-]{2,40})",
    re.IGNORECASE,
)
_LARGE_BYTES: Final = 256 * 1024  # what is smaller cannot keep the parser busy for long
_LOOKED_AT: Final = 4_096  # bytes; a declaration stands at the top or nowhere
# What browsers read when a page declares the name on the left.
_MEANT: Final = {
    "iso8859-1": "cp1252",
    "ascii": "cp1252",
    "iso8859-9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "tis-620": "cp874",
}
_XML_DECLARATION: Final = re.compile(r"^\s*<\?xml[^<>]*\?>")
_DATA_URI: Final = re.compile(r"data:[\w.+-]+/[\w.+-]+(?:;[\w=.-]+)*,[A-Za-z0-9+/=%_.-]{100,}")
_WIDE_SPACE: Final = re.compile(r"[ \t]{100,}")
_MOST_ELEMENTS: Final = 100_000
_FIRST_HEADING: Final = re.compile(r"^#{1,6} ", re.MULTILINE)
_FIRST_LEVEL: Final = re.compile(r"^# ", re.MULTILINE)


def read_html(data: bytes, name: str) -> Content:
    """Read the main part of a page, with what the page declares about itself.

    Raises:
        SourceUnreadable: not text, nothing to read in it, or built to exhaust the parser.
    """
    if len(data) > _LARGE_BYTES:
        return read_apart("html", data, name)
    return read_html_here(data, name)


def read_html_here(data: bytes, name: str) -> Content:
    """Read a page in this process, however large; as ``read_html``."""
    from corpus.readers.html_writer import write_markdown

    dropped: Counter[str] = Counter()
    text, count = _DATA_URI.subn("", _WIDE_SPACE.sub(" ", _decode(data, name)))
    dropped["embedded data"] += count
    root = _parse(text, name)
    declared = declared_of(root)
    main = find_main(root, declared.url, dropped)
    markdown = drop_contents(write_markdown(main).replace("\xa0", " "), dropped)
    if declared.title and not _FIRST_LEVEL.search(markdown):
        markdown = f"# {declared.title}\n\n{markdown}"
    return Content(
        markdown=markdown if _says_more_than(markdown, declared.title) else "",
        title=declared.title,
        dropped=dict(+dropped),
        dated=declared.dated,
        url=declared.url,
    )


def _says_more_than(markdown: str, title: str | None) -> bool:
    return any(
        line.strip() and line.lstrip("# ").strip() != (title or "") for line in markdown.split("\n")
    )


def _decode(data: bytes, name: str) -> str:
    """The text of a page: by its byte order mark, by what it declares, else as UTF-8."""
    marked = data.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    found = None if marked else _CHARSET.search(data[:_LOOKED_AT])
    if found is None:
        return decode_bytes(data, name)
    try:
        codec = codecs.lookup((found[1] or found[2]).decode("ascii")).name
        codec = _MEANT.get(codec, codec)
        if codec.startswith(("utf", "unicode")) or codec in ("idna", "punycode"):
            return decode_bytes(data, name)
        return data.decode(codec)
    except LookupError:  # no such encoding, or one that is not of text
        return decode_bytes(data, name)
    except UnicodeDecodeError as exc:
        raise SourceUnreadable(
            f"“{printable(name)}” is not in the encoding that it declares "
            f"(byte {exc.start:,} does not fit).",
            "Save it as UTF-8 and add it again.",
        ) from exc


def _parse(text: str, name: str) -> HtmlElement:
    from lxml.etree import ParserError
    from lxml.html import HTMLParser, document_fromstring

    # Comments and processing instructions are never read. The parser's own limits stay on.
    parser = HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=False)
    text = xml_safe(_XML_DECLARATION.sub("", text))
    try:
        root = document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (ParserError, ValueError, AssertionError) as exc:
        raise SourceUnreadable(
            f"“{printable(name)}” holds no text.", "Add a page that holds text."
        ) from exc
    if any("RESOURCE_LIMIT" in entry.type_name for entry in parser.error_log):
        raise _bomb(name, "is nested more deeply, or holds a longer piece, than a page may")
    if sum(1 for _ in root.iter()) > _MOST_ELEMENTS:
        raise _bomb(name, f"holds more than {_MOST_ELEMENTS:,} elements")
    make_xml_safe(root)
    return root


def _bomb(name: str, what: str) -> SourceUnreadable:
    return SourceUnreadable(
        f"“{printable(name)}” {what}.", "Split it, or save its text as Markdown and add that."
    )
