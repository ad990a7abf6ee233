"""`clinicards audit`: what was tampered with is named, what is cut off is seen, what is exported is valid."""

import json
import sqlite3
from contextlib import closing

import orjson
import pytest
from admin_site import Site
from fhir.resources.R4B.bundle import Bundle


@pytest.fixture
def site(tmp_path):
    made = Site(tmp_path)
    for number in range(4):
        made.run("admin", "token", "new", "--name", f"t{number}", "--role", "viewer")
    return made


def sql(site, statement, *values):
    """Do to the database what nobody should; whoever owns it can take its triggers away first."""
    with closing(sqlite3.connect(site.folder / "data" / "store.sqlite")) as database:
        triggers = database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for (name,) in triggers if statement.startswith(("UPDATE", "DELETE")) else ():
            database.execute(f"DROP TRIGGER {name}")
        rows = database.execute(statement, values).fetchall()
        database.commit()
        return rows


def broken(site, *more):
    said = site.ask("audit", "verify", *more, code=1)
    assert not said["ok"]
    return [(b["writer"], b["seq"], b["why"]) for b in said["broken"]]


def first_writer(site):
    """Return a writer with entries and the number of its last one."""
    return sql(site, "SELECT writer, max(seq) FROM audit GROUP BY writer ORDER BY writer")[0]


@pytest.mark.parametrize("statement", ["UPDATE audit SET time = 0", "DELETE FROM audit"])
def test_the_database_itself_refuses_changes(site, statement):
    database = sqlite3.connect(site.folder / "data" / "store.sqlite")
    with closing(database), pytest.raises(sqlite3.IntegrityError, match="append-only"):
        database.execute(statement)


def test_an_untouched_log_verifies(site):
    said = site.ask("audit", "verify")
    assert said["ok"]
    assert said["entries"] == sql(site, "SELECT count(*) FROM audit")[0][0] >= 4
    assert "nothing is broken" in site.run("audit", "verify").stdout


def test_an_edited_entry_is_named_with_what_is_wrong(site):
    writer, _ = first_writer(site)
    sql(site, "UPDATE audit SET body = ? WHERE writer = ? AND seq = 1", b'{"actor":"nobody"}', writer)
    assert broken(site) == [(writer, 1, "mac")]
    words = site.run("audit", "verify", code=1).stdout
    assert f"{writer} breaks at entry 1 (mac): it or the entry before it was changed" in words


def test_a_time_set_back_is_named(site):
    writer, _ = first_writer(site)
    sql(site, "UPDATE audit SET time = time - 60 WHERE writer = ? AND seq = 1", writer)
    assert broken(site) == [(writer, 1, "mac")]


def test_a_deleted_entry_is_a_gap_and_a_deleted_end_is_seen_by_anchors_alone(site):
    anchors = site.folder / "anchors.ndjson"
    site.run("audit", "anchor", anchors)
    writer, last = first_writer(site)
    sql(site, "DELETE FROM audit WHERE writer = ? AND seq = ?", writer, last)
    assert site.ask("audit", "verify")["ok"]
    assert broken(site, "--anchors", anchors) == [(writer, last, "truncated")]
    assert "the anchor that knows of them" in site.run("audit", "verify", "--anchors", anchors, code=1).stdout


def test_a_deleted_beginning_is_a_gap(site):
    writer, _ = first_writer(site)
    # By way of negative numbers: a row must not take the place of one that is still to move.
    sql(site, "UPDATE audit SET seq = -seq WHERE writer = ?", writer)
    sql(site, "UPDATE audit SET seq = 1 - seq WHERE writer = ?", writer)
    assert broken(site)[0][1:] == (2, "gap")


def test_anchors_are_added_to_those_that_are_there(site):
    anchors = site.folder / "anchors.ndjson"
    site.run("audit", "anchor", anchors)
    before = anchors.read_bytes()
    site.run("admin", "token", "new", "--name", "later", "--role", "viewer")
    site.run("audit", "anchor", anchors)
    assert anchors.read_bytes().startswith(before)
    assert len(anchors.read_bytes()) > len(before)
    assert site.ask("audit", "verify", "--anchors", anchors)["ok"]


def test_a_file_that_holds_no_anchors_is_refused(site):
    said = site.ask("audit", "verify", "--anchors", site.file("a.ndjson", "nonsense"), code=1)
    assert "line 1 of the anchor file" in said["error"]["message"]


def test_an_export_holds_every_entry_with_its_mac(site):
    out = site.folder / "audit.ndjson"
    said = site.ask("audit", "export", "--output", out)
    lines = [orjson.loads(line) for line in out.read_bytes().splitlines()]
    kept = {(w, s): m for w, s, m in sql(site, "SELECT writer, seq, mac FROM audit")}
    assert said["entries"] == len(lines) == len(kept)
    assert {(line["writer"], line["seq"]): bytes.fromhex(line["mac"]) for line in lines} == kept


def test_an_export_as_FHIR_is_a_valid_bundle_a_line(site):
    out = site.folder / "audit.fhir.ndjson"
    said = site.ask("audit", "export", "--format", "fhir", "--output", out)
    found = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    for bundle in found:
        Bundle.model_validate(bundle)
    events = [entry["resource"] for bundle in found for entry in bundle["entry"]]
    assert said["entries"] == len(events)
    assert {event["resourceType"] for event in events} == {"AuditEvent"}
