"""Feedback: stored once, tied to its card, and unknown cards named."""

from typing import Any

import orjson
import pytest
from installation import Installation, ScriptedService, card_of, suggestion_of

from cds.hooks.cards import Change
from cds.privacy.seal import open_sealed

PATH = "/cds-services/scripted/feedback"
TIME = "2026-11-21T10:00:00Z"


def item(card: str, **more: Any) -> dict[str, Any]:
    return {"card": card, "outcome": "overridden", "outcomeTimestamp": TIME, **more}


def send(site: Installation, *items: dict[str, Any]) -> Any:
    return site.post({"feedback": list(items)}, PATH)


def card(site: Installation) -> str:
    return site.post_full().get_json()["cards"][0]["uuid"]


def stored(site: Installation) -> list[Any]:
    return list(site.live.parts.store.feedback("default"))


def test_F1_feedback_on_a_card_of_ours_is_200_with_an_empty_body(site: Installation) -> None:
    response = send(site, item(card(site)))
    assert (response.status_code, response.data) == (200, b"")
    assert stored(site)[0].service == "scripted"
    assert site.audit()[-1][0] == "feedback"


def test_F3_the_same_item_is_stored_once_however_often_it_is_sent(site: Installation) -> None:
    mine = item(card(site))
    for _ in range(3):
        assert send(site, mine, mine).status_code == 200
    assert len(stored(site)) == 1


def test_F3_several_outcomes_of_one_card_are_all_kept(site: Installation) -> None:
    uuid = card(site)
    send(site, item(uuid), item(uuid, outcomeTimestamp="2026-11-21T11:00:00Z"))
    assert len(stored(site)) == 2


def test_an_unknown_card_is_named_by_pointer_and_the_known_one_is_stored(site: Installation) -> None:
    response = send(site, item(card(site)), item("00000000-0000-4000-8000-000000000000"))
    assert response.status_code == 404
    assert response.get_json()["issue"][0]["expression"] == ["/feedback/1/card"]
    assert len(stored(site)) == 1


def test_a_comment_is_sealed_and_opens_only_where_it_belongs(site: Installation) -> None:
    uuid = card(site)
    send(site, item(uuid, overrideReason={"userComment": "Zwyndelbrook asked not to"}))
    row = stored(site)[0]
    assert b"Zwyndelbrook" not in row.sealed_comment
    keys = site.live.parts.keys
    text = open_sealed(
        keys,
        row.sealed_comment,
        tenant="default",
        record=f"{uuid}|overridden|{TIME}",
        field="userComment",
        purpose="feedback",
    )
    assert text == b"Zwyndelbrook asked not to"
    assert "Zwyndelbrook" not in orjson.dumps([body for _, body in site.audit()]).decode()


def test_accepted_suggestions_and_reasons_are_kept(site_with: Any) -> None:
    def script(case: Any, models: Any, settings: Any) -> Any:
        resource = {"resourceType": "Basic", "code": {"text": "x"}, "subject": {"reference": case.patient}}
        suggestion = suggestion_of(case, Change("create", "c", resource=resource))
        return [card_of(case, settings, "s", suggestions=(suggestion,), selection_behavior="any")]

    site = site_with(service=ScriptedService(script=script))
    found = site.post_full().get_json()["cards"][0]
    accepted = {"outcome": "accepted", "acceptedSuggestions": [{"id": found["suggestions"][0]["uuid"]}]}
    assert send(site, item(found["uuid"], **accepted)).status_code == 200
    assert stored(site)[0].accepted == (found["suggestions"][0]["uuid"],)


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"outcome": "ignored"}, "/feedback/0/outcome"),
        ({"outcome": "accepted"}, "/feedback/0/acceptedSuggestions"),
        ({"outcomeTimestamp": "yesterday"}, "/feedback/0/outcomeTimestamp"),
        ({"outcomeTimestamp": "2026-11-21T10:00:00"}, "/feedback/0/outcomeTimestamp"),
        ({"card": 7}, "/feedback/0/card"),
        ({"overrideReason": {}}, "/feedback/0/overrideReason"),
    ],
)
def test_F2_what_is_wrong_with_an_item_is_named(
    site: Installation, change: dict[str, Any], pointer: str
) -> None:
    response = send(site, {**item("x"), **change})
    assert response.status_code == 400
    assert response.get_json()["issue"][0]["expression"] == [pointer]


def test_F5_feedback_needs_a_token_for_its_own_url(site: Installation) -> None:
    wrong = {"Authorization": f"Bearer {site.token('/cds-services/scripted')}"}
    assert site.web.post(PATH, json={"feedback": [item("x")]}, headers=wrong).status_code == 401


def test_feedback_finds_its_card_after_a_restart(site: Installation) -> None:
    from cds.web import create_app
    from cds.wiring import build

    uuid = card(site)
    again = build(site.live.parts.settings)
    try:
        site.web = create_app(again).test_client()
        assert send(site, item(uuid)).status_code == 200
    finally:
        again.close()


def test_while_the_store_cannot_be_read_feedback_is_503_with_a_time_to_come_back(
    site: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    from adapters.ports import StoreUnavailable

    def away(*_: Any) -> Any:
        raise StoreUnavailable("away")

    uuid = card(site)
    monkeypatch.setattr(type(site.live.parts.store), "sent_cards", away)
    response = send(site, item(uuid))
    assert response.status_code == 503
    assert int(response.headers["Retry-After"]) > 0
