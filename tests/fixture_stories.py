"""The recorded calls of the differential: what was told in which encounter of which patient."""

import base64
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from fixture_calls import NOW, FixtureCase

Json = dict[str, Any]
Edit = Callable[[Json], None]

_DIFFERENTIAL = "differential-diagnosis"
_ENCOUNTER = "visit-1"
_LOINC = "http://loinc.org"
_ICD10 = "http://hl7.org/fhir/sid/icd-10-cm"


def _instant(hours: float) -> str:
    return (NOW - timedelta(hours=hours)).isoformat().replace("+00:00", "Z")


def _put(request: Json, key: str, resource: Json) -> None:
    subject = {"reference": f"Patient/{request['context']['patientId']}"}
    request["prefetch"][key].setdefault("entry", []).insert(0, {"resource": {**resource, "subject": subject}})


def _encounter(reason: str, *, hours: float, kind: str) -> Json:
    return {
        "resourceType": "Encounter",
        "id": _ENCOUNTER,
        "status": "in-progress",
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": kind},
        "period": {"start": _instant(hours)},
        "reasonCode": [{"text": reason}],
    }


def _note(text: str, hours: float) -> Json:
    attachment = {"contentType": "text/plain", "data": base64.b64encode(text.encode()).decode()}
    return {
        "resourceType": "DocumentReference",
        "id": f"note-{round(hours * 10)}",
        "status": "current",
        "type": {"coding": [{"system": _LOINC, "code": "34111-5", "display": "Emergency department Note"}]},
        "date": _instant(hours),
        "content": [{"attachment": attachment}],
        "context": {"encounter": [{"reference": f"Encounter/{_ENCOUNTER}"}]},
    }


def _drug(text: str, code: str, days: float) -> Json:
    rxnorm = "http://www.nlm.nih.gov/research/umls/rxnorm"
    return {
        "resourceType": "MedicationRequest",
        "id": f"drug-{code}",
        "status": "active",
        "intent": "order",
        "medicationCodeableConcept": {
            "coding": [{"system": rxnorm, "code": code, "display": text}],
            "text": text,
        },
        "authoredOn": _instant(days * 24),
    }


def _visit(
    reason: str,
    note: str = "",
    *more: tuple[str, Json],
    hours: float = 2,
    note_hours: float = 1,
    kind: str = "EMER",
) -> Edit:
    """Return what puts an encounter, its note and further entries (key, resource) into a call."""

    def edit(request: Json) -> None:
        _put(request, "encounters", _encounter(reason, hours=hours, kind=kind))
        if note:
            _put(request, "notes", _note(note, note_hours))
        for key, resource in more:
            _put(request, key, resource)

    return edit


def _here(_whole: Json, _patient: str) -> Json:
    return {"encounterId": _ENCOUNTER}


def _entered(text: str, code: str = "") -> Callable[[Json, str], Json]:
    """Return what carries a problem that is being entered."""

    def carries(_whole: Json, patient: str) -> Json:
        coding = {"coding": [{"system": _ICD10, "code": code, "display": text}]} if code else {}
        draft = {
            "resourceType": "Condition",
            "id": "draft-1",
            "code": {**coding, "text": text},
            "subject": {"reference": f"Patient/{patient}"},
        }
        conditions = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": draft}]}
        return {"conditions": conditions, "encounterId": _ENCOUNTER}

    return carries


_BLEEDING = """CHIEF COMPLAINT: abdominal pain and vaginal bleeding

HISTORY OF PRESENT ILLNESS:
24 weeks pregnant. Severe constant abdominal pain since this morning, then dark vaginal bleeding.
Baby moves less. Headache since yesterday. No fluid leak. No injury.

PHYSICAL EXAMINATION:
BP 168/108, HR 112. Uterus hard and tender.
"""
_SPANISH = """MOTIVO DE CONSULTA: dolor de cabeza

Mujer de 24 años con dolor de cabeza muy fuerte desde ayer por la mañana, con fiebre y vómitos.
No tiene alergias. Le molesta la luz y tiene el cuello rígido. Nunca tuvo un dolor así.
"""
_COUGH = """CHIEF COMPLAINT: dry cough

HISTORY OF PRESENT ILLNESS:
Dry tickling cough for three weeks, worse at night. No fever, no sputum, no wheeze, no breathlessness,
no weight loss.

PHYSICAL EXAMINATION:
Chest clear.
"""
_BACK = """CHIEF COMPLAINT: low back pain

HISTORY OF PRESENT ILLNESS:
Low back pain for ten years, no change. No weakness, no numbness, no fever, no bladder trouble.
Wants a refill.
"""
_OLDER = """CHIEF COMPLAINT: cough

HISTORY OF PRESENT ILLNESS:
Cough and fever for three days.
"""

STORIES = (
    FixtureCase(_DIFFERENTIAL, "headache-over-50", "headache-gca", hook="encounter-start"),
    FixtureCase(_DIFFERENTIAL, "chest-pain", "chest-pain", hook="encounter-start"),
    FixtureCase(_DIFFERENTIAL, "febrile-neonate", "infant", hook="encounter-start"),
    FixtureCase(_DIFFERENTIAL, "listed-diagnosis", "sepsis-news2"),
    FixtureCase(
        _DIFFERENTIAL,
        "pregnant-pain-bleeding",
        "pregnant-gestational",
        edit=_visit("Abdominal pain, bleeding", _BLEEDING),
        carries=_here,
    ),
    FixtureCase(
        _DIFFERENTIAL,
        "story-in-spanish",
        "healthy-young",
        edit=_visit("Dolor de cabeza", _SPANISH),
        carries=_here,
    ),
    FixtureCase(
        _DIFFERENTIAL,
        "drug-as-cause",
        "no-labs",
        edit=_visit(
            "Cough",
            _COUGH,
            ("medications", _drug("lisinopril 10 MG Oral Tablet", "314076", 26)),
            kind="AMB",
        ),
        carries=_here,
    ),
    FixtureCase(
        _DIFFERENTIAL,
        "chronic-complaint",
        "no-labs",
        edit=_visit("Back pain", _BACK, kind="AMB"),
        carries=_here,
    ),
    FixtureCase(
        _DIFFERENTIAL,
        "older-than-a-day",
        "no-labs",
        edit=_visit("Cough", _OLDER, hours=50, note_hours=49, kind="IMP"),
        carries=_here,
    ),
    FixtureCase(_DIFFERENTIAL, "no-complaint", "ckd-nephrology"),
    FixtureCase(
        _DIFFERENTIAL,
        "vague-symptom-entered",
        "ckd-change-of-band",
        hook="problem-list-item-create",
        edit=_visit("Office visit", kind="AMB"),
        carries=_entered("Fatigue", "R53.83"),
    ),
    FixtureCase(
        _DIFFERENTIAL,
        "known-disease-entered",
        "no-labs",
        hook="problem-list-item-create",
        edit=_visit("Office visit", kind="AMB"),
        carries=_entered("Essential hypertension", "I10"),
    ),
    FixtureCase(
        _DIFFERENTIAL,
        "unreadable-problem-entered",
        "no-labs",
        hook="problem-list-item-create",
        edit=_visit("Office visit", kind="AMB"),
        carries=_entered("Zorbling of the snood"),
    ),
)
