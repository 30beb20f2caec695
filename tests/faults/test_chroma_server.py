"""Vectors on a real Chroma server that stops, comes back, refuses, or is no Chroma at all."""

import json
import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from assistant.knowledge import load_knowledge
from assistant.settings import load_settings
from corpus.errors import IndexCorrupt, IndexStale, StoreError, StoreUnreachable
from index.build import build_index
from index.chroma_server import ChromaServer
from index.generation import current_generation, generations_folder
from index.hash_embedder import HashEmbedder
from index.opening import Index, index_status, open_index, verify_index
from index.passages import Passage
from index.places import ServerPlace
from index.retriever import HybridRetriever
from tests.support.chroma_server import RunningChroma, answering, free_port, garbling, silent
from tests.support.small_corpus import small_corpus

pytestmark = pytest.mark.slow

EMBEDDER = HashEmbedder()
QUESTIONS = [
    f"{start} {what}?"
    for start in ("Who makes", "What is", "Where is", "How many", "What does it cost to use")
    for what in ("Phi-3", "Mixtral-8x7B", "Falcon", "Grok", "Claude", "an open model")
]


@pytest.fixture(scope="module")
def chroma(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningChroma]:
    server = RunningChroma(tmp_path_factory.mktemp("chroma"))
    server.start()
    yield server
    server.stop()


def place_of(url: str, index_dir: Path, **changes: float) -> ServerPlace:
    return ServerPlace(replace(ChromaServer(url), **changes), index_dir)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "index"


@pytest.fixture
def place(chroma: RunningChroma, folder: Path) -> ServerPlace:
    return place_of(chroma.url, folder)


@pytest.fixture
def index(folder: Path, place: ServerPlace) -> Iterator[Index]:
    build_index(small_corpus(), EMBEDDER, folder, place=place)
    opened = open_index(folder, EMBEDDER, small_corpus(), place=place)
    yield opened
    opened.close()


def answers(index: Index) -> list[tuple[Passage, ...]]:
    retriever = HybridRetriever(index, EMBEDDER)
    return [retriever.retrieve(question, 5) for question in QUESTIONS]


def own(chroma: RunningChroma, folder: Path) -> set[str]:
    """The generations whose collections this home has on the server."""
    prefix = place_of(chroma.url, folder)._home
    return {
        name.rsplit("-", 1)[1]
        for name in chroma.collections()
        if name.startswith(f"counterpoint-{prefix}-")
    }


def test_a_server_finds_the_very_same_passages_as_the_home_folder(
    index: Index, tmp_path: Path
) -> None:
    build_index(small_corpus(), EMBEDDER, tmp_path / "embedded")
    embedded = open_index(tmp_path / "embedded", EMBEDDER)
    here, there = answers(embedded), answers(index)
    embedded.close()
    assert len(QUESTIONS) == 30
    assert there == here
    assert any(there)


def test_the_generation_holds_all_but_the_vectors_index_and_passes_every_check(
    index: Index, folder: Path, place: ServerPlace
) -> None:
    generation = generations_folder(folder) / index.generation
    assert not (generation / "chroma").exists()
    assert not (folder / "open").exists()
    assert verify_index(folder, place=place).store == place.address
    assert index_status(folder, EMBEDDER, small_corpus(), place=place).state == "ready"
    again = build_index(small_corpus(), EMBEDDER, folder, place=place)
    assert again.generation == index.generation


def test_collections_go_with_their_generations_and_those_of_other_homes_stay(
    chroma: RunningChroma, folder: Path, place: ServerPlace, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    neighbour = build_index(small_corpus(), EMBEDDER, other, place=place_of(chroma.url, other))
    for count in (1, 2, 3, 4):
        report = build_index(small_corpus()[:count], EMBEDDER, folder, place=place)
    kept = {path.name for path in generations_folder(folder).iterdir()}
    assert len(kept) == 2
    assert own(chroma, folder) == kept
    assert report.generation in kept
    assert own(chroma, other) == {neighbour.generation}


def test_what_a_killed_build_left_on_the_server_goes_with_the_next(
    chroma: RunningChroma, index: Index, folder: Path, place: ServerPlace
) -> None:
    first = index.generation
    # As a kill would leave it: a folder that no pointer names, and its collection.
    pointer = (folder / "CURRENT").read_bytes()
    build_index(small_corpus()[:1], EMBEDDER, folder, place=place)
    killed = current_generation(folder)
    (folder / "CURRENT").write_bytes(pointer)
    assert killed in own(chroma, folder)
    last = build_index(small_corpus()[:2], EMBEDDER, folder, place=place).generation
    assert own(chroma, folder) == {first, last}


def test_a_copied_home_leaves_the_collections_of_the_first_alone(
    chroma: RunningChroma, index: Index, folder: Path, tmp_path: Path
) -> None:
    copied = tmp_path / "copied"
    shutil.copytree(folder, copied)
    for count in (1, 2, 3):
        place = place_of(chroma.url, copied)
        build_index(small_corpus()[:count], EMBEDDER, copied, place=place)
    assert own(chroma, folder) == {index.generation}
    assert len(answers(index)) == 30


def test_a_server_that_stops_is_named_and_one_that_comes_back_serves_without_a_restart(
    chroma: RunningChroma, index: Index
) -> None:
    before = answers(index)
    chroma.stop()
    try:
        with pytest.raises(StoreUnreachable) as caught:
            answers(index)
        assert chroma.url in caught.value.what
        assert "index.chroma_url" in caught.value.cure
    finally:
        chroma.start()
    assert answers(index) == before


def test_a_server_that_stops_during_a_build_leaves_the_last_generation_serving(
    chroma: RunningChroma, index: Index, folder: Path, place: ServerPlace
) -> None:
    before = answers(index)

    def stop_it(step: str, done: int, total: int) -> None:
        if step == "verify":
            chroma.stop()

    try:
        with pytest.raises(StoreUnreachable):
            build_index(small_corpus()[:2], EMBEDDER, folder, progress=stop_it, place=place)
        assert current_generation(folder) == index.generation
        (unfinished,) = set(generations_folder(folder).iterdir()) - {
            generations_folder(folder) / index.generation
        }
        assert [path.name for path in unfinished.iterdir()] == ["server.json"]
    finally:
        chroma.start()
    assert answers(index) == before
    report = build_index(small_corpus()[:2], EMBEDDER, folder, place=place)
    assert report.embedded == 0
    assert own(chroma, folder) == {index.generation, report.generation}


def test_a_collection_that_somebody_deleted_is_damage_that_the_next_build_mends(
    chroma: RunningChroma, index: Index, folder: Path, place: ServerPlace
) -> None:
    import httpx

    (name,) = (name for name in chroma.collections() if name.endswith(index.generation))
    path = "/api/v2/tenants/default_tenant/databases/default_database/collections/"
    httpx.delete(chroma.url + path + name).raise_for_status()
    with pytest.raises(IndexCorrupt, match="does not have this index"):
        answers(index)
    with pytest.raises(IndexCorrupt):
        open_index(folder, EMBEDDER, place=place)
    assert index_status(folder, EMBEDDER, place=place).state == "corrupt"
    build_index(small_corpus(), EMBEDDER, folder, place=place)
    assert verify_index(folder, place=place).chunks == 8


def test_an_index_moves_to_a_server_and_back_without_embedding_again(
    folder: Path, place: ServerPlace
) -> None:
    build_index(small_corpus(), EMBEDDER, folder)
    with pytest.raises(IndexStale, match="vector store"):
        open_index(folder, EMBEDDER, place=place)
    assert build_index(small_corpus(), EMBEDDER, folder, place=place).embedded == 0
    with pytest.raises(IndexStale, match="vector store"):
        open_index(folder, EMBEDDER)
    with pytest.raises(IndexStale, match="vector store"):
        verify_index(folder)
    assert build_index(small_corpus(), EMBEDDER, folder).embedded == 0
    assert verify_index(folder).store == ""


def test_one_setting_moves_a_homes_vectors_to_the_server(chroma: RunningChroma, home: Path) -> None:
    variables = {"COUNTERPOINT_INDEX__CHROMA_URL": chroma.url + "/"}
    settings = load_settings(home, environ=variables)
    knowledge = load_knowledge(settings, lambda _: None, embedder=EMBEDDER)
    assert knowledge.find("Who makes Phi-3?", 3)
    assert own(chroma, home / "index") == {knowledge.generation}
    assert not list(home.glob("index/generations/*/chroma"))
    knowledge.close()


NOT_FOUND = json.dumps({"detail": "Not Found"})
GONE = json.dumps({"error": "Unimplemented", "message": "Use another version."})


@pytest.mark.parametrize(
    ("status", "body", "content_type", "said"),
    [
        (200, "<html>Welcome</html>", "text/html", "is not a Chroma server"),
        (200, '{"status": "ok"}', "application/json", "is not a Chroma server"),
        (404, NOT_FOUND, "application/json", "is not a Chroma server with the API v2"),
        (410, GONE, "application/json", "is not a Chroma server with the API v2"),
        (302, "", "text/html", "is not a Chroma server"),
        (401, '{"error": "AuthError", "message": "no"}', "application/json", "refuses the key"),
        (403, "Forbidden", "text/plain", "refuses the key"),
        (503, "busy", "text/plain", r"fails \(status 503\)"),
    ],
)
def test_a_server_that_is_not_what_it_should_be_is_described(
    folder: Path, status: int, body: str, content_type: str, said: str
) -> None:
    with (
        answering(status, body, content_type) as (url, _),
        pytest.raises(StoreUnreachable, match=said) as caught,
    ):
        build_index(small_corpus(), EMBEDDER, folder, place=place_of(url, folder))
    assert caught.value.cure
    assert not generations_folder(folder).exists()


def test_a_key_goes_into_its_header_and_into_no_message(folder: Path) -> None:
    server = ChromaServer("", headers={"x-chroma-token": "sesame-1234"})
    assert "sesame" not in repr(server)
    with answering(401, "{}") as (url, heard):
        place = ServerPlace(replace(server, url=url), folder)
        with pytest.raises(StoreUnreachable) as caught:
            build_index(small_corpus(), EMBEDDER, folder, place=place)
    assert {headers["x-chroma-token"] for headers in heard} == {"sesame-1234"}
    assert "sesame" not in str(caught.value)


def test_an_address_where_nobody_listens_is_named(folder: Path) -> None:
    place = place_of(f"http://127.0.0.1:{free_port()}", folder)
    with pytest.raises(StoreUnreachable, match="cannot be reached"):
        build_index(small_corpus(), EMBEDDER, folder, place=place)


def test_a_server_that_accepts_and_never_answers_is_given_up_in_time(folder: Path) -> None:
    with silent() as url:
        place = place_of(url, folder, answer_s=0.2)
        started = time.monotonic()
        with pytest.raises(StoreUnreachable, match="does not answer in time"):
            build_index(small_corpus(), EMBEDDER, folder, place=place)
        assert time.monotonic() - started < 10


def test_a_status_says_when_the_server_cannot_be_asked(
    chroma: RunningChroma, index: Index, folder: Path, place: ServerPlace
) -> None:
    chroma.stop()
    try:
        status = index_status(folder, EMBEDDER, small_corpus(), place=place)
    finally:
        chroma.start()
    assert status.state == "unreachable"
    assert status.chunks == 8
    assert status.problem is not None
    assert chroma.url in status.problem


@pytest.mark.parametrize(
    "reply",
    [
        b"null", b"[]", b'""', b"0", b"[[[[", b"\xff", b"{}", b'{"ids": null}', b'{"ids": []}',
        b'{"ids": 5, "distances": 5}', b'{"ids": [["a"]], "distances": [["x"]]}',
        b'{"ids": [["a"]], "distances": null}', b'{"ids": [["a", "b"]], "distances": [[0.5]]}',
    ],
)  # fmt: skip
def test_an_answer_that_makes_no_sense_is_described_and_the_next_sound_one_is_taken(
    chroma: RunningChroma, folder: Path, reply: bytes
) -> None:
    replies: dict[str, bytes] = {}
    with garbling(chroma.url, replies) as url:
        place = place_of(url, folder)
        build_index(small_corpus(), EMBEDDER, folder, place=place)
        index = open_index(folder, EMBEDDER, place=place)
        before = answers(index)
        replies["query"] = reply
        with pytest.raises(StoreUnreachable, match="is not a Chroma server"):
            answers(index)
        with pytest.raises(StoreUnreachable, match="is not a Chroma server"):
            verify_index(folder, place=place)
        replies.clear()
        assert answers(index) == before
        index.close()


def test_vectors_that_somebody_else_wrote_are_damage(chroma: RunningChroma, folder: Path) -> None:
    replies: dict[str, bytes] = {}
    with garbling(chroma.url, replies) as url:
        place = place_of(url, folder)
        build_index(small_corpus(), EMBEDDER, folder, place=place)
        index = open_index(folder, EMBEDDER, place=place)
        replies["query"] = b'{"ids": [["strange"]], "distances": [[0.5]]}'
        with pytest.raises(IndexCorrupt, match="not those of its chunks"):
            answers(index)
        index.close()


@pytest.mark.parametrize("reply", [b"null", b"{}", b'"8"', b"true", b"7"])
def test_a_count_that_is_none_is_not_taken_for_one(
    chroma: RunningChroma, folder: Path, reply: bytes
) -> None:
    replies: dict[str, bytes] = {}
    with garbling(chroma.url, replies) as url:
        place = place_of(url, folder)
        build_index(small_corpus(), EMBEDDER, folder, place=place)
        replies["count"] = reply
        assert index_status(folder, EMBEDDER, place=place).state != "ready"
        with pytest.raises(StoreError):
            verify_index(folder, place=place)
