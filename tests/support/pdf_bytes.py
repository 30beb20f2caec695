"""Small PDFs, written by hand: no program that makes them is needed."""

from collections.abc import Sequence
from dataclasses import dataclass, field

_FONTS = ("Helvetica", "Helvetica-Bold", "Courier")
WIDTH, HEIGHT = 612, 792


@dataclass(frozen=True)
class Words:
    """A run of text on a page; ``y`` counts from the top."""

    x: float
    y: float
    text: str
    size: float = 10
    font: int = 0


@dataclass(frozen=True)
class PdfPage:
    words: Sequence[Words] = ()
    rules: Sequence[tuple[float, float, float, float]] = field(default=())
    rotated: str = ""


def paragraph(lines: Sequence[str], x: float = 72, y: float = 100, size: float = 10) -> list[Words]:
    """Lines one below the other."""
    return [Words(x, y + number * size * 1.2, line, size) for number, line in enumerate(lines)]


def make_pdf(pages: Sequence[PdfPage], info: dict[str, str] | None = None) -> bytes:
    """A PDF of these pages with the document information given."""
    objects: list[bytes] = [b"", b""]
    fonts = " ".join(f"/F{number} {number + 3} 0 R" for number in range(len(_FONTS)))
    for name in _FONTS:
        font = f"/Type /Font /Subtype /Type1 /BaseFont /{name} /Encoding /WinAnsiEncoding"
        objects.append(f"<< {font} >>".encode())
    kids: list[str] = []
    for page in pages:
        content = _content(page)
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content))
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {WIDTH} {HEIGHT}] "
            f"/Contents {len(objects)} 0 R /Resources << /Font << {fonts} >> >> >>".encode()
        )
        kids.append(f"{len(objects)} 0 R")
    objects[0] = b"<< /Type /Catalog /Pages 2 0 R >>"
    objects[1] = f"<< /Type /Pages /Count {len(kids)} /Kids [{' '.join(kids)}] >>".encode()
    declared = " ".join(f"/{key} ({value})" for key, value in (info or {}).items())
    objects.append(f"<< {declared} >>".encode())
    return _file(objects)


def _content(page: PdfPage) -> bytes:
    parts = []
    for words in page.words:
        text = words.text.encode("cp1252").replace(b"\\", b"\\\\")
        text = text.replace(b"(", b"\\(").replace(b")", b"\\)")
        start = f"BT /F{words.font} {words.size} Tf {words.x} {HEIGHT - words.y} Td ("
        parts.append(start.encode() + text + b") Tj ET")
    for x0, y0, x1, y1 in page.rules:
        parts.append(f"{x0} {HEIGHT - y0} m {x1} {HEIGHT - y1} l S".encode())
    if page.rotated:
        parts.append(f"BT /F0 20 Tf 0 1 -1 0 30 300 Tm ({page.rotated}) Tj ET".encode())
    return b"\n".join(parts)


def _file(objects: list[bytes]) -> bytes:
    data = b"%PDF-1.4\n"
    places = []
    for number, content in enumerate(objects, start=1):
        places.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    trailer = f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R /Info {len(objects)} 0 R >>"
    start = len(data)
    data += b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, table)
    return data + f"{trailer}\nstartxref\n{start}\n%%EOF\n".encode()
