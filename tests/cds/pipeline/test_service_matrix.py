"""The failure matrix of the conformance document for every service on its own chart: never an empty list."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from installation import Installation, bundle, installed
from service_rows import GAP, ROWS, Row

from adapters.fhir_sandbox.faults import NO_FAULTS, Faults
from cds.witness import Witness
from models.base import ModelError

FAILED = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "exception"}]}
EVERY = tuple(resource for row in ROWS for resource in row.resources)
every_service = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.service.id)


@contextmanager
def house(folder: Path, *, config: Any = None, **more: Any) -> Iterator[Installation]:
    """Lend an installation with every service of the table set so, and an EHR that holds their charts."""
    settings = {row.service.id: {"deadline_ms": 8_000, **(config or {})} for row in ROWS}
    first, *others = (row.service for row in ROWS)
    with pytest.MonkeyPatch.context() as patch:
        document = {"services": settings}
        made = installed(
            folder, service=first, also=others, document=document, chart=EVERY, monkeypatch=patch, **more
        )
        with made as site:
            yield site


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with house(tmp_path_factory.mktemp("house")) as site:
        for row in ROWS:
            site.post(row.call(prefetch=row.prefetch()), row.path)  # what each needs is loaded
        yield site


@pytest.fixture
def site(shared: Installation) -> Iterator[Installation]:
    yield shared
    shared.fhir.faults = NO_FAULTS  # type: ignore[attr-defined]


def topics(response: Any) -> tuple[str, ...]:
    """Return the topics of an answer's cards."""
    assert response.status_code == 200, response.get_json()
    return tuple(card["source"]["topic"]["code"] for card in response.get_json()["cards"])


def asked(site: Installation, row: Row, **keys: Any) -> Any:
    """Return the answer to a call whose prefetch is complete but for these keys."""
    return site.post(row.call(prefetch=row.prefetch(**keys)), row.path)


def fetched(site: Installation, row: Row, **members: Any) -> Any:
    """Return the answer to a call without prefetch."""
    return site.post(row.call(fhirServer=site.sandbox, **members), row.path)


@every_service
def test_FM_bad_json_is_400(site: Installation, row: Row) -> None:
    assert site.post(b'{"hook":', row.path).status_code == 400


@every_service
def test_FM_a_hook_of_another_service_is_400(site: Installation, row: Row) -> None:
    wrong = {**row.call(prefetch=row.prefetch()), "hook": row.wrong_hook}
    wrong["context"] |= {"draftOrders": {"resourceType": "Bundle"}, "encounterId": "e1"}
    response = site.post(wrong, row.path)
    assert response.status_code == 400
    assert response.get_json()["issue"][0]["expression"] == ["/hook"]


@every_service
def test_FM_complete_prefetch_is_answered_without_any_ehr(site: Installation, row: Row) -> None:
    assert topics(asked(site, row)) == row.says


@every_service
def test_FM_no_prefetch_and_no_fhir_server_is_412_naming_the_keys(site: Installation, row: Row) -> None:
    response = site.post(row.call(), row.path)
    assert response.status_code == 412
    text = response.get_json()["issue"][0]["details"]["text"]
    assert all(key in text for key in row.required)
    assert "no fhirServer" in text


@every_service
def test_FM_prefetch_is_fetched_openly_to_the_same_cards(site: Installation, row: Row) -> None:
    assert topics(fetched(site, row)) == row.says


@every_service
def test_FM_the_token_never_goes_to_an_origin_that_is_not_registered(site: Installation, row: Row) -> None:
    call = row.call(fhirServer="https://evil.example.net/fhir", fhirAuthorization=_authorization(site, row))
    assert site.post(call, row.path).status_code == 412


@every_service
def test_FM_each_list_that_failed_is_412_or_named_never_silence(site: Installation, row: Row) -> None:
    for key in row.service.needs(row.hook):
        response = asked(site, row, **{key: FAILED})
        if key in row.required:
            assert response.status_code == 412, key
        else:
            assert topics(response) == row.broken.get(key, (*row.says, GAP)), key


@every_service
def test_FM_a_list_that_the_ehr_fails_to_give_is_412_or_named(site: Installation, row: Row) -> None:
    needs = row.service.needs(row.hook)
    for key in (*row.chart, *row.required):
        kind = needs[key].query.partition("?")[0].partition("/")[0]
        site.fhir.faults = Faults(fail_always=500, types=frozenset({kind}))  # type: ignore[attr-defined]
        response = fetched(site, row)
        if key in row.required:
            assert response.status_code == 412, key
        else:
            assert topics(response) == row.broken.get(key, (*row.says, GAP)), key


@every_service
def test_FM_null_is_an_answer_where_data_is_optional(site: Installation, row: Row) -> None:
    for key in row.service.needs(row.hook):
        response = asked(site, row, **{key: None})
        if key == "patient":
            assert response.status_code == 412
        else:
            assert topics(response) == row.null.get(key, row.says), key


@every_service
def test_FM_further_pages_are_followed_inside_the_base_only(site: Installation, row: Row) -> None:
    key = next(iter(row.chart))
    kind = row.chart[key][0]["resourceType"]
    here = f"{site.sandbox}/{kind}?patient={row.patient}&_count=100"
    for url, expected in ((here, row.says), ("https://evil.example.net/fhir?page=2", None)):
        part = bundle([], link=[{"relation": "next", "url": url}])
        said = topics(
            site.post(row.call(fhirServer=site.sandbox, prefetch=row.prefetch(**{key: part})), row.path)
        )
        assert said == expected if expected else said[-1] == GAP


@every_service
def test_FM_another_patients_data_is_left_out_and_named(site: Installation, row: Row) -> None:
    for key, expected in row.strange.items():
        strange = [{**r, "subject": {"reference": "Patient/p2"}} for r in row.chart[key]]
        assert topics(asked(site, row, **{key: bundle(strange)})) == expected, key


@every_service
def test_FM_another_patient_as_the_patient_is_400(site: Installation, row: Row) -> None:
    assert asked(site, row, patient={**row.who, "id": "p2"}).status_code == 400


def test_FM_another_patients_draft_is_400(site: Installation) -> None:
    row = next(row for row in ROWS if "draftOrders" in row.context)
    [entry] = row.context["draftOrders"]["entry"]
    strange = {"resource": {**entry["resource"], "subject": {"reference": "Patient/p2"}}}
    call = row.call(prefetch=row.prefetch())
    call["context"]["draftOrders"] = {"resourceType": "Bundle", "entry": [strange]}
    assert site.post(call, row.path).status_code == 400


@every_service
def test_FM_no_time_at_all_is_503_or_named_and_never_silence(
    site: Installation, row: Row, monkeypatch: pytest.MonkeyPatch
) -> None:
    def look(witness: Witness) -> float:
        witness.ran_out = True
        return 0.0

    monkeypatch.setattr(Witness, "left", look)
    response = asked(site, row)
    said = topics(response) if response.status_code == 200 else response.status_code
    assert said == row.late


@every_service
def test_FM_a_model_that_fails_is_503(site: Installation, row: Row, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> Any:
        raise ModelError("weights are damaged")

    monkeypatch.setattr(Witness, "find", fail)
    monkeypatch.setattr(Witness, "run", fail)
    assert asked(site, row).status_code == 503


@every_service
def test_FM_what_an_answer_rests_on_must_be_valid_and_what_is_not_is_named(
    site: Installation, row: Row
) -> None:
    """Left out and named under the setting `used`, which every site has unless it chooses another."""
    for key, expected in row.strange.items():
        broken = [{**r, "language": ["en"]} for r in row.chart[key]]
        response = asked(site, row, **{key: bundle(broken)})
        assert topics(response) == expected, key
        assert "not valid FHIR R4" in response.get_json()["cards"][-1]["detail"]


@every_service
def test_discovery_lists_it_once_for_every_hook(site: Installation, row: Row) -> None:
    listed = site.web.get("/cds-services", headers=site.auth("/cds-services")).get_json()["services"]
    mine = [s for s in listed if s["id"] == row.service.id]
    assert sorted(s["hook"] for s in mine) == sorted(row.service.hooks)
    assert all(s["prefetch"] for s in mine)


def _authorization(site: Installation, row: Row) -> dict[str, Any]:
    token = site.fhir.issue_token(row.patient, "patient/*.rs").value  # type: ignore[attr-defined]
    about = {"token_type": "Bearer", "expires_in": 300, "scope": "patient/*.rs", "subject": "us"}
    return {"access_token": token, **about}


def test_FM_prefetch_is_fetched_with_the_bearer_token(tmp_path: Path) -> None:
    with house(tmp_path, require_token=True) as site:
        for row in ROWS:
            assert fetched(site, row).status_code == 412
            assert topics(fetched(site, row, fhirAuthorization=_authorization(site, row))) == row.says


FAULTS = {
    "500": Faults(fail_always=500),
    "401": Faults(fail_always=401),
    "403": Faults(fail_always=403),
    "404": Faults(fail_always=404),
    "garbage": Faults(garbage=True),
    "empty": Faults(empty=True),
    "outcome": Faults(outcome=True),
    "redirect": Faults(redirect="https://evil.example.net/"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_FM_an_ehr_that_fails_is_412(site: Installation, fault: str) -> None:
    for row in ROWS:
        site.fhir.faults = FAULTS[fault]  # type: ignore[attr-defined]
        assert fetched(site, row).status_code == 412, row.service.id


def test_FM_an_ehr_that_does_not_answer_in_time_is_412(tmp_path: Path) -> None:
    with house(tmp_path, config={"deadline_ms": 300}, faults=Faults(slow=0.6)) as site:
        assert {fetched(site, row).status_code for row in ROWS} == {412}


def test_a_disabled_service_is_not_there(tmp_path: Path) -> None:
    with house(tmp_path, config={"enabled": False}) as site:
        assert {asked(site, row).status_code for row in ROWS} == {404}


def test_a_service_in_silent_rollout_computes_and_shows_nothing(tmp_path: Path) -> None:
    with house(tmp_path, config={"rollout": {"mode": "silent"}}) as site:
        for row in ROWS:
            assert topics(asked(site, row)) == ()
        told = [body["cards"] for kind, body in site.audit() if kind == "answer"]
        assert [len(cards) for cards in told] == [len(row.says) for row in ROWS]
