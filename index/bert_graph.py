"""A BERT encoder as a graph that a CPU runs quickly, in float32 or mostly in 8-bit whole numbers.

The graph is made from the weights each time a model is loaded, which takes less than a second, so
nothing is exported and kept. Texts of one call are equally long in tokens: no padding, no mask.

A few dimensions of BERT's inner vectors are many times as large as the others (Kovaleva et al.,
"BERT Busters", 2021). They would set the one scale that 8-bit rounding has for a whole text, so
they are divided by a power of two before a product, and their weights multiplied by it, which
changes nothing else (after Xiao et al., "SmoothQuant", 2023). How large they are is measured once,
on random tokens.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from index.bert_shape import BertShape, NotKnown
from index.onnx_graph import MICROSOFT, OnnxGraph

Precision = Literal["float32", "int8"]
Array = npt.NDArray[np.float32]
Tensors = Mapping[str, Array]

IDS = "ids"
_INT8_MOST = 127
_UINT8_ZERO = 128
ROUNDING_VERSION = 1
"""Goes up whenever 8-bit vectors come out differently."""
_LARGE = 4.0
"""From how many times the median on a dimension is made smaller; the best of 2 to 8."""


@dataclass(frozen=True, slots=True)
class BertGraph:
    """A model as onnxruntime takes it.

    Attributes:
        model: the graph in the ONNX file format, without the weights.
        weights: arrays by name, to be handed over with it.
        output: name of the result, float32, shape ``[texts, width]``, not normalised.
        peaks: names of further results, by the product whose input they measure: the largest
            size of each dimension, float32, shape ``[dimensions]``.
    """

    model: bytes
    weights: dict[str, npt.NDArray[Any]]
    output: str
    peaks: dict[str, str]


def measuring_graph(tensors: Tensors, shape: BertShape) -> BertGraph:
    """Make a float32 graph that also measures the input of each product.

    Raises:
        NotKnown: the weights are not those of the shape.
    """
    return _made(_Builder(tensors, shape, measures=True))


def exact_graph(tensors: Tensors, shape: BertShape) -> BertGraph:
    """Make a float32 graph.

    Raises:
        NotKnown: the weights are not those of the shape.
    """
    return _made(_Builder(tensors, shape))


def rounded_graph(
    tensors: Tensors, shape: BertShape, peaks: Mapping[str, Array], *, signed: bool = True
) -> BertGraph:
    """Make a graph whose products are of 8-bit whole numbers.

    The layers' weights are rounded with one scale for each column, a product's input with one
    scale for the call: a call must hold a single text, or a vector depends on its neighbours.
    Sums, softmax and normalisation stay in float32.

    Args:
        tensors: the weights by the names that Transformers gives them.
        shape: of the model.
        peaks: what ``measuring_graph`` found.
        signed: whether weights are written as -127..127 or, with the same meaning and the same
            results, as 1..255.

    Raises:
        NotKnown: the weights are not those of the shape.
    """
    divisors = {name: _divisors(sizes) for name, sizes in peaks.items()}
    return _made(_Builder(tensors, shape, divisors=divisors, signed=signed))


def _made(builder: "_Builder") -> BertGraph:
    try:
        return builder.build()
    except (KeyError, IndexError, ValueError) as exc:
        raise NotKnown("its weights do not fit its configuration") from exc


def _divisors(sizes: Array) -> Array:
    excess = np.maximum(sizes / (_LARGE * max(float(np.median(sizes)), 1e-6)), 1.0)
    # A power of two divides without a rounding error, and hides the last digits of the measure.
    return np.asarray(np.exp2(np.rint(np.log2(excess))), dtype=np.float32)


class _Builder:
    def __init__(
        self,
        tensors: Tensors,
        shape: BertShape,
        *,
        measures: bool = False,
        divisors: Mapping[str, Array] | None = None,
        signed: bool = True,
    ) -> None:
        self._tensors = {name.removeprefix("bert."): values for name, values in tensors.items()}
        self._shape = shape
        self._measures = measures
        self._divisors = divisors
        self._signed = signed
        self._graph = OnnxGraph()
        self._peaks: dict[str, str] = {}

    def build(self) -> BertGraph:
        hidden = self._embeddings()
        for layer in range(self._shape.layers):
            hidden = self._layer(hidden, f"encoder.layer.{layer}.")
        if self._shape.pooling == "mean":
            (vector,) = self._graph.add("ReduceMean", [hidden], axes=[1], keepdims=0)
        else:
            first = self._graph.weight("first", np.zeros((), dtype=np.int32))
            (vector,) = self._graph.add("Gather", [hidden, first], axis=1)
        results: dict[str, tuple[int | str, ...]] = {vector: ("texts", self._shape.width)}
        results |= {peak: (f"size of {peak}",) for peak in self._peaks.values()}
        model = self._graph.encoded(IDS, results)
        return BertGraph(model, dict(self._graph.weights), vector, self._peaks)

    def _embeddings(self) -> str:
        # All tokens are of the first type: its vector goes into those of the positions.
        places = self._values("embeddings.position_embeddings.weight")
        kind = self._values("embeddings.token_type_embeddings.weight")[0]
        return self._graph.add(
            "EmbedLayerNormalization",
            [
                IDS,
                "",
                self._weight("embeddings.word_embeddings.weight"),
                self._graph.weight("places", places + kind),
                "",
                self._weight("embeddings.LayerNorm.weight"),
                self._weight("embeddings.LayerNorm.bias"),
            ],
            MICROSOFT,
            outputs=2,
            epsilon=self._shape.epsilon,
        )[0]

    def _layer(self, hidden: str, name: str) -> str:
        attended = self._attention(hidden, f"{name}attention.self.")
        inner, middle, outer = f"{name}attention.output.", f"{name}intermediate.", f"{name}output."
        hidden = self._normalised(self._product(attended, inner), hidden, inner)
        bias = self._weight(f"{middle}dense.bias")
        (wide,) = self._graph.add("BiasGelu", [self._product(hidden, middle), bias], MICROSOFT)
        return self._normalised(self._product(wide, outer), hidden, outer)

    def _attention(self, hidden: str, name: str) -> str:
        parts = [f"{name}{part}" for part in ("query", "key", "value")]
        weight = np.concatenate([self._values(f"{part}.weight").T for part in parts], axis=1)
        bias = np.concatenate([self._values(f"{part}.bias") for part in parts])
        bias_name = self._graph.weight(f"{name}bias", bias)
        eased, weight = self._eased(hidden, weight, name)
        if self._divisors is None:
            inputs = [eased, self._graph.weight(f"{name}weight", weight), bias_name]
            operator = "Attention"
        else:
            rounded, scale, zero = self._rounded(weight, name)
            entry, entry_scale, entry_zero = self._graph.add(
                "DynamicQuantizeLinear", [eased], outputs=3
            )
            inputs = [entry, rounded, bias_name, entry_scale, scale, "", entry_zero, zero]
            operator = "QAttention"
        return self._graph.add(operator, inputs, MICROSOFT, num_heads=self._shape.heads)[0]

    def _product(self, left: str, name: str) -> str:
        left, weight = self._eased(left, self._values(f"{name}dense.weight").T, name)
        if self._divisors is None:
            return self._graph.add("MatMul", [left, self._graph.weight(f"{name}w", weight)])[0]
        inputs = [left, *self._rounded(weight, name)]
        return self._graph.add("DynamicQuantizeMatMul", inputs, MICROSOFT)[0]

    def _normalised(self, product: str, hidden: str, name: str) -> str:
        # Apart, these are several times as fast as the one operator that joins them.
        (biased,) = self._graph.add("Add", [product, self._weight(f"{name}dense.bias")])
        (total,) = self._graph.add("Add", [biased, hidden])
        weights = [self._weight(f"{name}LayerNorm.{part}") for part in ("weight", "bias")]
        return self._graph.add(
            "LayerNormalization", [total, *weights], axis=-1, epsilon=self._shape.epsilon
        )[0]

    def _eased(self, left: str, weight: Array, name: str) -> tuple[str, Array]:
        """Measure a product's input, or make its large dimensions smaller and their rows larger."""
        if self._measures:
            (sizes,) = self._graph.add("Abs", [left])
            (self._peaks[name],) = self._graph.add("ReduceMax", [sizes], axes=[0, 1], keepdims=0)
        divisor = (self._divisors or {}).get(name)
        if divisor is None or not (divisor > 1).any():
            return left, weight
        shrink = self._graph.weight(f"{name}shrink", 1 / divisor)
        return self._graph.add("Mul", [left, shrink])[0], weight * divisor[:, None]

    def _rounded(self, weight: Array, name: str) -> tuple[str, str, str]:
        """An 8-bit weight, the scale of each of its columns, and what stands for zero."""
        scale = np.maximum(np.abs(weight).max(axis=0) / _INT8_MOST, np.finfo(np.float32).tiny)
        whole = np.rint(weight / scale).clip(-_INT8_MOST, _INT8_MOST)
        kind, zero = (np.int8, 0) if self._signed else (np.uint8, _UINT8_ZERO)
        return (
            self._graph.weight(f"{name}rounded", (whole + zero).astype(kind)),
            self._graph.weight(f"{name}scale", scale.astype(np.float32)),
            self._graph.weight(f"{name}zero", np.full(scale.shape, zero, dtype=kind)),
        )

    def _weight(self, name: str) -> str:
        return self._graph.weight(name, self._values(name))

    def _values(self, name: str) -> Array:
        return np.asarray(self._tensors[name], dtype=np.float32)
