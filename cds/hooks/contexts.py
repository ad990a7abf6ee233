"""The context of every hook in the CDS Hooks Library, as a table that is walked, and the check of a call's.

Source: CDS Hooks Library 1.0.1, https://cds-hooks.hl7.org/hooks/ (fields, cardinality, prefetch tokens).
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from cds.errors import BadRequest

Shape = Literal["user", "id", "references", "reference", "bundle", "resource", "resources", "any"]

ID = re.compile(r"[A-Za-z0-9\-.]{1,64}\Z")
REFERENCE = re.compile(r"([A-Z][A-Za-z]{1,63})/([A-Za-z0-9\-.]{1,64})\Z")
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


@dataclass(frozen=True, slots=True)
class Context:
    """A checked context: what every hook has in common, the raw object, and the resources it carries."""

    hook: str
    user_type: str
    user_id: str
    patient_id: str
    encounter_id: str
    raw: Mapping[str, Any] = field(repr=False)
    resources: tuple[tuple[str, dict[str, Any]], ...] = field(default=(), repr=False)
    """(JSON pointer, resource) of all that the context carries: draft orders, appointments, ..."""
    selections: tuple[str, ...] = ()

    @property
    def asked_by_patient(self) -> bool:
        """Tell whether the user is a patient or somebody related, for whom no card is meant."""
        return self.user_type in {"Patient", "RelatedPerson"}


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


def check(hook: str, context: Any) -> Context:
    """Return the checked context of a call; raise `BadRequest` with the pointer of the first wrong field."""
    if not isinstance(context, dict):
        raise BadRequest("context must be an object", pointer="/context")
    resources: list[tuple[str, dict[str, Any]]] = []
    for name, rule in definition(hook).fields.items():
        pointer = f"/context/{name}"
        value = context.get(name)
        if value is None:
            if rule.required:
                raise BadRequest(f"context.{name} is required for {hook}", pointer=pointer)
            continue
        resources.extend(_CHECKS[rule.shape](value, rule, pointer))
    user_type, _, user_id = str(context.get("userId") or "").partition("/")
    selections = tuple(context.get("selections") or ())
    if hook == "order-select":
        _selected(selections, resources)
    return Context(
        hook=hook,
        user_type=user_type,
        user_id=user_id,
        patient_id=context.get("patientId") or "",
        encounter_id=context.get("encounterId") or "",
        raw=context,
        resources=tuple(resources),
        selections=selections,
    )


def _selected(selections: tuple[str, ...], resources: list[tuple[str, dict[str, Any]]]) -> None:
    """Check that what is selected is among the draft orders, as the hook's definition demands."""
    drafts = {f"{r.get('resourceType')}/{r['id']}" for _, r in resources if r.get("id")}
    for position, reference in enumerate(selections):
        if reference not in drafts:
            raise BadRequest(
                "selections must name resources of draftOrders by Type/id",
                pointer=f"/context/selections/{position}",
            )


Found = list[tuple[str, dict[str, Any]]]


def _check_user(value: Any, rule: Field, pointer: str) -> Found:
    match = REFERENCE.match(value) if isinstance(value, str) else None
    if match is None or match[1] not in rule.types:
        raise BadRequest(f"must be one of {', '.join(sorted(rule.types))} as Type/id", pointer=pointer)
    return []


def _check_id(value: Any, _rule: Field, pointer: str) -> Found:
    if not isinstance(value, str) or not ID.match(value):
        raise BadRequest("must be a bare FHIR id: 1 to 64 of A-Z a-z 0-9 - .", pointer=pointer)
    return []


def _check_reference(value: Any, _rule: Field, pointer: str) -> Found:
    if not isinstance(value, str) or not REFERENCE.match(value):
        raise BadRequest("must be a reference of the form Type/id", pointer=pointer)
    return []


def _check_references(value: Any, rule: Field, pointer: str) -> Found:
    if not isinstance(value, list) or not value:
        raise BadRequest("must be a non-empty array of references of the form Type/id", pointer=pointer)
    for position, item in enumerate(value):
        _check_reference(item, rule, f"{pointer}/{position}")
    return []


def _check_bundle(value: Any, rule: Field, pointer: str) -> Found:
    if not isinstance(value, dict) or value.get("resourceType") != "Bundle":
        raise BadRequest("must be a FHIR Bundle", pointer=pointer)
    entries = value.get("entry") or []
    if not isinstance(entries, list):
        raise BadRequest("must be an array", pointer=f"{pointer}/entry")
    found: Found = []
    for position, entry in enumerate(entries):
        place = f"{pointer}/entry/{position}/resource"
        if not isinstance(entry, dict):
            raise BadRequest("must be an object with a resource", pointer=f"{pointer}/entry/{position}")
        found.extend(_check_resource(entry.get("resource"), rule, place))
    return found


def _check_resource(value: Any, rule: Field, pointer: str) -> Found:
    if isinstance(value, dict) and "resourceType" not in value and isinstance(value.get("resource"), dict):
        # The library's R4 example wraps the resource, its STU3 example does not: both are in use.
        value, pointer = value["resource"], f"{pointer}/resource"
    if isinstance(value, dict) and value.get("resourceType") == "Bundle" and rule.shape == "resource":
        return _check_bundle(value, rule, pointer)
    kind = value.get("resourceType") if isinstance(value, dict) else None
    if not isinstance(kind, str):
        raise BadRequest("must be a FHIR resource with a resourceType", pointer=pointer)
    if rule.shape == "resource" and rule.types and kind not in rule.types:
        raise BadRequest(f"must be of type {' or '.join(sorted(rule.types))}", pointer=pointer)
    return [(pointer, value)]


def _check_resources(value: Any, rule: Field, pointer: str) -> Found:
    if not isinstance(value, list):
        raise BadRequest("must be an array of resources", pointer=pointer)
    return [found for n, item in enumerate(value) for found in _check_resource(item, rule, f"{pointer}/{n}")]


def _check_any(_value: Any, _rule: Field, _pointer: str) -> Found:
    return []


_CHECKS: Mapping[Shape, Callable[[Any, Field, str], Found]] = {
    "user": _check_user,
    "id": _check_id,
    "reference": _check_reference,
    "references": _check_references,
    "bundle": _check_bundle,
    "resource": _check_resource,
    "resources": _check_resources,
    "any": _check_any,
}
