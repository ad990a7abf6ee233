"""What authors nobody had seen wrote: identifiers beside their words, and words that only look like names."""

import pytest

from cds.privacy.scrub import scrub


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("His car is a white Corolla KJA-417 BX.", "KJA-417 BX"),
        ("Nephew drives taxi BX19 OKL at night.", "BX19 OKL"),
        ("Sleeping in a silver Impala (BF 71 804).", "BF 71 804"),
        ("Deckhand on the trawler PD 417.", "PD 417"),
        ("Asked for L. Dove, x 2290.", "2290"),
        ("Call Dr Hugh Rice on extension 5 0932.", "5 0932"),
        ("Bed manager, bleep 4417.", "4417"),
        ("NI QQ 12 34 56 C.", "QQ 12 34 56 C"),
        ("Sort code 20-00-00 / 55779911.", "55779911"),
        ("card on file ending 1181 refunded", "1181"),
        ("Rx 0771842-03381 filled 8 tablets", "0771842-03381"),
        ("police case CAS 418/02/2024 opened", "CAS 418/02/2024"),
        ("one unit, donor no. LSBTS 240-118.", "LSBTS 240-118"),
        ("iPLEDGE 9920 4418, second month", "9920 4418"),
        ("UHID KMC/23/118840, ward 4", "KMC/23/118840"),
        ("KarteNo=0441-8827;Thr=0.6", "0441-8827"),
        ("signed (reg MC 3308)", "MC 3308"),
        ("CGM txr 8KQ2M1 says LOW, 2 h", "8KQ2M1"),
        ("Bands: 4471B and 4471M checked", "4471M"),
        ("consent by tablet, sig-GY-113024", "sig-GY-113024"),
        ("lives in 26121 Oldenburg", "Oldenburg"),
        ("Fredericton NB  E3B 5H1", "E3B 5H1"),
        ("missed 4 days at ps 214", "214"),
        ("sleeps 3 nights on N. Water.", "Water"),
        ("placed at UPTH on day 3", "UPTH"),
        ("scan nakashima_mri_ok.pdf saved", "nakashima"),
        ("Pastor Sunday visited.", "Sunday"),
        ("Tom and Astrid, both 93, stable", "93"),
    ],
)
def test_what_a_word_beside_it_tells_to_identify_goes(text: str, part: str) -> None:
    assert part not in scrub(text, this_year=2026).text


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("DOB=S21.5.3; next R7.4.14", "S21.5.3"),
        ("| date | wt |\n| 11-01 | 81.2 |\n| 11-04 | 82.9 |", "11-04"),
        ("He turns ten 23 Rajab.", "23 Rajab"),
        ("She lost the baby on All Souls.", "All Souls"),
        ("Leave till Ganesh Chaturthi.", "Ganesh Chaturthi"),
        ("Home for la Toussaint.", "Toussaint"),
        ("Kontrolle am 17.3. in der Praxis", "17.3"),
        ("Tracheostomy 30th by the team", "30th"),
        ("seen Tuesday the 29th with pain", "29th"),
    ],
)
def test_days_of_other_calendars_and_columns_go(text: str, date: str) -> None:
    assert date not in scrub(text, this_year=2026).text


@pytest.mark.parametrize(
    "text",
    [
        "CPT 99214 with modifier 25",
        "She speaks Kannada and Marathi.",
        "She drives a Tacoma to work.",
        "Lesion in segment IVa, cyst in VIII.",
        "Thompson neg, Kleiger neg, drawer 2+.",
        "WAB-AQ 31 today",
        "| When | Where | Harm |\n| day 2 | bath | none |",
        "Thr=0.63 V;Sens=11.2 mV;Imp=540",
        "Ottawa ankle rules with Pittsburgh knee rules",
        "King's College criteria close",
        "Lindsay nails too?",
        "Kielland forceps",
        "600 mg nach dem Essen, Kontrolle",
        "BP 125/80 mm Hg",
        "Rigiflex® balloon",
        "Decadron 10. DIC score 5",
        "SIMV 18/5 and Suboxone 8/2 film",
        "Brescia-Cimino fistula, Vascath d6",
        "Mendelsohn maneuver attempted.",
        "platelets 150-400, bands 10",
        "IPSS 19, Qmax 8, Zyxmax 4",
    ],
)
def test_what_only_looks_like_a_name_or_a_number_stays(text: str) -> None:
    assert scrub(text, this_year=2026).text == text


@pytest.mark.parametrize(
    "text",
    [
        "Doctor: Better? Patient: Oh, I am fine now.",
        "No pain now. So, I had surgery.",
        "Patient: Whenever I'm climbing it hurts",
        "Hello, doctor. I just turned over in bed.",
    ],
)
def test_who_speaks_is_not_taken_for_a_name(text: str) -> None:
    assert scrub(text, this_year=2026).text == text


def test_a_family_name_before_a_comma_and_an_initial_goes() -> None:
    assert scrub("Patient: Okafor, J", this_year=2026).text == "Patient: [NAME], [NAME]"
