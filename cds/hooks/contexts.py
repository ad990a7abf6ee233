"""The context of a call: checked field by field against the hook's definition.

Source: CDS Hooks Library 1.0.1, https://cds-hooks.hl7.org/hooks/; its table stands in `cds.hooks.library`.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cds.errors import BadRequest
from cds.hooks.library import DEPRECATED, EVERYBODY, HOOKS, PRACTITIONERS, Field, Hook, Shape, definition

__all__ = [
    "DEPRECATED",
    "EVERYBODY",
    "HOOKS",
    "ID",
    "PRACTITIONERS",
    "REFERENCE",
    "Context",
    "Field",
    "Hook",
    "Shape",
    "check",
    "definition",
]

ID = re.compile(r"(?!\.{1,2}\Z)[A-Za-z0-9\-.]{1,64}\Z")
"""An id; "." and ".." are none here: in an address they mean another place."""
REFERENCE = re.compile(r"([A-Z][A-Za-z]{1,63})/((?!\.{1,2}\Z)[A-Za-z0-9\-.]{1,64})\Z")


@dataclass(frozen=True, slots=True)
class Context:
    """A checked context: what every hook has in common, the raw object, and the resources it carries."""

    hook: str
    user_type: str
    user_id: str = field(repr=False)
    patient_id: str = field(repr=False)
    encounter_id: str = field(repr=False)
    raw: Mapping[str, Any] = field(repr=False)
    resources: tuple[tuple[str, dict[str, Any]], ...] = field(default=(), repr=False)
    """(JSON pointer, resource) of all that the context carries: draft orders, appointments, ..."""
    selections: tuple[str, ...] = field(default=(), repr=False)

    @property
    def asked_by_patient(self) -> bool:
        """Tell whether the user is a patient or somebody related, for whom no card is meant."""
        return self.user_type in {"Patient", "RelatedPerson"}


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
    user = _user_of(context)
    selections = tuple(context["selections"]) if hook == "order-select" else ()
    _selected(selections, resources)
    return Context(
        hook=hook,
        user_type=user[0],
        user_id=user[1],
        patient_id=_id_of(context, "patientId"),
        encounter_id=_id_of(context, "encounterId"),
        raw=context,
        resources=tuple(resources),
        selections=selections,
    )


def _user_of(context: Mapping[str, Any]) -> tuple[str, str]:
    """Return type and id of the user; a hook whose definition has no userId may be sent one."""
    match = REFERENCE.match(str(context.get("userId", "")))
    return (match[1], match[2]) if match and match[1] in EVERYBODY else ("", "")


def _id_of(context: Mapping[str, Any], name: str) -> str:
    value = context.get(name)
    return value if isinstance(value, str) and ID.match(value) else ""


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
    if rule.shape in {"resource", "resources"} and rule.types and kind not in rule.types:
        raise BadRequest(f"must be of type {' or '.join(sorted(rule.types))}", pointer=pointer)
    return [(pointer, value)]


def _check_resources(value: Any, rule: Field, pointer: str) -> Found:
    if not isinstance(value, list):
        raise BadRequest("must be an array of resources", pointer=pointer)
    return [found for n, item in enumerate(value) for found in _check_resource(item, rule, f"{pointer}/{n}")]


_CHECKS: Mapping[Shape, Callable[[Any, Field, str], Found]] = {
    "user": _check_user,
    "id": _check_id,
    "reference": _check_reference,
    "references": _check_references,
    "bundle": _check_bundle,
    "resource": _check_resource,
    "resources": _check_resources,
}
