"""How parts are put together, and taken over from one configuration to the next."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from installation import NEEDS, Installation

from cds.config.compiled import snapshot
from cds.config.document import load
from cds.errors import SettingsError
from cds.wiring import build
from cds.wiring.build import reconfigured
from models.registry import Registry


def changed(site: Installation, **members: Any) -> Any:
    """Return the parts after a revision in which these members of the document are others."""
    parts = site.live.parts
    document = {**parts.snapshot.document.model_dump(mode="json"), **members}
    return reconfigured(parts, snapshot(load(document), revision=parts.snapshot.revision + 1))


def test_connections_are_kept_where_no_client_changed(site: Installation) -> None:
    parts = changed(site, limits={"ehr_pages": 3})
    assert parts.ehr is site.live.parts.ehr
    assert parts.gate is site.live.parts.gate
    assert parts.snapshot.document.limits.ehr_pages == 3


def test_a_client_that_changed_is_read_from_its_new_address(site: Installation) -> None:
    rows = site.live.parts.snapshot.document.model_dump(mode="json")["clients"]
    parts = changed(site, clients=[{**rows[0], "fhir_origins": ["https://fhir.example.org/r4"]}])
    assert parts.ehr is not site.live.parts.ehr
    assert parts.gate.keys is not site.live.parts.gate.keys


def test_every_call_in_flight_has_a_reader_for_each_of_its_keys(site_with: Any) -> None:
    site = site_with()
    threads = site.live.parts.settings.threads
    assert site.live.parts.pool._max_workers >= threads * len(NEEDS)
    live = build(replace(site.live.parts.settings, threads=9))
    try:
        assert live.parts.pool._max_workers == 9 * len(NEEDS)
    finally:
        live.close()


def test_the_service_answers_under_the_aliases_that_promotions_set(site: Installation) -> None:
    settings = site.live.parts.settings
    folder = settings.data / "models"
    folder.mkdir(parents=True)
    (folder / "aliases.json").write_text('{"risk/x": {"champion": ["2.0"]}}')
    live = build(settings)
    try:
        assert isinstance(live.parts.models, Registry)
        assert live.parts.models.pointers.now("risk/x", "champion") == "2.0"
    finally:
        live.close()


def test_aliases_that_cannot_be_read_stop_the_start_with_their_file(site: Installation) -> None:
    path: Path = site.live.parts.settings.data / "models" / "aliases.json"
    path.parent.mkdir(parents=True)
    path.write_text("{")
    with pytest.raises(SettingsError, match=r"aliases\.json"):
        build(site.live.parts.settings)


def test_a_base_url_may_end_with_a_slash(site_with: Any) -> None:
    site = site_with(base="http://127.0.0.1:8000/")
    assert site.live.parts.service_settings(site.service).base_url == "http://127.0.0.1:8000"
