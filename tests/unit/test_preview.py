"""What would be sent is shown before anything is, and is what is sent afterwards."""

import asyncio
import json
from collections.abc import Sequence

import pytest

from assistant.answering import Answering
from assistant.backends.base import Backend
from assistant.backends.catalogue import BackendEntry, DataPolicy, Price
from assistant.backends.errors import ContextOverflow
from assistant.backends.gguf import PACKAGED_MODEL
from assistant.preview import Preview, make_preview
from assistant.records import preview_record
from assistant.settings import load_settings
from assistant.sides import UnopenedBackend
from assistant.turns import Exchange, Failed, Finished
from corpus.errors import ConfigError
from index.hash_embedder import HashEmbedder
from tests.support.evidence import make_entry, make_evidence
from tests.support.scripted import ScriptedBackend, done

EMBEDDER = HashEmbedder()
PRICE = Price(input=2, output=10, date="2026-10-01", source="price page")
TEXTS = ["word " * 200, "word " * 200, "word " * 200]
QUESTION = "My name is Anna Smith. Who makes Phi-3?"


def entry_of(backend_id: str, **changes: object) -> BackendEntry:
    return make_entry(price=PRICE).model_copy(
        update={"id": backend_id, "label": backend_id, **changes}
    )


def backend_of(backend_id: str, **changes: object) -> ScriptedBackend:
    return ScriptedBackend("Yes [1].", done(), entry=entry_of(backend_id, **changes))


def preview_of(
    *backends: Backend, texts: Sequence[str] = (), history: Sequence[Exchange] = ()
) -> Preview:
    evidence = make_evidence(*texts, question=QUESTION)
    return make_preview(evidence, history, backends, lambda: EMBEDDER)


@pytest.mark.parametrize(
    "backends",
    [
        [backend_of("one")],
        [backend_of("one"), backend_of("two", context_window_tokens=1200, max_output_tokens=300)],
        [backend_of("tiny", adapter="gguf", model=PACKAGED_MODEL, kind="open")],
        [backend_of("tiny", adapter="gguf", model=PACKAGED_MODEL), backend_of("two")],
        [backend_of("reader", adapter="reader", kind="open"), backend_of("two")],
    ],
)
async def test_after_a_preview_the_very_messages_that_it_showed_are_sent(
    backends: list[ScriptedBackend],
) -> None:
    history = [Exchange("Who makes Grok?", "xAI does.")]
    preview = preview_of(*backends, texts=TEXTS, history=history)
    assert all(backend.requests == [] for backend in backends)
    stops = [asyncio.Event() for _ in backends]
    answering = Answering(load_settings(), lambda: EMBEDDER)
    events = answering.answer_sides(preview.evidence, history, backends, stops)
    ends = {e.side: e.event async for e in events if isinstance(e.event, Finished | Failed)}
    for place, (backend, side) in enumerate(zip(backends, preview.sides, strict=True)):
        receipt = ends[place].answer.receipt
        if backend.entry.adapter != "reader":
            assert backend.requests[0].messages == preview.messages
            assert receipt.prompt_hash == preview.prompt_hash
        assert receipt.prompt_hash == side.prompt_hash
        assert receipt.bytes_sent == side.bytes_sent
        assert receipt.passages_cut == side.passages_cut
        assert receipt.fitted_to == side.fitted_to


def test_a_preview_says_where_the_prompt_would_go_and_what_is_kept_there() -> None:
    data = DataPolicy(training="Not.", retention="30 days.", source="terms", date="2026-10-01")
    here = ScriptedBackend(entry=entry_of("here", kind="open"), destination="127.0.0.1:11434")
    there = backend_of("there", data=data, base_url="https://api.vendor.example/v1")
    local, vendor = preview_of(here, there).sides
    assert (local.destination, local.stays_local) == ("127.0.0.1:11434", True)
    assert (vendor.destination, vendor.stays_local) == ("api.vendor.example", False)
    assert (vendor.retention, vendor.retention_source) == ("Not. 30 days.", "terms")
    assert vendor.retention_date == "2026-10-01"


def test_the_cost_lies_between_an_empty_answer_and_the_longest_with_its_reasoning() -> None:
    preview = preview_of(backend_of("one", thinking_tokens=1000))
    side = preview.sides[0]
    assert side.answer_tokens == 1500
    assert 0 < side.tokens_low < side.tokens_high
    assert side.cost_low.amount == pytest.approx(side.tokens_low * 2 / 1e6)
    assert side.cost_high.amount == pytest.approx((side.tokens_high * 2 + 1500 * 10) / 1e6)
    assert side.cost_high.price_date == "2026-10-01"


def test_a_cost_that_cannot_be_known_stays_unknown() -> None:
    side = preview_of(backend_of("one", price=None)).sides[0]
    assert (side.cost_low.amount, side.cost_high.amount) == (None, None)


def test_what_looks_personal_in_the_question_is_marked_where_it_stands() -> None:
    preview = preview_of(backend_of("one"))
    (mark,) = preview.personal
    text = preview.messages[mark.message].content
    assert text[mark.span.start : mark.span.end] == "Anna Smith"
    assert (mark.what, mark.message) == ("name", len(preview.messages) - 1)


def test_an_earlier_question_is_part_of_what_is_sent_and_is_marked_too() -> None:
    history = [Exchange("Mail me at anna@example.org", "I cannot.")]
    preview = preview_of(backend_of("one"), history=history)
    assert [mark.what for mark in preview.personal] == ["e-mail address", "name"]


def test_the_reader_alone_is_sent_nothing() -> None:
    preview = preview_of(backend_of("reader", adapter="reader", kind="open"))
    assert (preview.messages, preview.prompt_hash, preview.personal) == ((), "", ())
    assert (preview.sides[0].bytes_sent, preview.sides[0].passages_sent) == (0, (1, 2))


def test_a_side_that_would_be_sent_nothing_says_why() -> None:
    closed = UnopenedBackend(entry_of("closed"), ConfigError("It is broken.", "Mend it."))
    tiny = backend_of("tiny", context_window_tokens=300)
    broken, overflowing, fine = preview_of(closed, tiny, backend_of("fine")).sides
    assert isinstance(broken.error, ConfigError)
    assert isinstance(overflowing.error, ContextOverflow)
    assert (broken.bytes_sent, overflowing.bytes_sent) == (0, 0)
    assert (broken.cost_high.amount, overflowing.prompt_hash) == (0.0, "")
    assert fine.error is None
    assert fine.bytes_sent > 0


def test_a_preview_can_be_read_by_a_script() -> None:
    tiny = backend_of("tiny", context_window_tokens=300)
    preview = preview_of(tiny, backend_of("fine"))
    record = json.loads(json.dumps(preview_record(preview)))
    assert record["prompt_hash"] == preview.prompt_hash
    assert record["messages"][-1]["content"] == preview.messages[-1].content
    assert record["personal"][0]["text"] == "Anna Smith"
    assert record["sides"][0]["error"]["what"]
    assert record["sides"][1]["destination"] == "api.vendor.example"
