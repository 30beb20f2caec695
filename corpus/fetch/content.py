"""From the bytes of a reply to what the readers take."""

import codecs
import re
import zlib
from typing import Final

from corpus.errors import SourceRefused, SourceUnreachable
from corpus.fetch.addresses import WebAddress
from corpus.fetch.rules import AGENT

ACCEPT: Final = "text/markdown, text/html;q=0.9, application/pdf;q=0.8, text/plain;q=0.8"

_HTML: Final = {"text/html", "application/xhtml+xml"}
_MARKDOWN: Final = {"text/markdown", "text/x-markdown"}
_BY_ENDING: Final = {".md": ".md", ".mdx": ".md", ".markdown": ".md", ".pdf": ".pdf"}
_CHARSETS: Final = {
    *(f"cp125{digit}" for digit in range(9)),
    *(f"iso8859-{part}" for part in range(1, 17) if part != 12),
    "ascii", "utf-8", "utf-16", "utf-16-le", "utf-16-be", "koi8-r", "koi8-u", "shift_jis",
    "cp932", "euc_jp", "euc_kr", "cp949", "gb2312", "gbk", "gb18030", "big5",
}  # fmt: skip
_META: Final = re.compile(rb"<meta\s[^<>]{0,1000}>", re.I)
_ATTRIBUTE: Final = re.compile(
    rb"(name|content)\s{0,9}=\s{0,9}(?:\"([^\"]{0,500})\"|'([^']{0,500})'|([^\s\"'>]{1,100}))", re.I
)
_CHARSET: Final = re.compile(r"charset\s*=\s*[\"']?([A-Za-z0-9_:.-]{1,40})", re.I)
_DECLARED_WITHIN: Final = 1024
_META_WITHIN: Final = 256 * 1024
_WITH_VALUE: Final = {
    "max-snippet", "max-image-preview", "max-video-preview", "unavailable_after",
}  # fmt: skip
_BOMS: Final = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class Unpacker:
    """Unpacks a body piece by piece and never holds more than it may.

    Args:
        encoding: the reply's Content-Encoding, empty for none.
        max_bytes: the most that may come out.
        cut: whether what is more is cut off instead of refused.

    Raises:
        SourceRefused: the encoding is one that was not asked for.
    """

    def __init__(self, encoding: str, max_bytes: int, *, cut: bool = False) -> None:
        coding = encoding.strip().lower()
        if coding not in {"", "identity", "gzip", "x-gzip"}:
            raise SourceRefused(
                "The page is packed in a way that was not asked for.", "Nothing can be done here."
            )
        self._packed = coding not in {"", "identity"}
        self._unzip = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        self._max_bytes = max_bytes
        self._cut = cut
        self._parts: list[bytes] = []
        self._size = 0

    def take(self, piece: bytes) -> bool:
        """Take the next piece of the body, and tell whether more is wanted.

        Raises:
            SourceRefused: more than ``max_bytes`` come out.
            SourceUnreachable: the packing is damaged.
        """
        if not self._packed:
            return self._keep(piece)
        try:
            while piece and not self._unzip.eof:  # what follows the end belongs to nothing
                if not self._keep(self._unzip.decompress(piece, self._max_bytes - self._size + 1)):
                    return False
                piece = self._unzip.unconsumed_tail
        except zlib.error as exc:
            raise _damaged() from exc
        return True

    def finish(self) -> bytes:
        """Return what came out.

        Raises:
            SourceUnreachable: the end of the packing is missing.
        """
        whole = self._size <= self._max_bytes
        if self._packed and self._size and whole and not self._unzip.eof:
            raise _damaged()
        return b"".join(self._parts)

    def _keep(self, part: bytes) -> bool:
        self._size += len(part)
        self._parts.append(part)
        if self._size <= self._max_bytes:
            return True
        if not self._cut:
            raise too_large(self._max_bytes)
        return False


def too_large(max_bytes: int) -> SourceRefused:
    """The error for a page beyond the limit."""
    return SourceRefused(
        f"The page is larger than {max_bytes / 2**20:,.4g} MiB.",
        "Raise sync.max_page_bytes in settings.toml if you want it.",
    )


def suffix_for(content_type: str, address: WebAddress, body: bytes) -> str:
    """Which reader a page is for, as the suffix of a file of its kind.

    What the site declares counts; the address decides only between kinds of plain text, and for
    sites that hand out every file as mere bytes.

    Raises:
        SourceRefused: it is of a kind that is not read.
    """
    kind = content_type.split(";", 1)[0].strip().lower()
    ending = _BY_ENDING.get(_ending(address), "")
    if kind in _HTML:
        return ".html"
    if kind in _MARKDOWN:
        return ".md"
    if kind == "text/plain":
        return ending if ending == ".md" else ".txt"
    if kind in {"application/pdf", "application/octet-stream", ""}:
        if body.startswith(b"%PDF-"):
            return ".pdf"
        if kind != "application/pdf" and ending == ".md":
            return ending
    raise SourceRefused(
        "What came is neither HTML nor Markdown, plain text or PDF.",
        "Take the page out of the list, or list the address of its text.",
    )


def as_utf8(body: bytes, content_type: str, suffix: str) -> bytes:
    """Rewrite text of another character set in UTF-8, with a mark that readers go by.

    A body that is UTF-8 stays as it is whatever the site declares; so does one that is not what
    the site declares.
    """
    if suffix == ".pdf" or body.startswith(_BOMS) or _decodes(body, "utf-8"):
        return body
    found = _CHARSET.search(content_type)
    if not found and suffix == ".html":
        found = _CHARSET.search(body[:_DECLARED_WITHIN].decode("latin-1"))
    name = _codec(found[1]) if found else None
    if name is None or not _decodes(body, name):
        return body
    return codecs.BOM_UTF8 + body.decode(name).encode("utf-8")


def forbids_keeping(robots_tags: list[str], body: bytes, suffix: str) -> bool:
    """Whether a page asks not to be indexed, in its head or in its HTTP headers.

    An index of one's own is an index: ``noindex`` and ``none`` are kept to, whether they speak to
    all programs or to this one.
    """
    if any(_says_no(value) for value in robots_tags):
        return True
    if suffix != ".html":
        return False
    for tag in _META.findall(body[:_META_WITHIN]):
        found = {name.lower(): a or b or c for name, a, b, c in _ATTRIBUTE.findall(tag)}
        if found.get(b"name", b"").strip().lower() in {b"robots", AGENT.encode()} and _says_no(
            found.get(b"content", b"").decode("latin-1")
        ):
            return True
    return False


def _says_no(value: str) -> bool:
    """Whether a list of robots directives, with or without a program's name, forbids indexing."""
    agent, colon, rest = value.partition(":")
    agent = agent.strip().lower()
    if colon and "," not in agent and agent not in _WITH_VALUE:
        if agent != AGENT:
            return False
        value = rest
    return bool({"noindex", "none"} & {part.strip().lower() for part in value.split(",")})


def _ending(address: WebAddress) -> str:
    name = address.path.rsplit("/", 1)[-1].lower()
    return f".{name.rsplit('.', 1)[-1]}" if "." in name else ""


def _codec(label: str) -> str | None:
    try:
        name = codecs.lookup(label).name
    except LookupError:
        return None
    if name not in _CHARSETS:
        return None
    return "cp1252" if name in {"iso8859-1", "ascii"} else name  # as browsers do


def _decodes(body: bytes, name: str) -> bool:
    try:
        body.decode(name)
    except UnicodeDecodeError:
        return False
    return True


def _damaged() -> SourceUnreachable:
    return SourceUnreachable("The page arrived damaged.", "Try again later: corpus sync.")
