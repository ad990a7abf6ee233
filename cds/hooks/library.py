"""The hooks of the CDS Hooks Library, as a table: fields of the context, cardinality, prefetch tokens.

Source: CDS Hooks Library 1.0.1, https://cds-hooks.hl7.org/hooks/.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from cds.errors import BadRequest

Shape = Literal["user", "id", "references", "reference", "bundle", "resource", "resources"]

REVERSE_DNS = re.compile(r"[a-z0-9]([a-z0-9\-]*[a-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9\-]*[A-Za-z0-9])?){2,}\Z")

PRACTITIONERS = frozenset({"Practitioner", "PractitionerRole"})
EVERYBODY = PRACTITIONERS | {"Patient", "RelatedPerson"}


@dataclass(frozen=True, slots=True)
class Field:
    """One context field: its shape, whether it must be there, whether a prefetch template may name it."""

    shape: Shape
    required: bool = True
    token: bool = True
    types: frozenset[str] = frozenset()
    """Resource types allowed: of the user, of a reference, of the entries of a bundle."""


@dataclass(frozen=True, slots=True)
class Hook:
    """One hook definition: its version, maturity and the fields of its context."""

    name: str
    version: str
    fields: Mapping[str, Field]
    spec: str
    deprecated_for: str = ""


def _user(types: frozenset[str] = PRACTITIONERS, *, required: bool = True) -> Field:
    return Field("user", required=required, types=types)


def _bundle(*types: str) -> Field:
    return Field("bundle", token=False, types=frozenset(types))


_PATIENT = Field("id")
_ENCOUNTER = Field("id", required=False)
_ENCOUNTER_REQUIRED = Field("id")
_ORDERS = (
    "DeviceRequest",
    "MedicationRequest",
    "NutritionOrder",
    "ServiceRequest",
    "VisionPrescription",
    "CommunicationRequest",
    "SupplyRequest",
    "ImmunizationRecommendation",
    "Task",
    "RequestGroup",
    "Appointment",
)
_BASE = "https://cds-hooks.hl7.org/hooks/"


def _hook(name: str, version: str, fields: Mapping[str, Field], *, deprecated_for: str = "") -> Hook:
    return Hook(name, version, fields, spec=f"{_BASE}{name}/", deprecated_for=deprecated_for)


HOOKS: Mapping[str, Hook] = {
    hook.name: hook
    for hook in (
        _hook(
            "patient-view",
            "1.0",
            {"userId": _user(EVERYBODY), "patientId": _PATIENT, "encounterId": _ENCOUNTER},
        ),
        _hook(
            "order-select",
            "1.0",
            {
                "userId": _user(),
                "patientId": _PATIENT,
                "encounterId": _ENCOUNTER,
                "selections": Field("references", token=False),
                "draftOrders": _bundle(*_ORDERS),
            },
        ),
        _hook(
            "order-sign",
            "1.0",
            {
                "userId": _user(),
                "patientId": _PATIENT,
                "encounterId": _ENCOUNTER,
                "draftOrders": _bundle(*_ORDERS),
            },
        ),
        _hook(
            "order-dispatch",
            "1.1",
            {
                "patientId": _PATIENT,
                "dispatchedOrders": Field("references"),
                "performer": Field("reference"),
                "fulfillmentTasks": Field(
                    "resources", required=False, token=False, types=frozenset({"Task"})
                ),
            },
        ),
        _hook(
            "encounter-start",
            "1.0",
            {"userId": _user(), "patientId": _PATIENT, "encounterId": _ENCOUNTER_REQUIRED},
        ),
        _hook(
            "encounter-discharge",
            "1.0",
            {"userId": _user(), "patientId": _PATIENT, "encounterId": _ENCOUNTER_REQUIRED},
        ),
        _hook(
            "appointment-book",
            "1.0",
            {
                "userId": _user(EVERYBODY),
                "patientId": _PATIENT,
                "encounterId": _ENCOUNTER,
                "appointments": _bundle("Appointment"),
            },
        ),
        _hook(
            "allergyintolerance-create",
            "0.1.0",
            {
                "userId": _user(),
                "patientId": _PATIENT,
                "encounterId": _ENCOUNTER,
                "allergyIntolerance": Field("resource", token=False, types=frozenset({"AllergyIntolerance"})),
            },
        ),
        _hook(
            "problem-list-item-create",
            "0.1.0",
            {
                "userId": _user(),
                "patientId": _PATIENT,
                "encounterId": _ENCOUNTER,
                "conditions": _bundle("Condition"),
            },
        ),
        _hook(
            "medication-refill",
            "0.1.0",
            {
                "userId": _user(required=False),
                "patientId": _PATIENT,
                "encounterId": _ENCOUNTER,
                "medications": _bundle("MedicationRequest"),
            },
        ),
        _hook(
            "medication-verify",
            "0.1.0",
            {
                "userId": _user(),
                "patientId": _PATIENT,
                "encounterId": _ENCOUNTER,
                "medication": Field("resource", token=False, types=frozenset({"MedicationRequest"})),
            },
        ),
    )
}

DEPRECATED: Mapping[str, str] = {
    "medication-prescribe": "order-select or order-sign",
    "order-review": "order-sign",
}

_CUSTOM = Hook(
    "custom",
    "",
    {
        "userId": _user(EVERYBODY, required=False),
        "patientId": Field("id", required=False),
        "encounterId": _ENCOUNTER,
    },
    spec="https://cds-hooks.hl7.org/2.0/#hooks",
)


def definition(hook: str) -> Hook:
    """Return a hook's definition; a reverse-DNS name is a custom hook; anything else raises `BadRequest`."""
    known = HOOKS.get(hook)
    if known is not None:
        return known
    if hook in DEPRECATED:
        raise BadRequest(f"hook is deprecated; use {DEPRECATED[hook]}", pointer="/hook")
    if REVERSE_DNS.match(hook):
        return _CUSTOM
    raise BadRequest("hook is neither in the CDS Hooks Library nor a reverse-DNS name", pointer="/hook")
