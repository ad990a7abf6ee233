"""Where the parts are put together: the only place that names concrete adapters."""

from cds.wiring.build import Live, build, open_recorder, open_store, warm
from cds.wiring.door import Door, open_door
from cds.wiring.keys import make_keys, new_keys, open_keys

__all__ = [
    "Door",
    "Live",
    "build",
    "make_keys",
    "new_keys",
    "open_door",
    "open_keys",
    "open_recorder",
    "open_store",
    "warm",
]
