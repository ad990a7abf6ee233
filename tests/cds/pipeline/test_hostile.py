"""What goes wrong on the path of a call: parts away, defects of ours, data that is not what it seems."""

import logging
import time
from dataclasses import replace
from typing import Any

import orjson
import pytest
from installation import CHART, NEEDS, PATIENT, Installation, ScriptedService, bundle, card_of, suggestion_of

from adapters.fhir_sandbox.faults import Faults
from adapters.ports import KeyFailure, StoreUnavailable
from cds.account import refusal_of
from cds.errors import Unavailable
from cds.hooks.cards import OVERRIDE_SYSTEM, Action, Change, OverrideReason
from cds.hooks.prefetch import Need
from cds.pipeline import Answer, Request, answer
from cds.wiring import warm
from models.base import Finding, Input

FEEDBACK = "/cds-services/scripted/feedback"


class Away:
    """A part that fails whatever it is asked."""

    def __init__(self, error: Exception, inner: Any = None, names: frozenset[str] = frozenset()) -> None:
        self._error, self._inner, self._names = error, inner, names

    def __getattr__(self, name: str) -> Any:
        if self._inner is not None and name not in self._names:
            return getattr(self._inner, name)

        def fail(*_: Any, **__: Any) -> Any:
            raise self._error

        return fail


def swap(site: Installation, **parts: Any) -> None:
    site.live.parts = replace(site.live.parts, **parts)


def last_refusal(site: Installation) -> Any:
    return [body for kind, body in site.audit() if kind == "refusal"][-1]


def test_a_key_that_is_away_is_503_and_audited(site: Installation) -> None:
    names = frozenset({"wrap", "active", "derive", "new_data_key"})
    swap(site, keys=Away(KeyFailure("the vault is away"), site.live.parts.keys, names))
    response = site.post(site.full())
    assert response.status_code == 503
    assert "Retry-After" in response.headers
    assert last_refusal(site)["reason"] == "the vault is away"


def test_feedback_while_the_store_is_away_is_503_and_not_500(site: Installation) -> None:
    card = site.post_full().get_json()["cards"][0]["uuid"]
    names = frozenset({"sent_cards"})
    swap(site, store=Away(StoreUnavailable("away"), site.live.parts.store, names))
    item = {"card": card, "outcome": "overridden", "outcomeTimestamp": "2026-11-21T10:00:00Z"}
    response = site.post({"feedback": [item]}, FEEDBACK)
    assert response.status_code == 503


def test_a_defect_is_in_the_audit_by_its_type_alone(site_with: Any) -> None:
    def script(*_: Any) -> Any:
        raise RuntimeError("Zwyndelbrook came in")

    site = site_with(service=ScriptedService(script=script))
    assert site.post(site.full()).status_code == 500
    assert (last_refusal(site)["status"], last_refusal(site)["reason"]) == (500, "defect: RuntimeError")


def test_what_cannot_be_sent_is_not_recorded_as_said(site_with: Any) -> None:
    def script(case: Any, models: Any, settings: Any) -> Any:
        return [card_of(case, settings, "s", findings=({"x": object()},))]

    site = site_with(service=ScriptedService(script=script), document={"privacy": {"keep_sealed_days": 0}})
    assert site.post(site.full()).status_code == 500
    assert "answer" not in [kind for kind, _ in site.audit()]


def test_no_value_of_the_path_shows_a_body_a_token_or_a_patient(site: Installation) -> None:
    body = orjson.dumps(site.full())
    request = Request("scripted", body, site.token(), "http://127.0.0.1:8000/cds-services/scripted")
    found = answer(request, site.live.parts)
    assert isinstance(found, Answer)
    for shown in (repr(request), repr(found), repr(found.intake)):
        for secret in ("Zwyndelbrook", "MRN-7719203", request.token, f"'{PATIENT}'", "facts read", "2160-0"):
            assert secret not in shown


def test_a_hook_of_the_callers_own_making_is_not_repeated_in_the_audit(site: Installation) -> None:
    site.post(site.full(hook="com.zwyndelbrook.quillona"))
    assert "zwyndelbrook" not in orjson.dumps(last_refusal(site)).decode()


def test_a_refusal_with_a_message_of_somebody_else_says_none_of_it() -> None:
    assert refusal_of(ValueError("Zwyndelbrook")).audit == "defect: ValueError"
    assert isinstance(refusal_of(StoreUnavailable("dsn of the store")), Unavailable)


MEDICATION = {
    "resourceType": "Medication",
    "id": "m1",
    "code": {"coding": [{"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "1191"}]},
}
PRESCRIBED = {
    "resourceType": "MedicationRequest",
    "id": "r1",
    "status": "active",
    "intent": "order",
    "subject": {"reference": f"Patient/{PATIENT}"},
    "medicationReference": {"reference": "urn:uuid:0c8b5bfb-9b0e-4cb3-9c57-8b5b7d2c6f11"},
}


def test_a_drug_named_by_the_full_url_of_its_entry_is_read(site_with: Any) -> None:
    wants = {
        **NEEDS,
        "meds": Need("MedicationRequest?patient={{context.patientId}}", fills=("medication",)),
    }
    site = site_with(service=ScriptedService(wants=wants))
    body = site.full()
    url = PRESCRIBED["medicationReference"]["reference"]
    entries = [{"fullUrl": url, "resource": MEDICATION}, {"resource": PRESCRIBED}]
    body["prefetch"]["meds"] = {"resourceType": "Bundle", "type": "searchset", "entry": entries}
    assert site.post(body).status_code == 200
    [drug] = site.service.seen[-1].record.of("medication")
    assert [code.code for code in drug.codes] == ["1191"]


@pytest.mark.parametrize("brought", ["Practitioner", "Organization", "Provenance", "Location"])
def test_what_a_search_brings_along_takes_nothing_from_a_list(site: Installation, brought: str) -> None:
    body = site.full()
    along = {"resourceType": brought, "id": "x", "target": [{"reference": "Condition/c1"}]}
    body["prefetch"]["conditions"]["entry"].append({"resource": along, "search": {"mode": "include"}})
    cards = site.post(body).get_json()["cards"]
    assert site.service.seen[-1].record.list_state("condition") == "complete"
    assert len(cards) == 1


def test_an_order_of_a_type_that_is_not_read_is_named(site: Installation) -> None:
    draft = {
        "resourceType": "VisionPrescription",
        "id": "v1",
        "status": "draft",
        "patient": {"reference": f"Patient/{PATIENT}"},
    }
    context = {"userId": "Practitioner/d1", "patientId": PATIENT, "draftOrders": bundle([draft])}
    cards = site.post(site.full(hook="order-sign", context=context)).get_json()["cards"]
    assert "VisionPrescription" in cards[-1]["detail"]


def test_the_type_of_an_invalid_resource_is_not_repeated_where_it_is_none(site_with: Any) -> None:
    site = site_with(document={"fhir": {"validation": "all"}})
    body = site.full()
    strange = {"resourceType": "Zwyndelbrook", "id": "z", "subject": {"reference": f"Patient/{PATIENT}"}}
    body["prefetch"]["labs"]["entry"].append({"resource": strange})
    response = site.post(body)
    assert response.status_code == 200
    assert b"Zwyndelbrook" not in response.data
    assert b"unknown type" in response.data


class Newest:
    """A model that rests on the first observation it is given."""

    def find(self, name: str, record: Any, **_: Any) -> Any:
        first = record.of("observation")[:1]
        return [Finding("s", "x", "X", "x@1", inputs=tuple(Input("x", 1.0, ref=f.ref) for f in first))]


def resting(case: Any, models: Any, settings: Any) -> Any:
    found = models.find("scores", case.record, deadline=case.deadline, options={})
    return [card_of(case, settings, "s", findings=tuple({"on": i.ref} for f in found for i in f.inputs))]


def test_what_takes_the_place_of_an_invalid_value_is_validated_too(site_with: Any) -> None:
    site = site_with(service=ScriptedService(script=resting))
    swap(site, models=Newest())
    body = site.full()
    sound = body["prefetch"]["labs"]["entry"]
    broken = [{"resource": {**CHART[2], "id": f"b{n}", "status": ["final"]}} for n in range(6)]
    body["prefetch"]["labs"]["entry"] = [*broken, *sound]
    assert site.post(body).status_code == 200
    assert len(site.service.seen) == 3
    kept = site.service.seen[-1].record.of("observation")
    assert len(kept) == len(sound)
    assert site.service.seen[-1].record.list_state("observation") == "partial"


def test_a_draft_that_lacks_what_r4_requires_is_used_as_it_is(site_with: Any) -> None:
    def script(case: Any, models: Any, settings: Any) -> Any:
        models.findings.append(
            Finding("s", "x", "X", "x@1", inputs=(Input("x", 1.0, ref=case.drafts[0]["id"]),))
        )
        return [card_of(case, settings, "s")]

    site = site_with(service=ScriptedService(script=script))
    draft = {
        "resourceType": "MedicationRequest",
        "id": "d",
        "status": "draft",
        "medicationCodeableConcept": {"text": "aspirin"},
        "subject": {"reference": f"Patient/{PATIENT}"},
    }
    context = {"userId": "Practitioner/d1", "patientId": PATIENT, "draftOrders": bundle([draft])}
    cards = site.post(site.full(hook="order-sign", context=context)).get_json()["cards"]
    assert len(cards) == 1
    assert len(site.service.seen) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        lambda case: Action("delete", "x", resource_id="MedicationRequest/1"),
        lambda case: Change("patch", "x", case.drafts[0]["id"], {"status": ["stopped"]}),
        lambda case: Change("patch", "x", case.drafts[0]["id"], {"authoredOn": case.drafts[0]["authoredOn"]}),
    ],
    ids=["an action", "a member of no form", "an age of data for a date"],
)
def test_a_suggestion_that_would_break_a_draft_is_left_out_and_named(site_with: Any, wrong: Any) -> None:
    def script(case: Any, models: Any, settings: Any) -> Any:
        good = Change("patch", "good", case.drafts[0]["id"], {"status": "stopped"})
        suggestions = (suggestion_of(case, good, wrong(case)), suggestion_of(case, good))
        return [card_of(case, settings, "s", suggestions=suggestions, selection_behavior="any")]

    site = site_with(service=ScriptedService(script=script))
    draft = {**PRESCRIBED, "id": "d", "authoredOn": "2026-11-01"}
    context = {"userId": "Practitioner/d1", "patientId": PATIENT, "draftOrders": bundle([draft])}
    first, last = site.post(site.full(hook="order-sign", context=context)).get_json()["cards"]
    assert len(first["suggestions"]) == 1
    assert "suggestion" in last["detail"]


def test_feedback_comes_no_faster_than_is_registered(site_with: Any) -> None:
    site = site_with(client={"requests_per_minute": 2})
    statuses = [site.post({"feedback": []}, FEEDBACK).status_code for _ in range(3)]
    assert statuses == [400, 400, 429]


@pytest.mark.parametrize(
    ("code", "system", "held"),
    [
        ("patrefuse", OVERRIDE_SYSTEM, "patrefuse"),
        ("patrefuse", "", "patrefuse"),
        ("patrefuse", "https://ehr.example.org/reasons", "other"),
        ("monitor", "https://plugin.example.org/reasons", "monitor"),
        ("Zwyndelbrook", OVERRIDE_SYSTEM, "other"),
        ("Quillona\nsaid no", OVERRIDE_SYSTEM, "other"),
    ],
)
def test_a_reason_that_was_not_sent_with_the_card_is_not_in_the_audit(
    site_with: Any, code: str, system: str, held: str
) -> None:
    offered = (
        OverrideReason("patrefuse", "Patient refuses", OVERRIDE_SYSTEM),
        OverrideReason("monitor", "Will be monitored", "https://plugin.example.org/reasons"),
    )
    site = site_with(
        service=ScriptedService(script=lambda c, _m, s: [card_of(c, s, "one", override_reasons=offered)])
    )
    card = site.post_full().get_json()["cards"][0]["uuid"]
    reason = {"reason": {"code": code, "system": system}}
    item = {"card": card, "outcome": "overridden", "outcomeTimestamp": "2026-11-21T10:00:00Z"}
    assert site.post({"feedback": [{**item, "overrideReason": reason}]}, FEEDBACK).status_code == 200
    assert site.audit()[-1][1]["items"][0]["reason"] == held


def test_an_authorization_header_without_a_token_is_no_absent_one(site_with: Any) -> None:
    site = site_with(mode="demo")
    for header in ("Bearer", "Bearer ", "Basic YTpi", "x"):
        headers = {"Authorization": header}
        assert site.web.post("/cds-services/scripted", json=site.full(), headers=headers).status_code == 401
        assert site.web.get("/cds-services", headers=headers).status_code == 401


def test_a_demo_answers_under_the_names_of_this_host_alone(site_with: Any) -> None:
    """A page elsewhere can have its own name resolved to this host; it still calls by that name."""
    site = site_with(mode="demo")
    for host in ("127.0.0.1:8000", "localhost", "[::1]:8000"):
        assert site.web.get("/cds-services", headers={"Host": host}).status_code == 200
    for host in ("evil.example", "127.0.0.1.evil.example:8000", "[", "localhost@evil.example"):
        response = site.web.get("/cds-services", headers={"Host": host})
        assert response.status_code == 403
    assert response.get_json()["resourceType"] == "OperationOutcome"


@pytest.mark.parametrize("origin", ["http://[", "null", "http://[::1", "x", "http://localhost.evil.example"])
def test_a_demo_answers_whatever_is_sent_as_origin_and_allows_none_of_it(site_with: Any, origin: str) -> None:
    site = site_with(mode="demo")
    response = site.web.get("/cds-services", headers={"Origin": origin})
    assert response.status_code == 200
    assert "Access-Control-Allow-Origin" not in response.headers


def test_the_path_logs_no_name_whatever_the_level(site: Installation, caplog: Any, capsys: Any) -> None:
    with caplog.at_level(logging.DEBUG):
        site.post(site.full())
        site.post(site.request(fhirServer=site.sandbox))
    written = caplog.text + "".join(capsys.readouterr())
    assert "Zwyndelbrook" not in written
    assert "MRN-7719203" not in written


@pytest.mark.parametrize("path", ["//cds-services", "/cds-services//scripted", "//evil.example/%2e%2e"])
def test_an_address_with_slashes_too_many_is_404_and_leads_nowhere(site: Installation, path: str) -> None:
    response = site.web.get(path, base_url="http://evil.example")
    assert response.status_code in {404, 405}
    assert "Location" not in response.headers


def test_a_method_that_is_not_taken_is_405_and_names_those_that_are(site: Installation) -> None:
    response = site.web.delete("/cds-services/scripted")
    assert response.status_code == 405
    assert {"POST", "OPTIONS"} <= set(response.headers["Allow"].split(", "))
    assert response.get_json()["resourceType"] == "OperationOutcome"


FILLINGS = ("1", "a", "1-", "a.", "Aa ", "(", "@", "/Aa", "<", "&lt;", "\\", "*", "\u0431", "\u674e", "+1 ")


@pytest.mark.slow
@pytest.mark.parametrize("validation", ["off", "all"])
@pytest.mark.parametrize("filling", FILLINGS)
def test_no_text_however_long_and_odd_keeps_a_worker_busy(
    site_with: Any, filling: str, validation: str
) -> None:
    """Every pattern on the path is read in time in proportion to what it reads."""
    site = site_with(document={"fhir": {"validation": validation}})
    text = filling * (60_000 // len(filling)) + "!"
    name = {"family": text, "given": [text], "text": text}
    patient = {**CHART[0], "name": [name], "identifier": [{"value": text}], "birthDate": text}
    coding = {"system": text, "code": text, "display": text}
    lab = {
        **CHART[2],
        "code": {"coding": [coding, CHART[2]["code"]["coding"][0]], "text": text},
        "valueQuantity": {"value": 1, "unit": text, "code": text, "comparator": text},
        "encounter": {"reference": text, "display": text},
        "effectiveDateTime": text,
        "note": [{"text": text}],
        text: text,
    }
    said = {**CHART[2], "id": "said", "valueString": text}
    del said["valueQuantity"]
    body = site.full(fhirServer=f"https://{text}") if filling == "a" else site.full()
    body["prefetch"] |= {"patient": patient, "labs": bundle([lab, said])}
    began = time.process_time()
    assert site.post(body).status_code in {200, 400}
    assert time.process_time() - began < 5


@pytest.mark.slow
def test_scores_are_told_although_the_ehr_keeps_one_list_back(site_with: Any) -> None:
    """The time of a call is not waited away: what did arrive is computed, and the rest is named."""
    site = site_with(
        scripted=False,
        faults=Faults(slow=3.0, types=frozenset({"ServiceRequest"})),
        document={"services": {"clinical-scores": {"deadline_ms": 2_500}}},
    )
    warm(site.live.parts)
    path = "/cds-services/clinical-scores"
    response = site.post(site.request(fhirServer=site.sandbox), path)
    assert response.status_code == 200
    first, *_, last = response.get_json()["cards"]
    assert first["extension"]["org.clinicards.findings"]
    assert "orders" in last["detail"]
