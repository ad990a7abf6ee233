"""Lives to learn from: orders and conditions by age in days, and the state of a patient before each order."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

from models.recommender.drugs import Drugs
from models.recommender.features import Features, View, features
from models.recommender.patient import Allergy, Condition, Medicine, Patient, coded

YEAR = 365.25
SAME_DAY = 0.01


@dataclass(frozen=True, slots=True)
class Order:
    """One order, by the age in days at which it was given."""

    day: float
    rxcui: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """One condition, by the ages in days at which it began and ended."""

    day: float
    code: str
    name: str = ""
    ended: float | None = None
    system: str = ""


@dataclass(frozen=True)
class History:
    """One person's orders and problems, without identity and without dates."""

    sex: str
    orders: tuple[Order, ...]
    problems: tuple[Problem, ...]
    allergies: tuple[Allergy, ...] = ()

    def at(self, day: float) -> Patient:
        """Return the patient as known on a day: problems begun by then, orders of before it only."""
        known = tuple(_condition(one, day) for one in self.problems if one.day <= day + SAME_DAY)
        past = tuple(
            Medicine(one.rxcui, one.name, days_ago=day - one.day)
            for one in self.orders
            if one.day < day - SAME_DAY
        )
        return Patient(
            age_years=max(day, 0.0) / YEAR,
            sex=self.sex,
            conditions=known,
            medicines=past,
            allergies=self.allergies,
            given=frozenset({"conditions", "medications", "allergies"}),
        )


@dataclass(frozen=True)
class Event:
    """One moment of ordering: the state before it, what was ordered, and which of that for the first time."""

    person: int
    patient: Patient
    ordered: tuple[str, ...]
    first_of_item: tuple[bool, ...]
    first_of_person: bool
    features: dict[View, Features] = field(default_factory=dict)

    def with_features(self, drugs: Drugs, views: Sequence[View]) -> "Event":
        """Return the event with the features of its state; those of the plain view know no dates."""
        found: dict[View, Features] = {}
        for view in views:
            state = self.patient if view == "dated" else undated(self.patient)
            found[view] = features(state, drugs, view)
        return replace(self, features=found)


def undated(patient: Patient) -> Patient:
    """Return the patient as lists without dates: what lasts, and what was ever ordered."""
    return replace(
        patient,
        conditions=tuple(replace(one, days_ago=None) for one in patient.active),
        medicines=tuple(replace(one, days_ago=None) for one in patient.medicines),
    )


def events(histories: Sequence[History], drugs: Drugs, views: Sequence[View]) -> list[Event]:
    """Return all moments of ordering with their features, person by person in time."""
    found = [one for person, history in enumerate(histories) for one in _events(person, history)]
    return [one.with_features(drugs, views) for one in found]


def _events(person: int, history: History) -> Iterator[Event]:
    ordered_before: set[str] = set()
    rows = sorted(history.orders, key=lambda one: (one.day, one.rxcui))
    for first, (_, group) in zip(_firsts(), groupby(rows, key=lambda one: round(one.day, 2)), strict=False):
        together = list(group)
        items = tuple(dict.fromkeys(one.rxcui for one in together))
        state = history.at(together[0].day)
        yield Event(person, state, items, tuple(one not in ordered_before for one in items), first)
        ordered_before |= set(items)


def _firsts() -> Iterator[bool]:
    yield True
    while True:
        yield False


def _condition(one: Problem, day: float) -> Condition:
    code = coded(one.code, one.system)
    ended = day - one.ended if one.ended is not None and one.ended <= day else None
    return Condition(code, max(day - one.day, 0.0), ended, ended is None)
