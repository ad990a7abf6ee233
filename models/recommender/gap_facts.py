"""What a gap asks of a patient, answered yes, no or not known, each with the words for it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from models.quantities import UnitError, convert
from models.recommender import risks
from models.recommender.drugs import Drugs
from models.recommender.house import Chart
from models.recommender.patient import Lab

EGFR_LOINC = frozenset(
    {
        "98979-8", "98980-6", "62238-1", "33914-3", "48642-3", "48643-1", "50044-7", "69405-9", "70969-1",
        "77147-7", "88293-6", "88294-4",
    }
)  # fmt: skip
"""Reported eGFR of any equation (LOINC); creatinine is preferred where it is as new."""
CREATININE_LOINC = "2160-0"
YEAR = 400.0
"""Days within which samples are counted together."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Yes, no or not known (`None`), with what was found or what is lacking."""

    holds: bool | None
    words: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


NO = Answer(holds=False)


def yes(*words: str) -> Answer:
    """Return a yes with what was found."""
    return Answer(holds=True, words=words)


def unknown(*missing: str) -> Answer:
    """Return that it is not known, with what is lacking."""
    return Answer(holds=None, missing=missing)


@dataclass(frozen=True, slots=True)
class Reading:
    """One laboratory value in the unit of its term, with its age in days."""

    value: float
    days_ago: float | None


@dataclass(frozen=True)
class Facts:
    """A chart with the readings and scores that gaps ask for."""

    chart: Chart
    drugs: Drugs

    def answer(self, predicate: Mapping[str, Any]) -> Answer:
        """Return the answer to one predicate."""
        for kind, method in _METHODS.items():
            if kind in predicate:
                found: Answer = method(self, predicate)
                return found
        raise KeyError(f"no predicate of a known kind: {sorted(predicate)}")

    def condition(self, row: Mapping[str, Any]) -> Answer:
        """Tell whether one of these conditions is on the list, begun within days where that is asked."""
        found = [name for name in row["condition"] if name in self.chart.problems]
        if "within_days" in row and found:
            return self._recent(row, found)
        if found:
            return yes(self.drugs.title(found[0]).lower())
        return NO if "conditions" in self.chart.patient.given else unknown("conditions")

    def _recent(self, row: Mapping[str, Any], names: list[str]) -> Answer:
        title = self.drugs.title(names[0]).lower()
        days = [
            one.days_ago
            for one in self.chart.patient.conditions
            if self.drugs.problems(one.code) & set(row["condition"])
        ]
        known = [day for day in days if day is not None]
        if any(day <= row["within_days"] for day in known):
            return yes(f"{title}, {ago(min(known))}")
        return NO if len(known) == len(days) else unknown(f"when {title} began")

    def age(self, row: Mapping[str, Any]) -> Answer:
        """Tell whether the age is at least the first number and below the second."""
        age, ends = self.chart.patient.age_years, row["age"]
        if age is None:
            return unknown("age")
        inside = age >= ends[0] and (len(ends) == 1 or age < ends[1])
        return Answer(inside, (f"age {age:.0f}",) if inside else ())

    def sex(self, row: Mapping[str, Any]) -> Answer:
        """Tell whether the recorded sex is this one."""
        known = self.chart.patient.sex in ("female", "male")
        return Answer(self.chart.patient.sex == row["sex"]) if known else unknown("sex")

    def drug(self, row: Mapping[str, Any]) -> Answer:
        """Tell whether a drug of these classes is current."""
        found = sorted(self.drugs.members(row["drug"]) & set(self.chart.taken))
        if found:
            return yes(f"on {found[0]}")
        lacking = "medications" not in self.chart.patient.given
        return unknown("medications") if lacking else NO

    def lab(self, row: Mapping[str, Any]) -> Answer:
        """Tell whether the newest value, or enough of the newest ones, lie as asked."""
        readings = self.readings(row["lab"])
        title, unit = self.drugs.terms.labs[row["lab"]].title, self.drugs.terms.labs[row["lab"]].unit
        if "samples" in row:
            return _repeated(
                row,
                readings,
                f"{title} in {row['samples']} of {row['of']} samples over {row['over_days']} days",
            )
        within = row.get("within_days", float("inf"))
        usable = [one for one in readings if one.days_ago is None or one.days_ago <= within]
        if not usable:
            return unknown(title + (f" within {within:g} days" if within < 1e6 else ""))
        newest = usable[0]
        age = "age of the value not known" if newest.days_ago is None else ago(newest.days_ago)
        return Answer(_lies(newest.value, row), (f"{title} {newest.value:.3g} {unit} ({age})",))

    def readings(self, name: str) -> tuple[Reading, ...]:
        """Return the readings of a laboratory value, newest first, without what is not believable."""
        if name == "egfr":
            return self._egfr
        term = self.drugs.terms.labs[name]
        found = (self._reading(lab, name) for lab in self.chart.patient.labs if lab.loinc in term.loinc)
        return tuple(sorted(filter(None, found), key=_newest_first))

    def _reading(self, lab: Lab, name: str) -> Reading | None:
        term = self.drugs.terms.labs[name]
        try:
            value = convert(lab.value, lab.unit or term.unit, term.unit, substance=term.substance)
        except UnitError:
            return None
        return Reading(value, lab.days_ago) if term.low <= value <= term.high else None

    @cached_property
    def _egfr(self) -> tuple[Reading, ...]:
        patient = self.chart.patient
        reported = [
            Reading(lab.value, lab.days_ago)
            for lab in patient.labs
            if lab.loinc in EGFR_LOINC and 0 < lab.value <= 250
        ]
        computed = [
            Reading(value, one.days_ago)
            for one in self.readings("creatinine")
            if (value := risks.egfr(patient, one.value)) is not None
        ]
        return tuple(sorted((*computed, *reported), key=_newest_first))

    def pregnant(self, row: Mapping[str, Any]) -> Answer:
        """Tell whether the patient is pregnant; not recorded is not known, for people who can be."""
        patient = self.chart.patient
        stated = patient.pregnant or "pregnancy" in self.chart.problems or patient.gestation_weeks is not None
        if stated:
            return Answer(bool(row["pregnant"]), ("pregnant",))
        fertile = patient.sex != "male" and patient.age_years is not None and 12 <= patient.age_years < 56
        open_ = patient.pregnant is None and fertile
        return unknown("whether pregnant") if open_ else Answer(not row["pregnant"])

    def gestation(self, row: Mapping[str, Any]) -> Answer:
        """Tell whether the weeks of pregnancy lie within the span."""
        weeks = self.chart.patient.gestation_weeks
        if weeks is None:
            return unknown("weeks of pregnancy")
        low, high = row["gestation"]
        return Answer(low <= weeks < high, (f"{weeks:.0f} weeks",))

    def mme(self, row: Mapping[str, Any]) -> Answer:
        """Tell whether the opioids come to so many morphine milligram equivalents a day."""
        total, lacking = risks.mme(self.chart.patient.current, self.drugs)
        if total >= row["mme"]:
            return yes(f"{total:.0f} MME a day")
        return unknown(*(f"daily dose of {name}" for name in lacking)) if lacking else NO

    def score(self, row: Mapping[str, Any]) -> Answer:
        """Tell whether a published score reaches the number."""
        found = risks.score(row["score"], self)
        if found.value is None:
            return unknown(*found.missing)
        shown = f"{found.value:.1%}" if row["score"] == "prevent-ascvd" else f"{found.value:g}"
        return Answer(found.value >= row["at_least"], (f"{found.title} {shown}",))

    def any_of(self, row: Mapping[str, Any]) -> Answer:
        """Tell whether one of the predicates holds."""
        answers = [self.answer(one) for one in row["any"]]
        for one in answers:
            if one.holds:
                return one
        lacking = _missing(answers)
        return unknown(*lacking) if any(one.holds is None for one in answers) else NO

    def all_of(self, row: Mapping[str, Any]) -> Answer:
        """Tell whether all of the predicates hold."""
        answers = [self.answer(one) for one in row["all"]]
        if any(one.holds is False for one in answers):
            return NO
        words = tuple(word for one in answers for word in one.words)
        open_ = any(one.holds is None for one in answers)
        return unknown(*_missing(answers)) if open_ else yes(*words)

    def count(self, row: Mapping[str, Any]) -> Answer:
        """Tell whether so many of the predicates hold."""
        answers = [self.answer(one) for one in row["of_these"]]
        sure = [one for one in answers if one.holds]
        if len(sure) >= row["count"]:
            return yes(*(word for one in sure for word in one.words))
        possible = len(sure) + sum(one.holds is None for one in answers)
        return unknown(*_missing(answers)) if possible >= row["count"] else NO


_METHODS = {
    "condition": Facts.condition, "age": Facts.age, "sex": Facts.sex, "lab": Facts.lab, "drug": Facts.drug,
    "score": Facts.score, "mme": Facts.mme, "pregnant": Facts.pregnant, "gestation": Facts.gestation,
    "any": Facts.any_of, "all": Facts.all_of, "count": Facts.count,
}  # fmt: skip


def ago(days: float) -> str:
    """Return an age in words."""
    if days < 1:
        return "today"
    if days < 60:
        return f"{days:.0f} day{'s' if round(days) != 1 else ''} ago"
    return f"{days / 30.4:.0f} months ago" if days < 730 else f"{days / 365.25:.0f} years ago"


def _newest_first(one: Reading) -> float:
    return float("inf") if one.days_ago is None else one.days_ago


def _lies(value: float, row: Mapping[str, Any]) -> bool:
    return bool(
        value >= row.get("at_least", float("-inf"))
        and value > row.get("above", float("-inf"))
        and value <= row.get("at_most", float("inf"))
        and value < row.get("below", float("inf"))
    )


def _repeated(row: Mapping[str, Any], readings: tuple[Reading, ...], what: str) -> Answer:
    """Tell whether enough of the newest dated samples lie as asked, over the span that is asked."""
    dated = [one for one in readings if one.days_ago is not None and one.days_ago <= YEAR][: row["of"]]
    lying = [one for one in dated if _lies(one.value, row)]
    days = [one.days_ago or 0.0 for one in lying]
    if len(lying) >= row["samples"] and max(days) - min(days) >= row["over_days"]:
        shown = ", ".join(f"{one.value:.3g} ({ago(one.days_ago or 0)})" for one in lying)
        return yes(f"{what}: {shown}")
    enough = len(dated) >= row["of"] or (len(dated) >= row["samples"] and not lying)
    return NO if enough else unknown(what)


def _missing(answers: Iterable[Answer]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word for one in answers for word in one.missing))
