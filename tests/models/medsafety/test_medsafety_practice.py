"""Orders as hospitals write them: what a careful pharmacist stops, and what is passed on."""

from typing import Any

import pytest
from safety_world import chart
from test_medsafety_named import (
    CRITICAL,
    INFO,
    INR,
    QUIET,
    RANK,
    WARNING,
    allergic,
    has,
    lab,
    worst,
)

from models.medsafety.model import model


def titles(document: dict[str, Any]) -> list[str]:
    return [alert["summary"] for alert in model().run(document)["alerts"]]


@pytest.mark.parametrize("product", ["Percocet 5 mg/325 mg", "oxycodone-acetaminophen 5 mg-325 mg"])
def test_strengths_with_a_unit_each_are_added_up(product: str) -> None:
    document = chart(f"{product} 2 tabs q4h", "Tylenol 500 mg 2 tabs qid")
    assert worst(document, "acetaminophen", kind="dose") == CRITICAL


def test_the_reduced_dose_of_nirmatrelvir_is_recognised_as_adapted() -> None:
    kidneys = lab("98979-8", 42, "mL/min/{1.73_m2}")
    assert worst(chart("Paxlovid 300 mg/100 mg bid", **kidneys), "nirmatrelvir", kind="renal") == WARNING
    assert worst(chart("Paxlovid 150 mg/100 mg bid", **kidneys), "nirmatrelvir", kind="renal") == QUIET


def test_a_dose_for_a_child_is_held_against_its_weight_where_no_route_is_written() -> None:
    child = {"age_years": 4, "weight_kg": 16, "sex": "male"}
    assert worst(chart("acetaminophen 500 mg q4h", **child), "acetaminophen", kind="dose") == WARNING
    assert worst(chart("acetaminophen 200 mg q6h", **child), "acetaminophen", kind="dose") == QUIET


@pytest.mark.parametrize(("days", "loud"), [(1, CRITICAL), (10, CRITICAL), (30, QUIET)])
def test_an_inr_far_too_high_counts_until_it_is_repeated(days: float, loud: int) -> None:
    document = chart("warfarin 5 mg daily", "warfarin 5 mg daily", **lab(INR, 8.5, "1", days))
    assert worst(document, "warfarin", kind="lab") == loud


def test_simvastatin_above_the_limit_beside_amlodipine_is_a_warning() -> None:
    assert worst(chart("amlodipine 10 mg daily", "simvastatin 40 mg daily"), "simvastatin", "amlodipine") == 2
    assert worst(chart("amlodipine 10 mg daily", "simvastatin 20 mg daily"), "simvastatin", "amlodipine") == 0


@pytest.mark.parametrize("sedative", ["lorazepam 1 mg tid", "temazepam 15 mg nightly"])
def test_no_sedative_in_hepatic_encephalopathy(sedative: str) -> None:
    name = sedative.split(maxsplit=1)[0]
    assert worst(chart(sedative, **has("K74.60", "K76.82")), name, kind="hepatic") == WARNING
    assert worst(chart(sedative, **has("K76.82", "Z51.5")), name, kind="hepatic") == QUIET


@pytest.mark.parametrize(
    ("taken", "loud"),
    [
        ("adalimumab 40 mg every 2 weeks", CRITICAL),
        ("mycophenolate mofetil 1000 mg bid", CRITICAL),
        ("methotrexate 15 mg weekly", QUIET),
        ("vedolizumab 300 mg iv every 8 weeks", QUIET),
    ],
)
def test_a_live_vaccine_under_immunosuppression(taken: str, loud: int) -> None:
    document = chart("MMR vaccine", taken)
    assert worst(document, "measles mumps and rubella virus vaccine", kind="interaction") == loud


@pytest.mark.parametrize(
    "draft", ["Ozempic 0.5 mg weekly", "Rybelsus 7 mg daily", "semaglutide 1 mg sc weekly"]
)
def test_medullary_thyroid_carcinoma_excludes_semaglutide_by_every_route(draft: str) -> None:
    assert worst(chart(draft, **has("E31.22")), "semaglutide", kind="contraindication") == CRITICAL


def test_magnesium_by_vein_in_myasthenia_is_critical() -> None:
    document = chart("magnesium sulfate 4 g iv once", **has("G70.00"))
    assert worst(document, "magnesium sulfate", kind="contraindication") == CRITICAL


@pytest.mark.parametrize(("days", "loud"), [(2, CRITICAL), (40, WARNING), (200, QUIET)])
def test_an_anticoagulant_after_a_bleed_is_graded_by_its_age(days: float, loud: int) -> None:
    bleed = {"conditions": [{"code": "K92.2", "status": "active", "days_ago": days}]}
    assert worst(chart("apixaban 5 mg bid", **bleed), "apixaban", kind="contraindication") == loud


@pytest.mark.parametrize("taken", ["clonidine 0.1 mg nightly", "tizanidine 4 mg tid"])
def test_two_alpha_2_agonists_are_one_too_many(taken: str) -> None:
    document = chart("guanfacine 1 mg daily", taken)
    assert worst(document, "guanfacine", taken.split(maxsplit=1)[0], kind="duplicate") == WARNING


def test_quetiapine_for_parkinsons_disease_is_no_warning_of_age() -> None:
    old = {"age_years": 72, **has("G20")}
    assert worst(chart("quetiapine 12.5 mg nightly", **old), "quetiapine", kind="age") == INFO
    assert worst(chart("olanzapine 5 mg nightly", **old), "olanzapine", kind="age") == WARNING


def test_an_allergy_to_the_substance_itself_is_not_said_to_be_to_a_relative() -> None:
    said = titles(chart("morphine 15 mg q6h prn", **allergic("morphine", "anaphylaxis")))
    assert any("Recorded allergy to morphine" in title for title in said)
    assert not any("is related" in title for title in said)
    assert any("is related" in t for t in titles(chart("codeine 30 mg q6h", **allergic("morphine", "hives"))))


@pytest.mark.parametrize(
    ("draft", "allergen"), [("Entresto 24/26 mg bid", "lisinopril"), ("enoxaparin 40 mg sc daily", "heparin")]
)
def test_what_the_record_does_not_say_is_not_asserted_of_a_reaction(draft: str, allergen: str) -> None:
    """A reaction without words may be angioedema or HIT; the alert may not say that it was."""
    said = " ".join(titles(chart(draft, **allergic(allergen))))
    assert "Angioedema under" not in said
    assert "(thrombocytopenia)" not in said
    assert "Recorded" in said


@pytest.mark.parametrize(
    ("taken", "loud"),
    [
        ("", CRITICAL),
        ("tramadol 50 mg bid prn", CRITICAL),
        ("oxycodone 10 mg tid", WARNING),
        ("morphine extended release 30 mg bid", QUIET),
        ("fentanyl 25 mcg/hr patch q72h", QUIET),
    ],
)
def test_tolerance_for_a_fentanyl_patch_is_sixty_milligrams_of_morphine_not_any_opioid(
    taken: str, loud: int
) -> None:
    document = chart("fentanyl 50 mcg/hr patch q72h", [taken] if taken else [])
    said = [a for a in model().run(document)["alerts"] if a["rule"] == "DOSEfentanylPatchNaive"]
    assert max((RANK[a["severity"]] for a in said), default=QUIET) == loud


def test_a_tenfold_heparin_dose_is_said_in_units() -> None:
    (title,) = titles(chart("heparin 50000 units sc q8h"))
    assert "units a day" in title
    assert titles(chart("heparin 5000 units sc q8h")) == []


def test_spironolactone_in_addisons_disease_is_critical() -> None:
    document = chart("spironolactone 25 mg daily", **has("E27.1"))
    assert worst(document, "spironolactone", kind="contraindication") == CRITICAL


@pytest.mark.parametrize(("taken", "loud"), [("", WARNING), ("entecavir 0.5 mg daily", QUIET)])
def test_a_tnf_inhibitor_in_hepatitis_b_wants_an_antiviral_first(taken: str, loud: int) -> None:
    document = chart("adalimumab 40 mg every 2 weeks", [taken] if taken else [], **has("B18.1"))
    assert worst(document, "adalimumab", kind="contraindication") == loud


@pytest.mark.parametrize(("days", "loud"), [(14, WARNING), (60, QUIET)])
def test_linezolid_waits_five_weeks_after_fluoxetine(days: float, loud: int) -> None:
    ended = {"text": "fluoxetine 40 mg daily", "status": "stopped", "ended_days_ago": days}
    assert worst(chart("linezolid 600 mg q12h", [ended]), "linezolid", "fluoxetine") == loud


def test_every_summary_says_what_it_is_about() -> None:
    """A contraindication names its reason, so that a card is read without its rule."""
    (title,) = titles(chart("metoclopramide 10 mg tid", **has("K56.609")))
    assert "bowel obstruction" in title
