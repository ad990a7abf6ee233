"""Calls as EHRs send them, a fake EHR, a clock that moves when told."""

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import orjson

from adapters.ports import Bundle, EhrAccess, EhrError, EhrNotFound
from cds.hooks.call import BodyLimits, Call, parse
from cds.hooks.prefetch import Reader

LIMITS = BodyLimits()
INSTANCE = "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea"
SERVER = "https://ehr.example/fhir"
USER = "Practitioner/dr-1"

MINIMAL: Mapping[str, Mapping[str, Any]] = {
    "patient-view": {"userId": USER, "patientId": "p1"},
    "order-select": {
        "userId": USER,
        "patientId": "p1",
        "selections": ["MedicationRequest/d1"],
        "draftOrders": {
            "resourceType": "Bundle",
            "entry": [{"resource": {"resourceType": "MedicationRequest", "id": "d1"}}],
        },
    },
    "order-sign": {"userId": USER, "patientId": "p1", "draftOrders": {"resourceType": "Bundle"}},
    "order-dispatch": {
        "patientId": "p1",
        "dispatchedOrders": ["ServiceRequest/s1"],
        "performer": "Organization/o1",
    },
    "encounter-start": {"userId": USER, "patientId": "p1", "encounterId": "e1"},
    "encounter-discharge": {"userId": USER, "patientId": "p1", "encounterId": "e1"},
    "appointment-book": {"userId": USER, "patientId": "p1", "appointments": {"resourceType": "Bundle"}},
    "allergyintolerance-create": {
        "userId": USER,
        "patientId": "p1",
        "allergyIntolerance": {"resourceType": "AllergyIntolerance"},
    },
    "problem-list-item-create": {"userId": USER, "patientId": "p1", "conditions": {"resourceType": "Bundle"}},
    "medication-refill": {"patientId": "p1", "medications": {"resourceType": "Bundle"}},
    "medication-verify": {
        "userId": USER,
        "patientId": "p1",
        "medication": {"resourceType": "MedicationRequest"},
    },
}
"""The least each hook of the library may be called with."""


def body(hook: str = "patient-view", context: Any = None, **more: Any) -> dict[str, Any]:
    """Return a request body; `more` replaces members, None takes one out."""
    whole: dict[str, Any] = {
        "hook": hook,
        "hookInstance": INSTANCE,
        "context": dict(MINIMAL.get(hook, {})) if context is None else context,
        **more,
    }
    return {name: value for name, value in whole.items() if value is not ...}


def call(hook: str = "patient-view", context: Any = None, **more: Any) -> Call:
    """Return the checked call of such a body."""
    return parse(orjson.dumps(body(hook, context, **more)), limits=LIMITS)


def bundle(*resources: Mapping[str, Any], next_url: str = "") -> dict[str, Any]:
    """Return a searchset."""
    made: dict[str, Any] = {"resourceType": "Bundle", "entry": [{"resource": r} for r in resources]}
    if next_url:
        made["link"] = [{"relation": "self", "url": "x"}, {"relation": "next", "url": next_url}]
    return made


def observation(id: str, patient: str = "Patient/p1", **more: Any) -> dict[str, Any]:
    """Return a small Observation."""
    return {"resourceType": "Observation", "id": id, "subject": {"reference": patient}, **more}


PATIENT: dict[str, Any] = {"resourceType": "Patient", "id": "p1"}
OUTCOME: dict[str, Any] = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "x"}]}


@dataclass(frozen=True)
class Left:
    """A deadline with so many seconds left."""

    seconds: float = 5.0

    def left(self) -> float:
        return self.seconds


@dataclass
class FakeEhr:
    """An EHR that gives what it holds by path or query, and remembers what it was asked."""

    holds: Mapping[str, Any] = field(default_factory=dict)
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    wait: Callable[[], object] = lambda: None

    def read(self, access: EhrAccess, path: str, *, timeout: float) -> dict[str, Any]:
        found: dict[str, Any] = self._give("read", access, path)
        return found

    def search(self, access: EhrAccess, query: str, *, timeout: float) -> Bundle:
        found: Bundle = self._give("search", access, query)
        return found

    def follow(self, access: EhrAccess, url: str, *, kind: str, timeout: float) -> Bundle:
        found: Bundle = self._give(f"follow {kind}", access, url)
        return found

    def _give(self, how: str, access: EhrAccess, what: str) -> Any:
        self.asked.append((how, what, access.token))
        self.wait()
        found = self.holds.get(what, EhrNotFound("Type/id: 404"))
        if isinstance(found, Exception):
            raise found
        return found


def reader(ehr: FakeEhr, *, token: str = "secret") -> Reader:
    """Return a reader over a small pool of threads."""
    return Reader(ehr, EhrAccess(SERVER, token), POOL)


POOL = ThreadPoolExecutor(4, thread_name_prefix="fake-ehr")


def refusing(error: EhrError) -> Callable[[], Reader]:
    """Return a reader that cannot be had."""

    def none() -> Reader:
        raise error

    return none


class Held:
    """Something that waits until it is let go."""

    def __init__(self) -> None:
        self.event = threading.Event()

    def __call__(self) -> None:
        self.event.wait(10)
