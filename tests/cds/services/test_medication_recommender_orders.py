"""The medication recommender at order-select: what bears on the selection, nothing that is drafted."""

import pytest
from order_world import draft, drug
from recommender_world import (
    AF,
    HYPERTENSION,
    KIDNEY,
    LISINOPRIL,
    UNTREATED,
    VACCINATED,
    YOUNG,
    call,
    drafted,
    running,
)
from service_site import topics


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with running(tmp_path_factory.mktemp("recommender")) as made:
        yield made


def test_at_order_select_only_what_bears_on_the_selection(site):
    metformin = draft("metformin hydrochloride 500 MG Oral Tablet", "861007")
    chart = (*KIDNEY, AF)
    assert topics(site.say(call(*chart, drafts=[metformin]))) == ["GAPsglt2iCkdT2d"]
    ibuprofen = draft("ibuprofen 400 MG Oral Tablet", "197805")
    assert site.say(call(*chart, drafts=[ibuprofen])) == []


def test_what_is_drafted_is_not_proposed_again(site):
    drafts = [draft("empagliflozin 10 mg oral tablet", "1545653")]
    assert site.say(call(*KIDNEY, drafts=drafts)) == []


def test_the_reason_of_an_order_says_what_it_is_for(site):
    other = draft("propranolol hydrochloride 40 MG Oral Tablet", "856448")
    chart = (*KIDNEY, HYPERTENSION)
    assert site.say(call(*chart, drafts=[other])) == []
    reason = [{"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "E11.9"}]}]
    assert topics(site.say(call(*chart, drafts=[other | {"reasonCode": reason}]))) == ["GAPsglt2iCkdT2d"]


def test_a_drafted_opioid_beside_a_benzodiazepine_asks_for_naloxone(site):
    chart = (HYPERTENSION, LISINOPRIL, drug("lorazepam 1 MG Oral Tablet", "197901"), *VACCINATED)
    oxycodone = draft("oxycodone hydrochloride 5 MG Oral Tablet", "1049621", sig="1 tablet every 4 hours")
    [card] = site.say(call(*chart, drafts=[oxycodone]))
    assert topics([card]) == ["GAPnaloxoneOpioid"]
    [dose] = drafted(card)[0]["dosageInstruction"]
    assert dose["asNeededBoolean"] is True
    assert dose["route"]["text"] == "Nasal route"
    assert card["suggestions"][0]["label"] == "Draft naloxone 4 mg nasal spray"


def test_with_a_selected_order_what_usually_goes_with_it(site):
    amlodipine = draft("amlodipine 5 MG Oral Tablet", "197361")
    [card] = site.say(call(*UNTREATED, who=YOUNG, drafts=[amlodipine]))
    assert "often ordered with what is selected: hydrochlorothiazide" in card["summary"]
    assert "nothing else on the list treats it" in card["detail"]
