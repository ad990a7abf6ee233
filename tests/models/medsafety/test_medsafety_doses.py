"""Doses held against published limits: in a day, at a time, how often, by age and weight."""

from typing import Any

import pytest
from safety_world import chart, world

from models.medsafety.alerts import Alert
from models.medsafety.answers import Scene
from models.medsafety.doses import over_limits

IBUPROFEN = {"ingredient": "ibuprofen", "max_daily": "3200 mg", "max_single": "800 mg", "max_per_day": "4"}
CHILD = {"ingredient": "ibuprofen", "population": "child", "max_daily": "40 mg/kg", "max_single": "10 mg/kg"}
OLDER = {"ingredient": "ibuprofen", "population": "older", "max_daily": "1200 mg"}


def over(
    draft: Any, medications: Any = (), *, doses: Any = (IBUPROFEN, CHILD, OLDER), **more: Any
) -> list[Alert]:
    model = world(doses=doses)
    person = model.read(chart(draft, medications, **more))
    (subject,) = person.drafts
    scene = Scene(person, model.terms, subject, a_ingredient=subject.drug.ingredients[0])
    return list(over_limits(scene, model.knowledge))


@pytest.mark.parametrize(
    ("draft", "words"),
    [
        ("ibuprofen 800 mg 5 times daily", "4000 mg a day"),
        ("ibuprofen 1200 mg bid", "1200 mg at a time"),
        ("ibuprofen 200 mg q4h", "6 times a day"),
    ],
)
def test_what_is_above_a_limit_is_said_with_both_numbers(draft: str, words: str) -> None:
    (alert,) = over(draft)
    assert words in alert.summary
    assert "at most" in alert.summary
    assert alert.sources == ("STOPP3 A",)


@pytest.mark.parametrize(
    "draft", ["ibuprofen 800 mg qid", "ibuprofen 800 mg", "ibuprofen", "warfarin 900 mg daily"]
)
def test_at_the_limit_or_not_known_nothing_is_said(draft: str) -> None:
    assert over(draft) == []


ACETAMINOPHEN = {"ingredient": "acetaminophen", "max_daily": "4000 mg"}


def test_all_products_of_a_substance_are_added_up() -> None:
    """Two products that are right alone and too much together."""
    assert over("acetaminophen 1000 mg tid", doses=(ACETAMINOPHEN,)) == []
    (alert,) = over("acetaminophen 1000 mg tid", "Percocet 5-325 mg 1 tablet q6h", doses=(ACETAMINOPHEN,))
    assert "4300 mg a day" in alert.summary


@pytest.mark.parametrize("before", ["ibuprofen 800 mg tid", "Motrin 800 mg tid", "ibuprofen 400 mg tid"])
def test_a_repetition_or_a_change_of_dose_is_not_added(before: str) -> None:
    """The new order takes the place of the old; two orders of one drug are another rule's."""
    assert over("ibuprofen 800 mg tid", before) == []


def test_what_is_over_or_local_does_not_count() -> None:
    ended = {"text": "ibuprofen 800 mg tid", "status": "stopped"}
    assert over("ibuprofen 800 mg tid", [ended]) == []
    assert over("ibuprofen 800 mg tid", "ibuprofen 5 % topical gel tid") == []


def test_a_child_is_dosed_by_weight() -> None:
    assert over("ibuprofen 100 mg tid", age_years=4, weight_kg=15) == []
    (alert,) = over("ibuprofen 200 mg tid", age_years=4, weight_kg=15)
    assert "mg/kg at a time" in alert.summary


def test_without_a_weight_nothing_is_made_up() -> None:
    assert over("ibuprofen 200 mg tid", age_years=4) == []


def test_limits_of_older_adults_take_the_place_of_the_adults() -> None:
    assert over("ibuprofen 600 mg tid", age_years=50) == []
    assert len(over("ibuprofen 600 mg tid", age_years=70)) == 1
    assert over("ibuprofen 600 mg tid", doses=(IBUPROFEN,), age_years=70) == []


def test_a_limit_of_another_route_is_not_asked() -> None:
    injected = {**IBUPROFEN, "routes": "intravenous"}
    assert over("ibuprofen 1200 mg po bid", doses=(injected,)) == []


@pytest.mark.parametrize(
    ("draft", "loud"), [("ibuprofen 900 mg daily", False), ("ibuprofen 1600 mg daily", True)]
)
def test_twice_the_limit_interrupts(draft: str, loud: bool) -> None:
    (alert,) = over(draft)
    assert alert.interruptive is loud


def test_units_are_converted() -> None:
    limit = {"ingredient": "digoxin", "max_daily": "250 ug"}
    assert over("digoxin 0.25 mg daily", doses=(limit,)) == []
    assert len(over("digoxin 0.5 mg daily", doses=(limit,))) == 1
