"""The rest of a name that was found in part goes too: hyphens, "III", user names, initials, addresses."""

import pytest

from cds.privacy.scrub import scrub
from cds.privacy.scrub.flowing import flowed


def left(text: str, *words: str) -> list[str]:
    clean = scrub(text).text
    return [word for word in words if word in clean]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Seen with Byung-chul Namgung today.", ("Byung", "chul", "Namgung")),
        ("Attending: Shirin Gelashvili III, MD", ("Gelashvili", "III")),
        ("Edward Fontenot, portal name efontenot45, asks for a refill.", ("Fontenot", "fontenot45")),
        ("Quinmore,Halvard E    67   Hurler", ("Quinmore", "Halvard", " E ")),
        ("1   HATHERSAGE, Graham    83   Still's disease", ("HATHERSAGE", "Graham")),
        ("Group: M.A. and F. O. spoke first.", ("M.A", "F. O")),
        ("PID|1||7741093^^^X^MR||SZETO^CUIFEN^Y||1950", ("SZETO", "CUIFEN")),
    ],
)
def test_no_part_of_a_name_is_left(text: str, words: tuple[str, ...]) -> None:
    assert left(text, *words) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("She lives at 84 Via Del Sol Road now.", ("84", "Via", "Road")),
        ("Sent to Whispering Pines SNF on discharge.", ("Whispering", "Pines", "SNF")),
        ("Prior scan at St Philomena's was normal.", ("Philomena", "'s")),
    ],
)
def test_no_part_of_a_place_is_left(text: str, words: tuple[str, ...]) -> None:
    assert left(text, *words) == []


@pytest.mark.parametrize(
    "text",
    [
        "NYHA III, EF 35%, no edema.",
        "Salter-Harris II fracture, splinted.",
        "Diuresed 4.5 L. Weight down.",
        "Morse 75, bed alarm on.",
        "On 2 L O.D. and O.S. drops, P.O. diet.",
        "San Francisco syncope rule negative.",
    ],
)
def test_what_only_looks_like_the_rest_of_a_name_stays(text: str) -> None:
    assert scrub(text).spans == ()


def test_initials_that_sign_go_and_abbreviations_stay() -> None:
    assert left("Slept well, denies pain. GRH", "GRH") == []
    assert left("Slept well, denies pain. NPO", "NPO") == ["NPO"]


WRAPPED = (
    "The patient was brought in by her brother and by Ostrine\n"
    "Wexzaquist, who both live at 12284 Cobblestone\n"
    "Parkway in the north of the city and will come back on\n"
    "Monday."
)


def test_a_line_that_is_only_full_does_not_end_a_name() -> None:
    assert left(WRAPPED, "Ostrine", "Wexzaquist", "12284", "Cobblestone", "Parkway") == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "one line",
        "short\nlines\nall",
        "A label that is as long as this line is:\nJohn Smith came with his mother in the morning",
        "Attending of record on the ward was Dr. Smith\nPrimary care: Dr. Jones of the group practice here",
        "x" * 200 + "\n" + "y" * 200,
    ],
)
def test_lines_that_end_on_purpose_stay_lines(text: str) -> None:
    assert flowed(text) == text


def test_lines_read_as_one_keep_every_place() -> None:
    assert len(flowed(WRAPPED)) == len(WRAPPED)
    assert flowed(WRAPPED).count("\n") == 0
