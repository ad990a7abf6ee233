"""Dates: the year alone under Safe Harbor; under `limited` a shift that keeps every interval."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from leaving_world import NOW, PATIENT, left, one, policy

from cds.errors import SettingsError
from cds.privacy.leaving import transform

WHO = {"subject": {"reference": "Patient/pat-ZQ-4471"}}
CODE = {"status": "final", "code": {"text": "x"}}


def observed(profile="safe_harbor", who=WHO, **members):
    more = members.pop("options", {})
    return one({"resourceType": "Observation", **CODE, **who, **members}, profile, **more)


def test_each_kind_of_date_becomes_its_year():
    made = observed(
        effectiveDateTime="2024-03-05T10:00:00+01:00", valuePeriod={"start": "2024-03", "end": "2025-01-02"}
    )
    assert made["effectiveDateTime"] == "2024"
    assert made["valuePeriod"] == {"start": "2024", "end": "2025"}


def test_an_instant_is_no_year_and_stands_masked():
    made = observed(issued="2024-03-05T10:00:00Z")
    assert "issued" not in made
    assert made["_issued"]["extension"][0]["valueCode"] == "masked"


@pytest.mark.parametrize(
    "text", ["2024-13-01", "05.03.2024", "2024-03-05T", "２０２４", "2024-03-05 10:00", "", "24"]
)
def test_what_is_no_date_is_dropped(text):
    for profile in ("safe_harbor", "limited"):
        assert "effectiveDateTime" not in observed(profile, effectiveDateTime=text)


def test_a_period_with_one_end_that_cannot_be_told_is_dropped_whole():
    assert "valuePeriod" not in observed(valuePeriod={"start": "2024-01-01", "end": "soon"})


@pytest.mark.parametrize(
    ("birth", "kept"), [("1937-01-01", "1937"), ("1936-12-31", None), ("1901", None), ("2026", "2026")]
)
def test_a_birth_year_stays_until_it_may_mean_an_age_over_89(birth, kept):
    made = left({**PATIENT, "birthDate": birth}).resources[0]
    assert made.get("birthDate") == kept
    if kept is None:
        assert [e.get("valueCode") or e["valueString"] for e in made["_birthDate"]["extension"]] == [
            "masked",
            "90+",
        ]


def test_somebody_who_died_young_long_ago_keeps_years_and_one_who_died_old_does_not():
    young = left({**PATIENT, "birthDate": "1940-01-01", "deceasedDateTime": "1999-05-05"}).resources[0]
    assert (young["birthDate"], young["deceasedDateTime"]) == ("1940", "1999")
    old = left({**PATIENT, "birthDate": "1940-01-01", "deceasedDateTime": "2030-05-05"}).resources[0]
    assert "birthDate" not in old


def test_a_year_over_89_years_back_tells_an_age_and_is_dropped():
    assert "effectiveDateTime" not in observed(effectiveDateTime="1936-05-01")


@pytest.mark.parametrize(
    ("quantity", "value", "comparator"),
    [
        ({"value": 89, "unit": "years"}, 89, None),
        ({"value": 94, "code": "a", "system": "http://unitsofmeasure.org"}, 90, ">="),
        ({"value": 1100, "code": "mo", "system": "http://unitsofmeasure.org"}, 1080, ">="),
        ({"value": 93, "unit": "yr"}, 90, ">="),
        ({"value": 93, "unit": "mm[Hg]"}, 93, None),
    ],
)
def test_ages_over_89_are_one_group(quantity, value, comparator):
    made = observed(valueQuantity=quantity)["valueQuantity"]
    assert (made["value"], made.get("comparator")) == (value, comparator)
    assert observed("limited", valueQuantity=quantity)["valueQuantity"]["value"] == quantity["value"]


def test_an_age_over_89_as_a_bare_number_is_known_by_its_question():
    age = {"coding": [{"system": "http://loinc.org", "code": "30525-0"}]}
    group = {"value": 90, "comparator": ">=", "unit": "a", "system": "http://unitsofmeasure.org", "code": "a"}
    assert observed(code=age, valueInteger=93)["valueQuantity"] == group
    assert observed(code=age, valueInteger=89)["valueInteger"] == 89
    assert observed(valueInteger=93)["valueInteger"] == 93
    asked = {"linkId": "1", "text": "Age at onset", "answer": [{"valueInteger": 93}]}
    inner = {"linkId": "/30525-0", "answer": [{"valueDecimal": 93.5, "item": [asked]}]}
    made = one(
        {
            "resourceType": "QuestionnaireResponse",
            "status": "completed",
            "item": [{"linkId": "g", "item": [inner]}],
        }
    )
    answer = made["item"][0]["item"][0]["answer"][0]
    assert answer["valueQuantity"] == answer["item"][0]["answer"][0]["valueQuantity"] == group


_FIRST, _LAST = datetime.fromisoformat("1950-01-01"), datetime.fromisoformat("2025-12-31")
INSTANTS = st.datetimes(min_value=_FIRST, max_value=_LAST).map(lambda d: d.replace(microsecond=0))
ZONES = st.sampled_from(["Z", "+00:00", "-05:00", "+13:45"])


def instant(text):
    return datetime.fromisoformat(text)


@settings(deadline=None, max_examples=60)
@given(INSTANTS, INSTANTS, ZONES, ZONES, st.binary(min_size=16, max_size=32))
def test_intervals_are_kept_to_the_second(first, second, zone, other, key):
    before = [first.isoformat() + zone, second.isoformat() + other]
    resources = [{"resourceType": "Observation", **CODE, **WHO, "effectiveDateTime": text} for text in before]
    after = [r["effectiveDateTime"] for r in left(*resources, profile="limited", key=key).resources]
    assert instant(after[1]) - instant(after[0]) == instant(before[1]) - instant(before[0])
    moved = instant(before[0]) - instant(after[0])
    assert moved.days % 7 == 0
    assert timedelta(weeks=1) <= moved <= timedelta(weeks=104)


@settings(deadline=None, max_examples=40)
@given(st.dates(min_value=date(1950, 1, 1), max_value=date(2025, 12, 31)), st.sampled_from([4, 7, 10]))
def test_a_date_keeps_the_precision_it_was_recorded_in(day, length):
    text = day.isoformat()[:length]
    assert len(observed("limited", effectiveDateTime=text)["effectiveDateTime"]) == length


def test_a_patient_is_moved_alike_in_every_resource_and_run_and_others_are_moved_otherwise():
    def shift(patient, **options):
        who = {"subject": {"reference": f"Patient/{patient}"}}
        made = left(
            {"resourceType": "Observation", **CODE, **who, "effectiveDateTime": "2024-03-05"},
            {"resourceType": "Condition", **who, "onsetDateTime": "2024-03-05"},
            profile="limited", **options,
        ).resources  # fmt: skip
        assert made[0]["effectiveDateTime"] == made[1]["onsetDateTime"]
        return made[0]["effectiveDateTime"]

    shifts = {shift(f"p{n}") for n in range(40)}
    assert len(shifts) > 20
    assert shift("p1") == shift("p1")
    assert {shift(f"p{n}", tenant="other") for n in range(40)} != shifts


def test_the_age_at_an_event_is_the_same_after_the_shift():
    found = left(
        PATIENT, {"resourceType": "Condition", **WHO, "onsetDateTime": "2020-02-29"}, profile="limited"
    ).resources
    before = date(2020, 2, 29) - date(1951, 7, 9)
    after = date.fromisoformat(found[1]["onsetDateTime"]) - date.fromisoformat(found[0]["birthDate"])
    assert after == before


def test_a_fixed_shift_moves_everything_alike():
    made = observed("limited", effectiveDateTime="2024-03-05", options={"shift_weeks": 2})
    assert made["effectiveDateTime"] == "2024-03-19"


@pytest.mark.parametrize("weeks", [0, 521, -521])
def test_a_fixed_shift_that_moves_nothing_or_too_far_is_refused(weeks):
    with pytest.raises(SettingsError, match="weeks"):
        transform([], policy("limited", shift_weeks=weeks))


def test_what_is_of_no_patient_has_years_even_where_dates_are_moved():
    practitioner = {
        "resourceType": "Practitioner",
        "qualification": [{"code": {"text": "x"}, "period": {"start": "2001-02-03"}}],
    }
    assert one(practitioner, "limited")["qualification"][0]["period"] == {"start": "2001"}


def test_a_patient_is_found_by_a_bundles_own_name_and_by_identifier():
    uuid = "urn:uuid:7a1c0a9e-4c09-4f8e-9d8e-2b6d3f1a9b1c"
    other = {"resourceType": "Patient", "id": "other"}
    by_uuid, by_number, by_id = (
        {"resourceType": "Condition", "subject": s, "onsetDateTime": "2024-03-05"}
        for s in (
            {"reference": uuid},
            {"identifier": {"system": "urn:oid:1.2.3", "value": "MRN-88412-Q"}},
            {"reference": "Patient/pat-ZQ-4471"},
        )
    )
    entries = [
        {"fullUrl": uuid, "resource": PATIENT},
        *({"resource": r} for r in (other, by_uuid, by_number, by_id)),
    ]
    bundle = left(
        {"resourceType": "Bundle", "type": "collection", "entry": entries}, profile="limited"
    ).resources[0]
    assert len({e["resource"]["onsetDateTime"] for e in bundle["entry"][2:]}) == 1
    assert len(bundle["entry"][2]["resource"]["onsetDateTime"]) == 10


def test_the_day_that_ages_are_counted_to_is_the_policys():
    later = NOW.replace(year=2060, tzinfo=UTC)
    assert "birthDate" not in left(PATIENT, now=later).resources[0]
