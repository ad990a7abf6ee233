"""What a score is: its inputs, outputs, bands, limits and source, read from one TOML file a score.

Unknown keys are errors, and a definition without a source is refused: a typing error must never turn into
a silently different score.
"""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from importlib import import_module, resources
from typing import Any, Literal

from models.base import Source, UnknownModel
from models.quantities import convert

InputKind = Literal["number", "boolean", "enum", "list"]
Policy = Literal["refuse", "cap", "warn"]
Values = Mapping[str, Any]
"""Inputs by canonical name: floats in the canonical unit, booleans, enum strings, tuples of numbers."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a formula returns where it has something to say beside its numbers."""

    result: float | Mapping[str, float | None] | None
    notes: tuple[str, ...] = ()


Formula = Callable[[Values], "float | Mapping[str, float | None] | Outcome | None"]


class DefinitionError(Exception):
    """A score's definition is not of its form; the message names the file's place."""


@dataclass(frozen=True, slots=True)
class InputSpec:
    """One input of a score: what it may be, its unit and the range the score was validated in."""

    name: str
    kind: InputKind
    label: str
    unit: str = ""
    required: bool = False
    substance: str | None = None
    values: tuple[str, ...] = ()
    ordinal: bool = False
    length: int = 0
    integer: bool = False
    low: float | None = None
    high: float | None = None
    below: float | None = None
    """Exclusive upper end, for ages: a person of 59.9 years is 59."""
    outside_low: Policy = "warn"
    outside_high: Policy = "warn"
    possible: tuple[float, float] = (0.0, float("inf"))
    """What can physically be; anything else is a mistake in the document, not a patient."""
    aliases: tuple[str, ...] = ()
    one_of: str = ""
    """The input that this one stands in for: urea or bun, either will do."""
    note: str = ""


def stand_in(alternative: InputSpec, main: InputSpec, value: float) -> float:
    """Return an alternative's value as that of the input it stands in for; raise `UnitError`.

    Where the two are different substances, as urea and its nitrogen, they are exchanged mole for mole.
    """
    if alternative.substance != main.substance:
        value = convert(value, alternative.unit, "mmol/L", substance=alternative.substance)
        return convert(value, "mmol/L", main.unit, substance=main.substance)
    return convert(value, alternative.unit, main.unit, substance=alternative.substance)


@dataclass(frozen=True, slots=True)
class Band:
    """A named stretch of an output, half-open: `low` <= value < `below`."""

    output: str
    low: float
    below: float
    label: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class Limit:
    """Outputs that hold only for a stretch of one input (completed years, say), and why."""

    outputs: tuple[str, ...]
    input: str
    low: float
    high: float
    below: float
    why: str

    def holds(self, value: float) -> bool:
        """Tell whether the outputs may be given at this value."""
        return self.low <= value <= self.high and value < self.below


@dataclass(frozen=True)
class Definition:
    """One published score."""

    name: str
    title: str
    version: str
    formula_path: str
    outputs: tuple[str, ...]
    single: bool
    """Whether the answer is one `value` and not named `values`."""
    unit: str
    units: Mapping[str, str]
    """Units of outputs that differ from `unit`."""
    decimals: int
    source: Source
    inputs: tuple[InputSpec, ...]
    bands: tuple[Band, ...] = ()
    needs: Mapping[str, tuple[str, ...]] | None = None
    limits: tuple[Limit, ...] = ()
    traps: tuple[str, ...] = ()
    evidence: tuple[Source, ...] = ()
    """Further papers: validations, guidelines that the bands come from."""

    @cached_property
    def formula(self) -> Formula:
        """Return the function that computes this score, imported on first use."""
        module, _, function = self.formula_path.rpartition(".")
        found: Formula = getattr(import_module(f"models.scores.formulas.{module}"), function)
        return found

    @cached_property
    def detail(self) -> Callable[[Values], Mapping[str, Any]] | None:
        """Return the function that tells what a number alone does not: points of parts, a verdict."""
        module = import_module(self.formula.__module__)
        found: Callable[[Values], Mapping[str, Any]] | None
        found = getattr(module, f"{self.formula_path.rpartition('.')[2]}_detail", None)
        return found

    @cached_property
    def lookup(self) -> Mapping[str, InputSpec]:
        """Return inputs by every name they go by."""
        return {name: spec for spec in self.inputs for name in (spec.name, *spec.aliases)}

    @cached_property
    def blocks(self) -> Mapping[str, frozenset[str]]:
        """Return the outputs that cannot be given without an input, for inputs that block any."""
        needed_by: dict[str, set[str]] = {}
        for output, names in (self.needs or {}).items():
            for name in names:
                needed_by.setdefault(name, set()).add(output)
        everything = frozenset(self.outputs)
        required = {spec.name: everything for spec in self.inputs if spec.required}
        return required | {name: frozenset(outputs) for name, outputs in needed_by.items()}

    @cached_property
    def bounded(self) -> tuple[InputSpec, ...]:
        """Return the numbers that have a validated range."""
        ends = ((spec, (spec.low, spec.high, spec.below)) for spec in self.inputs if spec.kind == "number")
        return tuple(spec for spec, three in ends if three != (None, None, None))

    @cached_property
    def alternatives(self) -> tuple[tuple[str, str], ...]:
        """Return the inputs that stand in for others, each with the one it stands in for."""
        return tuple((spec.name, spec.one_of) for spec in self.inputs if spec.one_of)

    @cached_property
    def banded(self) -> str:
        """Return the output whose band is the score's."""
        return next((band.output for band in self.bands), self.outputs[0])

    @cached_property
    def ladder(self) -> tuple[Band, ...]:
        """Return the bands of the output whose band is the score's."""
        return tuple(band for band in self.bands if band.output == self.banded)

    @cached_property
    def source_json(self) -> Mapping[str, Any]:
        """Return the source as results carry it."""
        return {"citation": self.source.citation, "url": self.source.url, "year": self.source.year}


def names() -> tuple[str, ...]:
    """Return the names of all definitions, without reading any."""
    folder = resources.files("models.scores") / "definitions"
    found = (entry.name for entry in folder.iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in found if name.endswith(".toml")))


@cache
def load(name: str) -> Definition:
    """Return the named definition; raise `UnknownModel` or `DefinitionError`."""
    # Imported here because the reader builds the types of this module.
    from models.scores.reader import read_definition

    if name not in names():
        raise UnknownModel(f"no score is named {name!r}; `clinicards models list` shows all")
    path = resources.files("models.scores") / "definitions" / f"{name}.toml"
    return read_definition(name, tomllib.loads(path.read_text(encoding="utf-8")))


@lru_cache(maxsize=1)
def load_all() -> Mapping[str, Definition]:
    """Return every definition by name."""
    return {name: load(name) for name in names()}
