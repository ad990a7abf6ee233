"""What is called after people, sold by name or written in a form stays; whoever bears such a name goes."""

import pytest

from cds.privacy.scrub import scrub
from cds.privacy.scrub.lexicon import listed


def clean(text: str) -> str:
    return scrub(text, this_year=2026).text


@pytest.mark.parametrize(
    "text",
    [
        "Concentrator Everflo at 2 L, portable Inogen G5 for travel.",
        "CPAP AirSense 11 with an AirFit mask.",
        "Vent Hamilton-C6, PEEP 8, prone day 2.",
        "Intubated with McGrath Mac 3, grade 1 view.",
        "Bard PowerPort accessed with a Huber needle.",
        "CADD-Solis pump alarms at night.",
        "Baxter Sigma Spectrum pump, heparin 950 units/h.",
        "Permobil F3 chair with a ROHO cushion.",
        "Grip Jamar R 48 lb, L 11 lb.",
        "LiteGait 10 min, Berg 18/56.",
        "Wears a Darco shoe, Charcot boot ordered.",
        "Dressed with Medihoney and Mepilex Border.",
        "Azure XT DR, battery 4.1 years, Sprint Quattro lead stable.",
        "EBU 3.5, Sion Blue, Xience Skypoint 3.0 x 18.",
        "R radial 6 Fr Glidesheath, TR Band at the end.",
        "Evolut PRO planned, no Watchman FLX.",
        "FreeStyle Libre 3 reader will not sync.",
        "Tandem t:slim X2 with Control-IQ since spring.",
        "TI-RADS 5, Bethesda III, Afirma suspicious.",
        "Standing labs with Prospera every 3 months, Banff 1A on the last biopsy.",
        "No Muir-Torre features; Cowden syndrome, Li-Fraumeni, Peutz unlikely.",
        "Chompret criteria not met; Li-Fraumeni unlikely.",
        "May–Thurner stent patent.",
        "Left total hip by the Smith-Petersen approach on the Hana table.",
        "Stanley-Brown plan updated, means restricted.",
        "Charles Bonnet hallucinations, no distress.",
        "BSA (Mosteller) 2.00, non-GCB (Hans).",
        "Murray 3.5, P/F 92.",
        "Braden 11, Morse 55, fall precautions.",
        "MgSO4 by the Pritchard regimen or Zuspan?",
        "WaveOne Gold to length, Vitapex, Cavit.",
        "Phonak Audeo L90 lost on the bus.",
        "AUC 740 by InsightRX, dose changed.",
        "The thread went over the Vocera app.",
        "MnCHOICES done, form 1503 faxed.",
        "Hoosier Healthwise active, First Steps visits go on.",
        "Transport no-show again, Modivcare called.",
        "Eats Cheerios and Campbell's, drinks Bulleit on weekends.",
        "Takes Goody's powders, six a day.",
        "Loopy as a Jack Russell, she says; likes Minecraft.",
        "Housekeeping used Oxivir and Tru-D UV.",
        "Recert visit by NP on call, my new CNA job, an RN agreed.",
        "Dear Doctor,\nThank you for the referral.",
        "Coder question: does history of Graves risk adjust?",
        "No penicillin: cleans with Purell twenty times a day.",
    ],
)
def test_things_called_by_a_name_stay(text: str) -> None:
    assert clean(text) == text


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Seen with Dr. Hancock in clinic.", "Hancock"),
        ("Pt Amy Campbell's mother called.", "Campbell"),
        ("Signed by Kay Stanley, RN.", "Stanley"),
        ("Mr. Braden is sleeping well.", "Braden"),
        ("Dr. Murray will see him Monday.", "Murray"),
        ("Her nurse, Glenn Norwood, agrees.", "Norwood"),
        ("Spoke with Mrs. Cowden about hospice.", "Cowden"),
        ("Daughter Molly lives next door.", "Molly"),
        ("Dr. Ward explained the plan.", "Ward"),
        ("Patient: Charity Wells", "Wells"),
    ],
)
def test_people_who_bear_such_a_name_go(text: str, name: str) -> None:
    assert name not in clean(text)


@pytest.mark.parametrize(
    ("text", "stays", "goes"),
    [
        ("Card says call Mamaw Opal tonight.", "Mamaw", "Opal"),
        ("Bishop Ostler is also here.", "Bishop", "Ostler"),
        ("Ride home from Pastor Glenn after lunch.", "Pastor", "Glenn"),
        ("Rides with uncle Haji Rahim.", "uncle", "Rahim"),
    ],
)
def test_the_title_stays_and_the_name_after_it_goes(text: str, stays: str, goes: str) -> None:
    told = clean(text)
    assert stays in told
    assert goes not in told


def test_roles_that_nobody_is_looked_up_by_are_no_names_of_many() -> None:
    assert {"ward", "charity", "junior", "judge"}.isdisjoint(listed("no_persons"))


@pytest.mark.parametrize(
    "text",
    [
        "Reportedly significant for TIAs in his mother, and MRIs were unremarkable.",
        "Normal pressures (IOPs) and a QTc of 460; eNOS and iNOS in the aorta, Cmax later.",
        "IgE-mediated peanut allergy, with abdo cramp, palps and hayfever; rhabdo with CK 8800.",
        "Caecal polyp; talar dome flap; livedo and cherry angiomata; linea nigra.",
        "1% Xylocaine; allergic to Lortab; could switch to Tarka.",
    ],
)
def test_what_is_written_as_only_abbreviations_and_findings_are_stays(text: str) -> None:
    assert clean(text) == text
