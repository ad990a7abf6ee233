"""The time of this machine, for what runs at somebody's command and not in the service."""

import time


class MachineClock:
    """A `Clock` that is the machine's own."""

    def now(self) -> float:
        """Return seconds since the epoch."""
        return time.time()

    def monotonic(self) -> float:
        """Return seconds of a clock that never goes back."""
        return time.monotonic()
