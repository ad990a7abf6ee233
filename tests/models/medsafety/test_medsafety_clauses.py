"""Every clause of the rules' language says yes, no or not known as the record tells."""

from typing import Any

import pytest
from safety_world import chart, rule, rules_of, world

from models.medsafety.answers import _ANSWERS

POTASSIUM, CREATININE, DIGOXIN = "2823-3", "2160-0", "10535-3"
YES, NO, UNKNOWN = "critical", None, "info"


def lab(code: str, value: float, unit: str, days: float = 1, **more: Any) -> dict[str, Any]:
    return {"labs": {code: {"value": value, "unit": unit, "days_ago": days, **more}}}


def sick(code: str, **more: Any) -> dict[str, Any]:
    return {"conditions": [{"code": code, "status": "active", **more}]}


def drafted(text: str, **more: Any) -> dict[str, Any]:
    return {"draft": [{"text": text, **more}]}


def taking(*texts: str) -> dict[str, Any]:
    return {"medications": [{"text": text} for text in texts]}


def over(text: str, days: float) -> dict[str, Any]:
    return {"medications": [{"text": text, "status": "stopped", "ended_days_ago": days}]}


WOMAN = {"sex": "female", "age_years": 30}
CASES: list[tuple[str, str, dict[str, Any], str | None]] = [
    ("lab", "lab potassium >= 5.0 mmol/L", lab(POTASSIUM, 5.0, "mmol/L"), YES),
    ("lab", "lab potassium >= 5.0 mmol/L", lab(POTASSIUM, 4.99, "mmol/L"), NO),
    ("lab", "lab potassium >= 5.0 mmol/L", {}, UNKNOWN),
    ("lab", "lab potassium >= 5.0 mmol/L within 30 d", lab(POTASSIUM, 6, "mmol/L", 31), UNKNOWN),
    ("lab", "lab potassium >= 5.0 mmol/L within 30 d", lab(POTASSIUM, 6, "mmol/L", 30), YES),
    ("lab", "lab potassium >= 5.0 mmol/L", lab(POTASSIUM, 5.4, "meq/L"), YES),
    ("lab", "lab creatinine > 1.5 mg/dL", lab(CREATININE, 200, "umol/L"), YES),
    ("lab", "lab creatinine > 1.5 mg/dL", lab(CREATININE, 100, "umol/L"), NO),
    ("lab", "lab digoxin < 0.9 ng/mL", lab(DIGOXIN, 0.5, "ng/mL", comparator="<"), YES),
    ("lab", "lab digoxin < 0.9 ng/mL", lab(DIGOXIN, 2, "ng/mL", comparator="<"), UNKNOWN),
    ("lab", "lab digoxin > 0.9 ng/mL", lab(DIGOXIN, 0.5, "ng/mL", comparator="<"), NO),
    ("lab", "lab digoxin > 0.9 ng/mL", lab(DIGOXIN, 4, "ng/mL", comparator=">"), YES),
    ("lab", "lab digoxin < 0.9 ng/mL", lab(DIGOXIN, 4, "ng/mL", comparator=">"), NO),
    ("lab-missing", "lab potassium missing", {}, YES),
    ("lab-missing", "lab potassium missing", lab(POTASSIUM, 4, "mmol/L"), NO),
    ("lab-missing", "lab potassium missing within 7 d", lab(POTASSIUM, 4, "mmol/L", 8), YES),
    ("age", "age >= 65 y", {"age_years": 65}, YES),
    ("age", "age >= 65 y", {"age_years": 64.9}, NO),
    ("age", "age < 2 mo", {"age_years": 0.1}, YES),
    ("age", "age >= 65 y", {"age_years": None}, UNKNOWN),
    ("age-missing", "age missing", {"age_years": None}, YES),
    ("age-missing", "age missing", {}, NO),
    ("weight", "weight <= 60 kg", {"weight_kg": 60}, YES),
    ("weight", "weight <= 60 kg", {"weight_kg": 61}, NO),
    ("weight", "weight <= 60 kg", {}, UNKNOWN),
    ("sex", "sex female", {"sex": "female"}, YES),
    ("sex", "sex female", {"sex": "male"}, NO),
    ("sex", "sex female", {"sex": "unknown"}, UNKNOWN),
    ("sex", "sex female", {"sex": "other"}, UNKNOWN),
    ("drug", "drug nsaid", taking("ibuprofen 400 mg"), YES),
    ("drug", "drug nsaid", taking("omeprazole 20 mg"), NO),
    ("drug", "drug nsaid", {"medications": None}, UNKNOWN),
    ("drug", "drug nsaid", taking("diclofenac 1 % topical gel"), NO),
    ("drug", "drug nsaid @topical", taking("diclofenac 1 % topical gel"), YES),
    ("drug", "drug nsaid", over("ibuprofen 400 mg", 3), NO),
    ("drug", "no drug omeprazole", {}, YES),
    ("drug", "no drug omeprazole", taking("omeprazole 20 mg"), NO),
    ("drug", "no drug omeprazole", {"medications": None}, UNKNOWN),
    ("history", "history nsaid within 7 d", over("ibuprofen 400 mg", 7), YES),
    ("history", "history nsaid within 7 d", over("ibuprofen 400 mg", 8), NO),
    ("history", "history nsaid within 7 d", taking("ibuprofen 400 mg"), YES),
    ("history", "history nsaid within 7 d", {"medications": None}, UNKNOWN),
    ("history", "history warfarin within 7 d", {}, NO),
    ("count", "count nsaid >= 2", taking("ibuprofen 400 mg", "naproxen 220 mg"), YES),
    ("count", "count nsaid >= 2", taking("ibuprofen 400 mg", "ibuprofen 600 mg"), NO),
    ("condition", "condition gi_bleeding", sick("K92.2"), YES),
    ("condition", "condition gi_bleeding", sick("I10"), NO),
    ("condition", "condition gi_bleeding", {"conditions": None}, UNKNOWN),
    ("condition", "condition gi_bleeding", sick("K92.2", verification_status="provisional"), UNKNOWN),
    ("condition", "condition gi_bleeding", sick("K92.2", verification_status="refuted"), NO),
    ("condition", "condition gi_bleeding", {"conditions": [{"code": "K92.2", "status": "resolved"}]}, YES),
    (
        "condition",
        "condition acute_kidney_injury",
        {"conditions": [{"code": "N17.9", "status": "resolved"}]},
        NO,
    ),
    ("condition", "condition acute_kidney_injury", sick("N17.9"), YES),
    ("condition", "condition gi_bleeding within 30 d", sick("K92.2", days_ago=31), NO),
    ("condition", "no condition gi_bleeding", sick("I10"), YES),
    ("procedure", "procedure pacemaker", sick("Z95.0"), YES),
    ("procedure", "procedure pacemaker", {}, NO),
    ("indication", "indication atrial_fibrillation", drafted("warfarin 5 mg", indication="I48.91"), YES),
    ("indication", "indication atrial_fibrillation", drafted("warfarin 5 mg", indication="I82.401"), NO),
    ("indication", "indication atrial_fibrillation", {}, UNKNOWN),
    ("route", "route a oral", drafted("warfarin 5 mg", route="oral"), YES),
    ("route", "route a intravenous", drafted("warfarin 5 mg", route="oral"), NO),
    ("route", "not route a intravenous", drafted("warfarin 5 mg", route="oral"), YES),
    ("form", "form a tablet", drafted("Warfarin Sodium 5 MG Oral Tablet"), YES),
    ("form", "form a extended release", drafted("Warfarin Sodium 5 MG Oral Tablet"), NO),
    ("form", "form a tablet", drafted("warfarin"), UNKNOWN),
    ("dose", "dose a > 5 mg/d", drafted("warfarin 5 mg bid"), YES),
    ("dose", "dose a > 5 mg/d", drafted("warfarin 5 mg daily"), NO),
    ("dose", "dose a > 5 mg/d", drafted("warfarin 5 mg"), UNKNOWN),
    ("dose", "dose a > 0.1 mg/kg/d", {**drafted("warfarin 10 mg daily"), "weight_kg": 80}, YES),
    ("dose", "dose a > 0.1 mg/kg/d", drafted("warfarin 10 mg daily"), UNKNOWN),
    (
        "dose",
        "dose a > 5 mg/d",
        drafted("warfarin", dose={"value": 6000, "unit": "ug"}, times_per_day=1),
        YES,
    ),
    ("total", "total nsaid > 1000 mg/d", taking("ibuprofen 400 mg tid"), YES),
    ("total", "total nsaid > 1000 mg/d", taking("ibuprofen 400 mg bid"), NO),
    ("total", "total nsaid > 1000 mg/d", taking("ibuprofen 400 mg bid", "naproxen 250 mg bid"), YES),
    ("total", "total nsaid > 1000 mg/d", taking("ibuprofen 400 mg"), UNKNOWN),
    ("mme", "mme opioid >= 50", taking("oxycodone 10 mg po q6h"), YES),
    ("mme", "mme opioid >= 50", taking("oxycodone 5 mg po q6h"), NO),
    ("mme", "mme opioid >= 50", taking("oxycodone"), UNKNOWN),
    ("single", "single a > 5 mg", drafted("warfarin 7.5 mg"), YES),
    ("single", "single a > 5 mg", drafted("warfarin 5 mg"), NO),
    ("single", "single a > 5 mg", drafted("warfarin"), UNKNOWN),
    ("frequency", "frequency a >= 2 /d", drafted("warfarin 5 mg bid"), YES),
    ("frequency", "frequency a >= 2 /d", drafted("warfarin 5 mg daily"), NO),
    ("frequency", "frequency a > 1 /wk", drafted("warfarin 5 mg weekly"), NO),
    ("frequency", "frequency a >= 2 /d", drafted("warfarin 5 mg"), UNKNOWN),
    ("duration", "duration a > 5 d", drafted("warfarin 5 mg daily for 7 days"), YES),
    ("duration", "duration a > 5 d", drafted("warfarin 5 mg daily for 5 days"), NO),
    ("duration", "duration a > 5 d", drafted("warfarin 5 mg daily"), UNKNOWN),
    ("prn", "prn a", drafted("warfarin 5 mg prn"), YES),
    ("prn", "prn a", drafted("warfarin 5 mg daily"), NO),
    ("prn", "not prn a", drafted("warfarin 5 mg daily"), YES),
    ("prn", "prn a", drafted("warfarin 5 mg daily", prn=True), YES),
    ("new", "new a", {}, YES),
    ("new", "new a", taking("Coumadin 2 mg"), NO),
    ("new", "not new a", taking("Coumadin 2 mg"), YES),
    ("new", "new a", over("Coumadin 2 mg", 30), YES),
    ("since", "since a < 14 d", {}, YES),
    ("since", "since a > 14 d", {}, NO),
    ("pair", "pair nsaid + omeprazole", taking("ibuprofen 400 mg", "omeprazole 20 mg"), YES),
    ("pair", "pair nsaid + omeprazole", taking("ibuprofen 400 mg"), NO),
    ("gestation", "gestation >= 20 wk", {**WOMAN, "pregnant": True, "gestational_age_weeks": 20}, YES),
    ("gestation", "gestation >= 20 wk", {**WOMAN, "pregnant": True, "gestational_age_weeks": 19}, NO),
    ("gestation", "gestation >= 20 wk", {**WOMAN, "pregnant": True}, UNKNOWN),
    ("gestation", "gestation >= 20 wk", {**WOMAN, "pregnant": False}, NO),
    ("gestation", "gestation >= 20 wk", WOMAN, UNKNOWN),
    ("gestation", "gestation >= 20 wk", {}, NO),
    ("gestation-missing", "gestation missing", {**WOMAN, "pregnant": True}, YES),
    ("gestation-missing", "gestation missing", {**WOMAN, "pregnant": True, "trimester": 2}, NO),
    ("gestation-missing", "gestation missing", WOMAN, NO),
    ("trimester", "trimester 1", {**WOMAN, "pregnant": True, "gestational_age_weeks": 13}, YES),
    ("trimester", "trimester 2|3", {**WOMAN, "pregnant": True, "gestational_age_weeks": 13}, NO),
    ("trimester", "trimester 2|3", {**WOMAN, "trimester": 3}, YES),
    ("trimester", "trimester 1", {**WOMAN, "pregnant": True}, UNKNOWN),
    ("trimester", "trimester 1", WOMAN, UNKNOWN),
    ("pregnancy", "pregnancy", {**WOMAN, "pregnant": True}, YES),
    ("pregnancy", "pregnancy", {**WOMAN, "pregnant": False}, NO),
    ("pregnancy", "pregnancy", WOMAN, UNKNOWN),
    ("pregnancy", "pregnancy", {"sex": "female", "age_years": 70}, NO),
    ("pregnancy", "pregnancy", {"sex": "unknown", "age_years": 30}, UNKNOWN),
    ("pregnancy", "pregnancy", {"sex": "male", "age_years": 30, "pregnant": True}, YES),
    ("pregnancy", "pregnancy", {"sex": "male", "age_years": 30, "conditions": None}, UNKNOWN),
    ("pregnancy", "no pregnancy", {**WOMAN, "pregnant": False}, YES),
    ("pregnancy", "no pregnancy", WOMAN, UNKNOWN),
    ("could-become-pregnant", "could become pregnant", WOMAN, YES),
    ("could-become-pregnant", "could become pregnant", {"sex": "female", "age_years": 70}, NO),
    ("lactation", "lactation", {**WOMAN, "lactating": True}, YES),
    ("lactation", "lactation", {**WOMAN, "lactating": False}, NO),
    ("lactation", "lactation", WOMAN, UNKNOWN),
    ("gene", "gene HLA-B*57:01 positive", {"genes": {"HLA-B*57:01": "positive"}}, YES),
    ("gene", "gene HLA-B*57:01 positive", {"genes": {"HLA-B*57:01": "negative"}}, NO),
    ("gene", "gene HLA-B*57:01 positive", {}, UNKNOWN),
    ("gene-missing", "gene DPYD missing", {}, YES),
    ("gene-missing", "gene DPYD missing", {"genes": {"DPYD": "normal"}}, NO),
    ("hepatic", "hepatic severe", {"conditions": [{"code": "K74.60"}, {"code": "K76.82"}]}, YES),
    ("hepatic", "hepatic severe", sick("K74.60"), NO),
    ("hepatic", "hepatic moderate|severe", sick("K74.60"), YES),
    ("hepatic", "hepatic any", sick("I10"), NO),
    ("hepatic", "hepatic any", {"conditions": None}, UNKNOWN),
    ("setting", "setting inpatient", {"setting": "inpatient"}, YES),
    ("setting", "setting inpatient", {"setting": "ambulatory"}, NO),
    ("setting", "setting inpatient", {}, UNKNOWN),
    ("setting", "not setting inpatient", {"setting": "ambulatory"}, YES),
]


@pytest.mark.parametrize(("kind", "clause", "told", "expected"), CASES)
def test_a_clause_says_what_the_record_tells(
    kind: str, clause: str, told: dict[str, Any], expected: str | None
) -> None:
    """Yes speaks, no is silent, and what cannot be told is information where the rule asks for that."""
    model = world(rule("CIthing", "warfarin", when=clause, severity="critical", unknown="info"))
    assert rules_of(model, chart(**told)).get("CIthing") == expected


def test_every_clause_of_the_language_is_tested() -> None:
    """A clause that the engine answers and nobody tests is found here."""
    elsewhere = {"allergy", "reaction", "qt-sum", "same"}
    assert {kind for kind, *_ in CASES} == set(_ANSWERS) - elsewhere


@pytest.mark.parametrize(("unknown", "expected"), [("silent", None), ("info", "info"), ("fire", "warning")])
def test_a_rule_says_itself_what_to_do_where_the_record_cannot_tell(
    unknown: str, expected: str | None
) -> None:
    model = world(rule("CIthing", "warfarin", when="lab potassium > 5 mmol/L", unknown=unknown))
    assert rules_of(model, chart()).get("CIthing") == expected


def test_what_was_not_found_is_named_with_the_alert() -> None:
    model = world(rule("CIthing", "warfarin", when="lab potassium > 5 mmol/L within 30 d", unknown="fire"))
    (alert,) = model.run(chart())["alerts"]
    assert alert["missing"] == ["no Potassium within 30 days"]


def test_alternatives_hold_if_any_holds_and_one_that_is_not_known_does_not_hide_another() -> None:
    model = world(rule("CIthing", "warfarin", when="lab potassium > 5 mmol/L ; age >= 40 y"))
    assert rules_of(model, chart()) == {"CIthing": "warning"}


def test_one_clause_that_is_false_decides_against_one_that_is_not_known() -> None:
    model = world(rule("CIthing", "warfarin", when="lab potassium > 5 mmol/L & age >= 65 y", unknown="fire"))
    assert rules_of(model, chart()) == {}


@pytest.mark.parametrize(("told", "expected"), [(sick("Z51.5"), {}), ({}, {"CIthing": "warning"})])
def test_unless_silences_a_rule(told: dict[str, Any], expected: dict[str, str]) -> None:
    model = world(rule("CIthing", "warfarin", unless="condition comfort_care"))
    assert rules_of(model, chart(**told)) == expected


def test_unless_that_cannot_be_told_does_not_silence() -> None:
    model = world(rule("CIthing", "warfarin", unless="lab potassium > 3 mmol/L"))
    assert rules_of(model, chart()) == {"CIthing": "warning"}


def test_the_newest_result_decides_whether_or_not_it_is_normal() -> None:
    """A potassium of 4.1 today is not overruled by 6.1 last month, nor 6.1 today by 4.1."""
    model = world(rule("CIthing", "warfarin", when="lab potassium > 5 mmol/L"))
    old, new = ({"value": v, "unit": "mmol/L"} for v in (6.1, 4.1))
    assert rules_of(model, chart(labs={POTASSIUM: [{**old, "days_ago": 30}, {**new, "days_ago": 0}]})) == {}
    swapped = [{**old, "days_ago": 0}, {**new, "days_ago": 30}]
    assert rules_of(model, chart(labs={POTASSIUM: swapped})) == {"CIthing": "warning"}


def test_a_result_that_cannot_be_is_left_aside() -> None:
    model = world(rule("CIthing", "warfarin", when="lab potassium > 5 mmol/L"))
    results = [{"value": 90, "unit": "mmol/L", "days_ago": 0}, {"value": 4, "unit": "mmol/L", "days_ago": 1}]
    assert rules_of(model, chart(labs={POTASSIUM: results})) == {}


def test_clearance_needs_a_weight_and_egfr_does_not() -> None:
    """Labels that ask for Cockcroft-Gault are not answered with an eGFR."""
    model = world(
        rule("RENclearance", "metformin", when="lab crcl < 30 mL/min", unknown="info"),
        rule("RENfiltration", "metformin", when="lab egfr < 30 mL/min/{1.73_m2}", unknown="info"),
    )
    told = {**lab(CREATININE, 3.0, "mg/dL"), "age_years": 80, "sex": "female"}
    assert rules_of(model, chart("metformin 500 mg", **told)) == {
        "RENfiltration": "warning",
        "RENclearance": "info",
    }
    assert rules_of(model, chart("metformin 500 mg", weight_kg=60, **told)) == {
        "RENfiltration": "warning",
        "RENclearance": "warning",
    }


def test_clearance_and_egfr_can_disagree() -> None:
    """An old light woman: the eGFR is above 45 and the clearance below 40."""
    model = world(
        rule("RENclearance", "metformin", when="lab crcl < 40 mL/min"),
        rule("RENfiltration", "metformin", when="lab egfr < 45 mL/min/{1.73_m2}"),
    )
    told = {**lab(CREATININE, 1.0, "mg/dL"), "age_years": 88, "sex": "female", "weight_kg": 42}
    assert rules_of(model, chart("metformin 500 mg", **told)) == {"RENclearance": "warning"}


def test_a_childs_filtration_is_computed_from_height() -> None:
    """Bedside Schwartz: 0.413 times height over creatinine; 0.413 * 120 / 2.0 = 24.8."""
    model = world(rule("RENfiltration", "metformin", when="lab egfr < 30 mL/min/{1.73_m2}", unknown="info"))
    told = {**lab(CREATININE, 2.0, "mg/dL"), "age_years": 8}
    assert rules_of(model, chart("metformin 500 mg", **told)) == {"RENfiltration": "info"}
    assert rules_of(model, chart("metformin 500 mg", height_cm=120, **told)) == {"RENfiltration": "warning"}


def test_the_sum_of_qt_grades_counts_each_drug_once() -> None:
    model = world(rule("QTsum", "haloperidol", when="qt sum >= 4"), qt={"haloperidol": 3, "sertraline": 1})
    assert rules_of(model, chart("haloperidol 2 mg bid", "sertraline 50 mg daily")) == {"QTsum": "warning"}
    assert rules_of(model, chart("haloperidol 2 mg bid", "haloperidol 5 mg bid")) == {}
