"""What is understood of a story: findings, denials, numbers, time, and who it is about."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.diagnosis.measured import values
from models.diagnosis.person import age_of, sex_of
from models.diagnosis.recognise import recogniser
from models.diagnosis.timing import duration
from models.diagnosis.wordings import also

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
    rows = also()
    assert set(rows) <= set(recogniser().base.findings)


@pytest.mark.parametrize(
    ("text", "present"),
    [
        ("My wife is 52 and is having chemo for her breast. She has shivers.", "chemotherapy"),
        ("Mum of a 3 year old: sneezing and a cough at night.", "cough-night sneezing"),
        ("Teacher 30, gritty pink eyes both sides, watery.", "eye-gritty"),
        ("I found my brother (30) on the floor, he has a headache.", "headache"),
        ("In photos our daughter (15 months) has one eye that glows white.", "red-reflex-absent"),
    ],
)
def test_a_story_about_a_relative_is_about_the_relative(text, present):
    assert set(present.split()) <= read(text).present


@pytest.mark.parametrize(
    ("text", "absent"),
    [
        ("My wife said her mother had a seizure. I have a headache.", "seizure"),
        ("I'm 40 and my daughter (3) has a rash. I have a cough.", "rash"),
        ("Mother had a seizure last year. He has a cough.", "seizure"),
    ],
)
def test_whoever_is_not_the_one_who_is_ill_lends_no_finding(text, absent):
    assert absent not in read(text).present


@pytest.mark.parametrize(
    ("text", "present"),
    [
        ("Sore throat, no pus, bit of a cough and a runny nose.", "cough runny-nose"),
        ("I can't climb the stairs without gasping.", "short-of-breath"),
        ("Without his inhaler he can hardly walk without gasping.", "short-of-breath"),
        ("A headache that he never had before at the temple.", "headache-temple"),
        ("No joy in fishing, wakes at four, tearful.", "crying-often"),
    ],
)
def test_a_denial_ends_where_the_story_turns(text, present):
    assert set(present.split()) <= read(text).present


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("Went back to work on Monday.", "back-pain"),
        ("He runs 10 k on Sundays and runs around.", "diarrhoea"),
        ("Ten puffs of the spray.", "short-of-breath"),
        ("Aching veins since my pregnancies.", "pregnant"),
        ("Vision 20/30 both eyes.", "hallucination-visual"),
        ("Cough, worse at night.", "night-pain"),
        ("Syndrome of the de Quervain.", "short-of-breath-exertion"),
        ("Zigzag lights for 20 min.", "asbestos-dust"),
        ("The cramps never wake her at night, it never wakes her.", "unresponsive"),
    ],
)
def test_words_that_mean_something_else_are_no_finding(text, finding):
    assert finding not in read(text).present


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("Sore throat, opens mouth wide.", "mouth-opening-limited"),
        ("Red eye, light doesn't bother me and I can see perfectly.", "light-sensitivity"),
        ("Dizzy, arms and legs strong, speech clear.", "weakness-one-side"),
        ("Weight stable, bloating.", "weight-loss"),
    ],
)
def test_what_is_said_to_be_well_is_absent_and_its_words_speak_for_nothing(text, finding):
    found = read(text)
    assert finding in found.absent
    assert not {"mouth", "light", "strong"} & found.words


def test_a_denied_normal_is_no_normal():
    assert "cannot-bear-weight" not in read("She cannot bear weight on the foot.").absent


@pytest.mark.parametrize(
    ("text", "celsius"),
    [("The thermometer says 38.3 now.", 38.3), ("Cough and 37.9 since Tuesday.", 37.9), ("Temp 39.2", 39.2)],
)
def test_a_temperature_is_read_with_or_without_its_name(text, celsius):
    assert [value.value for value in values(text) if value.loinc == "8310-5"] == [celsius]


def test_a_number_that_is_no_temperature_is_none():
    assert not values("Pregnant 38.5 weeks, weighs 37.2 kg, pain for 36 hours.")


def test_what_happened_years_ago_is_no_duration_where_another_is_told():
    found = duration("Hysterectomy years ago. Cramps for two days.")
    assert found is not None
    assert found[0] == "duration-days"


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("F 27. Headache.", 27),
        ("Male 45, burning behind the breastbone.", 45),
        ("Lad of 23, chest pain.", 23),
        ("My daughter of 17 is unwell.", 17),
        ("My girl's nearly three. My mum is 70.", 3),
        ("Teacher 30, red eyes.", 30),
    ],
)
def test_an_age_is_read_as_letters_and_relatives_write_it(text, years):
    assert age_of(text) == years


def test_letters_that_begin_with_the_sex_tell_it():
    assert sex_of("F 27. Headache.") == "female"
    assert sex_of("Male 45, cough.") == "male"
