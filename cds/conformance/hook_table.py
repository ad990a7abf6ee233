"""The context fields of every hook in the CDS Hooks library (1.0.1), as data.

Source: https://cds-hooks.hl7.org/hooks/ and the hook tables of https://cds-hooks.hl7.org/2.0/.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

Kind = Literal["user", "id", "reference", "references", "bundle", "resources", "resource"]


@dataclass(frozen=True, kw_only=True)
class Field:
    """One context field: what it holds, whether a call needs it, whether a template may name it.

    `types` are the resource types it may refer to or hold.
    """

    name: str
    kind: Kind
    required: bool = True
    token: bool = True
    types: tuple[str, ...] = ()


def _user(*types: str, required: bool = True) -> Field:
    return Field(name="userId", kind="user", required=required, types=types)


def _encounter(*, required: bool = False) -> Field:
    return Field(name="encounterId", kind="id", required=required, types=("Encounter",))


def _bundle(name: str, *types: str) -> Field:
    return Field(name=name, kind="bundle", token=False, types=types)


_ANYONE: Final = _user("Practitioner", "PractitionerRole", "Patient", "RelatedPerson")
_STAFF: Final = _user("Practitioner", "PractitionerRole")
_PATIENT: Final = Field(name="patientId", kind="id", types=("Patient",))
_DRAFTS: Final = _bundle("draftOrders", "MedicationRequest")

HOOKS: Final[Mapping[str, tuple[Field, ...]]] = MappingProxyType(
    {
        "patient-view": (_ANYONE, _PATIENT, _encounter()),
        "order-select": (
            _STAFF,
            _PATIENT,
            _encounter(),
            Field(name="selections", kind="references", token=False, types=("MedicationRequest",)),
            _DRAFTS,
        ),
        "order-sign": (_STAFF, _PATIENT, _encounter(), _DRAFTS),
        "order-dispatch": (
            _PATIENT,
            Field(name="dispatchedOrders", kind="references", types=("ServiceRequest",)),
            Field(name="performer", kind="reference", types=("Organization",)),
            Field(name="fulfillmentTasks", kind="resources", required=False, token=False, types=("Task",)),
        ),
        "encounter-start": (_STAFF, _PATIENT, _encounter(required=True)),
        "encounter-discharge": (_STAFF, _PATIENT, _encounter(required=True)),
        "appointment-book": (_ANYONE, _PATIENT, _encounter(), _bundle("appointments", "Appointment")),
        "allergyintolerance-create": (
            _user("Practitioner"),
            _PATIENT,
            _encounter(),
            Field(name="allergyIntolerance", kind="resource", token=False, types=("AllergyIntolerance",)),
        ),
        "problem-list-item-create": (_STAFF, _PATIENT, _encounter(), _bundle("conditions", "Condition")),
        "medication-refill": (
            _user("Practitioner", "PractitionerRole", required=False),
            _PATIENT,
            _encounter(),
            _bundle("medications", "MedicationRequest"),
        ),
        "medication-verify": (
            _STAFF,
            _PATIENT,
            _encounter(),
            Field(name="medication", kind="resource", token=False, types=("MedicationRequest",)),
        ),
    }
)

ORDER_HOOKS: Final = frozenset({"order-select", "order-sign", "medication-refill"})

DEPRECATED: Final[Mapping[str, str]] = MappingProxyType(
    {"medication-prescribe": "order-select and order-sign", "order-review": "order-sign"}
)

USER_TOKENS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "userPractitionerId": "Practitioner",
        "userPractitionerRoleId": "PractitionerRole",
        "userPatientId": "Patient",
        "userRelatedPersonId": "RelatedPerson",
    }
)
