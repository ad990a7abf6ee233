"""Point tables: half-open steps, criteria, and numbers as the chart and the paper read them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.scores.formulas import points
from models.scores.formulas.points import REST, charted, completed_years, met, stepped, tidy, total

STEPS = ((10, 0), (20, 1), (REST, 2))


@pytest.mark.parametrize(("value", "expected"), [(-5, 0), (9.999, 0), (10, 1), (19.9, 1), (20, 2), (1e9, 2)])
def test_a_step_holds_its_lower_edge_and_not_its_upper(value: float, expected: int) -> None:
    assert stepped(value, STEPS) == expected


def test_noise_of_a_conversion_does_not_cross_an_edge() -> None:
    assert stepped(9.99999999999, STEPS) == 1
    assert not met(38.00000000000001, ">", 38)
    assert tidy(38.00000000000001) == 38


@pytest.mark.parametrize(
    ("value", "decimals", "expected"),
    [(20.4, 0, 20), (20.5, 0, 21), (38.04, 1, 38.0), (38.05, 1, 38.1), (7.345, 2, 7.35), (-0.4, 0, 0)],
)
def test_a_charted_number_is_rounded_half_up(value: float, decimals: int, expected: float) -> None:
    assert charted(value, decimals) == expected


@pytest.mark.parametrize(("age", "years"), [(64.99, 64), (65, 65), (65.0000001, 65), (0.5, 0)])
def test_age_counts_in_completed_years(age: float, years: int) -> None:
    assert completed_years(age) == years


@pytest.mark.parametrize(
    ("value", "test", "edge", "expected"),
    [
        (5, ">", 5, False),
        (5, ">=", 5, True),
        (5, "<", 5, False),
        (5, "<=", 5, True),
        (True, "is", True, True),
        (False, "is", True, False),
        ("lung", "in", ("lung", "bladder"), True),
        ("other", "in", ("lung", "bladder"), False),
    ],
)
def test_a_criterion_is_met_as_its_comparison_says(
    value: object, test: str, edge: object, expected: bool
) -> None:
    assert met(value, test, edge) is expected


def test_whole_points_add_up_to_a_whole_number() -> None:
    criteria = (("a", "is", True, 1), ("b", ">", 3, 2))
    assert total({"a": True, "b": 4}, criteria) == 3
    assert isinstance(total({"a": True, "b": 4}, criteria), int)


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
def test_steps_that_rise_never_fall(first: float, second: float) -> None:
    low, high = sorted((first, second))
    assert stepped(low, STEPS) <= stepped(high, STEPS)


def test_the_rounded_urea_factor_is_within_a_tenth_of_a_percent_of_the_molar_one() -> None:
    assert pytest.approx(2.8014, rel=1e-3) == points.BUN_MG_DL_PER_UREA_MMOL_L
