"""Advice of order-select that is not said again at order-sign: only where asked, only while unchanged."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from order_world import allergy, call, draft, drug, lab, rules, running
from service_site import Site, findings

from adapters.ports import StoreUnavailable
from adapters.store_sql import SqlStore
from cds.repeats import EXTENSION, LIFE_SECONDS

WARFARIN = drug("Warfarin Sodium 5 MG Oral Tablet", "855332")
LISINOPRIL = drug("lisinopril 10 MG Oral Tablet", "314076")
SPIRONOLACTONE = draft("spironolactone 25 MG Oral Tablet", "313096", sig="once daily")
POTASSIUM = lab("2823-3", 5.2, "mmol/L")
WARNS = (LISINOPRIL, POTASSIUM)
"""A chart on which spironolactone is warned of, and no more."""
IBUPROFEN = draft("ibuprofen 400 MG Oral Tablet", "197805", sig="three times daily")
ASKS_TO_KEEP = {EXTENSION: {"cache-for-order-sign-filtering": True}}
ASKS_TO_LEAVE_OUT = {EXTENSION: {"filter-out-repeated-alerts": True}}


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with running(tmp_path) as made:
        yield made


def test_by_default_everything_is_said_again(site):
    assert rules(site.say(call(SPIRONOLACTONE, chart=WARNS, hook="order-select")))
    signed = site.say(call(SPIRONOLACTONE, chart=WARNS))
    assert "DDIraasPotassiumSparing" in rules(signed)


def test_a_client_that_asks_is_not_told_the_same_warning_twice(site):
    before = site.say(call(SPIRONOLACTONE, chart=WARNS, hook="order-select", extension=ASKS_TO_KEEP))
    assert rules(before)["DDIraasPotassiumSparing"] == "warning"
    signed = site.say(call(SPIRONOLACTONE, chart=WARNS, extension=ASKS_TO_LEAVE_OUT))
    assert "DDIraasPotassiumSparing" not in rules(signed)


def test_the_audit_counts_what_was_not_said_again(site):
    said = site.say(call(SPIRONOLACTONE, chart=WARNS, hook="order-select", extension=ASKS_TO_KEEP))
    site.say(call(SPIRONOLACTONE, chart=WARNS, extension=ASKS_TO_LEAVE_OUT))
    first, second = (body for body in site.audit() if "cards" in body)
    assert "repeated" not in first
    assert second["repeated"] == len(said)
    assert second["cards"] == []


def test_asking_to_leave_out_what_was_never_kept_leaves_nothing_out(site):
    site.say(call(SPIRONOLACTONE, chart=WARNS, hook="order-select"))
    assert "DDIraasPotassiumSparing" in rules(
        site.say(call(SPIRONOLACTONE, chart=WARNS, extension=ASKS_TO_LEAVE_OUT))
    )


def test_critical_advice_is_repeated_at_signing(site):
    for hook, asks in (("order-select", ASKS_TO_KEEP), ("order-sign", ASKS_TO_LEAVE_OUT)):
        said = site.say(call(IBUPROFEN, chart=[WARFARIN], hook=hook, extension=asks))
        assert rules(said)["DDIwarfarinNsaid"] == "critical"


def test_a_site_may_choose_that_not_even_critical_advice_is_repeated(site):
    chosen = site.configured(no_repeat="all")
    assert rules(chosen.say(call(IBUPROFEN, chart=[WARFARIN], hook="order-select")))
    assert "DDIwarfarinNsaid" not in rules(chosen.say(call(IBUPROFEN, chart=[WARFARIN])))


def test_a_site_may_choose_it_for_clients_that_say_nothing(site):
    chosen = site.configured(no_repeat="non-critical")
    chosen.say(call(SPIRONOLACTONE, chart=WARNS, hook="order-select"))
    assert "DDIraasPotassiumSparing" not in rules(chosen.say(call(SPIRONOLACTONE, chart=WARNS)))
    chosen.say(call(IBUPROFEN, chart=[WARFARIN], hook="order-select"))
    assert "DDIwarfarinNsaid" in rules(chosen.say(call(IBUPROFEN, chart=[WARFARIN])))


def test_a_client_that_wants_repetition_gets_it_whatever_the_site_chose(site):
    chosen = site.configured(no_repeat="all")
    chosen.say(call(SPIRONOLACTONE, chart=WARNS, hook="order-select"))
    wants = {EXTENSION: {"filter-out-repeated-alerts": False}}
    assert "DDIraasPotassiumSparing" in rules(chosen.say(call(SPIRONOLACTONE, chart=WARNS, extension=wants)))


@pytest.mark.parametrize(
    "signed",
    [
        call(draft("spironolactone 50 MG Oral Tablet", "313096", sig="once daily"), chart=WARNS),
        call(draft("spironolactone 25 MG Oral Tablet", "313096", sig="twice daily"), chart=WARNS),
        call(SPIRONOLACTONE, chart=[LISINOPRIL, lab("2823-3", 5.4, "mmol/L", days=0.1)]),
        call(SPIRONOLACTONE, chart=[*WARNS, lab("2160-0", 1.4, "mg/dL")]),
    ],
    ids=["another-strength", "another-frequency", "a-new-potassium", "a-further-result"],
)
def test_a_changed_order_or_record_is_judged_afresh(site, signed):
    site.say(call(SPIRONOLACTONE, chart=WARNS, hook="order-select", extension=ASKS_TO_KEEP))
    said = site.say({**signed, "extension": ASKS_TO_LEAVE_OUT})
    assert "DDIraasPotassiumSparing" in rules(said)


def test_another_patient_is_another_matter(site):
    site.say(call(SPIRONOLACTONE, chart=WARNS, hook="order-select", extension=ASKS_TO_KEEP))
    other = call(SPIRONOLACTONE, chart=WARNS, extension=ASKS_TO_LEAVE_OUT)
    text = json.dumps(other).replace("pt-4711", "pt-4712")
    assert "DDIraasPotassiumSparing" in rules(site.say(json.loads(text)))


def test_the_same_order_under_another_id_and_time_is_the_same(site):
    """Clients give a draft a new id, or none, when it is signed."""
    site.say(call(SPIRONOLACTONE, chart=WARNS, hook="order-select", extension=ASKS_TO_KEEP))
    again = {**SPIRONOLACTONE, "id": "another", "authoredOn": "2026-11-01T08:00:00Z"}
    assert "DDIraasPotassiumSparing" not in rules(
        site.say(call(again, chart=WARNS, extension=ASKS_TO_LEAVE_OUT))
    )
    nameless = {name: value for name, value in SPIRONOLACTONE.items() if name != "id"}
    assert "DDIraasPotassiumSparing" not in rules(
        site.say(call(nameless, chart=WARNS, extension=ASKS_TO_LEAVE_OUT))
    )


def test_a_new_alert_about_the_same_order_is_said_with_the_old_one(site):
    """A card of two alerts of which one is new is said whole."""
    site.say(call(SPIRONOLACTONE, chart=WARNS, hook="order-select", extension=ASKS_TO_KEEP))
    more = draft("potassium chloride 20 MEQ Extended Release Oral Tablet", "628958", id="draft-2")
    said = site.say(call(SPIRONOLACTONE, more, chart=WARNS, extension=ASKS_TO_LEAVE_OUT))
    assert "DDIraasPotassiumSparing" in rules(said) or "potassium chloride" in str(findings(said))


def test_what_was_said_is_known_to_the_other_worker_and_after_a_restart(site, tmp_path):
    site.say(call(SPIRONOLACTONE, chart=WARNS, hook="order-select", extension=ASKS_TO_KEEP))
    other = SqlStore(f"sqlite:///{tmp_path / 'store.sqlite'}", clock=site.parts.clock)
    try:
        said = site.again(other).say(call(SPIRONOLACTONE, chart=WARNS, extension=ASKS_TO_LEAVE_OUT))
    finally:
        other.close()
    assert "DDIraasPotassiumSparing" not in rules(said)


def test_after_a_day_it_is_said_again(site):
    site.say(call(SPIRONOLACTONE, chart=WARNS, hook="order-select", extension=ASKS_TO_KEEP))
    now = site.parts.clock.now()
    store = site.parts.store
    assert store.expired("default", now=now + LIFE_SECONDS - 1).get("memory", 0) == 0
    assert store.purge("default", now=now + LIFE_SECONDS + 1)["memory"] > 0
    assert "DDIraasPotassiumSparing" in rules(
        site.say(call(SPIRONOLACTONE, chart=WARNS, extension=ASKS_TO_LEAVE_OUT))
    )


class Away:
    """A store whose memory is away and whose audit works."""

    def __init__(self, store):
        self._store = store

    def remember(self, *args, **kwargs):
        raise StoreUnavailable("away")

    def recall(self, *args, **kwargs):
        raise StoreUnavailable("away")

    def __getattr__(self, name):
        return getattr(self._store, name)


def test_a_store_that_is_away_means_repetition_never_silence(site):
    away = Site(replace(site.parts, store=Away(site.parts.store)))
    assert rules(away.say(call(SPIRONOLACTONE, chart=WARNS, hook="order-select", extension=ASKS_TO_KEEP)))
    site.say(call(SPIRONOLACTONE, chart=WARNS, hook="order-select", extension=ASKS_TO_KEEP))
    assert "DDIraasPotassiumSparing" in rules(
        away.say(call(SPIRONOLACTONE, chart=WARNS, extension=ASKS_TO_LEAVE_OUT))
    )


def test_what_was_computed_in_silence_was_not_said(site):
    silent = site.configured(rollout={"mode": "silent"})
    assert silent.say(call(SPIRONOLACTONE, chart=WARNS, hook="order-select", extension=ASKS_TO_KEEP)) == []
    assert "DDIraasPotassiumSparing" in rules(
        site.say(call(SPIRONOLACTONE, chart=WARNS, extension=ASKS_TO_LEAVE_OUT))
    )


def test_what_was_cut_by_the_limit_was_not_said(site):
    """Only what went out counts as said."""
    drafts = [
        draft("lisinopril 10 MG Oral Tablet", "314076", id="d1"),
        draft("losartan potassium 50 MG Oral Tablet", "979492", id="d2"),
        draft("spironolactone 25 MG Oral Tablet", "313096", id="d3"),
    ]
    one = site.configured(max_cards=1, no_repeat="all")
    shown = one.say(call(*drafts, chart=[POTASSIUM], hook="order-select"))
    whole = site.configured(max_cards=20, no_repeat="all").say(call(*drafts, chart=[POTASSIUM]))
    told = {(row["rule"], tuple(row["drugs"])) for row in findings(shown) if "drugs" in row}
    rest = {(row["rule"], tuple(row["drugs"])) for row in findings(whole) if "drugs" in row}
    assert told
    assert rest
    assert not told & rest


def test_the_gap_card_is_repeated(site):
    strange = draft("Zorblaxin 20 mg")
    chosen = site.configured(no_repeat="all")
    for hook in ("order-select", "order-sign"):
        assert "Zorblaxin" in chosen.say(call(strange, hook=hook))[-1]["summary"]


def test_evidence_is_left_out_where_the_client_does_not_want_it(site):
    wants = {EXTENSION: {"show-evidence-support": False}}
    [plain] = site.say(call(IBUPROFEN, chart=[WARFARIN], extension=wants))
    [whole] = site.say(call(IBUPROFEN, chart=[WARFARIN]))
    assert "**Evidence:**" in whole["detail"]
    assert "**Evidence:**" not in plain["detail"]
    assert "links" not in plain
    assert plain["detail"].startswith(whole["detail"].partition("\n\n**Evidence:**")[0])


def test_information_is_left_out_where_the_client_does_not_want_it_and_gaps_stay(site):
    strange = draft("Zorblaxin 20 mg", id="draft-2")
    request = call(draft("lisinopril 10 MG Oral Tablet", "314076"), strange)
    whole = site.say(request)
    assert any(card["source"]["topic"]["code"] == "MEDnotes" for card in whole)
    serious = site.say({**request, "extension": {EXTENSION: {"alert-non-serious": False}}})
    assert [c["source"]["topic"]["code"] for c in serious if c["indicator"] == "info"] == ["NOTchecked"]
    assert site.audit()[-1]["left_out"] == 1


@pytest.mark.parametrize(
    "extension", [{EXTENSION: "yes"}, {EXTENSION: {"filter-out-repeated-alerts": "yes"}}]
)
def test_an_extension_that_makes_no_sense_is_no_wish(site, extension):
    site.say(call(SPIRONOLACTONE, chart=WARNS, hook="order-select", extension=extension))
    assert "DDIraasPotassiumSparing" in rules(
        site.say(call(SPIRONOLACTONE, chart=WARNS, extension=extension))
    )


def test_what_is_remembered_tells_nothing(site, tmp_path):
    """A keyed hash and the word "said": no drug, no patient, no rule."""
    kept = []
    store = site.parts.store

    class Spy(Away):
        def remember(self, tenant, purpose, key, value, *, expires):
            kept.append((purpose, key, value))

    spied = Site(replace(site.parts, store=Spy(store)))
    spied.say(
        call(SPIRONOLACTONE, chart=[*WARNS, allergy("aspirin")], hook="order-select", extension=ASKS_TO_KEEP)
    )
    assert kept
    assert all(len(key) == 32 and value == b"said" for _, key, value in kept)
