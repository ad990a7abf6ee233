"""Dates by weekday and day, in words, beside other dates, and ages; and what only looks like them."""

import pytest

from cds.privacy.scrub import scrub
from cds.privacy.scrub.neighbouring import months


def left(text: str) -> str:
    """Return what is left of a text."""
    return scrub(text).text


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("until sunday the fourteenth, call", "until [DATE], call"),
        ("surgery Thu 12th 730a", "surgery [DATE] 730a"),
        ("recheck tues/fri 5th & 8th here", "recheck [DATE] here"),
        ("note sat 1.13 signed", "note [DATE] signed"),
        ("recheck Th 9-28.", "recheck [DATE]."),
        ("seen Tuesday 6/11 in Room 4", "seen [DATE] in Room 4"),
        ("chute samedi 12. Le cabinet", "chute [DATE]. Le cabinet"),
        ("Admitted 13th inst. with", "Admitted [DATE] with"),
        ("starting the 15th of next month.", "starting [DATE]."),
        ("clinic on the twentieth. she", "clinic on [DATE]. she"),
        ("got 2u the night of the 14th, then", "got 2u the night of [DATE], then"),
        ("memorial the 28th.", "memorial [DATE]."),
        ("in January twenty twenty one at", "in [DATE] at"),
        ("surgery november the ninth twenty twenty three", "surgery [DATE]"),
        ("transperineal, Aug 1st or 2nd, then", "transperineal, [DATE], then"),
        ("on Sept 30/Oct 1, seen", "on [DATE], seen"),
        ("Botox 2nd Tues of November, then", "Botox [DATE], then"),
        ("cert 04/02/25-05/31/25 signed", "cert [DATE]-[DATE] signed"),
        ("opened on 5/5/2025-5/9/2025.", "opened on [DATE]-[DATE]."),
        ("Humira (2/2021-8/2022) failed", "Humira ([DATE]-[DATE]) failed"),
        ("DOB 1989/Nov/04, here", "DOB [DATE], here"),
        ("Date 2023 Oct 05 seen", "Date [DATE] seen"),
        ("Date written 3 1 25. call", "Date written [DATE]. call"),
        ("a 3 de agosto del 2023 con", "a [DATE] con"),
        ("in-patient 14.10. to 29.10.24 there", "in-patient [DATE] to [DATE] there"),
        ("before thanks giving and", "before [DATE] and"),
        ("at work on ground hog day.", "at work on [DATE]."),
        ("level 3/5 0600.", "level [DATE] 0600."),
    ],
)
def test_days_told_by_words_go(text: str, cleaned: str) -> None:
    assert left(text) == cleaned


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Lines: IJ 10/21, a-line 10-26, Foley 10/19 -- remove", "10-26"),
        ("Lines: IJ 10/21, a-line 10-26, Foley 10/19 -- remove", "10/19"),
        ("home 2/3, f/u Dr. Ito 2/17", "2/3"),
        ("surgery Thurs 1/9. Last Ozempic dose 1/4. delay?", "1/4"),
        ("SOC 4/02/25 visit 04-29 in 1305", "04-29"),
        ("CT chest 3/30 -> 9/28 nodule", "9/28"),
        ("seen 9/22. Kennedy ulcer noted 9-16. O2", "9-16"),
        ("visits 9/22. Next IDG 10.2", "10.2"),
        ("6/13 JB: declined\n6/27 MK: ok\n7.2 insurance called", "7.2"),
        ("Admitted 9/30 - d/c 10/4 well", "10/4"),
    ],
)
def test_days_beside_other_dates_go(text: str, value: str) -> None:
    assert value not in left(text)


@pytest.mark.parametrize(
    "text",
    [
        "strength 4/5 in R arm, 5/5 elsewhere",
        "repeat in 2-3 weeks, walks 3-4 blocks",
        "RR 12-18, peep 5-8",
        "titrate 10-20 mcg",
        "3/4 blood cultures positive, ate 3/4 of meals",
        "G3P2, 39 2/7",
        "Tinetti 9/28, Schirmer 6/7",
        "Sat 9-1, Mon-Fri 8-4",
        "ages 4-11 mixed, 9-12 months old",
        "height 20th, weight 15th, HC 30th percentile",
        "on the third floor, then the second",
        "reached on 3rd try",
        "K 3.2, Cr 3.15",
        "grade 3-4, L3-4",
        "5-10 reps, 10-12 steps",
        "th 12 weeks of therapy",
    ],
)
def test_values_beside_a_date_stay(text: str) -> None:
    assert left(f"Seen 3/9/24. {text}.") == f"Seen [DATE]. {text}."


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("brings plates, his mama (98) too", "98"),
        ("Nonno Ettore, d. 97; aunt", "97"),
        ("on Ativan, 93 and lives alone", "93"),
        ("I am 91 and on fixed income", "91"),
        ("so my MIL (94, sharp as a tack)", "94"),
        ("Pt 101, ex-principal", "101"),
        ("Age:      92 years", "92"),
        ("she'll be 92 in May", "92"),
    ],
)
def test_ages_over_89_go_however_they_are_said(text: str, value: str) -> None:
    assert value not in left(text)


@pytest.mark.parametrize(
    "text",
    [
        "sats 93 on 2L",
        "HR 91, and RR 20",
        "I am 71 and on fixed income",
        "since the early nineties",
        "PT 101 class",
    ],
)
def test_values_like_ages_stay(text: str) -> None:
    assert left(text) == text


def test_the_months_of_dates_and_those_beside_them_are_near() -> None:
    assert months(["3/14/24"]) == {2, 3, 4}
    assert months(["Dec 3"]) == {11, 12, 1}
    assert months(["2024-07-01"]) == {6, 7, 8}
    assert months(["15.07.2024"]) == {6, 7, 8}
    assert months([]) == set()


def test_a_month_far_from_every_date_tells_nothing() -> None:
    assert left("Seen 3/9/24. Foley lumen 10-16 now.") == "Seen [DATE]. Foley lumen 10-16 now."
