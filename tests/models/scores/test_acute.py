"""The acutely ill: every edge of NEWS2, Glasgow-Blatchford, ABCD2 and the rest, written from the papers."""

from typing import Any

import pytest

from models.scores.definition import load
from models.scores.engine import compute
from models.scores.formulas.acute import news2_detail

CALM = {
    "respiratory_rate": 16,
    "spo2": 98,
    "systolic_bp": 120,
    "heart_rate": 70,
    "temperature": 37.0,
    "supplemental_oxygen": False,
    "consciousness": "alert",
    "spo2_scale": "1",
}
NO_BLEED = {
    "sex": "male",
    "urea": 5.0,
    "hemoglobin": 14,
    "systolic_bp": 120,
    "heart_rate": 80,
    "melaena": False,
    "syncope": False,
    "hepatic_disease": False,
    "cardiac_failure": False,
}
NO_TIA = {
    "age_years": 50,
    "systolic_bp": 120,
    "diastolic_bp": 80,
    "diabetes": False,
    "clinical_features": "other",
    "symptom_minutes": 5,
}


def score(name: str, base: dict[str, Any], **changed: Any) -> Any:
    document = {key: value for key, value in {**base, **changed}.items() if value is not None}
    return compute(load(name), document)


def test_news2_agrees_with_the_worked_example() -> None:
    document = {
        "respiratory_rate": 22,
        "spo2": 93,
        "supplemental_oxygen": True,
        "systolic_bp": 105,
        "heart_rate": 112,
        "consciousness": "alert",
        "temperature": 38.6,
    }
    answer = score("news2", document)
    assert answer["value"] == 10
    assert answer["band"].startswith("7 or more")
    assert any("scale 1 was used" in note for note in answer["notes"])


NEWS2_CHART = [
    (
        "respiratory_rate",
        [(3, 3), (8, 3), (9, 1), (11, 1), (12, 0), (20, 0), (21, 2), (24, 2), (25, 3), (60, 3)],
    ),
    ("spo2", [(80, 3), (91, 3), (92, 2), (93, 2), (94, 1), (95, 1), (96, 0), (100, 0)]),
    ("systolic_bp", [(60, 3), (90, 3), (91, 2), (100, 2), (101, 1), (110, 1), (111, 0), (219, 0), (220, 3)]),
    (
        "heart_rate",
        [
            (30, 3),
            (40, 3),
            (41, 1),
            (50, 1),
            (51, 0),
            (90, 0),
            (91, 1),
            (110, 1),
            (111, 2),
            (130, 2),
            (131, 3),
        ],
    ),
    (
        "temperature",
        [(34, 3), (35.0, 3), (35.1, 1), (36.0, 1), (36.1, 0), (38.0, 0), (38.1, 1), (39.0, 1), (39.1, 2)],
    ),
    ("consciousness", [("alert", 0), ("confused", 3), ("voice", 3), ("pain", 3), ("unresponsive", 3)]),
    ("supplemental_oxygen", [(False, 0), (True, 2)]),
]


@pytest.mark.parametrize(
    ("name", "value", "points"),
    [(name, value, points) for name, rows in NEWS2_CHART for value, points in rows],
)
def test_news2_scores_every_box_of_the_chart(name: str, value: Any, points: int) -> None:
    assert score("news2", CALM, **{name: value})["value"] == points


@pytest.mark.parametrize(
    ("spo2", "on_air", "on_oxygen"),
    [
        (83, 3, 3),
        (84, 2, 2),
        (85, 2, 2),
        (86, 1, 1),
        (87, 1, 1),
        (88, 0, 0),
        (92, 0, 0),
        (93, 0, 1),
        (94, 0, 1),
        (95, 0, 2),
        (96, 0, 2),
        (97, 0, 3),
        (100, 0, 3),
    ],
)
def test_news2_scale_2_punishes_a_high_saturation_only_on_oxygen(
    spo2: int, on_air: int, on_oxygen: int
) -> None:
    assert score("news2", CALM, spo2_scale="2", spo2=spo2)["value"] == on_air
    assert score("news2", CALM, spo2_scale="2", spo2=spo2, supplemental_oxygen=True)["value"] == on_oxygen + 2


def test_news2_reads_a_fahrenheit_temperature_without_conversion_noise() -> None:
    assert score("news2", CALM, temperature={"value": 100.4, "unit": "[degF]"})["value"] == 0


def test_news2_says_where_one_parameter_alone_reaches_three() -> None:
    answer = score("news2", CALM, consciousness="confused")
    assert answer["value"] == 3
    assert answer["band"].startswith("0 to 4")
    assert any("consciousness" in note and "urgent" in note for note in answer["notes"])
    assert not score("news2", CALM, heart_rate=100, temperature=38.5)["notes"]
    assert news2_detail({**CALM, "spo2": 90})["single_parameter_3"] is True


@pytest.mark.parametrize(
    ("changed", "start"),
    [
        ({"heart_rate": 120, "respiratory_rate": 22}, "0 to 4"),
        ({"consciousness": "voice", "spo2": 93}, "5 to 6"),
        ({"consciousness": "voice", "spo2": 91}, "5 to 6"),
        ({"consciousness": "voice", "spo2": 91, "heart_rate": 95}, "7 or more"),
    ],
)
def test_news2_names_the_trigger_of_the_college(changed: dict[str, Any], start: str) -> None:
    assert score("news2", CALM, **changed)["band"].startswith(start)


@pytest.mark.parametrize(
    ("changed", "points"),
    [
        ({}, 0),
        *(
            ({"urea": n}, p)
            for n, p in [(6.4, 0), (6.5, 2), (7.9, 2), (8.0, 3), (9.9, 3), (10.0, 4), (24.9, 4), (25.0, 6)]
        ),
        *(
            ({"urea": None, "bun": n}, p)
            for n, p in [(18, 0), (18.2, 2), (22, 2), (22.4, 3), (27, 3), (28, 4), (69, 4), (70, 6)]
        ),
        *(({"hemoglobin": n}, p) for n, p in [(13, 0), (12.9, 1), (12, 1), (11.9, 3), (10, 3), (9.9, 6)]),
        *(({"sex": "female", "hemoglobin": n}, p) for n, p in [(12, 0), (11.9, 1), (10, 1), (9.9, 6)]),
        *(({"systolic_bp": n}, p) for n, p in [(110, 0), (109, 1), (100, 1), (99, 2), (90, 2), (89, 3)]),
        *(({"heart_rate": n}, p) for n, p in [(99, 0), (100, 1)]),
        ({"melaena": True}, 1),
        ({"syncope": True}, 2),
        ({"hepatic_disease": True}, 2),
        ({"cardiac_failure": True}, 2),
    ],
)
def test_glasgow_blatchford_scores_each_criterion_from_its_edge(changed: dict[str, Any], points: int) -> None:
    assert score("glasgow-blatchford", NO_BLEED, **changed)["value"] == points


def test_glasgow_blatchford_adds_up_to_23() -> None:
    worst = {"urea": 30, "hemoglobin": 7, "systolic_bp": 70, "heart_rate": 130, "melaena": True}
    flags = {"syncope": True, "hepatic_disease": True, "cardiac_failure": True}
    assert score("glasgow-blatchford", NO_BLEED, **worst, **flags)["value"] == 23


@pytest.mark.parametrize(
    ("changed", "points"),
    [
        ({}, 0),
        ({"age_years": 59.9}, 0),
        ({"age_years": 60}, 1),
        ({"systolic_bp": 139, "diastolic_bp": 89}, 0),
        ({"systolic_bp": 140}, 1),
        ({"diastolic_bp": 90}, 1),
        ({"systolic_bp": 180, "diastolic_bp": 110}, 1),
        ({"clinical_features": "speech_disturbance"}, 1),
        ({"clinical_features": "unilateral_weakness"}, 2),
        ({"symptom_minutes": 9}, 0),
        ({"symptom_minutes": 10}, 1),
        ({"symptom_minutes": 59}, 1),
        ({"symptom_minutes": 60}, 2),
        ({"symptom_minutes": {"value": 2, "unit": "h"}}, 2),
        ({"diabetes": True}, 1),
    ],
)
def test_abcd2_scores_each_criterion_from_its_edge(changed: dict[str, Any], points: int) -> None:
    assert score("abcd2", NO_TIA, **changed)["value"] == points


@pytest.mark.parametrize(
    ("eye", "verbal", "motor", "total", "start"),
    [
        (1, 1, 1, 3, "3 to 8"),
        (2, 2, 4, 8, "3 to 8"),
        (2, 3, 4, 9, "9 to 12"),
        (3, 4, 5, 12, "9 to 12"),
        (4, 5, 6, 15, "13"),
    ],
)
def test_gcs_is_the_sum_of_its_three_components(
    eye: int, verbal: int, motor: int, total: int, start: str
) -> None:
    document = {"eye_response": eye, "verbal_response": verbal, "motor_response": motor}
    answer = score("gcs", document)
    assert answer["value"] == total
    assert answer["band"].startswith(start)


def test_gcs_has_no_sum_where_a_component_could_not_be_tested() -> None:
    answer = score("gcs", {"eye_response": 2, "motor_response": 4})
    assert answer["value"] is None
    assert answer["missing"] == ["verbal_response"]


def test_shock_index_is_raised_above_and_not_at_its_edge() -> None:
    assert score("shock-index", {"heart_rate": 90, "systolic_bp": 100})["band"] == "0.9 or less"
    assert score("shock-index", {"heart_rate": 91, "systolic_bp": 100})["band"] == "above 0.9: raised"


def test_winters_expects_26_for_a_bicarbonate_of_12() -> None:
    values = score("winters", {"bicarbonate": 12})["values"]
    assert values == {"expected_paco2": 26, "lower": 24, "upper": 28}


@pytest.mark.parametrize(
    ("sodium", "chloride", "bicarbonate", "gap", "start"),
    [
        (140, 104, 12, 0, "-6 to 6"),
        (140, 98, 12, 6, "-6 to 6"),
        (140, 97, 12, 7, "above 6"),
        (140, 110, 12, -6, "-6 to 6"),
        (140, 111, 12, -7, "below -6"),
    ],
)
def test_delta_gap_names_the_second_disorder(
    sodium: float, chloride: float, bicarbonate: float, gap: float, start: str
) -> None:
    answer = score("delta-gap", {"sodium": sodium, "chloride": chloride, "bicarbonate": bicarbonate})
    assert answer["value"] == gap
    assert answer["band"].startswith(start)


def test_corrected_sodium_adds_by_both_published_slopes_and_never_takes_away() -> None:
    raised = score("corrected-sodium", {"sodium": 130, "glucose": 600})["values"]
    assert raised["katz"] == pytest.approx(138)
    assert raised["hillier"] == pytest.approx(142)
    assert score("corrected-sodium", {"sodium": 130, "glucose": 60})["values"] == {
        "katz": 130,
        "hillier": 130,
    }
