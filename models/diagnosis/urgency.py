"""How fast to act: red flags fire whatever the ranking says, and nothing learned or ranked lowers them."""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

from models.base import ModelError
from models.diagnosis.person import Person
from models.diagnosis.scorer import Candidate
from models.knowledge.diagnosis import KnowledgeBase
from models.knowledge.diagnosis.rows import URGENCIES, Urgency

_FILES = ("red_flags.toml", "red_flags_people.toml")
_EMERGENCY_SHARE = 0.12
_EMERGENCY_ONE = 0.08
"""Least probability of one emergency: many faint ones are what any vague story has."""
_URGENT_SHARE = 0.10
"""What is dangerous counts before it is likely: missing costs more. Set on open stories, some by others."""
_ROUTINE_SHARE = 0.5
_LIKELY = 0.2
_LEAST_FLAGGED = 0.05


@dataclass(frozen=True, slots=True)
class RedFlag:
    """A combination of findings that calls for speed, with its source."""

    id: str
    says: str
    urgency: Urgency
    every: frozenset[str]
    one_of: frozenset[str]
    unless: frozenset[str]
    from_years: float
    below_years: float
    pregnant: bool
    source: str

    def holds(self, present: frozenset[str], person: Person) -> bool:
        """Return whether it holds for this person with these findings, ancestors among them."""
        if not self.every <= present or self.unless & present:
            return False
        if self.one_of and not self.one_of & present:
            return False
        if self.pregnant and not person.pregnant:
            return False
        return self.from_years <= person.age_years < self.below_years


@dataclass(frozen=True, slots=True)
class Speed:
    """How fast to act and why."""

    urgency: Urgency
    flags: tuple[RedFlag, ...]
    conditions: tuple[str, ...]


@lru_cache(maxsize=1)
def red_flags() -> tuple[RedFlag, ...]:
    """Return the red flags; raise `ModelError` naming a row that is not of its form."""
    return tuple(_row(file, name, row) for file in _FILES for name, row in _rows(file))


def _rows(file: str) -> Iterable[tuple[str, Mapping[str, object]]]:
    place = resources.files("models.diagnosis") / file
    return tomllib.loads(place.read_text(encoding="utf-8")).items()


def _row(file: str, name: str, row: Mapping[str, object]) -> RedFlag:
    level = next((u for u in URGENCIES if u == row.get("urgency")), None)
    if level is None or not row.get("source") or not (row.get("every") or row.get("one_of")):
        raise ModelError(f"{file}: {name}: urgency, source and findings are needed")

    def names(key: str) -> frozenset[str]:
        return frozenset(str(row.get(key, "")).split())

    return RedFlag(
        name,
        str(row["says"]),
        level,
        names("every"),
        names("one_of"),
        names("unless"),
        float(str(row.get("from_years", 0))),
        float(str(row.get("below_years", 200))),
        bool(row.get("pregnant")),
        str(row["source"]),
    )


def speed(base: KnowledgeBase, person: Person, present: frozenset[str], ranked: Sequence[Candidate]) -> Speed:
    """Return the greatest urgency of red flags and of what is likely, weighed by how dangerous it is."""
    flags = tuple(flag for flag in red_flags() if flag.holds(present, person))
    levels = {one.condition: base.conditions[one.condition].urgency_with(present) for one in ranked[:25]}
    told = _told(ranked[:25], levels)
    raised = greatest([told, *(flag.urgency for flag in flags)])
    named = tuple(
        one.condition
        for one in ranked[:25]
        if one.probability >= _LEAST_FLAGGED and levels[one.condition] in {"urgent", "emergency"}
    )
    return Speed(raised, flags, named)


def _told(ranked: Sequence[Candidate], levels: Mapping[str, Urgency]) -> Urgency:
    share = dict.fromkeys(URGENCIES, 0.0)
    for one in ranked:
        share[levels[one.condition]] += one.probability
    emergencies = [one.probability for one in ranked if levels[one.condition] == "emergency"]
    if share["emergency"] >= _EMERGENCY_SHARE and max(emergencies) >= _EMERGENCY_ONE:
        return "emergency"
    if share["emergency"] + share["urgent"] >= _URGENT_SHARE:
        return "urgent"
    first = levels[ranked[0].condition] if ranked and ranked[0].probability >= _LIKELY else "routine"
    if first == "self-care" or share["self-care"] >= _ROUTINE_SHARE:
        return "self-care"
    return "routine"


def greatest(levels: Iterable[Urgency]) -> Urgency:
    """Return the most urgent of these."""
    return max(levels, key=URGENCIES.index)
