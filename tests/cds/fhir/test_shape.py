"""Resources of one shape pass or fail the validation together, whatever their values."""

import copy
import random
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from cpu_time import cpu_seconds

from cds.fhir.shape import shape
from cds.fhir.validate import _faults

PATIENTS = Path(__file__).resolve().parents[3] / "fixtures" / "fhir" / "patients"
STRINGS = r"""
2026|2026-02|2026-02-30|2026-13-01|2026-1-1|2026-02-03T10:00|2026-02-03T10:00:00|2026-02-03T10:00:00Z
2026-02-03T25:00:00Z|0000-01-01|2026-02-03T10:00:00.123+01:00|12:30:00|12|-1.5|1e5|Patient/1|patient/1
Patient/1/_history/2|http://a.example/b#c|http://a b|https://|urn:oid:1.2|urn:oid:9.x|urn:uuid:X|#x|#|тест|女性|a😀
urn:uuid:4f3c8a52-1111-4222-8333-abcdefabcdef|final|true|=cmd|<b>x</b>|mailto:a@b.example|a;b|0
"""
SPACED = ("", " ", " a", "a ", "a  b", "a\tb", "a\nb", "a\u00a0b", "A" * 64, "A" * 65, "x" * 300, "x" * 5_000)
OTHERS = (0, 1, -1, 1.5, True, None, [], {}, [1], ["a"])
NASTY: tuple[Any, ...] = (*STRINGS.strip().replace("\n", "|").split("|"), *SPACED, *OTHERS)


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, (*path, key))
    elif isinstance(value, list):
        for position, item in enumerate(value):
            yield from leaves(item, (*path, position))
    else:
        yield path


def changed(resource: dict[str, Any], path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    made = copy.deepcopy(resource)
    inner: Any = made
    for part in path[:-1]:
        inner = inner[part]
    inner[path[-1]] = value
    return made


def resources() -> list[dict[str, Any]]:
    """Return one resource of each shape that the synthetic patients have."""
    found = {}
    for path in sorted(PATIENTS.glob("*.json")):
        for entry in orjson.loads(path.read_bytes()).get("entry", ()):
            found.setdefault(shape(entry["resource"]), entry["resource"])
    return list(found.values())


@pytest.mark.parametrize("seed", range(3))
def test_resources_of_one_shape_share_their_verdict(seed: int) -> None:
    draw = random.Random(seed)
    verdicts: dict[int, set[bool]] = defaultdict(set)
    for resource in resources():
        places = [path for path in leaves(resource) if path != ("resourceType",)]
        for path in draw.sample(places, min(6, len(places))):
            for value in draw.sample(NASTY, 8):
                made = changed(resource, path, value)
                mark = shape(made)
                if mark is not None:
                    verdicts[mark].add(not _faults(made))
    assert len(verdicts) > 500
    assert not [mark for mark, seen in verdicts.items() if len(seen) > 1]


def test_values_do_not_change_a_shape_and_members_do() -> None:
    one = {"resourceType": "Observation", "id": "a1", "status": "final", "effectiveDateTime": "2026-02-03"}
    two = {
        "resourceType": "Observation",
        "id": "b-22",
        "status": "amended",
        "effectiveDateTime": "1999-12-31",
    }
    assert shape(one) == shape(two)
    assert shape(one) != shape({**two, "issued": "2026-02-03T10:00:00Z"})
    assert shape(one) != shape({**two, "resourceType": "Condition"})


@pytest.mark.parametrize("value", ["2026-02-30", " a", "a  b", "a\tb", "", "x" * 5_000])
def test_a_string_of_no_known_class_has_no_shape(value: str) -> None:
    assert shape({"resourceType": "Basic", "id": value}) is None


@pytest.mark.parametrize(
    "text", ["1" * 100_000 + "!", "1." * 50_000 + "!", ".1" * 50_000 + "x", "a " * 50_000]
)
def test_a_long_string_costs_time_in_proportion_to_its_length(text: str) -> None:
    """A row of digits with one other sign kept a worker busy for its length squared."""
    assert cpu_seconds(lambda: shape({"resourceType": "Observation", "valueString": text})) < 1
