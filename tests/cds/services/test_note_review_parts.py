"""The parts of note review by themselves: kin of problems, substances, quotes, time, thresholds."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from cds.errors import LATE
from cds.privacy.notes import Note
from cds.services.base import Gap
from cds.services.note_review import service
from cds.services.note_review.cards import severe_of
from cds.services.note_review.comparing import substances
from cds.services.note_review.parting import LONGEST, parted
from cds.services.note_review.reading import Evidence, hear, once, said
from cds.services.note_review.tables import tables
from cds.testing import empty_case, settings_for
from models.base import ModelError, OutOfTime
from models.text.model import model

TEXT = model.load("text")
FAMILIES = tables().families
LONG = Note("DocumentReference/t1", "", "Progress note", 1)


class Reading:
    """The text model, counted."""

    def __init__(self) -> None:
        self.asked: list[Mapping[str, Any]] = []

    def find(self, *_: Any, **__: Any) -> Any:
        raise AssertionError("note review asks for no findings on records")

    def run(self, name: str, document: Mapping[str, Any]) -> Mapping[str, Any]:
        assert name == "text"
        self.asked.append(document)
        return TEXT.run(document)


class Ends:
    """A deadline that has so many looks at the clock left."""

    def __init__(self, looks: int) -> None:
        self.looks = looks

    def left(self) -> float:
        self.looks -= 1
        return 1.0 if self.looks >= 0 else 0.01


@pytest.mark.parametrize(
    ("one", "other", "kin"),
    [
        ("E11.9", "E11.22", True),
        ("E11.9", "E10.9", True),
        ("I10", "I11.0", True),
        ("I50.9", "I11.0", True),
        ("I50.9", "I10", False),
        ("C50.919", "C61", False),
        ("C50.919", "C80.1", True),
        ("C50.919", "Z85.3", True),
        ("C50.919", "C50.411", True),
        ("J45.909", "J44.9", True),
        ("M10.9", "M81.0", False),
        ("N18.9", "E11.22", True),
    ],
)
def test_kin_is_told_by_the_hierarchy_of_codes_both_ways(one, other, kin):
    assert FAMILIES.kin(one, other) is kin
    assert FAMILIES.kin(other, one) is kin


def test_every_family_is_of_beginnings_of_codes():
    assert all(head.isalnum() and head[0].isupper() for heads in FAMILIES.rows.values() for head in heads)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("amoxicillin", "penicillin", True),
        ("Penicillins", "ampicillin", True),
        ("peanuts", "peanut", True),
        ("cephalexin", "penicillin", False),
        ("ibuprofen", "NSAIDs", True),
        ("codeine", "latex", False),
    ],
)
def test_a_group_of_allergens_holds_its_members(one, other, same):
    assert bool(substances([one]) & substances([other])) is same


@pytest.mark.parametrize(
    ("reactions", "severe"),
    [
        (["throat swelling", "hypotension", "anaphylaxis"], "anaphylaxis"),
        (["throat swelling"], "throat swelling"),
        (["hives", "nausea"], ""),
        (["Stevens-Johnson syndrome"], "stevens-johnson syndrome"),
        ([], ""),
    ],
)
def test_the_gravest_reaction_is_named(reactions, severe):
    assert severe_of(reactions) == severe


def test_a_quote_is_one_sentence_and_a_title_ends_none():
    text = "Feels well. Apixaban was started by Dr. [NAME] for a clot. No bleeding."
    assert said(text, 12, 20) == "Apixaban was started by Dr. [NAME] for a clot"


def test_a_long_sentence_is_cut_around_what_it_names():
    text = f"{'word ' * 100}amoxicillin {'more ' * 100}."
    quote = said(text, 500, 511)
    assert "amoxicillin" in quote
    assert quote.startswith("…word")
    assert quote.endswith("…")
    assert len(quote) < 200


def test_the_same_words_in_one_note_are_no_copy():
    first = Evidence("- Gout", "note", 10, "", "DocumentReference/t1")
    again = replace(first, quote="gout")
    older = replace(first, minutes_ago=900, ref="DocumentReference/t2")
    assert once([first, again, older]) == [replace(first, copies=1)]


def _case(count: int, looks: int = 10_000) -> Any:
    notes = tuple(
        Note(f"DocumentReference/t{n}", f"PMH: gout, visit {n}.", "Progress note", n) for n in range(count)
    )
    return replace(empty_case("patient-view"), notes=notes, deadline=Ends(looks))


def test_what_time_was_left_for_is_read_and_the_rest_is_named():
    heard = hear(_case(5, looks=2), Reading(), tables())
    assert len(heard.notes) == 2
    assert [(gap.what, gap.why) for gap in heard.gaps] == [("3 notes", "the time for this answer ran out")]


def test_the_card_that_names_unread_notes_comes_last():
    cards = service.answer(_case(4, looks=3), Reading(), settings_for(service))
    assert [card.topic for card in cards] == ["NOTEproblemGout", "NOTchecked"]
    assert "a note" in cards[-1].summary


@pytest.mark.parametrize("gap", ["word ", "A sentence. ", "a line\n", "a block\n\n", "Unbroken"])
def test_a_long_note_is_read_whole_in_parts_of_which_none_takes_long(gap):
    text = gap * (20_000 // len(gap))
    parts = [part.text for part in parted(replace(LONG, text=text))]
    assert "".join(parts) == text
    assert len(parts) > 3
    assert max(map(len, parts)) <= LONGEST


def test_white_space_at_the_end_of_a_long_note_is_no_part_and_an_empty_note_is_one():
    parts = [part.text for part in parted(replace(LONG, text=f"{'word ' * 1_200}{' ' * 900}"))]
    assert parts == ["word " * 1_200]
    assert [part.text for part in parted(LONG)] == [""]


def test_a_part_of_a_note_begins_where_a_section_does():
    sections = [f"{name}:\n{'Some words of it. ' * 200}\n" for name in ("HISTORY", "Family history", "PLAN")]
    parts = [part.text for part in parted(replace(LONG, text="".join(sections)))]
    assert parts == ["".join(sections[:1]), sections[1], sections[2]]


def test_a_part_that_begins_within_a_section_begins_with_its_heading():
    text = f"Exam: normal.\nFAMILY HISTORY:\n{'The mother had a stroke. ' * 600}"
    first, *others = (part.text for part in parted(replace(LONG, text=text)))
    assert first.startswith("Exam: normal.\n")
    assert len(others) == 2
    assert all(part.startswith("FAMILY HISTORY:\nThe mother had") for part in others)


def test_what_a_relative_had_is_never_told_of_the_patient_however_long_the_section():
    text = f"FAMILY HISTORY:\n{'Father: atrial fibrillation, diabetes mellitus, gout. ' * 250}"
    case = replace(_case(1), notes=(replace(LONG, text=text),))
    assert hear(case, Reading(), tables()).told == ()


def test_a_long_note_that_time_was_left_for_in_part_is_named_as_such():
    text = "PMH: gout.\n" + "Some words that say nothing. " * 800
    case = replace(_case(1, looks=1), notes=(replace(LONG, text=text),))
    heard = hear(case, Reading(), tables())
    assert [told.name for told in heard.told] == ["gout"]
    assert [gap.why for gap in heard.gaps] == ["read in part: the time for this answer ran out"]


def test_no_time_for_any_note_is_no_answer():
    with pytest.raises(OutOfTime):
        service.answer(_case(2, looks=0), Reading(), settings_for(service))


def test_notes_that_there_was_no_time_to_scrub_are_no_answer():
    case = replace(_case(0), gaps=(Gap("2 notes", LATE),))
    with pytest.raises(OutOfTime):
        service.answer(case, Reading(), settings_for(service))


def test_notes_that_were_left_out_for_what_they_are_leave_an_answer():
    case = replace(_case(0), gaps=(Gap("2 notes", "labelled restricted (meta.security)"),))
    assert service.answer(case, Reading(), settings_for(service)) == ()


def test_nobodys_case_has_nothing_to_read():
    reading = Reading()
    assert (
        service.answer(replace(empty_case("patient-view"), patient=""), reading, settings_for(service)) == ()
    )
    assert reading.asked == []


def test_a_model_that_fails_is_not_silence():
    class Failing(Reading):
        def run(self, name: str, document: Mapping[str, Any]) -> Mapping[str, Any]:
            raise ModelError("no weights")

    with pytest.raises(ModelError):
        service.answer(_case(1), Failing(), settings_for(service))


def test_a_restricted_kind_is_told_by_its_name():
    closes = tables().sensitive.closes
    assert [closes(kind) for kind in ("Psychotherapy note", "Substance use treatment", "Progress note")] == [
        True,
        True,
        False,
    ]


def test_an_unknown_age_counts_as_a_minors():
    hides = tables().sensitive.hides
    assert hides(["F32.9"], ["depression"], age_years=None)
    assert not hides(["F32.9"], ["depression"], age_years=40.0)
    assert hides(["B20"], ["x"], age_years=40.0)
    assert hides([], ["methadone"], age_years=40.0)
