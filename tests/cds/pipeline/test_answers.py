"""What a call is answered with: suggestions restored, gaps named, rollout, limits, sealing and audit."""

from typing import Any

import orjson
import pytest
from installation import CHART, NEEDS, Installation, ScriptedService, card_of, suggestion_of

from adapters.ports import StoreUnavailable
from cds.fhir.write import service_request
from cds.hooks.cards import Change
from cds.hooks.prefetch import Need
from cds.privacy.audit import verify
from cds.privacy.seal import open_sealed
from models.base import Finding, Input, ModelError

DRAFT = {
    "resourceType": "MedicationRequest",
    "id": "draft-1",
    "status": "draft",
    "medicationCodeableConcept": {"text": "aspirin 75 mg"},
    "subject": {"reference": "Patient/p1"},
    "note": [{"text": "kept as it was, for Quillona"}],
    "dosageInstruction": [{"text": "one a day"}],
}


def scripted(script: Any, **more: Any) -> ScriptedService:
    return ScriptedService(script=script, **more)


def order(site: Installation, *drafts: dict[str, Any]) -> dict[str, Any]:
    context = {
        "userId": "Practitioner/d1",
        "patientId": "p1",
        "draftOrders": {"resourceType": "Bundle", "entry": [{"resource": d} for d in drafts]},
    }
    return site.full(hook="order-sign", context=context)


def with_change(make: Any) -> Any:
    def script(case: Any, models: Any, settings: Any) -> Any:
        suggestion = suggestion_of(case, make(case))
        return [card_of(case, settings, "do", suggestions=(suggestion,), selection_behavior="any")]

    return script


def first_action(response: Any) -> dict[str, Any]:
    return response.get_json()["cards"][0]["suggestions"][0]["actions"][0]


def test_a_created_resource_comes_back_with_the_real_patient(site_with: Any) -> None:
    def make(case: Any) -> Change:
        return Change(
            "create",
            "refer",
            resource=service_request(
                patient=case.patient, code={"text": "referral"}, reason="why", model="m@1"
            ),
        )

    action = first_action(site_with(service=scripted(with_change(make))).post_full())
    assert action["type"] == "create"
    assert action["resource"]["subject"] == {"reference": "Patient/p1"}
    assert action["resource"]["contained"][0]["recorded"].endswith("Z")


def test_an_update_holds_the_whole_real_draft_with_our_members_in_it(site_with: Any) -> None:
    def make(case: Any) -> Change:
        assert "Quillona" not in orjson.dumps(case.drafts, default=str).decode()
        return Change("patch", "halve", reference=case.drafts[0]["id"], resource={"status": "on-hold"})

    site = site_with(service=scripted(with_change(make)))
    action = first_action(site.post(order(site, DRAFT)))
    assert action["resource"] == {**DRAFT, "status": "on-hold"}


def test_a_delete_names_the_real_draft(site_with: Any) -> None:
    def make(case: Any) -> Change:
        return Change("delete", "remove", reference=case.drafts[0]["id"])

    site = site_with(service=scripted(with_change(make)))
    action = first_action(site.post(order(site, DRAFT)))
    assert action == {"type": "delete", "description": "remove", "resourceId": "MedicationRequest/draft-1"}


@pytest.mark.parametrize(
    "change",
    [
        Change("create", "bad", resource={"resourceType": "ServiceRequest", "status": "draft"}),
        Change("patch", "bad", reference="MedicationRequest/nothing", resource={"status": "draft"}),
        Change("delete", "bad", reference="MedicationRequest/nothing"),
        Change(
            "create", "bad", resource={"resourceType": "Basic", "subject": {"reference": "Patient/elsewhere"}}
        ),
    ],
)
def test_a_suggestion_that_cannot_be_made_right_goes_and_is_named(site_with: Any, change: Change) -> None:
    cards = site_with(service=scripted(with_change(lambda _: change))).post_full().get_json()["cards"]
    assert cards[0]["summary"] == "do"
    assert "suggestions" not in cards[0]
    assert "selectionBehavior" not in cards[0]
    assert "suggestion" in cards[-1]["detail"]


def test_epic_gets_one_action_a_suggestion_and_any(site_with: Any) -> None:
    def script(case: Any, models: Any, settings: Any) -> Any:
        changes = [
            Change(
                "create",
                f"order {n}",
                resource=service_request(
                    patient=case.patient, code={"text": f"{n}"}, reason="w", model="m@1"
                ),
            )
            for n in range(2)
        ]
        suggestion = suggestion_of(case, *changes)
        return [card_of(case, settings, "two", suggestions=(suggestion,), selection_behavior="at-most-one")]

    site = site_with(service=scripted(script), client={"profile": "epic"})
    card = site.post(site.full()).get_json()["cards"][0]
    assert [len(s["actions"]) for s in card["suggestions"]] == [1, 1]
    assert len({s["uuid"] for s in card["suggestions"]}) == 2
    assert card["selectionBehavior"] == "any"
    assert card["extension"]["com.epic.cdshooks.card.detail.content-type"] == "text/markdown"
    assert card["source"]["topic"]["code"].isalnum()


def test_the_limit_never_cuts_a_critical_card_and_says_how_many_were_cut(site_with: Any) -> None:
    def script(case: Any, models: Any, settings: Any) -> Any:
        levels = ["info", "info", "warning", "critical", "critical", "critical", "critical"]
        return [card_of(case, settings, f"{n} {level}", indicator=level) for n, level in enumerate(levels)]

    site = site_with(service=scripted(script), document={"services": {"scripted": {"max_cards": 2}}})
    cards = site.post(site.full()).get_json()["cards"]
    assert [c["indicator"] for c in cards] == [*["critical"] * 4, "info"]
    assert "3 further cards" in cards[-1]["detail"]


def test_a_model_that_fails_is_503_and_nothing_was_checked(site_with: Any) -> None:
    def script(*_: Any) -> Any:
        raise ModelError("broken")

    response = site_with(service=scripted(script)).post_full()
    assert response.status_code == 503
    assert int(response.headers["Retry-After"]) > 0
    assert "nothing was checked" in response.get_json()["issue"][0]["details"]["text"]


def test_silent_rollout_computes_and_records_and_shows_nothing(site_with: Any) -> None:
    site = site_with(document={"services": {"scripted": {"rollout": {"mode": "silent"}}}})
    assert site.post(site.full()).get_json() == {"cards": []}
    kind, body = site.audit()[-1]
    assert (kind, body["silent"], body["cards"][0]["shown"]) == ("answer", True, False)


def test_rollout_to_users_shows_it_to_them_alone(site_with: Any) -> None:
    rollout = {"mode": "users", "users": ["Practitioner/d1"]}
    site = site_with(document={"services": {"scripted": {"rollout": rollout}}})
    assert site.post(site.full()).get_json()["cards"]
    other = site.full(context={"userId": "Practitioner/d2", "patientId": "p1"})
    assert site.post(other).get_json() == {"cards": []}


@pytest.mark.parametrize(("percent", "shown"), [(0, False), (100, True)])
def test_rollout_by_percent_at_its_ends(site_with: Any, percent: int, shown: bool) -> None:
    rollout = {"mode": "percent", "percent": percent}
    site = site_with(document={"services": {"scripted": {"rollout": rollout}}})
    assert bool(site.post(site.full()).get_json()["cards"]) is shown


def test_a_switched_off_service_says_that_nothing_was_checked(site_with: Any) -> None:
    site = site_with(document={"services": {"scripted": {"switched_off": True}}})
    cards = site.post(site.full()).get_json()["cards"]
    assert len(cards) == 1
    assert "nothing was checked" in cards[0]["summary"]
    assert not site.service.seen


def test_what_findings_rest_on_is_validated_and_what_is_not_valid_left_out(site_with: Any) -> None:
    def script(case: Any, models: Any, settings: Any) -> Any:
        found = models.find("scores", case.record, deadline=case.deadline, options={})
        return [card_of(case, settings, f"{len(case.record.of('observation'))} observations, {len(found)}")]

    site = site_with(service=scripted(script))

    class Reader:
        def find(self, name: str, record: Any, **_: Any) -> Any:
            inputs = tuple(Input("x", 1.0, ref=f.ref) for f in record.of("observation"))
            return [Finding("score", "x", "X", "x@1", inputs=inputs)]

        def run(self, name: str, document: Any) -> Any:
            return {}

    from dataclasses import replace

    site.live.parts = replace(site.live.parts, models=Reader())
    body = site.full()
    broken = {**CHART[2], "id": "broken", "status": ["final"]}
    body["prefetch"]["labs"]["entry"].append({"resource": broken})
    cards = site.post(body).get_json()["cards"]
    assert cards[0]["summary"].startswith("5 observations")
    assert "not valid FHIR R4" in cards[-1]["detail"]
    assert site.service.seen[-1].record.list_state("observation") == "partial"


@pytest.mark.parametrize(("setting", "status"), [("leave-out", 200), ("refuse", 400)])
def test_validation_of_all_leaves_out_or_refuses_by_setting(
    site_with: Any, setting: str, status: int
) -> None:
    site = site_with(document={"fhir": {"validation": "all", "on_invalid": setting}})
    body = site.full()
    body["prefetch"]["labs"]["entry"].append({"resource": {**CHART[2], "id": "b", "valueQuantity": "much"}})
    response = site.post(body)
    assert response.status_code == status
    assert b"much" not in response.data
    assert b"Observation" in response.data or status == 400


def test_a_draft_of_another_patient_is_400(site: Installation) -> None:
    response = site.post(order(site, {**DRAFT, "subject": {"reference": "Patient/p2"}}))
    assert response.status_code == 400
    assert response.get_json()["issue"][0]["expression"] == ["/context/draftOrders/entry/0/resource"]


def test_drafts_without_type_or_intent_work_as_real_clients_send_them(site: Installation) -> None:
    response = site.post(order(site, DRAFT))
    assert response.status_code == 200
    assert len(site.service.seen[-1].drafts) == 1


def test_no_service_sees_a_name_an_identifier_or_a_date(site: Installation) -> None:
    site.post(order(site, DRAFT))
    case = site.service.seen[-1]
    seen = repr((case, case.resources, case.drafts))
    for canary in (
        "Zwyndelbrook",
        "Quillona",
        "MRN-7719203",
        "1960-05-01",
        "2026-10-01",
        "Patient/p1",
        "draft-1",
    ):
        assert canary not in seen


def test_what_was_said_is_sealed_and_the_audit_holds_nothing_of_it(site: Installation) -> None:
    site.post(site.full())
    kind, body = site.audit()[-1]
    parts = site.live.parts
    assert kind == "answer"
    row = parts.store.sealed("default", body["sealed"])
    content = open_sealed(
        parts.keys, row.sealed, tenant="default", record=row.id, field="answer", purpose="answer"
    )
    assert orjson.loads(content)["patient"] == "p1"
    assert b"p1" not in row.sealed
    assert "Practitioner" not in orjson.dumps(dict(body)).decode().replace('"user_type":"Practitioner"', "")


def test_the_audit_chain_of_all_that_happened_verifies(site: Installation) -> None:
    site.post(site.full())
    site.post(b"{")
    parts = site.live.parts
    report = verify(parts.store, "default", parts.keys.derive("audit", "default"))
    assert report.ok
    assert report.entries >= 3


class AwayStore:
    """A store whose writes fail; reads go through."""

    def __init__(self, store: Any) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def record(self, *_: Any, **__: Any) -> None:
        raise StoreUnavailable("away")


def test_while_the_store_is_away_answers_are_spooled_and_delivered_later(site: Installation) -> None:
    recorder = site.live.parts.recorder
    real = recorder._store
    recorder._store = AwayStore(real)
    assert site.post(site.full()).status_code == 200
    assert recorder.spooled >= 1
    recorder._store, recorder._away_until = real, float("-inf")
    assert site.post(site.full()).status_code == 200
    assert recorder.spooled == 0
    parts = site.live.parts
    assert verify(parts.store, "default", parts.keys.derive("audit", "default")).ok


def test_an_answer_that_cannot_be_audited_is_not_given(
    site: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cds.privacy.spool import Spool, SpoolUnavailable

    def full(*_: Any) -> None:
        raise SpoolUnavailable("the spool cannot be written")

    recorder = site.live.parts.recorder
    recorder._store = AwayStore(recorder._store)
    monkeypatch.setattr(Spool, "append", full)
    response = site.post(site.full())
    assert response.status_code == 503
    assert "cards" not in response.get_json()


def test_a_change_of_configuration_is_seen_by_the_next_request_whole(site: Installation) -> None:
    from cds.config import revisions
    from cds.config.document import load

    parts = site.live.parts
    row = revisions.current(parts.store, "default")
    document = {**revisions.data_of(row), "services": {"scripted": {"enabled": False}}}
    act = revisions.Act("test", 1.0, "off")
    revisions.publish(
        parts.store, "default", load(document), parent=row.id, act=act, keep=parts.recorder.publish
    )
    assert site.post(site.full()).status_code == 200
    site.live.reload()
    assert site.post(site.full()).status_code == 404


def test_the_deadline_gives_what_is_finished_and_names_the_rest(site_with: Any) -> None:
    from adapters.fhir_sandbox.faults import Faults

    faults = Faults(slow=1.0, types=frozenset({"Condition"}))
    site = site_with(faults=faults, document={"services": {"scripted": {"deadline_ms": 400}}})
    cards = site.post(site.request(fhirServer=site.sandbox)).get_json()["cards"]
    assert "conditions" in cards[-1]["detail"]
    assert site.service.seen[-1].record.list_state("condition") == "failed"


def test_a_key_that_names_an_absent_encounter_is_a_gap_and_not_a_failure(site_with: Any) -> None:
    wants = {**NEEDS, "encounter": Need("Encounter/{{context.encounterId}}", fills=("encounter",))}
    site = site_with(service=ScriptedService(wants=wants))
    response = site.post(site.request(fhirServer=site.sandbox))
    assert response.status_code == 200
    assert site.service.seen[-1].record.list_state("encounter") == "failed"


def test_text_from_data_is_harmless_in_the_detail(site_with: Any) -> None:
    from cds.hooks.cards import plain

    nasty = "<img src=x onerror=alert(1)> **bold** [x](javascript:alert(1)) | `code`"
    service = scripted(lambda case, models, settings: [card_of(case, settings, "s", detail=plain(nasty))])
    detail = site_with(service=service).post_full().get_json()["cards"][0]["detail"]
    assert "<img" not in detail
    assert "\\[x\\]" in detail


def test_a_list_of_two_keys_is_empty_only_where_both_are(site_with: Any) -> None:
    wants = {
        **NEEDS,
        "stated": Need("MedicationStatement?patient={{context.patientId}}", fills=("condition",)),
    }
    site = site_with(service=ScriptedService(wants=wants))
    body = site.full()
    body["prefetch"]["stated"] = None
    site.post(body)
    assert site.service.seen[-1].record.list_state("condition") == "complete"
    body["prefetch"]["conditions"] = None
    site.post(body)
    assert site.service.seen[-1].record.list_state("condition") == "null"
