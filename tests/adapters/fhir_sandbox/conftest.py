"""Fixtures: the small chart in a store, behind an application, and as a folder."""

import json
from pathlib import Path

import pytest
from sandbox_chart import NOW, Caller, chart, stamped

from adapters.fhir_sandbox.app import FhirSandbox
from adapters.fhir_sandbox.store import Store


@pytest.fixture
def store() -> Store:
    return Store(stamped(chart()))


@pytest.fixture
def ehr(store: Store) -> Caller:
    return Caller(FhirSandbox(store, clock=lambda: NOW))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    entries = [{"fullUrl": f"urn:uuid:{r['id']}", "resource": r} for r in chart()]
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    (tmp_path / "chart.json").write_text(json.dumps(bundle))
    return tmp_path
