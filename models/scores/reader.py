"""Read a score's TOML table into a `Definition`, refusing what it does not know."""

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from importlib import resources
from typing import Any, cast

from models.base import Source
from models.quantities import UnitError, is_substance, parse
from models.scores.definition import (
    Band,
    Definition,
    DefinitionError,
    InputKind,
    InputSpec,
    Limit,
    Policy,
    stand_in,
)

TOP = {
    "name", "title", "formula", "version", "output", "outputs", "unit", "units", "decimals", "source",
    "inputs", "bands", "needs", "limits", "traps", "evidence",
}  # fmt: skip
INPUT = {
    "kind", "unit", "required", "substance", "values", "ordinal", "length", "integer", "min", "max", "below",
    "outside", "possible", "label", "aliases", "one_of", "note",
}  # fmt: skip
INF = float("inf")


def read_definition(name: str, table: Mapping[str, Any]) -> Definition:
    """Return the definition that this table of the file `<name>.toml` holds; raise `DefinitionError`."""
    _known(table, TOP, name)
    if _need(table, "name", name) != name:
        raise DefinitionError(f"{name}: `name` must be the file's name")
    outputs = tuple(table.get("outputs") or (table.get("output", "value"),))
    definition = Definition(
        name=name,
        title=_need(table, "title", name),
        version=str(_need(table, "version", name)),
        formula_path=_need(table, "formula", name),
        outputs=outputs,
        single="outputs" not in table,
        unit=_unit(_need(table, "unit", name), name),
        units={key: _unit(unit, f"{name}.units") for key, unit in table.get("units", {}).items()},
        decimals=int(_need(table, "decimals", name)),
        source=_source(_need(table, "source", name), f"{name}.source"),
        inputs=tuple(_input(key, spec, name) for key, spec in _need(table, "inputs", name).items()),
        bands=tuple(_band(band, outputs[0], name) for band in table.get("bands", ())),
        needs={output: tuple(inputs) for output, inputs in table.get("needs", {}).items()},
        limits=tuple(_limit(limit, outputs, name) for limit in table.get("limits", ())),
        traps=tuple(table.get("traps", ())),
        evidence=tuple(_source(source, f"{name}.evidence") for source in table.get("evidence", ())),
    )
    _check_names(definition)
    return definition


def _known(table: Mapping[str, Any], allowed: set[str], place: str) -> None:
    unknown = sorted(set(table) - allowed)
    if unknown:
        raise DefinitionError(f"{place}: unknown key {unknown[0]!r}; known are {', '.join(sorted(allowed))}")


def _need(table: Mapping[str, Any], key: str, place: str) -> Any:
    if key not in table or table[key] in ("", {}, []):
        raise DefinitionError(f"{place}: `{key}` is needed and is not there")
    return table[key]


def _unit(unit: str, place: str) -> str:
    try:
        parse(unit)
    except UnitError as error:
        raise DefinitionError(f"{place}: {error}") from error
    return unit


def _source(table: Mapping[str, Any], place: str) -> Source:
    _known(table, {"citation", "url", "year"}, place)
    year = _need(table, "year", place)
    return Source(_need(table, "citation", place), table.get("url", ""), int(year))


def _input(name: str, table: Mapping[str, Any], owner: str) -> InputSpec:
    place = f"{owner}.inputs.{name}"
    _known(table, INPUT, place)
    kind: InputKind = _need(table, "kind", place)
    if kind not in ("number", "boolean", "enum", "list"):
        raise DefinitionError(f"{place}: `kind` is number, boolean, enum or list")
    unit = _unit(_need(table, "unit", place), place) if kind == "number" else ""
    below, above = _policies(table.get("outside", "warn"), place)
    return InputSpec(
        name=name,
        kind=kind,
        label=table.get("label") or name.replace("_", " "),
        unit=unit,
        required=bool(_need(table, "required", place)) if "required" in table else False,
        substance=_substance(name, table.get("substance", ""), place),
        values=tuple(_need(table, "values", place)) if kind == "enum" else (),
        ordinal=table.get("ordinal", False),
        length=int(_need(table, "length", place)) if kind == "list" else 0,
        integer=table.get("integer", False),
        low=table.get("min", 0 if kind == "list" else None),
        high=table.get("max"),
        below=table.get("below"),
        outside_low=below,
        outside_high=above,
        possible=_possible(name, kind, unit, table.get("possible"), place),
        aliases=tuple(table.get("aliases", ())),
        one_of=table.get("one_of", ""),
        note=table.get("note", ""),
    )


def _policies(outside: str | Mapping[str, str], place: str) -> tuple[Policy, Policy]:
    """Read `outside = "refuse"` or `outside = { below = "refuse", above = "cap" }`."""
    sides = {"below": outside, "above": outside} if isinstance(outside, str) else outside
    _known(sides, {"below", "above"}, f"{place}.outside")
    pair = (sides.get("below", "warn"), sides.get("above", "warn"))
    if not set(pair) <= {"refuse", "cap", "warn"}:
        raise DefinitionError(f"{place}: `outside` is refuse, cap or warn")
    return cast("tuple[Policy, Policy]", pair)


def _substance(name: str, substance: str, place: str) -> str | None:
    """Take the named substance, or the input's own name where that is one."""
    if substance and not is_substance(substance):
        raise DefinitionError(
            f"{place}: unknown substance {substance!r}; see models/quantities/substances.toml"
        )
    return substance or (name if is_substance(name) else None)


def _possible(name: str, kind: str, unit: str, given: list[float] | None, place: str) -> tuple[float, float]:
    if given is not None:
        return float(given[0]), float(given[1])
    row = _physical().get(name)
    if kind != "number" or row is None:
        return 0.0, INF
    if row["unit"] != unit:
        raise DefinitionError(
            f"{place}: physical.toml has {name} in {row['unit']}; give `possible` in {unit}"
        )
    return float(row["possible"][0]), float(row["possible"][1])


@lru_cache(maxsize=1)
def _physical() -> Mapping[str, Mapping[str, Any]]:
    path = resources.files("models.scores") / "physical.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _band(table: Mapping[str, Any], default: str, owner: str) -> Band:
    place = f"{owner}.bands"
    _known(table, {"output", "from", "below", "label", "source"}, place)
    return Band(
        output=table.get("output", default),
        low=float(table.get("from", -INF)),
        below=float(table.get("below", INF)),
        label=_need(table, "label", place),
        source=table.get("source", ""),
    )


def _limit(table: Mapping[str, Any], outputs: tuple[str, ...], owner: str) -> Limit:
    place = f"{owner}.limits"
    _known(table, {"outputs", "input", "min", "max", "below", "why"}, place)
    return Limit(
        outputs=tuple(table.get("outputs", outputs)),
        input=_need(table, "input", place),
        low=float(table.get("min", -INF)),
        high=float(table.get("max", INF)),
        below=float(table.get("below", INF)),
        why=_need(table, "why", place),
    )


def _check_names(definition: Definition) -> None:
    """Refuse a definition that speaks of inputs or outputs it does not have."""
    place, outputs, inputs = definition.name, set(definition.outputs), {s.name for s in definition.inputs}
    needs = definition.needs or {}
    spoken_outputs = {*definition.units, *needs, *(b.output for b in definition.bands)}
    spoken_outputs |= {output for limit in definition.limits for output in limit.outputs}
    spoken_inputs = {limit.input for limit in definition.limits} | {
        n for names in needs.values() for n in names
    }
    spoken_inputs |= {spec.one_of for spec in definition.inputs if spec.one_of}
    for spoken, known, what in ((spoken_outputs, outputs, "output"), (spoken_inputs, inputs, "input")):
        if spoken - known:
            raise DefinitionError(f"{place}: no {what} is named {min(spoken - known)!r}")
    if len(definition.lookup) != sum(1 + len(spec.aliases) for spec in definition.inputs):
        raise DefinitionError(f"{place}: two inputs share a name or an alias")
    _check_alternatives(definition)


def _check_alternatives(definition: Definition) -> None:
    """Refuse an alternative that cannot be turned into what it stands in for."""
    for spec in definition.inputs:
        if not spec.one_of or spec.kind != "number":
            continue
        try:
            stand_in(spec, definition.lookup[spec.one_of], 1.0)
        except UnitError as error:
            raise DefinitionError(f"{definition.name}.inputs.{spec.name}: {error}") from error
