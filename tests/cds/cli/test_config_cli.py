"""`clinicards config`: what it shows is what is stored, and nothing is stored that was not asked for."""

import json

import orjson
import pytest

from cds.settings import load
from cds.wiring import open_door

MORE = {"limits": {"ehr_pages": 7}}


def newest(site):
    return site.ask("config", "get")["id"]


def test_get_prints_the_document_with_every_default(site):
    said = site.ask("config", "get")
    assert (said["id"], said["document"]["limits"]["ehr_pages"]) == (1, 10)
    assert json.loads(site.run("config", "get").stdout) == said["document"]


def test_get_prints_another_revision(site):
    site.run("config", "publish", site.file("c.json", MORE), "--message", "more")
    assert site.ask("config", "get", "--revision", 1)["document"]["limits"]["ehr_pages"] == 10
    assert site.ask("config", "get")["document"]["limits"]["ehr_pages"] == 7
    assert "error" in site.ask("config", "get", "--revision", 9, code=1)


def test_dry_run_shows_the_difference_stores_nothing_and_says_that_nothing_was_replayed(site):
    file = site.file("c.json", MORE)
    said = site.ask("config", "dry-run", file)
    assert said["changes"] == [{"path": "/limits/ehr_pages", "op": "replace", "old": 10, "new": 7}]
    assert said["replayed_calls"] == 0
    text = site.run("config", "dry-run", file).stdout
    assert '+    "ehr_pages": 7,' in text
    assert "no call was replayed" in text
    assert newest(site) == 1


def test_publish_makes_a_revision_with_author_message_and_audit_entry(site):
    said = site.ask("config", "publish", site.file("c.json", MORE), "--message", "more cards")
    assert (said["changed"], said["revision"]["id"], said["revision"]["message"]) == (True, 2, "more cards")
    assert said["revision"]["author"].startswith("cli:")
    door = open_door(load(site.settings))
    try:
        bodies = [orjson.loads(e.body) for e in door.store.audit_entries(door.tenant) if e.kind == "config"]
    finally:
        door.close()
    assert [b["paths"] for b in bodies if b["action"] == "publish"] == [["/limits/ehr_pages"]]


def test_publish_needs_a_message(site):
    site.run("config", "publish", site.file("c.json", MORE), code=2)
    assert newest(site) == 1


def test_publishing_what_is_in_force_says_that_nothing_changed(site):
    file = site.file("c.json", site.ask("config", "get")["document"])
    assert site.ask("config", "publish", file, "--message", "x")["changed"] is False
    assert "nothing changed" in site.run("config", "publish", file, "--message", "x").stdout


def test_publish_with_a_parent_that_is_not_the_newest_is_refused(site):
    site.run("config", "publish", site.file("a.json", MORE), "--message", "a", "--parent", 1)
    said = site.ask("config", "publish", site.file("b.json", {}), "--message", "b", "--parent", 1, code=1)
    assert "revision 2 is the newest" in said["error"]["message"]
    assert newest(site) == 2


@pytest.mark.parametrize("command", ["dry-run", "publish", "import"])
def test_a_document_that_does_not_fit_is_refused_with_every_place_and_hint(site, command):
    file = site.file("c.json", {"limit": {}, "services": {"clinical-scors": {}}})
    extra = ["--message", "x"] if command == "publish" else []
    said = site.ask("config", command, file, *extra, code=1)["error"]
    assert "did you mean 'limits'?" in {e["pointer"]: e["message"] for e in said["errors"]}["/limit"]
    again = site.file("c.json", {"services": {"clinical-scors": {}}})
    result = site.run("config", command, again, *extra, code=1)
    assert "did you mean 'clinical-scores'?" in result.stderr
    assert newest(site) == 1


def test_toml_is_read_too(site):
    file = site.file("c.toml", "[limits]\nehr_pages = 7\n")
    assert site.ask("config", "import", file)["changes"][0]["path"] == "/limits/ehr_pages"


def test_import_publishes_only_where_it_is_told_to(site):
    file = site.file("c.json", MORE)
    site.run("config", "import", file)
    assert newest(site) == 1
    assert site.ask("config", "import", file, "--publish")["revision"]["id"] == 2


def test_what_is_exported_can_be_imported_and_changes_nothing(site):
    out = site.folder / "out.json"
    assert site.ask("config", "export", out)["revision"]["id"] == 1
    assert site.ask("config", "import", out)["changes"] == []
    assert json.loads(site.run("config", "export", "-").stdout) == json.loads(out.read_text("utf-8"))


def test_export_overwrites_only_where_it_is_told_to(site):
    out = site.file("out.json", "mine")
    assert "--force" in site.ask("config", "export", out, code=1)["error"]["message"]
    assert out.read_text("utf-8") == "mine"
    site.run("config", "export", out, "--force")
    assert json.loads(out.read_text("utf-8"))["limits"]["ehr_pages"] == 10
    assert "JSON" in site.ask("config", "export", site.folder / "out.toml", code=1)["error"]["message"]


def test_diff_compares_two_revisions_or_one_with_the_newest(site):
    site.run("config", "publish", site.file("a.json", MORE), "--message", "a")
    site.run("config", "publish", site.file("b.json", {"limits": {"ehr_pages": 8}}), "--message", "b")
    assert site.ask("config", "diff", 1, 2)["changes"][0]["new"] == 7
    said = site.ask("config", "diff", 1)
    assert (said["to"], said["changes"][0]["new"]) == (3, 8)
    assert "no difference" in site.run("config", "diff", 2, 2).stdout


def test_restore_makes_a_new_revision(site):
    site.run("config", "publish", site.file("a.json", MORE), "--message", "a")
    said = site.ask("config", "restore", 1, "--message", "back")
    assert (said["revision"]["id"], said["revision"]["restored_from"]) == (3, 1)
    assert site.ask("config", "get")["document"]["limits"]["ehr_pages"] == 10


def test_history_is_newest_first(site):
    site.run("config", "publish", site.file("a.json", MORE), "--message", "a reason")
    assert [r["id"] for r in site.ask("config", "history")["revisions"]] == [2, 1]
    assert "a reason" in site.run("config", "history").stdout.splitlines()[0]
    assert [r["id"] for r in site.ask("config", "history", "--limit", 1, "--before", 2)["revisions"]] == [1]


def test_no_settings_is_a_matter_of_usage(site):
    site.settings.write_text("nonsense = 1", encoding="utf-8")
    site.run("config", "get", code=2)
