"""What a site may set, and what is wrong with what it set."""

from collections.abc import Iterator, Mapping
from typing import Any

from cds.services.option_faults import no_count, no_list, no_switch, unknown

DEFAULTS: Mapping[str, Any] = {"off": (), "minimum_probability": 0.05, "rows": 4, "notes": True}
_ROWS = (3, 5)
_HIGHEST = 0.5


def check(options: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with these options, a line each naming option and fix."""
    given = {**DEFAULTS, **options}
    return [
        *unknown(options, tuple(DEFAULTS)),
        *no_list(given, "off", "ids of red flags and conditions"),
        *_no_share(given["minimum_probability"]),
        *no_count(given, rows=_ROWS),
        *no_switch(given, "notes"),
    ]


def _no_share(least: Any) -> Iterator[str]:
    if isinstance(least, bool) or not isinstance(least, int | float) or not 0 <= least <= _HIGHEST:
        yield f"minimum_probability: a number from 0 to {_HIGHEST:g}"
