"""What the page's configuration says: which event a browser raises when a person does something."""

import json
from dataclasses import dataclass
from typing import Any

from eval.bench.chat import wire


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that a browser asks of the server.

    Attributes:
        number: of the function, as the page names it.
        trigger: the component that raises it.
        inputs: the ids of the components whose values go along.
        outputs: the ids of those that it changes.
    """

    number: int
    trigger: int
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]

    def payload(self, session: str, values: dict[int, Any], data: Any = None) -> dict[str, Any]:
        """The request's body."""
        return {
            "data": [values.get(each) for each in self.inputs],
            "event_data": data,
            "fn_index": self.number,
            "trigger_id": self.trigger,
            "session_hash": session,
        }


@dataclass(frozen=True, slots=True)
class Page:
    """The events of a chat, and the components that they speak of.

    Attributes:
        port: of the server.
        values: what the components hold at first, by id.
        box, kind, conversation, live: components' ids.
        models: the ids of the two choices of models.
        opened: raised when the page is opened.
        visit: raised when the list of conversations is there.
        ask: raised by the button that sends a question.
        refresh: raised when a conversation has changed.
        tick: raised every fifteen seconds.
        has_heartbeat: whether an open page keeps a connection.
    """

    port: int
    values: dict[int, Any]
    box: int
    kind: int
    conversation: int
    live: int
    models: dict[str, int]
    opened: Event
    visit: Event
    ask: Event
    refresh: Event
    has_heartbeat: bool


async def read_page(port: int, cookie: str) -> Page:
    """Ask the server how its page is put together."""
    reply = await wire.request(port, "GET", "/config", headers={"cookie": cookie})
    return page_from(port, json.loads(reply.body))


def page_from(port: int, config: dict[str, Any]) -> Page:
    """The page from its configuration.

    Raises:
        LookupError: it is not laid out as this measurement knows it.
    """
    names = {
        component["props"]["elem_id"]: component["id"]
        for component in config["components"]
        if component.get("props", {}).get("elem_id")
    }
    values = {each["id"]: each.get("props", {}).get("value") for each in config["components"]}
    models = {kind: names[f"backend-{kind}"] for kind in ("open", "proprietary")}

    def event(component: int | None, target: str) -> Event:
        for dependency in config["dependencies"]:
            if [component, target] in [list(each) for each in dependency["targets"]]:
                inputs, outputs = tuple(dependency["inputs"]), tuple(dependency["outputs"])
                return Event(dependency["id"], component or 0, inputs, outputs)
        raise LookupError(f"the page has no event {target!r} of component {component}")

    return Page(
        port=port,
        values=values,
        box=names["question"],
        kind=names["kind"],
        conversation=names["conversation"],
        live=names["live"],
        models=models,
        opened=_opened(config, names["kind"]),
        visit=event(names["history"], "load"),
        ask=event(names["send"], "click"),
        refresh=event(names["conversation"], "change"),
        has_heartbeat=bool(config.get("connect_heartbeat")),
    )


def _opened(config: dict[str, Any], kind: int) -> Event:
    for dependency in config["dependencies"]:
        for component, target in dependency["targets"]:
            if target == "load" and kind in dependency["outputs"]:
                inputs, outputs = tuple(dependency["inputs"]), tuple(dependency["outputs"])
                return Event(dependency["id"], component or 0, inputs, outputs)
    raise LookupError("the page raises no event when it is opened")
