"""The scores behind the models' door: names, schema, card, the suite."""

import json

import pytest

from models.base import BadInput, NoDeadline, UnknownModel
from models.record import Record
from models.scores import definition as definitions
from models.scores.model import Suite, family

NAMES = definitions.names()
KFRE = {"age_years": 63, "sex": "male", "egfr": 33, "urine_acr": 500, "region": "north_america"}


def test_every_score_is_a_model_and_so_is_the_suite():
    """The family names each definition once, and loads each under its name."""
    assert set(family.names()) == {"scores", *(f"scores/{name}" for name in NAMES)}
    for name in family.names():
        model = family.load(name)
        assert model.name == name
        assert model.version


@pytest.mark.parametrize("name", ["kfre", "scores/none", "scores/", "risk/kfre", ""])
def test_an_unknown_name_is_refused(name):
    """A family loads only what it names."""
    with pytest.raises(UnknownModel):
        family.load(name)


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_names_every_input_and_is_json(name):
    """The schema lists each input and alias with its unit, and allows nothing else."""
    one = definitions.load(name)
    schema = family.load(f"scores/{name}").schema()
    json.dumps(schema, allow_nan=False)
    assert schema["$schema"].endswith("2020-12/schema")
    assert set(schema["properties"]) == {"id", *one.lookup}
    assert schema["additionalProperties"] is False
    for spec in one.inputs:
        assert schema["properties"][spec.name].get("x-unit", "") == spec.unit


def test_a_schema_tells_what_is_required_and_what_will_do_instead():
    """Required inputs are named, one of two where either will do."""
    kfre, osmolality = family.load("scores/kfre").schema(), family.load("scores/osmolality").schema()
    assert kfre["required"] == list(KFRE)
    assert osmolality["required"] == ["sodium", "glucose"]
    assert osmolality["allOf"] == [{"anyOf": [{"required": ["bun"]}, {"required": ["urea"]}]}]


@pytest.mark.parametrize("name", NAMES)
def test_a_card_says_research_use_and_the_source(name):
    """Each card is JSON, names its sources and says that this is no medical device."""
    card = family.load(f"scores/{name}").card()
    json.dumps(card, allow_nan=False)
    assert card["name"] == f"scores/{name}"
    assert "Not a medical device" in card["statement"]
    assert card["sources"][0]["citation"] == definitions.load(name).source.citation
    assert len(card["inputs"]) == len(definitions.load(name).inputs)


def test_a_model_computes_a_document():
    """`run` is the engine's answer, with the document's id."""
    answer = family.load("scores/kfre").run({"id": 7, **KFRE})
    assert answer["id"] == 7
    assert round(answer["values"]["risk_5y"], 4) == 0.2117


@pytest.mark.parametrize("document", [[], "x", None, 3])
def test_a_document_is_an_object(document):
    """Anything but an object is bad input, for a score and for the suite."""
    for name in ("scores/kfre", "scores"):
        with pytest.raises(BadInput):
            family.load(name).run(document)


def test_the_suite_computes_what_the_inputs_suffice_for():
    """Scores that lack an input are left out; those asked for are restricted by `only`."""
    document = {"id": "a", "inputs": {"weight": 70, "height": {"value": 1.75, "unit": "m"}}}
    answer = Suite().run(document)
    assert answer["id"] == "a"
    assert {"bmi", "bsa-mosteller"} <= set(answer["scores"])
    assert "kfre" not in answer["scores"]
    assert set(Suite().run({**document, "only": ["bmi"]})["scores"]) == {"bmi"}


@pytest.mark.parametrize(
    ("document", "pointer"),
    [
        ({}, "/inputs"),
        ({"inputs": [1]}, "/inputs"),
        ({"inputs": {}, "more": 1}, "/more"),
        ({"inputs": {"wieght": 70}}, "/inputs/wieght"),
        ({"inputs": {"weight": -70, "height": 175}}, "/inputs/weight"),
        ({"inputs": {}, "only": ["bim"]}, "/only"),
        ({"inputs": {}, "only": "bmi"}, "/only"),
    ],
)
def test_the_suite_refuses_what_it_does_not_know(document, pointer):
    """Bad input to the suite is named by pointer."""
    with pytest.raises(BadInput) as caught:
        Suite().run(document)
    assert caught.value.pointer == pointer


def test_the_suite_reads_records():
    """An empty record gives no score with a number."""
    pytest.importorskip("models.scores.features")
    found = Suite().find(Record(), deadline=NoDeadline(), options={})
    assert all(one.value is None and not any(one.values.values()) for one in found)
