"""Whether a sentence-transformers folder holds a model that the fast encoder knows exactly."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

Pooling = Literal["mean", "cls"]


class NotKnown(Exception):
    """The folder's model is not one that is known exactly; the text says why."""


@dataclass(frozen=True, slots=True)
class BertShape:
    """What a folder says about its encoder.

    Attributes:
        layers: how many there are.
        heads: attention heads of a layer.
        width: length of a token's vector, and of a text's.
        vocabulary: how many tokens it knows.
        positions: the longest text in tokens that it takes, special ones included.
        epsilon: of the layer normalisation.
        pooling: whether a text's vector is the mean of its tokens' or that of its first token.
    """

    layers: int
    heads: int
    width: int
    vocabulary: int
    positions: int
    epsilon: float
    pooling: Pooling


def read_shape(folder: Path) -> BertShape:
    """Look whether the folder's model is a plain BERT with a plain pooling.

    Raises:
        NotKnown: it is something else, or may be.
    """
    listed = _read(folder, "modules.json")
    modules = [_kind(module) for module in listed] if isinstance(listed, list) else []
    if modules not in (["Transformer", "Pooling"], ["Transformer", "Pooling", "Normalize"]):
        raise NotKnown(f"its modules are {', '.join(modules) or 'not named'}")
    config = _object(folder, "config.json")
    expected = {
        "model_type": ("bert",),
        "hidden_act": ("gelu",),
        "position_embedding_type": (None, "absolute"),
        "is_decoder": (None, False),
        "add_cross_attention": (None, False),
        "quantization_config": (None,),
    }
    _expect(config, expected)
    around = {
        "do_lower_case": (None, False),
        "transformer_task": (None, "feature-extraction"),
        "module_output_name": (None, "token_embeddings"),
    }
    _expect(_object(folder, "sentence_bert_config.json"), around)
    _expect_tokenizer(folder)
    _expect_weights(folder)
    try:
        shape = BertShape(
            layers=int(config["num_hidden_layers"]),
            heads=int(config["num_attention_heads"]),
            width=int(config["hidden_size"]),
            vocabulary=int(config["vocab_size"]),
            positions=int(config["max_position_embeddings"]),
            epsilon=float(config.get("layer_norm_eps", 1e-12)),
            pooling=_pooling(folder),
        )
    except (KeyError, TypeError, ValueError) as exc:
        raise NotKnown("its configuration is not complete") from exc
    if shape.heads < 1 or shape.width % shape.heads:
        raise NotKnown(f"its width of {shape.width} is not shared out to {shape.heads} heads")
    return shape


def _kind(module: object) -> str:
    named = module.get("type") if isinstance(module, dict) else None
    return str(named).rsplit(".", 1)[-1]


def _pooling(folder: Path) -> Pooling:
    config = _object(folder, "1_Pooling/config.json")
    if config.get("include_prompt", True) is not True:
        raise NotKnown("its pooling leaves the prompt out")
    named = [key for key, on in config.items() if key.startswith("pooling_mode_") and on is True]
    mode = config.get("pooling_mode", named[0] if len(named) == 1 else None)
    if mode in ("mean", "pooling_mode_mean_tokens"):
        return "mean"
    if mode in ("cls", "pooling_mode_cls_token"):
        return "cls"
    raise NotKnown("its pooling is neither the mean nor the first token")


def _expect_tokenizer(folder: Path) -> None:
    """The library sets the tokenizer by a second file; here only the first one is read."""
    normalizer = _object(folder, "tokenizer.json").get("normalizer") or {}
    if normalizer.get("type") != "BertNormalizer":
        return
    beside = _object(folder, "tokenizer_config.json")
    names = {
        "do_lower_case": "lowercase",
        "strip_accents": "strip_accents",
        "tokenize_chinese_chars": "handle_chinese_chars",
    }
    for name, here in names.items():
        if name in beside and beside[name] != normalizer.get(here):
            raise NotKnown(f"its tokenizer's files differ in {name}")


def _expect_weights(folder: Path) -> None:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(folder / "model.safetensors", framework="numpy") as weights:
            names = weights.keys()
            kinds = {weights.get_slice(name).get_dtype() for name in names}
    except (OSError, SafetensorError) as exc:
        raise NotKnown("its weights are not in one file") from exc
    if not kinds <= {"F32", "F16", "I64"}:  # some files also list the positions
        raise NotKnown(f"its weights are of the kinds {', '.join(sorted(kinds))}")


def _expect(config: Mapping[str, Any], expected: Mapping[str, tuple[object, ...]]) -> None:
    for key, values in expected.items():
        if config.get(key) not in values:
            raise NotKnown(f"its {key} is {config.get(key)!r}")


def _object(folder: Path, name: str) -> dict[str, Any]:
    content = _read(folder, name)
    return cast("dict[str, Any]", content) if isinstance(content, dict) else {}


def _read(folder: Path, name: str) -> object:
    try:
        return json.loads((folder / name).read_text("utf-8"))
    except (OSError, ValueError):
        return None
