"""What a row of the diagnosis knowledge base is: a finding, a condition, an investigation."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["symptom", "sign", "history", "exposure", "vital", "lab", "imaging", "modifier"]
Urgency = Literal["self-care", "routine", "urgent", "emergency"]
Sex = Literal["female", "male", "unknown"]
Setting = Literal["primary-care", "emergency"]

KINDS: tuple[Kind, ...] = (
    "symptom",
    "sign",
    "history",
    "exposure",
    "vital",
    "lab",
    "imaging",
    "modifier",
)
URGENCIES: tuple[Urgency, ...] = ("self-care", "routine", "urgent", "emergency")
"""From least to most urgent."""
BANDS = ("0-28d", "1-12m", "1-4", "5-14", "15-29", "30-49", "50-64", "65-79", "80+")
BAND_SHARES = (0.0009, 0.0106, 0.047, 0.124, 0.199, 0.259, 0.188, 0.131, 0.0405)
"""Share of the population in each band: US Census Bureau, Vintage 2022 estimates, rounded."""
_UPPER_YEARS = (28 / 365.25, 1, 5, 15, 30, 50, 65, 80)
LEAST, MOST = 0.001, 0.999
"""No frequency is certain: these bounds keep one wrong finding from deciding alone."""


class KnowledgeError(Exception):
    """A row of the knowledge base is not of its form; the message names the file, the row and the fix."""


def band_of(age_years: float, age_days: float | None = None) -> int:
    """Return the index in `BANDS` of this age; days decide where they are known."""
    years = age_years if age_days is None else age_days / 365.25
    if years < 0:
        raise KnowledgeError("an age is not negative: give years of 0 or more")
    return next((i for i, upper in enumerate(_UPPER_YEARS) if years < upper), len(BANDS) - 1)


@dataclass(frozen=True, slots=True)
class Measure:
    """What makes a measured value a finding: at or beyond a threshold, by age band where that differs."""

    loinc: tuple[str, ...]
    unit: str = ""
    above: float | None = None
    below: float | None = None
    by_age: Mapping[int, float] = field(default_factory=dict)

    def met_by(self, value: float, band: int) -> bool:
        """Return whether this value, in the measure's unit, is at or beyond the threshold of this band."""
        if self.above is not None:
            return value >= self.by_age.get(band, self.above)
        if self.below is not None:
            return value <= self.by_age.get(band, self.below)
        raise KnowledgeError("this measure has no threshold: a report says whether it is met")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is present, absent or unknown in a person."""

    id: str
    name: str
    kind: Kind
    ask: str
    base: float
    """Share of people presenting for care who have it."""
    wordings: tuple[str, ...]
    source: str
    place: str
    parents: tuple[str, ...] = ()
    """What it is a kind of: its presence implies theirs."""
    excludes: tuple[str, ...] = ()
    base_at: Mapping[int, float] = field(default_factory=dict)
    """`base` of the age bands in which it is another one."""
    hpo: str | None = None
    icd10: tuple[str, ...] = ()
    measure: Measure | None = None

    def base_in(self, band: int | None) -> float:
        """Return the share of presenting people of this age band who have it."""
        return self.base if band is None else self.base_at.get(band, self.base)


@dataclass(frozen=True, slots=True)
class Variation:
    """A frequency that holds for one age band or one sex only."""

    finding: str
    frequency: float
    band: int | None = None
    sex: Sex | None = None

    def fits(self, band: int | None, sex: Sex | None) -> bool:
        """Return whether it holds for this person."""
        return (self.band is None or self.band == band) and (self.sex is None or self.sex == sex)


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A condition one could take this one for, and what tells the two apart."""

    name: str
    tells_apart: str
    condition: str | None = None
    """Its id, where it is a condition of this base."""


@dataclass(frozen=True, slots=True)
class Investigation:
    """A test that may be ordered or done."""

    id: str
    name: str
    loinc: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Condition:
    """One diagnosis: who gets it, how it begins, what it shows, how fast to act, what tells it apart."""

    id: str
    name: str
    field: str
    synonyms: tuple[str, ...]
    icd10: tuple[str, ...]
    rates: Mapping[Setting, float]
    """Presentations a year per 100,000 people of all ages."""
    ages: tuple[float, ...]
    """Multiplier of the rates in each of `BANDS`; its mean over the population is 1."""
    female: float
    """Share of cases that are female."""
    onset: tuple[str, ...]
    course: tuple[str, ...]
    urgency: Urgency
    raised: Mapping[Urgency, tuple[str, ...]]
    """Red flags: findings whose presence makes this condition more urgent."""
    frequencies: Mapping[str, float]
    """Share of those with the condition who have the finding when they present."""
    variations: tuple[Variation, ...]
    risks: Mapping[str, float]
    """Relative risk of people with this trait or exposure."""
    neighbours: tuple[Neighbour, ...]
    tests: tuple[str, ...]
    source: str
    place: str
    pregnant_only: bool = False

    @property
    def red_flags(self) -> tuple[str, ...]:
        """Return the findings that make it more urgent, the most urgent first."""
        return tuple(f for level in reversed(URGENCIES) for f in self.raised.get(level, ()))

    def urgency_with(self, present: frozenset[str]) -> Urgency:
        """Return how fast to act when these findings, with ancestors, are present; never less than usual."""
        for level in reversed(URGENCIES):
            if present.intersection(self.raised.get(level, ())):
                return max(level, self.urgency, key=URGENCIES.index)
        return self.urgency
