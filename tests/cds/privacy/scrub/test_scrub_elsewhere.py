"""Names, numbers, places, dates as clinicians of other countries write them, and what only looks so."""

import pytest

from cds.privacy.scrub import scrub
from cds.privacy.scrub.checks import CHECKS
from cds.privacy.scrub.lexicon import CLINIC, WORD, british


def gone(text: str, *parts: str) -> None:
    clean = scrub(text, this_year=2026).text
    left = [part for part in parts if part in clean]
    assert not left, clean


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("Chart 33-81-02, 52 M", "33-81-02"),
        ("RUT 12.884.301-K; helmet no", "12.884.301-K"),
        ("roofer in Aarhus, CPR 140580-2217", "140580-2217"),
        ("IMSS 0457 57 1182", "0457 57 1182"),
        ("she messages from 98200 55501", "98200 55501"),
        ("his daughter, 33 5550 0184", "33 5550 0184"),
        ("Veteran, VA claim C 24 118 002.", "C 24 118 002"),
        ("Her folder TTH 4471/19 shows", "TTH 4471/19"),
        ("camp in Rotorua, NHI ZAC5361", "ZAC5361"),
        ("Motorbike (B-MD 7718) against van", "B-MD 7718"),
        ("Unit AMB 0417 / case", "AMB 0417"),
        ("arrived on flight ET 500 from", "ET 500"),
        ("NRIC S8812345D", "S8812345D"),
        ("deposit from IBAN IE29 AIBK 9311 5212 3456 78.", "9311 5212 3456 78"),
        ("Fingerprint clock HUE-3-RT-INDEX reads poorly", "HUE-3-RT-INDEX"),
        ("Portal message from kgarrity88.", "kgarrity88"),
        ("from: t_okeke", "t_okeke"),
        ("Site 112 monitor visit", "112"),
        ("pump pt0470nz54 checked", "pt0470nz54"),
        ("couch RT 2208-81 today", "RT 2208-81"),
    ],
)
def test_numbers_in_the_shapes_of_other_countries_go(text: str, number: str) -> None:
    gone(text, number)


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("DVT found 15/2.", "15/2"),
        ("on Ospen since 4.03, back when?", "4.03"),
        ("Mr Oduya (dob 30.xi.1957)", "30.xi.1957"),
        ("Ilona 1964. 08. 02. underwent", "1964. 08. 02"),
        ("last good one 5.1 on 2 Chwefror", "2 Chwefror"),
        ("Collected: 19Sep24", "19Sep24"),
        ("in our unit from 14. to 18. Oktober.", "18. Oktober"),
        ("RT 77.03.19", "77.03.19"),
        ("echo tmrw 7/10; overflow", "7/10"),
        ("opens Clean Monday", "Clean Monday"),
        ("MRI 5월 28일. Pain gone.", "5월 28일"),
    ],
)
def test_dates_in_the_ways_of_other_countries_go(text: str, date: str) -> None:
    gone(text, date)


@pytest.mark.parametrize(
    "text",
    [
        "cough 24/7",
        "BiPAP 15/5 overnight",
        "since 2.05 mg",
        "BiPAP 18/6 overnight",
        "WBC 12000, PLT 45000, CK 4471",
        "ADVAIR 500/50",
        "Wagner 2 ulcer",
        "insulin12 and caspase9",
        "handover at 0700",
        "NIHSS 0730",
    ],
)
def test_values_in_like_shapes_stay(text: str) -> None:
    assert scrub(text, this_year=2026).text == text


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("In class 3b of the Grundschule am Mühlbach today.", ("Grundschule", "Mühlbach")),
        ("Works at Kia plant 2 as a welder.", ("Kia", "plant 2")),
        ("She goes out to Sisualik camp in May.", ("Sisualik", "camp")),
        ("Signed at Hospital San Javier by her.", ("San Javier",)),
        ("From Nur Aisyah binte Rahmat, 36", ("Aisyah", "binte", "Rahmat")),
        ("PID|1||77||X||19620714|F|||27 Sampaguita St^Marikina^MM^1800||+63", ("Marikina", "1800")),
    ],
)
def test_places_and_names_of_several_words_go_whole(text: str, parts: tuple[str, ...]) -> None:
    gone(text, *parts)


def test_a_list_of_people_tells_its_names() -> None:
    gone(
        "Okafor – day 3; Rosenthal – DKA, gap 14; Lindqvist – home today", "Okafor", "Rosenthal", "Lindqvist"
    )


def test_a_name_written_low_is_one_wherever_it_stands() -> None:
    gone("hi this is jamal okonkwo. Please tell OKONKWO to call", "okonkwo", "OKONKWO")


def test_british_spellings_are_words_of_the_language() -> None:
    assert british("haemophilia") >> CLINIC & 3
    assert british("organise") >> WORD & 3
    assert not british("raewyn")


def test_letters_known_as_a_test_make_no_record_number() -> None:
    assert not CHECKS["lettered"]("CRP4471", "CRP4471", 0)
    assert CHECKS["lettered"]("ZAC5361", "ZAC5361", 0)
    assert not CHECKS["spread"]("2019 2020 2021", "2019 2020 2021", 0)
    assert not CHECKS["handle"]("insulin12", "insulin12", 0)
