"""The whole tree of errors that a user can meet, drawn once.

CounterpointError
├── ConfigError            a setting, a key or the machine must change
│   └── KeyMissing
├── InputError             what the user typed cannot be taken
├── CorpusError            a document
│   ├── SourceMissing
│   ├── SourceUnreadable
│   ├── SourceRefused
│   ├── SourceUnreachable
│   └── UnsafePath
├── StoreError             the index, the database (more leaves: assistant.conversations), the disk
│   ├── IndexMissing
│   ├── IndexStale
│   ├── IndexCorrupt
│   ├── IndexLocked
│   ├── StoreUnreachable
│   └── DiskFull
└── BackendError           the model or the service behind it (leaves: assistant.backends.errors)

Each error says what happened (``what``) and what to do (``cure``). Both are shown to people, so
neither ever holds a key, a traceback or text written by a model, a document or a server.
"""


class CounterpointError(Exception):
    """Root of the tree.

    Args:
        what: one sentence, what happened.
        cure: one sentence, what to do about it.
    """

    def __init__(self, what: str, cure: str) -> None:
        super().__init__(what)
        self.what = what
        self.cure = cure

    def __str__(self) -> str:
        return f"{self.what} {self.cure}"


class ConfigError(CounterpointError):
    """A setting, a key or the machine must change before this can work."""


class KeyMissing(ConfigError):
    """The key of a proprietary backend is not set."""


class InputError(CounterpointError):
    """What the user typed cannot be taken."""


class CorpusError(CounterpointError):
    """A document cannot be used."""


class SourceMissing(CorpusError):
    """The document is not there."""


class SourceUnreadable(CorpusError):
    """The document is there but cannot be read as text."""


class SourceRefused(CorpusError):
    """The page may not be fetched: the site forbids it, or a rule of ours does."""


class SourceUnreachable(CorpusError):
    """The page cannot be had just now; the same request may work later."""


class UnsafePath(CorpusError):
    """The path leaves the folder it was given for."""


class StoreError(CounterpointError):
    """The index or the database cannot be used."""


class IndexMissing(StoreError):
    """No index has been built yet."""


class IndexStale(StoreError):
    """The index was built with another embedder, chunker, corpus or library."""


class IndexCorrupt(StoreError):
    """The files of the index are not the ones that were written."""


class IndexLocked(StoreError):
    """Another process is building the index."""


class StoreUnreachable(StoreError):
    """The server that keeps the vectors, or the conversations, does not answer as it should."""


class DiskFull(StoreError):
    """There is no room to write in the home folder."""


class BackendError(CounterpointError):
    """The model, or the service behind it, did not give an answer.

    Attributes:
        retryable: whether the same request may work if it is sent again.
        retry_after_s: the wait that the service asked for, in seconds.
    """

    retryable: bool = False

    def __init__(self, what: str, cure: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(what, cure)
        self.retry_after_s = retry_after_s
