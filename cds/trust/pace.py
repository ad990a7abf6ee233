"""How fast callers may come: a window per client, and strangers counted instead of recorded one by one."""

import threading
from collections.abc import Callable

from cds.errors import TooMany

_WINDOW = 60.0


class Pace:
    """Requests of each client in the current minute of this process."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._began = monotonic()
        self._counts: dict[str, int] = {}

    def step(self, client: str, *, limit: int) -> None:
        """Count one request; raise `TooMany` where the client is over its limit."""
        now = self._monotonic()
        with self._lock:
            if now - self._began >= _WINDOW:
                self._began = now
                self._counts.clear()
            count = self._counts[client] = self._counts.get(client, 0) + 1
            left = _WINDOW - (now - self._began)
        if count > limit:
            raise TooMany("over the registered requests a minute", retry_after=max(1, round(left)))


class Strangers:
    """Refusals of callers nobody knows: one audit entry a minute with their number, never one each."""

    def __init__(self, enter: Callable[[int, float, float], None], now: Callable[[], float]) -> None:
        self._enter = enter
        self._now = now
        self._lock = threading.Lock()
        self._count = 0
        self._since = 0.0

    def refused(self) -> None:
        """Count one; enter the last minute's number where a new minute has begun."""
        now = self._now()
        with self._lock:
            due = self._count if self._count and now - self._since >= _WINDOW else 0
            since = self._since
            if due or not self._count:
                self._count, self._since = 0, now
            self._count += 1
        if due:
            self._enter(due, since, now)

    def flush(self) -> None:
        """Enter what was counted since the last entry."""
        with self._lock:
            due, since, self._count = self._count, self._since, 0
        if due:
            self._enter(due, since, self._now())
