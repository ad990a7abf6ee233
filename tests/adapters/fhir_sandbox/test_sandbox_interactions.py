"""Reads, creates, $everything, metadata, and what every answer carries."""

import base64
import gzip
import json
from urllib.parse import urlsplit

import pytest
from sandbox_chart import NOW, Caller

from adapters.fhir_sandbox.app import FhirSandbox
from adapters.fhir_sandbox.store import Store

SEND = {"Content-Type": "application/fhir+json", "Accept": "application/fhir+json"}


def test_a_read_carries_version_time_and_media_type(ehr: Caller) -> None:
    answer = ehr.get("/Patient/anna")
    assert answer.status == 200
    assert answer.json["id"] == "anna"
    assert answer.headers["Content-Type"].startswith("application/fhir+json")
    assert answer.headers["ETag"] == 'W/"1"'
    assert answer.headers["Last-Modified"] == "Thu, 01 Oct 2026 10:00:00 GMT"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_a_version_that_is_known_is_not_sent_again(ehr: Caller) -> None:
    answer = ehr.get("/Patient/anna", If_None_Match='W/"1"')
    assert answer.status == 304
    assert answer.body == b""


def test_the_current_version_can_be_read_by_number(ehr: Caller) -> None:
    assert ehr.get("/Patient/anna/_history/1").status == 200
    assert ehr.get("/Patient/anna/_history/2").status == 404


def test_head_keeps_the_length_and_leaves_the_body_out(ehr: Caller) -> None:
    full, head = ehr.get("/Patient/anna"), ehr.call("HEAD", "/Patient/anna")
    assert head.status == 200
    assert head.body == b""
    assert head.headers["Content-Length"] == str(len(full.body))


@pytest.mark.parametrize(
    ("method", "url", "status"),
    [
        ("GET", "/Patient/nobody", 404),
        ("GET", "/Spaceship/1", 404),
        ("GET", "/Spaceship", 404),
        ("GET", "/", 404),
        ("GET", "/Patient/anna/$lastn", 404),
        ("GET", "/Patient/nobody/$everything", 404),
        ("PUT", "/Patient/anna", 405),
        ("DELETE", "/Patient/anna", 405),
        ("PATCH", "/Patient/anna", 405),
        ("POST", "/Patient/anna", 405),
        ("POST", "/", 405),
        ("POST", "/metadata", 405),
        ("GET", "/token", 405),
    ],
)
def test_every_error_is_an_operation_outcome(ehr: Caller, method: str, url: str, status: int) -> None:
    answer = ehr.call(method, url)
    assert answer.status == status
    assert answer.json["resourceType"] == "OperationOutcome"
    assert answer.json["issue"][0]["severity"] == "error"
    assert ("Allow" in answer.headers) is (status == 405)


@pytest.mark.parametrize("headers", [{"Accept": "application/fhir+xml"}, {"Accept": "text/html"}])
def test_only_json_is_served(ehr: Caller, headers: dict[str, str]) -> None:
    answer = ehr.call("GET", "/Patient/anna", headers=headers)
    assert answer.status == 406
    assert answer.json["resourceType"] == "OperationOutcome"


def test_format_goes_before_accept(ehr: Caller) -> None:
    assert ehr.call("GET", "/Patient/anna?_format=json", headers={"Accept": "text/html"}).status == 200
    assert ehr.get("/Patient/anna?_format=xml").status == 406


def test_a_created_resource_gets_an_id_and_can_be_found(ehr: Caller) -> None:
    body = {
        "resourceType": "Condition",
        "id": "mine",
        "subject": {"reference": "Patient/anna"},
        "meta": {"versionId": "9"},
    }
    answer = ehr.call("POST", "/Condition", headers=SEND, body=json.dumps(body).encode())
    assert answer.status == 201
    assert answer.json["id"] != "mine"
    assert answer.json["meta"] == {"versionId": "1", "lastUpdated": "2026-11-01T08:00:00.000+00:00"}
    location = urlsplit(answer.headers["Location"])
    assert location.path == f"/Condition/{answer.json['id']}/_history/1"
    assert ehr.get(location.path).json == answer.json
    assert answer.json["id"] in ehr.search("/Condition", patient="anna")


def test_prefer_minimal_leaves_the_body_out(ehr: Caller) -> None:
    headers = {**SEND, "Prefer": "return=minimal"}
    answer = ehr.call("POST", "/Condition", headers=headers, body=b'{"resourceType":"Condition"}')
    assert answer.status == 201
    assert answer.body == b""


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        ("text/plain", b"{}", 415),
        ("application/fhir+json", b"{", 400),
        ("application/fhir+json", b"[]", 400),
        ("application/fhir+json", b'{"resourceType":"Patient"}', 400),
        ("application/fhir+json", b'{"resourceType":"Condition","meta":1}', 400),
    ],
)
def test_what_cannot_be_created_is_refused(ehr: Caller, content_type: str, body: bytes, status: int) -> None:
    before = len(ehr.app.store)
    answer = ehr.call("POST", "/Condition", headers={**SEND, "Content-Type": content_type}, body=body)
    assert answer.status == status
    assert len(ehr.app.store) == before


def test_a_body_that_is_too_long_is_not_read(ehr: Caller) -> None:
    class Long(bytes):
        def __len__(self) -> int:
            return 17 * 1024 * 1024

    assert ehr.call("POST", "/Condition", headers=SEND, body=Long()).status == 413


def test_a_binary_comes_in_its_own_format_or_as_json(ehr: Caller) -> None:
    own = ehr.get("/Binary/b1", Accept="text/plain")
    assert (own.headers["Content-Type"], own.body) == ("text/plain", b"hello")
    assert base64.b64decode(ehr.get("/Binary/b1").json["data"]) == b"hello"
    assert ehr.get("/DocumentReference/d1").json["content"][0]["attachment"]["url"] == "Binary/b1"


def test_everything_is_the_compartment_and_what_it_refers_to(ehr: Caller) -> None:
    found = [entry for page in ehr.walk("/Patient/anna/$everything?_count=4") for entry in page.ids()]
    assert found[0] == "anna"
    assert len(found) == len(set(found))
    assert set(found) == {*(f"o{n}" for n in range(1, 7)), "anna", "c1", "e1", "m1", "d1", "metformin", "who"}


def test_everything_can_be_limited_to_types(ehr: Caller) -> None:
    assert ehr.get("/Patient/anna/$everything?_type=Condition,Encounter").ids() == ["c1", "e1"]
    assert ehr.get("/Patient/anna/$everything?start=2024").status == 400


def test_metadata_lists_types_and_parameters(ehr: Caller) -> None:
    statement = ehr.get("/metadata").json
    assert statement["fhirVersion"] == "4.0.1"
    described = {row["type"]: row for row in statement["rest"][0]["resource"]}
    assert {"name": "code", "type": "token"} in described["Observation"]["searchParam"]
    assert "MedicationRequest:medication" in described["MedicationRequest"]["searchInclude"]
    assert described["Patient"]["operation"][0]["name"] == "everything"


def test_smart_configuration_names_the_token_endpoint(ehr: Caller) -> None:
    document = ehr.get("/.well-known/smart-configuration").json
    assert document["token_endpoint"] == "http://ehr.test/token"
    assert document["token_endpoint_auth_signing_alg_values_supported"] == ["RS384", "ES384"]


def test_a_browser_may_ask_first(ehr: Caller) -> None:
    answer = ehr.call("OPTIONS", "/Patient/anna", headers={"Origin": "http://app.test"})
    assert answer.status == 204
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "authorization" in answer.headers["Access-Control-Allow-Headers"]


def test_urls_follow_a_configured_base(store: Store) -> None:
    ehr = Caller(FhirSandbox(store, base_url="https://ehr.example/fhir/", clock=lambda: NOW))
    assert ehr.get("/Patient?_id=anna").json["entry"][0]["fullUrl"] == "https://ehr.example/fhir/Patient/anna"


def test_long_answers_are_compressed_where_that_is_switched_on(store: Store) -> None:
    ehr = Caller(FhirSandbox(store, compress=True, clock=lambda: NOW))
    answer = ehr.get("/Observation?patient=anna", Accept_Encoding="gzip")
    assert answer.headers["Content-Encoding"] == "gzip"
    assert json.loads(gzip.decompress(answer.body))["type"] == "searchset"
    assert "Content-Encoding" not in ehr.get("/Observation?patient=anna").headers
