"""Lungs and gas exchange: edges of the Berlin grades, ROX, HACOR and BODE, and the alveolar gas equation."""

from typing import Any

import pytest

from models.scores.definition import load
from models.scores.engine import compute

EASY_NIV = {"heart_rate": 100, "ph": 7.40, "gcs": 15, "pao2": 90, "fio2": 0.4, "respiratory_rate": 24}
FIT = {"bmi": 25, "fev1_percent_predicted": 80, "mmrc_dyspnoea": 0, "six_minute_walk": 400}


def score(name: str, base: dict[str, Any], **changed: Any) -> Any:
    return compute(load(name), {**base, **changed})


@pytest.mark.parametrize(
    ("pao2", "fio2", "start"),
    [
        (100, 1.0, "100 or less"),
        (101, 1.0, "above 100 to 200"),
        (120, 0.6, "above 100 to 200"),
        (121, 0.6, "above 200 to 300"),
        (63, 0.21, "above 200 to 300"),
        (64, 0.21, "above 300"),
    ],
)
def test_pf_ratio_falls_into_the_berlin_grade(pao2: float, fio2: float, start: str) -> None:
    answer = score("pf-ratio", {"pao2": pao2, "fio2": fio2})
    assert answer["value"] == pytest.approx(pao2 / fio2)
    assert answer["band"].startswith(start)


def test_pf_ratio_takes_percent_and_kilopascal() -> None:
    document = {"pao2": {"value": 10, "unit": "kPa"}, "fio2": {"value": 50, "unit": "%"}}
    assert score("pf-ratio", document)["value"] == pytest.approx(150.01, abs=0.01)


def test_aa_gradient_follows_the_alveolar_gas_equation_on_room_air() -> None:
    answer = score("aa-gradient", {"pao2": 90, "paco2": 40, "fio2": 0.21, "age_years": 40})
    assert answer["values"]["gradient"] == pytest.approx(0.21 * 713 - 50 - 90)
    assert answer["values"]["expected_on_room_air"] == pytest.approx(10.9)
    assert any("sea level" in note for note in answer["notes"])


def test_aa_gradient_uses_the_pressure_of_the_place_and_names_the_impossible() -> None:
    answer = score("aa-gradient", {"pao2": 90, "paco2": 40, "fio2": 0.21, "atmospheric_pressure": 630})
    assert answer["values"]["gradient"] == pytest.approx(0.21 * 583 - 50 - 90)
    assert answer["values"]["expected_on_room_air"] is None
    assert answer["missing"] == ["age_years"]
    assert [note for note in answer["notes"] if "negative" in note]


@pytest.mark.parametrize(
    ("spo2", "fio2", "rate", "start"),
    [
        (97.6, 0.5, 40, "4.88 or more"),
        (97, 0.5, 40, "3.85"),
        (77, 0.5, 40, "3.85"),
        (76, 0.5, 40, "below 3.85"),
    ],
)
def test_rox_index_is_read_at_its_published_edges(spo2: float, fio2: float, rate: float, start: str) -> None:
    answer = score("rox-index", {"spo2": spo2, "fio2": fio2, "respiratory_rate": rate})
    assert answer["value"] == pytest.approx(spo2 / fio2 / rate)
    assert answer["band"].startswith(start)


@pytest.mark.parametrize(
    ("changed", "points"),
    [
        ({}, 0),
        ({"heart_rate": 120}, 0),
        ({"heart_rate": 121}, 1),
        *(({"ph": n}, p) for n, p in [(7.35, 0), (7.34, 2), (7.30, 2), (7.29, 3), (7.25, 3), (7.24, 4)]),
        *(({"gcs": n}, p) for n, p in [(14, 2), (13, 2), (12, 5), (11, 5), (10, 10), (3, 10)]),
        *(
            ({"pao2": n, "fio2": 1.0}, p)
            for n, p in [
                (201, 0),
                (200, 2),
                (176, 2),
                (175, 3),
                (151, 3),
                (150, 4),
                (126, 4),
                (125, 5),
                (101, 5),
                (100, 6),
            ]
        ),
        *(
            ({"respiratory_rate": n}, p)
            for n, p in [(30, 0), (31, 1), (35, 1), (36, 2), (40, 2), (41, 3), (45, 3), (46, 4)]
        ),
        ({"heart_rate": 150, "ph": 7.0, "gcs": 5, "pao2": 50, "fio2": 1.0, "respiratory_rate": 60}, 25),
    ],
)
def test_hacor_scores_each_parameter_from_its_edge(changed: dict[str, Any], points: int) -> None:
    answer = score("hacor", EASY_NIV, **changed)
    assert answer["value"] == points
    assert answer["band"].startswith("above 5" if points > 5 else "5 or less")


@pytest.mark.parametrize(
    ("changed", "points"),
    [
        ({}, 0),
        *(({"bmi": n}, p) for n, p in [(21.1, 0), (21, 1)]),
        *(
            ({"fev1_percent_predicted": n}, p)
            for n, p in [(65, 0), (64, 1), (50, 1), (49, 2), (36, 2), (35, 3)]
        ),
        *(({"mmrc_dyspnoea": n}, p) for n, p in [(1, 0), (2, 1), (3, 2), (4, 3)]),
        *(
            ({"six_minute_walk": n}, p)
            for n, p in [(350, 0), (349, 1), (250, 1), (249, 2), (150, 2), (149, 3)]
        ),
        ({"bmi": 18, "fev1_percent_predicted": 20, "mmrc_dyspnoea": 4, "six_minute_walk": 50}, 10),
    ],
)
def test_bode_scores_each_dimension_from_its_edge(changed: dict[str, Any], points: int) -> None:
    assert score("bode", FIT, **changed)["value"] == points
