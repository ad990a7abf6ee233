"""Hostile texts cost time in proportion to their length; long ones are bounded."""

import pytest
from cpu_time import cpu_seconds

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


def spent(text: str, *, times: int = 3) -> float:
    def whole() -> None:
        clean = scrub(text)
        assert clean.back(len(clean.text)) == len(text)

    return cpu_seconds(whole, times=times)


@pytest.mark.parametrize("unit", HOSTILE.values(), ids=HOSTILE.keys())
def test_time_grows_with_the_length_and_no_faster(unit: str) -> None:
    size = 8_000 // len(unit)
    assert spent(unit * size * 4) <= 9 * spent(unit * size) + 0.3


def test_half_a_million_characters_are_done_in_bounded_time() -> None:
    line = "Pt John Smith seen 3/14/2024, BP 120/80, on Lasix 40 mg; daughter Maria called 555-234-8890.\n"
    assert spent(line * (500_000 // len(line)), times=1) < 120
