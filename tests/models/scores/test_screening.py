"""Lung cancer screening, STOP-Bang and morphine milligram equivalents as published."""

from typing import Any

import pytest

from models.scores.definition import load
from models.scores.engine import compute

SMOKER = {"age_years": 60, "pack_years": 30, "smoking_status": "current"}
QUIET = {
    "age_years": 40,
    "sex": "female",
    "bmi": 25,
    "neck_circumference": 35,
    "snoring": False,
    "tired": False,
    "observed_apnoea": False,
    "hypertension": False,
}
# CDC 2022, table of factors; fentanyl patches by ug/h, all others by mg a day.
FACTORS = {
    "codeine": 0.15,
    "fentanyl_transdermal": 2.4,
    "hydrocodone": 1.0,
    "hydromorphone": 5.0,
    "methadone": 4.7,
    "morphine": 1.0,
    "oxycodone": 1.5,
    "oxymorphone": 3.0,
    "tapentadol": 0.4,
    "tramadol": 0.2,
}


def score(name: str, base: dict[str, Any], **changed: Any) -> Any:
    return compute(load(name), {**base, **changed})


@pytest.mark.parametrize(
    ("changed", "eligible"),
    [
        ({}, 1),
        ({"age_years": 49.9}, 0),
        ({"age_years": 50}, 1),
        ({"age_years": 80.9}, 1),
        ({"age_years": 81}, 0),
        ({"pack_years": 19.9}, 0),
        ({"pack_years": 20}, 1),
        ({"smoking_status": "never", "pack_years": 0}, 0),
        ({"smoking_status": "former", "years_since_quit": 15}, 1),
        ({"smoking_status": "former", "years_since_quit": 15.1}, 0),
        ({"smoking_status": "former", "pack_years": 5}, 0),
    ],
)
def test_lung_screening_follows_the_task_force_of_2021(changed: dict[str, Any], eligible: int) -> None:
    assert score("lung-cancer-screening", SMOKER, **changed)["value"] == eligible


def test_lung_screening_gives_no_verdict_on_a_former_smoker_without_the_year_of_quitting() -> None:
    answer = score("lung-cancer-screening", SMOKER, smoking_status="former")
    assert answer["value"] is None
    assert any("years since quitting" in note for note in answer["notes"])


@pytest.mark.parametrize(
    ("changed", "points"),
    [
        ({}, 0),
        ({"snoring": True}, 1),
        ({"tired": True}, 1),
        ({"observed_apnoea": True}, 1),
        ({"hypertension": True}, 1),
        ({"bmi": 35}, 0),
        ({"bmi": 35.1}, 1),
        ({"age_years": 50.9}, 0),
        ({"age_years": 51}, 1),
        ({"neck_circumference": 40}, 0),
        ({"neck_circumference": 40.5}, 1),
        ({"neck_circumference": {"value": 17, "unit": "[in_i]"}}, 1),
        ({"sex": "male"}, 1),
    ],
)
def test_stop_bang_scores_each_letter_from_its_edge(changed: dict[str, Any], points: int) -> None:
    assert score("stop-bang", QUIET, **changed)["value"] == points


@pytest.mark.parametrize(("yes", "start"), [(2, "0 to 2"), (3, "3 to 4"), (4, "3 to 4")])
def test_stop_bang_names_the_published_band(yes: int, start: str) -> None:
    flags = ["snoring", "tired", "observed_apnoea", "hypertension"]
    assert score("stop-bang", QUIET, **dict.fromkeys(flags[:yes], True))["band"].startswith(start)
    every = dict.fromkeys(flags, True)
    assert score("stop-bang", QUIET, **every, sex="male")["band"].startswith("5 to 8")


@pytest.mark.parametrize(("drug", "factor"), FACTORS.items())
def test_opioid_doses_convert_by_the_factors_of_2022(drug: str, factor: float) -> None:
    answer = score("morphine-milligram-equivalents", {drug: 20})
    assert answer["value"] == pytest.approx(20 * factor)


def test_opioid_doses_add_up_and_reach_the_band_at_50() -> None:
    below = score("morphine-milligram-equivalents", {"hydrocodone": 20, "oxycodone": 19})
    at = score("morphine-milligram-equivalents", {"hydrocodone": 20, "oxycodone": 20})
    assert below["value"] == pytest.approx(48.5)
    assert below["band"].startswith("below 50")
    assert at["value"] == pytest.approx(50)
    assert at["band"].startswith("50 mg a day or more")


def test_no_opioid_at_all_gives_no_number() -> None:
    answer = score("morphine-milligram-equivalents", {})
    assert answer["value"] is None
    assert answer["notes"] == ["no opioid dose was given"]


def test_a_fentanyl_patch_of_25_is_60_milligrams() -> None:
    assert score("morphine-milligram-equivalents", {"fentanyl_transdermal": 25})["value"] == pytest.approx(60)
