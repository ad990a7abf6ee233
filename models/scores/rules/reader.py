"""Read rules from their tables, refusing what is not known."""

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from importlib import resources
from typing import Any, get_args

from models.scores.rules.types import (
    Compare,
    Conflict,
    From,
    InputRule,
    Measured,
    Predicate,
    Rule,
    Threshold,
    Together,
)

TOP = {
    "topic", "population", "never", "enabled", "applies_when", "never_when", "together", "beside",
    "thresholds", "traps", "source", "inputs",
}  # fmt: skip
BOUNDS = {"at_least", "above", "at_most", "below"}
MEASURED = BOUNDS | {"concept", "days"}
INPUT = {
    "from", "concept", "conditions", "drugs", "procedures", "values", "lookback_days", "acute_lookback_days",
    "accepts", "score", "option", "conflict", "asks", "answer", "false_without",
}  # fmt: skip
PREDICATE = {
    "says", "age", "conditions", "drugs", "procedures", "encounter", "values", "pregnant",
    "unsteady_creatinine", "lasting_low_egfr", "answered", "unknown",
}  # fmt: skip
THRESHOLD = BOUNDS | {
    "output", "topic", "label", "guideline", "year", "url", "indicator", "consider", "sex", "inputs",
    "unless",
}  # fmt: skip
_PREDICATES: dict[Predicate, Predicate] = {}
CONFLICT = {"says", "source", "drugs", "drugs_explained_by", "conditions", "values"}


class RuleError(Exception):
    """A rule is not of its form; the message names the file's place."""


@lru_cache(maxsize=1)
def load_rules() -> Mapping[str, Rule]:
    """Return every rule by the name of its score."""
    defaults = load_inputs()
    folder = resources.files("models.scores") / "rules"
    files = sorted((f for f in folder.iterdir() if f.name.endswith(".toml")), key=lambda f: f.name)
    tables = {f.name.removesuffix(".toml"): tomllib.loads(f.read_text(encoding="utf-8")) for f in files}
    return {name: read_rule(name, table, defaults) for name, table in tables.items()}


@lru_cache(maxsize=1)
def load_inputs() -> Mapping[str, InputRule]:
    """Return where inputs come from unless a score's rule says otherwise."""
    return {name: read_input(name, row, "inputs.toml") for name, row in _table("inputs.toml").items()}


@lru_cache(maxsize=1)
def load_conflicts() -> Mapping[str, Conflict]:
    """Return what contradicts which flag."""
    return {name: _conflict(name, row) for name, row in _table("conflicts.toml").items()}


def _table(name: str) -> Mapping[str, Any]:
    path = resources.files("models.scores") / name
    return tomllib.loads(path.read_text(encoding="utf-8"))


def read_rule(name: str, table: Mapping[str, Any], defaults: Mapping[str, InputRule]) -> Rule:
    """Return the rule that this table of `<name>.toml` holds; raise `RuleError`."""
    _known(table, TOP, name)
    topic = _need(table, "topic", name)
    if not str(topic).isalnum():
        raise RuleError(f"{name}: `topic` is letters and digits only")
    own = {key: read_input(key, row, f"{name}.inputs") for key, row in table.get("inputs", {}).items()}
    return Rule(
        name=name,
        topic=topic,
        population=_need(table, "population", name),
        never=table.get("never", ""),
        inputs={**defaults, **own},
        enabled=table.get("enabled", True),
        applies_when=_predicates(table, "applies_when", name),
        never_when=_predicates(table, "never_when", name),
        together=_together(table.get("together"), name),
        beside=table.get("beside", ""),
        thresholds=tuple(_threshold(row, topic, f"{name}.thresholds") for row in table.get("thresholds", ())),
        traps=tuple(table.get("traps", ())),
        source=_need(table, "source", name),
    )


def _known(table: Mapping[str, Any], allowed: set[str], place: str) -> None:
    unknown = sorted(set(table) - allowed)
    if unknown:
        raise RuleError(f"{place}: unknown key {unknown[0]!r}; known are {', '.join(sorted(allowed))}")


def _need(table: Mapping[str, Any], key: str, place: str) -> Any:
    if table.get(key) in (None, "", [], {}):
        raise RuleError(f"{place}: `{key}` is needed and is not there")
    return table[key]


def _compare(table: Mapping[str, Any], place: str) -> Compare:
    bounds = {key: float(table[key]) for key in BOUNDS if key in table}
    if not bounds:
        raise RuleError(f"{place}: one of {', '.join(sorted(BOUNDS))} is needed")
    return Compare(**bounds)


def _measured(rows: list[Mapping[str, Any]], place: str) -> tuple[Measured, ...]:
    for row in rows:
        _known(row, MEASURED, place)
    return tuple(Measured(_need(r, "concept", place), _compare(r, place), r.get("days")) for r in rows)


def read_input(name: str, table: Mapping[str, Any], owner: str) -> InputRule:
    """Return where one input comes from; raise `RuleError`."""
    place = f"{owner}.{name}"
    _known(table, INPUT, place)
    source = _need(table, "from", place)
    if source not in get_args(From):
        raise RuleError(f"{place}: `from` is one of {', '.join(get_args(From))}")
    if source == "entry":
        _need(table, "asks", place)
    plain = (
        "concept",
        "lookback_days",
        "acute_lookback_days",
        "score",
        "option",
        "conflict",
        "asks",
        "answer",
    )
    lists = ("conditions", "drugs", "procedures", "accepts", "false_without")
    given = _given(table, plain, lists)
    return InputRule(name=name, source=source, values=_measured(table.get("values", []), place), **given)


def _given(table: Mapping[str, Any], plain: tuple[str, ...], lists: tuple[str, ...]) -> dict[str, Any]:
    """Return those keys that are there, lists as tuples."""
    given = {key: table[key] for key in plain if key in table}
    return given | {key: tuple(table[key]) for key in lists if key in table}


def _predicates(table: Mapping[str, Any], key: str, name: str) -> tuple[Predicate, ...]:
    return tuple(_predicate(row, f"{name}.{key}") for row in table.get(key, ()))


def _predicate(row: Mapping[str, Any], place: str) -> Predicate:
    _known(row, PREDICATE, place)
    if not set(row) - {"says", "unknown"}:
        raise RuleError(f"{place}: a predicate needs at least one part")
    if row.get("unknown", "block") not in ("block", "say"):
        raise RuleError(f"{place}: `unknown` is block or say")
    lists = ("conditions", "drugs", "procedures", "encounter")
    plain = ("pregnant", "unsteady_creatinine", "lasting_low_egfr", "answered", "unknown")
    age = row.get("age")
    predicate = Predicate(
        says=_need(row, "says", place),
        age=(float(age[0]), float(age[1])) if age else None,
        values=_measured(row.get("values", []), place),
        **_given(row, plain, lists),
    )
    # Equal predicates of many rules are one object, so that a chart answers each of them once.
    return _PREDICATES.setdefault(predicate, predicate)


def _together(table: Mapping[str, Any] | None, name: str) -> Together | None:
    if table is None:
        return None
    place = f"{name}.together"
    _known(table, {"inputs", "within_minutes", "says"}, place)
    inputs = tuple(_need(table, "inputs", place))
    return Together(inputs, int(table["within_minutes"]), _need(table, "says", place))


def _threshold(row: Mapping[str, Any], topic: str, place: str) -> Threshold:
    _known(row, THRESHOLD, place)
    needed = {
        key: _need(row, key, place) for key in ("label", "guideline", "year", "url", "consider", "indicator")
    }
    if needed["indicator"] not in ("info", "warning", "critical"):
        raise RuleError(f"{place}: `indicator` is info, warning or critical")
    own = row.get("topic", topic)
    shown = {
        "topic": own,
        **needed,
        "output": row.get("output", "value"),
        "consider": list(needed["consider"]),
    }
    return Threshold(
        output=shown["output"],
        compare=_compare(row, place),
        topic=own,
        label=needed["label"],
        guideline=needed["guideline"],
        year=int(needed["year"]),
        url=needed["url"],
        indicator=needed["indicator"],
        consider=tuple(needed["consider"]),
        sex=row.get("sex", ""),
        inputs={key: _compare(bounds, place) for key, bounds in row.get("inputs", {}).items()},
        unless=_predicate(row["unless"], f"{place}.unless") if "unless" in row else None,
        row=shown,
    )


def _conflict(name: str, row: Mapping[str, Any]) -> Conflict:
    place = f"conflicts.toml: {name}"
    _known(row, CONFLICT, place)
    lists = ("drugs", "drugs_explained_by", "conditions")
    return Conflict(
        name=name,
        says=_need(row, "says", place),
        source=_need(row, "source", place),
        values=_measured(row.get("values", []), place),
        **_given(row, (), lists),
    )
