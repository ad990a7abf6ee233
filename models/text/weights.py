"""Learned numbers on disk: a line of JSON that says what follows, then the bytes.

Used only where the hash is right.

No pickle and no code: a file can hold nothing but names, texts and numbers.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.base import ModelError

FOLDER = Path(__file__).parent / "weights"
MANIFEST = "manifest.json"
Array = NDArray[Any]
KINDS = {"f4": np.float32, "f2": np.float16, "i1": np.int8, "i4": np.int32}


class BadWeights(ModelError):
    """A file of weights is missing, changed or not of its form; the message names it and the fix."""

    def __init__(self, message: str) -> None:
        super().__init__(message, code="artefact")


@dataclass(frozen=True)
class Weights:
    """Named arrays, and what was written with them."""

    about: Mapping[str, Any]
    arrays: Mapping[str, Array]


def write(name: str, about: Mapping[str, Any], arrays: Mapping[str, Array], *, folder: Path = FOLDER) -> str:
    """Write arrays to a file and its hash to the manifest; return the hash."""
    entries = [
        {"name": key, "kind": array.dtype.str[1:], "shape": list(array.shape)}
        for key, array in arrays.items()
    ]
    head = json.dumps({"about": about, "arrays": entries}, sort_keys=True).encode()
    body = b"".join(np.ascontiguousarray(array).tobytes() for array in arrays.values())
    content = head + b"\n" + body
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content)
    digest = hashlib.sha256(content).hexdigest()
    place = folder / MANIFEST
    known = json.loads(place.read_text(encoding="utf-8")) if place.exists() else {}
    place.write_text(json.dumps({**known, name: digest}, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    return digest


def read(name: str, *, folder: Path | None = None) -> Weights:
    """Return what a file holds; raise `BadWeights` where its hash is not the manifest's."""
    place = resources.files("models.text") / "weights" if folder is None else folder
    try:
        content = (place / name).read_bytes()
        expected = json.loads((place / MANIFEST).read_text(encoding="utf-8"))[name]
    except (OSError, KeyError, ValueError):
        raise BadWeights(
            f"text weights {name} are not there: reinstall, or run `clinicards train text`"
        ) from None
    if hashlib.sha256(content).hexdigest() != expected:
        raise BadWeights(f"text weights {name} are not the ones in {MANIFEST}: reinstall, or train again")
    return _parsed(name, content)


def _parsed(name: str, content: bytes) -> Weights:
    try:
        head, body = content.split(b"\n", 1)
        table = json.loads(head)
        arrays: dict[str, Array] = {}
        at = 0
        for entry in table["arrays"]:
            kind = np.dtype(KINDS[entry["kind"]]).newbyteorder("<")
            count = int(np.prod(entry["shape"]))
            arrays[entry["name"]] = np.frombuffer(body, kind, count, at).reshape(entry["shape"])
            at += count * kind.itemsize
    except (ValueError, KeyError, TypeError):
        raise BadWeights(f"text weights {name} are not of their form: reinstall") from None
    return Weights(table["about"], arrays)
