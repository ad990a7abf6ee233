"""What no model looks at is not taken in, and no answer is another for it."""

import json
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

import pytest
from fixture_calls import FixtureCase, closed, normalised, parts_in, request_of, roster

from cds import intake
from cds.pipeline import Request, answer
from cds.plugins import services

SERVICE = "medication-safety"
URL = f"https://cards.example/cds-services/{SERVICE}"
NEW = ("ibuprofen 400 MG Oral Tablet", "spironolactone 25 MG Oral Tablet", "metformin 500 MG Oral Tablet")


@dataclass(frozen=True)
class LooksAtAll:
    """Models that say nothing of what they look at."""

    models: Any

    def observations(self, _name: str) -> None:
        return None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.models, name)


def drafts(whole, patient):
    held = [e["resource"] for e in whole["entry"] if e["resource"]["resourceType"] == "MedicationRequest"]
    again = [{**deepcopy(r), "id": f"again-{n}", "status": "draft"} for n, r in enumerate(held[:4])]
    new = [
        {
            "resourceType": "MedicationRequest",
            "id": f"new-{n}",
            "status": "draft",
            "intent": "order",
            "medicationCodeableConcept": {"text": name},
            "subject": {"reference": f"Patient/{patient}"},
        }
        for n, name in enumerate(NEW)
    ]
    return {
        "draftOrders": {"resourceType": "Bundle", "entry": [{"resource": order} for order in again + new]}
    }


@pytest.fixture(scope="module")
def parts(tmp_path_factory):
    with closed(parts_in(tmp_path_factory.mktemp("looked-at"), services())) as made:
        yield made


@pytest.mark.parametrize("slug", sorted(roster()))
def test_an_answer_is_the_same_as_with_everything_taken_in(slug, parts):
    case = FixtureCase(SERVICE, slug, slug, hook="order-sign", carries=drafts)
    body = json.dumps(request_of(case, services()[SERVICE].needs("order-sign"))).encode()
    said = [
        normalised(answer(Request(SERVICE, body, "", URL), using).body)
        for using in (parts, replace(parts, models=LooksAtAll(parts.models)))
    ]
    assert said[0] == said[1]


def test_what_is_not_looked_at_is_not_taken_in(parts, monkeypatch):
    case = FixtureCase(SERVICE, "x", "polypharmacy-warfarin", hook="order-sign", carries=drafts)
    request = request_of(case, services()[SERVICE].needs("order-sign"))
    cleaned = []
    whole = intake.deidentify

    def watched(read, **more):
        cleaned.extend(resource for _, resource in read)
        return whole(read, **more)

    monkeypatch.setattr(intake, "deidentify", watched)
    answer(Request(SERVICE, json.dumps(request).encode(), "", URL), parts)
    kept = {c["code"] for r in cleaned if r["resourceType"] == "Observation" for c in r["code"]["coding"]}
    sent = {
        c["code"] for e in request["prefetch"]["vitals"]["entry"] for c in e["resource"]["code"]["coding"]
    }
    assert "8310-5" in sent
    assert "8310-5" not in kept
    assert {"29463-7", "2823-3"} <= kept
