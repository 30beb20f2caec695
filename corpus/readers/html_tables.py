"""HTML tables made plain: one header row, every cell in its place, no cell over several."""

from typing import Final

from corpus.readers.html_tree import HtmlElement

_MAX_SPAN: Final = 60
_MAX_CELLS: Final = 60_000
_NOT_IN_A_CELL: Final = ("table", "pre", "h1", "h2", "h3", "h4", "blockquote", "section")

_Grid = list[list[HtmlElement | None]]


def flatten_tables(root: HtmlElement) -> None:
    """Rewrite every table below an element in place; tables that only lay out are taken apart.

    A cell that spans rows or columns is repeated in each of them, so that every row says all that
    holds for it; one that spans a whole row stands once.
    """
    for table in reversed(list(root.iter("table"))):  # the inner ones first
        if _is_layout(table):
            _take_apart(table)
        else:
            _flatten(table)


def _is_layout(table: HtmlElement) -> bool:
    if table.get("role") in ("presentation", "none") or table.get("data-plain"):
        return not table.get("data-plain")
    if any(next(table.iter(tag), table) is not table for tag in _NOT_IN_A_CELL if tag != "table"):
        return True
    if sum(1 for _ in table.iter("table")) > 1:
        return True
    rows = list(table.iter("tr"))
    return max((len(_cells(row)) for row in rows), default=0) < 2


def _take_apart(table: HtmlElement) -> None:
    for element in list(table.iter("tr", "td", "th", "caption", "thead", "tbody", "tfoot")):
        element.tag = "div"
        element.attrib.clear()
    for element in list(table.iter("col", "colgroup")):
        element.drop_tree()
    table.tag = "div"
    table.attrib.clear()


def _cells(row: HtmlElement) -> list[HtmlElement]:
    return [cell for cell in row if cell.tag in ("td", "th")]


def _flatten(table: HtmlElement) -> None:
    rows = list(table.iter("tr"))
    grid = _grid(rows)
    width = max(len(line) for line in grid)
    if width * len(grid) > _MAX_CELLS:
        _take_apart(table)
        return
    heads = _header_rows(rows)
    lines = [_texts(line, width) for line in grid]
    header = _merge(lines[:heads])
    captions = [caption for caption in table.iter("caption") if caption.text_content().strip()]
    tail, before = table.tail, []
    for caption in captions:
        caption.tag = "p"
        before.append(caption)
    for child in list(table):
        table.remove(child)
    table.attrib.clear()
    table.set("data-plain", "1")
    table.text, table.tail = None, tail
    for number, line in enumerate([header, *lines[heads:]]):
        if any(content is not None for content in line):
            _append_row(table, line, "th" if number == 0 else "td")
    parent = table.getparent()
    for caption in before:
        caption.tail = None
        if parent is not None:
            parent.insert(parent.index(table), caption)


def _header_rows(rows: list[HtmlElement]) -> int:
    """How many rows at the top are header: those of ``thead``, or of ``th`` below a wide one."""
    count = 0
    for row in rows:
        parent = row.getparent()
        cells = _cells(row)
        in_head = parent is not None and parent.tag == "thead"
        is_named = bool(cells) and all(cell.tag == "th" for cell in cells)
        if not in_head and not (is_named and (count == 0 or _is_wide(rows[count - 1]))):
            break
        count += 1
    return min(max(count, 1 + _is_second_header(rows)), 3)


def _is_wide(row: HtmlElement) -> bool:
    return any(_span(cell, "colspan", _MAX_SPAN) > 1 for cell in _cells(row))


def _is_second_header(rows: list[HtmlElement]) -> bool:
    """Whether the second row names the columns that a cell of the first row groups."""
    if len(rows) < 3:
        return False
    first, second = _cells(rows[0]), _cells(rows[1])
    if not first or not second or not _is_wide(rows[0]):
        return False
    unnamed = not second[0].text_content().strip() or _span(first[0], "rowspan", 2) > 1
    return unnamed and any(cell.text_content().strip() for cell in second)


def _grid(rows: list[HtmlElement]) -> _Grid:
    grid: _Grid = [[] for _ in rows]
    taken: dict[tuple[int, int], HtmlElement] = {}
    for y, row in enumerate(rows):
        x = 0
        for cell in _cells(row):
            while (y, x) in taken:
                x += 1
            wide = _span(cell, "colspan", _MAX_SPAN)
            high = _span(cell, "rowspan", min(_MAX_SPAN * 20, len(rows) - y))
            for down in range(high):
                for right in range(wide):
                    taken[(y + down, x + right)] = cell
            x += wide
            if len(taken) > _MAX_CELLS:
                break
    for (y, x), cell in sorted(taken.items(), key=lambda item: item[0]):
        grid[y].extend([None] * (x - len(grid[y])))
        grid[y].append(cell)
    return grid


def _span(cell: HtmlElement, name: str, most: int) -> int:
    declared = cell.get(name, "1").strip()
    if not (declared.isascii() and declared.isdigit()) or len(declared) > 6:
        return 1
    # Zero means: to the end, which is a matter of rows alone.
    return max(1, min(int(declared) or (most if name == "rowspan" else 1), most))


_Line = list[HtmlElement | None]


def _texts(line: _Line, width: int) -> _Line:
    line = line + [None] * (width - len(line))
    if width > 1 and all(cell is line[0] for cell in line):
        return [line[0], *[None] * (width - 1)]
    return line


def _merge(lines: list[_Line]) -> _Line:
    """One header of several rows: what stands above is said in front."""
    from lxml.html import Element

    if len(lines) == 1:
        return lines[0]
    merged: _Line = []
    for column in zip(*lines, strict=True):
        said: list[str] = []
        for cell in column:
            words = " ".join(cell.text_content().split()) if cell is not None else ""
            if words and words not in said:
                said.append(words)
        head = Element("th")
        head.text = " ".join(said)
        merged.append(head)
    return merged


def _append_row(table: HtmlElement, line: _Line, tag: str) -> None:
    from copy import deepcopy

    from lxml.html import Element

    row = Element("tr")
    for cell in line:
        new = Element(tag)
        if cell is not None:
            copy = deepcopy(cell)
            new.text = copy.text or ""
            new.extend(list(copy))
        row.append(new)
    table.append(row)
