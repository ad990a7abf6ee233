"""Where the parts are put together: the only place that names concrete adapters."""

from cds.wiring.build import Live, build, open_keys, open_recorder, open_store

__all__ = ["Live", "build", "open_keys", "open_recorder", "open_store"]
