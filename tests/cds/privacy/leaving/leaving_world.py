"""A patient whose every identifier is a canary, a scrubber for tests, and ways to look at what left."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from cds.privacy.known import Known
from cds.privacy.leaving import Leaving, Policy, transform

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
KEY = b"a key of thirty-two bytes, tests"
CANARY_TEXT = "seen with Wilhelmina Zerquist"
CANARIES = (
    "Zerquist", "Wilhelmina", "MRN-88412-Q", "777-31-9915", "+1 847 555 0173", "wzerquist@mail.example",
    "Rookhaven", "17 Tamarisk Lane", "李明霞", "Зверкова", "pat-ZQ-4471",
)  # fmt: skip
PATIENT: dict[str, Any] = {
    "resourceType": "Patient",
    "id": "pat-ZQ-4471",
    "name": [
        {"family": "Zerquist", "given": ["Wilhelmina"]},
        {"text": "李明霞", "family": "李", "given": ["明霞"]},
        {"family": "Зверкова"},
    ],
    "identifier": [{"system": "urn:oid:1.2.3", "value": "MRN-88412-Q"}, {"value": "777-31-9915"}],
    "telecom": [{"value": "+1 847 555 0173"}, {"value": "wzerquist@mail.example"}],
    "address": [{"line": ["17 Tamarisk Lane"], "city": "Rookhaven", "state": "IL", "postalCode": "60973"}],
    "birthDate": "1951-07-09",
    "gender": "female",
}
_WORD = re.compile(r"\S+")


def scrub(text: str, names: Known) -> tuple[str, dict[str, int]]:
    """Replace each word that is a known name, or the whole text where one is spread over words."""
    found = [w[0] for w in _WORD.finditer(text) if names.within(w[0])]
    clean = _WORD.sub(lambda w: "[NAME]" if names.within(w[0]) else w[0], text)
    if names.within(clean):
        return "[REMOVED]", {"NAME": 1}
    return clean, ({"NAME": len(found)} if found else {})


def policy(profile: str = "safe_harbor", **more: Any) -> Policy:
    return Policy(profile, more.pop("now", NOW), key=more.pop("key", KEY), **more)


def left(*resources: Any, profile: str = "safe_harbor", **more: Any) -> Leaving:
    """Transform resources that belong together with the scrubber of the tests."""
    return transform(list(resources), policy(profile, **more), scrub=scrub)


def one(resource: Any, profile: str = "safe_harbor", **more: Any) -> dict[str, Any]:
    """Transform a resource of the patient and return it."""
    found = left(PATIENT, resource, profile=profile, **more)
    assert not found.refused, found.refused
    return found.resources[1]


def strings(value: Any) -> Iterator[str]:
    """Yield every string, names of members too."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, item in value.items():
            yield name
            yield from strings(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from strings(item)


def compact(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())


FORBIDDEN = tuple(map(compact, (*CANARIES, "V2lsaGVsbWluYSBaZXJxdWlzdA")))
"""Names and numbers, and the base64 in which attachments hold the name."""


def leaks(value: Any) -> list[tuple[str, str]]:
    """Return canaries that stand in a value in any writing, with where."""
    return [(c, text) for text in strings(value) if (low := compact(text)) for c in FORBIDDEN if c in low]


def told(found: Leaving) -> Any:
    """Return everything that a reader of the outcome can see."""
    refused = [(r.index, r.kind, r.reason) for r in found.refused]
    return json.loads(json.dumps([found.resources, found.manifest.as_dict(), refused]))
