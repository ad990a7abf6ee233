"""Documents of `medication-safety`: what is refused, what is named as not checked, how it answers."""

import json
from typing import Any

import pytest
from safety_world import chart, rule, world

from models.base import BadInput
from models.card import card_of
from models.medsafety.model import MedicationSafety, model

BLEEDING = rule("DDIbleeding", "warfarin", "nsaid")


@pytest.fixture(scope="module")
def small() -> MedicationSafety:
    return world(BLEEDING)


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"drafts": []}, "/drafts"),
        ({"draft": "warfarin"}, "/draft"),
        ({"draft": ["warfarin"]}, "/draft/0"),
        ({"draft": [{}]}, "/draft/0"),
        ({"draft": [{"text": 5}]}, "/draft/0"),
        ({"draft": [{"text": "warfarin", "dose": 5}]}, "/draft/0/dose"),
        ({"draft": [{"text": "warfarin", "times_per_day": "two"}]}, "/draft/0/times_per_day"),
        ({"medications": {"text": "warfarin"}}, "/medications"),
        ({"medications": [{"rxcui": ""}]}, "/medications/0"),
        ({"allergies": [{}]}, "/allergies/0"),
        ({"conditions": [{"status": "active"}]}, "/conditions/0"),
        ({"labs": []}, "/labs"),
        ({"labs": {"2823-3": 5.0}}, "/labs/2823-3"),
        ({"labs": {"2823-3": {"value": "high"}}}, "/labs/2823-3/value"),
        ({"labs": {"2823-3": {"value": 5.0, "unit": "kg"}}}, "/labs/2823-3/unit"),
        ({"labs": {"2823-3": [{"value": 5.0}, {"value": None}]}}, "/labs/2823-3/1/value"),
        ({"age_years": "fifty"}, "/age_years"),
        ({"age_years": -1}, "/age_years"),
        ({"age_years": True}, "/age_years"),
        ({"sex": "F"}, "/sex"),
        ({"pregnant": "yes"}, "/pregnant"),
        ({"trimester": 4}, "/trimester"),
        ({"weight_kg": 0}, "/weight_kg"),
    ],
)
def test_what_cannot_be_read_is_refused_by_its_place(
    small: MedicationSafety, wrong: dict[str, Any], pointer: str
) -> None:
    with pytest.raises(BadInput) as caught:
        small.run({"draft": [{"text": "warfarin 5 mg"}], **wrong})
    assert caught.value.pointer == pointer


@pytest.mark.parametrize("wrong", [None, [], "warfarin", 5])
def test_what_is_no_object_is_refused(small: MedicationSafety, wrong: Any) -> None:
    with pytest.raises(BadInput):
        small.run(wrong)


def test_a_refusal_names_no_value_of_the_patient(small: MedicationSafety) -> None:
    with pytest.raises(BadInput) as caught:
        small.run({"draft": [{"text": "warfarin"}], "age_years": 1234.5})
    assert "1234" not in caught.value.message


def test_the_answer_has_the_members_of_the_interface(small: MedicationSafety) -> None:
    answer = small.run({**chart("ibuprofen 400 mg", "warfarin 5 mg"), "id": 7})
    assert set(answer) == {"id", "alerts", "not_checked"}
    (alert,) = answer["alerts"]
    assert set(alert) >= {
        *("rule", "kind", "severity", "interruptive", "drugs", "summary", "mechanism", "action", "modifiers"),
        *("missing", "sources"),
    }
    assert json.loads(json.dumps(answer)) == answer


def test_no_id_comes_back_where_none_was_given(small: MedicationSafety) -> None:
    assert "id" not in small.run(chart())


def test_a_drug_that_is_not_known_is_named_with_what_it_may_have_been(small: MedicationSafety) -> None:
    """Silence about a drug that nobody recognised would read as safety."""
    (gap,) = small.run(chart("warfarn 5 mg"))["not_checked"]
    assert gap["item"] == "warfarn 5 mg"
    assert "warfarin" in gap["reason"]


def test_a_drug_that_is_not_known_on_the_list_is_named_too(small: MedicationSafety) -> None:
    answer = small.run(chart("ibuprofen 400 mg", ["Zorblaxin 5 mg", "warfarin 5 mg"]))
    assert [gap["item"] for gap in answer["not_checked"]] == ["Zorblaxin 5 mg"]
    assert len(answer["alerts"]) == 1


def test_code_and_words_that_contradict_are_not_used(small: MedicationSafety) -> None:
    entry = {"rxcui": "11289", "text": "ibuprofen 400 mg"}
    answer = small.run(chart([entry], "ibuprofen 400 mg"))
    assert answer["alerts"] == []
    assert len(answer["not_checked"]) == 1


@pytest.mark.parametrize(
    ("left_out", "title"),
    [
        ("medications", "drug list"),
        ("allergies", "allergy list"),
        ("conditions", "condition list"),
        ("labs", "laboratory values"),
    ],
)
def test_a_list_that_is_not_there_is_named(small: MedicationSafety, left_out: str, title: str) -> None:
    document = {key: value for key, value in chart().items() if key != left_out}
    assert [gap["item"] for gap in small.run(document)["not_checked"]] == [title]


def test_an_empty_list_is_a_list(small: MedicationSafety) -> None:
    assert small.run(chart())["not_checked"] == []


@pytest.mark.parametrize(
    "entry",
    [
        {"rxcui": "11289"},
        {"text": "Warfarin Sodium 5 MG Oral Tablet"},
        {"text": "COUMADIN 5MG"},
        {"text": "Jantoven 5 mg qhs"},
        {"text": "warfarin", "dose": {"value": 5, "unit": "mg"}, "times_per_day": 1},
        {"text": "warfarin", "dose": {"value": 1, "unit": "{tbl}"}},
    ],
)
def test_one_drug_in_many_words(small: MedicationSafety, entry: dict[str, Any]) -> None:
    answer = small.run(chart("ibuprofen 400 mg", [entry]))
    assert [alert["rule"] for alert in answer["alerts"]] == ["DDIbleeding"]


def test_the_schema_names_every_member_that_is_read() -> None:
    known = set(model().schema()["properties"])
    for member in known:
        assert member in {
            *("id", "draft", "medications", "allergies", "conditions", "labs", "genes", "age_years", "sex"),
            *(
                "weight_kg",
                "height_cm",
                "pregnant",
                "trimester",
                "gestational_age_weeks",
                "lactating",
                "setting",
            ),
        }


def test_the_card_is_complete() -> None:
    card = card_of(model())
    assert sum(bool(text) for group in card.attributes.values() for text in group.values()) == 31
    assert card.kind == "rules"
    assert "not a medical device" in card.statement.lower()
