"""Validation against R4, what we write, which codes and types exist."""

from typing import Any

import pytest

from cds.fhir import validate, write
from cds.fhir.codes import canonical, well_formed
from cds.fhir.types import RESOURCE_TYPES, said
from cds.fhir.validate import faults
from models.record import LOINC, SNOMED, Code

SOUND = {"resourceType": "Observation", "status": "final", "code": {"text": "x"}}


def test_what_is_sound_has_no_faults_and_is_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    validate._SOUND.clear()
    assert faults(SOUND) == []
    monkeypatch.setattr(validate, "_faults", lambda _: ["looked again"])
    assert faults(dict(SOUND)) == []
    assert faults({**SOUND, "valueString": "another shape"}) == ["looked again"]


def test_classes_may_be_imported_before_they_are_needed() -> None:
    validate.warm(["Observation", "MedicinalProduct"])
    assert validate._model("Observation") is not None
    assert validate._model("MedicinalProduct") is None


def test_verdicts_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(validate, "_MOST_REMEMBERED", 2)
    validate._SOUND.clear()
    for more in ({}, {"valueBoolean": True}, {"valueString": "x"}, {"valueInteger": 3}):
        assert faults({**SOUND, **more}) == []
    assert 1 <= len(validate._SOUND) <= 2


@pytest.mark.parametrize(
    ("more", "path"),
    [
        ({"status": 5}, "Observation.status: "),
        ({"Canary": 1}, "Observation.?: extra forbidden"),
        ({"code": {"text": "x", "canary": "y"}}, "Observation.code.?: extra forbidden"),
        ({"effectiveDateTime": "canary"}, "Observation.effectiveDateTime: "),
        ({"component": [{"code": 5}]}, "Observation.component.0.code"),
        ({"valueQuantity": {"value": "canary"}}, "Observation.valueQuantity.value: "),
    ],
)
def test_a_fault_is_named_by_path_and_shows_no_value_and_no_made_up_key(
    more: dict[str, Any], path: str
) -> None:
    found = faults({**SOUND, **more})
    assert found
    assert any(line.startswith(path) for line in found)
    assert "canary" not in str(found).casefold()


@pytest.mark.parametrize(
    "kind", ["Meta", "HumanName", "observation", "Resource", "tests", "", 5, None, "MedicinalProduct"]
)
def test_what_is_no_resource_of_r4_is_said_to_be_none(kind: Any) -> None:
    assert faults({"resourceType": kind}) == ["resourceType: no such resource in FHIR R4"]


def test_an_error_that_the_library_lets_through_is_named_by_its_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        @staticmethod
        def model_validate(_: Any) -> None:
            raise RecursionError("canary")

    monkeypatch.setattr(validate, "_model", lambda _: Broken)
    assert validate._faults(SOUND) == ["Observation: RecursionError"]


def test_a_draft_of_ours_is_sound_r4_and_says_who_proposed_it() -> None:
    made = write.service_request(
        patient="Patient/p1",
        code=write.concept([Code(LOINC, "4548-4", "HbA1c")], "HbA1c"),
        reason="last value 2 years ago",
        model="scores/x@1",
        category=Code(SNOMED, "108252007", "Laboratory procedure"),
        learned=True,
    )
    assert made["status"] == "draft"
    assert made["meta"]["security"][0]["code"] == "AIAST"
    made["contained"][0]["recorded"] = "2026-03-01T12:00:00Z"
    assert faults(made) == []


def test_a_published_formula_carries_no_ai_label_and_a_category_only_where_there_is_one() -> None:
    made = write.service_request(patient="Patient/p1", code={"text": "x"}, reason="y", model="m@1")
    assert not {"meta", "category"} & made.keys()
    assert write.concept([], "x") == {"text": "x"}
    assert write.concept([Code("", "", "x")], "x") == {"coding": [{"display": "x"}], "text": "x"}


@pytest.mark.parametrize(
    ("system", "code"),
    [
        (LOINC, "2160-0"),
        (LOINC, "LA6576-8"),
        (SNOMED, "44054006"),
        ("http://hl7.org/fhir/sid/icd-10-cm", "E11.9"),
        ("http://hl7.org/fhir/sid/icd-10-cm", "C7A.00"),
        ("http://hl7.org/fhir/sid/icd-10", "A00.0+"),
        ("http://hl7.org/fhir/sid/icd-9-cm", "V58.61"),
        ("http://hl7.org/fhir/sid/ndc", "0069-2587-10"),
        ("http://www.nlm.nih.gov/research/umls/rxnorm", "855332"),
        ("http://www.whocc.no/atc", "B01AA03"),
        ("http://hl7.org/fhir/sid/cvx", "140"),
        ("http://www.ama-assn.org/go/cpt", "99213"),
        ("http://unitsofmeasure.org", "mg/dL"),
        ("http://terminology.hl7.org/CodeSystem/v3-ActCode", "IMP"),
        ("http://terminology.hl7.org/CodeSystem/v2-0078", "<"),
        ("http://dicom.nema.org/resources/ontology/DCM", "DX"),
        ("http://nucc.org/provider-taxonomy", "207RC0000X"),
    ],
)
def test_a_code_in_the_form_of_its_system_is_well_formed(system: str, code: str) -> None:
    assert well_formed(system, code)
    assert not well_formed(system, f"{code} ")
    assert not well_formed(system, "John Smith")
    assert not well_formed(f"{system}/local", code)


def test_a_system_has_one_name() -> None:
    assert canonical("urn:oid:2.16.840.1.113883.6.1") == LOINC
    assert canonical("urn:x") == "urn:x"


def test_types_that_exist_may_be_said_and_others_not() -> None:
    assert {"Patient", "Observation", "Task"} <= RESOURCE_TYPES
    assert said("Patient") == "Patient"
    assert said("JohnSmith") == said(5) == said(None) == said([]) == "resource of an unknown type"
