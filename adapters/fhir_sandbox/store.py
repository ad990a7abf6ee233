"""The resources in memory, found by type, id and patient.

Bundles are read once, at start. `urn:uuid:` references between entries are resolved as a server does when it
stores a transaction, so that what is served can be followed.
"""

import gc
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson

from adapters.fhir_sandbox import values
from adapters.fhir_sandbox.parameters import Parameter, parameters_of
from adapters.fhir_sandbox.shift import shift_dates

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

    With `shift`, dates move by whole days so that the `reference` of `index.json` comes to lie within the
    last 24 hours: nothing it calls past lies in the future. A folder without that file is served as it is.
    """
    if not folder.is_dir():
        raise FolderError(f"{folder} is not a folder; name one that holds FHIR bundles as .json files")
    index = _read_json(folder / _INDEX) if (folder / _INDEX).exists() else {}
    files = sorted(path for path in folder.glob("*.json") if path.name != _INDEX)
    if not files:
        raise FolderError(f"{folder} holds no .json file; put FHIR bundles there")
    now = clock()
    resources = (resource for path in files for resource in _resources(path))
    days = _days_to(now, index) if shift else 0
    patients: list[Json] = index.get("patients", [])
    with _collector_paused():
        return Store(_served(resources, days, now=now), index=tuple(patients))


@contextmanager
def _collector_paused() -> Iterator[None]:
    # Charts hold no cycles; walking them again and again would double the time of loading.
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()


def _days_to(now: datetime, index: Mapping[str, Any]) -> int:
    if not index.get("reference"):
        return 0
    reference = datetime.fromisoformat(index["reference"])
    return (now - (reference if reference.tzinfo else reference.replace(tzinfo=UTC))) // timedelta(days=1)


def _served(resources: Iterable[Json], days: int, *, now: datetime) -> Iterator[Json]:
    """Move dates, and stamp what has no version; the stamp is of today and stays where it is."""
    for resource in resources:
        moved = shift_dates(resource, days) if days else resource
        stamp(moved, version="1", now=now)
        yield moved


def _read_json(path: Path) -> Json:
    try:
        document = orjson.loads(path.read_bytes())
    except orjson.JSONDecodeError as error:
        raise FolderError(f"{path} is not JSON (line {error.lineno}); repair or remove it") from error
    if not isinstance(document, dict):
        raise FolderError(f"{path} holds no JSON object; repair or remove it")
    return document


def _resources(path: Path) -> Iterator[Json]:
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
        _name(entry)
        names[str(entry.get("fullUrl"))] = f"{resource['resourceType']}/{resource['id']}"
    for entry in held:
        _rename(entry["resource"], names)
        yield entry["resource"]


def _name(entry: Json) -> None:
    """Give a resource the id a server would have given it."""
    name = str(entry.get("fullUrl", ""))
    entry["resource"].setdefault(
        "id", name.removeprefix("urn:uuid:") if name.startswith("urn:uuid:") else str(uuid4())
    )


def stamp(resource: Json, *, version: str, now: datetime) -> None:
    """Fill in version and time of the last update where a resource has none."""
    meta = resource.setdefault("meta", {})
    meta.setdefault("versionId", version)
    meta.setdefault("lastUpdated", now.isoformat(timespec="milliseconds"))


def _rename(value: Any, names: Mapping[str, str]) -> None:
    """Point the references of a freshly read resource at `Type/id`, in place: a chart holds very many."""
    if isinstance(value, dict):
        reference = value.get("reference")
        if isinstance(reference, str):
            value["reference"] = names.get(reference, reference)
        value = list(value.values())
    for inner in value:
        if isinstance(inner, dict | list):
            _rename(inner, names)
