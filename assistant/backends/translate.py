"""Foreign errors become ours, here and nowhere else.

What a service says is read for its status and its codes only; its words are never passed on. A
code decides before a status does. Wires that have no code for a case are told by their words,
which is the last resort.
"""

from collections.abc import Callable

from assistant.backends.addresses import runs_here
from assistant.backends.catalogue import BackendEntry
from assistant.backends.errors import (
    AuthRejected,
    BackendBusy,
    BackendTimeout,
    BackendUnreachable,
    BadReply,
    ContentFiltered,
    ContextOverflow,
    ModelMissing,
    QuotaExhausted,
    RateLimited,
    StreamInterrupted,
)
from assistant.backends.failure import Failure, read_failure
from corpus.errors import BackendError

_CONTEXT = {"context_length_exceeded", "exceed_context_size_error", "request_too_large"}
_CONTEXT_WORDS = (
    "prompt is too long",
    "maximum context length",
    "maximum prompt length",
    "exceeds the context",
    "exceeds the available context",
    "exceeds the maximum number of tokens",
    "too large for model",
)
_QUOTA = {
    "insufficient_quota",
    "billing_error",
    "billing_not_active",
    "billing_hard_limit_reached",
    "payment_required",
    "daily_quota",
}
_QUOTA_WORDS = ("credit balance", "spending limit", "used all available credits")
_FILTER = {"content_filter", "content_policy_violation", "responsibleaipolicyviolation"}
_AUTH = {
    "invalid_api_key",
    "api_key_invalid",
    "authentication_error",
    "permission_error",
    "permission_denied",
    "unauthenticated",
    "unauthorized",
}
_MISSING = {"model_not_found", "not_found_error", "not_found"}
_RATE = {"rate_limit_exceeded", "rate_limit_error", "resource_exhausted", "too_many_requests"}
_BUSY = {
    "overloaded_error",
    "api_error",
    "server_error",
    "unavailable",
    "internal",
    "timeout_error",
    "deadline_exceeded",
    "service_unavailable",
}


def translate(
    exc: BaseException, entry: BackendEntry, destination: str, waited_s: float
) -> BackendError:
    """The error of ours that a foreign one means.

    Args:
        exc: what the client library raised.
        entry: the backend that was asked.
        destination: host and port that were asked.
        waited_s: how long was waited for the first token, in seconds.
    """
    failure = read_failure(exc)
    if failure.status is None and not failure.codes and not failure.in_stream:
        return _of_the_network(failure, entry, destination, waited_s)
    error = _of_the_code(failure, entry) or _of_the_status(failure, entry)
    error.retry_after_s = failure.retry_after_s
    return error


def interrupted(entry: BackendEntry) -> StreamInterrupted:
    """The answer broke off."""
    return StreamInterrupted(
        f"{entry.label} broke off before the end of its answer.",
        "Ask again, or ask another backend.",
    )


def bad_reply(entry: BackendEntry, destination: str) -> BadReply:
    """What came is not in the format that was asked for."""
    return BadReply(
        f"{entry.label} sent something that is not in the expected format.",
        f"Check the address ({destination}) and whether a proxy stands in between.",
    )


def filtered(entry: BackendEntry) -> ContentFiltered:
    """The provider withheld the answer."""
    return ContentFiltered(
        f"{entry.provider} withheld the answer of {entry.label}.",
        "Rephrase the question, or ask another backend.",
    )


def unreachable(entry: BackendEntry, destination: str) -> BackendUnreachable:
    """Nobody answers at the address."""
    if entry.adapter == "ollama":
        return BackendUnreachable(
            f"Ollama does not answer at {destination}.",
            "Start Ollama: ollama serve. Or choose the built-in reader.",
        )
    here = runs_here(entry, destination)
    return BackendUnreachable(
        f"{entry.label} cannot be reached at {destination}.",
        "Start it." if here else "Check the network, or switch to an open backend.",
    )


def missing_model(entry: BackendEntry, present: tuple[str, ...] = ()) -> ModelMissing:
    """The model is not there."""
    if entry.adapter == "ollama":
        there = f" There are: {', '.join(present[:8])}." if present else ""
        return ModelMissing(
            f"Ollama has not pulled {entry.model}.{there}", f"Run: ollama pull {entry.model}"
        )
    return ModelMissing(
        f"{entry.provider} does not know the model {entry.model}, or the key may not use it.",
        "Correct the model's name in backends.toml in the home folder, or switch the backend.",
    )


def _of_the_code(failure: Failure, entry: BackendEntry) -> BackendError | None:
    """By the service's own code, which is surer than the status."""
    in_words = failure.status in {None, 400, 402, 403, 413, 422, 429}
    if failure.is_overflow or (in_words and failure.says(_CONTEXT_WORDS)):
        return _overflow(failure, entry)
    if failure.status == 402 or (in_words and failure.says(_QUOTA_WORDS)):
        return _exhausted(failure, entry)
    for codes, error_of in _BY_CODE:
        if failure.codes & codes:
            return error_of(failure, entry)
    return None


def _of_the_status(failure: Failure, entry: BackendEntry) -> BackendError:
    status = failure.status or 0
    if failure.is_html:
        return BadReply(
            f"A web page came where {entry.label} should have answered (status {status}).",
            "Check the address and whether a proxy or a firewall stands in between.",
        )
    if status in {401, 403, 407}:
        return _rejected(failure, entry)
    if status == 404:
        return missing_model(entry)
    if status == 429:
        return _limited(failure, entry)
    if status >= 500 or status == 408:
        return _busy(failure, entry)
    return BadReply(
        f"{entry.label} did not take the request (status {status})."
        if status
        else f"{entry.label} reported an error that is not known here.",
        "Check the model's name and address in backends.toml, or switch to another backend.",
    )


def _of_the_network(
    failure: Failure, entry: BackendEntry, destination: str, waited_s: float
) -> BackendError:
    if failure.is_overflow:
        return _of_the_code(failure, entry) or bad_reply(entry, destination)
    if failure.never_connected:
        return unreachable(entry, destination)
    if failure.timed_out:
        which = "first_token_local_s" if runs_here(entry, destination) else "first_token_vendor_s"
        return BackendTimeout(
            f"{entry.label} did not begin to answer within {waited_s:g} seconds.",
            f"Ask again, or raise timeouts.{which} in settings.toml.",
        )
    if failure.broke_off:
        return interrupted(entry)
    return bad_reply(entry, destination)


def _overflow(_: Failure, entry: BackendEntry) -> ContextOverflow:
    return ContextOverflow(
        f"The prompt is longer than {entry.label} takes.",
        "Start a new conversation, shorten the question, or take a model with a larger window.",
    )


def _exhausted(_: Failure, entry: BackendEntry) -> QuotaExhausted:
    return QuotaExhausted(
        f"{entry.provider} says that the account has no credit or quota left.",
        f"Look at the billing page of {entry.provider}, or switch to an open backend.",
    )


def _rejected(_: Failure, entry: BackendEntry) -> AuthRejected:
    if entry.key_variable is None:
        return AuthRejected(
            f"{entry.label} wants a key, and none is named for it.",
            "Give its entry a key_variable in backends.toml in the home folder.",
        )
    return AuthRejected(
        f"{entry.provider} refused the key in {entry.key_variable}.",
        f"Set a valid key in {entry.key_variable} (environment, .env or keyring).",
    )


def _limited(failure: Failure, entry: BackendEntry) -> RateLimited:
    wait_s = failure.retry_after_s
    wait = f" for {wait_s:,.0f} seconds" if wait_s else ""
    return RateLimited(
        f"{entry.label} asks for a pause{wait}.", "Wait a little, or switch to another backend."
    )


def _busy(failure: Failure, entry: BackendEntry) -> BackendBusy:
    status = f" (status {failure.status})" if failure.status else ""
    return BackendBusy(
        f"{entry.label} is overloaded or failing on its side{status}.",
        "Ask again in a minute, or switch to another backend.",
    )


_BY_CODE: tuple[tuple[set[str], Callable[[Failure, BackendEntry], BackendError]], ...] = (
    (_CONTEXT, _overflow),
    (_QUOTA, _exhausted),
    (_FILTER, lambda _, entry: filtered(entry)),
    (_AUTH, _rejected),
    (_MISSING, lambda _, entry: missing_model(entry)),
    (_RATE, _limited),
    (_BUSY, _busy),
)
