"""`POST /fhir/$de-identify`: the library over HTTP, for admins, audited, errors as OperationOutcome."""

import json
from types import SimpleNamespace

import pytest
from admin_world import World
from flask import Flask

from cds.fhir.validate import faults
from cds.privacy.leaving import Policy, transform
from cds.web import deidentify_api, failures
from cds.web.context import install

PATIENT = {
    "resourceType": "Patient",
    "id": "zq1",
    "name": [{"family": "Zerquist"}],
    "birthDate": "1990-02-03",
    "identifier": [{"value": "MRN-88412"}],
}
OBSERVATION = {
    "resourceType": "Observation",
    "id": "zq2",
    "status": "final",
    "code": {"coding": [{"system": "http://loinc.org", "code": "29463-7"}]},
    "subject": {"reference": "Patient/zq1"},
    "effectiveDateTime": "2020-05-06T07:08:09Z",
}
REFUSED = {"resourceType": "Observation", "modifierExtension": [{"url": "x"}]}
PLACE = "/fhir/$de-identify"


def bundle(*resources):
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": r} for r in resources]}


def parameters(*resources, **options):
    items = [{"name": "resource", "resource": r} for r in resources]
    return {
        "resourceType": "Parameters",
        "parameter": [*items, *({"name": n, "valueCode": v} for n, v in options.items())],
    }


@pytest.fixture
def world(tmp_path):
    made = World(tmp_path)
    made.app = Flask("test")
    install(made.app, SimpleNamespace(parts=made.parts))
    failures.install(made.app)
    made.app.register_blueprint(deidentify_api.blueprint)
    yield made
    made.close()


def post(world, body, *, query="?texts=drop", **more):
    return world.ask("POST", PLACE + query, json=body, **more)


def without_tokens(value):
    if isinstance(value, dict):
        return {n: without_tokens(v) for n, v in value.items() if n not in {"id", "reference"}}
    return [without_tokens(v) for v in value] if isinstance(value, list) else value


def test_a_bundle_comes_back_as_the_bundle_that_the_library_makes(world):
    answer = post(world, bundle(PATIENT, OBSERVATION), query="?texts=drop&profile=limited")
    assert answer.status_code == 200
    assert answer.mimetype == "application/fhir+json"
    assert answer.headers["Cache-Control"] == "no-store"
    key = world.parts.keys.derive("pseudonyms", "default")
    policy = Policy("limited", world_now(world), key=key, texts="drop")
    assert answer.get_json() == transform(bundle(PATIENT, OBSERVATION), policy).resources[0]


def world_now(world):
    from datetime import UTC, datetime

    return datetime.fromtimestamp(world.clock.now(), UTC)


def test_safe_harbor_is_the_default_and_new_tokens_come_with_every_call(world):
    first, second = (post(world, bundle(PATIENT, OBSERVATION)).get_json() for _ in range(2))
    assert without_tokens(first) == without_tokens(second)
    patient, observation = (e["resource"] for e in first["entry"])
    assert patient["id"] != second["entry"][0]["resource"]["id"]
    assert observation["effectiveDateTime"] == "2020"
    assert observation["subject"]["reference"] == f"Patient/{patient['id']}"


def test_parameters_come_back_as_parameters_with_a_manifest(world):
    answer = post(world, parameters(PATIENT, OBSERVATION, REFUSED, profile="limited", texts="drop"), query="")
    body = answer.get_json()
    assert not faults(body)
    *resources, manifest = body["parameter"]
    assert [p["resource"]["resourceType"] for p in resources] == ["Patient", "Observation"]
    said = json.loads(manifest["valueString"])
    assert said["policy"] == "transformed by the limited data set policy"
    assert sum(said["refused"].values()) == int(answer.headers["X-Clinicards-Refused"]) == 1
    assert "Zerquist" not in answer.text


def test_every_answer_is_in_the_audit_before_it_is_given(world):
    post(world, bundle(PATIENT, REFUSED))
    entry = list(world.store.audit_entries("default"))[-1]
    body = json.loads(entry.body)
    assert entry.kind == "de-identify"
    assert (body["profile"], body["resources"], body["refused"]) == ("safe_harbor", 2, 1)
    assert "Zerquist" not in str(entry.body)


@pytest.mark.parametrize(("token", "status"), [("", 401), ("wrong", 401), ("viewer", 403)])
def test_only_an_admin_may(world, token, status):
    answer = post(world, bundle(PATIENT), token=token)
    assert answer.status_code == status
    assert answer.get_json()["resourceType"] == "OperationOutcome"
    assert not faults(answer.get_json())


def test_it_answers_this_host_only_unless_settings_open_it(world):
    assert post(world, bundle(PATIENT), peer="203.0.113.9").status_code == 403


@pytest.mark.parametrize(
    ("body", "query"),
    [
        ({"resourceType": "Patient"}, ""),
        ([], ""),
        ({}, ""),
        (bundle(PATIENT), "?profile=Zerquist"),
        (bundle(PATIENT), "?zip3=Zerquist"),
        (bundle(PATIENT), "?Zerquist=1"),
        (bundle(PATIENT), "?narrative=clean&texts=drop"),
        (parameters(), ""),
        ({"resourceType": "Parameters", "parameter": [{"name": "Zerquist"}]}, ""),
        ({"resourceType": "Parameters", "parameter": [{"name": "profile", "valueInteger": 1}]}, ""),
        ({"resourceType": "Bundle", "modifierExtension": [{}]}, "?texts=drop"),
    ],
)
def test_what_does_not_fit_is_an_outcome_that_repeats_nothing(world, body, query):
    answer = post(world, body, query=query)
    assert answer.status_code == 400
    assert answer.get_json()["issue"][0]["severity"] == "error"
    assert "Zerquist" not in answer.text


def test_limits_of_size_and_form_hold(world):
    many = bundle(*([OBSERVATION] * 6_000))
    assert post(world, many).status_code == 413
    assert world.ask("POST", PLACE, data="{", content_type="application/json").status_code == 400
    assert world.ask("POST", PLACE, data="a=b", content_type="text/plain").status_code == 415
    assert world.ask("GET", PLACE).status_code == 405


def test_the_application_serves_it_and_its_description_names_it():
    from cds.web import app
    from cds.web.openapi import describe

    assert app.deidentify_api.blueprint.url_prefix == "/fhir"
    assert "POST /fhir/$de-identify" in describe("1")["x-fhir-operations"]
