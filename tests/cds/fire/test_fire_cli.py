"""`clinicards fire` at the command line: what it prints, keeps and exits with."""

import json
import stat

import pytest
import typer
from fire_service import CARD, Service, entry, private_jwk, verifier
from typer.testing import CliRunner

from adapters.fhir_sandbox.app import FhirSandbox
from adapters.fhir_sandbox.server import serve
from adapters.fhir_sandbox.store import patients_folder
from cds.cli.fire import fire
from cds.fire.token import Signer

CKD = "eaa7424f3.E8A7C7-beca53"
app = typer.Typer(pretty_exceptions_enable=False)
app.command()(fire)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def chart():
    with serve(FhirSandbox(patients_folder())) as server:
        yield server.url


def run(service, *options, chart="", patient=CKD):
    with serve(service) as server:
        service.base = server.url
        about = ["--patient", patient, "--fhir-server", chart] if chart else []
        return CliRunner().invoke(app, ["example", "--url", server.url, *about, *options])


def test_cards_are_printed_with_a_verdict_and_exit_0(chart):
    result = run(
        Service(services=[entry(prefetch={"patient": "Patient/{{context.patientId}}"})]), chart=chart
    )
    assert result.exit_code == 0, result.output
    assert CARD["summary"] in result.stdout
    assert "Conformance: nothing wrong" in result.stdout


def test_json_is_the_answer_byte_for_byte(chart):
    body = b'{ "cards" :[ ]\n}'
    result = run(Service(body=body), "--json", chart=chart)
    assert result.stdout_bytes == body
    assert result.exit_code == 0


def test_a_breach_is_named_by_its_line_and_exits_1(chart):
    service = Service(cards=[{**CARD, "summary": "x" * 140, "suggestions": []}])
    result = run(service, "--json", chart=chart)
    assert result.exit_code == 1
    assert "E2 fail /cards/0/summary" in result.stderr
    assert json.loads(result.stdout)["cards"]


def test_a_template_outside_the_subset_is_named(chart):
    result = run(
        Service(services=[entry(prefetch={"x": "Patient?name:exact={{context.patientId}}"})]), chart=chart
    )
    assert result.exit_code == 1
    assert "C3 fail /services/0/prefetch/x" in result.stdout


def test_a_refusal_exits_1(chart):
    assert "HTTP 412" in run(Service(status=412, body=b"{}"), "--json", chart=chart).stderr
    result = run(Service(status=412, body=b"{}"), chart=chart)
    assert result.exit_code == 1
    assert "refused the call with 412" in result.stdout


def test_the_request_is_kept_for_its_owner_alone_and_fires_again(tmp_path, chart):
    path = tmp_path / "request.json"
    assert run(Service(), "--save", str(path), chart=chart).exit_code == 0
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    service = Service()
    assert run(service, str(path)).exit_code == 0
    assert service.seen == [json.loads(path.read_text())]


def test_a_signed_call_is_accepted(tmp_path, chart):
    signer = Signer("https://ehr.example", private_jwk())
    path = tmp_path / "key.json"
    path.write_text(json.dumps(dict(signer.key)))
    service = Service(check=verifier(signer))
    signing = ("--issuer", signer.issuer, "--key", str(path))
    assert run(service, *signing, chart=chart).exit_code == 0
    assert run(service, chart=chart).exit_code == 2


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), "either a stored REQUEST.json"),
        (("--patient", "x", "--fhir-server", "https://[bad"), "hapi, smart, oracle, demo"),
        (("--patient", "x", "--url", "cds.example"), "base of a service"),
        (("no-such.json",), "cannot be read"),
        (("--patient", "x", "--fhir-server", "nowhere"), "hapi, smart, oracle, demo"),
        (("--patient", "x", "--fhir-server", "https://x.example", "--issuer", "me"), "--key come together"),
        (("--patient", "x", "--fhir-server", "https://x.example", "--smart-client-id", "me"), "--smart-key"),
        (
            ("--patient", "x", "--fhir-server", "https://x.example", "--prefetch", "some"),
            "--prefetch is one of",
        ),
        (
            ("--patient", "x", "--fhir-server", "https://x.example", "--breaker", "labs"),
            "--breaker is KEY=null",
        ),
    ],
)
def test_what_cannot_be_fired_exits_2_with_the_fix(options, said):
    result = run(Service(), *options)
    assert result.exit_code == 2
    assert said in " ".join(result.stderr.split())
    assert result.stdout == ""


def test_a_service_that_is_away_exits_2(chart):
    result = CliRunner().invoke(
        app, ["example", "--url", "http://127.0.0.1:9", "--patient", CKD, "--fhir-server", chart]
    )
    assert result.exit_code == 2
    assert "nothing answers there" in result.stderr


def inside(*options):
    """Fire at a demo in this process."""
    return CliRunner().invoke(app, ["clinical-scores", "--patient", "ckd-nephrology", *options])


def test_the_demo_answers_in_this_process():
    result = inside()
    assert result.exit_code == 0, result.output
    assert "(signed): HTTP 200" in " ".join(result.stdout.split())
    assert "Conformance: nothing wrong" in result.stdout


@pytest.mark.parametrize("mode", ["none", "page", "outcome"])
def test_the_demo_answers_however_its_prefetch_comes(mode):
    """What the service then says is its own matter, and takes as long as this machine is busy."""
    result = inside("--json", "--prefetch", mode)
    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout)["cards"]


def test_the_demo_refuses_a_call_whose_patient_is_null():
    result = inside("--breaker", "patient=null")
    assert result.exit_code == 1
    assert "refused the call with 412" in result.stdout


def test_the_demo_as_epic_hands_its_token_on(tmp_path):
    path = tmp_path / "request.json"
    result = inside("--fhir-server", "demo:epic", "--save", str(path))
    assert result.exit_code == 0, result.output
    told = json.loads(path.read_text())
    assert told["fhirServer"].endswith("/epic")
    assert told["prefetch"]["patient"]["id"] == CKD
    assert "fhirAuthorization" not in told


def test_the_demo_names_the_vendors_it_can_be():
    result = inside("--fhir-server", "demo:nobody")
    assert (result.exit_code, "hapi, smart, oracle, epic" in result.stderr) == (2, True)
