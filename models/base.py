"""The door every model stands behind: `Model`, what it answers with, and what it may be told to stop for."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from models.record import Record

Document = Mapping[str, Any]
"""One model record: a JSON object as `clinicards run` and `/v2` carry it."""


class ModelError(Exception):
    """A model could not do what was asked; the message names the place and the fix, never a value."""

    def __init__(self, message: str, *, pointer: str = "", code: str = "model-error") -> None:
        super().__init__(message)
        self.message = message
        self.pointer = pointer
        self.code = code


class BadInput(ModelError):
    """The document given to a model is not of its form."""

    def __init__(self, message: str, *, pointer: str = "") -> None:
        super().__init__(message, pointer=pointer, code="bad-input")


class UnknownModel(ModelError):
    """No installed model has this name."""

    def __init__(self, message: str) -> None:
        super().__init__(message, code="unknown-model")


class OutOfTime(ModelError):
    """The deadline passed before this unit of work was begun."""

    def __init__(self, message: str = "the deadline passed before this was computed") -> None:
        super().__init__(message, code="deadline")


class Deadline(Protocol):
    """What tells a model how much time is left."""

    def left(self) -> float:
        """Return seconds left; zero or less means stop."""
        ...


class NoDeadline:
    """A deadline that never comes: for batch runs and tests."""

    def left(self) -> float:
        """Return a time that never runs out."""
        return float("inf")


@dataclass(frozen=True, slots=True)
class Input:
    """One input that went into a finding, with where and how old it is."""

    name: str
    value: float | bool | str | tuple[float, ...]
    unit: str = ""
    minutes_ago: int | None = None
    ref: str = ""
    code: str = ""
    note: str = ""
    """How the value came about where it was not read as it stands: converted, computed, assumed."""
    weight: float | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """Where a formula, rule or data set is published."""

    citation: str
    url: str = ""
    year: int | None = None


@dataclass(frozen=True)
class Finding:
    """What a model says of a record: a value or probability, because of what, and what it lacked."""

    kind: str
    """`score`, `condition`, `rule` or `model`."""
    code: str
    title: str
    model: str
    """`name@version`, as the registry knows it."""
    value: float | None = None
    values: Mapping[str, float | None] = field(default_factory=dict)
    unit: str = ""
    band: str = ""
    probability: float | None = None
    inputs: tuple[Input, ...] = ()
    missing: tuple[str, ...] = ()
    out_of_range: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    source: Source | None = None
    applies: bool = True
    """Whether this patient is of the population the model is published for and its trigger is present."""
    reached: Mapping[str, Any] = field(default_factory=dict)
    """The action threshold that was reached, if any: its row of the model's rules."""
    detail: Mapping[str, Any] = field(default_factory=dict)


class Model(Protocol):
    """One named, versioned model."""

    @property
    def name(self) -> str:
        """The name as in `clinicards run NAME`: `scores/kfre`."""
        ...

    @property
    def version(self) -> str:
        """The version that results carry."""
        ...

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema of one input document."""
        ...

    def run(self, document: Document) -> dict[str, Any]:
        """Compute one document; raise `BadInput` where it is not of the schema's form."""
        ...

    def card(self) -> dict[str, Any]:
        """Return the model card as data (see `models.card`)."""
        ...


class RecordModel(Model, Protocol):
    """A model that also reads whole records."""

    def find(self, record: Record, *, deadline: Deadline, options: Mapping[str, Any]) -> Sequence[Finding]:
        """Return what this model says of the record; `options` are the service's settings for it."""
        ...


class Family(Protocol):
    """What an entry point of the group `clinicards.models` names: one or many models that load on demand."""

    def names(self) -> Sequence[str]:
        """Return the names of the models in this family, without loading any."""
        ...

    def load(self, name: str) -> Model:
        """Return the named model; raise `UnknownModel`."""
        ...


class Trainable(Protocol):
    """A family that learns: what `clinicards train` and `clinicards evaluate` call."""

    def train(self, name: str, *, data: str | None, seed: int) -> Iterator[str]:
        """Train, writing artefacts to the model's folder; yield lines of progress."""
        ...

    def evaluate(self, name: str, *, data: str | None) -> dict[str, Any]:
        """Return the evaluation report as data."""
        ...
