"""Index a record once: which facts bear on which concept, and which of them count.

A `Chart` is the record as it stood so many minutes ago; scores read charts, never facts.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from models.knowledge.concepts import Concepts, ConditionConcept, ObservationConcept
from models.quantities import UnitError, convert
from models.record import MINUTES_PER_DAY, Code, Fact, ListState, Quantity, Record

CLOCK_SKEW = 15
"""Minutes a time may lie in the future before it is taken for a mistake."""
_RANK = {"corrected": 3, "amended": 2, "final": 1, "": 1, "preliminary": 0}
_PAST = {"inactive", "remission", "resolved"}
_NOT_SO = {"refuted", "entered-in-error"}
_PERHAPS = {"unconfirmed", "provisional", "differential"}
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
_GIVEN_DAYS = {"MedicationDispense": 100, "MedicationAdministration": 2}
"""Days for which a drug that was handed over or given counts as taken."""
_PLAIN_UNITS = {"1", "{score}", "{PackYears}"}


class Reading(NamedTuple):
    """One valid value of an observation concept in the concept's unit."""

    value: float
    minutes_ago: int
    fact: Fact
    comparator: str = ""
    note: str = ""


class Held(NamedTuple):
    """Whether a condition, drug or procedure is on record; `value` None means that nobody can tell."""

    value: bool | None
    fact: Fact | None = None
    assumed: bool = False
    reason: str = ""


@dataclass(slots=True)
class Index:
    """Facts of a record by concept, independent of the instant that is looked at."""

    record: Record
    concepts: Concepts
    observations: dict[str, list[Fact]] = field(default_factory=dict)
    conditions: dict[str, list[Fact]] = field(default_factory=dict)
    medications: dict[str, list[Fact]] = field(default_factory=dict)
    procedures: dict[str, list[Fact]] = field(default_factory=dict)
    listed: set[str] = field(default_factory=set)
    """Kinds of which at least one entry is really there."""
    gaps: dict[str, str] = field(default_factory=dict)
    """Why a concept has no value, worked out once."""
    _read: dict[str, tuple[tuple[Reading, ...], tuple[str, ...]]] = field(default_factory=dict)

    def read(self, concept: str) -> tuple[tuple[Reading, ...], tuple[str, ...]]:
        """Return valid values of a concept, newest first, and why others could not be used."""
        known = self._read.get(concept)
        if known is None:
            known = self._read[concept] = self._valid(concept)
        return known

    def _valid(self, concept: str) -> tuple[tuple[Reading, ...], tuple[str, ...]]:
        facts = self.observations.get(concept)
        if facts is None:
            return (), ()
        read = [_reading(self.concepts.observations[concept], fact) for fact in facts]
        readings = sorted((r for r in read if isinstance(r, Reading)), key=_newest_first)
        return tuple(readings), tuple(sorted({r for r in read if isinstance(r, str)}))


def _reading(row: ObservationConcept, fact: Fact) -> Reading | str | None:
    """Return a fact as a reading, why it is refused, or None where it is no result at all."""
    if fact.status not in _RANK or fact.absent_reason or not isinstance(fact.value, Quantity):
        return None
    if fact.minutes_ago is None:
        return f"{row.title}: a value without a time was not used"
    if fact.minutes_ago < -CLOCK_SKEW:
        return f"{row.title}: a value from the future was not used"
    unit = fact.value.unit or ("1" if row.unit in _PLAIN_UNITS else "")
    try:
        value = convert(fact.value.value, unit, row.unit, substance=row.substance)
    except UnitError as error:
        return f"{row.title}: a value was not used, {error}"
    if not row.low <= value <= row.high:
        return f"{row.title}: an implausible value was not used"
    note = "" if unit in (row.unit, "1") else f"converted from {unit}"
    if fact.status == "preliminary":
        note = f"{note}; preliminary result".removeprefix("; ")
    return Reading(value, max(fact.minutes_ago, 0), fact, fact.value.comparator, note)


def index(record: Record, concepts: Concepts) -> Index:
    """Return the record's facts by concept, without those that were never true."""
    found = Index(record, concepts)
    for fact in record.facts:
        if fact.kind == "observation":
            read = [n for code in fact.codes for n in concepts.of_observation(code)]
            spoken = read or concepts.of_observation_words(f"{fact.text} {_displays(fact)}")
            _file(found.observations, spoken, fact)
        elif fact.kind == "condition" and fact.verification not in _NOT_SO and fact.status not in _NOT_SO:
            found.listed.add("condition")
            _file(found.conditions, (n for code in fact.codes for n in concepts.of_condition(code)), fact)
        elif fact.kind == "medication" and fact.status not in {"entered-in-error", "cancelled", "draft"}:
            found.listed.add("medication")
            words = f"{fact.text} {fact.detail.get('route', '')}"
            _file(found.medications, concepts.of_medication(fact.codes, words), fact)
        elif fact.kind == "encounter" and fact.encounter and fact.encounter == record.current_encounter:
            names = {n for code in fact.codes for n in concepts.of_condition(code)}
            reason = replace(
                fact, minutes_ago=min(fact.minutes_ago or 0, 0), status="", verification="provisional"
            )
            _file(found.conditions, (n for n in names if concepts.conditions[n].unconfirmed), reason)
        elif fact.kind == "procedure" and fact.status not in _GONE:
            found.listed.add("procedure")
            _file(found.procedures, (n for code in fact.codes for n in concepts.of_procedure(code)), fact)
    return found


def _displays(fact: Fact) -> str:
    return " ".join(code.display for code in fact.codes)


def _file(shelf: dict[str, list[Fact]], names: Iterable[str], fact: Fact) -> None:
    for name in set(names):
        shelf.setdefault(name, []).append(fact)


class Chart:
    """A record as it stood `as_of` minutes before the call; what was newer is not there yet."""

    def __init__(self, source: Index, as_of: int = -CLOCK_SKEW) -> None:
        self.index = source
        self.record = source.record
        self.concepts = source.concepts
        self.as_of = as_of
        self.now = max(as_of, 0)
        self.verdicts: dict[int, object] = {}
        self._absent: dict[str, Held] = {}
        self._held: dict[tuple[str, str], Held] = {}

    def known(self, fact: Fact) -> bool:
        """Tell whether the fact was on record at this instant; undated facts always were."""
        return fact.minutes_ago is None or fact.minutes_ago >= self.as_of

    def readings(self, concept: str, days: float | None = None) -> tuple[Reading, ...]:
        """Return valid values of a concept within a look-back, newest first."""
        found = self.index.read(concept)[0]
        if not found:
            return found
        limit = self.concepts.observations[concept].lookback_days if days is None else days
        oldest = self.now + limit * MINUTES_PER_DAY
        if found[0].minutes_ago >= self.as_of and found[-1].minutes_ago <= oldest:
            return found
        return tuple(reading for reading in found if self.as_of <= reading.minutes_ago <= oldest)

    def refused(self, concept: str) -> tuple[str, ...]:
        """Return why values of this concept could not be used, in words without the values."""
        return self.index.read(concept)[1]

    def answers(self, concept: str, days: float | None = None) -> tuple[tuple[str, Fact], ...]:
        """Return coded or worded answers to a question that mean something, newest first."""
        limit = self.concepts.observations[concept].lookback_days if days is None else days
        found = []
        for fact in self.index.observations.get(concept, ()):
            usable = fact.status in _RANK and not fact.absent_reason and isinstance(fact.value, Code | str)
            age = fact.minutes_ago
            if not usable or age is None or age < self.as_of or age > self.now + limit * MINUTES_PER_DAY:
                continue
            meaning = self.concepts.answer(fact.value)  # type: ignore[arg-type]
            found.append((meaning or "", fact))
        found.sort(key=lambda pair: (pair[1].minutes_ago, -_RANK[pair[1].status], pair[0]))
        return tuple(found)

    def condition(self, concept: str) -> Held:
        """Tell whether a condition is on record in the sense of its concept."""
        return self._remember("condition", self.index.conditions, concept)

    def drug(self, concept: str) -> Held:
        """Tell whether a drug of this class is taken now; active orders count whatever their age."""
        return self._remember("medication", self.index.medications, concept)

    def procedure(self, concept: str) -> Held:
        """Tell whether a procedure was done in the time in which it counts."""
        return self._remember("procedure", self.index.procedures, concept)

    def _remember(self, kind: str, shelf: dict[str, list[Fact]], concept: str) -> Held:
        if concept not in shelf:
            return self.absent(kind)
        known = self._held.get((kind, concept))
        if known is None:
            work_out = {"condition": self._condition, "medication": self._drug, "procedure": self._procedure}
            known = self._held[kind, concept] = work_out[kind](concept)
        return known

    def _condition(self, concept: str) -> Held:
        row = self.concepts.conditions[concept]
        facts = [f for f in self.index.conditions.get(concept, ()) if self.known(f) and self._counts(row, f)]
        sure = [f for f in facts if row.unconfirmed or f.verification not in _PERHAPS]
        if sure:
            return Held(value=True, fact=_newest(sure))
        if facts:
            return Held(None, reason=f"{row.title}: the entry is not confirmed")
        return self.absent("condition")

    def _counts(self, row: ConditionConcept, fact: Fact) -> bool:
        if fact.minutes_ago is not None and fact.minutes_ago < -CLOCK_SKEW:
            return False
        if row.within_days is not None and not self._recent(fact, row.within_days):
            return False
        ended = fact.ended_minutes_ago is not None and fact.ended_minutes_ago > self.now
        return row.means == "history" or not (ended or fact.status in _PAST)

    def _recent(self, fact: Fact, days: float) -> bool:
        if fact.encounter and fact.encounter == self.record.current_encounter:
            return True
        return fact.minutes_ago is not None and fact.minutes_ago - self.now <= days * MINUTES_PER_DAY

    def _drug(self, concept: str) -> Held:
        facts = [f for f in self.index.medications.get(concept, ()) if self.known(f)]
        taken = [f for f in facts if self._taken(f)]
        if taken:
            return Held(value=True, fact=_newest(taken))
        if any(f.status == "unknown" for f in facts):
            row = self.concepts.medications[concept]
            return Held(None, reason=f"{row.title}: it is not known whether the drug is taken")
        return self.absent("medication")

    def _taken(self, fact: Fact) -> bool:
        if fact.minutes_ago is not None and fact.minutes_ago < -CLOCK_SKEW:
            return False
        if fact.detail.get("do_not_perform") or fact.detail.get("intent") in ("proposal", "option"):
            return False
        resource = fact.detail.get("resource", "")
        days = _GIVEN_DAYS.get(str(resource))
        if days is not None and fact.status in ("completed", "in-progress"):
            return self._recent(fact, days)
        # The end of an order is the end of what may be dispensed on it, not of the treatment.
        over = fact.ended_minutes_ago is not None and fact.ended_minutes_ago > self.now
        return fact.status in ("active", "") and (resource == "MedicationRequest" or not over)

    def _procedure(self, concept: str) -> Held:
        row = self.concepts.procedures[concept]
        facts = [f for f in self.index.procedures.get(concept, ()) if self.known(f)]
        done = [f for f in facts if f.minutes_ago is None or f.minutes_ago >= -CLOCK_SKEW]
        if row.within_days is not None:
            done = [f for f in done if self._recent(f, row.within_days)]
        return Held(value=True, fact=_newest(done)) if done else self.absent("procedure")

    def absent(self, kind: str) -> Held:
        """Say what it means that nothing of a kind was found, by how its list arrived."""
        known = self._absent.get(kind)
        if known is None:
            known = self._absent[kind] = self._meaning(kind)
        return known

    def _meaning(self, kind: str) -> Held:
        state: ListState = self.record.list_state(kind)  # type: ignore[arg-type]
        if state == "nil-known" or (state == "complete" and kind in self.index.listed):
            return Held(value=False)
        if state in ("complete", "empty", "null"):
            return Held(value=False, assumed=True, reason=f"{kind} list is empty: assumed none")
        how = {"partial": "is partial", "failed": "could not be read", "not-requested": "was not asked for"}
        return Held(None, reason=f"{kind} list {how[state]}")


def _newest_first(reading: Reading) -> tuple[int, int, float, str]:
    return reading.minutes_ago, -_RANK[reading.fact.status], -reading.value, reading.comparator


def _newest(facts: list[Fact]) -> Fact:
    return min(facts, key=lambda f: (f.minutes_ago is None, f.minutes_ago or 0, f.text, f.status, f.ref))
