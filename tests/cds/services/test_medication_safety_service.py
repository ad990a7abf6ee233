"""When medication safety speaks: every kind of alert, each hook, statuses and dates, what was not checked."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from order_world import ago, allergy, call, condition, draft, drug, lab, patient, rules, running
from service_site import Site, findings, gaps

from cds.errors import Precondition
from cds.plugins import models
from cds.services.medication_safety import service
from cds.testing import check_service
from models.record import RXNORM, Code, Fact, Record

WARFARIN = drug("Warfarin Sodium 5 MG Oral Tablet", "855332")
IBUPROFEN = draft("ibuprofen 400 MG Oral Tablet", "197805", sig="three times daily")
AMOXICILLIN = draft("amoxicillin 500 MG Oral Capsule", "308191", sig="three times daily")
WARFARIN_NSAID = "DDIwarfarinNsaid"
MOTHER = patient(born="1995-03-01", sex="female")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running(Path(tmp_path_factory.mktemp("orders"))) as made:
        yield made


def kinds(cards) -> dict[str, str]:
    """Return the kinds of alerts said with the worst severity of each."""
    order = {"critical": 3, "warning": 2, "info": 1}
    found: dict[str, str] = {}
    for row in findings(cards):
        if "kind" in row and order[row["severity"]] > order.get(found.get(row["kind"], ""), 0):
            found[row["kind"]] = row["severity"]
    return found


KINDS = [
    ("interaction", "critical", call(IBUPROFEN, chart=[WARFARIN])),
    (
        "allergy",
        "critical",
        call(AMOXICILLIN, chart=[allergy("penicillin", "70618", reaction="anaphylaxis")]),
    ),
    ("contraindication", "warning", call(IBUPROFEN, chart=[condition("I50.22", "Systolic heart failure")])),
    (
        "duplicate",
        "warning",
        call(draft("lisinopril 10 MG Oral Tablet"), chart=[drug("enalapril maleate 10 MG Oral Tablet")]),
    ),
    (
        "renal",
        "critical",
        call(draft("metformin hydrochloride 500 MG Oral Tablet"), chart=[lab("2160-0", 2.6, "mg/dL")]),
    ),
    (
        "hepatic",
        "warning",
        call(
            draft("acetaminophen 500 MG Oral Tablet", sig="2 tablets four times daily"),
            chart=[condition("K74.60", "Cirrhosis of liver")],
        ),
    ),
    (
        "pregnancy",
        "critical",
        call(
            draft("lisinopril 10 MG Oral Tablet"),
            chart=[condition("Z34.02", "Pregnancy", days=60)],
            who=MOTHER,
        ),
    ),
    (
        "lactation",
        "warning",
        call(
            draft("codeine sulfate 30 MG Oral Tablet"),
            chart=[condition("Z39.1", "Care of lactating mother", days=20)],
            who=MOTHER,
        ),
    ),
    ("age", "critical", call(draft("codeine sulfate 30 MG Oral Tablet"), who=patient(born="2018-03-01"))),
    (
        "qt",
        "critical",
        call(
            draft("citalopram 40 MG Oral Tablet"),
            chart=[drug("amiodarone 200 MG Oral Tablet"), lab("2823-3", 3.1, "mmol/L")],
        ),
    ),
    ("dose", "critical", call(draft("acetaminophen 500 MG Oral Tablet", sig="2 tablets every 4 hours"))),
    ("lab", "warning", call(draft("clozapine 100 MG Oral Tablet"))),
]


@pytest.mark.parametrize(("kind", "severity", "request_"), KINDS, ids=[row[0] for row in KINDS])
def test_every_kind_of_alert_has_its_card(site, kind, severity, request_):
    cards = site.say(request_)
    assert kinds(cards)[kind] == severity
    [card] = [
        c for c in cards if any(r.get("kind") == kind for r in c["extension"]["org.clinicards.findings"])
    ][:1]
    assert card["indicator"] == severity


@pytest.mark.parametrize("hook", ["order-select", "order-sign", "medication-refill"])
def test_drafts_are_judged_on_every_hook_of_orders(site, hook):
    assert rules(site.say(call(IBUPROFEN, chart=[WARFARIN], hook=hook)))[WARFARIN_NSAID] == "critical"


@pytest.mark.parametrize("hook", ["order-select", "order-sign", "medication-refill"])
def test_nothing_to_say_is_no_card(site, hook):
    assert site.say(call(draft("loratadine 10 MG Oral Tablet", sig="once daily"), hook=hook)) == []


def test_a_new_allergy_is_held_against_what_is_taken(site):
    taken = [drug("amoxicillin 500 MG Oral Capsule", id="a1"), drug("lisinopril 10 MG Oral Tablet", id="l1")]
    new = allergy("penicillin", "70618", reaction="anaphylaxis")
    cards = site.say(call(new, hook="allergyintolerance-create", chart=taken))
    assert kinds(cards)["allergy"] == "critical"
    assert {d for row in findings(cards) for d in row.get("drugs", ())} == {"amoxicillin"}
    assert "Active:" in cards[0]["detail"]


def test_a_new_allergy_says_nothing_of_what_is_no_longer_taken(site):
    stopped = drug("amoxicillin 500 MG Oral Capsule", status="stopped")
    new = allergy("penicillin", "70618", reaction="anaphylaxis")
    assert site.say(call(new, hook="allergyintolerance-create", chart=[stopped])) == []


def test_a_new_allergy_repeats_nothing_that_the_list_said_before(site):
    """What follows from older entries was said when they were entered."""
    taken = [drug("amoxicillin 500 MG Oral Capsule")]
    old = allergy("penicillin", "70618", reaction="anaphylaxis")
    new = allergy("latex", id="a-new")
    assert site.say(call(new, hook="allergyintolerance-create", chart=[*taken, old])) == []


def test_a_selection_without_any_drug_judges_none(site):
    order = {
        "resourceType": "ServiceRequest",
        "id": "s1",
        "status": "draft",
        "intent": "order",
        "code": {"text": "chest radiograph"},
        "subject": {"reference": "Patient/pt-4711"},
    }
    request = call(IBUPROFEN, order, hook="order-select", selections=["ServiceRequest/s1"], chart=[WARFARIN])
    assert rules(site.say(request)) == {}


def test_only_what_is_selected_is_judged_at_order_select(site):
    """The other draft counts as ordered all the same."""
    both = (IBUPROFEN, draft("metformin hydrochloride 500 MG Oral Tablet", id="draft-2"))
    chart = [lab("2160-0", 2.6, "mg/dL"), WARFARIN]
    first = site.say(call(*both, chart=chart, hook="order-select", selections=["MedicationRequest/draft-1"]))
    second = site.say(call(*both, chart=chart, hook="order-select", selections=["MedicationRequest/draft-2"]))
    assert WARFARIN_NSAID in rules(first)
    assert "RENmetforminContra" not in rules(first)
    assert "RENmetforminContra" in rules(second)
    assert WARFARIN_NSAID not in rules(second)


@pytest.mark.parametrize("selected", ["d1", "d2"])
def test_a_selected_draft_is_held_against_the_other_draft(site, selected):
    drafts = (
        draft("Warfarin Sodium 5 MG Oral Tablet", id="d1"),
        draft("ibuprofen 400 MG Oral Tablet", id="d2"),
    )
    request = call(*drafts, hook="order-select", selections=[f"MedicationRequest/{selected}"])
    assert WARFARIN_NSAID in rules(site.say(request))


@pytest.mark.parametrize("turned", [False, True])
def test_two_drafts_of_one_session_are_one_alert_in_either_order(site, turned):
    drafts = [
        draft("Warfarin Sodium 5 MG Oral Tablet", id="d1"),
        draft("ibuprofen 400 MG Oral Tablet", id="d2"),
    ]
    cards = site.say(call(*(drafts[::-1] if turned else drafts)))
    assert [row["rule"] for row in findings(cards)].count(WARFARIN_NSAID) == 1


@pytest.mark.parametrize("turned", [False, True])
def test_either_of_a_pair_may_be_the_draft(site, turned):
    names = ["Warfarin Sodium 5 MG Oral Tablet", "ibuprofen 400 MG Oral Tablet"]
    new, old = names[::-1] if turned else names
    assert rules(site.say(call(draft(new), chart=[drug(old)])))[WARFARIN_NSAID] == "critical"


WARFARIN_TEXT = "Warfarin Sodium 5 MG Oral Tablet"


@pytest.mark.parametrize(
    ("entry", "speaks"),
    [
        (drug(WARFARIN_TEXT, days=3000), True),
        (drug(WARFARIN_TEXT, status="stopped"), False),
        (drug(WARFARIN_TEXT, status="completed"), False),
        (drug(WARFARIN_TEXT, status="entered-in-error"), False),
        (drug(WARFARIN_TEXT, status="cancelled"), False),
        (drug(WARFARIN_TEXT, intent="proposal"), False),
        (drug(WARFARIN_TEXT, doNotPerform=True), False),
        (drug(WARFARIN_TEXT, kind="MedicationDispense", status="completed", days=99), True),
        (drug(WARFARIN_TEXT, kind="MedicationDispense", status="completed", days=101), False),
        (drug(WARFARIN_TEXT, kind="MedicationDispense", status="entered-in-error", days=5), False),
        (drug(WARFARIN_TEXT, kind="MedicationAdministration", status="completed", days=1), True),
        (drug(WARFARIN_TEXT, kind="MedicationAdministration", status="completed", days=10), False),
        (drug(WARFARIN_TEXT, kind="MedicationAdministration", status="not-done", days=1), False),
        (drug(WARFARIN_TEXT, kind="MedicationStatement", days=60), True),
        (drug(WARFARIN_TEXT, kind="MedicationStatement", status="stopped", days=60), False),
        (drug(WARFARIN_TEXT, kind="MedicationStatement", status="not-taken", days=60), False),
    ],
    ids=lambda value: f"{value['resourceType']}-{value['status']}" if isinstance(value, dict) else str(value),
)
def test_statuses_and_dates_decide_what_is_taken(site, entry, speaks):
    assert (WARFARIN_NSAID in rules(site.say(call(IBUPROFEN, chart=[entry])))) is speaks


def test_the_home_list_beside_the_same_order_is_silent(site):
    """One drug on several lists is one drug, not a duplicate."""
    same = "metoprolol succinate 50 MG Extended Release Oral Tablet"
    home = drug(same, kind="MedicationStatement")
    assert kinds(site.say(call(draft(same, sig="once daily"), chart=[home]))).get("duplicate") is None


def test_a_repetition_of_an_active_order_is_silent(site):
    same = drug("loratadine 10 MG Oral Tablet", sig="once daily")
    assert site.say(call(draft("loratadine 10 MG Oral Tablet", sig="once daily"), chart=[same])) == []


def test_the_newest_result_decides(site):
    """A normal value of last month does not hide what was found yesterday."""
    metformin = draft("metformin hydrochloride 500 MG Oral Tablet")
    normal = lab("2160-0", 0.9, "mg/dL", days=30)
    bad = lab("2160-0", 2.6, "mg/dL", days=1)
    assert "RENmetforminContra" in rules(site.say(call(metformin, chart=[normal, bad])))
    better = [lab("2160-0", 2.6, "mg/dL", days=30), lab("2160-0", 0.9, "mg/dL", days=1)]
    assert "RENmetforminContra" not in rules(site.say(call(metformin, chart=better)))


def test_what_is_not_known_as_a_drug_is_named_wherever_it_stands(site):
    cards = site.say(call(draft("Zorblaxin 20 mg"), chart=[drug("homemade tincture")]))
    assert {"Zorblaxin 20 mg", "homemade tincture"} <= gaps(cards).keys()
    assert cards[-1]["indicator"] == "info"


def test_an_allergy_that_means_nothing_known_is_named(site):
    cards = site.say(call(AMOXICILLIN, chart=[allergy("quuxberry extract")]))
    assert "allergy: quuxberry extract" in gaps(cards)


def test_a_list_that_failed_is_named(site):
    request = call(draft("loratadine 10 MG Oral Tablet"))
    failed = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "exception"}]}
    request["prefetch"]["conditions"] = failed
    request["prefetch"]["labs"] = failed
    named = gaps(site.say(request))
    assert "condition list" in named
    assert "laboratory values" in named


@pytest.mark.parametrize("key", ["medications", "allergies", "patient"])
def test_without_the_lists_that_everything_rests_on_there_is_no_answer(site, key):
    request = call(IBUPROFEN, chart=[WARFARIN])
    del request["prefetch"][key]
    with pytest.raises(Precondition):
        site.say(request)


def test_an_empty_drug_list_is_a_list(site):
    assert gaps(site.say(call(draft("loratadine 10 MG Oral Tablet")))) == {}


def test_a_draft_that_is_no_drug_order_is_left_to_others(site):
    order = {
        "resourceType": "ServiceRequest",
        "id": "s1",
        "status": "draft",
        "intent": "order",
        "code": {"text": "chest radiograph"},
        "subject": {"reference": "Patient/pt-4711"},
    }
    assert rules(site.say(call(order, chart=[WARFARIN]))) == {}


def test_a_switched_off_service_says_that_nothing_was_checked(site):
    [card] = site.configured(switched_off=True).say(call(IBUPROFEN, chart=[WARFARIN]))
    assert card["source"]["topic"]["code"] == "SWITCHEDoff"
    assert card["indicator"] == "info"


def test_a_limit_cuts_no_critical_card_and_counts_the_others(site):
    drafts = (
        IBUPROFEN,
        draft("lisinopril 10 MG Oral Tablet", id="d2"),
        draft("clozapine 100 MG Oral Tablet", id="d3"),
        AMOXICILLIN | {"id": "d4"},
    )
    chart = [
        WARFARIN,
        drug("enalapril maleate 10 MG Oral Tablet"),
        allergy("penicillin", "70618", reaction="anaphylaxis"),
        condition("I50.22", "Systolic heart failure"),
    ]
    whole = site.configured(max_cards=20).say(call(*drafts, chart=chart))
    cut = site.configured(max_cards=1).say(call(*drafts, chart=chart))
    critical = [c["summary"] for c in whole if c["indicator"] == "critical"]
    assert len(critical) >= 2
    assert [c["summary"] for c in cut if c["indicator"] == "critical"] == critical
    assert len(cut) < len(whole)
    [left] = [text for text in gaps(cut) if text.endswith("further cards")]
    assert int(left.split()[0]) == len(whole) - (len(cut) - 1)


def test_the_service_keeps_the_promises_of_every_service():
    """With the real model: of nothing, of a record, and out of time."""
    fact = Fact(
        "medication",
        (Code(RXNORM, "855332", "Warfarin Sodium 5 MG Oral Tablet"),),
        status="active",
        ref="MedicationRequest/t1",
        minutes_ago=1440,
        detail={"resource": "MedicationRequest", "intent": "order"},
    )
    check_service(service, models(), records=[Record(facts=(fact,), age_years=70.0, sex="female")])


def test_the_lists_every_rule_needs_are_required_and_the_rest_is_not():
    needed = {key for key, need in service.needs("order-sign").items() if need.required}
    assert needed == {"patient", "medications", "allergies"}


def test_old_dispenses_and_results_are_not_asked_for():
    since = {key: need.since for key, need in service.needs("order-sign").items() if need.since}
    assert {"labs", "dispensed", "given", "vitals"} <= since.keys()


def test_a_prefetch_page_that_is_null_is_a_list_that_was_looked_for(site):
    request = call(IBUPROFEN, chart=[WARFARIN])
    request["prefetch"]["conditions"] = None
    request["prefetch"]["stated"] = None
    assert gaps(site.say(request)) == {}


def test_the_drug_of_an_order_may_stand_in_a_medication_of_its_own(site):
    """Contained, as EHRs send drafts."""
    order = {name: value for name, value in IBUPROFEN.items() if name != "medicationCodeableConcept"}
    order["contained"] = [
        {"resourceType": "Medication", "id": "med", "code": IBUPROFEN["medicationCodeableConcept"]}
    ]
    order["medicationReference"] = {"reference": "#med"}
    cards = site.say(call(order, chart=[WARFARIN]))
    assert rules(cards)[WARFARIN_NSAID] == "critical"
    assert gaps(cards) == {}


def test_the_same_call_gets_the_same_cards(site):
    request = call(
        IBUPROFEN, AMOXICILLIN | {"id": "d2"}, chart=[WARFARIN, condition("I50.22", "Heart failure")]
    )
    first, second = (
        [(c["summary"], c["detail"], c["source"]["topic"]["code"]) for c in site.say(request)] for _ in "ab"
    )
    assert first == second
    assert ago(0)[:10] not in str(first)
