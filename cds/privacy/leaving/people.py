"""Whose a resource is, and whose names to look for in its texts."""

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from cds.privacy.leaving.rules import Rules
from cds.privacy.leaving.tokens import Tokens, patient_id

Resource = Mapping[str, Any]

NAMED = ("Patient", "RelatedPerson", "Practitioner", "Organization", "Location")
ENVELOPES = ("Bundle", "Parameters")
_TELLING = (
    "resourceType", "id", "name", "alias", "telecom", "address", "identifier", "contact", "birthDate",
)  # fmt: skip
_MOST_KNOWN = 50_000
_DEEPEST = 8
"""Bundles within bundles that are looked into."""


def flattened(resources: Iterable[Any], depth: int = 0) -> Iterator[Resource]:
    """Yield resources with those that bundles and parameters among them hold."""
    for resource in resources:
        if not isinstance(resource, dict):
            continue
        yield resource
        if resource.get("resourceType") in ENVELOPES and depth < _DEEPEST:
            yield from flattened(_held(resource), depth + 1)


def _held(envelope: Resource, depth: int = 0) -> Iterator[Any]:
    for member in ("entry", "parameter", "part"):
        items = envelope.get(member)
        for item in items if isinstance(items, list) else ():
            if isinstance(item, dict):
                yield item.get("resource")
                if "part" in item and depth < _DEEPEST:
                    yield from _held(item, depth + 1)


class Subjects:
    """Finds the patient of a resource: by reference, by a bundle's own names, or by identifier."""

    __slots__ = ("_aliases", "_by_identifier", "_known", "_paths", "_single", "_tokens", "sole")

    def __init__(self, rules: Rules, tokens: Tokens) -> None:
        self._paths = {kind: tuple(table.patient.split(".")) for kind, table in rules.types.items()}
        self._single = {kind: path[0] for kind, path in self._paths.items() if len(path) == 1}
        self._tokens = tokens
        self._aliases: dict[str, str] = {}
        self._by_identifier: dict[str, str] = {}
        self._known: dict[str, str] = {}
        self.sole = ""
        """The only patient of what is transformed together: what may be about a patient is about this one."""

    def forget(self) -> None:
        """Forget the patients."""
        self._aliases.clear()
        self._by_identifier.clear()
        self._known.clear()
        self.sole = ""

    def learn(self, resources: Iterable[Resource]) -> None:
        """Remember the patients among resources, with the names that bundles give them."""
        patients: set[str] = set()
        for resource in resources:
            kind = resource.get("resourceType")
            if kind == "Bundle":
                self._learn_urls(resource)
            elif kind == "Patient" and isinstance(resource.get("id"), str):
                patients.add(resource["id"])
                self._learn_identifiers(resource)
        self.sole = next(iter(patients)) if len(patients) == 1 else ""

    def of(self, resource: Resource) -> str:
        """Return the id of the patient whose resource this is, empty where it is nobody's or two people's."""
        kind = resource.get("resourceType")
        if type(kind) is not str:
            return ""
        reference = resource.get(self._single.get(kind, ""))
        if type(reference) is dict and len(reference) == 1:
            text = reference.get("reference")
            if type(text) is str and (known := self._known.get(text)):
                return known
        path = self._paths.get(kind, ())
        if path == ("nobody",):
            return ""
        if path == ("id",):
            own = resource.get("id")
            return own if isinstance(own, str) else ""
        found = {self._target(item) for item in _at(resource, path)} - {""} if path != ("",) else set()
        if len(found) > 1:
            return ""
        return found.pop() if found else self.sole

    def _target(self, reference: Any) -> str:
        if not isinstance(reference, dict):
            return ""
        text = reference.get("reference")
        if isinstance(text, str):
            own = patient_id(text)
            if own:
                if len(self._known) >= _MOST_KNOWN:
                    self._known.clear()
                self._known[text] = own
            if own or not text.startswith("urn:"):
                return own or self._by_identifier.get(self._tokens.by_identifier(text)[1], "")
            # A record's id is often the UUID itself, so that `urn:uuid:X` is `Patient/X` elsewhere.
            return self._aliases.get(text.casefold()) or text.rpartition(":")[2]
        identifier = reference.get("identifier")
        if not isinstance(identifier, dict):
            return ""
        return self._by_identifier.get(self._tokens.identifier(identifier), "")

    def _learn_urls(self, bundle: Resource) -> None:
        entries = bundle.get("entry")
        for entry in entries if isinstance(entries, list) else ():
            url, resource = (
                (entry.get("fullUrl"), entry.get("resource")) if isinstance(entry, dict) else (0, 0)
            )
            if isinstance(url, str) and isinstance(resource, dict) and url.startswith("urn:"):
                own = resource.get("id")
                if resource.get("resourceType") == "Patient" and isinstance(own, str):
                    self._aliases[url.casefold()] = own

    def _learn_identifiers(self, patient: Resource) -> None:
        items = patient.get("identifier")
        for item in items if isinstance(items, list) else ():
            token = self._tokens.identifier(item) if isinstance(item, dict) else ""
            if token:
                self._by_identifier[token] = patient["id"]


def _at(value: Any, path: tuple[str, ...]) -> Iterator[Any]:
    if not path:
        yield value
        return
    inner = value.get(path[0]) if isinstance(value, dict) else None
    for item in inner if isinstance(inner, list) else (inner,):
        if item is not None:
            yield from _at(item, path[1:])


class People:
    """Those whose names were read so far, the newest of them; a stream keeps no more of its past."""

    __slots__ = ("_by_reference", "_most", "_related")

    def __init__(self, most: int = 50_000) -> None:
        self._most = most
        self._by_reference: OrderedDict[str, Resource] = OrderedDict()
        self._related: dict[str, list[str]] = {}

    def learn(self, resource: Resource) -> None:
        """Remember what tells of a person or place; anything else is not looked at."""
        kind, own = resource.get("resourceType"), resource.get("id")
        if kind not in NAMED or not isinstance(own, str):
            return
        name = f"{kind}/{own}"
        self._by_reference[name] = {n: resource[n] for n in _TELLING if n in resource}
        self._by_reference.move_to_end(name)
        if kind == "RelatedPerson":
            reference = resource.get("patient")
            patient = patient_id(str(reference.get("reference"))) if isinstance(reference, dict) else ""
            if patient:
                self._related.setdefault(patient, []).append(name)
        if len(self._by_reference) > self._most:
            self._by_reference.popitem(last=False)
            if len(self._related) > self._most:
                self._related.clear()

    def of(self, patient: str) -> list[Resource]:
        """Return what is known of a patient and of the people of that patient."""
        names = [f"Patient/{patient}", *self._related.get(patient, ())]
        return [found for name in names if (found := self._by_reference.get(name)) is not None]

    def named_in(self, resource: Any) -> list[Resource]:
        """Return the people and places that a resource refers to."""
        return [found for ref in _references(resource) if (found := self._by_reference.get(ref)) is not None]


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, item in value.items():
            if name == "reference" and isinstance(item, str):
                yield "/".join(item.split("/_history", 1)[0].rsplit("/", 2)[-2:])
            elif isinstance(item, dict | list):
                yield from _references(item)
    elif isinstance(value, list):
        for item in value:
            yield from _references(item)
