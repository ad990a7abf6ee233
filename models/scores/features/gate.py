"""Whom a score is applied to: its rule's predicates against a chart, with three answers."""

from typing import NamedTuple

from models.scores.features.chart import Chart
from models.scores.features.kidney import Egfr
from models.scores.features.predicates import Question, question
from models.scores.rules import Predicate, Rule


class Gate(NamedTuple):
    """Whether a score applies, why not, and what was taken for granted or could not be told."""

    applies: bool
    because: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    assumed: bool = False
    undecided: bool = False
    """Whether the record could not tell; then inputs and what is missing are still worth saying."""


class Bar(NamedTuple):
    """A question at the door, with the gates that its answer closes: nothing was assumed, something was."""

    question: Question
    closed: Gate
    closed_assuming: Gate


class Door(NamedTuple):
    """The questions of one rule."""

    needed: tuple[Bar, ...]
    never: tuple[Bar, ...]
    open: Gate
    open_assuming: Gate


_DIED = Gate(applies=False, notes=("the record says that the person has died",))


def door(rule: Rule) -> Door:
    """Return the questions that a rule asks before its score is applied."""
    because = tuple(predicate.says for predicate in rule.applies_when)
    return Door(
        tuple(_bar(predicate, "needs") for predicate in rule.applies_when),
        tuple(_bar(predicate, "not for") for predicate in rule.never_when),
        Gate(applies=True, because=because),
        Gate(applies=True, because=because, assumed=True),
    )


def _bar(predicate: Predicate, word: str) -> Bar:
    closed = Gate(applies=False, notes=(f"{word} {predicate.says}",))
    return Bar(question(predicate), closed, closed._replace(assumed=True))


def gate(doors: Door, chart: Chart, egfr: Egfr) -> Gate:
    """Return whether the score behind a door applies to this chart."""
    if chart.record.deceased:
        return _DIED
    assumed = False
    for asked, closed, closed_assuming in doors.needed:
        value, reason, taken = chart.verdicts.get(asked.key) or asked.of(chart, egfr)
        assumed = assumed or taken
        if value is False:
            return closed_assuming if assumed else closed
        if value is None:
            gap = f" ({reason})" if reason else ""
            return _undecided(f"needs {asked.predicate.says}{gap}", assumed=assumed)
    return _kept_out(doors, chart, egfr, assumed=assumed)


def _kept_out(doors: Door, chart: Chart, egfr: Egfr, *, assumed: bool) -> Gate:
    """Return the gate of somebody who is of the population, unless an exclusion closes it."""
    said: list[str] = []
    for asked, closed, closed_assuming in doors.never:
        value, reason, taken = chart.verdicts.get(asked.key) or asked.of(chart, egfr)
        assumed = assumed or taken
        if value:
            return closed_assuming if assumed else closed
        if value is None:
            if asked.predicate.unknown == "block":
                return _undecided(f"{asked.predicate.says} could not be excluded: {reason}", assumed=assumed)
            said.append(f"{asked.predicate.says}: {reason}; this score is not for it")
    opened = doors.open_assuming if assumed else doors.open
    return opened._replace(notes=tuple(said), unknown=tuple(said)) if said else opened


def _undecided(note: str, *, assumed: bool) -> Gate:
    return Gate(applies=False, notes=(note,), assumed=assumed, undecided=True)
