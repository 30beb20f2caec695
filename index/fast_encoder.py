"""Runs a BERT encoder with onnxruntime, without loading torch."""

import os
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from index.bert_graph import (
    IDS,
    BertGraph,
    Precision,
    Tensors,
    exact_graph,
    measuring_graph,
    rounded_graph,
)
from index.bert_shape import BertShape, NotKnown, read_shape
from index.onnx_graph import OnnxGraph

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer

FloatArray = npt.NDArray[np.float32]

_AT_ONCE = 4
"""Texts that a thread takes at a time."""
_NICENESS = 5
"""Long work stands back a little, so that a question that comes meanwhile is answered."""
_MEASURED = (4, 126)
"""Random texts, and tokens of each, on which the size of the dimensions is measured."""


class CannotRun(Exception):
    """This machine's onnxruntime does not take the graph; the text says why."""


class FastEncoder:
    """A model of a kind that is known exactly, ready to run. Safe to use from several threads.

    Each text runs alone, on one core, so that its vector does not depend on the texts that it comes
    with, nothing is padded, and no thread waits by spinning. A call spreads its texts over the
    cores that the process may use.

    Args:
        folder: a sentence-transformers folder.
        tokenizer: of the model, without padding, cutting at the longest input.
        precision: how products are computed.

    Raises:
        NotKnown: the weights are not those that the folder's configuration tells of.
        CannotRun: onnxruntime lacks something here.
    """

    def __init__(self, folder: Path, tokenizer: "Tokenizer", precision: Precision) -> None:
        shape = read_shape(folder)
        tensors = _read_tensors(folder)
        with _refusals():
            if precision == "int8":
                peaks = _measure(tensors, shape, tokenizer)
                graph = rounded_graph(tensors, shape, peaks, signed=_multiplies_exactly())
            else:
                graph = exact_graph(tensors, shape)
            self._session = _session(graph)
        self._tokenizer = tokenizer
        self._width = shape.width
        self._weights = graph.weights  # onnxruntime reads them where they lie

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """Return float32 vectors of length 1, shape ``[len(texts), width]``."""
        vectors = np.zeros((len(texts), self._width), dtype=np.float32)
        order = sorted(range(len(texts)), key=lambda i: -len(texts[i]))
        parts = [order[at : at + _AT_ONCE] for at in range(0, len(order), _AT_ONCE)]
        if len(parts) <= 1 or cores() == 1:
            for part in parts:
                self._fill(vectors, texts, part)
            return vectors
        # Threads of its own: a question does not queue behind the texts of a build.
        with ThreadPoolExecutor(cores(), "encode", _stand_back) as threads:
            for done in [threads.submit(self._fill, vectors, texts, part) for part in parts]:
                done.result()
        return vectors

    def _fill(self, vectors: FloatArray, texts: Sequence[str], places: Sequence[int]) -> None:
        encodings = self._tokenizer.encode_batch([texts[i] for i in places])
        for place, encoding in zip(places, encodings, strict=True):
            ids = np.array([encoding.ids], dtype=np.int32)
            vector = np.asarray(self._session.run(None, {IDS: ids})[0])[0]
            vectors[place] = vector / max(float(np.linalg.norm(vector)), 1e-12)


def cores() -> int:
    """How many cores this process may use at a time, by affinity and by control group."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return max(1, min(allowed or 1, _quota()))


def _quota(file: Path = Path("/sys/fs/cgroup/cpu.max")) -> int:
    try:
        limit, period = file.read_text("ascii").split()
        return max(1, -(-int(limit) // int(period)))
    except (OSError, ValueError):  # no control group, or no limit
        return 1 << 16


def _stand_back() -> None:
    if hasattr(os, "setpriority") and os.uname().sysname == "Linux":  # where threads have their own
        try:
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)
        except OSError:
            return


def _read_tensors(folder: Path) -> Tensors:
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        tensors = load_file(folder / "model.safetensors")
    except (OSError, KeyError, TypeError, ValueError, AttributeError, SafetensorError) as exc:
        raise NotKnown("its weights are not one file of numbers that NumPy knows") from exc
    return {
        name: values.astype(np.float32, copy=False)
        for name, values in tensors.items()
        if values.dtype.kind == "f"
    }


def _measure(tensors: Tensors, shape: BertShape, tokenizer: "Tokenizer") -> dict[str, FloatArray]:
    """The largest size of each dimension of the products' inputs, over random tokens."""
    graph = measuring_graph(tensors, shape)
    frame = tokenizer.encode("").ids
    middle = len(frame) // 2
    vocabulary = min(tokenizer.get_vocab_size(), shape.vocabulary)
    size = (_MEASURED[0], min(_MEASURED[1], shape.positions - len(frame)))
    words = np.random.default_rng(0).integers(len(frame), vocabulary, size)
    start, end = np.tile(frame[:middle], (len(words), 1)), np.tile(frame[middle:], (len(words), 1))
    ids = np.concatenate([start, words, end], axis=1).astype(np.int32)
    found = _session(graph).run(list(graph.peaks.values()), {IDS: ids})
    return dict(zip(graph.peaks, (np.asarray(sizes) for sizes in found), strict=True))


def _multiplies_exactly() -> bool:
    """Whether this processor's products of 0..255 with -127..127 are exact.

    Those without the instructions for it add pairs of products in 16 bits, and cut what is larger.
    """
    graph = OnnxGraph()
    largest = graph.weight("largest", np.full((64, 16), 127, dtype=np.int8))
    scale = graph.weight("scale", np.ones(16, dtype=np.float32))
    left = graph.weight("table", np.full((1, 64), 255, dtype=np.float32))
    (rows,) = graph.add("Gather", [left, IDS], axis=0)
    (product,) = graph.add("DynamicQuantizeMatMul", [rows, largest, scale], "com.microsoft")
    model = graph.encoded(IDS, {product: ("texts", "tokens", 16)})
    weights = graph.weights
    session = _session(BertGraph(model, weights, product, {}))
    found = np.asarray(session.run(None, {IDS: np.zeros((4, 4), dtype=np.int32)})[0])
    return bool((found == 64 * 127 * 255).all())


@contextmanager
def _refusals() -> Iterator[None]:
    from onnxruntime.capi import onnxruntime_pybind11_state as said

    try:
        yield
    except (
        said.Fail,
        said.InvalidArgument,
        said.InvalidGraph,
        said.NotImplemented,
        said.RuntimeException,
    ) as exc:
        reason = str(exc).partition("\n")[0]
        raise CannotRun(f"onnxruntime cannot run it here: {reason}") from exc


def _session(graph: BertGraph) -> "InferenceSession":
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # The graph is written as it shall run: joining operators further would make it slower.
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    values: list[Any] = [
        onnxruntime.OrtValue.ortvalue_from_numpy(weight) for weight in graph.weights.values()
    ]
    options.add_external_initializers(list(graph.weights), values)
    return onnxruntime.InferenceSession(graph.model, options, providers=["CPUExecutionProvider"])
