"""The parts of a score's rule."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

From = Literal[
    "age", "sex", "observation", "egfr", "bmi", "flag", "entry", "smoking", "oxygen", "consciousness",
    "spo2_scale", "items", "score", "option", "admissions", "ed_visits", "stay_days", "urgent_admission",
    "procedure_in_stay", "confusion", "answer", "cancer_site", "smoking_status", "creatinine_baseline",
    "creatinine_lowest_48h",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Compare:
    """A comparison of a number with bounds; an absent bound is not compared."""

    at_least: float | None = None
    above: float | None = None
    at_most: float | None = None
    below: float | None = None

    def holds(self, value: float) -> bool:
        """Tell whether the value keeps every bound that is given."""
        low = (self.at_least is None or value >= self.at_least) and (self.above is None or value > self.above)
        high = (self.at_most is None or value <= self.at_most) and (self.below is None or value < self.below)
        return low and high


@dataclass(frozen=True, slots=True)
class Measured:
    """A comparison with the newest value of an observation set."""

    concept: str
    compare: Compare
    days: float | None = None


@dataclass(frozen=True, slots=True)
class InputRule:
    """Where one input of a score is read."""

    name: str
    source: From
    concept: str = ""
    conditions: tuple[str, ...] = ()
    drugs: tuple[str, ...] = ()
    procedures: tuple[str, ...] = ()
    values: tuple[Measured, ...] = ()
    lookback_days: float | None = None
    acute_lookback_days: float | None = None
    """Look-back while the current encounter is acute; the usual one where absent."""
    accepts: tuple[str, ...] = ()
    """Further reported eGFR sets that this score's authors used."""
    score: str = ""
    option: str = ""
    conflict: str = ""
    false_without: tuple[str, ...] = ()
    """Drug classes without any of which the answer is no."""
    answer: str = ""
    """The answer of a concept's question that means yes."""
    asks: str = ""
    """What somebody has to enter where the record cannot say it."""


@dataclass(frozen=True, slots=True)
class Predicate:
    """One condition on a record; it holds where any of its parts holds."""

    says: str
    age: tuple[float, float] | None = None
    conditions: tuple[str, ...] = ()
    drugs: tuple[str, ...] = ()
    procedures: tuple[str, ...] = ()
    encounter: tuple[str, ...] = ()
    values: tuple[Measured, ...] = ()
    pregnant: bool = False
    unsteady_creatinine: bool = False
    lasting_low_egfr: bool = False
    answered: str = ""
    """An observation set of questions that has an answer within its look-back."""
    unknown: Literal["block", "say"] = "block"
    """What to do in `never_when` where the record cannot tell."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """One action level of a guideline."""

    output: str
    compare: Compare
    topic: str
    label: str
    guideline: str
    year: int
    url: str
    indicator: Literal["info", "warning", "critical"]
    consider: tuple[str, ...]
    sex: str = ""
    inputs: Mapping[str, Compare] = field(default_factory=dict)
    """Inputs of the score that must hold too."""
    unless: Predicate | None = None
    row: Mapping[str, Any] = field(default_factory=dict)
    """The row as findings carry it."""


@dataclass(frozen=True, slots=True)
class Together:
    """Inputs that must have been taken within so many minutes of each other."""

    inputs: tuple[str, ...]
    within_minutes: int
    says: str


@dataclass(frozen=True, slots=True)
class Conflict:
    """What contradicts a flag that the condition list does not carry."""

    name: str
    says: str
    source: str
    drugs: tuple[str, ...] = ()
    drugs_explained_by: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    values: tuple[Measured, ...] = ()


@dataclass(frozen=True)
class Rule:
    """Everything about one score that is not its arithmetic."""

    name: str
    topic: str
    population: str
    never: str
    inputs: Mapping[str, InputRule]
    enabled: bool = True
    applies_when: tuple[Predicate, ...] = ()
    never_when: tuple[Predicate, ...] = ()
    together: Together | None = None
    beside: str = ""
    """A score that must have a value, or this one is not shown."""
    thresholds: tuple[Threshold, ...] = ()
    traps: tuple[str, ...] = ()
    source: str = ""
