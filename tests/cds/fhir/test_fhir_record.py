"""From clean resources to facts: each type, each way a value is written, and what an empty list means."""

from datetime import UTC, datetime
from typing import Any

import pytest

from cds.fhir.read import record
from cds.fhir.values import codes, items, quantity_text, value_of
from cds.privacy.deidentify import deidentify
from models.record import LOINC, RXNORM, SNOMED, Code, Fact, Quantity, Record

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
IPS = "http://hl7.org/fhir/uv/ips/CodeSystem/absent-unknown-uv-ips"
HL7 = "http://terminology.hl7.org/CodeSystem/"


def cc(system: str, code: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code}]}


def read(*resources: dict[str, Any], **more: Any) -> Record:
    named = [("k", {"id": f"x{n}", **r}) for n, r in enumerate(resources)]
    return record(deidentify(named, now=NOW).resources, lists=more.pop("lists", {}), **more)


def fact(resource: dict[str, Any]) -> Fact:
    (first, *_) = read(resource).facts
    return first


@pytest.mark.parametrize(
    ("value", "seen"),
    [
        ({"valueQuantity": {"value": 5, "comparator": "<", "unit": "mg"}}, Quantity(5.0, "mg", "<")),
        ({"valueQuantity": {"value": 5}}, Quantity(5.0, "")),
        ({"valueInteger": 3}, Quantity(3.0, "1")),
        ({"valueBoolean": False}, False),
        ({"valueString": "trace"}, "trace"),
        ({"valueCodeableConcept": cc(SNOMED, "260385009")}, Code(SNOMED, "260385009")),
        ({"valueCodeableConcept": {"text": "positive"}}, Code("", "", "positive")),
        (
            {
                "valueCodeableConcept": {
                    "coding": [{"system": RXNORM, "code": "1"}, {"system": LOINC, "code": "LA6576-8"}]
                }
            },
            Code(LOINC, "LA6576-8"),
        ),
        ({"valueCodeableConcept": cc(RXNORM, "1")}, Code(RXNORM, "1")),
        ({}, None),
    ],
)
def test_a_value_is_read_in_each_form(value: dict[str, Any], seen: Any) -> None:
    assert fact({"resourceType": "Observation", **value}).value == seen
    if not value:
        assert value_of({"valueCodeableConcept": {}}) is None


def test_components_are_facts_that_share_a_group_with_their_observation() -> None:
    made = read(
        {
            "resourceType": "Observation",
            "status": "final",
            "category": [cc(f"{HL7}observation-category", "vital-signs")],
            "code": cc(LOINC, "85354-9"),
            "effectiveDateTime": "2026-02-28",
            "interpretation": [cc(f"{HL7}v3-ObservationInterpretation", "H")],
            "component": [
                {
                    "code": {**cc(LOINC, "8480-6"), "text": "Systolic"},
                    "valueQuantity": {"value": 120, "unit": "mm[Hg]"},
                },
                {"code": cc(LOINC, "8462-4"), "dataAbsentReason": cc(f"{HL7}data-absent-reason", "error")},
            ],
        }
    )
    whole, systolic, diastolic = made.facts
    assert {f.group for f in made.facts} == {whole.ref}
    assert (systolic.text, systolic.value, systolic.minutes_ago) == (
        "Systolic",
        Quantity(120.0, "mm[Hg]"),
        2160,
    )
    assert (diastolic.value, diastolic.absent_reason) == (None, "error")
    assert (whole.category, whole.interpretation, whole.time_precision) == (("vital-signs",), ("H",), "day")
    assert made.members(whole.ref) == made.facts


def test_one_component_that_was_sent_alone_is_one() -> None:
    made = read({"resourceType": "Observation", "component": {"code": cc(LOINC, "8480-6")}})
    assert len(made.facts) == 2


def test_members_of_a_panel_take_the_panels_group() -> None:
    made = read(
        {"resourceType": "Observation", "hasMember": [{"reference": "Observation/x1"}]},
        {"resourceType": "Observation", "valueInteger": 1},
        {"resourceType": "Observation", "valueInteger": 2},
    )
    panel, member, other = made.facts
    assert (member.group, other.group) == (panel.ref, other.ref)


@pytest.mark.parametrize(
    ("more", "status", "ended"),
    [
        ({"clinicalStatus": cc(f"{HL7}condition-clinical", "active")}, "active", None),
        ({"abatementDateTime": "2026-02-28T12:00:00Z"}, "resolved", 1440),
        ({"abatementDateTime": "2026-03-05"}, "", -5040),
        ({"abatementAge": {"value": 3, "unit": "a"}}, "resolved", None),
        ({"abatementPeriod": {"end": "2026-02-28T12:00:00Z"}}, "resolved", 1440),
        ({}, "", None),
    ],
)
def test_a_condition_that_has_abated_is_resolved_where_it_does_not_say(
    more: Any, status: str, ended: Any
) -> None:
    made = fact({"resourceType": "Condition", **more})
    assert (made.status, made.ended_minutes_ago) == (status, ended)


def test_a_condition_says_since_when_how_sure_and_how_severe() -> None:
    made = fact(
        {
            "resourceType": "Condition",
            "verificationStatus": cc(f"{HL7}condition-ver-status", "provisional"),
            "severity": cc(SNOMED, "24484000"),
            "onsetPeriod": {"start": "2026-02-28T12:00:00Z"},
            "recordedDate": "2026-03-01T11:00:00Z",
            "encounter": {"reference": "Encounter/e"},
        }
    )
    assert (made.verification, made.detail["severity"], made.minutes_ago) == ("provisional", "24484000", 1440)
    assert made.encounter.startswith("Encounter/t")


def test_a_prescription_says_what_how_and_until_when() -> None:
    made = fact(
        {
            "resourceType": "MedicationRequest",
            "status": "active",
            "intent": "order",
            "doNotPerform": False,
            "medicationCodeableConcept": {**cc(RXNORM, "855332"), "text": "warfarin"},
            "authoredOn": "2026-02-28T12:00:00Z",
            "dispenseRequest": {"validityPeriod": {"end": "2026-03-01T12:00:00Z"}},
            "dosageInstruction": [
                {
                    "asNeededBoolean": True,
                    "route": cc(SNOMED, "26643006"),
                    "doseAndRate": [
                        {"rateQuantity": {"value": 1}},
                        {"doseQuantity": {"value": 5.0, "unit": "mg"}},
                    ],
                }
            ],
        }
    )
    assert (made.text, made.status, made.minutes_ago, made.ended_minutes_ago) == (
        "warfarin",
        "active",
        1440,
        0,
    )
    assert dict(made.detail) == {
        "resource": "MedicationRequest",
        "intent": "order",
        "do_not_perform": False,
        "as_needed": True,
        "route": "26643006",
        "dose": "5 mg",
        "dose_value": 5.0,
        "dose_unit": "mg",
    }


@pytest.mark.parametrize(
    ("repeat", "times"),
    [
        ({"frequency": 2, "period": 1, "periodUnit": "d"}, 2),
        ({"frequency": 1, "period": 8, "periodUnit": "h"}, 3),
        ({"frequency": 1, "frequencyMax": 2, "period": 1, "periodUnit": "d"}, 2),
        ({"frequency": 1, "period": 1, "periodUnit": "wk"}, 1 / 7),
        ({"when": ["MORN", "HS"]}, 2),
        ({"period": 1, "periodUnit": "d"}, None),
    ],
)
def test_an_order_says_how_often_for_how_long_and_for_what(repeat: dict[str, Any], times: float) -> None:
    lasting = {"boundsDuration": {"value": 2, "code": "wk", "system": "http://unitsofmeasure.org"}}
    made = fact(
        {
            "resourceType": "MedicationRequest",
            "reasonCode": [cc(SNOMED, "38341003")],
            "dosageInstruction": [
                {
                    "text": "one, by mouth",
                    "timing": {"repeat": {**repeat, **lasting}},
                    "doseAndRate": [{"doseRange": {"high": {"value": 2, "unit": "tablet"}}}],
                }
            ],
        }
    )
    assert made.detail.get("times_per_day") == times
    assert made.detail["duration_days"] == 14
    assert (made.detail["dose_value"], made.detail["dose_unit"]) == (2, "tablet")
    assert made.detail["sig"] == "one, by mouth"
    assert made.detail["reasons"] == f"{SNOMED}|38341003"


def test_a_value_that_is_a_time_is_so_many_minutes_away() -> None:
    made = fact({"resourceType": "Observation", "code": cc(LOINC, "11778-8"), "valueDateTime": "2026-03-05"})
    assert made.value is None
    assert made.detail["value_minutes_ago"] == -5040


def test_what_was_given_says_dose_and_route_too() -> None:
    made = fact(
        {
            "resourceType": "MedicationAdministration",
            "medicationCodeableConcept": {"text": "heparin"},
            "context": {"reference": "Encounter/e"},
            "effectivePeriod": {"start": "2026-03-01T11:00:00Z", "end": "2026-03-01T11:30:00Z"},
            "dosage": {"route": cc(SNOMED, "47625008"), "dose": {"value": 5000, "unit": "[iU]"}},
        }
    )
    assert (made.detail["route"], made.detail["dose"], made.ended_minutes_ago) == (
        "47625008",
        "5000 [iU]",
        30,
    )
    assert made.encounter


def test_a_drug_that_stands_apart_is_looked_up_and_a_missing_one_is_nameless() -> None:
    order = {"resourceType": "MedicationStatement", "medicationReference": {"reference": "Medication/x1"}}
    medication = {"resourceType": "Medication", "code": cc(RXNORM, "1191")}
    assert read(order, medication).facts[0].codes == (Code(RXNORM, "1191"),)
    assert fact(order).codes == ()


def test_an_allergy_says_its_kind_risk_and_first_reaction() -> None:
    made = fact(
        {
            "resourceType": "AllergyIntolerance",
            "clinicalStatus": cc(f"{HL7}allergyintolerance-clinical", "active"),
            "type": "allergy",
            "criticality": "high",
            "code": cc(RXNORM, "7980"),
            "reaction": [{"severity": "severe"}, {"manifestation": [cc(SNOMED, "247472004")]}],
        }
    )
    assert made.status == "active"
    assert dict(made.detail) == {
        "type": "allergy",
        "criticality": "high",
        "reaction": "247472004",
        "reactions": "247472004",
    }
    assert "reaction" not in fact({"resourceType": "AllergyIntolerance"}).detail


def test_an_encounter_says_class_times_and_where_from() -> None:
    made = fact(
        {
            "resourceType": "Encounter",
            "status": "finished",
            "class": {"system": f"{HL7}v3-ActCode", "code": "IMP"},
            "type": [cc(SNOMED, "183452005")],
            "priority": cc(f"{HL7}v3-ActPriority", "EM"),
            "serviceType": cc(SNOMED, "394579002"),
            "reasonCode": [cc(SNOMED, "29857009")],
            "period": {"start": "2026-02-28T12:00:00Z", "end": "2026-03-01T12:00:00Z"},
            "hospitalization": {"admitSource": cc(f"{HL7}admit-source", "emd")},
        }
    )
    assert (made.minutes_ago, made.ended_minutes_ago, made.category) == (1440, 0, ("183452005",))
    assert made.encounter == made.ref
    assert dict(made.detail) == {
        "class": "IMP",
        "priority": "EM",
        "admit_source": "emd",
        "service_type": "394579002",
        "unread_reasons": 1,  # a code that brings no words
    }
    assert fact({"resourceType": "Encounter"}).codes == ()


def test_an_encounter_says_every_reason_in_words_and_by_reference() -> None:
    coughing = {"coding": [{"system": SNOMED, "code": "49727002", "display": "Cough"}]}
    made = fact(
        {
            "resourceType": "Encounter",
            "reasonCode": [{"text": "Chest pain"}, coughing, {"text": "Chest pain"}],
            "reasonReference": [{"reference": "Condition/t1"}, {"reference": "Condition/t2"}, {}],
        }
    )
    assert made.detail["reasons"] == "Chest pain; Cough"
    assert str(made.detail["reason_refs"]).count("Condition/t") == 2
    assert "reasons" not in fact({"resourceType": "Encounter", "reasonCode": [cc(SNOMED, "49727002")]}).detail


@pytest.mark.parametrize(
    ("resource", "kind", "minutes"),
    [
        (
            {"resourceType": "Procedure", "performedPeriod": {"start": "2026-03-01T11:00:00Z"}},
            "procedure",
            60,
        ),
        ({"resourceType": "Procedure", "performedDateTime": "2026-03-01T11:00:00Z"}, "procedure", 60),
        ({"resourceType": "Immunization", "occurrenceDateTime": "2026-03-01T11:00:00Z"}, "immunization", 60),
        ({"resourceType": "DiagnosticReport", "issued": "2026-03-01T11:00:00Z"}, "report", 60),
        ({"resourceType": "ServiceRequest", "authoredOn": "2026-03-01T11:00:00Z"}, "order", 60),
        ({"resourceType": "DeviceRequest", "authoredOn": "2026-03-01T11:00:00Z"}, "order", 60),
        ({"resourceType": "Device", "type": cc(SNOMED, "14106009")}, "device", None),
        ({"resourceType": "Flag", "period": {"end": "2026-03-01T11:00:00Z"}}, "flag", 60),
        ({"resourceType": "Goal", "startDate": "2026-03-01"}, "other", 720),
        ({"resourceType": "Appointment", "start": "2026-03-01T13:00:00Z"}, "appointment", -60),
    ],
)
def test_every_other_type_is_a_fact_of_its_kind_with_its_time(resource: Any, kind: str, minutes: Any) -> None:
    made = fact(resource)
    assert (made.kind, made.minutes_ago) == (kind, minutes)


def test_each_condition_of_a_relative_is_a_fact_with_the_relation() -> None:
    made = read(
        {
            "resourceType": "FamilyMemberHistory",
            "relationship": cc(f"{HL7}v3-RoleCode", "FTH"),
            "condition": [{"code": cc(SNOMED, "22298006")}, {"code": cc(SNOMED, "363346000")}],
        }
    )
    assert [(f.kind, f.codes[0].code, f.detail["relationship"]) for f in made.facts] == [
        ("family-history", "22298006", "FTH"),
        ("family-history", "363346000", "FTH"),
    ]


def test_the_patient_gives_age_sex_and_death_and_no_fact() -> None:
    patient = {
        "resourceType": "Patient",
        "gender": "female",
        "birthDate": "2025-03-01",
        "deceasedBoolean": True,
    }
    made = read(patient, encounter="Encounter/t1", notices=("one left out",))
    assert (made.age_days, made.age_years, made.age_precision, made.sex) == (365, 1.0, "day", "female")
    assert (made.deceased, made.facts, made.current_encounter, made.notices) == (
        True, (), "Encounter/t1", ("one left out",),
    )  # fmt: skip
    nobody = read()
    assert (nobody.age_days, nobody.sex, nobody.deceased) == (None, "unknown", False)


# What a list says of itself

NIL = [
    ("allergy", "AllergyIntolerance", cc(SNOMED, "716186003")),
    ("allergy", "AllergyIntolerance", cc(SNOMED, "409137002")),
    ("allergy", "AllergyIntolerance", cc(IPS, "no-known-allergies")),
    ("allergy", "AllergyIntolerance", cc(IPS, "no-known-medication-allergies")),
    ("condition", "Condition", cc(SNOMED, "160245001")),
    ("condition", "Condition", cc(IPS, "no-known-problems")),
]


@pytest.mark.parametrize(("kind", "type", "code"), NIL)
@pytest.mark.parametrize("before", ["complete", "not-requested", None])
def test_a_statement_that_nothing_is_known_is_no_fact_but_the_lists_state(
    kind: Any, type: str, code: Any, before: Any
) -> None:
    made = read({"resourceType": type, "code": code}, lists={kind: before} if before else {})
    assert made.facts == ()
    assert made.list_state(kind) == "nil-known"


@pytest.mark.parametrize("before", ["partial", "failed", "empty", "null"])
def test_such_a_statement_does_not_mend_a_list_that_arrived_incomplete(before: Any) -> None:
    made = read(
        {"resourceType": "AllergyIntolerance", "code": cc(SNOMED, "716186003")}, lists={"allergy": before}
    )
    assert made.list_state("allergy") == before


def test_such_a_statement_beside_a_fact_is_a_contradiction_and_the_fact_stands() -> None:
    made = read(
        {"resourceType": "AllergyIntolerance", "code": cc(SNOMED, "716186003")},
        {"resourceType": "AllergyIntolerance", "code": cc(RXNORM, "7980")},
        lists={"allergy": "complete"},
    )
    assert len(made.facts) == 1
    assert made.list_state("allergy") == "complete"


@pytest.mark.parametrize("verification", ["refuted", "entered-in-error"])
def test_such_a_statement_that_was_taken_back_leaves_an_empty_list(verification: str) -> None:
    said = {
        "resourceType": "AllergyIntolerance",
        "code": cc(SNOMED, "716186003"),
        "verificationStatus": cc(f"{HL7}allergyintolerance-verification", verification),
    }
    made = read(said, lists={"allergy": "complete"})
    assert (made.facts, made.list_state("allergy")) == ((), "empty")


@pytest.mark.parametrize(
    ("kind", "type", "code"),
    [
        ("allergy", "AllergyIntolerance", cc(SNOMED, "429625007")),
        ("allergy", "AllergyIntolerance", cc(SNOMED, "428607008")),
        ("allergy", "AllergyIntolerance", cc(IPS, "no-allergy-info")),
        ("condition", "Condition", cc(IPS, "no-problem-info")),
        ("procedure", "Procedure", cc(IPS, "no-known-procedures")),
    ],
)
def test_no_food_allergy_and_no_information_say_nothing_about_drugs_or_problems(
    kind: Any, type: str, code: Any
) -> None:
    made = read({"resourceType": type, "code": code}, lists={kind: "complete"})
    assert (made.facts, made.list_state(kind)) == ((), "empty")


def test_a_medication_statement_of_nothing_known_is_read_from_its_drug() -> None:
    said = {
        "resourceType": "MedicationStatement",
        "medicationCodeableConcept": cc(IPS, "no-known-medications"),
    }
    assert read(said).list_state("medication") == "nil-known"


@pytest.mark.parametrize(("sent", "found"), [(None, 0), (5, 0), ({}, 1), ([{}, 5], 1), ("x", 0)])
def test_an_element_that_repeats_may_be_sent_alone(sent: Any, found: int) -> None:
    assert len(items(sent)) == found


def test_a_quantity_is_said_with_its_unit_and_codes_of_nothing_are_none() -> None:
    assert quantity_text({"value": 5.50, "comparator": ">", "code": "mg"}) == ">5.5 mg"
    assert quantity_text({"value": 5}) == "5"
    assert codes(None) == ()
