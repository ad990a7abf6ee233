"""What a request may be, line by line of the conformance checklist (A, D, H)."""

import time
from contextlib import suppress
from typing import Any

import orjson
import pytest
from hook_calls import INSTANCE, LIMITS, MINIMAL, SERVER, body, bundle, call, observation

from cds.errors import BadRequest, TooLarge
from cds.hooks.call import BodyLimits, parse, parse_json
from cds.hooks.contexts import HOOKS, definition

AUTHORIZATION = {
    "access_token": "abc.def",
    "token_type": "Bearer",
    "expires_in": 300,
    "scope": "patient/*.read",
    "subject": "cds-service",
}


def refused(pointer: str, hook: str = "patient-view", context: Any = None, **more: Any) -> str:
    """Return the message of the refusal that names this pointer."""
    with pytest.raises(BadRequest) as caught:
        call(hook, context, **more)
    assert caught.value.pointer == pointer
    return caught.value.message


def test_A5_a_prefetch_value_may_be_null() -> None:
    assert call(prefetch={"patient": None}).prefetch == {"patient": None}


def test_A5_prefetch_itself_may_be_null_or_missing() -> None:
    assert call(prefetch=None).prefetch == {}
    assert call().prefetch == {}


@pytest.mark.parametrize("value", ["text", 5, [], {"id": "x"}, {"resourceType": 5}])
def test_A5_a_prefetch_value_that_is_no_resource_is_named(value: Any) -> None:
    with pytest.raises(BadRequest) as caught:
        call(prefetch={"labs": value})
    assert caught.value.pointer.startswith("/prefetch/labs")


def test_A5_a_prefetch_key_that_is_free_text_is_not_repeated() -> None:
    assert "Smith" not in refused("/prefetch/?", prefetch={"John Smith": 5})


@pytest.mark.parametrize("name", ["hook", "hookInstance", "context"])
def test_D1_a_missing_required_member_is_named(name: str) -> None:
    refused(f"/{name}", **{name: ...}) if name != "hook" else None
    with pytest.raises(BadRequest) as caught:
        parse(orjson.dumps({k: v for k, v in body().items() if k != name}), limits=LIMITS)
    assert caught.value.pointer == f"/{name}"


@pytest.mark.parametrize("value", [None, 5, "", [], {}])
def test_D1_hook_is_a_string(value: Any) -> None:
    with pytest.raises(BadRequest) as caught:
        parse(orjson.dumps({**body(), "hook": value}), limits=LIMITS)
    assert caught.value.pointer == "/hook"


@pytest.mark.parametrize(
    "value", ["1", "d1577c69", f"{INSTANCE}x", f"{{{INSTANCE}}}", INSTANCE.replace("-", "")]
)
def test_D1_hookInstance_is_a_uuid(value: str) -> None:
    refused("/hookInstance", hookInstance=value)


@pytest.mark.parametrize("value", [None, [], "text", 5])
def test_D1_context_is_an_object(value: Any) -> None:
    with pytest.raises(BadRequest) as caught:
        parse(orjson.dumps({**body(), "context": value}), limits=LIMITS)
    assert caught.value.pointer == "/context"


@pytest.mark.parametrize("name", ["prefetch", "extension"])
def test_D1_prefetch_and_extension_are_objects(name: str) -> None:
    refused(f"/{name}", **{name: [1]})


@pytest.mark.parametrize("text", ["", "[1]", '"x"', "5", "null"])
def test_D1_the_body_is_a_json_object(text: str) -> None:
    with pytest.raises(BadRequest):
        parse(text.encode(), limits=LIMITS)


def test_D1_bad_json_is_named_by_line_and_column() -> None:
    with pytest.raises(BadRequest, match=r"line 2 column 3"):
        parse_json(b'{"a":\n  oops}', limits=LIMITS)


@pytest.mark.parametrize(
    "text", [b"NaN", b"Infinity", b"1e999", b'{"a":1,}', b"{'a':1}", b"\xff\xfe{}", b"// x\n{}"]
)
def test_D1_what_is_no_rfc_8259_json_is_refused(text: bytes) -> None:
    with pytest.raises(BadRequest):
        parse_json(text, limits=LIMITS)


@pytest.mark.parametrize(
    "url",
    [
        "ehr.example/fhir",
        "ftp://ehr.example",
        "https://",
        "",
        5,
        "https://[::1",
        "https://ehr.example:99999/fhir",
        "https://ehr.example:port/fhir",
        "https://ehr.example/fhir\n",
        "https://ehr example/fhir",
        "https://ehr.example\u2024com/fhir",
    ],
)
def test_D1_fhirServer_is_an_absolute_url(url: Any) -> None:
    refused("/fhirServer", fhirServer=url)


@pytest.mark.parametrize(
    "url",
    [
        "https://user@ehr.example/fhir",
        "https://:pw@ehr.example/fhir",
        "https://ehr.example/fhir?x=1",
        "https://ehr.example/fhir#x",
        "https://ehr.example/fhir?",
    ],
)
def test_D1_fhirServer_has_no_credentials_query_or_fragment(url: str) -> None:
    assert "base URL" in refused("/fhirServer", fhirServer=url)


def test_D1_fhirServer_loses_its_last_slash_and_nothing_else() -> None:
    assert call(fhirServer=f"{SERVER}/").fhir_server == SERVER
    assert call(fhirServer="https://[::1]:8443/r4").fhir_server == "https://[::1]:8443/r4"


def test_D2_fhirAuthorization_needs_fhirServer() -> None:
    refused("/fhirServer", fhirAuthorization=AUTHORIZATION)


@pytest.mark.parametrize("name", sorted(AUTHORIZATION))
def test_D3_every_member_of_fhirAuthorization_is_required(name: str) -> None:
    partial = {k: v for k, v in AUTHORIZATION.items() if k != name}
    refused(f"/fhirAuthorization/{name}", fhirServer=SERVER, fhirAuthorization=partial)


@pytest.mark.parametrize("token_type", ["bearer", "BEARER", "MAC", "Bearer "])
def test_D3_token_type_is_Bearer_exactly(token_type: str) -> None:
    refused(
        "/fhirAuthorization/token_type",
        fhirServer=SERVER,
        fhirAuthorization={**AUTHORIZATION, "token_type": token_type},
    )


@pytest.mark.parametrize("expires", ["300", 3.5, True, None])
def test_D3_expires_in_is_an_integer(expires: Any) -> None:
    refused(
        "/fhirAuthorization/expires_in",
        fhirServer=SERVER,
        fhirAuthorization={**AUTHORIZATION, "expires_in": expires},
    )


@pytest.mark.parametrize("token", ["q7 w8", "a\r\nX-Evil: 1", "é"])
def test_D3_an_access_token_cannot_end_a_header(token: str) -> None:
    message = refused(
        "/fhirAuthorization/access_token",
        fhirServer=SERVER,
        fhirAuthorization={**AUTHORIZATION, "access_token": token},
    )
    assert token not in message


def test_D3_fhirAuthorization_is_an_object() -> None:
    refused("/fhirAuthorization", fhirServer=SERVER, fhirAuthorization=["x"])


@pytest.mark.parametrize("patient", ["p2", "", 5])
def test_D3_a_token_for_another_patient_is_refused(patient: Any) -> None:
    refused(
        "/fhirAuthorization/patient",
        fhirServer=SERVER,
        fhirAuthorization={**AUTHORIZATION, "patient": patient},
    )


def test_D3_a_token_for_this_patient_is_taken() -> None:
    made = call(fhirServer=SERVER, fhirAuthorization={**AUTHORIZATION, "patient": "p1"})
    assert made.authorization is not None
    assert (made.authorization.patient, made.authorization.subject) == ("p1", "cds-service")


def test_D4_unknown_members_and_extensions_do_not_fail_a_call() -> None:
    extension = {"com.epic.cdshooks.request.epic-version": {"a": [1]}}
    made = call(extension=extension, hookVersion="1.0", anything={"deep": [1]})
    assert made.extension == extension
    assert call(context={**MINIMAL["patient-view"], "more": {"x": 1}}).context.patient_id == "p1"


@pytest.mark.parametrize("extra", [{"selections": 5}, {"selections": {"a": 1}}, {"selections": ["x"]}])
def test_D4_a_member_of_another_hook_is_just_an_unknown_member(extra: dict[str, Any]) -> None:
    assert call(context={**MINIMAL["patient-view"], **extra}).context.selections == ()


def test_D6_an_unknown_hook_is_refused_and_a_reverse_dns_name_is_not() -> None:
    refused("/hook", hook="patient-glance", context={})
    made = call("com.example.cohort-view", {"patientId": "p1"})
    assert (made.context.patient_id, made.context.user_id) == ("p1", "")


def test_D6_a_deprecated_hook_says_what_replaced_it() -> None:
    with pytest.raises(BadRequest, match="order-select"):
        call("medication-prescribe", {})


def test_D11_neither_token_nor_record_stands_in_a_calls_repr() -> None:
    made = call(
        fhirServer=SERVER,
        fhirAuthorization={**AUTHORIZATION, "access_token": "TOPSECRET"},
        prefetch={"a": {"resourceType": "Patient", "id": "p1", "name": [{"family": "Canary"}]}},
        extension={"x.y.z": "Canary"},
    )
    assert "TOPSECRET" not in repr(made)
    assert "Canary" not in repr(made)


def test_D13_the_hook_instance_is_kept() -> None:
    assert call().hook_instance == INSTANCE


def test_D14_a_body_over_the_limit_is_too_large() -> None:
    with pytest.raises(TooLarge, match="over 10 bytes"):
        parse_json(b" " * 11, limits=BodyLimits(body_bytes=10))


@pytest.mark.parametrize(("opened", "closed"), [("[", "]"), ('{"a":', "}"), ('[{"a":', "}]")])
@pytest.mark.parametrize("limit", [8, 9, 48])
def test_D14_nesting_is_counted_exactly(opened: str, closed: str, limit: int) -> None:
    levels = len([c for c in opened if c in "[{"])
    times = limit // levels
    inside = (opened * times + "1" + closed * times).encode()
    assert parse_json(inside, limits=BodyLimits(depth=limit)) is not None
    beyond = (opened * (times + 1) + "1" + closed * (times + 1)).encode()
    with pytest.raises(TooLarge, match="nested"):
        parse_json(beyond, limits=BodyLimits(depth=limit))


def test_D14_brackets_in_strings_are_no_nesting() -> None:
    text = orjson.dumps({"a": "[" * 500 + '\\"]{' * 3, "b": ["]]]]", "}}}"]})
    assert parse_json(text, limits=BodyLimits(depth=8))["b"] == ["]]]]", "}}}"]


def test_D14_a_hostile_body_costs_time_in_proportion_to_its_length() -> None:
    """Escaped quotes without an end made a backtracking pattern read the rest once for each of them."""
    with pytest.raises(BadRequest):
        parse_json(b'["' + b'\\"' * 1_500_000, limits=LIMITS)


@pytest.mark.parametrize(
    "hostile", [b"[" * 4_000_000, b'["["' + b",[]" * 1_300_000 + b"]", (b"[" * 60 + b"]" * 60) * 30_000]
)
def test_D14_brackets_by_the_million_cost_no_seconds(hostile: bytes) -> None:
    """A loop over each bracket of a body kept one thread busy for three seconds."""
    began = time.process_time()
    with suppress(BadRequest, TooLarge):
        parse_json(hostile, limits=LIMITS)
    assert time.process_time() - began < 8


def test_D14_resources_of_all_bundles_count_together() -> None:
    many = bundle(*(observation(str(n)) for n in range(6)))
    with pytest.raises(TooLarge, match="12 resources"):
        parse(orjson.dumps(body(prefetch={"a": many, "b": many})), limits=BodyLimits(entries=10))


@pytest.mark.parametrize("hook", sorted(HOOKS))
def test_H_every_hook_of_the_library_is_taken_with_its_least_context(hook: str) -> None:
    made = call(hook)
    assert made.hook == hook
    assert made.context.patient_id == "p1"


REQUIRED = [(hook, name) for hook in HOOKS for name, rule in HOOKS[hook].fields.items() if rule.required]


@pytest.mark.parametrize(("hook", "name"), REQUIRED)
def test_H_a_required_context_field_that_is_missing_is_named(hook: str, name: str) -> None:
    refused(f"/context/{name}", hook, {k: v for k, v in MINIMAL[hook].items() if k != name})


EVERY = [(hook, name) for hook in HOOKS for name in HOOKS[hook].fields]


@pytest.mark.parametrize(("hook", "name"), EVERY)
@pytest.mark.parametrize("value", [5, True, "a b", "", [5], {"x": 1}])
def test_H_a_context_field_of_a_wrong_shape_is_named(hook: str, name: str, value: Any) -> None:
    with pytest.raises(BadRequest) as caught:
        call(hook, {**MINIMAL[hook], name: value})
    assert caught.value.pointer.startswith(f"/context/{name}")


LIBRARY = {
    "patient-view": ("1.0", "userId patientId", "encounterId"),
    "order-select": ("1.0", "userId patientId selections draftOrders", "encounterId"),
    "order-sign": ("1.0", "userId patientId draftOrders", "encounterId"),
    "order-dispatch": ("1.1", "patientId dispatchedOrders performer", "fulfillmentTasks"),
    "encounter-start": ("1.0", "userId patientId encounterId", ""),
    "encounter-discharge": ("1.0", "userId patientId encounterId", ""),
    "appointment-book": ("1.0", "userId patientId appointments", "encounterId"),
    "allergyintolerance-create": ("0.1.0", "userId patientId allergyIntolerance", "encounterId"),
    "problem-list-item-create": ("0.1.0", "userId patientId conditions", "encounterId"),
    "medication-refill": ("0.1.0", "patientId medications", "userId encounterId"),
    "medication-verify": ("0.1.0", "userId patientId medication", "encounterId"),
}


def test_H_the_table_is_the_librarys() -> None:
    ours = {
        name: (
            hook.version,
            {n for n, f in hook.fields.items() if f.required},
            {n for n, f in hook.fields.items() if not f.required},
        )
        for name, hook in HOOKS.items()
    }
    assert ours == {n: (v, set(r.split()), set(o.split())) for n, (v, r, o) in LIBRARY.items()}


@pytest.mark.parametrize(
    ("hook", "user", "taken"),
    [
        ("patient-view", "Patient/p1", True),
        ("patient-view", "RelatedPerson/r1", True),
        ("appointment-book", "Patient/p1", True),
        ("order-sign", "PractitionerRole/x", True),
        ("order-sign", "Patient/p1", False),
        ("medication-verify", "RelatedPerson/r1", False),
        ("patient-view", "Organization/o1", False),
        ("patient-view", "dr-1", False),
        ("patient-view", "Practitioner/..", False),
    ],
)
def test_H_the_user_is_of_a_type_the_hook_allows(hook: str, user: str, taken: bool) -> None:
    context = {**MINIMAL[hook], "userId": user}
    if taken:
        made = call(hook, context).context
        assert f"{made.user_type}/{made.user_id}" == user
    else:
        refused("/context/userId", hook, context)


@pytest.mark.parametrize("value", ["Patient/p1", "p_1", "x" * 65, ".", "..", "p1\n", "p 1", "ü"])
def test_H_patientId_is_a_bare_id(value: str) -> None:
    refused("/context/patientId", context={"userId": "Practitioner/1", "patientId": value})


@pytest.mark.parametrize("user", ["Patient/p1", "RelatedPerson/r1"])
def test_H_a_call_asked_by_a_patient_is_known_as_such(user: str) -> None:
    assert call(context={"userId": user, "patientId": "p1"}).context.asked_by_patient
    assert not call().context.asked_by_patient


@pytest.mark.parametrize(
    ("sent", "type", "id"),
    [
        ("Practitioner/1", "Practitioner", "1"),
        ({"a": 1}, "", ""),
        ("John Smith", "", ""),
        ("Group/1", "", ""),
    ],
)
def test_H_order_dispatch_knows_no_user_and_repeats_none_that_is_no_reference(
    sent: Any, type: str, id: str
) -> None:
    made = call("order-dispatch", {**MINIMAL["order-dispatch"], "userId": sent, "encounterId": {"x": 1}})
    assert (made.context.user_type, made.context.user_id, made.context.encounter_id) == (type, id, "")


def test_H_selections_name_draft_orders() -> None:
    context = {**MINIMAL["order-select"], "selections": ["MedicationRequest/d1", "MedicationRequest/d2"]}
    refused("/context/selections/1", "order-select", context)
    refused("/context/selections", "order-select", {**MINIMAL["order-select"], "selections": []})
    refused("/context/selections/0", "order-select", {**MINIMAL["order-select"], "selections": ["d1"]})
    assert call("order-select").context.selections == ("MedicationRequest/d1",)


@pytest.mark.parametrize(
    "sent",
    [
        {"resourceType": "AllergyIntolerance", "id": "a"},
        {"resource": {"resourceType": "AllergyIntolerance", "id": "a"}},
        {
            "resourceType": "Bundle",
            "entry": [{"resource": {"resourceType": "AllergyIntolerance", "id": "a"}}],
        },
    ],
)
def test_H_an_allergy_may_come_bare_wrapped_or_in_a_bundle(sent: dict[str, Any]) -> None:
    context = {**MINIMAL["allergyintolerance-create"], "allergyIntolerance": sent}
    ((pointer, resource),) = call("allergyintolerance-create", context).context.resources
    assert resource["id"] == "a"
    assert pointer.startswith("/context/allergyIntolerance")


@pytest.mark.parametrize(
    ("hook", "name", "value", "pointer"),
    [
        ("allergyintolerance-create", "allergyIntolerance", {"resourceType": "Condition"}, ""),
        ("order-dispatch", "fulfillmentTasks", [{"resourceType": "Patient"}], "/0"),
        ("order-dispatch", "fulfillmentTasks", {"resourceType": "Task"}, ""),
        ("order-sign", "draftOrders", {"resourceType": "Bundle", "entry": {}}, None),
        ("order-sign", "draftOrders", {"resourceType": "Bundle", "entry": {"a": 1}}, "/entry"),
        ("order-sign", "draftOrders", {"resourceType": "Bundle", "entry": [5]}, "/entry/0"),
        ("order-sign", "draftOrders", {"resourceType": "Bundle", "entry": [{}]}, "/entry/0/resource"),
    ],
)
def test_H_resources_of_the_context_are_checked_where_they_stand(
    hook: str, name: str, value: Any, pointer: str | None
) -> None:
    context = {**MINIMAL[hook], name: value}
    if pointer is None:
        assert call(hook, context).context.resources == ()
    else:
        refused(f"/context/{name}{pointer}", hook, context)


def test_H_a_bundle_of_drafts_needs_neither_type_nor_intent() -> None:
    ((pointer, _),) = call("order-select").context.resources
    assert pointer == "/context/draftOrders/entry/0/resource"


def test_H_tasks_of_a_dispatch_are_read() -> None:
    context = {**MINIMAL["order-dispatch"], "fulfillmentTasks": [{"resourceType": "Task", "id": "t1"}]}
    assert [r["id"] for _, r in call("order-dispatch", context).context.resources] == ["t1"]


def test_H_every_hook_names_its_page_of_the_specification() -> None:
    assert all(definition(name).spec.startswith("https://cds-hooks.hl7.org/") for name in HOOKS)
