"""Claims: what a note says strictly enough for a chart, and the precision that lets it be written."""

import pytest

pytest.importorskip("numpy", reason="the text model needs the extra `text`")

from models.base import BadInput
from models.text import claiming, notes
from models.text.claiming import LEAST, NEEDED, Judged, lines, lower, tabled, written
from models.text.claims import claims, confidence, succession, thresholds
from models.text.features import reader, understand
from models.text.model import model

MODEL = model.load("text")


@pytest.fixture(scope="module")
def judged() -> list[Judged]:
    return claiming.judged(reader())


def claimed(text: str) -> dict[str, str]:
    """Return what a text claims, by words, with the kind."""
    return {c.entity.text.lower(): c.kind for c in claims(text, understand(text).entities)}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Takes warfarin 5 mg daily.", {"warfarin": "medication"}),
        ("MEDICATIONS:\n- tamsulosin 0.4 mg daily", {"tamsulosin": "medication"}),
        ("STOPPED MEDICATIONS:\n- naproxen 500 mg", {}),
        ("Off prednisone since May.", {}),
        ("Metformin held for contrast.", {}),
        ("Cefazolin 2 g given.", {}),
        ("Lactate 1.1.", {}),
        ("Metoclopramide: worsening tremor.", {}),
        ("Husband takes apixaban 5 mg.", {}),
        ("PMH: gout.", {"gout": "problem"}),
        ("Gout in 2011, resolved.", {}),
        ("Chest pain.", {}),
        ("Allergies: codeine (hives).", {"codeine": "allergy"}),
        ("No reaction to latex.", {}),
        ("Tolerates amoxicillin.", {}),
        ("Hives ten minutes after naproxen.", {"naproxen": "allergy"}),
        ("No hives after naproxen.", {}),
        ("Rash improved after prednisone.", {"prednisone": "medication"}),
        ("If hives after naproxen, call.", {}),
        ("Her mother broke out in hives after naproxen.", {}),
        ("Allergy: codeine (hives). Daptomycin day 3.", {"codeine": "allergy"}),
        ("Seen by [NAME] at [LOCATION].", {}),
    ],
)
def test_what_is_claimed(text, found):
    assert claimed(text) == found


def test_an_event_names_its_reactions():
    text = "Throat swelling and hypotension minutes after first dose of amoxicillin."
    [claim] = claims(text, understand(text).entities)
    assert claim.described
    assert {"throat swelling", "hypotension"} <= set(claim.reactions)
    assert claim.as_dict()["described"] is True


def test_the_models_result_says_what_is_claimed_and_from_where_it_may_be_written():
    found = MODEL.run({"text": "Allergies: codeine (hives). No gout."})
    assert [e["text"] for e in found["entities"] if "claim" in e] == ["codeine"]
    assert found["writes_from"] == thresholds()
    assert found["model"] == f"text@{MODEL.version}"


def test_a_list_is_read_by_line_and_asserts_nothing():
    lines = (
        "Warfarin Sodium 5 MG Oral Tablet\nAtrial fibrillation\nQwertz\nPeanut\nReflux without esophagitis"
    )
    entries = MODEL.run({"text": lines, "list": True})["entries"]
    assert [[row["kind"] for row in entry] for entry in entries[:4]] == [
        ["medication"],
        ["problem"],
        [],
        ["allergy"],
    ]
    assert entries[1][0]["codes"][0]["code"].startswith("I48")
    assert not [row for row in entries[4] if "esophagitis" in row["text"]]


def test_list_is_true_or_false():
    with pytest.raises(BadInput) as refused:
        MODEL.run({"text": "x", "list": "yes"})
    assert refused.value.pointer == "/list"


def test_a_group_that_was_never_measured_is_a_coins_throw():
    assert confidence("no such group") == succession(0, 0) == 0.5


def test_the_thresholds_hold_on_the_closed_notes_as_they_are_read_now(judged):
    """What is written to charts was right often enough: .95, allergies .97."""
    found = [row for row in judged if row.closed]
    for kind, floor in thresholds().items():
        if floor is not None:
            above = [row for row in found if row.kind == kind and round(confidence(row.group), 3) >= floor]
            assert len(above) >= LEAST
            assert sum(row.right for row in above) / len(above) >= NEEDED[kind]
            assert not [row for row in above if row.harmful]


def test_the_measured_file_is_of_every_kind(judged):
    report = tabled(judged)
    assert set(report["thresholds"]) == {"problem", "medication", "allergy"}
    assert "[thresholds.allergy]" in written(report)
    assert len([line for line in lines(report) if "written from here" in line]) >= 1


def _rows(kind: str, group: str, right: int, wrong: int) -> list[Judged]:
    return [Judged(kind, group, at < right, True, False) for at in range(right + wrong)]


def test_a_kind_that_never_reaches_the_need_is_never_written():
    report = tabled(_rows("allergy", "allergy, x", 18, 2))
    table = report["thresholds"]["allergy"]
    assert "from" not in table
    assert "allergy     never written: 0.97 is not reached" in lines(report)
    assert table["steps"][0]["precision"] == 0.9


def test_too_few_claims_are_no_proof():
    assert "from" not in tabled(_rows("problem", "problem, x", LEAST - 1, 0))["thresholds"]["problem"]


def test_a_threshold_stops_where_precision_first_fails():
    rows = [*_rows("problem", "problem, good", 20, 0), *_rows("problem", "problem, bad", 1, 9)]
    table = tabled(rows)["thresholds"]["problem"]
    assert (table["claims"], table["precision"]) == (20, 1.0)


def test_the_lower_bound_is_wilsons():
    assert lower(20, 20) == pytest.approx(0.839, abs=0.001)


def test_notes_of_the_review_are_open_and_closed_and_named_once():
    found = notes.review()
    assert sum(note.closed for note in found) >= 36
    assert len({note.name for note in (*notes.load(), *found)}) == len(found) + len(notes.load())
