"""What a card of medication safety holds: words, what one click does, topics, reasons, options, dialects."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from order_world import PATIENT, ago, allergy, call, condition, draft, drug, lab, patient, rules, running
from service_site import Site, findings

import cds.pipeline
from cds.fhir.validate import faults
from cds.hooks.profiles import names
from cds.services.medication_safety import DEFAULTS, service
from cds.trust.callers import ANONYMOUS

WARFARIN = drug("Warfarin Sodium 5 MG Oral Tablet", "855332", sig="as the INR says")
IBUPROFEN = draft("ibuprofen 400 MG Oral Tablet", "197805", sig="three times daily")
CLOZAPINE = draft("clozapine 100 MG Oral Tablet")
PENICILLIN = allergy("penicillin", "70618", reaction="anaphylaxis")
AMOXICILLIN = draft("amoxicillin 500 MG Oral Capsule", "308191")
HEART_FAILURE = condition("I50.22", "Systolic heart failure")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running(Path(tmp_path_factory.mktemp("cards"))) as made:
        yield made


def one(cards, topic: str):
    """Return the card whose topic begins so."""
    [found] = [c for c in cards if c["source"]["topic"]["code"].startswith(topic)]
    return found


def actions(card, label: str):
    """Return the actions of the suggestion whose label begins so."""
    [found] = [s["actions"] for s in card["suggestions"] if s["label"].startswith(label)]
    return found


def resources(cards):
    """Yield every resource that a suggestion would create."""
    for card in cards:
        for suggestion in card.get("suggestions", ()):
            yield from (a["resource"] for a in suggestion["actions"] if "resource" in a)


def test_a_card_says_what_why_what_weighs_what_to_do_and_by_what_evidence(site):
    detail = one(site.say(call(IBUPROFEN, chart=[WARFARIN])), "DDIwarfarin")["detail"]
    blocks = detail.split("\n\n")
    assert blocks[0] == (
        "**Draft:** ibuprofen 400 MG Oral Tablet, three times daily. "
        "**Active:** Warfarin Sodium 5 MG Oral Tablet, as the INR says (ordered 7 months ago)."
    )
    assert blocks[1].startswith("**Why:** ")
    assert "**In this record:** no PPI or misoprostol" in blocks[2]
    assert "**Not found:** INR within 14 days" in blocks[2]
    assert blocks[3].startswith("**Do:** Acetaminophen instead.")
    assert re.search(r"\*\*Evidence:\*\* .*\b20\d\d\b", blocks[-2])
    assert blocks[-1] == "Rules from labels and guidelines, no AI."


def test_the_summary_names_both_drugs_and_what_may_happen(site):
    summary = one(site.say(call(IBUPROFEN, chart=[WARFARIN])), "DDIwarfarin")["summary"]
    assert summary.startswith("Warfarin with ibuprofen: bleeding")


def test_the_value_that_decided_stands_in_the_summary_and_with_its_age_in_the_text(site):
    metformin = draft("metformin hydrochloride 500 MG Oral Tablet")
    card = one(site.say(call(metformin, chart=[lab("2160-0", 2.6, "mg/dL")])), "RENmetformin")
    assert "(eGFR 2" in card["summary"]
    assert re.search(r"eGFR 2\d(\.\d)? mL/min/1\.73 m² \(3 days ago\)", card["detail"])


def test_alerts_of_one_kind_about_one_draft_are_one_card(site):
    """One decision a card: what else speaks against the draft stands beside the worst."""
    chart = [WARFARIN, drug("losartan potassium 50 MG Oral Tablet"), drug("furosemide 20 MG Oral Tablet")]
    cards = [c for c in site.say(call(IBUPROFEN, chart=chart)) if c["indicator"] != "info"]
    interactions = [c for c in cards if "interaction" in {r["kind"] for r in findings([c])}]
    assert len(interactions) == 1
    if len(findings(interactions)) > 1:
        assert re.search(r"also |and \d+ more", interactions[0]["summary"])
        assert "**Also:**" in interactions[0]["detail"]


def test_words_of_the_record_are_harmless(site):
    """Some clients render HTML in a card; an address in a record becomes no link."""
    named = drug(
        "Warfarin [click](https://evil.example) <img src=x onerror=alert(1)> 5 MG Oral Tablet", "855332"
    )
    detail = one(site.say(call(IBUPROFEN, chart=[named])), "DDIwarfarin")["detail"]
    assert "<img" not in detail
    assert "](https://" not in detail


def test_a_card_stays_short(site):
    """What a person reads in a moment."""
    for request in (
        call(IBUPROFEN, chart=[WARFARIN]),
        call(AMOXICILLIN, chart=[PENICILLIN]),
        call(CLOZAPINE),
    ):
        for card in site.say(request):
            assert len(card["summary"]) < 140
            assert len(card["detail"]) < 1500


def test_an_allergy_alert_shows_the_very_entry_with_reaction_and_age(site):
    """What the list holds besides says nothing of this drug and is not repeated."""
    old = allergy("penicillin", "70618", reaction="anaphylaxis", recordedDate=ago(5 * 365.25)[:10])
    latex = allergy("latex", system="http://snomed.info/sct", reaction="rash")
    detail = one(site.say(call(AMOXICILLIN, chart=[latex, old])), "ALL")["detail"]
    assert "**Allergy on record:** penicillin: anaphylaxis (5 years ago)." in detail
    assert "latex" not in detail


def test_an_entry_without_age_or_reaction_says_so(site):
    detail = one(site.say(call(AMOXICILLIN, chart=[allergy("penicillin", "70618")])), "ALL")["detail"]
    assert "**Allergy on record:** penicillin, reaction not recorded." in detail


def test_another_drug_is_offered_only_where_it_passed_every_check(site):
    """Nothing that the record speaks against stands in for what the record speaks against."""
    card = one(site.say(call(IBUPROFEN, chart=[HEART_FAILURE])), "CInsaidHeartFailure")
    assert [a["type"] for a in actions(card, "Replace with acetaminophen")] == ["delete", "create"]
    allergic = allergy("acetaminophen", "161", reaction="anaphylaxis")
    card = one(site.say(call(IBUPROFEN, chart=[HEART_FAILURE, allergic])), "CInsaidHeartFailure")
    assert not any(s["label"].startswith("Replace with acetaminophen") for s in card.get("suggestions", ()))
    assert "Alternative checked:** acetaminophen" not in card["detail"]


def test_what_stands_in_for_one_drug_of_a_pair_is_no_stand_in_for_the_other(site):
    """Acetaminophen replaces the ibuprofen beside warfarin, and never the warfarin."""
    card = one(site.say(call(IBUPROFEN, chart=[WARFARIN])), "DDIwarfarin")
    [gone, made] = actions(card, "Replace with acetaminophen")
    assert gone["resourceId"] == "MedicationRequest/draft-1"
    assert made["resource"]["medicationCodeableConcept"]["text"] == "acetaminophen"
    new = draft("Warfarin Sodium 5 MG Oral Tablet", "855332")
    card = one(site.say(call(new, chart=[drug("ibuprofen 400 MG Oral Tablet")])), "DDIwarfarin")
    assert not any(s["label"].startswith("Replace") for s in card["suggestions"])


def test_of_two_drafts_the_one_that_is_replaced_is_the_one_that_is_removed(site):
    first = draft("ibuprofen 400 MG Oral Tablet", "197805", id="nsaid")
    second = draft("Warfarin Sodium 5 MG Oral Tablet", "855332", id="anticoagulant")
    card = one(site.say(call(first, second)), "DDIwarfarin")
    assert actions(card, "Replace with acetaminophen")[0]["resourceId"] == "MedicationRequest/nsaid"
    assert actions(card, "Remove ibuprofen")[0]["resourceId"] == "MedicationRequest/nsaid"


def test_a_missing_result_can_be_ordered(site):
    [made] = actions(one(site.say(call(CLOZAPINE)), "LABclozapine"), "Order Neutrophils")
    assert made["type"] == "create"
    assert made["resource"]["resourceType"] == "ServiceRequest"
    assert made["resource"]["status"] == "draft"
    assert made["resource"]["subject"] == {"reference": f"Patient/{PATIENT}"}
    assert made["resource"]["code"]["coding"][0]["system"] == "http://loinc.org"


def test_only_drafts_are_ever_removed(site):
    """What is active is somebody else's decision, however grave the alert."""
    requests = [
        call(
            draft("Warfarin Sodium 5 MG Oral Tablet", id="d7"), chart=[drug("ibuprofen 400 MG Oral Tablet")]
        ),
        call(PENICILLIN, hook="allergyintolerance-create", chart=[drug("amoxicillin 500 MG Oral Capsule")]),
    ]
    gone = [
        action["resourceId"]
        for request in requests
        for card in site.say(request)
        for suggestion in card.get("suggestions", ())
        for action in suggestion["actions"]
        if action["type"] == "delete"
    ]
    assert gone == ["MedicationRequest/d7"]


def test_a_duplicate_can_be_taken_out_again(site):
    new = draft("rosuvastatin calcium 20 MG Oral Tablet", "859751")
    card = one(site.say(call(new, chart=[drug("atorvastatin 20 MG Oral Tablet", "617310")])), "DUP")
    assert actions(card, "Remove rosuvastatin")[0]["resourceId"] == "MedicationRequest/draft-1"


def test_no_card_says_a_calendar_date_or_an_unfilled_place(site):
    """Not even the date of a publication: an EHR cannot tell it from a date of the record."""
    child = call(draft("codeine sulfate 30 MG Oral Tablet"), who=patient(born="2018-03-01"))
    new = allergy("lisinopril", "29046", reaction="angioedema")
    taken = [drug("lisinopril 10 MG Oral Tablet", "314076")]
    for request in (child, call(new, hook="allergyintolerance-create", chart=taken), call(CLOZAPINE)):
        for card in site.say(request):
            said = f"{card['summary']} {card['detail']} {card.get('links')}"
            assert not re.search(r"\b20\d\d-[01]\d-[0-3]\d\b", said)
            assert "{" not in card["summary"] + card["detail"]


def test_the_removal_is_named_after_what_is_removed(site):
    """Not after the other drug of the pair."""
    card = one(site.say(call(IBUPROFEN, chart=[WARFARIN])), "DDIwarfarin")
    labels = [s["label"] for s in card["suggestions"] if s["label"].startswith("Remove")]
    assert labels == ["Remove ibuprofen 400 MG Oral Tablet from these orders"]


def test_what_is_suggested_is_valid_r4_about_this_patient_and_says_who_proposed_it(site):
    cards = [
        *site.say(call(IBUPROFEN, chart=[WARFARIN])),
        *site.say(call(AMOXICILLIN, chart=[PENICILLIN])),
        *site.say(call(CLOZAPINE)),
    ]
    made = list(resources(cards))
    assert {r["resourceType"] for r in made} == {"MedicationRequest", "ServiceRequest"}
    for resource in made:
        assert list(faults(resource)) == []
        assert resource["status"] == "draft"
        assert resource["subject"] == {"reference": f"Patient/{PATIENT}"}
        assert resource["contained"][0]["agent"][0]["who"]["display"].startswith(
            "clinicards medication-safety@"
        )


def test_at_most_one_suggestion_is_taken_and_none_is_preselected(site):
    for card in site.say(call(IBUPROFEN, chart=[WARFARIN])):
        assert card["selectionBehavior"] == "at-most-one"
        assert not any(s.get("isRecommended") for s in card["suggestions"])
        assert len(card["suggestions"]) <= 3


def test_there_are_coded_reasons_to_go_on_and_not_too_many(site):
    card = one(site.say(call(IBUPROFEN, chart=[WARFARIN])), "DDIwarfarin")
    codes = [reason["code"] for reason in card["overrideReasons"]]
    assert {"benefit", "not-taking", "comfort-care"} <= set(codes)
    assert len(codes) == len(set(codes)) <= 7
    assert all(reason["display"] for reason in card["overrideReasons"])


def test_a_topic_is_the_rule_with_its_drugs_whoever_the_patient_is_and_whichever_is_drafted(site):
    """An EHR remembers overrides by it."""
    first = site.say(call(IBUPROFEN, chart=[WARFARIN]))
    second = site.say(
        call(
            draft("warfarin sodium 2 MG Oral Tablet"),
            chart=[drug("ibuprofen 800 MG Oral Tablet"), lab("6301-6", 2.1, "1")],
            who=patient(born="1990-01-01", sex="female"),
        )
    )
    topics = {one(cards, "DDIwarfarinNsaid")["source"]["topic"]["code"] for cards in (first, second)}
    assert topics == {"DDIwarfarinNsaidIbuprofenWarfarin"}


def test_the_topic_of_a_rule_about_one_drug_names_the_drug(site):
    """Who overrides a penicillin allergy for amoxicillin has not done so for piperacillin."""
    topics = [
        one(site.say(call(draft(text), chart=[PENICILLIN])), "ALL")["source"]["topic"]["code"]
        for text in ("amoxicillin 500 MG Oral Capsule", "penicillin V potassium 500 MG Oral Tablet")
    ]
    assert len(set(topics)) == 2
    assert topics[0].endswith("Amoxicillin")
    assert all(re.fullmatch(r"[A-Za-z0-9]{1,100}", topic) for topic in topics)


def test_information_is_one_card_of_notes_without_a_decision(site):
    card = one(site.say(call(draft("lisinopril 10 MG Oral Tablet"))), "MEDnotes")
    assert card["indicator"] == "info"
    assert "suggestions" not in card
    assert card["summary"].startswith("1 note on these orders, none urgent: ")


def test_notes_can_be_switched_off_and_shortened(site):
    orders = [
        draft("lisinopril 10 MG Oral Tablet", id="d1"),
        draft("spironolactone 25 MG Oral Tablet", id="d2"),
        draft("carbamazepine 200 MG Oral Tablet", id="d3"),
    ]
    whole = one(site.say(call(*orders)), "MEDnotes")
    assert whole["detail"].count("\n- ") >= 1
    without = site.configured(options={"notes_card": False}).say(call(*orders))
    assert not any(c["source"]["topic"]["code"] == "MEDnotes" for c in without)
    short = one(site.configured(options={"notes_rows": 1}).say(call(*orders)), "MEDnotes")
    assert re.search(r"\n- and \d+ more\n", short["detail"])


def test_a_rule_can_be_switched_off_by_name(site):
    off = site.configured(options={"off": ["DDIwarfarinNsaid"]})
    assert "DDIwarfarinNsaid" not in rules(off.say(call(IBUPROFEN, chart=[WARFARIN])))


def test_evidence_can_be_left_out(site):
    [card] = site.configured(options={"evidence": False}).say(call(IBUPROFEN, chart=[WARFARIN]))
    assert "Evidence" not in card["detail"]


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"notes": True}, "notes: unknown option"),
        ({"notes_card": "yes"}, "notes_card: true or false"),
        ({"evidence": 1}, "evidence: true or false"),
        ({"notes_rows": 0}, "notes_rows: a whole number from 1 to 40"),
        ({"notes_rows": True}, "notes_rows: a whole number from 1 to 40"),
        ({"off": "DDIwarfarinNsaid"}, "off: a list of rule ids"),
        ({"off": [1]}, "off: a list of rule ids"),
    ],
)
def test_an_option_that_does_not_fit_is_named(options, named):
    assert any(line.startswith(named) for line in service.check_options(options))
    assert not service.check_options(dict(DEFAULTS))


def test_data_beside_the_words_point_at_nobody(site):
    """Rules, drugs, modifiers and versions; no reference, id or date."""
    text = str(findings(site.say(call(IBUPROFEN, chart=[WARFARIN]))))
    assert "MedicationRequest" not in text
    assert PATIENT not in text
    assert "draft-1" not in text
    assert not re.search(r"20\d\d-\d\d", text)


@pytest.mark.parametrize("ehr", names())
def test_every_dialect_gets_what_it_can_show(site, monkeypatch, ehr):
    monkeypatch.setattr(cds.pipeline, "ANONYMOUS", replace(ANONYMOUS, profile=ehr))
    [card] = site.say(call(IBUPROFEN, chart=[WARFARIN]))
    assert card["suggestions"]
    if ehr == "epic":
        assert all(len(s["actions"]) == 1 for s in card["suggestions"])
        assert card["selectionBehavior"] == "any"
        labels = [s["label"] for s in card["suggestions"]]
        assert "Draft acetaminophen, dose to be chosen" in labels
        assert all(a["description"] for s in card["suggestions"] for a in s["actions"])
        assert "links" not in card
    uuids = [card["uuid"], *(s["uuid"] for s in card["suggestions"])]
    assert len(set(uuids)) == len(uuids)


def test_a_summary_says_of_no_drug_what_holds_for_another(site):
    """Sacubitril is not said to harm with the valsartan it comes with."""
    entresto = draft("Entresto 24/26 mg", sig="twice daily")
    chart = [drug("lisinopril 10 MG Oral Tablet"), condition("I50.22", "Systolic heart failure")]
    summary = one(site.say(call(entresto, chart=chart)), "DDIarniAceInhibitor")["summary"]
    assert summary == "Sacubitril with lisinopril: angioedema; also lisinopril with valsartan"
