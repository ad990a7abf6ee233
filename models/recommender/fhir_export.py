"""A site's orders and conditions out of FHIR R4 JSON, bundles or Bulk export: codes and differences of dates.

Read after `clinicards deid fhir`: what stays is codes, sex and ages in days. Names, identifiers, texts and
notes are never looked at. Dates may be shifted, as long as a person's are shifted alike.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from models.base import ModelError
from models.recommender.history import History, Order, Problem
from models.recommender.patient import Allergy
from models.record import ICD10, ICD10CM, RXNORM, SNOMED, Code

_SYSTEMS = (SNOMED, ICD10CM, ICD10)
_WRONG = frozenset({"entered-in-error", "refuted", "cancelled", "draft"})
_TYPES = frozenset({"Patient", "MedicationRequest", "Medication", "Condition", "AllergyIntolerance"})
Resource = Mapping[str, Any]


def read_export(files: Iterable[Path]) -> Iterator[History | None]:
    """Yield a history for each patient, or None where birth date or sex is missing."""
    by_kind: dict[str, list[Resource]] = defaultdict(list)
    for path in files:
        for resource in _resources(path):
            by_kind[str(resource.get("resourceType"))].append(resource)
    drugs = {key: one for one in by_kind["Medication"] for key in _keys(one)}
    rows = {
        kind: _by_patient(by_kind[kind], "patient" if kind == "AllergyIntolerance" else "subject")
        for kind in ("MedicationRequest", "Condition", "AllergyIntolerance")
    }
    for patient in by_kind["Patient"]:
        own = {
            kind: [row for key in _keys(patient) for row in found.get(key, ())]
            for kind, found in rows.items()
        }
        yield _history(patient, own, drugs)


def _resources(path: Path) -> Iterator[Resource]:
    """Yield the resources of a file that are of use; each under the address its bundle gives it."""
    for document in _documents(path):
        bundled = document.get("resourceType") == "Bundle"
        for entry in document.get("entry", ()) if bundled else ({"resource": document},):
            resource = entry.get("resource") or {}
            if resource.get("resourceType") in _TYPES:
                yield {**resource, "fullUrl": entry.get("fullUrl", "")}


def _documents(path: Path) -> list[Resource]:
    """Return the JSON of a file, which is one document or one a line."""
    text = path.read_text(encoding="utf-8")
    texts = [line for line in text.splitlines() if line.strip()] if path.suffix == ".ndjson" else [text]
    found: list[Resource] = []
    for number, one in enumerate(texts, start=1):
        try:
            document = json.loads(one)
        except json.JSONDecodeError as error:
            raise ModelError(
                f"{path.name}: document {number} is no JSON: {error.msg}", code="usage"
            ) from None
        found += [document] if isinstance(document, Mapping) else []
    return found


def _keys(resource: Resource) -> set[str]:
    """Return what references to a resource end with: its id, and the address its bundle gives it."""
    return {_end(text) for text in (resource.get("fullUrl"), resource.get("id")) if text}


def _end(reference: str) -> str:
    return reference.rpartition("/")[2].removeprefix("urn:uuid:").partition("|")[0]


def _by_patient(rows: Iterable[Resource], name: str) -> dict[str, list[Resource]]:
    found: dict[str, list[Resource]] = defaultdict(list)
    for row in rows:
        reference = (row.get(name) or {}).get("reference", "")
        if reference and not _WRONG & {row.get("status"), _code_word(row, "verificationStatus")}:
            found[_end(reference)].append(row)
    return found


def _code_word(row: Resource, name: str) -> str:
    codings = (row.get(name) or {}).get("coding") or [{}]
    return str(codings[0].get("code", ""))


def _history(
    patient: Resource, rows: Mapping[str, list[Resource]], drugs: Mapping[str, Resource]
) -> History | None:
    birth = _day(patient.get("birthDate"))
    if birth is None or not patient.get("gender"):
        return None
    orders = (_order(row, birth, drugs) for row in rows["MedicationRequest"])
    problems = (_problem(row, birth) for row in rows["Condition"])
    allergies = (_coding(row.get("code"), (*_SYSTEMS, RXNORM)) for row in rows["AllergyIntolerance"])
    return History(
        str(patient["gender"]),
        tuple(one for one in orders if one is not None),
        tuple(one for one in problems if one is not None),
        tuple(Allergy(code, code.display) for code in allergies if code is not None),
    )


def _order(row: Resource, birth: float, drugs: Mapping[str, Resource]) -> Order | None:
    concept = row.get("medicationCodeableConcept")
    if concept is None:
        named = drugs.get(_end((row.get("medicationReference") or {}).get("reference", "")), {})
        concept = named.get("code")
    code, at = _coding(concept, (RXNORM,)), _day(row.get("authoredOn"))
    return None if code is None or at is None else Order(at - birth, code.code, code.display)


def _problem(row: Resource, birth: float) -> Problem | None:
    code = _coding(row.get("code"), _SYSTEMS)
    began = _day(
        row.get("onsetDateTime") or (row.get("onsetPeriod") or {}).get("start") or row.get("recordedDate")
    )
    ended = _day(row.get("abatementDateTime") or (row.get("abatementPeriod") or {}).get("end"))
    if code is None or began is None:
        return None
    return Problem(
        began - birth, code.code, code.display, None if ended is None else ended - birth, code.system
    )


def _coding(concept: Any, systems: tuple[str, ...]) -> Code | None:
    for coding in (concept or {}).get("coding", ()):
        if coding.get("system") in systems and coding.get("code"):
            return Code(coding["system"], str(coding["code"]), str(coding.get("display", "")))
    return None


def _day(text: Any) -> float | None:
    """Return an instant in days; a year or month counts as its first day, what is no date as none."""
    if not isinstance(text, str):
        return None
    whole = {4: f"{text}-01-01", 7: f"{text}-01"}.get(len(text), text)
    try:
        found = datetime.fromisoformat(whole)
    except ValueError:
        return None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp() / 86_400
