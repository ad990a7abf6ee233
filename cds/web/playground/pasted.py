"""A record that somebody pastes: read within limits, its references resolved, gone when the page is made."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from cds.errors import BadRequest, TooLarge
from cds.hooks.call import BodyLimits, parse_json

Resource = dict[str, Any]


@dataclass(frozen=True)
class Pasted:
    """The resources of a pasted Bundle and the id of its one patient."""

    patient: str
    resources: tuple[Resource, ...] = field(repr=False)


def read(text: str, *, limits: BodyLimits) -> Pasted:
    """Return what was pasted; raise `BadRequest` or `TooLarge` naming the place."""
    document = parse_json(text.encode(), limits=limits)
    if not isinstance(document, dict) or document.get("resourceType") != "Bundle":
        raise BadRequest(
            "paste a FHIR R4 Bundle: an object whose resourceType is Bundle", pointer="/resourceType"
        )
    entries = document.get("entry")
    if not isinstance(entries, list) or not entries:
        raise BadRequest("the Bundle has no entries", pointer="/entry")
    if len(entries) > limits.entries:
        raise TooLarge(f"{len(entries)} entries are over the limit of {limits.entries} (limits.entries)")
    held = list(_named(entries))
    names = {url: f"{r['resourceType']}/{r['id']}" for url, r in held if url}
    resources = tuple(_resolved(resource, names) for _, resource in held)
    patients = [r["id"] for r in resources if r["resourceType"] == "Patient"]
    if len(patients) != 1:
        raise BadRequest(f"the Bundle must hold one Patient; it holds {len(patients)}", pointer="/entry")
    return Pasted(str(patients[0]), resources)


def _named(entries: list[Any]) -> Iterator[tuple[str, Resource]]:
    """Yield (fullUrl, resource), each with an id."""
    for position, entry in enumerate(entries):
        resource = entry.get("resource") if isinstance(entry, dict) else None
        if not isinstance(resource, dict) or not isinstance(resource.get("resourceType"), str):
            place = f"/entry/{position}/resource"
            raise BadRequest("must be a resource with a resourceType", pointer=place)
        yield str(entry.get("fullUrl") or ""), {"id": str(uuid4()), **resource}


def _resolved(value: Any, names: Mapping[str, str]) -> Any:
    """Return a copy whose references to entries are of the form Type/id, as a server stores them."""
    if isinstance(value, dict):
        return {
            key: names.get(item, item)
            if key == "reference" and isinstance(item, str)
            else _resolved(item, names)
            for key, item in value.items()
        }
    return [_resolved(item, names) for item in value] if isinstance(value, list) else value
