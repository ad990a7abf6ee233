"""`clinicards keys`: made once, listed with what is under each, rotated with all that is sealed."""

import json
from pathlib import Path

import orjson
import pytest

from adapters.keys_file import FileKeys
from adapters.ports import SealedRow
from cds.cli import keys as commands
from cds.privacy.sealed_records import open_row, sealed_row
from cds.privacy.spool import Spool
from cds.privacy.spool_keys import waiting
from cds.settings import load

FAR = 4_000_000_000.0


def fill(site, count, *, kind="answer"):
    def work(door):
        rows = [
            sealed_row(
                door.keys, b"words", tenant=door.tenant, id=f"{kind}{n}", purpose=kind, created=n, expires=FAR
            )
            for n in range(count)
        ]
        door.store.record(door.tenant, sealed=rows)

    site.with_door(work)


def audited(site):
    def work(door):
        rows = [row for row in door.store.audit_entries(door.tenant) if row.kind == "keys"]
        return [orjson.loads(row.body) for row in sorted(rows, key=lambda row: row.time)]

    return site.with_door(work)


def listed(site):
    return {row["kid"]: row for row in site.ask("keys", "list")["keys"]}


def test_a_ring_is_made_once(site):
    made = site.ask("keys", "new")
    assert made["path"] == str(site.folder / "data" / "keys.json")
    assert "is there already" in site.ask("keys", "new", code=1)["error"]["message"]
    assert site.ask("keys", "new", "--path", site.folder / "other.json")["active"] != made["active"]


def test_a_ring_is_taken_over_into_what_the_settings_name(site):
    made = site.ask("keys", "new", "--path", site.folder / "old.json")
    assert site.ask("keys", "new", "--from", site.folder / "old.json")["active"] == made["active"]
    both = ("--from", site.folder / "old.json", "--path", site.folder / "x.json")
    assert "leave --path out" in site.ask("keys", "new", *both, code=1)["error"]["message"]
    assert not (site.folder / "x.json").exists()


def test_list_says_how_many_records_are_under_each_key(site):
    fill(site, 3)
    (row,) = listed(site).values()
    assert (row["state"], row["records"], row["spooled"]) == ("active", 3, 0)
    assert "active        3 records" in site.run("keys", "list").stdout


def test_list_names_a_key_that_is_not_in_the_ring(site):
    stray = SealedRow("x", "answer", 1.0, FAR, b"x", "k-elsewhere")
    site.with_door(lambda door: door.store.record(door.tenant, sealed=[stray]))
    assert listed(site)["k-elsewhere"]["state"] == "unknown"


def test_rotate_puts_everything_under_the_new_key_and_tells_how_far_it_is(site):
    fill(site, 5)
    fill(site, 2, kind="feedback")
    result = site.run("keys", "rotate")
    assert "re-wrapped 7 records, 0 under other keys" in result.stdout
    assert "re-wrapped 7 of 7" in result.stderr
    old, new = listed(site).values()
    assert (old["state"], old["records"]) == ("decrypt-only", 0)
    assert (new["state"], new["records"]) == ("active", 7)
    rows = site.with_door(
        lambda d: [open_row(d.keys, r, tenant=d.tenant) for r in d.store.sealed_rows(d.tenant)]
    )
    assert rows == [b"words"] * 7
    rotate, start, end = audited(site)
    assert (rotate["action"], rotate["kid"]) == ("rotate", new["kid"])
    assert (start["action"], start["remaining"]) == ("rewrap-start", 7)
    assert (end["action"], end["rewrapped"], end["remaining"], end["unreadable"]) == ("rewrap", 7, 0, 0)


def test_rotate_may_leave_the_rest_for_later(site):
    fill(site, 3)
    said = site.ask("keys", "rotate", "--no-rewrap")
    assert (said["rewrapped"], said["remaining"]) == (0, 3)
    said = site.ask("keys", "rewrap")
    assert (said["rewrapped"], said["remaining"], said["unreadable"]) == (3, 0, 0)
    assert "3 records are under older keys" in site.run("keys", "rotate", "--no-rewrap").stdout


def test_what_cannot_be_opened_is_said_and_ends_with_1(site):
    fill(site, 2)
    (kid,) = listed(site)
    site.run("keys", "rotate", "--no-rewrap")
    FileKeys(site.folder / "data" / "keys.json").destroy(kid)
    result = site.run("keys", "rewrap", code=1)
    assert "2 records cannot be opened" in result.stdout


@pytest.fixture
def settled(monkeypatch):
    monkeypatch.setattr(commands, "SETTLE_SECONDS", 0.0)


@pytest.mark.usefixtures("settled")
def test_a_key_is_destroyed_once_nothing_is_under_it(site):
    fill(site, 2)
    (old,) = listed(site)
    site.run("keys", "rotate", "--no-rewrap")
    assert "2 records are under this key" in site.ask("keys", "destroy", old, code=1)["error"]["message"]
    site.run("keys", "rewrap")
    assert site.ask("keys", "destroy", old) == {"destroyed": old}
    assert listed(site)[old]["state"] == "destroyed"
    assert audited(site)[-1]["action"] == "destroy"


@pytest.mark.usefixtures("settled")
def test_another_tenants_records_keep_a_key_too(site):
    (old,) = listed(site)
    row = SealedRow("x", "answer", 1.0, FAR, b"x", old)
    site.with_door(lambda door: door.store.record("other", sealed=[row]))
    site.run("keys", "rotate")
    assert "for each tenant" in site.ask("keys", "destroy", old, code=1)["error"]["message"]


@pytest.mark.usefixtures("settled")
def test_neither_the_active_key_nor_an_unknown_one_is_destroyed(site):
    (kid,) = listed(site)
    assert "rotate first" in site.ask("keys", "destroy", kid, code=1)["error"]["message"]
    assert "`keys list`" in site.ask("keys", "destroy", "k0", code=1)["error"]["message"]


def test_a_key_that_was_active_a_moment_ago_is_not_destroyed(site):
    (old,) = listed(site)
    site.run("keys", "rotate")
    assert "was active within 300 s" in site.ask("keys", "destroy", old, code=1)["error"]["message"]


@pytest.mark.usefixtures("settled")
def test_what_waits_in_the_spool_keeps_every_key(site):
    """A living process holds it, so that it cannot be delivered by a command."""
    settings = load(site.settings)
    (old,) = listed(site)
    spool = Spool(settings.spool_path, FileKeys(settings.keys_path), settings.tenant)
    spool.append([b"one", b"two"])
    try:
        assert listed(site)[old]["spooled"] == 2
        assert "2 in the spool" in site.run("keys", "list").stdout
        result = site.run("keys", "rotate")
        assert "2 records wait in the spool" in result.stdout
        assert site.ask("keys", "rewrap")["spooled"] == 2
        refused = site.ask("keys", "destroy", old, code=1)["error"]["message"]
        assert "2 records wait in the spool" in refused
        spool.replay(lambda _: None)
    finally:
        spool.close()
    assert site.ask("keys", "destroy", old) == {"destroyed": old}


def test_a_torn_or_foreign_spool_file_is_counted_as_unknown(tmp_path):
    (tmp_path / "spool-x").write_bytes(b"CCSPOOL1" + b"\0\0\0\x03\0\0\0\0abc" + b"\0\0")
    assert waiting(tmp_path) == {"unknown": 1}
    assert waiting(tmp_path / "none").total() == 0


def test_a_spool_file_that_is_delivered_meanwhile_holds_nothing(tmp_path, monkeypatch):
    (tmp_path / "spool-x").write_bytes(b"CCSPOOL1")
    read = Path.read_bytes

    def delivered(path):
        path.unlink()
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", delivered)
    assert waiting(tmp_path).total() == 0


def test_a_ring_in_the_environment_is_used_and_cannot_be_changed(site, monkeypatch):
    site.run("keys", "new", "--path", site.folder / "ring.json")
    site.settings.write_text(site.settings.read_text() + 'keys = "env:CLINICARDS_TEST_RING"\n')
    assert "is not set" in site.ask("keys", "list", code=1)["error"]["message"]
    monkeypatch.setenv("CLINICARDS_TEST_RING", (site.folder / "ring.json").read_text())
    (kid,) = listed(site)
    assert kid == json.loads((site.folder / "ring.json").read_text())["keys"][0]["kid"]
    assert "cannot be changed from here" in site.ask("keys", "rotate", code=1)["error"]["message"]
    assert "keys new --path FILE" in site.ask("keys", "new", code=1)["error"]["message"]
    FileKeys(site.folder / "ring.json").rotate()
    fill(site, 2)
    monkeypatch.setenv("CLINICARDS_TEST_RING", (site.folder / "ring.json").read_text())
    assert site.ask("keys", "rewrap")["rewrapped"] == 2
