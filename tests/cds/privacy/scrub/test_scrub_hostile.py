"""Hostile texts cost time in proportion to their length; long ones are bounded."""

import time

import pytest

from cds.privacy.scrub import scrub

HOSTILE = {
    "digits": "1",
    "dashes": "1-",
    "letters and dashes": "a-",
    "words": "Aa ",
    "initials": "A. ",
    "at": "a@",
    "dots": "a.",
    "colons": "1:",
    "brackets": "[NAME] ",
    "cues": "mrn mrn: ",
    "months": "May ",
    "slashes": "1/2/",
    "titles": "Dr. ",
    "blanks": " ",
    "lines": "\n",
    "marks": "\u0301",
    "right to left": "שלום ",
    "nothing": "\0",
    "quotes": '"A" ',
    "particles": "de la ",
    "streets": "12 Ab ",
    "commas": "Ab, ",
    "hashes": "#1 ",
    "caret": "1^^",
}


def spent(text: str) -> float:
    begin = time.process_time()
    clean = scrub(text)
    assert clean.back(len(clean.text)) == len(text)
    return time.process_time() - begin


@pytest.mark.parametrize("unit", HOSTILE.values(), ids=HOSTILE.keys())
def test_time_grows_with_the_length_and_no_faster(unit: str) -> None:
    spent(unit * 50)
    size = 8_000 // len(unit)
    short = min(spent(unit * size) for _ in range(2))
    assert spent(unit * size * 4) <= 9 * short + 0.3


def test_half_a_million_characters_are_done_in_bounded_time() -> None:
    line = "Pt John Smith seen 3/14/2024, BP 120/80, on Lasix 40 mg; daughter Maria called 555-234-8890.\n"
    assert spent(line * (500_000 // len(line))) < 120
