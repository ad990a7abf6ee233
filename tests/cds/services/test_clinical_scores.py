"""What the service says of findings: who gets a card of its own, and what stays in the summary."""

from dataclasses import replace

import pytest
from score_findings import DAY, WHOLE, FakeModels, bmi, cards, case, finding, kfre, level, settings, topics

from cds.services.clinical_scores import service
from cds.testing import check_service
from models.base import Input
from models.record import ICD10CM, SNOMED, Code, Fact

SUMMARY = "SCOREsummary"


def test_the_service_keeps_the_promises_of_every_service():
    """Templates, options, topics and repeatability are as the kit wants them."""
    check_service(service, FakeModels((kfre(), bmi())))


def test_only_the_patient_is_required_and_no_encounter_is_needed_on_patient_view():
    """A chart may be opened outside any encounter."""
    needs = service.needs("patient-view")
    assert [key for key, need in needs.items() if need.required] == ["patient"]
    assert not any("encounterId" in need.query for need in needs.values())
    assert "encounterId" in service.needs("encounter-start")["encounter"].query


def test_a_reached_level_gets_a_card_and_the_rest_one_summary():
    """One decision a card; what asks for nothing is told once."""
    said = cards(kfre(), bmi())
    assert topics(said) == ["KFREreferral", SUMMARY]
    assert said[0].summary == (
        "KFRE: 21% kidney-failure risk within 5 years, past the referral level (3–5%); "
        "no nephrology referral found"
    )
    assert "BMI" in said[1].detail
    assert "KFRE" not in said[1].detail


def test_a_card_says_result_guideline_inputs_with_age_and_what_was_not_found():
    """Everything the standard of a card asks for is there."""
    detail = cards(kfre(detail={"not_reached": ["multidisciplinary care from above 10 % at 2 years"]}))[
        0
    ].detail
    assert "**KFRE: 2 years 7.3%, 5 years 21.2%** (4 variables, 2016, North America)." in detail
    assert "[KDIGO CKD guideline 2024](https://doi.org/10.1016/j.kint.2023.10.018)" in detail
    assert "Not reached: multidisciplinary care from above 10% at 2 years." in detail
    assert "- eGFR 33 (CKD-EPI 2021 from creatinine 2.19 mg/dL, 12 days ago)" in detail
    assert "- ACR 500 mg/g (12 days ago)" in detail
    assert "- Age 63, male" in detail
    assert (
        "**Not found:** nephrology referral or visit in 24 months (outside care invisible), dialysis"
        in detail
    )
    assert detail.endswith("Formula, no AI.")


def test_earlier_values_stand_beside_the_inputs():
    """From the record for what was measured, from the earlier score for what was computed."""
    acr = Code("http://loinc.org", "9318-7")
    facts = tuple(
        Fact("observation", (acr,), value=_quantity(value), minutes_ago=minutes, status="final", ref=ref)
        for value, minutes, ref in ((500.0, 12 * DAY, "o1"), (430.0, 150 * DAY, "o2"))
    )
    inputs = tuple(
        replace(line, ref="o1", code="9318-7") if line.name == "urine_acr" else line for line in kfre().inputs
    )
    egfr = finding(
        "ckd-epi-2021",
        value=32.9,
        detail={"previous": {"value": 35.8, "values": {}, "band": "", "minutes_ago": 150 * DAY}},
    )
    detail = cards(kfre(inputs=inputs), egfr, record=replace(WHOLE, facts=facts))[0].detail
    assert "- ACR 500 mg/g (12 days ago); 430 (5 months ago)" in detail
    assert "12 days ago); 36 (5 months ago)" in detail


def _quantity(value):
    from models.record import Quantity

    return Quantity(value, "mg/g")


@pytest.mark.parametrize(
    "members",
    [
        {"detail": {"assumed_none": True}, "notes": ("condition list is empty: assumed none",)},
        {"detail": {"conflicts": ["no diabetes on the condition list: metformin on record"]}},
        {"reached": {}},
    ],
)
def test_doubtful_and_unremarkable_numbers_push_no_card(members):
    """An empty list, a contradiction or no level reached: the number is told in the summary only."""
    assert topics(cards(kfre(**members))) == [SUMMARY]


def test_an_empty_list_is_said_conspicuously():
    """The number is shown with what it rests on."""
    note = "condition list is empty: assumed none"
    [card] = cards(kfre(detail={"assumed_none": True}, notes=(note,)))
    assert "**Condition list is empty: assumed none** (KFRE)." in card.detail


def test_what_does_not_apply_is_data_only():
    """A score whose trigger is absent is in the data of the summary, marked, and not in its words."""
    [card] = cards(bmi(), kfre(applies=False))
    assert "KFRE" not in card.detail + card.summary
    assert [(row["score"], row.get("applies", True)) for row in card.findings] == [
        ("bmi", True),
        ("kfre", False),
    ]


def test_nothing_computed_gives_no_card():
    """No summary of nothing."""
    assert cards() == []
    assert cards(finding("kfre", missing=("urine_acr",), detail={"lacks_one": "urine_acr"})) == []
    assert cards(kfre(applies=False)) == []


def test_the_dead_get_no_card():
    """A score of a chart that is only read."""
    assert list(cards(kfre(), record=replace(WHOLE, deceased=True))) == []


def test_the_summary_names_what_one_input_more_would_give():
    """Gathered by that input; what lacks several is not named."""
    lacking = [
        finding("kfre", missing=("urine_acr",), detail={"lacks_one": "urine_acr"}),
        finding("curb-65", missing=("confusion",), detail={"lacks_one": "confusion"}),
        finding("sofa", missing=("gcs", "pao2")),
    ]
    [card] = cards(bmi(), *lacking)
    assert "**Lacks one input:** new confusion for CURB-65; ACR for KFRE." in card.detail
    assert "SOFA" not in card.detail


def test_the_summary_names_contradictions_and_values_not_used():
    """Named, not scored."""
    charlson = finding(
        "charlson",
        missing=("diabetes_uncomplicated", "creatinine"),
        detail={
            "conflicts": ["no diabetes on the condition list: metformin on record"],
            "why_missing": {"creatinine": "Creatinine: a value was not used, unit `<b>x</b>` is not known"},
        },
    )
    [card] = cards(bmi(), charlson)
    assert (
        "**Contradiction, not scored:** no diabetes on the condition list: metformin on record."
        in card.detail
    )
    assert "**Values not used:** 1 in a unit that cannot be converted (creatinine)." in card.detail
    assert "<b>" not in card.detail


def test_values_not_used_are_counted_by_reason():
    """Some are named; all are in the data."""
    titles = ["Sodium", "Chloride", "Potassium", "HDL cholesterol", "Albumin in serum or plasma"]
    why = {t.lower(): f"{t}: a value from the future was not used" for t in titles}
    late = finding("charlson", missing=tuple(why), detail={"why_missing": why})
    weight = Input("weight", 80.0, "kg", DAY, note="newer: an implausible value was not used")
    [card] = cards(replace(bmi(), inputs=(weight,)), replace(late, value=0.0))
    said = "5 dated in the future (sodium, chloride, potassium and 2 more)"
    assert said in card.detail
    assert "1 outside of what is possible (weight)" in card.detail
    [data] = [one for one in card.findings if one["score"] == "charlson"]
    assert data["not_used"] == list(why.values())


def test_sums_of_zero_alone_are_no_card():
    """A card that says "Charlson 0" tells nobody anything."""
    assert list(cards(finding("charlson", value=0.0))) == []


def test_nothing_more_is_asked_for_in_comfort_care():
    """The numbers are there; no further test is named."""
    lacking = finding("kfre", missing=("urine_acr",), detail={"lacks_one": "urine_acr"})
    comfort = Fact("condition", (Code(ICD10CM, "Z51.5"),), minutes_ago=DAY, status="active")
    [card] = cards(bmi(), lacking, record=_with(comfort))
    assert "Lacks" not in card.detail


def test_every_guideline_whose_level_is_reached_is_named_once():
    """The highest level leads, a second guideline has a line; its topic is the first one's."""
    rows = [level("prevent", place) for place in (0, 1, 3, 4)]
    reached = {"reached": rows[-1], "values": {"ascvd_10y": 0.12, "cvd_10y": 0.2}}
    both = finding("prevent", detail={"all_reached": rows}, **reached)
    card = cards(both)[0]
    assert card.source.topic.code == "PREVENTstatin"
    assert card.detail.count("**Also reached:** [AHA/ACC high blood pressure guideline 2025]") == 1
    assert "borderline" not in card.detail
    raised = cards(both, push_from={"PREVENTbloodPressure": 0.3})[0]
    assert "Also reached" not in raised.detail


def test_a_preliminary_result_never_warns():
    """Neither through a level nor through a note of the formula."""
    note = ("one parameter alone scores 3 (spo2): urgent",)
    single = finding("news2", value=3.0, notes=note, detail={"preliminary": True})
    assert cards(single)[0].indicator == "info"


def test_the_detail_of_a_formula_is_in_the_data():
    """Points by parameter, for machines."""
    points = {"points": {"spo2": 3}, "single_parameter_3": True}
    [card] = cards(finding("qsofa", value=3.0, detail={"detail": points}))
    assert card.findings[0]["detail"] == points


def test_qsofa_has_no_card_of_its_own():
    """Never alone, whatever it reached."""
    qsofa = finding("qsofa", value=3, reached={**level("news2"), "topic": "QSOFA"})
    assert topics(cards(qsofa)) == [SUMMARY]


def test_pce_never_stands_beside_prevent():
    """Where both were computed and reached a level, PREVENT speaks."""
    prevent = finding(
        "prevent", values={"cvd_10y": 0.16, "ascvd_10y": 0.1, "hf_10y": 0.05}, reached=level("prevent", 4)
    )
    pce = finding("pce", value=0.2, reached={**level("prevent"), "topic": "PCErisk"})
    assert topics(cards(prevent, pce))[0] == "PREVENTstatin"
    assert "PCErisk" not in topics(cards(prevent, pce))


def _af(**members):
    return finding("cha2ds2-va", **{"value": 6, "reached": level("cha2ds2-va", 1), **members})


def _has_bled(**members):
    flags = (Input("stroke", value=True), Input("age_years", 76.0, "a"))
    return finding("has-bled", **{"value": 4, "reached": level("has-bled"), "inputs": flags, **members})


def test_has_bled_informs_inside_the_af_card_only():
    """It never gates and never has a card."""
    [card] = cards(_af(), _has_bled())
    assert card.topic == "AFanticoagulation"
    assert "**HAS-BLED: 4 of 9** (stroke, age): look for what can be corrected" in card.detail
    assert [row["score"] for row in card.findings] == ["cha2ds2-va", "has-bled"]
    assert topics(cards(_has_bled())) == [SUMMARY]


def test_a_medication_list_that_failed_is_not_called_empty():
    """Where the rule could not tell whether a drug is taken, the card says so."""
    note = "an anticoagulant is taken already: medication list could not be read"
    [card] = cards(_af(notes=(note,)))
    assert card.summary.endswith("; anticoagulants not checked")
    assert "anticoagulant, mechanical" not in card.detail
    assert cards(_af())[0].summary.endswith("; no anticoagulant found in record")


def test_item_nine_has_its_own_safety_card():
    """Whatever the sum, and before it."""
    item = replace(
        finding("phq-9-item-9", value=1.0, reached=level("phq-9-item-9")),
        kind="rule",
        model="scores/phq-9@2001.1",
    )
    total = finding("phq-9", value=7, band="5 to 9: mild")
    said = cards(total, item)
    assert topics(said) == ["PHQ9item9", SUMMARY]
    assert said[0].indicator == "warning"
    assert said[0].findings[0]["rule"] == "phq-9-item-9"


def test_no_score_interrupts():
    """What a rule calls critical is a warning here."""
    news2 = finding("news2", value=10, reached=level("news2", 1))
    assert level("news2", 1)["indicator"] == "critical"
    assert cards(news2)[0].indicator == "warning"


def test_a_single_parameter_of_three_asks_for_review():
    """A low sum with a 3 in one parameter is a card all the same, with the note that names it."""
    note = "one parameter alone scores 3 (consciousness): low-medium clinical risk, urgent ward-based review"
    [card] = cards(finding("news2", value=3, notes=(note,)))
    assert (card.topic, card.indicator) == ("NEWS2single", "warning")
    assert "consciousness" in card.detail


def _stage(now, then, minutes=120 * DAY):
    before = {"value": None, "values": {"g_class": then, "a_class": None}, "band": "", "minutes_ago": minutes}
    return finding(
        "ckd-stage", values={"g_class": now, "a_class": 2}, detail={"previous": before, "changed_band": True}
    )


def test_a_class_that_worsened_is_a_card_and_one_that_improved_is_not():
    """Only news that somebody may have to act on."""
    said = cards(_stage(4, 3))
    assert topics(said) == ["CKDstage"]
    assert said[0].summary.startswith("Kidney function now G3b (was G3a 4 months ago)")
    assert topics(cards(_stage(3, 4))) == [SUMMARY]
    assert topics(cards(_stage(4, 3, minutes=None))) == [SUMMARY]
    assert topics(cards(bmi(detail={"changed_band": True}))) == [SUMMARY]


def test_the_class_stays_in_the_summary_beside_kfre():
    """Two cards would say one thing twice."""
    assert topics(cards(kfre(), _stage(4, 3))) == ["KFREreferral", SUMMARY]


def _with(*facts, **lists):
    return replace(WHOLE, facts=facts, lists={**WHOLE.lists, **lists})


def _referral(**members):
    code = Code(SNOMED, "306125004", "Referral to nephrology service")
    return Fact("order", (code,), **{"minutes_ago": 90 * DAY, "status": "active", **members})


def test_a_referral_on_record_keeps_the_card_away_and_says_so():
    """What is done already is not asked for again."""
    [card] = cards(kfre(), record=_with(_referral()))
    assert card.topic == SUMMARY
    assert "no card: nephrology referral or visit found 3 months ago" in card.detail


@pytest.mark.parametrize("void", [{"status": "revoked"}, {"minutes_ago": 800 * DAY}])
def test_a_withdrawn_or_old_referral_does_not_count(void):
    """Only what stands and is recent."""
    assert topics(cards(kfre(), record=_with(_referral(**void)))) == ["KFREreferral"]


def test_orders_that_could_not_be_read_are_not_called_absent():
    """The summary says that the referral was not checked."""
    [card] = cards(kfre(), record=_with(order="failed"))
    assert card.summary.endswith("; nephrology referral not checked")
    assert "**Unknown:** nephrology referral or visit (the lists did not arrive whole)." in card.detail
    assert "nephrology referral or visit in 24 months" not in card.detail


def test_preventive_cards_stay_away_in_comfort_care_and_in_acute_stays():
    """Silence is the right answer there; the number is in the summary with the reason."""
    comfort = Fact("condition", (Code(ICD10CM, "Z51.5", "Encounter for palliative care"),), minutes_ago=DAY)
    stay = Fact("encounter", (), ref="e1", detail={"class": "EMER"})
    [card] = cards(kfre(), record=_with(comfort))
    assert "no card: comfort care on record" in card.detail
    [card] = cards(kfre(), record=replace(_with(stay), current_encounter="e1"))
    assert "no card: not acted on during an acute stay" in card.detail


def test_a_palliative_consultation_that_was_ordered_is_no_comfort_care():
    """It goes along with treatment."""
    order = Fact("order", (), text="Palliative care consultation", minutes_ago=DAY, status="active")
    assert topics(cards(kfre(), record=_with(order))) == ["KFREreferral"]


def test_a_site_may_raise_a_level():
    """Below the raised level the number is told with the reason."""
    [card] = cards(kfre(), push_from={"KFREreferral": 0.25})
    assert "no card: below the level of this site (25.0%)" in card.detail
    assert topics(cards(kfre(), push_from={"KFREreferral": 0.2})) == ["KFREreferral"]


def test_cards_over_the_limit_are_told_in_the_summary():
    """The most severe come first; nothing is lost."""
    said = cards(kfre(), _af(), finding("news2", value=10, reached=level("news2", 1)), max_cards=3)
    assert topics(said) == ["NEWS2deterioration", "AFanticoagulation", SUMMARY]
    assert "over the number of cards of this site" in said[-1].detail


def test_the_summary_can_be_switched_off():
    """Then only what asks for action is said."""
    assert topics(cards(kfre(), bmi(), summary_card=False)) == ["KFREreferral"]


def test_the_summary_has_no_more_rows_than_the_site_wants():
    """The rest is counted and in the data."""
    several = [finding(name, value=1) for name in ("meld-3", "fib-4", "khorana", "rcri")]
    [card] = cards(*several, summary_rows=2)
    assert "- and 2 more (in the data of this card)" in card.detail
    assert len(card.findings) == 4


def test_scores_that_time_ran_out_for_are_named():
    """In the summary, or in a card of their own where there is none."""
    late = finding("news2", applies=False, detail={"out_of_time": True})
    assert "**Not computed, time ran out:** NEWS2." in cards(bmi(), late)[0].detail
    [card] = cards(late)
    assert (card.topic, card.about) == ("NOTchecked", "gap")


def test_a_suggestion_is_a_draft_for_the_patients_pseudonym():
    """Unsigned, not recommended, with the model that proposed it inside."""
    said = cards(kfre())[0]
    [suggestion] = said.suggestions
    [change] = suggestion.actions
    assert said.selection_behavior == "at-most-one"
    assert not suggestion.is_recommended
    assert (change.kind, change.resource["status"]) == ("create", "draft")
    assert change.resource["subject"] == {"reference": "Patient/t0"}
    assert change.resource["code"]["coding"][0]["code"] == "306125004"
    assert "scores/kfre@2000.1" in str(change.resource["contained"])


def test_the_models_get_the_options_they_know():
    """The switch of the Pooled Cohort Equations becomes a score and a race that is a setting."""
    models = FakeModels((bmi(),))
    service.answer(case(), models, settings(pce=True, pce_race="other", off=("bmi",), kfre_region="other"))
    assert models.asked == {
        "on": ("pce",),
        "off": ("bmi",),
        "af_score": "cha2ds2-va",
        "kfre_region": "other",
        "race": "other",
    }
    service.answer(case(), models, settings())
    assert "race" not in models.asked
