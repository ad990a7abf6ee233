"""Check digits, ranges and dates."""

import pytest

from cds.privacy.scrub import scrub
from cds.privacy.scrub.checks import CHECKS, luhn


def test_check_digits_are_those_of_their_standards() -> None:
    assert luhn("4111111111111111")
    assert not luhn("4111111111111112")
    assert CHECKS["npi"]("1234567893", "", 0)
    assert not CHECKS["npi"]("1234567894", "", 0)
    assert CHECKS["vin"]("1M8GDM9AXKP042788", "", 0)
    assert CHECKS["iban"]("DE89 3704 0044 0532 0130 00", "", 0)
    assert not CHECKS["iban"]("DE88 3704 0044 0532 0130 00", "", 0)


@pytest.mark.parametrize(
    "text",
    [
        "BP 120/80",
        "3/5 strength",
        "T11-12 and C5-6",
        "pain 10/10",
        "1/2 tablet",
        "a 2-3/6 murmur",
        "GCS 15/15",
        "20/40 vision",
        "5-10 mg",
        "24/7",
        "q8-12h",
        "1:1000 dilution",
        "LOINC 4548-4",
        "PMID 12345678",
        "ICD-10 E11.65",
        "rs12345678",
        "NCT01234567",
        "1,234,567 cells",
        "platelets 150-4000",
        "in 2019",
        "8/15 GCS",
    ],
)
def test_values_that_look_like_dates_and_numbers_stay(text: str) -> None:
    assert scrub(text).spans == ()


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("seen 3/14/24 at 10:30", "seen [DATE] at 10:30"),
        ("a 92-year-old", "a [AGE]-year-old"),
        ("an 89-year-old", "an 89-year-old"),
        ("born in 1929", "born in [DATE]"),
        ("born in 1960", "born in 1960"),
        ("on Monday, March 3", "on [DATE]"),
        ("since Christmas", "since [DATE]"),
        ("3 days ago", "3 days ago"),
        ("Christmas disease", "Christmas disease"),
        ("she may march on", "she may march on"),
        ("in May", "in [DATE]"),
    ],
)
def test_dates_go_and_what_may_stand_stays(text: str, left: str) -> None:
    assert scrub(text, this_year=2026).text == left


def test_years_go_where_they_are_not_wanted() -> None:
    assert scrub("in 2019", keep_years=False).text == "in [DATE]"


def test_a_fax_is_no_telephone() -> None:
    assert [s.category for s in scrub("fax 555-410-2298, phone 555-410-2299").spans] == ["FAX", "PHONE"]
