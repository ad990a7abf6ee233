"""Findings and models written by hand, for tests of what the service says of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, get_args

from cds.services.base import Case, ServiceSettings
from cds.services.clinical_scores import service
from cds.testing import empty_case
from models.base import Finding, Input, Source
from models.record import Kind, Record
from models.scores.rules import load_rules

DAY = 1440
WHOLE = Record(lists=dict.fromkeys(get_args(Kind), "complete"), age_years=63.0, sex="male")


@dataclass
class FakeModels:
    """Models that say what the test says, and remember what they were asked."""

    findings: Sequence[Finding] = ()
    asked: Mapping[str, Any] | None = None

    def find(self, name, record, *, deadline, options):
        assert name == "scores"
        self.asked = options
        return self.findings

    def run(self, name, document):
        raise AssertionError("the service asks for findings only")


def level(score: str, place: int = 0) -> dict[str, Any]:
    """Return an action level of a score as its rule has it."""
    return dict(load_rules()[score].thresholds[place].row)


def finding(code: str, **members: Any) -> Finding:
    """Return a finding of a score that applies, its detail as the models fill it."""
    detail = {
        "topic": code,
        "unknown": [],
        "lacks_one": None,
        "assumed_none": False,
        "conflicts": [],
        "why_missing": {},
        "previous": None,
        "changed_band": False,
        "not_reached": [],
        **members.pop("detail", {}),
    }
    return replace(
        Finding("score", code, code.upper(), f"scores/{code}@2000.1", detail=detail, source=_SOURCE),
        **members,
    )


_SOURCE = Source("Somebody A. Journal 2000;1:1", "https://doi.org/10.1000/paper", 2000)


def kfre(**members: Any) -> Finding:
    """Return a KFRE past the referral level."""
    given = {
        "values": {"risk_2y": 0.0733, "risk_5y": 0.2117},
        "unit": "1",
        "reached": level("kfre"),
        "inputs": (
            Input("age_years", 63.6, "a"),
            Input("sex", "male"),
            Input("egfr", 32.9, "mL/min/{1.73_m2}", 12 * DAY, note="CKD-EPI 2021 from creatinine 2.19 mg/dL"),
            Input("urine_acr", 500.0, "mg/g", 12 * DAY),
            Input("region", "north_america", note="a setting of this site"),
        ),
    }
    return finding("kfre", **{**given, **members})


def bmi(**members: Any) -> Finding:
    """Return a body mass index, which asks for nothing."""
    given = {"value": 28.97, "unit": "kg/m2", "band": "adults: pre-obese"}
    return finding("bmi", **{**given, **members})


def case(record: Record = WHOLE, hook: str = "patient-view") -> Case:
    """Return a case with this record."""
    return empty_case(hook, record=record)


def settings(**options: Any) -> ServiceSettings:
    """Return the service's settings with these options; `max_cards` is the site's."""
    most = options.pop("max_cards", 3)
    return ServiceSettings(
        options={**service.options, **options}, base_url="https://cards.example", max_cards=most
    )


def cards(*findings: Finding, record: Record = WHOLE, **options: Any):
    """Return the cards on these findings."""
    return service.answer(case(record), FakeModels(findings), settings(**options))


def topics(said) -> list[str]:
    """Return the topics of cards, in order."""
    return [card.topic for card in said]
