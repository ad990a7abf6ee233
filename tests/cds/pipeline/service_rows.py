"""What the failure matrix needs to know of each service: a chart that it speaks about, and what it says."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from installation import bundle

from cds.services.base import Service
from cds.services.differential_diagnosis import service as differential
from cds.services.medication_recommender import service as recommender
from cds.services.medication_safety import service as safety
from cds.services.note_review import service as review

Json = dict[str, Any]
Chart = Mapping[str, Sequence[Json]]
GAP = "NOTchecked"
_CLINICAL = "http://terminology.hl7.org/CodeSystem/{}-clinical"


@dataclass(frozen=True)
class Row:
    """One service at one hook."""

    service: Service
    hook: str
    patient: str
    says: tuple[str, ...]
    """Topics of the cards for the whole chart."""
    chart: Chart = field(repr=False)
    """Resources by prefetch key."""
    wrong_hook: str
    context: Json = field(default_factory=dict, repr=False)
    required: tuple[str, ...] = ("patient",)
    """Keys without which there is no answer."""
    broken: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Topics by the key whose search failed."""
    null: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Topics by the key that the EHR has nothing for."""
    strange: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Topics by the key that brought another patient's resource in place of this one's."""

    late: int | tuple[str, ...] = 503
    """The status, or the topics, where there was no time at all."""

    @property
    def path(self) -> str:
        """The service's address."""
        return f"/cds-services/{self.service.id}"

    @property
    def who(self) -> Json:
        """The patient."""
        return {"resourceType": "Patient", "id": self.patient, "gender": "male", "birthDate": "1961-02-03"}

    @property
    def resources(self) -> tuple[Json, ...]:
        """Everything that an EHR holds of the patient."""
        return (self.who, *(resource for held in self.chart.values() for resource in held))

    def prefetch(self, **keys: Any) -> Json:
        """Return a complete prefetch; `keys` replaces."""
        empty = {key: bundle(self.chart.get(key, ())) for key in self.service.needs(self.hook)}
        return {**empty, "patient": self.who, **keys}

    def call(self, **members: Any) -> Json:
        """Return a request without prefetch; `members` adds."""
        context = {"userId": "Practitioner/d1", "patientId": self.patient, **self.context}
        return {
            "hook": self.hook,
            "hookInstance": "0b1c8f3e-0000-4000-8000-000000000001",
            "context": context,
        } | members


def ago(days: float) -> str:
    """Return an instant so many days before now."""
    return (datetime.now(UTC) - timedelta(days=days)).isoformat(timespec="seconds").replace("+00:00", "Z")


def of(patient: str) -> Json:
    """Return a reference to a patient."""
    return {"reference": f"Patient/{patient}"}


def drug(text: str, *, who: str, status: str = "active", id: str = "m1") -> Json:
    """Return an order of a drug."""
    return {
        "resourceType": "MedicationRequest",
        "id": f"{who}-{id}",
        "status": status,
        "intent": "order",
        "medicationCodeableConcept": {"text": text},
        "subject": of(who),
        "authoredOn": ago(100),
    }


def condition(code: str, text: str, *, who: str) -> Json:
    """Return a diagnosis."""
    coding = {"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": code, "display": text}
    return {
        "resourceType": "Condition",
        "id": f"{who}-{code.replace('.', '')}",
        "clinicalStatus": {"coding": [{"system": _CLINICAL.format("condition"), "code": "active"}]},
        "code": {"coding": [coding], "text": text},
        "subject": of(who),
        "recordedDate": ago(500),
    }


def note(text: str, *, who: str, days: float = 3, id: str = "n1") -> Json:
    """Return a note."""
    data = base64.b64encode(text.encode()).decode()
    return {
        "resourceType": "DocumentReference",
        "id": f"{who}-{id}",
        "status": "current",
        "type": {"text": "Progress note"},
        "subject": of(who),
        "date": ago(days),
        "content": [{"attachment": {"contentType": "text/plain", "data": data}}],
    }


def encounter(reason: str, *, who: str) -> Json:
    """Return an encounter that began two hours ago."""
    return {
        "resourceType": "Encounter",
        "id": f"{who}-e1",
        "status": "in-progress",
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "EMER"},
        "subject": of(who),
        "period": {"start": ago(2 / 24)},
        "reasonCode": [{"text": reason}],
    }


def _safety(who: str) -> Row:
    draft = drug("ibuprofen 400 MG Oral Tablet", who=who, status="draft", id="d1")
    says = ("DDIwarfarinNsaidIbuprofenWarfarin",)
    return Row(
        safety,
        "order-sign",
        who,
        says,
        {"medications": (drug("Warfarin Sodium 5 MG Oral Tablet", who=who),)},
        wrong_hook="patient-view",
        context={"draftOrders": {"resourceType": "Bundle", "entry": [{"resource": draft}]}},
        required=("patient", "medications", "allergies"),
        null={"medications": ()},
        strange={"medications": (GAP,)},
        late=(GAP,),
    )


def _review(who: str) -> Row:
    words = "PAST MEDICAL HISTORY:\n- Atrial fibrillation\n"
    return Row(
        review,
        "patient-view",
        who,
        ("NOTEproblemAtrialFibrillation",),
        {"documents": (note(words, who=who),)},
        wrong_hook="order-sign",
        broken={"conditions": (GAP,), "documents": (GAP,)},
        null={"documents": ()},
        strange={"documents": (GAP,)},
    )


def _recommender(who: str) -> Row:
    failing = ("GAPhfBetaBlocker", "GAPhfSglt2i")
    vaccine = "GAPvaccinePneumococcal"
    return Row(
        recommender,
        "patient-view",
        who,
        (*failing, vaccine),
        {
            "conditions": (condition("I50.22", "Chronic systolic heart failure", who=who),),
            "medications": (drug("lisinopril 10 MG Oral Tablet", who=who),),
        },
        wrong_hook="encounter-start",
        required=("patient", "medications", "allergies"),
        broken={"conditions": (GAP,), "immunizations": (*failing, GAP)},
        null={"conditions": (GAP,), "medications": (vaccine, GAP)},
        strange={"conditions": (GAP,), "medications": (GAP,)},
    )


def _differential(who: str) -> Row:
    reason = "crushing chest pain for two hours, sweating, pain in the left arm"
    return Row(
        differential,
        "patient-view",
        who,
        ("RFchestPainCardiac", "DDXStemi"),
        {"encounters": (encounter(reason, who=who),)},
        wrong_hook="order-sign",
        context={"encounterId": f"{who}-e1"},
        broken={"encounters": (GAP,)},
        null={"encounters": (GAP,)},
        strange={"encounters": (GAP,)},
    )


ROWS = (_safety("rs"), _review("rn"), _recommender("rm"), _differential("rd"))
