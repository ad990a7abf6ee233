"""Which action levels of its rule a score has reached."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from models.base import Input
from models.scores.engine import Result
from models.scores.features.context import Context
from models.scores.features.plan import Plan
from models.scores.rules import Compare, Threshold


class Level(NamedTuple):
    """Rows of action that were reached, the first that was not, and what could not be told."""

    reached: Sequence[Mapping[str, Any]] = ()
    above: str = ""
    notes: Sequence[str] = ()
    assumed: bool = False
    """Whether a list that is empty was taken for none on the way."""


NONE = Level()
PRELIMINARY = "preliminary result"
"""What the note of an input says whose result is not final."""


def level(how: Plan, result: Result, lines: Sequence[Input], ctx: Context, *, preliminary: bool) -> Level:
    """Return the action levels that the result reaches, in the order of the rule's rows."""
    reached: list[Mapping[str, Any]] = []
    notes: list[str] = []
    above, assumed = "", False
    # What is not final may be taken back: it informs, and never warns.
    calmed = {"indicator": "info"} if preliminary else {}
    for row, void in how.levels:
        value = result.value if row.output == "value" else result.values.get(row.output)
        if value is None or not _concerns(row, lines, ctx):
            continue
        if not row.compare.holds(value):
            above = above or row.label
            continue
        verdict = void.of(ctx.chart, ctx.egfr) if void is not None else None
        if verdict is None or not verdict.value:
            reached.append({**row.row, **calmed})
            above = ""
        if verdict is not None and void is not None:
            assumed = assumed or verdict.assumed
            if verdict.value is None:
                notes.append(f"{void.predicate.says}: not known, {verdict.reason}")
    return Level(reached, above, notes, assumed)


def _concerns(row: Threshold, lines: Sequence[Input], ctx: Context) -> bool:
    if row.sex and row.sex != ctx.chart.record.sex:
        return False
    if not row.inputs:
        return True
    values = {line.name: line.value for line in lines}
    return all(_holds(values.get(name), bounds) for name, bounds in row.inputs.items())


def _holds(value: Any, bounds: Compare) -> bool:
    return isinstance(value, int | float) and bounds.holds(float(value))
