"""How each vendor writes a streamed reply and an error, as bytes on the wire.

Written from the formats that the vendors document; the words are ours.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

WireName = Literal["openai", "anthropic", "google", "xai", "mistral", "ollama"]
Stop = Literal["end", "length", "filter", "refusal"]
Json = dict[str, Any]

_OPENAI_STOPS = {"end": "stop", "length": "length", "filter": "content_filter", "refusal": "stop"}
_STOPS: dict[str, dict[str, str]] = {
    "openai": _OPENAI_STOPS,
    "xai": _OPENAI_STOPS,
    "mistral": {"end": "stop", "length": "length", "filter": "stop", "refusal": "stop"},
    "anthropic": {
        "end": "end_turn",
        "length": "max_tokens",
        "filter": "refusal",
        "refusal": "refusal",
    },
    "google": {"end": "STOP", "length": "MAX_TOKENS", "filter": "SAFETY", "refusal": "SAFETY"},
    "ollama": {"end": "stop", "length": "length", "filter": "stop", "refusal": "stop"},
}


@dataclass(frozen=True, slots=True)
class Counts:
    """Tokens as the server counts them."""

    input: int = 120
    output: int = 7
    cached: int = 20


@dataclass(frozen=True, slots=True)
class Reply:
    """One streamed reply.

    Attributes:
        pieces: the text, as it is cut into deltas.
        counts: tokens, or None for a server that does not say.
        stop: why the model stops.
        model: the model's name in the reply.
        remote_host: for Ollama, where the reply was really made.
    """

    pieces: tuple[str, ...]
    counts: Counts | None = Counts()
    stop: Stop = "end"
    model: str = "stand-in-1"
    remote_host: str | None = None


@dataclass(frozen=True, slots=True)
class Events:
    """A reply on the wire: what comes before the text, one event a delta, and the end."""

    head: tuple[bytes, ...]
    deltas: tuple[bytes, ...]
    end: tuple[bytes, ...]


def content_type(wire: WireName) -> str:
    """The media type of a streamed reply."""
    return "application/x-ndjson" if wire == "ollama" else "text/event-stream"


def write_reply(wire: WireName, reply: Reply) -> Events:
    """The events of a reply."""
    return _WRITERS[wire](reply, _STOPS[wire][reply.stop])


def _sse(payload: Json | str, event: str | None = None) -> bytes:
    data = payload if isinstance(payload, str) else json.dumps(payload, ensure_ascii=False)
    name = f"event: {event}\n" if event else ""
    return f"{name}data: {data}\n\n".encode()


def _openai(reply: Reply, stop: str) -> Events:
    def chunk(delta: Json, finish: str | None = None) -> Json:
        return {
            "id": "chatcmpl-1",
            "object": "chat.completion.chunk",
            "created": 1,
            "model": reply.model,
            "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
        }

    end = [_sse(chunk({}, stop))]
    if reply.counts:
        usage = {
            "prompt_tokens": reply.counts.input,
            "completion_tokens": reply.counts.output,
            "total_tokens": reply.counts.input + reply.counts.output,
            "prompt_tokens_details": {"cached_tokens": reply.counts.cached},
        }
        end.append(_sse({**chunk({}), "choices": [], "usage": usage}))
    return Events(
        head=(_sse(chunk({"role": "assistant", "content": ""})),),
        deltas=tuple(_sse(chunk({"content": piece})) for piece in reply.pieces),
        end=(*end, _sse("[DONE]")),
    )


def _mistral(reply: Reply, stop: str) -> Events:
    def chunk(delta: Json, finish: str | None = None) -> Json:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        return {"id": "cmpl-1", "object": "chat.completion.chunk", "created": 1} | {
            "model": reply.model,
            "choices": [choice],
        }

    last = chunk({"content": ""}, stop)
    if reply.counts:
        last["usage"] = {
            "prompt_tokens": reply.counts.input,
            "completion_tokens": reply.counts.output,
            "total_tokens": reply.counts.input + reply.counts.output,
            "prompt_tokens_details": {"cached_tokens": reply.counts.cached},
        }
    return Events(
        head=(_sse(chunk({"role": "assistant", "content": ""})),),
        deltas=tuple(_sse(chunk({"content": piece})) for piece in reply.pieces),
        end=(_sse(last), _sse("[DONE]")),
    )


def _anthropic(reply: Reply, stop: str) -> Events:
    counts = reply.counts or Counts(0, 0, 0)
    start = {
        "type": "message_start",
        "message": {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "model": reply.model,
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
            "usage": {
                "input_tokens": counts.input - counts.cached,
                "cache_read_input_tokens": counts.cached,
                "cache_creation_input_tokens": 0,
                "output_tokens": 1,
            },
        },
    }
    block = {"type": "content_block_start", "index": 0, "content_block": {"type": "text"}}
    block["content_block"] = {"type": "text", "text": ""}
    finish = {
        "type": "message_delta",
        "delta": {"stop_reason": stop, "stop_sequence": None},
        "usage": {"output_tokens": counts.output},
    }

    def delta(piece: str) -> bytes:
        body = {"type": "text_delta", "text": piece}
        payload = {"type": "content_block_delta", "index": 0, "delta": body}
        return _sse(payload, "content_block_delta")

    return Events(
        head=(
            _sse(start, "message_start"),
            _sse(block, "content_block_start"),
            _sse({"type": "ping"}, "ping"),
        ),
        deltas=tuple(delta(piece) for piece in reply.pieces),
        end=(
            _sse({"type": "content_block_stop", "index": 0}, "content_block_stop"),
            _sse(finish, "message_delta"),
            _sse({"type": "message_stop"}, "message_stop"),
        ),
    )


def _google(reply: Reply, stop: str) -> Events:
    def chunk(text: str | None, finish: str | None = None) -> Json:
        candidate: Json = {"index": 0}
        if text is not None:
            candidate["content"] = {"role": "model", "parts": [{"text": text}]}
        if finish:
            candidate["finishReason"] = finish
        body: Json = {"candidates": [candidate], "modelVersion": reply.model}
        if reply.counts:
            written = reply.counts.output if finish else 1
            body["usageMetadata"] = {
                "promptTokenCount": reply.counts.input,
                "candidatesTokenCount": written,
                "totalTokenCount": reply.counts.input + written,
                "cachedContentTokenCount": reply.counts.cached,
            }
        return body

    return Events(
        head=(),
        deltas=tuple(_sse(chunk(piece)) for piece in reply.pieces),
        end=(_sse(chunk("", stop)),),
    )


def _ollama(reply: Reply, stop: str) -> Events:
    remote = {"remote_model": "big", "remote_host": reply.remote_host} if reply.remote_host else {}

    def line(text: str, **more: object) -> bytes:
        body = {
            "model": reply.model,
            "created_at": "2026-11-23T10:00:00Z",
            **remote,
            "message": {"role": "assistant", "content": text},
            "done": False,
            **more,
        }
        return json.dumps(body, ensure_ascii=False).encode() + b"\n"

    last: Json = {"done": True, "done_reason": stop, "total_duration": 10**9}
    last["load_duration"] = 250_000_000
    if reply.counts:
        last["prompt_eval_count"] = reply.counts.input
        last["eval_count"] = reply.counts.output
    return Events(
        head=(), deltas=tuple(line(piece) for piece in reply.pieces), end=(line("", **last),)
    )


_WRITERS = {
    "openai": _openai,
    "xai": _openai,
    "mistral": _mistral,
    "anthropic": _anthropic,
    "google": _google,
    "ollama": _ollama,
}

Fault = Literal[
    "auth", "rate", "quota", "server", "busy", "context", "filter", "model", "bad request"
]
# The status, and the vendor's own code for it where it has one.
_FAULTS: dict[str, dict[str, tuple[int, str]]] = {
    "openai": {
        "auth": (401, "invalid_api_key"),
        "rate": (429, "rate_limit_exceeded"),
        "quota": (429, "insufficient_quota"),
        "server": (500, "server_error"),
        "busy": (503, "server_error"),
        "context": (400, "context_length_exceeded"),
        "filter": (400, "content_filter"),
        "model": (404, "model_not_found"),
        "bad request": (400, "invalid_value"),
    },
    "anthropic": {
        "auth": (401, "authentication_error"),
        "rate": (429, "rate_limit_error"),
        "quota": (402, "billing_error"),
        "server": (500, "api_error"),
        "busy": (529, "overloaded_error"),
        "context": (400, "invalid_request_error"),
        "filter": (400, "content_filter"),
        "model": (404, "not_found_error"),
        "bad request": (400, "invalid_request_error"),
    },
    "google": {
        "auth": (400, "INVALID_ARGUMENT"),
        "rate": (429, "RESOURCE_EXHAUSTED"),
        "quota": (429, "RESOURCE_EXHAUSTED"),
        "server": (500, "INTERNAL"),
        "busy": (503, "UNAVAILABLE"),
        "context": (400, "INVALID_ARGUMENT"),
        "filter": (400, "content_filter"),
        "model": (404, "NOT_FOUND"),
        "bad request": (400, "INVALID_ARGUMENT"),
    },
    "mistral": {
        "auth": (401, "unauthorized"),
        "rate": (429, "1300"),
        "quota": (402, "payment_required"),
        "server": (500, "1000"),
        "busy": (503, "3000"),
        "context": (400, "3051"),
        "filter": (400, "content_filter"),
        "model": (404, "1500"),
        "bad request": (422, "invalid_request"),
    },
    "ollama": {
        "server": (500, ""),
        "busy": (503, ""),
        "context": (400, ""),
        "model": (404, ""),
        "bad request": (400, ""),
    },
}
_FAULTS["xai"] = _FAULTS["openai"] | {"context": (400, "invalid-argument")}
# Wires that have no code of their own for a prompt that is too long say it in words only.
_WORDS = {
    ("anthropic", "context"): "prompt is too long: 9000 tokens > 8000 maximum",
    ("google", "context"): "The input token count exceeds the maximum number of tokens allowed.",
    ("ollama", "context"): "the input length exceeds the context length",
    ("xai", "context"): "This model's maximum prompt length is 8000.",
    ("mistral", "context"): "Prompt contains 9000 tokens, too large for model.",
}


def faults_of(wire: WireName) -> tuple[str, ...]:
    """Which faults a wire has a form for."""
    return tuple(_FAULTS[wire])


def write_error(wire: WireName, fault: str, secret: str = "") -> tuple[int, bytes]:
    """Status and body of an error. ``secret`` is echoed, as careless servers do."""
    status, code = _FAULTS[wire][fault]
    words = f"{_WORDS.get((wire, fault), 'Something is wrong.')} {secret}".strip()
    return status, json.dumps(_error_body(wire, fault, status, code, words)).encode()


def write_error_event(wire: WireName, fault: str) -> bytes:
    """The same error as an event in the middle of a stream."""
    status, code = _FAULTS[wire][fault]
    body = _error_body(wire, fault, status, code, "Something broke.")
    if wire == "ollama":
        return json.dumps(body).encode() + b"\n"
    return _sse(body, "error" if wire == "anthropic" else None)


def _error_body(wire: WireName, fault: str, status: int, code: str, words: str) -> Json:
    match wire:
        case "anthropic":
            return {"type": "error", "error": {"type": code, "message": words}}
        case "google":
            details: list[Json] = []
            kind = "type.googleapis.com/google.rpc."
            if fault == "auth":
                details.append({"@type": kind + "ErrorInfo", "reason": "API_KEY_INVALID"})
            if fault == "quota":
                quota_id = "GenerateRequestsPerDayPerProjectPerModel-FreeTier"
                violation = {"quotaId": quota_id}
                details.append({"@type": kind + "QuotaFailure", "violations": [violation]})
            return {"error": {"code": status, "message": words, "status": code, "details": details}}
        case "mistral":
            return {"object": "error", "message": words, "type": "invalid_request", "code": code}
        case "ollama":
            return {"error": words}
        case _:
            error = {"message": words, "type": "invalid_request_error", "code": code}
            return {"error": error}


def recut(parts: Iterator[bytes] | tuple[bytes, ...], size: int) -> Iterator[bytes]:
    """The same bytes in pieces of ``size``."""
    whole = b"".join(parts)
    for start in range(0, len(whole), size):
        yield whole[start : start + size]
