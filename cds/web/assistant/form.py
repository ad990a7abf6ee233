"""The fields of the assistant's form, read into a query; each fault stands at its field."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from cds.consult.asking import (
    AGE_UNITS,
    SETTINGS,
    SEXES,
    VITALS,
    AgeUnit,
    Query,
    faults,
    read_answer,
    read_given,
)
from cds.errors import BadRequest

Value = TypeVar("Value")
_NUMBER = re.compile(r"[0-9]{1,5}(\.[0-9]{1,4})?")
_FLAGS: Mapping[str, bool | None] = {"": None, "yes": True, "no": False}
_UNITS: Mapping[str, AgeUnit] = {unit: unit for unit in AGE_UNITS}


@dataclass(frozen=True)
class Filled:
    """A form as it was sent: the query, what is wrong with it, and the fields as they were typed."""

    query: Query
    faults: Mapping[str, str]
    typed: Mapping[str, str] = field(repr=False)


def read(typed: Mapping[str, str], *, longest: int) -> Filled:
    """Return the form read; raise `BadRequest` where a choice is none that the form offers."""
    found: dict[str, str] = {}
    query = Query(
        # Browsers send line ends as CR LF whatever was typed.
        story=typed.get("story", "").replace("\r\n", "\n").strip(),
        age=_number(typed, "age", found),
        age_unit=_choice(typed, "age_unit", _UNITS, "years"),
        sex=_choice(typed, "sex", {name: name for name in SEXES}, "unknown"),
        setting=_choice(typed, "setting", {name: name for name in SETTINGS}, "primary-care"),
        pregnant=_choice(typed, "pregnant", _FLAGS, ""),
        immunosuppressed=_choice(typed, "immunosuppressed", _FLAGS, ""),
        vitals={v.name: n for v in VITALS if (n := _number(typed, v.name, found)) is not None},
        given=_code(read_given, typed.get("given", "")),
    )
    if not query.story:
        found["story"] = "Tell what is wrong: there is no story yet."
    if query.age is None and "age" not in found:
        found["age"] = "Give the age: what is likely, and how dangerous it is, depends on it."
    found |= {fault.field: fault.message for fault in faults(query, longest=longest)}
    return Filled(_reacted(query, typed), found, typed)


def fields(query: Query) -> dict[str, str]:
    """Return a query as the fields of the form."""
    flags = {True: "yes", False: "no", None: ""}
    return {
        "story": query.story,
        "age": "" if query.age is None else f"{query.age:g}",
        "age_unit": query.age_unit,
        "sex": query.sex,
        "setting": query.setting,
        "pregnant": flags[query.pregnant],
        "immunosuppressed": flags[query.immunosuppressed],
        **{name: f"{value:g}" for name, value in query.vitals.items()},
    }


def _reacted(query: Query, typed: Mapping[str, str]) -> Query:
    """Return the query with the button that was pressed: an answer, or one taken back."""
    if "undo" in typed:
        return query.without(typed["undo"])
    return query.answered(_code(read_answer, typed["answer"])) if "answer" in typed else query


def _number(typed: Mapping[str, str], name: str, found: dict[str, str]) -> float | None:
    text = typed.get(name, "").strip().replace(",", ".")
    if text and not _NUMBER.fullmatch(text):
        found[name] = "A number is needed here, in digits."
    return float(text) if _NUMBER.fullmatch(text) else None


def _choice(typed: Mapping[str, str], name: str, choices: Mapping[str, Value], usual: str) -> Value:
    chosen = typed.get(name, usual)
    if chosen not in choices:
        raise BadRequest("choose one of what the form offers", pointer=f"/{name}")
    return choices[chosen]


def _code(reader: Callable[[str], Value], text: str) -> Value:
    try:
        return reader(text)
    except ValueError as error:
        raise BadRequest(str(error), pointer="/given") from error
