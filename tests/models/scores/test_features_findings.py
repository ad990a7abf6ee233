"""What a finding says: level reached, what it was before, and that order and names do not matter."""

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from score_records import (
    OTHER_DX,
    coded,
    days,
    drug,
    dx,
    encounter,
    findings,
    listed,
    obs,
    prevent_facts,
    record,
    vitals,
)

from models.base import NoDeadline
from models.record import LOINC, Code, Fact, Quantity
from models.scores.definition import load_all
from models.scores.rules import load_rules

NOW = "Encounter/now"
CKD = [dx("N18.32"), obs("creatinine", 2.19, days(12)), obs("acr", 500, days(12))]


class Spent:
    """A deadline that lets so many units of work begin."""

    def __init__(self, units):
        self.units = units

    def left(self):
        self.units -= 1
        return 1.0 if self.units >= 0 else 0.0


def kfre(*facts):
    return findings(record(CKD, *facts, sex="male"))["kfre"]


def test_the_card_that_sets_the_standard_is_reproduced():
    found = kfre(obs("creatinine", 2.05, days(150)), obs("acr", 430, days(150)))
    assert found.values["risk_2y"] == pytest.approx(0.073, abs=5e-4)
    assert found.values["risk_5y"] == pytest.approx(0.2117, abs=1e-3)
    assert found.reached["topic"] == "KFREreferral"
    assert found.detail["not_reached"] == ["multidisciplinary care from above 10 % at 2 years"]


def test_the_score_before_the_newest_input_is_told():
    found = kfre(obs("creatinine", 2.05, days(150)), obs("acr", 430, days(150)))
    previous = found.detail["previous"]
    assert previous["minutes_ago"] == days(150)
    assert 0 < previous["values"]["risk_5y"] < found.values["risk_5y"]
    assert found.detail["changed_band"] is False


def test_a_change_of_band_is_told():
    found = kfre(obs("creatinine", 1.7, days(150)), obs("acr", 40, days(150)))
    assert found.detail["previous"]["band"] != found.band
    assert found.detail["changed_band"] is True


def test_a_deterioration_between_two_observation_sets_is_told():
    calm = vitals(300, rr=16, spo2=97, sbp=130, hr=80, temp=37, o2flow=0)
    here = {"current_encounter": NOW, "age_years": 70.0}
    found = findings(record(calm, vitals(20), dx(OTHER_DX), encounter("EMER"), **here))["news2"]
    assert (found.value, found.detail["previous"]["value"]) == (10, 0)
    assert found.detail["previous"]["minutes_ago"] == 300
    assert found.detail["changed_band"] is True


def test_nothing_before_is_said_to_be_nothing():
    assert kfre().detail["previous"] is None


def test_the_last_level_reached_counts_and_all_are_told():
    facts = [dx("N18.5"), obs("creatinine", 6.0, days(12)), obs("acr", 3000, days(12))]
    found = findings(record(facts, sex="male"))["kfre"]
    assert found.reached["topic"] == "KFREreplacement"
    assert [row["topic"] for row in found.detail["all_reached"]] == [
        "KFREreferral",
        "KFREmultidisciplinary",
        "KFREreplacement",
    ]


def test_a_level_row_is_plain_data_with_guideline_year_and_address():
    row = kfre().reached
    assert set(row) == {"topic", "label", "guideline", "year", "url", "indicator", "consider", "output"}
    assert row["year"] == 2024
    assert row["url"].startswith("https://")


def test_a_changed_row_does_not_change_the_rule():
    kfre().reached["topic"] = "other"
    assert kfre().reached["topic"] == "KFREreferral"


def test_an_empty_drug_list_makes_the_level_an_assumption():
    found = findings(record(dx("I48.0"), dx("I10"), dx("E11.9"), lists=listed(medication="empty")))[
        "cha2ds2-va"
    ]
    assert found.reached
    assert found.detail["assumed_none"] is True


def test_an_unread_drug_list_is_said_beside_the_level():
    found = findings(record(dx("I48.0"), dx("I10"), dx("E11.9"), lists=listed(medication="failed")))[
        "cha2ds2-va"
    ]
    assert any("anticoagulant" in note and "not known" in note for note in found.notes)


def test_item_9_is_a_finding_of_its_own_without_the_rest():
    found = findings(record(coded("44260-8", Quantity(1, "{score}"), 60)))
    item = found["phq-9-item-9"]
    assert item.kind == "rule"
    assert item.reached["topic"] == "PHQ9item9"
    assert found["phq-9"].value is None


def test_item_9_answered_with_not_at_all_reaches_nothing_and_silence_is_no_finding():
    assert findings(record(coded("44260-8", Code(LOINC, "LA6568-5"), 60)))["phq-9-item-9"].reached == {}
    assert "phq-9-item-9" not in findings(record())


def test_the_newest_answer_to_item_9_decides():
    facts = [coded("44260-8", Quantity(2, "{score}"), days(9)), coded("44260-8", Quantity(0, "{score}"), 60)]
    assert findings(record(facts))["phq-9-item-9"].reached == {}


def test_scores_begun_after_the_deadline_say_so():
    found = findings(record(prevent_facts(), age_years=50.0), deadline=Spent(3))
    late = [f for f in found.values() if f.detail.get("out_of_time")]
    assert len(late) == len(found) - 3 * 4, "the clock is looked at before every fourth score"
    assert all("deadline" in f.notes[0] and not f.applies for f in late)


def test_every_enabled_score_has_one_finding_and_switched_off_ones_none():
    found = findings(record())
    assert set(found) == set(load_all()) - {"pce", "cha2ds2-vasc"}
    assert "kfre" not in findings(record(), off=["kfre"])


def test_numbers_of_scores_that_do_not_apply_can_be_left_out():
    of = record(dx("I10"), age_years=60.0)
    assert findings(of)["cha2ds2-va"].value == 1
    assert findings(of, all_values=False)["cha2ds2-va"].value is None


def test_every_definition_has_a_rule_and_every_topic_is_stable_text():
    rules = load_rules()
    assert set(load_all()) <= set(rules)
    assert all(rule.topic.isalnum() for rule in rules.values())


def anonymous(found):
    """Return findings without the references, which are pseudonyms."""
    return {
        code: replace(f, inputs=tuple(replace(line, ref="") for line in f.inputs))
        for code, f in found.items()
    }


RICH = [
    *prevent_facts(),
    *vitals(),
    *CKD,
    obs("creatinine", 2.05, days(150)),
    obs("creatinine", 2.3, days(150), ref="Observation/twin"),
    obs("sodium", 137, 60),
    dx("I48.0"),
    dx("I10"),
    drug("Apixaban 5 MG Oral Tablet"),
    encounter("EMER"),
]
BASE = anonymous(findings(record(RICH, current_encounter=NOW)))


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000))
def test_the_order_of_facts_changes_no_finding(seed):
    shuffled = list(RICH)
    Random(seed).shuffle(shuffled)
    assert anonymous(findings(record(shuffled, current_encounter=NOW))) == BASE


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10_000))
def test_the_names_of_references_change_no_finding(seed):
    random = Random(seed)
    renamed = [replace(f, ref=f"{f.kind}/{random.random()}") if f.ref != NOW else f for f in RICH]
    assert anonymous(findings(record(renamed, current_encounter=NOW))) == BASE


IRRELEVANT = [
    Fact(
        "immunization",
        (Code("http://hl7.org/fhir/sid/cvx", "140"),),
        minutes_ago=days(30),
        status="completed",
    ),
    Fact("allergy", (Code("http://snomed.info/sct", "91936005"),), status="active"),
    Fact(
        "observation", (Code(LOINC, "72514-3"),), value=Quantity(3, "{score}"), minutes_ago=50, status="final"
    ),
    Fact("family-history", (Code("http://hl7.org/fhir/sid/icd-10-cm", "E11.9"),)),
    dx("H25.9"),
    drug("Latanoprost 0.005 % Ophthalmic Solution"),
]


@settings(max_examples=15, deadline=None)
@given(st.lists(st.sampled_from(IRRELEVANT), unique_by=id))
def test_irrelevant_facts_change_no_finding(extra):
    assert anonymous(findings(record(RICH, extra, current_encounter=NOW))) == BASE


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 400))
def test_an_older_value_never_changes_the_number(age):
    older = obs("acr", 900, days(12) + days(age))
    found = findings(record(RICH, older, current_encounter=NOW))["kfre"]
    assert found.values == BASE["kfre"].values


def test_a_record_is_read_the_same_twice():
    of = record(RICH, current_encounter=NOW)
    assert findings(of, deadline=NoDeadline()) == findings(of)
