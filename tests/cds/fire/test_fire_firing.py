"""One firing, from discovery to the answer."""

import json

import pytest
from fire_service import BASE, CARD, FHIR, Service, chart, entry, private_jwk, verifier

from cds.fire.chart import Grant
from cds.fire.drafts import Draft
from cds.fire.errors import CannotFire
from cds.fire.firing import About, Firing, fire, storable
from cds.fire.token import Signer
from cds.fire.transport import in_process
from cds.hooks.call import BodyLimits, parse


def about(**changes):
    return About(**({"chart": chart(), "patient": "p1"} | changes))


def fired(at, **changes):
    return fire(Firing(**({"service": "example", "base": BASE, "about": about()} | changes)), in_process(at))


def test_what_is_sent_is_a_call_that_our_own_parser_takes():
    service = Service()
    exchange = fired(service)
    (sent,) = service.seen
    call = parse(json.dumps(sent).encode(), limits=BodyLimits())
    assert (call.hook, call.context.patient_id, call.fhir_server) == ("patient-view", "p1", FHIR)
    assert set(call.prefetch) == {"patient", "labs", "conditions", "encounter"}
    assert exchange.request == sent
    assert exchange.cards == [CARD]
    assert [step.name for step in exchange.steps] == ["discovery", "context", "prefetch", "call"]


def test_discovery_and_call_are_signed_each_for_its_own_url():
    signer = Signer("https://ehr.example", private_jwk())
    service = Service(check=verifier(signer))
    assert fired(service, signer=signer).reply.status == 200
    assert len(service.callers) == 2


def test_a_service_that_wants_a_token_is_named_before_anything_is_read():
    signer = Signer("https://ehr.example", private_jwk())
    with pytest.raises(CannotFire, match="--issuer and --key"):
        fired(Service(check=verifier(signer)))


def test_the_access_token_is_told_and_never_stored_or_shown():
    grant = Grant("secret-access-token", scope="patient/*.rs", subject="ehr", patient="p1")
    exchange = fired(Service(), about=about(chart=chart(grant=grant)))
    told = exchange.request["fhirAuthorization"]
    assert told == {
        "access_token": "secret-access-token",
        "token_type": "Bearer",
        "expires_in": 300,
        "scope": "patient/*.rs",
        "subject": "ehr",
        "patient": "p1",
    }
    assert "secret-access-token" not in json.dumps(storable(exchange)) + repr(exchange)


def test_a_service_that_is_not_listed_is_answered_with_the_nearest():
    with pytest.raises(CannotFire, match="did you mean example"):
        fired(Service(), service="exmple")


def test_a_hook_that_is_not_offered_is_answered_with_those_that_are():
    with pytest.raises(CannotFire, match="it is on patient-view"):
        fired(Service(), hook="order-sign")


def test_a_draft_chooses_a_hook_that_carries_it():
    service = Service(services=[entry(), entry("order-sign")])
    assert fired(service).hook == "patient-view"
    assert fired(service, about=about(draft=Draft(text="aspirin"))).hook == "order-sign"
    assert any("also offered" in note for note in fired(service).notes)


@pytest.mark.parametrize("mode", ["full", "none"])
def test_a_stored_request_is_sent_as_it_stands(mode):
    stored = storable(fired(Service(), mode=mode))
    service = Service()
    exchange = fired(service, about=None, request=stored)
    assert service.seen == [stored]
    assert exchange.offer.hook == "patient-view"


def test_a_stored_requests_keys_can_be_broken():
    stored = storable(fired(Service()))
    service = Service()
    fired(service, about=None, request=stored, breakers={"labs": "null", "patient": "missing"})
    (sent,) = service.seen
    assert sent["prefetch"]["labs"] is None
    assert "patient" not in sent["prefetch"]


def test_a_stored_request_for_a_hook_that_is_not_listed_is_fired_all_the_same():
    exchange = fired(Service(), about=None, request={"hook": "order-sign", "context": {}})
    assert exchange.offer is None
    assert any("not list" in note for note in exchange.notes)


@pytest.mark.parametrize("services", [[], [{"id": "x"}], "none"])
def test_a_discovery_without_a_service_is_no_call(services):
    with pytest.raises(CannotFire, match="lists no service"):
        fired(Service(services=services))


def test_a_refusal_is_an_answer_too():
    exchange = fired(Service(status=412, body=b'{"resourceType": "OperationOutcome"}'))
    assert (exchange.reply.status, exchange.cards) == (412, [])


def test_an_answer_that_is_no_json_has_no_document():
    exchange = fired(Service(body=b"<html>"))
    assert (exchange.document, exchange.cards) == (None, [])
