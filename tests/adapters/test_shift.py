"""The whole of a chart moves in time, and nothing else moves."""

import base64
import copy
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.fhir_sandbox.shift import moved, shift_dates

DAYS = st.integers(-20_000, 20_000)
DATES = st.dates(date(1900, 1, 1), date(2100, 12, 31))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("2026-10-20", "2026-11-01"),
        ("2026-10-20T07:00:00Z", "2026-11-01T07:00:00Z"),
        ("2026-10-20T23:59:59.123456-05:00", "2026-11-01T23:59:59.123456-05:00"),
        ("2024-02-20T07:00+05:30", "2024-03-03T07:00+05:30"),
        ("2026-12-25", "2027-01-06"),
        ("2026-10", "2026-10"),
        ("2026", "2026"),
    ],
)
def test_twelve_days_later_keeps_precision_time_and_zone(before, after):
    assert moved(before, 12) == after


def test_a_month_and_a_year_move_once_the_days_are_enough():
    assert moved("2026-10", 30) == "2026-11"
    assert moved("2026", 365) == "2027"
    assert moved("2026", -365) == "2025"


def test_a_date_that_does_not_exist_stays_wrong():
    assert moved("2026-02-30", 12) == "2026-02-30"
    assert moved("2026-13", 400) == "2026-13"


@pytest.mark.parametrize(
    "words", ["", "yesterday", "20261020", "2026-10-20 about noon", "12:30:00", "when he was 50"]
)
def test_words_under_a_date_name_stay(words):
    assert shift_dates({"date": words}, 12) == {"date": words}


def test_every_place_of_a_resource_moves():
    resource = {
        "resourceType": "Bundle",
        "timestamp": "2026-10-20T07:00:00Z",
        "entry": [
            {
                "resource": {
                    "resourceType": "Patient",
                    "meta": {"lastUpdated": "2026-10-20T07:00:00Z"},
                    "birthDate": "1963-03-14",
                    "_birthDate": {"extension": [{"url": "x", "valueDateTime": "1963-03-14T03:42:00-05:00"}]},
                    "deceasedDateTime": "2026-10-20",
                    "address": [{"period": {"start": "2020-01-01", "end": "2026-10-20"}}],
                    "contained": [{"resourceType": "Appointment", "created": "2026-10-20"}],
                }
            },
            {
                "resource": {
                    "dosageInstruction": [{"timing": {"event": ["2026-10-20T08:00:00Z", "2026-10-21"]}}]
                }
            },
        ],
    }
    bundle = shift_dates(resource, 12)
    patient = bundle["entry"][0]["resource"]
    assert bundle["timestamp"] == "2026-11-01T07:00:00Z"
    assert patient["meta"]["lastUpdated"] == "2026-11-01T07:00:00Z"
    assert patient["birthDate"] == "1963-03-26"
    assert patient["_birthDate"]["extension"][0]["valueDateTime"] == "1963-03-26T03:42:00-05:00"
    assert patient["deceasedDateTime"] == "2026-11-01"
    assert patient["address"][0]["period"] == {"start": "2020-01-13", "end": "2026-11-01"}
    assert patient["contained"][0]["created"] == "2026-11-01"
    assert bundle["entry"][1]["resource"]["dosageInstruction"][0]["timing"]["event"] == [
        "2026-11-01T08:00:00Z",
        "2026-11-02",
    ]


def test_what_looks_like_a_date_but_is_none_stays():
    resource = {
        "id": "2026-10-20",
        "identifier": [{"value": "2026-10-20"}],
        "code": {
            "coding": [{"system": "s", "version": "2026-10-20", "code": "2026-10", "display": "2026"}],
            "text": "2026-10-20",
        },
        "valueString": "2026-10-20",
        "valueQuantity": {"value": 2026},
        "valueTime": "07:00:00",
        "contentType": "image/png",
        "data": base64.b64encode(b"2026-10-20").decode(),
    }
    assert shift_dates(resource, 12) == resource


def test_dates_in_notes_and_narratives_move_with_the_chart():
    words = "DOB: 1963-03-14, seen 10/20/2026. BP 120/80, phone 312-555-0142, ratio 10/20/20, 2026-10-20T07"
    encoded = base64.b64encode(words.encode()).decode()
    resource = {
        "content": [{"attachment": {"contentType": "text/plain; charset=utf-8", "data": encoded}}],
        "text": {"div": "<div>1963-03-14</div>"},
    }
    after = shift_dates(resource, 12)
    text = base64.b64decode(after["content"][0]["attachment"]["data"]).decode()
    assert (
        text
        == "DOB: 1963-03-26, seen 11/01/2026. BP 120/80, phone 312-555-0142, ratio 10/20/20, 2026-10-20T07"
    )
    assert after["text"]["div"] == "<div>1963-03-26</div>"


@pytest.mark.parametrize("data", ["not base64!", base64.b64encode(b"\xff\xfe2026-10-20").decode()])
def test_an_attachment_that_cannot_be_read_stays(data):
    attachment = {"contentType": "text/plain", "data": data}
    assert shift_dates(attachment, 12) == attachment


def test_a_date_pushed_out_of_the_calendar_raises():
    with pytest.raises(OverflowError):
        shift_dates({"date": "9999-12-31"}, 1)


@given(DATES, DAYS)
def test_a_day_moves_by_exactly_the_days_asked(day, days):
    assert date.fromisoformat(moved(day.isoformat(), days)) == day + timedelta(days=days)


@given(DATES, DATES, DAYS)
def test_ages_and_intervals_in_days_stay(born, seen, days):
    before = {"birthDate": born.isoformat(), "effectiveDateTime": f"{seen.isoformat()}T08:00:00Z"}
    after = shift_dates(before, days)
    span = datetime.fromisoformat(after["effectiveDateTime"]).date() - date.fromisoformat(after["birthDate"])
    assert span == seen - born


@given(DATES, DAYS)
def test_there_and_back_is_where_it_began_and_the_input_is_untouched(day, days):
    words = base64.b64encode(f"seen {day:%m/%d/%Y} or {day}".encode()).decode()
    before = {
        "birthDate": day.isoformat(),
        "content": [{"attachment": {"contentType": "text/html", "data": words}}],
    }
    kept = copy.deepcopy(before)
    assert shift_dates(shift_dates(before, days), -days) == before == kept
