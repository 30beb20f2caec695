"""A graph of ONNX operators, written in the ONNX file format without the ``onnx`` package.

Only what an encoder needs: the graph goes into a few kilobytes, its weights are handed over beside
it, in memory. Field numbers are those of the public ``onnx.proto``.
"""

import struct
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

STANDARD = ""
MICROSOFT = "com.microsoft"
"""Operators that onnxruntime adds to the standard ones."""

_OPSETS = {STANDARD: 17, MICROSOFT: 1}
_IR_VERSION = 9
_FLOAT, _INT32 = 1, 6
_KINDS = {"float32": _FLOAT, "uint8": 2, "int8": 3, "int32": _INT32}
_EXTERNAL = 1
_ATTRIBUTE_FLOAT, _ATTRIBUTE_INT, _ATTRIBUTE_INTS = 1, 2, 7


class OnnxGraph:
    """Takes one operator after another; ``encoded`` gives the model as onnxruntime reads it.

    Attributes:
        weights: the arrays that the graph names, to be handed over beside it.
    """

    def __init__(self) -> None:
        self.weights: dict[str, npt.NDArray[Any]] = {}
        self._nodes: list[bytes] = []

    def weight(self, name: str, values: npt.NDArray[Any]) -> str:
        """Add an array; returns its name."""
        self.weights[name] = np.ascontiguousarray(values)
        return name

    def add(
        self,
        operator: str,
        inputs: Sequence[str],
        domain: str = STANDARD,
        outputs: int = 1,
        **attributes: int | float | Sequence[int],
    ) -> list[str]:
        """Add an operator; returns the names of what it gives. An input named "" is left out."""
        names = [f"{operator}_{len(self._nodes)}_{i}" for i in range(outputs)]
        self._nodes.append(
            b"".join(_text(1, name) for name in inputs)
            + b"".join(_text(2, name) for name in names)
            + _text(4, operator)
            + b"".join(_message(5, _attribute(*item)) for item in attributes.items())
            + _text(7, domain)
        )
        return names

    def encoded(self, ids: str, results: Mapping[str, Sequence[int | str]]) -> bytes:
        """Return the model's bytes.

        Args:
            ids: name of the input, int32, shape ``[texts, tokens]``.
            results: shapes of the results, all float32, by name.
        """
        graph = (
            b"".join(_message(1, node) for node in self._nodes)
            + _text(2, "encoder")
            + b"".join(_message(5, _declared(*item)) for item in self.weights.items())
            + _message(11, _value(ids, _INT32, ("texts", "tokens")))
            + b"".join(_message(12, _value(name, _FLOAT, size)) for name, size in results.items())
        )
        opsets = b"".join(_message(8, _text(1, d) + _number(2, v)) for d, v in _OPSETS.items())
        return _number(1, _IR_VERSION) + opsets + _message(7, graph)


def _varint(value: int) -> bytes:
    value &= (1 << 64) - 1  # a negative number is written in two's complement
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _message(field: int, content: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(content)) + content


def _text(field: int, text: str) -> bytes:
    return _message(field, text.encode())


def _attribute(name: str, value: int | float | Sequence[int]) -> bytes:
    if isinstance(value, float):
        content, kind = _varint(2 << 3 | 5) + struct.pack("<f", value), _ATTRIBUTE_FLOAT
    elif isinstance(value, int):
        content, kind = _number(3, value), _ATTRIBUTE_INT
    else:
        content, kind = b"".join(_number(8, item) for item in value), _ATTRIBUTE_INTS
    return _text(1, name) + content + _number(20, kind)


def _declared(name: str, values: npt.NDArray[Any]) -> bytes:
    """A weight whose content is not in the file."""
    dimensions = b"".join(_number(1, size) for size in values.shape)
    place = _message(13, _text(1, "location") + _text(2, "memory"))
    kind = _number(2, _KINDS[values.dtype.name])
    return dimensions + kind + _text(8, name) + place + _number(14, _EXTERNAL)


def _value(name: str, kind: int, shape: Sequence[int | str]) -> bytes:
    dimensions = b"".join(
        _message(1, _number(1, size) if isinstance(size, int) else _text(2, size)) for size in shape
    )
    tensor = _number(1, kind) + _message(2, dimensions)
    return _text(1, name) + _message(2, _message(1, tensor))
