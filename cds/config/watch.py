"""Sees that a new revision was published, by whichever worker or command, and has it loaded."""

import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

import structlog

SLOWEST = 5.0
"""Seconds between two looks while something fails."""

_log = structlog.get_logger("cds.config.watch")


class Watcher:
    """Asks for the newest revision's number and has each new one loaded, in a thread of its own.

    Start it in the process that uses it: a thread does not survive a fork. Where loading fails, what is
    loaded stays in use and the same revision is tried again.
    """

    def __init__(
        self,
        head: Callable[[], int | None],
        load: Callable[[int], None],
        *,
        every: float = 0.5,
        loaded: int | None = None,
    ) -> None:
        """Look every so many seconds; `loaded` is the revision in use at the start."""
        self._head = head
        self._load = load
        self._every = every
        self._failures = 0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="configuration watcher", daemon=True)
        self.loaded = loaded

    @property
    def failing(self) -> bool:
        """Whether the last look failed, so that what is in use may be old."""
        return self._failures > 0

    def start(self) -> Self:
        """Begin to look."""
        self._thread.start()
        return self

    def stop(self, *, timeout: float = 5.0) -> None:
        """Stop looking and wait for a look that is under way."""
        self._stopping.set()
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join(timeout)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def look(self) -> None:
        """Look once: load the newest revision where it is not the one in use."""
        newest = self._head()
        if newest is not None and newest != self.loaded:
            self._load(newest)
            self.loaded = newest
            _log.info("configuration_loaded", revision=newest)

    def _run(self) -> None:
        while not self._stopping.wait(self._pause()):
            try:
                self.look()
            except Exception as error:  # noqa: BLE001 - whatever fails, the next revision must still be seen
                self._failures += 1
                # The kind of the error only: its text may quote the document.
                _log.warning("configuration_not_loaded", error=type(error).__name__, failures=self._failures)
            else:
                self._failures = 0

    def _pause(self) -> float:
        return min(self._every * 2.0 ** min(self._failures, 10), max(SLOWEST, self._every))
