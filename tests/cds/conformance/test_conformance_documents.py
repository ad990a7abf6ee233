"""The structural checks are pure: they judge a document wherever it came from, and never trip over one."""

import json
from typing import Any

import pytest
from conformance_stub_cards import order_body, problem_body
from hypothesis import given
from hypothesis import strategies as st

from cds.conformance.cards import check_response, exercised
from cds.conformance.discovery import check_document, read_offers
from cds.conformance.exchange import CannotRunError
from cds.conformance.fixtures import context_for, request_for, resource
from cds.conformance.hook_table import HOOKS
from cds.conformance.inbound import check_feedback, check_request
from cds.conformance.subject import Offer, Options
from cds.conformance.templates import lint
from cds.conformance.transport import is_operation_outcome
from cds.conformance.violations import at, empties

WORDS = [
    "cards",
    "summary",
    "detail",
    "indicator",
    "source",
    "label",
    "url",
    "topic",
    "suggestions",
    "selectionBehavior",
    "actions",
    "type",
    "resource",
    "resourceId",
    "overrideReasons",
    "links",
    "appContext",
    "systemActions",
    "uuid",
    "isRecommended",
    "services",
    "hook",
    "id",
    "prefetch",
    "feedback",
    "outcome",
    "card",
    "extension",
    "context",
    "fhirAuthorization",
    "version",
    "actionSelectionBehavior",
    "resourceType",
]
KEYS = st.sampled_from(WORDS) | st.text(max_size=5)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=25,
)
CARDISH = st.fixed_dictionaries(
    {"cards": st.lists(st.dictionaries(st.sampled_from(WORDS), JSON, max_size=8), max_size=2)}
)


@given(JSON | CARDISH)
def test_no_document_trips_the_checks(document: Any) -> None:
    """Any JSON is judged without an exception, and each breach points into the document or at a gap in it."""
    found = check_response(document, hook="order-sign", request={"context": document})
    assert exercised(document)
    for breach in [*found, *check_request(document), *check_feedback(document), *check_document(document)]:
        assert breach.pointer == "" or breach.pointer.startswith("/")
    assert is_operation_outcome(document) in {True, False}


@given(JSON)
def test_every_empty_value_is_found_where_it_stands(document: Any) -> None:
    """The pointers of A3 lead to empty values, and no breach means there is none."""
    found = list(empties(document))
    assert all(at(document, breach.pointer) in (None, "", [], {}) for breach in found)
    text = json.dumps(document, separators=(",", ":"))
    hollow = any(mark in text.replace('\\"', "") for mark in ('""', "[]", "{}", "null"))
    assert hollow or not found


def test_the_stub_says_what_the_checks_allow() -> None:
    """A rich, right response has no breach."""
    assert check_response(problem_body(["Asthma"]), hook="patient-view") == []
    context = context_for("order-sign", patient="p")
    body = order_body(context["draftOrders"])
    assert check_response(body, hook="order-sign", request={"context": context}) == []


def test_a_breach_is_named_by_its_pointer() -> None:
    """The pointer leads to the member that is wrong."""
    body = problem_body([])
    body["cards"][0]["suggestions"][0]["actions"][0]["type"] = "replace"
    pointers = [breach.pointer for breach in check_response(body, hook="patient-view")]
    assert pointers == ["/cards/0/suggestions/0/actions/0/type"]


def test_action_selection_behaviour_is_for_clients_of_3_0() -> None:
    """The same card warns under 2.0 and is clean under 3.0."""
    body = problem_body([])
    body["cards"][0]["suggestions"][0]["actionSelectionBehavior"] = "any"
    old, new = (check_response(body, hook="patient-view", version=v) for v in ("2.0", "3.0.0"))
    assert [(breach.check, breach.severity) for breach in old] == [("E12", "warn")]
    assert new == []


def test_fhir_may_hold_null_beside_an_extension_twin() -> None:
    """A null in an array of primitives is right inside a resource, and nowhere else."""
    name = {"given": ["Ada", None], "_given": [None, {"extension": [{"url": "x", "valueCode": "y"}]}]}
    inside = {"resource": {"resourceType": "Patient", "name": [name]}}
    assert list(empties(inside)) == []
    assert [breach.pointer for breach in empties({"name": [name]})] == ["/name/0/given/1", "/name/0/_given/0"]


@pytest.mark.parametrize(
    ("detail", "broken"),
    [
        ("<img src=x onerror=alert(1)>", True),
        ("<ScRiPt>", True),
        ("[x](javascript:alert(1))", True),
        (r"\<img src=x onerror=alert(1)>", False),
        ("`<script>`", False),
        ("&lt;script&gt;", False),
        ("eGFR <30 or a < b", False),
    ],
)
def test_only_markup_that_runs_is_refused(detail: str, broken: bool) -> None:
    """Escaped markup and comparisons are no breach of E5."""
    body = problem_body([])
    body["cards"][0]["detail"] = detail
    assert any(breach.check == "E5" for breach in check_response(body, hook="patient-view")) is broken


@pytest.mark.parametrize(
    "template",
    [
        "Patient/{{context.patientId}}",
        "{{context.userId}}",
        "Practitioner/{{userPractitionerId}}",
        "Condition?patient={{context.patientId}}&clinical-status=active,recurrence",
        "Observation?code:in=http://example.org/vs&subject={{ context.patientId }}&_count=50&_sort=-date",
        "Observation?patient={{context.patientId}}&date=ge2024-01-01&date=lt2025",
        "Condition?code=http://snomed.info/sct|44054006&_lastUpdated=gt2024-01-01",
    ],
)
def test_templates_in_the_subset_pass(template: str) -> None:
    """Restricted queries with flagged tokens have no flaw."""
    assert lint(template, hook="patient-view") == []


@pytest.mark.parametrize(
    ("template", "hook", "lines"),
    [
        ("Patient/{context.patientId}", "patient-view", {"C1"}),
        ("Patient/{{context.patientId}", "patient-view", {"C1"}),
        ("Patient/{{patientId}}", "patient-view", {"C1"}),
        ("Encounter/{{context.encounter.id}}", "patient-view", {"C2"}),
        ("Patient?_id={{context.draftOrders}}", "order-sign", {"C2", "C5"}),
        ("Patient/{{context.selections}}", "order-select", {"C5"}),
        ("Practitioner/{{userPractitionerId}}", "order-dispatch", {"C5"}),
        ("Patient?_has:Observation:patient:code=1", "patient-view", {"C3"}),
        ("Observation?subject.name=x", "patient-view", {"C3"}),
        ("Observation?code-value-quantity=1$2", "patient-view", {"C3"}),
        ("Observation?code", "patient-view", {"C3"}),
        ("Patient/{{context.patientId}}/$everything", "patient-view", {"C3"}),
        ("/Patient/1", "patient-view", {"C3"}),
        ("patient?_id=1", "patient-view", {"C3"}),
        ("Observation?date=ap2024-01-01", "patient-view", {"C3"}),
        ("MedicationRequest?_id={{context.draftOrders.entry.resource.ofType(X).id}}", "order-sign", {"C4"}),
        ("Condition?_id={{%problems.entry.resource.id}}", "patient-view", {"C4"}),
        ("Condition?patient=1&_maxresults=3", "patient-view", {"C4"}),
    ],
)
def test_templates_outside_it_break_the_named_lines(template: str, hook: str, lines: set[str]) -> None:
    """Each flaw is charged to its own line."""
    assert {flaw.check for flaw in lint(template, hook=hook)} == lines


@given(st.text(max_size=60), st.sampled_from([*HOOKS, "org.example.custom"]))
def test_any_text_can_be_linted(template: str, hook: str) -> None:
    """No template, however odd, raises, and each flaw belongs to section C."""
    assert {flaw.check for flaw in lint(template, hook=hook)} <= {"C1", "C2", "C3", "C4", "C5"}


@pytest.mark.parametrize("hook", [*HOOKS, "org.example.custom"])
def test_the_kit_sends_what_a_client_may_send(hook: str) -> None:
    """A fixture has every field of its hook, and its own request is right."""
    templates = {
        "patient": "Patient/{{context.patientId}}",
        "found": "Condition?patient={{context.patientId}}",
    }
    body = request_for(Offer(id="x", hook=hook, prefetch=templates, pointer=""), patient="p-1")
    assert check_request(body) == []
    assert list(empties(body)) == []
    assert {field.name for field in HOOKS.get(hook, ())} <= body["context"].keys()
    assert body["prefetch"]["patient"] == resource("Patient", "p-1", patient="p-1")
    assert body["prefetch"]["found"] == {"resourceType": "Bundle", "type": "searchset", "total": 0}


def test_a_key_whose_token_has_no_value_is_left_out() -> None:
    """A client cannot fill a template of a field it did not send."""
    offer = Offer(id="x", hook="order-dispatch", prefetch={"me": "{{context.userId}}"}, pointer="")
    assert "prefetch" not in request_for(offer, patient="p")


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"hookInstance": "1"}, "/hookInstance"),
        ({"context": []}, "/context"),
        ({"fhirAuthorization": {}, "fhirServer": "https://e"}, "/fhirAuthorization/access_token"),
        ({"fhirAuthorization": {"token_type": "bearer"}}, "/fhirServer"),
    ],
)
def test_a_wrong_request_is_told_by_pointer(change: dict[str, Any], pointer: str) -> None:
    """cds-r-1 and the required members are judged on any request."""
    offer = Offer(id="x", hook="patient-view", prefetch={}, pointer="")
    body = request_for(offer, patient="p") | change
    assert pointer in {breach.pointer for breach in check_request(body)}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"outcome": "ignored"}, "cds-fb-1"),
        ({"outcome": "accepted"}, "cds-fb-2"),
        ({"overrideReason": {}}, "cds-fb-3"),
        ({"outcomeTimestamp": "2026-13-01T00:00:00Z"}, "RFC 3339"),
    ],
)
def test_wrong_feedback_is_told_by_invariant(change: dict[str, Any], words: str) -> None:
    """Each feedback invariant is named in the message."""
    good = {"card": "c", "outcome": "overridden", "outcomeTimestamp": "2026-11-01T10:00:00.5Z"}
    assert check_feedback({"feedback": [good]}) == []
    assert any(words in breach.message for breach in check_feedback({"feedback": [good | change]}))


@given(JSON)
def test_offers_are_read_from_any_discovery(document: Any) -> None:
    """Entries that cannot be called are left out; the rest have an id and a hook."""
    assert all(offer.id and isinstance(offer.hook, str) for offer in read_offers(document, Options()))


def test_a_service_that_is_not_listed_cannot_be_run() -> None:
    """A misspelt id is told at once."""
    with pytest.raises(CannotRunError, match="nowhere"):
        read_offers({"services": []}, Options(services=("nowhere",)))
