"""What we suggest says that we made it: a Provenance inside, and AIAST where a learned model did."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fhir.resources.R4B.provenance import Provenance
from fhir.resources.R4B.servicerequest import ServiceRequest

from cds.fhir.write import CALL_INSTANT, provenance, service_request

CALLS = Path(__file__).parent.parent / "fixtures" / "fhir" / "calls"
AIAST = ("http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "AIAST")


RULES = ("clinicards scores/", "clinicards medication-safety@")


def suggested() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield (recorded call, resource) of all that services suggest to create in the recorded calls."""
    for file in sorted(CALLS.glob("*/*.cards.json")):
        for card in json.loads(file.read_text(encoding="utf-8"))["cards"]:
            for suggestion in card.get("suggestions", ()):
                for action in suggestion["actions"]:
                    if action["type"] == "create":
                        yield file.name, action["resource"]


SUGGESTED = list(suggested())
_WITHOUT_A_PLACE = {"AllergyIntolerance"}
"""No member of it may name a Provenance; the Provenance names it (constraint dom-3 allows either)."""


def labels(resource: dict[str, Any]) -> set[tuple[str, str]]:
    return {(c["system"], c["code"]) for c in resource.get("meta", {}).get("security", ())}


def test_there_are_suggestions_to_look_at() -> None:
    assert len(SUGGESTED) >= 5


@pytest.mark.parametrize(
    ("name", "resource"), SUGGESTED, ids=lambda value: value if isinstance(value, str) else ""
)
def test_every_suggested_resource_says_who_made_it_and_when(name: str, resource: dict[str, Any]) -> None:
    (found,) = [c for c in resource["contained"] if c["resourceType"] == "Provenance"]
    Provenance.model_validate(found)
    assert found["target"] == [{"reference": "#"}]
    assert found["recorded"].endswith("Z")
    model = found["agent"][0]["who"]["display"]
    assert model.startswith("clinicards ")
    assert "@" in model
    if resource["resourceType"] not in _WITHOUT_A_PLACE:
        assert f"#{found['id']}" in json.dumps({k: v for k, v in resource.items() if k != "contained"})


@pytest.mark.parametrize(
    ("name", "resource"), SUGGESTED, ids=lambda value: value if isinstance(value, str) else ""
)
def test_what_a_machine_read_or_learned_is_called_AI_and_a_formula_is_not(
    name: str, resource: dict[str, Any]
) -> None:
    (found,) = [c for c in resource["contained"] if c["resourceType"] == "Provenance"]
    by_formula = found["agent"][0]["who"]["display"].startswith(RULES)
    assert (AIAST in labels(resource)) != by_formula


def made(*, learned: bool) -> dict[str, Any]:
    return service_request(
        patient="Patient/t1", code={"text": "x"}, reason="y", model="risk/sepsis@2", learned=learned
    )


def test_what_a_learned_model_suggests_is_labelled_and_valid() -> None:
    resource = made(learned=True)
    assert labels(resource) == {AIAST}
    ServiceRequest.model_validate({**resource, "contained": [_dated(resource["contained"][0])]})
    assert labels(made(learned=False)) == set()


def test_a_suggestion_is_a_draft_and_a_proposal_and_never_an_order() -> None:
    orders = [r for _, r in SUGGESTED if "intent" in r]
    assert {(r["status"], r["intent"]) for r in orders} == {("draft", "proposal")}


def test_an_entry_of_a_list_is_suggested_as_unconfirmed() -> None:
    entries = [r for _, r in SUGGESTED if "intent" not in r]
    stands = {r["verificationStatus"]["coding"][0]["code"] for r in entries if "verificationStatus" in r}
    assert stands <= {"provisional", "unconfirmed"}


def test_a_provenance_names_the_model_and_leaves_the_instant_to_the_call() -> None:
    found = provenance(model="scores/news2@1")
    assert found["recorded"] == CALL_INSTANT
    Provenance.model_validate(_dated(found))
    assert found["agent"][0]["type"]["coding"][0]["code"] == "assembler"


def _dated(found: dict[str, Any]) -> dict[str, Any]:
    return {**found, "recorded": "2026-01-01T00:00:00Z"}
