"""Updates of plain parts pass through; what offers choices is updated as Gradio does it."""

from typing import Any

import gradio as gr
import pytest
from gradio.state_holder import SessionState

from ui.web.page import Page


class Parts:
    """A small page and one callback that changes all of it."""

    def __init__(self) -> None:
        with Page(analytics_enabled=False) as self.page:
            self.html = gr.HTML("a")
            self.box = gr.Textbox()
            self.send = gr.Button("Send")
            self.kind = gr.Radio(["open", "both"], value="open")
            outputs = [self.html, self.box, self.send, self.kind]
            self.send.click(lambda: None, None, outputs)
        self.call = next(iter(self.page.fns.values()))
        self.state = SessionState(self.page)

    async def given(self, predictions: Any) -> list[Any]:
        return await self.page.postprocess_data(self.call, predictions, self.state)


@pytest.fixture
async def parts() -> Parts:
    return Parts()


async def test_an_update_says_what_gradio_would_say(parts: Parts) -> None:
    updates = {
        parts.html: gr.update(value="<b>x</b>"),
        parts.box: gr.update(value="Who?"),
        parts.send: gr.update(visible=False),
    }
    ours = await parts.given({block: dict(update) for block, update in updates.items()})
    theirs = await gr.Blocks.postprocess_data(parts.page, parts.call, updates, parts.state)
    for each in theirs:
        each.pop("props", None)  # the kind of the update once more, which nothing reads
    assert ours == theirs


async def test_a_component_is_not_made_anew_for_markup(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    def made(*_: object, **__: object) -> None:
        raise AssertionError("a component was made")

    for kind in (gr.HTML, gr.Button, gr.Textbox, gr.Radio):
        monkeypatch.setattr(kind, "__init__", made)
    sent = await parts.given({parts.html: gr.update(value="b"), parts.send: gr.skip()})
    assert sent[0] == {"__type__": "update", "value": "b"}
    assert sent[1:] == [{"__type__": "update"}] * 3


async def test_new_choices_are_known_to_the_session_and_stand_in_their_place(parts: Parts) -> None:
    sent = await parts.given(
        {parts.kind: gr.update(choices=["x"], value="x"), parts.html: gr.update(value="b")}
    )
    assert sent[0]["value"] == "b"
    assert sent[3]["value"] == "x"
    assert [value for _, value in parts.state[parts.kind._id].choices] == ["x"]


async def test_a_value_that_is_emptied_is_sent_as_empty(parts: Parts) -> None:
    sent = await parts.given({parts.box: gr.update(value=None)})
    assert sent[1] == {"__type__": "update", "value": None}


async def test_what_is_no_update_goes_gradios_way(parts: Parts) -> None:
    assert (await parts.given(["a", "b", "Go", "both"]))[0] == "a"
    assert await parts.given(gr.skip()) == await gr.Blocks.postprocess_data(
        parts.page, parts.call, gr.skip(), parts.state
    )
