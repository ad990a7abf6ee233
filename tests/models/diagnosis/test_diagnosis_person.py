"""Who a story is about, how long it has lasted and what is really denied, in the many ways people say so."""

import pytest

from models.diagnosis.documents import read_case
from models.diagnosis.person import age_of, gestation, sex_of
from models.diagnosis.recognise import recogniser
from models.diagnosis.timing import duration


def read(text):
    return recogniser().read(text, 5)


@pytest.mark.parametrize(
    ("text", "age", "sex"),
    [
        ("Sore ear for two days. 31 f", 31, "female"),
        ("No fever. 57 bloke.", 57, "male"),
        ("It looks horrid. 55, male, on tablets.", 55, "male"),
        ("A man of 46 had his pressure taken.", 46, "male"),
        ("My husband, 75, stares at times.", 75, "male"),
        ("My daughter is 3 and has a rash.", 3, "female"),
        ("Our daughter (15 months) has one red eye.", 15 / 12, "female"),
        ("He's eight and wets the bed again.", 8, "male"),
        ("3/12 boy. Brings up milk.", 0.25, "male"),
        ("Spots round his armpit. 5 years.", 5, "male"),
        ("Numb fingers, retired printer, 67, smoked.", 67, "unknown"),
        ("Breastfeeding my 3 week old. Hot red breast. I'm 29.", 29, "female"),
        ("Baby with a cough.", 200 / 365.25, "unknown"),
        ("My ball has gone hard.", None, "unknown"),
        ("One of my balls has gone hard.", None, "male"),
        ("Itchy all over since Monday.", None, "unknown"),
        ("32 weeks pregnant, baby kicking.", None, "female"),
    ],
)
def test_age_and_sex_are_read_as_people_write_them(text, age, sex):
    found = age_of(text)
    assert found is None if age is None else found == pytest.approx(age, abs=0.02)
    assert sex_of(text) == sex


@pytest.mark.parametrize(
    ("text", "weeks"),
    [
        ("24 weeks pregnant with loin pain", 24),
        ("27/40, dip glucose 2+ at midwife", 27),
        ("32 weeks, third baby, bright blood", 32),
        ("pregnant, now 9 weeks, spotting", 9),
        ("cough for 3 weeks", None),
        ("99 weeks pregnant", None),
    ],
)
def test_weeks_of_pregnancy_are_read_and_other_weeks_are_not(text, weeks):
    found = gestation(text)
    assert found is None if weeks is None else found is not None and found[0] == weeks


def test_weeks_of_pregnancy_make_the_person_pregnant_and_female():
    case = read_case({"text": "32 weeks, third baby. Bright blood, no pain."}, recogniser())
    assert case.person.pregnant
    assert case.person.sex == "female"
    assert "pregnant-over-20-weeks" in case.found.present
    early = read_case({"text": "9 weeks pregnant and being sick."}, recogniser())
    assert "pregnant-first-trimester" in early.found.present


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("knee pain 5/12", "duration-months"),
        ("cough 3/52", "duration-weeks"),
        ("rash 2/7", "duration-days"),
        ("sore throat + T 39 2 days", "duration-days"),
        ("36 hrs low tummy pain", "duration-days"),
    ],
)
def test_a_time_by_itself_is_how_long_it_has_lasted(text, name):
    assert duration(text)[0] == name


@pytest.mark.parametrize("text", ["a 4-year-old girl", "3/12 boy", "24 weeks pregnant", "every 2 weeks"])
def test_an_age_or_a_rhythm_is_no_duration(text):
    assert duration(text) is None


def test_a_denied_verb_denies_nothing_behind_the_comma():
    found = read("I can't get a deep breath, tingling round the mouth, chest tight.")
    assert {"tingling", "chest-tightness"} <= found.present
    assert "fever" in read("She doesn't have a rash, fever or cough.").absent


def test_without_lacks_one_thing_unless_or_makes_a_list_of_it():
    found = read("Red eyes without pus, strawberry tongue and a rash.")
    assert {"strawberry-tongue", "rash"} <= found.present
    assert {"fever", "rash"} <= read("Sore throat without fever, cough or rash.").absent


def test_a_relative_who_tells_is_not_who_is_ill():
    assert "unresponsive" in read("Daughter can't wake her properly.").present
    assert "cyanosis" in read("Dad rings: blue lips since this morning.").present
    assert "diabetes" not in read("His mother had diabetes.").present


def test_a_sentence_ends_what_a_denial_reaches():
    found = read("drinking lots. not sleepy")
    assert "child-not-drinking" not in found.present


def test_a_longer_finding_that_is_denied_is_not_its_part_by_denial():
    found = read("He is well. No black stool.")
    assert "black-stool" in found.absent
    assert "constipation" not in found.present


def test_hives_are_no_virus_and_tests_no_testicles():
    assert "hives" not in read("He is known to have HIV.").present
    assert "hiv-known" not in read("She came out in hives.").present
