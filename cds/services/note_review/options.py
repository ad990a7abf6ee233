"""What a site may set of note review, and what is wrong with what it set."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cds.services.option_faults import no_count, no_switch, unknown

KINDS = ("allergy", "medication", "problem", "stopped", "find")
DEFAULTS: Mapping[str, Any] = {
    "off": (),
    "medication_days": 180,
    "rows": 12,
    "write": True,
}


def check(options: Mapping[str, Any]) -> Sequence[str]:
    """Return what is wrong with these options, a line each naming option and fix."""
    given = {**DEFAULTS, **options}
    return [
        *unknown(options, tuple(DEFAULTS)),
        *_no_kinds(given["off"]),
        *no_count(given, medication_days=(1, 1096), rows=(1, 40)),
        *no_switch(given, "write"),
    ]


def _no_kinds(off: Any) -> Iterator[str]:
    if not isinstance(off, list | tuple) or not set(off) <= set(KINDS):
        yield f"off: a list of {', '.join(KINDS)}"
