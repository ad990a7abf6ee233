"""Clots and bleeding in inpatients and on treatment: Padua, IMPROVE, VTE-BLEED, 4Ts."""

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


PADUA = {
    "active_cancer": 3,
    "previous_vte": 3,
    "reduced_mobility": 3,
    "thrombophilia": 3,
    "recent_trauma_or_surgery": 2,
    "heart_or_respiratory_failure": 1,
    "acute_mi_or_ischaemic_stroke": 1,
    "acute_infection_or_rheumatological_disorder": 1,
    "hormonal_treatment": 1,
}


@pytest.mark.parametrize(("name", "points"), PADUA.items())
def test_padua_weighs_each_item_as_published(name: str, points: int) -> None:
    assert score("padua", **{name: True})["value"] == points


def test_padua_scores_age_from_70_and_bmi_from_30() -> None:
    assert score("padua", age_years=69.9, bmi=29.9)["value"] == 0
    assert score("padua", age_years=70, bmi=30)["value"] == 2
    assert score("padua", age_years=70, bmi=30, **dict.fromkeys(PADUA, True))["value"] == 20


def test_padua_is_high_from_four() -> None:
    assert score("padua", active_cancer=True)["band"].startswith("below 4")
    assert score("padua", active_cancer=True, hormonal_treatment=True)["band"].startswith("4 or more")


IMPROVE = {
    "previous_vte": 3,
    "thrombophilia": 2,
    "lower_limb_paralysis": 2,
    "current_cancer": 2,
    "immobilised_7_days": 1,
    "icu_stay": 1,
}


@pytest.mark.parametrize(("name", "points"), IMPROVE.items())
def test_improve_vte_weighs_each_item_as_published(name: str, points: int) -> None:
    assert score("improve-vte", **{name: True})["value"] == points


def test_improve_vte_scores_age_over_60() -> None:
    assert score("improve-vte", age_years=60.9)["value"] == 0
    assert score("improve-vte", age_years=61)["value"] == 1
    assert score("improve-vte", age_years=61, **dict.fromkeys(IMPROVE, True))["value"] == 12


VTE_BLEED = {
    "active_cancer": 2,
    "male_with_uncontrolled_hypertension": 1,
    "anaemia": 1.5,
    "bleeding_history": 1.5,
    "renal_dysfunction": 1.5,
}


@pytest.mark.parametrize(("name", "points"), VTE_BLEED.items())
def test_vte_bleed_weighs_each_item_as_published(name: str, points: float) -> None:
    answer = score("vte-bleed", **{name: True})
    assert answer["value"] == points
    assert answer["band"].startswith("2 or more" if points >= 2 else "below 2")


def test_vte_bleed_scores_age_from_60() -> None:
    assert score("vte-bleed", age_years=59.9)["value"] == 0
    assert score("vte-bleed", age_years=60)["value"] == 1.5


FOUR_TS = [
    (
        "thrombocytopenia",
        [
            "fall_under_30_or_nadir_under_10",
            "fall_30_to_50_or_nadir_10_to_19",
            "fall_over_50_and_nadir_20_or_more",
        ],
    ),
    (
        "timing",
        [
            "before_day_4_without_recent_heparin",
            "after_day_10_or_unclear_or_1_day_if_heparin_in_30_to_100_days",
            "day_5_to_10_or_1_day_if_heparin_in_30_days",
        ],
    ),
    (
        "thrombosis",
        [
            "none",
            "progressive_or_recurrent_or_suspected_or_red_skin_lesions",
            "new_thrombosis_or_skin_necrosis_or_systemic_reaction",
        ],
    ),
    ("other_cause", ["definite", "possible", "none_apparent"]),
]


@pytest.mark.parametrize(
    ("levels", "start"),
    [
        ((0, 0, 0, 0), "0 to 3"),
        ((1, 1, 1, 0), "0 to 3"),
        ((2, 2, 0, 0), "4 to 5"),
        ((2, 2, 0, 1), "4 to 5"),
        ((2, 2, 1, 1), "6 to 8"),
        ((2, 2, 2, 2), "6 to 8"),
    ],
)
def test_4ts_adds_the_level_of_each_t(levels: tuple[int, ...], start: str) -> None:
    document = {name: answers[level] for (name, answers), level in zip(FOUR_TS, levels, strict=True)}
    answer = compute(load("4ts"), document)
    assert answer["value"] == sum(levels)
    assert answer["band"].startswith(start)
