"""The text model behind the door: the kit's promises, the record's form, what serving does without."""

import subprocess
import sys

import pytest

pytest.importorskip("numpy", reason="the text model needs the extra `text`")

from models.base import BadInput, UnknownModel
from models.testing import check_model
from models.text.found import KINDS
from models.text.model import model

MODEL = model.load("text")


def test_the_model_keeps_what_every_model_promises() -> None:
    check_model(MODEL)


def test_another_name_is_unknown() -> None:
    with pytest.raises(UnknownModel):
        model.load("words")


def test_an_entity_has_the_records_form() -> None:
    found = MODEL.run({"id": 7, "text": "No chest pain."})
    entity = found["entities"][0]
    assert found["id"] == 7
    assert {
        "start",
        "end",
        "text",
        "kind",
        "codes",
        "negated",
        "uncertain",
        "historical",
        "hypothetical",
    } <= set(entity)
    assert (entity["text"], entity["negated"], entity["experiencer"]) == ("chest pain", True, "patient")
    assert entity["trigger"] == {"start": 0, "end": 2, "text": "No"}
    assert entity["kind"] in KINDS


def test_with_spans_there_is_exactly_one_entity_for_each_in_order() -> None:
    text = "No chest pain, but cough."
    spans = [{"start": 19, "end": 24}, {"start": 3, "end": 13}, {"start": 19, "end": 24}]
    found = MODEL.run({"text": text, "spans": spans})["entities"]
    assert [(e["text"], e["negated"]) for e in found] == [
        ("cough", False),
        ("chest pain", True),
        ("cough", False),
    ]


@pytest.mark.parametrize(
    ("document", "pointer"),
    [
        ({}, "/text"),
        ({"text": 3}, "/text"),
        ({"text": "x", "spans": {}}, "/spans"),
        ({"text": "x", "spans": [{"start": 0, "end": 2}]}, "/spans/0"),
        ({"text": "x", "spans": [{"start": 1, "end": 1}]}, "/spans/0"),
        ({"text": "x", "spans": [{"start": True, "end": 1}]}, "/spans/0"),
        ({"text": "x", "more": 1}, "/more"),
    ],
)
def test_bad_input_is_refused_by_pointer(document: dict[str, object], pointer: str) -> None:
    with pytest.raises(BadInput) as refused:
        MODEL.run(document)
    assert refused.value.pointer == pointer


def test_the_door_loads_no_numpy_and_reading_loads_no_spacy_or_torch() -> None:
    code = (
        "import sys, models.text.model as m; m.model.load('text').schema();"
        "assert 'numpy' not in sys.modules;"
        "m.model.load('text').run({'text': 'No fever.'});"
        "sys.exit(bool({'spacy', 'torch', 'sklearn'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
