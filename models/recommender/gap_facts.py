"""What a gap asks of a patient, answered yes, no or not known, each with the words for it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from models.medsafety.terms import LabTerm
from models.quantities import UnitError, convert
from models.recommender import risks
from models.recommender.drugs import Drugs
from models.recommender.gap_answers import (
    NO,
    Answer,
    ago,
    lowered,
    missing_of,
    same_day,
    together,
    unknown,
    yes,
)
from models.recommender.house import Chart
from models.recommender.patient import Lab

EGFR_LOINC = frozenset(
    {
        "98979-8", "98980-6", "62238-1", "33914-3", "48642-3", "48643-1", "50044-7", "69405-9", "70969-1",
        "77147-7", "88293-6", "88294-4",
    }
)  # fmt: skip
"""Reported eGFR of any equation (LOINC); creatinine is preferred where it is as new."""
YEAR = 400.0
"""Days within which samples are counted together."""


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
            return yes(lowered(self.drugs.title(found[0])))
        return NO if "conditions" in self.chart.patient.given else unknown("conditions")

    def _recent(self, row: Mapping[str, Any], names: list[str]) -> Answer:
        title = lowered(self.drugs.title(names[0]))
        days = [
            one.days_ago
            for one in self.chart.patient.conditions
            if self.drugs.problems(one) & set(row["condition"])
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
        words = (f"age {int(age)}",) if inside else ()
        # That somebody is an adult is no reason for anything.
        return Answer(inside, words, brief=words if ends != [18] else ())

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
        title, unit = self.titled(row["lab"])
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
        found = (self.reading(lab, term) for lab in self.chart.patient.labs if lab.loinc in term.loinc)
        return tuple(sorted(filter(None, found), key=_newest_first))

    def reading(self, lab: Lab, term: LabTerm) -> Reading | None:
        """Return a value in the unit of its term; none where that cannot be had or believed."""
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
        days = [one.days_ago for one in computed]
        # A laboratory reports an eGFR with its creatinine: one sample, not two.
        other = [one for one in reported if not any(same_day(one.days_ago, day) for day in days)]
        return tuple(sorted((*computed, *other), key=_newest_first))

    def titled(self, name: str) -> tuple[str, str]:
        """Return what a laboratory value and its unit are called in a sentence."""
        term = self.drugs.terms.labs[name]
        unit = term.unit.replace("{1.73_m2}", "1.73 m²").replace("mm[Hg]", "mmHg")
        return ("eGFR" if name == "egfr" else term.title), unit

    def weight(self, row: Mapping[str, Any]) -> Answer:
        """Tell whether the body weight is at most so many kilograms."""
        weight = self.chart.patient.weight_kg
        if weight is None:
            return unknown("weight")
        return Answer(weight <= row["weight"], (f"weight {weight:.0f} kg",))

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
        words = (f"{found.title} {shown}",)
        return Answer(found.value >= row["at_least"], words, brief=words)

    def any_of(self, row: Mapping[str, Any]) -> Answer:
        """Tell whether one of the predicates holds."""
        answers = [self.answer(one) for one in row["any"]]
        for one in answers:
            if one.holds:
                return one
        lacking = missing_of(answers)
        return unknown(*lacking) if any(one.holds is None for one in answers) else NO

    def all_of(self, row: Mapping[str, Any]) -> Answer:
        """Tell whether all of the predicates hold."""
        answers = [self.answer(one) for one in row["all"]]
        if any(one.holds is False for one in answers):
            return NO
        if any(one.holds is None for one in answers):
            return unknown(*missing_of(answers))
        return together(answers)

    def count(self, row: Mapping[str, Any]) -> Answer:
        """Tell whether so many of the predicates hold."""
        answers = [self.answer(one) for one in row["of_these"]]
        sure = [one for one in answers if one.holds]
        if len(sure) >= row["count"]:
            return together(sure)
        possible = len(sure) + sum(one.holds is None for one in answers)
        return unknown(*missing_of(answers)) if possible >= row["count"] else NO


_METHODS = {
    "condition": Facts.condition, "age": Facts.age, "sex": Facts.sex, "lab": Facts.lab, "drug": Facts.drug,
    "score": Facts.score, "mme": Facts.mme, "weight": Facts.weight, "pregnant": Facts.pregnant,
    "gestation": Facts.gestation,
    "any": Facts.any_of, "all": Facts.all_of, "count": Facts.count,
}  # fmt: skip


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
    dated = list(_a_day_each(one for one in readings if one.days_ago is not None and one.days_ago <= YEAR))
    dated = dated[: row["of"]]
    lying = [one for one in dated if _lies(one.value, row)]
    days = [one.days_ago or 0.0 for one in lying]
    if len(lying) >= row["samples"] and max(days) - min(days) >= row["over_days"]:
        shown = ", ".join(f"{one.value:.3g} ({ago(one.days_ago or 0)})" for one in lying)
        return Answer(holds=True, words=(f"{what}: {shown}",))
    enough = len(dated) >= row["of"] or (len(dated) >= row["samples"] and not lying)
    return NO if enough else unknown(what)


def _a_day_each(readings: Iterable[Reading]) -> Iterator[Reading]:
    """Yield one reading of a day: two values of one morning are no confirmation."""
    before: float | None = None
    for one in readings:
        if not same_day(before, one.days_ago):
            before = one.days_ago
            yield one
