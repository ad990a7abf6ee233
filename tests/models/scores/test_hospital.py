"""Admissions and discharges: LACE, HOSPITAL and Charlson as published."""

from typing import Any

import pytest

from models.scores.definition import load
from models.scores.engine import compute

NO_LACE = {"length_of_stay_days": 0, "acute_admission": False, "charlson_index": 0, "ed_visits_6_months": 0}
NO_HOSPITAL = {
    "hemoglobin": 13,
    "sodium": 140,
    "length_of_stay_days": 2,
    "admissions_12_months": 0,
    "oncology_discharge": False,
    "procedure_during_stay": False,
    "urgent_admission": False,
}
CHARLSON = {
    "myocardial_infarction": 1,
    "congestive_heart_failure": 1,
    "peripheral_vascular_disease": 1,
    "cerebrovascular_disease": 1,
    "dementia": 1,
    "copd": 1,
    "connective_tissue_disease": 1,
    "peptic_ulcer_disease": 1,
    "mild_liver_disease": 1,
    "diabetes_uncomplicated": 1,
    "hemiplegia": 2,
    "moderate_severe_renal_disease": 2,
    "diabetes_with_end_organ_damage": 2,
    "solid_tumour": 2,
    "leukaemia": 2,
    "lymphoma": 2,
    "moderate_severe_liver_disease": 3,
    "metastatic_solid_tumour": 6,
    "aids": 6,
}


def score(name: str, base: dict[str, Any], **changed: Any) -> Any:
    return compute(load(name), {**base, **changed})


@pytest.mark.parametrize(
    ("changed", "points"),
    [
        *(
            ({"length_of_stay_days": n}, p)
            for n, p in [(0.5, 0), (1, 1), (2, 2), (3, 3), (4, 4), (6, 4), (7, 5), (13, 5), (14, 7), (90, 7)]
        ),
        *(({"charlson_index": n}, p) for n, p in [(1, 1), (2, 2), (3, 3), (4, 5), (12, 5)]),
        *(({"ed_visits_6_months": n}, p) for n, p in [(1, 1), (2, 2), (3, 3), (4, 4), (9, 4)]),
        ({"acute_admission": True}, 3),
        (
            {
                "length_of_stay_days": 20,
                "charlson_index": 6,
                "ed_visits_6_months": 5,
                "acute_admission": True,
            },
            19,
        ),
    ],
)
def test_lace_scores_each_letter_as_published(changed: dict[str, Any], points: int) -> None:
    answer = score("lace", NO_LACE, **changed)
    assert answer["value"] == points
    assert answer["band"].startswith("10 or more" if points >= 10 else "5 to 9" if points >= 5 else "0 to 4")


def test_lace_is_high_from_ten() -> None:
    nine = {"length_of_stay_days": 4, "charlson_index": 2, "acute_admission": True}
    assert score("lace", NO_LACE, **nine)["band"].startswith("5 to 9")
    assert score("lace", NO_LACE, **nine, ed_visits_6_months=1)["band"].startswith("10 or more")


@pytest.mark.parametrize(
    ("changed", "points"),
    [
        ({}, 0),
        ({"hemoglobin": 12}, 0),
        ({"hemoglobin": 11.9}, 1),
        ({"hemoglobin": {"value": 119, "unit": "g/L"}}, 1),
        ({"sodium": 135}, 0),
        ({"sodium": 134}, 1),
        ({"length_of_stay_days": 4}, 0),
        ({"length_of_stay_days": 5}, 2),
        *(({"admissions_12_months": n}, p) for n, p in [(1, 0), (2, 2), (5, 2), (6, 5)]),
        ({"oncology_discharge": True}, 2),
        ({"procedure_during_stay": True}, 1),
        ({"urgent_admission": True}, 1),
    ],
)
def test_hospital_scores_each_letter_as_published(changed: dict[str, Any], points: int) -> None:
    assert score("hospital", NO_HOSPITAL, **changed)["value"] == points


@pytest.mark.parametrize(
    ("changed", "total", "start"),
    [
        ({"length_of_stay_days": 6, "oncology_discharge": True}, 4, "0 to 4"),
        ({"length_of_stay_days": 6, "oncology_discharge": True, "sodium": 130}, 5, "5 to 6"),
        ({"admissions_12_months": 6, "sodium": 130}, 6, "5 to 6"),
        ({"admissions_12_months": 6, "length_of_stay_days": 5}, 7, "7 or more"),
    ],
)
def test_hospital_names_the_published_band(changed: dict[str, Any], total: int, start: str) -> None:
    answer = score("hospital", NO_HOSPITAL, **changed)
    assert answer["value"] == total
    assert answer["band"].startswith(start)


@pytest.mark.parametrize(("name", "points"), CHARLSON.items())
def test_charlson_weighs_each_disease_as_in_1987(name: str, points: int) -> None:
    assert score("charlson", dict.fromkeys(CHARLSON, False), **{name: True})["value"] == points


@pytest.mark.parametrize(
    ("mild", "grave", "points"),
    [
        ("mild_liver_disease", "moderate_severe_liver_disease", 3),
        ("diabetes_uncomplicated", "diabetes_with_end_organ_damage", 2),
        ("solid_tumour", "metastatic_solid_tumour", 6),
    ],
)
def test_charlson_counts_only_the_graver_of_two_grades(mild: str, grave: str, points: int) -> None:
    assert score("charlson", dict.fromkeys(CHARLSON, False), **{mild: True, grave: True})["value"] == points


def test_charlson_reaches_33_where_everything_is_present() -> None:
    assert score("charlson", dict.fromkeys(CHARLSON, True))["value"] == 33


@pytest.mark.parametrize(("age", "points"), [(49.9, 0), (50, 1), (59.9, 1), (60, 2), (70, 3), (80, 4)])
def test_charlson_keeps_its_value_free_of_age_and_notes_the_combined_index(age: float, points: int) -> None:
    answer = score("charlson", dict.fromkeys(CHARLSON, False), dementia=True, age_years=age)
    assert answer["value"] == 1
    assert answer["notes"] == [f"combined with age: {1 + points} (Charlson 1994)"]
