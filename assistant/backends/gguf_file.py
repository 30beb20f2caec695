"""Reading the head of a GGUF file: what model it holds, and whether the file is whole.

The layout is the one of the ggml project's GGUF specification, versions 2 and 3, little endian.
The engine would refuse a damaged file too, but only by saying that it could not start.
"""

import mmap
import struct
from dataclasses import dataclass, field
from pathlib import Path

from corpus.errors import ConfigError

_MAGIC = b"GGUF"
_VERSIONS = (2, 3)
_FIXED_HEAD_BYTES = 24
_MAX_ENTRIES = 1_000_000
_MAX_KEY_BYTES = 65_535
_MAX_DIMENSIONS = 4
_STRING, _ARRAY = 8, 9
_SCALARS = {
    0: "<B",
    1: "<b",
    2: "<H",
    3: "<h",
    4: "<I",
    5: "<i",
    6: "<f",
    7: "<?",
    10: "<Q",
    11: "<q",
    12: "<d",
}
_DEFAULT_ALIGNMENT = 32

_Scalar = int | float | bool | str


@dataclass(frozen=True, slots=True)
class GgufHead:
    """What a model file says of itself.

    Attributes:
        path: the file.
        size_bytes: its length.
        architecture: family of the network, as ``llama``.
        name: the model's name, or the file's where it gives none.
        licence: its licence tag, or None.
        context_tokens: longest prompt and answer that it was trained for, or None.
        tensors: number of tensors.
    """

    path: Path
    size_bytes: int
    architecture: str
    name: str
    licence: str | None
    context_tokens: int | None
    tensors: int


class _DamagedError(Exception):
    """The bytes do not follow the format; the text says where."""


@dataclass(slots=True)
class _Reader:
    data: mmap.mmap
    at: int = 0

    def number(self, layout: str) -> int:
        return int(self.scalar(layout))

    def scalar(self, layout: str) -> int | float | bool:
        try:
            value: int | float | bool = struct.unpack_from(layout, self.data, self.at)[0]
        except struct.error as exc:
            raise _DamagedError("it ends within its header") from exc
        self.at += struct.calcsize(layout)
        return value

    def text(self) -> str:
        return self.take(self.number("<Q")).decode("utf-8", "replace")

    def take(self, length: int) -> bytes:
        self.skip(length)
        return self.data[self.at - length : self.at]

    def skip(self, length: int) -> None:
        if length > len(self.data) - self.at:
            raise _DamagedError("it ends within its header")
        self.at += length


@dataclass(slots=True)
class _Values:
    known: dict[str, _Scalar] = field(default_factory=dict)

    def text(self, key: str) -> str | None:
        value = self.known.get(key)
        return value if isinstance(value, str) and value.strip() else None

    def whole(self, key: str) -> int | None:
        value = self.known.get(key)
        return value if isinstance(value, int) and value > 0 else None


def read_gguf_head(path: Path) -> GgufHead:
    """Read what a model file says of itself, and check that it is whole.

    Raises:
        ConfigError: the file is missing, no GGUF, damaged in its header or cut short.
    """
    try:
        return _read(path)
    except FileNotFoundError as exc:
        raise ConfigError(
            f"The model file {path.name} is not there.",
            "See: counterpoint models list.",
        ) from exc
    except OSError as exc:
        raise ConfigError(
            f"The model file {path.name} cannot be read.",
            f"Check that {path} is a file that you may read.",
        ) from exc
    except _DamagedError as exc:
        raise ConfigError(
            f"The model file {path.name} is not usable: {exc}.",
            "Delete it and download it again: counterpoint models pull.",
        ) from exc


def looks_like_gguf(path: Path) -> bool:
    """Whether a file starts as a GGUF file does; a quick look, no proof."""
    try:
        with path.open("rb") as file:
            return file.read(len(_MAGIC)) == _MAGIC
    except OSError:
        return False


def _read(path: Path) -> GgufHead:
    size = path.stat().st_size
    if size < _FIXED_HEAD_BYTES:
        raise _DamagedError("it is empty" if size == 0 else "it is too short to be a model")
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return _parse(_Reader(data), path, size)


def _parse(reader: _Reader, path: Path, size: int) -> GgufHead:
    if reader.take(len(_MAGIC)) != _MAGIC:
        raise _DamagedError("it is not a GGUF file")
    version = reader.number("<I")
    if version not in _VERSIONS:
        raise _DamagedError(f"its format version, {version}, is not one of 2 and 3")
    tensors, entries = reader.number("<Q"), reader.number("<Q")
    if not 0 < tensors <= _MAX_ENTRIES or entries > _MAX_ENTRIES:
        raise _DamagedError("its header counts what cannot be")
    values = _Values()
    for _ in range(entries):
        _read_value(reader, values)
    last = max(_tensor_offset(reader) for _ in range(tensors))
    alignment = values.whole("general.alignment") or _DEFAULT_ALIGNMENT
    # Sizes of the quantised blocks are the engine's knowledge: that the last tensor begins
    # within the file is what can be told without it.
    if -(-reader.at // alignment) * alignment + last >= size:
        raise _DamagedError("it is cut short")
    architecture = values.text("general.architecture")
    if architecture is None:
        raise _DamagedError("it does not name its architecture")
    return GgufHead(
        path=path,
        size_bytes=size,
        architecture=architecture,
        name=values.text("general.name") or path.stem,
        licence=values.text("general.license"),
        context_tokens=values.whole(f"{architecture}.context_length"),
        tensors=tensors,
    )


def _read_value(reader: _Reader, values: _Values) -> None:
    length = reader.number("<Q")
    if length > _MAX_KEY_BYTES:
        raise _DamagedError("its header counts what cannot be")
    key = reader.take(length).decode("utf-8", "replace")
    kind = reader.number("<I")
    if kind == _ARRAY:
        _skip_array(reader)
    elif kind == _STRING:
        values.known[key] = reader.text()
    elif kind in _SCALARS:
        values.known[key] = reader.scalar(_SCALARS[kind])
    else:
        raise _DamagedError("its header holds a value of an unknown kind")


def _skip_array(reader: _Reader) -> None:
    kind, count = reader.number("<I"), reader.number("<Q")
    if kind == _STRING:
        for _ in range(count):
            reader.skip(reader.number("<Q"))
    elif kind in _SCALARS:
        reader.skip(count * struct.calcsize(_SCALARS[kind]))
    else:
        raise _DamagedError("its header holds a list of an unknown kind")


def _tensor_offset(reader: _Reader) -> int:
    reader.skip(reader.number("<Q"))
    dimensions = reader.number("<I")
    if dimensions > _MAX_DIMENSIONS:
        raise _DamagedError("its header counts what cannot be")
    reader.skip(8 * dimensions + 4)
    return reader.number("<Q")
