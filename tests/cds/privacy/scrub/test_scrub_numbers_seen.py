"""Numbers however they are written after a word that says whose they are, numbers in words, and values."""

import pytest

from cds.privacy.scrub import scrub
from cds.privacy.scrub.coded import coded
from cds.privacy.scrub.spoken import spoken
from cds.privacy.scrub.tokens import tokens


def left(text: str) -> str:
    """Return what is left of a text."""
    return scrub(text).text


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("lockbox code 0419# by the back door", "0419"),
        ("gate combo 14-22-8, dog bites", "14-22-8"),
        ("outside block CX-9914 A3 received", "9914 A3"),
        ("own chart LD 00719-K on file", "00719-K"),
        ("WIC id HI 4471 20 given", "4471 20"),
        ("claim C 28 114 09X open", "28 114 09X"),
        ("HKID Z000417(3) shown", "Z000417(3)"),
        ("cell saver XTRA 90-2217 used", "90-2217"),
        ("event SRS 22/0417 filed", "22/0417"),
        ("Medicaid CN 40917 Z (NY)", "40917 Z"),
        ("supplement policy MS-F 0031994, and", "0031994"),
        ("plate WHL-CHR9 (Ohio)", "WHL-CHR9"),
        ("car tag from the report HTZ-90K seen", "HTZ-90K"),
        ("plate of the car out front 4AL 09R7 blocking", "4AL 09R7"),
        ("census 417-228 this week", "417-228"),
        ("unit# W0413 23 118402 6 hung", "118402 6"),
        ("palm ID PV:5502-AC-91 enrolled", "5502-AC-91"),
        ("face template FACE-ID 0x3E91B failed", "0x3E91B"),
        ("docket 23 CV 04417 in court", "04417"),
        ("file LF/4681/IME attached", "LF/4681/IME"),
        ("Our ref: DM/ff/22-1187 dictated", "22-1187"),
        ("transmitter 8XJ4TK paired", "8XJ4TK"),
        ("UDI (21)0417A88-2 on the sticker", "0417A88-2"),
        ("hearing aids ser 5J7719/5J7720 labelled", "5J7720"),
        ("acct 55-0-11873 and 55-0-11901 due", "55-0-11901"),
        ("chart (0455 190 instead of 0455 910)", "0455 910"),
        ("my DL, D 0481-1183, expired", "0481-1183"),
        ("NSS 62 96 58 2233 1 given", "62 96 58 2233 1"),
        ("taxi placas A-352-RTB hit him", "A-352-RTB"),
        ("activation code KQ7XX-42WPD-9N3RT sent", "KQ7XX"),
        ("serial number on the back NG4419027H is", "NG4419027H"),
        ("Mr. Ito called him *5-0144 today", "5-0144"),
        ("call 402/555/0160 for the adjuster", "402/555/0160"),
        ("call 928—555—0140 back", "928—555—0140"),
        ("nurse at extension x4417. Thanks", "x4417"),
        ("CLIA we put 05D9988776 and", "05D9988776"),
        ("Aadhaar XXXX XXXX 5607 copy", "5607"),
        ("flown on N417GX fixed wing", "N417GX"),
        ("guarantor should be 77-0482-9, went elsewhere", "77-0482-9"),
        ("code QX-77-41B on the letter", "QX-77-41B"),
        ("matric PO/22/MC/04177 student", "22/MC/04177"),
        ("emergency blood (E 7348178, crossmatched)", "7348178"),
    ],
)
def test_numbers_after_their_word_go_in_any_writing(text: str, value: str) -> None:
    assert value not in left(text)


@pytest.mark.parametrize(
    "text",
    [
        "case of 3 beers on weekends",
        "order CBC, BMP, INR 2.3",
        "second line 2 of therapy",
        "nerve block L3-4",
        "report shows EF 35-40",
        "unit 2 of PRBC given",
        "event at 0340, ROSC 0352",
        "log roll x2",
        "group B strep, group 2 PH",
        "plan 40 mg daily",
        "device interrogated, 12 % paced",
        "sensor reading 240",
        "pump at 0.85 u/h",
        "policy 14 day quarantine",
        "plate fixation of radius, 6 holes",
        "rig for 12 hours",
        "hospital day 14",
        "old 12-lead",
        "claim denied 97110",
        "hearing 20 dB at 4000 Hz",
        "file 30 taper",
        "code status DNR",
        "gate 130 degrees",
        "lot of pain, tag along",
        "SES-CD 17 and HR-CT 25",
        "BI/NAP1/027 positive",
        "form CMS-1500",
        "chart review 20 min",
        "record HR 118 today",
    ],
)
def test_values_after_those_words_stay(text: str) -> None:
    assert left(text) == text


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("fax four one nine, five five five, oh one four four.", "FAX"),
        ("text 334 five five five 0 1 9 2.", "PHONE"),
        ("daughter 928 five-five-five 0103.", "PHONE"),
        ("social is nine zero one, seventy, 3318,", "SSN"),
        ("ssn he recites 908 dash 11 dash 2047 twice", "SSN"),
        ("medical record number six six one oh four two", "PHONE"),
    ],
)
def test_numbers_in_words_go_whole(text: str, category: str) -> None:
    (found,) = spoken(tokens(text))
    assert found[2] == category
    assert "five" not in left(text)
    assert "0103" not in left(text)


@pytest.mark.parametrize(
    "text",
    [
        "counts one two three four five six seven eight",
        "digit span forward six nine four seven two eight three",
        "eighty six, seventy nine, seventy two, sixty five",
        "one twenty over eighty",
        "takes one or two at night",
        "one of five children, two at home",
    ],
)
def test_what_is_recited_counted_or_said_in_passing_stays(text: str) -> None:
    assert list(spoken(tokens(text))) == []


def test_letters_that_say_what_a_number_is_stay() -> None:
    assert left("TRICARE DBN 11094-00271.") == "TRICARE DBN [PLAN]."
    assert left("Interpreter ID 318840 used") == "Interpreter ID [ID] used"


def test_a_number_after_a_comma_must_be_long() -> None:
    assert list(coded(tokens("chart, 45 yo"))) == []
    assert left("policy number on his card, R 58397570, is old").count("58397570") == 0


def test_a_sentence_that_ends_in_the_word_begins_no_number() -> None:
    assert list(coded(tokens("given 2500 units. MRN unknown"))) == []


def test_time_grows_with_the_length_and_no_faster() -> None:
    """Words that stand between are looked over a few at a time."""
    assert scrub("plate of " * 4000).spans == ()
    assert scrub("serial: # " * 4000).spans == ()
    assert scrub("five one " * 3000).text.count("five") > 100


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("FAX fr0m clinic 6O3 555 O144 PG 2", "O144"),
        ("D0B l1/O3/1958 on it", "O3"),
        ("refill O1/l4 done", "l4"),
        ("MRN OO2I88 on file", "OO2I88"),
    ],
)
def test_figures_read_as_letters_by_a_machine_go(text: str, value: str) -> None:
    assert value not in left(text)


@pytest.mark.parametrize("text", ["5O mg twice", "Il is old", "lol ok", "take 1O of 2O tabs"])
def test_doses_with_letters_for_figures_stay(text: str) -> None:
    assert left(text) == text


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("ICN ............. 1004177288V204417", "1004177288V204417"),
        ("Acct ....... 55120-4", "55120-4"),
        ("study uid 1.2.826.0.1.4417.77.20241017.3, read", "4417.77"),
        ("ssn 5 5 0 - 3 1 - 0 4 1 7 spelled", "0 4 1 7"),
        ("lockbox code changed to 4-1-9-0 today", "4-1-9-0"),
        ("boat reg MS 4417 AC no signal", "4417"),
        ("blue CR-V GXT-417 at the ramp", "GXT-417"),
        ("Tribal census no. 318,402.", "318,402"),
        ("Ms. Vogt, APRN NE 112077", "112077"),
        ("alt 484-555-0186 for the wife", "555-0186"),
        ("ph 610/5550111 is hers", "5550111"),
        ("hearing aids ser L 20W417 R 20W418", "20W417"),
    ],
)
def test_numbers_of_forms_and_registers_go(text: str, value: str) -> None:
    assert value not in left(text)


@pytest.mark.parametrize(
    "text",
    [
        "variant NM_024675.4 found",
        "called 911 0512, medics came",
        "ANALYZER COBAS 6000 ran it",
        "ALT 436-1208-8678 over the week",
        "COURT ORDER signed",
    ],
)
def test_published_names_and_models_stay(text: str) -> None:
    assert left(text) == text
