"""Guideline gaps: each opens for its population, and stays shut for what excludes it."""

import pytest
from made_lives import document

from models.recommender.drugs import load
from models.recommender.gap_rows import GapError, load_gaps, read
from models.recommender.gaps import GapFinder
from models.recommender.house import load_house
from models.recommender.patient import read_patient
from models.recommender.safety import Unchecked

WOMAN = {"sex": "female"}
HFREF, T2D, T1D, CKD, AF, MI, FRACTURE = "I50.22", "E11.9", "E10.9", "N18.30", "I48.91", "I25.2", "443165006"
ACR = "9318-7"


def lab(value, unit, days_ago=5):
    return {"value": value, "unit": unit, "days_ago": days_ago}


CREATININE_OK = {"2160-0": lab(1.0, "mg/dL")}
POTASSIUM = {"2823-3": lab(4.2, "mmol/L")}
CONFIRMED = {ACR: [lab(320, "mg/g", 10), lab(290, "mg/g", 130)]}
SEVERE = {ACR: [lab(320, "mg/g", 10), lab(310, "mg/g", 130)]}
TEN_DAYS_APART = {ACR: [lab(320, "mg/g", 10), lab(290, "mg/g", 20)]}
LOSARTAN = {"text": "losartan 50 mg"}
OXYCODONE = {"text": "oxycodone 20 mg", "dose": {"value": 20, "unit": "mg"}, "times_per_day": 3}
OXYCODONE_TABLETS = {
    "text": "oxycodone 20 MG Oral Tablet",
    "dose": {"value": 1, "unit": "tablet"},
    "times_per_day": 2,
}
EXPECTING = {"sex": "female", "age_years": 30, "pregnant": True, "gestational_age_weeks": 14}
OPEN = [
    ("GAPhfBetaBlocker", {"conditions": [HFREF]}),
    ("GAPhfRaas", {"conditions": [HFREF]}),
    ("GAPhfMra", {"conditions": [HFREF], "labs": {**CREATININE_OK, **POTASSIUM}}),
    ("GAPhfSglt2i", {"conditions": [HFREF]}),
    ("GAPhfBetaBlocker", {"conditions": ["I50.9"], "labs": {"10230-1": lab(30, "%")}}),
    ("GAPsglt2iCkdT2d", {"conditions": [T2D, CKD], "labs": CREATININE_OK}),
    ("GAPsglt2iHfT2d", {"conditions": [T2D, "I50.30"]}),
    ("GAPsglt2iCkd", {"conditions": ["N18.32"], "labs": {**SEVERE, **CREATININE_OK}}),
    ("GAPmiAspirin", {"conditions": [MI]}),
    ("GAPmiP2y12", {"conditions": [{"code": "I21.4", "days_ago": 40}]}),
    ("GAPmiStatin", {"conditions": [MI]}),
    ("GAPmiBetaBlocker", {"conditions": [{"code": "I21.4", "days_ago": 40}]}),
    ("GAPmiRaas", {"conditions": [MI, "I10"]}),
    ("GAPstatinAscvd", {"conditions": ["I25.10"]}),
    ("GAPstatinDiabetes", {"conditions": [T2D]}),
    ("GAPosteoporosisFracture", {"conditions": [FRACTURE], "age_years": 70}),
    ("GAPnaloxoneOpioid", {"medications": [OXYCODONE]}),
    ("GAPnaloxoneOpioid", {"medications": [{"text": "oxycodone 5 mg"}, {"text": "lorazepam 1 mg"}]}),
    ("GAPnaloxoneOpioid", {"medications": [OXYCODONE_TABLETS]}),
    ("GAPnaloxoneOpioid", {"medications": [{"text": "OxyContin 30 mg every 12 hours"}]}),
    ("GAPvaccinePneumococcal", {"immunizations": []}),
    ("GAPvaccineInfluenza", {"immunizations": [{"cvx": "150", "days_ago": 500}]}),
    ("GAPvaccineZoster", {"immunizations": [{"cvx": "187", "days_ago": 500}]}),
    ("GAPvaccineRsv", {"immunizations": [], "age_years": 76}),
    ("GAPvaccineRsv", {"immunizations": [], "age_years": 61, "conditions": ["J44.9"]}),
    ("GAPaspirinPreeclampsia", {**WOMAN, "age_years": 30, "pregnant": True, "gestational_age_weeks": 14}),
    ("GAPaspirinPreeclampsia", {**EXPECTING, "conditions": ["O10.012"]}),
    ("GAPaspirinPreeclampsia", {**EXPECTING, "conditions": ["O24.112"]}),
    ("GAPraasAlbuminuriaDiabetes", {"conditions": [T2D], "labs": CONFIRMED}),
    ("GAPraasAlbuminuria", {"conditions": ["I10"], "labs": SEVERE}),
    ("GAPanticoagulationAf", {"conditions": [AF, "I10", T2D]}),
]  # fmt: skip
SHUT = [
    ("GAPhfBetaBlocker", {"conditions": [HFREF], "medications": [{"text": "carvedilol 6.25 mg"}]}),
    ("GAPhfBetaBlocker", {"conditions": [HFREF, "I44.2"]}),
    ("GAPhfBetaBlocker", {"conditions": ["I50.9"], "labs": {"10230-1": lab(60, "%")}}),
    ("GAPhfRaas", {"conditions": [HFREF, "T78.3XXA"]}),
    ("GAPhfMra", {"conditions": [HFREF], "labs": {**CREATININE_OK, "2823-3": lab(5.4, "mmol/L")}}),
    ("GAPhfMra", {"conditions": [HFREF], "labs": {"2160-0": lab(4.0, "mg/dL"), **POTASSIUM}}),
    ("GAPsglt2iCkdT2d", {"conditions": [T1D, CKD], "labs": CREATININE_OK}),
    ("GAPsglt2iCkdT2d", {"conditions": [T2D, CKD], "labs": {"2160-0": lab(6.0, "mg/dL")}}),
    ("GAPsglt2iCkdT2d", {"conditions": [T2D, CKD], "labs": CREATININE_OK,
                         "medications": [{"text": "empagliflozin 10 mg"}]}),
    ("GAPmiAspirin", {"conditions": [MI], "medications": [{"text": "apixaban 5 mg"}]}),
    ("GAPmiP2y12", {"conditions": [{"code": "I21.4", "days_ago": 500}]}),
    ("GAPstatinAscvd", {"conditions": ["I25.10"], "age_years": 80}),
    ("GAPstatinDiabetes", {"conditions": [T2D], "age_years": 39}),
    ("GAPstatinDiabetes", {"conditions": [T2D], "medications": ["312961"]}),
    ("GAPosteoporosisFracture", {"conditions": [FRACTURE], "medications": ["904419"], "age_years": 70}),
    ("GAPsglt2iCkd", {"conditions": ["N18.32", "E10.22"], "labs": {**SEVERE, **CREATININE_OK}}),
    ("GAPsglt2iCkd", {"conditions": ["N18.32"], "labs": {**TEN_DAYS_APART, **CREATININE_OK}}),
    ("GAPsglt2iCkd", {"conditions": ["N18.4"], "labs": {**SEVERE, "2160-0": lab(4.4, "mg/dL")}}),
    ("GAPnaloxoneOpioid", {"medications": [{**OXYCODONE, "times_per_day": 1}]}),
    ("GAPnaloxoneOpioid", {"medications": [{**OXYCODONE_TABLETS, "times_per_day": 1}]}),
    ("GAPnaloxoneOpioid", {"medications": [{"text": "oxycodone", "dose": {"value": 1, "unit": "tablet"}}]}),
    ("GAPaspirinPreeclampsia", {**EXPECTING, "conditions": ["O24.410"]}),
    ("GAPnaloxoneOpioid", {"medications": [OXYCODONE, {"text": "naloxone nasal spray"}]}),
    ("GAPvaccinePneumococcal", {"immunizations": ["216"]}),
    ("GAPvaccinePneumococcal", {"immunizations": [], "age_years": 49}),
    ("GAPvaccineInfluenza", {"immunizations": [{"cvx": "150", "days_ago": 100}]}),
    ("GAPvaccineZoster", {"immunizations": ["187", "187"]}),
    ("GAPvaccineRsv", {"immunizations": [], "age_years": 61}),
    ("GAPaspirinPreeclampsia", {**WOMAN, "age_years": 30, "pregnant": True, "gestational_age_weeks": 34,
                                "conditions": ["I10"]}),
    ("GAPraasAlbuminuriaDiabetes", {"conditions": [T2D], "labs": {ACR: lab(320, "mg/g")}}),
    ("GAPraasAlbuminuriaDiabetes", {"conditions": [T2D], "labs": TEN_DAYS_APART}),
    ("GAPraasAlbuminuriaDiabetes", {"conditions": [T2D], "labs": CONFIRMED, "medications": [LOSARTAN]}),
    ("GAPanticoagulationAf", {"conditions": [AF]}),
    ("GAPanticoagulationAf", {"conditions": [AF, "I10", T2D], "medications": ["855332"]}),
    ("GAPanticoagulationAf", {"conditions": [AF, "I10", T2D, "Z95.2"]}),
    ("GAPanticoagulationAf", {"conditions": [AF, "I10", T2D, "Z51.5"]}),
]  # fmt: skip


def found(af_score="cha2ds2-va", **more):
    house = load_house()
    given = document(**more)
    finder = GapFinder(load_gaps(), house, Unchecked(), af_score)
    return finder.find(house.chart(read_patient(given)), given)


def topics(rows):
    return {topic for row in rows for topic in (row["topic"], *row["also"])}


@pytest.mark.parametrize(("topic", "more"), OPEN)
def test_a_gap_opens_for_its_population(topic, more):
    rows, _ = found(**more)
    assert topic in topics(rows)


@pytest.mark.parametrize(("topic", "more"), SHUT)
def test_a_gap_stays_shut_where_it_does_not_apply(topic, more):
    rows, _ = found(**more)
    assert topic not in topics(rows)


def test_every_rule_is_tried_both_ways():
    known = {gap.topic for gap in load_gaps()}
    assert known - {topic for topic, _ in OPEN} == {"GAPstatinPrevent"}


def test_a_statin_by_calculated_risk_is_computed_from_the_record():
    labs = {
        "2093-3": lab(240, "mg/dL"),
        "2085-9": lab(38, "mg/dL"),
        "8480-6": lab(150, "mm[Hg]"),
        **CREATININE_OK,
    }
    high = {"age_years": 65, "conditions": ["I10"], "labs": labs, "current_smoker": True,
            "weight_kg": 85, "height_cm": 175}  # fmt: skip
    rows, _ = found(**high)
    assert "GAPstatinPrevent" in topics(rows)
    rows, _ = found(**{**high, "current_smoker": None})
    assert "GAPstatinPrevent" not in topics(rows)
    low = {**high, "age_years": 40, "current_smoker": False, "conditions": ["J30.9"],
           "labs": {**labs, "8480-6": lab(112, "mm[Hg]"), "2093-3": lab(160, "mg/dL")}}  # fmt: skip
    assert "GAPstatinPrevent" not in topics(found(**low)[0])


def test_the_stroke_score_is_a_setting_and_sex_counts_only_in_one():
    woman = {**WOMAN, "age_years": 60, "conditions": [AF, "I10"]}
    assert "GAPanticoagulationAf" not in topics(found(**woman)[0])
    assert "GAPanticoagulationAf" not in topics(found("cha2ds2-vasc", **woman)[0])
    older = {**woman, "age_years": 66}
    assert "GAPanticoagulationAf" in topics(found("cha2ds2-vasc", **older)[0])


def test_what_cannot_be_decided_is_named_with_what_is_lacking():
    rows, undecided = found(conditions=[T2D, CKD])
    assert "GAPsglt2iCkdT2d" not in topics(rows)
    (one,) = (row for row in undecided if row["topic"] == "GAPsglt2iCkdT2d")
    assert any("eGFR" in words for words in one["missing"])


def test_a_drug_list_that_was_not_given_never_means_no_drug():
    rows, undecided = found(conditions=[HFREF], medications=None)
    assert not topics(rows)
    assert any("medications" in row["missing"] for row in undecided)


def test_an_empty_drug_list_is_assumed_none_and_says_so():
    rows, _ = found(conditions=[HFREF], medications=[])
    assert rows
    assert all("the list of medications is empty: assumed none" in row["not_known"] for row in rows)


def test_unknown_pregnancy_is_not_not_pregnant():
    rows, _ = found(**{**WOMAN, "age_years": 42, "conditions": [T2D]})
    (row,) = (row for row in rows if row["topic"] == "GAPstatinDiabetes")
    assert "whether pregnant" in row["not_known"]


def test_one_gap_of_a_family_speaks_for_the_others():
    rows, _ = found(conditions=[T2D, CKD, HFREF], labs=CREATININE_OK)
    sglt2 = [row for row in rows if "gliflozin" in row["name"]]
    assert [row["topic"] for row in sglt2] == ["GAPsglt2iCkdT2d"]
    assert {"GAPsglt2iHfT2d", "GAPhfSglt2i"} <= set(sglt2[0]["also"])


def test_an_allergy_moves_the_proposal_to_another_drug():
    rows, _ = found(conditions=[MI], allergies=[{"text": "atorvastatin"}])
    (row,) = (row for row in rows if row["topic"] == "GAPmiStatin")
    assert row["name"] == "rosuvastatin"
    refused = {one["name"]: one["safety"]["verdict"] for one in row["alternatives"]}
    assert refused["atorvastatin"] == "blocked"


def test_every_row_says_where_it_stands_and_what_to_ask():
    for gap in load_gaps():
        assert gap.url.startswith("https://")
        assert 2010 < gap.year <= 2026
        assert gap.strength
        assert gap.ask
        assert gap.topic.startswith("GAP")
        assert len(gap.says) < 180


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ('condition = ["atrial_fibrillation"]', 'condition = ["no-such"]'),
        ('already = ["anticoagulant"]', 'already = ["no-such"]'),
        ('strength = "1A"', 'strong = "1A"'),
        ('lab = "egfr"', 'lab = "no-such"'),
        ("{ score =", "{ scoer ="),
    ],
)
def test_a_row_with_an_unknown_name_is_refused(wrong, right):
    from importlib import resources

    text = (resources.files("models.recommender") / "gaps.toml").read_text(encoding="utf-8")
    assert wrong in text
    with pytest.raises(GapError):
        read(text.replace(wrong, right), load())
