"""How rules become alerts: modifiers, pairs in any order, low-priority pairs, duplicates, time."""

from typing import Any

import pytest
from safety_world import alerts, chart, rule, rules_of, world

BLEEDING = rule("DDIbleeding", "warfarin", "nsaid", summary="{a} with {b}: bleeding")
OLD = "age >= 65 y -> critical: 65 or older"
COVERED = "drug omeprazole -> info: stomach is protected"
STABLE = "not new a -> silent: nothing new"
WORD = "age >= 50 y -> note: 50 or older"


def with_modifiers(*modifiers: str, severity: str = "warning") -> Any:
    cells = {**BLEEDING, "modifiers": " || ".join(modifiers), "severity": severity}
    return world(cells)


@pytest.mark.parametrize(
    ("modifiers", "age", "others", "expected"),
    [
        ((OLD,), 50, (), "warning"),
        ((OLD,), 70, (), "critical"),
        ((COVERED,), 50, ("omeprazole 20 mg",), "info"),
        ((COVERED,), 50, (), "warning"),
        ((OLD, COVERED), 70, ("omeprazole 20 mg",), "critical"),
        ((COVERED, OLD), 70, ("omeprazole 20 mg",), "critical"),
        ((STABLE,), 50, ("warfarin 2 mg daily",), None),
        ((STABLE, COVERED), 50, ("warfarin 2 mg daily", "omeprazole 20 mg"), None),
        ((STABLE, OLD), 70, ("warfarin 2 mg daily",), "critical"),
        ((WORD,), 50, (), "warning"),
    ],
)
def test_what_raises_wins_over_what_lowers(
    modifiers: tuple[str, ...], age: int, others: tuple[str, ...], expected: str | None
) -> None:
    """In whatever order they are written; a note changes nothing."""
    document = chart(["warfarin 5 mg daily", "ibuprofen 400 mg tid"], others, age_years=age)
    found = {
        a["severity"] for a in alerts(with_modifiers(*modifiers), document) if a["drugs"][0] == "warfarin"
    }
    assert found == ({expected} if expected else set())


def test_a_modifier_that_holds_is_said_with_what_was_found() -> None:
    model = with_modifiers("lab inr > 3.0 1 within 7 d -> critical: INR is high", WORD)
    document = chart(
        "ibuprofen 400 mg", "warfarin 5 mg", labs={"6301-6": {"value": 3.4, "unit": "1", "days_ago": 2}}
    )
    (alert,) = alerts(model, document)
    assert any("INR is high" in words and "3.4" in words for words in alert["modifiers"])
    assert any("50 or older" in words for words in alert["modifiers"])


def test_a_modifier_that_cannot_be_told_is_missing_and_changes_nothing() -> None:
    (alert,) = alerts(
        with_modifiers("lab inr > 3.0 1 within 7 d -> critical: INR is high"),
        chart("ibuprofen 400 mg", "warfarin 5 mg"),
    )
    assert alert["severity"] == "warning"
    assert alert["missing"] == ["no INR within 7 days"]


@pytest.mark.parametrize(
    ("draft", "medications"),
    [
        ("ibuprofen 400 mg", "warfarin 5 mg"),
        ("warfarin 5 mg", "ibuprofen 400 mg"),
        (("warfarin 5 mg", "ibuprofen 400 mg"), ()),
        (("ibuprofen 400 mg", "warfarin 5 mg"), ()),
    ],
)
def test_a_pair_is_judged_once_whichever_side_is_ordered(draft: Any, medications: Any) -> None:
    (alert,) = alerts(world(BLEEDING), chart(draft, medications))
    assert alert["summary"] == "Warfarin with ibuprofen: bleeding"
    assert alert["drugs"] == ["warfarin", "ibuprofen"]


def test_a_pair_that_was_there_before_is_not_judged_again() -> None:
    """Only what is ordered is a subject."""
    assert not alerts(world(BLEEDING), chart("omeprazole 20 mg", ("warfarin 5 mg", "ibuprofen 400 mg")))


@pytest.mark.parametrize("status", ["stopped", "completed", "cancelled", "entered-in-error", "not-taken"])
def test_a_drug_that_is_over_or_void_is_no_partner(status: str) -> None:
    entry = {"text": "warfarin 5 mg", "status": status}
    assert not alerts(world(BLEEDING), chart("ibuprofen 400 mg", [entry]))


def test_a_product_of_two_drugs_is_judged_by_each() -> None:
    model = world(rule("DDIsedation", "opioid", "sertraline"), rule("DOSEliver", "acetaminophen"))
    assert rules_of(model, chart("Percocet 5-325 mg", "sertraline 50 mg")) == {
        "DDIsedation": "warning",
        "DOSEliver": "warning",
    }


def test_a_rule_that_means_both_sides_alike_speaks_once() -> None:
    (alert,) = alerts(world(rule("DDItwo", "nsaid", "nsaid")), chart("ibuprofen 400 mg", "naproxen 220 mg"))
    assert set(alert["drugs"]) == {"ibuprofen", "naproxen"}


def test_of_several_interactions_of_a_pair_the_worst_is_said() -> None:
    model = world(BLEEDING, rule("DDIworse", "warfarin", "ibuprofen", severity="critical"))
    assert rules_of(model, chart("ibuprofen 400 mg", "warfarin 5 mg")) == {"DDIworse": "critical"}


@pytest.mark.parametrize(
    ("severity", "listed", "expected"),
    [("critical", "no", True), ("warning", "yes", True), ("warning", "no", False), ("info", "yes", False)],
)
def test_critical_interrupts_and_a_warning_only_on_the_list(
    severity: str, listed: str, expected: bool
) -> None:
    model = world({**BLEEDING, "severity": severity, "interruptive": listed})
    (alert,) = alerts(model, chart("ibuprofen 400 mg", "warfarin 5 mg"))
    assert alert["interruptive"] is expected


LOW = rule("LOWpair", "warfarin", "nsaid", severity="info", summary="", action="")


def test_a_low_priority_pair_never_interrupts() -> None:
    model = world({**BLEEDING, "severity": "critical"}, LOW)
    (alert,) = alerts(model, chart("ibuprofen 400 mg", "warfarin 5 mg"))
    assert (alert["severity"], alert["interruptive"]) == ("info", False)


def test_a_low_priority_pair_alone_says_nothing() -> None:
    assert not alerts(world(LOW), chart("ibuprofen 400 mg", "warfarin 5 mg"))


def test_a_low_priority_pair_calms_no_other_kind() -> None:
    model = world(LOW, rule("CIbleeding", "nsaid", severity="critical"))
    assert rules_of(model, chart("ibuprofen 400 mg", "warfarin 5 mg")) == {"CIbleeding": "critical"}


def test_a_low_priority_pair_calms_no_other_pair_of_the_same_products() -> None:
    """A combination's other ingredient keeps its own: sacubitril with valsartan, and an ACE inhibitor."""
    model = world(
        rule("LOWpain", "acetaminophen", "warfarin", severity="info", summary="", action=""),
        rule("DDIopioid", "oxycodone", "warfarin", severity="critical"),
    )
    assert rules_of(model, chart("Percocet 5-325 mg", "warfarin 5 mg")) == {"DDIopioid": "critical"}


DUPLICATE = rule(
    "DUPnsaid", "nsaid", "nsaid", when="not same ingredient", summary="{a} and {b}: two of a kind"
)
AGAIN = rule("DUPagain", "*", "*", when="same ingredient")


def test_two_of_a_kind_are_named() -> None:
    found = rules_of(world(DUPLICATE, AGAIN), chart("ibuprofen 400 mg tid", "naproxen 220 mg bid"))
    assert found == {"DUPnsaid": "warning"}


@pytest.mark.parametrize(
    ("draft", "before"),
    [
        ("ibuprofen 400 mg tid", "ibuprofen 400 mg tid"),
        ("Motrin 400 mg tid", "ibuprofen 400 mg tid"),
        ("Ibuprofen 400 MG Oral Tablet", "ibuprofen 400 mg po tid"),
        ("ibuprofen", "ibuprofen 400 mg tid"),
    ],
)
def test_an_order_and_its_repetition_are_one_drug(draft: str, before: str) -> None:
    """A refill, or the home list beside the order, is silent."""
    assert not alerts(world(DUPLICATE, AGAIN), chart(draft, before))


def test_one_drug_at_two_strengths_is_named() -> None:
    found = rules_of(world(AGAIN), chart("Ibuprofen 600 MG Oral Tablet", "Ibuprofen 400 MG Oral Tablet"))
    assert found == {"DUPagain": "warning"}


def test_an_interaction_within_a_class_is_not_one_of_a_drug_with_itself() -> None:
    """A refill of an antidepressant is no second antidepressant."""
    model = world(rule("DDIserotonin", "sertraline, phenelzine", "sertraline, phenelzine"))
    assert not alerts(model, chart("sertraline 50 mg daily", "sertraline 50 mg daily"))


def test_a_local_drug_is_not_a_systemic_one() -> None:
    assert not alerts(world(BLEEDING), chart("diclofenac 1 % topical gel", "warfarin 5 mg"))


def test_eye_drops_that_act_on_the_body_count() -> None:
    model = world(rule("CIairway", "beta_blocker", when="condition asthma"))
    ill = [{"code": "J45.40"}]
    assert rules_of(model, chart("timolol 0.5 % ophthalmic drops bid", conditions=ill)) == {
        "CIairway": "warning"
    }


WASHOUT = rule(
    "WASHmaoi",
    "sertraline",
    "phenelzine",
    when="since b < 14 d",
    severity="critical",
    summary="{a} after {b}",
)


@pytest.mark.parametrize(
    ("days", "expected"), [(5, {"WASHmaoi": "critical"}), (13, {"WASHmaoi": "critical"}), (20, {})]
)
def test_a_wash_out_counts_from_the_end_of_the_other_drug(days: int, expected: dict[str, str]) -> None:
    before = [{"text": "phenelzine 15 mg tid", "status": "stopped", "ended_days_ago": days}]
    assert rules_of(world(WASHOUT), chart("sertraline 50 mg daily", before)) == expected


def test_a_wash_out_is_not_asked_the_wrong_way_round() -> None:
    """The drug that is ordered now is not the one that ended: sertraline long ago, phenelzine now."""
    both = world(WASHOUT, rule("WASHback", "phenelzine", "sertraline", when="since b < 14 d"))
    before = [{"text": "phenelzine 15 mg tid", "status": "stopped", "ended_days_ago": 60}]
    assert rules_of(both, chart("sertraline 50 mg daily", before)) == {}


class Late:
    """A deadline that has passed."""

    def left(self) -> float:
        return 0.0


def test_what_the_deadline_leaves_is_named() -> None:
    model = world(BLEEDING)
    person = model.read(chart(["ibuprofen 400 mg", "warfarin 5 mg"]))
    judgement = model.judge(person, deadline=Late())
    assert judgement.alerts == ()
    assert {gap.item for gap in judgement.not_checked} >= {"ibuprofen", "warfarin"}


def test_the_most_severe_comes_first() -> None:
    model = world(
        rule("CIsome", "ibuprofen", severity="info"),
        rule("CImore", "ibuprofen", severity="critical"),
        rule("CIless", "ibuprofen"),
    )
    assert [a["rule"] for a in alerts(model, chart("ibuprofen 400 mg"))] == ["CImore", "CIless", "CIsome"]


def test_a_topic_is_the_rule_with_its_drugs_and_does_not_depend_on_their_order() -> None:
    model = world(BLEEDING)
    documents = (chart("ibuprofen 400 mg", "warfarin 5 mg"), chart("warfarin 5 mg", "ibuprofen 400 mg"))
    topics = {model.judge(model.read(d)).alerts[0].topic for d in documents}
    assert topics == {"DDIbleedingIbuprofenWarfarin"}
