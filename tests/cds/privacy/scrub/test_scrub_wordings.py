"""Ways in which people write identifiers that no label announces, and clinical words that only look so."""

import pytest

from cds.privacy.scrub import scrub


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("Insurance denied it, ID U44 810 9927 01, please appeal.", "U44 810 9927 01"),
        ("Letter sent certified 7022 1670 0001 4482 9910 today.", "7022 1670 0001 4482 9910"),
        ("Payroll no. 20-7714, light duty.", "20-7714"),
        ("Registered, MMC no. 38812, signed.", "38812"),
        ("Guarantor acct 77100-42 is open.", "77100-42"),
        ("Claim ICN 2024067-88-00152 denied.", "2024067-88-00152"),
        ("A blue Subaru, plate AZ 7KM-2D9, left the lot.", "AZ 7KM-2D9"),
        ("Flew N772HC to the burn centre.", "N772HC"),
        ("ID says TN 09912837, no address.", "09912837"),
        ("Brightwell OTR/L OT.004471 signed.", "OT.004471"),
        ("medical record six six one two oh nine dictated", "six six one two oh nine"),
        ("Verified DOB five nine sixty-one by phone.", "five nine sixty-one"),
        ("MRN: 12-34-56, room air.", "12-34-56"),
    ],
)
def test_a_number_goes_whatever_announces_it(text, gone):
    assert gone not in scrub(text).text


@pytest.mark.parametrize(
    "text",
    [
        "My grandmother (94) fell",
        "F, 93, nursing home resident",
        "hx: 96 w/f with cough",
        "NINETY-TWO YEAR OLD WOMAN",
        "His mother will be 91 in spring",
        "His mother drives and at 96 she swims",
    ],
)
def test_an_age_over_89_goes_in_any_writing(text):
    assert any(span.category == "AGE" for span in scrub(text).spans)


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("F/u with the surgeon 12/9. Take it easy.", "12/9"),
        ("L MCA stroke 10/30, still weak on the right.", "10/30"),
        ("See Lorelei 4/5 3 pm.", "4/5"),
        ("He died Jan 6 in our unit.", "Jan 6"),
    ],
)
def test_a_day_without_a_year_goes_after_what_happened(text, gone):
    assert gone not in scrub(text).text


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("Seen at Fernbrook Family Medicine for a cough.", "Family Medicine"),
        ("a widow from the Isle of Coll", "Coll"),
        ("lights hung at First Baptist of Calhoun", "First Baptist"),
        ("a nursing student at UTEP since spring", "UTEP"),
        ("He pulled over off Exit 87 and slept.", "Exit 87"),
        ("found at mile marker 88 by a trooper", "mile marker 88"),
        ("Mail it to PO Box 2217 please.", "Box 2217"),
    ],
)
def test_a_place_goes_with_all_of_its_name(text, gone):
    assert gone not in scrub(text).text


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("Wound dressed, photo taken. jmw RN", "jmw"),
        ("IV out, ride here. n. begay RN", "begay"),
        ("Critical value called to the floor by bjt at 05:51.", "bjt"),
        ("Lab called about HENDRIKS, WILLEMIJN: K 6.4", "WILLEMIJN"),
        ("Strength is back, home with walker. lp", ". lp"),
    ],
)
def test_a_name_goes_where_only_someone_signs(text, gone):
    assert gone not in scrub(text).text


@pytest.mark.parametrize(
    "text",
    [
        "CHA2DS2-VASc is 4, HAS-BLED is 2.",
        "Rumack-Matthew line crossed; NAC started.",
        "Gardner-Wells tongs removed without trouble.",
        "Perforated diverticulitis, Hinchey III, to theatre.",
        "Wellens type A. Heparin was started.",
        "Trop pending. Trach care done.",
        "Thresholds 0.75 V @ 0.4 ms, impedance stable.",
        "Suboxone 8/2 daily and BiPAP 12/5 at night.",
        "Duffy, Kell and Kidd antibody screen negative.",
        "Free on Tuesdays, never on Mondays.",
        "Total number 1200 units; ward no. 12.",
        "Appears well. Peer-to-peer review was asked for.",
        "Visit 5/12 of therapy; pain 4/10.",
    ],
)
def test_clinical_words_stay(text):
    assert scrub(text).text == text


@pytest.mark.parametrize("closing", ["Regards", "Thanks", "Yours aye", "Kind regards"])
def test_a_closing_stays_and_the_name_after_it_goes(closing):
    said = scrub(f"Please call me.\n{closing}, Hamish").text
    assert closing in said
    assert "Hamish" not in said


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("she lives on blairs ferry rd and walks", "blairs ferry"),
        ("moved to the Upper West Side in 2010", "West Side"),
    ],
)
def test_a_street_or_quarter_goes_without_a_number(text, gone):
    assert gone not in scrub(text).text


def test_a_road_that_is_no_address_stays():
    assert scrub("he was on the road to recovery").text == "he was on the road to recovery"
