"""Read the named weights and notes of an ONNX file with nothing but numpy.

Only what the encoder needs of the format: messages of fields, and tensors of 32-bit floats
(onnx.proto: ModelProto, GraphProto, TensorProto, StringStringEntryProto).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.registry import BadArtefact

_GRAPH, _NOTES, _INITIALIZER = 7, 14, 5
_DIMS, _TYPE, _NAME, _RAW = 1, 2, 8, 9
_FLOAT = 1
_VARINT, _EIGHT, _BYTES, _FOUR = 0, 1, 2, 5


@dataclass(frozen=True)
class OnnxFile:
    """The weights of a graph by name, and the notes written with them."""

    weights: Mapping[str, NDArray[np.float32]]
    notes: Mapping[str, str]


def read_onnx(data: bytes) -> OnnxFile:
    """Return what an ONNX file holds; raise `BadArtefact` where it is not of its form."""
    try:
        fields = list(_fields(data))
        graph = next(value for number, value in fields if number == _GRAPH)
        tensors = dict(_tensor(value) for number, value in _fields(graph) if number == _INITIALIZER)
        notes = dict(_note(value) for number, value in fields if number == _NOTES)
    except (StopIteration, IndexError, KeyError, TypeError, ValueError) as error:
        raise BadArtefact("these bytes are no ONNX file that this version reads; train again") from error
    return OnnxFile({name: value for name, value in tensors.items() if value is not None}, notes)


def _fields(data: bytes) -> Iterator[tuple[int, Any]]:
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        number, kind = key >> 3, key & 7
        if kind == _VARINT:
            value, at = _varint(data, at)
            yield number, value
            continue
        size = {_EIGHT: 8, _FOUR: 4}.get(kind)
        if kind == _BYTES:
            size, at = _varint(data, at)
        if size is None or at + size > len(data):
            raise ValueError(f"field {number} is of kind {kind}")
        yield number, data[at : at + size]
        at += size


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def _tensor(data: bytes) -> tuple[str, NDArray[np.float32] | None]:
    """Return a tensor's name and values; None for one that is not of floats, such as a shape."""
    shape: list[int] = []
    found: dict[int, Any] = {}
    for number, value in _fields(data):
        if number == _DIMS:
            shape += _packed(value) if isinstance(value, bytes) else [value]
        else:
            found[number] = value
    name = bytes(found[_NAME]).decode()
    if found[_TYPE] != _FLOAT or _RAW not in found:
        return name, None
    return name, np.frombuffer(found[_RAW], "<f4").reshape(shape)


def _packed(data: bytes) -> list[int]:
    found, at = [], 0
    while at < len(data):
        value, at = _varint(data, at)
        found.append(value)
    return found


def _note(data: bytes) -> tuple[str, str]:
    parts = dict(_fields(data))
    return bytes(parts[1]).decode(), bytes(parts[2]).decode()
