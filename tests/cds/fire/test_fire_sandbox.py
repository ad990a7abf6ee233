"""Firing from a FHIR server over loopback, with the habits of every vendor."""

import json
from datetime import UTC, datetime

import pytest
from fire_service import BASE, Clock, Service, entry, private_jwk

from adapters.fhir_sandbox.app import FhirSandbox
from adapters.fhir_sandbox.server import serve
from adapters.fhir_sandbox.store import load_store, patients_folder
from cds.fire.chart import Grant
from cds.fire.errors import CannotFire
from cds.fire.firing import About, Firing, fire
from cds.fire.sources import Smart, base_of, is_demo, open_chart
from cds.fire.token import Signer
from cds.fire.transport import in_process

CKD = "eaa7424f3.E8A7C7-beca53"
WANTED = {
    "patient": "Patient/{{context.patientId}}",
    "conditions": "Condition?patient={{context.patientId}}",
    "medications": "MedicationRequest?patient={{context.patientId}}&status=active",
    "creatinine": "Observation?patient={{context.patientId}}&code=http://loinc.org|2160-0",
}

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def store():
    return load_store(patients_folder(), shift=True, clock=lambda: datetime.now(UTC))


@pytest.fixture(scope="module")
def known(tmp_path_factory):
    """Give a key known to the sandbox, as file and as public key set."""
    key = private_jwk()
    path = tmp_path_factory.mktemp("keys") / "key.json"
    path.write_text(json.dumps(key))
    return path, Signer("us", key).public


def fired(chart, **changes):
    service = Service(services=[entry(prefetch=WANTED)])
    about = About(chart, CKD)
    return fire(Firing("example", BASE, about=about, **changes), in_process(service))


@pytest.mark.parametrize("vendor", ["hapi", "smart", "oracle", "epic"])
def test_every_vendor_gives_the_same_prefetch(vendor, store, known):
    path, public = known
    sandbox = FhirSandbox(store, vendor=vendor, clients={"us": public})
    with serve(sandbox) as server:
        smart = Smart("us", path) if vendor == "epic" else None
        exchange = fired(open_chart(server.url, clock=Clock(), smart=smart))
    counts = {item.key: (item.state, item.count) for item in exchange.prefetch}
    assert counts["patient"] == ("normal", 1)
    assert counts["conditions"] == ("normal", 5)
    assert counts["medications"] == ("normal", 4)
    assert counts["creatinine"][0] == "normal"
    assert ("fhirAuthorization" in exchange.request) == (vendor == "epic")
    assert exchange.request["fhirServer"] == server.url
    assert exchange.request["context"]["userId"] == "Practitioner/prac-okonkwo"


@pytest.mark.parametrize("vendor", ["hapi", "smart", "oracle", "epic"])
def test_the_rest_of_a_broken_page_can_be_had_from_every_vendor(vendor, store):
    sandbox = FhirSandbox(store, vendor=vendor)
    with serve(sandbox) as server:
        token = sandbox.issue_token(CKD, "patient/*.rs")
        chart = open_chart(server.url, clock=Clock())
        grant = Grant(token.value, token.scope, "ehr", patient=CKD)
        chart = type(chart)(chart.ehr, chart.base, grant if vendor == "epic" else None)
        (page,) = [i for i in fired(chart, breakers={"conditions": "page"}).prefetch if i.state == "page"]
        (link,) = [item["url"] for item in page.value["link"] if item["relation"] == "next"]
        rest = chart.ehr.follow(chart.access, link, kind="Condition", timeout=5)
    assert page.count + len(rest.resources) == 5
    assert rest.complete


def test_a_server_that_wants_a_token_says_how_to_get_one(store):
    with (
        serve(FhirSandbox(store, vendor="epic")) as server,
        pytest.raises(CannotFire, match="smart-client-id"),
    ):
        fired(open_chart(server.url, clock=Clock()))


def test_a_client_that_is_not_known_gets_no_token(store, known):
    with (
        serve(FhirSandbox(store, vendor="epic")) as server,
        pytest.raises(CannotFire, match="no access token"),
    ):
        open_chart(server.url, clock=Clock(), smart=Smart("stranger", known[0]))


def test_a_server_that_is_away_is_named_with_what_was_tried(store):
    with serve(FhirSandbox(store)) as server:
        base = server.url
    with pytest.raises(CannotFire, match="use --fhir-server demo") as refused:
        fired(open_chart(base, clock=Clock()))
    assert base in refused.value.message


@pytest.mark.parametrize("base", ["http://fhir.example.org/r4", "http://169.254.169.254/latest"])
def test_an_address_that_may_not_be_read_is_refused(base):
    with pytest.raises(CannotFire):
        fired(open_chart(base, clock=Clock()))


def test_presets_stand_for_the_public_sandboxes():
    assert base_of("hapi") == "https://hapi.fhir.org/baseR4"
    assert base_of("https://x.example/r4/") == "https://x.example/r4"
    assert is_demo("demo:epic")
    with pytest.raises(CannotFire, match="hapi, smart, oracle, demo"):
        base_of("hapy")
