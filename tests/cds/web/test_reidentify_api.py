"""POST /admin/api/v1/re-identify: for the role security, with a reason, on record, and off by default."""

import orjson
import pytest
from admin_world import World

from adapters.ports import StoreUnavailable
from cds.privacy.spool import SpoolFull
from cds.privacy.vault import keep

PATH = "/admin/api/v1/re-identify"
BODY = {"token": "Patient/token", "reason": "result must reach the patient"}


@pytest.fixture
def world(tmp_path):
    made = World(tmp_path, re_identify=True)
    pairs = [("Patient/token", "Patient/MRN-7719203")]
    keep(made.store, made.parts.keys, "default", pairs, expires=4e9, now=made.clock.now())
    made.security = made.token("security")
    yield made
    made.close()


def ask(world, body=None, **more):
    return world.ask("POST", PATH, json=BODY if body is None else body, **{"token": world.security, **more})


def entries(world):
    rows = [row for row in world.store.audit_entries("default") if row.kind == "re-identify"]
    return [orjson.loads(row.body) for row in rows]


def test_the_role_security_is_told_and_it_is_on_record(world):
    response = ask(world)
    assert response.status_code == 200
    assert response.get_json() == {"token": "Patient/token", "reference": "Patient/MRN-7719203"}
    assert response.headers["Cache-Control"] == "no-store"
    (entry,) = entries(world)
    assert entry["found"] is True
    assert entry["actor"].startswith("security of ours (token ")


@pytest.mark.parametrize("role", ["admin", "viewer"])
def test_no_other_role_reaches_it_and_security_reaches_nothing_else(world, role):
    response = ask(world, token=role)
    assert (response.status_code, response.mimetype) == (403, "application/problem+json")
    assert "role security" in response.get_json()["detail"]
    assert world.get("/admin/api/v1/config", token=world.security).status_code == 403
    assert entries(world) == []


def test_without_a_token_it_is_401_and_from_elsewhere_403(world):
    assert ask(world, token="").status_code == 401
    assert ask(world, peer="192.0.2.9").status_code == 403


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ([], None),
        ({}, "/token"),
        ({"token": "x"}, "/reason"),
        ({"token": "x", "reason": 5}, "/reason"),
        ({"token": "x", "reason": "short"}, "/reason"),
        ({**BODY, "more": 1}, None),
    ],
)
def test_what_is_wrong_is_named_by_pointer(world, body, pointer):
    response = ask(world, body)
    assert (response.status_code, response.mimetype) == (400, "application/problem+json")
    assert response.get_json().get("errors", [{"pointer": None}])[0]["pointer"] == pointer
    assert entries(world) == []


def test_one_that_is_not_kept_is_404_and_on_record(world):
    assert ask(world, {**BODY, "token": "Patient/none"}).status_code == 404
    assert entries(world)[0]["found"] is False


def test_it_is_off_by_default(tmp_path):
    world = World(tmp_path)
    world.security = world.token("security")
    try:
        response = ask(world)
        assert response.status_code == 403
        assert "re_identify = true" in response.get_json()["detail"]
    finally:
        world.close()


def test_what_cannot_be_entered_is_not_told(world, monkeypatch):
    def away(*_args, **_more):
        raise StoreUnavailable("away")

    def full(*_args):
        raise SpoolFull("the spool is full")

    monkeypatch.setattr(type(world.store), "record", away)
    monkeypatch.setattr(type(world.recorder._spool), "append", full)
    response = ask(world)
    assert (response.status_code, response.mimetype) == (503, "application/problem+json")
    assert b"7719203" not in response.data
