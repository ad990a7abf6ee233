"""Bundles as an EHR: the promises of the port hold without a network."""

from pathlib import Path
from typing import Any

import orjson
import pytest
from loopback import SetClock

from adapters.fhir_folder import FolderEhr
from adapters.fhir_sandbox.store import FolderError
from adapters.ports import Ehr, EhrAccess, EhrBadAnswer, EhrNotFound
from adapters.testing_network import BrokenPromise, check_ehr

_ACCESS = EhrAccess("https://any.example/fhir", token="any")


def _observation(number: int, patient: str = "p1") -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "id": f"o{number}",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "8867-4"}]},
        "subject": {"reference": f"Patient/{patient}"},
        "effectiveDateTime": f"2024-01-{number + 1:02}",
    }


def _bundle(*resources: dict[str, Any]) -> dict[str, Any]:
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": found} for found in resources],
    }


_PATIENT = {"resourceType": "Patient", "id": "p1"}


def test_the_promises_of_an_ehr_hold() -> None:
    check_ehr(lambda resources: (FolderEhr([_bundle(*resources)]), _ACCESS))


def test_bundles_and_single_resources_in_memory_are_served() -> None:
    ehr = FolderEhr([_bundle(_PATIENT, _observation(1)), _observation(2)])
    found = ehr.search(_ACCESS, "Observation?patient=p1&_sort=-date", timeout=1)
    assert [resource["id"] for resource in found.resources] == ["o2", "o1"]


def test_a_folder_is_served(tmp_path: Path) -> None:
    (tmp_path / "p1.json").write_bytes(orjson.dumps(_bundle(_PATIENT, _observation(1))))
    for source in (tmp_path, str(tmp_path)):
        assert FolderEhr(source).read(_ACCESS, "Observation/o1", timeout=1)["status"] == "final"


def test_a_folder_without_bundles_is_named(tmp_path: Path) -> None:
    with pytest.raises(FolderError, match=str(tmp_path)):
        FolderEhr(tmp_path)


def test_with_shift_the_reference_day_becomes_today(tmp_path: Path) -> None:
    (tmp_path / "index.json").write_bytes(orjson.dumps({"reference": "2024-01-02"}))
    (tmp_path / "p1.json").write_bytes(orjson.dumps(_bundle(_PATIENT, _observation(1))))
    clock = SetClock()
    shifted = FolderEhr(tmp_path, shift=True, clock=clock).read(_ACCESS, "Observation/o1", timeout=1)
    assert shifted["effectiveDateTime"] == "2025-06-15"  # the day of the clock
    assert FolderEhr(tmp_path).read(_ACCESS, "Observation/o1", timeout=1)["effectiveDateTime"] == "2024-01-02"


def test_what_a_caller_does_to_a_resource_changes_nothing_for_the_next() -> None:
    ehr = FolderEhr([_bundle(_PATIENT)])
    ehr.read(_ACCESS, "Patient/p1", timeout=1)["id"] = "changed"
    ehr.search(_ACCESS, "Patient?_id=p1", timeout=1).resources[0]["id"] = "changed"
    assert ehr.read(_ACCESS, "Patient/p1", timeout=1)["id"] == "p1"


def test_a_parameter_nobody_knows_is_refused_and_not_ignored() -> None:
    """Ignored, it would widen the search to other patients."""
    with pytest.raises(EhrBadAnswer):
        FolderEhr([_bundle(_PATIENT)]).search(_ACCESS, "Patient?shoe-size=44", timeout=1)


def test_what_is_not_there_is_not_found() -> None:
    with pytest.raises(EhrNotFound):
        FolderEhr([_bundle(_PATIENT)]).read(_ACCESS, "Patient/p2", timeout=1)


class _Forgetful:
    """An adapter that never says that pages are left."""

    def __init__(self, inner: Ehr) -> None:
        self._inner = inner

    def read(self, access: EhrAccess, path: str, *, timeout: float) -> dict[str, Any]:
        return self._inner.read(access, path, timeout=timeout)

    def search(self, access: EhrAccess, query: str, *, timeout: float) -> Any:
        found = self._inner.search(access, query, timeout=timeout)
        return type(found)(found.resources)


def test_the_check_names_the_promise_that_an_adapter_breaks() -> None:
    with pytest.raises(BrokenPromise, match="says that it is incomplete"):
        check_ehr(lambda resources: (_Forgetful(FolderEhr([_bundle(*resources)])), _ACCESS))
