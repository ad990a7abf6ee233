"""Feedback: stored once, tied to its card, and unknown cards named."""

from typing import Any

import orjson
import pytest
from installation import Installation, ScriptedService, card_of, suggestion_of

from cds.hooks.cards import OWN_OVERRIDE_SYSTEM, Change, OverrideReason
from cds.privacy.seal import open_sealed
from cds.privacy.sealed_records import open_row

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
    sealed = site.live.parts.store.sealed("default", row.comment)
    assert b"Zwyndelbrook" not in sealed.sealed
    keys = site.live.parts.keys
    text = open_sealed(
        keys,
        sealed.sealed,
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


def opened(site: Installation, id: str) -> bytes:
    parts = site.live.parts
    return open_row(parts.keys, parts.store.sealed("default", id), tenant="default")


def offering(*reasons: OverrideReason) -> ScriptedService:
    """A service whose cards offer these reasons."""
    return ScriptedService(script=lambda c, _m, s: [card_of(c, s, "one", override_reasons=reasons)])


def test_a_reason_that_was_offered_is_kept_by_its_code(site_with: Any) -> None:
    site = site_with(service=offering(OverrideReason("monitor", "Will be monitored")))
    reason = {"code": "monitor", "system": OWN_OVERRIDE_SYSTEM}
    send(site, item(card(site), overrideReason={"reason": reason}))
    (row,) = stored(site)
    assert (row.reason_code, row.reason_system, row.reason) == ("monitor", OWN_OVERRIDE_SYSTEM, "")


def test_a_reason_that_was_not_offered_is_sealed(site_with: Any) -> None:
    site = site_with(service=offering(OverrideReason("monitor", "Will be monitored")))
    reason = {"code": "Zwyndelbrook said no", "system": "urn:x"}
    send(site, item(card(site), overrideReason={"reason": reason, "userComment": "and meant it"}))
    (row,) = stored(site)
    assert (row.reason_code, row.reason_system) == ("other", "")
    assert orjson.loads(opened(site, row.reason)) == reason
    assert opened(site, row.comment) == b"and meant it"


def test_nothing_that_a_client_made_up_is_in_the_store_in_clear(site_with: Any) -> None:
    site = site_with(service=offering())
    words = {"reason": {"code": "Quillona", "system": "urn:zwyndelbrook"}, "userComment": "MRN-7719203"}
    accepted = {"outcome": "accepted", "acceptedSuggestions": [{"id": "for Pellinore"}]}
    uuid = card(site)
    send(site, item(uuid, overrideReason=words), item(uuid, **accepted))
    folder = site.live.parts.settings.data
    content = b"".join(path.read_bytes() for path in folder.glob("store.sqlite*"))
    assert uuid.encode() in content
    made_up = (b"Quillona", b"zwyndelbrook", b"7719203", b"Pellinore")
    assert not [word for word in made_up if word in content]


def test_where_comments_are_not_kept_none_is(site_with: Any) -> None:
    site = site_with(service=offering(), document={"privacy": {"keep_comments_days": 0}})
    words = {"reason": {"code": "mine", "system": "urn:x"}, "userComment": "words"}
    send(site, item(card(site), overrideReason=words))
    (row,) = stored(site)
    assert (row.reason_code, row.reason, row.comment) == ("other", "", "")
    assert list(site.live.parts.store.sealed_rows("default", purpose="feedback")) == []


def test_comments_go_after_their_days_and_the_item_stays(site_with: Any) -> None:
    site = site_with(service=offering(), document={"privacy": {"keep_comments_days": 10}})
    send(site, item(card(site), overrideReason={"userComment": "words"}))
    (row,) = stored(site)
    store = site.live.parts.store
    assert store.sealed("default", row.comment).expires == pytest.approx(row.received + 10 * 86_400)
    store.purge("default", now=row.received + 10 * 86_400 + 1)
    assert list(store.sealed_rows("default", purpose="feedback")) == []
    assert stored(site) == [row]
