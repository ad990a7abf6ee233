"""What was learned: files of numbers with their hashes, notes of our own, figures that can be had again."""

from pathlib import Path

import pytest

pytest.importorskip("numpy", reason="the text model needs the extra `text`")

import numpy as np

from models.base import ModelError
from models.text import counts, evaluate, notes, train, weights
from models.text.features import reader
from models.text.learning import corpora


def test_weights_come_back_as_they_were_written(tmp_path: Path) -> None:
    given = {"a": np.arange(6, dtype=np.float16).reshape(2, 3), "b": np.array([1, -2], np.int8)}
    weights.write("x.bin", {"n": 1}, given, folder=tmp_path)
    found = weights.read("x.bin", folder=tmp_path)
    assert found.about == {"n": 1}
    assert all((found.arrays[name] == array).all() for name, array in given.items())


def test_a_changed_file_is_refused(tmp_path: Path) -> None:
    weights.write("x.bin", {}, {"a": np.zeros(4, np.float32)}, folder=tmp_path)
    content = (tmp_path / "x.bin").read_bytes()
    (tmp_path / "x.bin").write_bytes(content[:-1] + b"\x01")
    with pytest.raises(weights.BadWeights, match="train again"):
        weights.read("x.bin", folder=tmp_path)


def test_a_missing_file_names_the_fix(tmp_path: Path) -> None:
    with pytest.raises(weights.BadWeights, match="clinicards train text"):
        weights.read("y.bin", folder=tmp_path)


def test_all_weights_together_are_small() -> None:
    assert sum(path.stat().st_size for path in weights.FOLDER.iterdir()) < 15_000_000


def test_training_without_data_names_corpus_and_licence(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"bc5cdr.*CC BY 4\.0"):
        list(train.train("text", data=str(tmp_path), seed=0))


def test_there_are_150_annotated_notes_in_two_halves() -> None:
    found = notes.load()
    assert len(found) >= 150
    assert sum(note.closed for note in found) >= 30
    assert len({note.name for note in found}) == len(found)
    assert all(note.text[m.start : m.end].strip() for note in found for m in note.marks)


def test_present_problems_of_open_notes_are_told_as_well_as_promised() -> None:
    found = evaluate.own_notes(reader(), closed=False)["present"]
    assert found["precision"]["value"] >= 0.85
    assert found["recall"]["value"] >= 0.75


def test_an_interval_holds_its_value() -> None:
    found = counts.figures([counts.Count(3, 1, 0), counts.Count(2, 0, 2), counts.Count(5, 1, 1)])
    low, high = found["f1"]["interval"]
    assert low <= found["f1"]["value"] <= high
    assert found["precision"]["value"] == pytest.approx(10 / 12, abs=1e-4)


def test_spans_of_tags_follow_begin_and_inside() -> None:
    assert corpora.spans_of([1, 2, 0, 3, 3, 4]) == {(0, 2, 1), (3, 4, 3), (4, 6, 3)}
    assert corpora.spans_of([2, 0]) == {(0, 1, 1)}


def test_an_iob_file_is_read_by_sentence(tmp_path: Path) -> None:
    path = tmp_path / "x.tsv"
    path.write_text("Aspirin\tB-Chemical\nhelps\tO\n\nFever\tB-Disease\n", encoding="utf-8")
    first, second = corpora.iob(path, chemicals=True)
    assert first.words == ("Aspirin", "helps")
    assert second.allowed == (frozenset({3}),)


def test_the_card_names_the_weights_that_ship() -> None:
    from models.text.model import model

    artefact = model.load("text").card()["artefact"]
    weights.read("tagger.bin")
    assert artefact["sha256"] in (weights.FOLDER / weights.MANIFEST).read_text(encoding="utf-8")
