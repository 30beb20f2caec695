"""A page of a PDF as lines in reading order: words, columns, tables."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Any, Final

_BOLD: Final = re.compile(r"bold|black|heavy|demi|medi(?!um)|[-,]bd\b|-bx|cmbx", re.IGNORECASE)
_MONO: Final = re.compile(
    r"mono|courier|consol|menlo|typewriter|cmtt|nimbusmon|code", re.IGNORECASE
)
_CID: Final = re.compile(r"\(cid:\d+\)")
_SPACE_SHARE: Final = 0.13  # of the size; less is kerning, more is a space
_SEGMENT_GAP: Final = 1.4  # of the size; no justified line has wider spaces
_MOST_EDGES: Final = 3_000
_SMALL: Final = 0.9  # of the body's size; less inside a drawing is its labels

Box = tuple[float, float, float, float]
"""Left, top, right, bottom, in points from the top left corner."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text, or a whole table.

    Attributes:
        text: what it says.
        box: where it stands on its page.
        size: of most of its letters, in points.
        bold: whether all of its letters are.
        mono: whether most of its letters are as wide as each other.
        region: which column or band of the page it stands in.
        table: whether ``text`` is a whole Markdown table.
    """

    text: str
    box: Box
    size: float
    bold: bool = False
    mono: bool = False
    region: int = 0
    table: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """What a page holds, before the whole document is known."""

    width: float
    height: float
    lines: tuple[Line, ...]


@dataclass(slots=True)
class _Segment:
    words: list[dict[str, Any]]
    box: Box
    table: str = ""

    @property
    def middle(self) -> float:
        return (self.box[1] + self.box[3]) / 2


def read_page(page: Any, body_size: float, dropped: Counter[str]) -> Page:
    """Read one page of pdfplumber.

    Args:
        page: a ``pdfplumber.page.Page``.
        body_size: the size of the document's running text, in points.
        dropped: counts rotated text, labels of drawings, letters without a meaning.
    """
    tables = list(_tables(page, body_size))
    covered = [box for box, _ in tables]
    upright = page.filter(
        lambda thing: (
            thing.get("object_type") != "char"
            or (thing.get("upright", True) and not _inside(_box(thing), covered))
        )
    )
    dropped["rotated letters"] += sum(1 for char in page.chars if not char.get("upright", True))
    words = upright.extract_words(
        x_tolerance_ratio=_SPACE_SHARE,
        extra_attrs=["fontname", "size"],
        keep_blank_chars=False,
        expand_ligatures=False,
    )
    words = [word for word in map(_readable, words) if word["text"]]
    unread = [word for word in words if "\ufffd" in word["text"]]
    dropped["letters without a meaning"] += sum(word["text"].count("\ufffd") for word in unread)
    drawings = _drawings(page)
    kept = [word for word in words if not _is_label(word, drawings, body_size)]
    dropped["words in drawings"] += len(words) - len(kept)
    for word in kept:
        word["text"] = word["text"].replace("\ufffd", "")
    segments = [*_segments(kept), *(_Segment([], box, text) for box, text in tables)]
    lines: list[Line] = []
    for number, region in enumerate(_ordered(segments, page.width)):
        lines.extend(_lines(region, number))
    return Page(width=page.width, height=page.height, lines=tuple(lines))


def _readable(word: dict[str, Any]) -> dict[str, Any]:
    return {**word, "text": _CID.sub("\ufffd", word["text"])}


def _box(thing: dict[str, Any]) -> Box:
    return (thing["x0"], thing["top"], thing["x1"], thing["bottom"])


def _inside(box: Box, others: Sequence[Box]) -> bool:
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return any(left <= x <= right and top <= y <= bottom for left, top, right, bottom in others)


def _union(boxes: Sequence[Box]) -> Box:
    return (
        min(box[0] for box in boxes),
        min(box[1] for box in boxes),
        max(box[2] for box in boxes),
        max(box[3] for box in boxes),
    )


def _tables(page: Any, body_size: float) -> Iterator[tuple[Box, str]]:
    """Tables that are drawn with lines and filled with text; others read better as lines."""
    if len(page.rects) + len(page.lines) + len(page.curves) > _MOST_EDGES or not (
        page.rects or page.lines
    ):
        return
    for table in page.find_tables():
        rows = [
            [" ".join(_CID.sub("", cell or "").split()) for cell in row]
            for row in table.extract(x_tolerance_ratio=_SPACE_SHARE)
        ]
        rows = [row for row in rows if any(row)]
        cells = [cell for row in rows for cell in row]
        sizes = [char["size"] for char in page.crop(table.bbox, strict=False).chars]
        is_data = len(rows) > 1 and len(rows[0]) > 1 and sum(map(bool, cells)) > len(cells) * 0.6
        if is_data and sizes and median(sizes) > body_size * 0.65 and max(map(len, cells)) < 600:
            yield table.bbox, _markdown(rows)


def _markdown(rows: list[list[str]]) -> str:
    lines = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join([lines[0], "|" + " --- |" * len(rows[0]), *lines[1:]])


def _drawings(page: Any) -> list[Box]:
    """Where drawings and pictures stand: pictures, and what many curves and boxes cover."""
    boxes = [_box(image) for image in page.images]
    if len(page.curves) + len(page.rects) > 20:
        shapes = [_box(thing) for thing in (*page.curves[:5_000], *page.rects[:5_000])]
        whole = page.width * page.height
        shapes = [s for s in shapes if (s[2] - s[0]) * (s[3] - s[1]) < whole * 0.8]
        boxes.extend(_clusters(shapes))
    return boxes


def _clusters(shapes: list[Box]) -> Iterator[Box]:
    """Bands of shapes that stand less than two lines apart, from the top."""
    band: list[Box] = []
    bottom = 0.0
    for shape in sorted(shapes, key=lambda box: box[1]):
        if band and shape[1] > bottom + 24:
            yield _union(band)
            band = []
        bottom = max(bottom, shape[3]) if band else shape[3]
        band.append(shape)
    if band:
        yield _union(band)


def _is_label(word: dict[str, Any], drawings: list[Box], body_size: float) -> bool:
    return word["size"] < body_size * 0.55 or (
        word["size"] < body_size * _SMALL and _inside(_box(word), drawings)
    )


def _segments(words: list[dict[str, Any]]) -> list[_Segment]:
    """Runs of words on one height without a gap as wide as between columns."""
    rows: list[list[dict[str, Any]]] = []
    for word in sorted(words, key=lambda word: word["top"] + word["bottom"]):
        middle = (word["top"] + word["bottom"]) / 2
        for row in rows[-4:]:
            height = min(row[0]["bottom"] - row[0]["top"], word["bottom"] - word["top"])
            apart = abs(middle - (row[0]["top"] + row[0]["bottom"]) / 2)
            alike = 0.5 < word["size"] / row[0]["size"] < 2  # an ornament is no part of a line
            if alike and apart < max(height, 4) * 0.5:
                row.append(word)
                break
        else:
            rows.append([word])
    found: list[_Segment] = []
    for row in rows:
        row.sort(key=lambda word: word["x0"])
        run = [row[0]]
        for before, word in pairwise(row):
            if word["x0"] - before["x1"] > _SEGMENT_GAP * max(before["size"], word["size"]):
                found.append(_Segment(run, _union([_box(one) for one in run])))
                run = []
            run.append(word)
        found.append(_Segment(run, _union([_box(one) for one in run])))
    return found


def _ordered(segments: list[_Segment], width: float) -> Iterator[list[_Segment]]:
    """Groups of segments in reading order: what spans the columns, then each column between."""
    gutter = _gutter(segments, width)
    if gutter is None:
        if segments:
            yield segments
        return
    band: list[_Segment] = []
    spanning: list[_Segment] = []
    for segment in sorted(segments, key=lambda segment: segment.box[1]):
        if segment.box[0] < gutter < segment.box[2]:
            yield from _columns(band, gutter, width)
            band = []
            spanning.append(segment)
        else:
            if spanning:
                yield spanning
                spanning = []
            band.append(segment)
    yield from _columns(band, gutter, width)
    if spanning:
        yield spanning


def _columns(band: list[_Segment], gutter: float, width: float) -> Iterator[list[_Segment]]:
    left = [segment for segment in band if segment.box[2] <= gutter]
    right = [segment for segment in band if segment.box[0] >= gutter]
    if left and right and _side_by_side(left, right) < 2:
        yield band  # a few words far apart on a line, not columns
        return
    for side in (left, right):
        if side:
            yield from _ordered(side, width)


def _side_by_side(left: list[_Segment], right: list[_Segment]) -> int:
    return min(
        sum(
            1 for one in left if any(o.box[1] < one.box[3] and one.box[1] < o.box[3] for o in right)
        ),
        sum(
            1 for one in right if any(o.box[1] < one.box[3] and one.box[1] < o.box[3] for o in left)
        ),
    )


def _gutter(segments: list[_Segment], width: float) -> float | None:
    """The white strip between two columns of running text, or None on a page of one column."""
    if len(segments) < 6:
        return None
    whole = _union([segment.box for segment in segments])
    span = whole[2] - whole[0]
    best: tuple[int, float] | None = None
    for step in range(25, 76):
        x = whole[0] + span * step / 100
        crossing = sum(1 for one in segments if one.box[0] < x < one.box[2])
        if best is None or crossing < best[0] or (crossing == best[0] and abs(step - 50) < best[1]):
            left = [one for one in segments if one.box[2] <= x]
            right = [one for one in segments if one.box[0] >= x]
            if _are_columns(left, right, crossing, width):
                best, found = (crossing, abs(step - 50)), x
    return found if best is not None else None


def _are_columns(left: list[_Segment], right: list[_Segment], crossing: int, width: float) -> bool:
    if min(len(left), len(right)) < 3 or crossing > 3 * (len(left) + len(right)):
        return False
    if any(
        median(one.box[2] - one.box[0] for one in side) < width * 0.17 for side in (left, right)
    ):
        return False
    return _side_by_side(left, right) >= 3


def _lines(region: list[_Segment], number: int) -> Iterator[Line]:
    """The lines of one region, segments on one height put together again."""
    rows: list[list[_Segment]] = []
    for segment in sorted(region, key=lambda segment: segment.middle):
        if rows and not segment.table and not rows[-1][0].table:
            first = rows[-1][0].box
            height, other = first[3] - first[1], segment.box[3] - segment.box[1]
            apart = abs(segment.middle - (first[1] + first[3]) / 2)
            if apart < max(min(height, other), 4) * 0.5 and 0.5 < other / max(height, 1) < 2:
                rows[-1].append(segment)
                continue
        rows.append([segment])
    for row in rows:
        box = _union([segment.box for segment in row])
        if row[0].table:
            yield Line(row[0].table, box, 0.0, region=number, table=True)
            continue
        words = sorted((w for segment in row for w in segment.words), key=lambda w: w["x0"])
        yield _line(words, box, number)


def _line(words: list[dict[str, Any]], box: Box, region: int) -> Line:
    sizes: Counter[tuple[float, bool]] = Counter()
    bold = True
    for word in words:
        font = word["fontname"].split("+")[-1]
        sizes[round(word["size"] * 2) / 2, bool(_MONO.search(font))] += len(word["text"])
        bold = bold and (bool(_BOLD.search(font)) or not any(map(str.isalpha, word["text"])))
    (size, mono), _ = sizes.most_common(1)[0]
    return Line(_joined(words, size), box, size, bold, mono, region)


def _joined(words: list[dict[str, Any]], size: float) -> str:
    """The words of a line; marks of footnotes are left out, exponents are written with ``^``."""
    base = max((word["bottom"] for word in words if word["size"] > size * 0.9), default=0.0)
    said = ""
    before: dict[str, Any] | None = None
    for word in words:
        text = word["text"]
        raised = word["size"] < size * 0.85 and word["bottom"] < base - size * 0.12
        if before is not None and raised and text.isdigit():
            if said[-1:].isdigit():
                said += f"^{text}"
            before = word
            continue
        if before is not None and word["x0"] - before["x1"] > _SPACE_SHARE * size:
            said += " "
        elif before is not None and said[-1:].isspace() is False and before["size"] < size * 0.85:
            said += " " if len(said) < 4 else ""
        said += text
        before = word
    return said
