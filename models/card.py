"""Model cards: what a model is for, made of and known to do wrong, complete or refused.

A family keeps one `card.toml`; a model adds what is its own. Unknown keys are errors, and each of the 31
attributes is a text or `not available: ` with the reason.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal, cast, get_args

from models.base import Model, ModelError, Source
from models.beside import beside
from models.card_attributes import GROUPS

Kind = Literal["formula", "rules", "learned"]
ABSENT = "not available"


class CardError(ModelError):
    """A model card is incomplete or holds what it may not; the message names the place."""

    def __init__(self, message: str, *, pointer: str) -> None:
        super().__init__(f"model card at {pointer}: {message}", pointer=pointer, code="card")


@dataclass(frozen=True, slots=True)
class Result:
    """One measured number: its label, value and unit."""

    label: str
    value: float
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Metric:
    """One key metric: the goal, what was measured on which data, and what that means."""

    goal: str
    interpretation: str
    test_type: str
    data: str
    justification: str
    results: tuple[Result, ...] = ()


@dataclass(frozen=True, slots=True)
class Metrics:
    """The three key metrics that an applied model card asks for."""

    usefulness: Metric
    fairness: Metric
    safety: Metric


@dataclass(frozen=True, slots=True)
class Release:
    """How a model is released and what it rests on."""

    stage: str
    date: str
    availability: str
    regulatory: str
    risk_level: str
    model_type: str
    input_source: str
    data_types: str
    how_to_use: str
    security: str
    third_party: str
    stakeholders: str
    consent: str
    foundation_models: str = "None."
    keywords: tuple[str, ...] = ()
    ehr: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Artefact:
    """What a learned model was made from, so that it can be made again."""

    sha256: str
    code: str
    data_licence: str
    seed: int


@dataclass(frozen=True)
class ModelCard:
    """The card of one model."""

    name: str
    version: str
    title: str
    kind: Kind
    developer: str
    contact: str
    licence: str
    status: str
    statement: str
    summary: str
    attributes: Mapping[str, Mapping[str, str]]
    """Group, attribute, text: all 31."""
    release: Release
    metrics: Metrics
    policies: Mapping[str, str] = field(default_factory=dict)
    """How inputs are treated: units, missing values, ranges."""
    sources: tuple[Source, ...] = ()
    inputs: tuple[Mapping[str, Any], ...] = ()
    outputs: tuple[Mapping[str, Any], ...] = ()
    bands: tuple[Mapping[str, Any], ...] = ()
    limits: tuple[str, ...] = ()
    traps: tuple[str, ...] = ()
    formula: str = ""
    population: str = ""
    """Whom this one model is for, where it says more than its family."""
    vectors: Mapping[str, int] = field(default_factory=dict)
    """Test vectors that ship with the model, by where their numbers come from."""
    models: tuple[str, ...] = ()
    artefact: Artefact | None = None

    @property
    def learned(self) -> bool:
        """Whether the model was learned from data, so that its output is to be labelled as AI."""
        return self.kind == "learned"

    def as_dict(self) -> dict[str, Any]:
        """Return the card as JSON data, without what is empty."""
        return {key: value for key, value in asdict(self).items() if value not in ("", (), {}, None)}


def card_of(model: Model) -> ModelCard:
    """Return the card of a model, with the particulars its package keeps of it; raise `CardError`."""
    module = beside(model, "card")
    own = module.particulars(model.name) if module else {}
    return read({**model.card(), **own})


def read(table: Mapping[str, Any]) -> ModelCard:
    """Return the card that a table is; raise `CardError` naming what is missing, empty or unknown."""
    rest = {key: value for key, value in table.items() if key not in GROUPS}
    values: dict[str, Any] = dict(_checked(ModelCard, {**rest, "attributes": _attributes(table)}, ""))
    if values["kind"] not in get_args(Kind):
        raise CardError(f"must be one of {', '.join(get_args(Kind))}", pointer="/kind")
    values["release"] = _record(Release, values["release"], "/release")
    values["metrics"] = _metrics(values["metrics"])
    values["sources"] = tuple(_record(Source, row, "/sources") for row in values.get("sources", ()))
    if values.get("artefact") is not None:
        values["artefact"] = _record(Artefact, values["artefact"], "/artefact")
    if values["kind"] == "learned" and values.get("artefact") is None:
        raise CardError("a learned model names its artefact", pointer="/artefact")
    return ModelCard(**{key: _frozen(value) for key, value in values.items()})


def _attributes(table: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for group, (_, names) in GROUPS.items():
        given = table.get(group)
        if not isinstance(given, Mapping):
            raise CardError("this group of attributes is missing", pointer=f"/{group}")
        unknown = sorted(set(given) - set(names))
        if unknown:
            raise CardError(f"unknown key; known are {', '.join(names)}", pointer=f"/{group}/{unknown[0]}")
        found[group] = {name: _text(given.get(name), f"/{group}/{name}") for name in names}
    return found


def _text(value: Any, pointer: str) -> str:
    """Return an attribute's text; what is not available needs its reason."""
    if isinstance(value, Sequence) and not isinstance(value, str):
        value = "; ".join(str(item) for item in value)
    if not isinstance(value, str) or not value.strip():
        raise CardError(f"write a text, or `{ABSENT}: ` and the reason", pointer=pointer)
    head, _, reason = value.partition(":")
    if head.strip().lower() == ABSENT and len(reason.split()) < 3:
        raise CardError(f"`{ABSENT}: ` needs its reason in words", pointer=pointer)
    return value.strip()


def _checked(kind: type[Any], table: Any, place: str) -> Mapping[str, Any]:
    """Return a table whose keys are the fields of this class; texts must not be empty."""
    if not isinstance(table, Mapping):
        raise CardError("a table is needed", pointer=place or "/")
    known = {f.name: f for f in fields(kind)}
    unknown = sorted(set(table) - set(known))
    if unknown:
        raise CardError(f"unknown key; known are {', '.join(known)}", pointer=f"{place}/{unknown[0]}")
    for name, one in known.items():
        required = one.default is one.default_factory  # both are MISSING
        if required and table.get(name) in (None, "", {}, []):
            raise CardError("is needed and is not there", pointer=f"{place}/{name}")
    return table


def _record(kind: type[Any], table: Any, place: str) -> Any:
    if isinstance(table, kind):
        return table
    checked = _checked(kind, table, place)
    return kind(**{key: _frozen(value) for key, value in checked.items()})


def _metrics(table: Any) -> Metrics:
    checked = _checked(Metrics, table, "/metrics")
    return Metrics(**{name: _metric(name, row) for name, row in checked.items()})


def _metric(name: str, table: Any) -> Metric:
    place = f"/metrics/{name}"
    rows = table.get("results", ()) if isinstance(table, Mapping) else ()
    results = tuple(_record(Result, row, f"{place}/results") for row in rows)
    return cast("Metric", _record(Metric, {**table, "results": results}, place))


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
