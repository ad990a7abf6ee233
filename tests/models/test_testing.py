"""The conformance kit finds every broken promise, and our own models break none."""

import math

import pytest
from learned import Line, Lines

from models.base import BadInput
from models.scores.model import family
from models.testing import check_model, example
from models.testing.schema import faults


@pytest.mark.parametrize("name", family.names())
def test_every_score_keeps_every_promise(name):
    """The kit runs over each score and over the suite."""
    assert check_model(family.load(name)) == 8


def test_a_learned_model_keeps_every_promise():
    """The kit is not made for formulas only."""
    check_model(Lines().load("risk/line"), examples=[{"id": 1, "x": 2.0}])


class Vague(Line):
    def run(self, document):
        return {"value": 1.0, **({"id": document["id"]} if "id" in document else {})}


class Counting(Line):
    calls = 0

    def run(self, document):
        self.calls += 1
        return {**super().run(document), "value": self.calls}


class Grabbing(Line):
    def run(self, document):
        answer = super().run(document)
        document.pop("x")
        return answer


class Forgetful(Line):
    def run(self, document):
        return {key: value for key, value in super().run(document).items() if key != "id"}


class Inventive(Line):
    def run(self, document):
        return {"id": "mine", **super().run(document)}


class Imputing(Line):
    def run(self, document):
        return super().run({"x": 5, **document}) if isinstance(document, dict) else super().run(document)


class Fragile(Line):
    def run(self, document):
        x = document.get("x") if isinstance(document, dict) else None
        return super().run({**document, "x": x["value"]} if isinstance(x, dict) else document)


class Unwriteable(Line):
    def run(self, document):
        return {**super().run(document), "value": math.nan}


class Trusting(Line):
    def run(self, document):
        x = document.get("x") if isinstance(document, dict) else None
        if isinstance(x, float) and not math.isfinite(x):
            return {"value": None}
        return super().run(document)


class Pointless(Line):
    def run(self, document):
        try:
            return super().run(document)
        except BadInput as error:
            raise BadInput(error.message) from None


class Undescribed(Line):
    def card(self):
        return {**super().card(), "fairness": {}}


class Misnamed(Line):
    name = "risk.line"


class Mistyped(Line):
    def schema(self):
        return {**super().schema(), "aditionalProperties": False}


class Shared(Line):
    kept = Line("1.0", 1).schema()

    def schema(self):
        return self.kept


@pytest.mark.parametrize(
    ("broken", "promise"),
    [
        (Vague, "is no document"),
        (Counting, "same result"),
        (Grabbing, "leaves the document"),
        (Forgetful, "id is returned"),
        (Inventive, "no id is made up"),
        (Imputing, "named as missing"),
        (Fragile, "not KeyError"),
        (Unwriteable, "JSON without NaN"),
        (Trusting, "never NaN"),
        (Pointless, "pointer"),
        (Undescribed, "card is complete"),
        (Misnamed, "a name has none"),
        (Mistyped, "unknown keyword"),
        (Shared, "stays with the caller"),
    ],
)
def test_a_broken_promise_is_named(broken, promise):
    """One model for each way of breaking a promise."""
    with pytest.raises(AssertionError, match=promise):
        check_model(broken("1.0", 2.0), examples=[{"id": 1, "x": 2.0}])


@pytest.mark.parametrize(
    ("schema", "place"),
    [
        (3, "/:"),
        ({"type": "number?"}, "/type"),
        ({"type": []}, "/type"),
        ({"properties": {"a": {"minimum": "0"}}}, "/properties/a/minimum"),
        ({"minimum": 2, "maximum": 1}, "/minimum"),
        ({"enum": []}, "/enum"),
        ({"anyOf": []}, "/anyOf"),
        ({"required": ["a", "a"]}, "/required"),
        ({"properties": {}, "required": ["a"], "additionalProperties": False}, "/required"),
        ({"$ref": "#/$defs/none"}, "/$ref"),
        ({"$ref": "https://example.org/x"}, "/$ref"),
        ({"pattern": "("}, "/pattern"),
        ({"minItems": -1}, "/minItems"),
        ({"requird": []}, "/requird"),
        ({"allOf": [{"items": {"type": "nothing"}}]}, "/allOf/0/items/type"),
    ],
)
def test_what_is_no_schema_is_found_at_its_place(schema, place):
    """Each kind of mistake is named with the place."""
    found = list(faults(schema))
    assert len(found) == 1
    assert found[0].startswith(place)


def test_a_whole_schema_has_no_faults():
    """Booleans, references and own keywords are fine."""
    whole = {"$defs": {"a": {"type": ["number", "null"]}}, "properties": {"b": {"$ref": "#/$defs/a"}},
             "x-unit": "kg", "items": True, "pattern": "^a$", "enum": [1], "minItems": 0,
             "required": ["b"]}  # fmt: skip
    assert not list(faults(whole))


def test_an_example_has_every_required_property_within_its_bounds():
    """The kit's own document is one that the schema allows."""
    document = example(family.load("scores/osmolality").schema())
    assert {"sodium", "glucose", "bun"} <= set(document)
    assert 0 < document["sodium"] < 300
