"""The simulator: its cases are of their form and sourced, and its numbers are those of the outcomes."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from models.base import ModelError
from models.medsafety import evaluate as evaluation
from models.medsafety.model import model
from models.medsafety.simulator import measuring
from models.medsafety.simulator.cases import KINDS, Case, CaseError, _cases, load_cases
from models.medsafety.simulator.charts import clean, injected
from models.medsafety.simulator.measuring import outcome, wilson
from models.medsafety.simulator.wording import VARIANTS, worded

MUST = [case for case in load_cases() if case.must_alert]
SILENT = [case for case in load_cases() if not case.must_alert]
SITUATIONS = {
    *("home copy", "reorder", "topical", "flush", "opioid itch", "low-grade QT pair", "past pregnancy"),
    *("comfort care", "PRN combination", "legitimate pair", "low priority"),
}


def test_there_are_enough_cases_of_every_kind() -> None:
    assert len(MUST) >= 250
    assert len(SILENT) >= 150
    assert min(Counter(case.kind for case in MUST).values()) >= 15
    assert {case.kind for case in MUST} == set(KINDS)
    assert {case.kind for case in SILENT} >= SITUATIONS


def test_the_second_list_is_large_enough_and_many_sided() -> None:
    second = [case for case in load_cases() if case.list == "second"]
    assert sum(case.must_alert for case in second) >= 120
    assert sum(not case.must_alert for case in second) >= 120
    assert {case.kind for case in second if case.must_alert} == set(KINDS)


def test_a_kind_that_is_none_is_refused() -> None:
    line = "kind|draft|taken|chart|about|least|source\nweather|warfarin|||warfarin|warning|a source"
    with pytest.raises(CaseError, match=r"cases/second\.csv:2: 'weather' is not one of"):
        list(_cases("second", line))


def test_a_case_whose_violation_everybody_has_stands_without_a_control() -> None:
    about = (frozenset({"epoetin alfa"}),)
    facts = ("lab haemoglobin 13.4 g/dL 3",)
    case = Case("x", "lab", True, ("epoetin alfa 10000 units sc weekly",), (), facts, about, "warning", "s")
    assert injected(case, 0, Random(1)).controls
    assert not injected(replace(case, facts=(*facts, "no control")), 0, Random(1)).controls


def test_every_case_has_a_source_and_its_own_name() -> None:
    assert all(len(case.source) > 5 for case in load_cases())
    assert len({case.id for case in load_cases()}) == len(load_cases())
    assert len({(c.list, c.drafts, c.taken, c.facts, c.kind) for c in load_cases()}) == len(load_cases())


@pytest.mark.parametrize(
    "line",
    ["warfarin|||warfarin|loud|a source", "|||warfarin|warning|a source", "warfarin|||warfarin|warning|"],
)
def test_a_row_that_is_not_of_its_form_is_refused(line: str) -> None:
    with pytest.raises(CaseError, match=r"cases/renal\.csv:2"):
        list(_cases("renal", f"draft|taken|chart|about|least|source\n{line}"))


def test_a_fact_that_is_not_known_is_refused() -> None:
    case = Case(
        "x", "renal", True, ("warfarin 5 mg",), (), ("weather fine",), (frozenset({"warfarin"}),), "info", "s"
    )
    with pytest.raises(CaseError, match="weather fine"):
        injected(case, 0, Random(1))


@pytest.mark.parametrize("case", load_cases(), ids=lambda case: case.id)
def test_every_chart_can_be_read(case: Case) -> None:
    order = injected(case, 1, Random(1))
    person = model().read(order.document)
    assert person.drafts


@pytest.mark.parametrize(
    ("variant", "expected"),
    [
        ("generic", {"text": "ketorolac 10 mg po q6h"}),
        ("brand", {"text": "Toradol 10 mg po q6h"}),
        (
            "product",
            {
                "text": "Ketorolac Tromethamine 10 MG Oral Tablet",
                "dose_text": "take 1 tablet by mouth q6h",
            },
        ),
        ("terse", {"text": "KETOROLAC 10MG PO Q6H"}),
        (
            "structured",
            {
                "text": "ketorolac",
                "dose": {"value": 10.0, "unit": "mg"},
                "times_per_day": 4,
                "route": "oral",
            },
        ),
    ],
)
def test_one_order_in_five_wordings(variant: str, expected: dict[str, Any]) -> None:
    assert worded("ketorolac 10 mg po q6h", variant) == expected


def test_a_drug_that_is_over_keeps_when_it_ended() -> None:
    assert worded("ended 3 d: phenelzine 15 mg po tid", "generic") == {
        "text": "phenelzine 15 mg po tid",
        "status": "stopped",
        "ended_days_ago": 3,
    }


def test_a_pair_is_tried_in_every_arrangement() -> None:
    case = next(c for c in MUST if c.swappable)
    orders = [injected(case, number, Random(1)) for number in range(3)]
    assert [order.drafts for order in orders] == [1, 1, 2]
    assert orders[0].document["draft"] != orders[1].document["draft"]


def test_a_control_lacks_what_is_wrong() -> None:
    case = next(c for c in MUST if c.kind == "pregnancy")
    (control,) = injected(case, 0, Random(1)).controls
    assert control["draft"]
    assert not control.get("pregnant")
    assert control["allergies"] == []


def test_each_drug_of_a_pair_has_a_control_of_its_own() -> None:
    """What is said of one drug alone is not said of the pair."""
    case = next(c for c in MUST if c.swappable)
    controls = injected(case, 1, Random(1)).controls
    assert [len(control["draft"]) for control in controls] == [1, 1]


def test_clean_charts_are_many_sided_and_repeatable() -> None:
    charts = [clean(Random(seed)).document for seed in range(60)]
    assert charts == [clean(Random(seed)).document for seed in range(60)]
    assert len({str(chart["draft"]) for chart in charts}) > 30
    assert {chart["sex"] for chart in charts} == {"female", "male"}
    assert all(set(VARIANTS) for _ in charts)


@pytest.mark.parametrize(
    ("successes", "total", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (0, 20, 0.0, 0.1611), (20, 20, 0.8389, 1.0), (0, 0, 0.0, 1.0)],
)
def test_wilson_intervals(successes: int, total: int, low: float, high: float) -> None:
    """The first is the worked example of Newcombe RG. Stat Med 1998;17:857-872, table I."""
    assert wilson(successes, total) == pytest.approx((low, high), abs=5e-5)


def alert(rule: str, *drugs: str, severity: str = "warning") -> dict[str, Any]:
    interruptive = severity == "critical"
    return {
        "rule": rule,
        "drugs": list(drugs),
        "severity": severity,
        "interruptive": interruptive,
        "kind": "dose",
    }


class Says:
    """A model that says the same of every document."""

    def __init__(self, *alerts: Mapping[str, Any]) -> None:
        self.alerts = list(alerts)

    def __call__(self, document: Mapping[str, Any]) -> dict[str, Any]:
        return {"alerts": self.alerts, "not_checked": []}


PAIR = Case(
    "x", "interaction", True, ("a 1 mg",), ("b 1 mg",), (), (frozenset({"a", "b"}),), "critical", "source"
)


@pytest.mark.parametrize(
    ("said", "found", "right", "wrong"),
    [
        ((), False, 0, 0),
        ((alert("R", "a", "b"),), False, 0, 1),
        ((alert("R", "a"),), False, 0, 1),
        ((alert("R", "c", "d"),), False, 0, 1),
    ],
)
def test_what_is_said_of_everybody_finds_nothing(said: Any, found: bool, right: int, wrong: int) -> None:
    """An alert that the control has too is not about the violation."""
    one = outcome(injected(PAIR, 0, Random(1)), Says(*said))
    assert (one.found, one.right, one.wrong) == (found, right, wrong)


class SaysOfPairs:
    """A model that knows one pair."""

    def __init__(self, *alerts: Mapping[str, Any]) -> None:
        self.alerts = list(alerts)

    def __call__(self, document: Mapping[str, Any]) -> dict[str, Any]:
        texts = {e["text"][0].lower() for e in (*document["draft"], *document["medications"])}
        return {"alerts": self.alerts if {"a", "b"} <= texts else [], "not_checked": []}


@pytest.mark.parametrize(
    ("said", "found", "graded", "right", "wrong"),
    [
        (alert("R", "a", "b"), True, False, 1, 0),
        (alert("R", "b", "a", severity="critical"), True, True, 1, 0),
        (alert("R", "a hydrochloride", "b"), True, False, 1, 0),
        (alert("R", "a"), False, False, 0, 1),
        (alert("R", "a", "b", severity="info"), False, False, 0, 0),
    ],
)
def test_a_pair_is_found_if_both_are_named_loud_enough(
    said: Any, found: bool, graded: bool, right: int, wrong: int
) -> None:
    one = outcome(injected(PAIR, 0, Random(1)), SaysOfPairs(said))
    assert (one.found, one.graded, one.right, one.wrong) == (found, graded, right, wrong)


@pytest.mark.parametrize(
    ("level", "severity", "quiet"),
    [
        ("none", "warning", False),
        ("info", "warning", False),
        ("info", "info", True),
        ("quiet", "warning", True),
        ("quiet", "critical", False),
    ],
)
def test_a_silent_situation_is_left_in_peace(level: str, severity: str, quiet: bool) -> None:
    trap = Case("x", "reorder", False, ("a 1 mg",), (), (), (frozenset({"a"}),), level, "source")
    one = outcome(injected(trap, 0, Random(1)), Says(alert("R", "a", severity=severity)))
    assert one.found is quiet


def outcomes(said: Any, number: int = 4) -> list[measuring.Outcome]:
    return [outcome(injected(PAIR, place, Random(place)), said) for place in range(number)]


def test_ppv_and_burden_are_those_of_the_stated_mix() -> None:
    """One right alert per violation, one wrong one per trap: 0.10 right and 0.05 wrong per order."""
    right = [o for o in outcomes(SaysOfPairs(alert("R", "a", "b"))) if o.order.drafts == 1]
    trap = Case("t", "reorder", False, ("a 1 mg",), (), (), (frozenset({"a"}),), "none", "source")
    wrong = [outcome(injected(trap, 0, Random(1)), Says(alert("R", "a")))]
    calm = [outcome(clean(Random(1)), Says())]
    found = measuring.burden(right, wrong, calm)
    assert found["ppv"] == pytest.approx(0.10 / 0.15)
    assert found["alerts_per_1000_orders"] == pytest.approx(150)
    assert found["interruptions_per_100_orders"] == 0
    assert found["clean_alerts_per_100_orders"] == 0


def test_repetitions_of_one_case_narrow_no_interval() -> None:
    few, many = (measuring.share(outcomes(SaysOfPairs(alert("R", "a", "b")), n)) for n in (2, 12))
    assert few["interval_95_of_cases"] == many["interval_95_of_cases"]
    assert (many["orders"], many["cases"]) == (12, 1)


def report(**changed: Any) -> dict[str, Any]:
    whole: dict[str, Any] = {
        "sensitivity_by_kind": {"renal": {"value": 0.96}, "qt": {"value": 1.0}},
        "burden": {"clean_alerts_per_100_orders": 1.0, "ppv": 0.9},
        "speed": {"judge_ms": {"p95": 2.0}},
    }
    return {**whole, **changed}


@pytest.mark.parametrize(
    ("changed", "names"),
    [
        ({}, []),
        ({"sensitivity_by_kind": {"renal": {"value": 0.94}}}, ["sensitivity of renal"]),
        ({"burden": {"clean_alerts_per_100_orders": 5.1, "ppv": 0.9}}, ["per 100 clean orders"]),
        ({"burden": {"clean_alerts_per_100_orders": 1, "ppv": 0.5}}, ["PPV"]),
        ({"burden": {"clean_alerts_per_100_orders": 0, "ppv": None}}, ["PPV"]),
        ({"speed": {"judge_ms": {"p95": 9.0}}}, ["judging takes"]),
    ],
)
def test_a_gate_that_is_missed_is_named(changed: dict[str, Any], names: list[str]) -> None:
    missed = list(evaluation._missed(report(**changed)))
    assert len(missed) == len(names)
    assert all(name in text for name, text in zip(names, missed, strict=True))


def test_the_evaluation_takes_no_data() -> None:
    with pytest.raises(ModelError, match="--data"):
        evaluation.evaluate(data="somewhere")


@pytest.mark.slow
def test_the_gates_hold() -> None:
    """Sensitivity by kind, PPV and warnings on clean orders; speed is told by `clinicards evaluate` alone.

    Coverage slows every line down, so that a time measured here says nothing.
    """
    found = evaluation.evaluate()
    assert [missed for missed in found["missed"] if "judging takes" not in missed] == []
