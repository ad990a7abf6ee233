"""Tensors of the Open Inference Protocol to documents and back.

A model takes a BYTES tensor `record`, each element a JSON document. One whose inputs are plain values takes
them as named tensors too: numbers as FP64, whole numbers as INT64, booleans as BOOL, enumerated texts as
BYTES. A null element means not known.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cds.errors import BadRequest, TooLarge

RECORD = "record"
RESULT = "result"
MOST = 1_000
"""Elements of one request."""

_REALS = frozenset({"FP64", "FP32"})
_WHOLES = frozenset({"INT64", "INT32", "INT16", "INT8", "UINT64", "UINT32", "UINT16", "UINT8"})
_TAKES: Mapping[str, frozenset[str]] = {
    "FP64": _REALS | _WHOLES,
    "INT64": _REALS | _WHOLES,
    "BOOL": frozenset({"BOOL"}),
    "BYTES": frozenset({"BYTES"}),
}


@dataclass(frozen=True, slots=True)
class Spec:
    """One tensor that a model takes or gives; `width` is the length of each element, 0 for a plain value."""

    name: str
    datatype: str
    width: int = 0

    def as_dict(self) -> dict[str, Any]:
        """Return the metadata of this tensor."""
        shape = [-1, self.width] if self.width else [-1]
        return {"name": self.name, "datatype": self.datatype, "shape": shape}


def named(schema: Mapping[str, Any]) -> tuple[Spec, ...]:
    """Return the named tensors a model takes; none where a required input is no plain value."""
    found: dict[str, Spec] = {}
    for name, part in schema.get("properties", {}).items():
        spec = None if name == "id" or "$ref" in part else _spec(name, part)
        if spec is not None:
            found[name] = spec
    return tuple(found.values()) if set(schema.get("required", ())) <= set(found) else ()


def _spec(name: str, part: Mapping[str, Any]) -> Spec | None:
    bare = part["anyOf"][0] if part.get("anyOf") else part
    kind = bare.get("type")
    if kind == "array":
        width = bare.get("minItems", 0)
        fixed = width and width == bare.get("maxItems") and bare.get("items", {}).get("type") == "integer"
        return Spec(name, "INT64", width) if fixed else None
    datatype = {"number": "FP64", "integer": "INT64", "boolean": "BOOL", "string": "BYTES"}.get(str(kind))
    return Spec(name, datatype) if datatype else None


def elements(inputs: Any, schema: Mapping[str, Any]) -> list[Any]:
    """Return what a request asks for: JSON texts of `record`, or documents made from named tensors."""
    if not isinstance(inputs, list) or not inputs:
        raise BadRequest("a list of input tensors is needed", pointer="/inputs")
    known = {spec.name: spec for spec in (Spec(RECORD, "BYTES"), *named(schema))}
    columns: dict[str, list[Any]] = {}
    for position, tensor in enumerate(inputs):
        place = f"/inputs/{position}"
        spec = _known(tensor, known, place)
        if spec.name in columns:
            raise BadRequest(f"the tensor {spec.name} is given twice", pointer=f"{place}/name")
        columns[spec.name] = _column(tensor, spec, place)
    return _rows(columns)


def _known(tensor: Any, known: Mapping[str, Spec], place: str) -> Spec:
    if not isinstance(tensor, Mapping):
        raise BadRequest("a tensor is an object", pointer=place)
    spec = known.get(tensor["name"]) if isinstance(tensor.get("name"), str) else None
    if spec is None:
        raise BadRequest(f"this model takes the tensors {', '.join(known)}", pointer=f"{place}/name")
    if str(tensor.get("datatype")) not in _TAKES[spec.datatype]:
        raise BadRequest(f"{spec.name} is of datatype {spec.datatype}", pointer=f"{place}/datatype")
    parameters = tensor.get("parameters", {})
    if isinstance(parameters, Mapping) and "binary_data_size" in parameters:
        raise BadRequest("binary tensors are not offered; send `data`", pointer=f"{place}/parameters")
    return spec


def _column(tensor: Mapping[str, Any], spec: Spec, place: str) -> list[Any]:
    """Return a tensor's elements, one for each document."""
    data = tensor.get("data")
    if not isinstance(data, list):
        raise BadRequest("data is a list", pointer=f"{place}/data")
    flat = list(_flat(data))
    count = _count(tensor.get("shape"), spec, len(flat), place)
    if count > MOST:
        raise TooLarge(f"at most {MOST} elements a request; send more requests", pointer=f"{place}/shape")
    for position, item in enumerate(flat):
        if item is not None and not _fits(item, str(tensor["datatype"])):
            message = f"not of datatype {tensor['datatype']}"
            raise BadRequest(message, pointer=f"{place}/data/{position}")
    if not spec.width:
        return flat
    return [flat[at : at + spec.width] for at in range(0, len(flat), spec.width)]


def _count(shape: Any, spec: Spec, length: int, place: str) -> int:
    """Return how many documents a tensor speaks of; raise where shape and data do not fit."""
    sizes = shape if isinstance(shape, list) else []
    if not sizes or not all(isinstance(n, int) and not isinstance(n, bool) and n >= 0 for n in sizes):
        raise BadRequest("shape is a list of sizes", pointer=f"{place}/shape")
    tail = [spec.width] if spec.width else []
    if sizes[1:] != tail and not (not tail and sizes[1:] == [1]):
        wanted = ", ".join(["n", *map(str, tail)])
        raise BadRequest(f"{spec.name} has the shape [{wanted}]", pointer=f"{place}/shape")
    if math.prod(sizes) != length:
        raise BadRequest(
            f"the shape says {math.prod(sizes)} values, data has {length}", pointer=f"{place}/data"
        )
    return int(sizes[0])


def _flat(data: Sequence[Any]) -> Iterator[Any]:
    """Yield the values of data, which may be nested as its shape is."""
    for item in data:
        if isinstance(item, list):
            yield from item
        else:
            yield item


def _fits(item: Any, datatype: str) -> bool:
    if datatype == "BYTES":
        return isinstance(item, str)
    if datatype == "BOOL":
        return isinstance(item, bool)
    if isinstance(item, bool):
        return False
    return isinstance(item, int) or (datatype in _REALS and isinstance(item, float))


def _rows(columns: Mapping[str, list[Any]]) -> list[Any]:
    """Return one element for each position of the tensors."""
    if RECORD in columns:
        if len(columns) > 1:
            raise BadRequest("give `record`, or named tensors, not both", pointer="/inputs")
        return columns[RECORD]
    counts = {len(column) for column in columns.values()}
    if len(counts) != 1:
        raise BadRequest("all tensors have the same number of elements", pointer="/inputs")
    names = list(columns)
    return [dict(zip(names, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def result(texts: Sequence[str]) -> dict[str, Any]:
    """Return the output tensor."""
    return {"name": RESULT, "datatype": "BYTES", "shape": [len(texts)], "data": list(texts)}


def check_outputs(outputs: Any) -> None:
    """Raise `BadRequest` where an output is asked for that no model gives."""
    if outputs is None:
        return
    if not isinstance(outputs, list):
        raise BadRequest("outputs is a list", pointer="/outputs")
    for position, output in enumerate(outputs):
        place = f"/outputs/{position}"
        if not isinstance(output, Mapping) or output.get("name") != RESULT:
            raise BadRequest(f"the only output is {RESULT}", pointer=f"{place}/name")
        parameters = output.get("parameters", {})
        if isinstance(parameters, Mapping) and parameters.get("binary_data"):
            raise BadRequest("binary tensors are not offered", pointer=f"{place}/parameters/binary_data")
