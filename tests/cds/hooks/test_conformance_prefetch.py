"""What becomes of each prefetch key, and what our templates may ask (checklist A5, C, D8 to D10)."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hook_calls import (
    OUTCOME,
    PATIENT,
    SERVER,
    FakeEhr,
    Held,
    Left,
    bundle,
    call,
    observation,
    reader,
    refusing,
)

from adapters.ports import AddressRefused, Bundle, EhrRefused, EhrTimeout, EhrUnavailable
from cds.errors import BadRequest, Precondition
from cds.hooks import templates
from cds.hooks.library import HOOKS
from cds.hooks.prefetch import Data, Need, resolve

LABS = Need("Observation?patient={{context.patientId}}&category=laboratory", fills=("observation",))
PROBLEMS = Need("Condition?patient={{context.patientId}}", fills=("condition",))
WHO = Need("Patient/{{context.patientId}}", required=True)
ENCOUNTER = Need("Encounter/{{context.encounterId}}")
LABS_QUERY = "Observation?patient=p1&category=laboratory"
NEXT = f"{SERVER}?page=2"


def resolved(
    needs: dict[str, Need],
    sent: dict[str, Any],
    ehr: FakeEhr | None = None,
    *,
    server: str = SERVER,
    context: dict[str, Any] | None = None,
    left: float = 5.0,
) -> Data:
    made = call(context=context, prefetch=sent, **({"fhirServer": server} if server else {}))
    return resolve(made, needs, reader=reader(ehr) if ehr else None, deadline=Left(left))


def failed(
    needs: dict[str, Need], sent: dict[str, Any], ehr: FakeEhr | None = None, **more: Any
) -> Precondition:
    with pytest.raises(Precondition) as caught:
        resolved(needs, sent, ehr, **more)
    return caught.value


def test_D10_what_was_sent_is_not_read_again() -> None:
    ehr = FakeEhr()
    data = resolved({"labs": LABS, "who": WHO}, {"labs": bundle(observation("o1")), "who": PATIENT}, ehr)
    assert [(p.key, p.state, len(p.resources)) for p in data.parts.values()] == [
        ("labs", "given", 1),
        ("who", "given", 1),
    ]
    assert ehr.asked == []


def test_A5_a_null_key_is_known_to_be_empty_and_not_read() -> None:
    ehr = FakeEhr()
    data = resolved({"labs": LABS}, {"labs": None}, ehr)
    assert data.parts["labs"].state == "null"
    assert ehr.asked == []


def test_D10_a_missing_key_is_read_with_the_token_from_its_own_template() -> None:
    ehr = FakeEhr({LABS_QUERY: Bundle((observation("o1"),)), "Patient/p1": PATIENT})
    data = resolved({"labs": LABS, "who": WHO}, {}, ehr)
    assert {k: p.state for k, p in data.parts.items()} == {"labs": "fetched", "who": "fetched"}
    assert sorted(ehr.asked) == [("read", "Patient/p1", "secret"), ("search", LABS_QUERY, "secret")]


def test_D10_our_own_reads_may_say_since_when_and_templates_never_do() -> None:
    need = Need(LABS.query, since=("date", 30))
    query = f"{LABS_QUERY}&date=ge2026-01-30"
    ehr = FakeEhr({query: Bundle((observation("o1"),)), LABS_QUERY: Bundle(())})
    made = call(fhirServer=SERVER)
    dated = replace(reader(ehr), today=date(2026, 3, 1))
    assert resolve(made, {"labs": need}, reader=dated, deadline=Left()).parts["labs"].resources
    assert not resolve(made, {"labs": need}, reader=reader(ehr), deadline=Left()).parts["labs"].resources
    assert [what for _, what, _ in ehr.asked] == [query, LABS_QUERY]


@pytest.mark.parametrize("sent", [OUTCOME, bundle(OUTCOME)])
def test_D9_an_OperationOutcome_is_an_error_of_its_key_and_the_key_is_read(sent: dict[str, Any]) -> None:
    ehr = FakeEhr({LABS_QUERY: Bundle((observation("o1"),))})
    assert resolved({"labs": LABS}, {"labs": sent}, ehr).parts["labs"].state == "fetched"
    error = failed({"labs": LABS}, {"labs": sent}, server="")
    assert "OperationOutcome" in error.message


def test_D9_an_OperationOutcome_beside_resources_makes_the_list_partial() -> None:
    part = resolved({"labs": LABS}, {"labs": bundle(observation("o1"), OUTCOME)}).parts["labs"]
    assert (part.state, len(part.resources)) == ("partial", 1)


@pytest.mark.parametrize("severity", ["information", "warning"])
def test_D9_an_OperationOutcome_that_only_informs_breaks_nothing(severity: str) -> None:
    told = {"resourceType": "OperationOutcome", "issue": [{"severity": severity}]}
    part = resolved({"labs": LABS}, {"labs": bundle(observation("o1"), told)}).parts["labs"]
    assert (part.state, len(part.resources)) == ("given", 1)


@pytest.mark.parametrize("issue", [[], None, 5, [5], [{"severity": ["x"]}], [{}]])
def test_D9_an_OperationOutcome_of_no_known_severity_is_an_error(issue: Any) -> None:
    told = {"resourceType": "OperationOutcome", "issue": issue}
    assert resolved({"labs": LABS}, {"labs": bundle(observation("o"), told)}).parts["labs"].state == "partial"


def test_D10_the_first_page_of_many_is_followed_to_its_end() -> None:
    ehr = FakeEhr({NEXT: Bundle((observation("o2"), observation("o3")))})
    part = resolved({"labs": LABS}, {"labs": bundle(observation("o1"), next_url=NEXT)}, ehr).parts["labs"]
    assert (part.state, [r["id"] for r in part.resources]) == ("fetched", ["o1", "o2", "o3"])
    assert ehr.asked == [("follow Observation", NEXT, "secret")]


@pytest.mark.parametrize(
    ("ehr", "why"),
    [
        (FakeEhr({NEXT: EhrTimeout("page: no answer")}), "no answer"),
        (
            FakeEhr({NEXT: Bundle((), complete=False, why_incomplete="there are more than 10 pages")}),
            "10 pages",
        ),
        (FakeEhr({NEXT: Bundle((), complete=False)}), "further pages"),
        (None, "no fhirServer"),
    ],
)
def test_D10_a_page_that_cannot_be_followed_leaves_the_list_partial(ehr: FakeEhr | None, why: str) -> None:
    sent = {"labs": bundle(observation("o1"), next_url=NEXT)}
    part = resolved({"labs": LABS}, sent, ehr, server=SERVER if ehr else "").parts["labs"]
    assert (part.state, [r["id"] for r in part.resources]) == ("partial", ["o1"])
    assert why in part.why


@pytest.mark.parametrize("link", [5, [5], [{"relation": "next"}], [{"relation": "next", "url": ""}], [{}]])
def test_D10_a_link_that_leads_nowhere_is_no_next_page(link: Any) -> None:
    sent = {**bundle(observation("o1")), "link": link}
    assert resolved({"labs": LABS}, {"labs": sent}).parts["labs"].state == "given"


def test_D10_a_search_that_was_not_read_to_its_end_is_partial() -> None:
    ehr = FakeEhr({LABS_QUERY: Bundle((observation("o1"),), complete=False, why_incomplete="capped")})
    part = resolved({"labs": LABS}, {}, ehr).parts["labs"]
    assert (part.state, part.why) == ("partial", "capped")


@pytest.mark.parametrize(
    ("value", "pointer"),
    [
        ({"resourceType": "Bundle", "entry": {"a": 1}}, "/prefetch/labs/entry"),
        ({"resourceType": "Bundle", "entry": [5]}, "/prefetch/labs/entry/0/resource"),
        ({"resourceType": "Bundle", "entry": [{"resource": {"id": "x"}}]}, "/prefetch/labs/entry/0/resource"),
    ],
)
def test_D1_a_bundle_of_a_wrong_shape_is_named_where_it_breaks(value: dict[str, Any], pointer: str) -> None:
    with pytest.raises(BadRequest) as caught:
        resolved({"labs": LABS}, {"labs": value})
    assert caught.value.pointer == pointer


def test_D8_a_required_key_without_a_server_is_412_and_named_with_what_was_tried() -> None:
    error = failed({"who": WHO, "labs": LABS}, {"labs": None}, server="")
    assert error.status == 412
    assert error.pointer == "/prefetch/who"
    assert "who (not sent; no fhirServer" in error.message
    assert "tried: prefetch" in error.message
    assert error.extra["keys"] == ["who"]


@pytest.mark.parametrize("trouble", [EhrRefused("403"), EhrTimeout("late"), EhrUnavailable("502"), None])
def test_D8_a_required_key_the_EHR_does_not_give_is_412(trouble: Exception | None) -> None:
    ehr = FakeEhr({"Patient/p1": trouble} if trouble else {})
    error = failed({"who": WHO}, {}, ehr)
    assert "tried: prefetch, fhirServer" in error.message
    assert str(trouble or "404") in error.message


def test_D8_an_optional_key_that_fails_is_a_gap_while_another_is_there() -> None:
    data = resolved({"labs": LABS, "problems": PROBLEMS}, {"problems": bundle()}, FakeEhr())
    assert (data.parts["labs"].state, data.parts["problems"].state) == ("failed", "given")


def test_D8_when_every_optional_key_fails_it_is_412_even_with_the_required_one() -> None:
    error = failed({"who": WHO, "labs": LABS, "problems": PROBLEMS}, {"who": PATIENT}, FakeEhr())
    assert error.extra["keys"] == ["labs", "problems"]
    assert error.pointer == "/prefetch/labs"


def test_D8_a_required_resource_that_is_null_or_empty_cannot_be_had() -> None:
    assert failed({"who": WHO}, {"who": None}).extra["keys"] == ["who"]
    assert failed({"who": WHO}, {"who": bundle()}).extra["keys"] == ["who"]


def test_D8_a_required_list_may_be_empty() -> None:
    needs = {"labs": Need(LABS.query, required=True)}
    assert resolved(needs, {"labs": bundle()}).parts["labs"].state == "given"
    assert resolved(needs, {"labs": None}).parts["labs"].state == "null"


def test_D8_an_optional_key_whose_token_is_not_in_the_call_counts_as_not_sent() -> None:
    ehr = FakeEhr({"Patient/p1": PATIENT})
    part = resolved({"who": WHO, "encounter": ENCOUNTER}, {}, ehr).parts["encounter"]
    assert part.state == "failed"
    assert "context.encounterId" in part.why
    assert [what for _, what, _ in ehr.asked] == ["Patient/p1"]


def test_D8_a_required_key_whose_token_is_not_in_the_call_is_412_naming_the_token() -> None:
    error = failed({"encounter": Need(ENCOUNTER.query, required=True)}, {}, FakeEhr())
    assert "context.encounterId" in error.message
    assert error.extra["keys"] == ["encounter"]


def test_D8_without_any_need_nothing_is_read() -> None:
    assert resolved({}, {}).parts == {}


def test_a_reader_that_cannot_be_had_says_why_on_every_key() -> None:
    made = call(fhirServer=SERVER, prefetch={"problems": bundle(PATIENT, next_url=NEXT)})
    refused = refusing(AddressRefused("fhirServer is not registered"))
    data = resolve(made, {"labs": LABS, "problems": PROBLEMS}, reader=refused, deadline=Left())
    assert "not registered" in data.parts["labs"].why
    assert data.parts["problems"].state == "partial"


def test_a_reader_is_not_asked_for_while_nothing_is_missing() -> None:
    made = call(fhirServer=SERVER, prefetch={"labs": bundle()})
    data = resolve(made, {"labs": LABS}, reader=refusing(AddressRefused("never")), deadline=Left())
    assert data.parts["labs"].state == "given"


def test_D7_a_read_that_outlasts_the_deadline_is_left_behind() -> None:
    held = Held()
    ehr = FakeEhr({LABS_QUERY: Bundle(())}, wait=held)
    try:
        part = resolved({"labs": LABS, "problems": PROBLEMS}, {"problems": None}, ehr, left=0.02).parts[
            "labs"
        ]
    finally:
        held.event.set()
    assert (part.state, part.why) == ("failed", "the EHR did not answer in time")


def test_D7_a_page_that_outlasts_the_deadline_keeps_the_first_one() -> None:
    held = Held()
    ehr = FakeEhr({NEXT: Bundle(())}, wait=held)
    try:
        sent = {"labs": bundle(observation("o1"), next_url=NEXT)}
        part = resolved({"labs": LABS}, sent, ehr, left=-1.0).parts["labs"]
    finally:
        held.event.set()
    assert (part.state, len(part.resources)) == ("partial", 1)


def test_another_patients_Patient_is_400_and_never_a_gap() -> None:
    with pytest.raises(BadRequest) as caught:
        resolved({"who": WHO}, {"who": {"resourceType": "Patient", "id": "p2"}})
    assert caught.value.pointer == "/prefetch/who"


def test_another_patients_resource_is_left_out_and_named() -> None:
    data = resolved({"labs": LABS}, {"labs": bundle(observation("o1"), observation("o2", "Patient/p2"))})
    assert [r["id"] for _, r in data.resources()] == ["o1"]
    assert [(x.key, x.what, x.why) for x in data.left_out] == [
        ("labs", "Observation", "belongs to another patient")
    ]


def test_a_type_that_does_not_exist_is_not_repeated() -> None:
    made = {"resourceType": "JohnSmith", "subject": {"reference": "Patient/p2"}}
    data = resolved({"labs": LABS}, {"labs": bundle(made)})
    assert data.left_out[0].what == "resource of an unknown type"


def test_another_encounter_than_the_contexts_is_left_out() -> None:
    context = {"userId": "Practitioner/1", "patientId": "p1", "encounterId": "e1"}
    stray = {"resourceType": "Encounter", "id": "e2", "subject": {"reference": "Patient/p1"}}
    data = resolved(
        {"encounter": ENCOUNTER, "labs": LABS}, {"encounter": stray, "labs": None}, context=context
    )
    assert [x.why for x in data.left_out] == ["is not the encounter of the context"]
    own = resolved({"encounter": ENCOUNTER}, {"encounter": {**stray, "id": "e1"}}, context=context)
    assert own.left_out == ()


def test_a_resource_that_two_keys_bring_is_one_and_resources_without_id_are_several() -> None:
    twice, unnamed = observation("o1"), {"resourceType": "Condition", "subject": {"reference": "Patient/p1"}}
    odd = {**unnamed, "id": ["x"]}
    data = resolved(
        {"labs": LABS, "problems": PROBLEMS},
        {"labs": bundle(twice, unnamed, odd), "problems": bundle(dict(twice), dict(unnamed))},
    )
    assert [(key, r["resourceType"]) for key, r in data.resources()] == [
        ("labs", "Observation"),
        ("labs", "Condition"),
        ("labs", "Condition"),
        ("problems", "Condition"),
    ]


def test_the_fullUrls_of_all_bundles_of_a_call_are_kept() -> None:
    drafts = {
        "resourceType": "Bundle",
        "entry": [
            {"fullUrl": "urn:uuid:2", "resource": {"resourceType": "MedicationRequest", "id": "d1"}},
            {"fullUrl": 5, "resource": {"resourceType": "MedicationRequest", "id": "d2"}},
        ],
    }
    context = {"userId": "Practitioner/1", "patientId": "p1", "draftOrders": drafts}
    sent = {"resourceType": "Bundle", "entry": [{"fullUrl": "urn:uuid:1", "resource": observation("o1")}]}
    data = resolve(call("order-sign", context, prefetch={"labs": sent}), {}, reader=None, deadline=Left())
    assert [(url, r["id"]) for url, r in data.full_urls] == [("urn:uuid:1", "o1"), ("urn:uuid:2", "d1")]


def test_D11_no_resource_and_no_page_stands_in_a_parts_repr() -> None:
    sent = {"labs": bundle(observation("o1", note="Canary"), next_url=f"{SERVER}?patient=Canary")}
    assert "Canary" not in repr(resolved({"labs": LABS}, sent, server=""))


# Templates


@pytest.mark.parametrize(
    ("template", "fault"),
    [
        ("Patient/{{context.patientId}}", ""),
        ("Practitioner/{{userPractitionerId}}", ""),
        ("Observation?patient={{context.patientId}}&category=laboratory&_count=10&_sort=-date", ""),
        ("Observation?patient={{context.patientId}}&code:in=http://x&date=ge2020-01-01", ""),
        ("Condition?patient={{ context.patientId }}", ""),
        ("Patient/{{context.medication.id}}", "not a root-level"),
        ("Patient/{{patient}}", "not a root-level"),
        ("Patient/{{today()}}", "not a root-level"),
        ("Patient/{{%prior.id}}", "not a root-level"),
        ("Patient/{{context.draftOrders}}", "no prefetch token of order-sign"),
        ("Patient/{{context.encounterId}", "unbalanced"),
        ("Patient", "must be Type/"),
        ("metadata", "must be Type/"),
        ("Observation?patient={{context.patientId}}", "asks for everything"),
        ("Condition?code:above=1", "modifier :above"),
        ("Condition?_include=x", "_include is outside"),
        ("Condition?onset-date=ap2020", "date prefix ap"),
        ("Condition?_lastUpdated=gt2020", ""),
    ],
)
def test_C1_C2_C3_templates_are_held_to_what_a_2_0_client_understands(template: str, fault: str) -> None:
    found = templates.lint({"key": template}, hooks=["order-sign"])
    assert (fault in "; ".join(found)) if fault else found == []
    assert all(line.startswith("key: ") for line in found)


def test_B5_an_empty_prefetch_is_to_be_left_out() -> None:
    assert templates.lint({}, hooks=["patient-view"]) == ["prefetch is empty; leave it out"]


TOKENS = {
    "patientId": HOOKS.keys(),
    "userId": HOOKS.keys() - {"order-dispatch"},
    "encounterId": HOOKS.keys() - {"order-dispatch"},
    "dispatchedOrders": {"order-dispatch"},
    "performer": {"order-dispatch"},
    "selections": set(),
    "draftOrders": set(),
    "appointments": set(),
    "fulfillmentTasks": set(),
}


@pytest.mark.parametrize("hook", sorted(HOOKS))
@pytest.mark.parametrize("name", sorted(TOKENS))
def test_C5_only_fields_flagged_as_tokens_may_be_named(hook: str, name: str) -> None:
    faults = templates.lint({"k": f"Patient/{{{{context.{name}}}}}"}, hooks=[hook])
    assert (faults == []) == (hook in TOKENS[name])


def test_C1_tokens_are_filled_from_the_context() -> None:
    context = call("patient-view", {"userId": "Practitioner/dr-1", "patientId": "p.1"}).context
    assert templates.fill("Patient/{{context.patientId}}", context) == "Patient/p.1"
    assert templates.fill("Practitioner/{{ userPractitionerId }}", context) == "Practitioner/dr-1"
    assert templates.missing("Patient/{{userPatientId}}", context) == "userPatientId"
    with pytest.raises(BadRequest, match="userPatientId"):
        templates.fill("Patient/{{userPatientId}}", context)


def test_C4_several_references_are_joined_by_commas() -> None:
    dispatched = {
        "patientId": "p1",
        "dispatchedOrders": ["ServiceRequest/a", "ServiceRequest/b"],
        "performer": "Organization/o1",
    }
    context = call("order-dispatch", dispatched).context
    filled = templates.fill("ServiceRequest?_id={{context.dispatchedOrders}}", context)
    assert filled == "ServiceRequest?_id=ServiceRequest/a%2CServiceRequest/b"


def test_a_value_cannot_leave_its_place_in_a_query() -> None:
    made = call("com.example.my-hook", {"patientId": "p1"}).context
    context = type(made)(
        hook=made.hook, user_type="", user_id="", patient_id="", encounter_id="", raw={"x": "1&code=2#3 4"}
    )
    assert (
        templates.fill("Condition?patient={{context.x}}", context) == "Condition?patient=1%26code%3D2%233%204"
    )
