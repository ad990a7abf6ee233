"""What is understood of a story: findings, denials, numbers, time, and who it is about."""

import tomllib
from importlib import resources

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.diagnosis.measured import values
from models.diagnosis.person import age_of, sex_of
from models.diagnosis.recognise import recogniser
from models.diagnosis.timing import duration

ADULT = 5


def read(text, band=ADULT):
    return recogniser().read(text, band)


@pytest.mark.parametrize(
    ("text", "present"),
    [
        (
            "crushing chest pain radiating to his left arm",
            "chest-pain-crushing chest-pain-radiates-arm chest-pain",
        ),
        ("My 3 year old has a barking cough", "cough-barking cough"),
        ("SOB and palpitations", "short-of-breath palpitations"),
        ("temp 39.4, BP 82/40, O2 sat 88%", "temperature-39 fever hypotension oxygen-low"),
        ("temperature of 103 F", "temperature-39"),
        ("I have been throwing up since last night", "vomiting duration-hours"),
    ],
)
def test_clinical_and_lay_words_and_numbers_become_findings(text, present):
    assert set(present.split()) <= read(text).present


@pytest.mark.parametrize(
    ("text", "absent"),
    [
        ("No fever, cough or headache.", "fever cough headache"),
        ("She denies chest pain and vomiting.", "chest-pain vomiting"),
        ("Pain in the knee without fever", "fever"),
        ("Temp 36.8, HR 72", "temperature-38 tachycardia"),
        ("He is afebrile with a normal pulse", "fever"),
    ],
)
def test_what_is_denied_or_measured_normal_is_absent(text, absent):
    found = read(text)
    assert set(absent.split()) <= found.absent
    assert not set(absent.split()) & found.present


def test_an_exception_within_a_denial_is_present():
    found = read("Denies fever or vomiting except mild headache.")
    assert "headache" in found.present
    assert "vomiting" in found.absent


def test_a_relatives_illness_is_not_the_patients():
    found = read("His mother had a seizure. He has a headache.")
    assert "seizure" not in found.present
    assert "headache" in found.present


def test_a_warning_of_what_might_come_is_no_finding():
    assert "chest-pain" not in read("Sore throat. Return if you get chest pain.").present


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("cough for 3 days", "duration-days"),
        ("a 6-week history of cough", "duration-weeks"),
        ("pain since this morning", "duration-hours"),
        ("itching for 5 months", "duration-months"),
        ("it began years ago", "duration-years"),
    ],
)
def test_time_becomes_one_finding(text, finding):
    found = duration(text)
    assert found is not None
    assert found[0] == finding


def test_units_are_converted_to_those_of_the_base():
    found = {
        value.loinc: value.value for value in values("glucose 25 mmol/L, creatinine 300 umol/L, T 101.3")
    }
    assert found["2345-7"] == pytest.approx(450.4)
    assert found["2160-0"] == pytest.approx(3.393, abs=0.001)
    assert found["8310-5"] == pytest.approx(38.5)


@pytest.mark.parametrize(
    ("text", "age", "sex"),
    [
        ("A 61-year-old man", 61, "male"),
        ("58 yo M with cough", 58, "male"),
        ("73F with aching", 73, "female"),
        ("I'm 34 and pregnant, my periods stopped", 34, "female"),
        ("a six-week-old boy", 6 * 7 / 365.25, "male"),
    ],
)
def test_age_and_sex_are_read_from_words(text, age, sex):
    assert age_of(text) == pytest.approx(age, abs=0.01)
    assert sex_of(text) == sex


PARTS = st.sampled_from(
    [
        "no",
        "fever",
        "and",
        "Chest pain",
        ",",
        ".",
        "denies",
        "İ",
        "cough",
        "temp 39",
        "\n",
        "é",
        "ß",
        "since May",
    ]
)


@settings(max_examples=60, deadline=None)
@given(st.lists(PARTS, max_size=20).map(" ".join))
def test_offsets_index_the_text_as_given(text):
    for mention in read(text).mentions:
        assert 0 <= mention.start < mention.end <= len(text)


@settings(max_examples=60, deadline=None)
@given(st.lists(PARTS, max_size=20).map(" ".join))
def test_nothing_is_both_present_and_absent(text):
    found = read(text)
    assert not found.present & found.absent
    assert not set(found.contradicted) & found.absent


def test_every_further_wording_is_of_a_finding_of_the_base():
    place = resources.files("models.diagnosis") / "also.toml"
    rows = tomllib.loads(place.read_text(encoding="utf-8"))
    assert set(rows) <= set(recogniser().base.findings)
