"""What has to be said by name, and what has to stay silent, each by the tables that ship."""

from typing import Any

import pytest
from safety_world import chart

from models.medsafety.model import model

RANK = {"critical": 3, "warning": 2, "info": 1}
QUIET, INFO, WARNING, CRITICAL = 0, 1, 2, 3
EGFR, QTC, POTASSIUM, INR, NEUTROPHILS = "98979-8", "8636-3", "2823-3", "6301-6", "751-8"


def worst(document: dict[str, Any], *drugs: str, kind: str = "") -> int:
    """Return how loud the loudest alert is that names all of these drugs."""
    told = model().run(document)["alerts"]
    about = [a for a in told if set(drugs) <= set(a["drugs"]) and kind in ("", a["kind"])]
    return max((RANK[a["severity"]] for a in about), default=QUIET)


def has(*codes: str) -> dict[str, Any]:
    return {"conditions": [{"code": code, "status": "active"} for code in codes]}


def lab(code: str, value: float, unit: str, days: float = 2) -> dict[str, Any]:
    return {"labs": {code: {"value": value, "unit": unit, "days_ago": days}}}


def over(text: str, days: float) -> dict[str, Any]:
    return {"text": text, "status": "stopped", "ended_days_ago": days}


def allergic(text: str, *reactions: str) -> dict[str, Any]:
    return {"allergies": [{"text": text, "reaction": list(reactions)}]}


MOTHER = {"sex": "female", "age_years": 30, "pregnant": True}


@pytest.mark.parametrize("often", ["daily", "bid", "2.5 mg every 12 hours", "three times a week"])
def test_methotrexate_more_than_once_a_week_is_critical(often: str) -> None:
    document = chart(f"methotrexate 10 mg po {often}", **has("M06.9"))
    assert worst(document, "methotrexate", kind="dose") == CRITICAL


def test_methotrexate_once_a_week_is_left_in_peace() -> None:
    document = chart("methotrexate 15 mg po weekly", **has("M06.9"))
    assert worst(document, "methotrexate", kind="dose") == QUIET


@pytest.mark.parametrize(
    ("draft", "taken", "loud"),
    [
        ("acetaminophen 1000 mg po q6h", "hydrocodone-acetaminophen 10-325 mg po q6h", CRITICAL),
        ("acetaminophen 1000 mg po q6h prn", "oxycodone-acetaminophen 5-325 mg po q6h prn", CRITICAL),
        ("acetaminophen 650 mg po q6h prn", "oxycodone-acetaminophen 5-325 mg po q6h prn", QUIET),
        ("acetaminophen 1000 mg po q6h", "hydrocodone 10 mg po q6h", QUIET),
        ("Tylenol 1000 mg po q6h", "butalbital-acetaminophen-caffeine 50-325-40 mg po q4h prn", CRITICAL),
    ],
)
def test_acetaminophen_is_added_up_over_products_and_as_needed_orders(
    draft: str, taken: str, loud: int
) -> None:
    assert worst(chart(draft, taken), "acetaminophen", kind="dose") == loud


def test_an_opioid_with_a_benzodiazepine_is_named() -> None:
    assert worst(chart("oxycodone 5 mg po q6h prn", "lorazepam 1 mg po bid"), "oxycodone", "lorazepam") >= 2


def test_a_fentanyl_patch_needs_tolerance_of_opioids() -> None:
    patch = "fentanyl 25 mcg/h transdermal q72h"
    assert worst(chart(patch), "fentanyl") == CRITICAL
    assert worst(chart(patch, "morphine extended release 30 mg po bid"), "fentanyl", kind="dose") < CRITICAL


@pytest.mark.parametrize(
    "draft",
    [
        "heparin 5000 units sc tid",
        "enoxaparin 40 mg sc daily",
        "dalteparin 5000 units sc daily",
        "heparin 10 units/mL flush",
        "heparin lock flush 100 units/mL",
    ],
)
def test_after_heparin_induced_thrombocytopenia_every_heparin_and_flush_is_critical(draft: str) -> None:
    assert worst(chart(draft, **has("D75.82"))) == CRITICAL


@pytest.mark.parametrize(
    ("draft", "listed", "reaction"),
    [
        ("oxcarbazepine 300 mg po bid", "carbamazepine", "Stevens-Johnson syndrome"),
        ("phenytoin 100 mg po tid", "carbamazepine", "DRESS"),
        ("sulfadiazine 1000 mg po qid", "Bactrim", "toxic epidermal necrolysis"),
        ("ampicillin 500 mg po qid", "amoxicillin", "DRESS"),
    ],
)
def test_after_a_severe_skin_reaction_the_class_is_blocked(draft: str, listed: str, reaction: str) -> None:
    assert worst(chart(draft, **allergic(listed, reaction)), kind="allergy") == CRITICAL


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("apixaban 5 mg po bid", "enoxaparin 80 mg sc bid"),
        ("dabigatran 150 mg po bid", "rivaroxaban 20 mg po daily"),
        ("warfarin 5 mg po daily", "apixaban 5 mg po bid"),
    ],
)
def test_two_anticoagulants_are_named(first: str, second: str) -> None:
    assert worst(chart(first, second), kind="duplicate") >= WARNING


def test_the_dose_criteria_of_apixaban_are_those_of_atrial_fibrillation_only() -> None:
    """Two of 80 years, 60 kg, creatinine 1.5 halve it there, and not after a thrombosis."""
    old = {"age_years": 84, "weight_kg": 55, "sex": "female", **lab("2160-0", 1.1, "mg/dL")}
    full = "apixaban 5 mg po bid"
    assert worst(chart(full, **old, **has("I48.91")), "apixaban") >= WARNING
    assert worst(chart(full, **old, **has("I82.401")), "apixaban") < WARNING


@pytest.mark.parametrize("taken", ["simvastatin 40 mg po qhs", "amiodarone 200 mg po daily"])
def test_nirmatrelvir_with_ritonavir_is_held_against_what_it_poisons(taken: str) -> None:
    document = chart("nirmatrelvir-ritonavir 300-100 mg po bid", taken)
    assert worst(document, taken.partition(" ")[0]) == CRITICAL


@pytest.mark.parametrize(
    ("draft", "ended", "within", "after"),
    [
        ("phenelzine 15 mg po tid", "fluoxetine 20 mg po daily", 30, 40),
        ("sertraline 50 mg po daily", "phenelzine 15 mg po tid", 10, 16),
        ("sacubitril-valsartan 24-26 mg po bid", "lisinopril 10 mg po daily", 1, 3),
    ],
)
def test_wash_outs_are_kept(draft: str, ended: str, within: float, after: float) -> None:
    """Fluoxetine 5 weeks, an MAO inhibitor 14 days, an ACE inhibitor 36 hours."""
    assert worst(chart(draft, [over(ended, within)])) == CRITICAL
    assert worst(chart(draft, [over(ended, after)])) < CRITICAL


def test_clozapine_asks_for_neutrophils() -> None:
    assert worst(chart("clozapine 100 mg po daily"), "clozapine", kind="lab") >= WARNING
    low = lab(NEUTROPHILS, 0.8, "10*9/L")
    assert worst(chart("clozapine 100 mg po daily", **low), "clozapine") == CRITICAL


@pytest.mark.parametrize(
    ("draft", "gene", "found"),
    [
        ("abacavir 600 mg po daily", "HLA-B*57:01", "positive"),
        ("carbamazepine 200 mg po bid", "HLA-B*15:02", "positive"),
        ("allopurinol 100 mg po daily", "HLA-B*58:01", "positive"),
        ("capecitabine 1500 mg po bid", "DPYD", "poor metabolizer"),
        ("rasburicase 15 mg iv daily", "G6PD", "deficient"),
    ],
)
def test_genes_forbid_what_they_forbid(draft: str, gene: str, found: str) -> None:
    assert worst(chart(draft, genes={gene: found}), kind="genotype") >= WARNING


@pytest.mark.parametrize(("weeks", "loud"), [(24, WARNING), (12, INFO)])
def test_an_nsaid_from_20_weeks_of_pregnancy_is_named(weeks: int, loud: int) -> None:
    document = chart("ibuprofen 400 mg po tid", **MOTHER, gestational_age_weeks=weeks)
    found = worst(document, "ibuprofen", kind="pregnancy")
    assert found >= loud if weeks >= 20 else found <= loud


def test_sulfasalazine_is_blocked_by_an_allergy_to_sulfonamide_antibiotics_and_furosemide_is_not() -> None:
    listed = allergic("sulfamethoxazole", "anaphylaxis")
    assert worst(chart("sulfasalazine 1000 mg po bid", **listed), "sulfasalazine") >= WARNING
    assert worst(chart("furosemide 40 mg po daily", **listed), "furosemide", kind="allergy") < WARNING


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("lisinopril 10 mg po daily", "losartan 50 mg po daily"),
        ("losartan 50 mg po daily", "aliskiren 150 mg po daily"),
        ("enalapril 10 mg po bid", "aliskiren 150 mg po daily"),
    ],
)
def test_two_raas_blockers_are_never_passed_over(first: str, second: str) -> None:
    names = (first.partition(" ")[0], second.partition(" ")[0])
    assert worst(chart(first, second), *names) >= WARNING


@pytest.mark.parametrize(
    ("draft", "egfr", "loud"),
    [
        ("metformin 1000 mg po bid", 25, CRITICAL),
        ("metformin 500 mg po bid", 40, WARNING),
        ("metformin 1000 mg po bid", 75, QUIET),
        ("empagliflozin 10 mg po daily", 15, WARNING),
        ("empagliflozin 10 mg po daily", 35, INFO),
    ],
)
def test_metformin_and_sglt2_inhibitors_have_their_limits(draft: str, egfr: float, loud: int) -> None:
    document = chart(draft, **has("E11.9"), **lab(EGFR, egfr, "mL/min/{1.73_m2}"))
    assert worst(document, draft.partition(" ")[0], kind="renal") == loud


SILENT = [
    ("the home list beside the inpatient copy", "lisinopril 10 mg po daily", "Zestril 10 mg po daily", {}),
    ("a reorder", "warfarin 5 mg po daily", "warfarin 5 mg po daily", lab(INR, 2.4, "1")),
    (
        "a topical without systemic effect",
        "hydrocortisone 1 % topical cream bid",
        "warfarin 5 mg po daily",
        {},
    ),
    ("a catheter flush", "heparin 10 units/mL flush", "ibuprofen 400 mg po tid prn", {}),
    ("itching from an opioid", "morphine 15 mg po q6h prn", "", allergic("codeine", "itching")),
    (
        "a lone pair of low QT grade",
        "ondansetron 4 mg po q8h prn",
        "sertraline 50 mg po daily",
        {**lab(QTC, 410, "ms"), "age_years": 40},
    ),
    (
        "comfort care",
        "morphine 15 mg po q4h prn",
        "lorazepam 1 mg po q6h prn",
        has("Z51.5", "C34.90"),
    ),
    (
        "as-needed orders that labels allow together",
        "ibuprofen 400 mg po q6h prn",
        "acetaminophen 650 mg po q6h prn",
        {"age_years": 30},
    ),
]


@pytest.mark.parametrize(
    ("draft", "taken", "more"), [row[1:] for row in SILENT], ids=[row[0] for row in SILENT]
)
def test_what_is_usual_care_is_left_in_peace(draft: str, taken: str, more: dict[str, Any]) -> None:
    assert worst(chart(draft, [taken] if taken else [], **more)) < WARNING


def test_three_drugs_that_harm_the_kidney_together_are_no_low_priority_pair() -> None:
    """An ACE inhibitor with an NSAID alone is of the low-priority list; with a diuretic it is not."""
    pair = chart("ibuprofen 600 mg po tid", "lisinopril 20 mg po daily", age_years=50)
    three = chart(
        "ibuprofen 600 mg po tid",
        ["lisinopril 20 mg po daily", "hydrochlorothiazide 25 mg po daily"],
        age_years=50,
    )
    assert worst(pair, "ibuprofen", "lisinopril") <= INFO
    assert worst(three, "ibuprofen", "lisinopril") >= WARNING
