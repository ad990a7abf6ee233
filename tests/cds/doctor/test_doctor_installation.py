"""The doctor at an installation: healthy, and with one thing broken at a time."""

import sqlite3

import pytest
from doctor_site import Clock, client, install, public_jwk

from cds.doctor.examination import Wanted, examine
from cds.doctor.report import exit_code
from cds.fire.errors import CannotFire
from cds.settings import load
from cds.wiring import build


class Nowhere:
    """A network that reaches nothing."""

    def send(self, method, url, *, headers, body=b""):
        raise CannotFire("no network in this test")


def examined(path, **changes):
    found = examine(Wanted(config=path, **changes), clock=Clock(), post=Nowhere())
    return {check.name: check for check in found}


def test_a_healthy_installation_has_nothing_to_fix(tmp_path):
    checks = examined(install(tmp_path))
    states = {name: check.state for name, check in checks.items()}
    for name in (
        "config",
        "base-url",
        "keys-file",
        "keys-active",
        "store",
        "configuration",
        "audit",
        "spool",
    ):
        assert states[name] == "ok", checks[name]
    for name in ("trust", "trust-keys ehr", "plugins", "services", "models"):
        assert states[name] == "ok", checks[name]
    assert exit_code(checks.values()) == 0
    assert not [check for check in checks.values() if check.fix and check.state in {"ok", "skipped"}]


def test_a_misspelt_setting_is_named_with_the_nearest(tmp_path):
    path = install(tmp_path)
    path.write_text('bas_url = "https://x.example"')
    checks = examined(path)
    assert checks["config"].state == "fail"
    assert "did you mean 'base_url'" in checks["config"].seen
    assert exit_code(checks.values()) == 1


def test_keys_in_the_environment_are_used_or_named(tmp_path, monkeypatch):
    path = install(tmp_path)
    ring = (tmp_path / "data" / "keys.json").read_text()
    path.write_text(path.read_text() + '\nkeys = "env:CLINICARDS_TEST_RING"\n')
    checks = examined(path)
    assert checks["keys-file"].state == "fail"
    assert "CLINICARDS_TEST_RING is not set" in checks["keys-file"].seen
    monkeypatch.setenv("CLINICARDS_TEST_RING", ring)
    checks = examined(path)
    assert checks["keys-file"].state == checks["keys-active"].state == "ok"


def test_keys_of_a_service_that_is_not_known_are_named(tmp_path):
    path = install(tmp_path)
    path.write_text(path.read_text() + '\nkeys = "nobody:k"\n')
    assert "nothing is known as 'nobody'" in examined(path)["keys-file"].seen


def test_missing_keys_are_named_with_the_command(tmp_path):
    path = install(tmp_path)
    (tmp_path / "data" / "keys.json").unlink()
    checks = examined(path)
    assert checks["keys-file"].state == "fail"
    assert "clinicards keys new" in checks["keys-file"].fix
    assert checks["audit"].state == "skipped"


def test_keys_that_others_may_read_are_refused_with_the_command(tmp_path):
    path = install(tmp_path)
    (tmp_path / "data" / "keys.json").chmod(0o644)
    found = examined(path)["keys-file"]
    assert (found.state, "chmod 600" in found.fix) == ("fail", True)


def test_an_old_key_should_be_rotated(tmp_path):
    path = install(tmp_path)
    ring = tmp_path / "data" / "keys.json"
    text = ring.read_text()
    at = text.index('"created": ') + len('"created": ')
    ring.write_text(text[:at] + "1000000000.0" + text[text.index(",", at) :])
    ring.chmod(0o600)
    found = examined(path)["keys-active"]
    assert (found.state, found.fix) == ("warn", "rotate it: `clinicards keys rotate`")


def test_a_store_that_cannot_be_opened_is_named(tmp_path):
    path = install(tmp_path)
    (tmp_path / "data" / "store.sqlite").write_bytes(b"this is no database" * 100)
    checks = examined(path)
    assert checks["store"].state == "fail"
    assert checks["configuration"].state == "skipped"


def test_a_first_start_that_is_still_to_come_breaks_nothing(tmp_path):
    checks = examined(install(tmp_path, started=False))
    assert (checks["store"].state, checks["spool"].state) == ("warn", "warn")
    assert exit_code(checks.values()) == 0


def test_a_changed_audit_entry_is_found(tmp_path):
    path = install(tmp_path)
    with sqlite3.connect(tmp_path / "data" / "store.sqlite") as db:
        db.execute("DROP TRIGGER audit_no_update")
        assert db.execute("UPDATE audit SET time = time + 1 WHERE seq = 1").rowcount
    db.close()
    found = examined(path)["audit"]
    assert found.state == "fail"
    assert "does not follow" in found.seen


def test_only_the_end_of_a_long_chain_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr("cds.doctor.stored.LAST", 3)
    path = install(tmp_path)
    live = build(load(path))
    body = {"status": 401, "code": "login", "reason": "callers not known", "count": 1, "since": 0, "until": 1}
    for _ in range(8):
        live.parts.recorder.record("refusal", body)
    live.close()
    found = examined(path)["audit"]
    assert found.state == "ok", found
    with sqlite3.connect(tmp_path / "data" / "store.sqlite") as db:
        db.execute("DROP TRIGGER audit_no_update")
        (last,) = db.execute("SELECT max(seq) FROM audit").fetchone()
        db.execute("UPDATE audit SET time = time + 1 WHERE seq = ?", (last,))
    db.close()
    assert examined(path)["audit"].state == "fail"


def test_a_spool_that_cannot_be_written_is_named(tmp_path):
    path = install(tmp_path)
    blocked = tmp_path / "data" / "blocked"
    blocked.write_text("")
    path.write_text(path.read_text() + '\nspool = "data/blocked"')
    found = examined(path)["spool"]
    assert (found.state, "chown" in found.fix) == ("fail", True)


def test_entries_that_wait_in_the_spool_are_named(tmp_path):
    path = install(tmp_path)
    (tmp_path / "data" / "spool" / "spool-x-y").write_bytes(b"CCSPOOL1" + b"\0" * 20)
    found = examined(path)["spool"]
    assert (found.state, "not in the store" in found.seen) == ("warn", True)


def test_without_a_client_nobody_can_call(tmp_path):
    path = install(tmp_path, document={"clients": []}, mode="demo", base_url="http://127.0.0.1:8000")
    path.write_text(path.read_text().replace('"demo"', '"serve"'))
    found = examined(path)["trust"]
    assert (found.state, "client add" in found.fix) == ("fail", True)


@pytest.mark.parametrize(
    ("change", "name", "state", "said"),
    [
        (
            {"jwks": {"keys": [public_jwk(), public_jwk() | {"crv": "P-256", "kid": "x"}]}},
            "trust-keys ehr",
            "warn",
            "1 of 2",
        ),
        (
            {"jwks": None, "jwks_url": "https://127.0.0.1:9/jwks"},
            "trust-keys ehr",
            "fail",
            "https://127.0.0.1:9/jwks",
        ),
        (
            {"smart_backend": {"client_id": "us", "key_ref": "env:NO_SUCH_KEY"}},
            "trust-backend ehr",
            "fail",
            "NO_SUCH_KEY",
        ),
    ],
)
def test_a_client_that_could_not_be_recognised_is_named(tmp_path, change, name, state, said):
    found = examined(install(tmp_path, document={"clients": [client(**change)]}))[name]
    assert (found.state, said in found.seen) == (state, True), found


def test_a_configuration_for_a_service_that_is_gone_is_named(tmp_path, monkeypatch):
    path = install(tmp_path, document={"clients": [client()], "services": {"clinical-scores": {}}})
    monkeypatch.setattr("cds.plugins.services", lambda *_: {})
    found = examined(path)["configuration"]
    assert found.state == "fail"
    assert "/services/clinical-scores" in found.seen


def test_a_service_that_does_not_load_is_named(tmp_path, monkeypatch):
    path = install(tmp_path)

    def broken(*_):
        raise ImportError("no module named lost")

    monkeypatch.setattr("cds.plugins.services", broken)
    checks = examined(path)
    assert (checks["services"].state, checks["configuration"].state) == ("fail", "skipped")
    assert "no module named lost" in checks["services"].seen


def test_a_plugin_that_is_enabled_and_absent_is_named(tmp_path):
    path = install(tmp_path)
    path.write_text(path.read_text() + '\nplugins = ["lost"]')
    found = examined(path)["plugins"]
    assert (found.state, "lost" in found.seen) == ("fail", True)


def test_a_model_whose_coefficients_were_changed_is_found(tmp_path, monkeypatch):
    monkeypatch.setattr("models.registry.Registry.run", lambda *_: {"values": {"cvd_10y": 0.2}})
    found = examined(None)["models"]
    assert (found.state, "PREVENT" in found.seen) == ("fail", True)


def test_without_settings_what_is_not_looked_at_is_named():
    checks = examined(None)
    assert {checks[name].state for name in ("config", "store", "trust", "discovery", "cors")} == {"skipped"}
    assert checks["models"].state == "ok"
