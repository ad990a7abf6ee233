"""Clots and bleeding: every criterion and edge of the papers."""

from typing import Any

import pytest

from models.scores.definition import load
from models.scores.engine import compute

VITALS = {
    "age_years": 40,
    "heart_rate": 70,
    "systolic_bp": 120,
    "respiratory_rate": 16,
    "temperature": 37,
    "spo2": 98,
}


def blank(name: str) -> dict[str, Any]:
    """Return a document of this score with calm vital signs and every finding absent."""
    document: dict[str, Any] = {"bmi": 22, "sex": "female", **VITALS}
    for spec in load(name).inputs:
        if spec.kind == "boolean":
            document[spec.name] = False
    known = {spec.name for spec in load(name).inputs}
    return {key: value for key, value in document.items() if key in known}


def score(name: str, **changed: Any) -> Any:
    return compute(load(name), {**blank(name), **changed})


WELLS_DVT = {
    "active_cancer": 1,
    "leg_paralysis_or_immobilisation": 1,
    "bedridden_or_major_surgery": 1,
    "localised_tenderness": 1,
    "entire_leg_swollen": 1,
    "calf_swelling_over_3cm": 1,
    "pitting_oedema": 1,
    "collateral_superficial_veins": 1,
    "previous_dvt": 1,
    "alternative_diagnosis_likely": -2,
}


@pytest.mark.parametrize(("name", "points"), WELLS_DVT.items())
def test_wells_dvt_weighs_each_item_as_in_2003(name: str, points: int) -> None:
    assert score("wells-dvt", **{name: True})["value"] == points


def test_wells_dvt_is_likely_from_two() -> None:
    assert score("wells-dvt", active_cancer=True)["band"] == "below 2: DVT unlikely"
    assert score("wells-dvt", active_cancer=True, previous_dvt=True)["band"] == "2 or more: DVT likely"
    assert score("wells-dvt", **dict.fromkeys(WELLS_DVT, True))["value"] == 7


WELLS_PE = {
    "clinical_signs_of_dvt": 3,
    "pe_most_likely_diagnosis": 3,
    "immobilisation_or_surgery": 1.5,
    "previous_dvt_or_pe": 1.5,
    "haemoptysis": 1,
    "malignancy": 1,
}


@pytest.mark.parametrize(("name", "points"), WELLS_PE.items())
def test_wells_pe_weighs_each_item_as_in_2000(name: str, points: float) -> None:
    assert score("wells-pe", **{name: True})["value"] == points


def test_wells_pe_scores_a_heart_rate_above_and_not_at_100() -> None:
    assert score("wells-pe", heart_rate=100)["value"] == 0
    assert score("wells-pe", heart_rate=101)["value"] == 1.5
    assert score("wells-pe", heart_rate=101, **dict.fromkeys(WELLS_PE, True))["value"] == 12.5


@pytest.mark.parametrize(
    ("found", "value", "level", "reading"),
    [
        (["previous_dvt_or_pe"], 1.5, "below 2", "unlikely"),
        (["haemoptysis", "malignancy"], 2, "2 to 6", "unlikely"),
        (["pe_most_likely_diagnosis", "malignancy"], 4, "2 to 6", "unlikely"),
        (["pe_most_likely_diagnosis", "previous_dvt_or_pe"], 4.5, "2 to 6", "likely"),
        (["pe_most_likely_diagnosis", "clinical_signs_of_dvt"], 6, "2 to 6", "likely"),
        (["pe_most_likely_diagnosis", "clinical_signs_of_dvt", "malignancy"], 7, "above 6", "likely"),
    ],
)
def test_wells_pe_reads_in_three_and_in_two_levels(
    found: list[str], value: float, level: str, reading: str
) -> None:
    answer = score("wells-pe", **dict.fromkeys(found, True))
    assert answer["value"] == value
    assert answer["band"].startswith(level)
    assert answer["notes"][0].endswith(f"PE {reading}")


@pytest.mark.parametrize(
    ("changed", "points"),
    [
        ({}, 0),
        ({"age_years": 49.9}, 0),
        ({"age_years": 50}, 1),
        ({"heart_rate": 99}, 0),
        ({"heart_rate": 100}, 1),
        ({"spo2": 95}, 0),
        ({"spo2": 94}, 1),
        ({"haemoptysis": True}, 1),
        ({"previous_dvt_or_pe": True}, 1),
        ({"unilateral_leg_swelling": True}, 1),
        ({"recent_surgery_or_trauma": True}, 1),
        ({"oestrogen_use": True}, 1),
    ],
)
def test_perc_counts_each_criterion_that_is_not_met(changed: dict[str, Any], points: int) -> None:
    assert score("perc", **changed)["value"] == points


YEARS_ITEMS = ["clinical_signs_of_dvt", "haemoptysis", "pe_most_likely_diagnosis"]


@pytest.mark.parametrize(
    ("items", "d_dimer", "threshold", "below"),
    [(0, 999, 1000, 1), (0, 1000, 1000, 0), (1, 499, 500, 1), (1, 500, 500, 0), (3, 700, 500, 0)],
)
def test_years_halves_its_threshold_from_one_item(
    items: int, d_dimer: float, threshold: float, below: int
) -> None:
    values = score("years", d_dimer=d_dimer, **dict.fromkeys(YEARS_ITEMS[:items], True))["values"]
    assert values == {"items": items, "threshold": threshold, "below_threshold": below}


def test_years_gives_the_threshold_but_no_verdict_without_a_d_dimer() -> None:
    answer = score("years")
    assert answer["values"] == {"items": 0, "threshold": 1000, "below_threshold": None}
    assert answer["missing"] == ["d_dimer"]


@pytest.mark.parametrize(
    ("age", "threshold"), [(30, 500), (50, 500), (50.9, 500), (51, 510), (75.9, 750), (90, 900)]
)
def test_d_dimer_threshold_grows_with_completed_years_from_51(age: float, threshold: float) -> None:
    values = score("age-adjusted-d-dimer", age_years=age, d_dimer={"value": 0.6, "unit": "mg/L{FEU}"})[
        "values"
    ]
    assert values == {"threshold": threshold, "below_threshold": int(threshold > 600)}


@pytest.mark.parametrize(
    ("changed", "points"),
    [
        ({}, 40),
        ({"age_years": 40.9}, 40),
        ({"sex": "male"}, 50),
        ({"cancer": True}, 70),
        ({"heart_failure": True}, 50),
        ({"chronic_lung_disease": True}, 50),
        ({"heart_rate": 109}, 40),
        ({"heart_rate": 110}, 60),
        ({"systolic_bp": 100}, 40),
        ({"systolic_bp": 99}, 70),
        ({"respiratory_rate": 29}, 40),
        ({"respiratory_rate": 30}, 60),
        ({"temperature": 36.0}, 40),
        ({"temperature": 35.9}, 60),
        ({"altered_mental_status": True}, 100),
        ({"spo2": 90}, 40),
        ({"spo2": 89}, 60),
    ],
)
def test_pesi_adds_each_weight_to_the_age(changed: dict[str, Any], points: int) -> None:
    assert score("pesi", **changed)["value"] == points


@pytest.mark.parametrize(
    ("age", "cancer", "found", "start"),
    [
        (65, False, {}, "class I "),
        (66, False, {}, "class II "),
        (85, False, {}, "class II "),
        (86, False, {}, "class III "),
        (75, True, {}, "class III "),
        (76, True, {}, "class IV "),
        (96, True, {}, "class V "),
        (66, False, {"altered_mental_status": True}, "class V "),
    ],
)
def test_pesi_names_the_published_class(age: float, cancer: bool, found: dict[str, bool], start: str) -> None:
    assert score("pesi", age_years=age, cancer=cancer, **found)["band"].startswith(start)


@pytest.mark.parametrize(
    ("changed", "points"),
    [
        ({}, 0),
        ({"age_years": 80}, 0),
        ({"age_years": 80.9}, 0),
        ({"age_years": 81}, 1),
        ({"cancer": True}, 1),
        ({"chronic_cardiopulmonary_disease": True}, 1),
        ({"heart_rate": 109}, 0),
        ({"heart_rate": 110}, 1),
        ({"systolic_bp": 100}, 0),
        ({"systolic_bp": 99}, 1),
        ({"spo2": 90}, 0),
        ({"spo2": 89}, 1),
    ],
)
def test_spesi_scores_each_criterion_from_its_edge(changed: dict[str, Any], points: int) -> None:
    answer = score("spesi", **changed)
    assert answer["value"] == points
    assert answer["band"] == ("1 or more: high risk" if points else "0: low risk")
