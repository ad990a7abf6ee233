"""Findings of further authors, abbreviations of one meaning, and words beside which there is nothing."""

from collections.abc import Mapping
from typing import Any

import pytest

pytest.importorskip("numpy", reason="the text model needs the extra `text`")

from models.text import lexicon, rulebook
from models.text.features import reader
from models.text.found import Entity

FOUND = ("problem", "symptom")


def named(text: str) -> list[Entity]:
    """Return the problems and symptoms of a text, with what cues and sections say of them."""
    _, found = reader().told(text)
    return [entity for entity in found if entity.kind in FOUND]


def stated(text: str) -> list[str]:
    """Return the words of what no cue denies, doubts or puts elsewhere."""
    return [entity.text for entity in named(text) if entity.present]


def letters(table: Mapping[str, Any]) -> lexicon.Abbreviations:
    return lexicon.abbreviations({"letters": table})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        # Scopes and scans.
        ("Oesophagus: linear furrows throughout.", "linear furrows"),
        ("Caecum: TVA 20 mm.", "TVA"),
        ("RLL apical: extrinsic compression, friable mucosa.", "extrinsic compression"),
        ("CBD: 8 mm, borderline dilated.", "borderline dilated"),
        ("The ascending aorta is dilated at 42 mm.", "dilated"),
        ("Liver: 17 cm, diffusely echogenic.", "echogenic"),
        ("Subcarinal node 12 mm short axis.", "Subcarinal node"),
        ("Station 7 node 14 mm.", "Station 7 node"),
        ("R shoulder: ACJ disruption grade III.", "ACJ disruption"),
        ("ACJ degenerate.", "degenerate"),
        ("Talar dome chondral flap 5 mm.", "chondral flap"),
        ("Barium: presbyoesophagus.", "presbyoesophagus"),
        ("ECG: junctional rhythm, U waves.", "junctional rhythm"),
        # Laboratories.
        ("39F. LFTs deranged for 3 months.", "LFTs deranged"),
        ("Imp: PSA elevation.", "PSA elevation"),
        ("Clinical details: ALT raised.", "ALT raised"),
        ("Imp: hypoK, replace.", "hypoK"),
        ("MSSA bacteraemia, day 3.", "MSSA bacteraemia"),
        # Signs at the bedside.
        ("Rovsing's sign pos.", "Rovsing"),
        ("Tinel + R.", "Tinel"),
        ("Hoffmann's positive on the left.", "Hoffmann"),
        ("Stools loose x5.", "loose"),
        ("Urine cloudy, CSU sent.", "cloudy"),
        ("Exudate moderate.", "Exudate moderate"),
        ("Nipples cracked bilaterally.", "Nipples cracked"),
        ("LE blurred for years.", "blurred"),
        ("Cx ROM full, stiff end-range L rot.", "stiff"),
        ("Abdo soft, mildly tender around the ports.", "tender"),
        # What parents and patients say.
        ("He has been hot since lunch.", "hot"),
        ("Mum says he is pulling at his left ear.", "pulling at his left ear"),
        ("She went blue for a few seconds.", "went blue"),
        ("Ate nothing since yesterday.", "Ate nothing"),
        ("The mole has become darker.", "darker"),
        ("Her attacks are left sided, throbbing.", "throbbing"),
        ("Gradually drowsier.", "drowsier"),
        # Shorthand.
        ("Known MND.", "MND"),
        ("IIH, on acetazolamide.", "IIH"),
        ("On adalimumab for PsA.", "PsA"),
        ("HSP, platelets normal.", "HSP"),
        ("Ascites: SBP on the tap, ceftriaxone and albumin.", "SBP"),
        ("GBS: ascending weakness, IVIG day 2.", "weakness"),
        ("Decreased UOP overnight.", "Decreased UOP"),
        ("Stage III decub, sacral.", "decub"),
    ],
)
def test_what_other_authors_write_is_found(text: str, words: str) -> None:
    """Each is a finding of this patient now."""
    found = stated(text)

    assert any(words in one for one in found), found


@pytest.mark.parametrize(
    ("text", "words"),
    [
        # Fit beside, and still nothing.
        ("LFT falling.", "falling"),
        ("CRP falls nicely.", "falls"),
        ("PICC: bleeds and flushes.", "flushes"),
        ("Topiramate was withdrawn because of drowsiness.", "withdrawn"),
        ("Pressure areas intact.", "ressure areas"),
        ("Alopecia diffuse, non scarring.", "scarring"),
        ("Adequate opacification of the pulmonary arteries.", "opacification"),
        ("Villous architecture preserved.", "illous"),
        ("PROM ER 25.", "PROM"),
        ("IDC out 06:00, voided.", "IDC"),
        ("Plan: sips to free fluids.", "free fluids"),
        ("She worries about the mortgage.", "worries"),
        ("Passing wind, eating lightly.", "wind"),
        ("Bowels not yet opened.", "owels"),
        ("Hot drinks are allowed.", "Hot"),
        ("Cr peaked at 2.4.", "peaked"),
        ("VA 6/9 RE, 6/36 LE nph.", "nph"),
        ("SBP 120-140, HR 70.", "SBP"),
        ("GBS swab in labour: penicillin given.", "GBS"),
        ("msa 2 done.", "msa"),
        # Denied.
        ("Rovsing's sign neg.", "Rovsing"),
        ("Stools not loose.", "loose"),
        ("No dilated ducts.", "dilated"),
        ("Not hot to touch.", "hot"),
        ("No loose body.", "loose"),
    ],
)
def test_what_only_looks_like_a_finding_is_not_told_as_one(text: str, words: str) -> None:
    """The same words beside others name nothing, or what is denied."""
    assert not [one for one in stated(text) if words in one]


def test_letters_of_one_meaning_carry_it_and_its_code() -> None:
    """What is written short is told with its meaning, and with its code where one is known."""
    one = next(entity for entity in named("PMH: WPW, ablated.") if entity.text == "WPW")

    assert one.expansion == "Wolff-Parkinson-White syndrome"
    assert [code.code for code in one.codes] == ["I45.6"]


def test_letters_without_a_code_have_a_meaning_alone() -> None:
    """No code is made up."""
    sense = letters({"MCD": "minimal change disease"}).sense("MCD", ())

    assert sense is not None
    assert (sense.means, sense.kind, sense.codes) == ("minimal change disease", "problem", ())


def test_a_row_of_several_meanings_comes_before_letters_of_one() -> None:
    """Who needs words near it is not overruled by the short table."""
    table = {
        "abbreviation": [{"short": "XY", "sense": [{"means": "neither", "kind": "", "default": True}]}],
        "letters": {"XY": "a disease; A00.0"},
    }
    sense = lexicon.abbreviations(table).sense("XY", ())

    assert sense is not None
    assert sense.means == "neither"


def test_letters_are_of_codes_as_they_are_written() -> None:
    """Every code of the short table has the form of one of ICD-10-CM."""
    table = rulebook.load()["abbreviations"]["letters"]
    codes = [told.partition("; ")[2] for told in table.values() if "; " in told]

    assert len(table) > 100
    assert all(code[0].isalpha() and code[1].isdigit() and len(code) <= 8 for code in codes)
