"""What the rules look at: one person's drugs, allergies, conditions, values and stage of life."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from models.knowledge.drugs.resolve import Drug
from models.knowledge.drugs.rows import Selector

Place = Literal["draft", "active", "past"]


@dataclass(frozen=True, slots=True)
class Taken:
    """One entry of the drug lists: drafted now, taken now, or ended."""

    drug: Drug
    place: Place
    ref: str = ""
    started_days_ago: float | None = None
    ended_days_ago: float | None = None
    indications: frozenset[str] = frozenset()
    """What it is given for, by the names of conditions."""
    home: bool = False
    """Whether it is somebody's statement of what is taken at home, not an order."""
    text: str = ""
    replaced: bool = False
    """Whether an order that is being drafted takes its place: over from today, and no beginning either."""

    @property
    def name(self) -> str:
        """Return what people call it: its ingredients, else the words it came with."""
        return " with ".join(self.drug.ingredients) or self.text or self.drug.text

    def takes(self, selector: Selector) -> tuple[str, ...]:
        """Return the ingredients of this entry that a selector means."""
        route = self.drug.route
        return tuple(
            name
            for name in self.drug.ingredients
            if selector.takes(name, route, systemic=self.drug.systemic(name))
        )


@dataclass(frozen=True, slots=True)
class Lab:
    """One result in the unit of its term."""

    value: float
    unit: str
    days_ago: float
    comparator: str = ""


@dataclass(frozen=True, slots=True)
class Held:
    """A condition on record: current or over, since when."""

    name: str
    current: bool = True
    days_ago: float | None = None
    sure: bool = True


@dataclass(frozen=True, slots=True)
class Allergy:
    """One entry of the allergy list: the groups and ingredients it means, and the reactions it names."""

    text: str
    groups: frozenset[str] = frozenset()
    ingredients: frozenset[str] = frozenset()
    reactions: frozenset[str] = frozenset()
    intolerance: bool = False
    high: bool = False
    ref: str = ""

    @property
    def understood(self) -> bool:
        """Tell whether the entry names anything that is known."""
        return bool(self.groups or self.ingredients)


@dataclass(frozen=True)
class Person:
    """One person at the instant of the call. None is "not recorded", never "no"."""

    drugs: tuple[Taken, ...] = ()
    allergies: tuple[Allergy, ...] = ()
    conditions: tuple[Held, ...] = ()
    conditions_known: bool = False
    """Whether the list of conditions arrived, so that what is not on it is not there."""
    drugs_known: bool = True
    allergies_known: bool = True
    labs: Mapping[str, tuple[Lab, ...]] = field(default_factory=dict)
    """Results by name, newest first."""
    labs_known: bool = True
    genes: Mapping[str, str] = field(default_factory=dict)
    age_years: float | None = None
    sex: str = "unknown"
    weight_kg: float | None = None
    height_cm: float | None = None
    pregnant: bool | None = None
    gestation_weeks: float | None = None
    lactating: bool | None = None
    setting: str = ""

    @cached_property
    def drafts(self) -> tuple[Taken, ...]:
        """Return what is being ordered."""
        return tuple(t for t in self.drugs if t.place == "draft")

    @cached_property
    def current(self) -> tuple[Taken, ...]:
        """Return what is ordered or taken now."""
        return tuple(t for t in self.drugs if t.place != "past")

    def taking(self, selector: Selector) -> tuple[Taken, ...]:
        """Return the current entries that a selector means."""
        return tuple(t for t in self.current if t.takes(selector))

    def newest(self, lab: str, *, within_days: float | None) -> Lab | None:
        """Return the newest result of a quantity within some days, or None."""
        for found in self.labs.get(lab, ()):
            return found if within_days is None or found.days_ago <= within_days else None
        return None

    def held(self, name: str) -> Iterable[Held]:
        """Yield the entries of a condition."""
        return (h for h in self.conditions if h.name == name)

    @property
    def trimester(self) -> int | None:
        """Return the trimester, counted as 1 to week 13, 2 to week 27, 3 from week 28 (ACOG)."""
        weeks = self.gestation_weeks
        return None if weeks is None else 1 if weeks < 14 else 2 if weeks < 28 else 3


def same(first: Taken, second: Taken) -> bool:
    """Tell whether two entries are one drug at one strength by one route: an order and its repetition."""
    if set(first.drug.ingredients) != set(second.drug.ingredients):
        return False
    if first.drug.route and second.drug.route and first.drug.route != second.drug.route:
        return False
    return all(
        first.drug.strength(n) is None
        or second.drug.strength(n) is None
        or first.drug.strength(n) == second.drug.strength(n)
        for n in first.drug.ingredients
    )
