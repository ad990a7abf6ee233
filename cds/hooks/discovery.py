"""The discovery document: which services there are for this client.

Spec: https://cds-hooks.hl7.org/2.0/#discovery. `version` and `hookVersion` are 3.0-ballot members that do not
disturb a 2.0 client.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cds.hooks.contexts import definition
from cds.hooks.wire import tidy

SPEC_VERSION = "2.0.1"


@dataclass(frozen=True, slots=True)
class Entry:
    """What discovery says of one service on one hook."""

    id: str
    hook: str
    title: str
    description: str
    prefetch: Mapping[str, str] = field(default_factory=dict)
    usage_requirements: str = ""
    extension: Mapping[str, Any] = field(default_factory=dict)


def document(entries: Iterable[Entry]) -> dict[str, Any]:
    """Return the discovery body; without services `{"services": []}`."""
    return {"services": [_service(entry) for entry in entries]}


def _service(entry: Entry) -> dict[str, Any]:
    return dict(
        tidy(
            {
                "id": entry.id,
                "hook": entry.hook,
                "title": entry.title,
                "description": entry.description,
                "prefetch": dict(entry.prefetch),
                "usageRequirements": entry.usage_requirements,
                "version": SPEC_VERSION,
                "hookVersion": definition(entry.hook).version,
                "extension": dict(entry.extension),
            }
        )
    )
