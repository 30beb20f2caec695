"""The stand-in for a proprietary API: the real adapter asks it over a real socket."""

import asyncio
import json
import os
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from assistant.backends.base import HealthState, StopReason
from assistant.backends.catalogue import load_catalogue
from assistant.backends.registry import open_backend
from assistant.prompt import build_messages, plan_prompt
from assistant.settings import Settings, load_settings
from assistant.turns import Answer, Failed, Finished, Status
from assistant.wiring import Assistant, open_assistant
from eval.stand_in import STAND_IN_ID, StandIn, stand_in
from eval.stand_in.rule import REFUSAL, answer, tokens_of
from index.hash_embedder import HashEmbedder
from tests.support.evidence import make_evidence


@pytest.fixture
def standing() -> Iterator[StandIn]:
    with stand_in(first_token_s=0.0, tokens_per_s=1e6, port=0) as listening:
        yield listening


@pytest.fixture
def assistant(standing: StandIn, built_home: Path) -> Assistant:
    return standing.beside(open_assistant(load_settings(built_home, environ={})))


def ask(assistant: Assistant, evidence: Any, *backends: str) -> list[Answer]:
    async def collect() -> list[Answer]:
        answers: dict[int, Answer] = {}
        stops = [asyncio.Event() for _ in backends]
        async for event in assistant.answer_sides(evidence, (), backends, stops):
            if isinstance(event.event, Finished | Failed):
                assert event.side is not None
                answers[event.side] = event.event.answer
        return [answers[side] for side in range(len(backends))]

    return asyncio.run(collect())


def prompt(*texts: str, question: str, disputed: bool = False) -> list[dict[str, str]]:
    evidence = make_evidence(*texts, question=question, disputed=disputed)
    messages = build_messages(evidence, evidence.passages, ())
    return [{"role": message.role, "content": message.content} for message in messages]


def test_it_answers_through_the_real_adapter_with_citation_counts_and_a_price(
    assistant: Assistant,
) -> None:
    evidence = assistant.search("How many parameters does Mixtral 8x7B have?")
    environment = dict(os.environ)
    (said,) = ask(assistant, evidence, STAND_IN_ID)
    assert dict(os.environ) == environment
    assert (said.status, said.kind) == (Status.FINISHED, "proprietary")
    assert "46.7" in said.text
    assert said.citations
    receipt = said.receipt
    assert receipt.stop_reason is StopReason.END
    assert receipt.model == "stand-in-1"
    assert receipt.usage.output_tokens == len(tokens_of(said.text))
    assert not receipt.context_shortfall
    assert not receipt.stayed_local, "it stands for something that would not"
    assert receipt.destination.startswith("127.0.0.1:")
    spent = (receipt.usage.input_tokens or 0) * 2 + (receipt.usage.output_tokens or 0) * 8
    assert receipt.money.amount == pytest.approx(spent / 1e6)
    assert "invented" in receipt.money.price_source


def test_both_kinds_read_the_same_evidence_and_the_same_answer_comes_again(
    assistant: Assistant,
) -> None:
    evidence = assistant.search("Who makes Phi-3?")
    reader, first = ask(assistant, evidence, "reader", STAND_IN_ID)
    (again,) = ask(assistant, evidence, STAND_IN_ID)
    assert reader.receipt.evidence_hash == first.receipt.evidence_hash == evidence.hash
    assert again.text == first.text
    assert again.receipt.prompt_hash == first.receipt.prompt_hash


def test_nobody_sees_it_who_did_not_ask_for_it(standing: StandIn, built_home: Path) -> None:
    settings = load_settings(built_home, environ={})
    assert STAND_IN_ID not in {entry.id for entry in load_catalogue(built_home)}
    plain = open_assistant(settings)
    standing.beside(plain)
    assert STAND_IN_ID not in {entry.id for entry in plain.entries}
    assert settings.base_urls == {}


def test_it_is_ready_while_it_listens_and_gone_afterwards(home: Path) -> None:
    with stand_in(port=0) as standing:
        settings = standing.settings(Settings(home=home))
        backend = open_backend(standing.entry, settings, HashEmbedder)
        assert asyncio.run(backend.health()).state is HealthState.READY
    assert asyncio.run(backend.health()).state is HealthState.NOT_RUNNING


def test_its_entry_says_what_it_is_and_does_not_depend_on_the_port(standing: StandIn) -> None:
    with stand_in(port=0) as other:
        assert other.url != standing.url
        assert other.entry == standing.entry
    entry = standing.entry
    assert entry.label == "Stand-in for a proprietary API (runs here)"
    assert entry.price is not None
    assert "invented" in entry.price.source
    assert entry.key_variable is None
    assert "20 ms" in entry.about
    assert "200 tokens" in entry.about


def test_a_port_that_is_taken_is_replaced_by_a_free_one() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with stand_in(port=port) as standing:
            assert f":{port}/" not in standing.url


def test_its_speed_is_what_was_declared(built_home: Path) -> None:
    with stand_in(first_token_s=0.05, tokens_per_s=500, port=0) as standing:
        assistant = standing.beside(open_assistant(load_settings(built_home, environ={})))
        (said,) = ask(assistant, make_evidence(), STAND_IN_ID)
    first_s, written = said.receipt.first_token_s, said.receipt.usage.output_tokens
    assert first_s is not None
    assert written is not None
    assert first_s >= 0.05
    assert said.receipt.total_s >= 0.05 + (written - 1) / 500


def test_an_answer_is_cut_where_the_caller_says(standing: StandIn, home: Path) -> None:
    evidence = make_evidence()
    backend = open_backend(standing.entry, standing.settings(Settings(home=home)), HashEmbedder)
    request = plan_prompt(evidence, (), standing.entry).request
    short = type(request)(request.messages, evidence, 3, 32_768, 100)

    async def collect() -> list[Any]:
        return [delta async for delta in backend.stream(short)]

    *deltas, done = asyncio.run(collect())
    assert "".join(delta.text for delta in deltas) == "".join(tokens_of(answer_of(request))[:3])
    assert done.stop_reason is StopReason.LENGTH


def answer_of(request: Any) -> str:
    return answer([{"role": m.role, "content": m.content} for m in request.messages])


# The wire, byte by byte


def post(url: str, body: bytes) -> tuple[int, str, bytes]:
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request) as reply:
            return reply.status, reply.headers["Content-Type"], reply.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers["Content-Type"], error.read()


def test_a_stream_is_deltas_then_the_end_then_the_counts_then_done(standing: StandIn) -> None:
    asked = {"model": "x", "stream": True, "messages": prompt(question="Who makes Phi-3?")}
    status, kind, body = post(f"{standing.url}/chat/completions", json.dumps(asked).encode())
    assert (status, kind) == (200, "text/event-stream")
    *events, last = [line.removeprefix("data: ") for line in body.decode().split("\n\n")[:-1]]
    assert last == "[DONE]"
    *deltas, end, counts = [json.loads(event) for event in events]
    text = "".join(delta["choices"][0]["delta"]["content"] for delta in deltas)
    assert text == answer(asked["messages"])  # type: ignore[arg-type]
    assert end["choices"][0]["finish_reason"] == "stop"
    assert counts["usage"]["completion_tokens"] == len(deltas)


def test_without_a_stream_the_whole_answer_comes_at_once(standing: StandIn) -> None:
    asked = {"model": "x", "messages": prompt(question="Who makes Phi-3?")}
    _, _, body = post(f"{standing.url}/chat/completions", json.dumps(asked).encode())
    assert "Microsoft" in json.loads(body)["choices"][0]["message"]["content"]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/chat/completions", b"{", 400),
        ("/chat/completions", b'{"messages": []}', 400),
        ("/chat/completions", b'{"messages": [{"role": "user", "content": 5}]}', 400),
        ("/embeddings", b"{}", 404),
    ],
)
def test_what_is_no_request_is_refused_in_the_wires_own_words(
    standing: StandIn, path: str, body: bytes, status: int
) -> None:
    got, kind, error = post(standing.url + path, body)
    assert (got, kind) == (status, "application/json")
    assert json.loads(error)["error"]["code"]


# The rule


def test_the_sentence_that_shares_most_words_is_quoted_with_its_passages_number() -> None:
    said = answer(
        prompt(
            "Falcon is made by TII. Falcon 180B has 180 billion parameters.",
            "Grok is made by xAI.",
            question="How many parameters does Falcon 180B have?",
        )
    )
    assert said == "Falcon 180B has 180 billion parameters [1]."


def test_a_table_row_is_read_with_its_head() -> None:
    table = "| Model | Size |\n|---|---|\n| Mixtral 8x7B | 46.7B |\n| Mistral 7B | 7.3B |"
    said = answer(prompt("Nothing of it.", table, question="What size is Mistral 7B?"))
    assert said == "Model: Mistral 7B; Size: 7.3B [2]."


def test_it_refuses_when_nothing_in_the_prompt_fits() -> None:
    said = answer(prompt("Grok is made by xAI.", question="What does Cohere charge for Command?"))
    assert said == REFUSAL
    assert answer([{"role": "user", "content": "hello"}]) == REFUSAL
    assert answer(prompt("", question="Who makes Phi-3?")) == REFUSAL


def test_a_known_disagreement_is_answered_with_both_sides() -> None:
    said = answer(prompt(question="Who makes Phi-3?", disputed=True))
    assert said == (
        "The lesson says: Phi-3 comes from Inflection AI [1]. "
        "The vendor says: Phi-3 is a family of models from Microsoft [2]."
    )


def test_the_meaning_of_a_follow_up_is_what_is_looked_for() -> None:
    messages = prompt("Falcon is made by TII. Grok is made by xAI.", question="And that one?")
    messages[-1]["content"] += "\n(Meaning: Who is Grok made by?)"
    assert answer(messages) == "Grok is made by xAI [1]."


def test_the_pieces_of_an_answer_are_the_answer() -> None:
    for text in ("A 46.7B model, [1].", "", "naïve — [2]"):
        assert "".join(tokens_of(text)) == text
