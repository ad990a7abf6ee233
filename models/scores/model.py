"""The scores as models: `scores/<name>` for each, and `scores`, the suite that reads whole records."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from importlib import import_module, resources
from typing import Any

from models.base import BadInput, Deadline, Document, Finding, Model, UnknownModel
from models.record import Record
from models.scores import definition as definitions
from models.scores.definition import Definition
from models.scores.engine import compute
from models.scores.schema import DRAFT, schema_of

SUITE = "scores"


@lru_cache(maxsize=1)
def _card() -> Mapping[str, Any]:
    path = resources.files("models.scores") / "card.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


@dataclass(frozen=True)
class ScoreModel:
    """One published score behind the door every model stands behind."""

    definition: Definition

    @property
    def name(self) -> str:
        """The name as in `clinicards run NAME`."""
        return f"{SUITE}/{self.definition.name}"

    @property
    def version(self) -> str:
        """Year of the published formula and our revision of it."""
        return self.definition.version

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema of one input document."""
        return schema_of(self.definition)

    def run(self, document: Document) -> dict[str, Any]:
        """Compute one document; raise `BadInput` where it is not of the schema's form."""
        return compute(self.definition, _checked(document))

    def card(self) -> dict[str, Any]:
        """Return the family's card with what is this score's own."""
        one = self.definition
        own = {
            "name": self.name,
            "version": self.version,
            "title": one.title,
            "sources": [asdict(source) for source in (one.source, *one.evidence)],
            "inputs": [_input_row(one, position) for position in range(len(one.inputs))],
            "outputs": [{"name": o, "unit": one.units.get(o, one.unit)} for o in one.outputs],
            "bands": [_band_row(one, position) for position in range(len(one.bands))],
            "traps": list(one.traps),
        }
        return {**_card(), **own}


def _input_row(definition: Definition, position: int) -> dict[str, Any]:
    spec = definition.inputs[position]
    row = {"name": spec.name, "label": spec.label, "kind": spec.kind, "required": spec.required}
    ends = {
        "unit": spec.unit,
        "values": list(spec.values),
        "min": spec.low,
        "max": spec.high,
        "below": spec.below,
    }
    return {**row, **{key: value for key, value in ends.items() if value not in ("", [], None)}}


def _band_row(definition: Definition, position: int) -> dict[str, Any]:
    band = definition.bands[position]
    ends = {"from": band.low, "below": band.below}
    finite = {key: end for key, end in ends.items() if end not in (float("inf"), float("-inf"))}
    return {"output": band.output, **finite, "label": band.label, "source": band.source}


def _checked(document: Document) -> Document:
    if not isinstance(document, Mapping):
        raise BadInput("one JSON object is needed", pointer="")
    return document


@dataclass(frozen=True)
class Suite:
    """All scores at once: over a record, or over one document of named inputs."""

    @property
    def name(self) -> str:
        """The name as in `clinicards run NAME`."""
        return SUITE

    @property
    def version(self) -> str:
        """The version of the whole set."""
        return str(_card()["version"])

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema of one input document."""
        names = definitions.names()
        return {
            "$schema": DRAFT,
            "$id": f"urn:clinicards:scores:{self.version}",
            "title": "Every score whose inputs are all there",
            "type": "object",
            "properties": {
                "id": {"description": "Returned unchanged."},
                "only": {"type": "array", "items": {"type": "string", "enum": list(names)}},
                "inputs": {
                    "type": "object",
                    "description": "Inputs by the names that the scores' schemas give.",
                },
            },
            "required": ["inputs"],
            "additionalProperties": False,
        }

    def run(self, document: Document) -> dict[str, Any]:
        """Compute every score (or those under `only`) that the inputs suffice for."""
        document = _checked(document)
        inputs = _suite_inputs(document)
        chosen = _chosen(document)
        unknown = [name for name in inputs if not any(name in one.lookup for one in chosen)]
        if unknown:
            raise BadInput("no chosen score has an input of this name", pointer=f"/inputs/{unknown[0]}")
        results = {one.name: _within(one, inputs) for one in chosen}
        answer = {"id": document["id"]} if "id" in document else {}
        return {**answer, "scores": {name: result for name, result in results.items() if result is not None}}

    def find(self, record: Record, *, deadline: Deadline, options: Mapping[str, Any]) -> Sequence[Finding]:
        """Return the scores' findings of a record."""
        # Loaded on first use: reading inputs out of records is not needed to run single documents.
        features = import_module("models.scores.features")
        found: Sequence[Finding] = features.find_all(
            record, deadline=deadline, options=options, definitions=definitions.load_all()
        )
        return found

    def card(self) -> dict[str, Any]:
        """Return the family's card."""
        names = [f"{SUITE}/{name}" for name in definitions.names()]
        return {"name": SUITE, "title": "Published clinical scores", **_card(), "models": names}


def _suite_inputs(document: Document) -> Mapping[str, Any]:
    extra = set(document) - {"id", "only", "inputs"}
    if extra:
        raise BadInput("known here are id, only and inputs", pointer=f"/{min(extra)}")
    inputs = document.get("inputs")
    if not isinstance(inputs, Mapping):
        raise BadInput("an object of inputs by name is needed", pointer="/inputs")
    return inputs


def _chosen(document: Document) -> list[Definition]:
    only = document.get("only", definitions.names())
    if not isinstance(only, list | tuple) or not all(name in definitions.names() for name in only):
        raise BadInput("only is a list of names of scores, without `scores/`", pointer="/only")
    return [definitions.load(name) for name in only]


def _within(definition: Definition, inputs: Mapping[str, Any]) -> dict[str, Any] | None:
    """Compute one score from those inputs that are its own, or None where one that it needs is missing."""
    own = {name: value for name, value in inputs.items() if name in definition.lookup}
    try:
        result = compute(definition, own)
    except BadInput as error:
        raise BadInput(f"{definition.name}: {error.message}", pointer=f"/inputs{error.pointer}") from error
    values = result["values"].values() if "values" in result else (result["value"],)
    return result if any(value is not None for value in values) else None


class ScoreFamily:
    """The entry point `scores` of the group `clinicards.models`."""

    def names(self) -> Sequence[str]:
        """Return the names of all scores and of the suite, without loading any."""
        return (SUITE, *(f"{SUITE}/{name}" for name in definitions.names()))

    def load(self, name: str) -> Model:
        """Return the named model; raise `UnknownModel`."""
        if name == SUITE:
            return Suite()
        prefix, _, score = name.partition("/")
        if prefix != SUITE:
            raise UnknownModel(f"no score is named {name!r}; names begin with {SUITE}/")
        return ScoreModel(definitions.load(score))


family = ScoreFamily()
