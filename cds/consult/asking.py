"""What somebody asks: a story, who it is about, values, and the answers given so far."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, get_args

Said = Literal["yes", "no", "unknown"]
SAID: tuple[Said, ...] = get_args(Said)
AgeUnit = Literal["years", "months", "weeks", "days"]
AGE_UNITS: tuple[AgeUnit, ...] = get_args(AgeUnit)
SEXES = ("female", "male", "other", "unknown")
SETTINGS = ("primary-care", "emergency", "inpatient", "telephone")
OLDEST_YEARS = 130

_DAYS: Mapping[AgeUnit, float] = {"years": 365.25, "months": 30.4375, "weeks": 7.0, "days": 1.0}
_FAHRENHEIT = 60
"""From this magnitude on a body temperature is in degrees Fahrenheit; none in Celsius reaches it."""
_CODE = re.compile(r"[a-z0-9][a-z0-9-]{0,99}")


@dataclass(frozen=True, slots=True)
class Vital:
    """A measured value that may be given beside the story; what is out of bounds is a slip of the pen."""

    name: str
    label: str
    loinc: str
    unit: str
    shown: str
    least: float
    most: float


VITALS = (
    Vital("temperature", "Temperature", "8310-5", "Cel", "°C or °F", 25, 113),
    Vital("heart-rate", "Heart rate", "8867-4", "/min", "per minute", 10, 350),
    Vital("systolic", "Systolic blood pressure", "8480-6", "mm[Hg]", "mmHg", 20, 350),
    Vital("respiratory-rate", "Respiratory rate", "9279-1", "/min", "per minute", 1, 150),
    Vital("oxygen-saturation", "Oxygen saturation", "59408-5", "%", "%", 20, 100),
)
"""The values that the knowledge base has thresholds for; bounds are of what people survive, editorial."""


@dataclass(frozen=True, slots=True)
class Given:
    """One answer: `unknown` is not asked again and weighs nothing."""

    finding: str
    said: Said


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one field, saying the fix; never repeats what was typed."""

    field: str
    message: str


@dataclass(frozen=True)
class Query:
    """Everything that is asked of the model at once; the story stays out of what is printed of it."""

    story: str = field(default="", repr=False)
    age: float | None = None
    age_unit: AgeUnit = "years"
    sex: str = "unknown"
    setting: str = "primary-care"
    pregnant: bool | None = None
    immunosuppressed: bool | None = None
    vitals: Mapping[str, float] = field(default_factory=dict)
    given: tuple[Given, ...] = ()

    def document(self) -> dict[str, Any]:
        """Return it as a document of the model."""
        flags = {"pregnant": self.pregnant, "immunosuppressed": self.immunosuppressed}
        return {
            "text": self.story,
            "sex": self.sex,
            "setting": self.setting,
            **self._age(),
            **{name: value for name, value in flags.items() if value is not None},
            "vitals": {v.loinc: _measured(v, self.vitals[v.name]) for v in VITALS if v.name in self.vitals},
            "findings": [
                {"code": one.finding, "present": one.said == "yes"}
                for one in self.given
                if one.said != "unknown"
            ],
        }

    def answered(self, given: Given) -> "Query":
        """Return it with one more answer, which takes the place of an earlier one to the same question."""
        return replace(self.without(given.finding), given=(*self.without(given.finding).given, given))

    def without(self, finding: str) -> "Query":
        """Return it with an answer taken back."""
        return replace(self, given=tuple(one for one in self.given if one.finding != finding))

    def _age(self) -> dict[str, float]:
        if self.age is None:
            return {}
        if self.age_unit == "years":
            return {"age_years": self.age}
        return {"age_days": self.age * _DAYS[self.age_unit]}


def _measured(vital: Vital, value: float) -> dict[str, Any]:
    hot = vital.name == "temperature" and value >= _FAHRENHEIT
    return {"value": value, "unit": "[degF]" if hot else vital.unit}


def faults(query: Query, *, longest: int) -> Iterator[Fault]:
    """Yield what is wrong with the numbers and the length of a query."""
    if len(query.story) > longest:
        yield Fault("story", f"The story has {len(query.story):,} characters; at most {longest:,} are read.")
    if query.age is not None and not 0 <= query.age * _DAYS[query.age_unit] <= OLDEST_YEARS * 365.25:
        yield Fault("age", f"An age lies between 0 and {OLDEST_YEARS} years.")
    for vital in VITALS:
        value = query.vitals.get(vital.name)
        if value is not None and not _possible(vital, value):
            yield Fault(vital.name, f"{vital.label} ({vital.shown}) lies between {_bounds(vital)}.")


def _possible(vital: Vital, value: float) -> bool:
    if vital.name == "temperature":
        return vital.least <= value <= 45 or 77 <= value <= vital.most
    return vital.least <= value <= vital.most


def _bounds(vital: Vital) -> str:
    if vital.name == "temperature":
        return "25 and 45 °C, or 77 and 113 °F"
    return f"{vital.least:g} and {vital.most:g}"


def written(given: tuple[Given, ...]) -> str:
    """Return answers as one line, in their order."""
    return " ".join(f"{one.finding}:{one.said}" for one in given)


def read_given(text: str) -> tuple[Given, ...]:
    """Return the answers of such a line; raise `ValueError` where it is none."""
    return tuple(read_answer(part) for part in text.split())


def read_answer(text: str) -> Given:
    """Return one answer of the form `code:yes`; raise `ValueError`."""
    code, _, word = text.partition(":")
    said = next((each for each in SAID if each == word), None)
    if said is None or not _CODE.fullmatch(code):
        raise ValueError("an answer is a finding's code, a colon and yes, no or unknown")
    return Given(code, said)
