"""Findings as examiners, radiologists and people write them, and what only looks like one."""

import time
from collections.abc import Mapping
from pathlib import Path

import pytest

pytest.importorskip("numpy", reason="the text model needs the extra `text`")

from models.text import lexicon, rulebook, wordings
from models.text.cues import RuleError
from models.text.features import reader
from models.text.found import Entity
from models.text.listing import entries
from models.text.nearby import nearby
from models.text.rulebook import Rulebook

FOUND = ("problem", "symptom")


def named(text: str) -> list[Entity]:
    """Return the problems and symptoms of a text, with what cues and sections say of them."""
    _, found = reader().told(text)
    return [entity for entity in found if entity.kind in FOUND]


def stated(text: str) -> list[str]:
    """Return the words of what no cue denies, doubts or puts elsewhere."""
    return [entity.text for entity in named(text) if entity.present]


def rulebook_of(findings: Mapping[str, object]) -> Rulebook:
    return Rulebook({**rulebook.load().files, "findings": findings})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        # Chest and heart at the bedside.
        ("Chest: reduced air entry at left base.", "reduced air entry at left base"),
        ("AE diminished bilaterally.", "AE diminished bilaterally"),
        ("Chest - fine bibasal creps.", "fine bibasal creps"),
        ("JVP raised, 2+ pitting oedema to mid calf.", "JVP raised"),
        ("ECG: LAFB.", "LAFB"),
        ("ECG: 1st degree AV block.", "1st degree AV block"),
        # Limbs, nerves, back.
        ("R ankle jerk absent.", "ankle jerk absent"),
        ("Absent knee jerks bilaterally.", "Absent knee jerks"),
        ("Brisk reflexes in the legs.", "Brisk reflexes"),
        ("Sensation is reduced over the lateral calf.", "Sensation is reduced"),
        ("Reduced LT S1.", "Reduced LT S1"),
        ("Tender over the L4/5 facet.", "Tender"),
        ("LUQ TTP, not rigid.", "LUQ TTP"),
        ("P&N in both feet.", "P&N"),
        ("Lat shift to L.", "Lat shift"),
        ("Mild left neglect.", "left neglect"),
        ("Gait: shuffling gait, reduced arm swing.", "reduced arm swing"),
        # Images.
        ("AXR: dilated small bowel loops.", "dilated small bowel loops"),
        ("Marrow: STIR hyperintensity in the talus.", "STIR hyperintensity"),
        ("A rim enhancing focus in the right frontal lobe.", "rim enhancing focus"),
        ("Small volume free fluid in the pelvis.", "Small volume free fluid"),
        ("CTA: right M1 occlusion.", "M1 occlusion"),
        ("Moderate foraminal narrowing at L5/S1.", "foraminal narrowing"),
        ("US: hypoechoic nodule in the left lobe.", "hypoechoic nodule"),
        # Injuries.
        ("R distal radius fx.", "distal radius fx"),
        ("L rib fx 7-9.", "rib fx"),
        ("Grade II splenic laceration.", "Grade II splenic laceration"),
        ("Seatbelt sign.", "Seatbelt sign"),
        ("Deep dermal burn to the forearm.", "Deep dermal burn"),
        # Adjectives and words of people.
        ("He is asthmatic.", "asthmatic"),
        ("Ringing in the right ear for months.", "Ringing in the right ear"),
        ("Her periods heavy since March.", "periods heavy"),
        ("Wound smelly again.", "smelly"),
        ("Low in mood for 3 months.", "Low in mood"),
        ("She can't sleep.", "can't sleep"),
        # Urine, women, children, eyes, ears, teeth, skin.
        ("LUTS: frequency, nocturia and poor stream.", "frequency"),
        ("Watery discharge from the eye.", "Watery discharge"),
        ("Spec: old blood in vault.", "old blood in vault"),
        ("R TM bulging.", "TM bulging"),
        ("LL6 carious, TTP.", "TTP"),
        ("Periphery: horseshoe tear at 1 o'clock.", "horseshoe tear"),
        ("Cat 3 pressure ulcer with undermining.", "undermining"),
        ("Poor latch, cracked nipples.", "cracked nipples"),
        # Cancer, kidneys, intensive care.
        ("Stage III colon adenocarcinoma.", "Stage III colon adenocarcinoma"),
        ("LVSI: focal.", "LVSI"),
        ("AKI (ATN), nonoliguric.", "ATN"),
    ],
)
def test_a_finding_is_found_as_it_is_written(text: str, words: str) -> None:
    assert words in stated(text)


@pytest.mark.parametrize(
    "text",
    [
        "Fit to return to work on Monday.",
        "Fit and well.",
        "Discharge planning for tomorrow.",
        "Skin warm and well perfused.",
        "Abdomen soft, non-tender.",
        "Old scar well healed.",
        "BCG scar.",
        "Red reflex seen in both.",
        "Smoking cessation discussed with the team.",
        "Referred to the pain clinic.",
        "Sputum sent for culture.",
        "He keeps a list of his tablets.",
        "Blood taken for FBC.",
        "Wound bed red and granulating.",
        "EMS called at 0800.",
        "Urgency of referral: routine.",
        "FIT 120.",
        "METs > 4.",
        "Came in from PE lesson with his teacher.",
        "Exudate minimal.",
        "Seen on the frailty unit.",
        "Septic screen sent.",
        "Diabetic nurse to call.",
        "IV sedation given.",
    ],
)
def test_words_that_are_no_problem_where_they_stand_name_none(text: str) -> None:
    assert stated(text) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("No creps.", "creps"),
        ("No free fluid.", "free fluid"),
        ("Denies being off food.", "off food"),
        ("No dilated loops.", "dilated loops"),
        ("No rib fx seen.", "rib fx"),
    ],
)
def test_a_finding_that_is_denied_is_not_stated(text: str, words: str) -> None:
    found = {entity.text.lower(): entity for entity in named(text)}
    assert found[words].negated


def test_no_word_of_a_finding_denies_it_or_what_stands_beside_it() -> None:
    assert stated("Absent ankle jerks, calf wasting.") == ["Absent ankle jerks", "calf wasting"]
    assert "tummy ache" in stated("No energy, tummy ache.")


def test_n_is_nausea_only_before_v() -> None:
    assert stated("N but no V since lunch.")[0] == "N"
    assert stated("N = 12 seen today.") == []


def test_a_finding_without_a_code_has_that_of_what_it_ends_with() -> None:
    found = named("Paroxysmal AF on apixaban.")[0]
    assert found.text == "Paroxysmal AF"
    assert found.codes[0].code.startswith("I48")
    assert found.chronic


@pytest.mark.parametrize(
    ("text", "present"),
    [
        ("Anticoagulated for AF: benefits over risks.", ["AF"]),
        ("AF: closed, soft.", []),
        ("ILD, discuss at MDD.", ["ILD"]),
        ("MDD with panic attacks.", ["MDD", "panic attacks"]),
        ("Surgical wound erythema, likely SSI.", None),
        ("T2DM - SSI.", ["T2DM"]),
    ],
)
def test_letters_are_read_by_what_stands_near(text: str, present: list[str] | None) -> None:
    if present is None:
        assert "SSI" in [entity.text for entity in named(text)]
    else:
        assert stated(text) == present


def test_letters_that_are_words_are_read_only_in_capitals() -> None:
    assert "GAVE" in stated("OGD: GAVE.")
    assert stated("It gave him comfort.") == []
    assert stated("He hit the table.") == []


def test_places_are_those_of_the_text() -> None:
    text = "Chest: reduced AE at bases; tender T12.\n⏎ R TM bulging"
    for entity in named(text):
        assert text[entity.start : entity.end] == entity.text


def test_a_list_names_nothing_where_a_word_names_none() -> None:
    assert all(
        kind for line in entries("Smoking cessation\nFit note\nAsthma", reader().parts) for kind, *_ in line
    )


def test_a_pattern_stands_for_every_phrase_that_it_can_be() -> None:
    sets = {"bone": "rib; distal radius"}
    assert wordings.phrases("({bone}|ankle) (fx|#)?", sets, where="here") == [
        "rib fx",
        "rib #",
        "rib",
        "distal radius fx",
        "distal radius #",
        "distal radius",
        "ankle fx",
        "ankle #",
        "ankle",
    ]
    assert wordings.phrases("very? red (up (a|the) hill)?", {}, where="here")[:2] == [
        "very red up a hill",
        "very red up the hill",
    ]


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("{nowhere} fx", "no set has the name `nowhere`"),
        ("(open fx", "does not close"),
        (" ".join(["(a|b|c|d|e|f|g|h|i|j)"] * 4), "stands for 10000 phrases"),
        ("|".join(f"a{n}" for n in range(3001)), "stands for 3001 phrases"),
    ],
)
def test_a_pattern_that_is_not_of_its_form_is_named(pattern: str, said: str) -> None:
    with pytest.raises(RuleError, match=said):
        wordings.phrases(pattern, {}, where="findings.toml")


def test_a_row_that_is_not_of_its_form_is_named() -> None:
    with pytest.raises(RuleError, match="a row has words"):
        nearby(rulebook_of({"beside": [{"words": "red", "kind": "symptom"}]}))
    with pytest.raises(RuleError, match="a row has words"):
        nearby(rulebook_of({"beside": [{"words": "red", "after": "eye"}]}))
    with pytest.raises(RuleError, match="a finding has kind"):
        lexicon.clinical(rulebook_of({"finding": [{"names": "red eye"}]}))
    with pytest.raises(RuleError, match="no set has the name `eyes`"):
        nearby(rulebook_of({"beside": [{"words": "red", "before": "@eyes"}]}))


def test_a_site_adds_findings_and_what_names_nothing(tmp_path: Path) -> None:
    rows = (
        '[[finding]]\nkind = "symptom"\nnames = "(zug|druck) im ohr"\n'
        '[[beside]]\nwords = "steif"\nkind = "symptom"\nbefore = "nacken"\n'
        '[nothing]\nnames = "asthma schulung"\n'
    )
    (tmp_path / "findings.toml").write_text(rows, encoding="utf-8")
    read = reader(tmp_path)
    _, found = read.told("Druck im Ohr. Nacken steif. Asthma schulung. Fit for work.")
    assert [entity.text for entity in found if entity.kind in FOUND] == ["Druck im Ohr", "steif"]


def test_time_grows_with_the_text_and_no_faster() -> None:
    def taken(times: int) -> float:
        text = "Reduced AE at bases, tender T12, low mood, paroxysmal AF, red L eye, N but no V.\n" * times
        began = time.process_time()
        reader().told(text)
        return time.process_time() - began

    taken(20)
    small, large = min(taken(100) for _ in range(3)), taken(800)
    assert large < 8 * small * 3
