"""What people say plainly: what is well, who is ill, numbers in words, and flags that must not be missed."""

import pytest
from cpu_time import cpu_seconds

from models.diagnosis.about import relative
from models.diagnosis.documents import read_case
from models.diagnosis.measured import falls_on_standing, values
from models.diagnosis.model import model
from models.diagnosis.person import age_of, gestation, sex_of
from models.diagnosis.recognise import recogniser
from models.diagnosis.said import told
from models.diagnosis.swallowed import swallowed
from models.diagnosis.timing import duration

ADULT, TODDLER = 5, 2


def read(text, band=ADULT):
    return recogniser().read(text, band)


@pytest.mark.parametrize(
    ("text", "absent"),
    [
        ("Arms, legs, speech and walking are normal.", "weakness-one-side speech-slurred gait-unsteady"),
        ("Normal speech, gait and vision.", "speech-slurred gait-unsteady vision-blurred"),
        ("I can feel the paper and nothing's numb.", "numbness-saddle"),
        ("Nothing is swollen.", "joint-swelling leg-swelling-one"),
        ("He is eating toast and racing round the house.", "drowsy"),
    ],
)
def test_what_is_said_to_be_well_is_not_there(text, absent):
    found = read(text)
    assert not set(absent.split()) & found.present


def test_a_list_that_is_not_normal_rules_nothing_out():
    assert "speech-slurred" not in read("His speech is not normal.").absent


@pytest.mark.parametrize(
    ("text", "present"),
    [
        ("Whenever I turn over in bed the room spins.", "vertigo-positional"),
        ("A bad back for weeks, and numb round my private parts.", "numbness-saddle"),
        ("She will not let it be bent and feels shivery.", "chills"),
        ("She couldn't catch her breath.", "short-of-breath"),
        ("He is not making any sense.", "confusion"),
        ("Daughter can't wake him.", "unresponsive"),
    ],
)
def test_what_only_looks_denied_or_possible_is_there(text, present):
    assert set(present.split()) <= read(text).present


def test_tongue_that_is_not_swollen_is_no_swelling():
    assert "lip-tongue-swelling" not in read("My lips and tongue aren't swollen.").present


def test_a_story_that_never_wakes_anybody_has_nobody_unresponsive():
    assert "unresponsive" not in read("She is never woken from sleep. It doesn't wake her.").present


@pytest.mark.parametrize(
    ("text", "weeks"),
    [
        ("I'm 34 weeks. I've had a banging head.", 34),
        ("I'm 30 weeks with my third and woke in blood.", 30),
        ("29F G1 at 37/40, waters went.", 37),
        ("A 22-year-old in her first pregnancy at 36 weeks.", 36),
    ],
)
def test_weeks_of_a_pregnancy_are_no_age(text, weeks):
    said = gestation(text)
    assert said is not None
    assert said[0] == weeks
    assert (age_of(text) or 40) > 1
    assert sex_of(text) == "female"


def test_whoever_gave_birth_is_no_newborn():
    text = "I had my baby six days ago by section and my head hurts."
    assert age_of(text) is None
    assert "postpartum" in read(text).present


def test_an_age_is_no_duration():
    assert duration("My son is 18 months and he has a rash.", apart=((10, 19),)) is None
    assert "duration-months" not in read("My son is 18 months and he has a rash.", TODDLER).present


def test_how_long_one_attack_lasts_is_not_since_when():
    found = duration("It lasts half an hour. He has had it for five months.")
    assert found is not None
    assert found[0] == "duration-months"


@pytest.mark.parametrize(
    ("text", "sex"),
    [
        ("A father brings his eight-year-old daughter because of tummy ache.", "female"),
        ("My wife noticed that my eye is red. I am 64.", "male"),
        ("I'm 41 and my husband says I snore.", "female"),
        ("My wife is 52. She has a cough.", "female"),
    ],
)
def test_the_sex_is_of_who_is_ill(text, sex):
    assert sex_of(text) == sex


def test_a_child_of_the_story_is_no_relative():
    found = read("A father brings his eight-year-old daughter because of tummy ache.", 3)
    assert "abdominal-pain" in found.present
    assert told("Baby is six weeks and screams.").young
    assert not told("I'm 40. My daughter had a rash.").young


def test_findings_of_children_are_not_of_adults():
    assert "child-not-drinking" not in read("A woman of 59. She doesn't drink.").present


@pytest.mark.parametrize(
    ("text", "loinc", "value"),
    [
        ("my blood pressure and it was 168 over 110", "8480-6", 168),
        ("top blood pressure 82 when it is normally 140", "8480-6", 82),
        ("bp 70 systolic", "8480-6", 70),
        ("172/114 and seeing stars", "8480-6", 172),
        ("she is breathing 38 a minute", "9279-1", 38),
        ("breathing five times a minute", "9279-1", 5),
        ("about 40 breaths and grunting", "9279-1", 40),
        ("her watch says her heart is 34", "8867-4", 34),
        ("170 on her watch", "8867-4", 170),
    ],
)
def test_values_are_read_as_people_tell_them(text, loinc, value):
    assert (loinc, value) in {(one.loinc, one.value) for one in values(text)}


@pytest.mark.parametrize("text", ["Acuity 6/9 in both eyes.", "4/7 cough", "G2 P 1", "98/97 on the chart"])
def test_other_numbers_are_no_vital_signs(text):
    assert not [one for one in values(text) if one.loinc in {"8480-6", "8867-4"}]


def test_of_several_temperatures_one_suffices():
    found = read("Temp was 38.6 yesterday and 37.4 today.")
    assert "temperature-38" in found.present
    assert not found.contradicted


def test_a_measured_high_fever_speaks_for_what_has_high_fever():
    scorer = model().scorer
    case = read_case({"text": "A two-year-old with a temperature of 39.8 shook all over."}, recogniser())
    assert {"seizure-with-fever", "fever-high"} <= case.found.present
    column = scorer.column("temperature-39", 2, "unknown")
    above = scorer.column("fever-high", 2, "unknown")
    assert column["febrile-seizure"] > 0.5 * above["febrile-seizure"]


def test_pressures_lying_and_standing_are_compared():
    assert falls_on_standing("BP lying 138/80, standing 112/70")
    assert falls_on_standing("BP lying 138/80, standing 132/78") is None
    assert "orthostatic-drop" in read("BP lying 138/80, standing 112/70").present


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("she took about 40 headache pills last night", ["overdose-paracetamol"]),
        ("he swallowed a whole packet of sleeping tablets", ["overdose-known"]),
        ("I took 2 paracetamol tablets", []),
        ("takes ibuprofen once a week", []),
        ("has taken 10 tablets a day for years", []),
    ],
)
def test_tablets_by_the_dozen_are_an_overdose(text, names):
    assert [name for name, _, _ in swallowed(text)] == names


def test_an_overdose_that_is_denied_is_none():
    assert "overdose-known" not in read("She has not taken 30 tablets.").present


@pytest.mark.parametrize(
    ("text", "flag"),
    [
        ("Her face has blown up, welts all over and she is hoarse. Age 7.", "anaphylaxis-two-organs"),
        ("I'm 34 weeks, a headache and sparkly lights in front of my eyes.", "preeclampsia-headache"),
        ("I had my cataract done four days ago and the eye is throbbing.", "eye-after-surgery"),
        ("Dad's 78: pain in the left side of his back, he fainted.", "aneurysm"),
        ("RR 36 and a cough, man of 50.", "breathing-fast"),
        ("Yellow eyes, shaking chills and a temperature of 39.5. 73F.", "cholangitis"),
        ("Bitten by an adder on the ankle, 33F, leg swollen.", "bite-venom"),
        ("He's 70, takes insulin and is talking nonsense.", "hypoglycaemia"),
    ],
)
def test_plain_words_raise_the_flag(text, flag):
    answer = model().run({"text": text})
    assert answer["urgency"] == "emergency"
    assert flag in {one["flag"] for one in answer["red_flags"]}


def test_a_contradicted_danger_is_still_a_danger():
    answer = model().run({"text": "I'm 48. Rope in the garage, then no rope in the garage."})
    assert answer["urgency"] in {"urgent", "emergency"}


def test_a_cold_is_an_illness_and_cold_is_not():
    found = read("She had a cold last week.")
    assert "runny-nose" in found.present or "viral-illness-weeks-before" in found.present
    assert "postpartum" not in found.present
    assert "runny-nose" not in read("He woke in a cold sweat.").present


def test_the_sentence_without_any_cue_needs_no_closer_look():
    quiet = told("Fever: no\nCough since Monday. No rash.").quiet
    assert len(quiet) == len(told("Fever: no\nCough since Monday. No rash.").sentences)
    assert not quiet[0]
    assert not quiet[-1]


def test_what_is_blanked_out_before_a_story_costs_nothing():
    """The other sections of a long note are blank when its complaint is read."""
    note = "\n " * 20_000 + "My wife is 52. She has a headache."
    assert relative(note) == "wife"
    assert cpu_seconds(lambda: relative(note)) < 1


@pytest.mark.parametrize(
    "text",
    [
        "I took 400 mg of ibuprofen",
        "took 500 mg paracetamol and it helped",
        "he took 100 mg of codeine",
        "took 81 mg aspirin",
        "took 10 ml of medicines",
        "I took 8 days of tablets",
        "has taken 12 weeks of medication",
        "took a whole aspirin",
        "has taken the whole ibuprofen course",
        "took two paracetamol",
    ],
)
def test_a_dose_or_a_course_is_no_overdose(text: str) -> None:
    """A number with a unit or a time behind it counts no tablets."""
    assert list(swallowed(text)) == []


@pytest.mark.parametrize(
    "text",
    [
        "swallowed 30 500mg paracetamol",
        "took a whole packet of paracetamol",
        "emptied the entire bottle of pills",
        "took a load of tablets",
        "took about 40 headache pills",
    ],
)
def test_tablets_by_the_dozen_are_one(text: str) -> None:
    assert list(swallowed(text))


@pytest.mark.parametrize(
    "text",
    [
        "I took paracetamol for my headache, no fever.",
        "He swallowed paracetamol this morning for a cold.",
        "She has a sore throat and took aspirin tablets.",
        "I have a headache. I took 400 mg of ibuprofen and it helped.",
        "Runny nose for two days, took some Tylenol at night.",
        "I take amitriptyline tablets at night for migraine.",
    ],
)
def test_who_took_something_for_a_complaint_is_nobody_poisoned(text: str) -> None:
    """Most who have a headache have taken a tablet for it."""
    answer = model().run({"text": text})
    assert not any("overdose" in flag["says"].lower() for flag in answer["red_flags"])
    assert answer["urgency"] != "emergency"


def test_a_knee_that_hurts_on_the_stairs_is_no_chest_pain() -> None:
    told = {mention.finding for mention in read("My knee hurts when I climb stairs.").mentions}
    assert "knee-pain" in told
    assert told.isdisjoint({"chest-pain", "chest-pain-on-exertion"})
