"""The second wall for keys: what the program writes to logs and standard error is looked through.

The first wall is that no error, page or file of ours holds a key. This one is for text that is not
ours: a library that logs a header, a traceback that Python prints by itself.
"""

import logging
import re
import sys
from typing import Any, Final, TextIO

from assistant.privacy import KEY_SHAPE

HIDDEN: Final = "[hidden]"
# A shorter one would take ordinary words out of every line.
_SHORTEST_CHARS: Final = 8
_BY_SHAPE: Final = re.compile(
    rf"(?:{KEY_SHAPE})"
    r"|(?i:(?<=bearer )|(?<=basic ))[\w+/=.~-]{8,}"
    r"|(?i:(?<![\w-])(?:authorization|(?:x-)?(?:goog-)?api[-_]key|x-chroma-token|api_?token))"
    r"[\"']?\s*[:=,]\s*b?[\"']?(?!bearer |basic )[\w+/=.~-]{8,}"
    r"|(?<=://)[^\s/:@]{0,128}:[^\s/@]{1,256}(?=@)"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)"
)
_known: set[str] = set()


def know(secret: str) -> None:
    """Hide this one wherever it is met, whatever its shape; one of a few letters is left alone."""
    if len(secret) >= _SHORTEST_CHARS:
        _known.add(secret)


def redact(text: str) -> str:
    """The text without the secrets that are known, and without what has the shape of one."""
    for secret in _known:
        text = text.replace(secret, HIDDEN)
    return _BY_SHAPE.sub(HIDDEN, text)


class RedactedStream:
    """A text stream that hides secrets in what is written to it; all else is the stream's own."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write the text without its secrets."""
        self._stream.write(redact(text))
        return len(text)

    def writelines(self, lines: Any) -> None:
        """Write lines without their secrets."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def guard_output() -> None:
    """Look through all that is logged or written to standard error from here on."""
    if sys.stderr is not None and not isinstance(sys.stderr, RedactedStream):
        sys.stderr = RedactedStream(sys.stderr)
    logging.setLogRecordFactory(_redacted_record)


def _redacted_record(*args: Any, **kwargs: Any) -> logging.LogRecord:
    record = logging.LogRecord(*args, **kwargs)
    try:
        message = record.getMessage()
    except (TypeError, ValueError):  # a message and values that do not fit; the handler says so
        return record
    record.msg, record.args = redact(message), None
    if record.exc_info and record.exc_info[0] is not None:
        record.exc_text = redact(_FORMATTER.formatException(record.exc_info))
    return record


_FORMATTER: Final = logging.Formatter()
