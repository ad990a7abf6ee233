"""The search parameters of each resource type, read from `parameters.toml`."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, cast, get_args

Kind = Literal["token", "reference", "date", "string", "quantity"]
Steps = tuple[str, ...]

_FILE = Path(__file__).with_name("parameters.toml")


@dataclass(frozen=True, eq=False)
class Parameter:
    """Where a search parameter finds its values in a resource, and how they compare.

    Compared by identity: the table makes each one once, and it is the key of a cache on the hot path.
    """

    kind: Kind
    paths: tuple[Steps, ...]
    target: str | None = None  # references to other types do not count


_COMMON: Mapping[str, Parameter] = {
    "_id": Parameter("token", (("id",),)),
    "_lastUpdated": Parameter("date", (("meta", "lastUpdated"),)),
    "_profile": Parameter("token", (("meta", "profile"),)),
    "_security": Parameter("token", (("meta", "security"),)),
    "_tag": Parameter("token", (("meta", "tag"),)),
}


@cache
def table() -> Mapping[str, Mapping[str, Parameter]]:
    """Read every type with its parameters, those common to all types included."""
    document = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return {kind: {**_COMMON, **_read_type(kind, rows)} for kind, rows in document.items()}


def parameters_of(resource_type: str) -> Mapping[str, Parameter]:
    """Give the parameters of a type; a type the table does not name has the common ones."""
    return table().get(resource_type, _COMMON)


def in_patient_compartment(resource_type: str) -> bool:
    """Tell whether resources of this type belong to one patient."""
    return resource_type == "Patient" or "patient" in parameters_of(resource_type)


def _read_type(resource_type: str, rows: Mapping[str, str]) -> dict[str, Parameter]:
    return {name: _read_row(f"{resource_type}.{name}", row) for name, row in rows.items()}


def _read_row(place: str, row: str) -> Parameter:
    head, *paths = row.split()
    kind, _, target = head.partition(":")
    if kind not in get_args(Kind) or not paths:
        raise ValueError(
            f'{_FILE.name}: {place} must be "kind path ...", kind one of {", ".join(get_args(Kind))}'
        )
    return Parameter(cast("Kind", kind), tuple(tuple(path.split(".")) for path in paths), target or None)
