"""Whom a score is applied to: its rule's predicates against a chart, with three answers."""

from functools import cache
from typing import NamedTuple

from models.scores.features.chart import Chart, Verdict
from models.scores.features.kidney import Egfr
from models.scores.features.plan import Plan


class Gate(NamedTuple):
    """Whether a score applies, why not, and what was taken for granted or could not be told."""

    applies: bool
    because: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    assumed: bool = False
    undecided: bool = False
    """Whether the record could not tell; then inputs and what is missing are still worth saying."""


_DIED = Gate(applies=False, notes=("the record says that the person has died",))


def gate(how: Plan, chart: Chart, egfr: Egfr) -> Gate:
    """Return whether the plan's score applies to this chart."""
    if chart.record.deceased:
        return _DIED
    assumed = False
    for question in how.applies_when:
        verdict = question.of(chart, egfr)
        assumed = assumed or verdict.assumed
        if not verdict.value:
            return _unfit(question.predicate.says, verdict, assumed=assumed)
    said: list[str] = []
    for question in how.never_when:
        verdict = question.of(chart, egfr)
        assumed = assumed or verdict.assumed
        if verdict.value:
            return _closed(f"not for {question.predicate.says}", assumed)
        if verdict.value is None:
            if question.predicate.unknown == "block":
                because = f"{question.predicate.says} could not be excluded: {verdict.reason}"
                return Gate(applies=False, notes=(because,), assumed=assumed, undecided=True)
            said.append(f"{question.predicate.says}: {verdict.reason}; this score is not for it")
    return Gate(applies=True, because=how.because, notes=tuple(said), unknown=tuple(said), assumed=assumed)


def _unfit(says: str, verdict: Verdict, *, assumed: bool) -> Gate:
    """Return the gate of somebody whom the score is not for, or of whom nobody can tell."""
    if verdict.value is False:
        return _closed(f"needs {says}", assumed)
    gap = f" ({verdict.reason})" if verdict.reason else ""
    return Gate(applies=False, notes=(f"needs {says}{gap}",), assumed=assumed, undecided=True)


@cache
def _closed(note: str, assumed: bool) -> Gate:  # noqa: FBT001
    """Return the gate that one plain answer closes, the same each time."""
    return Gate(applies=False, notes=(note,), assumed=assumed)
