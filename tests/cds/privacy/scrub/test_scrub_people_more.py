"""Names and places told by ranks, roles, dashes, cells and brackets, and what only looks like them."""

import pytest

from cds.privacy.scrub import scrub


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("Quarters 72h. Command POC 1SG Church DSN tomorrow", "Church"),
        ("helmet no, per county dep. Munk at scene", "Munk"),
        ("Procedure: R TSA.  Surgeon: Marsh.  CRNA: none", "Marsh"),
        ("refuses Norvasc, BP 140/80.   -- Pru FNP\n", "Pru"),
        ("seen and agree.\n-D Faircloth RN", "Faircloth"),
        ("sign: Dr Wm. Pickwick-Sato for the team", "Pickwick"),
        ("sign: Dr Geo. Ashworth-Lunt for the team", "Geo"),
        ("US addendum by L. Frankfurter MD: INR 3.4", "Frankfurter"),
        ("[LITTLE, PRINCE R][room air]", "LITTLE"),
        ("spelling of the niece is A P R I L last name unknown", "A P R I L"),
        ("001|MCILROY JUNE A|060133|F|", "MCILROY"),
        ("002|MARCH L|060133|F|", "MARCH"),
        ("FAST by Dr v/d Merwe was clear", "Merwe"),
        ("portal message: its Kenya Stroud, I moved", "Kenya"),
        ("bring daughter Georgia.", "Georgia"),
        ("we hope she stays. Adm to L&D 6. s.quaye rnc", "quaye"),
        ("seen, hence Charcot. rtc 1 wk. jqb", "jqb"),
        ("Baby Girl Okafor-Reyes was born at 0447", "Baby Girl"),
    ],
)
def test_names_that_a_rank_a_role_or_a_cell_tells_go(text, gone):
    assert gone not in scrub(text).text


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("Level 1, MVC vs deer US-27 near mile marker", "US-27"),
        ("14 miles north on BIA 44 in snow", "BIA 44"),
        ("She lives at Lot 9 Honeysuckle MHP, alone", "Honeysuckle"),
        ("unit B Co 2-77 BSB, fit for duty", "2-77 BSB"),
        ("unit HHC 1-12 CAV, fit for duty", "1-12 CAV"),
        ("geb. in Bayern, wohnt Am Anger 7, 83024; lebt allein", "Anger"),
        ("|F|9 OLD MILL|BATH|04530|x", "OLD MILL"),
        ("|F|9 OLD MILL|BATH|ME|04530-1122|x", "BATH"),
        ("foster mom at 1190 Road 417, no phone", "1190 Road"),
        ("pharmacy at Main & 3rd, closed", "Main"),
        ("fall in the parker wing hallway last week", "parker"),
        ("updated in the Gallagher Family Lounge.", "Lounge"),
        ("D/c to Father Sobieski Rehabilitation Pavilion.", "Father"),
        ("cc: Palmetto Bone & Joint, by fax", "Palmetto"),
        ("films from Tri-Cities Open MRI.", "Open MRI"),
        ("plan: vol admit to Halvorsen Unit, 1:1", "Halvorsen Unit"),
    ],
)
def test_where_somebody_lives_or_serves_goes(text, gone):
    assert gone not in scrub(text).text


@pytest.mark.parametrize(
    "text",
    [
        "Nerve injury Sunderland II likely, splint.",
        "#32 horiz impacted, Class II Pell & Gregory B.",
        "Denies Molly, Mary Jane daily.",
        "Ativan 0.5 not given (Beers).",
        "Wound vac V.A.C. Ulta alarmed twice.",
        "Implants: cup Pinnacle 54, stem cemented.",
        "Case for tumor board next week.",
        "sx: II-1 affected, I-1 carrier, I-2 well",
        "NAPOLI 3 protocol and KEYNOTE arm reviewed.",
        "POD 3, morse 85, Posey belt off per protocol.",
        "Surgeon: none. Allergist: pending.",
        "Officer at bedside, deputy notified, dep. office called.",
        "ofc visit today - RN to call.",
        "|WBC HIGH|12.4|H|",
        "the left wing of the ilium is intact",
        "Stroke Unit and Memory Unit are full.",
        "Moved from Georgia. Travel to Kenya planned, daughter in Virginia.",
        "Chronic Foot and Ankle pain, Left Heart and Vascular disease.",
        "she took 3 g. thx",
        "US guided biopsy, US-2 images stored.",
        "She loved Dodge trucks and her Toyota.",
    ],
)
def test_what_only_looks_like_a_name_or_a_place_stays(text):
    assert scrub(text).text == text


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("sent to the Walgreens on Cowan Rd. today", "sent to the [LOCATION]"),
        ("call Preacher Ron Whitaker tonight", "call Preacher [NAME]"),
        ("letter for Doña Remedios Ybarra, who lives", "letter for Doña [NAME]"),
    ],
)
def test_the_word_before_a_name_or_a_place_stays(text, left):
    assert scrub(text).text.startswith(left)


def test_a_score_of_the_same_letters_as_a_name_stays():
    left = scrub("Rose Grace Lindqvist, GRACE 142, trop 0.84").text
    assert "GRACE 142" in left
    assert "Lindqvist" not in left
