"""The values of one observation concept, newest first, read only as far back as somebody asks."""

from bisect import bisect_left, bisect_right
from math import inf, isfinite
from operator import attrgetter, itemgetter
from typing import NamedTuple

from models.knowledge.concepts import ObservationConcept
from models.quantities import UnitError, convert
from models.record import Fact, Quantity

CLOCK_SKEW = 15
"""Minutes a time may lie in the future before it is taken for a mistake."""
RANK = {"corrected": 3, "amended": 2, "final": 1, "": 1, "preliminary": 0}
_PLAIN_UNITS = {"1", "{score}", "{PackYears}"}


class Reading(NamedTuple):
    """One valid value of an observation concept in the concept's unit."""

    value: float
    minutes_ago: int
    fact: Fact
    comparator: str = ""
    note: str = ""


_SHORT = 4
"""Facts that are read at once: it takes longer to find out which of so few are wanted."""
_AGE = itemgetter(1)
_TIME = attrgetter("minutes_ago")


class Series:
    """The facts of one concept; long charts are read no further back than the look-backs go."""

    __slots__ = ("_dated", "_next", "_odd", "_reach", "_readings", "_refused", "facts", "row")

    def __init__(self, row: ObservationConcept, facts: list[Fact]) -> None:
        self.row = row
        self.facts = facts
        self._dated = _newest_first(facts)
        self._next = 0
        self._reach: float = -inf
        self._readings: tuple[Reading, ...] = ()
        self._refused: tuple[str, ...] | None = None
        self._odd: list[tuple[int, str]] = []
        if len(facts) <= _SHORT:
            self._read_back_to(inf)

    def within(self, newest: int, oldest: float) -> tuple[Reading, ...]:
        """Return the valid values that are neither newer nor older than these minutes, newest first."""
        if oldest > self._reach:
            self._read_back_to(oldest)
        readings = self._readings
        if not readings or (readings[0].minutes_ago >= newest and readings[-1].minutes_ago <= oldest):
            return readings
        first = bisect_left(readings, newest, key=_AGE)
        return readings[first : bisect_right(readings, oldest, key=_AGE)]

    def _read_back_to(self, oldest: float) -> None:
        """Read what lies between the end of what was read and these minutes."""
        dated, start = self._dated, self._next
        whole = not dated or _TIME(dated[-1]) <= oldest
        self._next = len(dated) if whole else bisect_right(dated, oldest, lo=start, key=_TIME)
        self._reach = inf if whole else oldest
        more = []
        for fact in dated[start : self._next]:
            reading = read(self.row, fact)
            if isinstance(reading, Reading):
                more.append(reading)
            elif reading is not None:
                self._odd.append((fact.minutes_ago or 0, reading))
        if len(more) > 1:
            more.sort(key=_order)
        self._readings += tuple(more)

    def refused_since(self, as_of: int, oldest: int) -> str:
        """Return why a value between these minutes was not used, of those that were read, or nothing."""
        return next((why for minutes, why in self._odd if as_of <= minutes < oldest), "")

    def oldest(self) -> int | None:
        """Return the age of the oldest valid value, or None where there is none."""
        if self._reach == inf:
            return self._readings[-1].minutes_ago if self._readings else None
        back = (read(self.row, fact) for fact in reversed(self._dated))
        return next((r.minutes_ago for r in back if isinstance(r, Reading)), None)

    def refused(self) -> tuple[str, ...]:
        """Return why values could not be used, in words without the values."""
        if self._refused is None:
            every = (read(self.row, fact) for fact in self.facts)
            self._refused = tuple(sorted({why for why in every if isinstance(why, str)}))
        return self._refused


def read(row: ObservationConcept, fact: Fact) -> Reading | str | None:
    """Return a fact as a reading, why it is refused, or None where it is no result at all."""
    given, minutes = fact.value, fact.minutes_ago
    if not isinstance(given, Quantity) or fact.status not in RANK or fact.absent_reason:
        return None
    if minutes is None:
        return f"{row.title}: a value without a time was not used"
    if minutes < -CLOCK_SKEW:
        return f"{row.title}: a value from the future was not used"
    value, note = given.value, ""
    unit = given.unit or ("1" if row.unit in _PLAIN_UNITS else "")
    if unit != row.unit or not isfinite(value):
        try:
            value = convert(value, unit, row.unit, substance=row.substance)
        except UnitError as error:
            return f"{row.title}: a value was not used, {error}"
        note = "" if unit == "1" else f"converted from {unit}"
    if not row.low <= value <= row.high:
        return f"{row.title}: an implausible value was not used"
    if fact.status == "preliminary":
        note = f"{note}; preliminary result".removeprefix("; ")
    return Reading(float(value), minutes if minutes > 0 else 0, fact, given.comparator, note)  # noqa: FURB136


def _newest_first(facts: list[Fact]) -> list[Fact]:
    """Return the dated facts by age; times in the future count as now and keep their order."""
    dated = [fact for fact in facts if fact.minutes_ago is not None]
    if len(dated) < 2:
        return dated
    by_time = sorted(dated, key=_TIME)
    ahead = _TIME(by_time[0]) < 0
    return sorted(dated, key=lambda fact: max(fact.minutes_ago or 0, 0)) if ahead else by_time


def _order(reading: Reading) -> tuple[int, int, float, str]:
    return reading.minutes_ago, -RANK[reading.fact.status], -reading.value, reading.comparator
