"""Questionnaires: sums, published bands, and the items that are a matter of safety whatever the sum."""

from typing import Any

import pytest

from models.base import BadInput
from models.scores.definition import load
from models.scores.engine import compute
from models.scores.formulas.mental_health import audit_c_detail, epds_detail, phq_9_detail


def score(name: str, **document: Any) -> Any:
    return compute(load(name), document)


def answers(total: int, length: int, most: int) -> list[int]:
    """Return answers from the first item on that add up to this total."""
    return [max(0, min(most, total - most * position)) for position in range(length)]


@pytest.mark.parametrize(
    ("total", "word"),
    [
        (0, "minimal"),
        (4, "minimal"),
        (5, "mild"),
        (9, "mild"),
        (10, "moderate"),
        (14, "moderate"),
        (15, "moderately severe"),
        (19, "moderately severe"),
        (20, "severe"),
        (27, "severe"),
    ],
)
def test_phq_9_names_the_band_of_kroenke(total: int, word: str) -> None:
    answer = score("phq-9", items=answers(total, 9, 3))
    assert answer["value"] == total
    assert answer["band"].endswith(f": {word}")


def test_phq_9_says_that_item_9_is_a_matter_of_safety_whatever_the_sum() -> None:
    low = [0] * 8 + [1]
    answer = score("phq-9", items=low)
    assert answer["band"].endswith("minimal")
    assert any("item 9" in note for note in answer["notes"])
    assert phq_9_detail({"items": low}) == {"item_9": 1, "self_harm_thoughts": True}
    assert score("phq-9", items=[3] * 8 + [0])["notes"] == []


@pytest.mark.parametrize("items", [[0] * 8, [0] * 10, [0] * 8 + [4], [0] * 8 + [-1], [0] * 8 + [0.5]])
def test_phq_9_refuses_answers_that_are_not_on_the_form(items: list[float]) -> None:
    with pytest.raises(BadInput):
        score("phq-9", items=items)


@pytest.mark.parametrize(
    ("total", "word"),
    [
        (0, "minimal"),
        (4, "minimal"),
        (5, "mild"),
        (9, "mild"),
        (10, "moderate"),
        (14, "moderate"),
        (15, "severe"),
        (21, "severe"),
    ],
)
def test_gad_7_names_the_band_of_spitzer(total: int, word: str) -> None:
    answer = score("gad-7", items=answers(total, 7, 3))
    assert answer["value"] == total
    assert answer["band"].endswith(f": {word}")


@pytest.mark.parametrize(
    ("total", "start"),
    [(0, "0 to 9"), (9, "0 to 9"), (10, "10 to 12"), (12, "10 to 12"), (13, "13 to 30"), (30, "13 to 30")],
)
def test_epds_names_possible_and_probable_depression(total: int, start: str) -> None:
    answer = score("epds", items=answers(total, 10, 3))
    assert answer["value"] == total
    assert answer["band"].startswith(start)


def test_epds_says_that_item_10_is_a_matter_of_safety_whatever_the_sum() -> None:
    low = [0] * 9 + [1]
    assert any("item 10" in note for note in score("epds", items=low)["notes"])
    assert epds_detail({"items": low}) == {"item_10": 1, "self_harm_thoughts": True}


@pytest.mark.parametrize(
    ("sex", "total", "positive"),
    [("female", 2, False), ("female", 3, True), ("male", 3, False), ("male", 4, True)],
)
def test_audit_c_is_positive_from_three_in_women_and_four_in_men(
    sex: str, total: int, positive: bool
) -> None:
    items = answers(total, 3, 4)
    answer = score("audit-c", items=items, sex=sex)
    assert answer["value"] == total
    assert answer["notes"][0].startswith("positive" if positive else "negative")
    assert audit_c_detail({"items": items, "sex": sex})["positive"] is positive
