"""What the medication recommender publishes, accepts as options, and does when time or a model fails."""

from dataclasses import replace

import pytest

from cds import plugins
from cds.services.medication_recommender import service
from cds.services.medication_recommender.drafts import rule_drafts
from cds.services.medication_recommender.selection import Plan, offered, plan
from cds.services.medication_recommender.words import grade, reasons
from cds.testing import check_service, empty_case, settings_for
from models.base import Finding, NoDeadline, OutOfTime
from models.record import CVX, ICD10CM, LOINC, RXNORM, Code, Fact, Quantity, Record

DAY = 1440
WHOLE = dict.fromkeys(("condition", "medication", "allergy", "observation", "immunization"), "complete")


def fact(kind, ref, days, *codes, **more):
    return Fact(kind, codes, ref=ref, minutes_ago=days * DAY, **{"status": "active", **more})


FACTS = (
    fact("condition", "c1", 900, Code(ICD10CM, "E11.9", "Type 2 diabetes")),
    fact("condition", "c2", 900, Code(ICD10CM, "N18.31")),
    fact("medication", "m1", 90, Code(RXNORM, "314076"), text="lisinopril 10 mg"),
    fact("allergy", "a1", 90, text="penicillin"),
    fact(
        "observation",
        "o1",
        9,
        Code(LOINC, "98979-8"),
        value=Quantity(41.0, "mL/min/{1.73_m2}"),
        status="final",
    ),
    fact("immunization", "i1", 50, Code(CVX, "216"), status="completed"),
)


def chart(**more):
    return Record(**{"facts": FACTS, "age_years": 61.0, "sex": "male", "lists": WHOLE, **more})


@pytest.fixture(scope="module")
def models():
    return plugins.models()


def test_it_keeps_the_promises_of_every_service(models):
    check_service(service, models, records=[chart()])


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"suggestions": 4}, "suggestions"),
        ({"suggestions": True}, "suggestions"),
        ({"learned": "yes"}, "learned"),
        ({"vaccines": 1}, "vaccines"),
        ({"off": "GAPhfMra"}, "off"),
        ({"af_score": "chads2"}, "af_score"),
        ({"most": 3}, "most"),
    ],
)
def test_a_wrong_option_is_named_with_its_fix(options, named):
    [line] = service.check_options(options)
    assert line.startswith(f"{named}:")


def test_the_options_of_a_site_are_accepted():
    chosen = {"off": ["GAPvaccineZoster"], "learned": False, "suggestions": 1, "af_score": "cha2ds2-vasc"}
    assert not service.check_options(chosen)


def test_a_spent_deadline_is_said(models):
    case = replace(empty_case("patient-view", record=chart()), deadline=Spent())
    with pytest.raises(OutOfTime):
        service.answer(case, models, settings_for(service))


class Spent:
    def left(self):
        return 0.0


class After:
    """A deadline that passes after so many looks at it."""

    def __init__(self, looks):
        self.looks = looks

    def left(self):
        self.looks -= 1
        return float(self.looks >= 0)


def test_time_that_runs_out_before_learned_items_leaves_the_rules(models):
    case = replace(empty_case("patient-view", record=chart()), deadline=After(1))
    cards = service.answer(case, models, settings_for(service))
    assert cards[0].topic == "GAPsglt2iCkdT2d"
    assert "learned suggestions" in cards[-1].detail


def test_findings_name_every_entry_they_rest_on(models):
    found = models.find("recommender", chart(), deadline=NoDeadline(), options={})
    gap = next(one for one in found if one.code == "GAPsglt2iCkdT2d")
    told = {line.ref for line in gap.inputs if line.name != "checked"}
    assert {"c1", "c2", "o1", "m1"} <= told
    assert {line.ref for line in gap.inputs if line.name == "checked"} == {"m1", "a1"}


def test_a_rule_that_lacks_a_list_is_a_gap(models):
    undecided = Finding(
        kind="rule", code="GAPx", title="X", model="m@1", missing=("medications",), applies=False
    )
    said = plan([undecided], empty_case("patient-view", record=chart()), service.options, room=3)
    assert [gap.why for gap in said.gaps] == ["the list of medications did not arrive whole"]


def test_the_drug_list_may_not_be_partial(models):
    for kind in ("medication", "condition"):
        case = empty_case("patient-view", record=chart(lists={**WHOLE, kind: "partial"}))
        [card] = service.answer(case, models, settings_for(service))
        assert card.topic == "NOTchecked"


def test_room_for_one_card_shows_one(models):
    settings = replace(settings_for(service), max_cards=1)
    [card] = service.answer(empty_case("patient-view", record=chart()), models, settings)
    assert card.topic == "GAPsglt2iCkdT2d"
    assert "a moderate-intensity statin" in card.detail


def test_nothing_to_say_is_an_empty_plan():
    assert plan([], empty_case("patient-view"), service.options, room=3) == Plan()


def test_a_blocked_therapy_is_never_offered(models):
    found = models.find("recommender", chart(), deadline=NoDeadline(), options={})
    gap = next(one for one in found if one.code == "GAPsglt2iCkdT2d")
    blocked = [{**one, "verdict": "blocked"} for one in gap.detail["options"]]
    shut = replace(gap, detail={**gap.detail, "options": blocked})
    assert offered(shut) == []
    assert list(rule_drafts(shut, empty_case("patient-view"), 2)) == []


def test_one_rule_on_two_ingredients_is_said_once():
    said = reasons(
        ["DDIx: Sacubitril with potassium: high.", "DDIx: Valsartan with potassium: high.", "a gap"]
    )
    assert said == "Valsartan with potassium: high; a gap"


def test_grades_are_worded():
    assert grade("1, A") == "class 1, level A"
    assert grade("1A") == "1A"
