"""Requests to measure with: 41 KB, 50 resources, from synthetic charts by the service's own templates.

Each request has ids, a hook instance and measured values of its own, so that no cache of contents flatters a
figure: a placeholder in every id is stamped with a serial number as a request is sent.
"""

import copy
import random
import re
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

import orjson
from stamp import SERIAL, SURNAME

from adapters.fhir_folder import FolderEhr
from adapters.fhir_sandbox.store import patients_folder
from adapters.ports import EhrAccess
from cds.hooks import contexts
from cds.hooks.templates import fill
from cds.services.clinical_scores import service

HOOK = "patient-view"
RESOURCES = 50
SIZE = 41_000
TOLERANCE = 2_000
CHARTS = (
    "sglt2-gap",
    "af-stroke-risk",
    "cirrhosis-meld",
    "chest-pain",
    "ckd-change-of-band",
    "oncology-vte",
    "depression-phq",
    "comfort-care-94",
)
"""Adults with long charts, by the slugs of fixtures/fhir/patients/index.json."""

_AT_MOST: Mapping[str, int] = {"procedures": 3, "encounters": 3, "answers": 4, "tests": 3}
_LONG = ("labs", "vitals")
_OPTIONAL = (("meta", "issued"), ("referenceRange", "interpretation"))
"""Elements that go first where a chart's resources are larger than what is measured."""

Resource = dict[str, Any]
Kept = dict[str, list[Resource]]


class NoSuchRequest(Exception):
    """A chart does not yield a request of the size that is measured."""


def bodies(count: int, *, seed: int = 1) -> list[bytes]:
    """Return so many different requests, the charts in turn, each still to be stamped."""
    rng = random.Random(seed)
    ehr = FolderEhr(patients_folder(), shift=True)
    try:
        charts = [chart(ehr, slug, rng) for slug in CHARTS]
    finally:
        ehr.close()
    return [_request(charts[number % len(charts)], rng) for number in range(count)]


def chart(ehr: FolderEhr, slug: str, rng: random.Random) -> Kept:
    """Return 50 resources of a patient by prefetch key, near 41 KB together, under new ids."""
    patient = next(str(row["patient_id"]) for row in ehr.store.index if row["slug"] == slug)
    return _trimmed(_renamed(_cut(_read(ehr, patient)), rng))


def _read(ehr: FolderEhr, patient: str) -> Kept:
    """Return what the service's published templates find."""
    context = contexts.check(HOOK, {"userId": "Practitioner/1", "patientId": patient})
    access = EhrAccess("")
    found = {}
    for key, need in service.needs(HOOK).items():
        query = fill(need.query, context)
        if "?" in query:
            found[key] = list(ehr.search(access, query, timeout=30).resources)
        else:
            found[key] = [ehr.read(access, query, timeout=30)]
    return found


def _cut(found: Mapping[str, list[Resource]]) -> Kept:
    """Return 50 resources: all of the short lists, two laboratory results for each vital sign."""
    kept = {key: rows[: _AT_MOST.get(key, 20)] for key, rows in found.items() if key not in _LONG}
    room = RESOURCES - sum(map(len, kept.values()))
    shares = {"vitals": room // 3, "labs": room - room // 3}
    for key, share in shares.items():
        rows = _one_of_each_first(found[key])
        if len(rows) < share:
            raise NoSuchRequest(f"only {len(rows)} {key}, {share} wanted; choose a longer chart")
        kept[key] = rows[:share]
    return {key: kept[key] for key in found}


def _one_of_each_first(rows: list[Resource]) -> list[Resource]:
    """Return results newest first, but one of every code before the second of any."""
    seen: dict[str, int] = {}
    ranked = []
    for row in rows:
        code = orjson.dumps(row.get("code")).decode()
        seen[code] = seen.get(code, 0) + 1
        ranked.append((seen[code], row))
    return [row for _, row in sorted(ranked, key=lambda pair: pair[0])]


def _trimmed(kept: Kept) -> Kept:
    """Take away what servers may leave out, the last result first, until the size is right."""
    rows = [row for found in kept.values() for row in reversed(found)]
    for names in _OPTIONAL:
        for row in rows:
            if len(_body(kept)) <= SIZE:
                return kept
            for name in names:
                row.pop(name, None)
    size = len(_body(kept))
    raise NoSuchRequest(f"a chart does not go below {size} bytes, {SIZE} wanted; choose another")


def _body(kept: Kept, instance: str = SERIAL) -> bytes:
    prefetch = {
        key: rows[0]
        if key == "patient"
        else {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": row} for row in rows]}
        for key, rows in kept.items()
    }
    context = {"userId": "Practitioner/1", "patientId": kept["patient"][0]["id"]}
    return orjson.dumps({"hook": HOOK, "hookInstance": instance, "context": context, "prefetch": prefetch})


def _renamed(kept: Kept, rng: random.Random) -> Kept:
    """Return copies under new ids and a new family name, each a placeholder, with what refers to them."""
    family = kept["patient"][0]["name"][0]["family"]
    text = re.sub(re.escape(family), SURNAME, orjson.dumps(kept).decode(), flags=re.IGNORECASE)
    copies: Kept = orjson.loads(text)
    names: dict[str, str] = {}
    for row in (row for rows in copies.values() for row in rows):
        old, row["id"] = row["id"], _new_id(rng)
        names[f"{row['resourceType']}/{old}"] = f"{row['resourceType']}/{row['id']}"
    for node in _nodes(copies):
        if node.get("reference") in names:
            node["reference"] = names[node["reference"]]
    return copies


def _new_id(rng: random.Random) -> str:
    return str(UUID(int=rng.getrandbits(128), version=4))[:28] + SERIAL


def _request(kept: Kept, rng: random.Random) -> bytes:
    """Return a request with measured values a few per cent from the chart's."""
    moved = copy.deepcopy(kept)
    for node in _nodes(moved):
        measured = node.get("valueQuantity")
        if isinstance(measured, dict):
            measured["value"] = _near(measured["value"], rng)
    body = _body(moved, _new_id(rng))
    if abs(len(body) - SIZE) > TOLERANCE:
        raise NoSuchRequest(f"a request has {len(body)} bytes, {SIZE} wanted")
    return body


def _nodes(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from _nodes(inner)


def _near(value: float, rng: random.Random) -> float:
    """Return a value within 3 %, written with as many decimals."""
    decimals = len(re.sub(r"^-?\d+\.?", "", str(value)))
    near = round(value * rng.uniform(0.97, 1.03), decimals)
    return near if decimals else int(near)
