"""`clinicards purge` and `clinicards re-identify`: what goes, and whom a pseudonym stands for."""

import time

import orjson
import pytest

from adapters.testing.store import card
from cds.privacy.vault import keep

FAR = 4_000_000_000.0
WHY = "result must reach the patient"


def audited(site, kind):
    rows = site.with_door(lambda door: list(door.store.audit_entries(door.tenant)))
    return [orjson.loads(row.body) for row in rows if row.kind == kind]


def test_a_dry_run_counts_and_deletes_nothing(site):
    site.with_door(lambda door: door.store.record(door.tenant, cards=[card("c", expires=5.0)]))
    for _ in range(2):
        said = site.ask("purge", "--dry-run")
        assert (said["dry_run"], said["counts"]["cards"]) == (True, 1)
    assert "1 rows would go" in site.run("purge", "--dry-run").stdout
    assert audited(site, "purge") == []


def test_a_purge_is_audited_with_its_counts(site):
    site.with_door(lambda door: door.store.record(door.tenant, cards=[card("c", expires=5.0)]))
    assert "1 rows gone" in site.run("purge").stdout
    (entry,) = audited(site, "purge")
    assert entry["counts"]["cards"] == 1
    assert entry["actor"].startswith("cli:")
    assert site.ask("purge")["counts"]["cards"] == 0
    assert len(audited(site, "purge")) == 1


@pytest.fixture
def open_site(site, monkeypatch):
    """A site that re-identifies, with a pseudonym kept and a token of the role security at hand."""
    site.settings.write_text(site.settings.read_text() + "re_identify = true\n")
    pairs = [("Patient/token", "Patient/MRN-7719203")]
    site.with_door(lambda door: keep(door.store, door.keys, door.tenant, pairs, expires=FAR, now=time.time()))
    token = site.ask("admin", "token", "new", "--role", "security", "--name", "officer")["token"]
    monkeypatch.setenv("CLINICARDS_TOKEN", token)
    return site


def test_a_pseudonym_is_told_with_token_and_reason_and_on_record(open_site):
    said = open_site.ask("re-identify", "Patient/token", "--reason", WHY)
    assert said == {"token": "Patient/token", "reference": "Patient/MRN-7719203"}
    (entry,) = audited(open_site, "re-identify")
    assert entry["found"] is True
    assert "7719203" not in str(entry) + WHY[:0]
    assert WHY not in str(entry)
    (asked,) = open_site.ask("re-identifications")["asked"]
    assert (asked["reason"], asked["token"]) == (WHY, "Patient/token")
    assert WHY in open_site.run("re-identifications").stdout


def test_one_that_is_not_kept_is_refused_and_on_record(open_site):
    said = open_site.ask("re-identify", "Patient/none", "--reason", WHY, code=1)
    assert "not kept here" in said["error"]["message"]
    assert audited(open_site, "re-identify")[0]["found"] is False


def test_a_reason_is_needed(open_site):
    assert (
        "say why"
        in open_site.ask("re-identify", "Patient/token", "--reason", "short", code=1)["error"]["message"]
    )
    assert audited(open_site, "re-identify") == []


@pytest.mark.parametrize("role", ["admin", "viewer", "inference"])
def test_no_other_role_reaches(open_site, monkeypatch, role):
    token = open_site.ask("admin", "token", "new", "--role", role, "--name", "x")["token"]
    monkeypatch.setenv("CLINICARDS_TOKEN", token)
    for words in (["re-identify", "Patient/token", "--reason", WHY], ["re-identifications"]):
        assert "role security" in open_site.ask(*words, code=1)["error"]["message"]
    assert audited(open_site, "re-identify") == []


def test_without_the_variable_the_token_is_asked_for(open_site, monkeypatch):
    import os

    token = os.environ["CLINICARDS_TOKEN"]
    monkeypatch.delenv("CLINICARDS_TOKEN")
    result = open_site.run("re-identify", "Patient/token", "--reason", WHY, stdin=f"{token}\n")
    assert "Patient/MRN-7719203" in result.stdout
    assert token not in result.output


def test_it_is_off_unless_the_settings_open_it(site):
    said = site.ask("re-identify", "Patient/token", "--reason", WHY, code=1)
    assert "re_identify = true" in said["error"]["message"]
