"""Date ranges and prefixes, by the rules of FHIR R4 search (section 3.1.1.4.5 and 3.1.1.4.7)."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sandbox_chart import NOW

from adapters.fhir_sandbox import dates


def at(*parts: int) -> int:
    return dates.microseconds(datetime(*parts, tzinfo=UTC))


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("2024", at(2024, 1, 1), at(2025, 1, 1)),
        ("2024-02", at(2024, 2, 1), at(2024, 3, 1)),
        ("2023-12", at(2023, 12, 1), at(2024, 1, 1)),
        ("2024-02-29", at(2024, 2, 29), at(2024, 3, 1)),
        ("2024-01-01T10:30", at(2024, 1, 1, 10, 30), at(2024, 1, 1, 10, 31)),
        ("2024-01-01T10:30:15Z", at(2024, 1, 1, 10, 30, 15), at(2024, 1, 1, 10, 30, 16)),
        ("2024-01-01T00:30:00+01:30", at(2023, 12, 31, 23), at(2023, 12, 31, 23, 0, 1)),
        ("2024-01-01T22:00:00-05:00", at(2024, 1, 2, 3), at(2024, 1, 2, 3, 0, 1)),
        ("2024-01-01T00:00:00.25Z", at(2024, 1, 1) + 250_000, at(2024, 1, 1) + 260_000),
        ("2024-01-01T00:00:00.123456789Z", at(2024, 1, 1) + 123_456, at(2024, 1, 1) + 123_457),
    ],
)
def test_a_date_covers_what_its_precision_says(text: str, low: int, high: int) -> None:
    assert dates.read_range(text) == (low, high)


@pytest.mark.parametrize(
    "text", ["", "24", "2024-13", "2023-02-29", "2024-1-1", "2024-01-01T10", "2024-01-01Z", "x2024"]
)
def test_what_is_no_fhir_date_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the calendar's own errors count too
        dates.read_range(text)


# found value, then the prefixes that match it when 2024-03 is asked for
SPEC = [
    ("2024-03", {"eq", "ge", "le"}),
    ("2024-03-10", {"eq", "ge", "le"}),
    ("2024-03-10T10:00:00Z", {"eq", "ge", "le"}),
    ("2024", {"ne", "gt", "lt", "ge", "le"}),
    ("2024-02", {"ne", "lt", "le", "eb"}),
    ("2024-04", {"ne", "gt", "ge", "sa"}),
    ("2024-02-29T23:59:59Z", {"ne", "lt", "le", "eb"}),
    ("2024-04-01T00:00:00Z", {"ne", "gt", "ge", "sa"}),
    ({"start": "2024-03-05", "end": "2024-03-20"}, {"eq", "ge", "le"}),
    ({"start": "2024-02-20", "end": "2024-03-05"}, {"ne", "lt", "le"}),
    ({"start": "2024-03-20", "end": "2024-04-05"}, {"ne", "gt", "ge"}),
    ({"start": "2024-03-20"}, {"ne", "gt", "ge"}),
    ({"start": "2024-05-01"}, {"ne", "gt", "ge", "sa"}),
    ({"end": "2024-02"}, {"ne", "lt", "le", "eb"}),
]


@pytest.mark.parametrize(("found", "expected"), SPEC)
def test_prefixes_compare_ranges_as_the_specification_says(found: object, expected: set[str]) -> None:
    asked, have = dates.read_range("2024-03"), dates.element_range(found)
    assert have
    prefixes = ("eq", "ne", "gt", "lt", "ge", "le", "sa", "eb")
    assert {prefix for prefix in prefixes if dates.comparison(prefix, asked, now=NOW)(have)} == expected


def test_only_the_outer_limits_of_a_timing_count() -> None:
    timing = {"event": ["2024-01-05", "2024-03-01"], "repeat": {"boundsPeriod": {"end": "2024-02"}}}
    assert dates.element_range(timing) == (dates.BEGINNING, at(2024, 3, 2))
    assert dates.element_range({"repeat": {"frequency": 2}}) is None


def test_an_element_without_a_readable_date_has_no_range() -> None:
    assert dates.element_range({"start": "soon"}) is None
    assert dates.element_range("soon") is None
    assert dates.element_range(3) is None


def test_a_plus_sign_that_arrived_as_a_blank_is_read_as_one() -> None:
    assert dates.read_search("ge2024-01-01T00:00:00 01:00") == (
        "ge",
        dates.read_range("2024-01-01T00:00:00+01:00"),
    )


moments = st.integers(-2_208_988_800, 4_102_444_800).map(lambda second: datetime.fromtimestamp(second, UTC))
texts = st.builds(
    lambda moment, length: moment.isoformat()[:length], moments, st.sampled_from([4, 7, 10, 16, 19])
)


@given(texts, texts)
def test_prefixes_hang_together(asked_text: str, found_text: str) -> None:
    """ne is the opposite of eq; ge and le hold wherever gt, lt or eq do; sa implies gt, eb implies lt."""
    asked, found = dates.read_range(asked_text), dates.read_range(found_text)
    prefixes = ("eq", "ne", "gt", "lt", "ge", "le", "sa", "eb")
    held = {prefix: dates.comparison(prefix, asked, now=NOW)(found) for prefix in prefixes}
    assert held["ne"] is not held["eq"]
    assert held["ge"] is (held["gt"] or held["eq"])
    assert held["le"] is (held["lt"] or held["eq"])
    assert held["gt"] or not held["sa"]
    assert held["lt"] or not held["eb"]
    assert dates.comparison("ap", asked, now=NOW)(found) or held["sa"] or held["eb"]
