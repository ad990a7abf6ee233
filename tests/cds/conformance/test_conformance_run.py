"""A run keeps to its limits, says when it could not be made, and reports as data, table and exit code."""

import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import jwt
import pytest
from conformance_stub import ORIGIN, Stub, drained, write_key
from conformance_stub_trust import ISSUER
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from test_conformance_defects import KEY, public

from cds.conformance.checklist import CHECKS, SECTIONS
from cds.conformance.discovery import check_base_url
from cds.conformance.ehr import Ehr
from cds.conformance.exchange import CapReachedError, Exchange
from cds.conformance.ledger import Ledger
from cds.conformance.report import Evidence, Report, exit_code, render, to_dict
from cds.conformance.subject import Options, Subject
from cds.conformance.suite import run
from cds.conformance.tokens import Credentials, load_credentials, public_secrets

WHO = Credentials(issuer=ISSUER, key=KEY)
SOMEWHERE = Evidence(where="POST /x", status=500, pointer="/a", excerpt="e" * 300)


def written(report: Report) -> str:
    out = StringIO()
    Console(file=out, width=140).print(render(report))
    return out.getvalue()


def test_a_silent_address_cannot_be_run() -> None:
    """Nobody listening is exit code 2 with a reason, and every line is unjudged."""
    with Stub(public(KEY)) as stub:
        gone = stub.base
    report = run(gone)
    assert exit_code(report) == 2
    assert "did not answer" in report.error
    assert "Could not run" in written(report)
    assert {r.outcome for r in report.results if r.check.id != "A2"} == {"not-run"}


def test_a_service_that_demands_tokens_needs_credentials() -> None:
    """Without a key there is nothing to test, which is said."""
    with Stub(public(KEY)) as stub:
        report = run(stub.base)
    assert exit_code(report) == 2
    assert "--issuer" in report.error


def test_an_open_service_is_judged_without_credentials() -> None:
    """The lines on tokens stay unjudged, and an open door is a warning."""
    with Stub(public(KEY), frozenset({"no-authentication"})) as stub:
        report = run(stub.base, options=Options(origin=ORIGIN))
    assert exit_code(report) == 0
    assert report.result("G1").outcome == "warn"
    assert {report.result(f"G{n}").outcome for n in (2, 3, 4, 5, 6, 7, 8)} == {"not-run"}


def test_the_cap_on_requests_is_kept() -> None:
    """A run stops at its cap, keeps what it found and says what it did not reach."""
    with Stub(public(KEY)) as stub:
        report = run(stub.base, credentials=WHO, options=Options(origin=ORIGIN, request_cap=30))
    assert report.requests == 30
    assert report.result("B1").outcome == "pass"
    assert "cap of 30 requests" in report.result("FM5").reason
    assert report.result("FM5").outcome == "not-run"


def test_the_limit_on_time_is_kept() -> None:
    """After its time is up an exchange sends nothing more."""
    with Exchange("http://127.0.0.1:9", credentials=None, cap=5, seconds=-1) as exchange:
        with pytest.raises(CapReachedError, match="time limit"):
            exchange.discover()
        assert exchange.requests == 0


def test_a_refused_key_is_told_with_the_fix() -> None:
    """A service that does not know the key fails discovery, with the fix."""
    stranger = Credentials(issuer="https://nobody.example", key=KEY)
    with Stub(public(KEY), frozenset()) as stub:
        report = run(stub.base, credentials=stranger, options=Options(sections=frozenset({"D"})))
    assert exit_code(report) == 1
    assert "register the kit's issuer and key" in report.result("B1").reason


@pytest.mark.slow
def test_real_records_are_read_and_withheld() -> None:
    """With a FHIR server the prefetch is read from it, and no excerpt of an answer is reported."""
    with Ehr(patient="real-1") as ehr, Stub(public(KEY), frozenset({"summary-of-140"})) as stub:
        options = Options(patient="real-1", fhir_server=ehr.base("ok"), origin=ORIGIN, access_token="t")
        report = run(stub.base, credentials=WHO, options=options)
        asked = {item.query for item in ehr.seen("ok")}
    assert "Patient/real-1" in asked
    assert report.result("E2").outcome == "fail"
    excerpts = {item.excerpt for result in report.results for item in result.evidence}
    assert all(not text or text.startswith("(withheld") for text in excerpts)


def test_an_unreachable_ehr_leaves_reading_unjudged() -> None:
    """A service that never comes to the kit's EHR is not passed on reading, and is told the origin."""
    with Stub(public(KEY), frozenset({"reads-prefetch-only"})) as stub:
        options = Options(origin=ORIGIN, sections=frozenset({"FM"}))
        report = run(stub.base, credentials=WHO, options=options)
    assert report.result("FM7").outcome == "not-run"
    assert "register the origin" in report.result("FM7").reason


def test_a_taken_port_for_the_ehr_is_told() -> None:
    """A port that cannot be opened is a run that could not be made."""
    with Ehr() as taken, Stub(public(KEY)) as stub:
        port = int(taken.origin.rpartition(":")[2])
        options = Options(ehr_port=port, sections=frozenset({"FM"}))
        report = run(stub.base, credentials=WHO, options=options)
    assert exit_code(report) == 2
    assert str(port) in report.error


def test_an_unknown_section_is_an_error() -> None:
    """A section that does not exist is named with the ones that do."""
    with pytest.raises(ValueError, match="choose from A, B"):
        run("http://127.0.0.1:9", options=Options(sections=frozenset({"Z"})))


@pytest.mark.parametrize("base", ["not a url", "http://", "http://[::1", "ftp://x", "/cds"])
def test_a_text_that_is_no_url_cannot_be_run(base: str) -> None:
    """Anything but an absolute http or https URL is refused before a request is made."""
    report = run(base)
    assert exit_code(report) == 2
    assert report.requests == 0


def answering(body: bytes) -> Callable[[dict[str, Any], Any], list[bytes]]:
    """Return a service of one service whose calls all say the same."""
    prefetch = {"patient": "Patient/{{context.patientId}}"}
    entry = {"id": "a", "hook": "patient-view", "description": "d", "prefetch": prefetch}
    listed = json.dumps({"services": [entry]}).encode()

    def answer(environ: dict[str, Any], start: Any) -> list[bytes]:
        drained(environ)
        start("200 OK", [("Content-Type", "application/json")])
        return [listed if environ["REQUEST_METHOD"] == "GET" else body]

    return answer


@pytest.mark.parametrize(
    ("body", "line"),
    [
        (b'{"cards":[]}', "D8"),
        (b"\xff\x00", "A1"),
        (b"null", "E1"),
        (b"[" * 5000 + b"]" * 5000, "A1"),
        (
            b'{"cards":[{"summary":{},"indicator":[],"source":[1],"suggestions":5,"links":{},"uuid":[1]},7]}',
            "E3",
        ),
    ],
)
def test_a_service_that_says_anything_is_judged(body: bytes, line: str) -> None:
    """Whatever a service answers, the run ends with a report that names the broken line."""
    with Stub(public(KEY)) as stub:
        stub.serve(answering(body))
        report = run(stub.base)
    assert report.error == ""
    assert report.result(line).outcome == "fail"
    assert json.dumps(to_dict(report))
    assert line in written(report)


@pytest.mark.parametrize(
    ("base", "outcome"),
    [
        ("http://ehr.example", "fail"),
        ("https://ehr.example/base/", "pass"),
        ("http://localhost:8000", "pass"),
        ("http://127.0.0.1", "pass"),
        ("http://127.0.0.1.example.org", "fail"),
    ],
)
def test_plain_http_is_for_loopback_only(base: str, outcome: str) -> None:
    """A2 is judged on the address."""
    ledger = Ledger()
    with Exchange(base, credentials=None, cap=1, seconds=1) as exchange:
        check_base_url(Subject(exchange=exchange, ledger=ledger, options=Options(), offers=()))
    result = next(result for result in ledger.results() if result.check.id == "A2")
    assert result.outcome == outcome


@given(st.lists(st.sampled_from(["ok", "not-run", "warn", "fail"]), max_size=6))
def test_the_worst_observation_decides(notes: list[str]) -> None:
    """However observations are ordered, fail beats warn beats pass beats not-run."""
    ledger = Ledger()
    for note in notes:
        match note:
            case "ok":
                ledger.ok("B1")
            case "not-run":
                ledger.not_run("B1", "r")
            case "warn":
                ledger.warned("B1", "r", SOMEWHERE)
            case _:
                ledger.failed("B1", "r", SOMEWHERE)
    order = ["fail", "warn", "ok", "not-run"]
    worst = min(notes, key=order.index, default="not-run").replace("ok", "pass")
    assert next(result for result in ledger.results() if result.check.id == "B1").outcome == worst


def test_only_failed_musts_make_the_exit_code() -> None:
    """A failed line of our own reading and a warning leave 0; a failed MUST is 1."""
    ledger = Ledger()
    ledger.violated("D5", "r", SOMEWHERE)
    ledger.violated("B4", "r", SOMEWHERE)
    report = Report(base_url="x", results=ledger.results(), requests=1, seconds=1)
    assert (report.result("D5").outcome, report.result("B4").outcome) == ("fail", "warn")
    assert exit_code(report) == 0
    ledger.violated("B1", "r", SOMEWHERE)
    assert exit_code(Report(base_url="x", results=ledger.results(), requests=1, seconds=1)) == 1


def test_a_report_is_json_and_a_table() -> None:
    """Both forms name each line; an excerpt is cut at 200 characters and never read as markup."""
    ledger = Ledger()
    ledger.violated("E2", "too long", Evidence(where="POST /x", status=200, excerpt="[red]" + "e" * 300))
    report = Report(base_url="http://x", results=ledger.results(), requests=3, seconds=0.5)
    data = json.loads(json.dumps(to_dict(report)))
    assert [row["id"] for row in data["results"]] == list(CHECKS)
    row = next(row for row in data["results"] if row["id"] == "E2")
    assert len(row["evidence"][0]["excerpt"]) == 200
    assert data["summary"]["failed_musts"] == 1
    assert data["exit_code"] == 1
    table = written(report)
    assert "[red]" in table
    assert all(check_id in table for check_id in CHECKS)


def test_the_checklist_is_whole() -> None:
    """Every line of each lettered section is there, once."""
    sizes = {"A": 5, "B": 9, "C": 5, "D": 14, "E": 16, "F": 5, "G": 10, "H": 13, "I": 1, "FS": 14, "FM": 11}
    assert {name: sum(c.section == name for c in CHECKS.values()) for name in SECTIONS} == sizes


def test_a_key_is_read_from_a_jwk_or_a_set(tmp_path: Path) -> None:
    """Both forms of file give the same credentials, whose key no representation shows."""
    single = load_credentials(ISSUER, write_key(tmp_path, KEY))
    many = load_credentials(ISSUER, write_key(tmp_path, {"keys": [public(KEY), KEY]}))
    assert single == many
    assert KEY["d"] not in repr(single)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        ({"d": None}, "no private key"),
        ({"kid": None}, "no kid"),
        ({"crv": "P-999"}, "cannot sign"),
    ],
)
def test_an_unusable_key_is_told_with_the_fix(tmp_path: Path, spoil: dict[str, None], words: str) -> None:
    """A file that cannot serve is named, never its content."""
    broken = {name: value for name, value in (KEY | spoil).items() if value is not None}
    with pytest.raises(ValueError, match=words) as told:
        load_credentials(ISSUER, write_key(tmp_path, broken))
    assert KEY["d"] not in str(told.value)


def test_the_public_key_is_spelt_as_a_confused_verifier_reads_it() -> None:
    """The PEM built by hand is the key's own."""
    pem = next(secret for secret in public_secrets(WHO) if secret.startswith(b"-----"))
    again = jwt.algorithms.ECAlgorithm(jwt.algorithms.ECAlgorithm.SHA384).prepare_key(pem)
    assert json.loads(jwt.algorithms.ECAlgorithm.to_jwk(again))["x"] == KEY["x"]
