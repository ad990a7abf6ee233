"""Loading folders, and the store itself."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sandbox_chart import NOW, chart, observation

from adapters.fhir_sandbox.parameters import in_patient_compartment
from adapters.fhir_sandbox.store import FolderError, Store, load_store, patients_folder


def test_bundle_references_become_type_and_id(tmp_path: Path) -> None:
    entries = [
        {"fullUrl": "urn:uuid:p-1", "resource": {"resourceType": "Patient"}},
        {
            "fullUrl": "urn:uuid:c-1",
            "resource": {"resourceType": "Condition", "subject": {"reference": "urn:uuid:p-1"}},
        },
    ]
    (tmp_path / "b.json").write_text(json.dumps({"resourceType": "Bundle", "entry": entries}))
    store = load_store(tmp_path, clock=lambda: NOW)
    [condition] = store.of_patient("Condition", "p-1")
    assert condition.id == "c-1"
    assert condition.resource["subject"] == {"reference": "Patient/p-1"}
    assert condition.resource["meta"] == {"versionId": "1", "lastUpdated": "2026-11-01T08:00:00.000+00:00"}


def test_single_resources_are_loaded_too(tmp_path: Path) -> None:
    (tmp_path / "o.json").write_text(json.dumps(observation(1, "2024")))
    assert load_store(tmp_path).get("Observation", "o1")


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.json", "{", "is not JSON"),
        ("a.json", "[]", "no JSON object"),
        ("a.json", "{}", "no resourceType"),
        ("a.json", '{"resourceType":"Bundle","entry":[{"resource":{}}]}', "without resourceType"),
        ("a.txt", "", "no .json file"),
    ],
)
def test_a_folder_that_cannot_be_served_is_named(tmp_path: Path, name: str, text: str, message: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(FolderError, match=message) as caught:
        load_store(tmp_path)
    assert str(tmp_path) in str(caught.value)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(FolderError, match="is not a folder"):
        load_store(tmp_path / "none")


def test_without_an_index_nothing_is_shifted(folder: Path) -> None:
    entry = load_store(folder, shift=True).get("Condition", "c1")
    assert entry
    assert entry.resource["onsetDateTime"] == "2020-06"


def test_before_the_references_hour_nothing_lies_in_the_future(folder: Path) -> None:
    (folder / "index.json").write_text(json.dumps({"reference": "2026-11-01T08:00:00Z", "patients": []}))
    early = datetime(2026, 11, 11, 0, 30, tzinfo=UTC)
    entry = load_store(folder, clock=lambda: early).get("Observation", "o3")
    assert entry
    assert entry.resource["effectiveDateTime"] == "2024-03-09"


def test_the_reference_of_the_index_becomes_today(folder: Path) -> None:
    index = {"reference": "2026-11-01T08:00:00Z", "patients": [{"slug": "chart", "patient_id": "anna"}]}
    (folder / "index.json").write_text(json.dumps(index))
    store = load_store(folder, clock=lambda: NOW + timedelta(days=10, hours=3))
    entry = store.get("Observation", "o3")
    assert entry
    assert entry.resource["effectiveDateTime"] == "2024-03-10"
    assert entry.resource["meta"]["lastUpdated"] == "2026-11-11T11:00:00.000+00:00"
    assert store.index[0]["patient_id"] == "anna"
    still = load_store(folder, shift=False, clock=lambda: NOW + timedelta(days=10)).get("Observation", "o3")
    assert still
    assert still.resource["effectiveDateTime"] == "2024-02-29"


def test_putting_a_resource_again_moves_it_between_patients() -> None:
    store = Store(chart())
    store.put(observation(1, "2024", patient="bert"))
    assert "o1" not in [entry.id for entry in store.of_patient("Observation", "anna")]
    assert "o1" in [entry.id for entry in store.of_patient("Observation", "bert")]
    assert len(store) == len(chart())


def test_the_synthetic_patients_are_found_in_a_checkout() -> None:
    assert patients_folder().parts[-2:] in {("fhir", "patients"), ("fhir_sandbox", "patients")}


def test_the_table_knows_who_belongs_to_a_patient() -> None:
    assert in_patient_compartment("Patient")
    assert in_patient_compartment("Observation")
    assert not in_patient_compartment("Practitioner")
    assert not in_patient_compartment("Spaceship")


def test_the_synthetic_patients_load_with_their_charts_and_an_index() -> None:
    store = load_store(patients_folder())
    assert store.index
    for row in store.index:
        assert store.get("Patient", row["patient_id"]), row["slug"]
        assert store.of_patient("Condition", row["patient_id"]) or store.of_patient(
            "Observation", row["patient_id"]
        )
