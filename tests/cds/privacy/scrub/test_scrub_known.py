"""What is known of the patient is found wherever and however it stands."""

import pytest

from cds.privacy.known import Known
from cds.privacy.scrub import known_of, scrub

KNOWN = Known(["José García-López", "Wei Li"], phrases=["12 Larkspur Court"], identifiers=["00482913"])


@pytest.mark.parametrize(
    "text",
    [
        "garcia has a cough",
        "GARCÍA LOPEZ",
        "Garcia-Lopez's knee",
        "García  López",
        "GarciaLopez",
        "G a r c i a",
        "gаrcia with a Cyrillic a",
        "Ｇａｒｃｉａ in wide letters",
        "josé",
        "mrn 0048-2913",
        "mrn 0048 2913",
        "MRN00482913",
        "at 12 LARKSPUR COURT",
        "12  larkspur court",
        "notes of LI",
        "Li was here",
        "(garcía)",
    ],
)
def test_known_names_and_numbers_go_in_any_writing(text: str) -> None:
    clean = scrub(text, known=KNOWN)
    assert clean.spans
    rest = "".join(c for i, c in enumerate(text) if not any(s.start <= i < s.end for s in clean.spans))
    assert not KNOWN.within(rest)


def test_a_word_that_merely_holds_a_short_name_stays() -> None:
    assert scrub("alive and lively, lithium level", known=Known(["Li"])).spans == ()


def test_plain_lists_make_what_is_known() -> None:
    known = known_of(names=["Quillon Marrowby"], identifiers=["ZX-4471"])
    assert scrub("quillon took zx4471", known=known).text == "[NAME] took [ID]"


def test_a_known_name_that_is_a_common_word_goes_too() -> None:
    assert scrub("the hill was steep", known=Known(["Ann Hill"])).text == "the [NAME] was steep"
