"""The deadline: what is finished is said with what is not, and nothing finished is a 503, never silence."""

import time
from typing import Any

import pytest
from installation import ScriptedService, card_of

from adapters.fhir_sandbox.faults import Faults
from cds.services.base import Gap
from cds.services.gaps import gap_card
from models.base import Finding, OutOfTime

SHORT = {"services": {"scripted": {"deadline_ms": 50}}}


def wait(case: Any) -> None:
    """Work until the service is told that no time is left."""
    while case.deadline.left() > 0:
        time.sleep(0.005)


def asked(site_with: Any, script: Any) -> Any:
    site = site_with(service=ScriptedService(script=script), document=SHORT)
    return site, site.post(site.full())


def test_a_service_that_is_out_of_time_is_503_with_when_to_come_back(site_with: Any) -> None:
    def script(case: Any, *_: Any) -> Any:
        raise OutOfTime

    site, response = asked(site_with, script)
    assert response.status_code == 503
    assert int(response.headers["Retry-After"]) >= 1
    assert "nothing was checked" in response.get_json()["issue"][0]["details"]["text"]
    assert site.audit()[-1][1]["reason"] == "deadline"


def test_silence_of_a_service_that_was_told_to_stop_is_503_and_no_empty_list(site_with: Any) -> None:
    def script(case: Any, *_: Any) -> Any:
        wait(case)
        return []

    _, response = asked(site_with, script)
    assert response.status_code == 503


def test_silence_of_a_service_that_was_never_told_to_stop_is_an_answer(site_with: Any) -> None:
    def script(case: Any, *_: Any) -> Any:
        time.sleep(0.06)
        return []

    _, response = asked(site_with, script)
    assert response.get_json() == {"cards": []}


def test_finished_parts_come_with_a_card_that_says_what_was_not_checked(site_with: Any) -> None:
    def script(case: Any, models: Any, settings: Any) -> Any:
        wait(case)
        return [card_of(case, settings, "finished before")]

    site, response = asked(site_with, script)
    cards = response.get_json()["cards"]
    assert [cards[0]["summary"], len(cards)] == ["finished before", 2]
    assert "time for this answer ran out" in cards[1]["detail"]
    assert site.audit()[-1][1]["missing"]


def test_a_service_that_names_what_it_did_not_finish_is_not_said_twice(site_with: Any) -> None:
    def script(case: Any, models: Any, settings: Any) -> Any:
        wait(case)
        gap = gap_card([Gap("two scores", "late")], settings=settings, title="T", uuid=case.new_uuid())
        return [card_of(case, settings, "finished before"), gap]

    cards = asked(site_with, script)[1].get_json()["cards"]
    assert len(cards) == 2


@pytest.mark.parametrize(("late", "status"), [((True, True), 503), ((True, False), 200)])
def test_a_gap_card_alone_is_an_answer_only_where_a_model_finished_something(
    site_with: Any, late: tuple[bool, ...], status: int
) -> None:
    class Slow:
        def find(self, *_: Any, **__: Any) -> Any:
            return [Finding("score", "x", "X", "x@1", detail={"out_of_time": one}) for one in late]

    def script(case: Any, models: Any, settings: Any) -> Any:
        models._models = Slow()
        models.find("scores", case.record, deadline=case.deadline, options={})
        wait(case)
        return [gap_card([Gap("scores", "late")], settings=settings, title="T", uuid=case.new_uuid())]

    assert asked(site_with, script)[1].status_code == status


def test_an_ehr_that_does_not_answer_leaves_time_to_compute_what_did_arrive(site_with: Any) -> None:
    def script(case: Any, models: Any, settings: Any) -> Any:
        return [card_of(case, settings, "time left" if case.deadline.left() > 0 else "too late")]

    site = site_with(
        service=ScriptedService(script=script),
        faults=Faults(slow=3.0, types=frozenset({"Condition"})),
        document={"services": {"scripted": {"deadline_ms": 2_000}}},
    )
    cards = site.post(site.request(fhirServer=site.sandbox)).get_json()["cards"]
    assert cards[0]["summary"] == "time left"
    assert "conditions" in cards[1]["detail"]
