"""A model file is judged by its header before any engine reads it."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.backends.gguf_file import looks_like_gguf, read_gguf_head
from corpus.errors import ConfigError
from tests.support.gguf_bytes import gguf_bytes


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("gguf") / "toy.gguf"


def test_the_header_tells_name_licence_and_window(toy: Path) -> None:
    toy.write_bytes(gguf_bytes(name="Toy 1B", context_tokens=4096))
    head = read_gguf_head(toy)
    assert (head.name, head.licence, head.context_tokens) == ("Toy 1B", "apache-2.0", 4096)
    assert (head.architecture, head.tensors) == ("llama", 1)
    assert head.size_bytes == toy.stat().st_size
    assert looks_like_gguf(toy)


def test_a_file_without_a_name_or_licence_goes_by_its_file_name(toy: Path) -> None:
    toy.write_bytes(gguf_bytes(name=" ", licence=None))
    head = read_gguf_head(toy)
    assert (head.name, head.licence) == ("toy", None)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "it is empty"),
        (b"GGUF", "too short"),
        (b"<html>" * 100, "not a GGUF file"),
        (gguf_bytes(version=1), "format version, 1,"),
        (gguf_bytes(weights=b""), "cut short"),
        (gguf_bytes()[:150], "ends within its header"),
        (b"GGUF\x03\0\0\0" + b"\xff" * 100, "counts what cannot be"),
    ],
)
def test_a_damaged_file_is_refused_with_its_reason(toy: Path, content: bytes, reason: str) -> None:
    toy.write_bytes(content)
    with pytest.raises(ConfigError, match=reason) as caught:
        read_gguf_head(toy)
    assert "toy.gguf" in caught.value.what
    assert caught.value.cure


def test_a_folder_is_no_model_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        read_gguf_head(tmp_path)
    assert not looks_like_gguf(tmp_path)


@given(where=st.integers(0, 400), what=st.binary(min_size=1, max_size=12), keep=st.integers(1, 950))
def test_no_bytes_lead_to_anything_but_a_header_or_a_typed_error(
    toy: Path, where: int, what: bytes, keep: int
) -> None:
    content = bytearray(gguf_bytes())
    content[where : where + len(what)] = what
    toy.write_bytes(bytes(content[:keep]))
    try:
        head = read_gguf_head(toy)
    except ConfigError as exc:
        assert "toy.gguf" in exc.what
    else:
        assert head.tensors >= 1
