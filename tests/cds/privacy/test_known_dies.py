"""What a call tells of people is nowhere once it is over, and cannot be made to cost minutes."""

import re
import time
from datetime import UTC, datetime
from typing import Any

import pytest

from cds.privacy.deidentify import deidentify
from cds.privacy.known import Known

NOW = datetime(2026, 11, 21, tzinfo=UTC)


def patient(family: str, given: str) -> dict[str, Any]:
    return {"resourceType": "Patient", "id": "p", "name": [{"family": family, "given": [given]}]}


LAB = {
    "resourceType": "Observation",
    "id": "o",
    "status": "final",
    "code": {"coding": [{"system": "http://loinc.org", "code": "2160-0"}], "text": "Creatinine"},
    "subject": {"reference": "Patient/p"},
}


def _cached() -> set[str]:
    """Return the expressions that `re` remembers; others compiled theirs before."""
    return {repr(key) for name in ("_cache", "_cache2") for key in getattr(re, name, {})}


def test_no_name_outlives_its_call_in_the_cache_of_regular_expressions() -> None:
    before = _cached()
    deidentify([("patient", patient("Zwyndelbrook", "Quillona")), ("labs", LAB)], now=NOW)
    added = repr(_cached() - before)
    assert "2160" not in added
    assert "zwyndel" not in added.casefold()


@pytest.mark.parametrize("filling", ["a ", "12-", "Aa-Bb ", "李"])
def test_a_name_as_long_as_a_book_costs_no_minutes(filling: str) -> None:
    started = time.perf_counter()
    deidentify([("patient", patient(filling * 30_000, filling * 30_000)), ("labs", LAB)], now=NOW)
    assert time.perf_counter() - started < 5


def test_a_short_name_is_found_alone_and_not_within_a_word() -> None:
    known = Known(phrases=["Ely"])
    assert known.within("seen at Ely, twice")
    assert known.within("ely")
    assert not known.within("barely likely")
    assert known.within("barely in Ely")
