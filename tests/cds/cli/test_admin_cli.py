"""`clinicards admin token`: a token is printed once, listed without its secret, and can be revoked."""

import re
import time

import orjson
import pytest

from cds.errors import Unauthorized
from cds.trust.admin_tokens import check


@pytest.fixture
def made(site):
    return site.ask("admin", "token", "new", "--role", "admin", "--name", "laptop", "--days", 3)


def checked(site, text):
    return site.with_door(lambda d: check(text, d.store, tenant=d.tenant, now=time.time()))


def test_a_new_token_opens_what_its_role_opens_until_its_day(site, made):
    row = checked(site, made["token"])
    assert (row.id, row.role, row.name) == (made["id"], "admin", "laptop")
    assert row.expires - row.created == 3 * 86_400


def test_the_words_hold_the_token_once(site):
    result = site.run("admin", "token", "new", "--role", "inference", "--name", "batch")
    assert len(re.findall(r"cca_[0-9a-f]{12}_[0-9a-f]{64}", result.output)) == 1
    assert "only now" in result.output


def test_list_shows_state_and_no_secret(site, made):
    said = site.run("admin", "token", "list").stdout + str(site.ask("admin", "token", "list"))
    assert made["id"] in said
    assert made["token"].rsplit("_", 1)[1] not in said
    assert "argon2" not in said


def test_a_revoked_token_is_refused(site, made):
    assert site.ask("admin", "token", "revoke", made["id"])["state"] == "revoked"
    with pytest.raises(Unauthorized):
        checked(site, made["token"])
    assert site.ask("admin", "token", "list")["tokens"][0]["state"] == "revoked"


def test_revoking_what_is_not_there_says_where_to_look(site):
    said = site.ask("admin", "token", "revoke", "nothing", code=1)
    assert "admin token list" in said["error"]["message"]


def test_making_and_revoking_stand_in_the_audit_without_the_secret(site, made):
    site.run("admin", "token", "revoke", made["id"])
    entries = site.with_door(lambda d: [e for e in d.store.audit_entries(d.tenant) if e.kind == "token"])
    bodies = sorted((orjson.loads(e.body) for e in entries), key=lambda b: b["action"])
    assert [b["action"] for b in bodies] == ["new", "revoke"]
    assert {b["token"] for b in bodies} == {made["id"]}
    assert made["token"].rsplit("_", 1)[1] not in str(bodies)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--role", "root", "--name", "x"], 2),
        (["--role", "admin"], 2),
        (["--name", "x"], 2),
        (["--role", "admin", "--name", "x", "--days", "0"], 2),
        (["--role", "admin", "--name", " x"], 1),
    ],
)
def test_what_does_not_fit_makes_no_token(site, words, code):
    site.run("admin", "token", "new", *words, code=code)
    assert site.ask("admin", "token", "list")["tokens"] == []


def test_the_store_file_holds_no_token(site, made):
    secret = made["token"].rsplit("_", 1)[1].encode()
    files = [file for file in (site.folder / "data").rglob("*") if file.is_file()]
    assert files
    for file in files:
        assert secret not in file.read_bytes()
