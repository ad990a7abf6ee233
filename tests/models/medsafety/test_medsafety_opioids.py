"""Opioids are added up as morphine milligram equivalents (CDC 2022), over orders and what is taken."""

from typing import Any

import pytest
from safety_world import chart, rule, rules_of, world

from models.medsafety.model import model

FIFTY, NINETY, NALOXONE = "mme opioid >= 50", "mme opioid >= 90", "naloxone 4 mg nasal spray prn"
HIGH, WITHOUT = "DOSEmmeHigh", "DOSEmmeNaloxone"


def together(draft: Any, taken: Any = (), **more: Any) -> list[str]:
    """Return what is found of the sum, by the tables that ship."""
    told = model().run(chart(draft, taken, **more))["alerts"]
    return [m for a in told if a["rule"] == HIGH for m in a["modifiers"] if "equivalents" in m]


@pytest.mark.parametrize(
    ("draft", "taken", "total"),
    [
        ("morphine 15 mg po q6h", [], "60"),  # 1.0
        ("oxycodone 10 mg po q6h", [], "60"),  # 1.5
        ("hydromorphone 4 mg po q8h", [], "60"),  # 5.0
        ("hydrocodone-acetaminophen 10-325 mg po q6h", ["oxycodone 5 mg po q6h"], "70"),  # 1.0 and 1.5
        ("methadone 5 mg po tid", [], "70.5"),  # 4.7
        ("oxymorphone 10 mg po bid", [], "60"),  # 3.0
        ("tapentadol 50 mg po tid", [], "60"),  # 0.4
        ("tramadol 100 mg po q6h", [], "80"),  # 0.2
        ("fentanyl 25 mcg/h transdermal q72h", ["morphine 15 mg po q6h"], "120"),  # 2.4 an hour
        ("oxycodone 5 mg po q6h prn", ["morphine extended release 30 mg po bid"], "90"),  # as needed, at most
    ],
)
def test_the_sum_is_that_of_the_published_factors(draft: str, taken: list[str], total: str) -> None:
    assert together(draft, taken) == [f"{total} morphine milligram equivalents a day"]


@pytest.mark.parametrize(
    ("draft", "taken"),
    [
        ("morphine 10 mg po q6h", []),  # 40
        ("oxycodone 5 mg po q6h", ["oxycodone 5 mg po q6h"]),  # its repetition: 30
        ("buprenorphine-naloxone 8-2 mg sublingual daily", []),  # no factor
        ("morphine 10 mg iv q4h", []),  # none by vein
    ],
)
def test_what_is_below_or_has_no_factor_is_not_said(draft: str, taken: list[str]) -> None:
    assert together(draft, taken) == []


def test_a_dose_that_is_not_known_is_named_and_never_guessed() -> None:
    judge = world(rule("DOSEmme", "oxycodone", when=FIFTY, unknown="info"))
    assert rules_of(judge, chart("oxycodone")) == {"DOSEmme": "info"}
    told = judge.run(chart("oxycodone"))["alerts"][0]
    assert told["missing"] == ["daily dose of oxycodone in morphine equivalents not known"]


def test_a_dose_beyond_what_can_be_is_not_known() -> None:
    judge = world(rule("DOSEmme", "oxycodone", when=FIFTY, unknown="info"))
    assert rules_of(judge, chart("oxycodone 90000 mg po daily")) == {"DOSEmme": "info"}


@pytest.mark.parametrize(
    ("draft", "taken", "more", "expected"),
    [
        ("oxycodone 10 mg po q6h", [], {}, {HIGH: "info", WITHOUT: "info"}),
        ("oxycodone 10 mg po q6h", [NALOXONE], {}, {HIGH: "info"}),
        ("oxycodone 20 mg po q6h", [], {}, {HIGH: "warning", WITHOUT: "warning"}),
        ("oxycodone 20 mg po q6h", ["oxycodone 20 mg po q6h", NALOXONE], {}, {HIGH: "info"}),
        ("oxycodone 10 mg po q6h", ["lorazepam 1 mg po bid"], {}, {HIGH: "info", WITHOUT: "warning"}),
        ("oxycodone 20 mg po q6h", [], {"conditions": [{"code": "Z51.5"}]}, {}),
        (
            "oxycodone 20 mg po q6h",
            [NALOXONE],
            {"conditions": [{"code": "C34.90", "status": "active"}]},
            {HIGH: "info"},
        ),
    ],
)
def test_fifty_ninety_naloxone_and_a_benzodiazepine_decide(
    draft: str, taken: list[str], more: dict[str, Any], expected: dict[str, str]
) -> None:
    found = rules_of(model(), chart(draft, taken, **more))
    assert {name: found[name] for name in (HIGH, WITHOUT) if name in found} == expected


def test_a_benzodiazepine_beside_fifty_or_more_is_critical() -> None:
    calm = chart("oxycodone 5 mg po q6h prn", "lorazepam 1 mg po bid", age_years=40)
    loud = chart("oxycodone 10 mg po q6h", "lorazepam 1 mg po bid", age_years=40)
    assert rules_of(model(), calm)["DDIopioidBenzodiazepine"] == "warning"
    assert rules_of(model(), loud)["DDIopioidBenzodiazepine"] == "critical"
