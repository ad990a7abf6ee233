"""Where the parts are put together: the only place that names concrete adapters."""

from cds.wiring.build import Live, build, make_keys, open_keys, open_recorder, open_store, warm
from cds.wiring.door import Door, open_door

__all__ = [
    "Door",
    "Live",
    "build",
    "make_keys",
    "open_door",
    "open_keys",
    "open_recorder",
    "open_store",
    "warm",
]
