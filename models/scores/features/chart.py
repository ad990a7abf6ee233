"""A record as it stood at an instant: values in their look-back, and what is held true of the person."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from models.knowledge.concepts import ConditionConcept
from models.record import MINUTES_PER_DAY, Code, Fact, Kind
from models.scores.features.index import Index
from models.scores.features.readings import CLOCK_SKEW, RANK, Reading

_PAST = {"inactive", "remission", "resolved"}
_PERHAPS = {"unconfirmed", "provisional", "differential"}
_GIVEN_DAYS = {"MedicationDispense": 100, "MedicationAdministration": 2}
"""Days for which a drug that was handed over or given counts as taken."""


class Held(NamedTuple):
    """Whether a condition, drug or procedure is on record; `value` None means that nobody can tell."""

    value: bool | None
    fact: Fact | None = None
    assumed: bool = False
    reason: str = ""


class Verdict(NamedTuple):
    """Whether something holds; None where the record cannot tell."""

    value: bool | None
    reason: str = ""
    assumed: bool = False


class Chart:
    """A record as it stood `as_of` minutes before the call; what was newer is not there yet."""

    __slots__ = (
        "_absent", "_answers", "_held", "as_of", "concepts", "index", "now", "record",
        "verdicts",
    )  # fmt: skip

    def __init__(self, source: Index, as_of: int = -CLOCK_SKEW) -> None:
        self.index = source
        self.record = source.record
        self.concepts = source.concepts
        self.as_of = as_of
        self.now = max(as_of, 0)
        self.verdicts: dict[int, Verdict] = {}
        """What was asked of this chart before, by the identity of what was asked."""
        self._absent: dict[str, Held] = {}
        self._held: dict[tuple[str, str], Held] = {}
        self._answers: dict[tuple[str, float | None], tuple[tuple[str, Fact], ...]] = {}

    def known(self, fact: Fact) -> bool:
        """Tell whether the fact was on record at this instant; undated facts always were."""
        return fact.minutes_ago is None or fact.minutes_ago >= self.as_of

    def readings(self, concept: str, days: float | None = None) -> tuple[Reading, ...]:
        """Return valid values of a concept within a look-back, newest first."""
        series = self.index.series(concept)
        if series is None:
            return ()
        limit = series.row.lookback_days if days is None else days
        return series.within(self.as_of, self.now + limit * MINUTES_PER_DAY)

    def refused(self, concept: str) -> tuple[str, ...]:
        """Return why values of this concept could not be used, in words without the values."""
        series = self.index.series(concept)
        return () if series is None else series.refused()

    def refused_since(self, concept: str, minutes_ago: int) -> str:
        """Return why a value that is newer than this could not be used, or nothing."""
        series = self.index.series(concept)
        return "" if series is None else series.refused_since(self.as_of, minutes_ago)

    def answers(self, concept: str, days: float | None = None) -> tuple[tuple[str, Fact], ...]:
        """Return coded or worded answers to a question that mean something, newest first."""
        if concept not in self.index.observations:
            return ()
        asked = (concept, days)
        known = self._answers.get(asked)
        if known is None:
            known = self._answers[asked] = self._answered(concept, days)
        return known

    def _answered(self, concept: str, days: float | None) -> tuple[tuple[str, Fact], ...]:
        limit = self.concepts.observations[concept].lookback_days if days is None else days
        newest, oldest = self.as_of, self.now + limit * MINUTES_PER_DAY
        found = []
        for fact in self.index.observations[concept]:
            age, value = fact.minutes_ago, fact.value
            if age is None or not newest <= age <= oldest or not isinstance(value, Code | str):
                continue
            if fact.status in RANK and not fact.absent_reason:
                found.append((self.concepts.answer(value) or "", fact))
        found.sort(key=lambda pair: (pair[1].minutes_ago, -RANK[pair[1].status], pair[0]))
        return tuple(found)

    def condition(self, concept: str) -> Held:
        """Tell whether a condition is on record in the sense of its concept."""
        if concept not in self.index.conditions:
            return self.absent("condition")
        known = self._held.get(("condition", concept))
        if known is None:
            known = self._held["condition", concept] = self._condition(concept)
        return known

    def drug(self, concept: str) -> Held:
        """Tell whether a drug of this class is taken now; active orders count whatever their age."""
        if concept not in self.index.medications:
            return self.absent("medication")
        known = self._held.get(("medication", concept))
        if known is None:
            known = self._held["medication", concept] = self._drug(concept)
        return known

    def procedure(self, concept: str) -> Held:
        """Tell whether a procedure was done in the time in which it counts."""
        if concept not in self.index.procedures:
            return self.absent("procedure")
        known = self._held.get(("procedure", concept))
        if known is None:
            known = self._held["procedure", concept] = self._procedure(concept)
        return known

    def conditions(self, names: Iterable[str]) -> Sequence[Held]:
        """Return what is held of each of these conditions, or of all at once where none has an entry."""
        if self.index.conditions.keys().isdisjoint(names):
            return (self.absent("condition"),)
        return [self.condition(name) for name in names]

    def drugs(self, names: Iterable[str]) -> Sequence[Held]:
        """Return what is held of each of these drugs, or of all at once where none has an entry."""
        if self.index.medications.keys().isdisjoint(names):
            return (self.absent("medication"),)
        return [self.drug(name) for name in names]

    def none_of(self, conditions: Iterable[str], drugs: Iterable[str], procedures: Iterable[str]) -> bool:
        """Tell whether none of these has an entry of any kind."""
        index = self.index
        return (
            index.conditions.keys().isdisjoint(conditions)
            and index.medications.keys().isdisjoint(drugs)
            and index.procedures.keys().isdisjoint(procedures)
        )

    def _condition(self, concept: str) -> Held:
        row = self.concepts.conditions[concept]
        facts = [f for f in self.index.conditions[concept] if self.known(f) and self._counts(row, f)]
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
        facts = [f for f in self.index.medications[concept] if self.known(f)]
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
        facts = [f for f in self.index.procedures[concept] if self.known(f)]
        done = [f for f in facts if f.minutes_ago is None or f.minutes_ago >= -CLOCK_SKEW]
        if row.within_days is not None:
            done = [f for f in done if self._recent(f, row.within_days)]
        return Held(value=True, fact=_newest(done)) if done else self.absent("procedure")

    def absent(self, kind: Kind) -> Held:
        """Say what it means that nothing of a kind was found, by how its list arrived."""
        known = self._absent.get(kind)
        if known is None:
            known = self._absent[kind] = self._meaning(kind)
        return known

    def _meaning(self, kind: Kind) -> Held:
        state = self.record.list_state(kind)
        if state == "nil-known" or (state == "complete" and kind in self.index.listed):
            return Held(value=False)
        if state in ("complete", "empty", "null"):
            return Held(value=False, assumed=True, reason=f"{kind} list is empty: assumed none")
        how = {"partial": "is partial", "failed": "could not be read", "not-requested": "was not asked for"}
        return Held(None, reason=f"{kind} list {how[state]}")


def _newest(facts: list[Fact]) -> Fact:
    return min(facts, key=lambda f: (f.minutes_ago is None, f.minutes_ago or 0, f.text, f.status, f.ref))
