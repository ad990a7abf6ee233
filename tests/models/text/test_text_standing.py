"""How likely it is that what reads as present is: a score beside the cues, learned from notes."""

from dataclasses import replace

import pytest

pytest.importorskip("numpy", reason="the text model needs the extra `text`")

import numpy as np

from models.text import mentions, notes, standing, weights
from models.text.counts import Count
from models.text.features import reader, understand
from models.text.found import Understood
from models.text.learning import presence


def present(found: Understood) -> set[str]:
    """Return what is present, in lower case."""
    return {one.text.lower() for one in found.present("problem", "symptom")}


@pytest.mark.parametrize(
    ("text", "there", "not_there"),
    [
        (
            "Levetiracetam: irritability, low mood, sleepiness gone through.",
            set(),
            {"low mood", "sleepiness"},
        ),
        ("Ring same day for spreading redness, black toe, feeling unwell.", set(), {"black toe"}),
        ("The man in the next bed tested positive for influenza.", set(), {"influenza"}),
        ("ROS: fatigue +, heartburn + after pizza, constipation -.", {"heartburn"}, {"constipation"}),
        ("Cough [+] fever [-] wheeze [+]", {"cough", "wheeze"}, {"fever"}),
        ("Headache nil, epigastric pain nil, pruritus yes.", {"pruritus"}, {"headache", "epigastric pain"}),
        ("Past history: gout.", {"gout"}, set()),
        ("FH: none\nO/E pale. Clubbing.", {"pale", "clubbing"}, set()),
        ("Exam: relative bradycardia.", {"relative bradycardia"}, set()),
    ],
)
def test_what_misled_cues_is_read_as_it_is_meant(text: str, there: set[str], not_there: set[str]) -> None:
    found = present(understand(text))
    assert there <= found
    assert not not_there & found


def test_what_is_unlikely_is_named_with_its_score_and_is_not_present() -> None:
    known = reader()
    page, named = known.told("Return if fever. Cough today.")
    never = replace(known.parts.standing, least=1.1)
    read = standing.weighed(never, page.words, named, page.sections)
    cough = next(one for one in read if one.text == "Cough")
    assert 0 < cough.standing < 1
    assert not cough.stands
    assert not cough.present


def test_only_what_reads_as_present_is_scored() -> None:
    found = {one.text.lower(): one for one in understand("No fever. Cough. On aspirin.").entities}
    assert found["fever"].standing == found["aspirin"].standing == 1.0
    assert found["cough"].standing < 1.0


def test_the_score_in_use_is_the_one_that_was_fitted() -> None:
    known = reader()
    seen = [presence.read(known, "x", "Cough. Fever.", [(0, 5, True)])]
    model = presence.fit([*seen, *seen], 0)
    size = standing.BUCKETS
    own = replace(
        known.parts.standing,
        weight=model.coef_[0][:size].astype(np.float32),
        groups=model.coef_[0][size:].reshape(len(mentions.PLACES), -1).astype(np.float32),
        bias=float(model.intercept_[0]),
    )
    rows = [one.row for one in seen[0].seen]
    expected = model.predict_proba(presence.matrix(rows))[:, 1]
    assert [own.of(row) for row in rows] == pytest.approx(list(expected), abs=1e-4)


def test_a_mark_that_is_free_teaches_nothing_and_counts_nothing() -> None:
    read = presence.read(reader(), "x", "Cough. Fever. Rash.", [(0, 5, None), (7, 12, True)])
    assert [one.present for one in read.seen] == [None, True, False]
    assert read.needed == 1


def test_the_operating_point_is_the_lowest_that_is_precise_enough() -> None:
    rough, sure = Count(5, 5, 0), Count(98, 2, 1)
    table = {0.0: rough} | {0.05 * n: sure if n > 3 else rough for n in range(1, 15)}
    table = {round(step, 2): count for step, count in table.items()}
    assert (
        presence.least({**dict.fromkeys(presence.DECIDING, table), "trap": dict.fromkeys(table, rough)})
        == 0.2
    )
    assert presence.least(dict.fromkeys(presence.DECIDING, dict.fromkeys(table, rough))) == 0.7


def test_the_weights_say_what_they_reached_where_an_author_was_left_out() -> None:
    about = weights.read("standing.bin").about
    for author in presence.DECIDING:
        precision, recall = about["authors left out"][author]["with the score"]
        assert precision >= 0.88
        assert recall >= 0.8


def test_notes_to_learn_from_what_is_present_mark_problems_and_symptoms_alone() -> None:
    found = notes.present()
    assert len(found) >= 249
    assert {mark.kind for note in found for mark in note.marks} == {"problem", "symptom"}
    assert not any(mark.present for note in found for mark in note.marks if "-" in mark.flags)


def test_a_thousand_findings_are_scored_in_bounded_work() -> None:
    found = understand("Cough, fever and rash today. " * 400)
    assert len(found.entities) == 1200
    assert all(one.standing <= 1 for one in found.entities)
