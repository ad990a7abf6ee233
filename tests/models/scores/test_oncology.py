"""The Khorana score, written from Blood 2008;111:4902-4907."""

from typing import Any

import pytest

from models.scores.definition import load
from models.scores.engine import compute

CALM = {
    "platelets": 250,
    "hemoglobin": 13,
    "bmi": 25,
    "cancer_site": "other",
    "white_cells": 7,
    "esa_use": False,
}
SITES = {
    "stomach": 2,
    "pancreas": 2,
    "lung": 1,
    "lymphoma": 1,
    "gynaecological": 1,
    "bladder": 1,
    "testicular": 1,
    "other": 0,
}


@pytest.mark.parametrize(
    ("changed", "points"),
    [
        *(({"cancer_site": site}, points) for site, points in SITES.items()),
        ({"platelets": 349}, 0),
        ({"platelets": 350}, 1),
        ({"hemoglobin": 10}, 0),
        ({"hemoglobin": 9.9}, 1),
        ({"esa_use": True}, 1),
        ({"hemoglobin": 9, "esa_use": True}, 1),
        ({"white_cells": 11}, 0),
        ({"white_cells": 11.1}, 1),
        ({"bmi": 34.9}, 0),
        ({"bmi": 35}, 1),
        ({"cancer_site": "pancreas", "platelets": 400, "hemoglobin": 9, "white_cells": 12, "bmi": 36}, 6),
    ],
)
def test_khorana_scores_each_criterion_from_its_edge(changed: dict[str, Any], points: int) -> None:
    answer = compute(load("khorana"), {**CALM, **changed})
    assert answer["value"] == points
    assert answer["band"].startswith("0:" if points == 0 else "1 to 2" if points < 3 else "3 or more")
