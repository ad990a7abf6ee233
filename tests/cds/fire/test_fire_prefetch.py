"""Prefetch in its five states, and what a service makes of each."""

import json
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from fire_service import FHIR, NOW, RESOURCES, TEMPLATES, chart, observation
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.ports import Bundle, EhrTimeout
from cds.fire.chart import Chart
from cds.fire.context import Ask, build
from cds.fire.errors import CannotFire
from cds.fire.prefetch import BREAKERS, as_object, breakers, fill, rebroken
from cds.hooks.call import BodyLimits, parse
from cds.hooks.prefetch import Need, Reader, resolve

PATIENT = RESOURCES[0]


def filled(which=None, patient="p1", **options):
    where = which or chart()
    context = build(Ask("patient-view", patient), chart(), now=NOW).context
    return {item.key: item for item in fill(TEMPLATES, context, where, **options)}


def test_reads_and_searches_are_filled_as_a_server_answers_them():
    keys = filled()
    assert keys["patient"].value == PATIENT
    labs = keys["labs"].value
    assert (labs["type"], labs["total"]) == ("searchset", 7)
    assert labs["link"] == [{"relation": "self", "url": f"{FHIR}/Observation?patient=p1&category=laboratory"}]
    assert labs["entry"][0]["fullUrl"].startswith(f"{FHIR}/Observation/")
    assert {item.state for item in keys.values()} == {"normal"}


def test_a_search_that_finds_nothing_is_a_bundle_without_entries():
    conditions = filled()["conditions"]
    assert conditions.value["total"] == 0
    assert "entry" not in conditions.value


@pytest.mark.parametrize("state", BREAKERS)
def test_a_breaker_changes_its_key_and_no_other(state):
    keys = filled(broken={"labs": state})
    assert keys["labs"].state == state
    assert {item.state for key, item in keys.items() if key != "labs"} == {"normal"}


@pytest.mark.parametrize(("mode", "state"), [("none", "missing"), ("null", "null"), ("outcome", "outcome")])
def test_a_mode_breaks_every_key(mode, state):
    assert {item.state for item in filled(mode=mode).values()} == {state}


def test_missing_keys_are_left_out_and_null_keys_stay_null():
    keys = fill_object(broken={"labs": "missing", "patient": "null", "conditions": "outcome"})
    assert "labs" not in keys
    assert keys["patient"] is None
    assert keys["conditions"]["resourceType"] == "OperationOutcome"


def fill_object(**options):
    return as_object(tuple(filled(**options).values()))


def test_a_broken_key_is_not_read():
    class Deaf:
        def read(self, *args, **options):
            raise AssertionError

        search = read

    assert filled(Chart(Deaf(), FHIR), mode="outcome")["labs"].state == "outcome"


@settings(max_examples=15, deadline=None)
@given(st.integers(2, 24))
def test_the_first_page_and_its_next_link_are_the_whole(count):
    resources = [PATIENT, *(observation(n) for n in range(count))]
    where = chart(resources)
    context = build(Ask("patient-view", "p1"), where, now=NOW).context
    (labs,) = fill({"labs": TEMPLATES["labs"]}, context, where, mode="page")
    first = [entry["resource"]["id"] for entry in labs.value["entry"]]
    (following,) = [link["url"] for link in labs.value["link"] if link["relation"] == "next"]
    rest = [r["id"] for r in where.search(following.removeprefix(f"{FHIR}/")).resources]
    assert first
    assert rest
    assert sorted(first + rest) == sorted(f"o{n}" for n in range(count))


def test_what_cannot_be_paged_stays_whole_and_says_why():
    patient = filled(broken={"patient": "page"})["patient"]
    assert patient.value == PATIENT
    assert "two pages" in patient.why


def test_a_token_without_a_value_leaves_the_key_out():
    item = filled(patient="p2")["encounter"]
    assert item.state == "missing"
    assert "encounterId" in item.why


class Failing:
    """An EHR whose searches fail or end before their last page."""

    def __init__(self, bundle=None):
        self.bundle = bundle

    def read(self, access, path, *, timeout):
        return PATIENT

    def search(self, access, query, *, timeout):
        if self.bundle is None:
            raise EhrTimeout("no answer in time")
        return self.bundle


def test_a_failed_search_leaves_the_key_out_with_the_reason():
    assert (filled(Chart(Failing(), FHIR))["labs"].state, filled(Chart(Failing(), FHIR))["labs"].why) == (
        "missing",
        "no answer in time",
    )


def test_a_search_that_is_not_complete_is_never_sent_as_if_it_were():
    part = Bundle((observation(1),), complete=False, why_incomplete="page 2 is missing")
    item = filled(Chart(Failing(part), FHIR))["labs"]
    assert item.state == "missing"
    assert "page 2 is missing" in item.why


def test_a_read_that_finds_nothing_is_null():
    context = build(Ask("patient-view", "p1", encounter="gone"), chart(), now=NOW).context
    (item,) = fill({"encounter": TEMPLATES["encounter"]}, context, chart())
    assert item.state == "null"


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("normal", "given"),
        ("null", "null"),
        ("missing", "fetched"),
        ("outcome", "fetched"),
        ("page", "fetched"),
    ],
)
def test_a_service_comes_to_the_same_results_in_every_state_but_null(state, expected):
    """The resolver of our own service reads what is missing and follows the next link to its end."""
    broken = {} if state == "normal" else {"labs": state}
    context = build(Ask("patient-view", "p1"), chart(), now=NOW).context
    keys = fill({"labs": TEMPLATES["labs"]}, context, chart(), broken=broken)
    body = {
        "hook": "patient-view",
        "hookInstance": str(uuid4()),
        "fhirServer": FHIR,
        "context": dict(context.raw),
        "prefetch": as_object(keys),
    }
    call = parse(json.dumps(body).encode(), limits=BodyLimits())

    class Ample:
        def left(self):
            return 5.0

    with ThreadPoolExecutor(2) as pool:
        where = chart()
        reader = Reader(where.ehr, where.access, pool)
        data = resolve(call, {"labs": Need(TEMPLATES["labs"])}, reader=reader, deadline=Ample())
    part = data.parts["labs"]
    assert (part.state, part.why) == (expected, "")
    assert len(part.resources) == (0 if state == "null" else 7)


def test_a_breaker_names_its_key_and_state():
    with pytest.raises(CannotFire, match="there are patient"):
        breakers({"nothing": "null"}, TEMPLATES)
    with pytest.raises(CannotFire, match="choose one of null, missing, outcome, page"):
        breakers({"labs": "broken"}, TEMPLATES)


def test_a_stored_requests_prefetch_can_be_broken_too():
    stored = fill_object()
    told = {item.key: item for item in rebroken(stored, mode="full", broken={"labs": "page"}, base=FHIR)}
    assert (told["labs"].state, told["labs"].count) == ("page", 3)
    assert told["patient"].value == stored["patient"]
    again = rebroken(as_object(tuple(told.values())), mode="full", broken={}, base=FHIR)
    assert {i.key: i.state for i in again}["labs"] == "page"
