"""The page's own kind of Gradio page: updates of plain parts cost the server next to nothing.

Gradio makes a component anew for each update of it, and writes its configuration anew, so that
later input is checked against it. While an answer grows, that is most of the work of a server.
Markup, buttons and layout take no input that could be checked: their updates pass through as they
are. What offers choices, and state, goes Gradio's way.
"""

import copy
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import gradio as gr

if TYPE_CHECKING:
    from gradio.block_function import BlockFunction
    from gradio.state_holder import SessionState

_PLAIN: Final = (gr.HTML, gr.Button, gr.Textbox, gr.Row, gr.Column)
_UNCHANGED: Final[Mapping[str, str]] = {"__type__": "update"}


class Page(gr.Blocks):
    """A page whose callbacks give updates by component (``gr.update``, ``gr.skip``)."""

    async def postprocess_data(
        self,
        block_fn: "BlockFunction",
        predictions: Any,
        state: "SessionState | None",
    ) -> list[Any]:
        """What is sent for what a callback gave, in the order of its outputs."""
        given = _by_output(block_fn, predictions)
        if given is None:
            return list(await super().postprocess_data(block_fn, predictions, state))
        sent: list[Any] = []
        rest = []
        for place, (block, update) in enumerate(zip(block_fn.outputs, given, strict=True)):
            if update is None or update == _UNCHANGED:
                sent.append(dict(_UNCHANGED))
            elif isinstance(block, _PLAIN) and _is_plain(update):
                sent.append({k: v for k, v in update.items() if v is not None or k == "value"})
            else:
                sent.append(None)
                rest.append(place)
        if rest:
            part = copy.copy(block_fn)
            part.outputs = [block_fn.outputs[place] for place in rest]
            made = await super().postprocess_data(part, _given(rest, given), state)
            for place, update in zip(rest, made, strict=True):
                sent[place] = update
        return sent


def _given(places: list[int], given: list[Any]) -> Any:
    """As a callback gives it: a list, or the only one by itself."""
    chosen = [given[place] for place in places]
    return chosen[0] if len(chosen) == 1 else chosen


def _by_output(block_fn: "BlockFunction", predictions: Any) -> list[Any] | None:
    """The updates in the order of the outputs, None where there is none; None if they are others.

    A single update for all outputs, values that are no updates, and the end of a run are others.
    """
    outputs = block_fn.outputs
    if not isinstance(predictions, dict) or not predictions:
        return None
    if not all(isinstance(block, gr.blocks.Block) for block in predictions):
        return None
    updates = {block._id: update for block, update in predictions.items()}
    if not updates.keys() <= {block._id for block in outputs}:
        return None
    return [updates.get(block._id) for block in outputs]


def _is_plain(update: Any) -> bool:
    return isinstance(update, dict) and update.get("__type__") == "update"
