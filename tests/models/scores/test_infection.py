"""Sepsis, pneumonia and sore throat: every edge of every criterion, written from the papers."""

from typing import Any

import pytest

from models.scores.definition import load
from models.scores.engine import compute

CALM_CURB = {
    "age_years": 40,
    "respiratory_rate": 16,
    "systolic_bp": 120,
    "diastolic_bp": 80,
    "urea": 5,
    "confusion": False,
}
CALM_SOFA = {
    "platelets": 250,
    "bilirubin": 0.8,
    "gcs": 15,
    "creatinine": 0.9,
    "pao2": 95,
    "fio2": 0.21,
    "mechanical_ventilation": False,
    "mean_arterial_pressure": 85,
}
CALM_SIRS = {"temperature": 37, "heart_rate": 70, "respiratory_rate": 14, "white_cells": 7}
NO_CENTOR = {
    "age_years": 30,
    "fever": False,
    "absence_of_cough": False,
    "tender_anterior_cervical_nodes": False,
    "tonsillar_exudate": False,
}


def score(name: str, base: dict[str, Any], **changed: Any) -> Any:
    document = {key: value for key, value in {**base, **changed}.items() if value is not None}
    return compute(load(name), document)


def test_curb_65_agrees_with_the_published_example() -> None:
    document = {
        "confusion": True,
        "urea": 8,
        "respiratory_rate": 32,
        "systolic_bp": 85,
        "diastolic_bp": 55,
        "age_years": 70,
    }
    answer = score("curb-65", document)
    assert answer["value"] == 5
    assert answer["band"] == "3 to 5: high severity"


@pytest.mark.parametrize(
    ("changed", "points"),
    [
        ({}, 0),
        ({"urea": 7.0}, 0),
        ({"urea": 7.1}, 1),
        ({"urea": None, "bun": 19}, 0),
        ({"urea": None, "bun": 20}, 1),
        ({"respiratory_rate": 29}, 0),
        ({"respiratory_rate": 30}, 1),
        ({"systolic_bp": 90}, 0),
        ({"systolic_bp": 89}, 1),
        ({"diastolic_bp": 61}, 0),
        ({"diastolic_bp": 60}, 1),
        ({"systolic_bp": 80, "diastolic_bp": 40}, 1),
        ({"age_years": 64.99}, 0),
        ({"age_years": 65}, 1),
        ({"confusion": True}, 1),
    ],
)
def test_curb_65_scores_each_criterion_from_its_edge(changed: dict[str, Any], points: int) -> None:
    assert score("curb-65", CALM_CURB, **changed)["value"] == points


def test_crb_65_is_curb_65_without_urea() -> None:
    worst = {**CALM_CURB, "age_years": 80, "respiratory_rate": 40, "systolic_bp": 70, "confusion": True}
    assert score("crb-65", worst, urea=None)["value"] == 4
    assert score("curb-65", worst, urea=30)["value"] == 5


def test_curb_65_takes_urea_in_milligrams_as_urea_and_not_as_nitrogen() -> None:
    answer = score("curb-65", CALM_CURB, urea={"value": 30, "unit": "mg/dL"})
    assert answer["inputs"]["urea"]["value"] == pytest.approx(30 * 10 / 60.056, rel=1e-6)
    assert answer["value"] == 0


@pytest.mark.parametrize(
    ("respiratory_rate", "systolic_bp", "gcs", "points"),
    [
        (24, 98, 14, 3),
        (22, 120, 15, 1),
        (21, 120, 15, 0),
        (16, 100, 15, 1),
        (16, 101, 15, 0),
        (16, 120, 14, 1),
    ],
)
def test_qsofa_scores_each_criterion_from_its_edge(
    respiratory_rate: float, systolic_bp: float, gcs: float, points: int
) -> None:
    document = {"respiratory_rate": respiratory_rate, "systolic_bp": systolic_bp, "gcs": gcs}
    answer = score("qsofa", document)
    assert answer["value"] == points
    assert answer["band"].startswith("2 to 3" if points >= 2 else "0 to 1")


@pytest.mark.parametrize(
    ("changed", "points"),
    [
        ({}, 0),
        *(
            ({"platelets": n}, p)
            for n, p in [(150, 0), (149, 1), (100, 1), (99, 2), (50, 2), (49, 3), (20, 3), (19, 4)]
        ),
        *(
            ({"bilirubin": n}, p)
            for n, p in [(1.1, 0), (1.2, 1), (1.9, 1), (2.0, 2), (5.9, 2), (6.0, 3), (11.9, 3), (12, 4)]
        ),
        *(({"gcs": n}, p) for n, p in [(14, 1), (13, 1), (12, 2), (10, 2), (9, 3), (6, 3), (5, 4), (3, 4)]),
        *(
            ({"creatinine": n}, p)
            for n, p in [(1.1, 0), (1.2, 1), (1.9, 1), (2.0, 2), (3.4, 2), (3.5, 3), (4.9, 3), (5.1, 4)]
        ),
        *(({"urine_output": n}, p) for n, p in [(500, 0), (499, 3), (200, 3), (199, 4)]),
        ({"creatinine": 2.5, "urine_output": 450}, 3),
        ({"creatinine": 5.5, "urine_output": 450}, 4),
        *(
            ({"pao2": n, "fio2": 0.5}, p)
            for n, p in [(200, 0), (199, 1), (150, 1), (149, 2), (99, 2), (40, 2)]
        ),
        *(
            ({"pao2": n, "fio2": 0.5, "mechanical_ventilation": True}, p)
            for n, p in [(200, 0), (199, 1), (149, 2), (100, 2), (99, 3), (50, 3), (49, 4)]
        ),
        ({"mean_arterial_pressure": 70}, 0),
        ({"mean_arterial_pressure": 69}, 1),
        ({"dopamine": 5}, 2),
        ({"dopamine": 5.1}, 3),
        ({"dopamine": 15}, 3),
        ({"dopamine": 15.1}, 4),
        ({"dobutamine": 1}, 2),
        ({"dobutamine": 20}, 2),
        ({"epinephrine": 0.1}, 3),
        ({"epinephrine": 0.11}, 4),
        ({"norepinephrine": 0.1}, 3),
        ({"norepinephrine": 0.11}, 4),
        ({"norepinephrine": 0}, 0),
        ({"mean_arterial_pressure": 60, "dobutamine": 5}, 2),
    ],
)
def test_sofa_scores_each_organ_from_its_edge(changed: dict[str, Any], points: int) -> None:
    assert score("sofa", CALM_SOFA, **changed)["value"] == points


def test_sofa_adds_six_organs_to_24() -> None:
    worst = {
        "platelets": 5,
        "bilirubin": 20,
        "gcs": 3,
        "creatinine": 8,
        "pao2": 40,
        "fio2": 1.0,
        "mechanical_ventilation": True,
        "mean_arterial_pressure": 40,
        "norepinephrine": 1.0,
        "urine_output": 50,
    }
    answer = score("sofa", worst)
    assert answer["value"] == 24
    assert answer["notes"] == []


def test_sofa_names_urine_output_and_vasopressors_where_they_were_not_given() -> None:
    notes = " ".join(score("sofa", CALM_SOFA)["notes"])
    assert "urine output was not given" in notes
    assert "no vasopressor" in notes


@pytest.mark.parametrize(
    ("changed", "points"),
    [
        ({}, 0),
        *(({"temperature": t}, p) for t, p in [(38.0, 0), (38.1, 1), (36.0, 0), (35.9, 1)]),
        ({"temperature": {"value": 100.4, "unit": "[degF]"}}, 0),
        *(({"heart_rate": n}, p) for n, p in [(90, 0), (91, 1)]),
        *(({"respiratory_rate": n}, p) for n, p in [(20, 0), (21, 1)]),
        *(({"paco2": n}, p) for n, p in [(32, 0), (31, 1)]),
        *(({"white_cells": n}, p) for n, p in [(12, 0), (12.1, 1), (4, 0), (3.9, 1)]),
        *(({"band_forms": n}, p) for n, p in [(10, 0), (11, 1)]),
        ({"respiratory_rate": 30, "paco2": 25}, 1),
        (
            {
                "white_cells": 20,
                "band_forms": 20,
                "temperature": 39,
                "heart_rate": 120,
                "respiratory_rate": 30,
            },
            4,
        ),
    ],
)
def test_sirs_counts_each_criterion_once_from_its_edge(changed: dict[str, Any], points: int) -> None:
    assert score("sirs", CALM_SIRS, **changed)["value"] == points


@pytest.mark.parametrize(("age", "points"), [(3, 1), (14.99, 1), (15, 0), (44.9, 0), (45, -1), (80, -1)])
def test_centor_adjusts_for_age_as_mcisaac_did(age: float, points: int) -> None:
    assert score("centor", NO_CENTOR, age_years=age)["value"] == points


@pytest.mark.parametrize("sign", [name for name, value in NO_CENTOR.items() if value is False])
def test_centor_gives_one_point_for_each_sign(sign: str) -> None:
    assert score("centor", NO_CENTOR, **{sign: True})["value"] == 1


def test_centor_refuses_children_below_three_years() -> None:
    answer = score("centor", NO_CENTOR, age_years=2.9)
    assert answer["value"] is None
    assert answer["out_of_range"] == ["age_years"]


@pytest.mark.parametrize(
    ("signs", "age", "start"),
    [
        (0, 50, "0 or less"),
        (0, 30, "0 or less"),
        (1, 30, "1:"),
        (2, 30, "2:"),
        (3, 30, "3:"),
        (4, 30, "4"),
        (4, 9, "4"),
    ],
)
def test_centor_names_the_published_band(signs: int, age: float, start: str) -> None:
    names = [name for name, value in NO_CENTOR.items() if value is False]
    answer = score("centor", NO_CENTOR, age_years=age, **dict.fromkeys(names[:signs], True))
    assert answer["band"].startswith(start)
