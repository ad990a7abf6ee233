"""Drafts that replace an order, and drafts that nothing can point at."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from order_world import ago, call, condition, draft, drug, lab, patient, rules, running
from service_site import Site, findings

WARFARIN = drug("Warfarin Sodium 5 MG Oral Tablet", "855332", id="old-1")
LISINOPRIL = drug("lisinopril 10 MG Oral Tablet", sig="daily", id="old-2")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running(Path(tmp_path_factory.mktemp("drafts"))) as made:
        yield made


def instead_of(order: dict[str, Any]) -> dict[str, Any]:
    return {"priorPrescription": {"reference": f"MedicationRequest/{order['id']}"}}


def unnamed(order: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in order.items() if name != "id"}


def test_the_order_that_a_draft_replaces_is_no_duplicate(site):
    more = draft("lisinopril 20 MG Oral Tablet", sig="daily")
    assert "DUPingredient" in rules(site.say(call(more, chart=[LISINOPRIL])))
    other = draft("lisinopril 20 MG Oral Tablet", sig="daily", **instead_of(LISINOPRIL))
    assert "DUPingredient" not in rules(site.say(call(other, chart=[LISINOPRIL])))


def test_the_order_that_a_draft_replaces_is_no_partner_of_an_interaction(site):
    fluconazole = draft("fluconazole 200 MG Oral Tablet", sig="daily", id="draft-2")
    apixaban = draft("apixaban 5 MG Oral Tablet", sig="twice daily", **instead_of(WARFARIN))
    said = site.say(call(apixaban, fluconazole, chart=[WARFARIN]))
    assert not any("warfarin" in drugs for drugs in _drugs(said))


def test_a_draft_of_the_same_session_that_replaces_nothing_keeps_its_partner(site):
    fluconazole = draft("fluconazole 200 MG Oral Tablet", sig="daily")
    assert any("warfarin" in drugs for drugs in _drugs(site.say(call(fluconazole, chart=[WARFARIN]))))


def test_a_wash_out_still_looks_back_at_what_is_replaced(site):
    """Sacubitril in the place of an ACE inhibitor still has to wait 36 hours."""
    arni = draft(
        "sacubitril 24 MG / valsartan 26 MG Oral Tablet", sig="twice daily", **instead_of(LISINOPRIL)
    )
    assert "WASHarniAce" in rules(site.say(call(arni, chart=[LISINOPRIL])))


def test_a_replacement_at_another_dose_is_no_beginning(site):
    """What is said of a first order (test before you start) is not said of the next one."""
    abacavir = drug("abacavir 300 MG Oral Tablet", sig="twice daily", id="old-3")
    again = draft("abacavir 600 MG Oral Tablet", sig="daily", **instead_of(abacavir))
    assert "GENabacavirMissing" in rules(site.say(call(draft("abacavir 600 MG Oral Tablet"))))
    assert "GENabacavirMissing" not in rules(site.say(call(again, chart=[abacavir])))


def test_a_reference_to_nothing_that_is_known_changes_nothing(site):
    ibuprofen = draft("ibuprofen 400 MG Oral Tablet", **instead_of({"id": "nowhere"}))
    assert "DDIwarfarinNsaid" in rules(site.say(call(ibuprofen, chart=[WARFARIN])))


@pytest.mark.parametrize(("past_due", "speaks"), [(-60, True), (10, True), (50, False)])
def test_a_pregnancy_is_over_42_days_after_the_due_date(site, past_due, speaks):
    due = {
        **lab("11778-8", 0, "d"),
        "valueDateTime": ago(past_due)[:10],
        "effectiveDateTime": ago(past_due + 200),
    }
    due.pop("valueQuantity")
    expecting = condition("Z34.90", "Normal pregnancy", days=past_due + 230)
    request = call(
        draft("lisinopril 10 MG Oral Tablet"),
        chart=[due, expecting],
        who=patient(born="1995-03-01", sex="female"),
    )
    assert ("PREGraas" in rules(site.say(request))) is speaks


@pytest.mark.parametrize(("days", "speaks"), [(10, True), (60, True), (120, False)])
def test_a_week_of_pregnancy_grows_old_and_ends_it_42_days_after_term(site, days, speaks):
    """36 weeks four months ago are no 53 weeks today."""
    week = lab("18185-9", 36, "wk", days=days)
    told = lab("82810-3", 0, "1", days=days)
    told.pop("valueQuantity")
    told["valueCodeableConcept"] = {"coding": [{"system": "http://snomed.info/sct", "code": "77386006"}]}
    request = call(
        draft("ibuprofen 600 MG Oral Tablet"),
        chart=[week, told],
        who=patient(born="1995-03-01", sex="female"),
    )
    assert ("PREGnsaid20" in rules(site.say(request))) is speaks


def test_a_pregnancy_after_that_due_date_is_another_one(site):
    due = {**lab("11778-8", 0, "d"), "valueDateTime": ago(300)[:10], "effectiveDateTime": ago(500)}
    due.pop("valueQuantity")
    again = condition("Z34.90", "Normal pregnancy", days=60)
    request = call(
        draft("lisinopril 10 MG Oral Tablet"),
        chart=[due, again],
        who=patient(born="1995-03-01", sex="female"),
    )
    assert "PREGraas" in rules(site.say(request))


def test_advice_about_a_draft_without_an_id_stays_in_words(site):
    """A delete names a resource (CDS Hooks 2.0.1); without an id the card says which draft it means."""
    first, second = draft("loratadine 10 MG Oral Tablet"), draft("ibuprofen 400 MG Oral Tablet")
    cards = site.say(call(unnamed(first), unnamed(second), chart=[WARFARIN]))
    alert = next(card for card in cards if card["indicator"] == "critical")
    assert "**To take out:** ibuprofen 400 MG Oral Tablet (draft 2 of 2)." in alert["detail"]
    assert "**Alternative checked:** acetaminophen" in alert["detail"]
    assert not _deletes(alert)
    assert any("suggestion" in card["detail"] for card in cards if card is not alert)


def test_a_draft_with_an_id_can_be_taken_out_by_a_click_and_by_hand(site):
    cards = site.say(call(draft("ibuprofen 400 MG Oral Tablet"), chart=[WARFARIN]))
    alert = next(card for card in cards if card["indicator"] == "critical")
    assert "**To take out:** ibuprofen 400 MG Oral Tablet." in alert["detail"]
    assert _deletes(alert) == ["MedicationRequest/draft-1"] * 2


def test_a_warning_that_may_be_gone_on_with_names_nothing_to_take_out(site):
    losartan = draft("losartan 50 MG Oral Tablet")
    cards = site.say(call(losartan, chart=[drug("aliskiren 150 MG Oral Tablet")]))
    alert = next(card for card in cards if card["indicator"] == "warning")
    assert "To take out" not in alert["detail"]


def _drugs(cards: list[dict[str, Any]]) -> list[list[str]]:
    return [row["drugs"] for row in findings(cards) if "drugs" in row]


def _deletes(card: dict[str, Any]) -> list[str]:
    actions = [a for s in card.get("suggestions", []) for a in s["actions"]]
    return [a["resourceId"] for a in actions if a["type"] == "delete"]
