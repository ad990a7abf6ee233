"""Documents are read as they stand, and refused by the place that is wrong."""

import pytest
from made_lives import document

from models.base import BadInput
from models.recommender.patient import read_patient
from models.record import ICD10CM, SNOMED


def test_bare_codes_get_their_system_by_form():
    patient = read_patient({"conditions": ["38341003", "E11.9"]})
    assert [one.code.system for one in patient.conditions] == [SNOMED, ICD10CM]


def test_bare_words_are_words_not_codes():
    patient = read_patient({"allergies": ["penicillin"], "medications": ["lisinopril 10 mg"]})
    assert (patient.allergies[0].text, patient.allergies[0].code.code) == ("penicillin", "")
    assert (patient.medicines[0].text, patient.medicines[0].rxcui) == ("lisinopril 10 mg", "")


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"age_years": float("nan")}, "/age_years"),
        ({"age_years": -1}, "/age_years"),
        ({"age_years": True}, "/age_years"),
        ({"sex": "x"}, "/sex"),
        ({"conditions": "38341003"}, "/conditions"),
        ({"conditions": [3]}, "/conditions/0"),
        ({"medications": [{}]}, "/medications/0"),
        ({"medications": [{"rxcui": 7}]}, "/medications/0/rxcui"),
        ({"labs": {"2160-0": {"value": "high"}}}, "/labs/2160-0/value"),
        ({"allergies": [{"code": ""}]}, "/allergies/0"),
        ({"ssn": "1"}, "/ssn"),
    ],
)
def test_what_is_wrong_is_named_by_its_place(wrong, pointer):
    with pytest.raises(BadInput) as caught:
        read_patient({**document(), **wrong})
    assert caught.value.pointer == pointer


def test_entries_in_error_and_drafts_are_not_there():
    patient = read_patient(
        {
            "conditions": [{"code": "38341003", "status": "entered-in-error"}],
            "medications": [{"rxcui": "316049", "status": "draft"}],
            "allergies": [{"text": "penicillin", "verification_status": "refuted"}],
        }
    )
    assert (patient.conditions, patient.medicines, patient.allergies) == ((), (), ())


def test_stopped_drugs_and_resolved_conditions_are_not_current():
    patient = read_patient(
        {
            "conditions": [{"code": "38341003", "ended_days_ago": 3}, {"code": "44054006"}],
            "medications": [{"rxcui": "316049", "status": "stopped"}, {"rxcui": "312961"}],
        }
    )
    assert [one.code.code for one in patient.active] == ["44054006"]
    assert [one.rxcui for one in patient.current] == ["312961"]


def test_a_patient_is_dated_only_if_every_entry_is():
    assert read_patient({"conditions": [{"code": "38341003", "days_ago": 2}]}).dated
    assert not read_patient(
        {"conditions": [{"code": "38341003", "days_ago": 2}], "medications": ["1191"]}
    ).dated
    assert not read_patient({}).dated
