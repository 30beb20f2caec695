"""Markdown of models and documents as markup that cannot fetch, run or overlay anything.

Markdown is parsed with raw HTML and images off, links are kept only where they lead to a source of
the turn, and the result passes an allow-list. What we add ourselves (citations, marks) rides
through as signs that an allow-list leaves alone, and is put in last, into text only.
"""

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from urllib.parse import quote

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

from assistant.markup.elements import EMPTY, SafeHtml, element, is_web_url, text
from corpus.documents import Span

# Punctuation of cuneiform script: Markdown reads it as punctuation, and no document of ours has it.
_SIGN, _ON, _OFF = "\U00012470", "\U00012471", "\U00012472"
_SIGNS = str.maketrans(dict.fromkeys((_SIGN, _ON, _OFF), "\N{REPLACEMENT CHARACTER}"))
_UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_PLACE = re.compile(rf"\[?{_SIGN}(\d+){_SIGN}\]?")
_LINE_START = re.compile(r"[ \t]*(?:(?:[-*+]|\d{1,9}[.)]|>|#{1,6}|\|)[ \t]*)*")
_SPACED = re.compile(r"(\s*)(.*?)(\s*)", re.DOTALL)
_BLOCK_SIGNS = re.compile(r"(?m)^[ \t]*(?:[-*+]|\d{1,9}[.)]|>|#{1,6})[ \t]+|^[ \t|:\-]+$")
_ROW_END = re.compile(r"(?m)^[ \t]*\||\|[ \t]*$")
_CELL_END = re.compile(r"\s*\|\s*")
# The address of a link may be cut off where the excerpt ends.
_LINK = re.compile(r"\[([^\[\]\n]+)\]\((?:[^()\s]*\)|[^()\s]*\Z)")
_INLINE_SIGNS = re.compile(r"\*{1,3}|(?<!\w)_{1,2}(?=\w)|(?<=\w)_{1,2}(?!\w)|`+")
_TAGS = {
    *("p", "br", "hr", "strong", "em", "s", "ul", "ol", "li", "blockquote", "code", "pre", "a"),
    *("table", "thead", "tbody", "tr", "th", "td", "h3", "h4", "h5", "h6", "mark"),
}
_LINE_BREAK = re.compile(r"\r\n?|\n")
_DEEPEST_HEADING = 6


@dataclass(frozen=True, slots=True)
class Insert:
    """Markup of ours that takes the place of a range of the text.

    Attributes:
        span: the range; an empty one inserts.
        markup: what stands there instead.
    """

    span: Span
    markup: SafeHtml


def markdown(
    source: str, *, links: Collection[str] = (), inserts: Sequence[Insert] = ()
) -> SafeHtml:
    """Markdown by a model as markup, safe at every prefix of a stream.

    Args:
        source: the Markdown.
        links: the URLs that may be linked; every other link becomes text.
        inserts: what takes the place of which range; ranges do not overlap.
    """
    placed = _with_signs(source.translate(_SIGNS), inserts)
    tokens = _parser().parse(_UNSEEN.sub("", placed))
    for token in tokens:
        if token.children:
            token.children = _without_foreign_links(token.children, links)
    return _fill(_clean(tokens), [insert.markup for insert in inserts])


def settled_length(source: str) -> int:
    """How much of a growing text will never be read otherwise, whatever comes: whole blocks.

    Returns:
        Characters from the start; 0 when nothing is settled.
    """
    ends = [match.end() for match in _LINE_BREAK.finditer(source)]
    if len(ends) < 2:  # a second block begins in the second line at the earliest
        return 0
    starts = [
        token.map[0]
        for token in _parser().parse(source)
        if token.level == 0 and token.map is not None and token.nesting >= 0
    ]
    # What a line begins is known when the line is whole: "#" may be a heading, or "#1" a word.
    known = [start for start in starts[1:] if start < len(ends)]
    return ends[known[-1] - 1] if known else 0


def marked_markdown(source: str, spans: Iterable[Span], *, links: Collection[str] = ()) -> SafeHtml:
    """Markdown of a document with ranges highlighted.

    Args:
        source: the Markdown.
        spans: what is highlighted, as offsets in ``source``.
        links: the URLs that may be linked.
    """
    merged = _merge(spans, len(source))
    cleaned = source.translate(_SIGNS)
    tokens = _parser().parse(_UNSEEN.sub("", _with_marks(cleaned, merged)))
    if not _mark(tokens):
        return element("p", marked_text(source, merged), class_="as-written")
    for token in tokens:
        if token.children:
            token.children = _without_foreign_links(token.children, links)
    return _clean(tokens)


def visible(words: str) -> str:
    """Text without characters that are not seen or that turn its direction."""
    return _UNSEEN.sub("", words)


def marked_text(
    source: str, spans: Iterable[Span], clean: Callable[[str], str] = visible
) -> SafeHtml:
    """Plain text with ranges highlighted; ``clean`` is applied to each piece."""
    parts, position = [], 0
    for span in _merge(spans, len(source)):
        parts.append(text(clean(source[position : span.start])))
        marked = clean(source[span.start : span.end])
        before, words, after = _SPACED.fullmatch(marked).groups()  # type: ignore[union-attr]
        parts += [text(before), element("mark", words) if words else EMPTY, text(after)]
        position = span.end
    parts.append(text(clean(source[position:])))
    return SafeHtml("".join(parts))


def without_marks(source: str) -> str:
    """Markdown as the words alone, on one line, for excerpts."""
    words = _LINK.sub(r"\1", _UNSEEN.sub("", source))
    rows = _ROW_END.sub(" ", _BLOCK_SIGNS.sub("", words))
    return re.sub(r"\s+", " ", _CELL_END.sub(" · ", _INLINE_SIGNS.sub("", rows)))


def plain(words: str) -> SafeHtml:
    """Text of others without Markdown: escaped, unseen characters taken out."""
    return text(visible(words))


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "linkify": False})
    parser.enable(["table", "strikethrough"])
    # Without definitions, a line such as "[1]: address" stays what it looks like.
    return parser.disable(["image", "reference", "html_block", "html_inline"])


def _with_signs(source: str, inserts: Sequence[Insert]) -> str:
    parts, position = [], 0
    order = sorted(range(len(inserts)), key=lambda index: inserts[index].span)
    for index in order:
        span = inserts[index].span
        if span.start < position or span.end > len(source):
            continue
        # Brackets keep what stands beside it bold or emphasised as it was.
        parts += [source[position : span.start], f"[{_SIGN}{index}{_SIGN}]"]
        position = span.end
    return "".join([*parts, source[position:]])


def _fill(html: SafeHtml, markups: Sequence[SafeHtml]) -> SafeHtml:
    def put(match: re.Match[str]) -> str:
        index = int(match.group(1))
        return markups[index] if index < len(markups) else ""

    pieces = re.split(r"(<[^>]*>)", html)
    filled = [piece if piece.startswith("<") else _PLACE.sub(put, piece) for piece in pieces]
    return SafeHtml("".join(filled).replace(_SIGN, ""))


def _without_foreign_links(children: list[Token], links: Collection[str]) -> list[Token]:
    kept: list[Token] = []
    position = 0
    while position < len(children):
        token = children[position]
        if token.type != "link_open":
            kept.append(token)
            position += 1
            continue
        end = next(i for i in range(position, len(children)) if children[i].type == "link_close")
        inside = children[position + 1 : end]
        kept += _link(token, inside, children[end], links)
        position = end + 1
    return kept


def _link(
    opening: Token, inside: list[Token], closing: Token, links: Collection[str]
) -> list[Token]:
    url = str(opening.attrs.get("href", ""))
    words = "".join(token.content for token in inside)
    if url in links and is_web_url(url) and _SIGN not in words:
        opening.attrs = {"href": url}
        return [opening, *inside, closing]
    if url == words or not url or quote(_SIGN) in url:
        return inside
    return [*inside, Token("text", "", 0, content=f" ({url})")]


def _clean(tokens: list[Token]) -> SafeHtml:
    for token in tokens:
        if token.type in {"heading_open", "heading_close"}:
            # The page has the first two levels of headings.
            token.tag = f"h{min(int(token.tag[1:]) + 2, _DEEPEST_HEADING)}"
        if token.type == "fence":
            token.info = ""
    parser = _parser()
    html = parser.renderer.render(tokens, parser.options, {})
    return SafeHtml(
        nh3.clean(
            html,
            tags=_TAGS,
            attributes={"a": {"href"}, "ol": {"start"}},
            url_schemes={"http", "https"},
            url_relative="deny",
            link_rel="noopener noreferrer",
            set_tag_attribute_values={"a": {"target": "_blank"}},
        )
    )


def _merge(spans: Iterable[Span], length: int) -> list[Span]:
    merged: list[Span] = []
    for span in sorted(spans):
        start, end = max(0, span.start), min(length, span.end)
        if start >= end:
            continue
        if merged and start <= merged[-1].end:
            merged[-1] = Span(merged[-1].start, max(end, merged[-1].end))
        else:
            merged.append(Span(start, end))
    return merged


def _with_marks(source: str, spans: Sequence[Span]) -> str:
    parts, position = [], 0
    for span in spans:
        start, end = _off_block_signs(source, span)
        if start < end and start >= position:
            parts += [source[position:start], _ON, source[start:end], _OFF]
            position = end
    return "".join([*parts, source[position:]])


def _off_block_signs(source: str, span: Span) -> tuple[int, int]:
    """Shrink a range so that it neither starts nor ends in a sign of a list, table or heading."""
    line = source.rfind("\n", 0, span.start) + 1
    first = _LINE_START.match(source, line)
    start = max(span.start, first.end() if first else line)
    end = span.end
    while end > start and source[end - 1] in " \t\n|":
        end -= 1
    return start, end


def _mark(tokens: Iterable[Token]) -> bool:
    """Turn the signs of a highlight into marks; False when they do not come out in pairs."""
    inside = False
    for token in tokens:
        if token.children is None:
            if token.content:
                inside = _state_after(token.content, inside)
                token.content = token.content.replace(_ON, "").replace(_OFF, "")
            continue
        children: list[Token] = []
        for child in token.children:
            pieces, inside = _marked_pieces(child, inside)
            children += pieces
        token.children = children
    return not inside


def _marked_pieces(child: Token, inside: bool) -> tuple[list[Token], bool]:
    if child.type == "code_inline":
        touched = inside or _ON in child.content
        inside = _state_after(child.content, inside)
        child.content = child.content.replace(_ON, "").replace(_OFF, "")
        return ([_MARK_OPEN, child, _MARK_CLOSE] if touched else [child]), inside
    if child.type != "text":
        return [child], inside
    made: list[Token] = []
    for piece in re.split(f"([{_ON}{_OFF}])", child.content):
        if piece in {_ON, _OFF}:
            inside = piece == _ON
        elif piece:
            words = Token("text", "", 0, content=piece)
            made += [_MARK_OPEN, words, _MARK_CLOSE] if inside else [words]
    return made, inside


_MARK_OPEN = Token("mark_open", "mark", 1)
_MARK_CLOSE = Token("mark_close", "mark", -1)


def _state_after(content: str, inside: bool) -> bool:
    last = max(content.rfind(_ON), content.rfind(_OFF))
    return inside if last < 0 else content[last] == _ON
