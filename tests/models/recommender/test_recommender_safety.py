"""Nothing unsafe is ever ok: by the house's own rules, whatever engine stands behind them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_lives import document

from models.base import BadInput
from models.recommender.house import load_house
from models.recommender.model import NAME, suggestions
from models.recommender.model import family as model
from models.recommender.patient import read_patient
from models.recommender.safety import OK, EngineSafety, Unchecked, Verdict

WARFARIN, METOPROLOL = "855332", "866414"


class Approving:
    """An engine that finds everything safe."""

    def judge(self, _rxcui, _name, _document):
        return OK


@pytest.fixture(scope="module")
def approved():
    return model.load(NAME).with_safety(Approving())


def verdict_of(names, **more):
    house = load_house()
    return house.judge(names, house.chart(read_patient(document(**more))))


def test_without_an_engine_nothing_is_ok():
    alone = model.load(NAME).with_safety(Unchecked())
    answer = alone.run(document(conditions=["38341003", "49436004"], limit=20))
    verdicts = {row["safety"]["verdict"] for row in (*answer["recommendations"], *answer["gaps"])}
    assert "ok" not in verdicts
    assert any("not checked" in r for row in answer["recommendations"] for r in row["safety"]["reasons"])


@pytest.mark.parametrize(
    "allergy",
    ["penicillin", {"text": "Penicillin"}, {"code": "91936005"}, {"code": "7980"}, {"text": "amoxicillin"}],
)
def test_an_allergy_blocks_by_ingredient_group_and_code(allergy):
    found = verdict_of(["amoxicillin"], allergies=[allergy])
    assert found.verdict == "blocked"
    assert any("allergy" in reason.lower() for reason in found.reasons)


def test_what_is_on_the_list_is_a_duplicate_by_ingredient():
    for entry in ("316049", {"text": "HCTZ 12.5 mg"}, {"text": "lisinopril/hydrochlorothiazide 20/12.5"}):
        assert verdict_of(["hydrochlorothiazide"], medications=[entry]).verdict == "blocked"


def test_a_stopped_drug_is_no_duplicate():
    found = verdict_of(["hydrochlorothiazide"], medications=[{"rxcui": "316049", "status": "stopped"}])
    assert found.verdict == "caution" or not any("duplicate" in reason for reason in found.reasons)


@pytest.mark.parametrize(
    "name",
    ["oxycodone", "hydrocodone", "diazepam", "zolpidem", "propofol", "cisplatin", "paclitaxel", "leucovorin"],
)
def test_opioids_sedatives_and_chemotherapy_are_never_suggested(name):
    assert verdict_of([name]).verdict == "blocked"


@pytest.mark.parametrize(
    "more",
    [{"age_years": 17.9}, {"age_years": None}, {"pregnant": True}, {"conditions": ["72892002"]},
     {"gestational_age_weeks": 20}],
)  # fmt: skip
def test_nothing_learned_is_suggested_for_children_in_pregnancy_or_without_an_age(approved, more):
    given = document(**{"conditions": ["38341003"], "sex": "female", **more})
    assert {row["safety"]["verdict"] for row in approved.run(given)["recommendations"]} == {"blocked"}


def test_a_plain_contraindication_blocks():
    """Non-selective beta-blockers in asthma: the knowledge base's own row."""
    assert verdict_of(["propranolol"], conditions=["J45.909"]).verdict == "blocked"


def test_a_critical_interaction_blocks_a_learned_item():
    assert verdict_of(["ibuprofen"], medications=[WARFARIN], conditions=["239873007"]).verdict == "blocked"


def test_an_item_of_unknown_ingredients_is_blocked():
    assert verdict_of([]).verdict == "blocked"


def test_lists_that_were_not_given_are_named():
    house = load_house()
    found = house.judge(["simvastatin"], house.chart(read_patient({"age_years": 60, "sex": "male"})))
    assert {"the drug list was not given whole", "the allergy list was not given whole"} <= set(found.reasons)


def test_no_item_is_open_without_an_active_indication(approved):
    answer = approved.run(document(conditions=[{"code": "38341003", "ended_days_ago": 9}]))
    assert not [row for row in answer["recommendations"] if row["safety"]["verdict"] != "blocked"]


def test_antibiotics_are_not_learned_for_a_viral_infection(approved):
    answer = approved.run(document(conditions=["444814009"], limit=20))
    found = [row for row in answer["recommendations"] if "amoxicillin" in row["ingredients"]]
    assert found
    assert {row["safety"]["verdict"] for row in found} == {"blocked"}


CODES = [
    "38341003",
    "49436004",
    "88805009",
    "44054006",
    "53741008",
    "195967001",
    "431855005",
    "64859006",
    "40055000",
]
DRUGS = ["316049", "855332", "312961", "860975", "866414", "310965", "197361", "197604", "833036"]
ALLERGENS = [
    "penicillin",
    "sulfa",
    "aspirin",
    "simvastatin",
    "metformin",
    "warfarin",
    "digoxin",
    "metoprolol",
]


@settings(max_examples=40, deadline=None)
@given(
    conditions=st.lists(st.sampled_from(CODES), max_size=5, unique=True),
    drugs=st.lists(st.sampled_from(DRUGS), max_size=5, unique=True),
    allergies=st.lists(st.sampled_from(ALLERGENS), max_size=3, unique=True),
    age=st.integers(0, 99),
)
def test_no_open_item_is_allergic_duplicate_or_for_a_child(approved, conditions, drugs, allergies, age):
    given = document(conditions=conditions, medications=drugs, allergies=allergies, age_years=age)
    taken = set(approved.house.chart(read_patient(given)).taken)
    for row in approved.run(given)["recommendations"]:
        if row["safety"]["verdict"] != "blocked":
            own = set(row["ingredients"])
            assert age >= 18
            assert not own & taken
            assert not own & set(allergies)
            assert row["indication"]


def engine(answer):
    seen = []

    def run(asked):
        seen.append(asked)
        return answer

    return EngineSafety(run), seen


@pytest.mark.parametrize(
    ("answer", "word"),
    [
        ({"alerts": [], "not_checked": []}, "ok"),
        ({"alerts": [{"rule": "X", "severity": "critical", "summary": "s"}], "not_checked": []}, "blocked"),
        ({"alerts": [{"rule": "X", "severity": "warning", "summary": "s"}], "not_checked": []}, "caution"),
        ({"alerts": [{"rule": "X", "severity": "info", "summary": "s"}], "not_checked": []}, "caution"),
        ({"alerts": [], "not_checked": [{"item": "y", "reason": "z"}]}, "caution"),
    ],
)
def test_an_engine_answers_by_its_published_record(answer, word):
    safety, seen = engine(answer)
    labs = {
        "2160-0": [{"value": 2, "unit": "mg/dL", "days_ago": 9}, {"value": 1, "unit": "mg/dL", "days_ago": 1}]
    }
    given = document(medications=["316049", {"text": "aspirin", "days_ago": 4}], labs=labs)
    assert safety.judge("855332", "Warfarin", given).verdict == word
    asked = seen[0]
    assert asked["draft"] == [{"text": "Warfarin", "rxcui": "855332"}]
    assert all(
        isinstance(row, dict) for key in ("medications", "conditions", "allergies") for row in asked[key]
    )
    assert asked["labs"]["2160-0"]["value"] == 1


def test_an_engine_that_fails_is_caution_never_ok():
    def broken(_asked):
        raise BadInput("no such drug", pointer="/draft/0")

    assert EngineSafety(broken).judge("1", "x", document()).verdict == "caution"
    assert Unchecked().judge("1", "x", document()).verdict == "caution"


def test_as_it_is_served_the_engine_judges_too():
    labs = {"2160-0": {"value": 0.9, "unit": "mg/dL", "days_ago": 5}}
    given = document(conditions=["38341003", "E55.9"], medications=[{"text": "vitamin D3"}], labs=labs)
    rows = model.load(NAME).run(given)["recommendations"]
    assert {"ok", "caution"} & {row["safety"]["verdict"] for row in rows}
    assert not any("no medication-safety engine" in r for row in rows for r in row["safety"]["reasons"])


def test_the_worse_of_two_verdicts_holds_with_all_reasons():
    joined = Verdict("caution", ("a",)).joined(Verdict("blocked", ("b",)))
    assert (joined.verdict, joined.reasons) == ("blocked", ("b", "a"))


def test_what_may_be_shown_is_never_blocked_and_gaps_come_first(approved):
    answer = approved.run(document(conditions=["49436004", "38341003", "44054006"], limit=20))
    shown = suggestions(answer, limit=3)
    assert 0 < len(shown) <= 3
    assert "blocked" not in {row["safety"]["verdict"] for row in shown}
    kinds = [row["kind"] for row in shown]
    assert kinds == sorted(kinds)


def test_the_engine_sees_every_code_of_a_diagnosis():
    safety, seen = engine({"alerts": [], "not_checked": []})
    codes = [{"code": "E11.22", "system": "http://hl7.org/fhir/sid/icd-10-cm"}]
    row = {"code": "127013003", "system": "http://snomed.info/sct", "codes": codes}
    safety.judge("1", "x", document(conditions=[row, "I10"]))
    assert [one["code"] for one in seen[0]["conditions"]] == ["127013003", "E11.22", "I10"]
