"""Places by what says where somebody works, lives, learns and is treated; edges of what is found."""

import pytest

from cds.privacy.scrub import scrub
from cds.privacy.scrub.edges import edged


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("had a cath at BWK last year", "BWK"),
        ("goes to UQGA, back for break with mono", "UQGA"),
        ("Hospice: Vitala", "Vitala"),
        ("Funeral home: Barlowe", "Barlowe"),
        ("OSH = Memorial Harlan, transferred", "Harlan"),
        ("EMPLOYER GLENFIELD UNIFIED MOTOR POOL; STILL HAS NECK PAIN", "MOTOR POOL"),
        ("line cook, Olive Terrace; burn to forearm", "Olive Terrace"),
        ("truck driver (Schnelling), 1 ppd", "Schnelling"),
        ("employer (Brisk's Pride) is denying the claim", "Brisk's Pride"),
        ("laid off from the GM plant last year", "GM plant"),
        ("rancher up Little Fork Creek with a cough", "Little Fork Creek"),
        ("ICU stay @ Regional West, intubated", "Regional West"),
        ("Xray at copper ridge medical center neg", "copper ridge medical center"),
        ("pt came from north star behavioral health", "north star"),
        ("pt lives in upper darby, wants closer pcp", "upper darby"),
        ("Seen by Dr. Ruiz, Blue Gap Dermatology, for a rash", "Blue Gap"),
        ("lives off Rt 12 past the dam", "Rt 12"),
        ("crash on FM 1585 E at dawn", "FM 1585"),
        ("found on Hwy 90 E by EMS", "Hwy 90 E"),
        ("crash at 5th and Vine", "5th and Vine"),
        ("filled at the store on 96th St, refill due", "96th St"),
        ("eval'd at St. E's, neg CT", "E's"),
        ("address: 412 Larkspur, second floor", "412 Larkspur"),
        ("PE teacher, ISD 192", "ISD 192"),
        ("hit by a car outside the wawa", "wawa"),
        ("i work at target and need a note", "target"),
        ("send it to walgreens please", "walgreens"),
        ("UCSF cards recs DOAC", "UCSF"),
        ("dme: allegiance medical supply. bed ordered", "allegiance"),
        ("pharmacy: bartow drugs, refill", "bartow"),
        ("Hospice visit for Mr Wendell Two Bulls, 93, at home", "Two"),
        ("Signed RN M. Yellow Bird, night shift", "Yellow"),
        ("OB at Women's Care of Tulsa", "Women's Care of Tulsa"),
    ],
)
def test_a_place_goes_where_words_say_that_somebody_is_there(text, gone):
    assert gone not in scrub(text).text


@pytest.mark.parametrize(
    "text",
    [
        "Murmur at LUSB, thrill at RUSB",
        "Site: Left deltoid. Location: Substernal.",
        "Pharmacy: Called and will deliver.",
        "Works nights at a warehouse, lifts boxes.",
        "transferred to ICU for pressors",
        "He is at baseline, at MMI per therapy.",
        "Titrate at bedtime; target INR 2 to 3",
        "3 x 30 s holds, 2 x 15 reps",
        "NURSING SHIFT NOTE 1900-0700: slept",
        "rt 3rd finger laceration",
        "vanc 1.25 g #6/14 hung",
        "takes Truvada for PrEP daily",
        "intubated with a Mac 4 blade",
        "EGD with 2 TAs removed",
        "dme: walker delivered",
        "church: attends weekly",
    ],
)
def test_what_only_stands_where_places_stand_stays(text):
    assert scrub(text).text == text


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("seen Tuesday, 3/5/2024 with cough", "seen [DATE] with cough"),
        ("appt 3/5/2024 (Tue) at 9", "appt [DATE] at 9"),
        ("since the 5th of May on iron", "since [DATE] on iron"),
        ("stroke late March 2021, no deficit", "stroke [DATE], no deficit"),
        ("INR 1/4 2.3, 1/11 3.1", "INR [DATE] 2.3, [DATE] 3.1"),
        ("Cr 1.1 (3/12) then 1.9 (3/15)", "Cr 1.1 ([DATE]) then 1.9 ([DATE])"),
        ("s/p fall 3/2, sore", "s/p fall [DATE], sore"),
        ("from Ocala, FL with fever", "from [LOCATION] with fever"),
        ("moved from Macon, Georgia with fever", "moved from [LOCATION] with fever"),
        ("bitten behind the Kroger in Chillicothe", "bitten behind the [LOCATION] in [LOCATION]"),
        ("fell at Walgreens on Elm, sore", "fell at [LOCATION], sore"),
        ("she is home Monday with fever", "she is home Monday with fever"),
    ],
)
def test_what_stands_at_the_edges_goes_with_it(text, left):
    assert scrub(text).text == left


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("police rpt 24-3391 filed", "24-3391"),
        ("OLN T64-39-8205 checked", "T64-39-8205"),
        ("Delta Dental ID DD 5520-81196-01.", "DD 5520-81196-01"),
        ("conf # K7QX2 for the ride", "K7QX2"),
        ("knee implant lot 4471K2", "4471K2"),
        ("s/n RNB 220184 S.", "RNB 220184 S"),
        ("Rx 7714-20933 refill", "7714-20933"),
        ("vent unit V-0388 alarm", "V-0388"),
    ],
)
def test_numbers_go_with_their_letters(text, gone):
    assert gone not in scrub(text).text


def test_a_degree_after_a_name_taken_for_a_place_is_no_state():
    assert edged("at Osei, MD today", [(3, 7, "LOCATION")]) == [(3, 7, "LOCATION")]
    assert edged("in Towson, MD today", [(3, 9, "LOCATION")]) == [(3, 13, "LOCATION")]


def test_edges_never_reach_into_what_stands_beside_them():
    found = [(0, 6, "NAME"), (7, 13, "DATE")]
    assert edged("Monday 3/5/24", found) == [(0, 6, "NAME"), (7, 13, "DATE")]
    assert edged("nothing", []) == []


def test_the_letters_of_specimens_are_no_initials():
    text = "A. Cervix, biopsy: benign.\nB. Skin, curettage: benign.\nB. Skin, left: benign"
    assert scrub(text).text == text


def test_a_degree_after_somebody_is_no_state_even_without_a_comma():
    assert edged("at Corbin Osei MD, seen", [(3, 14, "LOCATION")]) == [(3, 14, "LOCATION")]


def test_a_house_called_after_somebody_goes_with_its_s():
    assert "'s" not in scrub("ate oysters at Captain Jack's, now vomiting").text
