"""Asking a FHIR server again: when it is busy, when the connection drops, with another token."""

import email.utils

import pytest
from ehr_site import Make, ids_of, observation, searchset
from loopback import Asked, Reply, SetClock, fhir

from adapters.fhir_server import Limits
from adapters.ports import EhrAccess, EhrRefused, EhrUnavailable

pytestmark = pytest.mark.slow


# Trying again


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_server_is_asked_again_after_the_time_it_names(make: Make, status: int) -> None:
    site = make(fhir({}, status, Retry_After="1"), fhir(searchset(observation(1))))
    assert ids_of(site.search()) == ["o1"]
    assert site.waited == [1.0]


def test_a_date_in_retry_after_is_read_with_our_clock(make: Make) -> None:
    clock = SetClock()
    told = email.utils.formatdate(clock.time + 2, usegmt=True)
    site = make(fhir({}, 503, Retry_After=told), fhir(searchset()), clock=clock)
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
    site = make(fhir(searchset()), Reply(cut=True), fhir(searchset(observation(1))))
    site.search()
    assert ids_of(site.search()) == ["o1"]


def test_retries_can_be_turned_off(make: Make) -> None:
    site = make(fhir({}, 503), fhir(searchset()), limits=Limits(retries=0))
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
        return fhir(searchset(observation(len(site.server.asked)), following=link))

    site.server.answer(answer)
    bundle = site.search()
    assert (bundle.complete, ids_of(bundle)) == (True, ["o2", "o3"])
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
