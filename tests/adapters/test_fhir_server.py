"""Reading a FHIR server over HTTP: pages, tokens, retries, and every way an answer can be wrong."""

import contextlib
import email.utils
import gzip
import logging
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import orjson
import pytest
from httpx2 import Headers
from hypothesis import given
from hypothesis import strategies as st
from loopback import Asked, Reply, Server, SetClock, fhir, in_turn, slowly

from adapters import fhir_answers
from adapters.fhir_sandbox.app import FhirSandbox
from adapters.fhir_sandbox.server import serve
from adapters.fhir_sandbox.store import Store
from adapters.fhir_server import FhirServer, Limits
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

Json = dict[str, Any]
_QUERY = "Observation?patient=p-secret&category=vital-signs"
_MASKED = "Observation?patient=…&category=…"


def _observation(number: int, version: str = "1") -> Json:
    return {"resourceType": "Observation", "id": f"o{number}", "meta": {"versionId": version}}


def _bundle(*resources: Json, following: str = "", mode: str = "match", **more: Any) -> Json:
    links = [{"relation": "self", "url": "x"}, {"relation": "next", "url": following}]
    return {
        "resourceType": "Bundle",
        "type": "searchset",
        "link": links if following else links[:1],
        "entry": [{"resource": found, "search": {"mode": mode}} for found in resources],
        **more,
    }


def _outcome(severity: str = "error", code: str = "not-supported") -> Json:
    issue = {"severity": severity, "code": code, "diagnostics": "p-secret said no"}
    return {"resourceType": "OperationOutcome", "issue": [issue]}


class _Site:
    """A server, a client for it, and what the client waited for."""

    def __init__(self, server: Server, **settings: Any) -> None:
        self.server = server
        self.waited: list[float] = []
        self.ehr = FhirServer(
            Policy.of(private=[f"{server.origin}/fhir"]),
            sleep=self.waited.append,
            jitter=lambda: 0.5,
            **settings,
        )
        self.access = EhrAccess(f"{server.origin}/fhir", token="call.token-1")

    @property
    def base(self) -> str:
        return self.access.base

    def search(self, query: str = _QUERY, *, timeout: float = 3.0) -> Any:
        return self.ehr.search(self.access, query, timeout=timeout)

    def read(self, path: str = "Patient/p-secret", *, timeout: float = 3.0) -> Json:
        return self.ehr.read(self.access, path, timeout=timeout)


@pytest.fixture
def make() -> Iterator[Callable[..., _Site]]:
    sites: list[_Site] = []

    def start(*replies: Reply, **settings: Any) -> _Site:
        sites.append(_Site(Server(in_turn(*replies)), **settings))
        return sites[-1]

    yield start
    for site in sites:
        site.ehr.close()
        site.server.close()


Make = Callable[..., _Site]


def _ids(bundle: Any) -> list[str]:
    return [found["id"] for found in bundle.resources]


# What is sent


def test_a_read_asks_for_fhir_json_with_the_token_of_the_call(make: Make) -> None:
    site = make(fhir({"resourceType": "Patient", "id": "p-secret"}))
    assert site.read()["id"] == "p-secret"
    asked = site.server.asked[0]
    assert (asked.method, asked.path) == ("GET", "/fhir/Patient/p-secret")
    assert asked.headers["accept"] == "application/fhir+json"
    assert asked.headers["authorization"] == "Bearer call.token-1"


def test_without_a_token_no_authorization_is_sent(make: Make) -> None:
    site = make(fhir(_bundle()))
    site.ehr.search(EhrAccess(site.base), _QUERY, timeout=2)
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
    site = make(fhir(_bundle()))
    site.search(query)
    assert site.server.asked[0].path.replace("%7C", "|") == f"/fhir/Observation?{sent}".replace("%7C", "|")


def test_a_long_query_is_sent_as_a_form(make: Make) -> None:
    site = make(fhir(_bundle(_observation(1))))
    codes = ",".join(f"http://loinc.org|{n}-1" for n in range(100))
    assert _ids(site.search(f"Observation?patient=p&code={codes}")) == ["o1"]
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
    site = make(fhir(_bundle(_observation(1))))
    for _ in range(6):
        site.search()
    assert len({asked.peer for asked in site.server.asked}) == 1


# Pages


def _paged(site: _Site, pages: dict[str, Json | Reply]) -> None:
    def answer(asked: Asked) -> Reply:
        page = pages[asked.path.partition("page=")[2]]
        return page if isinstance(page, Reply) else fhir(page)

    site.server.answer(answer)


def test_pages_are_followed_in_order_and_repeats_dropped(make: Make) -> None:
    site = make(fhir({}))
    _paged(
        site,
        {
            "": _bundle(_observation(1), _observation(2), following=f"{site.base}/Observation?page=2"),
            "2": _bundle(_observation(2), _observation(2, "2"), following="Observation?page=3"),
            "3": _bundle(_observation(3), following=f"{site.base}?page=4"),
            "4": _bundle(_observation(4)),
        },
    )
    bundle = site.search()
    assert bundle.complete
    assert _ids(bundle) == ["o1", "o2", "o2", "o3", "o4"]
    assert {asked.headers["authorization"] for asked in site.server.asked} == {"Bearer call.token-1"}


def test_a_next_page_outside_the_base_is_not_asked_for_even_where_it_is_registered(make: Make) -> None:
    site = make(fhir({}))
    with Server(lambda asked: fhir(_bundle(_observation(9)))) as other:
        ehr = FhirServer(Policy.of(private=[site.server.origin, other.origin]))
        for link in (
            f"{other.origin}/fhir/Observation?page=2",
            f"//127.0.0.1:{other.port}/fhir/Observation?page=2",
            f"{site.server.origin}/other/Observation?page=2",
            f"{site.base}/../admin?page=2",
            f"{site.base}@127.0.0.1:{other.port}/?page=2",
            "file:///etc/passwd?page=2",
        ):
            site.server.answer(in_turn(fhir(_bundle(_observation(1), following=link))))
            bundle = ehr.search(site.access, _QUERY, timeout=3)
            assert (_ids(bundle), bundle.complete) == (["o1"], False)
            assert "page 2 is missing" in bundle.why_incomplete
        assert not other.asked
        assert {asked.path.partition("?")[0] for asked in site.server.asked} == {"/fhir/Observation"}
        ehr.close()


def test_pages_that_go_round_in_a_circle_end(make: Make) -> None:
    site = make(fhir({}))
    two = f"{site.base}/Observation?page=2"
    _paged(site, {"": _bundle(_observation(1), following=two), "2": _bundle(_observation(2), following=two)})
    bundle = site.search()
    assert (_ids(bundle), bundle.complete) == (["o1", "o2"], False)
    assert "circle" in bundle.why_incomplete
    assert len(site.server.asked) == 2


def test_endless_pages_end_at_the_cap(make: Make) -> None:
    site = make(fhir({}))

    def answer(asked: Asked) -> Reply:
        number = int(asked.path.partition("page=")[2] or "1")
        return fhir(_bundle(_observation(number), following=f"{site.base}/Observation?page={number + 1}"))

    site.server.answer(answer)
    bundle = site.search()
    assert len(site.server.asked) == site.access.max_pages == len(bundle.resources)
    assert (bundle.complete, bundle.why_incomplete) == (False, "there are more than 10 pages")


@pytest.mark.parametrize(
    ("second", "why"),
    [
        (fhir(_outcome(code="expired"), 410), "no longer there (410, expired)"),
        (fhir({}, 404), "not there"),
        (fhir({}, 500), "the server failed (500)"),
        (fhir({}, 401), "no longer good (401)"),
        (Reply(200, b"<html>"), "not FHIR JSON"),
        (fhir(_outcome()), "OperationOutcome, not-supported"),
        (Reply(pieces=[b"x"], length=9_000_000), "larger than"),
        (Reply(302, headers={"location": "http://127.0.0.1:1/"}), "redirects"),
        (Reply(cut=True), "connection ended"),
    ],
)
def test_a_later_page_that_fails_leaves_an_incomplete_bundle_that_says_why(
    make: Make, second: Reply, why: str
) -> None:
    site = make(fhir({}))
    _paged(site, {"": _bundle(_observation(1), following=f"{site.base}/Observation?page=2"), "2": second})
    bundle = site.search()
    assert (_ids(bundle), bundle.complete) == (["o1"], False)
    assert why in bundle.why_incomplete
    assert "secret" not in bundle.why_incomplete


def test_a_later_page_that_comes_too_late_leaves_an_incomplete_bundle(make: Make) -> None:
    site = make(fhir({}))
    drip = Reply(pieces=slowly(b"x" * 100, time.sleep), length=100)
    _paged(site, {"": _bundle(_observation(1), following=f"{site.base}/Observation?page=2"), "2": drip})
    began = time.monotonic()
    bundle = site.search(timeout=0.4)
    assert time.monotonic() - began < 1.5
    assert (_ids(bundle), bundle.complete) == (["o1"], False)
    assert "in time" in bundle.why_incomplete


def test_the_byte_cap_counts_all_pages_together(make: Make) -> None:
    site = make(fhir({}))
    big = {**_observation(1), "note": "x" * 5000}
    following = f"{site.base}/Observation?page=2"
    _paged(site, {"": _bundle(big, following=following), "2": _bundle({**big, "id": "o2"})})
    access = EhrAccess(site.base, max_bytes=8000)
    bundle = site.ehr.search(access, _QUERY, timeout=2)
    assert (_ids(bundle), bundle.complete) == (["o1"], False)


# What is in a page


def test_outcomes_among_the_entries_are_kept_apart(make: Make) -> None:
    page = _bundle(_observation(1))
    page["entry"].append({"resource": _outcome("warning", "informational"), "search": {"mode": "outcome"}})
    bundle = make(fhir(page)).search()
    assert (_ids(bundle), bundle.complete) == (["o1"], True)
    assert [found["issue"][0]["severity"] for found in bundle.outcomes] == ["warning"]


@pytest.mark.parametrize("severity", ["error", "fatal"])
def test_an_outcome_that_reports_failure_makes_the_bundle_incomplete(make: Make, severity: str) -> None:
    bundle = make(fhir(_bundle(_observation(1), _outcome(severity, "timeout")))).search()
    assert not bundle.complete
    assert bundle.why_incomplete == "the server reported a failure among the entries, timeout"


def test_includes_come_along(make: Make) -> None:
    page = _bundle(_observation(1), total=1)
    page["entry"].append({"resource": {"resourceType": "Patient", "id": "p"}, "search": {"mode": "include"}})
    bundle = make(fhir(page)).search()
    assert (_ids(bundle), bundle.complete) == (["o1", "p"], True)


def test_an_entry_without_a_resource_makes_the_bundle_incomplete(make: Make) -> None:
    bundle = make(fhir(_bundle(_observation(1)) | {"entry": [{"fullUrl": "urn:x"}, 7]})).search()
    assert (bundle.complete, bundle.why_incomplete) == (False, "an entry held no resource")


@pytest.mark.parametrize(
    ("total", "query", "complete"),
    [
        (None, "Observation?patient=1", True),
        (1, "Observation?patient=1", True),
        (0, "Observation?patient=1", True),
        (2, "Observation?patient=1", False),
        (9, "Observation?patient=1&_summary=count", True),
        (9, "Observation?patient=1&_count=0", True),
    ],
)
def test_fewer_matches_than_counted_are_incomplete_and_a_missing_total_is_not(
    make: Make, total: int | None, query: str, *, complete: bool
) -> None:
    page = _bundle(_observation(1)) | ({} if total is None else {"total": total})
    assert make(fhir(page)).search(query).complete is complete


def test_an_empty_searchset_without_entry_is_complete(make: Make) -> None:
    bundle = make(fhir({"resourceType": "Bundle", "type": "searchset", "total": 0})).search()
    assert (bundle.resources, bundle.complete) == ((), True)


def test_resources_without_an_id_are_all_kept(make: Make) -> None:
    nameless = {"resourceType": "Observation"}
    assert len(make(fhir(_bundle(nameless, nameless))).search().resources) == 2


# Failures of a first page or a read, each with its name


@pytest.mark.parametrize(
    ("reply", "error", "words"),
    [
        (fhir(_outcome(code="login"), 401), EhrRefused, "(401, login)"),
        (fhir(_outcome(code="forbidden"), 403), EhrRefused, "scopes"),
        (fhir(_outcome(code="not-found"), 404), EhrNotFound, "not there"),
        (Reply(404, b"<html>nope"), EhrNotFound, "not there (404)"),
        (fhir(_outcome(code="deleted"), 410), EhrNotFound, "no longer there"),
        (Reply(406), EhrBadAnswer, "does not offer application/fhir+json"),
        (fhir(_outcome(code="too-costly"), 400), EhrBadAnswer, "(400, too-costly)"),
        (fhir(_outcome(code="p-secret"), 400), EhrBadAnswer, "(400)"),
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
        (fhir(_outcome()), EhrBadAnswer, "OperationOutcome, not-supported"),
        (fhir({"resourceType": "Condition", "id": "c"}), EhrBadAnswer, "another type"),
        (fhir({"resourceType": "Bundle", "type": "batch-response"}), EhrBadAnswer, "no searchset"),
        (fhir({"resourceType": "Bundle", "type": "searchset", "entry": {}}), EhrBadAnswer, "no searchset"),
        (fhir(_bundle({"resourceType": "Patient", "id": "x"})), EhrBadAnswer, "another type"),
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
    assert str(caught.value).startswith(_MASKED)
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
        (_outcome(), "OperationOutcome"),
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
    site = make(fhir(_bundle()))
    for timeout in (0.0, -1.0):
        with pytest.raises(EhrTimeout):
            site.search(timeout=timeout)
    assert not site.server.asked


def test_nothing_of_a_call_is_logged(make: Make, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    make(fhir(_bundle({**_observation(1), "id": "o-secret"}))).search()
    with pytest.raises(EhrNotFound):
        make(fhir(_outcome(), 404)).read()
    assert "secret" not in caplog.text
    assert "call.token" not in caplog.text


# Trying again


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_server_is_asked_again_after_the_time_it_names(make: Make, status: int) -> None:
    site = make(fhir({}, status, Retry_After="1"), fhir(_bundle(_observation(1))))
    assert _ids(site.search()) == ["o1"]
    assert site.waited == [1.0]


def test_a_date_in_retry_after_is_read_with_our_clock(make: Make) -> None:
    clock = SetClock()
    told = email.utils.formatdate(clock.time + 2, usegmt=True)
    site = make(fhir({}, 503, Retry_After=told), fhir(_bundle()), clock=clock)
    site.search()
    assert site.waited == [2.0]


def test_a_wait_longer_than_the_time_left_is_unavailable_at_once(make: Make) -> None:
    site = make(fhir({}, 429, Retry_After="30"))
    with pytest.raises(EhrUnavailable, match="429"):
        site.search()
    assert (site.waited, len(site.server.asked)) == ([], 1)


@pytest.mark.parametrize("told", ["", "soon", "-1", "1e9", "9" * 30])
def test_without_a_usable_retry_after_two_new_tries_are_made_with_growing_waits(
    make: Make, told: str
) -> None:
    site = make(fhir({}, 503, **({"Retry_After": told} if told else {})))
    with pytest.raises(EhrUnavailable):
        site.search()
    assert (site.waited, len(site.server.asked)) == ([0.1, 0.2], 3)


def test_other_failures_are_not_tried_again(make: Make) -> None:
    site = make(fhir({}, 500))
    with pytest.raises(EhrUnavailable):
        site.search()
    assert len(site.server.asked) == 1


def test_a_dropped_connection_is_tried_again(make: Make) -> None:
    site = make(fhir(_bundle()), Reply(cut=True), fhir(_bundle(_observation(1))))
    site.search()
    assert _ids(site.search()) == ["o1"]


def test_retries_can_be_turned_off(make: Make) -> None:
    site = make(fhir({}, 503), fhir(_bundle()), limits=Limits(retries=0))
    with pytest.raises(EhrUnavailable):
        site.search()


# Another token


def test_after_a_401_another_token_is_asked_for_once_and_used_for_all_pages(make: Make) -> None:
    refused: list[tuple[str, bool]] = []

    def refresh(access: EhrAccess, seconds: float) -> str:
        refused.append((access.token, 0 < seconds <= 3))
        return "token-2"

    site = make(fhir({}), refresh=refresh)

    def answer(asked: Asked) -> Reply:
        if asked.headers["authorization"] != "Bearer token-2":
            return fhir({}, 401)
        link = "" if "page=" in asked.path else f"{site.base}/Observation?page=2"
        return fhir(_bundle(_observation(len(site.server.asked)), following=link))

    site.server.answer(answer)
    bundle = site.search()
    assert (bundle.complete, _ids(bundle)) == (True, ["o2", "o3"])
    assert refused == [("call.token-1", True)]


def test_a_second_401_is_refused(make: Make) -> None:
    given_out: list[str] = []
    site = make(fhir({}, 401), refresh=lambda access, seconds: given_out.append("x") or "token-2")
    with pytest.raises(EhrRefused):
        site.read()
    assert (len(given_out), len(site.server.asked)) == (1, 2)


def test_without_a_way_to_refresh_a_401_is_refused(make: Make) -> None:
    site = make(fhir({}, 401))
    with pytest.raises(EhrRefused):
        site.read()
    assert len(site.server.asked) == 1


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
    site.server.answer(lambda asked: fhir(_bundle({**_observation(0), "id": asked.path.partition("=")[2]})))
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda n: _ids(site.search(f"Observation?patient={n}")), range(64)))
    assert found == [[str(n)] for n in range(64)]


def test_a_search_of_one_page_costs_little_beyond_parsing(make: Make) -> None:
    """One millisecond of the calling thread, parsing of 20 resources included, in a quiet tenth of tries."""
    site = make(fhir(_bundle(*(_observation(n) for n in range(20)))))
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
