"""Where keys come from: each name in the settings leads to its adapter, and a call under it is answered."""

import base64
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from installation import Installation

from adapters.keys_env import EnvKeys
from adapters.keys_file import FileKeys
from adapters.keys_service import ServiceAway, ServiceKeys
from adapters.ports import KeyFailure
from cds import plugins
from cds.errors import SettingsError
from cds.settings import Settings
from cds.wiring import build, new_keys, open_keys, open_store


class PlainService:
    """A plugin's key service that wraps by putting a mark in front."""

    away = False

    def __init__(self, name: str) -> None:
        self.name = f"plain:{name}"

    def wrap(self, key: bytes, context: Mapping[str, str]) -> str:
        return base64.b64encode(key).decode()

    def unwrap(self, wrapped: str, context: Mapping[str, str]) -> bytes:
        if PlainService.away:
            raise ServiceAway("the plain service is away")
        return base64.b64decode(wrapped)


@pytest.fixture
def plugin(monkeypatch: pytest.MonkeyPatch) -> None:
    def adapter(name: str, plugins: Any) -> Any:
        return PlainService if name == "keys-plain" and "keys-plain" in plugins else None

    monkeypatch.setattr("cds.plugins.adapter", adapter)
    monkeypatch.setattr(PlainService, "away", False)


def settings(folder: Path, **members: Any) -> Settings:
    return replace(Settings(), base_url="http://127.0.0.1:8000", data=folder, **members)


def test_a_file_is_asked_for_in_serve_mode_and_made_in_a_demo(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="clinicards keys new"):
        open_keys(settings(tmp_path))
    assert isinstance(open_keys(settings(tmp_path, mode="demo")), FileKeys)
    assert isinstance(open_keys(settings(tmp_path)), FileKeys)


def test_the_environment_holds_a_ring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = FileKeys.create(tmp_path / "ring.json")
    monkeypatch.setenv("CLINICARDS_TEST_RING", (tmp_path / "ring.json").read_text())
    found = open_keys(settings(tmp_path, keys="env:CLINICARDS_TEST_RING"))
    assert isinstance(found, EnvKeys)
    assert found.active() == made.active()
    with pytest.raises(KeyFailure, match="CLINICARDS_TEST_RING"):
        new_keys(settings(tmp_path, keys="env:CLINICARDS_TEST_RING"))


@pytest.mark.usefixtures("plugin")
def test_a_plugins_key_service_opens_the_ring_once_it_is_enabled(tmp_path: Path) -> None:
    named = settings(tmp_path / "d", keys="plain:k", plugins=("keys-plain",))
    FileKeys.create(tmp_path / "old.json")
    made = new_keys(named, like=tmp_path / "old.json")
    found = open_keys(named)
    assert isinstance(found, ServiceKeys)
    assert found.active() == made.active() == FileKeys(tmp_path / "old.json").active()
    with pytest.raises(SettingsError, match=r"nothing is known as 'plain'; known: file, env, aws"):
        open_keys(replace(named, plugins=()))


@pytest.mark.parametrize("scheme", ["aws", "gcp", "azure", "vault"])
def test_our_key_services_are_known_by_name(
    tmp_path: Path, scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []

    def service(key: str) -> Any:
        seen.append(key)
        return PlainService(key)

    monkeypatch.setattr("cds.wiring.keys._SERVICES", {scheme: service})
    assert new_keys(settings(tmp_path, keys=f"{scheme}:the:key")).active()
    assert seen == ["the:key"]


def test_an_adapter_is_found_by_its_name() -> None:
    assert plugins.adapter("keys-file") is FileKeys
    assert plugins.adapter("keys-nobodys") is None


def test_our_adapters_are_registered_as_entry_points() -> None:
    import tomllib

    project = tomllib.loads((Path(__file__).resolve().parents[3] / "pyproject.toml").read_text())["project"]
    found = project["entry-points"]["clinicards.adapters"]
    assert {f"keys-{name}" for name in ("file", "env", "aws", "gcp", "azure", "vault")} <= found.keys()
    assert {"aws", "gcp", "azure", "vault"} <= project["optional-dependencies"].keys()


@pytest.mark.usefixtures("plugin")
def test_a_call_under_a_key_service_that_goes_away_is_503_and_no_crash(
    site: Installation, tmp_path: Path
) -> None:
    from cds.web import create_app

    named = replace(
        site.live.parts.settings, keys="plain:k", key_ring=tmp_path / "ring.json", plugins=("keys-plain",)
    )
    ring = new_keys(named, like=Path(str(site.live.parts.settings.keys)))
    live = build(named)
    site.web, answers = create_app(live).test_client(), []
    try:
        answers.append(site.post_full().status_code)
        held = live.parts.keys._held  # type: ignore[attr-defined]
        live.parts.keys._held = replace(held, refresh=0.0, until=0.0)  # type: ignore[attr-defined]
        PlainService.away = True
        away = site.post_full()
        answers.append(away.status_code)
        assert int(away.headers["Retry-After"]) > 0
        assert site.web.get("/healthz/ready").get_json()["away"] == ["keys"]
    finally:
        live.close()
    assert answers == [200, 503]
    assert ring.active()


def test_the_stores_url_may_stand_in_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLINICARDS_TEST_STORE", f"sqlite:///{tmp_path}/named.db")
    open_store(settings(tmp_path, store="env:CLINICARDS_TEST_STORE")).close()
    assert (tmp_path / "named.db").exists()
    with pytest.raises(SettingsError, match="CLINICARDS_TEST_OTHER is not set"):
        open_store(settings(tmp_path, store="env:CLINICARDS_TEST_OTHER"))
