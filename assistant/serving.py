"""The knowledge that serves, replaced by newer knowledge without a pause."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from assistant.home_index import index_folder
from assistant.knowledge import Knowledge, load_knowledge, open_knowledge
from assistant.settings import Settings
from assistant.vector_place import home_place
from corpus.errors import CounterpointError, StoreError, StoreUnreachable
from index.build import Progress
from index.embedder import Embedder
from index.generation import current_generation

Result = TypeVar("Result")

# Searching here is work for the interpreter, which runs one thread at a time: one question after
# the other is asked sooner than all of them at once. A server elsewhere is waited for.
_SEARCHES_HERE: Final = 1
_SEARCHES_ELSEWHERE: Final = 16


@dataclass(slots=True)
class _Held:
    """Knowledge, how many questions use it now, and whether newer knowledge has taken its place."""

    knowledge: Knowledge
    users: int = 0
    is_retired: bool = False


class Serving:
    """Loads knowledge when it is first needed, and again when another process has built newer.

    The question that sees newer knowledge waits a little for it: whoever has just added a document
    asks about it. Where loading takes longer the old one answers. It is closed when nobody uses it.
    Safe to use from several threads.

    Args:
        settings: the settings.
        tell: told what is being done, for people.
        progress: told about the steps of a build; else ``tell`` is.
        warn: told why not all documents can be found, for people.
        embedder: one that is there already; else the settings' is loaded.
        patience_s: how long the question that sees newer knowledge waits for it, in seconds; after
            that the old one answers it.
    """

    def __init__(
        self,
        settings: Settings,
        tell: Callable[[str], None],
        *,
        progress: Progress | None = None,
        warn: Callable[[str], None] | None = None,
        embedder: Embedder | None = None,
        patience_s: float = 3.0,
    ) -> None:
        self._settings = settings
        self._tell = tell
        self._progress = progress
        self._warn = warn
        self._loading = threading.Lock()
        self._swapping = threading.Lock()
        self._held: _Held | None = None
        self._embedder = embedder
        self._patience_s = patience_s
        self._renewal: threading.Thread | None = None
        self._unusable: str | None = None
        is_here = settings.index.chroma_url is None
        self._searches = ThreadPoolExecutor(
            _SEARCHES_HERE if is_here else _SEARCHES_ELSEWHERE, "search"
        )
        self._asked: set[Future[Any]] = set()

    @property
    def is_loaded(self) -> bool:
        """Whether questions can be answered without waiting."""
        return self._held is not None

    @property
    def knowledge(self) -> Knowledge:
        """What serves now, loaded if need be; for what stays good when it is closed.

        Raises:
            StoreError: the index cannot be built or opened.
            ConfigError: the embedder cannot be loaded.
        """
        return self._load().knowledge

    def use(self, work: Callable[[Knowledge], Result]) -> Result:
        """Do something with the knowledge, which stays open until it is done.

        An index that turns out to be damaged, or gone, is opened or built again, once.

        Raises:
            StoreError: the index cannot be used.
            ConfigError: the embedder cannot be loaded.
        """
        held = self._take()
        try:
            return work(held.knowledge)
        except StoreError:
            self._retire(held)
        finally:
            self._give_back(held)
        held = self._take()
        try:
            return work(held.knowledge)
        finally:
            self._give_back(held)

    async def use_in_turn(self, work: Callable[[Knowledge], Result]) -> Result:
        """``use`` beside the event loop, in the order of asking, a few at a time.

        Raises:
            StoreError: the index cannot be used.
            ConfigError: the embedder cannot be loaded.
        """
        future = self._searches.submit(self.use, work)
        self._asked.add(future)
        future.add_done_callback(self._asked.discard)
        return await asyncio.wrap_future(future)

    def finish(self) -> None:
        """Give up what was asked in turn and has not begun; wait for the rest of it.

        When the interpreter ends before, the libraries cannot begin a thread any more, and fail.
        """
        asked = tuple(self._asked)
        for future in asked:
            future.cancel()
        wait(asked)

    def settle(self) -> None:
        """Wait until newer knowledge that was seen is loaded."""
        renewal = self._renewal
        if renewal is not None:
            renewal.join()

    def _load(self) -> _Held:
        with self._loading:
            held = self._held
            if held is None:
                knowledge = load_knowledge(
                    self._settings,
                    self._tell,
                    progress=self._progress,
                    warn=self._warn,
                    embedder=self._embedder,
                )
                self._embedder = knowledge.embedder
                held = self._held = _Held(knowledge)
                self._tell("ready")
            return held  # another thread may retire it meanwhile

    def _take(self) -> _Held:
        while True:
            held = self._load()
            self._look_for_newer(held.knowledge)
            with self._swapping:
                if not held.is_retired:
                    held.users += 1
                    return held

    def _give_back(self, held: _Held) -> None:
        with self._swapping:
            held.users -= 1
            is_over = held.is_retired and held.users == 0
        if is_over:
            held.knowledge.close()

    def _retire(self, held: _Held, newer: Knowledge | None = None) -> None:
        """Let nobody begin to use it; the next to ask finds the newer one, or loads."""
        with self._swapping:
            is_late = self._held is not held
            if not is_late:
                self._held = None if newer is None else _Held(newer)
            is_over = not held.is_retired and held.users == 0
            held.is_retired = True
        if is_over:
            held.knowledge.close()
        if is_late and newer is not None:
            newer.close()

    def _look_for_newer(self, knowledge: Knowledge) -> None:
        try:
            newest = current_generation(index_folder(self._settings.home))
        except StoreError:
            return  # what is loaded does not need the files on the disk
        if newest in {None, knowledge.generation, self._unusable}:
            return
        with self._swapping:
            if self._renewal is not None and self._renewal.is_alive():
                return
            self._renewal = threading.Thread(
                target=self._renew, args=(newest,), name="renew-index", daemon=True
            )
            self._renewal.start()
            renewal = self._renewal
        renewal.join(self._patience_s)

    def _renew(self, newest: str) -> None:
        held = self._held
        if held is None:
            return
        try:
            newer = open_knowledge(
                index_folder(self._settings.home),
                held.knowledge.embedder,
                home_place(self._settings),
            )
        except StoreUnreachable:
            return  # the next question tries again
        except CounterpointError:
            # Built by another version of the program, or with another embedder.
            self._unusable = newest
            return
        self._retire(held, newer)
