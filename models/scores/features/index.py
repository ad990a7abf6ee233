"""Index a record once: which facts bear on which concept, in one pass over the facts."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from models.knowledge.concepts import Concepts
from models.record import Code, Fact, Record
from models.scores.features.readings import Series

_NOT_SO = {"refuted", "entered-in-error"}
_NEVER_GIVEN = {"entered-in-error", "cancelled", "draft"}
_GONE = {
    "entered-in-error",
    "not-done",
    "cancelled",
    "preparation",
    "not-taken",
    "stopped",
    "draft",
    "unknown",
}
ADULT = 18
"""Years from which on results are held to what is believable of adults, and ages are completed years."""
Shelves = dict[str, list[Fact]]


@dataclass
class Index:
    """Facts of a record by concept, independent of the instant that is looked at."""

    record: Record
    concepts: Concepts
    observations: Shelves = field(default_factory=dict)
    conditions: Shelves = field(default_factory=dict)
    medications: Shelves = field(default_factory=dict)
    procedures: Shelves = field(default_factory=dict)
    encounters: list[Fact] = field(default_factory=list)
    listed: set[str] = field(default_factory=set)
    """Kinds of which at least one entry is really there."""
    found: dict[int, Any] = field(default_factory=dict)
    """Readings as inputs of scores, by the identity of the reading."""
    _series: dict[str, Series] = field(default_factory=dict)

    def series(self, concept: str) -> Series | None:
        """Return the values of a concept, or None where the record holds none."""
        known = self._series.get(concept)
        if known is None and concept in self.observations:
            row = self.concepts.observations[concept]
            row = row.of_adults if self.adult else row
            known = self._series[concept] = Series(row, self.observations[concept])
        return known

    @cached_property
    def adult(self) -> bool:
        """Whether the person is known to be 18 or older."""
        years = self.record.age_years
        return years is not None and years >= ADULT

    @cached_property
    def encounter_class(self) -> str:
        """The class of the current encounter, or an empty string."""
        current = self.record.current_encounter
        here = (f for f in self.encounters if current and current in (f.ref, f.encounter))
        first = next(here, None)
        return "" if first is None else str(first.detail.get("class", ""))


def index(record: Record, concepts: Concepts) -> Index:
    """Return the record's facts by concept, without those that were never true."""
    found = Index(record, concepts)
    routes = _Routes(found)
    known, unknown = routes.by_code.get, routes.shelves
    for fact in record.facts:
        if fact.kind == "observation":
            # One code that was met before is the common case by far: one look-up.
            codes = fact.codes
            shelves = known((codes[0].system, codes[0].code)) if len(codes) == 1 else None
            for shelf in shelves or unknown(fact):
                shelf.append(fact)
        else:
            _file_other(found, fact)
    return found


class _Routes:
    """Where observations of one record go, worked out once for each code and each wording."""

    def __init__(self, found: Index) -> None:
        self.concepts = found.concepts
        self.observations = found.observations
        self.by_code: dict[tuple[str, str], list[list[Fact]]] = {}
        self.by_words: dict[str, tuple[str, ...]] = {}

    def shelves(self, fact: Fact) -> list[list[Fact]]:
        """Return the shelves of every concept that the fact's codes, or else its words, name."""
        names = _names(fact.codes, self.concepts.of_observation)
        shelves = [
            self.observations.setdefault(name, []) for name in dict.fromkeys(names or self._spoken(fact))
        ]
        if names and len(fact.codes) == 1:
            self.by_code[fact.codes[0].system, fact.codes[0].code] = shelves
        return shelves

    def _spoken(self, fact: Fact) -> tuple[str, ...]:
        words = " ".join((fact.text, *(code.display for code in fact.codes)))
        if words not in self.by_words:
            self.by_words[words] = self.concepts.of_observation_words(words)
        return self.by_words[words]


def _file_other(found: Index, fact: Fact) -> None:
    kind, concepts = fact.kind, found.concepts
    if kind == "procedure":
        if fact.status not in _GONE:
            found.listed.add(kind)
            _file(found.procedures, _names(fact.codes, concepts.of_procedure), fact)
    elif kind == "encounter":
        found.encounters.append(fact)
        if fact.encounter and fact.encounter == found.record.current_encounter:
            _file_reason(found, fact)
    elif kind == "condition":
        if fact.verification not in _NOT_SO and fact.status not in _NOT_SO:
            found.listed.add(kind)
            _file(found.conditions, _names(fact.codes, concepts.of_condition), fact)
    elif kind == "medication" and fact.status not in _NEVER_GIVEN:
        found.listed.add(kind)
        words = f"{fact.text} {fact.detail.get('route', '')}"
        _file(found.medications, concepts.of_medication(fact.codes, words), fact)


def _file_reason(found: Index, fact: Fact) -> None:
    """File what the current encounter is for as diagnoses that nobody has confirmed yet."""
    conditions = found.concepts.conditions
    names = [n for n in _names(fact.codes, found.concepts.of_condition) if conditions[n].unconfirmed]
    if names:
        now = min(fact.minutes_ago or 0, 0)
        _file(found.conditions, names, replace(fact, minutes_ago=now, status="", verification="provisional"))


def _names(codes: tuple[Code, ...], of: Callable[[Code], tuple[str, ...]]) -> Iterable[str]:
    """Return the concepts that the codes name, each once."""
    if len(codes) == 1:
        return of(codes[0])
    return dict.fromkeys(name for code in codes for name in of(code))


def _file(shelf: Shelves, names: Iterable[str], fact: Fact) -> None:
    for name in names:
        shelf.setdefault(name, []).append(fact)
