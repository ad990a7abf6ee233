"""Searches of a FHIR server: pages, caps, and what stands in a page."""

import time

import pytest
from ehr_site import QUERY, EhrSite, Json, Make, ids_of, observation, operation_outcome, searchset
from loopback import Asked, Reply, Server, fhir, in_turn, slowly

from adapters.fhir_server import FhirServer
from adapters.network import Policy
from adapters.ports import EhrAccess

pytestmark = pytest.mark.slow


# Pages


def _paged(site: EhrSite, pages: dict[str, Json | Reply]) -> None:
    def answer(asked: Asked) -> Reply:
        page = pages[asked.path.partition("page=")[2]]
        return page if isinstance(page, Reply) else fhir(page)

    site.server.answer(answer)


def test_pages_are_followed_in_order_and_repeats_dropped(make: Make) -> None:
    site = make(fhir({}))
    _paged(
        site,
        {
            "": searchset(observation(1), observation(2), following=f"{site.base}/Observation?page=2"),
            "2": searchset(observation(2), observation(2, "2"), following="Observation?page=3"),
            "3": searchset(observation(3), following=f"{site.base}?page=4"),
            "4": searchset(observation(4)),
        },
    )
    bundle = site.search()
    assert bundle.complete
    assert ids_of(bundle) == ["o1", "o2", "o2", "o3", "o4"]
    assert {asked.headers["authorization"] for asked in site.server.asked} == {"Bearer call.token-1"}


def test_a_next_page_outside_the_base_is_not_asked_for_even_where_it_is_registered(make: Make) -> None:
    site = make(fhir({}))
    with Server(lambda asked: fhir(searchset(observation(9)))) as other:
        ehr = FhirServer(Policy.of(private=[site.server.origin, other.origin]))
        for link in (
            f"{other.origin}/fhir/Observation?page=2",
            f"//127.0.0.1:{other.port}/fhir/Observation?page=2",
            f"{site.server.origin}/other/Observation?page=2",
            f"{site.base}/../admin?page=2",
            f"{site.base}@127.0.0.1:{other.port}/?page=2",
            "file:///etc/passwd?page=2",
        ):
            site.server.answer(in_turn(fhir(searchset(observation(1), following=link))))
            bundle = ehr.search(site.access, QUERY, timeout=3)
            assert (ids_of(bundle), bundle.complete) == (["o1"], False)
            assert "page 2 is missing" in bundle.why_incomplete
        assert not other.asked
        assert {asked.path.partition("?")[0] for asked in site.server.asked} == {"/fhir/Observation"}
        ehr.close()


def test_pages_that_go_round_in_a_circle_end(make: Make) -> None:
    site = make(fhir({}))
    two = f"{site.base}/Observation?page=2"
    _paged(
        site, {"": searchset(observation(1), following=two), "2": searchset(observation(2), following=two)}
    )
    bundle = site.search()
    assert (ids_of(bundle), bundle.complete) == (["o1", "o2"], False)
    assert "circle" in bundle.why_incomplete
    assert len(site.server.asked) == 2


def test_endless_pages_end_at_the_cap(make: Make) -> None:
    site = make(fhir({}))

    def answer(asked: Asked) -> Reply:
        number = int(asked.path.partition("page=")[2] or "1")
        return fhir(searchset(observation(number), following=f"{site.base}/Observation?page={number + 1}"))

    site.server.answer(answer)
    bundle = site.search()
    assert len(site.server.asked) == site.access.max_pages == len(bundle.resources)
    assert (bundle.complete, bundle.why_incomplete) == (False, "there are more than 10 pages")


@pytest.mark.parametrize(
    ("second", "why"),
    [
        (fhir(operation_outcome(code="expired"), 410), "no longer there (410, expired)"),
        (fhir({}, 404), "not there"),
        (fhir({}, 500), "the server failed (500)"),
        (fhir({}, 401), "no longer good (401)"),
        (Reply(200, b"<html>"), "not FHIR JSON"),
        (fhir(operation_outcome()), "OperationOutcome, not-supported"),
        (Reply(pieces=[b"x"], length=9_000_000), "larger than"),
        (Reply(302, headers={"location": "http://127.0.0.1:1/"}), "redirects"),
        (Reply(cut=True), "connection ended"),
    ],
)
def test_a_later_page_that_fails_leaves_an_incomplete_bundle_that_says_why(
    make: Make, second: Reply, why: str
) -> None:
    site = make(fhir({}))
    _paged(site, {"": searchset(observation(1), following=f"{site.base}/Observation?page=2"), "2": second})
    bundle = site.search()
    assert (ids_of(bundle), bundle.complete) == (["o1"], False)
    assert why in bundle.why_incomplete
    assert "secret" not in bundle.why_incomplete


def test_a_later_page_that_comes_too_late_leaves_an_incomplete_bundle(make: Make) -> None:
    site = make(fhir({}))
    drip = Reply(pieces=slowly(b"x" * 100, time.sleep), length=100)
    _paged(site, {"": searchset(observation(1), following=f"{site.base}/Observation?page=2"), "2": drip})
    began = time.monotonic()
    bundle = site.search(timeout=0.4)
    assert time.monotonic() - began < 1.5
    assert (ids_of(bundle), bundle.complete) == (["o1"], False)
    assert "in time" in bundle.why_incomplete


def test_the_byte_cap_counts_all_pages_together(make: Make) -> None:
    site = make(fhir({}))
    big = {**observation(1), "note": "x" * 5000}
    following = f"{site.base}/Observation?page=2"
    _paged(site, {"": searchset(big, following=following), "2": searchset({**big, "id": "o2"})})
    access = EhrAccess(site.base, max_bytes=8000)
    bundle = site.ehr.search(access, QUERY, timeout=2)
    assert (ids_of(bundle), bundle.complete) == (["o1"], False)


# What is in a page


def test_outcomes_among_the_entries_are_kept_apart(make: Make) -> None:
    page = searchset(observation(1))
    page["entry"].append(
        {"resource": operation_outcome("warning", "informational"), "search": {"mode": "outcome"}}
    )
    bundle = make(fhir(page)).search()
    assert (ids_of(bundle), bundle.complete) == (["o1"], True)
    assert [found["issue"][0]["severity"] for found in bundle.outcomes] == ["warning"]


@pytest.mark.parametrize("severity", ["error", "fatal"])
def test_an_outcome_that_reports_failure_makes_the_bundle_incomplete(make: Make, severity: str) -> None:
    bundle = make(fhir(searchset(observation(1), operation_outcome(severity, "timeout")))).search()
    assert not bundle.complete
    assert bundle.why_incomplete == "the server reported a failure among the entries, timeout"


def test_includes_come_along(make: Make) -> None:
    page = searchset(observation(1), total=1)
    page["entry"].append({"resource": {"resourceType": "Patient", "id": "p"}, "search": {"mode": "include"}})
    bundle = make(fhir(page)).search()
    assert (ids_of(bundle), bundle.complete) == (["o1", "p"], True)


def test_an_entry_without_a_resource_makes_the_bundle_incomplete(make: Make) -> None:
    bundle = make(fhir(searchset(observation(1)) | {"entry": [{"fullUrl": "urn:x"}, 7]})).search()
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
    page = searchset(observation(1)) | ({} if total is None else {"total": total})
    assert make(fhir(page)).search(query).complete is complete


def test_an_empty_searchset_without_entry_is_complete(make: Make) -> None:
    bundle = make(fhir({"resourceType": "Bundle", "type": "searchset", "total": 0})).search()
    assert (bundle.resources, bundle.complete) == ((), True)


def test_resources_without_an_id_are_all_kept(make: Make) -> None:
    nameless = {"resourceType": "Observation"}
    assert len(make(fhir(searchset(nameless, nameless))).search().resources) == 2
