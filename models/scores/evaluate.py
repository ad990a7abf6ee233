"""Recompute the vectors that ship with the scores, and say how far each result lies from its number."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from models.base import ModelError, UnknownModel
from models.scores import definition as definitions
from models.scores.engine import compute
from models.scores.vectors import Vector, vectors_of

SUITE = "scores"
_NOISE = 1e-9
"""What binary fractions may add to half a unit of the last printed digit."""


@dataclass(frozen=True, slots=True)
class Row:
    """One expected number and what was computed."""

    score: str
    title: str
    kind: str
    source: str
    output: str
    expected: float
    computed: float | None
    deviation: float | None
    tolerance: float
    passed: bool


def evaluate(name: str, *, data: str | None = None) -> dict[str, Any]:
    """Return the report on one score, or on all of them for the suite.

    `data` is not used by formulas: a published number needs no data set.
    """
    if data is not None:
        raise ModelError("a published formula is evaluated on its own vectors, without --data", code="usage")
    chosen = definitions.names() if name == SUITE else (_score(name),)
    rows = [row for one in chosen for row in _rows(vectors_of(one))]
    deviations = [row.deviation for row in rows if row.deviation is not None]
    return {
        "model": name,
        "vectors": sum(len(vectors_of(one)) for one in chosen),
        "numbers": len(rows),
        "passed": sum(row.passed for row in rows),
        "failed": sum(not row.passed for row in rows),
        "max_deviation": max(deviations, default=None),
        "without_vectors": [one for one in chosen if not vectors_of(one)],
        "rows": [asdict(row) for row in rows],
    }


def _score(name: str) -> str:
    score = name.removeprefix(f"{SUITE}/")
    if score not in definitions.names():
        raise UnknownModel(f"no score is named {name!r}; `clinicards models list` shows all")
    return score


def _rows(vectors: Iterable[Vector]) -> Iterable[Row]:
    for vector in vectors:
        answer = compute(definitions.load(vector.score), vector.inputs)
        values = answer.get("values", {"value": answer.get("value")})
        for output, expected in vector.expected.items():
            yield _row(vector, output, float(expected), values.get(output))


def _row(vector: Vector, output: str, expected: float, computed: float | None) -> Row:
    tolerance = 0.5 * 10**-vector.decimals
    deviation = None if computed is None else abs(computed - expected)
    return Row(
        score=vector.score,
        title=vector.title,
        kind=vector.kind,
        source=vector.source,
        output=output,
        expected=expected,
        computed=computed,
        deviation=deviation,
        tolerance=tolerance,
        passed=deviation is not None and deviation <= tolerance + _NOISE,
    )
