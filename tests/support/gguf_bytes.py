"""Small GGUF files, byte by byte: valid in their header, with no weights worth the name."""

import struct


def gguf_bytes(
    *,
    name: str = "Toy",
    licence: str | None = "apache-2.0",
    context_tokens: int = 2048,
    version: int = 3,
    weights: bytes = b"\0" * 512,
) -> bytes:
    """A file with one tensor of ``weights``."""
    values = [_text("general.architecture", "llama"), _text("general.name", name)]
    if licence is not None:
        values.append(_text("general.license", licence))
    values.append(_key("llama.context_length") + struct.pack("<II", 4, context_tokens))
    values.append(_key("general.alignment") + struct.pack("<II", 4, 32))
    words = b"".join(_string(word) for word in ("a", "b", "c"))
    values.append(_key("tokenizer.ggml.tokens") + struct.pack("<IIQ", 9, 8, 3) + words)
    values.append(_key("tokenizer.ggml.types") + struct.pack("<IIQ3i", 9, 5, 3, 1, 1, 1))
    tensor = _key("output.weight") + struct.pack("<IQQIQ", 2, 16, 8, 0, 0)
    head = b"GGUF" + struct.pack("<IQQ", version, 1, len(values)) + b"".join(values) + tensor
    return head + b"\0" * (-len(head) % 32) + weights


def _string(text: str) -> bytes:
    return struct.pack("<Q", len(text.encode())) + text.encode()


def _key(name: str) -> bytes:
    return _string(name)


def _text(name: str, value: str) -> bytes:
    return _key(name) + struct.pack("<I", 8) + _string(value)
