"""The test vectors that ship with the scores: `vectors.toml`, read strictly."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any, Literal, get_args

from models.base import ModelError

Origin = Literal["published", "independent", "worked"]


@dataclass(frozen=True, slots=True)
class Vector:
    """One document with the numbers that must come of it."""

    score: str
    title: str
    kind: Origin
    """Printed in a publication, given by independent software, or worked by hand from a printed table."""
    source: str
    decimals: int
    """How many decimals the expected numbers were printed with."""
    inputs: Mapping[str, Any]
    expected: Mapping[str, float]
    """Outputs by name; `value` where the score has one."""


def vectors_of(score: str) -> tuple[Vector, ...]:
    """Return the vectors of a score; none is an empty tuple."""
    return vectors().get(score, ())


@lru_cache(maxsize=1)
def vectors() -> Mapping[str, tuple[Vector, ...]]:
    """Return all vectors by score."""
    text = (resources.files("models.scores") / "vectors.toml").read_text(encoding="utf-8")
    found: dict[str, tuple[Vector, ...]] = {}
    for score, rows in tomllib.loads(text).items():
        found[score] = tuple(read(score, row, f"{score}[{n}]") for n, row in enumerate(rows))
    return found


def read(score: str, row: Mapping[str, Any], place: str) -> Vector:
    """Return the vector that a row is; raise `ModelError` where a key is missing or unknown."""
    needed = {"title", "kind", "source", "decimals", "inputs", "expected"}
    odd = sorted(needed ^ set(row))
    if odd:
        raise ModelError(f"vectors.toml: {place}: {odd[0]!r} is missing or unknown", code="vectors")
    if row["kind"] not in get_args(Origin):
        raise ModelError(f"vectors.toml: {place}: kind is {', '.join(get_args(Origin))}", code="vectors")
    if not row["source"].strip() or not row["expected"]:
        raise ModelError(f"vectors.toml: {place}: a source and expected numbers are needed", code="vectors")
    return Vector(score=score, **row)
