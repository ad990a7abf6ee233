"""Entities, sections, codes: what a note names is found where it stands, with what belongs to it."""

import pytest

pytest.importorskip("numpy", reason="the text model needs the extra `text`")

from models.text.features import Code, Entry, lexicon, reader, understand
from models.text.found import Entity

NOTE = """DISCHARGE SUMMARY
PMH: HTN, DM2
MEDS: lisinopril 10 mg PO daily, albuterol 2 puffs q4h prn for wheezing
ALLERGIES: Penicillin - rash, sulfa (hives)
VITALS: BP 148/92, HR 76, T 98.6 F, SpO2 97%
LABS: K 3.1, creatinine 1.4 mg/dL, Hgb 9.8
A/P: possible pneumonia.
"""


def one(found: tuple[Entity, ...], text: str) -> Entity:
    return next(entity for entity in found if entity.text == text)


def test_a_medication_carries_dose_route_and_frequency() -> None:
    found = one(understand(NOTE).entities, "lisinopril")
    assert found.kind == "medication"
    assert found.attributes == {"dose": {"value": 10.0, "unit": "mg"}, "route": "po", "frequency": "daily"}
    assert [(code.system, code.code) for code in found.codes] == [
        ("http://www.nlm.nih.gov/research/umls/rxnorm", "29046")
    ]


def test_as_needed_says_what_for() -> None:
    found = one(understand(NOTE).entities, "albuterol")
    assert found.attributes["as_needed"] == "wheezing"
    assert found.attributes["dose"] == {"value": 2.0, "unit": "puffs"}


def test_an_allergen_is_an_allergy_and_its_reaction_a_symptom() -> None:
    entities = understand(NOTE).entities
    assert one(entities, "Penicillin").kind == "allergy"
    assert one(entities, "Penicillin").attributes == {"reactions": ("rash",)}
    assert one(entities, "hives").kind == "symptom"
    assert not one(entities, "hives").present


@pytest.mark.parametrize("text", ["NKDA", "No known drug allergies."])
def test_no_known_allergies_is_an_allergy_denied(text: str) -> None:
    found = [entity for entity in understand(f"Allergies: {text}").entities if entity.kind == "allergy"]
    assert [(entity.negated, entity.attributes) for entity in found] == [(True, {"none_known": True})]


def test_measurements_carry_value_unit_and_loinc() -> None:
    entities = understand(NOTE).entities
    pressure = next(e for e in entities if e.kind == "vital" and e.codes[0].code == "8480-6")
    assert pressure.attributes["value"] == 148
    assert pressure.attributes["second"] == {"code": "8462-4", "value": 92.0, "unit": ""}
    creatinine = one(entities, "creatinine 1.4 mg/dL")
    assert (creatinine.kind, creatinine.codes[0].code, creatinine.attributes["unit"]) == (
        "lab",
        "2160-0",
        "mg/dL",
    )
    assert one(entities, "K 3.1").codes[0].code == "2823-3"


def test_a_year_is_no_measurement() -> None:
    assert not [e for e in understand("Weight loss since BP 2015 visit.").entities if e.kind == "vital"]


def test_sections_have_loinc_codes_and_entities_know_theirs() -> None:
    found = understand(NOTE)
    assert [s.kind.name for s in found.sections] == [
        "past_medical_history",
        "medications",
        "allergies",
        "vital_signs",
        "laboratory",
        "assessment_plan",
    ]
    assert found.sections[0].kind.loinc == "11348-0"
    assert one(found.entities, "pneumonia").section == "assessment_plan"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("CT angiogram shows PE in the right lung.", "I26.99"),
        ("PE: HEENT normal, neck supple.", None),
        ("MS on interferon, seen by neurology.", "G35"),
        ("RA on methotrexate.", "M06.9"),
        ("Sat 98% on RA.", None),
    ],
)
def test_an_abbreviation_is_read_by_what_stands_near_it(text: str, code: str | None) -> None:
    found = [e for e in understand(text).entities if e.text in {"PE", "MS", "RA"}]
    assert [e.codes[0].code for e in found] == ([code] if code else [])


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Known hypertension.", "I10"),
        ("KNOWN HYPERTENSION.", "I10"),
        ("pt w/ anaemia", "D64.9"),
        ("Oedema of the legs, dyspnoea.", "R60.9"),
        ("afib with rvr", "I48.91"),
    ],
)
def test_spelling_and_capitals_do_not_change_a_code(text: str, code: str) -> None:
    assert code in {c.code for e in understand(text).entities for c in e.codes}


def test_another_model_adds_its_wordings_and_codes() -> None:
    wordings = lexicon(
        "findings",
        [("pain out of proportion", Entry("symptom", (Code("urn:f", "poop", "x", 1.0),), "added"))],
    )
    found = reader(added=(wordings,)).understand("No pain out of proportion.").entities
    assert [(e.text, e.negated, e.codes[0].code) for e in found] == [("pain out of proportion", True, "poop")]


def test_a_passage_of_medications_is_told_from_one_of_the_family() -> None:
    label, sure = reader().label("Mother died of breast cancer. Father has diabetes. He does not smoke.")
    assert (label, sure > 0.5) == ("FAM/SOCHX", True)


def test_science_is_read_by_the_conventions_of_science() -> None:
    text = (
        "Selegiline-induced postural hypotension in Parkinson's disease: a longitudinal study on the "
        "effects of drug withdrawal."
    )
    found = understand(text)
    assert found.kind == "literature"
    assert {("Selegiline", "medication"), ("Parkinson's disease", "problem")} <= {
        (e.text, e.kind) for e in found.entities
    }
