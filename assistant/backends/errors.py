"""What can go wrong with a backend.

BackendError
├── BackendUnreachable     nobody answers at the address; nothing was sent
├── BackendTimeout         the answer did not begin in time
├── BackendBusy            overloaded or failing on its side; the same request may work later
├── RateLimited            asked for fewer requests; may say how long to wait
├── QuotaExhausted         the account has no credit or quota left
├── AuthRejected           the key was refused
├── ModelMissing           the model is not there
├── ContextOverflow        the prompt is longer than the model's window
├── ContentFiltered        withheld by the provider
├── StreamInterrupted      the answer broke off before its end marker
└── BadReply               not in the expected format

``assistant.backends.translate`` turns foreign errors into these.
"""

from corpus.errors import BackendError


class BackendUnreachable(BackendError):
    """Nobody answers at the address."""


class BackendTimeout(BackendError):
    """The answer did not begin in time."""


class BackendBusy(BackendError):
    """The backend is overloaded or failing on its side."""

    retryable = True


class RateLimited(BackendError):
    """The backend asks for fewer requests."""

    retryable = True


class QuotaExhausted(BackendError):
    """The account has no credit or quota left."""


class AuthRejected(BackendError):
    """The key was refused."""


class ModelMissing(BackendError):
    """The model is not there."""


class ContextOverflow(BackendError):
    """The prompt is longer than the model's window."""


class ContentFiltered(BackendError):
    """The provider withheld the answer."""


class StreamInterrupted(BackendError):
    """The answer broke off before its end marker."""


class BadReply(BackendError):
    """The reply is not in the expected format."""
