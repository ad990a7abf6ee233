"""How a check says what was promised."""

import secrets
from collections.abc import Callable
from typing import Any


def holds(condition: object, promise: str) -> None:
    """Raise AssertionError with the promise unless the condition is true."""
    if not condition:
        raise AssertionError(promise)


def raises(error: type[Exception], act: Callable[[], Any], promise: str) -> None:
    """Raise AssertionError with the promise unless `act` raises `error`."""
    try:
        act()
    except error:
        return
    raise AssertionError(promise)


def fresh(prefix: str) -> str:
    """Return a name that nobody used before."""
    return f"{prefix}-{secrets.token_hex(6)}"
