from datetime import UTC, datetime

import httpx
import httpx2
import pytest

from assistant.backends.errors import BackendBusy, BackendTimeout, BackendUnreachable, BadReply
from assistant.backends.failure import ErrorInStream, read_failure
from assistant.backends.translate import translate
from tests.support.evidence import make_entry

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


def error_of(status: int, body: object = None, **headers: str) -> httpx.HTTPStatusError:
    request = httpx.Request("POST", "http://127.0.0.1/")
    response = httpx.Response(status, json=body, headers=headers, request=request)
    return httpx.HTTPStatusError("x", request=request, response=response)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("1", 1.0),
        ("2.5", 2.5),
        ("Mon, 23 Nov 2026 10:00:09 GMT", 9.0),
        ("Mon, 23 Nov 2026 09:00:00 GMT", 0.0),
        ("soon", None),
        ("-5", None),
        ("", None),
    ],
)
def test_the_wait_is_read_as_seconds_or_as_a_date(value: str, seconds: float | None) -> None:
    failure = read_failure(error_of(429, **{"retry-after": value}), now=lambda: NOW)
    assert failure.retry_after_s == seconds


def test_googles_wait_is_read_from_its_details() -> None:
    details = [{"@type": "x/google.rpc.RetryInfo", "retryDelay": "34s"}]
    failure = read_failure(error_of(429, {"error": {"code": 429, "details": details}}))
    assert failure.retry_after_s == 34


def test_codes_are_found_wherever_they_are_wrapped() -> None:
    body = {"error": {"type": "A", "code": "B", "details": [{"reason": "C"}]}}
    assert {"a", "b", "c"} <= read_failure(error_of(400, [body])).codes


def test_a_cause_is_read_through_what_wraps_it() -> None:
    outer = ValueError("outer")
    outer.__cause__ = error_of(503)
    assert read_failure(outer).status == 503


def test_an_error_that_causes_itself_is_read_once() -> None:
    error = ValueError("x")
    error.__context__ = error
    assert read_failure(error).status is None


@pytest.mark.parametrize("library", [httpx, httpx2])
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("ConnectError", BackendUnreachable),
        ("ConnectTimeout", BackendUnreachable),
        ("ReadTimeout", BackendTimeout),
        ("UnsupportedProtocol", BackendUnreachable),
    ],
)
def test_both_http_libraries_are_understood(
    library: object, name: str, expected: type[Exception]
) -> None:
    error = getattr(library, name)("secret words")
    ours = translate(error, make_entry(), "api.vendor.example", 30)
    assert type(ours) is expected
    assert "secret words" not in str(ours)


def test_an_error_in_the_stream_is_read_by_its_code() -> None:
    body = {"type": "error", "error": {"type": "overloaded_error"}}
    assert isinstance(translate(ErrorInStream(body), make_entry(), "h", 1), BackendBusy)


@pytest.mark.parametrize("error", [ValueError("x"), KeyError("choices"), TypeError()])
def test_what_makes_no_sense_is_a_bad_reply(error: Exception) -> None:
    assert isinstance(translate(error, make_entry(), "h", 1), BadReply)
