"""A search as the client wrote it, read into criteria and result parameters.

What cannot be understood is refused or, for an unknown name, treated as the vendor does: to drop a filter in
silence would widen the search.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from adapters.fhir_sandbox.outcomes import Refusal, invalid
from adapters.fhir_sandbox.parameters import Parameter, parameters_of
from adapters.fhir_sandbox.vendors import Vendor

Pairs = list[tuple[str, str]]

_RESULT = {"_count", "_elements", "_include", "_revinclude", "_offset", "_sort", "_summary", "_total"}
_IGNORED = {"_format", "_pretty"}
_SUMMARIES = {"count", "data", "text", "false", "true"}
_PATIENT_NAMES = {"patient", "subject", "_id", "beneficiary", "actor"}
_MODIFIERS = {
    "token": {"", "not", "missing"},
    "string": {"", "exact", "contains", "missing"},
    "date": {"", "missing"},
    "quantity": {"", "missing"},
}


@dataclass(frozen=True)
class Criterion:
    """One filter: any of its values may match."""

    name: str
    parameter: Parameter
    modifier: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Query:
    """A search of one type, with what shapes its result."""

    type: str
    criteria: tuple[Criterion, ...] = ()
    sort: tuple[tuple[Parameter, bool], ...] = ()  # a parameter, and whether it runs backwards
    includes: tuple[tuple[str, str], ...] = ()  # type and parameter
    reverse_includes: tuple[tuple[str, str], ...] = ()
    elements: frozenset[str] = frozenset()
    summary: str = "false"
    count: int = 0
    offset: int = 0
    exact_total: bool = False
    used: tuple[tuple[str, str], ...] = ()  # what the self link repeats
    ignored: tuple[str, ...] = ()


@dataclass
class _Draft:
    """What reading the pairs collects before the query is complete."""

    criteria: list[Criterion] = field(default_factory=list)
    results: dict[str, list[str]] = field(default_factory=dict)
    used: Pairs = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)


def read_query(resource_type: str, pairs: Pairs, vendor: Vendor, *, strict: bool = False) -> Query:
    """Read search parameters into a query, refusing what this vendor refuses."""
    draft = _Draft()
    for name, value in pairs:
        _read_pair(resource_type, name, value, draft)
    _judge_unknown(draft.ignored, vendor, strict=strict)
    _require_patient(resource_type, draft, vendor)
    results = draft.results
    summary = _last(results, "_summary", "false")
    if summary not in _SUMMARIES:
        raise invalid(f"_summary must be one of {', '.join(sorted(_SUMMARIES))}")
    count = _count(draft, vendor)
    return Query(
        type=resource_type,
        criteria=tuple(draft.criteria),
        sort=tuple(_sort(resource_type, results.get("_sort", []))),
        includes=_includes("_include", results, own_type=resource_type),
        reverse_includes=_includes("_revinclude", results),
        elements=frozenset(_split(results.get("_elements", []))),
        summary="count" if count == 0 else summary,
        count=count,
        offset=_number(results, "_offset", 0),
        exact_total=_last(results, "_total", "none") == "accurate",
        used=tuple(draft.used),
        ignored=tuple(draft.ignored),
    )


def _read_pair(resource_type: str, name: str, value: str, draft: _Draft) -> None:
    plain_name, _, modifier = name.partition(":")
    if name in _IGNORED:
        return
    if plain_name in _RESULT:
        draft.results.setdefault(plain_name, []).append(value)
    elif "." in name or plain_name == "_has":
        raise invalid(
            "chained parameters and _has are not supported; search in two steps", trouble="unknown-parameter"
        )
    elif (parameter := parameters_of(resource_type).get(plain_name)) is None:
        draft.ignored.append(plain_name)
        return
    elif value:  # a parameter without a value does not restrict
        draft.criteria.append(_criterion(plain_name, parameter, modifier, value))
    draft.used.append((name, value))


def _criterion(name: str, parameter: Parameter, modifier: str, value: str) -> Criterion:
    known = _MODIFIERS.get(parameter.kind)
    # A reference takes a type as its modifier.
    if not (modifier in known if known else modifier in {"", "missing"} or modifier[:1].isupper()):
        raise invalid(f"modifier :{modifier} is not supported on {name}", trouble="unknown-parameter")
    if modifier == "missing" and value not in {"true", "false"}:
        raise invalid(f"{name}:missing must be true or false")
    return Criterion(name, parameter, modifier, tuple(split_values(value)))


def split_values(value: str) -> list[str]:
    """Split alternatives at commas that no backslash escapes."""
    parts = [""]
    escaped = False
    for letter in value:
        if letter == "," and not escaped:
            parts.append("")
        else:
            parts[-1] += letter
        escaped = letter == "\\" and not escaped
    return [part.replace("\\,", ",").replace("\\$", "$") for part in parts if part]


def _judge_unknown(names: list[str], vendor: Vendor, *, strict: bool) -> None:
    if names and (strict or vendor.unknown_parameter == "refuse"):
        listed = ", ".join(sorted({name for name in names if name.isascii()}))
        raise Refusal(400, "not-supported", f"unknown search parameter: {listed}", "unknown-parameter")


def _require_patient(resource_type: str, draft: _Draft, vendor: Vendor) -> None:
    if not vendor.patient_required:
        return
    names = {criterion.name for criterion in draft.criteria}
    if not names:
        raise Refusal(400, "required", "a search needs at least one search parameter", "missing-parameter")
    if (
        resource_type != "Patient"
        and "patient" in parameters_of(resource_type)
        and not names & _PATIENT_NAMES
    ):
        raise Refusal(
            400, "required", "a search of this type needs patient, subject or _id", "missing-parameter"
        )


def _count(draft: _Draft, vendor: Vendor) -> int:
    if vendor.count_ignored_with_id and any(criterion.name == "_id" for criterion in draft.criteria):
        return vendor.default_count
    return min(_number(draft.results, "_count", vendor.default_count), vendor.max_count)


def _number(results: dict[str, list[str]], name: str, default: int) -> int:
    text = _last(results, name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise invalid(f"{name} must be a whole number, 0 or more")
    return int(text)


def _last(results: dict[str, list[str]], name: str, default: str) -> str:
    return results.get(name, [default])[-1]


def _split(values: list[str]) -> Iterable[str]:
    return (part.strip() for value in values for part in value.split(",") if part.strip())


def _sort(resource_type: str, values: list[str]) -> Iterable[tuple[Parameter, bool]]:
    for key in _split(values):
        parameter = parameters_of(resource_type).get(key.removeprefix("-"))
        if parameter is None:
            raise invalid("_sort names a parameter this type does not have", trouble="unknown-parameter")
        yield parameter, key.startswith("-")


def _includes(
    name: str, results: dict[str, list[str]], own_type: str | None = None
) -> tuple[tuple[str, str], ...]:
    return tuple(_include(name, value, own_type) for value in results.get(name, []))


def _include(name: str, value: str, own_type: str | None) -> tuple[str, str]:
    parts = value.split(":")
    if value == "*" and own_type:
        return own_type, "*"
    if len(parts) not in {2, 3}:
        raise invalid(f"{name} must be Type:parameter")
    parameter = parameters_of(parts[0]).get(parts[1])
    if parts[1] != "*" and (parameter is None or parameter.kind != "reference"):
        raise invalid(f"{name} must name a reference parameter, as in MedicationRequest:medication")
    return parts[0], parts[1]
