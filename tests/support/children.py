"""Work in a forked child that may die of it."""

import os
from collections.abc import Callable

from corpus.errors import CounterpointError


def in_a_child(work: Callable[[], object]) -> str:
    """What the work returned or raised, as text; the signal's number if it was killed."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        try:
            said = str(work())
        except CounterpointError as exc:
            said = type(exc).__name__
        except BaseException as exc:  # noqa: BLE001 - a child must never go on as its parent
            said = f"not ours: {exc!r}"
        os.write(writer, said.encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as stream:
        said = stream.read()
    status = os.waitpid(child, 0)[1]
    return f"signal {os.WTERMSIG(status)}" if os.WIFSIGNALED(status) else said
