"""Counts failed attempts by address, so that guessing is slow and costs us nothing."""

import ipaddress
import math
import threading
from collections import OrderedDict

from cds.errors import TooMany


class Attempts:
    """So many failures a window and address; the table is bounded and forgets the oldest first."""

    def __init__(self, *, most: int = 10, seconds: float = 60.0, addresses: int = 4_096) -> None:
        self._most = most
        self._seconds = seconds
        self._addresses = addresses
        self._failures: OrderedDict[str, tuple[float, int]] = OrderedDict()
        self._lock = threading.Lock()

    def check(self, address: str, *, now: float) -> None:
        """Raise `TooMany` where an address has used up its window; `now` is monotonic seconds."""
        began, count = self._failures.get(_network(address), (now, 0))
        left = began + self._seconds - now
        if count >= self._most and left > 0:
            raise TooMany("too many failed attempts from this address", retry_after=math.ceil(left))

    def failed(self, address: str, *, now: float) -> None:
        """Count a failure; the first one opens the window."""
        network = _network(address)
        with self._lock:
            began, count = self._failures.pop(network, (now, 0))
            if now - began >= self._seconds:
                began, count = now, 0
            self._failures[network] = (began, count + 1)
            while len(self._failures) > self._addresses:
                self._failures.popitem(last=False)


def _network(address: str) -> str:
    """Return what one caller holds of addresses: one of IPv4, a /64 of IPv6."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is None:
        return str(ipaddress.ip_network((int(parsed) >> 64 << 64, 64)))
    return str(parsed)
