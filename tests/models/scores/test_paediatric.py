"""Growth charts: published percentiles come back as themselves, and children outside the charts get none."""

import csv
from importlib import resources
from math import sqrt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.scores.definition import load
from models.scores.engine import compute
from models.scores.formulas.paediatric import growth, lms, z_score


def grown(**document: Any) -> Any:
    return compute(load("cdc-growth"), document)


# BMI-for-age of boys at exactly 24 months, as CDC prints it.
BOYS_24_MONTHS = [
    (5, 14.73732),
    (10, 15.09033),
    (25, 15.74164),
    (50, 16.57503),
    (75, 17.55719),
    (85, 18.16219),
    (90, 18.60948),
    (95, 19.33801),
]


@pytest.mark.parametrize(("percentile", "bmi"), BOYS_24_MONTHS)
def test_a_published_bmi_lies_at_its_published_percentile(percentile: float, bmi: float) -> None:
    height = 90
    answer = grown(age_years=2, sex="male", height=height, weight=bmi * (height / 100) ** 2)
    assert answer["values"]["bmi_percentile"] == pytest.approx(percentile, abs=0.01)


@pytest.mark.parametrize(
    ("sex", "age", "weight", "height"),
    [("male", 2, 12.6707633, 86.45220101), ("female", 2, 12.05503983, 84.97555512)],
)
def test_a_median_child_is_at_the_50th_percentile(sex: str, age: float, weight: float, height: float) -> None:
    values = grown(age_years=age, sex=sex, weight=weight, height=height)["values"]
    assert values["weight_percentile"] == pytest.approx(50, abs=1e-6)
    assert values["height_z"] == pytest.approx(0, abs=1e-9)


def test_the_charts_are_whole_from_24_to_240_months() -> None:
    path = resources.files("models.scores.formulas") / "cdc_growth_2000.csv"
    rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
    for measure in ("weight", "height", "bmi"):
        for sex in ("female", "male"):
            months = [float(r["age_months"]) for r in rows if (r["measure"], r["sex"]) == (measure, sex)]
            assert months[0] == 24
            assert months[1:217] == [24.5 + n for n in range(216)]
            assert months[217] == 240


def test_between_two_rows_the_chart_is_read_in_proportion() -> None:
    low, high = lms("bmi", "female", 60.5), lms("bmi", "female", 61.5)
    assert lms("bmi", "female", 61.0) == pytest.approx([(a + b) / 2 for a, b in zip(low, high, strict=True)])


@pytest.mark.parametrize(
    ("bmi", "word"), [(13, "underweight"), (16, "healthy"), (18, "overweight"), (19, "obesity")]
)
def test_bmi_is_named_by_the_expert_committee_of_2007(bmi: float, word: str) -> None:
    # A girl of exactly 6 years: the 5th, 85th and 95th percentiles are 13.4, 17.1 and 18.8.
    assert word in grown(age_years=6, sex="female", height=115, weight=bmi * 1.15**2)["band"]


def test_a_bmi_above_the_95th_percentile_follows_the_half_normal_tail() -> None:
    power, median, spread = lms("bmi", "male", 120)
    p95 = median * (1 + power * spread * 1.6448536269514722) ** (1 / power)
    sigma = 0.3728 + 0.5196 * 10 - 0.0091 * 100
    height = sqrt(60 / (p95 + sigma)) * 100
    values = grown(age_years=10, sex="male", weight=60, height=height)["values"]
    assert values["bmi_percentile"] == pytest.approx(90 + 10 * 0.8413447460685429)
    assert values["bmi_percent_of_p95"] == pytest.approx(100 * (p95 + sigma) / p95)


@pytest.mark.parametrize("age", [0.5, 1.99, 20, 45])
def test_outside_the_charts_there_is_no_percentile(age: float) -> None:
    answer = grown(age_years=age, sex="male", weight=15, height=95)
    assert set(answer["values"].values()) == {None}
    assert answer["out_of_range"] == ["age_years"]


def test_a_weight_alone_gives_no_bmi() -> None:
    answer = grown(age_years=5, sex="female", weight=18)
    given_values = {name for name, value in answer["values"].items() if value is not None}
    assert given_values == {"weight_percentile", "weight_z"}
    assert answer["missing"] == ["height"]


@given(
    age=st.floats(2, 19.99),
    sex=st.sampled_from(["female", "male"]),
    height=st.floats(70, 200),
    bmis=st.tuples(st.floats(8, 80), st.floats(8, 80)),
)
def test_a_heavier_child_of_one_height_is_never_at_a_lower_percentile(
    age: float, sex: str, height: float, bmis: tuple[float, float]
) -> None:
    child = {"age_years": age, "sex": sex, "height": height}
    low, high = (growth({**child, "weight": bmi * (height / 100) ** 2}) for bmi in sorted(bmis))
    for name in ("weight_percentile", "bmi_percentile"):
        assert 0 <= (low[name] or 0) <= (high[name] or 0) + 1e-9 <= 100 + 1e-6


@given(z=st.floats(-3, 3), months=st.floats(24, 239), measure=st.sampled_from(["weight", "height", "bmi"]))
def test_z_score_undoes_the_lms_curve(z: float, months: float, measure: str) -> None:
    power, median, spread = lms(measure, "female", months)
    base = 1 + power * spread * z
    if base > 0.05:
        assert z_score(median * base ** (1 / power), power, median, spread) == pytest.approx(z, abs=1e-6)
