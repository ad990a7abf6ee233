"""FHIR's times as offsets and ages, at the edges of calendars and zones."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cds.fhir.dates import Offset, age, ago, offset, parse

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment", "precision"),
    [
        ("2024", datetime(2024, 1, 1, tzinfo=UTC), "year"),
        ("2024-02", datetime(2024, 2, 1, tzinfo=UTC), "month"),
        ("2024-02-29", datetime(2024, 2, 29, tzinfo=UTC), "day"),
        ("2024-02-29T23:30:00-05:00", datetime(2024, 3, 1, 4, 30, tzinfo=UTC), "minute"),
        ("2024-02-29T23:30:00.123456789Z", datetime(2024, 2, 29, 23, 30, 0, 123456, tzinfo=UTC), "minute"),
        ("2024-02-29T23:30", datetime(2024, 2, 29, 23, 30, tzinfo=UTC), "minute"),
    ],
)
def test_a_time_is_read_with_the_precision_it_was_written_in(
    text: str, moment: datetime, precision: str
) -> None:
    assert parse(text) == (moment, precision)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "24",
        "2024-2",
        "2023-02-29",
        "2024-13",
        "0000",
        "2024-02-29T",
        "2024-060",
        "2024-W09",
        "20240229",
        " 2024",
    ],
)
def test_anything_else_is_a_ValueError(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-01T12:00:00Z", Offset(0, "minute")),
        ("2026-03-01T12:00:01Z", Offset(-1, "minute")),
        ("2026-03-01", Offset(720, "day")),
        ("2026-03-02", Offset(0, "day")),
        ("2026-03-03", Offset(-2160, "day")),
        ("2026-04", Offset(-44_640 + 720, "month")),
    ],
)
def test_a_day_that_has_begun_somewhere_lies_now_and_a_later_one_in_the_future(
    text: str, expected: Offset
) -> None:
    assert offset(text, now=NOW) == expected


@pytest.mark.parametrize(
    ("birth", "days", "years", "precision"),
    [
        ("2026-03-01", 0, 0.0, "day"),
        ("2026-02-28", 1, 1 / 365, "day"),
        ("2025-03-01", 365, 1.0, "day"),
        ("2025-03-02", 364, 364 / 365, "day"),
        ("2024-02-29", 731, 2.0, "day"),
        ("1936-03-01", 32_872, 90.0, "day"),
        ("2026-03-02", 0, 0.0, "day"),
        ("2026-03-01T04:00:00Z", 0, 0.0, "day"),
        ("2020-03", 2_177, 5 + 351 / 365, "month"),
        ("2020", 2_069, 5 + 243 / 365, "year"),
        ("2026", 0, 0.0, "year"),
        ("2026-03", 0, 0.0, "month"),
    ],
)
def test_an_age_is_exact_or_says_how_exact(birth: str, days: int, years: float, precision: str) -> None:
    found = age(birth, now=NOW)
    assert found == (days, pytest.approx(years), precision)


def test_one_born_on_29_february_turns_a_year_older_on_1_march() -> None:
    assert age("2024-02-29", now=datetime(2025, 2, 28, tzinfo=UTC))[1] < 1
    assert age("2024-02-29", now=datetime(2025, 3, 1, tzinfo=UTC))[1] == 1


@pytest.mark.parametrize("birth", ["2026-03-03", "2026-04", "2027", "9999-12-31", "never"])
def test_a_birth_in_the_future_or_none_is_a_ValueError(birth: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        age(birth, now=NOW)


@settings(deadline=None)
@given(st.dates(max_value=NOW.date()))
def test_an_age_never_shrinks_and_its_days_fit_its_years(born: object) -> None:
    days, years, _ = age(str(born), now=NOW)
    assert abs(days / 365.2425 - years) < 0.01
    assert age(str(born), now=NOW.replace(year=2027))[1] >= years


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (-5, "in the future"),
        (-1, "just now"),
        (1, "just now"),
        (2, "2 minutes ago"),
        (59, "59 minutes ago"),
        (60, "1 hour ago"),
        (47 * 60, "47 hours ago"),
        (48 * 60, "2 days ago"),
        (60 * 1440, "60 days ago"),
        (61 * 1440, "2 months ago"),
        (729 * 1440, "2 years ago"),
        (700 * 1440, "23 months ago"),
        (3650 * 1440, "10 years ago"),
    ],
)
def test_an_age_of_data_is_said_as_a_person_says_it(minutes: int, words: str) -> None:
    assert ago(minutes) == words
