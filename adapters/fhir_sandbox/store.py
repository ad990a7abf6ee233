"""The resources in memory, found by type, id and patient.

Bundles are read once, at start. `urn:uuid:` references between entries are resolved as a server does when it
stores a transaction, so that what is served can be followed.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson

from adapters.fhir_sandbox import values
from adapters.fhir_sandbox.parameters import Parameter, parameters_of

Json = dict[str, Any]

_INDEX = "index.json"


class FolderError(Exception):
    """A folder the sandbox cannot serve; the message names the file and the fix."""


@dataclass(frozen=True)
class Entry:
    """One stored resource with its bytes and what each search parameter finds in it."""

    resource: Json
    raw: bytes
    patients: frozenset[str]
    found: Mapping[Parameter, values.Found] = field(repr=False)

    @property
    def type(self) -> str:
        """Name the resource type."""
        return str(self.resource["resourceType"])

    @property
    def id(self) -> str:
        """Give the logical id."""
        return str(self.resource["id"])

    @property
    def key(self) -> str:
        """Give `Type/id`."""
        return f"{self.type}/{self.id}"


def make_entry(resource: Json) -> Entry:
    """Serialise a resource, and look up once what searches will want to know."""
    parameters = parameters_of(resource["resourceType"])
    found = {parameter: values.find(resource, parameter) for parameter in parameters.values()}
    if resource["resourceType"] == "Patient":
        patients = {str(resource["id"])}
    else:
        keys = found[parameters["patient"]].keys if "patient" in parameters else ()
        patients = {key for key in keys if "/" not in key}
    return Entry(resource, orjson.dumps(resource), frozenset(patients), found)


class Store:
    """Resources by type, id and patient; safe to read while another thread adds."""

    def __init__(self, resources: Iterable[Json] = (), *, index: tuple[Json, ...] = ()) -> None:
        self.index = index  # what `index.json` says about the patients
        self._lock = threading.Lock()
        self._by_type: dict[str, dict[str, Entry]] = {}
        self._by_patient: dict[tuple[str, str], dict[str, Entry]] = {}
        for resource in resources:
            self.put(resource)

    def put(self, resource: Json) -> Entry:
        """Store a resource in place of any with the same type and id."""
        entry = make_entry(resource)
        with self._lock:
            old = self._by_type.setdefault(entry.type, {}).get(entry.id)
            for patient in old.patients if old else ():
                self._by_patient[entry.type, patient].pop(entry.id)
            self._by_type[entry.type][entry.id] = entry
            for patient in entry.patients:
                self._by_patient.setdefault((entry.type, patient), {})[entry.id] = entry
        return entry

    def get(self, resource_type: str, resource_id: str) -> Entry | None:
        """Find one resource."""
        return self._by_type.get(resource_type, {}).get(resource_id)

    def resolve(self, reference: str) -> Entry | None:
        """Find the resource behind `Type/id`."""
        resource_type, _, resource_id = reference.partition("/")
        return self.get(resource_type, resource_id)

    def all(self, resource_type: str) -> list[Entry]:
        """List the resources of a type in the order they came."""
        with self._lock:
            return list(self._by_type.get(resource_type, {}).values())

    def of_patient(self, resource_type: str, patient_id: str) -> list[Entry]:
        """List a patient's resources of one type."""
        with self._lock:
            return list(self._by_patient.get((resource_type, patient_id), {}).values())

    def types(self) -> list[str]:
        """List the types that are stored."""
        with self._lock:
            return sorted(self._by_type)

    def __len__(self) -> int:
        return sum(len(self.all(resource_type)) for resource_type in self.types())


def patients_folder() -> Path:
    """Find the synthetic patients, in an installed wheel or in a source checkout."""
    here = Path(__file__).resolve()
    installed = here.with_name("patients")
    checkout = here.parents[2] / "fixtures" / "fhir" / "patients"
    for folder in (installed, checkout):
        if folder.is_dir():
            return folder
    raise FolderError(f"no synthetic patients in {installed} or {checkout}; name a folder of FHIR bundles")


def load_store(
    folder: Path, *, shift: bool = True, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> Store:
    """Read every JSON file of a folder: bundles, or single resources.

    With `shift`, dates move by whole days so that the `reference` of `index.json` becomes today; a folder
    without that file is served as it is.
    """
    if not folder.is_dir():
        raise FolderError(f"{folder} is not a folder; name one that holds FHIR bundles as .json files")
    index = _read_json(folder / _INDEX) if (folder / _INDEX).exists() else {}
    files = sorted(path for path in folder.glob("*.json") if path.name != _INDEX)
    if not files:
        raise FolderError(f"{folder} holds no .json file; put FHIR bundles there")
    now = clock()
    resources = (resource for path in files for resource in _resources(path, now=now))
    days = _days_to(now.date(), index) if shift else 0
    patients: list[Json] = index.get("entries") or index.get("patients") or []
    return Store(_shifted(resources, days) if days else resources, index=tuple(patients))


def _days_to(today: date, index: Mapping[str, Any]) -> int:
    reference = index.get("reference")
    return (today - datetime.fromisoformat(reference).date()).days if reference else 0


def _shifted(resources: Iterable[Json], days: int) -> Iterator[Json]:
    # Only a shifted folder needs the module, so a caller with its own bundles never loads it.
    from adapters.fhir_sandbox.shift import shift_dates  # noqa: PLC0415

    for resource in resources:
        yield shift_dates(resource, days)


def _read_json(path: Path) -> Json:
    try:
        document = orjson.loads(path.read_bytes())
    except orjson.JSONDecodeError as error:
        raise FolderError(f"{path} is not JSON (line {error.lineno}); repair or remove it") from error
    if not isinstance(document, dict):
        raise FolderError(f"{path} holds no JSON object; repair or remove it")
    return document


def _resources(path: Path, *, now: datetime) -> Iterator[Json]:
    document = _read_json(path)
    if "resourceType" not in document:
        raise FolderError(f"{path} has no resourceType; only FHIR bundles and resources belong here")
    entries = document.get("entry", []) if document["resourceType"] == "Bundle" else [{"resource": document}]
    held = [entry for entry in entries if "resource" in entry]
    names: dict[str, str] = {}
    for entry in held:
        resource = entry["resource"]
        if not isinstance(resource.get("resourceType"), str):
            raise FolderError(f"{path} holds an entry without resourceType; repair or remove it")
        _complete(entry, now)
        names[str(entry.get("fullUrl"))] = f"{resource['resourceType']}/{resource['id']}"
    for entry in held:
        yield _renamed(entry["resource"], names)


def _complete(entry: Json, now: datetime) -> None:
    """Give a resource the id and version a server would have given it."""
    resource = entry["resource"]
    full_url = entry.get("fullUrl", "")
    resource.setdefault(
        "id", full_url.removeprefix("urn:uuid:") if full_url.startswith("urn:uuid:") else str(uuid4())
    )
    stamp(resource, version="1", now=now)


def stamp(resource: Json, *, version: str, now: datetime) -> None:
    """Fill in version and time of the last update where a resource has none."""
    meta = resource.setdefault("meta", {})
    meta.setdefault("versionId", version)
    meta.setdefault("lastUpdated", now.isoformat(timespec="milliseconds"))


def _renamed(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, list):
        return [_renamed(item, names) for item in value]
    if not isinstance(value, dict):
        return value
    renamed = {
        name: _renamed(inner, names) if isinstance(inner, dict | list) else inner
        for name, inner in value.items()
    }
    reference = renamed.get("reference")
    if isinstance(reference, str) and reference in names:
        renamed["reference"] = names[reference]
    return renamed
