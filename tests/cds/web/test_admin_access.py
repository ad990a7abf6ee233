"""The admin API's door: nobody gets in without a token, and no token gets out."""

from dataclasses import replace

import pytest
from admin_world import CONFIG, DAY, World, document
from structlog.testing import capture_logs

from cds.trust.pace import Strangers


@pytest.fixture
def world(tmp_path):
    made = World(tmp_path)
    yield made
    made.close()


ADDRESSES = [
    ("GET", CONFIG), ("PUT", CONFIG), ("POST", f"{CONFIG}:validate"), ("GET", f"{CONFIG}/revisions"),
    ("GET", f"{CONFIG}/revisions/1"), ("GET", f"{CONFIG}/revisions/1/diff/1"),
    ("POST", f"{CONFIG}/revisions/1:restore"), ("GET", "/admin/api/v1/whoami"),
    ("GET", "/admin/api/v1/status"), ("GET", "/admin/api/v1/openapi.json"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path"), ADDRESSES)
def test_without_a_good_token_every_address_is_a_bare_401(world, method, path):
    for token in (None, "cca_000000000000_" + "0" * 64, "nonsense"):
        answer = world.ask(method, path, token=token)
        assert answer.status_code == 401
        assert answer.get_json().keys() == {"type", "title", "status"}
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        assert answer.headers["Cache-Control"] == "no-store"


def test_a_viewer_cannot_write(world):
    tag = world.get(CONFIG, token="viewer").headers["ETag"]
    assert world.put(document(limits={"ehr_pages": 7}), etag=tag, token="viewer").status_code == 403
    restore = world.ask("POST", f"{CONFIG}/revisions/1:restore", token="viewer", headers={"If-Match": tag})
    assert restore.status_code == 403
    assert world.store.head("default") == 1


def test_an_inference_token_opens_nothing_here(world):
    token = world.token("inference")
    for method, path in ADDRESSES:
        assert world.ask(method, path, token=token).status_code == 403


def test_expired_and_revoked_tokens_are_refused(world):
    short = world.token("viewer", days=1)
    assert world.get(CONFIG, token=short).status_code == 200
    world.clock.time += DAY
    assert world.get(CONFIG, token=short).status_code == 401
    world.store.revoke_token("default", world.viewer.split("_")[1], now=world.clock.now())
    assert world.get(CONFIG, token="viewer").status_code == 401


def test_others_than_this_host_are_refused_before_their_token_is_looked_at(world):
    for peer in ("192.0.2.7", "10.0.0.1", "2001:db8::1", "::ffff:192.0.2.7", ""):
        assert world.get(CONFIG, peer=peer).status_code == 403
    for peer in ("127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1"):
        assert world.get(CONFIG, peer=peer).status_code == 200


def test_a_proxy_on_this_host_that_nobody_named_does_not_make_strangers_local(world):
    for name in ("X-Forwarded-For", "Forwarded", "X-Real-IP"):
        assert world.get(CONFIG, headers={name: "192.0.2.7"}).status_code == 403


def test_settings_can_open_the_api_to_others_and_the_token_is_still_needed(world):
    world.parts = replace(world.parts, settings=replace(world.parts.settings, admin_remote=True))
    assert world.get(CONFIG, peer="192.0.2.7").status_code == 200
    assert world.get(CONFIG, peer="192.0.2.7", token=None).status_code == 401


def test_guessing_is_stopped_with_429_and_a_proved_token_still_passes(world):
    assert world.get(CONFIG).status_code == 200
    wrong = world.viewer[:-4] + "0000"
    statuses = [world.get(CONFIG, token=wrong).status_code for _ in range(12)]
    assert statuses == [401] * 10 + [429] * 2
    answer = world.get(CONFIG, token="viewer")
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 60
    assert world.get(CONFIG).status_code == 200
    world.clock.time += 61
    assert world.get(CONFIG, token="viewer").status_code == 200


def test_missing_tokens_are_no_guesses(world):
    for _ in range(20):
        world.get(CONFIG, token=None)
    assert world.get(CONFIG).status_code == 200


def test_no_token_and_no_hash_stand_in_any_answer_or_log(world):
    wrong = world.viewer[:-4] + "0000"
    with capture_logs() as logs:
        said = [
            world.ask(method, path, token=token, json={"token": world.admin})
            for method, path in ADDRESSES
            for token in ("admin", "viewer", wrong)
        ]
    everything = "".join(f"{a.text}{a.headers}" for a in said) + str(logs)
    assert {log["event"] for log in logs} == {"token_refused"}
    for text in (world.admin, world.viewer, wrong):
        assert text.rsplit("_", 1)[1] not in everything
    assert "$argon2" not in everything


def test_refusals_are_counted_as_strangers(world):
    counted = []
    strangers = Strangers(lambda count, *_: counted.append(count), world.clock.now)
    world.parts = replace(world.parts, strangers=strangers)
    world.get(CONFIG, token=None)
    strangers.flush()
    assert counted == [1]


def test_what_flask_itself_refuses_is_a_problem_too(world):
    answer = world.ask("DELETE", CONFIG)
    assert (answer.status_code, answer.mimetype) == (405, "application/problem+json")
    assert "PUT" in answer.headers["Allow"]
    assert world.get("/admin/api/v1/nothing").mimetype == "application/problem+json"
