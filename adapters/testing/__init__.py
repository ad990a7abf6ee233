"""Conformance kits for adapters: what `ports` promises, as checks that anybody can run on their own.

```
from adapters.testing import check_adapter
check_adapter("store", lambda: MyStore("..."))
```

The factory is called several times and must return adapters over the same place, as two workers have.
A check raises AssertionError with the promise that was broken. Only tenants the kit makes up are touched.
`fixed-keys` is for a key ring that cannot be changed from here.
"""

from collections.abc import Callable, Sequence
from typing import Any

from adapters.testing.keys import FIXED_KEYS_CHECKS, KEYS_CHECKS
from adapters.testing.sealed import SEALED_CHECKS
from adapters.testing.store import STORE_CHECKS

CHECKS: dict[str, Sequence[Callable[[Callable[[], Any]], None]]] = {
    "store": (*STORE_CHECKS, *SEALED_CHECKS),
    "keys": KEYS_CHECKS,
    "fixed-keys": FIXED_KEYS_CHECKS,
}


def check_adapter(kind: str, factory: Callable[[], Any]) -> int:
    """Run all checks of a kind and return how many there were; the first broken promise is raised."""
    if kind not in CHECKS:
        raise ValueError(f"there are kits for {', '.join(sorted(CHECKS))}, not for {kind!r}")
    for check in CHECKS[kind]:
        check(factory)
    return len(CHECKS[kind])
