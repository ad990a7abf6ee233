"""Reading a FHIR server over HTTP: what is sent, and every way an answer can be wrong."""

import contextlib
import gzip
import logging
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import orjson
import pytest
from ehr_site import MASKED, QUERY, Json, Make, ids_of, observation, operation_outcome, searchset
from httpx2 import Headers
from hypothesis import given
from hypothesis import strategies as st
from loopback import Reply, fhir

from adapters import fhir_answers
from adapters.fhir_sandbox.app import FhirSandbox
from adapters.fhir_sandbox.server import serve
from adapters.fhir_sandbox.store import Store
from adapters.fhir_server import FhirServer
from adapters.network import Answer, Policy, SystemClock
from adapters.ports import (
    AddressRefused,
    Ehr,
    EhrAccess,
    EhrBadAnswer,
    EhrError,
    EhrNotFound,
    EhrRefused,
    EhrTimeout,
    EhrUnavailable,
)
from adapters.testing_network import check_ehr

pytestmark = pytest.mark.slow


# What is sent


def test_a_read_asks_for_fhir_json_with_the_token_of_the_call(make: Make) -> None:
    site = make(fhir({"resourceType": "Patient", "id": "p-secret"}))
    assert site.read()["id"] == "p-secret"
    asked = site.server.asked[0]
    assert (asked.method, asked.path) == ("GET", "/fhir/Patient/p-secret")
    assert asked.headers["accept"] == "application/fhir+json"
    assert asked.headers["authorization"] == "Bearer call.token-1"


def test_without_a_token_no_authorization_is_sent(make: Make) -> None:
    site = make(fhir(searchset()))
    site.ehr.search(EhrAccess(site.base), QUERY, timeout=2)
    assert "authorization" not in site.server.asked[0].headers


@pytest.mark.parametrize(
    ("query", "sent"),
    [
        ("Observation?code=http://loinc.org|4548-4,2345-7", "code=http://loinc.org|4548-4,2345-7"),
        ("Observation?code=a%7Cb&x=1%202", "code=a%7Cb&x=1%202"),
        ("Observation?date=ge2024-01-01T00:00:00+01:00", "date=ge2024-01-01T00:00:00+01:00"),
        ("Observation?note=a b#c", "note=a%20b%23c"),
        ("Observation?name=é\r\nX: y", "name=%C3%A9%0D%0AX:%20y"),
    ],
)
def test_a_query_arrives_as_written_and_encoded_once(make: Make, query: str, sent: str) -> None:
    site = make(fhir(searchset()))
    site.search(query)
    assert site.server.asked[0].path.replace("%7C", "|") == f"/fhir/Observation?{sent}".replace("%7C", "|")


def test_a_long_query_is_sent_as_a_form(make: Make) -> None:
    site = make(fhir(searchset(observation(1))))
    codes = ",".join(f"http://loinc.org|{n}-1" for n in range(100))
    assert ids_of(site.search(f"Observation?patient=p&code={codes}")) == ["o1"]
    asked = site.server.asked[0]
    assert (asked.method, asked.path) == ("POST", "/fhir/Observation/_search")
    assert asked.headers["content-type"] == "application/x-www-form-urlencoded"
    assert asked.body.decode() == f"patient=p&code={codes}"


@pytest.mark.parametrize(
    "path",
    [
        "Patient",
        "Patient/",
        "Patient/..",
        "Patient/a/b",
        "Patient/a?b",
        "patient/1",
        "Patient/a%2e",
        "/",
        "../x",
    ],
)
def test_a_path_that_is_not_type_and_id_is_never_sent(make: Make, path: str) -> None:
    site = make(fhir({}))
    with pytest.raises(AddressRefused):
        site.read(path)
    assert not site.server.asked


@pytest.mark.parametrize(
    "query", ["observation?x=1", "../admin?x=1", "Observation/1?x=1", "https://x.example/?a", ""]
)
def test_a_search_that_is_not_of_a_type_is_never_sent(make: Make, query: str) -> None:
    site = make(fhir({}))
    with pytest.raises(AddressRefused):
        site.search(query)
    assert not site.server.asked


@pytest.mark.parametrize(
    "base", ["http://127.0.0.1:1/fhir", "https://ehr.example/fhir", "nonsense", "{origin}/other"]
)
def test_a_base_that_is_not_registered_is_never_asked(make: Make, base: str) -> None:
    site = make(fhir({}))
    access = EhrAccess(base.replace("{origin}", site.server.origin), token="t")
    with pytest.raises(AddressRefused):
        site.ehr.read(access, "Patient/1", timeout=1)
    assert not site.server.asked


def test_a_token_that_would_break_the_header_is_refused_unseen(make: Make) -> None:
    site = make(fhir({}))
    with pytest.raises(EhrRefused) as caught:
        site.ehr.read(EhrAccess(site.base, token="a\r\nX-Evil: 1"), "Patient/1", timeout=1)
    assert "Evil" not in str(caught.value)
    assert not site.server.asked


def test_connections_are_kept_and_shared(make: Make) -> None:
    site = make(fhir(searchset(observation(1))))
    for _ in range(6):
        site.search()
    assert len({asked.peer for asked in site.server.asked}) == 1


# Failures of a first page or a read, each with its name


@pytest.mark.parametrize(
    ("reply", "error", "words"),
    [
        (fhir(operation_outcome(code="login"), 401), EhrRefused, "(401, login)"),
        (fhir(operation_outcome(code="forbidden"), 403), EhrRefused, "scopes"),
        (fhir(operation_outcome(code="not-found"), 404), EhrNotFound, "not there"),
        (Reply(404, b"<html>nope"), EhrNotFound, "not there (404)"),
        (fhir(operation_outcome(code="deleted"), 410), EhrNotFound, "no longer there"),
        (Reply(406), EhrBadAnswer, "does not offer application/fhir+json"),
        (fhir(operation_outcome(code="too-costly"), 400), EhrBadAnswer, "(400, too-costly)"),
        (fhir(operation_outcome(code="p-secret"), 400), EhrBadAnswer, "(400)"),
        (fhir({}, 500), EhrUnavailable, "failed (500)"),
        (Reply(502, b"<html>bad gateway"), EhrUnavailable, "failed (502)"),
        (Reply(301, headers={"location": "https://p-secret.example/"}), EhrBadAnswer, "redirects"),
        (Reply(204), EhrBadAnswer, "not the answer asked for (204)"),
        (Reply(200), EhrBadAnswer, "not FHIR JSON"),
        (Reply(200, b'{"resourceType":"Bund'), EhrBadAnswer, "not FHIR JSON"),
        (Reply(200, b"\xff\xfe{}"), EhrBadAnswer, "not FHIR JSON"),
        (Reply(200, b"[1]"), EhrBadAnswer, "not FHIR JSON"),
        (Reply(200, b'{"a":NaN}'), EhrBadAnswer, "not FHIR JSON"),
        (Reply(200, b"[" * 100_000), EhrBadAnswer, "not FHIR JSON"),
        (fhir({"hello": "world"}), EhrBadAnswer, "not FHIR JSON"),
        (fhir({"resourceType": ["Bundle"]}), EhrBadAnswer, "not FHIR JSON"),
        (fhir(operation_outcome()), EhrBadAnswer, "OperationOutcome, not-supported"),
        (fhir({"resourceType": "Condition", "id": "c"}), EhrBadAnswer, "another type"),
        (fhir({"resourceType": "Bundle", "type": "batch-response"}), EhrBadAnswer, "no searchset"),
        (fhir({"resourceType": "Bundle", "type": "searchset", "entry": {}}), EhrBadAnswer, "no searchset"),
        (fhir(searchset({"resourceType": "Patient", "id": "x"})), EhrBadAnswer, "another type"),
        (Reply(pieces=[b"x"], length=9_000_000), EhrBadAnswer, "larger than 8000000"),
        (Reply(200, gzip.compress(b"0" * 20_000_000), {"content-encoding": "gzip"}), EhrBadAnswer, "larger"),
        (Reply(cut=True), EhrUnavailable, "connection ended"),
    ],
)
def test_a_search_that_fails_raises_the_error_of_its_cause(
    make: Make, reply: Reply, error: type[Exception], words: str
) -> None:
    with pytest.raises(error) as caught:
        make(reply).search()
    assert str(caught.value).startswith(MASKED)
    assert words in str(caught.value)
    assert "secret" not in str(caught.value)
    assert "call.token" not in str(caught.value)
    assert caught.value.__context__ is None or caught.value.__suppress_context__


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({"resourceType": "Observation", "id": "p-secret"}, "another type"),
        ({"resourceType": "Patient", "id": "somebody-else"}, "another id"),
        ({"resourceType": "Patient"}, "another id"),
        (operation_outcome(), "OperationOutcome"),
    ],
)
def test_a_read_that_brings_something_else_is_a_bad_answer(make: Make, document: Json, words: str) -> None:
    with pytest.raises(EhrBadAnswer, match=words) as caught:
        make(fhir(document)).read()
    assert str(caught.value).startswith("Patient/…: ")
    assert "secret" not in str(caught.value)
    assert "somebody" not in str(caught.value)


def test_the_status_is_kept_on_the_error(make: Make) -> None:
    with pytest.raises(EhrError) as caught:
        make(fhir({}, 403)).search()
    assert caught.value.status == 403


@pytest.mark.parametrize("pieces", [b"", b"{"])
def test_an_answer_that_never_ends_is_a_timeout(make: Make, pieces: bytes) -> None:
    def hanging() -> Iterator[bytes]:
        yield pieces
        time.sleep(4)

    began = time.monotonic()
    with pytest.raises(EhrTimeout):
        make(Reply(pieces=hanging(), length=100)).search(timeout=0.2)
    assert time.monotonic() - began < 1.5


def test_without_time_nothing_is_sent(make: Make) -> None:
    site = make(fhir(searchset()))
    for timeout in (0.0, -1.0):
        with pytest.raises(EhrTimeout):
            site.search(timeout=timeout)
    assert not site.server.asked


def test_nothing_of_a_call_is_logged(make: Make, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    make(fhir(searchset({**observation(1), "id": "o-secret"}))).search()
    with pytest.raises(EhrNotFound):
        make(fhir(operation_outcome(), 404)).read()
    assert "secret" not in caplog.text
    assert "call.token" not in caplog.text


# Whole servers


def test_capabilities_are_read(make: Make) -> None:
    site = make(fhir({"resourceType": "CapabilityStatement", "fhirVersion": "4.0.1"}))
    assert site.ehr.capabilities(site.access)["fhirVersion"] == "4.0.1"
    assert site.server.asked[0].path == "/fhir/metadata"


@pytest.mark.parametrize("vendor", ["hapi", "smart", "oracle", "epic"])
def test_the_promises_of_an_ehr_hold_against_every_vendor_of_the_sandbox(vendor: str) -> None:
    closing: list[Callable[[], None]] = []

    def factory(resources: Any) -> tuple[Ehr, EhrAccess]:
        sandbox = FhirSandbox(Store(resources), vendor=vendor)
        running = serve(sandbox)
        ehr = FhirServer(Policy.of(private=[running.url]))
        closing.extend((ehr.close, running.close))
        return ehr, EhrAccess(running.url, token=sandbox.issue_token(None, "system/*.rs").value)

    try:
        check_ehr(factory)
    finally:
        for close in closing:
            close()


def test_threads_get_their_own_answers(make: Make) -> None:
    site = make(fhir({}))
    site.server.answer(lambda asked: fhir(searchset({**observation(0), "id": asked.path.partition("=")[2]})))
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda n: ids_of(site.search(f"Observation?patient={n}")), range(64)))
    assert found == [[str(n)] for n in range(64)]


def test_a_search_of_one_page_costs_little_beyond_parsing(make: Make) -> None:
    """One millisecond of the calling thread, parsing of 20 resources included, in a quiet tenth of tries."""
    site = make(fhir(searchset(*(observation(n) for n in range(20)))))
    for _ in range(20):
        site.search()
    costs = []
    for _ in range(100):
        began = time.thread_time()
        site.search()
        costs.append(time.thread_time() - began)
    assert sorted(costs)[10] < (0.001 if sys.gettrace() is None else 0.01)


# Whatever arrives, only errors of the port leave

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["resourceType", "entry", "resource", "search", "mode", "link", "relation", "url", "issue"]
            )
            | st.sampled_from(["severity", "code", "total", "type", "meta", "versionId", "id"]),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


@given(_JSON, st.sampled_from([200, 400, 404, 429, 500]))
def test_any_json_at_all_is_a_page_or_an_error_of_the_port(document: Any, status: int) -> None:
    asked = fhir_answers.query("Observation")
    around = {"resourceType": "Bundle", "type": "searchset", "entry": document, "link": document}
    for sent in (document, around):
        answer = Answer(status, Headers(), orjson.dumps(sent))
        with contextlib.suppress(EhrError):
            fhir_answers.bundle([fhir_answers.page(answer, "Observation", "x")], asked, "")


@given(st.text(), st.floats(0, 2e9))
def test_any_retry_after_is_read_or_ignored(text: str, now: float) -> None:
    ascii_only = text.encode("ascii", "ignore").decode()
    answer = Answer(503, Headers({"retry-after": ascii_only}), b"")
    told = fhir_answers.retry_after(answer, now)
    assert told is None or told >= 0


def test_the_system_clock_tells_the_time() -> None:
    clock = SystemClock()
    assert abs(clock.now() - time.time()) < 1
    assert clock.monotonic() <= clock.monotonic()
