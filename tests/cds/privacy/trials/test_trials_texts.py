"""The trials' texts are the same for a seed, different between seeds, and marked to the character."""

import subprocess
import sys
from collections import Counter
from itertools import chain, pairwise
from random import Random

import pytest

from cds.privacy.trials import hand, notes, places, queries
from cds.privacy.trials.generator import unmarked
from cds.privacy.trials.hand import half_of, read_marked
from cds.privacy.trials.parts import chance_for, kept
from cds.privacy.trials.people import person, table
from cds.privacy.trials.styles import STYLES
from cds.privacy.trials.templates import GROUPS, cast, filled, templates
from cds.privacy.trials.trial import CATEGORIES, Piece, literal_pieces, put_together

MADE = [*notes(11, 500), *queries(11, 600)]
WRITTEN = [*hand("both"), *hand("spent"), *hand("others")]


def test_the_same_seed_gives_the_same_texts() -> None:
    assert list(notes(3, 40)) == list(notes(3, 40))
    assert list(queries(3, 40)) == list(queries(3, 40))


def test_another_seed_gives_other_texts() -> None:
    assert not {t.text for t in notes(3, 60)} & {t.text for t in notes(4, 60)}


def test_a_longer_run_begins_like_a_shorter_one() -> None:
    assert list(queries(5, 90))[:30] == list(queries(5, 30))


def test_what_is_learnt_from_shares_no_template_with_the_exam() -> None:
    for make, many in ((notes, 400), (queries, 700)):
        learn = {t.template for t in make(1, many, part="learn")}
        exam = {t.template for t in make(1, many, part="exam")}
        assert len(exam) >= 45
        assert not learn & exam


def test_what_is_learnt_from_shares_no_name_or_place_with_the_exam() -> None:
    """Coined family names are put together from syllables, and meet by chance alone."""
    people = {part: [person(chance_for(str(n), part)) for n in range(3000)] for part in ("learn", "exam")}
    firsts = {part: {who.first for who in each} for part, each in people.items()}
    assert not firsts["learn"] & firsts["exam"]
    lasts = {part: {who.last for who in each if "-" not in who.last} for part, each in people.items()}
    listed = {last for section in table("names").values() for last in section.get("last", ())}
    assert not lasts["learn"] & lasts["exam"] & listed
    shelters = {
        part: {piece.text for n in range(300) for piece in places.SLOTS["church"](chance_for(str(n), part))}
        for part in ("learn", "exam")
    }
    assert not shelters["learn"] & shelters["exam"]


def test_every_list_is_parted_into_two() -> None:
    assert set(kept(("Oxbow", "Quillan"), "learn")) | set(kept(("Oxbow", "Quillan"), "exam")) == {
        "Oxbow",
        "Quillan",
    }
    assert not set(kept(("Oxbow", "Quillan"), "learn")) & set(kept(("Oxbow", "Quillan"), "exam"))
    assert kept(("Oxbow", "Quillan"), "all") == ("Oxbow", "Quillan")


def test_no_name_stands_on_two_lists() -> None:
    """It would fall into both parts."""
    names = [
        n
        for section in table("names").values()
        for key in ("female", "male", "last")
        for n in section.get(key, ())
    ]
    assert not [name for name, many in Counter(names).items() if many > 1]


def test_texts_do_not_repeat() -> None:
    assert len({t.text for t in MADE}) == len(MADE)


def test_there_are_templates_enough() -> None:
    assert len(templates("notes")) >= 120
    assert len(templates("queries")) >= 250


def test_every_template_is_used_before_one_is_used_again() -> None:
    many = len(templates("queries"))
    assert len({t.template for t in queries(2, many)}) == many


def test_marks_lie_inside_the_text_in_order_and_do_not_overlap() -> None:
    for trial in MADE + WRITTEN:
        marks = sorted([*((m.start, m.end) for m in trial.spans), *trial.traps, *trial.either])
        assert all(0 <= start < end <= len(trial.text) for start, end in marks), trial.id
        assert all(first[1] <= second[0] for first, second in pairwise(marks)), trial.id
        assert all(m.category in CATEGORIES for m in trial.spans), trial.id


@pytest.mark.parametrize("style", STYLES)
def test_a_mark_covers_what_was_put_there_in_every_style(style: str) -> None:
    """What stands under a mark is what the styled piece said, whatever the style did to its length."""
    for number, template in enumerate(templates("notes")):
        chance = Random(f"{style}:{number}")
        pieces = STYLES[style](filled(template, cast(chance), chance), chance)
        text, spans, _ = put_together(pieces)
        put = [(p.kind, p.text) for p in pieces if p.identifies and p.text]
        assert [(m.category, text[m.start : m.end]) for m in spans] == put


@pytest.mark.parametrize("style", ["plain", "caps", "lower", "wrapped"])
def test_these_styles_keep_every_letter(style: str) -> None:
    """Capitals and line breaks aside, nothing is lost or added."""
    chance = Random(5)
    for template in templates("notes")[:40]:
        pieces = filled(template, cast(chance), chance)
        before = "".join("".join(p.text for p in pieces).split())
        after = "".join("".join(p.text for p in STYLES[style](pieces, chance)).split())
        assert after.upper().casefold() == before.upper().casefold()


def test_no_word_of_an_identifier_stands_unmarked_elsewhere() -> None:
    """Read off the finished texts, not off the pieces they were made of."""
    for trial in MADE:
        rest = list(trial.text)
        for start, end in [*((m.start, m.end) for m in trial.spans), *trial.traps]:
            rest[start:end] = ["\x00"] * (end - start)
        inside = [Piece(trial.text[m.start : m.end], "NAME") for m in trial.spans]
        assert not unmarked([*inside, Piece("".join(rest))]), trial.text


def test_an_unmarked_name_is_noticed() -> None:
    assert unmarked([Piece("Okonkwo", "NAME"), Piece(" came; Okonkwo left")]) == {"Okonkwo"}
    assert not unmarked([Piece("Will", "NAME"), Piece(" will come")])
    assert not unmarked([Piece("Foley", "NAME"), Piece("Foley catheter", "trap")])


def test_every_class_is_there_often_enough() -> None:
    counts = Counter(m.category for t in MADE for m in t.spans)
    assert set(counts) == set(CATEGORIES)
    assert min(counts.values()) >= 15, counts


def test_every_listed_form_is_there() -> None:
    """The law's classes, and what counts beside them: initials, lone months, holidays, shelters, badges."""
    forms = {m.form for t in chain(MADE, notes(12, 500)) for m in t.spans}
    wanted = {
        *("name.init", "name.user", "name.filed", "name.hl7", "loc.hospital", "loc.school", "loc.employer"),
        *("loc.shelter", "loc.street", "loc.town", "loc.county", "loc.zip", "date.holiday", "date.month"),
        *("date.noyear", "date.range", "date.compact", "ssn.last4", "id.study", "id.accession", "id.badge"),
        *("photo", "device.serial", "vehicle.plate", "vehicle.vin", "license.dea", "license.npi", "plan"),
        *("phone.pager", "phone.extension", "ip.v4", "ip.v6", "ip.mac", "biometric", "age.over89", "account"),
    }
    assert not wanted - forms


def test_styles_and_origins_of_names_vary() -> None:
    assert {t.style for t in MADE} == set(STYLES)
    assert len({t.origin for t in MADE}) >= 15


def test_hard_negatives_are_plenty() -> None:
    assert sum(len(t.traps) for t in MADE) >= 1500
    assert sum(not t.spans for t in MADE) >= 10


def test_days_are_written_in_many_ways() -> None:
    shapes = {
        "".join("9" if c.isdigit() else "a" if c.isalpha() else c for c in t.text[m.start : m.end])
        for t in MADE
        for m in t.spans
        if m.form in {"date.day", "date.birth"} and t.style == "plain"
    }
    assert len(shapes) >= 25


def test_coined_names_stand_on_no_list() -> None:
    chance = Random(1)
    assert len({person(chance, origin="coined").last for _ in range(400)}) > 300


def test_no_two_people_of_a_text_share_a_family_name() -> None:
    for number in range(200):
        assert len({who.last for who in cast(Random(number)).values()}) == 5


def test_every_slot_of_every_template_can_be_drawn() -> None:
    chance = Random(0)
    for group in GROUPS:
        for template in templates(group):
            for _ in range(4):
                assert filled(template, cast(chance), chance)


def test_hand_written_texts_are_many_and_lie_in_the_half_their_hash_says() -> None:
    short = [t for t in WRITTEN if t.kind == "query"]
    assert len(short) >= 150
    assert len(WRITTEN) - len(short) >= 40
    for half in ("open", "closed"):
        assert {half_of(t.text) for t in hand(half)} == {half}
    assert {half_of(t.text) for t in hand("spent")} == {"closed"}
    learnt = {t.text for half in ("open", "others", "spent") for t in hand(half)}
    assert not learnt & {t.text for t in hand("closed")}


def test_hand_written_markup_is_read_to_the_character() -> None:
    (trial,) = read_marked("%% query\nFor {{NAME:Ann Lee}}, ~64~, with <<Bell's palsy>>.\n", "x")
    assert trial.text == "For Ann Lee, 64, with Bell's palsy."
    assert [(m.start, m.end, m.category) for m in trial.spans] == [(4, 11, "NAME")]
    assert trial.text[slice(*trial.traps[0])] == "Bell's palsy"
    assert trial.text[slice(*trial.either[0])] == "64"


@pytest.mark.parametrize("markup", ["{{NAMES:Ann}}", "see {p.last} again", "give <drug>"])
def test_a_wrong_mark_is_refused_by_name(markup: str) -> None:
    with pytest.raises(ValueError, match=r"NAMES|p\.last|drug"):
        list(literal_pieces(markup))


def test_no_mark_is_left_in_a_finished_text() -> None:
    left = [t.id for t in MADE + WRITTEN for sign in ("{{", "}}", "<<", ">>", "{p", "~") if sign in t.text]
    assert not left


def test_serving_never_loads_the_trials() -> None:
    code = "import sys, cds.web, cds.wiring, cds.cli.root; sys.exit('cds.privacy.trials' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
